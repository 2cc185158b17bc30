package material

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// The lines of a project's timeline that materials write; RefID is the installation's, of a changed
// specification the change order's.
const (
	EntrySpecified project.EntryKind = "specification_frozen"
	EntryChanged   project.EntryKind = "specification_changed"
	EntryInstalled project.EntryKind = "material_installed"
	EntryRecalled  project.EntryKind = "material_recalled"
)

// Specification is what was agreed to be built in (D4). Lines of every revision are kept; the one that
// stands is Revision. It is frozen by the signing and changes after it only by an approved change
// order.
type Specification struct {
	ProjectID id.ID `gorm:"primaryKey"`
	Revision  int64
	FrozenAt  *time.Time
	UpdatedAt time.Time
	UpdatedBy id.ID
}

// TableName is the specifications' table.
func (Specification) TableName() string { return "project_specifications" }

// Line is one material of a specification, and where it goes.
type Line struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	Revision   int64 `gorm:"primaryKey;autoIncrement:false"`
	Seq        int   `gorm:"primaryKey;autoIncrement:false"`
	Place      string
	MaterialID id.ID
	Quantity   int64 // in the material's unit; 0 when it is not counted
	Note       string
}

// TableName is the table of the specifications' lines.
func (Line) TableName() string { return "project_specification_lines" }

// Change is the revision of a frozen specification that an approved change order unlocked: one order
// unlocks one (D4). Rows are inserted and read, never changed.
type Change struct {
	ProjectID     id.ID `gorm:"primaryKey"`
	ChangeOrderID id.ID `gorm:"primaryKey"`
	Revision      int64
	ByID          id.ID
	At            time.Time
}

// TableName is the table of changes to frozen specifications.
func (Change) TableName() string { return "project_specification_changes" }

// AddChangeTx keeps by which order a frozen specification changed. An order that unlocked a revision
// before is db.Duplicate.
func AddChangeTx(ctx context.Context, tx *db.Tx, c *Change) error {
	c.At = tx.Now
	return db.Insert(ctx, tx, c)
}

// ChangeBy reads the revision that an order has unlocked; ok is false when it has unlocked none.
func ChangeBy(ctx context.Context, r db.Reader, project, order id.ID) (c Change, ok bool, err error) {
	err = r.Conn(ctx).Where("project_id = ? AND change_order_id = ?", project, order).Take(&c).Error
	if db.Missing(err) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read change of specification: %w", err)
	}
	return c, true, nil
}

// SpecificationOf reads a project's specification and its standing lines; without one the revision is 0.
func SpecificationOf(ctx context.Context, r db.Reader, projectID id.ID) (Specification, []Line, error) {
	s := Specification{ProjectID: projectID}
	err := r.Conn(ctx).Where("project_id = ?", projectID).Take(&s).Error
	if db.Missing(err) {
		return s, nil, nil
	}
	if err != nil {
		return s, nil, fmt.Errorf("read specification: %w", err)
	}
	var lines []Line
	err = r.Conn(ctx).Where("project_id = ? AND revision = ?", projectID, s.Revision).Order("seq").Find(&lines).Error
	if err != nil {
		return s, nil, fmt.Errorf("read lines of specification: %w", err)
	}
	return s, lines, nil
}

// ReplaceTx makes lines the standing ones of a specification, as its next revision. The project's row
// is locked by the caller.
func ReplaceTx(ctx context.Context, tx *db.Tx, s *Specification, lines []Line) error {
	s.Revision++
	s.UpdatedAt = tx.Now
	if err := keepTx(ctx, tx, s); err != nil || len(lines) == 0 {
		return err
	}
	for i := range lines {
		lines[i].ProjectID, lines[i].Revision, lines[i].Seq = s.ProjectID, s.Revision, i+1
	}
	if err := tx.Conn(ctx).Create(&lines).Error; err != nil {
		return fmt.Errorf("keep lines of specification: %w", err)
	}
	return nil
}

func keepTx(ctx context.Context, tx *db.Tx, s *Specification) error {
	if s.Revision == 1 {
		if err := db.Insert(ctx, tx, s); err != nil {
			return fmt.Errorf("keep specification: %w", err)
		}
		return nil
	}
	err := tx.Conn(ctx).Model(&Specification{}).Where("project_id = ?", s.ProjectID).
		UpdateColumns(map[string]any{"revision": s.Revision, "updated_at": s.UpdatedAt, "updated_by": s.UpdatedBy}).Error
	if err != nil {
		return fmt.Errorf("replace specification: %w", err)
	}
	return nil
}

// FreezeTx freezes a specification, or thaws it when at is nil.
func FreezeTx(ctx context.Context, tx *db.Tx, projectID id.ID, at *time.Time) error {
	err := tx.Conn(ctx).Model(&Specification{}).Where("project_id = ?", projectID).UpdateColumn("frozen_at", at).Error
	if err != nil {
		return fmt.Errorf("freeze specification: %w", err)
	}
	return nil
}
