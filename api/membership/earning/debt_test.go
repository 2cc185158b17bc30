package earning_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/ledger"
	"guike/testkit"
)

func TestADebtIsSaid(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		type purse struct {
			Debt       int64
			DebtText   string `json:"debt_text"`
			DebtTextEN string `json:"debt_text_en"`
		}
		looks := func() (all []purse) {
			var card struct{ Points purse }
			s.Get(t, s.Owner, "/v1/me/card").Is(200).Into(&card)
			var lines, summary purse
			s.Get(t, s.Owner, "/v1/me/points").Is(200).Into(&lines)
			s.Get(t, s.Owner, "/v1/me/points/summary").Is(200).Into(&summary)
			return []purse{card.Points, lines, summary}
		}
		last := func() []string {
			text := strings.TrimPrefix(string(s.Get(t, s.Owner, "/v1/me/statement.csv").Is(200).Body), "\ufeff")
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			require.NoError(t, err)
			return rows[len(rows)-1]
		}
		for _, p := range looks() {
			require.Equal(t, purse{}, p, "nothing is owed")
		}
		require.Equal(t, "期末余额", last()[1])

		k := ledger.Of(ledger.Points, s.Owner.ID)
		why := func(source string) ledger.Cause {
			return ledger.Cause{Source: source, Rule: "test", Reason: "测试", By: actor.Machine()}
		}
		require.NoError(t, s.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
			set, err := ledger.New(testkit.Zone).LockTx(t.Context(), tx, k)
			require.NoError(t, err)
			given, err := set.Award(t.Context(), ledger.Award{To: k, Amount: 100, Life: ledger.TwoYears, Cause: why("gift:1")})
			require.NoError(t, err)
			_, err = set.Spend(t.Context(), ledger.Spend{From: k, Amount: 80, Cause: why("order:1")})
			require.NoError(t, err)
			_, err = set.TakeBack(t.Context(), ledger.TakeBack{From: k, Of: given.Transfer, Amount: 55, Cause: why("refund:1")})
			return err
		}))
		for _, p := range looks() {
			require.EqualValues(t, -35, p.Debt)
			require.Equal(t, "欠 35 积分(已使用的部分被收回),之后获得的先用于抵扣。", p.DebtText)
			require.Contains(t, p.DebtTextEN, "35 points are owed")
		}
		row := last()
		require.Equal(t, "期末欠额", row[1])
		require.Equal(t, []string{"", "-35", ""}, row[3:])
		require.Contains(t, row[2], "欠 35 积分")
	})
}
