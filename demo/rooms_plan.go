package demo

import (
	"fmt"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/wording"
	"guike/model/project"
	siteplan "guike/model/project/plan"
)

const (
	// calendarRevision is the site calendar's after its one closure.
	calendarRevision = 1
	// pausedBefore is how many days before today work was paused.
	pausedBefore = 4
	alertDelay   = "plan_delay"
)

// closure is Spring Festival 2027, on which no site works.
func (c *company) closure(by actor.Actor) *siteplan.Closure {
	at := c.before(40 * 24 * 60)
	return &siteplan.Closure{
		ID: newDice(c.seed, "closure", 0).id(at), FromDay: "2027-02-01", ToDay: "2027-02-17", Name: "2027 年春节停工", AddedIn: calendarRevision,
		CreatedBy: by.ID, CreatedByName: by.Name, CreatedAt: at,
	}
}

// pause lets the work stand still at the customer's wish.
func (l *life) pause(at time.Time) {
	by := l.manager()
	l.p.PausedAt, l.p.PauseReason = &at, "业主出国,请求暂缓,约定回国后继续。"
	l.touch(at)
	l.put(&siteplan.Pause{ProjectID: l.p.ID, ID: l.r.id(at), FromAt: at, Reason: l.p.PauseReason, PausedBy: by.ID})
	l.say(at, by, line{loud: true, Entry: project.Entry{
		Kind: siteplan.EntryPaused, TitleZH: "项目暂停", TitleEN: "The project is paused", Body: "原因:" + l.p.PauseReason,
		StageKey: l.p.CurrentStage, RefID: l.p.ID,
	}})
}

// notice is what the nightly look prepares when a stage is so late (K2).
func (l *life) notice(at time.Time, stage, late int) *siteplan.Notice {
	s := l.stages[stage]
	step, err := l.c.planPolicy.Propose(late)
	if err != nil {
		step = siteplan.Step{} // the seeded policy is readable; a company's own may not be
	}
	n := &siteplan.Notice{
		ProjectID: l.p.ID, ID: l.r.id(at), StageKey: s.Key, N: 1, Due: s.PlannedEnd, DaysLate: late, State: siteplan.NoticeOpen,
		ProposedReason: fmt.Sprintf("因【请填写原因】,“%s”阶段较计划延后 %d 个工作日。", s.NameZH, late),
		ProposedEnd:    l.c.calendar.Plus(clock.DayOf(at, l.c.zone), 4), ProposedFen: step.Fen, ProposedText: step.ZH,
		PolicyVersion: l.c.planPolicy.Version, RaisedAt: at, Version: 1,
	}
	l.put(n)
	return n
}

func (l *life) delayAlarm(n *siteplan.Notice) alarm {
	s := l.stages[l.stageAt(n.StageKey)]
	return alarm{
		kind: alertDelay, cause: n.Cause(), level: 2, title: fmt.Sprintf("工期延误:%s已超 %d 个工作日", s.NameZH, n.DaysLate),
		reason: fmt.Sprintf("项目 %s 的“%s”计划 %s 完成,已延后 %d 个工作日;延误通知待确认。", l.p.No, s.NameZH, n.Due, n.DaysLate),
		seenBy: l.crew.of[actor.ExperienceCentre][0],
	}
}

// noticeDelay is last night's look: the notice waits for somebody to confirm it.
func (l *life) noticeDelay(today clock.Day) {
	at := clock.Cut(today.Start(l.c.zone).Add(4 * time.Minute))
	if latest := l.c.before(30); at.After(latest) {
		at = latest
	}
	l.alarm(at, l.delayAlarm(l.notice(at, len(l.spans)-1, l.p.DaysLate)))
}

// tellOfDelay is the day on which the notice of a delay was confirmed: the plan moves, and the customer
// reads reason, new date and compensation in one line.
func (l *life) tellOfDelay(day clock.Day, stage int) {
	today := clock.DayOf(l.c.base, l.c.zone)
	if l.brief.twist != delayed || stage != len(l.spans)-1 || today.Since(day) != delayToldBefore {
		return
	}
	late := l.p.LateDays(day, l.c.calendar)
	n := l.notice(clock.Cut(day.Start(l.c.zone).Add(4*time.Minute)), stage, late)
	alarm := l.delayAlarm(n)
	at, by := l.at(day, 16, 40+l.r.IntN(15)), l.crew.of[actor.ExperienceCentre][0]
	n.State, n.Reason, n.DecidedBy, n.DecidedByName, n.DecidedAt = siteplan.NoticeConfirmed, delayReason, by.ID, by.Name, &at
	n.NewEnd, n.CompensationFen, n.CompensationText = l.c.calendar.Plus(day, 6), n.ProposedFen, n.ProposedText
	n.Version++
	before, endBefore := l.stages[stage].PlannedEnd, l.p.PlannedEnd
	l.shift(at, n.StageKey, l.c.calendar.Workdays(before.Plus(1), n.NewEnd))
	l.put(&siteplan.Change{
		ProjectID: l.p.ID, ID: l.r.id(at), Kind: siteplan.Delayed, StageKey: n.StageKey, OldEnd: endBefore, NewEnd: l.p.PlannedEnd, Reason: n.Reason,
		ByID: by.ID, ByName: by.Name, ByRole: by.Role, At: at,
	})
	s := l.stages[stage]
	l.say(at, by, line{loud: true, Entry: project.Entry{
		Kind: siteplan.EntryDelay, TitleZH: "工期延后:" + s.NameZH, TitleEN: "Delayed: " + s.NameEN, StageKey: s.Key, RefID: n.ID,
		Body: strings.Join([]string{
			"原因:" + n.Reason, fmt.Sprintf("新的完成日期:%s(原计划 %s)", n.NewEnd, before), fmt.Sprintf("项目预计完工:%s", l.p.PlannedEnd),
			project.MoneyLine(fmt.Sprintf("补偿:%s(¥%s)", n.CompensationText, wording.Yuan(n.CompensationFen))),
		}, "\n"),
	}})
	alarm.overAt, alarm.over = at, "延误通知已确认"
	l.alarm(n.RaisedAt, alarm)
}
