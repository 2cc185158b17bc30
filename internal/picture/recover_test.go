package picture

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
)

// A kind without a codec makes the decoder a nil function, which panics when called.
func TestRenderTurnsPanicIntoFault(t *testing.T) {
	t.Parallel()
	_, err := render(t.Context(), []byte("anything"), "image/panics", DefaultLimits())
	require.Equal(t, "file.corrupt", fault.Code(err))
	require.ErrorContains(t, err, "panicked")
}
