package cache_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/cache"
)

func TestSession(t *testing.T) {
	t.Parallel()
	onEveryRedis(t, func(t *testing.T, s server) {
		now := clock.NewManual(noon)
		c, second := s.open(t, now), s.open(t, now)
		put := func(e cache.Entry) id.ID {
			e.SID = id.New()
			require.NoError(t, c.PutSession(t.Context(), e))
			return e.SID
		}
		found := func(c *cache.Cache, sid id.ID) bool {
			_, ok, err := c.Session(t.Context(), sid)
			require.NoError(t, err)
			return ok
		}
		long := cache.Entry{Data: []byte(`{"role":"sales"}`), Until: noon.Add(time.Hour)}

		t.Run("is seen by every instance", func(t *testing.T) {
			sid := put(long)
			got, ok, err := second.Session(t.Context(), sid)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, cache.Entry{SID: sid, Data: long.Data, Until: noon.Add(4 * time.Second)}, got)
		})
		t.Run("unknown is not there", func(t *testing.T) {
			require.False(t, found(c, id.New()))
		})
		t.Run("dropped is gone everywhere and a slow reader does not bring it back", func(t *testing.T) {
			sids := []id.ID{put(long), put(long), put(long)}
			require.NoError(t, c.DropSessions(t.Context(), sids...))
			require.NoError(t, c.DropSessions(t.Context()))
			for _, sid := range sids {
				require.False(t, found(second, sid))
				slow := long
				slow.SID = sid
				require.NoError(t, second.PutSession(t.Context(), slow))
				require.False(t, found(c, sid))
			}
		})
		t.Run("is over before it is put", func(t *testing.T) {
			require.False(t, found(c, put(cache.Entry{Until: noon})))
			require.False(t, found(c, put(cache.Entry{Until: noon.Add(time.Hour), Seen: noon.Add(-4 * time.Second)})))
		})
	})
}

func TestSessionIsBelievedFourSecondsAtMost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		until, seen time.Time
		want        time.Duration
	}{
		"from now":                   {noon.Add(time.Hour), time.Time{}, 4 * time.Second},
		"from when it was seen":      {noon.Add(time.Hour), noon.Add(-3 * time.Second), time.Second},
		"not from the future":        {noon.Add(time.Hour), noon.Add(time.Minute), 4 * time.Second},
		"until its own deadline":     {noon.Add(1500 * time.Millisecond), time.Time{}, 1500 * time.Millisecond},
		"whichever of the two ended": {noon.Add(3 * time.Second), noon.Add(-2 * time.Second), 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := clock.NewManual(noon)
			kept := server{}.open(t, now)
			e := cache.Entry{SID: id.New(), Data: []byte("{}"), Until: c.until, Seen: c.seen}
			require.NoError(t, kept.PutSession(t.Context(), e))

			now.Set(noon.Add(c.want - time.Millisecond))
			got, ok, err := kept.Session(t.Context(), e.SID)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, noon.Add(c.want), got.Until)

			now.Set(noon.Add(c.want))
			_, ok, err = kept.Session(t.Context(), e.SID)
			require.NoError(t, err)
			require.False(t, ok)
		})
	}
}

func TestSessionOfAnInstanceWhoseClockRunsAheadIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := server{url: embedded(t)}
	ahead, right := s.open(t, clock.NewManual(noon.Add(10*time.Minute))), s.open(t, clock.NewManual(noon))
	e := cache.Entry{SID: id.New(), Until: noon.Add(time.Hour)}
	require.NoError(t, ahead.PutSession(t.Context(), e))
	_, ok, err := right.Session(t.Context(), e.SID)
	require.NoError(t, err)
	require.False(t, ok)
}

func TestSessionThatSomebodyElseWroteIsNotThere(t *testing.T) {
	t.Parallel()
	c := server{}.open(t, clock.NewManual(noon))
	client, sid := rawClient(t, c.URL()), id.New()
	for _, value := range []string{"", "x", "-", "{}", "-1 {}", "99999999999999999999 {}"} {
		require.NoError(t, client.Set(t.Context(), "guike:session:"+sid.String(), value, 0).Err())
		_, ok, err := c.Session(t.Context(), sid)
		require.NoError(t, err)
		require.False(t, ok, value)
	}
}
