package identity

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
)

// NicknamesOf reads what customers call themselves, for the views of other rows; ids of none are left
// out. Whoever shows them to others masks them.
func NicknamesOf(ctx context.Context, r db.Reader, customers []id.ID) (map[id.ID]string, error) {
	found := make(map[id.ID]string, len(customers))
	if len(customers) == 0 {
		return found, nil
	}
	var rows []struct {
		ID       id.ID
		Nickname string
	}
	if err := r.Conn(ctx).Model(&Customer{}).Select("id", "nickname").Where("id IN ?", customers).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read nicknames: %w", err)
	}
	for _, c := range rows {
		found[c.ID] = c.Nickname
	}
	return found, nil
}
