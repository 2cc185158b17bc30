package testkit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership/coupon"
	"guike/model/membership/reward"
)

// Books asserts that the ledger adds up, and that redemptions, coupons and payments agree with it: every test
// that moves a balance ends with it.
func Books(t testing.TB, d *db.DB) {
	t.Helper()
	var report ledger.Report
	var orders, coupons []ledger.Finding
	require.NoError(t, d.Snapshot(t.Context(), func(r db.Reader) (err error) {
		if report, err = ledger.Verify(t.Context(), r, nil); err != nil {
			return err
		}
		if orders, err = reward.Verify(t.Context(), r); err != nil {
			return err
		}
		coupons, err = coupon.Verify(t.Context(), r)
		return err
	}))
	require.Empty(t, orders)
	require.Empty(t, coupons)
	require.Empty(t, report.Findings)
	require.Zero(t, report.Broken)
}
