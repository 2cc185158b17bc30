package flow

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	intakes "guike/model/membership/intake"
	"guike/service/identity"
	"guike/service/membership/intake"
	"guike/service/project"
)

// ImportDeps is what imports stand on.
type ImportDeps struct {
	DB        *db.DB
	Runs      *intake.Service
	Customers *identity.Customers
	Homes     *identity.Homes
	Projects  *project.Service
	Ledger    *ledger.Ledger
	Blind     *crypt.Blind
	Zone      *time.Location
	Log       *slog.Logger
}

// Imports brings in what a company had before: customers, their homes, running projects and opening
// balances, each once by its external number, whoever runs how many imports at the same moment and whatever
// is killed.
type Imports struct{ d ImportDeps }

// NewImports returns the use case over what it stands on.
func NewImports(d ImportDeps) *Imports { return &Imports{d} }

// Check reads a file and finds out what an import of it would do, as of one moment. Nothing is written.
func (m *Imports) Check(ctx context.Context, in intake.Upload) (*intake.File, error) {
	f := intake.Parse(in.Data, in.Name, in.Kind)
	c := intake.Checker{Blind: m.d.Blind, Today: clock.DayOf(m.d.DB.Now(), m.d.Zone), Judge: m.judge}
	return f, m.d.DB.Snapshot(ctx, func(r db.Reader) error { return c.Check(ctx, r, f) })
}

// judge asks the use cases that would take a line.
func (m *Imports) judge(l *intake.Line) error {
	switch l.Kind {
	case intakes.Customers:
		return m.d.Customers.CheckEntry(entry(l))
	case intakes.Homes:
		return m.d.Homes.Check(home(l))
	case intakes.Projects:
		p := running(l)
		return p.Check()
	}
	return nil
}

func entry(l *intake.Line) identity.EnterInput {
	return identity.EnterInput{Name: l.Name, Phone: l.Phone, Note: l.Note, Birthday: l.Birthday, StoreID: l.StoreID}
}

func home(l *intake.Line) identity.HomeInput {
	return identity.HomeInput{Name: l.Name, City: l.City, District: l.District, Address: l.Address, AreaM2: l.AreaM2}
}

func running(l *intake.Line) project.NewProject {
	return project.NewProject{Kind: l.ProjectKind, Title: l.Title, StoreID: l.StoreID, ContractAmountFen: l.ContractFen, PlannedStart: l.Start}
}

// ImportNow checks a file and, unless it has faulty lines that are not to be skipped, imports it at once. It
// returns the run, zero when nothing was written, and what was found. Interrupted, it is simply run again.
// progress is told how many lines are done.
func (m *Imports) ImportNow(ctx context.Context, who actor.Actor, in intake.Upload, skipFaulty bool, progress func(done, total int)) (r intakes.Run, f *intake.File, err error) {
	if f, err = m.Check(ctx, in); err != nil {
		return r, f, err
	}
	if f.Unreadable() || f.Faulty() > 0 && !skipFaulty {
		return r, f, nil
	}
	r = intake.NewRun(who, in)
	r.State, r.SkipFaulty, r.Tally, r.Lease = intakes.Applying, skipFaulty, f.Tally(), id.New()
	err = m.d.DB.Tx(ctx, func(tx *db.Tx) error {
		due := tx.Now.Add(lease).UnixMilli()
		r.DueAt = &due
		return intakes.AddRunTx(ctx, tx, &r)
	})
	if err != nil {
		return r, f, err
	}
	r, err = m.apply(ctx, who, r, f, progress)
	return r, f, err
}

const (
	// lease is how long an instance has for a batch of a run before another one takes over.
	lease = 2 * time.Minute
	// importTries is how often a run is taken up without progress before it is given up.
	importTries = 5
	// importBatch is how many lines are imported in one transaction.
	importBatch = 100
	// remarkBatch is how many remarks are kept in one transaction.
	remarkBatch = 1000
)

// errLost says that another instance works on the run now.
var errLost = errors.New("another instance has taken the import over")

// WorkImports is the job that checks what was uploaded, imports what was applied and gives up what nobody
// applied in time.
func (m *Imports) WorkImports(ctx context.Context) error {
	for {
		r, ok, err := m.take(ctx)
		if err != nil || !ok {
			return err
		}
		if err := m.work(ctx, r); errors.Is(err, errLost) {
			m.d.Log.InfoContext(ctx, "import taken over", slog.String("run", r.ID.String()))
		} else if err != nil {
			return err
		}
	}
}

// take leases the run that has waited longest.
func (m *Imports) take(ctx context.Context) (r intakes.Run, ok bool, err error) {
	err = m.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if r, ok, err = intakes.LockDueTx(ctx, tx); err != nil || !ok {
			return err
		}
		due := tx.Now.Add(lease).UnixMilli()
		r.DueAt, r.Lease, r.Attempts = &due, id.New(), r.Attempts+1
		switch {
		case r.State == intakes.Checked:
			r.State = intakes.Abandoned
		case r.Attempts > importTries:
			r.State = intakes.Failed
		}
		return intakes.SaveRunTx(ctx, tx, &r)
	})
	return r, ok, err
}

func (m *Imports) work(ctx context.Context, r intakes.Run) error {
	if r.State.Ended() {
		return nil
	}
	data, err := m.d.Runs.Data(ctx, r.ID)
	if err != nil {
		return err
	}
	if len(data) == 0 { // of a command that was interrupted: it kept no file
		_, err := m.hold(ctx, r, func(_ *db.Tx, r *intakes.Run) error {
			r.State = intakes.Abandoned
			return nil
		})
		return err
	}
	f, err := m.Check(ctx, intake.Upload{Name: r.FileName, Kind: r.Kind, Data: data})
	if err != nil {
		return err
	}
	if r.State == intakes.Applying && !f.Unreadable() && (r.SkipFaulty || f.Faulty() == 0) {
		who := actor.Actor{Kind: r.AuthorKind, ID: r.AuthorID, Name: r.AuthorName, Scope: actor.All}
		_, err = m.apply(ctx, who, r, f, func(int, int) {})
		return err
	}
	if err := m.keepRemarks(ctx, r, f.Remarks); err != nil {
		return err
	}
	_, err = m.hold(ctx, r, func(tx *db.Tx, r *intakes.Run) error {
		until := tx.Now.Add(intake.KeptFor).UnixMilli()
		r.State, r.Tally, r.Unreadable, r.DueAt, r.Lease = intakes.Checked, f.Tally(), f.Unreadable(), &until, id.ID{}
		return nil
	})
	return err
}

// hold changes a run that this instance still has and prolongs its lease.
func (m *Imports) hold(ctx context.Context, mine intakes.Run, change func(tx *db.Tx, r *intakes.Run) error) (r intakes.Run, err error) {
	err = m.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err = m.holdTx(ctx, tx, mine, change)
		return err
	})
	return r, err
}

func (m *Imports) holdTx(ctx context.Context, tx *db.Tx, mine intakes.Run, change func(tx *db.Tx, r *intakes.Run) error) (intakes.Run, error) {
	r, err := intakes.LockRunTx(ctx, tx, mine.ID)
	if err != nil {
		return r, err
	}
	if r.Lease != mine.Lease || r.State.Ended() {
		return r, errLost
	}
	due := tx.Now.Add(lease).UnixMilli()
	r.DueAt, r.Attempts = &due, 0
	if err := change(tx, &r); err != nil {
		return r, err
	}
	return r, intakes.SaveRunTx(ctx, tx, &r)
}

// keepRemarks replaces what an earlier look found.
func (m *Imports) keepRemarks(ctx context.Context, r intakes.Run, remarks []intakes.Remark) error {
	for gone := int64(1); gone > 0; {
		_, err := m.hold(ctx, r, func(tx *db.Tx, _ *intakes.Run) (err error) {
			gone, err = intakes.DropRemarksTx(ctx, tx, r.ID, remarkBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	for len(remarks) > 0 {
		n := min(len(remarks), remarkBatch)
		_, err := m.hold(ctx, r, func(tx *db.Tx, _ *intakes.Run) error { return intakes.AddRemarksTx(ctx, tx, r.ID, remarks[:n]) })
		if err != nil {
			return err
		}
		remarks = remarks[n:]
	}
	return nil
}

// refusal tells whether an error refuses what was asked for, so that the same line would be refused again.
func refusal(err error) bool {
	f, ok := fault.Of(err)
	return ok && f.Kind != fault.Unavailable
}
