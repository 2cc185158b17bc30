package coupon_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	model "guike/model/membership/coupon"
	"guike/model/once"
	"guike/model/outbox"
	"guike/service/membership/coupon"
	"guike/service/membership/level"
	"guike/testkit"
)

// world is a company with campaigns, two members of staff, and a customer; beside is a second instance.
type world struct {
	*testkit.Kit
	*coupon.Service
	beside *coupon.Service
	tries  *tries
	shop   identity.Store
	boss   actor.Actor
	sales  actor.Actor
	anna   actor.Actor
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := &world{Kit: k, tries: &tries{}, shop: k.Store(t)}
		d := coupon.Deps{DB: k.DB, Zone: testkit.Zone, Entropy: rand.Reader, Guesses: w.tries}
		w.Service, w.beside = coupon.New(d), coupon.New(d)
		w.boss, w.sales = k.Staff(t, actor.StoreManager, w.shop, actor.Store), k.Staff(t, actor.Sales, w.shop, actor.Store)
		w.anna = w.customer(t, "")
		k.Tx(t, coupon.SeedTx)
		k.Tx(t, level.SeedTx)
		fn(t, w)
		testkit.Books(t, k.DB)
	})
}

// tries counts in the process.
type tries struct {
	n    int64
	away error
}

// Hit counts.
func (c *tries) Hit(context.Context, string, time.Duration) (int64, error) { c.n++; return c.n, c.away }

// Count reads.
func (c *tries) Count(context.Context, string, time.Duration) (int64, error) { return c.n, c.away }

// customer registers somebody at the shop.
func (w *world) customer(t *testing.T, birthday clock.Day) actor.Actor {
	t.Helper()
	one := id.New()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return db.Insert(ctx, tx, &identity.Customer{
			ID: one, Nickname: "王小雨", PhoneIdx: one[:], Birthday: birthday, StoreID: w.shop.ID, Status: identity.CustomerActive, CreatedAt: tx.Now, Version: 1,
		})
	})
	return actor.Actor{Kind: actor.Customer, ID: one}
}

// form is a campaign for claims, of 10 yuan.
func form() model.Definition {
	return model.Definition{NameZH: "父亲节 10 元", NameEN: "10 yuan", Event: model.Claimed, Code: code(), Kind: model.Amount, AmountFen: 1000, Scope: model.All, Days: 10}
}

func code() string { return "C" + clockless() }

func clockless() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	const letters = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b)
}

func key() string {
	i := id.New().String()
	return "c" + i[len(i)-12:]
}

// open keeps a campaign that is on.
func (w *world) open(t *testing.T, d model.Definition) model.Campaign {
	t.Helper()
	c, _, err := w.AddCampaign(t.Context(), w.boss, coupon.NewCampaign{Key: key(), Enabled: true, Definition: d})
	require.NoError(t, err)
	return c
}

func (w *world) claim(t *testing.T, who actor.Actor, code string) (coupon.Card, error) {
	t.Helper()
	c, _, err := w.Claim(t.Context(), who, code, once.Key{})
	return c, err
}

func (w *world) issue(t *testing.T, by, to actor.Actor, campaign string) (coupon.Card, error) {
	t.Helper()
	c, _, err := w.Issue(t.Context(), by, coupon.NewCoupon{CustomerID: to.ID, Campaign: campaign, Reason: "关怀"})
	return c, err
}

// has lists the coupons of somebody that stand in a state.
func (w *world) has(t *testing.T, who actor.Actor, in model.State) []coupon.Card {
	t.Helper()
	cards, _, err := w.Mine(t.Context(), who, in, db.Page{Limit: 100})
	require.NoError(t, err)
	return cards
}

// told counts what somebody was told of their coupons.
func (w *world) told(t *testing.T, who actor.Actor, state model.State) (n int) {
	t.Helper()
	var rows []outbox.Event
	require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", membership.TopicCouponReceived).Find(&rows).Error)
	for _, e := range rows {
		var in membership.CouponReceived
		require.NoError(t, e.Decode(&in))
		if in.CustomerID == who.ID && in.State == string(state) {
			n++
		}
	}
	return n
}

func only(t *testing.T, errs []error, codes ...string) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			require.Contains(t, codes, fault.Code(err), "%v", err)
		}
	}
}
