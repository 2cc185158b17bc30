package identity

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
)

// BornOn reads customers whose birthday is one of some days of the year, MM-DD, in the order of their ids
// after one of them, at most n: a walk through everybody in constant memory. Records that were merged are left
// out.
func BornOn(ctx context.Context, r db.Reader, days []string, after id.ID, n int) ([]Customer, error) {
	q := r.Conn(ctx).Select("id", "birthday", "store_id").Where("birthday IS NOT NULL AND SUBSTR(birthday, 6, 5) IN ? AND status = ?", days, CustomerActive)
	if !after.IsZero() {
		q = q.Where("id > ?", after)
	}
	var rows []Customer
	if err := q.Order("id").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look for birthdays: %w", err)
	}
	return rows, nil
}
