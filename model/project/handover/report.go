package handover

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// Group says by whom promises are counted.
type Group string

// The groups of the report on promises (B7).
const (
	ByStore  Group = "store"
	ByPerson Group = "person"
)

// Tally counts the promises of a store, or of whoever made them, that were settled in a period.
type Tally struct {
	ID       id.ID // of the store, or of the member of staff who made the promises
	Kept     int64
	Broken   int64
	Disputed int64
}

// Settled is how many promises the tally counts.
func (t Tally) Settled() int64 { return t.Kept + t.Broken + t.Disputed }

// KeptBP is the share of kept promises in basis points, rounded down; a disputed one does not count as
// kept. 0 when none was settled.
func (t Tally) KeptBP() int64 {
	if t.Settled() == 0 {
		return 0
	}
	return t.Kept * 10_000 / t.Settled()
}

// maxTallies is how many groups a report shows: more than any company has stores, or people who sell.
const maxTallies = 1000

// PromiseTallies counts the promises that were settled from an instant (included) until another
// (excluded) in projects within the actor's reach, by group, most promises first.
func PromiseTallies(ctx context.Context, r db.Reader, who actor.Actor, by Group, from, until time.Time) ([]Tally, error) {
	column := "projects.store_id"
	if by == ByPerson {
		column = "promises.made_by"
	}
	q := project.Scoped(r.Conn(ctx).Table("promises").Joins("JOIN projects ON projects.id = promises.project_id"), who).
		Where("promises.settled_at >= ? AND promises.settled_at < ?", from, until)
	var rows []Tally
	err := q.Select(column+" AS id, SUM(CASE WHEN promises.state = ? THEN 1 ELSE 0 END) AS kept, "+
		"SUM(CASE WHEN promises.state = ? THEN 1 ELSE 0 END) AS broken, "+
		"SUM(CASE WHEN promises.state = ? THEN 1 ELSE 0 END) AS disputed", PromiseKept, PromiseBroken, PromiseDisputed).
		Group(column).Order("COUNT(*) DESC, " + column).Limit(maxTallies).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count promises: %w", err)
	}
	return rows, nil
}
