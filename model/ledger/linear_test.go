package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"guike/internal/fault"
	"guike/model/ledger"
	"guike/testkit"
)

type act struct {
	amount int64 // earned above zero, spent below, the balance is read at zero
}

// account is what the history of one account must look like to everybody: as if one act followed the
// other (I49).
var account = porcupine.Model{
	Init: func() any { return int64(0) },
	Step: func(state, input, output any) (bool, any) {
		has, a := state.(int64), input.(act)
		switch {
		case a.amount == 0:
			return output.(int64) == has, has
		case has+a.amount < 0:
			return output.(int64) < 0, has
		}
		return output.(int64) == 0, has + a.amount
	},
}

func TestTheHistoryOfAnAccountIsLinear(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		began := time.Now()
		histories := make([][]porcupine.Operation, 8)
		errs := testkit.Race(len(histories), func(i int) error {
			for n := range 25 {
				in := act{[]int64{10, -15, 0, -5}[(i+n)%4]}
				call := time.Since(began)
				out, err := w.act(t, in, fmt.Sprintf("%d:%d", i, n))
				if err != nil {
					return err
				}
				histories[i] = append(histories[i], porcupine.Operation{
					ClientId: i, Input: in, Output: out, Call: int64(call), Return: int64(time.Since(began)),
				})
			}
			return nil
		})
		require.Equal(t, len(histories), testkit.Succeeded(errs), "%v", errs)
		var all []porcupine.Operation
		for _, h := range histories {
			all = append(all, h...)
		}
		result := porcupine.CheckOperationsTimeout(account, all, time.Minute)
		require.Equal(t, porcupine.Ok, result)
		all[len(all)/2].Output = int64(12345)
		require.Equal(t, porcupine.Illegal, porcupine.CheckOperationsTimeout(account, all, time.Minute), "the check can fail")
	})
}

// act returns 0 when it was done, -1 when it was refused, and the balance when it reads.
func (w *world) act(t *testing.T, in act, source string) (int64, error) {
	if in.amount == 0 {
		b, err := ledger.BalanceOf(t.Context(), w.DB, w.points(), w.DB.Now())
		return b.Available, err
	}
	err := w.with(t.Context(), w.points(), func(s *ledger.Set) (err error) {
		if in.amount > 0 {
			_, err = s.Award(t.Context(), ledger.Award{To: w.points(), Amount: in.amount, Life: ledger.Never, Cause: cause(source, "earn")})
		} else {
			_, err = s.Spend(t.Context(), ledger.Spend{From: w.points(), Amount: -in.amount, Cause: cause(source, "redeem")})
		}
		return err
	})
	if fault.Code(err) == "points.insufficient" {
		return -1, nil
	}
	return 0, err
}
