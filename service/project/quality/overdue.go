package quality

import (
	"context"
	"errors"
	"fmt"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	model "guike/model/project"
	"guike/model/project/quality"
)

// batch is how many hazards one read of the job finds at most.
const batch = 100

// AlarmOverdue raises an alert of level 1 for every hazard that is past its day and not mended, once a
// round. Any number of instances may run it, and after any silence; a hazard that cannot be alarmed
// holds up no other, its error is returned in the end.
func (s *Service) AlarmOverdue(ctx context.Context) error {
	var stuck []error
	if err := s.followCalendar(ctx); err != nil {
		if fault.Code(err) == "store.unavailable" || ctx.Err() != nil {
			return err
		}
		stuck = append(stuck, err)
	}
	var after id.ID
	var afterMS int64
	for {
		due, err := quality.OverdueHazards(ctx, s.j.DB, s.j.DB.Now(), afterMS, after, batch)
		if err != nil || len(due) == 0 {
			return errors.Join(append(stuck, err)...)
		}
		for _, h := range due {
			after, afterMS = h.ID, *h.OverdueAt
			err := s.alarm(ctx, h)
			if fault.Code(err) == "store.unavailable" || ctx.Err() != nil {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("alarm for hazard %s: %w", h.ID, err))
			}
		}
	}
}

func (s *Service) alarm(ctx context.Context, due quality.Hazard) error {
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := model.LockTx(ctx, tx, actor.Machine(), due.ProjectID)
		if err != nil {
			return err
		}
		h, err := quality.HazardByID(ctx, tx, due.ID)
		if err != nil || h.OverdueAt == nil || *h.OverdueAt > tx.Now.UnixMilli() {
			return err // a rival gave the alarm, or the hazard was mended or given another day
		}
		if p.Paused() && *h.OverdueAt > p.PausedAt.UnixMilli() {
			return s.holdPausedTx(ctx, tx, h)
		}
		h.OverdueAt = nil
		if err := quality.SaveHazardTx(ctx, tx, &h); err != nil || !h.Owed() || p.State == model.Cancelled {
			return err
		}
		_, err = s.j.Alarms.RaiseTx(ctx, tx, actor.Machine(), care.Raise{
			Kind: kindOverdue, Cause: overdueCause(h), Level: 1, Title: "隐患整改逾期:" + short(h.Title),
			Reason:     fmt.Sprintf("项目 %s 的隐患应在 %s 前由%s整改,至今未提交", p.No, h.DueOn, h.OwnerName),
			CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID,
		})
		return err
	})
}

// holdPausedTx stops the clocks of a hazard of a project that is paused and was not stopped with it.
func (s *Service) holdPausedTx(ctx context.Context, tx *db.Tx, h quality.Hazard) error {
	if err := quality.HoldHazardTx(ctx, tx, h); err != nil {
		return err
	}
	return s.j.Alarms.HoldTx(ctx, tx, fixCause(h))
}
