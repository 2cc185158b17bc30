package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/model/db"
	"guike/model/ledger"
	"guike/testkit"
)

func verify(t *testing.T, d *db.DB) ledger.Report {
	t.Helper()
	var report ledger.Report
	require.NoError(t, d.Snapshot(t.Context(), func(r db.Reader) (err error) {
		report, err = ledger.Verify(t.Context(), r, nil)
		return err
	}))
	return report
}

var errUndo = errors.New("undo")

// Whoever changes a row by hand is found out, and the rule that is broken is named.
func TestVerifyFindsWhatWasChangedByHand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.award(t, "gift", 100, ledger.TwoYears)
		w.mustSpend(t, "order", 30)
		p := w.mustSpend(t, "order:2", 5)
		w.promise(t, "payment", 10, ledger.When{Subject: "project:1", Event: "done"})
		require.NoError(t, w.with(t.Context(), w.points(), func(s *ledger.Set) error {
			if _, err := s.Reverse(t.Context(), p.Transfer, cause("order:2", "correction")); err != nil {
				return err
			}
			_, err := s.Hold(t.Context(), ledger.Spend{From: w.points(), Amount: 20, Cause: cause("order:3", "hold")}, w.DB.Now().Add(time.Hour))
			return err
		}))
		for name, c := range map[string]struct{ sql, rule string }{
			"a balance":            {"UPDATE ledger_accounts SET available = available + 1", "I02"},
			"the count of entries": {"UPDATE ledger_accounts SET last_n = last_n + 1", "I02"},
			"an owner":             {"UPDATE ledger_accounts SET book = 'fund'", "I03"},
			"an amount":            {"UPDATE ledger_entries SET amount = amount + 1 WHERE n = 2", "I02"},
			"a balance after":      {"UPDATE ledger_entries SET balance = balance + 1 WHERE n = 1", "I02"},
			"an entry lost":        {"DELETE FROM ledger_entries WHERE n = 3", "I01"},
			"an account lost":      {"DELETE FROM ledger_accounts", "I02"},
			"a system entry":       {"UPDATE ledger_system_entries SET amount = amount - 1 WHERE account = 'spent'", "I01"},
			"a transfer lost":      {"DELETE FROM ledger_transfers WHERE kind = 'spend'", "I01"},
			"a lot":                {"UPDATE ledger_lots SET remaining = remaining - 1 WHERE remaining > 0", "I09"},
			"an expiry":            {"UPDATE ledger_lots SET due_at = due_at + 1 WHERE due_at > 0", "I09"},
			"an allocation":        {"UPDATE ledger_allocations SET amount = amount - 1", "I09"},
			"a promise":            {"UPDATE ledger_promises SET remaining = remaining - 1", "I02"},
			"a hold":               {"UPDATE ledger_holds SET captured = captured + 1", "I08"},
			"a reversal":           {"UPDATE ledger_transfers SET amount = amount + 1 WHERE reverses IS NOT NULL", "I07"},
		} {
			err := w.DB.Tx(t.Context(), func(tx *db.Tx) error {
				require.NoError(t, tx.Conn(t.Context()).Exec(c.sql).Error, name)
				report, err := ledger.Verify(t.Context(), tx, nil)
				require.NoError(t, err, name)
				require.NotZero(t, report.Broken, name)
				rules := make([]string, 0, len(report.Findings))
				for _, f := range report.Findings {
					rules = append(rules, f.Rule)
				}
				require.Contains(t, rules, c.rule, "%s: %v", name, report.Findings)
				return errUndo
			})
			require.ErrorIs(t, err, errUndo)
		}
	})
}

// What others do meanwhile does not look broken.
func TestVerifyBesideWriters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.award(t, "gift", 1000, ledger.TwoYears)
		errs := testkit.Race(8, func(i int) error {
			for n := range 20 {
				if i == 0 {
					if report := verify(t, w.DB); report.Broken > 0 {
						require.Empty(t, report.Findings)
					}
					continue
				}
				if _, err := w.spend(t, "order:"+string(rune('a'+i))+string(rune('a'+n)), 1); err != nil {
					return err
				}
			}
			return nil
		})
		require.Equal(t, 8, testkit.Succeeded(errs))
		require.EqualValues(t, 860, w.balance(t).Available)
	})
}
