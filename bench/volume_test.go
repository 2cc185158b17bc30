package main

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/model/db"
	nights "guike/model/project/plan"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/plan"
)

// The world of many is read as one that the use cases made, and is as late as it says.
func TestAGeneratedWorldIsReadAsAnyOther(t *testing.T) {
	t.Parallel()
	ctx, n := t.Context(), size{projects: 130, entries: 25, late: 20}
	w := &world{Folder: t.TempDir(), JWTKey: secret(), FieldKey: secret(), IndexKey: secret(), LinkKey: secret()}
	written := 0
	late, beyond := n.lateness()
	require.NoError(t, w.with(ctx, time.Now(), func(d *db.DB, c *clock.Manual) error {
		made, err := w.fillMany(ctx, d, c, n, func(rows int) { written += rows })
		if err != nil {
			return err
		}
		require.Len(t, made, n.projects)
		j := &project.Journal{DB: d, Zone: shanghai(), Live: silent{}, Alarms: care.New(d)}
		if err := plan.New(j, slog.New(slog.DiscardHandler)).LookForDelays(ctx); err != nil {
			return err
		}
		night, _, err := nights.NightOf(ctx, d, clock.DayOf(c.Now(), shanghai()))
		require.EqualValues(t, late, night.Seen)
		require.EqualValues(t, beyond, night.Raised)
		k := killed{Late: int64(late), Beyond: int64(beyond), Seen: 1}
		require.NoError(t, k.count(ctx, d, night.Day))
		v := volume{Small: &place{Night: &nightRun{}}, Big: &place{Night: &nightRun{Seen: night.Seen, Raised: night.Raised}, Killed: &k}}
		require.NoError(t, v.judgeNights())
		k.Alerts++
		require.ErrorContains(t, v.judgeNights(), "alerts instead of")
		if err != nil {
			return err
		}
		return w.signIn(ctx, d, made, 3)
	}))
	require.Equal(t, n.projects*n.entries, written)
	require.Len(t, w.Readers, 3)
	require.Less(t, beyond, late)
	require.Positive(t, beyond)

	h, closeAll, err := openApp(ctx, w)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, closeAll()) })
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for _, r := range w.Readers {
		var page struct {
			Items []struct {
				ID, At string
				Photos []struct{ URL string }
			}
			Next string `json:"next"`
		}
		path, seen := r.path(operations()[0].paths[1]), 0
		body, err := get(ctx, server.Listener.Addr().String(), path, r.Token)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(body, &page))
		for i, e := range page.Items {
			require.Len(t, e.Photos, photosPerLog)
			require.False(t, i > 0 && e.At > page.Items[i-1].At, "newest first")
			seen++
		}
		require.Equal(t, pictured, seen)
		_, err = get(ctx, server.Listener.Addr().String(), r.path(operations()[0].paths[0]), r.Token)
		require.NoError(t, err)
	}
}

func TestVolumeFlags(t *testing.T) {
	t.Parallel()
	o, err := parseVolume([]string{"-projects", "500", "-small", "50"})
	require.NoError(t, err)
	require.Equal(t, 500, o.readers, "everybody reads")
	for _, bad := range [][]string{{"-projects", "0"}, {"-late", "61"}, {"-rounds", "0"}, {"more"}} {
		_, err := parseVolume(bad)
		require.Error(t, err, bad)
	}
}
