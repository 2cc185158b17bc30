package demo

import (
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/identity"
	"guike/model/project"
)

// life is a project from its creation until the base instant, and the rows that it left behind.
type life struct {
	c     *company
	d     dice
	brief brief
	crew  crew
	lead  int // which of two colleagues of a role works here
	slot  int // tells the projects of one customer apart
	owner id.ID
	items []project.TemplateItem

	p         project.Project
	stages    []project.Stage
	people    []project.Person
	entries   []project.Entry
	photos    []project.Photo
	logs      []project.DailyLog
	revisions []project.Revision
	news      []news
	affairs

	spans []span      // of the stages that have begun
	last  time.Time   // of the latest event
	steps map[int]int // by stage: the step that its latest log told of
}

// news is what the people of a home were told of an event; staff is a colleague who was told too.
type news struct {
	at          time.Time
	event       id.ID
	kind        string
	title, body string
	entry       id.ID
	staff       identity.Staff
}

// live lets a project of a customer run its course. slot tells the projects of one customer apart.
func (c *company) live(customer, slot int, b brief) *life {
	pattern := c.patterns[b.kind]
	l := &life{
		c: c, d: newDice(c.seed, fmt.Sprint("project", slot), customer), brief: b, items: pattern.items, steps: map[int]int{},
		crew: c.crews[customer%len(c.crews)], lead: customer / len(c.crews) % 2, slot: slot, owner: c.customerID(customer),
	}
	l.affairs = affairsOf(l, customer)
	l.p = project.Project{
		Kind: b.kind, StoreID: l.crew.store.ID, TemplateKey: pattern.template.Key, TemplateVersion: pattern.template.Version,
		ContractAmountFen: int64(l.amount()) * 100_00, CalendarRev: calendarRevision, Version: 1,
	}
	spans := l.schedule()
	l.spans = spans
	created := l.created(spans)
	l.p.ID, l.p.No = c.projectID(customer, slot), numberOf(customer, slot, created.In(c.zone).Year())
	l.p.ServiceCode, _ = crypt.Code('S', l.d) // dice never fail
	l.plan(spans)
	l.begin(created)
	l.work(spans)
	l.rest()
	return l
}

// projectID is that of a customer's project.
func (c *company) projectID(customer, slot int) id.ID {
	return c.numbered(fmt.Sprint("project", slot), customer)
}

// amount is the price in hundreds of yuan.
func (l *life) amount() int {
	if l.brief.kind == furniture {
		return l.d.between(380, 1280)
	}
	return l.d.between(980, 3680)
}

// span is the days on which a stage was under way until now.
type span struct {
	from clock.Day
	days int
	done bool
}

// schedule decides on which days the stages of the past were under way, the latest of them as the brief
// wants it.
func (l *life) schedule() []span {
	if l.brief.mode == planned {
		return nil
	}
	begun := l.begun()
	spans := make([]span, begun)
	total := 0
	for i := range spans {
		spans[i] = span{days: l.duration(i), done: true}
		total += spans[i].days
	}
	end := l.c.today().Plus(-1) // the last day of the last span
	final := &spans[begun-1]
	switch l.brief.mode {
	case underWay, caring:
		final.done = false
		total -= final.days
		most := max(final.days-1, 1)
		final.days = l.d.between(min(l.least(), most), most)
		if l.brief.twist == reopened {
			final.days = min(2, most) // what is made again does not wait for long
		}
		total += final.days
	case cancelled:
		final.done = false
		end = end.Plus(-l.d.between(3, 9))
	case finished:
		end = end.Plus(-l.d.between(0, 4))
	default:
		end = end.Plus(-l.d.between(3, 120))
	}
	from := end.Plus(1 - total)
	for i := range spans {
		spans[i].from = from
		from = from.Plus(spans[i].days)
	}
	return spans
}

// begun counts the stages that have begun.
func (l *life) begun() int {
	switch l.brief.mode {
	case planned:
		return 0
	case finished:
		return len(l.items) - 1
	case caring, caredFor:
		return len(l.items)
	}
	for i, item := range l.items {
		if item.Key == l.brief.stage {
			return i + 1
		}
	}
	return 1 // the company has changed its template since
}

// duration is how many days a stage takes: often as planned, sometimes a day less.
func (l *life) duration(stage int) int {
	days := max(l.items[stage].PlannedDays, 1)
	if days > 2 && l.d.chance(40) {
		days--
	}
	if l.brief.twist == reworked && l.items[stage].Key == "tiling" {
		days += reworkDays
	}
	return days
}

// reworkDays is how long the second try of a reworked stage takes.
const reworkDays = 3

// created is when the sales consultant opened the project.
func (l *life) created(spans []span) time.Time {
	day := l.c.today().Plus(-l.d.between(1, 6))
	if len(spans) > 0 {
		day = spans[0].from.Plus(-l.d.between(8, 14)) // also before the planned start of a late one
	}
	return l.at(day, 10+l.d.IntN(8), l.d.IntN(60))
}

// at is an instant of a day at which the next event happens: later than those before it.
func (l *life) at(day clock.Day, hour, minute int) time.Time {
	t := day.Start(l.c.zone).Add(time.Duration(hour*60+minute)*time.Minute + time.Duration(l.d.IntN(60_000))*time.Millisecond)
	if !t.After(l.last) {
		t = l.last.Add(time.Duration(1+l.d.IntN(90_000)) * time.Millisecond)
	}
	l.last = clock.Cut(t)
	return l.last
}

// plan lays the stages out so that the one under way is late or not, as the brief wants it.
func (l *life) plan(spans []span) {
	today := clock.DayOf(l.c.base, l.c.zone)
	start := today.Plus(l.d.between(1, 9))
	if len(spans) > 0 {
		start = spans[0].from
	}
	if l.brief.mode == underWay {
		start = l.shifted(start, len(spans)-1)
	}
	l.stages = project.Plan(l.items, start, l.c.calendar)
	for i := range l.stages {
		l.stages[i].ProjectID = l.p.ID
	}
	l.p.PlannedStart = start
	l.p.PlannedEnd = project.PlannedEnd(l.stages, start)
	l.p.BaselineEnd = l.p.PlannedEnd
}

// shifted is the start by which the stage under way is as late today as the brief wants it.
func (l *life) shifted(start clock.Day, stage int) clock.Day {
	today := clock.DayOf(l.c.base, l.c.zone)
	behind := func() int { // in working days; negative when there is time left
		due := project.Plan(l.items, start, l.c.calendar)[stage].PlannedEnd
		return l.c.calendar.Workdays(due.Plus(1), today) - l.c.calendar.Workdays(today.Plus(1), due)
	}
	var want int
	switch l.brief.twist {
	case late:
		want = l.d.between(1, bearable)
	case noticed:
		want = bearable + 1
	case delayed:
		want = bearable + 1 + delayToldBefore
	default:
		if n := behind(); n > 0 {
			return start.Plus(n + l.d.between(0, 2))
		}
		return start
	}
	for range 100 { // closed days make more than one step of it
		n := behind()
		if n == want {
			break
		}
		start = start.Plus(n - want)
	}
	return start
}

// least is how many days a stage has been under way at least.
func (l *life) least() int {
	if l.brief.twist == delayed {
		return delayToldBefore + 2
	}
	return 2
}

// work walks through the days of the stages.
func (l *life) work(spans []span) {
	for i, s := range spans {
		l.staffFor(i, s.from)
		l.start(l.at(s.from, 8, 50+l.d.IntN(40)), i)
		for n := range s.days {
			day := s.from.Plus(n)
			rework := s.done && l.brief.twist == reworked && l.items[i].Key == "tiling"
			if rework && n == s.days-reworkDays {
				l.reopen(l.at(day, 9, l.d.IntN(40)), i)
			}
			last := i == len(spans)-1 && n == s.days-1
			l.attend(day, i, n, s)
			if last && l.brief.twist == reopened && i > 0 {
				l.reopen(l.at(day, 9, 30), i-1)
				l.report(day, i-1, 0, 1)
				l.lookBack(day)
				continue
			}
			if l.reports(i, n, s, spans) && !l.p.Paused() {
				l.report(day, i, n, l.length(i, s))
			}
			if rework && n == s.days-reworkDays-1 || s.done && n == s.days-1 {
				l.close(day, i)
			}
			l.lookBack(day)
		}
	}
	if l.brief.mode == cancelled {
		l.cancel(l.at(l.c.today().Plus(-1), 11, l.d.IntN(60)), pick(l.d, cancelReasons))
	}
}

// length is how many days a stage takes in the end, as far as anybody knows.
func (l *life) length(stage int, s span) int {
	if s.done {
		return s.days
	}
	return max(s.days, l.items[stage].PlannedDays)
}

// reports decides whether a day of a stage has a log: sites report every working day, offices and the
// factory when there is something to tell. In the volume the last three days of work alone do.
func (l *life) reports(stage, n int, s span, spans []span) bool {
	final := spans[len(spans)-1]
	if l.brief.sparse && final.from.Plus(final.days).Since(s.from.Plus(n)) > 3 {
		return false
	}
	last := n == s.days-1
	switch l.items[stage].Key {
	case "measure", "sign":
		return last
	case "design":
		return n%3 == 1 || last && s.done
	case "production":
		return n%4 == 0 || last && s.done
	case "care":
		return n%10 == 4
	}
	return s.from.Plus(n).Weekday() != time.Sunday || last && s.done || l.d.chance(85)
}

// staffFor names the people whom a stage needs, in the morning of its first day.
func (l *life) staffFor(stage int, day clock.Day) {
	manager := l.crew.of[actor.StoreManager][0]
	name := func(role actor.Role, who identity.Staff, note string) {
		l.assign(l.at(day, 8, 20+l.d.IntN(15)), role, who, note, manager)
	}
	switch l.items[stage].Key {
	case "measure":
		name(actor.Designer, l.colleague(actor.Designer), "")
	case "demolition", "production":
		if l.brief.twist == handedOver {
			name(actor.ProjectManager, l.predecessor(), "")
		} else {
			name(actor.ProjectManager, l.colleague(actor.ProjectManager), "")
		}
		if l.brief.kind == renovation {
			name(actor.Supervisor, l.colleague(actor.Supervisor), "")
		}
	case "plumbing_wiring":
		if l.brief.twist == handedOver {
			name(actor.ProjectManager, l.colleague(actor.ProjectManager), pick(l.d, handoverNotes))
		}
	case "installation":
		if l.brief.twist == handedOver && l.brief.kind == furniture {
			name(actor.ProjectManager, l.colleague(actor.ProjectManager), pick(l.d, handoverNotes))
		}
		name(actor.Installer, l.colleague(actor.Installer), "")
	case "care":
		name(actor.CustomerService, l.colleague(actor.CustomerService), "")
	}
}

// colleague is the member of a role who works here.
func (l *life) colleague(role actor.Role) identity.Staff {
	people := l.crew.of[role]
	return people[l.lead%len(people)]
}

// predecessor is a project manager other than the one who works here now.
func (l *life) predecessor() identity.Staff {
	if left := l.crew.former; left.ID != l.colleague(actor.ProjectManager).ID {
		return left
	}
	return l.crew.of[actor.ProjectManager][(l.lead+1)%2]
}

// numberOf is a project's number. Odd multiples are all different below two to the 35th.
func numberOf(customer, slot, year int) string {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	n := ((uint64(customer)*2+uint64(slot))*0x5B2E4D1C7 + 0x2F8A63B15) & (1<<35 - 1)
	text := make([]byte, 7)
	for i := range text {
		text[i] = letters[n>>(5*(6-i))&31]
	}
	return fmt.Sprintf("G%d-%s", year, text)
}
