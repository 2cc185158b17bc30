package flow

import (
	"context"
	"fmt"
	"slices"

	"guike/internal/clock"
	"guike/internal/id"
	identities "guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	intakes "guike/model/membership/intake"
	"guike/service/membership/intake"
)

// enterCustomers enters those who are new as staff enter customers, and links the others by phone: nothing
// of a known customer's record is changed.
func (b *importing) enterCustomers(ctx context.Context, lines []*intake.Line) error {
	for _, l := range lines {
		c, created, err := b.m.d.Customers.EnsureByPhoneTx(ctx, b.tx, b.who, entry(l))
		if err != nil {
			return err
		}
		outcome := intakes.Created
		if !created {
			outcome = intakes.Linked
			if !l.Linked {
				b.found.Note(l, "import.linked", "phone")
			}
		}
		b.used(l, c.ID, outcome)
	}
	return nil
}

// owner is the customer whom a line refers to, in the record in which they live now; ok is false when
// their own line was refused.
func (b *importing) owner(ctx context.Context, l *intake.Line, field string) (c identities.Customer, ok bool, err error) {
	ref, ok := b.customers[l.CustomerNo]
	if !ok {
		b.refuse(l, "import.reference_faulty", field)
		return c, false, nil
	}
	c, err = identities.LockCustomer(ctx, b.tx, ref.RefID)
	return c, err == nil, err
}

func (b *importing) openHomes(ctx context.Context, lines []*intake.Line) error {
	for _, l := range lines {
		c, ok, err := b.owner(ctx, l, "customer_no")
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		h, err := b.m.d.Homes.CreateTx(ctx, b.tx, b.who, c.ID, home(l))
		if err != nil {
			return err
		}
		b.used(l, h.ID, intakes.Created)
	}
	return nil
}

func (b *importing) adoptProjects(ctx context.Context, lines []*intake.Line) error {
	for _, l := range lines {
		c, ok, err := b.owner(ctx, l, "customer_no")
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		where, ok := b.homes[l.HomeNo]
		if !ok {
			b.refuse(l, "import.reference_faulty", "home_no")
			continue
		}
		role, err := identities.HomeRoleOf(ctx, b.tx, c.ID, where.RefID, b.tx.Now)
		if err != nil {
			return err
		}
		if !role.AtLeast(identities.HomeFamily) {
			b.refuse(l, "import.home_of_other", "home_no")
			continue
		}
		p := running(l)
		p.CustomerID, p.HomeID = c.ID, where.RefID
		if p.StoreID.IsZero() {
			p.StoreID = c.StoreID
		}
		if _, err := b.m.d.Customers.TieToStoreTx(ctx, b.tx, c.ID, p.StoreID); err != nil {
			return err
		}
		made, err := b.m.d.Projects.AdoptTx(ctx, b.tx, b.who, p, l.Stage)
		if err != nil {
			return err
		}
		b.used(l, made.ID, intakes.Created)
	}
	return nil
}

// opening is a balance with whose it is.
type opening struct {
	*intake.Line
	customer id.ID
}

// openBalances gives opening balances. Customers and members are locked in the order of their ids, then all
// accounts at once.
func (b *importing) openBalances(ctx context.Context, lines []*intake.Line) error {
	slices.SortFunc(lines, func(x, y *intake.Line) int {
		p, q := b.customers[x.CustomerNo].RefID, b.customers[y.CustomerNo].RefID
		return slices.Compare(p[:], q[:])
	})
	open, err := b.openings(ctx, lines)
	if err != nil || len(open) == 0 {
		return err
	}
	var keys []ledger.Key
	for _, o := range open {
		if o.Points > 0 {
			keys = append(keys, ledger.Of(ledger.Points, o.customer))
		}
		if o.FundFen > 0 {
			keys = append(keys, ledger.Of(ledger.Fund, o.customer))
		}
	}
	set, err := b.m.d.Ledger.LockTx(ctx, b.tx, keys...)
	if err != nil {
		return err
	}
	for _, o := range open {
		if err := b.award(ctx, set, o); err != nil {
			return err
		}
		b.used(o.Line, o.customer, intakes.Created)
	}
	return nil
}

// openings makes the customers members and leaves out whose balance was opened under another number.
func (b *importing) openings(ctx context.Context, lines []*intake.Line) ([]opening, error) {
	var open []opening
	var refs []id.ID
	for _, l := range lines {
		c, ok, err := b.owner(ctx, l, "external_no")
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if _, err := membership.JoinTx(ctx, b.tx, c.ID); err != nil {
			return nil, err
		}
		open, refs = append(open, opening{l, c.ID}), append(refs, c.ID)
	}
	before, err := intakes.LinesByRef(ctx, b.tx, intakes.Balances, refs)
	if err != nil {
		return nil, err
	}
	var mine []opening
	for _, o := range open {
		old, opened := before[o.customer]
		switch {
		case opened && old.ExternalNo == o.ExternalNo: // a rival was quicker while this one waited for the customer
			return nil, errRival
		case opened:
			b.refuse(o.Line, "import.opened_before", "external_no")
		default:
			mine, before[o.customer] = append(mine, o), intakes.Line{}
		}
	}
	return mine, nil
}

// award posts what a line brings; the ledger knows it by the external number.
func (b *importing) award(ctx context.Context, set *ledger.Set, o opening) error {
	points := ledger.TwoYears
	if !o.Expires.IsZero() {
		today := clock.DayOf(b.tx.Now, b.m.d.Zone)
		points = ledger.Life(fmt.Sprintf("%dd", o.Expires.Since(today)+1)) // to the end of that day at least
	}
	for _, a := range []struct {
		book   ledger.Book
		amount int64
		life   ledger.Life
		reason string
	}{
		{ledger.Points, o.Points, points, "期初积分转入"},
		{ledger.Fund, o.FundFen, ledger.Never, "期初家居基金转入"},
	} {
		if a.amount == 0 {
			continue
		}
		_, err := set.Award(ctx, ledger.Award{
			To: ledger.Of(a.book, o.customer), Amount: a.amount, Life: a.life, From: ledger.Opening,
			Cause: ledger.Cause{Source: "import:" + o.ExternalNo, Rule: "opening", Reason: a.reason, By: b.who},
		})
		if err != nil {
			return fmt.Errorf("open balance: %w", err)
		}
	}
	return nil
}
