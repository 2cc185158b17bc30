package material_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/testkit/apikit"
)

func TestWhatIsSpecifiedAfterTheSigningIsFrozenAtOnce(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.sign(t)
		s.specify(t, s.designer, 0, nil).Is(200)
		s.specify(t, s.designer, 1, nil).Fails(409, "specification.frozen")
		w.Post(t, s.installer, s.staffPath("/installs"), map[string]any{"batch_id": s.other.Batch, "place": "主卧衣柜"}).Is(201)
		var now built
		w.Get(t, s.owner, "/v1/me/projects/"+s.project.String()+"/materials").Is(200).Into(&now)
		require.NotEmpty(t, now.FrozenAt)
		require.False(t, now.Installs[0].Matches)
	})
}
