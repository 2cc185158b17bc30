package app_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/testkit"
	"guike/testkit/apikit"
)

// The ledger is verified once a night by one of two instances, beside those who write.
func TestTheLedgerIsVerifiedOnceANight(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		second := w.Second(t)
		h, _ := w.Home(t, "renovation", actor.StoreManager)
		w.Post(t, h.Owner, "/v1/me/check-ins", nil, "Idempotency-Key", "today").Is(201)
		nights := func() (n int64) {
			require.NoError(t, w.App.DB.Conn(t.Context()).Raw("SELECT COUNT(*) FROM job_periods WHERE job = 'ledger-verify'").Scan(&n).Error)
			return n
		}
		before := nights()
		for n := range int64(3) {
			w.Clock.Advance(24 * time.Hour)
			require.NoError(t, errors.Join(testkit.Together(
				func() error { return w.App.CatchUp(t.Context()) },
				func() error { return second.App.CatchUp(t.Context()) },
			)...))
			require.Equal(t, before+n+1, nights())
		}
		testkit.Books(t, w.App.DB)
	})
}
