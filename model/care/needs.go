package care

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
)

// OpenAlertsOf lists the alerts about a customer that are not closed, newest first, n at most.
func OpenAlertsOf(ctx context.Context, r db.Reader, customer id.ID, n int) ([]Alert, error) {
	var rows []Alert
	err := r.Conn(ctx).Where("customer_id = ? AND state <> ?", customer, AlertClosed).Order("created_at DESC, id DESC").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find open alerts of customer: %w", err)
	}
	return rows, nil
}
