package identity

import (
	"context"
	"fmt"
	"strings"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
)

// Stores keeps the company's stores and regions. Who may change them is the router's business.
type Stores struct{ db *db.DB }

// NewStores returns the stores over a store of data.
func NewStores(d *db.DB) *Stores { return &Stores{db: d} }

// StoreForm is what is said of a store.
type StoreForm struct {
	Name     string
	City     string
	RegionID id.ID
	Address  string
	Phone    string
	Open     bool
}

// made is what is kept of an effect for a replay.
type made struct {
	ID id.ID `json:"id"`
}

// Create adds a store. Errors: store.name_taken, input.invalid.
func (s *Stores) Create(ctx context.Context, who actor.Actor, key once.Key, in StoreForm) (row identity.Store, replayed bool, err error) {
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		var m made
		m, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			fresh := identity.Store{
				ID: id.New(), Name: strings.TrimSpace(in.Name), City: strings.TrimSpace(in.City), RegionID: in.RegionID,
				Address: in.Address, Phone: in.Phone, Open: in.Open, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1,
			}
			return made{fresh.ID}, s.insert(ctx, tx, who, &fresh)
		})
		if err != nil {
			return err
		}
		row, err = identity.StoreByID(ctx, tx, m.ID)
		return err
	})
	return row, replayed, err
}

func (s *Stores) insert(ctx context.Context, tx *db.Tx, who actor.Actor, row *identity.Store) error {
	if err := checkRegion(ctx, tx, row.RegionID); err != nil {
		return err
	}
	if err := identity.InsertStore(ctx, tx, row); err != nil {
		return duplicateAs(err, errStoreName, "add a store")
	}
	return recordStore(ctx, tx, who, "store.created", row.ID)
}

func duplicateAs(err, instead error, doing string) error {
	if db.Duplicate(err) {
		return instead
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func checkRegion(ctx context.Context, r db.Reader, region id.ID) error {
	if region.IsZero() {
		return nil
	}
	if _, err := identity.RegionByID(ctx, r, region); err != nil {
		return missingAs(err, fault.Broken("body.region_id", "unknown", "没有这个区域。", "There is no such region."), "find a region")
	}
	return nil
}

func recordStore(ctx context.Context, tx *db.Tx, who actor.Actor, action string, store id.ID) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: action, Kind: "store", Subject: store})
}

// Update changes all that is said of a store. Errors: not_found, store.name_taken, input.invalid.
func (s *Stores) Update(ctx context.Context, who actor.Actor, store id.ID, in StoreForm) (row identity.Store, err error) {
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := identity.LockStore(ctx, tx, store); err != nil {
			return missingAs(err, fault.Missing(), "lock a store")
		}
		if err := checkRegion(ctx, tx, in.RegionID); err != nil {
			return err
		}
		err := identity.ChangeStore(ctx, tx, store, map[string]any{
			"name": strings.TrimSpace(in.Name), "city": strings.TrimSpace(in.City), "region_id": in.RegionID,
			"address": in.Address, "phone": in.Phone, "open": in.Open,
		})
		if err != nil {
			return duplicateAs(err, errStoreName, "change a store")
		}
		if err := recordStore(ctx, tx, who, "store.changed", store); err != nil {
			return err
		}
		row, err = identity.StoreByID(ctx, tx, store)
		return err
	})
	return row, err
}

// List lists the stores for everybody, the latest first; closed ones only when asked for.
func (s *Stores) List(ctx context.Context, closedToo bool, p db.Page) ([]identity.Store, db.Cursor, error) {
	return identity.ListStores(ctx, s.db, !closedToo, p)
}

// CreateRegion adds a region. Errors: region.name_taken.
func (s *Stores) CreateRegion(ctx context.Context, who actor.Actor, key once.Key, name string) (row identity.Region, replayed bool, err error) {
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		var m made
		m, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			fresh := identity.Region{ID: id.New(), Name: strings.TrimSpace(name), CreatedAt: tx.Now, Version: 1}
			if err := identity.InsertRegion(ctx, tx, &fresh); err != nil {
				return made{}, duplicateAs(err, errRegionName, "add a region")
			}
			return made{fresh.ID}, audit.RecordTx(ctx, tx, who, audit.Entry{Action: "region.created", Kind: "region", Subject: fresh.ID})
		})
		if err != nil {
			return err
		}
		row, err = identity.RegionByID(ctx, tx, m.ID)
		return err
	})
	return row, replayed, err
}

// Regions lists every region by its name.
func (s *Stores) Regions(ctx context.Context) ([]identity.Region, error) {
	return identity.ListRegions(ctx, s.db)
}
