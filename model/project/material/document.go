package material

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Visibility says who may read a document (D2).
type Visibility string

// The visibilities: purchase contracts stay inside, test reports are for whoever scans the label.
const (
	ForCustomers Visibility = "customer"
	Internal     Visibility = "internal"
)

// Valid tells whether the visibility is one of the house's.
func (v Visibility) Valid() bool { return v == ForCustomers || v == Internal }

// DocumentKind says what a document is.
type DocumentKind string

// The kinds of document.
const (
	TestReport       DocumentKind = "test_report"
	Certificate      DocumentKind = "certificate"
	QualityReport    DocumentKind = "quality_report"
	PurchaseContract DocumentKind = "purchase_contract"
	OtherDocument    DocumentKind = "other"
)

// Valid tells whether the kind is one of the house's.
func (k DocumentKind) Valid() bool {
	switch k {
	case TestReport, Certificate, QualityReport, PurchaseContract, OtherDocument:
		return true
	}
	return false
}

// Document is a paper of a material, or of one batch of it (D1, D2).
type Document struct {
	MaterialID  id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	BatchID     id.ID // none when it is of the material as such
	Kind        DocumentKind
	Title       string
	FileID      id.ID
	Visibility  Visibility
	IssuedOn    clock.Day
	AddedBy     id.ID
	CreatedAt   time.Time
	WithdrawnAt *time.Time
}

// TableName is the documents' table.
func (Document) TableName() string { return "material_documents" }

// MaxDocuments bounds what one material holds, so that a label stays readable.
const MaxDocuments = 200

// AddDocumentTx keeps a document.
func AddDocumentTx(ctx context.Context, tx *db.Tx, d *Document) error {
	d.CreatedAt = tx.Now
	if err := db.Insert(ctx, tx, d); err != nil {
		return fmt.Errorf("keep document: %w", err)
	}
	return nil
}

// WithdrawDocumentTx takes a document away from every reader, for good. Errors: not_found.
func WithdrawDocumentTx(ctx context.Context, tx *db.Tx, material, document id.ID) (Document, error) {
	var d Document
	err := tx.Conn(ctx).Where("material_id = ? AND id = ?", material, document).Take(&d).Error
	if err := db.OrMissing(err, "read document"); err != nil || d.WithdrawnAt != nil {
		return d, err
	}
	d.WithdrawnAt = &tx.Now
	err = tx.Conn(ctx).Model(&Document{}).Where("material_id = ? AND id = ?", material, document).UpdateColumn("withdrawn_at", tx.Now).Error
	if err != nil {
		return d, fmt.Errorf("withdraw document: %w", err)
	}
	return d, nil
}

// Documents reads the documents of a material that stand, oldest first: those of all its batches, or,
// with a batch named, those of the material as such and of this batch.
func Documents(ctx context.Context, r db.Reader, material, batch id.ID) ([]Document, error) {
	q := r.Conn(ctx).Where("material_id = ? AND withdrawn_at IS NULL", material)
	if !batch.IsZero() {
		q = q.Where("(batch_id IS NULL OR batch_id = ?)", batch)
	}
	var rows []Document
	if err := q.Order("id").Limit(MaxDocuments).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	return rows, nil
}

// CountDocuments counts the documents of a material that stand.
func CountDocuments(ctx context.Context, r db.Reader, material id.ID) (int64, error) {
	var n int64
	err := r.Conn(ctx).Model(&Document{}).Where("material_id = ? AND withdrawn_at IS NULL", material).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count documents: %w", err)
	}
	return n, nil
}

// DocumentsOf reads the documents for customers of several materials in one statement.
func DocumentsOf(ctx context.Context, r db.Reader, materials []id.ID) ([]Document, error) {
	if len(materials) == 0 {
		return nil, nil
	}
	var rows []Document
	err := r.Conn(ctx).Where("material_id IN ? AND withdrawn_at IS NULL AND visibility = ?", materials, ForCustomers).
		Order("material_id, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read documents of materials: %w", err)
	}
	return rows, nil
}
