package project

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Filter narrows the staff's list; zero fields narrow nothing.
type Filter struct {
	StoreID  id.ID
	Stage    string    // key of the current stage
	Person   id.ID     // in charge now
	State    State     //
	LateOn   clock.Day // under way, not paused, and due before that working day
	Customer id.ID     // the contract party
}

func (f Filter) narrow(q *gorm.DB) *gorm.DB {
	if !f.StoreID.IsZero() {
		q = q.Where("projects.store_id = ?", f.StoreID)
	}
	if f.Stage != "" {
		q = q.Where("projects.current_stage = ?", f.Stage)
	}
	if !f.Person.IsZero() {
		q = q.Where(amongOwn, f.Person)
	}
	if f.State != "" {
		q = q.Where("projects.state = ?", f.State)
	}
	if !f.LateOn.IsZero() {
		q = q.Where("projects.state = ? AND projects.stage_due < ? AND projects.paused_at IS NULL", Active, f.LateOn)
	}
	if !f.Customer.IsZero() {
		q = q.Where("projects.customer_id = ?", f.Customer)
	}
	return q
}

// branches are the ways of a long list. Each store of a region is a way of its own: an index serves one
// store in the list's order, while for a set of them MySQL 9.7 walks through all projects.
func branches(ctx context.Context, r db.Reader, who actor.Actor) ([]db.Cond, error) {
	reach := ways(who, amongOwn)
	if len(reach) == 0 || reach[0].SQL != ofRegion {
		return reach, nil
	}
	var stores []id.ID
	if err := r.Conn(ctx).Table("stores").Where("region_id = ?", who.RegionID).Pluck("id", &stores).Error; err != nil {
		return nil, fmt.Errorf("stores of a region: %w", err)
	}
	reach = reach[1:]
	for _, store := range stores {
		reach = append(reach, db.Cond{SQL: "projects.store_id = ?", Args: []any{store}})
	}
	return reach, nil
}

// List reads the projects within the reach of a member of staff, newest first.
func List(ctx context.Context, r db.Reader, who actor.Actor, f Filter, p db.Page) ([]Project, db.Cursor, error) {
	cut := func(q *gorm.DB) *gorm.DB { return p.Newest(q, "projects.created_at", "projects.id") }
	base := func() *gorm.DB { return f.narrow(r.Conn(ctx).Model(&Project{})) }
	reach, err := branches(ctx, r, who)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	var rows []Project
	if err := db.Either("projects", base, cut, reach).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list projects: %w", err)
	}
	rows, next := db.Cut(p, rows, func(p Project) db.Cursor { return db.Cursor{At: p.CreatedAt, ID: p.ID} })
	return rows, next, nil
}

// StagesOf reads the stages of several projects in one statement, each project's in their order.
func StagesOf(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID][]Stage, error) {
	of := make(map[id.ID][]Stage, len(projects))
	if len(projects) == 0 {
		return of, nil
	}
	var rows []Stage
	err := r.Conn(ctx).Where("project_id IN ?", projects).Order("project_id, seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read stages of projects: %w", err)
	}
	for _, s := range rows {
		of[s.ProjectID] = append(of[s.ProjectID], s)
	}
	return of, nil
}

// PeopleOf reads who is in charge of several projects now, in one statement.
func PeopleOf(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID][]Person, error) {
	of := make(map[id.ID][]Person, len(projects))
	if len(projects) == 0 {
		return of, nil
	}
	var rows []Person
	err := r.Conn(ctx).Where("project_id IN ? AND until_at IS NULL", projects).Order("project_id, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read people of projects: %w", err)
	}
	for _, p := range rows {
		of[p.ProjectID] = append(of[p.ProjectID], p)
	}
	return of, nil
}

// TitlesOf reads the titles of several projects; one that does not exist is not in the map. Access is
// checked by the caller.
func TitlesOf(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID]string, error) {
	titles := make(map[id.ID]string, len(projects))
	if len(projects) == 0 {
		return titles, nil
	}
	var rows []Project
	if err := r.Conn(ctx).Select("id", "title").Where("id IN ?", projects).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read titles: %w", err)
	}
	for _, p := range rows {
		titles[p.ID] = p.Title
	}
	return titles, nil
}
