package demo

import (
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/identity"
	"guike/model/project"
)

// What follows writes the rows that the services of projects would have written at the time, version
// by version.

// begin opens the project on behalf of its sales consultant.
func (l *life) begin(at time.Time) {
	sales := l.colleague(actor.Sales)
	l.p.CreatedAt, l.p.UpdatedAt, l.p.CreatedBy = at, at, sales.ID
	l.p.Derive(l.stages, at)
	l.people = append(l.people, project.Person{
		ProjectID: l.p.ID, ID: l.d.id(at), StaffID: sales.ID, Role: actor.Sales, FromAt: at, AssignedBy: sales.ID,
	})
	l.enter(at, sales, project.Entry{Kind: project.EntryCreated, TitleZH: "项目已创建", TitleEN: "Project created", RefID: l.p.ID})
	l.tell(at, "project_created", "项目已建立", "已建立,您可以随时查看进度、照片和负责人。")
}

// enter adds a line to the timeline.
func (l *life) enter(at time.Time, by identity.Staff, e project.Entry) id.ID {
	e.ProjectID, e.ID, e.At, e.UpdatedAt, e.Version, e.Visible = l.p.ID, l.d.id(at), at, at, 1, true
	e.AuthorID, e.AuthorName, e.AuthorRole = by.ID, by.Name, by.Role
	l.entries = append(l.entries, e)
	return e.ID
}

// tell keeps what the home was told of the latest entry.
func (l *life) tell(at time.Time, kind, title, rest string) *news {
	l.news = append(l.news, news{
		at: at, event: l.d.id(at), kind: kind, title: title, body: rest, entry: l.entries[len(l.entries)-1].ID,
	})
	return &l.news[len(l.news)-1]
}

// touch moves the project's version.
func (l *life) touch(at time.Time) {
	l.p.Version++
	l.p.UpdatedAt = at
}

// derive moves the version after a change of stages.
func (l *life) derive(at time.Time) {
	l.p.Derive(l.stages, at)
	l.touch(at)
}

func (l *life) start(at time.Time, stage int) {
	s := &l.stages[stage]
	s.State, s.StartedAt = project.StageActive, &at
	s.Version++
	l.derive(at)
	l.enter(at, l.author(stage), project.Entry{
		Kind: project.EntryStageStarted, TitleZH: "阶段开始:" + s.NameZH, TitleEN: "Stage started: " + s.NameEN, StageKey: s.Key,
	})
	l.tell(at, "stage_started", s.NameZH+"已开始", "进入"+s.NameZH+"阶段。")
}

func (l *life) complete(at time.Time, stage int) {
	s := &l.stages[stage]
	s.State, s.CompletedAt = project.StageCompleted, &at
	s.CompletedOn = clock.DayOf(at, l.c.zone)
	if person, ok := project.Responsible(l.people, s.Key); ok {
		s.AnsweredBy = person.StaffID
	}
	s.Version++
	l.derive(at)
	l.enter(at, l.author(stage), project.Entry{
		Kind: project.EntryStageCompleted, TitleZH: "阶段完成:" + s.NameZH, TitleEN: "Stage completed: " + s.NameEN, StageKey: s.Key,
	})
	l.tell(at, "stage_completed", s.NameZH+"已完成", "的"+s.NameZH+"阶段已完成。")
}

func (l *life) reopen(at time.Time, stage int) {
	s := &l.stages[stage]
	s.State, s.CompletedAt = project.StageActive, nil
	s.CompletedOn, s.AnsweredBy = "", id.ID{}
	s.Reopened++
	s.Version++
	l.derive(at)
	l.enter(at, l.author(stage), project.Entry{
		Kind: project.EntryStageReopened, TitleZH: "阶段重新打开:" + s.NameZH, TitleEN: "Stage reopened: " + s.NameEN,
		Body: "复查发现问题,返工处理。", StageKey: s.Key,
	})
	l.tell(at, "stage_reopened", s.NameZH+"重新施工", "的"+s.NameZH+"阶段重新打开,将继续施工。")
}

func (l *life) assign(at time.Time, role actor.Role, who identity.Staff, note string, by identity.Staff) {
	for i := range l.people {
		if p := &l.people[i]; p.Role == role && p.Current() {
			p.UntilAt, p.EndedBy = &at, by.ID
		}
	}
	person := project.Person{
		ProjectID: l.p.ID, ID: l.d.id(at), StaffID: who.ID, Role: role, FromAt: at, Note: note, AssignedBy: by.ID,
	}
	l.people = append(l.people, person)
	l.touch(at)
	name := roleNames[role]
	l.enter(at, by, project.Entry{
		Kind: project.EntryPersonChanged, TitleZH: name[0] + "负责人:" + who.Name, TitleEN: who.Name + " is in charge as " + name[1], RefID: person.ID,
	})
	l.tell(at, "person_changed", name[0]+"已更新", "的"+name[0]+"现在是"+who.Name+"。").staff = who
}

func (l *life) cancel(at time.Time, reason string) {
	l.p.State, l.p.CancelledAt, l.p.CancelReason, l.p.StageDue = project.Cancelled, &at, reason, ""
	l.touch(at)
	l.enter(at, l.colleague(actor.Sales), project.Entry{
		Kind: project.EntryCancelled, TitleZH: "项目已取消", TitleEN: "Project cancelled", RefID: l.p.ID,
	})
	l.tell(at, "project_cancelled", "项目已取消", "已取消,如有疑问请联系您的负责人。")
}

// author is who works on a stage, among those in charge.
func (l *life) author(stage int) identity.Staff {
	role := actor.ProjectManager
	switch key := l.items[stage].Key; key {
	case "measure", "design":
		role = actor.Designer
	case "sign":
		role = actor.Sales
	case "installation":
		if l.d.chance(50) {
			role = actor.Installer
		}
	case "care":
		role = actor.CustomerService
	}
	for _, p := range l.people {
		if p.Role == role && p.Current() {
			return l.person(p.StaffID, role)
		}
	}
	return l.colleague(actor.Sales)
}

func (l *life) person(staff id.ID, role actor.Role) identity.Staff {
	for _, s := range l.crew.of[role] {
		if s.ID == staff {
			return s
		}
	}
	return l.crew.former
}

// report posts the log of a day at the end of the work. Some logs are corrected soon after.
func (l *life) report(day clock.Day, stage, n, days int) {
	at := l.at(day, 17, l.d.IntN(70))
	key, by := l.items[stage].Key, l.author(stage)
	done, next := l.words(stage, n, days)
	log := project.DailyLog{
		ProjectID: l.p.ID, ID: l.d.id(at), Day: day, StageKey: key, DoneToday: done, PlanTomorrow: next,
		AuthorID: by.ID, AuthorName: by.Name, AuthorRole: by.Role, Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	log.EntryID = l.enter(at, by, project.Entry{
		Kind: project.EntryDailyLog, TitleZH: "施工日志 · " + l.items[stage].NameZH, TitleEN: "Daily log · " + l.items[stage].NameEN,
		Body: logBody(log), StageKey: key, RefID: log.ID,
	})
	files := l.c.album(l.d, key, l.photoCount(key))
	for i, f := range files {
		l.photos = append(l.photos, project.Photo{ProjectID: l.p.ID, EntryID: log.EntryID, Seq: i, FileID: f})
	}
	l.touch(at)
	l.tell(at, "daily_log", "今日施工日志("+string(day)+")", ":"+logBody(log))
	if !l.brief.sparse && l.d.chance(4) {
		l.correct(&log, files)
	}
	l.logs = append(l.logs, log)
}

func (l *life) photoCount(stage string) int {
	switch {
	case l.brief.sparse || stage == "sign" || stage == "care":
		return l.d.between(1, 2)
	case l.d.chance(8):
		return l.d.between(5, 9)
	}
	return l.d.between(1, 4)
}

// correct edits a log minutes after it was posted and keeps its former version.
func (l *life) correct(log *project.DailyLog, files []id.ID) {
	former := *log
	l.last = clock.Cut(l.last.Add(time.Duration(l.d.between(5, 25)) * time.Minute))
	l.revisions = append(l.revisions, project.Revision{
		ProjectID: former.ProjectID, LogID: former.ID, Version: former.Version, StageKey: former.StageKey,
		DoneToday: former.DoneToday, PlanTomorrow: former.PlanTomorrow, Photos: project.JoinFiles(files),
		AuthorID: former.AuthorID, AuthorName: former.AuthorName, AuthorRole: former.AuthorRole,
		WrittenAt: former.UpdatedAt, ReplacedAt: l.last,
	})
	log.DoneToday += pick(l.d, corrections)
	log.Version, log.UpdatedAt = 2, l.last
	e := &l.entries[len(l.entries)-1]
	e.Body, e.Version, e.UpdatedAt = logBody(*log), 2, l.last
	l.touch(l.last)
	l.tell(l.last, "daily_log_edited", "施工日志已更新("+string(log.Day)+")", ":"+e.Body)
}

// logBody is what customers read of a log in the timeline.
func logBody(l project.DailyLog) string {
	if l.PlanTomorrow == "" {
		return l.DoneToday
	}
	return l.DoneToday + "\n明日计划:" + l.PlanTomorrow
}

// words tells what was done on a day of a stage and what comes next.
func (l *life) words(stage, n, days int) (done, next string) {
	key := l.items[stage].Key
	steps := stepsOf(l.brief.kind, key)
	now, then := n*len(steps)/days, (n+1)*len(steps)/days
	on, extra := carriedOn, remarks
	if !onSite[key] {
		on, extra = carriedOnInside, nil
	}
	done = steps[now].done
	if before, told := l.steps[stage]; told && before == now {
		done = "继续" + steps[now].plan + "," + pick(l.d, on)
	}
	l.steps[stage] = now
	if len(extra) > 0 && l.d.chance(35) {
		done += pick(l.d, extra)
	}
	switch {
	case then < len(steps) && n+1 < days:
		next = steps[then].plan
		if then == now {
			next = "继续" + next
		}
	case stage+1 < len(l.items):
		next = stepsOf(l.brief.kind, l.items[stage+1].Key)[0].plan
	}
	if next != "" {
		next += "。"
	}
	return done, next
}
