package plan

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
	"guike/model/once"
	"guike/model/project"
	"guike/model/project/plan"
	rooms "guike/service/project"
)

const maxWords = 500

// Decision is what staff make of a delay's notice. What is nil stands as it was proposed.
type Decision struct {
	NoticeID         id.ID
	Reason           string
	NewEnd           string
	CompensationFen  *int64
	CompensationText *string
	Once             once.Key
}

// gap is what a prepared reason leaves to be filled in.
const gap = "【请填写原因】"

func (d *Decision) check() error {
	if err := rooms.CheckReason("body.reason", &d.Reason); err != nil {
		return err
	}
	if strings.Contains(d.Reason, gap) {
		return fault.Broken("body.reason", "required", "请先把原因填写完整。", "Fill the gap in the reason first.")
	}
	if d.CompensationFen != nil && (*d.CompensationFen < 0 || *d.CompensationFen > maxFen) {
		return fault.Broken("body.compensation_fen", "out_of_range", "补偿金额超出范围。", "The compensation is out of range.")
	}
	if d.CompensationText != nil {
		text := wording.Trim(*d.CompensationText)
		if utf8.RuneCountInString(text) > maxWords {
			return fault.Broken("body.compensation_text", "too_long", "补偿说明最多 500 字。", "The words have at most 500 characters.")
		}
		d.CompensationText = &text
		return wording.CheckCharacters("body.compensation_text", text)
	}
	return nil
}

// Confirm tells the customer of a delay: why, until when, and what is offered, in one line of the
// timeline; the stage gets the new planned end, what follows moves with it, and the alert is over. Of
// two who decide at once one wins. Errors: not_found; project.cancelled; project.paused; plan.finished;
// delay.decided with the state that stands; input.invalid.
func (s *Service) Confirm(ctx context.Context, who actor.Actor, in Decision) (EntryResult, bool, error) {
	if err := in.check(); err != nil {
		return EntryResult{}, false, err
	}
	end, err := parseDay("body.new_end", in.NewEnd)
	if err != nil {
		return EntryResult{}, false, err
	}
	return s.once(ctx, who, in.Once, func(tx *db.Tx) (EntryResult, error) { return s.confirmTx(ctx, tx, who, in, end) })
}

func (s *Service) confirmTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Decision, end clock.Day) (EntryResult, error) {
	none := EntryResult{}
	n, w, err := s.openNoticeTx(ctx, tx, who, in.NoticeID)
	if err != nil {
		return none, err
	}
	if w.p.Paused() {
		return none, errPaused
	}
	i := w.at(n.StageKey)
	if i < 0 || n.StageKey != w.p.CurrentStage || w.stages[i].State == project.StageCompleted {
		return none, errDecided(n)
	}
	if end <= w.stages[i].PlannedEnd {
		return none, fault.Broken("body.new_end", "not_later", "新的日期须晚于原计划。", "The new end lies after the planned one.")
	}
	if err := workable("body.new_end", end, s.j.Today(), w.days); err != nil {
		return none, err
	}
	s.decide(&n, who, tx, plan.NoticeConfirmed, in.Reason)
	n.DaysLate, n.NewEnd = w.p.LateDays(s.j.Today(), w.days), end
	n.CompensationFen, n.CompensationText = n.ProposedFen, n.ProposedText
	if in.CompensationFen != nil {
		n.CompensationFen = *in.CompensationFen
	}
	if in.CompensationText != nil {
		n.CompensationText = *in.CompensationText
	}
	if err := plan.SaveNoticeTx(ctx, tx, &n); err != nil {
		return none, err
	}
	project.Shift(w.stages, n.StageKey, w.days.Workdays(w.stages[i].PlannedEnd.Plus(1), end), w.days.Off)
	if err := s.saveTx(ctx, tx, who, w); err != nil {
		return none, err
	}
	entry, err := s.tellTx(ctx, tx, who, w, news{
		kind: plan.Delayed, stage: i, reason: in.Reason, action: "delay.confirmed",
		entry:  delayEntry(w, n, w.stages[i]),
		detail: map[string]any{"notice_id": n.ID, "stage": n.StageKey, "compensation_fen": n.CompensationFen},
	})
	if err != nil {
		return none, err
	}
	return EntryResult{w.p.ID, entry}, s.j.Alarms.ClearTx(ctx, tx, who, n.Cause(), "延误通知已确认")
}

// delayEntry is the customer's card: reason, new date and compensation in one line.
func delayEntry(w *work, n plan.Notice, stage project.Stage) project.Entry {
	lines := []string{
		"原因:" + n.Reason,
		fmt.Sprintf("新的完成日期:%s(原计划 %s)", n.NewEnd, w.before[w.at(stage.Key)].PlannedEnd),
		fmt.Sprintf("项目预计完工:%s", w.p.PlannedEnd),
	}
	if offer := offer(n); offer != "" {
		lines = append(lines, project.MoneyLine("补偿:"+offer))
	}
	return project.Entry{
		Kind: plan.EntryDelay, TitleZH: "工期延后:" + stage.NameZH, TitleEN: "Delayed: " + stage.NameEN, StageKey: stage.Key, RefID: n.ID,
		Body: excerpt.Of(join(lines...), 2000),
	}
}

// offer puts a compensation into words.
func offer(n plan.Notice) string {
	text := n.CompensationText
	if n.CompensationFen > 0 {
		amount := "¥" + wording.Yuan(n.CompensationFen)
		if text == "" {
			return amount
		}
		text += "(" + amount + ")"
	}
	return text
}

// Dismiss decides that there is nothing to tell: the alert is over, and the same planned end raises none
// again. Errors: not_found; project.cancelled; plan.finished; delay.decided; input.invalid at body.reason.
func (s *Service) Dismiss(ctx context.Context, who actor.Actor, in Decision) (EntryResult, bool, error) {
	if err := rooms.CheckReason("body.reason", &in.Reason); err != nil {
		return EntryResult{}, false, err
	}
	return s.once(ctx, who, in.Once, func(tx *db.Tx) (EntryResult, error) {
		n, w, err := s.openNoticeTx(ctx, tx, who, in.NoticeID)
		if err != nil {
			return EntryResult{}, err
		}
		s.decide(&n, who, tx, plan.NoticeDismissed, in.Reason)
		if err := plan.SaveNoticeTx(ctx, tx, &n); err != nil {
			return EntryResult{}, err
		}
		stage := w.stages[max(0, w.at(n.StageKey))]
		entry, err := s.j.TellTx(ctx, tx, who, &w.p, rooms.News{
			Entry: project.Entry{
				Kind: plan.EntryDelay, TitleZH: "延误通知未发出:" + stage.NameZH, TitleEN: "Delay not announced: " + stage.NameEN,
				Body: "原因:" + in.Reason, StageKey: n.StageKey, RefID: n.ID,
			},
			Private: true, Action: "delay.dismissed", Reason: in.Reason, Detail: map[string]any{"notice_id": n.ID, "stage": n.StageKey},
		})
		if err != nil {
			return EntryResult{}, err
		}
		return EntryResult{w.p.ID, entry}, s.j.Alarms.ClearTx(ctx, tx, who, n.Cause(), "延误通知已驳回:"+in.Reason)
	})
}

// openNoticeTx locks the project of a notice and reads the notice under the lock. Errors: not_found;
// project.cancelled; plan.finished; delay.decided.
func (s *Service) openNoticeTx(ctx context.Context, tx *db.Tx, who actor.Actor, notice id.ID) (plan.Notice, *work, error) {
	n, err := plan.NoticeByID(ctx, tx, notice)
	if err != nil {
		return n, nil, err
	}
	w, err := s.openTx(ctx, tx, who, n.ProjectID)
	if err != nil {
		return n, nil, err
	}
	if n, err = plan.NoticeByID(ctx, tx, notice); err != nil { // a rival may have decided before the lock
		return n, nil, err
	}
	if n.State != plan.NoticeOpen {
		return n, nil, errDecided(n)
	}
	return n, w, nil
}

func (s *Service) decide(n *plan.Notice, who actor.Actor, tx *db.Tx, state plan.NoticeState, reason string) {
	n.State, n.Reason, n.DecidedBy, n.DecidedByName, n.DecidedAt = state, reason, who.ID, who.Name, &tx.Now
}

// overtakeTx ends the open notices that a changed plan makes needless, and renews those that it does not.
func (s *Service) overtakeTx(ctx context.Context, tx *db.Tx, who actor.Actor, w *work) error {
	open, err := plan.Notices(ctx, tx, w.p.ID, plan.NoticeOpen)
	if err != nil {
		return err
	}
	late := w.p.LateDays(s.j.Today(), w.days)
	for _, n := range open {
		if n.StageKey == w.p.CurrentStage && (late > 0 || w.p.Paused()) {
			if n.Due == w.p.StageDue {
				continue
			}
			n.Due, n.DaysLate = w.p.StageDue, late
			if err := plan.SaveNoticeTx(ctx, tx, &n); err != nil {
				return err
			}
			continue
		}
		if err := clearTx(ctx, tx, who, s.j, n, "计划已调整"); err != nil {
			return err
		}
	}
	return nil
}

func clearTx(ctx context.Context, tx *db.Tx, who actor.Actor, j *rooms.Journal, n plan.Notice, why string) error {
	n.State, n.Reason, n.DecidedBy, n.DecidedByName, n.DecidedAt = plan.NoticeCleared, why, who.ID, who.Name, &tx.Now
	if err := plan.SaveNoticeTx(ctx, tx, &n); err != nil {
		return err
	}
	return j.Alarms.ClearTx(ctx, tx, who, n.Cause(), why)
}

// Closer ends the delays of a stage in the transaction in which the stage completes, and those of a
// project that is cancelled, with the reminders of its phases. It follows the stages.
type Closer struct{ J *rooms.Journal }

// StageMovedTx clears the open notices of a stage that is completed.
func (c Closer) StageMovedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project, stage project.Stage, kind project.EntryKind) error {
	if kind != project.EntryStageCompleted {
		return nil
	}
	return c.clearTx(ctx, tx, who, p.ID, stage.Key, "阶段已完成")
}

// ProjectCancelledTx clears all open notices of a project, and the reminders of its phases.
func (c Closer) ProjectCancelledTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project) error {
	const why = "项目已取消"
	phases, err := plan.Phases(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for _, ph := range phases {
		if !ph.Reminded {
			continue
		}
		if err := c.J.Alarms.ClearTx(ctx, tx, who, phaseCause(ph), why); err != nil {
			return err
		}
	}
	return c.clearTx(ctx, tx, who, p.ID, "", why)
}

func (c Closer) clearTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID, stage, why string) error {
	open, err := plan.Notices(ctx, tx, projectID, plan.NoticeOpen)
	if err != nil {
		return err
	}
	for _, n := range open {
		if stage != "" && n.StageKey != stage {
			continue
		}
		if err := clearTx(ctx, tx, who, c.J, n, why); err != nil {
			return err
		}
	}
	return nil
}
