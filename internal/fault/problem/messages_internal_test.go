package problem

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A code is told by one sentence, or the reader would meet another one at every try.
func TestEveryCodeHasOneSentence(t *testing.T) {
	t.Parallel()
	seen := map[string]rule{}
	for _, r := range rules() {
		if known, twice := seen[r.code]; twice {
			require.Equal(t, known, r)
		}
		seen[r.code] = r
	}
	require.Equal(t, "不能小于 1。", fill(byCode("too_small").zh, []string{"1"}))
}
