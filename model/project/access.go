package project

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// This file alone reads tables of identity from here: who sees a project is decided in one statement
// with the project itself.

const (
	memberOf   = "EXISTS (SELECT 1 FROM home_members m WHERE m.customer_id = ? AND m.home_id = projects.home_id AND (m.until IS NULL OR m.until > ?))"
	inCharge   = "EXISTS (SELECT 1 FROM project_people p WHERE p.staff_id = ? AND p.until_at IS NULL AND p.project_id = projects.id)" // of one project
	amongOwn   = "projects.id IN (SELECT p.project_id FROM project_people p WHERE p.staff_id = ? AND p.until_at IS NULL)"             // the same, for lists
	ofRegion   = "projects.store_id IN (SELECT id FROM stores WHERE region_id = ?)"
	membership = "JOIN home_members m ON m.home_id = projects.home_id AND m.customer_id = ? AND (m.until IS NULL OR m.until > ?)"
)

// ways lists the ways on which a member of staff reaches projects: own work is what names them as in
// charge now, asked by inCharge or amongOwn. Work of no store is in the reach of All only. No way:
// nothing is reached.
func ways(who actor.Actor, own string) []db.Cond {
	charge := db.Cond{SQL: own, Args: []any{who.ID}}
	switch {
	case who.Kind != actor.Staff && who.Kind != actor.System:
		return nil
	case who.Scope == actor.All:
		return []db.Cond{{}}
	case who.Scope == actor.Region && !who.RegionID.IsZero():
		return []db.Cond{{SQL: ofRegion, Args: []any{who.RegionID}}, charge}
	case who.Scope == actor.Store && !who.StoreID.IsZero():
		return []db.Cond{{SQL: "projects.store_id = ?", Args: []any{who.StoreID}}, charge}
	case who.Scope >= actor.Own:
		return []db.Cond{charge}
	}
	return nil
}

// scoped narrows a query over projects to what a member of staff may reach. Lists that are long go each
// way by itself instead: db.Either.
func scoped(q *gorm.DB, who actor.Actor) *gorm.DB {
	reach := db.AnyOf(ways(who, inCharge))
	return q.Where(reach.SQL, reach.Args...)
}

// Find reads a project on behalf of a member of staff. Errors: not_found for what is not there and
// for what is out of their reach.
func Find(ctx context.Context, r db.Reader, who actor.Actor, project id.ID) (Project, error) {
	var p Project
	err := scoped(r.Conn(ctx), who).Where("projects.id = ?", project).Take(&p).Error
	return p, missing(err, "read project")
}

// LockTx reads a project on behalf of a member of staff and locks its row: every change to a project
// and its children begins here, so that rivals work one after another. Errors: as Find.
func LockTx(ctx context.Context, tx *db.Tx, who actor.Actor, project id.ID) (Project, error) {
	var p Project
	err := tx.Lock(ctx).Where("id = ?", project).Take(&p).Error
	if err := missing(err, "lock project"); err != nil {
		return p, err
	}
	var reach int64 // asked with the lock held, since the people in charge change under it
	if err := scoped(tx.Conn(ctx).Model(&Project{}), who).Where("projects.id = ?", project).Count(&reach).Error; err != nil {
		return p, fmt.Errorf("reach of project: %w", err)
	}
	if reach == 0 {
		return Project{}, fault.Missing()
	}
	return p, nil
}

// Seen is a project with what the customer who looks is to its home: "owner", "family" or "guest".
type Seen struct {
	Project `gorm:"embedded"`
	Member  string
}

// FindForCustomer reads a project of a home of which the customer is a member at now. Errors:
// not_found for what is not there and for what is not theirs.
func FindForCustomer(ctx context.Context, r db.Reader, who actor.Actor, project id.ID, now time.Time) (Seen, error) {
	var s Seen
	if who.Kind != actor.Customer {
		return s, fault.Missing()
	}
	err := r.Conn(ctx).Table("projects").Select("projects.*, m.role AS member").Joins(membership, who.ID, now).
		Where("projects.id = ?", project).Take(&s).Error
	return s, missing(err, "read project")
}

// LockForCustomerTx is FindForCustomer with the project's row locked, as LockTx does for staff.
func LockForCustomerTx(ctx context.Context, tx *db.Tx, who actor.Actor, project id.ID) (Seen, error) {
	var locked Project
	err := tx.Lock(ctx).Where("id = ?", project).Take(&locked).Error
	if err := missing(err, "lock project"); err != nil {
		return Seen{}, err
	}
	return FindForCustomer(ctx, tx, who, project, tx.Now)
}

// Guest is what a member of a home is who watches for a time.
const Guest = "guest"

// Guest tells that the reader only watches. Who sees money is another question: a guest may be the
// contract party.
func (s Seen) Guest() bool { return s.Member == Guest }

// Owner tells whether the reader owns the home. Who decides on a project is another question: its contract
// party does too.
func (s Seen) Owner() bool { return s.Member == "owner" }

// OfCustomer lists the projects of the homes of which the customer is a member at now, newest first.
func OfCustomer(ctx context.Context, r db.Reader, who actor.Actor, now time.Time, p db.Page) ([]Seen, db.Cursor, error) {
	if who.Kind != actor.Customer {
		return nil, db.Cursor{}, nil
	}
	var rows []Seen
	q := r.Conn(ctx).Table("projects").Select("projects.*, m.role AS member").Joins(membership, who.ID, now)
	if err := p.Newest(q, "projects.created_at", "projects.id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list projects of customer: %w", err)
	}
	rows, next := db.Cut(p, rows, func(s Seen) db.Cursor { return db.Cursor{At: s.CreatedAt, ID: s.ID} })
	return rows, next, nil
}

// MemberOfHome tells whether a customer belongs to the project's home at now.
func MemberOfHome(ctx context.Context, r db.Reader, who actor.Actor, project id.ID, now time.Time) (bool, error) {
	if who.Kind != actor.Customer || who.ID.IsZero() {
		return false, nil
	}
	var n int64
	err := r.Conn(ctx).Model(&Project{}).Where("projects.id = ?", project).Where(memberOf, who.ID, now).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for membership: %w", err)
	}
	return n > 0, nil
}

// Audiences names the live channels of everybody who follows the project: the people in charge, and the
// members of its home where they may know.
func Audiences(ctx context.Context, tx *db.Tx, p Project, home bool) ([]string, error) {
	var members, staff []id.ID
	if home {
		err := tx.Conn(ctx).Table("home_members").Where("home_id = ? AND (until IS NULL OR until > ?)", p.HomeID, tx.Now).
			Pluck("customer_id", &members).Error
		if err != nil {
			return nil, fmt.Errorf("read members of home: %w", err)
		}
	}
	err := tx.Conn(ctx).Model(&Person{}).Where("project_id = ? AND until_at IS NULL", p.ID).Distinct().Pluck("staff_id", &staff).Error
	if err != nil {
		return nil, fmt.Errorf("read people in charge: %w", err)
	}
	channels := make([]string, 0, len(members)+len(staff))
	for _, m := range members {
		channels = append(channels, "customer:"+m.String())
	}
	for _, m := range staff {
		channels = append(channels, "staff:"+m.String())
	}
	return channels, nil
}

// ReassignCustomerTx makes one customer the contract party of all projects of another, when two
// records turn out to be one person. Memberships of homes are identity's own to merge.
func ReassignCustomerTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	err := tx.Conn(ctx).Model(&Project{}).Where("customer_id = ?", from).UpdateColumns(map[string]any{
		"customer_id": to, "version": gorm.Expr("version + 1"), "updated_at": tx.Now,
	}).Error
	if err != nil {
		return fmt.Errorf("reassign projects: %w", err)
	}
	return nil
}
