package plan

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/excerpt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	"guike/model/project"
	"guike/model/project/plan"
	rooms "guike/service/project"
)

// Pause is the wish to let the work stand still, or to go on.
type Pause struct {
	ProjectID id.ID
	Reason    string // of a pause; a word on going on may be empty
	Once      once.Key
}

// Pause lets the work on a project stand still: no stage starts or completes, and neither logs nor delays
// raise an alarm until it is resumed. Errors: not_found; project.cancelled; plan.finished;
// project.paused; input.invalid at body.reason.
func (s *Service) Pause(ctx context.Context, who actor.Actor, in Pause) (EntryResult, bool, error) {
	if err := rooms.CheckReason("body.reason", &in.Reason); err != nil {
		return EntryResult{}, false, err
	}
	return s.once(ctx, who, in.Once, func(tx *db.Tx) (EntryResult, error) { return s.pauseTx(ctx, tx, who, in) })
}

// Resume lets the work go on: what is open in the plan moves by the working days that the pause took.
// Errors: not_found; project.cancelled; plan.finished; project.not_paused.
func (s *Service) Resume(ctx context.Context, who actor.Actor, in Pause) (EntryResult, bool, error) {
	if in.Reason != "" {
		if err := rooms.CheckReason("body.reason", &in.Reason); err != nil {
			return EntryResult{}, false, err
		}
	}
	return s.once(ctx, who, in.Once, func(tx *db.Tx) (EntryResult, error) { return s.resumeTx(ctx, tx, who, in) })
}

func (s *Service) once(ctx context.Context, who actor.Actor, key once.Key, fn func(tx *db.Tx) (EntryResult, error)) (r EntryResult, replayed bool, err error) {
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, key, func() (EntryResult, error) { return fn(tx) })
		return err
	})
	return r, replayed, err
}

func (s *Service) pauseTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Pause) (EntryResult, error) {
	none := EntryResult{}
	p, err := rooms.LockOpenTx(ctx, tx, who, in.ProjectID)
	switch {
	case err != nil:
		return none, err
	case !p.Open():
		return none, errFinished
	case p.Paused():
		return none, errPaused
	}
	p.PausedAt, p.PauseReason, p.DaysLate = &tx.Now, in.Reason, 0
	if err := project.SavePauseTx(ctx, tx, &p); err != nil {
		return none, err
	}
	if err := s.j.HushTx(ctx, tx, who, p.ID, "项目已暂停"); err != nil {
		return none, err
	}
	for _, f := range s.resumed {
		if both, ok := f.(rooms.PauseFollower); ok {
			if err := both.ProjectPausedTx(ctx, tx, who, &p); err != nil {
				return none, err
			}
		}
	}
	if err := plan.AddPauseTx(ctx, tx, &plan.Pause{ProjectID: p.ID, Reason: in.Reason, PausedBy: who.ID}); err != nil {
		return none, err
	}
	entry, err := s.j.TellTx(ctx, tx, who, &p, rooms.News{
		Entry: project.Entry{
			Kind: plan.EntryPaused, TitleZH: "项目暂停", TitleEN: "The project is paused", Body: "原因:" + in.Reason,
			StageKey: p.CurrentStage, RefID: p.ID,
		},
		Action: "project.paused", Reason: in.Reason,
	})
	return EntryResult{p.ID, entry}, err
}

func (s *Service) resumeTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Pause) (EntryResult, error) {
	none := EntryResult{}
	w, err := s.openTx(ctx, tx, who, in.ProjectID)
	switch {
	case err != nil:
		return none, err
	case !w.p.Paused():
		return none, errNotPaused
	}
	over := rooms.Resumption{PausedAt: *w.p.PausedAt, Days: s.j.Days(w.days)}
	lost := over.Days.Lost(over.PausedAt, s.j.Today())
	if lost > 0 {
		w.move(func(d clock.Day) clock.Day { return w.days.Plus(d, lost) })
	}
	w.p.PausedAt, w.p.PauseReason = nil, ""
	if err := project.SavePauseTx(ctx, tx, &w.p); err != nil {
		return none, err
	}
	if err := plan.EndPauseTx(ctx, tx, w.p.ID, who.ID, lost); err != nil {
		return none, err
	}
	if err := s.saveTx(ctx, tx, who, w); err != nil {
		return none, err
	}
	for _, f := range s.resumed {
		if err := f.ProjectResumedTx(ctx, tx, who, &w.p, over); err != nil {
			return none, err
		}
	}
	entry, err := s.tellTx(ctx, tx, who, w, news{
		kind: plan.Resumed, stage: -1, reason: in.Reason, action: "project.resumed", detail: map[string]any{"days": lost},
		entry: project.Entry{
			Kind: plan.EntryResumed, TitleZH: "项目恢复施工", TitleEN: "The project goes on", StageKey: w.p.CurrentStage,
			Body: excerpt.Of(join(append([]string{fmt.Sprintf("暂停占用 %d 个工作日,后续计划顺延。", lost)}, w.lines()...)...), 2000),
		},
	})
	return EntryResult{w.p.ID, entry}, err
}
