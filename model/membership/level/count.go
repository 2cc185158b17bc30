package level

import (
	"context"
	"fmt"
	"slices"

	"guike/model/db"
	"guike/model/ledger"
)

// CountLevels counts the members of every level as it is written.
func CountLevels(ctx context.Context, r db.Reader) (map[string]int64, error) {
	var rows []struct {
		Level  string
		Amount int64
	}
	if err := r.Conn(ctx).Table("members").Select("level, COUNT(*) AS amount").Group("level").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count levels: %w", err)
	}
	counts := make(map[string]int64, len(rows))
	for _, row := range rows {
		counts[row.Level] += row.Amount
	}
	return counts, nil
}

// CountByGrowth counts the members whom a ladder would put on every level by the growth that the ledger has
// written, grace aside. It reads every member's growth, so it is for a person who asks, not for a page.
func CountByGrowth(ctx context.Context, r db.Reader, p Plan) (map[string]int64, error) {
	reached, args := "CASE", []any(nil)
	for i, s := range slices.Backward(p.Steps) {
		reached += " WHEN g.value >= ? THEN ?"
		args = append(args, s.From*10_000, i)
		if s.OrSpend > 0 {
			reached += " WHEN g.spend >= ? THEN ?"
			args = append(args, s.OrSpend, i)
		}
	}
	w := p.Weights
	growths := r.Conn(ctx).Table("members m").
		Joins("LEFT JOIN ledger_accounts a ON a.owner_kind = ? AND a.owner_id = m.customer_id AND a.book IN ?", ledger.Customer, growth()).
		Select("m.customer_id, COALESCE(SUM(a.available * CASE a.book WHEN ? THEN ? WHEN ? THEN ? ELSE ? END), 0) AS value, COALESCE(SUM(CASE a.book WHEN ? THEN a.available ELSE 0 END), 0) AS spend",
			ledger.GrowthSpend, w.Spend, ledger.GrowthParticipation, w.Participation, w.Contribution, ledger.GrowthSpend).
		Group("m.customer_id")
	var rows []struct {
		Reached int
		Amount  int64
	}
	err := r.Conn(ctx).Table("(?) g", growths).Select(reached+" ELSE -1 END AS reached, COUNT(*) AS amount", args...).Group("reached").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count members by growth: %w", err)
	}
	counts := make(map[string]int64, len(rows))
	for _, row := range rows {
		counts[p.key(row.Reached)] += row.Amount
	}
	return counts, nil
}
