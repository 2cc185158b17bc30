package card_test

import (
	"bytes"
	"context"
	"image/png"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/stretchr/testify/require"

	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	"guike/service/membership/card"
	"guike/testkit"
)

// scanned reads a Code 128, as the scanner at a till does.
func scanned(t *testing.T, picture []byte) string {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	require.NoError(t, err)
	found, err := oned.NewCode128Reader().Decode(bitmap, nil)
	require.NoError(t, err)
	return found.GetText()
}

// Both pictures say the code, and scanning it says who shows it; a second time it is used (F11).
func TestACodeOpensOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		c := w.code(t, w.anna)
		require.Regexp(t, `^K[0-9A-Z]{13}$`, c.Text)
		require.Equal(t, w.Clock.Now().Add(card.CodeLives), c.ExpiresAt)
		picture, err := c.QR()
		require.NoError(t, err)
		require.Equal(t, c.Text, testkit.ScanQR(t, picture))
		picture, err = c.Barcode()
		require.NoError(t, err)
		require.Equal(t, c.Text, scanned(t, picture))
		for _, row := range w.codes(t, w.anna) {
			require.NotContains(t, string(row.Hash), c.Text)
			require.Len(t, row.Hash, 32)
		}

		v, err := w.scan(t, " "+c.Text[:5]+"-"+c.Text[5:]+" ")
		require.NoError(t, err)
		require.Equal(t, w.anna.ID, v.ID)
		require.NotEmpty(t, v.Member.CardNo, "who has a code has a card")
		require.Equal(t, "complaint", v.Concerns[0].Kind)
		looks, _, err := audit.Of(t.Context(), w.DB, identity.AccessKind, w.anna.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, looks, 1)
		require.Equal(t, w.till.ID, looks[0].ActorID)
		require.NotEmpty(t, looks[0].Reason)

		_, err = w.scan(t, c.Text)
		testkit.Fails(t, err, "card_code.used")
		used := w.codes(t, w.anna)[0]
		require.Equal(t, []id.ID{w.till.ID, w.store.ID}, []id.ID{used.UsedBy, used.StoreID})
	})
}

func TestCodesThatOpenNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for _, typed := range []string{"", "K", "K0000000000000", "S0000000000000", "6123456789012345", "K000000000000'; --"} {
			_, err := w.scan(t, typed)
			testkit.Fails(t, err, "not_found")
		}
		former := w.code(t, w.anna)
		w.Clock.Advance(50 * time.Second)
		newer := w.code(t, w.anna)
		_, err := w.scan(t, former.Text)
		testkit.Fails(t, err, "card_code.expired")
		w.Clock.Advance(card.CodeLives - time.Millisecond)
		_, err = w.scan(t, newer.Text)
		require.NoError(t, err, "to the last millisecond")

		late := w.code(t, w.anna)
		w.Clock.Advance(card.CodeLives)
		_, err = w.scan(t, late.Text)
		testkit.Fails(t, err, "card_code.expired")

		other, err := crypt.NewBlind(bytes.Repeat([]byte("o"), crypt.KeyBytes))
		require.NoError(t, err)
		d := w.deps
		d.Blind = other
		_, _, err = card.New(d).Scan(t.Context(), w.till, w.code(t, w.anna).Text, once0)
		testkit.Fails(t, err, "not_found")
	})
}

// A request whose answer was lost is answered with the same code, and a lost scan with the same visit, for as
// long as a visit lasts.
func TestRepeatedRequests(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		key := once.Of("k1", "card-make-code", struct{}{})
		first, _, err := w.NewCode(t.Context(), w.anna, key)
		require.NoError(t, err)
		again, replayed, err := w.NewCode(t.Context(), w.anna, key)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, first, again)
		require.Len(t, w.codes(t, w.anna), 1)

		scan := once.Of("s1", "card-scan-card", first.Text)
		v, _, err := w.Scan(t.Context(), w.till, first.Text, scan)
		require.NoError(t, err)
		w.Clock.Advance(10 * time.Minute)
		same, replayed, err := w.Scan(t.Context(), w.till, first.Text, scan)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, v.ID, same.ID)
		w.Clock.Advance(time.Millisecond)
		_, _, err = w.Scan(t.Context(), w.till, first.Text, scan)
		testkit.Fails(t, err, "card_code.used")
	})
}

func TestCodesOfAMinuteAreLimited(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for range card.CodesAMinute {
			w.code(t, w.anna)
			w.Clock.Advance(time.Second)
		}
		_, _, err := w.NewCode(t.Context(), w.anna, once0)
		testkit.Fails(t, err, "card_code.too_many")
		f, _ := fault.Of(err)
		require.Equal(t, 50*time.Second, f.RetryAfter)
		w.code(t, w.customer(t, w.store.ID))
		w.Clock.Advance(f.RetryAfter)
		w.code(t, w.anna)
	})
}

func TestPrune(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.code(t, w.anna)
		w.Clock.Advance(24 * time.Hour)
		kept := w.code(t, w.anna)
		w.Clock.Advance(card.CodeLives + time.Millisecond)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			n, err := w.PruneCodesTx(ctx, tx, 10)
			require.EqualValues(t, 1, n)
			return err
		})
		require.Len(t, w.codes(t, w.anna), 1)
		_, err := w.scan(t, kept.Text)
		testkit.Fails(t, err, "card_code.expired")
	})
}

// Of ten who scan a code at once one is let in; of ten codes made at once one is live.
func TestOneOfTenScannersWins(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for range testkit.Rounds() {
			c := w.code(t, w.anna)
			errs := testkit.Race(10, func(int) error { _, err := w.scan(t, c.Text); return err })
			require.Equal(t, 1, testkit.Succeeded(errs))
			for _, err := range errs {
				if err != nil {
					require.Equal(t, "card_code.used", fault.Code(err), "%v", err)
				}
			}
			w.Clock.Advance(time.Minute)
		}
		looks, _, err := audit.Of(t.Context(), w.DB, identity.AccessKind, w.anna.ID, db.Page{Limit: 100})
		require.NoError(t, err)
		require.Len(t, looks, testkit.Rounds())
	})
}

func TestOneOfTheCodesMadeAtOnceIsLive(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for range testkit.Rounds() {
			errs := testkit.Race(8, func(int) error { _, _, err := w.NewCode(t.Context(), w.anna, once0); return err })
			require.Equal(t, len(errs), testkit.Succeeded(errs))
			live := 0
			for _, c := range w.codes(t, w.anna) {
				if c.LiveAt(w.Clock.Now()) {
					live++
				}
			}
			require.Equal(t, 1, live)
			w.Clock.Advance(time.Minute)
		}
	})
}

// A code that is shown while a newer one is made is either used or ended.
func TestScanAgainstANewerCode(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for range testkit.Rounds() {
			c := w.code(t, w.anna)
			errs := testkit.Together(
				func() error { _, err := w.scan(t, c.Text); return err },
				func() error { _, _, err := w.NewCode(t.Context(), w.anna, once0); return err },
			)
			require.NoError(t, errs[1])
			row := w.codes(t, w.anna)[1]
			require.Equal(t, errs[0] == nil, row.Used())
			require.NotEqual(t, row.Used(), row.EndedAt != nil)
			if errs[0] != nil {
				testkit.Fails(t, errs[0], "card_code.expired")
			}
			w.Clock.Advance(time.Minute)
		}
	})
}
