package membership_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
	"guike/testkit"
)

func TestJoiningAtOnceGivesOneCard(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		anna := id.New()
		cards := make([]string, 20)
		errs := testkit.Race(len(cards), func(i int) error {
			return k.DB.Tx(t.Context(), func(tx *db.Tx) error {
				m, err := membership.JoinTx(t.Context(), tx, anna)
				cards[i] = m.CardNo
				return err
			})
		})
		require.NoError(t, errors.Join(errs...))
		for _, no := range cards {
			require.Equal(t, cards[0], no)
			require.True(t, membership.ValidCardNo(no), no)
		}
		stranger, err := membership.MemberOf(t.Context(), k.DB, id.New())
		require.NoError(t, err)
		require.Empty(t, stranger.CardNo)
	})
}

func TestCardNumbersNoticeWhatIsTypedWrong(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			m, err := membership.JoinTx(ctx, tx, id.New())
			require.NoError(t, err)
			for i := 1; i < len(m.CardNo); i++ {
				wrong := []byte(m.CardNo)
				wrong[i] = '0' + (wrong[i]-'0'+1)%10
				require.False(t, membership.ValidCardNo(string(wrong)), "digit %d", i)
			}
			return nil
		})
		for _, no := range []string{"", "6", "600000000000000x", "7000000000000003", "60000000000000033"} {
			require.False(t, membership.ValidCardNo(no), no)
		}
	})
}
