package delivery

import (
	"context"
	"errors"
	"fmt"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/model/care"
	"guike/model/db"
	core "guike/model/project"
	"guike/model/project/delivery"
	"guike/model/project/plan"
)

// watchBatch is how many overdue batches are looked at in one read.
const watchBatch = 100

// daysLate counts the working days by which a batch is, or was, later than promised; 0 for one that is
// in time or was cancelled. While the project is paused no days are added.
func (s *Service) daysLate(c plan.Calendar, p core.Project, b delivery.Batch) int {
	end := s.j.Today()
	switch {
	case b.State == delivery.Cancelled:
		return 0
	case b.ArrivedAt != nil && !b.State.Open():
		end = clock.DayOf(*b.ArrivedAt, s.j.Zone)
	case b.ReceivedAt != nil:
		end = clock.DayOf(*b.ReceivedAt, s.j.Zone)
	case p.PausedAt != nil:
		end = clock.DayOf(*p.PausedAt, s.j.Zone)
	}
	return c.Workdays(b.PromisedOn.Plus(1), end)
}

// WatchLate opens a task for the project manager of every batch that is a working day or more behind its
// promise, once for each promise. Any number of instances may run it, at any time: a promise that was
// judged is not looked at again. A batch that cannot be judged holds up no other; its error is returned
// in the end.
func (s *Service) WatchLate(ctx context.Context) error {
	var stuck []error
	var after delivery.Batch
	for {
		rows, err := delivery.Overdue(ctx, s.j.DB, s.j.Today(), after, watchBatch)
		if err != nil || len(rows) == 0 {
			return errors.Join(append(stuck, err)...)
		}
		c, err := plan.LoadCalendar(ctx, s.j.DB, rows[0].AlarmOn, s.j.Today())
		if err != nil {
			return errors.Join(append(stuck, err)...)
		}
		for _, b := range rows {
			after = b
			err := s.judge(ctx, c, b)
			if fault.Code(err) == "store.unavailable" {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("judge delivery batch %s: %w", b.ID, err))
			}
		}
	}
}

// heardTx ends the task about a broken promise, if there is one: it has arrived, will not come, or was
// promised anew.
func (s *Service) heardTx(ctx context.Context, tx *db.Tx, who actor.Actor, b delivery.Batch, promised clock.Day, note string) error {
	return s.j.Alarms.ClearTx(ctx, tx, who, lateCause(b, promised), note)
}

// judge looks at one overdue batch under the lock of its project. A day off, or a pause, leaves it for
// another day.
func (s *Service) judge(ctx context.Context, c plan.Calendar, seen delivery.Batch) error {
	p, err := core.ByID(ctx, s.j.DB, seen.ProjectID)
	if err != nil {
		return err
	}
	if p.State != core.Cancelled && s.daysLate(c, p, seen) < 1 {
		return nil
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := core.LockByIDTx(ctx, tx, seen.ProjectID)
		if err != nil {
			return err
		}
		b, err := delivery.BatchByID(ctx, tx, seen.ID)
		if err != nil || b.AlarmOn != seen.AlarmOn {
			return err // a rival judged it, or it was promised anew
		}
		b.AlarmOn = ""
		if err := delivery.SaveBatchTx(ctx, tx, &b); err != nil || p.State == core.Cancelled {
			return err
		}
		late := s.daysLate(c, p, b)
		return s.taskTx(ctx, tx, actor.Machine(), p, care.Order{
			Kind: TaskLate, Cause: lateCause(b, b.PromisedOn), Title: title(b) + "未按期送达",
			Reason: fmt.Sprintf("%s:承诺 %s 送达,已晚 %d 个工作日。", p.No, b.PromisedOn, late),
		})
	})
}
