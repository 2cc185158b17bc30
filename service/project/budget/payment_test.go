package budget_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project"
	"guike/service/project/budget"
	"guike/testkit"
)

func (w *world) payment(fen int64, no string) budget.NewPayment {
	return budget.NewPayment{ProjectID: w.project.ID, AmountFen: fen, Kind: model.Stage, PaidAt: w.Clock.Now(), ExternalNo: no, Method: "银行转账"}
}

func (w *world) pay(t *testing.T, fen int64, no string) id.ID {
	t.Helper()
	r, _, err := w.RecordPayment(t.Context(), w.sales, w.payment(fen, no))
	require.NoError(t, err)
	return r.PaymentID
}

func (w *world) refund(t *testing.T, payment id.ID, fen int64) error {
	t.Helper()
	_, _, err := w.RecordRefund(t.Context(), w.sales, budget.NewRefund{PaymentID: payment, AmountFen: fen, Reason: "减项"})
	return err
}

func (w *world) plan(parts ...int64) budget.NewPaymentPlan {
	in := budget.NewPaymentPlan{ProjectID: w.project.ID}
	for i, fen := range parts {
		in.Instalments = append(in.Instalments, budget.NewInstalment{Name: fmt.Sprintf("第 %d 期", i+1), AmountFen: fen, DueStage: []string{"measure", "design", "sign"}[i%3]})
	}
	return in
}

func (w *world) budgetOf(t *testing.T) budget.Budget {
	t.Helper()
	b, err := w.Budget(t.Context(), w.Family, w.project.ID)
	require.NoError(t, err)
	require.EqualValues(t, signed, b.AtSigning)
	return b
}

func TestPaymentsAndRefunds(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		first := w.pay(t, 3_000_000, "SK-1")
		require.Equal(t, 1, w.told(t, model.EntryPayment, first))
		require.NoError(t, w.refund(t, first, 1_000_000))
		testkit.Fails(t, w.refund(t, first, 2_000_001), "payment.over_refunded", "body.amount_fen out_of_range")
		b := w.budgetOf(t)
		require.Equal(t, []int64{3_000_000, 1_000_000, signed - 2_000_000, 0}, []int64{b.Paid, b.Refunded, b.Open, b.Overpaid})
		w.pay(t, signed, "")
		b = w.budgetOf(t)
		require.Equal(t, []int64{0, 2_000_000}, []int64{b.Open, b.Overpaid})

		list, next, err := w.Payments(ctx, w.Owner, w.project.ID, db.Page{Limit: 1})
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.False(t, next.IsZero())
		list, next, err = w.Payments(ctx, w.Owner, w.project.ID, db.Page{Limit: 1, After: next})
		require.NoError(t, err)
		require.True(t, next.IsZero())
		require.Equal(t, first, list[0].ID)
		require.Len(t, list[0].Refunds, 1)

		_, _, err = w.Projects.Cancel(ctx, w.sales, project.Cancel{ProjectID: w.project.ID, Reason: "客户取消"})
		require.NoError(t, err)
		_, _, err = w.RecordPayment(ctx, w.sales, w.payment(1, ""))
		testkit.Fails(t, err, "project.cancelled")
		require.NoError(t, w.refund(t, first, 2_000_000), "what was paid for a cancelled project goes back")
	})
}

func TestPaymentsThatAreRefused(t *testing.T) { //nolint:tparallel // the cases share one store and are quick
	t.Parallel()
	k := testkit.SQLite(t)
	ctx, w := t.Context(), newWorld(t, k)
	for name, c := range map[string]struct {
		change func(*budget.NewPayment)
		field  string
	}{
		"nothing":                   {func(p *budget.NewPayment) { p.AmountFen = 0 }, "body.amount_fen out_of_range"},
		"a negative amount":         {func(p *budget.NewPayment) { p.AmountFen = -1 }, "body.amount_fen out_of_range"},
		"more than there is":        {func(p *budget.NewPayment) { p.AmountFen = 1e12 + 1 }, "body.amount_fen out_of_range"},
		"an unknown kind":           {func(p *budget.NewPayment) { p.Kind = "gift" }, "body.kind unknown"},
		"more than 5 minutes ahead": {func(p *budget.NewPayment) { p.PaidAt = p.PaidAt.Add(5*time.Minute + time.Millisecond) }, "body.paid_at future"},
		"before the year 2000":      {func(p *budget.NewPayment) { p.PaidAt = time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC) }, "body.paid_at out_of_range"},
		"no instant":                {func(p *budget.NewPayment) { p.PaidAt = time.Time{} }, "body.paid_at out_of_range"},
		"a number with a space":     {func(p *budget.NewPayment) { p.ExternalNo = "SK 1" }, "body.external_no characters"},
		"a long number":             {func(p *budget.NewPayment) { p.ExternalNo = strings.Repeat("1", 65) }, "body.external_no too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			in := w.payment(1000, "SK-1")
			c.change(&in)
			_, _, err := w.RecordPayment(ctx, w.sales, in)
			testkit.Fails(t, err, "input.invalid", c.field)
		})
	}
	in := w.payment(1000, "")
	in.PaidAt = in.PaidAt.Add(5 * time.Minute)
	_, _, err := w.RecordPayment(ctx, w.sales, in)
	require.NoError(t, err, "a clock may go five minutes wrong")
	_, _, err = w.RecordPayment(ctx, w.Stranger, w.payment(1000, ""))
	testkit.Fails(t, err, "not_found")
	testkit.Fails(t, w.refund(t, id.New(), 1), "not_found")
	_, _, err = w.RecordRefund(ctx, w.Stranger, budget.NewRefund{PaymentID: w.pay(t, 5, ""), AmountFen: 1, Reason: "x"})
	testkit.Fails(t, err, "not_found")
}

func TestExternalNumberIsUsedOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		in := w.payment(1000, "SK-1")
		send := func() error { _, _, err := w.RecordPayment(ctx, w.sales, in); return err }
		for _, err := range testkit.Together(send, send, send) {
			require.NoError(t, err, "the same content is answered as the first")
		}
		require.EqualValues(t, 1000, w.budgetOf(t).Paid)
		in.AmountFen = 1001
		_, _, err := w.RecordPayment(ctx, w.sales, in)
		testkit.Fails(t, err, "payment.external_no_taken")

		payment := w.pay(t, 500, "")
		back := budget.NewRefund{PaymentID: payment, AmountFen: 300, Reason: "减项", ExternalNo: "TK-1"}
		for range 2 {
			_, _, err := w.RecordRefund(ctx, w.sales, back)
			require.NoError(t, err)
		}
		require.EqualValues(t, 300, w.budgetOf(t).Refunded)
		back.Reason = "其他"
		_, _, err = w.RecordRefund(ctx, w.sales, back)
		testkit.Fails(t, err, "payment.external_no_taken")
	})
}

// Two projects use one number at the same moment, in each round: one has it, the other is told.
func TestRivalsOverANumber(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		other := w.Begin(t, w.sales, projects.CustomFurniture)
		for round := range testkit.Rounds() {
			here, there := w.payment(1000, fmt.Sprintf("R-%d", round)), w.payment(1000, fmt.Sprintf("R-%d", round))
			there.ProjectID = other.ID
			errs := testkit.Together(
				func() error { _, _, err := w.RecordPayment(ctx, w.sales, here); return err },
				func() error { _, _, err := w.RecordPayment(ctx, w.sales, there); return err },
			)
			lost := errs[0]
			if lost == nil {
				lost = errs[1]
			}
			require.Equal(t, "payment.external_no_taken", fault.Code(lost))
			require.True(t, errs[0] == nil || errs[1] == nil)
		}
	})
}

func TestRivalsOverARefund(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for range testkit.Rounds() {
			payment := w.pay(t, 1000, "")
			won := 0
			back := func() error { return w.refund(t, payment, 700) }
			for _, err := range testkit.Together(back, back, back) {
				if err == nil {
					won++
					continue
				}
				require.Equal(t, "payment.over_refunded", fault.Code(err))
			}
			require.Equal(t, 1, won)
		}
		require.EqualValues(t, testkit.Rounds()*700, w.budgetOf(t).Refunded)
	})
}

func TestPaymentSentAgain(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		in := w.payment(1000, "")
		in.Once = once.Of("key", "budget-record-payment", in.AmountFen)
		first, replayed, err := w.RecordPayment(ctx, w.sales, in)
		require.NoError(t, err)
		require.False(t, replayed)
		again, replayed, err := w.RecordPayment(ctx, w.sales, in)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, first, again)
		require.EqualValues(t, 1000, w.budgetOf(t).Paid)
	})
}

func TestPaymentPlan(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		err := w.SetPaymentPlan(ctx, w.sales, w.plan(signed-150))
		testkit.Fails(t, err, "input.invalid", "body.instalments sum_mismatch")
		f, _ := fault.Of(err)
		require.Contains(t, f.Fields[0].Text.ZH, "-1.50", "the difference is named")

		in := w.plan(4_000_000, 4_000_000, signed-8_000_000)
		in.Instalments[2].DueStage, in.Instalments[2].DueOn = "", clock.DayOf(w.Clock.Now(), testkit.Zone).Plus(10)
		for range 2 {
			require.NoError(t, w.SetPaymentPlan(ctx, w.sales, in))
		}
		require.Equal(t, 1, w.told(t, model.EntryPlan, w.project.ID), "the same plan again changes nothing")
		w.pay(t, 5_000_000, "")
		w.states(t, "paid", "partly", "open")
		require.Equal(t, "第 2 期", w.budgetOf(t).Next.Name)

		t.Run("falls due with its stage, or on its day", func(t *testing.T) {
			for _, key := range []string{"measure", "design"} {
				w.complete(t, key)
			}
			w.states(t, "paid", "partly", "open")
			w.Clock.Advance(24 * time.Hour)
			w.states(t, "paid", "overdue", "open")
			w.Clock.Advance(10 * 24 * time.Hour)
			w.states(t, "paid", "overdue", "overdue")
		})
		t.Run("an approved change adds an instalment of its own", func(t *testing.T) {
			order, version := w.quoted(t, 600_000, 0)
			require.NoError(t, w.approve(t, order, version))
			b := w.budgetOf(t)
			require.Len(t, b.Instalments, 4)
			require.Equal(t, order, b.Instalments[3].OrderID)
			require.Len(t, b.Changes, 1)
			require.EqualValues(t, signed+600_000, w.contract(t))
		})
		t.Run("what is dropped is taken off from the end", func(t *testing.T) {
			order, version := w.quoted(t, -1_000_000, 0)
			require.NoError(t, w.approve(t, order, version))
			b := w.budgetOf(t)
			require.Len(t, b.Instalments, 3, "nothing is left of the last one")
			require.EqualValues(t, signed-8_000_000-400_000, b.Instalments[2].AmountFen)
			require.EqualValues(t, signed-400_000, w.contract(t))
		})
	})
}

func (w *world) states(t *testing.T, want ...budget.InstalmentState) {
	t.Helper()
	var got []budget.InstalmentState
	for _, it := range w.budgetOf(t).Instalments {
		got = append(got, it.State)
	}
	require.Equal(t, want, got)
}

// A change order of an early stage stands at the end of the plan and is due before stages that are yet to
// come: what was paid for it is its own.
func TestMoneyFillsInstalmentsAsTheyFallDue(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		require.NoError(t, w.SetPaymentPlan(ctx, w.sales, w.plan(4_000_000, 4_000_000, signed-8_000_000)))
		w.pay(t, 4_000_000, "")
		offer := w.offer(w.ask(t), 600_000, 0)
		offer.Stage = "measure"
		r, _, err := w.Quote(ctx, w.sales, offer)
		require.NoError(t, err)
		w.complete(t, "measure")
		require.NoError(t, w.approve(t, r.OrderID, r.Version))
		require.Equal(t, r.OrderID, w.budgetOf(t).Next.OrderID, "what is due now comes before the stages to come")
		w.pay(t, 600_000, "")
		w.Clock.Advance(24 * time.Hour)
		w.states(t, "paid", "open", "open", "paid")
		require.Equal(t, "第 2 期", w.budgetOf(t).Next.Name)

		t.Run("a stage that drags on takes nothing from what is overdue", func(t *testing.T) {
			in := w.plan(4_000_000, 4_000_000, signed+600_000-8_000_000)
			in.Instalments[2].DueStage, in.Instalments[2].DueOn = "", w.stages(t)["design"].PlannedEnd.Plus(1)
			require.NoError(t, w.SetPaymentPlan(ctx, w.sales, in))
			w.states(t, "paid", "partly", "open")
			w.Clock.Advance(60 * 24 * time.Hour)
			w.states(t, "paid", "open", "overdue")
		})
	})
}

func (w *world) complete(t *testing.T, key string) {
	t.Helper()
	_, _, err := w.Projects.StartStage(t.Context(), w.sales, project.StageRef{ProjectID: w.project.ID, Key: key})
	require.NoError(t, err)
	_, _, err = w.Projects.CompleteStage(t.Context(), w.sales, project.StageRef{ProjectID: w.project.ID, Key: key})
	require.NoError(t, err)
}

func TestPaymentPlansThatAreRefused(t *testing.T) { //nolint:tparallel // the cases share one store and are quick
	t.Parallel()
	k := testkit.SQLite(t)
	w := newWorld(t, k)
	for name, c := range map[string]struct {
		change func(*budget.NewPaymentPlan)
		field  string
	}{
		"no instalment":       {func(p *budget.NewPaymentPlan) { p.Instalments = nil }, "body.instalments length"},
		"no name":             {func(p *budget.NewPaymentPlan) { p.Instalments[0].Name = "" }, "body.instalments[0].name required"},
		"a negative amount":   {func(p *budget.NewPaymentPlan) { p.Instalments[1].AmountFen = -1 }, "body.instalments[1].amount_fen out_of_range"},
		"no due day":          {func(p *budget.NewPaymentPlan) { p.Instalments[0].DueStage = "" }, "body.instalments[0].due_on one_of"},
		"both":                {func(p *budget.NewPaymentPlan) { p.Instalments[0].DueOn = "2026-12-01" }, "body.instalments[0].due_on one_of"},
		"no calendar day":     {func(p *budget.NewPaymentPlan) { p.Instalments[0].DueStage, p.Instalments[0].DueOn = "", "2026-02-30" }, "body.instalments[0].due_on day"},
		"an unknown stage":    {func(p *budget.NewPaymentPlan) { p.Instalments[1].DueStage = "tiling" }, "body.instalments[1].due_stage unknown"},
		"a sum beyond bounds": {func(p *budget.NewPaymentPlan) { p.Instalments[0].AmountFen, p.Instalments[1].AmountFen = 1e12, 1e12 }, "body.instalments out_of_range"},
	} {
		t.Run(name, func(t *testing.T) {
			in := w.plan(signed/2, signed/2)
			c.change(&in)
			testkit.Fails(t, w.SetPaymentPlan(t.Context(), w.sales, in), "input.invalid", c.field)
		})
	}
	testkit.Fails(t, w.SetPaymentPlan(t.Context(), w.Stranger, w.plan(signed)), "not_found")
}

// Every change of money moves the tag of the budget, and reading it again does not.
func TestBudgetTag(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		seen := map[string]bool{}
		fresh := func(what string) {
			b := w.budgetOf(t)
			require.Equal(t, b.Tag, w.budgetOf(t).Tag)
			require.False(t, seen[b.Tag], what)
			seen[b.Tag] = true
		}
		fresh("at first")
		payment := w.pay(t, 1000, "")
		fresh("a payment")
		require.NoError(t, w.refund(t, payment, 10))
		fresh("a refund")
		order, version := w.quoted(t, 100, 0)
		fresh("an offer")
		require.NoError(t, w.approve(t, order, version))
		fresh("an approval")
		require.NoError(t, w.SetPaymentPlan(t.Context(), w.sales, w.plan(signed+100)))
		fresh("a plan")
		w.Clock.Advance(24 * time.Hour)
		fresh("another day: instalments fall due")
	})
}

// The reads that people poll and those of the job go by an index, whatever the tables hold.
func TestHotReadsGoByTheirIndex(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		var order id.ID
		for range 3 {
			order, _ = w.quoted(t, 100, 0)
			w.pay(t, 100, "")
		}
		for name, c := range map[string]struct {
			index string
			read  func(r db.Reader) error
		}{
			"a page of payments": {"payments", func(r db.Reader) error {
				_, _, err := model.Payments(ctx, r, w.project.ID, db.Page{Limit: 20})
				return err
			}},
			"a page of orders": {"change_orders", func(r db.Reader) error {
				_, _, err := model.Orders(ctx, r, w.project.ID, db.Page{Limit: 20})
				return err
			}},
			"an order by its id":     {"change_order_id", func(r db.Reader) error { _, err := model.ProjectOf(ctx, r, order); return err }},
			"what was paid":          {"payments", func(r db.Reader) error { _, _, err := model.Paid(ctx, r, w.project.ID); return err }},
			"offers that have ended": {"change_order_expiry", func(r db.Reader) error { _, err := model.Expired(ctx, r, w.Clock.Now(), 100); return err }},
			"offers to remind of":    {"change_order_reminder", func(r db.Reader) error { _, err := model.Waiting(ctx, r, w.Clock.Now(), 100); return err }},
		} {
			way := k.Explain(t, k.Reads(t, func() { require.NoError(t, c.read(k.DB), name) })[0])
			if k.DB.Dialect() == db.SQLite {
				require.Regexp(t, "USING (COVERING )?INDEX (sqlite_autoindex_)?"+c.index, way, name)
				require.NotContains(t, way, "TEMP B-TREE", name)
				continue
			}
			require.NotRegexp(t, "(?i)type=ALL", way, name)
			require.NotContains(t, way, "filesort", name)
		}
	})
}
