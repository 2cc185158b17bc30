package demo

import (
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/identity"
	"guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/design"
	"guike/model/project/diary"
	"guike/model/project/handover"
	"guike/model/project/quality"
)

const (
	// bearable is how many working days late a stage may be before a notice is prepared, as the seeded
	// policy says (K2).
	bearable = 3
	// delayToldBefore is how many days before today a delay was told of.
	delayToldBefore = 3
	// visitEvery is how many days customer service lets pass; two weeks would be too long (C3).
	visitEvery = 12
)

// affairs are what the rooms of the project domain know of a project.
type affairs struct {
	shelf
	r   dice // the rooms' own, so that they leave the rest of the story as it is
	cue cue

	drawing     *design.Design
	promises    []*handover.Promise
	instalments []budget.Instalment
	paid        map[string]bool // names of the instalments
	paidFen     int64
	changesFen  int64
	orders      map[string]*budget.Order // by title
	batches     []*delivery.Batch
	inspections []*quality.Inspection
	hazards     []*quality.Hazard
	checks      []*quality.Check
	visits      []*diary.Visit
	visited     clock.Day
	sheet       *handover.Whole // the newest
	signatures  []*handover.Decision
	reported    []homeReport
}

// affairsOf begins them. What is told of single projects hangs on the customer's first one.
func affairsOf(l *life, customer int) affairs {
	a := affairs{
		r: newDice(l.c.seed, fmt.Sprint("rooms", l.slot), customer), paid: map[string]bool{}, orders: map[string]*budget.Order{},
	}
	if l.slot == 0 && !l.brief.sparse {
		a.cue = cues[customer]
	}
	return a
}

// attend lets the rooms do what falls on a day of a stage, before its log is written.
func (l *life) attend(day clock.Day, stage, n int, s span) {
	if l.brief.sparse {
		return
	}
	if l.brief.twist == paused && stage == len(l.spans)-1 && l.c.today().Since(day) == pausedBefore {
		l.pause(l.at(day, 10, l.r.IntN(40)))
	}
	if l.p.Paused() {
		return
	}
	if l.cue.camera != "" && l.c.today().Since(day) == 1 {
		l.watch(l.at(day, 9, 20+l.r.IntN(10)), l.cue.camera)
	}
	switch l.items[stage].Key {
	case "design":
		l.draw(day, n, s)
	case "sign":
		if n == 0 {
			l.agree(day)
		}
	case "acceptance":
		if n == 0 {
			l.openSheet(l.at(day, 10, 30+l.r.IntN(20)), stage)
		}
	}
	l.deliver(day, stage, n, s)
	l.install(day, stage, n, s)
	l.change(day, stage, n, s)
	l.visit(day)
	l.oversee(day, stage)
	l.tellOfDelay(day, stage)
}

// close completes a stage, with all that must be there before and what follows.
func (l *life) close(day clock.Day, stage int) {
	if !l.brief.sparse {
		l.check(day, stage)
		l.sign(day, stage)
	}
	l.complete(l.at(day, 18, 50+l.d.IntN(40)), stage)
	if !l.brief.sparse {
		l.freeze(stage)
		l.pay(day, stage)
	}
}

// lookBack ends a day; on Sundays the home gets its report.
func (l *life) lookBack(day clock.Day) {
	if !l.brief.sparse && day.Weekday() == time.Sunday && l.p.State == project.Active {
		l.reportHome(day)
	}
}

// rest is what stands when the demo begins: work that is owed, alarms that were given, rows that many
// events have changed.
func (l *life) rest() {
	today := clock.DayOf(l.c.base, l.c.zone)
	l.p.DaysLate = l.p.LateDays(today, l.c.calendar)
	if l.brief.sparse {
		return
	}
	if l.cue.mismatch {
		l.installWrongly()
	}
	l.oweHazards()
	if l.brief.twist == noticed {
		l.noticeDelay(today)
	}
	for i := range l.instalments {
		l.instalments[i].ProjectID, l.instalments[i].Seq = l.p.ID, i+1
		l.put(&l.instalments[i])
	}
}

// line is a line of the timeline that a room writes.
type line struct {
	project.Entry
	photos  []id.ID
	loud    bool // members of the home get a message
	private bool // staff alone see it
}

// say writes a line, by a member of staff or by the owner, and moves the project's version.
func (l *life) say(at time.Time, by identity.Staff, s line) id.ID {
	entry := l.enter(at, by, s.Entry)
	if s.private {
		l.entries[len(l.entries)-1].Visible = false
	}
	for i, f := range s.photos {
		l.photos = append(l.photos, project.Photo{ProjectID: l.p.ID, EntryID: entry, Seq: i, FileID: f})
	}
	l.touch(at)
	if s.loud {
		l.tell(at, string(s.Kind), s.TitleZH, ":"+shortened(project.WithoutMoney(s.Body), 150))
	}
	return entry
}

// party is the customer who signed, as the one who writes a line.
func (l *life) party() identity.Staff { return identity.Staff{ID: l.owner} }

// inCharge is who has a role in the project now; ok is false when nobody has.
func (l *life) inCharge(role actor.Role) (who identity.Staff, ok bool) {
	for _, p := range l.people {
		if p.Role == role && p.Current() {
			return l.person(p.StaffID, role), true
		}
	}
	return who, false
}

// manager is the project manager in charge, or who would be.
func (l *life) manager() identity.Staff {
	if who, ok := l.inCharge(actor.ProjectManager); ok {
		return who
	}
	return l.colleague(actor.ProjectManager)
}

// stageAt finds a stage by its key; -1 when the template has none.
func (l *life) stageAt(key string) int {
	return slices.IndexFunc(l.items, func(it project.TemplateItem) bool { return it.Key == key })
}

// awaited is the day on which what is meant for a stage is wanted: when its work began, or will begin as
// far as anybody knows, so many days from today at least.
func (l *life) awaited(key string, ahead int) clock.Day {
	i := l.stageAt(key)
	switch {
	case i >= len(l.spans):
		return max(l.stages[i].PlannedStart, l.c.today().Plus(ahead))
	case l.spans[i].done:
		return l.spans[i].from.Plus(min(1, l.spans[i].days-1))
	}
	return max(l.spans[i].from.Plus(1), l.c.today().Plus(1))
}

func shortened(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}
