package card

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
)

// HolderOf finds whose card a number is; ok is false for nobody's.
func HolderOf(ctx context.Context, r db.Reader, no string) (holder id.ID, ok bool, err error) {
	var m membership.Member
	err = r.Conn(ctx).Where("card_no = ?", no).Take(&m).Error
	if db.Missing(err) {
		return id.ID{}, false, nil
	}
	if err != nil {
		return id.ID{}, false, fmt.Errorf("read holder of a card: %w", err)
	}
	return m.CustomerID, true, nil
}

// Known is the level of a member as it was kept last. Stale tells that the clock alone may have changed it
// since.
type Known struct {
	Level string
	Stale bool
}

// LevelsKept reads the levels of several customers as they were kept last, in one statement; who is no member
// is left out.
func LevelsKept(ctx context.Context, r db.Reader, of []id.ID, now time.Time) (map[id.ID]Known, error) {
	found := make(map[id.ID]Known, len(of))
	if len(of) == 0 {
		return found, nil
	}
	var rows []membership.Member
	if err := r.Conn(ctx).Select("customer_id", "level", "look_at").Where("customer_id IN ?", of).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read levels: %w", err)
	}
	for _, m := range rows {
		found[m.CustomerID] = Known{Level: m.Level, Stale: m.LookAt != nil && *m.LookAt <= now.UnixMilli()}
	}
	return found, nil
}
