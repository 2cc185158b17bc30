package quality

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Step is one thing that happened to a hazard or a defect, RefID. Rows are inserted and read, never
// changed. Day is what was promised with it: a new due day, or when a part is expected.
type Step struct {
	ProjectID id.ID  `gorm:"primaryKey"`
	RefID     id.ID  `gorm:"primaryKey"`
	ID        id.ID  `gorm:"primaryKey"`
	What      string // the state that it led to
	Note      string
	Day       clock.Day
	ActorID   id.ID
	ActorName string
	ActorRole actor.Role
	At        time.Time
}

// TableName is the steps' table.
func (Step) TableName() string { return "quality_steps" }

// AddStepTx writes down what the actor did.
func AddStepTx(ctx context.Context, tx *db.Tx, who actor.Actor, s *Step) error {
	s.ID, s.At, s.ActorID, s.ActorName, s.ActorRole = id.New(), tx.Now, who.ID, who.Name, who.Role
	if err := db.Insert(ctx, tx, s); err != nil {
		return fmt.Errorf("write step: %w", err)
	}
	return nil
}

// maxSteps bounds what is read of one thing's history; it ends long before.
const maxSteps = 50

// StepsOf reads what happened to some hazards or defects of one project, oldest first.
func StepsOf(ctx context.Context, r db.Reader, project id.ID, refs []id.ID) (map[id.ID][]Step, error) {
	of := make(map[id.ID][]Step, len(refs))
	if len(refs) == 0 {
		return of, nil
	}
	var rows []Step
	err := r.Conn(ctx).Where("project_id = ? AND ref_id IN ?", project, refs).Order("ref_id, id").Limit(maxSteps * len(refs)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", err)
	}
	for _, s := range rows {
		of[s.RefID] = append(of[s.RefID], s)
	}
	return of, nil
}

// Photo is a picture of an inspection, a hazard (before), a step (after), a check or a defect, RefID, in
// the order of Seq, from 0.
type Photo struct {
	ProjectID id.ID `gorm:"primaryKey"`
	RefID     id.ID `gorm:"primaryKey"`
	Seq       int   `gorm:"primaryKey;autoIncrement:false"`
	FileID    id.ID
}

// TableName is the pictures' table.
func (Photo) TableName() string { return "quality_photos" }

// AddPhotosTx makes files the pictures of a row, in their order.
func AddPhotosTx(ctx context.Context, tx *db.Tx, project, ref id.ID, files []id.ID) error {
	if len(files) == 0 {
		return nil
	}
	rows := make([]Photo, 0, len(files))
	for i, f := range files {
		rows = append(rows, Photo{ProjectID: project, RefID: ref, Seq: i, FileID: f})
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep pictures: %w", err)
	}
	return nil
}

// PhotosOf reads the pictures of some rows of one project, in order.
func PhotosOf(ctx context.Context, r db.Reader, project id.ID, refs []id.ID) ([]Photo, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	var rows []Photo
	err := r.Conn(ctx).Where("project_id = ? AND ref_id IN ?", project, refs).Order("ref_id, seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read pictures: %w", err)
	}
	return rows, nil
}
