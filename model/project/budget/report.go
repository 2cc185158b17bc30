package budget

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// Totals is what the projects of a store come to, in cents. Contract is the amount now, Changes what was
// approved of it after the signing.
type Totals struct {
	StoreID  id.ID
	Projects int64
	Contract int64
	Changes  int64
	Paid     int64
	Refunded int64
}

// Span is a time from an instant until before another, and a store; the zero store is all of them.
type Span struct {
	From, Until time.Time
	StoreID     id.ID
}

// maxStores bounds the report; no company has so many.
const maxStores = 1000

// TotalsByStore sums the projects that were created in the span and are not cancelled, within the reach
// of a member of staff, by store. One statement, so that its numbers belong together.
func TotalsByStore(ctx context.Context, r db.Reader, who actor.Actor, s Span) ([]Totals, error) {
	each := project.Scoped(r.Conn(ctx).Model(&project.Project{}), who).
		Select("projects.store_id, projects.contract_amount_fen, "+
			"(SELECT COALESCE(SUM(o.amount_fen), 0) FROM change_orders o WHERE o.project_id = projects.id AND o.state = ?) AS changed, "+
			"(SELECT COALESCE(SUM(m.amount_fen), 0) FROM payments m WHERE m.project_id = projects.id) AS received, "+
			"(SELECT COALESCE(SUM(m.refunded_fen), 0) FROM payments m WHERE m.project_id = projects.id) AS returned", Approved).
		Where("projects.created_at >= ? AND projects.created_at < ? AND projects.state <> ?", s.From, s.Until, project.Cancelled)
	if !s.StoreID.IsZero() {
		each = each.Where("projects.store_id = ?", s.StoreID)
	}
	var rows []Totals
	err := r.Conn(ctx).Table("(?) AS t", each).
		Select("store_id, COUNT(*) AS projects, SUM(contract_amount_fen) AS contract, SUM(changed) AS changes, SUM(received) AS paid, SUM(returned) AS refunded").
		Group("store_id").Order("store_id").Limit(maxStores).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum budgets by store: %w", err)
	}
	return rows, nil
}
