package design

import (
	"context"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project/budget"
	"guike/model/project/material"
)

// builtShown is how much of what was built in a home's history shows of each project.
const builtShown = 100

// Change is a change that was approved, as a home's history tells it. AmountFen is nil for who sees no
// amounts.
type Change struct {
	ID         id.ID
	Title      string
	ApprovedAt time.Time
	Days       int
	AmountFen  *int64
}

// Built is a material that was built in, with the batch by which it is found again.
type Built struct {
	Material    material.Material
	Batch       material.Batch
	Place       string
	Quantity    int64
	InstalledOn clock.Day
}

// Recalled tells that the batch was called back.
func (b Built) Recalled() bool { return b.Batch.State == material.BatchRecalled }

func changesOf(orders []budget.Order, amounts bool) []Change {
	all := make([]Change, 0, len(orders))
	for _, o := range orders {
		c := Change{ID: o.ID, Title: o.Title, ApprovedAt: o.UpdatedAt, Days: o.Days}
		if o.DecidedAt != nil {
			c.ApprovedAt = *o.DecidedAt
		}
		if amounts {
			c.AmountFen = &o.AmountFen
		}
		all = append(all, c)
	}
	return all
}

// builtOf reads what was built into the homes of several projects, in three statements.
func builtOf(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID][]Built, error) {
	installs, err := material.InstallsOf(ctx, r, projects, builtShown)
	if err != nil {
		return nil, err
	}
	var materials, batches []id.ID
	for _, of := range installs {
		for _, in := range of {
			materials, batches = append(materials, in.MaterialID), append(batches, in.BatchID)
		}
	}
	known, err := material.ByIDs(ctx, r, materials)
	if err != nil {
		return nil, err
	}
	batch, err := material.BatchesByIDs(ctx, r, batches)
	if err != nil {
		return nil, err
	}
	all := make(map[id.ID][]Built, len(installs))
	for p, of := range installs {
		for _, in := range of {
			all[p] = append(all[p], Built{known[in.MaterialID], batch[in.BatchID], in.Place, in.Quantity, in.InstalledOn})
		}
	}
	return all, nil
}
