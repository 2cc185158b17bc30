package ledger_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/testkit"
)

// plain is the ledger as one would write it down on paper: one owner, one book, everything in memory.
type plain struct {
	now      time.Time
	lots     []*plainLot
	promises []*plainPromise
	debits   []*plainDebit
	frozen   map[string]bool
	debt     int64
	awards   []plainAward
}

type plainLot struct {
	award   int // whose lot it is
	left    int64
	expires time.Time
	seq     int
}

type plainPromise struct {
	award   int
	subject string
	left    int64
	ripe    bool
}

// plainDebit is a spend or a hold with the lots that it took.
type plainDebit struct {
	transfer id.ID
	from     []plainShare
	hold     bool
	open     int64 // of a hold
	captures []*plainCapture
}

type plainCapture struct {
	transfer id.ID
	left     int64 // that may still be restored
}

type plainShare struct {
	lot    *plainLot
	amount int64
}

type plainAward struct {
	transfer id.ID
	left     int64 // that may still be taken back
}

var plainLives = []struct {
	life ledger.Life
	days int
}{{"1d", 1}, {"5d", 5}, {"40d", 40}, {ledger.Never, 0}}

func (p *plain) expire() {
	for _, l := range p.lots {
		if !l.expires.After(p.now) {
			l.left = 0
		}
	}
}

func (p *plain) available() (sum int64) {
	for _, l := range p.lots {
		if l.expires.After(p.now) {
			sum += l.left
		}
	}
	return sum
}

func (p *plain) pending() (sum int64) {
	for _, x := range p.promises {
		sum += x.left
	}
	return sum
}

func (p *plain) held() (sum int64) {
	for _, d := range p.debits {
		sum += d.open
	}
	return sum
}

func (p *plain) give(award int, amount int64, expires time.Time) {
	paid := min(p.debt, amount)
	p.debt -= paid
	p.addLot(award, amount-paid, expires)
}

func (p *plain) addLot(award int, amount int64, expires time.Time) {
	if amount > 0 {
		p.lots = append(p.lots, &plainLot{award, amount, expires, len(p.lots)})
	}
}

func (p *plain) inOrder() []*plainLot {
	lots := slices.Clone(p.lots)
	slices.SortFunc(lots, func(a, b *plainLot) int { return cmp.Or(a.expires.Compare(b.expires), cmp.Compare(a.seq, b.seq)) })
	return lots
}

func (p *plain) take(amount int64, wanted func(*plainLot) bool) (shares []plainShare, rest int64) {
	for _, l := range p.inOrder() {
		if n := min(amount, l.left); n > 0 && wanted(l) {
			l.left -= n
			amount -= n
			shares = append(shares, plainShare{l, n})
		}
	}
	return shares, amount
}

func anyLot(*plainLot) bool { return true }

func (p *plain) giveBack(d *plainDebit, amount int64) {
	slices.SortFunc(d.from, func(a, b plainShare) int {
		return cmp.Or(b.lot.expires.Compare(a.lot.expires), cmp.Compare(b.lot.seq, a.lot.seq))
	})
	for i := range d.from {
		n := min(amount, d.from[i].amount)
		if n == 0 {
			continue
		}
		d.from[i].amount -= n
		amount -= n
		if l := d.from[i].lot; l.expires.After(p.now) {
			l.left += n
		} else {
			p.addLot(l.award, n, p.now.Add(days(30)))
		}
	}
}

func (p *plain) vestRipe(subject string) {
	for _, x := range p.promises {
		if x.subject == subject && x.ripe && !p.frozen[subject] && x.left > 0 {
			p.give(x.award, x.left, p.now.AddDate(0, 0, 40))
			x.left = 0
		}
	}
}

// machine drives the ledger and the plain one side by side.
type machine struct {
	w   *world
	p   *plain
	ctx context.Context
	n   int
}

func (m *machine) cause() ledger.Cause {
	m.n++
	return cause(fmt.Sprint("step:", m.n), "test")
}

func (m *machine) post(t *rapid.T, fn func(s *ledger.Set) (ledger.Posted, error)) (posted ledger.Posted, code string) {
	err := m.w.with(m.ctx, m.w.points(), func(s *ledger.Set) (err error) {
		posted, err = fn(s)
		return err
	})
	if code = fault.Code(err); err != nil && code == "" {
		t.Fatal(err)
	}
	return posted, code
}

func (m *machine) tx(t *rapid.T, fn func(tx *db.Tx) error) {
	if err := m.w.DB.Tx(m.ctx, fn); err != nil {
		t.Fatal(err)
	}
}

var (
	amounts  = rapid.Int64Range(1, 60)
	subjects = rapid.SampledFrom([]string{"project:1", "project:2"})
)

func (m *machine) Award(t *rapid.T) {
	amount, life := amounts.Draw(t, "amount"), rapid.SampledFrom(plainLives).Draw(t, "life")
	posted, _ := m.post(t, func(s *ledger.Set) (ledger.Posted, error) {
		return s.Award(m.ctx, ledger.Award{To: m.w.points(), Amount: amount, Life: life.life, Cause: m.cause()})
	})
	expires := m.p.now.AddDate(0, 0, life.days)
	if life.days == 0 {
		expires = m.p.now.AddDate(5000, 0, 0)
	}
	m.p.awards = append(m.p.awards, plainAward{posted.Transfer, amount})
	m.p.give(len(m.p.awards)-1, amount, expires)
}

func (m *machine) Promise(t *rapid.T) {
	amount, subject := amounts.Draw(t, "amount"), m.subject(t)
	posted, _ := m.post(t, func(s *ledger.Set) (ledger.Posted, error) {
		return s.Promise(m.ctx, ledger.Award{To: m.w.points(), Amount: amount, Life: "40d", Cause: m.cause()}, ledger.When{Subject: subject, Event: "done"})
	})
	m.p.awards = append(m.p.awards, plainAward{posted.Transfer, amount})
	m.p.promises = append(m.p.promises, &plainPromise{len(m.p.awards) - 1, subject, amount, false})
}

func (m *machine) Spend(t *rapid.T) { m.debit(t, false) }

func (m *machine) Hold(t *rapid.T) { m.debit(t, true) }

func (m *machine) debit(t *rapid.T, hold bool) {
	amount := amounts.Draw(t, "amount")
	posted, code := m.post(t, func(s *ledger.Set) (ledger.Posted, error) {
		in := ledger.Spend{From: m.w.points(), Amount: amount, Cause: m.cause()}
		if hold {
			return s.Hold(m.ctx, in, m.p.now.AddDate(100, 0, 0))
		}
		return s.Spend(m.ctx, in)
	})
	m.agree(t, code != "", m.p.available() < amount)
	if code != "" {
		return
	}
	m.p.expire()
	shares, _ := m.p.take(amount, anyLot)
	d := &plainDebit{transfer: posted.Transfer, from: shares, hold: hold}
	if d.open = amount; !hold {
		d.open, d.captures = 0, []*plainCapture{{posted.Transfer, amount}}
	}
	m.p.debits = append(m.p.debits, d)
}

func (m *machine) agree(t *rapid.T, refused, shouldBe bool) {
	if refused != shouldBe {
		t.Fatalf("refused: %t, on paper: %t", refused, shouldBe)
	}
}

func (m *machine) chosen(t *rapid.T, fits func(*plainDebit) bool) *plainDebit {
	var fit []*plainDebit
	for _, d := range m.p.debits {
		if fits(d) {
			fit = append(fit, d)
		}
	}
	if len(fit) == 0 {
		t.Skip("nothing fits")
	}
	return rapid.SampledFrom(fit).Draw(t, "debit")
}

func (m *machine) Restore(t *rapid.T) {
	d := m.chosen(t, func(d *plainDebit) bool { return len(d.captures) > 0 })
	c, amount := rapid.SampledFrom(d.captures).Draw(t, "capture"), amounts.Draw(t, "amount")
	_, code := m.post(t, func(s *ledger.Set) (ledger.Posted, error) {
		return s.Restore(m.ctx, ledger.Restore{To: m.w.points(), Of: c.transfer, Amount: amount, Cause: m.cause()})
	})
	if m.agree(t, code != "", amount > c.left); code == "" {
		c.left -= amount
		m.p.giveBack(d, amount)
	}
}

func (m *machine) Capture(t *rapid.T) { m.settle(t, true) }

func (m *machine) Release(t *rapid.T) { m.settle(t, false) }

func (m *machine) settle(t *rapid.T, capture bool) {
	d, amount := m.chosen(t, func(d *plainDebit) bool { return d.open > 0 }), amounts.Draw(t, "amount")
	posted, code := m.post(t, func(s *ledger.Set) (ledger.Posted, error) {
		if capture {
			return s.Capture(m.ctx, m.w.points(), d.transfer, amount, m.cause())
		}
		return s.Release(m.ctx, m.w.points(), d.transfer, amount, m.cause())
	})
	m.agree(t, code != "", amount > d.open)
	switch {
	case code != "":
	case capture:
		d.open -= amount
		d.captures = append(d.captures, &plainCapture{posted.Transfer, amount})
	default:
		d.open -= amount
		m.p.giveBack(d, amount)
	}
}

func (m *machine) TakeBack(t *rapid.T) {
	if len(m.p.awards) == 0 {
		t.Skip("nothing was given")
	}
	i, amount := rapid.IntRange(0, len(m.p.awards)-1).Draw(t, "award"), amounts.Draw(t, "amount")
	a := &m.p.awards[i]
	_, code := m.post(t, func(s *ledger.Set) (ledger.Posted, error) {
		return s.TakeBack(m.ctx, ledger.TakeBack{From: m.w.points(), Of: a.transfer, Amount: amount, Cause: m.cause()})
	})
	if m.agree(t, code != "", amount > a.left); code != "" {
		return
	}
	a.left -= amount
	m.p.expire()
	for _, x := range m.p.promises {
		if x.award == i {
			less := min(amount, x.left)
			x.left -= less
			amount -= less
		}
	}
	_, amount = m.p.take(amount, func(l *plainLot) bool { return l.award == i })
	_, amount = m.p.take(amount, anyLot)
	m.p.debt += amount
}

func (m *machine) subject(t *rapid.T) string {
	return m.w.anna.String()[:13] + subjects.Draw(t, "subject")
}

func (m *machine) Happened(t *rapid.T) {
	subject := m.subject(t)
	m.tx(t, func(tx *db.Tx) error {
		_, err := m.w.l.HappenedTx(m.ctx, tx, actor.Machine(), subject, "done")
		return err
	})
	for _, x := range m.p.promises {
		x.ripe = x.ripe || x.subject == subject
	}
	m.p.vestRipe(subject)
}

func (m *machine) Freeze(t *rapid.T) {
	subject := m.subject(t)
	m.tx(t, func(tx *db.Tx) error { return m.w.l.FreezeTx(m.ctx, tx, subject, "complaint") })
	m.p.frozen[subject] = true
}

func (m *machine) Thaw(t *rapid.T) {
	subject := m.subject(t)
	m.tx(t, func(tx *db.Tx) error {
		_, err := m.w.l.ThawTx(m.ctx, tx, actor.Machine(), subject, "complaint")
		return err
	})
	m.p.frozen[subject] = false
	m.p.vestRipe(subject)
}

func (m *machine) Cancel(t *rapid.T) {
	subject := m.subject(t)
	m.tx(t, func(tx *db.Tx) error { return m.w.l.CancelTx(m.ctx, tx, actor.Machine(), subject, "") })
	for _, x := range m.p.promises {
		if x.subject == subject {
			m.p.awards[x.award].left -= x.left
			x.left = 0
		}
	}
}

func (m *machine) Days(t *rapid.T) {
	m.p.now = m.p.now.AddDate(0, 0, rapid.IntRange(1, 4).Draw(t, "days"))
	m.w.Clock.Set(m.p.now)
}

func (m *machine) Expire(t *rapid.T) {
	m.tx(t, func(tx *db.Tx) error {
		_, _, err := m.w.l.ExpireDueTx(m.ctx, tx, 10)
		return err
	})
	m.p.expire()
}

// Check runs after every step: what the ledger says is what stands on paper.
func (m *machine) Check(t *rapid.T) {
	b, err := ledger.BalanceOf(m.ctx, m.w.DB, m.w.points(), m.p.now)
	if err != nil {
		t.Fatal(err)
	}
	b.Next = ledger.Expiry{}
	if want := (ledger.Balance{Available: m.p.available(), Pending: m.p.pending(), Held: m.p.held(), Debt: -m.p.debt}); b != want {
		t.Fatalf("the ledger says %+v, on paper it is %+v", b, want)
	}
}

// Whatever happens in whatever order, the ledger says what a plain one says, and its books add up.
func TestLedgerIsAsOnPaper(t *testing.T) {
	if os.Getenv("GUIKE_TEST_LONG") != "" { // 100 runs of about 100 steps
		require.NoError(t, flag.Set("rapid.steps", "100"))
	} else {
		require.NoError(t, flag.Set("rapid.checks", "40"))
	}
	k := testkit.SQLite(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(k)
		m := &machine{w: w, ctx: t.Context(), p: &plain{now: k.Clock.Now(), frozen: map[string]bool{}}}
		rt.Repeat(rapid.StateMachineActions(m))
	})
	testkit.Books(t, k.DB)
}
