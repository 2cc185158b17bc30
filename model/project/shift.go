package project

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// maxSteps bounds how far a shift walks, should a calendar have no working day at all.
const maxSteps = 4000

// WorkingDay is the day that lies so many working days after d, or before it when n is negative; off
// tells the days on which nobody works, nil none.
func WorkingDay(d clock.Day, n int, off func(clock.Day) bool) clock.Day {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for steps := 0; n > 0 && steps < maxSteps; steps++ {
		d = d.Plus(step)
		if off == nil || !off(d) {
			n--
		}
	}
	return d
}

// Shift moves the planned end of the stage of that key, and both planned days of every stage after it,
// by working days, later or (negative) earlier; a completed stage stays, and the next one that is open
// takes its place. No stage ends before it starts: a wish to end earlier is cut there. Baselines never
// move. It returns by how many working days the plan moved in the end, and the stages that changed.
func Shift(stages []Stage, key string, days int, off func(clock.Day) bool) (moved int, changed []Stage) {
	at := StageAt(stages, key)
	for at >= 0 && at < len(stages) && stages[at].State == StageCompleted {
		at++
	}
	if at < 0 || at == len(stages) {
		return 0, nil
	}
	first := &stages[at]
	for days < 0 && WorkingDay(first.PlannedEnd, days, off) < first.PlannedStart {
		days++
	}
	if days == 0 {
		return 0, nil
	}
	before := first.PlannedEnd
	first.PlannedEnd = WorkingDay(before, days, off)
	first.PlannedDays = max(1, first.PlannedDays+days)
	changed = append(changed, *first)
	end := first.PlannedEnd
	for i := at + 1; i < len(stages); i++ {
		s := &stages[i]
		if s.State == StageCompleted {
			continue
		}
		behind := s.PlannedStart > before // it waited for the stage before it, and still does
		before = s.PlannedEnd
		s.PlannedStart, s.PlannedEnd = WorkingDay(s.PlannedStart, days, off), WorkingDay(s.PlannedEnd, days, off)
		if behind && s.PlannedStart <= end {
			s.PlannedStart = end.Plus(1)
		}
		s.PlannedEnd = max(s.PlannedEnd, s.PlannedStart)
		end = s.PlannedEnd
		changed = append(changed, *s)
	}
	return days, changed
}

// SavePlanTx writes the planned days of the stages that changed, and what follows from all stages for
// the project: its planned start and end, the due day of the stage under way, the revision of the
// calendar. Versions grow by one. One statement for the stages, one for the project.
func SavePlanTx(ctx context.Context, tx *db.Tx, p *Project, stages, changed []Stage) error {
	if err := saveDaysTx(ctx, tx, p.ID, changed); err != nil {
		return err
	}
	p.PlannedEnd = PlannedEnd(stages, p.PlannedEnd)
	p.Derive(stages, tx.Now)
	p.Version++
	p.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Project{}).Where("id = ?", p.ID).UpdateColumns(map[string]any{
		"planned_start": p.PlannedStart, "planned_end": p.PlannedEnd, "stage_due": p.StageDue, "days_late": p.DaysLate,
		"calendar_rev": p.CalendarRev, "version": p.Version, "updated_at": p.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save plan of project: %w", err)
	}
	return nil
}

func saveDaysTx(ctx context.Context, tx *db.Tx, project id.ID, changed []Stage) error {
	if len(changed) == 0 {
		return nil
	}
	branches := "CASE seq" + strings.Repeat(" WHEN ? THEN ?", len(changed)) + " END"
	starts, ends, lengths, seqs := []any{}, []any{}, []any{}, []int{}
	for _, s := range changed {
		starts, ends = append(starts, s.Seq, s.PlannedStart), append(ends, s.Seq, s.PlannedEnd)
		lengths, seqs = append(lengths, s.Seq, s.PlannedDays), append(seqs, s.Seq)
	}
	err := tx.Conn(ctx).Model(&Stage{}).Where("project_id = ? AND seq IN ?", project, seqs).UpdateColumns(map[string]any{
		"planned_start": gorm.Expr(branches, starts...), "planned_end": gorm.Expr(branches, ends...),
		"planned_days": gorm.Expr(branches, lengths...), "version": gorm.Expr("version + 1"),
	}).Error
	if err != nil {
		return fmt.Errorf("save planned days of stages: %w", err)
	}
	return nil
}

// SaveContractTx writes the contract amount, in cents, of a project that the transaction has locked;
// its version grows by one.
func SaveContractTx(ctx context.Context, tx *db.Tx, p *Project, fen int64) error {
	p.ContractAmountFen = fen
	err := tx.Conn(ctx).Model(&Project{}).Where("id = ?", p.ID).UpdateColumn("contract_amount_fen", fen).Error
	if err != nil {
		return fmt.Errorf("save contract amount: %w", err)
	}
	return TouchTx(ctx, tx, p)
}
