package diary

import (
	"cmp"
	"context"
	"slices"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project/diary"
)

// BoardRow is a person's or a store's place on the board.
type BoardRow struct {
	Rank int // 1 is the best; equal scores share a rank
	ID   id.ID
	Name string
	Score
}

// Board is the staff board of a period: best first.
type Board struct {
	Period
	Group diary.Group
	Rows  []BoardRow
}

// Board ranks the people in charge, or the stores, within the reach of a member of staff by how complete
// their logs were (feature 14), limit rows at most. It knows business days that are over. Errors:
// input.invalid at query.from, query.to or query.group.
func (s *Service) Board(ctx context.Context, who actor.Actor, from, to string, group diary.Group, limit int) (Board, error) {
	span, err := s.period(from, to)
	if err != nil {
		return Board{}, err
	}
	if group != diary.PerPerson && group != diary.PerStore {
		return Board{}, fault.Broken("query.group", "unknown", "分组须为 person 或 store。", "The group is person or store.")
	}
	tallies, err := diary.Tallies(ctx, s.j.DB, who, group, span.From, span.To)
	if err != nil {
		return Board{}, err
	}
	b := Board{Period: span, Group: group}
	for _, t := range tallies {
		if n := len(b.Rows); n == 0 || b.Rows[n-1].ID != t.GroupID {
			b.Rows = append(b.Rows, BoardRow{ID: t.GroupID})
		}
		b.Rows[len(b.Rows)-1].add(t)
	}
	for i := range b.Rows {
		b.Rows[i].end()
	}
	slices.SortStableFunc(b.Rows, func(x, y BoardRow) int {
		return cmp.Or(*y.ScoreBP-*x.ScoreBP, y.Expected-x.Expected)
	})
	for i := range b.Rows {
		b.Rows[i].Rank = i + 1
		if i > 0 && *b.Rows[i].ScoreBP == *b.Rows[i-1].ScoreBP {
			b.Rows[i].Rank = b.Rows[i-1].Rank
		}
	}
	b.Rows = b.Rows[:min(limit, len(b.Rows))]
	return b, s.name(ctx, b)
}

// name fills in what the groups are called.
func (s *Service) name(ctx context.Context, b Board) error {
	ids := make([]id.ID, 0, len(b.Rows))
	for _, r := range b.Rows {
		ids = append(ids, r.ID)
	}
	names, err := namesOf(ctx, s.j.DB, b.Group, ids)
	for i := range b.Rows {
		b.Rows[i].Name = names[b.Rows[i].ID]
	}
	return err
}

func namesOf(ctx context.Context, r db.Reader, group diary.Group, ids []id.ID) (map[id.ID]string, error) {
	names := make(map[id.ID]string, len(ids))
	if group == diary.PerPerson {
		staff, err := identity.StaffByIDs(ctx, r, ids)
		for staffID, one := range staff {
			names[staffID] = one.Name
		}
		return names, err
	}
	stores, err := identity.StoresByIDs(ctx, r, ids)
	for storeID, one := range stores {
		names[storeID] = one.Name
	}
	return names, err
}

func (s *Service) staffNames(ctx context.Context, people map[id.ID]*PersonScore) (map[id.ID]string, error) {
	ids := make([]id.ID, 0, len(people))
	for staffID := range people {
		if !staffID.IsZero() {
			ids = append(ids, staffID)
		}
	}
	return namesOf(ctx, s.j.DB, diary.PerPerson, ids)
}
