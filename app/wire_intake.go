package app

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	intakes "guike/model/membership/intake"
	"guike/service/flow"
	"guike/service/membership/intake"
)

// intakeRoom is the import: its runs, and what they write.
type intakeRoom struct {
	runs    *intake.Service
	imports *flow.Imports
}

func (a *App) openIntake() intakeRoom {
	v, runs := a.services, intake.New(a.DB, a.Box)
	return intakeRoom{runs, flow.NewImports(flow.ImportDeps{
		DB: a.DB, Runs: runs, Customers: v.customers, Homes: v.homes, Projects: v.projects,
		Ledger: v.ledger, Blind: a.Blind, Zone: a.s.Zone, Log: a.s.Log,
	})}
}

// CheckImport finds out what an import of a file would do. Nothing is written.
func (a *App) CheckImport(ctx context.Context, in intake.Upload) (*intake.File, error) {
	return a.services.intake.imports.Check(ctx, in)
}

// Import imports a file on behalf of the house itself, for the command: nothing when it has faulty lines
// that are not to be skipped. Interrupted, it is run again.
func (a *App) Import(ctx context.Context, in intake.Upload, skipFaulty bool, progress func(done, total int)) (intakes.Run, *intake.File, error) {
	return a.services.intake.imports.ImportNow(ctx, actor.Machine(), in, skipFaulty, progress)
}

// ImportRemarks lists what was found in the file of an import.
func (a *App) ImportRemarks(ctx context.Context, run id.ID) (all []intakes.Remark, err error) {
	for p := (db.Page{Limit: db.MaxLimit}); ; {
		rows, next, err := intakes.ListRemarks(ctx, a.DB, run, "", p)
		if all = append(all, rows...); err != nil || next.IsZero() {
			return all, err
		}
		p.After = next
	}
}
