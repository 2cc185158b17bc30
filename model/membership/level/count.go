package level

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
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
// written, and by what was paid and earned within a year up to now, grace aside. It reads every member's, so it is
// for a person who asks, not for a page.
func CountByGrowth(ctx context.Context, r db.Reader, p Plan, now time.Time) (map[string]int64, error) {
	reached, args := "CASE", []any(nil)
	for i, s := range slices.Backward(p.Steps) {
		when, with := s.when()
		reached += " WHEN " + when + " THEN ?"
		args = append(append(args, with...), i)
	}
	w := p.Weights
	growths := r.Conn(ctx).Table("members m").
		Joins("LEFT JOIN ledger_accounts a ON a.owner_kind = ? AND a.owner_id = m.customer_id AND a.book IN ?", ledger.Customer, growth()).
		Select("m.customer_id, COALESCE(SUM(a.available * CASE a.book WHEN ? THEN ? WHEN ? THEN ? ELSE ? END), 0) AS value, COALESCE(SUM(CASE a.book WHEN ? THEN a.available ELSE 0 END), 0) AS spend",
			ledger.GrowthSpend, w.Spend, ledger.GrowthParticipation, w.Participation, w.Contribution, ledger.GrowthSpend).
		Group("m.customer_id")
	joined := r.Conn(ctx).Table("(?) g", growths)
	paid, earned := p.yearly()
	if paid {
		joined = joined.Joins("LEFT JOIN (?) f ON f.customer_id = g.customer_id", r.Conn(ctx).Model(&membership.Deed{}).
			Select("customer_id, SUM(amount_fen) AS paid").Where("event = ? AND at > ?", "payment", now.Add(-year).UnixMilli()).Group("customer_id"))
	}
	if earned {
		joined = joined.Joins("LEFT JOIN (?) e ON e.customer_id = g.customer_id", r.Conn(ctx).Table(membership.Earnings).
			Select("customer_id, SUM(amount - taken) AS points").Where("book = ? AND created_at > ?", ledger.Points, now.Add(-year).UTC()).Group("customer_id"))
	}
	var rows []struct {
		Reached int
		Amount  int64
	}
	err := joined.Select(reached+" ELSE -1 END AS reached, COUNT(*) AS amount", args...).Group("reached").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count members by growth: %w", err)
	}
	counts := make(map[string]int64, len(rows))
	for _, row := range rows {
		counts[p.key(row.Reached)] += row.Amount
	}
	return counts, nil
}

// when says in SQL, over what CountByGrowth joins, that a step is reached.
func (s Step) when() (text string, args []any) {
	if s.By == ByGrowth {
		if s.OrSpend == 0 {
			return "g.value >= ?", []any{s.From * 10_000}
		}
		return "(g.value >= ? OR g.spend >= ?)", []any{s.From * 10_000, s.OrSpend}
	}
	var asks []string
	for _, a := range []struct {
		text  string
		least int64
	}{{"g.value >= ?", s.From * 10_000}, {"COALESCE(f.paid, 0) >= ?", s.AnnualSpendFen}, {"COALESCE(e.points, 0) >= ?", s.PointsEarned}} {
		if a.least > 0 {
			asks, args = append(asks, a.text), append(args, a.least)
		}
	}
	by := " AND "
	if s.By == ByAny {
		by = " OR "
	}
	return "(" + strings.Join(asks, by) + ")", args
}
