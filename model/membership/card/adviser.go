package card

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
)

// SetAdviserTx gives a locked member an adviser, or none (F13).
func SetAdviserTx(ctx context.Context, tx *db.Tx, m *membership.Member, adviser id.ID) error {
	m.AdviserID, m.Version = adviser, m.Version+1
	err := tx.Conn(ctx).Model(&membership.Member{}).Where("customer_id = ?", m.CustomerID).
		UpdateColumns(map[string]any{"adviser_id": adviser, "version": m.Version}).Error
	if err != nil {
		return fmt.Errorf("set adviser: %w", err)
	}
	return nil
}

// Unadvised lists up to n members at a level who have no adviser, by customer, after one of them.
func Unadvised(ctx context.Context, r db.Reader, level string, after id.ID, n int) ([]id.ID, error) {
	return customers(ctx, r.Conn(ctx).Where("adviser_id IS NULL AND level = ?", level), after, n)
}

// AdvisedBy lists up to n members whose adviser is a member of staff, by customer.
func AdvisedBy(ctx context.Context, r db.Reader, adviser id.ID, n int) ([]id.ID, error) {
	return customers(ctx, r.Conn(ctx).Where("adviser_id = ?", adviser), id.ID{}, n)
}

func customers(ctx context.Context, q *gorm.DB, after id.ID, n int) ([]id.ID, error) {
	if !after.IsZero() {
		q = q.Where("customer_id > ?", after)
	}
	var ids []id.ID
	if err := q.WithContext(ctx).Model(&membership.Member{}).Order("customer_id").Limit(n).Pluck("customer_id", &ids).Error; err != nil {
		return nil, fmt.Errorf("find members by adviser: %w", err)
	}
	return ids, nil
}

// Advisers lists everybody who is the adviser of a member.
func Advisers(ctx context.Context, r db.Reader) ([]id.ID, error) {
	var ids []id.ID
	err := r.Conn(ctx).Model(&membership.Member{}).Where("adviser_id IS NOT NULL").Distinct().Order("adviser_id").Pluck("adviser_id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find advisers: %w", err)
	}
	return ids, nil
}

// Loads counts the members of each of some advisers; who has none is left out.
func Loads(ctx context.Context, r db.Reader, advisers []id.ID) (map[id.ID]int64, error) {
	loads := make(map[id.ID]int64, len(advisers))
	if len(advisers) == 0 {
		return loads, nil
	}
	var rows []struct {
		AdviserID id.ID
		N         int64
	}
	err := r.Conn(ctx).Model(&membership.Member{}).Select("adviser_id, COUNT(*) AS n").Where("adviser_id IN ?", advisers).Group("adviser_id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count members of advisers: %w", err)
	}
	for _, row := range rows {
		loads[row.AdviserID] = row.N
	}
	return loads, nil
}
