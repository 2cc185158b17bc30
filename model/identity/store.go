package identity

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// Region is a group of stores under one head.
type Region struct {
	ID        id.ID `gorm:"primaryKey"`
	Name      string
	CreatedAt time.Time
	Version   int64
}

// TableName is the regions' table.
func (Region) TableName() string { return "regions" }

// Store is a shop of the company. What it holds is public.
type Store struct {
	ID        id.ID `gorm:"primaryKey"`
	Name      string
	City      string
	RegionID  id.ID // none when the store belongs to no region
	Address   string
	Phone     string // the shop's line, as people dial it
	Open      bool   // receives customers; a closed one keeps its projects
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

// TableName is the stores' table.
func (Store) TableName() string { return "stores" }

// InsertRegion adds a region. A clash of the name is db.Duplicate.
func InsertRegion(ctx context.Context, tx *db.Tx, r *Region) error { return db.Insert(ctx, tx, r) }

// RegionByID finds a region; db.Missing otherwise.
func RegionByID(ctx context.Context, r db.Reader, region id.ID) (Region, error) {
	var row Region
	err := r.Conn(ctx).Where("id = ?", region).Take(&row).Error
	return row, err
}

// ListRegions lists every region by its name. There are few.
func ListRegions(ctx context.Context, r db.Reader) ([]Region, error) {
	var rows []Region
	if err := r.Conn(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list regions: %w", err)
	}
	return rows, nil
}

// InsertStore adds a store. A clash of the name is db.Duplicate.
func InsertStore(ctx context.Context, tx *db.Tx, s *Store) error { return db.Insert(ctx, tx, s) }

// StoreByID finds a store; db.Missing otherwise.
func StoreByID(ctx context.Context, r db.Reader, store id.ID) (Store, error) {
	var row Store
	err := r.Conn(ctx).Where("id = ?", store).Take(&row).Error
	return row, err
}

// StoresByIDs finds stores by their ids, for the views of other rows; ids of none are left out.
func StoresByIDs(ctx context.Context, r db.Reader, ids []id.ID) (map[id.ID]Store, error) {
	found := make(map[id.ID]Store, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []Store
	if err := r.Conn(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("stores by ids: %w", err)
	}
	for _, s := range rows {
		found[s.ID] = s
	}
	return found, nil
}

// LockStore finds a store and keeps it locked until the transaction ends; db.Missing otherwise.
func LockStore(ctx context.Context, tx *db.Tx, store id.ID) (Store, error) {
	var row Store
	err := tx.Lock(ctx).Where("id = ?", store).Take(&row).Error
	return row, err
}

// ListStores lists stores, the latest first; only those that are open when openOnly is set.
func ListStores(ctx context.Context, r db.Reader, openOnly bool, p db.Page) ([]Store, db.Cursor, error) {
	q := r.Conn(ctx)
	if openOnly {
		q = q.Where("open = ?", true)
	}
	var rows []Store
	if err := p.Newest(q, "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list stores: %w", err)
	}
	rows, next := db.Cut(p, rows, func(s Store) db.Cursor { return db.Cursor{At: s.CreatedAt, ID: s.ID} })
	return rows, next, nil
}

// ChangeStore writes the named columns of a store and raises the version. The row must have been
// locked in tx. A clash of the name is db.Duplicate.
func ChangeStore(ctx context.Context, tx *db.Tx, store id.ID, columns map[string]any) error {
	columns["updated_at"] = tx.Now
	columns["version"] = gorm.Expr("version + 1")
	return tx.Conn(ctx).Model(&Store{}).Where("id = ?", store).UpdateColumns(columns).Error
}
