package flow_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	identities "guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	earnings "guike/model/membership/earning"
	"guike/model/once"
	"guike/model/outbox"
	projects "guike/model/project"
	budgets "guike/model/project/budget"
	"guike/service/flow"
	"guike/service/membership/coupon"
	"guike/service/membership/earning"
	"guike/service/membership/level"
	"guike/service/project"
	"guike/service/project/budget"
	"guike/testkit"
	"guike/testkit/homekit"
)

// purse is a home with the flows of value.
type purse struct {
	*homekit.World
	l     *ledger.Ledger
	value *flow.Value

	earning *earning.Service
	coupons *coupon.Service
	level   *level.Service
}

func newPurse(t *testing.T, k *testkit.Kit) *purse {
	t.Helper()
	w := &purse{l: ledger.New(testkit.Zone)}
	w.level = level.New(level.Deps{DB: k.DB, Zone: testkit.Zone})
	w.earning = earning.New(earning.Deps{DB: k.DB, Ledger: w.l, Zone: testkit.Zone, Moved: w.level.LookTx})
	w.coupons = coupon.New(coupon.Deps{DB: k.DB, Zone: testkit.Zone, Entropy: rand.Reader})
	w.World = homekit.New(t, k, func(d *project.Deps) {
		w.value = flow.NewValue(flow.ValueDeps{DB: k.DB, Ledger: w.l, Payments: budget.New(d.Journal), Earning: w.earning, Coupons: w.coupons})
		d.Followers = append(d.Followers, w.value)
	})
	k.Tx(t, earning.SeedTx)
	return w
}

// eachPurse runs fn in a world on every store at hand and asserts the books at its end.
func eachPurse(t *testing.T, fn func(t *testing.T, w *purse)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		fn(t, newPurse(t, k))
		testkit.Books(t, k.DB)
	})
}

// membersFirst runs fn and asserts that it locks members before subjects, and so before accounts: whoever earns
// locks in that order.
func (w *purse) membersFirst(t *testing.T, fn func()) {
	t.Helper()
	reads := w.ReadsOfTx(t, fn)
	first := func(table string) int {
		return slices.IndexFunc(reads, func(s testkit.Statement) bool { return strings.Contains(s.SQL, "FROM `"+table+"`") })
	}
	subject, member := first("ledger_subjects"), first("members")
	require.NotEqual(t, -1, subject)
	require.True(t, member >= 0 && member < subject, "members are read at %d, subjects at %d", member, subject)
}

func (w *purse) payment(p projects.Project, fen int64, no string) flow.NewPayment {
	return flow.NewPayment{NewPayment: budget.NewPayment{ProjectID: p.ID, AmountFen: fen, Kind: budgets.Stage, PaidAt: w.DB.Now(), ExternalNo: no}}
}

func (w *purse) pay(t *testing.T, p projects.Project, fen int64) flow.PaymentRecorded {
	t.Helper()
	r, _, err := w.value.RecordPayment(t.Context(), w.Boss, w.payment(p, fen, ""))
	require.NoError(t, err)
	return r
}

func (w *purse) refund(t *testing.T, r flow.PaymentRecorded, fen int64) {
	t.Helper()
	_, _, err := w.value.RecordRefund(t.Context(), w.Boss, budget.NewRefund{PaymentID: r.PaymentID, AmountFen: fen, Reason: "减项"})
	require.NoError(t, err)
}

func (w *purse) has(t *testing.T, who id.ID, book ledger.Book) ledger.Balance {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Of(book, who), w.DB.Now())
	require.NoError(t, err)
	b.Next = ledger.Expiry{}
	return b
}

func (w *purse) points(t *testing.T) ledger.Balance {
	t.Helper()
	return w.has(t, w.Owner.ID, ledger.Points)
}

// accept completes the acceptance of a project.
func (w *purse) accept(t *testing.T, p projects.Project) {
	t.Helper()
	w.Put(t, p, "acceptance")
	require.NoError(t, w.Complete(t, p, "acceptance"))
}

func (w *purse) owed(t *testing.T, topic string) (all []membership.ValueMoved) {
	t.Helper()
	var rows []outbox.Event
	require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", topic).Order("id").Find(&rows).Error)
	for _, e := range rows {
		var v membership.ValueMoved
		require.NoError(t, e.Decode(&v))
		all = append(all, v)
	}
	return all
}

func (w *purse) spend(t *testing.T, n int64) {
	t.Helper()
	k := ledger.Of(ledger.Points, w.Owner.ID)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		s, err := w.l.LockTx(ctx, tx, k)
		require.NoError(t, err)
		_, err = s.Spend(ctx, ledger.Spend{From: k, Amount: n, Cause: ledger.Cause{Source: "test:" + id.New().String(), Rule: "spend", By: actor.Machine()}})
		return err
	})
}

func TestPaymentsGiveAndVestWithTheAcceptance(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		first := w.pay(t, p, 3_000_099)
		require.EqualValues(t, 30_000, first.PointsPending, "a point for each whole yuan")
		require.Zero(t, first.PointsAwarded)
		require.Equal(t, ledger.Balance{Pending: 30_000}, w.points(t))
		require.Equal(t, ledger.Balance{Available: 30_000}, w.has(t, w.Owner.ID, ledger.GrowthSpend))
		require.Equal(t, ledger.Balance{}, w.has(t, w.Wife.ID, ledger.Points), "the contract party earns")

		w.accept(t, p)
		require.Equal(t, ledger.Balance{Available: 30_000}, w.points(t))
		told := w.owed(t, membership.TopicValueGiven)
		require.Len(t, told, 1)
		require.Equal(t, "points", told[0].Book)
		require.EqualValues(t, 30_000, told[0].Amount)

		late := w.pay(t, p, 100_00)
		require.EqualValues(t, 100, late.PointsAwarded, "the stage is completed already")
		require.Zero(t, late.PointsPending)
		w.Reopen(t, p, "acceptance")
		require.Equal(t, ledger.Balance{Available: 30_100}, w.points(t), "what was given stays given")
		again := w.pay(t, p, 50_00)
		require.EqualValues(t, 50, again.PointsPending)
		require.NoError(t, w.Complete(t, p, "acceptance"))
		require.Equal(t, ledger.Balance{Available: 30_150}, w.points(t))
	})
}

func TestAKnownPaymentGivesNothingAgain(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		for round := range testkit.Rounds() {
			in := w.payment(p, 100_00, "SK-"+id.New().String())
			results := make([]flow.PaymentRecorded, 4)
			errs := testkit.Race(len(results), func(i int) (err error) {
				mine := in
				mine.Once = once.Of(id.New().String(), "pay", i)
				results[i], _, err = w.value.RecordPayment(t.Context(), w.Boss, mine)
				return err
			})
			require.NoError(t, errors.Join(errs...))
			for _, r := range results {
				require.Equal(t, results[0].PaymentID, r.PaymentID)
				require.EqualValues(t, 100, r.PointsPending, "a known payment answers as the first time")
			}
			require.Equal(t, ledger.Balance{Pending: 100 * int64(round+1)}, w.points(t))
		}
		in := w.payment(p, 100_00, "SK-1")
		in.Once = once.Of("k", "pay", 1)
		first, replayed, err := w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		require.False(t, replayed)
		second, replayed, err := w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, first.PointsPending, second.PointsPending)
		in.AmountFen, in.Once = 1, once.Key{}
		_, _, err = w.value.RecordPayment(t.Context(), w.Boss, in)
		testkit.Fails(t, err, "payment.external_no_taken")
		require.Equal(t, ledger.Balance{Pending: 100 + 100*int64(testkit.Rounds())}, w.points(t))
	})
}

func TestRefundsTakeBackInProportion(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		r := w.pay(t, p, 100_00)
		for _, left := range []int64{67, 34, 1} { // 33.33 yuan each: 33, 66, 99 points in all
			w.refund(t, r, 33_33)
			require.Equal(t, ledger.Balance{Pending: left}, w.points(t))
		}
		w.refund(t, r, 1)
		require.Equal(t, ledger.Balance{}, w.points(t), "refunds in parts add up to the whole")
		require.Equal(t, ledger.Balance{}, w.has(t, w.Owner.ID, ledger.GrowthSpend))
		_, _, err := w.value.RecordRefund(t.Context(), w.Boss, budget.NewRefund{PaymentID: r.PaymentID, AmountFen: 1, Reason: "减项"})
		testkit.Fails(t, err, "payment.over_refunded")

		spent := w.pay(t, p, 100_00)
		w.accept(t, p)
		w.spend(t, 80)
		w.refund(t, spent, 100_00)
		require.Equal(t, ledger.Balance{Debt: -80}, w.points(t), "what was used becomes a debt, never a negative balance")
		w.pay(t, p, 100_00)
		require.Equal(t, ledger.Balance{Available: 20}, w.points(t), "which later earnings pay")
	})
}

func TestRivalsOverARefundTakeBackOnce(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		for range testkit.Rounds() {
			r := w.pay(t, p, 100_00)
			refund := func(no string) func() error {
				return func() error {
					_, _, err := w.value.RecordRefund(t.Context(), w.Boss, budget.NewRefund{PaymentID: r.PaymentID, AmountFen: 60_00, Reason: "减项", ExternalNo: no})
					return err
				}
			}
			a, b := id.New().String(), id.New().String()
			errs := testkit.Together(refund(a), refund(a), refund(b), refund(b))
			for _, err := range errs {
				require.Contains(t, []string{"", "payment.over_refunded"}, fault.Code(err), "%v", err)
			}
			require.Equal(t, 2, testkit.Succeeded(errs), "one number wins, and its second answer is the first")
			require.EqualValues(t, 40, w.points(t).Pending)
			w.refund(t, r, 40_00)
		}
		require.Equal(t, ledger.Balance{}, w.points(t))
	})
}

func TestCancellingGivesUpWhatIsPromised(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		r := w.pay(t, p, 100_00)
		w.refund(t, r, 30_00)
		w.membersFirst(t, func() { w.CallOff(t, p) })
		require.Equal(t, ledger.Balance{}, w.points(t))
		require.EqualValues(t, 70, w.has(t, w.Owner.ID, ledger.GrowthSpend).Available)
		w.refund(t, r, 70_00)
		require.Equal(t, ledger.Balance{}, w.points(t), "what was cancelled is not taken again")
		require.Equal(t, ledger.Balance{}, w.has(t, w.Owner.ID, ledger.GrowthSpend))
	})
}

func TestComplaintsFreezeWhatIsPromised(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		w.pay(t, p, 100_00)
		one, other := id.New(), id.New()
		open := func(c id.ID) {
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return w.value.ComplaintOpenedTx(ctx, tx, p.ID, c) })
		}
		settle := func(c id.ID) {
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return w.value.ComplaintClosedTx(ctx, tx, w.Boss, p.ID, c) })
		}
		open(one)
		open(other)
		w.membersFirst(t, func() { w.accept(t, p) })
		require.Equal(t, ledger.Balance{Pending: 100}, w.points(t), "frozen")
		settle(one)
		require.Equal(t, ledger.Balance{Pending: 100}, w.points(t), "another complaint is open")
		w.membersFirst(t, func() { settle(other) })
		require.Equal(t, ledger.Balance{Available: 100}, w.points(t))
		settle(other)
		require.Len(t, w.owed(t, membership.TopicValueGiven), 1)
	})
}

func TestDeedsGiveOnceAndWithinTheirCaps(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		do := func(fn func(ctx context.Context, tx *db.Tx, who actor.Actor, d flow.Deed) (earning.Earned, error), d flow.Deed) earning.Earned {
			var e earning.Earned
			w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
				e, err = fn(ctx, tx, w.Boss, d)
				return err
			})
			return e
		}
		review := flow.Deed{CustomerID: w.Owner.ID, ID: id.New(), Stars: 1}
		for range 2 {
			require.EqualValues(t, 20, do(w.value.ReviewApprovedTx, review).Awarded[ledger.Points], "whatever the stars, and once a review")
		}
		require.EqualValues(t, 20, w.points(t).Available)
		for range 9 {
			do(w.value.ReviewApprovedTx, flow.Deed{CustomerID: w.Owner.ID, ID: id.New()})
		}
		require.EqualValues(t, 100, w.points(t).Available, "the cap of the month")
		w.Clock.Advance(10 * 24 * time.Hour)
		do(w.value.ReviewApprovedTx, flow.Deed{CustomerID: w.Owner.ID, ID: id.New()})
		require.EqualValues(t, 120, w.points(t).Available, "another month")
		do(w.value.SurveyAnsweredTx, flow.Deed{CustomerID: w.Owner.ID, ID: id.New()})
		do(w.value.ProposalAdoptedTx, flow.Deed{CustomerID: w.Owner.ID, ID: id.New(), ProjectID: w.Begin(t, w.Boss, projects.Renovation).ID})
		do(w.value.FriendOrderedTx, flow.Deed{CustomerID: w.Owner.ID, ID: id.New(), Referrals: 1})
		require.EqualValues(t, 230, w.points(t).Available)
		require.EqualValues(t, 10, w.has(t, w.Owner.ID, ledger.GrowthParticipation).Available)
		require.EqualValues(t, 720, w.has(t, w.Owner.ID, ledger.GrowthContribution).Available)
	})
}

func TestBirthdayWeekDoubles(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		require.NoError(t, w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return tx.Conn(t.Context()).Model(&identities.Customer{}).Where("id = ?", w.Owner.ID).UpdateColumn("birthday", "1990-11-29").Error
		}))
		p := w.Begin(t, w.Boss, projects.Renovation)
		r := w.pay(t, p, 99_99)
		require.EqualValues(t, 198, r.PointsPending)
		require.EqualValues(t, 99, w.has(t, w.Owner.ID, ledger.GrowthSpend).Available, "growth is not doubled")
		w.refund(t, r, 50_00)
		require.EqualValues(t, 198-2*49, w.points(t).Pending)
		w.Clock.Advance(7 * 24 * time.Hour)
		require.EqualValues(t, 99, w.pay(t, p, 99_99).PointsPending)
	})
}

// rules keeps rules beside the seeded ones.
func (w *purse) rules(t *testing.T, rules ...earnings.Rule) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for _, r := range rules {
			r.Version, r.Enabled = 1, true
			if r.Life == "" {
				r.Life = ledger.TwoYears
			}
			if err := earnings.AddRuleTx(ctx, tx, &r); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTheFirstPaymentIsFirstOnce(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		w.rules(t, earnings.Rule{Key: "first", Definition: earnings.Definition{
			NameZH: "首次消费", Event: earnings.Payment, Book: ledger.Fund, Amount: earnings.Amount{Kind: earnings.Fixed, Units: 500},
			Condition: "first_payment", Vest: earnings.Vest{Kind: earnings.AtOnce}, Life: ledger.Never,
		}})
		a, b := w.Begin(t, w.Boss, projects.Renovation), w.Begin(t, w.Boss, projects.CustomFurniture)
		for range testkit.Rounds() {
			w.forget(t)
			pay := func(p projects.Project) func() error {
				return func() error {
					_, _, err := w.value.RecordPayment(t.Context(), w.Boss, w.payment(p, 100, ""))
					return err
				}
			}
			before := w.has(t, w.Owner.ID, ledger.Fund).Available
			require.NoError(t, errors.Join(testkit.Together(pay(a), pay(b), pay(a), pay(b))...))
			require.EqualValues(t, 500, w.has(t, w.Owner.ID, ledger.Fund).Available-before)
		}
	})
}

// forget removes the payments, as if nothing had been paid.
func (w *purse) forget(t *testing.T) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return tx.Conn(ctx).Where("amount_fen > 0").Delete(&budgets.Payment{}).Error
	})
}

func TestABudgetIsSpentToTheLastUnit(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		w.rules(t, earnings.Rule{Key: "campaign", Definition: earnings.Definition{
			NameZH: "周年活动", Event: earnings.SurveyAnswered, Book: ledger.Fund, Amount: earnings.Amount{Kind: earnings.Fixed, Units: 70},
			Budget: 1000, Vest: earnings.Vest{Kind: earnings.AtOnce}, Life: ledger.Never,
		}})
		people := []actor.Actor{w.Owner, w.Wife, w.Family, w.Guest, w.Outsider}
		errs := testkit.Race(30, func(i int) error {
			return w.DB.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := w.value.SurveyAnsweredTx(t.Context(), tx, w.Boss, flow.Deed{CustomerID: people[i%len(people)].ID, ID: id.New()})
				return err
			})
		})
		require.NoError(t, errors.Join(errs...))
		var all int64
		for _, p := range people {
			all += w.has(t, p.ID, ledger.Fund).Available
		}
		require.EqualValues(t, 1000, all)
	})
}

func TestWhatPromisesWaitFor(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		give := func(key string, v earnings.Vest) earnings.Rule {
			return earnings.Rule{Key: key, Definition: earnings.Definition{
				NameZH: key, Event: earnings.Payment, Book: ledger.Fund, Amount: earnings.Amount{Kind: earnings.Fixed, Units: 1}, Vest: v,
			}}
		}
		w.rules(t, give("days", earnings.Vest{Kind: earnings.InDays, Days: 7}), give("day", earnings.Vest{Kind: earnings.OnDay, Day: "2026-12-01"}),
			give("gone", earnings.Vest{Kind: earnings.OnDay, Day: "2026-11-23"}), give("elsewhere", earnings.Vest{Kind: earnings.AtStage, Stage: "no_such_stage"}))
		p := w.Begin(t, w.Boss, projects.Renovation)
		w.pay(t, p, 100)
		fund := func() int64 { return w.has(t, w.Owner.ID, ledger.Fund).Available }
		require.EqualValues(t, 1, fund(), "a day that has come")
		vest := func() { w.membersFirst(t, func() { require.NoError(t, w.earning.VestDue(t.Context())) }) }
		w.Clock.Advance(7 * 24 * time.Hour)
		vest()
		require.EqualValues(t, 2, fund())
		w.Clock.Advance(24 * time.Hour)
		vest()
		require.EqualValues(t, 3, fund())
		w.accept(t, p)
		require.EqualValues(t, 4, fund(), "a stage that the project does not have is its completion")
	})
}

func TestMergedRecordsBringTheirValueAlong(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		r := w.pay(t, p, 100_00)
		to := w.Outsider.ID
		card, err := membership.MemberOf(t.Context(), w.DB, w.Owner.ID)
		require.NoError(t, err)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			if err := projects.ReassignCustomerTx(ctx, tx, w.Owner.ID, to); err != nil {
				return err
			}
			return w.value.InheritTx(ctx, tx, w.Owner.ID, to)
		})
		require.Equal(t, ledger.Balance{Pending: 100}, w.has(t, to, ledger.Points))
		require.Equal(t, ledger.Balance{}, w.points(t))
		kept, err := membership.MemberOf(t.Context(), w.DB, to)
		require.NoError(t, err)
		require.Equal(t, card.CardNo, kept.CardNo, "who had no card keeps the former one")
		require.NotNil(t, kept.LookAt, "the level is looked at again")
		w.refund(t, r, 40_00)
		require.Equal(t, ledger.Balance{Pending: 60}, w.has(t, to, ledger.Points))
		w.accept(t, p)
		require.Equal(t, ledger.Balance{Available: 60}, w.has(t, to, ledger.Points))

		w.Tx(t, func(ctx context.Context, tx *db.Tx) error { // of two cards that of the record that stays remains
			_, err := membership.JoinTx(ctx, tx, w.Wife.ID)
			require.NoError(t, err)
			require.NoError(t, db.Insert(ctx, tx, &membership.Title{CustomerID: w.Wife.ID, ID: id.New(), Title: "referrer", Source: "rule", GrantedAt: tx.Now}))
			return w.value.InheritTx(ctx, tx, w.Wife.ID, to)
		})
		again, err := membership.MemberOf(t.Context(), w.DB, to)
		require.NoError(t, err)
		require.Equal(t, kept.CardNo, again.CardNo)
		held, err := membership.TitlesOf(t.Context(), w.DB, to, w.DB.Now())
		require.NoError(t, err)
		require.Len(t, held, 1)
	})
}
