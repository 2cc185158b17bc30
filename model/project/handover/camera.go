package handover

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Camera is a live picture of the site at a node of the work (C7). Its link is stored and never
// fetched; customers see it from OpensAt (included) until ClosesAt (excluded).
type Camera struct {
	ProjectID   id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	Title       string
	URL         string `gorm:"column:url"`
	StageKey    string
	OpensAt     time.Time
	ClosesAt    time.Time
	WithdrawnAt *time.Time
	CreatedBy   id.ID
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// TableName is the cameras' table.
func (Camera) TableName() string { return "project_cameras" }

// Live tells whether the window is open at an instant.
func (c Camera) Live(now time.Time) bool {
	return c.WithdrawnAt == nil && !now.Before(c.OpensAt) && now.Before(c.ClosesAt)
}

// Over tells whether the window is past at an instant, or the camera was taken away.
func (c Camera) Over(now time.Time) bool { return c.WithdrawnAt != nil || !now.Before(c.ClosesAt) }

// MaxCameras is how many cameras of a project may be waiting or live at once.
const MaxCameras = 20

// AddCameraTx keeps a new camera.
func AddCameraTx(ctx context.Context, tx *db.Tx, c *Camera) error {
	c.Version, c.CreatedAt, c.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("keep camera: %w", err)
	}
	return nil
}

// SaveCameraTx writes what may change of a camera; its version grows by one.
func SaveCameraTx(ctx context.Context, tx *db.Tx, c *Camera) error {
	c.Version++
	c.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Camera{}).Where("project_id = ? AND id = ?", c.ProjectID, c.ID).UpdateColumns(map[string]any{
		"title": c.Title, "url": c.URL, "stage_key": c.StageKey, "opens_at": c.OpensAt, "closes_at": c.ClosesAt,
		"withdrawn_at": c.WithdrawnAt, "version": c.Version, "updated_at": c.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save camera: %w", err)
	}
	return nil
}

// CameraByID reads a camera for the house itself; access to its project is checked by the caller.
// Errors: not_found.
func CameraByID(ctx context.Context, r db.Reader, camera id.ID) (Camera, error) {
	var c Camera
	err := r.Conn(ctx).Where("id = ?", camera).Take(&c).Error
	return c, db.OrMissing(err, "read camera")
}

// Cameras reads a page of a project's cameras, newest first, those that were taken away included.
func Cameras(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Camera, db.Cursor, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []Camera
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list cameras: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Camera) db.Cursor { return db.Cursor{At: c.CreatedAt, ID: c.ID} })
	return rows, next, nil
}

// CurrentCameras reads the cameras of a project that are live or will be, in the order in which they
// open; there are at most MaxCameras.
func CurrentCameras(ctx context.Context, r db.Reader, project id.ID, now time.Time) ([]Camera, error) {
	var rows []Camera
	err := r.Conn(ctx).Where("project_id = ? AND withdrawn_at IS NULL AND closes_at > ?", project, now).
		Order("opens_at, id").Limit(MaxCameras).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read cameras: %w", err)
	}
	return rows, nil
}
