package flow_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/audit"
	"guike/model/care"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	corrections "guike/model/membership/correction"
	"guike/model/once"
	"guike/model/outbox"
	"guike/service/flow"
	"guike/service/identity"
	"guike/service/membership/correction"
	"guike/service/membership/coupon"
	"guike/service/membership/earning"
	"guike/service/membership/level"
	"guike/testkit"
)

// phoneButton answers code "<openid>:<phone>" for the customer with that openid, once.
type phoneButton struct {
	calls atomic.Int64
	mu    sync.Mutex
	used  map[string]bool
	fail  error
}

func (p *phoneButton) PhoneNumber(_ context.Context, code, openid string) (wechat.Phone, error) {
	p.calls.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return wechat.Phone{}, p.fail
	}
	phone, ok := strings.CutPrefix(code, openid+":")
	if !ok || p.used[code] {
		return wechat.Phone{}, &wechat.APIError{Class: wechat.ClassClientMustAct, Errcode: 40029}
	}
	p.used[code] = true
	return wechat.Phone{Number: phone, Pure: phone, CountryCode: "86"}, nil
}

func (p *phoneButton) Code2Session(_ context.Context, code string) (wechat.Session, error) {
	return wechat.Session{OpenID: code, SessionKey: "k"}, nil
}

type noSessions struct{}

func (noSessions) Open(context.Context, *db.Tx, actor.Kind, id.ID, identity.Meta) (identity.Tokens, error) {
	return identity.Tokens{}, nil
}

// pictures lets customers attach files that bear their own id.
type pictures struct{}

func (pictures) AttachTx(_ context.Context, _ *db.Tx, who actor.Actor, ids []id.ID, kind string, ref id.ID) error {
	if kind != "avatar" || ref != who.ID || len(ids) != 1 || ids[0] != who.ID {
		return fault.Broken("body.avatar_file_id", "unknown", "没有这个文件。", "There is no such file.")
	}
	return nil
}

type phoneWorld struct {
	*testkit.Kit
	button    *phoneButton
	customers *identity.Customers
	consents  *identity.Consents
	flow      *flow.Flow
	heirFails error
}

func eachPhoneWorld(t *testing.T, fn func(t *testing.T, w *phoneWorld)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		box, err := crypt.NewBox([]crypt.Key{{ID: "k1", Secret: bytes.Repeat([]byte{1}, crypt.KeyBytes)}})
		require.NoError(t, err)
		blind, err := crypt.NewBlind(bytes.Repeat([]byte{2}, crypt.KeyBytes))
		require.NoError(t, err)
		w := &phoneWorld{Kit: k, button: &phoneButton{used: map[string]bool{}}, consents: identity.NewConsents(k.DB)}
		w.customers = identity.NewCustomers(identity.CustomersDeps{
			DB: k.DB, Box: box, Blind: blind, Wechat: w.button, Sessions: noSessions{}, Zone: testkit.Zone,
		})
		heir := func(context.Context, *db.Tx, id.ID, id.ID) error { return w.heirFails }
		w.flow = flow.New(flow.Deps{
			DB: k.DB, Customers: w.customers, Consents: w.consents, Phones: w.button, Files: pictures{}, Heirs: []flow.Heir{heir},
		})
		k.Tx(t, identity.SeedPolicies)
		fn(t, w)
	})
}

// customer signs in; consented says whether the purpose "phone" is agreed to.
func (w *phoneWorld) customer(t *testing.T, openid string, consented bool) actor.Actor {
	t.Helper()
	s, err := w.customers.SignIn(t.Context(), identity.SignInInput{Code: openid})
	require.NoError(t, err)
	who := actor.Actor{Kind: actor.Customer, ID: s.Customer.ID}
	if consented {
		_, _, err = w.consents.Record(t.Context(), who, once.Key{}, identity.ConsentInput{
			Policy: "privacy", Version: 1, Purpose: model.PurposePhone, Granted: true,
		})
		require.NoError(t, err)
	}
	return who
}

func (w *phoneWorld) enter(t *testing.T, phone string) id.ID {
	t.Helper()
	sales := actor.Actor{Kind: actor.Staff, ID: id.New(), Scope: actor.All}
	c, _, err := w.customers.Enter(t.Context(), sales, once.Key{}, identity.EnterInput{Name: "李明", Phone: phone})
	require.NoError(t, err)
	return c.ID
}

// project gives a customer a project, as far as the merge is concerned.
func (w *phoneWorld) project(t *testing.T, customer id.ID) id.ID {
	t.Helper()
	project := id.New()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return tx.Conn(ctx).Exec(`INSERT INTO projects (id, no, service_code, kind, title, home_id, customer_id, state, contract_amount_fen,
			planned_start, planned_end, template_key, template_version, current_stage, percent, cancel_reason, version, created_at, updated_at)
			VALUES (?, ?, ?, 'renovation', '', ?, ?, 'active', 0, '2026-11-01', '2026-12-01', '', 1, '', 0, '', 1, ?, ?)`,
			project, project.String()[:20], project.String()[22:], id.New(), customer, tx.Now, tx.Now).Error
	})
	return project
}

func (w *phoneWorld) partyOf(t *testing.T, project id.ID) id.ID {
	t.Helper()
	var row struct{ CustomerID id.ID }
	require.NoError(t, w.DB.Conn(t.Context()).Table("projects").Select("customer_id").Where("id = ?", project).Take(&row).Error)
	return row.CustomerID
}

// P1 of reliability.md 3.3.
func TestPhoneBoundNeedsTheConsentFirst(t *testing.T) {
	t.Parallel()
	eachPhoneWorld(t, func(t *testing.T, w *phoneWorld) {
		who := w.customer(t, "o1", false)
		_, _, err := w.flow.PhoneBound(t.Context(), who, once.Key{}, "o1:13800138001")
		require.Equal(t, "consent.required", fault.Code(err))
		require.Zero(t, w.button.calls.Load(), "WeChat was not asked")

		who = w.customer(t, "o1", true)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.PublishTx(ctx, tx, identity.NewPolicy{
				Policy: "privacy", Version: 2, Purposes: []model.Purpose{model.PurposePhone},
				Renewed: []model.Purpose{model.PurposePhone}, EffectiveAt: tx.Now,
			})
		})
		_, _, err = w.flow.PhoneBound(t.Context(), who, once.Key{}, "o1:13800138001")
		require.Equal(t, "consent.required", fault.Code(err), "an old version does not suffice")
		require.Zero(t, w.button.calls.Load())
	})
}

func TestPhoneBound(t *testing.T) {
	t.Parallel()
	eachPhoneWorld(t, func(t *testing.T, w *phoneWorld) {
		ctx, who := t.Context(), w.customer(t, "o1", true)
		key := once.Of("k1", "phone", "o1:13800138001")
		bound, replayed, err := w.flow.PhoneBound(ctx, who, key, "o1:13800138001")
		require.NoError(t, err)
		require.False(t, replayed)
		require.Equal(t, flow.BoundPhone{CustomerID: who.ID}, bound)
		again, replayed, err := w.flow.PhoneBound(ctx, who, key, "o1:13800138001")
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, bound, again)
		require.EqualValues(t, 1, w.button.calls.Load(), "a repeated request asks WeChat once")
		_, _, err = w.flow.PhoneBound(ctx, who, once.Of("k1", "phone", "other"), "o1:13900139002")
		require.Equal(t, "idempotency.mismatch", fault.Code(err))

		_, _, err = w.flow.PhoneBound(ctx, who, once.Key{}, "o1:13800138001")
		require.Equal(t, "phone.code_invalid", fault.Code(err), "a code works once")
		_, _, err = w.flow.PhoneBound(ctx, who, once.Key{}, "o2:13800138001")
		require.Equal(t, "phone.code_invalid", fault.Code(err), "a code of somebody else")
		_, _, err = w.flow.PhoneBound(ctx, who, once.Key{}, "o1:02112345678")
		require.Equal(t, "phone.unsupported", fault.Code(err))
		_, _, err = w.flow.PhoneBound(ctx, w.customer(t, "o2", true), once.Key{}, "o2:13800138001")
		require.Equal(t, "phone.taken", fault.Code(err))

		_, _, err = w.flow.PhoneBound(ctx, who, once.Key{}, "o1:13900139002")
		require.NoError(t, err)
		rows, _, err := audit.Of(ctx, w.DB, "customer", who.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, rows, 2)
		for _, r := range rows {
			require.Equal(t, "customer.phone_bound", r.Action)
		}

		for code, failure := range map[string]error{
			"wechat.unavailable": &wechat.APIError{Class: wechat.ClassUnknown},
			"phone.code_invalid": &wechat.APIError{Class: wechat.ClassTerminal},
		} {
			w.button.fail = failure
			_, _, err = w.flow.PhoneBound(ctx, who, once.Key{}, "o1:13700137003")
			require.Equal(t, code, fault.Code(err))
		}
	})
}

func TestPhoneBoundMergesAcrossDomains(t *testing.T) {
	t.Parallel()
	eachPhoneWorld(t, func(t *testing.T, w *phoneWorld) {
		ctx := t.Context()
		merged := w.enter(t, "13800138001")
		project, who := w.project(t, merged), w.customer(t, "o1", true)
		task := care.Task{ID: id.New(), Kind: "manual", Cause: "test", CustomerID: merged, State: care.Open, DueAt: w.Clock.Now(), CreatedAt: w.Clock.Now(), Version: 1}
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return care.AddTx(ctx, tx, &task) })

		w.heirFails = errors.New("the ledger is away")
		_, _, err := w.flow.PhoneBound(ctx, who, once.Key{}, "o1:13800138001")
		require.ErrorIs(t, err, w.heirFails)
		require.Equal(t, merged, w.partyOf(t, project), "all or nothing")
		me, err := w.customers.Me(ctx, who)
		require.NoError(t, err)
		require.Empty(t, me.Phone)

		w.heirFails, w.button.used = nil, map[string]bool{}
		bound, _, err := w.flow.PhoneBound(ctx, who, once.Key{}, "o1:13800138001")
		require.NoError(t, err)
		require.Equal(t, merged, bound.MergedID)
		require.Equal(t, who.ID, w.partyOf(t, project))
		moved, err := care.Find(ctx, w.DB, actor.Machine(), task.ID)
		require.NoError(t, err)
		require.Equal(t, who.ID, moved.CustomerID)
		for _, subject := range []id.ID{who.ID, merged} {
			rows, _, err := audit.Of(ctx, w.DB, "customer", subject, db.Page{Limit: 10})
			require.NoError(t, err)
			require.Equal(t, "customer.merged", rows[0].Action)
			require.NotContains(t, rows[0].Detail, "13800138001")
		}
		var e outbox.Event
		require.NoError(t, w.DB.Conn(ctx).Where("topic = ?", model.TopicCustomersMerged).Take(&e).Error)
		var news model.CustomersMerged
		require.NoError(t, e.Decode(&news))
		require.Equal(t, who.ID, news.Kept)
		require.Equal(t, merged, news.Merged)
		require.False(t, news.EnteredBy.IsZero())
	})
}

func TestOneNumberBoundByTwoAtOnce(t *testing.T) {
	t.Parallel()
	eachPhoneWorld(t, func(t *testing.T, w *phoneWorld) {
		for round := range testkit.Rounds() {
			phone := fmt.Sprintf("137%08d", round)
			merged := w.enter(t, phone)
			project := w.project(t, merged)
			openids := []string{fmt.Sprintf("a%d", round), fmt.Sprintf("b%d", round)}
			rivals := []actor.Actor{w.customer(t, openids[0], true), w.customer(t, openids[1], true)}
			errs := testkit.Race(2, func(i int) error {
				_, _, err := w.flow.PhoneBound(t.Context(), rivals[i], once.Key{}, openids[i]+":"+phone)
				return err
			})
			winner := 0
			if errs[0] != nil {
				winner = 1
			}
			require.NoError(t, errs[winner])
			require.Equal(t, "phone.taken", fault.Code(errs[1-winner]))
			require.Equal(t, rivals[winner].ID, w.partyOf(t, project))
		}
		var events int64
		require.NoError(t, w.DB.Conn(t.Context()).Model(&outbox.Event{}).Where("topic = ?", model.TopicCustomersMerged).Count(&events).Error)
		require.EqualValues(t, testkit.Rounds(), events, "each record is claimed once")
	})
}

// What staff give to a record in the moment in which its person claims it is the person's: nothing stays on
// the record that is no more.
func TestWhatIsGivenToARecordThatIsBeingClaimedComesAlong(t *testing.T) {
	t.Parallel()
	eachPhoneWorld(t, func(t *testing.T, w *phoneWorld) {
		books := ledger.New(testkit.Zone)
		value := flow.NewValue(flow.ValueDeps{
			DB: w.DB, Ledger: books, Earning: earning.New(earning.Deps{DB: w.DB, Ledger: books, Zone: testkit.Zone}),
			Coupons: coupon.New(coupon.Deps{DB: w.DB, Zone: testkit.Zone, Entropy: rand.Reader}),
		})
		f := flow.New(flow.Deps{
			DB: w.DB, Customers: w.customers, Consents: w.consents, Phones: w.button, Files: pictures{}, Heirs: []flow.Heir{value.InheritTx, corrections.MergeTx},
		})
		titles := level.New(level.Deps{DB: w.DB, Zone: testkit.Zone})
		w.Tx(t, level.SeedTx)
		byHand := correction.New(correction.Deps{DB: w.DB, Zone: testkit.Zone, Ledger: books})
		boss := actor.Actor{Kind: actor.Staff, ID: id.New(), Name: "王店长", Scope: actor.All}
		above := actor.Actor{Kind: actor.Staff, ID: id.New(), Name: "陈总", Scope: actor.All}
		for round := range testkit.Rounds() {
			openid, phone := fmt.Sprintf("claim%d", round), fmt.Sprintf("1380019%04d", round)
			who := w.customer(t, openid, true)
			record := w.enter(t, phone)
			boss.ID = id.New() // whose sum of the day is empty
			asked, _, err := byHand.Correct(t.Context(), boss, correction.Wish{CustomerID: record, Book: ledger.Points, Amount: 1000, Reason: "补发"})
			require.NoError(t, err)
			errs := testkit.Race(5, func(i int) error {
				switch i {
				case 0:
					_, _, err := f.PhoneBound(t.Context(), who, once.Key{}, openid+":"+phone)
					return err
				case 1:
					_, _, err := byHand.Approve(t.Context(), above, asked.ID, once.Key{})
					return err
				case 2:
					_, _, err := titles.Grant(t.Context(), boss, level.NewGrant{CustomerID: record, Title: "co_creator", Reason: "共创"})
					return err
				}
				_, _, err := byHand.Correct(t.Context(), boss, correction.Wish{CustomerID: record, Book: ledger.Points, Amount: 10, Reason: "补发"})
				return err
			})
			require.Equal(t, 5, testkit.Succeeded(errs), "%v", errs)
			has, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Of(ledger.Points, who.ID), w.DB.Now())
			require.NoError(t, err)
			require.EqualValues(t, 1020, has.Available)
			held, err := membership.TitlesOf(t.Context(), w.DB, who.ID, w.DB.Now())
			require.NoError(t, err)
			require.Len(t, held, 1)
		}
		testkit.Books(t, w.DB)
	})
}

func TestProfileChanged(t *testing.T) {
	t.Parallel()
	eachPhoneWorld(t, func(t *testing.T, w *phoneWorld) {
		who := w.customer(t, "o1", false)
		name, mine, foreign := "新昵称", who.ID, id.New()
		err := w.flow.ProfileChanged(t.Context(), who, identity.ProfileChange{Nickname: &name, AvatarFileID: &foreign})
		require.Equal(t, "input.invalid", fault.Code(err))
		me, err := w.customers.Me(t.Context(), who)
		require.NoError(t, err)
		require.NotEqual(t, name, me.Nickname, "all or nothing")
		day := clock.DayOf(w.Clock.Now().Add(-time.Hour), testkit.Zone)
		require.NoError(t, w.flow.ProfileChanged(t.Context(), who, identity.ProfileChange{Nickname: &name, AvatarFileID: &mine, Birthday: &day}))
		require.Equal(t, "not_found", fault.Code(w.flow.ProfileChanged(t.Context(), actor.Actor{Kind: actor.Staff, ID: who.ID}, identity.ProfileChange{})))
	})
}
