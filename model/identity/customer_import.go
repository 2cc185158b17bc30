package identity

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
)

// phoneBatch bounds how many numbers one statement names.
const phoneBatch = 200

// CustomersByPhones looks customers up by the blind indexes of whole numbers, which are the keys of what
// it returns. As CustomerByPhone it knows no scope.
func CustomersByPhones(ctx context.Context, r db.Reader, phones [][]byte) (map[string]id.ID, error) {
	found := make(map[string]id.ID, len(phones))
	for len(phones) > 0 {
		n := min(len(phones), phoneBatch)
		var rows []Customer
		if err := r.Conn(ctx).Select("id", "phone_idx").Where("phone_idx IN ?", phones[:n]).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read customers by phone: %w", err)
		}
		for _, c := range rows {
			found[string(c.PhoneIdx)] = c.ID
		}
		phones = phones[n:]
	}
	return found, nil
}
