package demo_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/demo"
	"guike/internal/actor"
	"guike/model/care"
	"guike/model/db"
	"guike/model/membership"
	"guike/model/membership/reward"
	"guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/design"
	"guike/model/project/handover"
	"guike/model/project/material"
	"guike/model/project/quality"
	"guike/testkit"
	"guike/testkit/apikit"
)

// What the company's past does not tell of happens through its own API when the demo begins, once.
func TestEnact(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		ctx, now := t.Context(), w.App.DB.Conn(t.Context())
		people, err := demo.Load(ctx, demo.Deps{DB: w.App.DB, Box: w.App.Box, Blind: w.App.Blind, Blobs: w.App.Blobs, Zone: testkit.Zone, Hash: &cheap}, demo.Options{})
		require.NoError(t, err)
		demo.Recall(w.Platform, people, w.URL)
		count := func(rows any, where ...any) (n int64) {
			q := now.Model(rows)
			if len(where) > 0 {
				q = q.Where(where[0], where[1:]...)
			}
			require.NoError(t, q.Count(&n).Error)
			return n
		}
		waiting := count(&handover.Acceptance{}, "state = ?", handover.AcceptanceOpen)
		require.NoError(t, demo.Enact(ctx, w.App, w.Platform, &people))
		w.Settle(t)

		require.Regexp(t, "^gk_", people.APIKey)
		erp := apikit.Person{Token: people.APIKey}
		w.Post(t, erp, "/v1/open/erp/orders/G2026-0000000/status", map[string]any{"event_id": "1", "at": w.Clock.Now(), "status": "accepted"}).Fails(404, "not_found")
		require.Positive(t, count(&delivery.Production{}))
		require.Greater(t, count(&delivery.Message{}), count(&delivery.Production{}), "a history")
		require.EqualValues(t, 1, count(&design.Case{}, "state = ?", design.CasePublished))
		var library struct {
			Items []struct {
				Title  string
				Photos []map[string]any
			}
		}
		w.Get(t, apikit.Person{}, "/v1/public/cases").Is(200).Into(&library)
		require.Len(t, library.Items, 1)
		require.Len(t, library.Items[0].Photos, 3)

		require.EqualValues(t, 1, count(&quality.Defect{}, "state = ?", quality.DefectOrdered), "in work")
		open := func(kind string) int64 { return count(&care.Task{}, "kind = ? AND state = ?", kind, care.Open) }
		require.EqualValues(t, 1, open("defect"))
		var recall material.Recall
		require.NoError(t, now.Take(&recall).Error)
		require.NotNil(t, recall.FinishedAt)
		require.Greater(t, recall.Homes, int64(1))
		require.Equal(t, recall.Homes, open("material_recall"), "each home has its task")
		require.EqualValues(t, 1, open("care_start"), "who was handed over is called")
		require.Equal(t, waiting-1, count(&handover.Acceptance{}, "state = ?", handover.AcceptanceOpen), "another sheet is left for the visitor")
		var done []project.Project
		require.NoError(t, now.Where("completed_at = ?", w.Clock.Now()).Find(&done).Error)
		require.Len(t, done, 1)
		boss := w.SignIn(t, usernameOf(people, actor.Admin), passwordOf(people, actor.Admin))
		var budget struct {
			OpenFen int64 `json:"open_fen"`
		}
		w.Get(t, boss, "/v1/staff/projects/"+done[0].ID.String()+"/budget").Is(200).Into(&budget)
		require.Zero(t, budget.OpenFen, "nothing is handed over unpaid")

		levels := map[string]bool{}
		for _, who := range people.Customers {
			var member membership.Member
			if now.Where("customer_id = ?", w.Customer(t, who.Openid).ID).Take(&member).Error == nil && member.CardNo != "" {
				levels[member.Level] = true
			}
		}
		require.Subset(t, slices.Collect(maps.Keys(levels)), []string{"silver", "gold"}, "levels to look at")
		require.EqualValues(t, 1, count(&reward.Redemption{}), "something waits to be handed out")

		entries, key := count(&project.Entry{}), people.APIKey
		people.APIKey = ""
		w.Clock.Advance(time.Hour)
		require.NoError(t, demo.Enact(ctx, w.App, w.Platform, &people))
		require.Equal(t, key, people.APIKey)
		require.Equal(t, entries, count(&project.Entry{}), "once")
	})
}

// Acts that were cut off before it was written down that they were through change nothing when they begin
// again.
func TestEnactGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		ctx, now := t.Context(), w.App.DB.Conn(t.Context())
		people, err := demo.Load(ctx, demo.Deps{DB: w.App.DB, Box: w.App.Box, Blind: w.App.Blind, Blobs: w.App.Blobs, Zone: testkit.Zone, Hash: &cheap}, demo.Options{})
		require.NoError(t, err)
		demo.Recall(w.Platform, people, w.URL)
		require.NoError(t, demo.Enact(ctx, w.App, w.Platform, &people))
		counts := func() map[string]int64 {
			all := map[string]int64{}
			for name, rows := range map[string]any{
				"entries": &project.Entry{}, "events": &delivery.Message{}, "cases": &design.Case{}, "defects": &quality.Defect{}, "recalls": &material.Recall{},
				"payments": &budget.Payment{}, "redemptions": &reward.Redemption{},
			} {
				var n int64
				require.NoError(t, now.Model(rows).Count(&n).Error)
				all[name] = n
			}
			return all
		}
		before := counts()
		require.NoError(t, w.App.DB.Tx(ctx, func(tx *db.Tx) error {
			return tx.Conn(ctx).Exec("DELETE FROM settings WHERE name = ?", "demo.acts").Error
		}))
		require.NoError(t, demo.Enact(ctx, w.App, w.Platform, &people))
		require.Equal(t, before, counts())
	})
}

func loginOf(c demo.Credentials, role actor.Role) demo.StaffLogin {
	for _, s := range c.Staff {
		if s.Role == role {
			return s
		}
	}
	return demo.StaffLogin{}
}

func usernameOf(c demo.Credentials, role actor.Role) string { return loginOf(c, role).Username }

func passwordOf(c demo.Credentials, role actor.Role) string { return loginOf(c, role).Password }
