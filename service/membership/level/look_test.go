package level_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/level"
	"guike/service/membership/level"
	"guike/testkit"
)

func TestLevelsRiseAtOnceAndFallByStepsWithGrace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		require.Equal(t, "bronze", w.at(t, w.anna), "what everybody has, before anything is written")
		w.grow(t, w.anna, 1200)
		require.Equal(t, []string{"gold"}, w.history(t, w.anna))
		s := w.standing(t, w.anna)
		require.EqualValues(t, 1200, s.Growth)
		require.Nil(t, s.Next)
		require.Equal(t, 2, s.Priority())

		w.Clock.Advance(days(365)) // the growth is a year old
		s = w.standing(t, w.anna)
		require.Equal(t, "gold", s.Level.Key, "kept for its grace")
		require.EqualValues(t, 0, s.Growth)
		require.Equal(t, w.DB.Now().Add(days(20)), *s.KeptUntil)

		w.Clock.Advance(days(20))
		require.Equal(t, "silver", w.at(t, w.anna), "shown though nobody has looked")
		require.Equal(t, "gold", w.written(t, w.anna))
		w.Clock.Advance(days(2))
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, "silver", w.written(t, w.anna))
		rows, _, err := w.Changes(t.Context(), w.anna.ID, db.Page{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, w.DB.Now().Add(-days(2)), rows[0].At, "from when it was due, whenever the job came")
		require.Equal(t, "金卡会员", rows[0].FromZH)
		require.Contains(t, rows[0].ReasonZH, "银卡会员")
		w.look(t, w.anna)
		require.Equal(t, 1, w.told(t, membership.TopicGraceBegun, w.anna), "of the silver one's grace; nobody came by in the golden one's")

		w.Clock.Advance(days(8))
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, []string{"gold", "silver", "bronze"}, w.history(t, w.anna))
		require.Equal(t, 3, w.told(t, membership.TopicLevelChanged, w.anna), "one event a change")
		require.NoError(t, w.LookDue(t.Context()))
		require.Len(t, w.history(t, w.anna), 3)
	})
}

func TestAStandstillIsCaughtUpWith(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.grow(t, w.anna, 1200)
		w.Clock.Advance(days(365 + 60))
		w.expire(t) // the ledger's job comes first: what is reckoned does not depend on it
		shown := w.standing(t, w.anna)
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, []string{"gold", "silver", "bronze"}, w.history(t, w.anna))
		require.Equal(t, "bronze", shown.Level.Key)
		rows, _, err := w.Changes(t.Context(), w.anna.ID, db.Page{Limit: 9})
		require.NoError(t, err)
		require.Equal(t, testkit.Start.Add(days(365+30)), rows[0].At)
		require.Equal(t, testkit.Start.Add(days(365+20)), rows[1].At)
	})
}

func TestGrowthThatComesBackEndsTheGrace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.grow(t, w.anna, 150)
		w.Clock.Advance(days(365 + 5))
		w.grow(t, w.anna, 150)
		s := w.standing(t, w.anna)
		require.Equal(t, "silver", s.Level.Key)
		require.Nil(t, s.KeptUntil)
		require.Equal(t, []string{"silver"}, w.history(t, w.anna))

		w.Clock.Advance(days(365 + 15)) // nobody looked when the grace was over
		w.grow(t, w.anna, 150)
		require.Equal(t, []string{"silver", "bronze", "silver"}, w.history(t, w.anna), "what was shown is in the history")
	})
}

func TestTwoLooksAtOnceFindOneChange(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		other := level.New(level.Deps{DB: w.DB, Zone: testkit.Zone})
		for range testkit.Rounds() {
			who := w.Join(t, id.New().String()[:11], "")
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				_, err := membership.JoinTx(ctx, tx, who.ID)
				return err
			})
			errs := testkit.Race(8, func(i int) error {
				switch {
				case i < 4:
					return w.DB.Tx(t.Context(), func(tx *db.Tx) error { return w.growTx(t.Context(), tx, who, 50) })
				case i == 4:
					return w.LookDue(t.Context())
				case i == 5:
					return other.LookDue(t.Context())
				}
				return w.DB.Tx(t.Context(), func(tx *db.Tx) error { return other.LookTx(t.Context(), tx, who, who.ID) })
			})
			require.NoError(t, errors.Join(errs...))
			got := w.history(t, who)
			require.Equal(t, "silver", got[len(got)-1])
			require.LessOrEqual(t, len(got), 2, "bronze may be seen on the way")
			require.Equal(t, len(got), w.told(t, membership.TopicLevelChanged, who))
		}
	})
}

func TestTheLadderChangesUnderEverybody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.grow(t, w.anna, 150)
		w.grow(t, w.Wife, 1200)
		require.NoError(t, w.LookDue(t.Context()))
		p := ladder()
		p.Steps[1].From, p.Steps[2].Key = 200, "diamond"
		l, err := w.SetLadder(t.Context(), w.Boss, 1, p)
		require.NoError(t, err)
		require.EqualValues(t, 2, l.Version)
		require.Equal(t, "silver", w.at(t, w.anna), "kept for its grace")
		require.Equal(t, "diamond", w.at(t, w.Wife), "a level that is gone is replaced at once, in reads, too")
		require.Equal(t, "gold", w.written(t, w.Wife))
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, "diamond", w.written(t, w.Wife))
		w.Clock.Advance(days(10))
		require.Equal(t, "bronze", w.at(t, w.anna))
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, []string{"silver", "bronze"}, w.history(t, w.anna))

		same, err := w.SetLadder(t.Context(), w.Boss, 2, p)
		require.NoError(t, err)
		require.EqualValues(t, 2, same.Version, "what is said already changes nothing")
		_, err = w.SetLadder(t.Context(), w.Boss, 1, ladder())
		testkit.Fails(t, err, "ladder.changed", "body.version")
	})
}

func TestTheJobIsLinearAndResumes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		crowd := func(n int) {
			for range n {
				who := actor.Actor{Kind: actor.Customer, ID: id.New()}
				w.grow(t, who, 150)
			}
		}
		statements := func() int {
			w.Clock.Advance(days(366))
			return len(k.Reads(t, func() { require.NoError(t, w.LookDue(t.Context())) }))
		}
		crowd(20)
		require.NoError(t, w.LookDue(t.Context()))
		few := statements()
		crowd(60)
		many := statements()
		require.LessOrEqual(t, many, few+4, "a batch costs the same for 20 and for 80 (%d, %d)", few, many)
		require.Less(t, few, 40)

		w.Clock.Advance(days(11))
		ctx, kill := context.WithCancel(t.Context())
		kill()
		require.Error(t, w.LookDue(ctx))
		w.Clock.Advance(days(1))
		require.NoError(t, w.LookDue(t.Context()))
		w.sound(t)
		counts, err := model.CountLevels(t.Context(), w.DB)
		require.NoError(t, err)
		require.Equal(t, map[string]int64{"bronze": 80}, counts)
	})
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(tx *db.Tx, who id.ID) error{
		"a level without a change": func(tx *db.Tx, who id.ID) error {
			return tx.Conn(context.Background()).Model(&membership.Member{}).Where("customer_id = ?", who).UpdateColumn("level", "gold").Error
		},
		"a change that does not follow": func(tx *db.Tx, who id.ID) error {
			return tx.Conn(context.Background()).Model(&model.Change{}).Where("customer_id = ?", who).UpdateColumn("from_level", "gold").Error
		},
		"a look that is due for two days": func(tx *db.Tx, who id.ID) error {
			return tx.Conn(context.Background()).Model(&membership.Member{}).Where("customer_id = ?", who).UpdateColumn("look_at", tx.Now.Add(-days(2)).UnixMilli()).Error
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, testkit.SQLite(t))
			w.grow(t, w.anna, 150)
			w.sound(t)
			w.Tx(t, func(_ context.Context, tx *db.Tx) error { return spoil(tx, w.anna.ID) })
			found, err := model.Verify(t.Context(), w.DB, w.DB.Now())
			require.NoError(t, err)
			require.NotEmpty(t, found)
		})
	}
	t.Run("growth that moved without a look", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, testkit.SQLite(t))
		w.grow(t, w.anna, 50)
		purse := ledger.Of(ledger.GrowthSpend, w.anna.ID)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			set, err := w.books.LockTx(ctx, tx, purse)
			require.NoError(t, err)
			_, err = set.Award(ctx, ledger.Award{To: purse, Amount: 60, Life: ledger.RollingYear, Cause: ledger.Cause{Source: "test:x", Rule: "test", By: actor.Machine()}})
			return err
		})
		require.Equal(t, "silver", w.at(t, w.anna), "reads show it all the same")
		found, err := model.Verify(t.Context(), w.DB, w.DB.Now())
		require.NoError(t, err)
		require.NotEmpty(t, found)
	})
}

func TestAReadTakesFiveStatements(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.grow(t, w.anna, 150)
		w.deed(t, w.anna, "friend_ordered", 3)
		require.LessOrEqual(t, len(k.Reads(t, func() { require.NotEmpty(t, w.titles(t, w.anna)) })), 5)
		w.Clock.Advance(days(366))
		require.LessOrEqual(t, len(k.Reads(t, func() { require.Equal(t, "silver", w.at(t, w.anna)) })), 8, "what is due is reckoned")
	})
}

func TestTwoRecordsOfOnePersonHaveOneHistory(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		merge := func(from, to actor.Actor) {
			owner := func(a actor.Actor) ledger.Owner { return ledger.Owner{Kind: ledger.Customer, ID: a.ID} }
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				if err := membership.MergeTx(ctx, tx, from.ID, to.ID); err != nil {
					return err
				}
				if err := model.InheritTx(ctx, tx, from.ID, to.ID); err != nil {
					return err
				}
				return w.books.MoveAllTx(ctx, tx, actor.Machine(), owner(from), owner(to))
			})
		}
		w.grow(t, w.anna, 150)
		w.deed(t, w.anna, "friend_ordered", 1)
		merge(w.anna, w.Wife) // she had no card
		require.Equal(t, []string{"silver"}, w.history(t, w.Wife))
		require.Equal(t, []string{level.Referrer}, w.titles(t, w.Wife))

		w.grow(t, w.Family, 900)
		merge(w.Family, w.Wife) // both had one
		require.Equal(t, "gold", w.at(t, w.Wife), "together")
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, []string{"silver", "gold"}, w.history(t, w.Wife))
	})
}
