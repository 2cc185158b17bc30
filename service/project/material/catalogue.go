package material

import (
	"context"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project/material"
	projects "guike/service/project"
)

// Form is what the catalogue says of a material.
type Form struct {
	Name, Brand, Category, Model, Grade, Unit, Supplier string
	Active                                              bool
}

// check trims the texts and refuses what is empty or too long.
func (f *Form) check() error {
	for _, t := range []struct {
		text     *string
		at       string
		min, max int
	}{
		{&f.Name, "name", 1, 100},
		{&f.Brand, "brand", 1, 60},
		{&f.Category, "category", 1, 40},
		{&f.Model, "model", 0, 60},
		{&f.Grade, "grade", 0, 40},
		{&f.Unit, "unit", 0, 20},
		{&f.Supplier, "supplier", 0, 100},
	} {
		if err := projects.CheckLength("body."+t.at, t.text, t.min, t.max); err != nil {
			return err
		}
	}
	return nil
}

func (f Form) fill(m *model.Material) {
	m.Name, m.Brand, m.Category, m.Model = f.Name, f.Brand, f.Category, f.Model
	m.Grade, m.Unit, m.Supplier, m.Active = f.Grade, f.Unit, f.Supplier, f.Active
}

// made is what is kept of an effect for a replay.
type made struct {
	ID id.ID `json:"id"`
}

// Add puts a material into the catalogue, under a code of its own (D1). Errors: input.invalid;
// material.exists.
func (s *Service) Add(ctx context.Context, who actor.Actor, key once.Key, f Form) (m model.Material, replayed bool, err error) {
	if err := f.check(); err != nil {
		return m, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		var done made
		done, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			fresh := model.Material{ID: id.New()}
			f.fill(&fresh)
			if fresh.Code, err = crypt.Code(model.CodeKind, s.entropy); err != nil {
				return made{}, err
			}
			if err := model.AddTx(ctx, tx, &fresh); err != nil {
				return made{}, taken(err, errKnown)
			}
			return made{fresh.ID}, record(ctx, tx, who, "material.added", fresh.ID)
		})
		if err != nil {
			return err
		}
		m, err = model.ByID(ctx, tx, done.ID)
		return err
	})
	return m, replayed, err
}

// Change replaces what the catalogue says of a material. Errors: not_found; input.invalid;
// material.exists.
func (s *Service) Change(ctx context.Context, who actor.Actor, material id.ID, f Form) (m model.Material, err error) {
	if err := f.check(); err != nil {
		return m, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		if m, err = model.LockTx(ctx, tx, material); err != nil {
			return err
		}
		f.fill(&m)
		if err := model.SaveTx(ctx, tx, &m); err != nil {
			return taken(err, errKnown)
		}
		return record(ctx, tx, who, "material.changed", m.ID)
	})
	return m, err
}

func taken(err error, instead error) error {
	if db.Duplicate(err) {
		return instead
	}
	return err
}

func record(ctx context.Context, tx *db.Tx, who actor.Actor, action string, material id.ID) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: action, Kind: "material", Subject: material})
}

// List reads the catalogue, newest first.
func (s *Service) List(ctx context.Context, f model.Filter, p db.Page) ([]model.Material, db.Cursor, error) {
	return model.List(ctx, s.j.DB, f, p)
}

// Get reads a material with its documents. Errors: not_found.
func (s *Service) Get(ctx context.Context, material id.ID) (Sheet, error) {
	m, err := model.ByID(ctx, s.j.DB, material)
	if err != nil {
		return Sheet{}, err
	}
	return s.sheet(ctx, m, model.Batch{}, false)
}

// NewBatch is what is known of a batch when it comes in. Days may be empty.
type NewBatch struct {
	BatchNo    string
	ProducedOn clock.Day
	ReceivedOn clock.Day
	Quantity   int64
}

func (b *NewBatch) check() error {
	b.BatchNo = wording.Trim(b.BatchNo)
	if len(b.BatchNo) < 1 || len(b.BatchNo) > 60 {
		return fault.Broken("body.batch_no", "length", "批次号须为 1 到 60 个字节。", "The batch number has 1 to 60 bytes.")
	}
	if err := wording.CheckCharacters("body.batch_no", b.BatchNo); err != nil {
		return err
	}
	if b.Quantity < 0 || b.Quantity > maxQuantity {
		return fault.Broken("body.quantity", "out_of_range", "数量须在 0 到一百万之间。", "The quantity lies between 0 and a million.")
	}
	for _, d := range []struct {
		day clock.Day
		at  string
	}{{b.ProducedOn, "produced_on"}, {b.ReceivedOn, "received_on"}} {
		if err := day("body."+d.at, d.day); err != nil {
			return err
		}
	}
	if !b.ProducedOn.IsZero() && !b.ReceivedOn.IsZero() && b.ReceivedOn < b.ProducedOn {
		return fault.Broken("body.received_on", "before_production", "到货日期不能早于生产日期。", "The batch cannot arrive before it was made.")
	}
	return nil
}

const maxQuantity = 1_000_000

// day refuses what is neither empty nor a calendar day.
func day(at string, d clock.Day) error {
	if d.IsZero() {
		return nil
	}
	if _, err := clock.ParseDay(string(d)); err != nil {
		return fault.Broken(at, "malformed", "日期须为有效的 YYYY-MM-DD。", "It is a calendar day, YYYY-MM-DD.")
	}
	return nil
}

// AddBatch takes in a batch of a material, under a label of its own (D1). Errors: not_found;
// input.invalid; material.batch_exists.
func (s *Service) AddBatch(ctx context.Context, who actor.Actor, key once.Key, material id.ID, in NewBatch) (b model.Batch, replayed bool, err error) {
	if err := in.check(); err != nil {
		return b, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		var done made
		done, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			if _, err := model.LockTx(ctx, tx, material); err != nil {
				return made{}, err
			}
			fresh := model.Batch{ID: id.New(), MaterialID: material, BatchNo: in.BatchNo, ProducedOn: in.ProducedOn, ReceivedOn: in.ReceivedOn, Quantity: in.Quantity}
			if fresh.Code, err = crypt.Code(model.BatchCodeKind, s.entropy); err != nil {
				return made{}, err
			}
			if err := model.AddBatchTx(ctx, tx, &fresh); err != nil {
				return made{}, taken(err, errBatchKnown)
			}
			return made{fresh.ID}, record(ctx, tx, who, "material.batch_added", material)
		})
		if err != nil {
			return err
		}
		b, err = model.BatchByID(ctx, tx, done.ID)
		return err
	})
	return b, replayed, err
}

// Batches lists the batches of a material, newest first. Errors: not_found.
func (s *Service) Batches(ctx context.Context, material id.ID, p db.Page) ([]model.Batch, db.Cursor, error) {
	if _, err := model.ByID(ctx, s.j.DB, material); err != nil {
		return nil, db.Cursor{}, err
	}
	return model.Batches(ctx, s.j.DB, material, p)
}
