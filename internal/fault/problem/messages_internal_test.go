package problem

import (
	"testing"

	"github.com/danielgtaylor/huma/v2"
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

func TestBoundsAreWrittenOut(t *testing.T) {
	t.Parallel()
	for param, want := range map[string]string{"1": "1", "1e+08": "100000000", "1e+12": "1000000000000", "0.5": "0.5", "-1e+09": "-1000000000", "e+": "e+", "1e+300": "1e+300"} {
		f := field(&huma.ErrorDetail{Location: "body.amount", Message: mark + "too_big" + mark + param + mark})
		require.Equal(t, "不能大于 "+want+"。", f.Text.ZH)
	}
}
