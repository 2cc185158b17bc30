package wechat

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQueues_ForgetWhoLeft(t *testing.T) {
	t.Parallel()
	q := newQueues()
	leave, err := q.enter(t.Context(), "a")
	require.NoError(t, err)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = q.enter(gone, "a")
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, q.lines, 1)
	leave()
	require.Empty(t, q.lines)
}
