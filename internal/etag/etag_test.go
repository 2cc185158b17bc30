package etag_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/etag"
)

func TestOf(t *testing.T) {
	t.Parallel()
	first, again := etag.Of("a", 1, true), etag.Of("a", 1, true)
	require.Equal(t, first, again)
	require.Regexp(t, "^[0-9a-f]{32}$", etag.Of())
	seen := map[string][]any{}
	for _, parts := range [][]any{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"b", "a"}, {"a", 1}, {"a", 2}, {"a", 1, nil}} {
		tag := etag.Of(parts...)
		require.NotContains(t, seen, tag, "%v", parts)
		seen[tag] = parts
	}
}
