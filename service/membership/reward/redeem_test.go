package reward_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	model "guike/model/membership/reward"
	"guike/model/once"
	"guike/service/membership/reward"
	"guike/testkit"
)

var once0 once.Key

const day = 24 * time.Hour

func TestRedeem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, gift := t.Context(), w.offer(t, form(10))
		w.give(t, w.anna, 180, ledger.TwoYears)
		in := reward.NewRedemption{RewardID: gift, Quantity: 2, Price: new(int64(50)), Once: once.Of("k1", "redeem", gift)}
		o, replayed, err := w.Redeem(ctx, w.anna, in)
		require.NoError(t, err)
		require.False(t, replayed)
		again, replayed, err := w.Redeem(ctx, w.anna, in)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, o.ID, again.ID)
		require.Len(t, o.Code, 14)
		require.Equal(t, "D", o.Code[:1])
		require.Equal(t, []int64{2, 50, 100}, []int64{o.Quantity, o.Price, o.Total})
		require.EqualValues(t, 80, w.points(t, w.anna))
		require.EqualValues(t, 8, w.stock(t, gift))
		require.True(t, o.Cancellable)
		lines, _, err := ledger.Statement(ctx, w.DB, ledger.Of(ledger.Points, w.anna.ID), ledger.Available, db.Page{Limit: 1})
		require.NoError(t, err)
		require.EqualValues(t, -100, lines[0].Amount)
		require.Equal(t, []any{"redemption", o.ID, "兑换“手冲壶”×2"}, []any{lines[0].RefKind, lines[0].RefID, lines[0].Reason})

		t.Run("an order keeps its price whatever the catalogue says later", func(t *testing.T) {
			sheet, err := w.Sheet(ctx, gift)
			require.NoError(t, err)
			dearer := form(0)
			dearer.Price = 60
			_, err = w.Change(ctx, w.boss, gift, sheet.Version, dearer)
			require.NoError(t, err)
			kept, err := w.My(ctx, w.anna, o.ID)
			require.NoError(t, err)
			require.EqualValues(t, 50, kept.Price)
			err = w.untouched(t, gift, w.anna, func() error {
				_, _, err := w.Redeem(ctx, w.anna, reward.NewRedemption{RewardID: gift, Quantity: 1, Price: new(int64(50))})
				return err
			})
			require.Equal(t, "reward.price_changed", fault.Code(err))
			_, err = w.Change(ctx, w.boss, gift, sheet.Version, dearer)
			require.Equal(t, "reward.changed", fault.Code(err))
		})
		t.Run("staff look before they use it, once, as it was typed", func(t *testing.T) {
			typed := " d" + o.Code[1:7] + "-" + o.Code[7:]
			seen, err := w.Look(ctx, typed)
			require.NoError(t, err)
			require.Equal(t, model.Open, seen.Standing)
			used, _, err := w.Use(ctx, w.boss, typed, once0)
			require.NoError(t, err)
			require.Equal(t, model.Used, used.Standing)
			require.Equal(t, w.boss.StoreID, used.StoreID)
			require.NotEqual(t, o.Tag, used.Tag)
			err = w.untouched(t, gift, w.anna, func() error { return w.use(t, o) })
			testkit.Fails(t, err, "redemption.used", "redemption.state", "used")
			err = w.untouched(t, gift, w.anna, func() error { return w.cancel(t, w.anna, o) })
			require.Equal(t, "redemption.used", fault.Code(err))
			require.Equal(t, []string{"open", "used"}, w.told(t, o))
		})
		picture, err := w.MyCodePNG(ctx, w.anna, o.ID)
		require.NoError(t, err)
		require.NotEmpty(t, picture)
		mine, _, err := w.Mine(ctx, w.anna, db.Page{Limit: 5})
		require.NoError(t, err)
		require.Len(t, mine, 1)
	})
}

func TestCancelGivesBackToTheSameLots(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, gift := t.Context(), w.offer(t, form(10))
		w.give(t, w.anna, 30, "30d")
		w.give(t, w.anna, 70, ledger.TwoYears)
		o := w.redeemed(t, w.anna, gift)
		next := func() ledger.Expiry {
			b, err := ledger.BalanceOf(ctx, w.DB, ledger.Of(ledger.Points, w.anna.ID), w.DB.Now())
			require.NoError(t, err)
			return b.Next
		}
		require.EqualValues(t, 50, next().Amount, "what lives shortest was spent")
		require.NoError(t, w.cancel(t, w.anna, o))
		require.EqualValues(t, 30, next().Amount, "and is there again")
		require.EqualValues(t, 100, w.points(t, w.anna))
		require.EqualValues(t, 10, w.stock(t, gift))
		for _, act := range []func() error{
			func() error { return w.cancel(t, w.anna, o) },
			func() error { return w.use(t, o) },
			func() error { _, _, err := w.Cancel(ctx, w.boss, o.Code, "重复", once0); return err },
		} {
			testkit.Fails(t, w.untouched(t, gift, w.anna, act), "redemption.cancelled", "redemption.state", "cancelled")
		}
		require.Equal(t, []string{"open", "cancelled"}, w.told(t, o))

		o = w.redeemed(t, w.anna, gift)
		w.Clock.Advance(7 * day)
		err := w.untouched(t, gift, w.anna, func() error { return w.cancel(t, w.anna, o) })
		require.Equal(t, "redemption.cancel_closed", fault.Code(err))
		_, _, err = w.Cancel(ctx, w.boss, o.Code, " ", once0)
		require.Equal(t, "body.reason", testkit.Location(err))
		done, _, err := w.Cancel(ctx, w.boss, o.Code, "门店缺货", once0)
		require.NoError(t, err)
		require.Equal(t, "门店缺货", done.Reason)
		require.EqualValues(t, 100, w.points(t, w.anna))
	})
}

func TestUnusedRedemptionsLapse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, strict := t.Context(), form(10)
		strict.PointsBack = false
		kind, hard := w.offer(t, form(10)), w.offer(t, strict)
		w.give(t, w.anna, 200, ledger.TwoYears)
		back, kept, used := w.redeemed(t, w.anna, kind), w.redeemed(t, w.anna, hard), w.redeemed(t, w.anna, hard)
		require.NoError(t, w.use(t, used))
		watch := func() {
			for _, err := range testkit.Race(2, func(int) error { return w.WatchRedemptions(ctx) }) {
				require.NoError(t, err)
			}
		}
		w.Clock.Advance(23 * day)
		watch()
		require.Equal(t, []string{"open"}, w.told(t, back), "the notice comes seven days before")
		w.Clock.Advance(day)
		watch()
		watch()
		require.Equal(t, []string{"open", "lapsing"}, w.told(t, back))
		w.Clock.Set(time.UnixMilli(back.UseUntil).Add(-time.Millisecond))
		watch()
		seen, err := w.My(ctx, w.anna, back.ID)
		require.NoError(t, err)
		require.Equal(t, model.Open, seen.Standing)
		w.Clock.Advance(time.Millisecond)
		err = w.untouched(t, kind, w.anna, func() error { return w.use(t, back) })
		testkit.Fails(t, err, "redemption.lapsed", "redemption.state", "lapsed")
		err = w.untouched(t, kind, w.anna, func() error { return w.cancel(t, w.anna, back) })
		require.Equal(t, "redemption.lapsed", fault.Code(err), "though no job came by")
		w.Clock.Advance(48 * time.Hour)
		watch()
		watch()
		require.Equal(t, []string{"open", "lapsing", "lapsed"}, w.told(t, back))
		require.Equal(t, []string{"open", "lapsing", "lapsed"}, w.told(t, kept))
		require.Equal(t, []string{"open", "used"}, w.told(t, used))
		require.EqualValues(t, 100, w.points(t, w.anna), "of 200 came one of two lapsed back")
		require.EqualValues(t, 10, w.stock(t, kind))
		require.EqualValues(t, 9, w.stock(t, hard), "what nobody fetched is on the shelf")
	})
}

func TestStandstillTellsOfNothingThatIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		gift := w.offer(t, form(10))
		w.give(t, w.anna, 50, ledger.TwoYears)
		o := w.redeemed(t, w.anna, gift)
		w.Clock.Advance(60 * day)
		require.NoError(t, w.WatchRedemptions(t.Context()))
		require.Equal(t, []string{"open", "lapsed"}, w.told(t, o))
	})
}

func TestRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.give(t, w.anna, 1_000, ledger.TwoYears)
		shelf := w.offer(t, form(3))
		made := func(change func(*reward.Form)) id.ID {
			f := form(3)
			change(&f)
			return w.offer(t, f)
		}
		at := func(d time.Duration) *time.Time { return new(w.Clock.Now().Add(d)) }
		draft, _, err := w.Add(ctx, w.boss, once0, form(3))
		require.NoError(t, err)
		gone := made(func(*reward.Form) {})
		_, err = w.Withdraw(ctx, w.boss, gone)
		require.NoError(t, err)
		once1 := made(func(f *reward.Form) { f.LimitCount, f.LimitPer = 1, model.Ever })
		w.redeemed(t, w.anna, once1)
		cases := map[string]struct {
			of       id.ID
			quantity int64
			code     string
		}{
			"none":           {shelf, 0, "input.invalid"},
			"less than none": {shelf, -1, "input.invalid"},
			"a billion":      {shelf, 1_000_000_000, "input.invalid"},
			"unknown":        {id.New(), 1, "not_found"},
			"a draft":        {draft.ID, 1, "reward.unpublished"},
			"withdrawn":      {gone, 1, "reward.unpublished"},
			"ended":          {made(func(f *reward.Form) { f.ClosesAt = at(time.Second) }), 1, "reward.ended"},
			"not open yet":   {made(func(f *reward.Form) { f.OpensAt = at(time.Minute) }), 1, "reward.not_open"},
			"early for others": {made(func(f *reward.Form) {
				f.OpensAt, f.EarlyAt, f.EarlyLevels = at(time.Hour), at(-time.Hour), []string{"gold"}
			}), 1, "reward.not_open"},
			"of another level":  {made(func(f *reward.Form) { f.Levels = []string{"gold"} }), 1, "reward.level_required"},
			"without the title": {made(func(f *reward.Form) { f.Titles = []string{"co_creator"} }), 1, "reward.level_required"},
			"sold out":          {shelf, 4, "reward.sold_out"},
			"over the limit":    {once1, 1, "reward.limit_reached"},
			"too dear":          {made(func(f *reward.Form) { f.Price = 1_001 }), 1, "points.insufficient"},
		}
		f := form(3)
		f.ClosesAt = at(0)
		_, _, err = w.Add(ctx, w.boss, once0, f)
		testkit.Fails(t, err, "input.invalid", "body.closes_at", "over")
		f.ClosesAt = at(time.Second)
		late, _, err := w.Add(ctx, w.boss, once0, f)
		require.NoError(t, err)
		w.Clock.Advance(time.Second)
		_, err = w.Publish(ctx, w.boss, late.ID)
		testkit.Fails(t, err, "reward.ended")
		for name, c := range cases {
			err := w.untouched(t, shelf, w.anna, func() error { _, err := w.redeem(t, w.anna, c.of, c.quantity); return err })
			require.Equal(t, c.code, fault.Code(err), name)
		}
		o := w.redeemed(t, w.anna, shelf)
		bob := w.rich(t, 100)
		for name, act := range map[string]func() error{
			"another's redemption": func() error { _, err := w.My(ctx, bob, o.ID); return err },
			"another's picture":    func() error { _, err := w.MyCodePNG(ctx, bob, o.ID); return err },
			"another's to cancel":  func() error { return w.cancel(t, bob, o) },
			"no redemption":        func() error { return w.cancel(t, w.anna, reward.Order{}) },
			"an unknown code":      func() error { o := o; o.Code = "D0000000000000"; return w.use(t, o) },
			"no code":              func() error { o := o; o.Code = "核销"; return w.use(t, o) },
			"no code to look at":   func() error { _, err := w.Look(ctx, "x"); return err },
		} {
			require.Equal(t, "not_found", fault.Code(w.untouched(t, shelf, w.anna, act)), name)
		}
	})
}

func TestWhoMayHaveWhat(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, f := t.Context(), form(9)
		f.Levels, f.Titles = []string{"silver", "gold"}, []string{"co_creator"}
		f.OpensAt, f.EarlyAt, f.EarlyLevels = new(w.Clock.Now().Add(time.Hour)), new(w.Clock.Now()), []string{"gold"}
		of := w.offer(t, f)
		why := func(who actor.Actor) string {
			o, _, err := w.Offer(ctx, who, of)
			require.NoError(t, err)
			if o.Why == nil {
				return ""
			}
			return o.Why.Code
		}
		gold, silver, maker := w.rich(t, 50), w.rich(t, 50), w.rich(t, 50)
		w.join(t, gold, "gold")
		w.join(t, silver, "silver")
		w.join(t, maker, "", "co_creator")
		require.Equal(t, "reward.level_required", why(w.anna))
		require.Equal(t, []string{"", "reward.not_open", "reward.not_open"}, []string{why(gold), why(silver), why(maker)})
		w.Clock.Advance(time.Hour)
		require.Equal(t, []string{"", "", ""}, []string{why(gold), why(silver), why(maker)})
		for _, who := range []actor.Actor{gold, silver, maker} {
			w.redeemed(t, who, of)
		}
		require.Equal(t, "points.insufficient", why(gold))
	})
}

func TestLimitsCountWhatWasKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		f := form(99)
		f.LimitCount, f.LimitPer, f.PointsBack, f.UseDays = 2, model.Month, false, 1
		of := w.offer(t, f)
		w.give(t, w.anna, 1_000, ledger.TwoYears)
		_, err := w.redeem(t, w.anna, of, 3)
		require.Equal(t, "reward.limit_reached", fault.Code(err))
		o := w.redeemed(t, w.anna, of)
		require.NoError(t, w.cancel(t, w.anna, o))
		_, err = w.redeem(t, w.anna, of, 2)
		require.NoError(t, err, "what was cancelled does not count")
		w.Clock.Advance(3 * day)
		require.NoError(t, w.WatchRedemptions(t.Context()))
		_, err = w.redeem(t, w.anna, of, 1)
		require.Equal(t, "reward.limit_reached", fault.Code(err), "what lapsed for good does")
		w.Clock.Set(time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)) // December begins in Shanghai
		_, err = w.redeem(t, w.anna, of, 2)
		require.NoError(t, err)
	})
}

// What is changed by hand is found, and the rule that is broken is named.
func TestVerifyNamesWhatWasChangedByHand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		f := form(10)
		f.LimitCount, f.LimitPer = 5, model.Ever
		gift := w.offer(t, f)
		w.give(t, w.anna, 500, ledger.TwoYears)
		_, _, err := w.Restock(t.Context(), w.boss, reward.NewRestock{RewardID: gift, Amount: 5, Reason: "到货"})
		require.NoError(t, err)
		w.redeemed(t, w.anna, gift)
		require.NoError(t, w.cancel(t, w.anna, w.redeemed(t, w.anna, gift)))
		for name, c := range map[string]struct{ sql, rule string }{
			"a price":              {"UPDATE redemptions SET price = price + 1", "I10"},
			"a total":              {"UPDATE redemptions SET total = total * 2, price = price * 2", "I10"},
			"an order lost":        {"DELETE FROM redemptions WHERE state = 'open'", "I10"},
			"a debit lost":         {"DELETE FROM ledger_transfers WHERE kind = 'spend'", "I10"},
			"a restore lost":       {"DELETE FROM ledger_transfers WHERE kind = 'restore'", "I10"},
			"a used one cancelled": {"UPDATE redemptions SET state = 'used' WHERE state = 'cancelled'", "I10"},
			"a cancelled by hand":  {"UPDATE redemptions SET state = 'cancelled' WHERE state = 'open'", "I10"},
			"a stock":              {"UPDATE rewards SET stock = stock + 1", "I11"},
			"a restock lost":       {"DELETE FROM reward_restocks", "I11"},
			"a stock without end":  {"UPDATE rewards SET stock = NULL", "I11"},
			"a quantity":           {"UPDATE redemptions SET quantity = 6 WHERE state = 'open'", "I12"},
		} {
			err := w.DB.Tx(t.Context(), func(tx *db.Tx) error {
				require.NoError(t, tx.Conn(t.Context()).Exec(c.sql).Error, name)
				found, err := model.Verify(t.Context(), tx)
				require.NoError(t, err)
				rules := make([]string, 0, len(found))
				for _, f := range found {
					rules = append(rules, f.Rule)
				}
				require.Contains(t, rules, c.rule, "%s: %v", name, found)
				return context.Canceled
			})
			require.ErrorIs(t, err, context.Canceled)
		}
	})
}
