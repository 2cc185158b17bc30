package plan

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	"guike/model/project"
	"guike/model/project/plan"
	rooms "guike/service/project"
)

const (
	maxClosures = 500
	maxName     = 60
	// closurePast is how many days ago a closure may begin that is entered now: after a storm.
	closurePast = 31
	// shiftBatch is how many projects follow the calendar in one transaction.
	shiftBatch = 50
)

// NewClosure is a span of days on which no site works; no To means for good, which only a day of the
// week may be.
type NewClosure struct {
	From, To string
	Name     string
	Weekday  *int // 0 is Sunday; nil is every day of the span
	Once     once.Key
}

// ClosureResult is what a new closure leaves behind under its key.
type ClosureResult struct {
	ID id.ID `json:"id"`
}

func (n *NewClosure) closure(today clock.Day) (plan.Closure, error) {
	err := rooms.CheckLength("body.name", &n.Name, 1, maxName)
	c := plan.Closure{ID: id.New(), Name: n.Name, Weekday: n.Weekday}
	if err != nil {
		return c, err
	}
	if n.Weekday != nil && (*n.Weekday < 0 || *n.Weekday > 6) {
		return c, fault.Broken("body.weekday", "out_of_range", "星期须在 0(周日)到 6 之间。", "The weekday lies between 0 (Sunday) and 6.")
	}
	if c.FromDay, err = parseDay("body.from", n.From); err != nil {
		return c, err
	}
	if n.To != "" {
		if c.ToDay, err = parseDay("body.to", n.To); err != nil {
			return c, err
		}
	}
	switch {
	case c.ToDay.IsZero() && n.Weekday == nil:
		return c, fault.Broken("body.to", "required", "请填写最后一天。", "A closure of every day has a last day.")
	case !c.ToDay.IsZero() && c.ToDay < c.FromDay:
		return c, fault.Broken("body.to", "before_start", "结束不能早于开始。", "The last day lies before the first.")
	case c.FromDay < today.Plus(-closurePast) || c.FromDay > today.Plus(maxAhead):
		return c, fault.Broken("body.from", "out_of_range", "开始日期过早或过远。", "The first day is too far back or ahead.")
	case n.Weekday == nil && c.ToDay.Since(c.FromDay) >= 366:
		return c, fault.Broken("body.to", "too_long", "停工期最长一年。", "A closure lasts a year at most.")
	}
	return c, nil
}

// AddClosure closes the company's sites for a span of days; open plans follow by the job ShiftPlans.
// Errors: input.invalid; calendar.too_many.
func (s *Service) AddClosure(ctx context.Context, who actor.Actor, in NewClosure) (c plan.Closure, replayed bool, err error) {
	c, err = in.closure(s.j.Today())
	if err != nil {
		return c, false, err
	}
	var made ClosureResult
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		made, replayed, err = once.Do(ctx, tx, who, in.Once, func() (ClosureResult, error) {
			return ClosureResult{c.ID}, s.addClosureTx(ctx, tx, who, &c)
		})
		return err
	})
	if err == nil && replayed {
		c, err = plan.ClosureByID(ctx, s.j.DB, made.ID)
	}
	return c, replayed, err
}

func (s *Service) addClosureTx(ctx context.Context, tx *db.Tx, who actor.Actor, c *plan.Closure) error {
	standing, err := plan.Closures(ctx, tx, s.j.Today(), maxClosures)
	if err != nil {
		return err
	}
	if len(standing) >= maxClosures {
		return errClosures
	}
	c.CreatedBy, c.CreatedByName = who.ID, who.Name
	if err := plan.AddClosureTx(ctx, tx, c); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "calendar.closed", Kind: "site_closure", Subject: c.ID, Reason: c.Name,
		Detail: map[string]any{"from": c.FromDay, "to": c.ToDay, "weekday": c.Weekday, "revision": c.AddedIn},
	})
}

// RemoveClosure takes a closure back that has not begun; open plans come back by the job ShiftPlans.
// Of a day of the week that is closed for good, the days that are over stay closed: it ends today.
// Errors: not_found; calendar.begun.
func (s *Service) RemoveClosure(ctx context.Context, who actor.Actor, closure id.ID) error {
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := plan.LockClosureTx(ctx, tx, closure)
		if err != nil {
			return err
		}
		today := s.j.Today()
		if c.FromDay <= today && (c.Weekday == nil || c.ToDay <= today) {
			return errBegun
		}
		if err := plan.RemoveClosureTx(ctx, tx, &c, who.ID); err != nil {
			return err
		}
		if c.FromDay <= today {
			past := plan.Closure{ID: id.New(), FromDay: c.FromDay, ToDay: today, Weekday: c.Weekday, Name: c.Name, CreatedBy: who.ID, CreatedByName: who.Name}
			if err := plan.AddClosureTx(ctx, tx, &past); err != nil {
				return err
			}
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "calendar.opened", Kind: "site_closure", Subject: c.ID, Reason: c.Name,
			Detail: map[string]any{"from": c.FromDay, "to": c.ToDay, "revision": c.RemovedIn},
		})
	})
}

// Closures lists what stands and ends today or later, or on another day when one is given. Errors:
// input.invalid at query.from.
func (s *Service) Closures(ctx context.Context, from string) ([]plan.Closure, error) {
	day := s.j.Today()
	if from != "" {
		var err error
		if day, err = parseDay("query.from", from); err != nil {
			return nil, err
		}
	}
	return plan.Closures(ctx, s.j.DB, day, maxClosures)
}

// ShiftPlans lets the plans of all open projects follow the calendar: every project that was laid by an
// older revision goes to the newest one, in small transactions, each once, however many instances run
// it and whenever it is killed. Baselines stay. A plan that cannot follow holds up no other; its error is
// returned in the end.
func (s *Service) ShiftPlans(ctx context.Context) error {
	revision, err := plan.Revision(ctx, s.j.DB)
	if err != nil || revision == 0 {
		return err
	}
	var stuck []error
	for _, state := range []project.State{project.Planned, project.Active} {
		var after project.DueRevision
		for {
			behind, err := project.BehindCalendar(ctx, s.j.DB, state, revision, after, shiftBatch)
			if err != nil {
				return errors.Join(append(stuck, err)...)
			}
			if len(behind) == 0 {
				break
			}
			held, err := s.shift(ctx, behind)
			if err != nil {
				return errors.Join(append(stuck, err)...)
			}
			stuck = append(stuck, held...)
			after = behind[len(behind)-1]
		}
	}
	return errors.Join(stuck...)
}

// shift moves a batch of plans at once, or, when one of them stands in the way, each by itself.
func (s *Service) shift(ctx context.Context, behind []project.DueRevision) (stuck []error, err error) {
	ids := make([]id.ID, 0, len(behind))
	for _, b := range behind {
		ids = append(ids, b.ID)
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error { return s.shiftTx(ctx, tx, ids) })
	if err == nil || gone(ctx, err) {
		return nil, err
	}
	for _, one := range ids {
		err := s.j.DB.Tx(ctx, func(tx *db.Tx) error { return s.shiftTx(ctx, tx, []id.ID{one}) })
		if gone(ctx, err) {
			return stuck, err
		}
		if err != nil {
			stuck = append(stuck, fmt.Errorf("shift plan of project %s: %w", one, err))
		}
	}
	return stuck, nil
}

// gone tells an error of the store, or of the job's end, from one of the row that is worked.
func gone(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || fault.Code(err) == "store.unavailable")
}

func (s *Service) shiftTx(ctx context.Context, tx *db.Tx, ids []id.ID) error {
	locked, err := project.LockManyTx(ctx, tx, ids)
	if err != nil {
		return err
	}
	h, err := plan.LoadHistory(ctx, tx, s.j.Today().Plus(-calendarPast))
	if err != nil {
		return err
	}
	stages, err := project.StagesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	days := h.Newest()
	for _, p := range locked {
		if !p.Open() || p.CalendarRev >= h.Revision { // a rival, or a change of plan, was first
			continue
		}
		w := &work{p: p, stages: stages[p.ID], before: append([]project.Stage(nil), stages[p.ID]...), days: days, oldEnd: p.PlannedEnd}
		if err := s.followTx(ctx, tx, w, h); err != nil {
			return err
		}
	}
	return nil
}

// followTx moves one plan. Customers see the line; nobody is sent a message for each of a year's
// holidays.
func (s *Service) followTx(ctx context.Context, tx *db.Tx, w *work, h plan.History) error {
	machine, why := actor.Machine(), w.follow(h)
	late := w.p.LateDays(s.j.Today(), w.days)
	if err := s.saveTx(ctx, tx, machine, w); err != nil {
		return err
	}
	if late != w.p.DaysLate {
		if err := project.MarkLateTx(ctx, tx, w.p.StageDue, []id.ID{w.p.ID}, w.p.LateDays(s.j.Today(), w.days)); err != nil {
			return err
		}
	}
	if len(w.changed()) == 0 {
		return nil
	}
	c := plan.Change{ProjectID: w.p.ID, Kind: plan.Shifted, OldEnd: w.oldEnd, NewEnd: w.p.PlannedEnd, Reason: excerpt.Of(strings.Join(why, "、"), 500)}
	if err := plan.AddChangeTx(ctx, tx, machine, &c); err != nil {
		return err
	}
	e := project.Entry{
		ProjectID: w.p.ID, Kind: plan.EntryPlanChanged, TitleZH: "计划随停工安排调整", TitleEN: "The plan follows the site calendar",
		Body: excerpt.Of(join(append(w.lines(), "原因:"+c.Reason)...), 2000), RefID: c.ID,
	}
	return project.AddEntryTx(ctx, tx, machine, &e)
}
