package earning_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	"guike/testkit"
)

// night runs every job of the room at once on two instances.
func (w *world) night(t *testing.T) {
	t.Helper()
	a, b := w.Service, w.instance()
	var runs []func() error
	for _, s := range []interface {
		ExpireDue(context.Context) error
		VestDue(context.Context) error
		ReleaseDue(context.Context) error
		TellExpiring(context.Context) error
	}{a, b} {
		runs = append(runs, func() error {
			return errors.Join(s.VestDue(t.Context()), s.ReleaseDue(t.Context()), s.ExpireDue(t.Context()), s.TellExpiring(t.Context()))
		})
	}
	require.NoError(t, errors.Join(testkit.Together(runs...)...))
}

func TestExpiringValueIsToldOfTwiceAndThenLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.give(t, w.Owner, ledger.Points, ledger.Award{Amount: 70, Life: "60d"})
		w.give(t, w.Owner, ledger.Points, ledger.Award{Amount: 30, Life: "60d"})
		w.give(t, w.Wife, ledger.Fund, ledger.Award{Amount: 500, Life: "60d"})
		w.give(t, w.Family, ledger.GrowthSpend, ledger.Award{Amount: 9, Life: "60d"})
		w.give(t, w.Guest, ledger.Points, ledger.Award{Amount: 9, Life: ledger.Never})
		ends := w.DB.Now().AddDate(0, 0, 60)
		for day := range 62 {
			w.night(t)
			told := len(w.owed(t, membership.TopicValueExpiring))
			switch {
			case day < 30:
				require.Zero(t, told, "day %d", day)
			case day < 53:
				require.Equal(t, 2, told, "day %d", day)
			default:
				require.Equal(t, 4, told, "day %d", day)
			}
			w.Clock.Advance(days(1))
		}
		first := w.owed(t, membership.TopicValueExpiring)[0]
		require.Equal(t, ends.UnixMilli(), first.At)
		amounts := map[string]int64{}
		for _, e := range w.owed(t, membership.TopicValueExpiring) {
			amounts[e.Book] += e.Amount
		}
		require.Equal(t, map[string]int64{"points": 200, "fund": 1000}, amounts, "both lots in one notice, growth in none")
		require.Len(t, w.owed(t, membership.TopicValueExpired), 2, "growth expires in silence")
		require.Zero(t, w.balance(t, w.Owner, ledger.Points).Available)
		require.Zero(t, w.balance(t, w.Family, ledger.GrowthSpend).Available)
		require.EqualValues(t, 9, w.balance(t, w.Guest, ledger.Points).Available)
	})
}

func TestJobsAfterAStandstill(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.give(t, w.Owner, ledger.Points, ledger.Award{Amount: 5, Life: "31d"})
		w.give(t, w.Wife, ledger.Points, ledger.Award{Amount: 5, Life: "9d"})
		w.give(t, w.Family, ledger.Points, ledger.Award{Amount: 5, Life: "1d"})
		w.Clock.Advance(48 * time.Hour)
		w.night(t)
		told := w.owed(t, membership.TopicValueExpiring)
		require.Len(t, told, 2, "the one of 30 days, and the one of 7")
		require.Len(t, w.owed(t, membership.TopicValueExpired), 1)
		w.Clock.Advance(28 * 24 * time.Hour) // the last notice of the first is late
		w.night(t)
		require.Len(t, w.owed(t, membership.TopicValueExpiring), 3)
		w.night(t)
		require.Len(t, w.owed(t, membership.TopicValueExpiring), 3)
	})
}

func TestNobodyIsToldBeforeNine(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.give(t, w.Owner, ledger.Points, ledger.Award{Amount: 5, Life: "20d"})
		w.Clock.Set(time.Date(2026, 11, 24, 0, 59, 0, 0, time.UTC)) // 08:59 in Shanghai
		w.night(t)
		require.Empty(t, w.owed(t, membership.TopicValueExpiring))
		w.Clock.Advance(time.Minute)
		w.night(t)
		require.Len(t, w.owed(t, membership.TopicValueExpiring), 1)
		n := int64(1)
		for n > 0 {
			w.Clock.Advance(days(200))
			w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
				n, err = w.PruneNoticesTx(ctx, tx, 10)
				return err
			})
		}
	})
}

func TestPromisesForADayVestAndHoldsLapse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		k := ledger.Of(ledger.Points, w.Owner.ID)
		w.give(t, w.Owner, ledger.Points, ledger.Award{Amount: 50, Life: ledger.TwoYears})
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			s, err := w.l.LockTx(ctx, tx, k)
			require.NoError(t, err)
			c := ledger.Cause{Source: "test:1", Rule: "hold", By: actor.Machine()}
			_, err = s.Hold(ctx, ledger.Spend{From: k, Amount: 20, Cause: c}, tx.Now.Add(time.Hour))
			require.NoError(t, err)
			c.Rule = "promise"
			_, err = s.Promise(ctx, ledger.Award{To: k, Amount: 7, Life: ledger.TwoYears, Cause: c}, ledger.When{Subject: "customer:x", At: tx.Now.Add(time.Hour)})
			return err
		})
		require.EqualValues(t, 30, w.balance(t, w.Owner, ledger.Points).Available)
		w.Clock.Advance(time.Hour)
		w.night(t)
		b := w.balance(t, w.Owner, ledger.Points)
		require.EqualValues(t, 57, b.Available)
		require.Zero(t, b.Held+b.Pending)
		require.Len(t, w.owed(t, membership.TopicValueGiven), 1)
	})
}
