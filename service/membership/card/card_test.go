package card_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	"guike/model/membership/level"
	"guike/service/membership/card"
	"guike/testkit"
)

// ladder is one of three steps; gold promises a designer.
func ladder() level.Plan {
	perk := level.Benefit{Kind: level.Service, NameZH: "免费量尺", NameEN: "Free measuring"}
	discount := level.Benefit{Kind: level.Discount, NameZH: "九折", NameEN: "10% off", Scope: "full_price", ScopeZH: "正价商品", ScopeEN: "goods at full price", RateBP: 9000, LimitFen: 50_000}
	early := level.Benefit{Kind: level.EarlyAccess, NameZH: "新品", NameEN: "New goods", Hours: 24}
	return level.Plan{Weights: level.Weights{Spend: 10_000, Participation: 10_000, Contribution: 10_000}, Steps: []level.Step{
		{Key: "bronze", NameZH: "铜卡", NameEN: "Bronze", Benefits: []level.Benefit{perk}},
		{Key: "silver", NameZH: "银卡", NameEN: "Silver", From: 1000, GraceDays: 30, Benefits: []level.Benefit{perk, discount}},
		{Key: "gold", NameZH: "金卡", NameEN: "Gold", From: 5000, GraceDays: 30, AdviserRole: actor.Designer, Benefits: []level.Benefit{perk, discount, early}},
	}}
}

// climb gives the company a ladder.
func (w *world) climb(t *testing.T, plan level.Plan, version int64) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return level.AddLadderTx(ctx, tx, &level.Ladder{Version: version, Plan: plan})
	})
}

// The first look gives a card, however many look at once; without a ladder it has no level.
func TestTheFirstLookGivesACard(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		cards := make([]card.Card, 10)
		errs := testkit.Race(len(cards), func(i int) (err error) { cards[i], err = w.Mine(t.Context(), w.anna); return err })
		require.NoError(t, errors.Join(errs...))
		for _, c := range cards {
			require.True(t, membership.ValidCardNo(c.Member.CardNo))
			require.Equal(t, cards[0].Member.CardNo, c.Member.CardNo)
			require.Nil(t, c.Level)
			require.Nil(t, c.Progress)
			require.Empty(t, c.Benefits)
		}
	})
}

func TestCard(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.climb(t, ladder(), 1)
		w.give(t, w.anna, ledger.GrowthSpend, 2000, ledger.RollingYear)
		w.give(t, w.anna, ledger.Points, 300, ledger.TwoYears)
		w.give(t, w.anna, ledger.Points, 50, "10d")
		w.give(t, w.anna, ledger.Fund, 10_000, ledger.Never)
		c, err := w.Mine(t.Context(), w.anna)
		require.NoError(t, err)
		require.Equal(t, "silver", c.Level.Key)
		require.Equal(t, ledger.Balance{Available: 350, Next: ledger.Expiry{Amount: 50, At: w.Clock.Now().AddDate(0, 0, 10)}}, c.Points)
		require.Equal(t, ledger.Balance{Available: 10_000}, c.Fund)
		require.Equal(t, &card.Progress{Percent: 25, TextZH: "再获得 3000 成长值即可升级为“金卡”。", TextEN: "3000 more growth value to Gold."}, c.Progress)
		given := card.GrantedBy(c.Standing)
		require.Len(t, given, 2)
		zh, _ := given[1].Words()
		require.Equal(t, []string{"silver", "正价商品 9 折,每次最多减 500 元"}, []string{given[1].By, zh})

		w.Clock.Advance(10 * 24 * time.Hour)
		c, err = w.Mine(t.Context(), w.anna)
		require.NoError(t, err)
		require.EqualValues(t, 300, c.Points.Available, "what is due is not shown, though no job came by")
		require.EqualValues(t, 300, c.Points.Next.Amount)

		next := ladder()
		next.Steps[2].From = 2000
		w.climb(t, next, 2)
		c, err = w.Mine(t.Context(), w.anna)
		require.NoError(t, err)
		require.Equal(t, "gold", c.Level.Key, "what the rules say now")
		require.Equal(t, 100, c.Progress.Percent)
	})
}

// A level that is kept says until when, and what keeps it for longer.
func TestALevelThatIsKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.climb(t, ladder(), 1)
		w.give(t, w.anna, ledger.GrowthSpend, 1200, "100d")
		w.give(t, w.anna, ledger.GrowthSpend, 500, ledger.RollingYear)
		w.join(t, w.anna, "silver")
		w.Clock.Advance(100 * 24 * time.Hour)
		c, err := w.Mine(t.Context(), w.anna)
		require.NoError(t, err)
		require.Equal(t, "silver", c.Level.Key)
		require.NotNil(t, c.KeptUntil)
		require.EqualValues(t, 500, c.Progress.ToKeep)
		require.Contains(t, c.Progress.TextZH, "再获得 500 成长值即可保级")
	})
}

// The page that is opened most takes a handful of statements, each answered by an index.
func TestTheCardIsReadInAFewStatements(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.climb(t, ladder(), 1)
		designer := w.Staff(t, actor.Designer, w.store, actor.Store)
		w.give(t, w.anna, ledger.GrowthSpend, 2000, ledger.RollingYear)
		w.give(t, w.anna, ledger.Points, 300, ledger.TwoYears)
		w.give(t, w.anna, ledger.Fund, 300, ledger.CalendarYear)
		_, err := w.Mine(t.Context(), w.anna)
		require.NoError(t, err)
		w.settled(t, w.anna)
		_, err = w.SetAdviser(t.Context(), w.boss(t), w.anna.ID, designer.ID)
		require.NoError(t, err)
		var c card.Card
		made := w.Reads(t, func() { c, err = w.Mine(t.Context(), w.anna) })
		require.NoError(t, err)
		require.NotNil(t, c.Adviser)
		require.Equal(t, "silver", c.Level.Key)
		for _, s := range made {
			plan := w.Explain(t, s)
			require.NotRegexp(t, `(?m)^SCAN (members|member_titles|ledger|staff)|type=ALL key= `, plan, "%s\n%s", s.SQL, plan)
		}
		require.LessOrEqual(t, len(made), 6)
	})
}

// boss is somebody above the stores.
func (w *world) boss(t *testing.T) actor.Actor {
	t.Helper()
	return w.Staff(t, actor.StoreManager, w.store, actor.Store)
}

// settled writes down that a member was looked at with the rules as they are.
func (w *world) settled(t *testing.T, who actor.Actor) {
	t.Helper()
	rules, err := level.RulesNow(t.Context(), w.DB)
	require.NoError(t, err)
	s, err := rules.StandingOf(t.Context(), w.DB, who.ID, w.Clock.Now())
	require.NoError(t, err)
	key := ""
	if s.Level != nil {
		key = s.Level.Key
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return tx.Conn(ctx).Model(&membership.Member{}).Where("customer_id = ?", who.ID).UpdateColumns(map[string]any{"level": key, "rules_n": rules.N, "look_at": nil}).Error
	})
}

func TestRoster(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.climb(t, ladder(), 1)
		bob, none := w.customer(t, w.store.ID), w.customer(t, w.store.ID)
		m := w.join(t, w.anna, "gold")
		w.join(t, bob, "silver")
		w.settled(t, bob)
		w.give(t, bob, ledger.GrowthSpend, 1200, "10d")
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error { // the clock may have moved bob, and nobody looked
			return tx.Conn(ctx).Model(&membership.Member{}).Where("customer_id = ?", bob.ID).UpdateColumn("look_at", w.Clock.Now().UnixMilli()).Error
		})
		r := card.Roster{Clock: w.Clock}
		levels, err := r.Levels(t.Context(), w.DB, []id.ID{w.anna.ID, bob.ID, none.ID})
		require.NoError(t, err)
		require.Equal(t, "gold", levels[w.anna.ID])
		require.NotContains(t, levels, none.ID)

		for _, typed := range []string{m.CardNo, m.CardNo[:4] + " " + m.CardNo[4:8] + "-" + m.CardNo[8:]} {
			holder, ok, err := r.CardHolder(t.Context(), w.DB, typed)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, w.anna.ID, holder)
		}
		swapped := []byte(m.CardNo)
		swapped[15] = '0' + (swapped[15]-'0'+1)%10
		for _, typed := range []string{"", string(swapped), "K4T9K2M7QX3B8Z"} {
			_, ok, err := r.CardHolder(t.Context(), w.DB, typed)
			require.NoError(t, err)
			require.False(t, ok, typed)
		}
	})
}
