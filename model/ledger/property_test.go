package ledger_test

import (
	"cmp"
	"flag"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"guike/internal/id"
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
	if p.debt > 0 {
		p.expire()
		_, p.debt = p.take(p.debt, anyLot)
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
	hand hand
	p    *plain
	anna id.ID
	n    int
}

// hand does steps to the ledger, wherever that is.
type hand func(t *rapid.T, s step) outcome

// do makes a step under a cause of its own.
func (m *machine) do(t *rapid.T, s step) outcome {
	m.n++
	s.Anna, s.N, s.Now = m.anna, m.n, m.p.now
	return m.hand(t, s)
}

var (
	amounts  = rapid.Int64Range(1, 60)
	subjects = rapid.SampledFrom([]string{"project:1", "project:2"})
)

func (m *machine) Award(t *rapid.T) {
	amount, life := amounts.Draw(t, "amount"), rapid.SampledFrom(plainLives).Draw(t, "life")
	done := m.do(t, step{Kind: stepAward, Amount: amount, Life: life.life})
	expires := m.p.now.AddDate(0, 0, life.days)
	if life.days == 0 {
		expires = m.p.now.AddDate(5000, 0, 0)
	}
	m.p.awards = append(m.p.awards, plainAward{done.Transfer, amount})
	m.p.give(len(m.p.awards)-1, amount, expires)
}

func (m *machine) Promise(t *rapid.T) {
	amount, subject := amounts.Draw(t, "amount"), m.subject(t)
	done := m.do(t, step{Kind: stepPromise, Amount: amount, Subject: subject})
	m.p.awards = append(m.p.awards, plainAward{done.Transfer, amount})
	m.p.promises = append(m.p.promises, &plainPromise{len(m.p.awards) - 1, subject, amount, false})
}

func (m *machine) Spend(t *rapid.T) { m.debit(t, false) }

func (m *machine) Hold(t *rapid.T) { m.debit(t, true) }

func (m *machine) debit(t *rapid.T, hold bool) {
	amount, kind := amounts.Draw(t, "amount"), stepSpend
	if hold {
		kind = stepHold
	}
	done := m.do(t, step{Kind: kind, Amount: amount})
	m.agree(t, done.Code != "", m.p.available() < amount)
	if done.Code != "" {
		return
	}
	m.p.expire()
	shares, _ := m.p.take(amount, anyLot)
	d := &plainDebit{transfer: done.Transfer, from: shares, hold: hold}
	if d.open = amount; !hold {
		d.open, d.captures = 0, []*plainCapture{{done.Transfer, amount}}
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
	done := m.do(t, step{Kind: stepRestore, Amount: amount, Of: c.transfer})
	if m.agree(t, done.Code != "", amount > c.left); done.Code == "" {
		c.left -= amount
		m.p.giveBack(d, amount)
	}
}

func (m *machine) Capture(t *rapid.T) { m.settle(t, true) }

func (m *machine) Release(t *rapid.T) { m.settle(t, false) }

func (m *machine) settle(t *rapid.T, capture bool) {
	d, amount := m.chosen(t, func(d *plainDebit) bool { return d.open > 0 }), amounts.Draw(t, "amount")
	kind := stepRelease
	if capture {
		kind = stepCapture
	}
	done := m.do(t, step{Kind: kind, Amount: amount, Of: d.transfer})
	m.agree(t, done.Code != "", amount > d.open)
	switch {
	case done.Code != "":
	case capture:
		d.open -= amount
		d.captures = append(d.captures, &plainCapture{done.Transfer, amount})
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
	done := m.do(t, step{Kind: stepTakeBack, Amount: amount, Of: a.transfer})
	if m.agree(t, done.Code != "", amount > a.left); done.Code != "" {
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
	return m.anna.String()[:13] + subjects.Draw(t, "subject")
}

func (m *machine) Happened(t *rapid.T) {
	subject := m.subject(t)
	m.do(t, step{Kind: stepHappened, Subject: subject})
	for _, x := range m.p.promises {
		x.ripe = x.ripe || x.subject == subject
	}
	m.p.vestRipe(subject)
}

func (m *machine) Freeze(t *rapid.T) {
	subject := m.subject(t)
	m.do(t, step{Kind: stepFreeze, Subject: subject})
	m.p.frozen[subject] = true
}

func (m *machine) Thaw(t *rapid.T) {
	subject := m.subject(t)
	m.do(t, step{Kind: stepThaw, Subject: subject})
	m.p.frozen[subject] = false
	m.p.vestRipe(subject)
}

func (m *machine) Cancel(t *rapid.T) {
	subject := m.subject(t)
	m.do(t, step{Kind: stepCancel, Subject: subject})
	for _, x := range m.p.promises {
		if x.subject == subject {
			m.p.awards[x.award].left -= x.left
			x.left = 0
		}
	}
}

func (m *machine) Days(t *rapid.T) {
	m.p.now = m.p.now.AddDate(0, 0, rapid.IntRange(1, 4).Draw(t, "days"))
}

func (m *machine) Expire(t *rapid.T) {
	m.do(t, step{Kind: stepExpire})
	m.p.expire()
}

// Check runs after every step: what the ledger says is what stands on paper.
func (m *machine) Check(t *rapid.T) {
	b := m.do(t, step{Kind: stepLook}).Balance
	b.Next = ledger.Expiry{}
	if want := (ledger.Balance{Available: m.p.available(), Pending: m.p.pending(), Held: m.p.held(), Debt: -m.p.debt}); b != want {
		t.Fatalf("the ledger says %+v, on paper it is %+v", b, want)
	}
}

// run lets a hand and the plain ledger go through so many steps, of which a store sees each.
func run(t *rapid.T, now time.Time, h hand) {
	m := &machine{hand: h, p: &plain{now: now, frozen: map[string]bool{}}, anna: id.New()}
	t.Repeat(rapid.StateMachineActions(m))
}

// bounded says how many runs of about how many steps the property is looked at in, for this test alone.
func bounded(t *testing.T, checks, steps int) {
	t.Helper()
	for name, n := range map[string]int{"rapid.checks": checks, "rapid.steps": steps} {
		f := flag.Lookup(name)
		before := f.Value.String()
		require.NoError(t, f.Value.Set(strconv.Itoa(n)))
		t.Cleanup(func() { require.NoError(t, f.Value.Set(before)) })
	}
}

// Whatever happens in whatever order, the ledger says what a plain one says, and its books add up.
func TestLedgerIsAsOnPaper(t *testing.T) {
	if long() {
		bounded(t, 100, 100)
	} else {
		bounded(t, 40, 30)
	}
	k := testkit.SQLite(t)
	w := newWorld(k)
	rapid.Check(t, func(rt *rapid.T) {
		run(rt, testkit.Start, func(rt *rapid.T, s step) outcome {
			done, err := w.step(t.Context(), s)
			if err != nil {
				rt.Fatal(err)
			}
			return done
		})
	})
	testkit.Books(t, k.DB)
}
