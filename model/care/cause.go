package care

import (
	"context"
	"fmt"

	"guike/model/db"
)

// OpenCauses lists the causes of the open tasks whose cause begins with a prefix that ends with a colon,
// sorted, n at most.
func OpenCauses(ctx context.Context, r db.Reader, prefix string, n int) ([]string, error) {
	end := []byte(prefix)
	end[len(end)-1]++ // the first text behind all that begin with the prefix
	var causes []string
	err := r.Conn(ctx).Model(&Task{}).Where("cause >= ? AND cause < ? AND state = ?", prefix, string(end), Open).
		Order("cause").Limit(n).Pluck("cause", &causes).Error
	if err != nil {
		return nil, fmt.Errorf("find open tasks of cause: %w", err)
	}
	return causes, nil
}
