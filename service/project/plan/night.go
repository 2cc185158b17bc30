package plan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/plan"
)

// AlertDelay is the kind of alert that a delay raises, at level 2 (K2).
const AlertDelay = "plan_delay"

const (
	delayLevel = 2
	nightBatch = 200
	// maxStuck is how many projects one run of the night steps over before it gives up: beyond it something
	// is wrong with all of them.
	maxStuck = 50
)

// LookForDelays walks once a night over the projects whose stage under way is past its planned end:
// it stores how late each is, and for those that are later than the policy bears it raises an alert of
// level 2 and prepares a notice for staff to confirm, once per delay (K2). It goes in batches of a few
// statements, each with the place up to which the night has come, so that it takes constant memory,
// goes on after a kill, and is shared by any number of instances. A night that was missed is not
// made up for: the next one finds what still holds. A project that cannot be judged holds up no other:
// it is left to the next night, and its error is returned.
func (s *Service) LookForDelays(ctx context.Context) error {
	today := s.j.Today()
	stuck, err := s.settle(ctx, today)
	if err != nil {
		return err
	}
	night, _, err := plan.NightOf(ctx, s.j.DB, today)
	if err != nil {
		return errors.Join(append(stuck, err)...)
	}
	for size := nightBatch; night.FinishedAt == nil; {
		next, err := s.batch(ctx, today, size)
		switch {
		case err == nil:
			night, size = next, min(nightBatch, size*4)
		case gone(ctx, err):
			return errors.Join(append(stuck, fmt.Errorf("look for delays: %w", err))...)
		case size > 1: // one of them stands in the way: find it
			size = 1
		default:
			if stuck = append(stuck, fmt.Errorf("look for delays: %w", err)); len(stuck) > maxStuck {
				return errors.Join(stuck...)
			}
			if err := s.j.DB.Tx(ctx, func(tx *db.Tx) error { return s.leaveTx(ctx, tx, today) }); err != nil {
				return errors.Join(append(stuck, err)...)
			}
		}
	}
	return errors.Join(stuck...)
}

func (s *Service) batch(ctx context.Context, today clock.Day, size int) (night plan.Night, err error) {
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		night, err = s.nightTx(ctx, tx, today, size)
		return err
	})
	return night, err
}

// leaveTx steps over the next project of the night.
func (s *Service) leaveTx(ctx context.Context, tx *db.Tx, today clock.Day) error {
	night, late, err := s.lateTx(ctx, tx, today, 1)
	if err != nil || night.FinishedAt != nil || len(late) == 0 {
		return err
	}
	night.CursorDue, night.CursorID = late[0].StageDue, late[0].ID
	return plan.SaveNightTx(ctx, tx, night)
}

// lateTx reads the next late projects from the place up to which the night has come.
func (s *Service) lateTx(ctx context.Context, tx *db.Tx, today clock.Day, size int) (plan.Night, []project.Project, error) {
	night, err := plan.LockNightTx(ctx, tx, today)
	if err != nil || night.FinishedAt != nil {
		return night, nil, err
	}
	days, err := s.j.Calendar(ctx, tx)
	if err != nil {
		return night, nil, err
	}
	place := project.DuePlace{Due: night.CursorDue, ID: night.CursorID}
	late, err := project.LateProjects(ctx, tx, days.Minus(today, 0), place, size)
	return night, late, err
}

// settle ends the delays that another room's change of plan has overtaken: an approved change order, for
// instance. What this room changes itself ends them at once.
func (s *Service) settle(ctx context.Context, today clock.Day) (stuck []error, err error) {
	for after := (id.ID{}); ; {
		ids, err := plan.Overtaken(ctx, s.j.DB, today, after, nightBatch)
		if err != nil || len(ids) == 0 {
			return stuck, err
		}
		for _, projectID := range ids {
			err := s.j.DB.Tx(ctx, func(tx *db.Tx) error { return s.settleTx(ctx, tx, projectID) })
			if gone(ctx, err) {
				return stuck, err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("settle delays of project %s: %w", projectID, err))
			}
			after = projectID
		}
	}
}

func (s *Service) settleTx(ctx context.Context, tx *db.Tx, projectID id.ID) error {
	p, err := project.LockTx(ctx, tx, actor.Machine(), projectID)
	if err != nil {
		return err
	}
	days, err := s.j.Calendar(ctx, tx)
	if err != nil {
		return err
	}
	return s.overtakeTx(ctx, tx, actor.Machine(), &work{p: p, days: days})
}

// nightTx works one batch.
func (s *Service) nightTx(ctx context.Context, tx *db.Tx, today clock.Day, size int) (plan.Night, error) {
	night, late, err := s.lateTx(ctx, tx, today, size)
	if err != nil || night.FinishedAt != nil {
		return night, err
	}
	days, err := s.j.Calendar(ctx, tx)
	if err != nil {
		return night, err
	}
	policy, err := policy(ctx, tx)
	if err != nil {
		return night, err
	}
	over, err := s.markTx(ctx, tx, late, days, policy)
	if err != nil {
		return night, err
	}
	raised, err := s.raiseTx(ctx, tx, over, days, policy)
	if err != nil {
		return night, err
	}
	night.Seen, night.Late, night.Raised = night.Seen+int64(len(late)), night.Late+int64(len(over)), night.Raised+int64(raised)
	if len(late) > 0 {
		last := late[len(late)-1]
		night.CursorDue, night.CursorID = last.StageDue, last.ID
	}
	if len(late) < size {
		night.FinishedAt = &tx.Now
		tx.AfterCommit(func() { s.report(context.WithoutCancel(ctx), night) })
	}
	return night, plan.SaveNightTx(ctx, tx, night)
}

// report says how long the night took; the job's own duration is a metric of the runner.
func (s *Service) report(ctx context.Context, n plan.Night) {
	s.log.InfoContext(ctx, "looked for delays", slog.String("day", string(n.Day)), slog.Int64("late_projects", n.Seen),
		slog.Int64("beyond_threshold", n.Late), slog.Int64("raised", n.Raised), slog.Duration("took", n.FinishedAt.Sub(n.StartedAt)))
}

// markTx stores how late the projects are, a statement or two for each due day among them, and picks
// those that are later than the policy bears.
func (s *Service) markTx(ctx context.Context, tx *db.Tx, late []project.Project, days plan.Calendar, policy plan.Policy) ([]project.Project, error) {
	var over []project.Project
	for first := 0; first < len(late); {
		due, n := late[first].StageDue, late[first].LateDays(s.j.Today(), days)
		var changed, noticed []id.ID
		next := first
		for ; next < len(late) && late[next].StageDue == due; next++ {
			if late[next].DaysLate != n {
				changed = append(changed, late[next].ID)
			}
			if n > policy.LateAfterDays {
				noticed = append(noticed, late[next].ID)
			}
		}
		if n > policy.LateAfterDays {
			over = append(over, late[first:next]...)
		}
		first = next
		if err := project.MarkLateTx(ctx, tx, due, changed, n); err != nil {
			return nil, err
		}
		if err := plan.SeenTx(ctx, tx, noticed, n); err != nil {
			return nil, err
		}
	}
	return over, nil
}

// raiseTx opens a notice with its alert for every project that has none for this delay.
func (s *Service) raiseTx(ctx context.Context, tx *db.Tx, over []project.Project, days plan.Calendar, policy plan.Policy) (int, error) {
	fresh, notices, err := unnoticed(ctx, tx, over)
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	locked, err := project.LockManyTx(ctx, tx, fresh)
	if err != nil {
		return 0, err
	}
	stages, err := project.StagesOf(ctx, tx, fresh)
	if err != nil {
		return 0, err
	}
	raised := 0
	for _, p := range locked {
		if p.LateDays(s.j.Today(), days) <= policy.LateAfterDays { // it moved on before the lock
			continue
		}
		w := &work{p: p, stages: stages[p.ID], days: days}
		if err := s.noticeTx(ctx, tx, w, policy, number(notices[p.ID], p.CurrentStage)); err != nil {
			return raised, err
		}
		raised++
	}
	return raised, nil
}

// unnoticed picks the projects of whose delay nobody was told: no notice of the stage waits, and none
// was dismissed for the day that it was due.
func unnoticed(ctx context.Context, r db.Reader, over []project.Project) (fresh []id.ID, notices map[id.ID][]plan.Notice, err error) {
	ids := make([]id.ID, 0, len(over))
	for _, p := range over {
		ids = append(ids, p.ID)
	}
	if notices, err = plan.NoticesOf(ctx, r, ids); err != nil {
		return nil, nil, err
	}
	for _, p := range over {
		known := slices.ContainsFunc(notices[p.ID], func(n plan.Notice) bool {
			return n.StageKey == p.CurrentStage && (n.State == plan.NoticeOpen || n.State == plan.NoticeDismissed && n.Due == p.StageDue)
		})
		if !known {
			fresh = append(fresh, p.ID)
		}
	}
	return fresh, notices, nil
}

// number counts the delays of a stage: the next one's.
func number(notices []plan.Notice, stage string) int {
	n := 1
	for _, known := range notices {
		if known.StageKey == stage {
			n = max(n, known.N+1)
		}
	}
	return n
}

func (s *Service) noticeTx(ctx context.Context, tx *db.Tx, w *work, policy plan.Policy, number int) error {
	i := w.at(w.p.CurrentStage)
	if i < 0 {
		return nil
	}
	stage, late := w.stages[i], w.p.LateDays(s.j.Today(), w.days)
	step, err := policy.Propose(late)
	if err != nil {
		return err
	}
	n := plan.Notice{
		ProjectID: w.p.ID, StageKey: stage.Key, N: number, Due: w.p.StageDue, DaysLate: late,
		ProposedReason: fmt.Sprintf("因"+gap+",“%s”阶段较计划延后 %d 个工作日。", stage.NameZH, late),
		ProposedEnd:    project.Forecast(w.p, w.stages, s.j.Today(), s.j.Days(w.days))[i],
		ProposedFen:    step.Fen, ProposedText: step.ZH, PolicyVersion: policy.Version,
	}
	if err := plan.AddNoticeTx(ctx, tx, &n); err != nil {
		return fmt.Errorf("prepare delay notice: %w", err)
	}
	_, err = s.j.Alarms.RaiseTx(ctx, tx, actor.Machine(), care.Raise{
		Kind: AlertDelay, Cause: n.Cause(), Level: delayLevel, CustomerID: w.p.CustomerID, ProjectID: w.p.ID, StoreID: w.p.StoreID,
		Title:  fmt.Sprintf("工期延误:%s已超 %d 个工作日", stage.NameZH, late),
		Reason: fmt.Sprintf("项目 %s 的“%s”计划 %s 完成,已延后 %d 个工作日;延误通知待确认。", w.p.No, stage.NameZH, w.p.StageDue, late),
	})
	return err
}
