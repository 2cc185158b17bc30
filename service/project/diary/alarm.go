package diary

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/diary"
	"guike/model/project/plan"
	"guike/model/project/quality"
)

// visitEvery is how many days customer service may be silent during the work (C3).
const visitEvery = 14

// silence is what a look found missing, and whose it is.
type silence struct {
	feed  diary.Feed
	mark  diary.Mark
	owner id.ID
	role  actor.Role
	text  string // of the task's reason, after the project's number
}

// miss looks at the next projects under way: find names what is missing of one of them, nothing when all
// is well.
func (s *Service) miss(ctx context.Context, day clock.Day, after id.ID, find func(batch) (map[id.ID]silence, error)) (last id.ID, stuck, err error) {
	due := day.Start(s.j.Zone).Add(dueAfter)
	rows, err := diary.UnderWay(ctx, s.j.DB, due, after, batchSize)
	if err != nil || len(rows) == 0 {
		return last, nil, err
	}
	b := batch{projects: rows, ids: idsOf(rows), due: due}
	if b.people, err = project.PeopleOf(ctx, s.j.DB, b.ids); err != nil {
		return last, nil, err
	}
	found, err := find(b)
	if err != nil {
		return last, nil, err
	}
	for _, p := range rows {
		what, silent := found[p.ID]
		if !silent || p.State != project.Active || !underWay(p, due) {
			continue
		}
		if err := s.raise(ctx, what); err != nil {
			stuck = errors.Join(stuck, fmt.Errorf("project %s: %w", p.ID, err))
		}
	}
	return rows[len(rows)-1].ID, stuck, nil
}

// batch is a handful of projects with who is in charge of them.
type batch struct {
	projects []project.Project
	ids      []id.ID
	people   map[id.ID][]project.Person
	due      time.Time
}

// missLogs finds the projects of which no log of the day was posted.
func (s *Service) missLogs(ctx context.Context, day clock.Day, after id.ID) (id.ID, error, error) {
	t, err := s.site(ctx, s.j.DB, Period{day, day})
	if err != nil || t.off(day) {
		return id.ID{}, nil, err
	}
	return s.miss(ctx, day, after, func(b batch) (map[id.ID]silence, error) {
		stages, err := project.StagesOf(ctx, s.j.DB, b.ids)
		if err != nil {
			return nil, err
		}
		logs, err := diary.Logs(ctx, s.j.DB, b.ids, day, day)
		if err != nil {
			return nil, err
		}
		found := map[id.ID]silence{}
		for _, p := range b.projects {
			if len(logs[p.ID]) > 0 || !t.owesLog(p, stages[p.ID], nil, day) {
				continue
			}
			pauses, err := plan.Pauses(ctx, s.j.DB, p.ID)
			if err != nil {
				return nil, err
			}
			if pausedAt(pauses, b.due) {
				continue
			}
			found[p.ID] = silence{
				feed:  diary.ByProjectManager,
				mark:  diary.Mark{ProjectID: p.ID, What: diary.MissingLog, Period: day, Round: day},
				owner: project.InCharge(b.people[p.ID], actor.ProjectManager), role: actor.ProjectManager,
				text: string(day) + " 没有施工日志。",
			}
		}
		return found, nil
	})
}

// missInspections finds the projects whose supervisor reported nothing in the week that ends on the day;
// projects without a supervisor owe no report.
func (s *Service) missInspections(ctx context.Context, sunday clock.Day, after id.ID) (id.ID, error, error) {
	off, err := s.offDays(ctx, s.j.DB, Period{sunday.Plus(-6), sunday})
	if err != nil || wholeWeek(sunday, off) {
		return id.ID{}, nil, err
	}
	return s.miss(ctx, sunday, after, func(b batch) (map[id.ID]silence, error) {
		met, err := quality.InspectedBetween(ctx, s.j.DB, b.ids, sunday.Plus(-6), sunday)
		if err != nil {
			return nil, err
		}
		found := map[id.ID]silence{}
		for _, p := range b.projects {
			supervisor := project.InCharge(b.people[p.ID], actor.Supervisor)
			if met[p.ID] || supervisor.IsZero() {
				continue
			}
			found[p.ID] = silence{
				feed:  diary.BySupervisor,
				mark:  diary.Mark{ProjectID: p.ID, What: diary.MissingInspection, Period: sunday, Round: sunday},
				owner: supervisor, role: actor.Supervisor,
				text: string(sunday.Plus(-6)) + " 至 " + string(sunday) + " 没有监理巡检报告。",
			}
		}
		return found, nil
	})
}

func wholeWeek(sunday clock.Day, off func(clock.Day) bool) bool {
	for n := range 7 {
		if !off(sunday.Plus(-n)) {
			return false
		}
	}
	return true
}

// missVisits finds the projects that customer service has not visited for two weeks. On a day off nobody
// is called: the next working day's look finds the same.
func (s *Service) missVisits(ctx context.Context, day clock.Day, after id.ID) (id.ID, error, error) {
	off, err := s.offDays(ctx, s.j.DB, Period{day, day})
	if err != nil || off(day) {
		return id.ID{}, nil, err
	}
	return s.miss(ctx, day, after, func(b batch) (map[id.ID]silence, error) {
		last, err := diary.LastVisits(ctx, s.j.DB, b.ids)
		if err != nil {
			return nil, err
		}
		found := map[id.ID]silence{}
		for _, p := range b.projects {
			owed := s.visitOwed(p, last[p.ID], day)
			if owed.IsZero() {
				continue
			}
			found[p.ID] = silence{
				feed:  diary.ByService,
				mark:  diary.Mark{ProjectID: p.ID, What: diary.MissingVisit, Period: owed, Round: day},
				owner: project.InCharge(b.people[p.ID], actor.CustomerService), role: actor.CustomerService,
				text: fmt.Sprintf("客服回访已满 %d 天未进行(应于 %s 前回访)。", visitEvery, owed),
			}
		}
		return found, nil
	})
}

// visitOwed is the latest day, until the given one, on which a visit was due: every two weeks since the
// last one, or since the work began. None when none was.
func (s *Service) visitOwed(p project.Project, last time.Time, day clock.Day) clock.Day {
	if p.StartedAt == nil {
		return ""
	}
	if last.Before(*p.StartedAt) {
		last = *p.StartedAt
	}
	begun := clock.DayOf(last, s.j.Zone)
	times := day.Since(begun) / visitEvery
	if times < 1 {
		return ""
	}
	return begun.Plus(times * visitEvery)
}

// raise tells of a silence, once: the task that stands for the feed's silence is opened, or asked for again.
// What has been heard of meanwhile raises nothing.
func (s *Service) raise(ctx context.Context, what silence) error {
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		who := actor.Machine()
		p, err := project.LockTx(ctx, tx, who, what.mark.ProjectID)
		if err != nil || p.State != project.Active || p.PausedAt != nil {
			return err
		}
		heard, err := s.heard(ctx, tx, p, what.mark)
		if err != nil || heard {
			return err
		}
		first, err := diary.MarkTx(ctx, tx, what.mark)
		if err != nil || !first {
			return err
		}
		order, err := s.standing(ctx, tx, p, what)
		if err != nil {
			return err
		}
		_, err = s.j.Alarms.StandTx(ctx, tx, who, order)
		return err
	})
}

// standing is what is asked for by the one task that stands for a feed's silence, however many periods it
// lasts.
func (s *Service) standing(ctx context.Context, tx *db.Tx, p project.Project, what silence) (care.Standing, error) {
	first, second := what.feed.Missing()
	missed, err := diary.OpenMarks(ctx, tx, p.ID, first)
	if err != nil {
		return care.Standing{}, err
	}
	o := care.Standing{Kinds: []string{first, second}, Up: what.mark.What == second, Order: care.Order{
		Kind: what.mark.What, Cause: what.mark.Cause(), Reason: p.No + ":" + what.text,
		CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID, OwnerID: what.owner, OwnerRole: what.role,
	}}
	if o.OwnerID.IsZero() && what.role != actor.CustomerService {
		o.OwnerRole = actor.StoreManager
	}
	if n := len(missed); n > 1 {
		o.Title = fmt.Sprintf(lasting[what.feed], n)
		o.Reason += o.Title + "(自 " + string(missed[0].Period) + " 起)。"
	}
	return o, nil
}

// lasting says for how many periods a feed has been silent.
var lasting = map[diary.Feed]string{
	diary.ByProjectManager: "已有 %d 个工作日没有施工日志",
	diary.BySupervisor:     "已有 %d 周没有监理巡检报告",
	diary.ByService:        "客服回访已有 %d 次到期未进行",
}

// heard tells whether the feed has spoken for the mark's period by now.
func (s *Service) heard(ctx context.Context, r db.Reader, p project.Project, m diary.Mark) (bool, error) {
	switch m.What {
	case diary.MissingLog, diary.MissingLogManager:
		_, ok, err := project.LogOfDay(ctx, r, p.ID, m.Period)
		return ok, err
	case diary.MissingInspection, diary.MissingInspectionManager:
		met, err := quality.InspectedBetween(ctx, r, []id.ID{p.ID}, m.Period.Plus(-6), s.j.Today())
		return met[p.ID], err
	}
	last, err := diary.LastVisits(ctx, r, []id.ID{p.ID})
	return s.visitOwed(p, last[p.ID], s.j.Today()) < m.Period, err
}

// again tells the store manager of what a feed's look, the round named before, found and nobody has mended
// since. What was mended without a word to us is closed on the way. While that look is not through, neither
// is this one: what it still finds is told too.
func (s *Service) again(feed diary.Feed, before string) step {
	first, second := feed.Missing()
	return func(ctx context.Context, day clock.Day, after id.ID) (last id.ID, stuck, err error) {
		marks, err := diary.OpenMarksOfRound(ctx, s.j.DB, first, day, after, batchSize)
		if err != nil {
			return last, nil, err
		}
		if len(marks) == 0 {
			stuck, err = s.unfinished(ctx, before, day)
			return last, stuck, err
		}
		for _, m := range marks {
			if err := s.escalate(ctx, feed, m, second); err != nil {
				stuck = errors.Join(stuck, fmt.Errorf("project %s: %w", m.ProjectID, err))
			}
		}
		return marks[len(marks)-1].ProjectID, stuck, nil
	}
}

// unfinished says that a look at a day is not through.
func (s *Service) unfinished(ctx context.Context, name string, day clock.Day) (stuck, err error) {
	open, err := diary.OpenRounds(ctx, s.j.DB, name)
	if slices.ContainsFunc(open, func(r diary.Round) bool { return r.Period == day }) {
		stuck = fmt.Errorf("round %s of %s is not through", name, day)
	}
	return stuck, err
}

func (s *Service) escalate(ctx context.Context, feed diary.Feed, m diary.Mark, kind string) error {
	p, err := project.ByID(ctx, s.j.DB, m.ProjectID)
	if err != nil {
		return err
	}
	heard, err := s.heard(ctx, s.j.DB, p, m)
	if err != nil {
		return err
	}
	if heard {
		return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
			if _, err := project.LockTx(ctx, tx, actor.Machine(), p.ID); err != nil {
				return err
			}
			return s.j.HeardTx(ctx, tx, actor.Machine(), p.ID, feed)
		})
	}
	text := map[string]string{
		diary.MissingLogManager:        "%s 的施工日志至今未提交。",
		diary.MissingInspectionManager: "截至 %s 的一周至今没有监理巡检报告。",
		diary.MissingVisitManager:      "应于 %s 前进行的客服回访至今未进行。",
	}[kind]
	return s.raise(ctx, silence{
		feed: feed, mark: diary.Mark{ProjectID: p.ID, What: kind, Period: m.Period, Round: m.Round},
		role: actor.StoreManager, text: fmt.Sprintf(text, m.Period),
	})
}
