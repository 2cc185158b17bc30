package flow

import (
	"context"
	"errors"
	"fmt"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	intakes "guike/model/membership/intake"
	"guike/service/membership/intake"
)

// apply imports the lines of a checked file that are not faulty, batch by batch: what a batch wrote, the
// numbers that it used up and how far the run is are one transaction. A run that is taken up again finds
// the numbers of its earlier batches and counts them as its own.
func (m *Imports) apply(ctx context.Context, who actor.Actor, r intakes.Run, f *intake.File, progress func(done, total int)) (intakes.Run, error) {
	if err := m.keepRemarks(ctx, r, f.Remarks); err != nil {
		return r, err
	}
	total := len(f.Lines)
	r, err := m.hold(ctx, r, func(_ *db.Tx, r *intakes.Run) error {
		r.Tally = intakes.Tally{Total: int64(total), Done: f.Faulty(), Faulty: f.Faulty()}
		return nil
	})
	if err != nil {
		return r, err
	}
	for _, lines := range batches(f.Lines) {
		if r, err = m.importBatch(ctx, who, r, lines); err != nil {
			return r, err
		}
		progress(int(r.Done), total)
	}
	return m.hold(ctx, r, func(tx *db.Tx, r *intakes.Run) error {
		r.State = intakes.Applied
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "import.done", Kind: "import", Subject: r.ID, Detail: r.Tally})
	})
}

// batches cuts the lines without faults into batches of one kind each.
func batches(lines []*intake.Line) (all [][]*intake.Line) {
	var batch []*intake.Line
	for _, l := range lines {
		if l.Faulty {
			continue
		}
		if len(batch) == importBatch || len(batch) > 0 && batch[0].Kind != l.Kind {
			all, batch = append(all, batch), nil
		}
		batch = append(batch, l)
	}
	if len(batch) > 0 {
		all = append(all, batch)
	}
	return all
}

// importBatch imports some lines in one transaction; when the house refuses one of them, each by itself, so
// that one line costs the others nothing.
func (m *Imports) importBatch(ctx context.Context, who actor.Actor, r intakes.Run, lines []*intake.Line) (intakes.Run, error) {
	done, err := m.tryBatch(ctx, who, r, lines)
	if err == nil || !refusal(err) {
		return done, err
	}
	if len(lines) > 1 {
		for _, l := range lines {
			if r, err = m.importBatch(ctx, who, r, []*intake.Line{l}); err != nil {
				return r, err
			}
		}
		return r, nil
	}
	found := &intake.File{}
	found.Refused(lines[0], err)
	return m.hold(ctx, r, func(tx *db.Tx, r *intakes.Run) error {
		r.Done, r.Faulty = r.Done+1, r.Faulty+1
		return intakes.AddRemarksTx(ctx, tx, r.ID, found.Remarks)
	})
}

// tryBatch is one transaction. A rival that used up one of the numbers meanwhile makes it start again, and
// find it.
func (m *Imports) tryBatch(ctx context.Context, who actor.Actor, r intakes.Run, lines []*intake.Line) (done intakes.Run, err error) {
	for range 5 {
		done, err = m.hold(ctx, r, func(tx *db.Tx, r *intakes.Run) error {
			b := &importing{m: m, tx: tx, who: who, run: r, found: &intake.File{}}
			return b.importTx(ctx, lines)
		})
		if !db.Duplicate(err) && !errors.Is(err, errRival) {
			return done, err
		}
	}
	return done, fmt.Errorf("rivals for the same numbers: %w", err)
}

// errRival says that another import used up a number of the batch while it was under way.
var errRival = errors.New("a rival imported the same number")

// importing is a batch under way.
type importing struct {
	m         *Imports
	tx        *db.Tx
	who       actor.Actor
	run       *intakes.Run
	found     *intake.File
	customers map[string]intakes.Line // what the batch refers to
	homes     map[string]intakes.Line
	rows      []intakes.Line // the numbers that it uses up
}

func (b *importing) importTx(ctx context.Context, lines []*intake.Line) error {
	fresh, err := b.fresh(ctx, lines)
	if err != nil {
		return err
	}
	act := map[intakes.Kind]func(context.Context, []*intake.Line) error{
		intakes.Customers: b.enterCustomers, intakes.Homes: b.openHomes, intakes.Projects: b.adoptProjects, intakes.Balances: b.openBalances,
	}[lines[0].Kind]
	if err := act(ctx, fresh); err != nil {
		return err
	}
	b.run.Done += int64(len(lines))
	for _, row := range b.rows {
		b.count(row.Outcome)
	}
	if err := intakes.AddLinesTx(ctx, b.tx, b.rows); err != nil {
		return err
	}
	return intakes.AddRemarksTx(ctx, b.tx, b.run.ID, b.found.Remarks)
}

// fresh leaves out the lines whose numbers are used up, and counts them.
func (b *importing) fresh(ctx context.Context, lines []*intake.Line) ([]*intake.Line, error) {
	kind, nos, customers, homes := lines[0].Kind, []string(nil), []string(nil), []string(nil)
	for _, l := range lines {
		nos, customers, homes = append(nos, l.ExternalNo), append(customers, l.CustomerNo), append(homes, l.HomeNo)
	}
	known, err := intakes.LinesByNo(ctx, b.tx, kind, nos)
	if err != nil {
		return nil, err
	}
	if kind != intakes.Customers {
		if b.customers, err = intakes.LinesByNo(ctx, b.tx, intakes.Customers, customers); err != nil {
			return nil, err
		}
	}
	if kind == intakes.Projects {
		if b.homes, err = intakes.LinesByNo(ctx, b.tx, intakes.Homes, homes); err != nil {
			return nil, err
		}
	}
	var fresh []*intake.Line
	for _, l := range lines {
		if old, ok := known[l.ExternalNo]; ok {
			b.known(l, old)
		} else {
			fresh = append(fresh, l)
		}
	}
	return fresh, nil
}

// known counts a line whose number is used up: by this run before it was interrupted, or by another one.
func (b *importing) known(l *intake.Line, old intakes.Line) {
	switch same := string(old.Content) == string(l.Content); {
	case same && old.RunID == b.run.ID:
		b.count(old.Outcome)
	case same:
		b.run.Already++
	case l.Kind == intakes.Balances:
		b.refuse(l, "import.changed", "external_no")
	default:
		b.run.Differing++
		if l.Known == nil {
			b.found.Note(l, "import.differs", "external_no")
		}
	}
}

func (b *importing) count(o intakes.Outcome) {
	if o == intakes.Linked {
		b.run.Linked++
	} else {
		b.run.Created++
	}
}

// refuse leaves a line out that turned out faulty only now.
func (b *importing) refuse(l *intake.Line, code, field string) {
	b.run.Faulty++
	b.found.Fault(l, code, field)
}

// used notes what a number became.
func (b *importing) used(l *intake.Line, ref id.ID, o intakes.Outcome) {
	b.rows = append(b.rows, intakes.Line{
		Kind: l.Kind, ExternalNo: l.ExternalNo, Content: l.Content, RefID: ref, Outcome: o, RunID: b.run.ID, ImportedAt: b.tx.Now,
	})
}
