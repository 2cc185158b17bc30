package flow_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	identities "guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	corrections "guike/model/membership/correction"
	coupons "guike/model/membership/coupon"
	intakes "guike/model/membership/intake"
	levels "guike/model/membership/level"
	"guike/model/once"
	"guike/service/flow"
	"guike/service/membership/correction"
	"guike/service/membership/coupon"
	"guike/service/membership/earning"
	"guike/service/membership/level"
	"guike/testkit"
)

// rooms is a world of customers with every room of the membership domain, and one in the office who may do all.
type rooms struct {
	*phoneWorld
	books   *ledger.Ledger
	level   *level.Service
	earning *earning.Service
	coupons *coupon.Service
	correct *correction.Service
	top     actor.Actor
	boss    actor.Actor
}

func eachRooms(t *testing.T, fn func(t *testing.T, w *rooms)) {
	t.Helper()
	eachPhoneWorld(t, func(t *testing.T, p *phoneWorld) {
		w := &rooms{phoneWorld: p, books: ledger.New(testkit.Zone), level: level.New(level.Deps{DB: p.DB, Zone: testkit.Zone})}
		w.earning = earning.New(earning.Deps{DB: p.DB, Ledger: w.books, Zone: testkit.Zone, Moved: w.level.LookTx})
		w.coupons = coupon.New(coupon.Deps{DB: p.DB, Zone: testkit.Zone, Entropy: rand.Reader})
		w.correct = correction.New(correction.Deps{DB: p.DB, Zone: testkit.Zone, Ledger: w.books, Moved: w.level.LookTx})
		value := flow.NewValue(flow.ValueDeps{DB: p.DB, Ledger: w.books, Earning: w.earning, Coupons: w.coupons})
		w.flow = flow.New(flow.Deps{
			DB: p.DB, Customers: p.customers, Consents: p.consents, Phones: p.button, Files: pictures{},
			Heirs: []flow.Heir{value.InheritTx, intakes.MoveTx, corrections.MergeTx},
		})
		for _, seed := range []func(context.Context, *db.Tx) error{level.SeedTx, earning.SeedTx, coupon.SeedTx, correction.SeedTx} {
			p.Tx(t, seed)
		}
		w.top = p.Staff(t, actor.Management, identities.Store{}, actor.All)
		w.boss = p.Staff(t, actor.StoreManager, p.Store(t), actor.All)
		require.NoError(t, w.correct.SetPolicy(t.Context(), w.top, correction.Policy{Points: 500, FundFen: 500, Growth: 100_000}))
		fn(t, w)
		w.sound(t)
	})
}

// sound asserts what verify does: the books, redemptions, coupons, and levels.
func (w *rooms) sound(t *testing.T) {
	t.Helper()
	testkit.Books(t, w.DB)
	found, err := levels.Verify(t.Context(), w.DB, w.DB.Now())
	require.NoError(t, err)
	require.Empty(t, found)
}

func (w *rooms) add(t *testing.T, to id.ID, book ledger.Book, amount int64) corrections.Correction {
	t.Helper()
	c, _, err := w.correct.Correct(t.Context(), w.boss, correction.Wish{CustomerID: to, Book: book, Amount: amount, Reason: "开业前的余额"})
	require.NoError(t, err)
	return c.Correction
}

func (w *rooms) title(t *testing.T, to id.ID, key string) {
	t.Helper()
	_, _, err := w.level.Grant(t.Context(), w.top, level.NewGrant{CustomerID: to, Title: key, Reason: "社区分享"})
	require.NoError(t, err)
}

func (w *rooms) coupon(t *testing.T, to id.ID) string {
	t.Helper()
	c, _, err := w.coupons.Issue(t.Context(), w.boss, coupon.NewCoupon{CustomerID: to, Campaign: "goodwill_50", Reason: "安装延误"})
	require.NoError(t, err)
	return c.Code
}

func (w *rooms) history(t *testing.T, of id.ID) (to []string) {
	t.Helper()
	rows, _, err := w.level.Changes(t.Context(), of, db.Page{Limit: 100})
	require.NoError(t, err)
	for i := range rows {
		to = append(to, rows[len(rows)-1-i].ToLevel)
	}
	return to
}

// count is how many rows of a table are somebody's.
func (w *rooms) count(t *testing.T, table string, of id.ID) (n int64) {
	t.Helper()
	require.NoError(t, w.DB.Conn(t.Context()).Table(table).Where("customer_id = ?", of).Count(&n).Error)
	return n
}

// entered is a record of staff with something in every room: 200 points, growth for the second level, a title
// by hand, a coupon, a request for another, and a correction that waits.
func (w *rooms) entered(t *testing.T, phone string) (of id.ID, code string, waits corrections.Correction) {
	t.Helper()
	of = w.enter(t, phone)
	w.add(t, of, ledger.Points, 200)
	w.add(t, of, ledger.GrowthContribution, w.from(t, 1))
	w.title(t, of, level.CommunityExpert)
	code = w.coupon(t, of)
	_, _, err := w.coupons.Ask(t.Context(), w.boss, coupon.NewRequest{CustomerID: of, Campaign: "win_back_20", Incident: "TS-" + phone, Reason: "已致歉"})
	require.NoError(t, err)
	waits = w.add(t, of, ledger.Points, 400)
	require.Equal(t, corrections.Asked, waits.State)
	return of, code, waits
}

// from is the growth from which a step of the ladder on is reached.
func (w *rooms) from(t *testing.T, step int) int64 {
	t.Helper()
	l, err := w.level.Ladder(t.Context())
	require.NoError(t, err)
	return l.Steps[step].From
}

func (w *rooms) bind(t *testing.T, openid, phone string) actor.Actor {
	t.Helper()
	who := w.customer(t, openid, true)
	_, _, err := w.flow.PhoneBound(t.Context(), who, once.Key{}, openid+":"+phone)
	require.NoError(t, err)
	return who
}

// moved asserts that every row of a record is the other's now.
func (w *rooms) moved(t *testing.T, from, to id.ID, want map[string]int64) {
	t.Helper()
	for table, n := range want {
		require.Zero(t, w.count(t, table, from), table)
		require.Equal(t, n, w.count(t, table, to), table)
	}
}

func TestAClaimedRecordBringsEverythingToWhoIsNew(t *testing.T) {
	t.Parallel()
	eachRooms(t, func(t *testing.T, w *rooms) {
		merged, code, waits := w.entered(t, "13800138001")
		was := w.history(t, merged)
		require.Len(t, was, 2)
		card, err := membership.MemberOf(t.Context(), w.DB, merged)
		require.NoError(t, err)

		who := w.bind(t, "o1", "13800138001")
		w.moved(t, merged, who.ID, map[string]int64{"members": 1, "member_titles": 1, "level_changes": 2, "coupons": 1, "coupon_requests": 1, "value_corrections": 3})
		kept, err := membership.MemberOf(t.Context(), w.DB, who.ID)
		require.NoError(t, err)
		require.Equal(t, []string{card.CardNo, card.Level}, []string{kept.CardNo, kept.Level}, "the card lives on")
		require.Equal(t, was, w.history(t, who.ID), "with its history")
		w.usable(t, who, merged, code, waits)
		require.NoError(t, w.level.LookDue(t.Context()))
		require.Equal(t, was, w.history(t, who.ID), "nothing has changed")
	})
}

func TestTwoRecordsWithEverythingBecomeOne(t *testing.T) {
	t.Parallel()
	eachRooms(t, func(t *testing.T, w *rooms) {
		who := w.customer(t, "o1", true)
		for range 2 {
			_, _, err := w.earning.CheckIn(t.Context(), who, once.Key{})
			require.NoError(t, err)
			w.Clock.Advance(24 * time.Hour)
		}
		w.title(t, who.ID, level.CommunityExpert)
		mine := w.coupon(t, who.ID)
		w.add(t, who.ID, ledger.GrowthContribution, w.from(t, 2)-w.from(t, 1))
		own := w.history(t, who.ID)
		require.NotEmpty(t, own)
		merged, code, waits := w.entered(t, "13800138001")
		former := w.history(t, merged)

		require.Equal(t, who.ID, w.bind(t, "o1", "13800138001").ID)
		w.moved(t, merged, who.ID, map[string]int64{"members": 1, "member_titles": 2, "coupons": 2, "coupon_requests": 1, "value_corrections": 4, "check_ins": 2})
		require.Equal(t, own, w.history(t, who.ID), "the history of the record that stays")
		require.Equal(t, former, w.history(t, merged), "the other's is kept beside, for nobody to add to")
		st, err := levels.StandingOf(t.Context(), w.DB, who.ID, w.DB.Now())
		require.NoError(t, err)
		ladder, err := w.level.Ladder(t.Context())
		require.NoError(t, err)
		require.Equal(t, ladder.Steps[2].Key, st.Level.Key, "both growths together")
		w.sound(t)
		require.NoError(t, w.level.LookDue(t.Context()))
		require.Equal(t, append(own, ladder.Steps[2].Key), w.history(t, who.ID), "the history goes on where it was")

		in, _, err := w.earning.CheckIn(t.Context(), who, once.Key{})
		require.NoError(t, err)
		require.EqualValues(t, 3, in.Streak, "the streak is theirs")
		w.usable(t, who, merged, code, waits)
		require.Equal(t, coupons.Open, w.look(t, mine).Standing)
		grants, _, err := w.level.Grants(t.Context(), who.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, grants, 3, "each grant by hand is its own; three days of checking in gave one by rule")
	})
}

func (w *rooms) look(t *testing.T, code string) coupon.Card {
	t.Helper()
	c, err := w.coupons.Look(t.Context(), code)
	require.NoError(t, err)
	return c
}

// usable asserts that what a record brought can be used by who it belongs to now.
func (w *rooms) usable(t *testing.T, who actor.Actor, merged id.ID, code string, waits corrections.Correction) {
	t.Helper()
	has := func(of id.ID) int64 {
		b, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Of(ledger.Points, of), w.DB.Now())
		require.NoError(t, err)
		return b.Available
	}
	before := has(who.ID)
	require.GreaterOrEqual(t, before, int64(200))
	require.Zero(t, has(merged))
	_, _, err := w.correct.Approve(t.Context(), w.top, waits.ID, once.Key{})
	require.NoError(t, err, "what waited for a second person waits for the kept record")
	require.Equal(t, before+400, has(who.ID))
	require.Zero(t, has(merged))
	c := w.look(t, code)
	require.Equal(t, coupons.Open, c.Standing)
	require.Equal(t, who.ID, c.CustomerID)
	all, _, err := w.coupons.Requests(t.Context(), "", db.Page{Limit: 10})
	require.NoError(t, err)
	require.Len(t, all, 1)
	_, _, err = w.coupons.Decide(t.Context(), w.top, coupon.Decision{RequestID: all[0].ID, Approve: true})
	require.NoError(t, err)
	cards, _, err := w.coupons.Mine(t.Context(), who, coupons.Open, db.Page{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, "win_back_20", cards[0].CampaignKey)
	w.sound(t)
}
