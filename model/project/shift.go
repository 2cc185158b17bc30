package project

import (
	"context"
	"fmt"
	"slices"

	"guike/internal/clock"
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
	at := slices.IndexFunc(stages, func(s Stage) bool { return s.Key == key })
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
	first.PlannedDays = first.PlannedEnd.Since(first.PlannedStart) + 1
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
// the project: its planned end and the due day of the stage under way. Versions grow by one.
func SavePlanTx(ctx context.Context, tx *db.Tx, p *Project, stages, changed []Stage) error {
	for _, s := range changed {
		err := tx.Conn(ctx).Model(&Stage{}).Where("project_id = ? AND seq = ?", s.ProjectID, s.Seq).UpdateColumns(map[string]any{
			"planned_start": s.PlannedStart, "planned_end": s.PlannedEnd, "planned_days": s.PlannedDays, "version": s.Version + 1,
		}).Error
		if err != nil {
			return fmt.Errorf("save plan of stage %s: %w", s.Key, err)
		}
	}
	for _, s := range stages {
		if s.Weight > 0 {
			p.PlannedEnd = s.PlannedEnd
		}
	}
	p.Derive(stages, tx.Now)
	err := tx.Conn(ctx).Model(&Project{}).Where("id = ?", p.ID).UpdateColumn("planned_end", p.PlannedEnd).Error
	if err != nil {
		return fmt.Errorf("save plan of project: %w", err)
	}
	return SaveStateTx(ctx, tx, p)
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
