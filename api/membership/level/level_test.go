package level_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/service/membership/level"
	"guike/testkit"
	"guike/testkit/apikit"
)

type levels struct {
	Level   string
	Next    string
	Missing int64
	Growth  struct{ Value, Spend int64 }
	Steps   []struct {
		Key      string
		Benefits []struct{ Words string }
	}
	Titles []struct {
		Key  string
		Held bool
	}
}

type grant struct {
	ID       id.ID
	Title    string
	Held     bool
	Reason   string
	EndedWhy string `json:"ended_why"`
}

// grow gives growth from spending, and looks as whoever moves growth does.
func grow(t *testing.T, w *apikit.World, who apikit.Person, amount int64) {
	t.Helper()
	purse := ledger.Of(ledger.GrowthSpend, who.ID)
	require.NoError(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
		set, err := ledger.New(testkit.Zone).LockTx(t.Context(), tx, purse)
		if err != nil {
			return err
		}
		cause := ledger.Cause{Source: "test:" + id.New().String(), Rule: "test", By: actor.Machine()}
		if _, err = set.Award(context.WithoutCancel(t.Context()), ledger.Award{To: purse, Amount: amount, Life: ledger.RollingYear, Cause: cause}); err != nil {
			return err
		}
		return level.New(level.Deps{DB: w.App.DB, Zone: testkit.Zone}).LookTx(t.Context(), tx, actor.Machine(), who.ID)
	}))
}

func TestLevelsOverTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		store := w.Store(t)
		boss, head := w.Staff(t, actor.StoreManager, store), w.Staff(t, actor.Management, identity.Store{})
		anna := w.Customer(t, "oAnna")

		var mine levels
		w.Get(t, anna, "/v1/me/levels").Is(200).Into(&mine)
		require.Equal(t, "bronze", mine.Level)
		require.Equal(t, "silver", mine.Next)
		require.EqualValues(t, 2000, mine.Missing)
		require.Len(t, mine.Steps, 3)
		require.Equal(t, "正价商品 9 折,每次最多减 5000 元", mine.Steps[2].Benefits[0].Words)
		require.Len(t, mine.Titles, 5)

		grow(t, w, anna, 25_000)
		w.Get(t, anna, "/v1/me/levels").Is(200).Into(&mine)
		require.Equal(t, "silver", mine.Level)
		require.EqualValues(t, 2500, mine.Growth.Value)
		require.EqualValues(t, 25_000, mine.Growth.Spend)
		var history struct {
			Items []struct{ From, To, Reason string }
		}
		w.Get(t, anna, "/v1/me/levels/history").Is(200).Into(&history)
		require.Len(t, history.Items, 1)
		require.Equal(t, "成长值达到 2500,升为银卡会员", history.Items[0].Reason)
		w.Get(t, boss, "/v1/staff/customers/"+anna.ID.String()+"/levels").Is(200).Into(&mine)
		require.Equal(t, "silver", mine.Level)
		w.Get(t, boss, "/v1/staff/customers/"+anna.ID.String()+"/levels/history").Is(200)

		path := "/v1/staff/customers/" + anna.ID.String() + "/titles"
		var g grant
		w.Post(t, boss, path, map[string]any{"title": "co_creator", "reason": "年度共创评选", "until": w.Clock.Now().Add(30 * 24 * time.Hour)}, "Idempotency-Key", "k").Is(201).Into(&g)
		w.Post(t, boss, path, map[string]any{"title": "king", "reason": "x"}).Fails(422, "input.invalid")
		var grants struct{ Items []grant }
		w.Get(t, anna, "/v1/me/titles").Is(200).Into(&grants)
		require.Equal(t, "年度共创评选", grants.Items[0].Reason)
		require.True(t, grants.Items[0].Held)
		w.Post(t, boss, path+"/"+g.ID.String()+"/end", map[string]any{"reason": "评选结果更正"}).Is(200).Into(&g)
		require.Equal(t, "评选结果更正", g.EndedWhy)
		w.Post(t, boss, path+"/"+g.ID.String()+"/end", map[string]any{"reason": "再次"}).Fails(409, "title.ended")
		w.Get(t, boss, path).Is(200).Into(&grants)
		require.False(t, grants.Items[0].Held)

		w.Get(t, boss, "/v1/staff/ladder").Is(403)
		var presets struct{ Items []map[string]any }
		w.Get(t, head, "/v1/staff/ladder/presets").Is(200).Into(&presets)
		vip := map[string]any{"weights": presets.Items[1]["weights"], "steps": steps(presets.Items[1]["steps"])}
		var checked struct {
			Findings []map[string]any
			Counts   []struct {
				Level         string
				Before, After int64
			}
		}
		w.Post(t, head, "/v1/staff/ladder/check", vip).Is(200).Into(&checked)
		require.Empty(t, checked.Findings)
		require.EqualValues(t, 1, checked.Counts[2].After, "the one of the loyal")
		vip["version"] = 1
		w.Do(t, head, http.MethodPut, "/v1/staff/ladder", vip).Is(200)
		w.Do(t, head, http.MethodPut, "/v1/staff/ladder", vip).Fails(409, "ladder.changed")
		w.Get(t, anna, "/v1/me/levels").Is(200).Into(&mine)
		require.Equal(t, "loyal", mine.Level)
		w.Settle(t)
		w.Get(t, anna, "/v1/me/levels/history").Is(200).Into(&history)
		require.Equal(t, "loyal", history.Items[0].To)

		body := map[string]any{"key": "old_friend", "name": "老朋友", "name_en": "An old friend", "enabled": true, "condition": "payments >= 1"}
		w.Post(t, head, "/v1/staff/titles", body).Is(201)
		w.Post(t, head, "/v1/staff/titles", body).Fails(409, "title.exists")
		delete(body, "key")
		body["version"], body["lasting"] = 1, true
		w.Do(t, head, http.MethodPut, "/v1/staff/titles/old_friend", body).Is(200)
		w.Do(t, head, http.MethodPut, "/v1/staff/titles/nobody", body).Is(404)
		w.Get(t, boss, "/v1/staff/titles").Is(200)
	})
}

// steps are the levels of a preset as they are sent: without the words that are made of their terms.
func steps(in any) []any {
	all := in.([]any)
	for _, s := range all {
		for _, b := range s.(map[string]any)["benefits"].([]any) {
			delete(b.(map[string]any), "words")
			delete(b.(map[string]any), "words_en")
		}
	}
	return all
}
