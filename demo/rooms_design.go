package demo

import (
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/model/identity"
	"guike/model/project"
	"guike/model/project/design"
)

// draw lets a design grow: what the customer wants on the first day, a version half-way, sometimes
// another one after the customer's word, and the approval on the last day. While the stage is under
// way, the first version was shown lately and waits.
func (l *life) draw(day clock.Day, n int, s span) {
	shown := max(0, s.days-2)
	if s.done {
		shown = s.days / 2
	}
	if n == 0 {
		l.begunDesign(l.at(day, 10, l.r.IntN(50)))
	}
	if n == shown {
		l.submit(l.at(day, 11, 20+l.r.IntN(40)), "")
	}
	if !s.done {
		return
	}
	if again := s.days >= 6 && int(l.p.ID[15])%2 == 0; again { // half of the customers want something else
		switch n {
		case shown + 1:
			l.decide(l.at(day, 14, l.r.IntN(50)), design.DecidedChanges, pick(l.r, designWishes))
		case s.days - 2:
			l.submit(l.at(day, 15, l.r.IntN(50)), pick(l.r, designAnswers))
		}
	}
	if n == s.days-1 {
		l.decide(l.at(day, 16, l.r.IntN(40)), design.DecidedApprove, "")
	}
}

func (l *life) begunDesign(at time.Time) {
	by := l.colleague(actor.Designer)
	need := pick(l.r, customerNeeds)
	l.note(at, by, design.Event{What: design.WhatNeed, Body: need})
	l.drawing = &design.Design{
		ProjectID: l.p.ID, ID: l.r.id(at), Title: designTitles[l.p.Kind], Style: pick(l.r, designStyles), State: design.Draft,
		CreatedBy: by.ID, CreatedAt: at, UpdatedAt: at, Version: 1,
	}
	l.put(l.drawing)
	l.say(at, by, line{private: true, Entry: project.Entry{
		Kind: design.EntryBegun, TitleZH: "新建设计方案:" + l.drawing.Title, TitleEN: "Design begun: " + l.drawing.Title,
		StageKey: l.p.CurrentStage, RefID: l.drawing.ID,
	}})
}

// submit adds a version with drawings and shows it to the customer.
func (l *life) submit(at time.Time, difference string) {
	by, d := l.colleague(actor.Designer), l.drawing
	d.Newest++
	d.Shown, d.State = d.Newest, design.Waiting
	d.Version++
	d.UpdatedAt = at
	files := l.c.album(l.r, "design", l.r.between(2, 4))
	l.put(&design.Version{
		DesignID: d.ID, Number: d.Newest, DifferenceNote: difference, AuthorID: by.ID, AuthorName: by.Name,
		CreatedAt: at, SubmittedAt: &at, Views: int64(l.r.between(1, 6)),
	})
	for i, f := range files {
		l.put(&design.File{DesignID: d.ID, Number: d.Newest, Seq: i, FileID: f})
	}
	l.put(&design.Link{
		DesignID: d.ID, Number: d.Newest, Kind: design.LinkPanorama, URL: fmt.Sprintf("https://vr.guike-demo.example/p/%s/%d", l.p.No, d.Newest), Title: "全景漫游",
	})
	l.note(at, by, design.Event{What: design.WhatVersion, DesignID: d.ID, Number: d.Newest, Body: difference})
	l.note(at, by, design.Event{What: design.WhatSubmitted, DesignID: d.ID, Number: d.Newest})
	tail := fmt.Sprintf("%s v%d", d.Title, d.Newest)
	l.say(at, by, line{loud: true, photos: files, Entry: project.Entry{
		Kind: design.EntryPosted, TitleZH: "设计方案待您确认:" + tail, TitleEN: "A design for your decision: " + tail,
		Body: difference, StageKey: l.p.CurrentStage, RefID: d.ID,
	}})
}

// decide is the customer's word on the newest version.
func (l *life) decide(at time.Time, decision design.Decision, word string) {
	d := l.drawing
	kind, what, zh, en := design.EntryApproved, design.WhatApproved, "设计方案已确认:", "Design approved: "
	if d.State, d.Approved = design.Approved, d.Newest; decision == design.DecidedChanges {
		d.State, d.Approved = design.Changes, 0
		d.Rounds++
		kind, what, zh, en = design.EntryChanges, design.WhatChanges, "设计方案需修改:", "Changes to a design: "
	}
	d.Version++
	d.UpdatedAt = at
	v := l.newestVersion()
	v.Decision, v.DecidedAt, v.DecidedBy, v.Word = decision, &at, l.owner, word
	l.note(at, l.party(), design.Event{What: what, DesignID: d.ID, Number: d.Newest, Body: word})
	tail := fmt.Sprintf("%s v%d", d.Title, d.Newest)
	l.say(at, l.party(), line{Entry: project.Entry{Kind: kind, TitleZH: zh + tail, TitleEN: en + tail, Body: word, StageKey: l.p.CurrentStage, RefID: d.ID}})
}

// newestVersion is the last one that was put on the shelf.
func (l *life) newestVersion() *design.Version {
	all := kept[design.Version](&l.shelf)
	return all[len(all)-1]
}

// note writes a line of what a successor has to read (B6).
func (l *life) note(at time.Time, by identity.Staff, e design.Event) {
	e.ProjectID, e.ID, e.At = l.p.ID, l.r.id(at), at
	e.AuthorKind, e.AuthorID, e.AuthorName, e.AuthorRole = actor.Staff, by.ID, by.Name, by.Role
	if by.ID == l.owner {
		e.AuthorKind = actor.Customer
	}
	l.put(&e)
}
