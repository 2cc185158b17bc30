package earning

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// Transfers reads transfers by id: those to which the lines of a statement, or promises, refer.
func Transfers(ctx context.Context, r db.Reader, ids []id.ID) (map[id.ID]ledger.Transfer, error) {
	by := make(map[id.ID]ledger.Transfer, len(ids))
	if len(ids) == 0 {
		return by, nil
	}
	var rows []ledger.Transfer
	if err := r.Conn(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read transfers: %w", err)
	}
	for _, t := range rows {
		by[t.ID] = t
	}
	return by, nil
}

// Frozen tells by which causes subjects are kept from vesting now.
func Frozen(ctx context.Context, r db.Reader, subjects []string) (map[string][]string, error) {
	by := map[string][]string{}
	if len(subjects) == 0 {
		return by, nil
	}
	var rows []ledger.Freeze
	err := r.Conn(ctx).Where("subject IN ? AND ended_at IS NULL", subjects).Order("subject, cause").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read freezes: %w", err)
	}
	for _, f := range rows {
		by[f.Subject] = append(by[f.Subject], f.Cause)
	}
	return by, nil
}
