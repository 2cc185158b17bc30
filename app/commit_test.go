package app_test

import (
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/identity"
	"guike/testkit"
	"guike/testkit/apikit"
)

// Commits are cut from their answer, 200 in the long set, and as many never reach the server; whoever sent the
// request sends it again under its key. Nothing is doubled and nothing is lost.
func TestCommitsThatAreCutFromTheirAnswer(t *testing.T) {
	t.Parallel()
	place, cutter := testkit.Cut(t)
	w := apikit.At(t, place)
	h, _ := w.Home(t, "renovation", actor.StoreManager)
	type offer struct {
		ID    id.ID
		Price int64
	}
	var gifts struct{ Items []offer }
	w.Get(t, h.Owner, "/v1/rewards").Is(http.StatusOK).Into(&gifts)
	at := slices.IndexFunc(gifts.Items, func(g offer) bool { return g.Price == 100 }) // there is no end of these
	require.GreaterOrEqual(t, at, 0)
	gift := gifts.Items[at]

	type act struct {
		who  apikit.Person
		path string
		body map[string]any
		made int
	}
	pay := act{h.Boss, h.StaffPath("/payments"), map[string]any{"amount_fen": 1000_00, "kind": "other", "paid_at": w.Clock.Now().Format(time.RFC3339Nano)}, 0}
	add := act{h.Boss, apikit.Path("/v1/staff/customers/%s/corrections", h.Owner.ID), map[string]any{"book": "points", "amount": 1, "reason": "补发"}, 0}
	take := act{h.Owner, "/v1/me/redemptions", map[string]any{"reward_id": gift.ID, "quantity": 1}, 0}
	acts := []*act{&pay, &add, &take}
	top := w.Staff(t, actor.Management, identity.Store{})
	w.Do(t, top, http.MethodPut, "/v1/staff/correction-policy", map[string]any{"points": 1_000_000, "fund_fen": 0, "growth": 0}).Is(http.StatusOK)
	const wealth = 100_000
	w.Post(t, h.Boss, add.path, map[string]any{"book": "points", "amount": wealth, "reason": "补发"}, "Idempotency-Key", "first").Is(http.StatusCreated)

	cuts := 30
	if os.Getenv("GUIKE_TEST_LONG") != "" {
		cuts = 200
	}
	lost, replayed := 0, 0
	for i := range 2 * cuts {
		after := i%2 == 0
		a := acts[i/2%len(acts)]
		key := id.New().String()
		if after {
			cutter.After()
		} else {
			cutter.Before()
		}
		first := w.Post(t, a.who, a.path, a.body, "Idempotency-Key", key)
		second := w.Post(t, a.who, a.path, a.body, "Idempotency-Key", key)
		second.Is(http.StatusCreated)
		a.made++
		if first.Status >= http.StatusInternalServerError {
			lost++
		}
		if second.Header.Get("Idempotency-Replayed") == "true" {
			replayed++
		}
	}
	t.Logf("%d commits cut, %d answers lost, %d replayed", cutter.Cuts(), lost, replayed)
	require.EqualValues(t, 2*cuts, cutter.Cuts())

	var points struct{ Available, Pending int64 }
	w.Get(t, h.Owner, "/v1/me/points/summary").Is(http.StatusOK).Into(&points)
	require.EqualValues(t, pay.made*1000, points.Pending, "%d payments", pay.made)
	require.Equal(t, wealth+int64(add.made)-int64(take.made)*gift.Price, points.Available)
	testkit.Books(t, w.App.DB)
}
