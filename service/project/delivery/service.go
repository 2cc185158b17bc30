// Package delivery holds the use cases of delivery batches, carriers' events, what the ERP reports. Its README says the rules in sentences.
package delivery

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	"guike/service/project"
)

// The bounds of what deliveries hold.
const (
	maxBatches   = 50  // of a project
	maxShipments = 100 // of a project
	maxItems     = 100 // of a batch
	maxEvents    = 300 // of a shipment
	maxPhotos    = 9
	maxName      = 60
	maxItemName  = 100
	maxQuantity  = 1_000_000
	maxReason    = 500
)

// ahead is how far another system's clock may be before ours.
const ahead = 5 * time.Minute

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }

// Result is what a change leaves behind under its key.
type Result struct {
	ProjectID id.ID `json:"project_id"`
	ID        id.ID `json:"id"` // of the batch or the shipment
}

// change runs fn once under the key, in a transaction of its own.
func (s *Service) change(ctx context.Context, who actor.Actor, key once.Key, fn func(tx *db.Tx) (Result, error)) (r Result, replayed bool, err error) {
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, key, func() (Result, error) { return fn(tx) })
		return err
	})
	return r, replayed, err
}

// noteTx records a change that the timeline does not tell: audit and the project's version, by which
// readers see that there is something new.
func (s *Service) noteTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, action string, detail any) error {
	if err := core.TouchTx(ctx, tx, p); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: action, Kind: "project", Subject: p.ID, Detail: detail})
}

// checkAt refuses instants that no store can compare and those that lie in the future, a little
// difference of clocks aside.
func (s *Service) checkAt(location string, at *time.Time) error {
	*at = clock.Cut(*at)
	if !clock.Keepable(*at) {
		return fault.Broken(location, "out_of_range", "时间须在 1900 年到 2200 年之间。", "The year lies between 1900 and 2200.")
	}
	if at.After(s.j.DB.Now().Add(ahead)) {
		return fault.Broken(location, "future", "时间不能晚于现在。", "It lies in the future.")
	}
	return nil
}
