package plan

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	"guike/model/project"
	"guike/model/project/plan"
	rooms "guike/service/project"
)

const (
	maxStages = 50
	// maxStageDays bounds one stage.
	maxStageDays = 730
)

// StageDays are the planned days that a stage shall have.
type StageDays struct{ Key, Start, End string }

// Replan is the wish for other planned days, made of the project as it stood at Version.
type Replan struct {
	ProjectID id.ID
	Stages    []StageDays
	Reason    string
	Version   int64
}

// Replan changes the planned days of stages that are not completed; baselines stay. Errors: not_found;
// project.cancelled; project.paused; plan.finished; plan.changed with the version that stands;
// plan.stage_completed; input.invalid at the stage that breaks a rule.
func (s *Service) Replan(ctx context.Context, who actor.Actor, in Replan) error {
	if err := rooms.CheckReason("body.reason", &in.Reason); err != nil {
		return err
	}
	if len(in.Stages) < 1 || len(in.Stages) > maxStages {
		return fault.Broken("body.stages", "count", "请列出 1 到 50 个阶段。", "Name 1 to 50 stages.")
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		w, err := s.openTx(ctx, tx, who, in.ProjectID)
		if err != nil {
			return err
		}
		if w.p.Version != in.Version {
			return rooms.PlanChanged(w.p)
		}
		if w.p.Paused() {
			return errPaused
		}
		if err := w.lay(in.Stages, s.j.Today()); err != nil {
			return err
		}
		if err := s.saveTx(ctx, tx, who, w); err != nil {
			return err
		}
		_, err = s.tellTx(ctx, tx, who, w, news{
			kind: plan.Replanned, stage: w.single(), reason: in.Reason, action: "plan.changed",
			entry: project.Entry{
				Kind: plan.EntryPlanChanged, TitleZH: "计划调整", TitleEN: "The plan has changed",
				Body: excerpt.Of(join(append(w.lines(), "原因:"+in.Reason)...), 2000),
			},
		})
		return err
	})
}

// single is the stage that moved when it is the only one, else -1.
func (w *work) single() int {
	moved := w.changed()
	if len(moved) != 1 {
		return -1
	}
	return w.at(moved[0].Key)
}

// lay sets the planned days that are asked for and refuses what cannot be worked.
func (w *work) lay(asked []StageDays, today clock.Day) error {
	touched := map[int]int{} // stage by place of the wish
	for n, want := range asked {
		i := w.at(want.Key)
		at := fmt.Sprintf("body.stages[%d].", n)
		if i < 0 {
			return fault.Broken(at+"key", "unknown", "项目没有这个阶段。", "The project has no such stage.")
		}
		if _, twice := touched[i]; twice {
			return fault.Broken(at+"key", "repeated", "同一阶段出现了两次。", "The stage is named twice.")
		}
		touched[i] = n
		if err := w.layStage(&w.stages[i], want, at, today); err != nil {
			return err
		}
	}
	if len(w.changed()) == 0 {
		return fault.Broken("body.stages", "unchanged", "计划没有变化。", "Nothing would change.")
	}
	return w.inOrder(touched)
}

func (w *work) layStage(st *project.Stage, want StageDays, at string, today clock.Day) error {
	start, err := parseDay(at+"planned_start", want.Start)
	if err != nil {
		return err
	}
	end, err := parseDay(at+"planned_end", want.End)
	if err != nil {
		return err
	}
	if start == st.PlannedStart && end == st.PlannedEnd {
		return nil
	}
	switch {
	case st.State == project.StageCompleted:
		return errStageDone.At(at+"key", "completed", "阶段“"+st.NameZH+"”已完成。", "The stage is completed.")
	case end < start:
		return fault.Broken(at+"planned_end", "before_start", "结束不能早于开始。", "The end lies before the start.")
	case end.Since(start) >= maxStageDays:
		return fault.Broken(at+"planned_end", "too_long", "单个阶段最长两年。", "A stage lasts two years at most.")
	}
	if end != st.PlannedEnd {
		if err := workable(at+"planned_end", end, today, w.days); err != nil {
			return err
		}
	}
	if start != st.PlannedStart && w.days.Off(start) {
		return fault.Broken(at+"planned_start", "closed", "当天为停工日。", "Sites are closed on that day.")
	}
	st.PlannedStart, st.PlannedEnd = start, end
	st.PlannedDays = max(1, w.days.Workdays(start, end))
	if w.p.State == project.Planned && st.Seq == w.stages[0].Seq {
		w.p.PlannedStart = start
	}
	return nil
}

// inOrder refuses a stage that would start before the one before it ends, where either was touched; one
// may begin on the day on which the other ends.
func (w *work) inOrder(touched map[int]int) error {
	last := -1
	for i, st := range w.stages {
		if st.State == project.StageCompleted {
			continue
		}
		if last >= 0 {
			n, mine := touched[i]
			if !mine {
				n, mine = touched[last]
			}
			if before := w.stages[last]; mine && st.PlannedStart < before.PlannedEnd {
				return fault.Broken(fmt.Sprintf("body.stages[%d]", n), "overlap",
					fmt.Sprintf("“%s”不能早于“%s”的结束日开始。", st.NameZH, before.NameZH),
					fmt.Sprintf("%q would start before %q ends.", st.NameEN, before.NameEN))
			}
		}
		last = i
	}
	return nil
}

// Expedite is the wish of the experience centre to have a stage done earlier.
type Expedite struct {
	ProjectID id.ID
	Stage     string
	NewEnd    string
	Reason    string
	Once      once.Key
}

// EntryResult is what a change leaves behind under its key.
type EntryResult struct {
	ProjectID id.ID `json:"project_id"`
	EntryID   id.ID `json:"entry_id"`
}

// Expedite pulls the planned end of a stage forward, and what follows with it; who approved it is kept
// and shown (C17). Errors: not_found; project.cancelled; project.paused; plan.finished;
// plan.stage_completed; input.invalid.
func (s *Service) Expedite(ctx context.Context, who actor.Actor, in Expedite) (r EntryResult, replayed bool, err error) {
	if err := rooms.CheckReason("body.reason", &in.Reason); err != nil {
		return r, false, err
	}
	end, err := parseDay("body.new_end", in.NewEnd)
	if err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (EntryResult, error) { return s.expediteTx(ctx, tx, who, in, end) })
		return err
	})
	return r, replayed, err
}

func (s *Service) expediteTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Expedite, end clock.Day) (EntryResult, error) {
	none := EntryResult{}
	w, err := s.openTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	if w.p.Paused() {
		return none, errPaused
	}
	i := w.at(in.Stage)
	if i < 0 {
		return none, fault.Broken("body.stage", "unknown", "项目没有这个阶段。", "The project has no such stage.")
	}
	st := w.stages[i]
	switch {
	case st.State == project.StageCompleted:
		return none, errStageDone
	case end >= st.PlannedEnd:
		return none, fault.Broken("body.new_end", "not_earlier", "新的日期须早于原计划。", "The new end lies before the planned one.")
	case end < st.PlannedStart:
		return none, fault.Broken("body.new_end", "before_start", "结束不能早于开始。", "The end lies before the start.")
	}
	if err := workable("body.new_end", end, s.j.Today(), w.days); err != nil {
		return none, err
	}
	project.Shift(w.stages, st.Key, -w.days.Workdays(end.Plus(1), st.PlannedEnd), w.days.Off)
	if err := s.saveTx(ctx, tx, who, w); err != nil {
		return none, err
	}
	entry, err := s.tellTx(ctx, tx, who, w, news{
		kind: plan.Expedited, stage: i, reason: in.Reason, action: "plan.expedited", detail: map[string]any{"stage": st.Key},
		entry: project.Entry{
			Kind: plan.EntryExpedited, TitleZH: "加急:" + st.NameZH, TitleEN: "Expedited: " + st.NameEN, StageKey: st.Key,
			Body: excerpt.Of(join(append(w.lines(), "批准人:"+who.Name, "原因:"+in.Reason)...), 2000),
		},
	})
	return EntryResult{w.p.ID, entry}, err
}
