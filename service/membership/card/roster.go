package card

import (
	"context"
	"strings"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
	model "guike/model/membership/card"
	"guike/model/membership/level"
)

// Roster tells whoever finds customers at the door their levels, and whose card a number is (A11).
type Roster struct{ Clock clock.Clock }

// Levels names the level of each customer who has one, by its key. It is what was kept last, in one statement;
// for those few whom the clock alone may have moved since, what the rules give now.
func (r Roster) Levels(ctx context.Context, from db.Reader, customers []id.ID) (map[id.ID]string, error) {
	now := r.Clock.Now()
	kept, err := model.LevelsKept(ctx, from, customers, now)
	if err != nil {
		return nil, err
	}
	levels := make(map[id.ID]string, len(kept))
	for customer, k := range kept {
		if k.Stale {
			s, err := level.StandingOf(ctx, from, customer, now)
			if err != nil {
				return nil, err
			}
			k.Level = ""
			if s.Level != nil {
				k.Level = s.Level.Key
			}
		}
		if k.Level != "" {
			levels[customer] = k.Level
		}
	}
	return levels, nil
}

// CardHolder finds whose card a number is, however its digits are grouped; ok is false for nobody's, and for a
// number whose check digit is wrong.
func (Roster) CardHolder(ctx context.Context, r db.Reader, number string) (holder id.ID, ok bool, err error) {
	no := strings.NewReplacer(" ", "", "-", "").Replace(number)
	if !membership.ValidCardNo(no) {
		return id.ID{}, false, nil
	}
	return model.HolderOf(ctx, r, no)
}
