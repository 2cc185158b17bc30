package supervisor

import (
	"context"
	"fmt"
	"slices"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project/supervisor"
	"guike/service/project"
)

// maxFeeFen bounds a fee at ten thousand million yuan; maxCities how many cities one person serves.
const (
	maxFeeFen = 1_000_000_000_000
	maxCities = 20
)

// Form is what staff say of a third-party supervisor (C12). Version is the one that the
// caller has read, on a change.
type Form struct {
	Name, Company, Certificate, Introduction string
	Phone                                    string
	Cities                                   []string
	FeeFen                                   int64
	FeePer                                   model.FeePer
	Active                                   bool
	Version                                  int64
}

// Supervisor is an entry of the directory with the phone in full; whoever shows it to customers masks
// it.
type Supervisor struct {
	model.Supervisor
	Phone  string
	Cities []string
}

// Result is what a new entry leaves behind under its key.
type Result struct {
	SupervisorID id.ID `json:"supervisor_id"`
}

func (f *Form) check() error {
	for _, t := range []struct {
		at    string
		text  *string
		least int
		most  int
	}{
		{"body.name", &f.Name, 1, 60},
		{"body.company", &f.Company, 1, 100},
		{"body.certificate", &f.Certificate, 1, 100},
		{"body.introduction", &f.Introduction, 0, 1000},
	} {
		if err := project.CheckLength(t.at, t.text, t.least, t.most); err != nil {
			return err
		}
	}
	phone, err := crypt.NormalPhone(f.Phone)
	if err != nil {
		return fault.Broken("body.phone", "malformed", "请填写 11 位手机号。", "This is no mainland mobile number.")
	}
	f.Phone = phone
	if !f.FeePer.Valid() {
		return fault.Broken("body.fee_per", "unknown", "费用须按项目或按月。", "The fee is per project or per month.")
	}
	if f.FeeFen < 0 || f.FeeFen > maxFeeFen {
		return fault.Broken("body.fee_fen", "out_of_range", "费用超出范围。", "The fee is out of range.")
	}
	return f.checkCities()
}

func (f *Form) checkCities() error {
	if n := len(f.Cities); n < 1 || n > maxCities {
		return fault.Broken("body.cities", "length", "服务城市须为 1 到 20 个。", "There are 1 to 20 cities.")
	}
	for i := range f.Cities {
		at := fmt.Sprintf("body.cities[%d]", i)
		if err := project.CheckLength(at, &f.Cities[i], 1, 32); err != nil {
			return err
		}
		if slices.Contains(f.Cities[:i], f.Cities[i]) {
			return fault.Broken(at, "repeated", "城市重复。", "A city is named twice.")
		}
	}
	return nil
}

func (s *Service) fill(row *model.Supervisor, f Form) (err error) {
	row.Name, row.Company, row.Certificate, row.Introduction = f.Name, f.Company, f.Certificate, f.Introduction
	row.FeeFen, row.FeePer, row.Active = f.FeeFen, f.FeePer, f.Active
	if row.PhoneEnc, err = s.box.Seal(model.PhoneField, f.Phone); err != nil {
		return fmt.Errorf("seal phone of supervisor: %w", err)
	}
	return nil
}

// Add adds an entry to the directory, once by key; the actor's store looks after it. Errors:
// input.invalid.
func (s *Service) Add(ctx context.Context, who actor.Actor, in Form, key once.Key) (r Result, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	row := model.Supervisor{ID: id.New(), StoreID: who.StoreID, CreatedBy: who.ID}
	if err := s.fill(&row, in); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, key, func() (Result, error) {
			if err := model.AddTx(ctx, tx, &row, in.Cities); err != nil {
				return Result{}, err
			}
			return Result{row.ID}, recordTx(ctx, tx, who, "supervisor.added", row)
		})
		return err
	})
	return r, replayed, err
}

// Change replaces what is said of a supervisor. Choices that were made keep their fee.
// Errors: not_found; supervisor.not_yours; supervisor.changed; input.invalid.
func (s *Service) Change(ctx context.Context, who actor.Actor, supervisor id.ID, in Form) (Supervisor, error) {
	if err := in.check(); err != nil {
		return Supervisor{}, err
	}
	err := s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		row, err := model.LockTx(ctx, tx, supervisor)
		if err != nil {
			return err
		}
		if err := Managed(ctx, tx, who, row); err != nil {
			return err
		}
		if row.Version != in.Version {
			return errChanged
		}
		if err := s.fill(&row, in); err != nil {
			return err
		}
		if err := model.ChangeTx(ctx, tx, &row, in.Cities); err != nil {
			return err
		}
		return recordTx(ctx, tx, who, "supervisor.changed", row)
	})
	if err != nil {
		return Supervisor{}, err
	}
	return s.Get(ctx, supervisor)
}

// Managed refuses whoever does not look after an entry of the directory. Errors: supervisor.not_yours.
func Managed(ctx context.Context, r db.Reader, who actor.Actor, row model.Supervisor) error {
	mine, err := model.MayManage(ctx, r, who, row)
	if err == nil && !mine {
		err = errNotManaged
	}
	return err
}

func recordTx(ctx context.Context, tx *db.Tx, who actor.Actor, action string, row model.Supervisor) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: action, Kind: "supervisor", Subject: row.ID, Detail: map[string]any{"fee_fen": row.FeeFen, "fee_per": row.FeePer, "active": row.Active},
	})
}

// Get reads an entry of the directory. Errors: not_found.
func (s *Service) Get(ctx context.Context, supervisor id.ID) (Supervisor, error) {
	row, err := model.ByID(ctx, s.j.DB, supervisor)
	if err != nil {
		return Supervisor{}, err
	}
	items, err := s.entries(ctx, []model.Supervisor{row})
	if err != nil {
		return Supervisor{}, err
	}
	return items[0], nil
}

// List reads a page of the directory, the latest first. Customers are shown those who may be
// chosen.
func (s *Service) List(ctx context.Context, who actor.Actor, d model.Directory, p db.Page) ([]Supervisor, db.Cursor, error) {
	d.Active = d.Active || who.Kind != actor.Staff
	rows, next, err := model.List(ctx, s.j.DB, d, p)
	if err != nil {
		return nil, next, err
	}
	items, err := s.entries(ctx, rows)
	return items, next, err
}

func (s *Service) entries(ctx context.Context, rows []model.Supervisor) ([]Supervisor, error) {
	ids := make([]id.ID, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	cities, err := model.CitiesOf(ctx, s.j.DB, ids)
	if err != nil {
		return nil, err
	}
	items := make([]Supervisor, 0, len(rows))
	for _, r := range rows {
		phone, err := s.box.Open(model.PhoneField, r.PhoneEnc)
		if err != nil {
			return nil, fmt.Errorf("phone of supervisor %s: %w", r.ID, err)
		}
		items = append(items, Supervisor{r, phone, cities[r.ID]})
	}
	return items, nil
}
