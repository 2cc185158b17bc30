package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// ERPStatus is what the ERP says of an order (C9).
type ERPStatus string

// The words of the ERP, in their order.
const (
	Accepted     ERPStatus = "accepted"
	Scheduled    ERPStatus = "scheduled"
	Producing    ERPStatus = "in_production"
	Packed       ERPStatus = "packed"
	Ready        ERPStatus = "ready"
	SentOff      ERPStatus = "shipped"
	HandedOver   ERPStatus = "delivered"
	noERPStatus  ERPStatus = "" // of a message about a shipment
	firstERPRank           = 1
)

var erpOrder = [...]ERPStatus{noERPStatus, Accepted, Scheduled, Producing, Packed, Ready, SentOff, HandedOver}

// Rank orders the words; 0 is no word.
func (s ERPStatus) Rank() int { return slices.Index(erpOrder[:], s) }

// Valid tells whether the ERP may say the word.
func (s ERPStatus) Valid() bool { return s.Rank() >= firstERPRank }

// Made tells that the factory is done with the order.
func (s ERPStatus) Made() bool { return s.Rank() >= Ready.Rank() }

// The kinds of message that the ERP sends.
const (
	MessageStatus   = "status"
	MessageShipment = "shipment"
)

// Message is what another system told of an order, known by its own id for it. Result is the answer
// that it got, for the same message when it comes again. Rows are inserted and read; only Result is
// filled in afterwards, in the same transaction.
type Message struct {
	Source      string `gorm:"primaryKey"`
	EventID     string `gorm:"primaryKey"`
	ID          id.ID
	ProjectID   id.ID
	Kind        string
	KeyID       id.ID
	At          time.Time // by the other system's clock
	Status      ERPStatus
	Stage       string
	Percent     *int
	Note        string
	Fingerprint []byte
	Result      string // JSON
	ReceivedAt  time.Time
}

// TableName is the messages' table.
func (Message) TableName() string { return "erp_events" }

// Key names the message among all systems'.
func (m Message) Key() string { return m.Source + ":" + m.EventID }

// Production is how far the making of an order is, by the newest message of its own time.
type Production struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	Status     ERPStatus
	Stage      string // the ERP's word for the step
	Note       string
	At         time.Time
	EventKey   string // of the message that decided
	Percent    *int   // the newest that was told, 0 to 100
	PercentAt  *time.Time
	PercentKey string
	ToldRank   int // the farthest word that the timeline told
	UpdatedAt  time.Time
	Version    int64
}

// TableName is the table of productions.
func (Production) TableName() string { return "project_production" }

// Take lets a message that was not known count, and tells whether it decides what is shown: the newest
// by its own time does, whenever it arrives.
func (p *Production) Take(m Message) (decides bool) {
	if m.Percent != nil && (p.PercentAt == nil || newer(m.At, *m.Percent, m.Key(), *p.PercentAt, *p.Percent, p.PercentKey)) {
		at := m.At
		p.Percent, p.PercentAt, p.PercentKey = m.Percent, &at, m.Key()
	}
	if p.EventKey != "" && !newer(m.At, m.Status.Rank(), m.Key(), p.At, p.Status.Rank(), p.EventKey) {
		return false
	}
	p.Status, p.Stage, p.Note, p.At, p.EventKey = m.Status, m.Stage, m.Note, m.At, m.Key()
	return true
}

// MessageByID finds what a system told under an id of its own; db.Missing otherwise.
func MessageByID(ctx context.Context, r db.Reader, source, eventID string) (Message, error) {
	var m Message
	err := r.Conn(ctx).Where("source = ? AND event_id = ?", source, eventID).Take(&m).Error
	return m, err
}

// AddMessageTx keeps what a system told. One of the same id is db.Duplicate.
func AddMessageTx(ctx context.Context, tx *db.Tx, m *Message) error {
	m.ID, m.ReceivedAt = id.New(), tx.Now
	return db.Insert(ctx, tx, m)
}

// SaveResultTx keeps the answer that a message got.
func SaveResultTx(ctx context.Context, tx *db.Tx, m Message) error {
	err := tx.Conn(ctx).Model(&Message{}).Where("source = ? AND event_id = ?", m.Source, m.EventID).UpdateColumn("result", m.Result).Error
	if err != nil {
		return fmt.Errorf("keep answer to the ERP: %w", err)
	}
	return nil
}

// Messages reads what other systems told of a project, newest first by their own time.
func Messages(ctx context.Context, r db.Reader, projectID id.ID, p db.Page) ([]Message, db.Cursor, error) {
	var rows []Message
	if err := p.Newest(r.Conn(ctx).Where("project_id = ?", projectID), "at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("read messages of the ERP: %w", err)
	}
	rows, next := db.Cut(p, rows, func(m Message) db.Cursor { return db.Cursor{At: m.At, ID: m.ID} })
	return rows, next, nil
}

// ProductionOf reads how far the making of a project is; ok is false when no system told anything.
func ProductionOf(ctx context.Context, r db.Reader, projectID id.ID) (p Production, ok bool, err error) {
	err = r.Conn(ctx).Where("project_id = ?", projectID).Take(&p).Error
	if db.Missing(err) {
		return Production{ProjectID: projectID}, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("read production: %w", err)
	}
	return p, true, nil
}

// SaveProductionTx writes how far the making of a project is, whose row is locked.
func SaveProductionTx(ctx context.Context, tx *db.Tx, p *Production) error {
	p.UpdatedAt = tx.Now
	if p.Version == 0 {
		p.Version = 1
		if err := db.Insert(ctx, tx, p); err != nil {
			return fmt.Errorf("keep production: %w", err)
		}
		return nil
	}
	err := tx.Conn(ctx).Model(&Production{}).Where("project_id = ?", p.ProjectID).UpdateColumns(map[string]any{
		"status": p.Status, "stage": p.Stage, "note": p.Note, "at": p.At, "event_key": p.EventKey,
		"percent": p.Percent, "percent_at": p.PercentAt, "percent_key": p.PercentKey, "told_rank": p.ToldRank,
		"updated_at": p.UpdatedAt, "version": gorm.Expr("version + 1"),
	}).Error
	if err != nil {
		return fmt.Errorf("save production: %w", err)
	}
	p.Version++
	return nil
}
