package flow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/model/db"
	"guike/model/ledger"
	levels "guike/model/membership/level"
	projects "guike/model/project"
	"guike/service/membership/card"
	"guike/service/membership/level"
	"guike/testkit"
)

// yearly is a ladder whose second step asks for any of what is paid and earned within a year, and the third for all.
func yearly() levels.Plan {
	told := []levels.Benefit{{Kind: levels.Service, NameZH: "免费测量", NameEN: "Measuring free of charge"}}
	return levels.Plan{Weights: levels.Weights{Spend: 1000, Participation: 10_000, Contribution: 10_000}, Steps: []levels.Step{
		{Key: "bronze", NameZH: "铜卡会员", NameEN: "Bronze", Benefits: told},
		{Key: "silver", NameZH: "银卡会员", NameEN: "Silver", By: levels.ByAny, AnnualSpendFen: 2000_00, PointsEarned: 5000, GraceDays: 10, Benefits: told},
		{Key: "gold", NameZH: "金卡会员", NameEN: "Gold", By: levels.ByAll, AnnualSpendFen: 5000_00, PointsEarned: 6000, GraceDays: 10, Benefits: told},
	}}
}

// stands asserts what a read shows, what the store has, and that verification finds nothing.
func (w *purse) stands(t *testing.T, want string, lacks ...int64) levels.Standing {
	t.Helper()
	s, err := levels.StandingOf(t.Context(), w.DB, w.Owner.ID, w.DB.Now())
	require.NoError(t, err)
	require.NotNil(t, s.Level)
	require.Equal(t, want, s.Level.Key)
	var missing []int64
	for _, l := range s.Lacks {
		missing = append(missing, l.Missing())
	}
	require.Equal(t, lacks, missing)
	require.NoError(t, w.level.LookDue(t.Context())) // what is written comes to the same
	found, err := levels.Verify(t.Context(), w.DB, w.DB.Now())
	require.NoError(t, err)
	require.Empty(t, found)
	return s
}

func TestLevelsByWhatIsPaidAndEarned(t *testing.T) {
	t.Parallel()
	eachPurse(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		first := w.pay(t, p, 1500_00) // before anybody thought of the ladder
		_, err := w.level.SetLadder(t.Context(), w.Boss, 0, yearly())
		require.NoError(t, err)
		w.stands(t, "bronze", 500_00, 3500)
		require.NoError(t, w.level.LookDue(t.Context()))
		cards := card.New(card.Deps{DB: w.DB, Zone: testkit.Zone})
		reads := w.Reads(t, func() {
			c, err := cards.Mine(t.Context(), w.Owner)
			require.NoError(t, err)
			require.Equal(t, &card.Progress{
				Percent: 75, TextZH: "再消费 500.00 元或获得 3500 积分即可升级为“银卡会员”。",
				TextEN: "500.00 more yuan paid within a year or 3500 more points earned within a year to Silver.",
			}, c.Progress)
		})
		planned := 0
		for _, s := range reads {
			if strings.Contains(s.SQL, "member_deeds") || strings.Contains(s.SQL, "earning_grants") {
				planned++
				plan := w.Explain(t, s)
				require.NotContains(t, plan, "SCAN", plan)
				require.NotContains(t, plan, "type=ALL", plan)
			}
		}
		require.Equal(t, 2, planned, "each of the two is read once")

		second := w.pay(t, p, 600_00)
		w.stands(t, "silver", 2900_00, 3900)
		w.refund(t, second, 200_00)
		kept := w.stands(t, "silver", 3100_00, 4100)
		require.NotNil(t, kept.KeptUntil)
		require.Len(t, kept.ToKeep, 2)
		w.pay(t, p, 4200_00)
		w.stands(t, "gold")
		checked, err := w.level.Check(t.Context(), yearly())
		require.NoError(t, err)
		require.Equal(t, []level.Count{{}, {Level: "bronze"}, {Level: "silver"}, {Level: "gold", Before: 1, After: 1}}, checked.Counts)

		w.CallOff(t, p) // with the contract go the points that it only promised
		require.Zero(t, w.has(t, w.Owner.ID, ledger.Points).Pending)
		s := w.stands(t, "gold")
		require.NotNil(t, s.KeptUntil)
		w.refund(t, first, 1500_00)
		w.Clock.Advance(11 * 24 * time.Hour)
		w.stands(t, "silver", 400_00, 6000)
		w.Clock.Advance(355 * 24 * time.Hour)
		w.stands(t, "silver", 5000_00, 6000)
		w.Clock.Advance(10 * 24 * time.Hour)
		w.stands(t, "bronze", 2000_00, 5000)
		rows, _, err := w.level.Changes(t.Context(), w.Owner.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Equal(t, "近一年已达不到原等级的条件,保级期已过,调整为铜卡会员", rows[0].ReasonZH)
		w.stands(t, "bronze", 2000_00, 5000)
	})
}
