package app_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/testkit/apikit"
)

type pair struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
}

func refresh(t *testing.T, on *apikit.Instance, token string) apikit.Answer {
	t.Helper()
	return on.Post(t, apikit.Person{}, "/v1/auth/refresh", map[string]any{"refresh_token": token})
}

func TestRevokedOnOneInstanceIsRefusedOnTheOther(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		other := w.Second(t)
		for name, during := range map[string]func(){
			"":                      func() {},
			"after Redis was wiped": func() { require.NoError(t, w.App.Cache.FlushAll(t.Context())) },
		} {
			c := w.Customer(t, "oA")
			other.Get(t, c, "/v1/me").Is(200)
			w.Post(t, c, "/v1/auth/logout", nil).Is(204)
			during()
			w.Clock.Advance(5 * time.Second)
			other.Get(t, c, "/v1/me").Fails(401, "session.revoked")
			w.Get(t, c, "/v1/me").Fails(401, "session.revoked")
			require.Equal(t, 401, refresh(t, other, c.Refresh).Status, name)
		}
	})
}

func TestDisablingCutsAtOnce(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		other, store := w.Second(t), w.Store(t)
		boss, sales := w.Staff(t, actor.StoreManager, store), w.Staff(t, actor.Sales, store)
		other.Get(t, sales, "/v1/staff/me").Is(200)
		w.Post(t, boss, "/v1/staff/staff/"+sales.ID.String()+"/disable", map[string]any{}).Is(200)
		w.Clock.Advance(5 * time.Second)
		other.Get(t, sales, "/v1/staff/me").Fails(401, "session.revoked")
		w.Post(t, apikit.Person{}, "/v1/staff/auth/password", map[string]any{"username": sales.Openid, "password": apikit.Password}).Fails(401, "auth.failed")
		w.Settle(t) // the hand-over becomes the manager's task
		var tasks struct{ Items []struct{ Kind string } }
		w.Get(t, boss, "/v1/staff/tasks").Is(200).Into(&tasks)
		require.Len(t, tasks.Items, 1)
		require.Equal(t, "staff_handover", tasks.Items[0].Kind)
	})
}

func TestRefreshReusedAfterTheGraceEndsTheFamily(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		c := w.Customer(t, "oA")
		var next pair
		refresh(t, w.Instance, c.Refresh).Is(200).Into(&next)
		w.Clock.Advance(9 * time.Second)
		refresh(t, w.Instance, c.Refresh).Is(200)
		w.Clock.Advance(2 * time.Second)
		refresh(t, w.Instance, c.Refresh).Fails(401, "session.reused")
		require.Equal(t, 401, refresh(t, w.Instance, next.RefreshToken).Status)
		w.Clock.Advance(5 * time.Second)
		w.Get(t, apikit.Person{Token: next.AccessToken}, "/v1/me").Fails(401, "session.revoked")
	})
}

func TestTenRefreshesAtOnceLeaveOneFamily(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		other := w.Second(t)
		c := w.Customer(t, "oA")
		answers := make([]apikit.Answer, 10)
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range answers {
			on := w.Instance
			if i%2 == 1 {
				on = other
			}
			all.Go(func() { <-start; answers[i] = refresh(t, on, c.Refresh) })
		}
		close(start)
		all.Wait()
		var some pair
		for _, a := range answers {
			a.Is(200).Into(&some)
			w.Get(t, apikit.Person{Token: some.AccessToken}, "/v1/me").Is(200)
		}
		w.Post(t, apikit.Person{Token: some.AccessToken}, "/v1/auth/logout", nil).Is(204)
		w.Clock.Advance(5 * time.Second)
		for _, a := range answers { // one family: ending one ends all
			var p pair
			a.Into(&p)
			w.Get(t, apikit.Person{Token: p.AccessToken}, "/v1/me").Fails(401, "session.revoked")
		}
	})
}

func TestTokenExpiryTellsTheClientToRefresh(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		c := w.Customer(t, "oA")
		w.Clock.Advance(31 * time.Minute)
		w.Get(t, c, "/v1/me").Fails(401, "token.expired")
		refresh(t, w.Instance, c.Refresh).Is(200)
		w.Clock.Advance(31 * 24 * time.Hour)
		require.Equal(t, 401, refresh(t, w.Instance, c.Refresh).Status)
	})
}
