package material

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// The first letters of the codes that people scan: of a material in the catalogue, and of a batch.
const (
	CodeKind      = 'M'
	BatchCodeKind = 'B'
)

// Material is a line of the catalogue (D1). Brand, name, model and grade together name it once.
type Material struct {
	ID        id.ID `gorm:"primaryKey"`
	Code      string
	Name      string
	Brand     string
	Category  string
	Model     string
	Grade     string // such as E0 or ENF: what a specification is compared by
	Unit      string
	Supplier  string // staff only
	Active    bool   // may enter new specifications
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// TableName is the catalogue's table.
func (Material) TableName() string { return "materials" }

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Material{}, Batch{}, Document{}, Specification{}, Line{}, Change{}, Install{}, Recall{}}
}

// AddTx keeps a new material. One of the same brand, name, model and grade, or of the same code, is
// db.Duplicate.
func AddTx(ctx context.Context, tx *db.Tx, m *Material) error {
	m.Version, m.CreatedAt, m.UpdatedAt = 1, tx.Now, tx.Now
	return db.Insert(ctx, tx, m)
}

// SaveTx replaces what the catalogue says of a material; its code stays. Errors: db.Duplicate as AddTx.
func SaveTx(ctx context.Context, tx *db.Tx, m *Material) error {
	m.Version++
	m.UpdatedAt = tx.Now
	return tx.Conn(ctx).Model(&Material{}).Where("id = ?", m.ID).UpdateColumns(map[string]any{
		"name": m.Name, "brand": m.Brand, "category": m.Category, "model": m.Model, "grade": m.Grade, "unit": m.Unit,
		"supplier": m.Supplier, "active": m.Active, "version": m.Version, "updated_at": m.UpdatedAt,
	}).Error
}

// ByID reads a material. Errors: not_found.
func ByID(ctx context.Context, r db.Reader, material id.ID) (Material, error) {
	var m Material
	err := r.Conn(ctx).Where("id = ?", material).Take(&m).Error
	return m, db.OrMissing(err, "read material")
}

// LockTx is ByID with the row locked: batches and documents of a material change under it.
func LockTx(ctx context.Context, tx *db.Tx, material id.ID) (Material, error) {
	var m Material
	err := tx.Lock(ctx).Where("id = ?", material).Take(&m).Error
	return m, db.OrMissing(err, "lock material")
}

// ByCode reads a material by its code. Errors: not_found.
func ByCode(ctx context.Context, r db.Reader, code string) (Material, error) {
	var m Material
	err := r.Conn(ctx).Where("code = ?", code).Take(&m).Error
	return m, db.OrMissing(err, "read material by code")
}

// ByIDs reads several materials in one statement.
func ByIDs(ctx context.Context, r db.Reader, materials []id.ID) (map[id.ID]Material, error) {
	of := make(map[id.ID]Material, len(materials))
	if len(materials) == 0 {
		return of, nil
	}
	var rows []Material
	if err := r.Conn(ctx).Where("id IN ?", materials).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read materials: %w", err)
	}
	for _, m := range rows {
		of[m.ID] = m
	}
	return of, nil
}

// Filter narrows the catalogue; zero fields narrow nothing.
type Filter struct {
	Category   string
	ActiveOnly bool
}

// List reads the catalogue, newest first.
func List(ctx context.Context, r db.Reader, f Filter, p db.Page) ([]Material, db.Cursor, error) {
	q := r.Conn(ctx).Model(&Material{})
	if f.Category != "" {
		q = q.Where("category = ?", f.Category)
	}
	if f.ActiveOnly {
		q = q.Where("active = ?", true)
	}
	var rows []Material
	if err := p.Newest(q, "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list materials: %w", err)
	}
	rows, next := db.Cut(p, rows, func(m Material) db.Cursor { return db.Cursor{At: m.CreatedAt, ID: m.ID} })
	return rows, next, nil
}

// BatchState is where a batch stands.
type BatchState string

// The states of a batch.
const (
	BatchGood     BatchState = "good"
	BatchRecalled BatchState = "recalled"
)

// Batch is one production of a material, with a label of its own to scan (D1, D6).
type Batch struct {
	ID         id.ID `gorm:"primaryKey"`
	MaterialID id.ID
	Code       string
	BatchNo    string // the maker's
	ProducedOn clock.Day
	ReceivedOn clock.Day
	Quantity   int64 // in the material's unit; 0 when it was not counted
	State      BatchState
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// TableName is the batches' table.
func (Batch) TableName() string { return "material_batches" }

// AddBatchTx keeps a new batch. A second one of the same number, or code, is db.Duplicate.
func AddBatchTx(ctx context.Context, tx *db.Tx, b *Batch) error {
	b.State, b.Version, b.CreatedAt, b.UpdatedAt = BatchGood, 1, tx.Now, tx.Now
	return db.Insert(ctx, tx, b)
}

// BatchByID reads a batch. Errors: not_found.
func BatchByID(ctx context.Context, r db.Reader, batch id.ID) (Batch, error) {
	var b Batch
	err := r.Conn(ctx).Where("id = ?", batch).Take(&b).Error
	return b, db.OrMissing(err, "read batch")
}

// BatchByCode reads a batch by its label. Errors: not_found.
func BatchByCode(ctx context.Context, r db.Reader, code string) (Batch, error) {
	var b Batch
	err := r.Conn(ctx).Where("code = ?", code).Take(&b).Error
	return b, db.OrMissing(err, "read batch by code")
}

// LockBatchTx is BatchByID with the row locked, so that an installation and a recall of the batch come
// one after the other.
func LockBatchTx(ctx context.Context, tx *db.Tx, batch id.ID) (Batch, error) {
	var b Batch
	err := tx.Lock(ctx).Where("id = ?", batch).Take(&b).Error
	return b, db.OrMissing(err, "lock batch")
}

// BatchesByIDs reads several batches in one statement.
func BatchesByIDs(ctx context.Context, r db.Reader, batches []id.ID) (map[id.ID]Batch, error) {
	of := make(map[id.ID]Batch, len(batches))
	if len(batches) == 0 {
		return of, nil
	}
	var rows []Batch
	if err := r.Conn(ctx).Where("id IN ?", batches).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	for _, b := range rows {
		of[b.ID] = b
	}
	return of, nil
}

// Batches lists the batches of a material, newest first.
func Batches(ctx context.Context, r db.Reader, material id.ID, p db.Page) ([]Batch, db.Cursor, error) {
	var rows []Batch
	q := r.Conn(ctx).Where("material_id = ?", material)
	if err := p.Newest(q, "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list batches: %w", err)
	}
	rows, next := db.Cut(p, rows, func(b Batch) db.Cursor { return db.Cursor{At: b.CreatedAt, ID: b.ID} })
	return rows, next, nil
}
