// Package delivery keeps what is delivered to a home: batches with their own dates, shipments with the
// carriers' events, and how far production is as the ERP tells it. Every change locks the project's row
// first.
package delivery

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// The kinds of timeline entry that deliveries write.
const (
	EntryPlanned     project.EntryKind = "delivery_planned"     // a batch was promised
	EntryRescheduled project.EntryKind = "delivery_rescheduled" // with the reason (C16)
	EntryDelivery    project.EntryKind = "delivery"             // a batch was shipped, or arrived (C15)
	EntryReceived    project.EntryKind = "delivery_received"    // somebody on site confirmed it
	EntryDropped     project.EntryKind = "delivery_cancelled"   // a batch will not come
	EntryProduction  project.EntryKind = "production"           // the ERP reached the next word (C9)
)

// BatchState is where a batch stands.
type BatchState string

// The states of a batch, in their order; Cancelled stands aside.
const (
	Planned      BatchState = "planned"
	InProduction BatchState = "in_production"
	Shipped      BatchState = "shipped"
	Arrived      BatchState = "arrived"
	Received     BatchState = "received"
	Cancelled    BatchState = "cancelled"
)

// Rank orders the states: a batch never goes to a lower one by hand.
func (s BatchState) Rank() int {
	for rank, state := range []BatchState{Planned, InProduction, Shipped, Arrived, Received, Cancelled} {
		if s == state {
			return rank
		}
	}
	return -1
}

// Open tells that the batch is still awaited on site.
func (s BatchState) Open() bool { return s.Rank() >= 0 && s.Rank() < Arrived.Rank() }

// Ended tells that nothing about the batch changes any more.
func (s BatchState) Ended() bool { return s == Received || s == Cancelled }

// Batch is a part of an order that is delivered by itself (C16): wardrobes first, accessories later.
// State is the farther one of what was set by hand and what its shipments say. AlarmOn is the promised
// day while the job is still to look whether it was kept.
type Batch struct {
	ProjectID       id.ID `gorm:"primaryKey"`
	ID              id.ID `gorm:"primaryKey"`
	Seq             int   // 1 is the first batch of the project
	Name            string
	PhaseID         id.ID // the part of the plan that it belongs to, if one is named
	Priority        int   // 1 comes first, 9 last
	State           BatchState
	HandState       BatchState
	PromisedOn      clock.Day
	FirstPromisedOn clock.Day
	AlarmOn         clock.Day
	ShippedAt       *time.Time
	ArrivedAt       *time.Time
	HandShippedAt   *time.Time
	HandArrivedAt   *time.Time
	ToldShipped     bool // the timeline says so
	ToldArrived     bool
	ReceivedAt      *time.Time
	ReceivedKind    actor.Kind // customer or staff
	ReceivedBy      id.ID
	ReceivedNote    string
	CancelledAt     *time.Time
	CancelReason    string
	CreatedAt       time.Time
	CreatedBy       id.ID
	UpdatedAt       time.Time
	Version         int64
}

// TableName is the batches' table.
func (Batch) TableName() string { return "delivery_batches" }

// Item is something that a batch holds. Missing is how many of it were not there on receipt.
type Item struct {
	ProjectID id.ID `gorm:"primaryKey"`
	BatchID   id.ID `gorm:"primaryKey"`
	Seq       int   `gorm:"primaryKey;autoIncrement:false"`
	Name      string
	Quantity  int64
	Room      string
	Missing   int64
	Shortage  string // what is wrong, in words
}

// TableName is the items' table.
func (Item) TableName() string { return "delivery_items" }

// Reschedule is a change of a promised day with its reason. Rows are inserted and read, never changed.
type Reschedule struct {
	ProjectID id.ID `gorm:"primaryKey"`
	BatchID   id.ID `gorm:"primaryKey"`
	ID        id.ID `gorm:"primaryKey"`
	FromOn    clock.Day
	ToOn      clock.Day
	Reason    string
	ByID      id.ID
	ByName    string
	At        time.Time
}

// TableName is the table of changes of promised days.
func (Reschedule) TableName() string { return "delivery_reschedules" }

// Photo is a picture that was taken on receipt.
type Photo struct {
	ProjectID id.ID `gorm:"primaryKey"`
	BatchID   id.ID `gorm:"primaryKey"`
	Seq       int   `gorm:"primaryKey;autoIncrement:false"`
	FileID    id.ID
}

// TableName is the table of pictures taken on receipt.
func (Photo) TableName() string { return "delivery_photos" }

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Batch{}, Item{}, Reschedule{}, Photo{}, Shipment{}, Event{}, Message{}, Production{}}
}

// AddBatchTx keeps a new batch under the next number of its project, whose row is locked.
func AddBatchTx(ctx context.Context, tx *db.Tx, b *Batch) error {
	var last int
	err := tx.Conn(ctx).Model(&Batch{}).Where("project_id = ?", b.ProjectID).Select("COALESCE(MAX(seq), 0)").Scan(&last).Error
	if err != nil {
		return fmt.Errorf("number delivery batch: %w", err)
	}
	b.Seq, b.Version, b.CreatedAt, b.UpdatedAt = last+1, 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, b); err != nil {
		return fmt.Errorf("keep delivery batch: %w", err)
	}
	return nil
}

// SaveBatchTx writes everything that can change about a batch; its version grows by one.
func SaveBatchTx(ctx context.Context, tx *db.Tx, b *Batch) error {
	b.Version++
	b.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Batch{}).Where("project_id = ? AND id = ?", b.ProjectID, b.ID).UpdateColumns(map[string]any{
		"priority": b.Priority, "state": b.State, "hand_state": b.HandState, "promised_on": b.PromisedOn, "alarm_on": b.AlarmOn,
		"shipped_at": b.ShippedAt, "arrived_at": b.ArrivedAt, "hand_shipped_at": b.HandShippedAt, "hand_arrived_at": b.HandArrivedAt,
		"told_shipped": b.ToldShipped, "told_arrived": b.ToldArrived,
		"received_at": b.ReceivedAt, "received_kind": b.ReceivedKind, "received_by": b.ReceivedBy, "received_note": b.ReceivedNote,
		"cancelled_at": b.CancelledAt, "cancel_reason": b.CancelReason, "version": b.Version, "updated_at": b.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save delivery batch: %w", err)
	}
	return nil
}

// BatchByID finds a batch by its id alone. Errors: not_found.
func BatchByID(ctx context.Context, r db.Reader, batch id.ID) (Batch, error) {
	var b Batch
	err := r.Conn(ctx).Where("id = ?", batch).Take(&b).Error
	return b, db.OrMissing(err, "read delivery batch")
}

// Batches reads a project's batches in the order in which they are wanted: by priority, promised day
// and number.
func Batches(ctx context.Context, r db.Reader, projectID id.ID) ([]Batch, error) {
	var rows []Batch
	err := r.Conn(ctx).Where("project_id = ?", projectID).Order("priority, promised_on, seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read delivery batches: %w", err)
	}
	return rows, nil
}

// Overdue lists batches whose promised day lies before a day and has not been judged yet, n at most,
// after a place in that list.
func Overdue(ctx context.Context, r db.Reader, before clock.Day, after Batch, n int) ([]Batch, error) {
	q := r.Conn(ctx).Where("alarm_on < ?", before)
	if !after.AlarmOn.IsZero() {
		q = q.Where("alarm_on >= ? AND (alarm_on > ? OR id > ?)", after.AlarmOn, after.AlarmOn, after.ID)
	}
	var rows []Batch
	if err := q.Order("alarm_on, id").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read overdue delivery batches: %w", err)
	}
	return rows, nil
}

// AddItemsTx keeps what a batch holds.
func AddItemsTx(ctx context.Context, tx *db.Tx, items []Item) error {
	if err := tx.Conn(ctx).Create(&items).Error; err != nil {
		return fmt.Errorf("keep delivery items: %w", err)
	}
	return nil
}

// Items reads what a project's batches hold, batch by batch, in their order.
func Items(ctx context.Context, r db.Reader, projectID id.ID) ([]Item, error) {
	var rows []Item
	if err := r.Conn(ctx).Where("project_id = ?", projectID).Order("batch_id, seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read delivery items: %w", err)
	}
	return rows, nil
}

// ItemsOf reads what one batch holds.
func ItemsOf(ctx context.Context, r db.Reader, b Batch) ([]Item, error) {
	var rows []Item
	if err := r.Conn(ctx).Where("project_id = ? AND batch_id = ?", b.ProjectID, b.ID).Order("seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read delivery items of batch: %w", err)
	}
	return rows, nil
}

// SaveShortageTx writes down how many of an item were missing, and what is wrong.
func SaveShortageTx(ctx context.Context, tx *db.Tx, i Item) error {
	err := tx.Conn(ctx).Model(&Item{}).Where("project_id = ? AND batch_id = ? AND seq = ?", i.ProjectID, i.BatchID, i.Seq).
		UpdateColumns(map[string]any{"missing": i.Missing, "shortage": i.Shortage}).Error
	if err != nil {
		return fmt.Errorf("keep delivery shortage: %w", err)
	}
	return nil
}

// AddRescheduleTx keeps a change of a promised day.
func AddRescheduleTx(ctx context.Context, tx *db.Tx, c *Reschedule) error {
	c.ID, c.At = id.New(), tx.Now
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("keep reschedule of delivery: %w", err)
	}
	return nil
}

// Reschedules reads the changes of promised days of a project's batches, oldest first within a batch.
func Reschedules(ctx context.Context, r db.Reader, projectID id.ID) ([]Reschedule, error) {
	var rows []Reschedule
	if err := r.Conn(ctx).Where("project_id = ?", projectID).Order("batch_id, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read reschedules of deliveries: %w", err)
	}
	return rows, nil
}

// CountReschedules tells how often a batch was promised anew.
func CountReschedules(ctx context.Context, r db.Reader, b Batch) (int64, error) {
	var n int64
	if err := r.Conn(ctx).Model(&Reschedule{}).Where("project_id = ? AND batch_id = ?", b.ProjectID, b.ID).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count reschedules of delivery: %w", err)
	}
	return n, nil
}

// AddPhotosTx keeps the pictures that were taken on receipt, in their order.
func AddPhotosTx(ctx context.Context, tx *db.Tx, b Batch, files []id.ID) error {
	if len(files) == 0 {
		return nil
	}
	rows := make([]Photo, 0, len(files))
	for i, f := range files {
		rows = append(rows, Photo{ProjectID: b.ProjectID, BatchID: b.ID, Seq: i, FileID: f})
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep pictures of delivery: %w", err)
	}
	return nil
}

// Photos reads the pictures of a project's batches, in their order.
func Photos(ctx context.Context, r db.Reader, projectID id.ID) ([]Photo, error) {
	var rows []Photo
	if err := r.Conn(ctx).Where("project_id = ?", projectID).Order("batch_id, seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read pictures of deliveries: %w", err)
	}
	return rows, nil
}

// NextBatch reads the batch that is awaited on site first, by its promised day, then as they are wanted;
// ok is false when none is awaited.
func NextBatch(ctx context.Context, r db.Reader, projectID id.ID) (b Batch, ok bool, err error) {
	var rows []Batch
	err = r.Conn(ctx).Where("project_id = ? AND state IN ?", projectID, []BatchState{Planned, InProduction, Shipped}).
		Order("promised_on, priority, seq").Limit(1).Find(&rows).Error
	if err != nil {
		return b, false, fmt.Errorf("read next delivery batch: %w", err)
	}
	if len(rows) == 0 {
		return b, false, nil
	}
	return rows[0], true, nil
}
