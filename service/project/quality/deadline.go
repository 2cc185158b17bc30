package quality

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	model "guike/model/project"
	"guike/model/project/plan"
	"guike/model/project/quality"
	"guike/model/settings"
	"guike/service/project"
)

const (
	// calendarSetting is the name under which the revision of the site calendar is kept to which the days
	// of hazards were brought last.
	calendarSetting = "quality.calendar_revision"
	// calendarPast is how many days back closures count.
	calendarPast = 800
)

// workday is the day by which something is mended that was asked for by a day: that day, or the next one
// on which sites work.
func (s *Service) workday(ctx context.Context, r db.Reader, day clock.Day) (clock.Day, error) {
	days, err := s.j.Calendar(ctx, r)
	if err != nil {
		return day, err
	}
	return days.Plus(day, 0), nil
}

// clockOf is the instant from which a hazard of a project is overdue; none while the project is paused.
func (s *Service) clockOf(p model.Project, due clock.Day) *int64 {
	if p.Paused() {
		return nil
	}
	return s.overdueAt(due)
}

// heldTx stops the clock of the task of a cause while the project is paused.
func (s *Service) heldTx(ctx context.Context, tx *db.Tx, p model.Project, cause string) error {
	if !p.Paused() {
		return nil
	}
	return s.j.Alarms.HoldTx(ctx, tx, cause)
}

// dueBy is the due time of the task of whoever mends a hazard by the end of a day.
func (s *Service) dueBy(day clock.Day) time.Time {
	return clock.Cut(day.Plus(1).Start(s.j.Zone).Add(-time.Minute))
}

// ProjectPausedTx stops the clocks of a project's hazards and rechecks that have not run out.
func (s *Service) ProjectPausedTx(ctx context.Context, tx *db.Tx, _ actor.Actor, p *model.Project) error {
	standing, err := quality.StandingOf(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for _, h := range standing {
		if err := s.holdTx(ctx, tx, h); err != nil {
			return err
		}
	}
	return nil
}

// holdTx stops what runs for one hazard.
func (s *Service) holdTx(ctx context.Context, tx *db.Tx, h quality.Hazard) error {
	if !h.Owed() {
		return s.j.Alarms.HoldTx(ctx, tx, recheckCause(h))
	}
	if h.OverdueAt == nil || *h.OverdueAt <= tx.Now.UnixMilli() {
		return nil // it ran out before
	}
	if err := quality.HoldHazardTx(ctx, tx, h); err != nil {
		return err
	}
	return s.j.Alarms.HoldTx(ctx, tx, fixCause(h))
}

// ProjectResumedTx moves the days of hazards that had not run out by the working days that the pause took
// of them, as the plan moves, and lets the clocks of rechecks go on with the time that was left.
func (s *Service) ProjectResumedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *model.Project, over project.Resumption) error {
	standing, err := quality.StandingOf(ctx, tx, p.ID)
	if err != nil || len(standing) == 0 {
		return err
	}
	history, err := s.history(ctx, tx)
	if err != nil {
		return err
	}
	for _, h := range standing {
		if !h.Owed() {
			err = s.resumeRecheckTx(ctx, tx, h, over.PausedAt)
		} else if *s.overdueAt(h.DueOn) > over.PausedAt.UnixMilli() {
			since := over.PausedAt
			if h.UpdatedAt.After(since) { // it was found while the work stood still
				since = h.UpdatedAt
			}
			due, lost := followed(history, h), over.Days.Lost(since, s.j.Today())
			if lost > 0 {
				due = over.Days.Days.Plus(due, lost)
			}
			err = s.postponeTx(ctx, tx, who, h, due, fmt.Sprintf("项目暂停,期限顺延 %d 个工作日。", lost))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// resumeRecheckTx gives whoever rechecks a hazard the time that was left when the project was paused, or
// when the recheck was asked for, if that was later.
func (s *Service) resumeRecheckTx(ctx context.Context, tx *db.Tx, h quality.Hazard, paused time.Time) error {
	t, err := care.ByCause(ctx, tx, recheckCause(h))
	if db.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("task of recheck: %w", err)
	}
	if t.CreatedAt.After(paused) {
		paused = t.CreatedAt
	}
	if !t.DueAt.After(paused) {
		return nil // it ran out before
	}
	return s.j.Alarms.DueTx(ctx, tx, recheckCause(h), t.DueAt.Add(tx.Now.Sub(paused)))
}

// postponeTx gives an owed hazard another day and lets its clocks run. What moved is written into its
// history.
func (s *Service) postponeTx(ctx context.Context, tx *db.Tx, who actor.Actor, h quality.Hazard, due clock.Day, why string) error {
	moved := due != h.DueOn
	h.DueOn, h.OverdueAt = due, s.overdueAt(due)
	if err := quality.SaveHazardTx(ctx, tx, &h); err != nil {
		return err
	}
	if moved {
		step := quality.Step{ProjectID: h.ProjectID, RefID: h.ID, What: string(h.State), Note: why, Day: due}
		if err := quality.AddStepTx(ctx, tx, who, &step); err != nil {
			return err
		}
	}
	return s.j.Alarms.DueTx(ctx, tx, fixCause(h), s.dueBy(due))
}

func (s *Service) history(ctx context.Context, r db.Reader) (plan.History, error) {
	return plan.LoadHistory(ctx, r, s.j.Today().Plus(-calendarPast))
}

// followed is the day of an owed hazard by the calendar as it stands: it was laid by the one of the
// instant at which the hazard last changed.
func followed(h plan.History, z quality.Hazard) clock.Day {
	return h.Since(h.RevisionAt(z.UpdatedAt)).Day(z.DueOn)
}

// followCalendar carries the days of all hazards that are owed to the site calendar as it stands, once for
// each of its revisions. It may break off anywhere and begin again, and run beside another instance. A
// hazard that cannot be carried holds up no other; its error is returned once.
func (s *Service) followCalendar(ctx context.Context) error {
	revision, err := plan.Revision(ctx, s.j.DB)
	if err != nil {
		return err
	}
	done, _, err := settings.Get(ctx, s.j.DB, calendarSetting)
	if err != nil || done == strconv.FormatInt(revision, 10) || revision == 0 {
		return err
	}
	history, err := s.history(ctx, s.j.DB)
	if err != nil {
		return err
	}
	var stuck []error
	var after id.ID
	var afterMS int64
	for {
		owed, err := quality.OverdueHazards(ctx, s.j.DB, s.j.DB.Now().Add(forever), afterMS, after, batch)
		if err != nil {
			return err
		}
		if len(owed) == 0 {
			break
		}
		for _, h := range owed {
			after, afterMS = h.ID, *h.OverdueAt
			err := s.follow(ctx, history, h.ID)
			if fault.Code(err) == "store.unavailable" || ctx.Err() != nil {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("carry hazard %s to the calendar: %w", h.ID, err))
			}
		}
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		return settings.PutTx(ctx, tx, calendarSetting, strconv.FormatInt(history.Revision, 10))
	})
	if db.Duplicate(err) { // a rival put the first one in this moment
		err = nil
	}
	return errors.Join(append(stuck, err)...)
}

// forever reaches behind every day that people may name.
const forever = 250 * 366 * 24 * time.Hour

func (s *Service) follow(ctx context.Context, history plan.History, hazard id.ID) error {
	h, err := quality.HazardByID(ctx, s.j.DB, hazard)
	if err != nil || followed(history, h) == h.DueOn {
		return err
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := model.LockTx(ctx, tx, actor.Machine(), h.ProjectID)
		if err != nil {
			return err
		}
		h, err := quality.HazardByID(ctx, tx, hazard)
		if err != nil || h.OverdueAt == nil || !h.Owed() || p.State == model.Cancelled {
			return err // mended, alarmed or held meanwhile; what is held follows when the project goes on
		}
		due := followed(history, h)
		if due == h.DueOn || *h.OverdueAt <= tx.Now.UnixMilli() {
			return nil
		}
		return s.postponeTx(ctx, tx, actor.Machine(), h, due, "工地日历有调整,期限随之调整。")
	})
}
