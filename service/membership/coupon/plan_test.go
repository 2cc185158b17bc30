package coupon_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/membership/coupon"
	"guike/service/membership/coupon"
	"guike/testkit"
)

// crowd keeps coupons of many people, and requests, as a company has them after a while.
func (w *world) crowd(t *testing.T, people int) {
	t.Helper()
	campaigns := make([]model.Campaign, 40)
	for i := range campaigns {
		campaigns[i] = w.open(t, form())
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for i := range people {
			who := w.anna.ID
			if i%10 > 0 {
				who = id.New()
			}
			c := campaigns[i%len(campaigns)].Draw("2026-11-20", testkit.Zone, 0, 0)
			key, err := crypt.Code(model.CodeKind, rand.Reader)
			if err != nil {
				return err
			}
			c.CustomerID, c.Code, c.Cause, c.Source, c.ProjectID = who, key, c.ID.String(), "payment:"+id.New().String(), id.New()
			c.Wait(tx.Now, 0)
			if ok, err := model.ReserveTx(ctx, tx, c.CampaignKey, c.WorthFen); err != nil || !ok {
				return err
			}
			if err := model.AddTx(ctx, tx, &c); err != nil {
				return err
			}
			if i%3 == 0 {
				c.State, c.PaymentID, c.UsedAt, c.DueAt, c.NoticeAt = model.Void, id.ID{}, nil, nil, nil
				if err := model.UnreserveTx(ctx, tx, c.CampaignKey, c.WorthFen); err != nil {
					return err
				}
				if err := model.SaveTx(ctx, tx, &c); err != nil {
					return err
				}
			}
			// Most have been decided on, or no index helps who looks for the others. They are written so at once:
			// rows that had been open count as such for the optimizer until the engine has cleared them away.
			q := model.Request{
				ID: id.New(), CampaignKey: c.CampaignKey, CustomerID: who, Incident: c.Code, AskedBy: id.New(), State: model.Refused, Version: 1, CreatedAt: tx.Now,
			}
			if i%20 == 0 {
				q.State = model.Asked
			}
			if err := db.Insert(ctx, tx, &q); err != nil {
				return err
			}
		}
		return nil
	})
	if w.DB.Dialect() == db.SQLite {
		return
	}
	for _, table := range []string{"coupons", "coupon_campaigns", "coupon_requests", "coupon_uses"} {
		require.NoError(t, w.DB.Conn(t.Context()).Exec("ANALYZE TABLE "+table).Error)
	}
}

func TestHotReadsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.crowd(t, 800)
		ctx, page, now := t.Context(), db.Page{Limit: 10}, w.DB.Now()
		mine := w.has(t, w.anna, model.Open)
		require.NotEmpty(t, mine)
		one, bill := mine[0], coupon.Bill{CustomerID: w.anna.ID, StoreID: w.shop.ID, AmountFen: 100_00, PaidAt: now, Codes: []string{mine[0].Code}}
		list := func(in model.State) func() error {
			return func() error {
				_, next, err := w.Mine(ctx, w.anna, in, page)
				if err == nil && !next.IsZero() {
					_, _, err = w.Mine(ctx, w.anna, in, db.Page{Limit: 10, After: next})
				}
				return err
			}
		}
		for name, read := range map[string]func() error{
			"my coupons":          list(""),
			"my open coupons":     list(model.Open),
			"my used coupons":     list(model.Used),
			"of a customer":       func() error { _, _, err := w.Of(ctx, actor.Machine(), w.anna.ID, model.Open, page); return err },
			"by code":             func() error { _, err := w.Look(ctx, one.Code); return err },
			"by id":               func() error { _, err := model.ByID(ctx, w.DB, one.ID); return err },
			"by cause":            func() error { _, _, err := model.ByCause(ctx, w.DB, w.anna.ID, one.CampaignKey, one.Cause); return err },
			"of a source":         func() error { _, err := model.From(ctx, w.DB, one.Source); return err },
			"of a project":        func() error { _, err := model.OfProject(ctx, w.DB, one.ProjectID); return err },
			"had of a campaign":   func() error { _, err := model.CountOf(ctx, w.DB, w.anna.ID, one.CampaignKey, now); return err },
			"due":                 func() error { _, err := model.Overdue(ctx, w.DB, now, 100); return err },
			"to be warned":        func() error { _, err := model.Unwarned(ctx, w.DB, now, 100); return err },
			"a bill":              func() error { _, err := w.Take(ctx, w.DB, bill, now); return err },
			"usable on a bill":    func() error { _, err := w.Usables(ctx, w.DB, bill, now); return err },
			"campaign of a code":  func() error { _, err := model.CampaignByCode(ctx, w.DB, "NOTHING"); return err },
			"campaigns of events": func() error { _, err := w.Campaigns(ctx, w.boss, model.Payment); return err },
			"requests":            func() error { _, _, err := w.Requests(ctx, "", page); return err },
			"open requests":       func() error { _, _, err := w.Requests(ctx, model.Asked, page); return err },
			"what was taken off":  func() error { _, err := model.UsesOf(ctx, w.DB, id.New(), id.New()); return err },
		} {
			reads := w.Reads(t, func() {
				if err := read(); err != nil {
					testkit.Fails(t, err, "not_found")
				}
			})
			require.NotEmpty(t, reads, name)
			for _, s := range reads {
				if !strings.Contains(s.SQL, "coupon") || (name == "requests" && w.DB.Dialect() != db.SQLite) {
					continue // of so few rows MariaDB reads a list of all at once and sorts it
				}
				plan := w.Explain(t, s)
				require.NotRegexp(t, `(?m)^SCAN \w+$|type=ALL`, plan, "%s: %s", name, s.SQL)
				if strings.HasPrefix(name, "my ") || strings.Contains(name, "due") || strings.Contains(name, "requests") {
					require.NotRegexp(t, `TEMP B-TREE|filesort|temporary`, plan, "%s is read in its order: %s", name, s.SQL)
				}
			}
		}
	})
}
