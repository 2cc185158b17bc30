package level

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Change is a line of the history of a member's level: N counts a member's changes from 1 on, From of one is To
// of the one before (I13). At is when it took effect, NotedAt when it was written down.
type Change struct {
	CustomerID id.ID `gorm:"primaryKey"`
	N          int64 `gorm:"primaryKey;autoIncrement:false"`
	ID         id.ID
	FromLevel  string
	ToLevel    string
	Growth     int64 // the growth value by which it was decided
	Why        Why
	ReasonZH   string
	ReasonEN   string
	RulesN     int64
	At         time.Time
	NotedAt    time.Time
}

// TableName is the changes' table.
func (Change) TableName() string { return "level_changes" }

// LastChanges reads how many changes each member has had; who had none is not in the map.
func LastChanges(ctx context.Context, r db.Reader, customers []id.ID) (map[id.ID]int64, error) {
	var rows []struct {
		CustomerID id.ID
		N          int64
	}
	err := r.Conn(ctx).Model(&Change{}).Where("customer_id IN ?", customers).Group("customer_id").
		Select("customer_id, MAX(n) AS n").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count level changes: %w", err)
	}
	last := make(map[id.ID]int64, len(rows))
	for _, row := range rows {
		last[row.CustomerID] = row.N
	}
	return last, nil
}

// AddChangesTx keeps changes.
func AddChangesTx(ctx context.Context, tx *db.Tx, rows []Change) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).CreateInBatches(&rows, stride).Error; err != nil {
		return fmt.Errorf("keep level changes: %w", err)
	}
	return nil
}

// Changes lists the changes of a member's level, newest first.
func Changes(ctx context.Context, r db.Reader, customer id.ID, p db.Page) ([]Change, db.Cursor, error) {
	q := r.Conn(ctx).Where("customer_id = ?", customer)
	if !p.After.IsZero() {
		q = q.Where("n < (SELECT n FROM level_changes WHERE customer_id = ? AND id = ?)", customer, p.After.ID)
	}
	var rows []Change
	if err := q.Order("n DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("read level changes: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Change) db.Cursor { return db.Cursor{At: c.At, ID: c.ID} })
	return rows, next, nil
}

// ChangeByID reads one change of a member's. Errors: not_found.
func ChangeByID(ctx context.Context, r db.Reader, customer, change id.ID) (Change, error) {
	var c Change
	err := r.Conn(ctx).Where("id = ? AND customer_id = ?", change, customer).Take(&c).Error
	return c, db.OrMissing(err, "read level change")
}

// InheritTx brings the history of one record of a customer to another that has none, since both are one person;
// of two histories that of the record which stays remains. membership.MergeTx comes before.
func InheritTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	last, err := LastChanges(ctx, tx, []id.ID{from, to})
	if err != nil || last[to] > 0 || last[from] == 0 {
		return err
	}
	var level string
	err = tx.Conn(ctx).Table("members").Select("level").Where("customer_id = ?", to).Scan(&level).Error
	if err != nil {
		return fmt.Errorf("read inherited level: %w", err)
	}
	var newest Change
	if err := tx.Conn(ctx).Where("customer_id = ? AND n = ?", from, last[from]).Take(&newest).Error; err != nil {
		return fmt.Errorf("read inherited history: %w", err)
	}
	if newest.ToLevel != level {
		return nil
	}
	if err := tx.Conn(ctx).Model(&Change{}).Where("customer_id = ?", from).UpdateColumn("customer_id", to).Error; err != nil {
		return fmt.Errorf("move level changes: %w", err)
	}
	return nil
}
