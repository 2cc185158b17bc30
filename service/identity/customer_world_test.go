package identity_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/once"
	"guike/service/identity"
	"guike/testkit"
)

// sessionsStub opens sessions that are nothing but a number; who they are for is remembered.
type sessionsStub struct{ opened atomic.Int64 }

func (s *sessionsStub) Open(_ context.Context, _ *db.Tx, _ actor.Kind, subject id.ID, _ identity.Meta) (identity.Tokens, error) {
	s.opened.Add(1)
	return identity.Tokens{Access: "a-" + subject.String(), ExpiresIn: 1800, Refresh: "r"}, nil
}

// loginStub answers codes "openid:<openid>"; other codes fail as they are told to.
type loginStub struct {
	mu    sync.Mutex
	fails map[string]error
}

func (l *loginStub) Code2Session(_ context.Context, code string) (wechat.Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.fails[code]; err != nil {
		return wechat.Session{}, err
	}
	openid, ok := strings.CutPrefix(code, "openid:")
	if !ok {
		return wechat.Session{}, &wechat.APIError{Class: wechat.ClassClientMustAct, Errcode: 40029}
	}
	return wechat.Session{OpenID: openid, SessionKey: "c2Vzc2lvbi1rZXktMTIzNA=="}, nil
}

// customerWorld is the customer half of identity over a store of its own.
type customerWorld struct {
	*testkit.Kit
	box       *crypt.Box
	login     *loginStub
	sessions  *sessionsStub
	customers *identity.Customers
	homes     *identity.Homes
	consents  *identity.Consents
}

func newCustomerWorld(t *testing.T, k *testkit.Kit) *customerWorld {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k1", Secret: bytes.Repeat([]byte{1}, crypt.KeyBytes)}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind(bytes.Repeat([]byte{2}, crypt.KeyBytes))
	require.NoError(t, err)
	w := &customerWorld{Kit: k, box: box, login: &loginStub{fails: map[string]error{}}, sessions: &sessionsStub{}}
	w.customers = identity.NewCustomers(identity.CustomersDeps{
		DB: k.DB, Box: box, Blind: blind, Wechat: w.login, Sessions: w.sessions, Zone: testkit.Zone,
	})
	w.homes = identity.NewHomes(k.DB, box, blind)
	w.consents = identity.NewConsents(k.DB)
	k.Tx(t, identity.SeedPolicies)
	return w
}

func eachCustomerWorld(t *testing.T, fn func(t *testing.T, w *customerWorld)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) { fn(t, newCustomerWorld(t, k)) })
}

// customer signs somebody in and returns them as an actor.
func (w *customerWorld) customer(t *testing.T, openid string) actor.Actor {
	t.Helper()
	s, err := w.customers.SignIn(t.Context(), identity.SignInInput{Code: "openid:" + openid})
	require.NoError(t, err)
	return actor.Actor{Kind: actor.Customer, ID: s.Customer.ID}
}

// bind binds a number as the flow does once WeChat has answered.
func (w *customerWorld) bind(ctx context.Context, who actor.Actor, phone string) (b identity.PhoneBound, err error) {
	for range 5 {
		err = w.DB.Tx(ctx, func(tx *db.Tx) error {
			b, err = w.customers.BindPhoneTx(ctx, tx, who, phone)
			return err
		})
		if !errors.Is(err, identity.ErrPhoneMoved) {
			break
		}
	}
	return b, err
}

func staffActor(scope actor.Scope, store id.ID) actor.Actor {
	return actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.Sales, StoreID: store, Scope: scope}
}

// enter records a customer on behalf of staff.
func (w *customerWorld) enter(t *testing.T, who actor.Actor, name, phone string) id.ID {
	t.Helper()
	c, _, err := w.customers.Enter(t.Context(), who, once.Key{}, identity.EnterInput{Name: name, Phone: phone})
	require.NoError(t, err)
	return c.ID
}

func (w *customerWorld) row(t *testing.T, customer id.ID) model.Customer {
	t.Helper()
	var c model.Customer
	require.NoError(t, w.DB.Conn(t.Context()).Where("id = ?", customer).Take(&c).Error)
	return c
}

func (w *customerWorld) count(t *testing.T, table any) int64 {
	t.Helper()
	var n int64
	require.NoError(t, w.DB.Conn(t.Context()).Model(table).Count(&n).Error)
	return n
}

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }

func (w *customerWorld) zone() *time.Location { return testkit.Zone }
