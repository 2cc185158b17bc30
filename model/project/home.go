package project

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// OfHome lists the projects of a home, newest first (A8); who may see the home is for the caller to ask.
func OfHome(ctx context.Context, r db.Reader, home id.ID, p db.Page) ([]Project, db.Cursor, error) {
	var rows []Project
	if err := p.Newest(r.Conn(ctx).Where("home_id = ?", home), "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list projects of home: %w", err)
	}
	rows, next := db.Cut(p, rows, func(p Project) db.Cursor { return db.Cursor{At: p.CreatedAt, ID: p.ID} })
	return rows, next, nil
}

// Earlier lists the projects of the same home that were created before p, newest first, n at most. The
// first of them is the one that p continues.
func Earlier(ctx context.Context, r db.Reader, p Project, n int) ([]Project, error) {
	before := db.Page{Limit: n, After: db.Cursor{At: p.CreatedAt, ID: p.ID}}
	rows, _, err := OfHome(ctx, r, p.HomeID, before)
	return rows, err
}

// ReachesHome tells whether a project of the home is within the reach of a member of staff: whoever works
// for a home may read what was made for it before (A8).
func ReachesHome(ctx context.Context, r db.Reader, who actor.Actor, home id.ID) (bool, error) {
	var found []id.ID
	err := scoped(r.Conn(ctx).Model(&Project{}), who).Where("projects.home_id = ?", home).Limit(1).Pluck("projects.id", &found).Error
	if err != nil {
		return false, fmt.Errorf("reach of home: %w", err)
	}
	return len(found) > 0, nil
}
