package level

import (
	"context"
	"encoding/json"
	"slices"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/membership/level"
)

// Ladder reads the ladder as it stands. Errors: not_found before one was loaded.
func (s *Service) Ladder(ctx context.Context) (model.Ladder, error) {
	rules, err := s.rules.Now(ctx, s.d.DB)
	if err != nil {
		return model.Ladder{}, err
	}
	if rules.Ladder == nil {
		return model.Ladder{}, fault.Missing()
	}
	return *rules.Ladder, nil
}

// SetLadder keeps the next version of the ladder and has every member looked at again. What is said already
// changes nothing. Errors: input.invalid with every finding; ladder.changed with the version that stands.
func (s *Service) SetLadder(ctx context.Context, who actor.Actor, version int64, p model.Plan) (l model.Ladder, err error) {
	if err := refused(s.lintPlan(&p, "body.")); err != nil {
		return l, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		rules, err := model.RulesNow(ctx, tx)
		if err != nil {
			return err
		}
		l = model.Ladder{}
		if rules.Ladder != nil {
			l = *rules.Ladder
		}
		switch {
		case l.Version != version:
			return errLadderChanged(l.Version)
		case equal(l.Plan, p):
			return nil
		}
		l = model.Ladder{Version: version + 1, CreatedBy: who.ID, Plan: p}
		if err := model.AddLadderTx(ctx, tx, &l); err != nil {
			if db.Duplicate(err) { // a rival wrote it in this moment
				return errLadderChanged(l.Version)
			}
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "ladder.changed", Kind: "setting", Detail: map[string]any{"version": l.Version, "steps": keys(p)}})
	})
	return l, err
}

func keys(p model.Plan) (all []string) {
	for _, s := range p.Steps {
		all = append(all, s.Key)
	}
	return all
}

// equal compares what would be kept.
func equal(a, b any) bool {
	one, errA := json.Marshal(a)
	two, errB := json.Marshal(b)
	return errA == nil && errB == nil && slices.Equal(one, two)
}

// Checked is what a dry run of a ladder came to: what is wrong with it, and, when nothing is, how many members
// are at which level now and how many growth, what was paid and the points that were earned would put there, grace
// aside.
type Checked struct {
	Findings []Finding
	Counts   []Count
}

// Count is a level's members before a change, and by the growth, payments and points that they have.
type Count struct {
	Level         string
	Before, After int64
}

// Check tries a ladder and keeps nothing.
func (s *Service) Check(ctx context.Context, p model.Plan) (Checked, error) {
	found := s.lintPlan(&p, "body.")
	if len(found) > 0 {
		return Checked{Findings: found}, nil
	}
	before, err := model.CountLevels(ctx, s.d.DB)
	if err != nil {
		return Checked{}, err
	}
	after, err := model.CountByGrowth(ctx, s.d.DB, p, s.d.DB.Now())
	if err != nil {
		return Checked{}, err
	}
	var counts []Count
	add := func(level string) {
		if !slices.ContainsFunc(counts, func(c Count) bool { return c.Level == level }) {
			counts = append(counts, Count{level, before[level], after[level]})
		}
	}
	add("")
	for _, step := range p.Steps {
		add(step.Key)
	}
	for _, level := range sorted(before) {
		add(level)
	}
	return Checked{Counts: counts}, nil
}
