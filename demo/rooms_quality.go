package demo

import (
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/identity"
	"guike/model/project"
	"guike/model/project/diary"
	"guike/model/project/quality"
)

// oversee is the supervisor's week: a report every Friday, and what was found wrong is mended on the
// next day and looked at again on the day after (C2).
func (l *life) oversee(day clock.Day, stage int) {
	for _, h := range l.hazards {
		switch since := day.Since(clock.DayOf(h.CreatedAt, l.c.zone)); {
		case l.cue.hazard != mended && l.c.today().Since(clock.DayOf(h.CreatedAt, l.c.zone)) <= 7: // it is to stand when the demo begins
		case h.State == quality.HazardOpen && since >= 1:
			l.mend(l.at(day, 15, l.r.IntN(50)), h)
		case h.State == quality.HazardFixed && since >= 2:
			l.recheck(l.at(day, 16, l.r.IntN(20)), h)
		}
	}
	supervisor, ok := l.inCharge(actor.Supervisor)
	if !ok || day.Weekday() != time.Friday {
		return
	}
	l.inspect(l.at(day, 16, 20+l.r.IntN(20)), day, stage, supervisor)
}

func (l *life) inspect(at time.Time, day clock.Day, stage int, by identity.Staff) {
	key := l.items[stage].Key
	said := inspectionWords[key]
	if said.summary == "" {
		said = inspectionWords[""]
	}
	i := &quality.Inspection{
		ProjectID: l.p.ID, ID: l.r.id(at), Kind: quality.Weekly, StageKey: key, Day: day, Summary: said.summary, Findings: said.findings,
		AuthorID: by.ID, AuthorName: by.Name, AuthorRole: by.Role, CreatedAt: at,
	}
	l.inspections = append(l.inspections, i)
	l.put(i)
	photos := l.c.album(l.r, key, l.r.between(2, 4))
	l.picture(i.ID, photos)
	body := i.Summary
	latest := l.c.today().Since(day) <= 7
	if said.hazard != "" && (latest && l.cue.hazard != mended || l.r.chance(45)) {
		h := l.find(at, i, said.hazard, latest)
		body += "\n隐患:" + h.Title + "(" + string(h.DueOn) + " 前整改)"
	}
	l.say(at, by, line{loud: true, photos: photos, Entry: project.Entry{
		Kind: quality.EntryInspection, TitleZH: "监理巡检 · " + l.items[stage].NameZH, TitleEN: "Inspection · " + l.items[stage].NameEN,
		Body: body, StageKey: key, RefID: i.ID,
	}})
}

// find keeps a hazard that an inspection found, with a picture of it.
func (l *life) find(at time.Time, i *quality.Inspection, title string, latest bool) *quality.Hazard {
	owner := l.manager()
	due := i.Day.Plus(3)
	if latest && l.cue.hazard == standing {
		due = max(due, l.c.today().Plus(2))
	}
	if latest && l.cue.hazard == overdue {
		due = max(i.Day, l.c.today().Plus(-1))
	}
	until := due.Plus(1).Start(l.c.zone).UnixMilli()
	h := &quality.Hazard{
		ProjectID: l.p.ID, ID: l.r.id(at), InspectionID: i.ID, StageKey: i.StageKey, Title: title, Detail: "现场已当面告知项目经理,整改后请附照片。",
		Severity: quality.Medium, OwnerID: owner.ID, OwnerName: owner.Name, OwnerRole: owner.Role, DueOn: due, State: quality.HazardOpen,
		OverdueAt: &until, Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	l.hazards = append(l.hazards, h)
	l.put(h)
	l.picture(h.ID, l.c.album(l.r, i.StageKey, 1))
	l.step(at, l.colleague(actor.Supervisor), quality.Step{RefID: h.ID, What: string(h.State), Day: due})
	return h
}

func (l *life) mend(at time.Time, h *quality.Hazard) {
	by := l.person(h.OwnerID, h.OwnerRole)
	note := "已按监理意见整改,照片为整改后。"
	h.State, h.FixedBy, h.OverdueAt, h.UpdatedAt = quality.HazardFixed, h.OwnerID, nil, at
	h.Version++
	s := l.step(at, by, quality.Step{RefID: h.ID, What: string(h.State), Note: note})
	after := l.c.album(l.r, h.StageKey, 1)
	l.picture(s.ID, after)
	l.say(at, by, line{photos: after, Entry: project.Entry{
		Kind: quality.EntryHazard, TitleZH: "隐患已整改,待复查:" + h.Title, TitleEN: "Hazard fixed, to be rechecked: " + h.Title,
		Body: note, StageKey: h.StageKey, RefID: h.ID,
	}})
}

func (l *life) recheck(at time.Time, h *quality.Hazard) {
	by := l.colleague(actor.Supervisor)
	h.State, h.UpdatedAt = quality.HazardPassed, at
	h.Version++
	l.step(at, by, quality.Step{RefID: h.ID, What: string(h.State), Note: "现场复查合格。"})
	l.say(at, by, line{Entry: project.Entry{
		Kind: quality.EntryHazard, TitleZH: "隐患复查合格:" + h.Title, TitleEN: "Hazard rechecked and passed: " + h.Title,
		Body: "现场复查合格。", StageKey: h.StageKey, RefID: h.ID,
	}})
}

func (l *life) step(at time.Time, by identity.Staff, s quality.Step) *quality.Step {
	s.ProjectID, s.ID, s.At, s.ActorID, s.ActorName, s.ActorRole = l.p.ID, l.r.id(at), at, by.ID, by.Name, by.Role
	l.put(&s)
	return &s
}

// picture gives a row of this room its photos.
func (l *life) picture(ref id.ID, files []id.ID) {
	for i, f := range files {
		l.put(&quality.Photo{ProjectID: l.p.ID, RefID: ref, Seq: i, FileID: f})
	}
}

// oweHazards opens the tasks about what stands, and gives the alarm about what is overdue.
func (l *life) oweHazards() {
	for _, h := range l.hazards {
		cause := fmt.Sprintf("%s:%d", h.ID, h.Round)
		about := fmt.Sprintf("项目 %s,严重程度 %s,%s 前整改", l.p.No, h.Severity, h.DueOn)
		switch h.State {
		case quality.HazardOpen:
			l.owe(h.CreatedAt, debt{
				kind: "hazard", cause: "hazard:" + cause, title: "整改隐患:" + h.Title, reason: about, owner: l.person(h.OwnerID, h.OwnerRole),
				due: clock.Cut(h.DueOn.Plus(1).Start(l.c.zone).Add(-time.Minute)),
			})
			if *h.OverdueAt > l.c.base.UnixMilli() {
				continue
			}
			at := clock.Cut(time.UnixMilli(*h.OverdueAt).UTC().Add(time.Minute))
			if at.After(l.c.base) {
				at = l.c.base
			}
			h.OverdueAt, h.UpdatedAt = nil, at
			h.Version++
			l.alarm(at, alarm{
				kind: "hazard_overdue", cause: "hazard_overdue:" + cause, level: 1, title: "隐患整改逾期:" + h.Title,
				reason: fmt.Sprintf("项目 %s 的隐患应在 %s 前由%s整改,至今未提交", l.p.No, h.DueOn, h.OwnerName), seenBy: l.crew.of[actor.StoreManager][0],
			})
		case quality.HazardFixed:
			l.owe(h.UpdatedAt, debt{
				kind: "hazard_recheck", cause: "hazard_recheck:" + cause, title: "复查隐患:" + h.Title, reason: "项目 " + l.p.No + ",已提交整改",
				owner: l.colleague(actor.Supervisor),
			})
		}
	}
}

// check makes the three checks by three people that a stage asks for (C10).
func (l *life) check(day clock.Day, stage int) {
	s := l.stages[stage]
	if !s.Asks(project.NeedChecks) {
		return
	}
	mate := l.crew.of[actor.Installer][l.lead%2]
	special, ok := l.inCharge(actor.Supervisor)
	if !ok {
		special = l.crew.of[actor.StoreManager][0]
	}
	for i, made := range []struct {
		kind   quality.CheckKind
		by     identity.Staff
		zh, en string
	}{
		{quality.Self, l.manager(), "自检合格", "Self check passed"},
		{quality.Mutual, mate, "互检合格", "Mutual check passed"},
		{quality.Special, special, "专检合格", "Special check passed"},
	} {
		at := l.at(day, 18, 12*i+l.r.IntN(10))
		c := &quality.Check{
			ProjectID: l.p.ID, ID: l.r.id(at), StageKey: s.Key, Round: s.Reopened, Kind: made.kind, Passed: true, Note: checkNotes[made.kind],
			Items: quality.JoinItems(checkItems[s.Key]), CheckerID: made.by.ID, CheckerName: made.by.Name, CheckerRole: made.by.Role, CreatedAt: at,
		}
		l.checks = append(l.checks, c)
		l.put(c)
		photos := l.c.album(l.r, s.Key, 1)
		l.picture(c.ID, photos)
		l.say(at, made.by, line{photos: photos, Entry: project.Entry{
			Kind: quality.EntryCheck, TitleZH: made.zh + " · " + s.NameZH, TitleEN: made.en + " · " + s.NameEN, Body: c.Note, StageKey: s.Key, RefID: c.ID,
		}})
	}
}

// visit lets customer service call, before two weeks have passed without it (C3).
func (l *life) visit(day clock.Day) {
	if l.visited.IsZero() {
		l.visited = day
	}
	if day.Since(l.visited) < visitEvery {
		return
	}
	l.visited = day
	at, by := l.at(day, 15, l.r.IntN(60)), l.colleague(actor.CustomerService)
	said := pick(l.r, visitWords)
	v := &diary.Visit{
		ProjectID: l.p.ID, ID: l.r.id(at), At: at, Text: said[0], Answered: said[1], AuthorID: by.ID, AuthorName: by.Name, AuthorRole: by.Role,
	}
	v.EntryID = l.say(at, by, line{Entry: project.Entry{
		Kind: diary.EntryVisit, TitleZH: "客服回访", TitleEN: "Service visit", Body: v.Text + "\n答复:" + v.Answered, StageKey: l.p.CurrentStage, RefID: v.ID,
	}})
	l.visits = append(l.visits, v)
	l.put(v)
}
