package budget_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/model/project/plan"
	"guike/service/project"
	"guike/service/project/budget"
	"guike/testkit"
)

func TestChangeOrder(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		before := w.stages(t)
		photo := id.New()
		asked, _, err := w.Ask(ctx, w.Family, budget.NewOrder{ProjectID: w.project.ID, Title: " 增加全屋智能 ", Text: "客厅加装", FileIDs: []id.ID{photo}})
		require.NoError(t, err)
		o := w.order(t, asked.OrderID)
		require.Equal(t, "增加全屋智能", o.Title)
		require.Equal(t, model.Asked, o.Standing)
		require.Len(t, o.Photos, 1)
		require.Equal(t, w.sales.ID, w.Tasks(t, w.project, budget.TaskAsked)[0].OwnerID, "who answers for the work owes an offer")

		_, _, err = w.Quote(ctx, w.sales, w.offer(o.ID, 860_000, 3))
		require.NoError(t, err)
		require.Equal(t, care.Done, w.Tasks(t, w.project, budget.TaskAsked)[0].State)
		require.EqualValues(t, signed, w.contract(t), "an offer changes nothing")
		require.Equal(t, before, w.stages(t))
		o = w.order(t, o.ID)
		require.Equal(t, model.Quoted, o.Standing)
		require.Len(t, o.Lines, 2)
		require.EqualValues(t, 860_000, o.AmountFen)
		require.Equal(t, "measure", o.StageKey, "the current stage when none is named")

		require.NoError(t, w.approve(t, o.ID, 1))
		require.EqualValues(t, signed+860_000, w.contract(t))
		after := w.stages(t)
		require.Equal(t, before["measure"].PlannedStart, after["measure"].PlannedStart)
		for key, was := range before {
			require.Equal(t, was.PlannedEnd.Plus(3), after[key].PlannedEnd, key)
			require.Equal(t, was.BaselineEnd, after[key].BaselineEnd, "baselines never move")
		}
		p, err := projects.ByID(ctx, w.DB, w.project.ID)
		require.NoError(t, err)
		require.Equal(t, w.project.PlannedEnd.Plus(3), p.PlannedEnd)
		changes, err := plan.Changes(ctx, w.DB, p.ID, 10)
		require.NoError(t, err)
		require.Len(t, changes, 1)
		for _, kind := range []projects.EntryKind{model.EntryAsked, model.EntryQuoted, model.EntryApproved} {
			require.Equal(t, 1, w.told(t, kind, o.ID), kind)
		}
		o = w.order(t, o.ID)
		require.Equal(t, 3, o.ShiftedDays)
		require.EqualValues(t, signed+860_000, *o.Order.ContractFen)
	})
}

func TestTimelineOfChangesNamesNoAmounts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		order, version := w.quoted(t, 860_000, 0)
		require.NoError(t, w.approve(t, order, version))
		w.pay(t, 3_000_000, "")
		seen, err := w.Projects.MyTimeline(t.Context(), w.Guest, w.project.ID, db.Page{Limit: 100})
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(seen.Entries), 4)
		for _, e := range seen.Entries {
			for _, amount := range []string{"8600", "860000", "30000", "3000000", "元"} {
				require.NotContains(t, e.TitleZH+e.TitleEN+e.Body, amount, "guests read the timeline too")
			}
		}
	})
}

func TestWhoAsksAndDecides(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		order, version := w.quoted(t, 100, 0)
		wish := budget.NewOrder{ProjectID: w.project.ID, Title: "a", Text: "b"}
		for name, c := range map[string]struct {
			who              actor.Actor
			ask, see, decide string
		}{
			"guest":                  {w.Guest, "home.family_only", "home.family_only", "home.owner_only"},
			"outsider":               {w.Outsider, "not_found", "not_found", "not_found"},
			"family":                 {w.Family, "", "", "home.owner_only"},
			"staff of another store": {w.Stranger, "not_found", "not_found", "not_found"},
		} {
			_, _, err := w.Ask(ctx, c.who, wish)
			testkit.Fails(t, err, c.ask)
			_, err = w.Order(ctx, c.who, order)
			testkit.Fails(t, err, c.see)
			_, _, err = w.Orders(ctx, c.who, w.project.ID, db.Page{Limit: 5})
			testkit.Fails(t, err, c.see)
			_, err = w.Budget(ctx, c.who, w.project.ID)
			testkit.Fails(t, err, c.see)
			_, _, err = w.Payments(ctx, c.who, w.project.ID, db.Page{Limit: 5})
			testkit.Fails(t, err, c.see)
			_, _, err = w.Decide(ctx, c.who, budget.Decision{OrderID: order, Version: version, Approve: true})
			require.Equal(t, c.decide, fault.Code(err), name)
		}
		_, _, err := w.Quote(ctx, w.Stranger, w.offer(order, 100, 0))
		testkit.Fails(t, err, "not_found")
		_, _, err = w.Withdraw(ctx, w.Stranger, budget.Withdrawal{OrderID: order})
		testkit.Fails(t, err, "not_found")
		_, _, err = w.Quote(ctx, w.sales, w.offer(id.New(), 100, 0))
		testkit.Fails(t, err, "not_found")
		_, _, err = w.Decide(ctx, w.Wife, budget.Decision{OrderID: order, Version: version, Approve: true})
		require.NoError(t, err, "any owner of the home decides")
	})
}

func TestOffersThatAreRefused(t *testing.T) { //nolint:tparallel // the cases share one store and are quick
	t.Parallel()
	k := testkit.SQLite(t)
	ctx, w := t.Context(), newWorld(t, k)
	order := w.ask(t)
	wrong := int64(5)
	for name, c := range map[string]struct {
		change func(*budget.NewOffer)
		field  string
	}{
		"no lines":                  {func(o *budget.NewOffer) { o.Lines = nil }, "body.lines length"},
		"an empty line":             {func(o *budget.NewOffer) { o.Lines[0].Text = " " }, "body.lines[0].text required"},
		"an amount beyond bounds":   {func(o *budget.NewOffer) { o.Lines[1].AmountFen = math.MinInt64 }, "body.lines[1].amount_fen out_of_range"},
		"a sum beyond bounds":       {func(o *budget.NewOffer) { o.Lines[0].AmountFen, o.Lines[1].AmountFen = 1e12, 1 }, "body.lines out_of_range"},
		"a sum that is not theirs":  {func(o *budget.NewOffer) { o.AmountFen = &wrong }, "body.amount_fen sum_mismatch"},
		"a contract below zero":     {func(o *budget.NewOffer) { o.Lines[0].AmountFen = -signed }, "body.amount_fen out_of_range"},
		"too many days":             {func(o *budget.NewOffer) { o.Days = 366 }, "body.days out_of_range"},
		"a deadline that is now":    {func(o *budget.NewOffer) { o.ValidUntil = w.Clock.Now() }, "body.valid_until in_the_past"},
		"a deadline beyond a year":  {func(o *budget.NewOffer) { o.ValidUntil = w.Clock.Now().Add(366 * 24 * time.Hour) }, "body.valid_until out_of_range"},
		"no such stage":             {func(o *budget.NewOffer) { o.Stage = "tiling" }, "body.stage unknown"},
		"a note that is too long":   {func(o *budget.NewOffer) { o.Note = strings.Repeat("字", 501) }, "body.note too_long"},
		"a year that none can keep": {func(o *budget.NewOffer) { o.ValidUntil = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }, "body.valid_until out_of_range"},
	} {
		t.Run(name, func(t *testing.T) {
			o := w.offer(order, 1000, 0)
			c.change(&o)
			_, _, err := w.Quote(ctx, w.sales, o)
			testkit.Fails(t, err, "input.invalid", c.field)
			require.Zero(t, w.order(t, order).Offer)
		})
	}
	for name, wish := range map[string]budget.NewOrder{
		"no title":          {Text: "b"},
		"a long title":      {Title: strings.Repeat("字", 101), Text: "b"},
		"no text":           {Title: "a"},
		"a picture twice":   {Title: "a", Text: "b", FileIDs: []id.ID{order, order}},
		"too many pictures": {Title: "a", Text: "b", FileIDs: make([]id.ID, 10)},
	} {
		t.Run(name, func(t *testing.T) {
			wish.ProjectID = w.project.ID
			_, _, err := w.Ask(ctx, w.Owner, wish)
			testkit.Fails(t, err, "input.invalid")
		})
	}
}

func TestDecisionMeetsTheOfferThatStands(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		testkit.Fails(t, w.approve(t, w.ask(t), 1), "change_order.changed", "change_order.state asked")

		order, version := w.quoted(t, 500, 0)
		again, _, err := w.Quote(ctx, w.sales, w.offer(order, 900, 0))
		require.NoError(t, err)
		require.Equal(t, version+1, again.Version)
		err = w.approve(t, order, version)
		testkit.Fails(t, err, "change_order.changed", "change_order.state quoted")
		f, _ := fault.Of(err)
		require.Equal(t, "2", f.Fields[1].Code, "the version that stands")
		require.Len(t, w.order(t, order).Offers, 2)

		require.NoError(t, w.approve(t, order, again.Version))
		testkit.Fails(t, w.approve(t, order, again.Version), "change_order.decided", "change_order.state approved")
		_, _, err = w.Quote(ctx, w.sales, w.offer(order, 1, 0))
		testkit.Fails(t, err, "change_order.decided")
		_, _, err = w.Withdraw(ctx, w.sales, budget.Withdrawal{OrderID: order})
		testkit.Fails(t, err, "change_order.decided")
		require.EqualValues(t, signed+900, w.contract(t))

		order, version = w.quoted(t, 700, 5)
		_, _, err = w.Decide(ctx, w.Owner, budget.Decision{OrderID: order, Version: version, Word: "太贵"})
		require.NoError(t, err)
		require.Equal(t, model.Refused, w.order(t, order).Standing)

		order, version = w.quoted(t, 700, 5)
		_, _, err = w.Withdraw(ctx, w.sales, budget.Withdrawal{OrderID: order, Reason: "改由售后处理"})
		require.NoError(t, err)
		testkit.Fails(t, w.approve(t, order, version), "change_order.decided", "change_order.state withdrawn")
		require.EqualValues(t, signed+900, w.contract(t), "neither changes anything")
	})
}

func TestOfferLapsesByItsStoredDeadline(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		order, version := w.quoted(t, 500, 0)
		w.Clock.Advance(48*time.Hour - time.Millisecond)
		require.Equal(t, model.Quoted, w.order(t, order).Standing)
		w.Clock.Advance(time.Millisecond)
		require.Equal(t, model.Lapsed, w.order(t, order).Standing, "the job has not run")
		testkit.Fails(t, w.approve(t, order, version), "change_order.lapsed", "change_order.state lapsed")
		require.EqualValues(t, signed, w.contract(t))
		again, _, err := w.Quote(t.Context(), w.sales, w.offer(order, 600, 0))
		require.NoError(t, err, "a lapsed offer is made anew")
		require.NoError(t, w.approve(t, order, again.Version))
	})
}

func TestWatchOffersRemindsAndLapsesOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		order, version := w.quoted(t, 500, 0)
		decided, v := w.quoted(t, 500, 0)
		watch := func() {
			for _, err := range testkit.Together(func() error { return w.WatchOffers(ctx) }, func() error { return w.WatchOffers(ctx) }) {
				require.NoError(t, err)
			}
		}
		watch()
		require.Empty(t, w.Tasks(t, w.project, budget.TaskWaiting))
		require.NoError(t, w.approve(t, decided, v))
		w.Clock.Advance(24 * time.Hour)
		watch()
		watch()
		reminded := w.Tasks(t, w.project, budget.TaskWaiting)
		require.Len(t, reminded, 1, "once, of the offer that waits")
		require.Equal(t, w.sales.ID, reminded[0].OwnerID, "whoever quoted")
		require.Equal(t, *w.order(t, order).ValidUntil, reminded[0].DueAt.UTC())

		w.Clock.Advance(48 * time.Hour)
		watch()
		watch()
		require.Equal(t, model.Lapsed, w.order(t, order).State)
		require.Equal(t, 1, w.told(t, model.EntryLapsed, order))
		require.Equal(t, care.Done, w.Tasks(t, w.project, budget.TaskWaiting)[0].State)
		require.Len(t, w.Tasks(t, w.project, budget.TaskLapsed), 1)
		require.Equal(t, model.Approved, w.order(t, decided).State)
		testkit.Fails(t, w.approve(t, order, version), "change_order.lapsed")

		t.Run("after 48 hours of standstill an offer only lapses", func(t *testing.T) {
			late, _ := w.quoted(t, 500, 0)
			w.Clock.Advance(96 * time.Hour)
			watch()
			require.Equal(t, model.Lapsed, w.order(t, late).State)
			require.Len(t, w.Tasks(t, w.project, budget.TaskWaiting), 1, "nobody is reminded of what has ended")
			require.Equal(t, 1, w.told(t, model.EntryLapsed, late))
		})
		t.Run("the offers of a cancelled project end silently", func(t *testing.T) {
			last, v := w.quoted(t, 500, 0)
			_, _, err := w.Projects.Cancel(ctx, w.sales, project.Cancel{ProjectID: w.project.ID, Reason: "客户取消"})
			require.NoError(t, err)
			testkit.Fails(t, w.approve(t, last, v), "project.cancelled")
			_, _, err = w.Ask(ctx, w.Owner, budget.NewOrder{ProjectID: w.project.ID, Title: "a", Text: "b"})
			testkit.Fails(t, err, "project.cancelled")
			w.Clock.Advance(96 * time.Hour)
			watch()
			require.Equal(t, model.Lapsed, w.order(t, last).State)
			require.Len(t, w.Tasks(t, w.project, budget.TaskLapsed), 2, "no task for what is over")
		})
	})
}

// Approval, refusal, the job at the deadline and a new offer meet at the same moment: one wins, and the
// contract follows approvals alone.
func TestRivalsOverAnOffer(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		require.NoError(t, w.SetPaymentPlan(ctx, w.sales, w.plan(signed/2, signed/2)))
		outcomes := map[model.State]int{}
		for round := range testkit.Rounds() {
			fen := int64(10_000 + round)
			if round%5 == 4 {
				fen = -20_000_000 / 30
			}
			order, version := w.quoted(t, fen, 1)
			before := w.contract(t)
			if round%2 == 1 {
				w.Clock.Advance(48 * time.Hour) // the deadline has come: no one may approve
			}
			offer := w.offer(order, 5_000, 0)
			acts := []func() error{
				func() error {
					_, _, err := w.Decide(ctx, w.Owner, budget.Decision{OrderID: order, Version: version, Approve: true})
					return err
				},
				func() error {
					_, _, err := w.Decide(ctx, w.Wife, budget.Decision{OrderID: order, Version: version})
					return err
				},
				func() error { return w.WatchOffers(ctx) },
			}
			if round%3 == 0 {
				acts = append(acts, func() error { _, _, err := w.Quote(ctx, w.sales, offer); return err })
			}
			errs := testkit.Together(acts...)
			require.NoError(t, errs[2])
			decisions := 0
			for _, err := range errs[:2] {
				if err == nil {
					decisions++
					continue
				}
				require.Contains(t, []string{"change_order.decided", "change_order.changed", "change_order.lapsed"}, fault.Code(err))
				f, _ := fault.Of(err)
				require.Len(t, f.Fields, 2, "the loser learns how it stands")
			}
			require.LessOrEqual(t, decisions, 1)
			o := w.order(t, order)
			outcomes[o.State]++
			if round%2 == 1 {
				require.Zero(t, decisions)
			}
			if o.State == model.Approved {
				require.Equal(t, before+o.AmountFen, w.contract(t))
			} else {
				require.Equal(t, before, w.contract(t))
			}
		}
		require.Positive(t, outcomes[model.Lapsed])
		require.Positive(t, outcomes[model.Approved]+outcomes[model.Refused])
	})
}

func TestApprovalSentAgain(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		order, version := w.quoted(t, 500, 2)
		in := budget.Decision{OrderID: order, Version: version, Approve: true, Once: once.Of("tap", "budget-decide", version)}
		send := func() error { _, _, err := w.Decide(ctx, w.Owner, in); return err }
		for _, err := range testkit.Together(send, send, send) {
			require.NoError(t, err)
		}
		require.EqualValues(t, signed+500, w.contract(t))
		require.Equal(t, 1, w.told(t, model.EntryApproved, order))
		require.Equal(t, 2, w.order(t, order).ShiftedDays)
	})
}

func TestApprovalThatCanNoLongerTakeEffect(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		first, v1 := w.quoted(t, -signed+1000, 0)
		second, v2 := w.quoted(t, -2000, 0)
		require.NoError(t, w.approve(t, first, v1))
		testkit.Fails(t, w.approve(t, second, v2), "change_order.impossible", "change_order.amount_fen out_of_range")
		require.EqualValues(t, 1000, w.contract(t), "never below zero")
		require.Equal(t, model.Quoted, w.order(t, second).State, "no half effect")
	})
}

func TestPlanFollowsOnTheSiteCalendar(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		before := w.stages(t)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			c := plan.Closure{ID: id.New(), FromDay: before["design"].PlannedEnd.Plus(1), ToDay: before["design"].PlannedEnd.Plus(4), Name: "停工"}
			return plan.AddClosureTx(ctx, tx, &c)
		})
		offer := w.offer(w.ask(t), 1, 2)
		offer.Stage = "design"
		r, _, err := w.Quote(ctx, w.sales, offer)
		require.NoError(t, err)
		require.NoError(t, w.approve(t, r.OrderID, r.Version))
		after := w.stages(t)
		require.Equal(t, before["measure"], after["measure"], "stages before stay")
		require.Equal(t, before["design"].PlannedEnd.Plus(6), after["design"].PlannedEnd, "two working days after four closed ones")
		require.Greater(t, after["sign"].PlannedStart, after["design"].PlannedEnd)

		order, version := w.quoted(t, 0, -365)
		require.NoError(t, w.approve(t, order, version))
		end := w.stages(t)
		require.GreaterOrEqual(t, end["measure"].PlannedEnd, end["measure"].PlannedStart, "no stage ends before it starts")
		require.Greater(t, w.order(t, order).ShiftedDays, -365)
	})
}

// Three instances find the same offers at once: each is reminded of once, and closed once.
func TestInstancesCloseOffersOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		watch := func() error { return w.WatchOffers(t.Context()) }
		var orders []id.ID
		for range 20 {
			o, _ := w.quoted(t, 100, 0)
			orders = append(orders, o)
		}
		for _, ahead := range []time.Duration{25 * time.Hour, 24 * time.Hour} {
			w.Clock.Advance(ahead)
			for _, err := range testkit.Together(watch, watch, watch) {
				require.NoError(t, err)
			}
		}
		require.Len(t, w.Tasks(t, w.project, budget.TaskWaiting), len(orders))
		require.Len(t, w.Tasks(t, w.project, budget.TaskLapsed), len(orders))
		for _, o := range orders {
			require.Equal(t, 1, w.told(t, model.EntryLapsed, o))
			require.EqualValues(t, 4, w.order(t, o).Version, "asked, quoted, reminded of, lapsed: each once")
		}
	})
}
