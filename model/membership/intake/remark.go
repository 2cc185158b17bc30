package intake

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Severity says what a remark means for its line.
type Severity string

// The severities: a line with a fault is not imported; a note is for information.
const (
	Fault Severity = "fault"
	Note  Severity = "note"
)

// Remark is something that was found in a file: where, a stable code, and a sentence. It never repeats
// what the cell holds. Kind is empty when it is about the file, Row 0 when about a sheet as a whole.
type Remark struct {
	RunID    id.ID `gorm:"primaryKey"`
	ID       id.ID `gorm:"primaryKey"`
	Severity Severity
	Kind     Kind
	Row      int64  `gorm:"column:row_no"`
	Column   string `gorm:"column:col"` // "C"
	Field    string // "phone"
	Code     string
	TextZH   string `gorm:"column:text_zh"`
	TextEN   string `gorm:"column:text_en"`
	At       time.Time
}

// TableName is the remarks' table.
func (Remark) TableName() string { return "import_remarks" }

// AddRemarksTx keeps what was found, in this order.
func AddRemarksTx(ctx context.Context, tx *db.Tx, run id.ID, remarks []Remark) error {
	rows := make([]Remark, 0, len(remarks))
	for _, r := range remarks {
		r.RunID, r.ID, r.At = run, id.New(), tx.Now
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).CreateInBatches(&rows, batch).Error; err != nil {
		return fmt.Errorf("keep remarks: %w", err)
	}
	return nil
}

// DropRemarksTx forgets what an earlier look at a run's file found, at most n remarks, and tells how many
// it forgot.
func DropRemarksTx(ctx context.Context, tx *db.Tx, run id.ID, n int) (int64, error) {
	var old []id.ID
	err := tx.Conn(ctx).Model(&Remark{}).Where("run_id = ?", run).Order("id").Limit(n).Pluck("id", &old).Error
	if err != nil || len(old) == 0 {
		return 0, err
	}
	gone := tx.Conn(ctx).Where("run_id = ? AND id IN ?", run, old).Delete(&Remark{})
	return gone.RowsAffected, gone.Error
}

// ListRemarks lists what was found in a run's file, in the order of the file; only those of a severity
// unless it is empty.
func ListRemarks(ctx context.Context, r db.Reader, run id.ID, only Severity, p db.Page) ([]Remark, db.Cursor, error) {
	q := r.Conn(ctx).Where("run_id = ?", run)
	if only != "" {
		q = q.Where("severity = ?", only)
	}
	if !p.After.IsZero() {
		q = q.Where("id > ?", p.After.ID)
	}
	var rows []Remark
	if err := q.Order("id").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list remarks: %w", err)
	}
	rows, next := db.Cut(p, rows, func(r Remark) db.Cursor { return db.Cursor{At: r.At, ID: r.ID} })
	return rows, next, nil
}
