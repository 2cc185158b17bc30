package identity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/outbox"
	"guike/service/identity"
	"guike/testkit"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx := t.Context()
		first, err := w.customers.SignIn(ctx, identity.SignInInput{Code: "openid:o1", Scene: "nonsense"})
		require.NoError(t, err)
		require.True(t, first.Created)
		require.NotEmpty(t, first.Access)
		require.NotEmpty(t, first.Customer.Nickname)

		w.Clock.Advance(hours(3))
		again, err := w.customers.SignIn(ctx, identity.SignInInput{Code: "openid:o1"})
		require.NoError(t, err)
		require.False(t, again.Created)
		require.Equal(t, first.Customer.ID, again.Customer.ID)
		require.EqualValues(t, 2, w.sessions.opened.Load())

		known, ok, err := model.IdentityOf(ctx, w.DB, first.Customer.ID)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, w.Clock.Now(), known.LastVisitAt, "the visit is noted")
		require.NotContains(t, string(known.SessionKeyEnc), "c2Vzc2lvbi1rZXktMTIzNA==", "the session key is sealed")
		key, err := w.box.Open(model.SessionKeyField, known.SessionKeyEnc)
		require.NoError(t, err)
		require.Equal(t, "c2Vzc2lvbi1rZXktMTIzNA==", key)
		require.Zero(t, w.count(t, &outbox.Event{}), "a scene that is no code of ours is ignored")

		upper, err := w.customers.SignIn(ctx, identity.SignInInput{Code: "openid:O1"})
		require.NoError(t, err)
		require.True(t, upper.Created, "openids compare byte by byte")
	})
}

func TestSignInPassesAScannedCodeOn(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		code, err := crypt.Code('S', strings.NewReader("0123456789abcdef"))
		require.NoError(t, err)
		s, err := w.customers.SignIn(t.Context(), identity.SignInInput{Code: "openid:o1", Scene: strings.ToLower(code)})
		require.NoError(t, err)
		var e outbox.Event
		require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", model.TopicScanned).Take(&e).Error)
		var scanned model.Scanned
		require.NoError(t, e.Decode(&scanned))
		require.Equal(t, model.Scanned{CustomerID: s.Customer.ID, Scene: code}, scanned)
	})
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		w.login.fails = map[string]error{
			"blocked": &wechat.APIError{Class: wechat.ClassRisk, Errcode: 40226},
			"away":    &wechat.APIError{Class: wechat.ClassTransient},
			"lost":    &wechat.APIError{Class: wechat.ClassUnknown},
			"secret":  &wechat.APIError{Class: wechat.ClassOperator, Errcode: 40125},
			"broken":  errors.New("anything else"),
		}
		for code, want := range map[string]string{
			"used": "wechat.code_invalid", "blocked": "wechat.blocked", "away": "wechat.unavailable",
			"lost": "wechat.unavailable", "secret": "wechat.unavailable", "broken": "wechat.unavailable",
		} {
			_, err := w.customers.SignIn(t.Context(), identity.SignInInput{Code: code})
			require.Equal(t, want, fault.Code(err), code)
		}
		require.Zero(t, w.count(t, &model.Customer{}))

		who := w.customer(t, "o1")
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return model.ChangeCustomerTx(ctx, tx, who.ID, map[string]any{"status": model.CustomerBlocked})
		})
		_, err := w.customers.SignIn(t.Context(), identity.SignInInput{Code: "openid:o1"})
		require.Equal(t, "customer.blocked", fault.Code(err))
	})
}

func TestFirstSignInsAtOnceMakeOneCustomer(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		for round := range testkit.Rounds() {
			var ids [4]id.ID
			var created [4]bool
			errs := testkit.Race(4, func(i int) error {
				s, err := w.customers.SignIn(t.Context(), identity.SignInInput{Code: fmt.Sprintf("openid:race-%d", round)})
				ids[i], created[i] = s.Customer.ID, s.Created
				return err
			})
			news := 0
			for i, err := range errs {
				require.NoError(t, err)
				require.Equal(t, ids[0], ids[i])
				if created[i] {
					news++
				}
			}
			require.Equal(t, 1, news, "one of them is the first")
		}
		require.EqualValues(t, testkit.Rounds(), w.count(t, &model.Customer{}))
	})
}

func TestBirthdayChangesOnceAYear(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		who := w.customer(t, "born")
		change := func(day clock.Day) error {
			return w.DB.Tx(t.Context(), func(tx *db.Tx) error {
				return w.customers.ChangeProfileTx(t.Context(), tx, who, identity.ProfileChange{Birthday: &day})
			})
		}
		stands := func(day, from clock.Day) {
			t.Helper()
			me, err := w.customers.Me(t.Context(), who)
			require.NoError(t, err)
			require.Equal(t, []clock.Day{day, from}, []clock.Day{me.Birthday, me.BirthdayFrom})
		}
		require.NoError(t, change("1990-05-20"), "what is said first is free")
		require.NoError(t, change("1990-05-20"), "what stands already is no change")
		stands("1990-05-20", "")

		w.Clock.Advance(time.Hour)
		today := clock.DayOf(w.Clock.Now(), w.zone())
		again := today.Plus(365)
		errs := testkit.Together(func() error { return change("1990-11-01") }, func() error { return change("1990-11-02") })
		require.Equal(t, 1, testkit.Succeeded(errs), "%v", errs)
		me, err := w.customers.Me(t.Context(), who)
		require.NoError(t, err)
		day := me.Birthday
		stands(day, again)
		err = change("1990-11-03")
		require.Equal(t, "birthday.changed_lately", fault.Code(err))
		f, _ := fault.Of(err)
		require.Contains(t, f.Text.ZH, again)
		require.Contains(t, f.Text.EN, again)
		require.NoError(t, change(day), "what stands already is no change")

		require.NoError(t, change(""), "it is theirs to take away")
		stands("", again)
		require.Equal(t, "birthday.changed_lately", fault.Code(change("1990-11-03")), "what was taken away is not said first again")
		w.Clock.Advance(again.Start(w.zone()).Sub(w.Clock.Now()) - time.Second)
		require.Equal(t, "birthday.changed_lately", fault.Code(change("1990-11-03")))
		w.Clock.Advance(time.Second)
		require.NoError(t, change("1990-11-03"))
		stands("1990-11-03", again.Plus(365))
	})
}

func TestProfile(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		who := w.customer(t, "o1")
		change := func(in identity.ProfileChange) error {
			return w.DB.Tx(t.Context(), func(tx *db.Tx) error { return w.customers.ChangeProfileTx(t.Context(), tx, who, in) })
		}
		file := id.New()
		require.NoError(t, change(identity.ProfileChange{
			Nickname: new(" 李先生 "), Name: new("李明"), AvatarFileID: &file, Birthday: new(clock.Day("1990-05-20")), Version: new(int64(1)),
		}))
		me, err := w.customers.Me(t.Context(), who)
		require.NoError(t, err)
		require.Equal(t, "李先生", me.Nickname)
		require.Equal(t, "李明", me.Name)
		require.NotContains(t, string(me.NameEnc), "李明")
		require.Equal(t, file, me.AvatarFileID)
		require.Equal(t, clock.Day("1990-05-20"), me.Birthday)
		require.EqualValues(t, 2, me.Version)

		require.Equal(t, "profile.changed", fault.Code(change(identity.ProfileChange{Nickname: new("又"), Version: new(int64(1))})))
		require.NoError(t, change(identity.ProfileChange{Birthday: new(clock.Day("")), AvatarFileID: &id.ID{}, Name: new("")}))
		me, err = w.customers.Me(t.Context(), who)
		require.NoError(t, err)
		require.True(t, me.Birthday.IsZero() && me.AvatarFileID.IsZero() && me.Name == "" && me.NameIdx == nil)
		require.Equal(t, "李先生", me.Nickname, "what is not named stays")

		today := clock.DayOf(w.Clock.Now(), w.zone())
		for name, bad := range map[string]identity.ProfileChange{
			"empty":     {Nickname: new("  ")},
			"long":      {Nickname: new(strings.Repeat("字", 33))},
			"control":   {Nickname: new("a\u0007b")},
			"direction": {Nickname: new("a\u202eb")},
			"future":    {Birthday: new(today.Plus(1))},
			"no day":    {Birthday: new(clock.Day("2026-02-30"))},
		} {
			require.Equal(t, "input.invalid", fault.Code(change(bad)), name)
		}
	})
}
