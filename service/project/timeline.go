package project

import (
	"context"
	"encoding/binary"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/material"
	"guike/model/project/plan"
	"guike/model/project/quality"
	"guike/model/project/supervisor"
)

// Entry is a line of the timeline with its pictures; those that were withdrawn are left out.
type Entry struct {
	project.Entry
	Photos []Picture
}

// Timeline is a page of a project's timeline, newest first.
type Timeline struct {
	Entries []Entry
	Next    db.Cursor
	Tag     string // changes whenever anything on the page does, the links included
}

// MyTimeline reads the timeline of a project of one of the customer's homes: four statements with the
// links. Errors: not_found.
func (s *Service) MyTimeline(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) (Timeline, error) {
	seen, err := project.FindForCustomer(ctx, s.d.DB, who, projectID, s.d.DB.Now())
	if err != nil {
		return Timeline{}, err
	}
	t, err := s.timeline(ctx, projectID, project.ForCustomers, p)
	if !SeesMoney(who, seen) {
		t.dropMoney()
	}
	return t, err
}

// dropMoney makes the page one for readers who see no money: guests, and people of other companies.
func (t *Timeline) dropMoney() {
	for i := range t.Entries {
		t.Entries[i].Body = project.WithoutMoney(t.Entries[i].Body)
	}
	t.Tag = etag.Of(t.Tag, project.Guest)
}

// Timeline reads the timeline of a project within the reach of a member of staff; people of other
// companies see what concerns their duty, without money. Errors: not_found.
func (s *Service) Timeline(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) (Timeline, error) {
	if _, err := project.Find(ctx, s.d.DB, who, projectID); err != nil {
		return Timeline{}, err
	}
	if who.External {
		rows, photos, next, err := project.TimelineOfKinds(ctx, s.d.DB, projectID, forThirdParties(), p)
		if err != nil {
			return Timeline{}, err
		}
		t, err := s.lined(ctx, rows, photos, next)
		t.dropMoney()
		return t, err
	}
	return s.timeline(ctx, projectID, project.ForStaff, p)
}

// forThirdParties are the kinds of entry that concern a third-party supervisor: stages and plan, daily
// logs, inspections, hazards, checks, defects, and the specification (C12). A kind that is not here is
// kept from them.
func forThirdParties() []project.EntryKind {
	return []project.EntryKind{
		project.EntryCreated, project.EntryDailyLog, project.EntryStageStarted, project.EntryStageCompleted, project.EntryStageReopened, project.EntryCancelled,
		plan.EntryPlanChanged, plan.EntryDelay, plan.EntryExpedited, plan.EntryPaused, plan.EntryResumed,
		quality.EntryInspection, quality.EntryHazard, quality.EntryCheck, quality.EntryDefect, supervisor.Entry,
		material.EntrySpecified, material.EntryChanged, material.EntryInstalled, material.EntryRecalled,
	}
}

func (s *Service) timeline(ctx context.Context, projectID id.ID, to project.Audience, p db.Page) (Timeline, error) {
	rows, photos, next, err := project.Timeline(ctx, s.d.DB, projectID, to, p)
	if err != nil {
		return Timeline{}, err
	}
	return s.lined(ctx, rows, photos, next)
}

// lined puts the lines of a page together with their pictures.
func (s *Service) lined(ctx context.Context, rows []project.Entry, photos []project.Photo, next db.Cursor) (Timeline, error) {
	links, err := s.links(ctx, photos)
	if err != nil {
		return Timeline{}, err
	}
	t := Timeline{Entries: make([]Entry, 0, len(rows)), Next: next}
	place := make(map[id.ID]int, len(rows))
	seen, link := make([]byte, 0, 24*len(rows)+32*len(photos)), "" // one link stands for all: they run out together
	for i, r := range rows {
		t.Entries = append(t.Entries, Entry{Entry: r})
		place[r.ID] = i
		seen = binary.AppendVarint(append(seen, r.ID[:]...), r.Version)
	}
	for _, ph := range photos {
		picture, ok := links[ph.FileID]
		if !ok {
			continue
		}
		e := &t.Entries[place[ph.EntryID]]
		e.Photos = append(e.Photos, picture)
		seen, link = append(append(seen, ph.EntryID[:]...), ph.FileID[:]...), picture.URL
	}
	t.Tag = etag.Of(string(seen), link, next)
	return t, nil
}

func (s *Service) links(ctx context.Context, photos []project.Photo) (map[id.ID]Picture, error) {
	if len(photos) == 0 {
		return map[id.ID]Picture{}, nil
	}
	return s.d.Links.Links(ctx, s.d.DB, project.FilesOf(photos))
}

// Version is a version of a daily log: the one that stands, or a former one. ReplacedAt is zero in the
// one that stands.
type Version struct {
	project.Revision
	EntryID id.ID
	Day     clock.Day
	Photos  []Picture
}

// LogHistory reads every version of a daily log, the one that stands first. Errors: not_found.
func (s *Service) LogHistory(ctx context.Context, who actor.Actor, projectID, log id.ID) ([]Version, error) {
	if _, err := project.Find(ctx, s.d.DB, who, projectID); err != nil {
		return nil, err
	}
	return s.history(ctx, projectID, log)
}

// LogVersion reads the version that a post has made, on behalf of who made it, later edits or not.
func (s *Service) LogVersion(ctx context.Context, made LogResult) (Version, error) {
	all, err := s.history(ctx, made.ProjectID, made.LogID)
	if err != nil {
		return Version{}, err
	}
	for _, v := range all {
		if v.Version == made.Revision {
			return v, nil
		}
	}
	return Version{}, fault.Missing()
}

func (s *Service) history(ctx context.Context, projectID, log id.ID) ([]Version, error) {
	l, err := project.LogByID(ctx, s.d.DB, projectID, log)
	if err != nil {
		return nil, err
	}
	photos, err := project.PhotosOfIDs(ctx, s.d.DB, projectID, []id.ID{l.EntryID})
	if err != nil {
		return nil, err
	}
	former, err := project.Revisions(ctx, s.d.DB, projectID, log)
	if err != nil {
		return nil, err
	}
	standing := revision(l, project.FilesOf(photos))
	versions, err := s.versions(ctx, append([]project.Revision{standing}, former...))
	for i := range versions {
		versions[i].EntryID, versions[i].Day = l.EntryID, l.Day
	}
	return versions, err
}

func (s *Service) versions(ctx context.Context, rows []project.Revision) ([]Version, error) {
	var photos []project.Photo
	for _, r := range rows {
		for _, f := range r.Files() {
			photos = append(photos, project.Photo{FileID: f})
		}
	}
	links, err := s.links(ctx, photos)
	if err != nil {
		return nil, err
	}
	versions := make([]Version, 0, len(rows))
	for _, r := range rows {
		v := Version{Revision: r}
		for _, f := range r.Files() {
			if picture, ok := links[f]; ok {
				v.Photos = append(v.Photos, picture)
			}
		}
		versions = append(versions, v)
	}
	return versions, nil
}
