package excerpt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/excerpt"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"", 1, ""},
		{"水", 1, "水"},
		{"水电", 1, "…"},
		{"水电开槽", 4, "水电开槽"},
		{"水电开槽完成", 4, "水电开…"},
		{"abc", 2, "a…"},
	} {
		require.Equal(t, c.want, excerpt.Of(c.text, c.n), c.text)
	}
}
