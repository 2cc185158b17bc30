package testkit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/model/db"
	"guike/model/ledger"
)

// Books asserts that the ledger adds up: every test that moves a balance ends with it.
func Books(t testing.TB, d *db.DB) {
	t.Helper()
	var report ledger.Report
	require.NoError(t, d.Snapshot(t.Context(), func(r db.Reader) (err error) {
		report, err = ledger.Verify(t.Context(), r, nil)
		return err
	}))
	require.Empty(t, report.Findings)
	require.Zero(t, report.Broken)
}
