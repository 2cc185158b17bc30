package project

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	"guike/model/outbox"
	"guike/model/project"
)

const (
	maxLogText   = 2000
	maxLogPhotos = 9
)

// NewLog is what was done today and what comes next. An empty Stage means the current one.
type NewLog struct {
	ProjectID    id.ID
	DoneToday    string
	PlanTomorrow string
	Stage        string
	FileIDs      []id.ID
	Once         once.Key
}

// LogResult is what a posted log leaves behind under its key. Revision is 1 for the first post of the
// business day and grows with each edit.
type LogResult struct {
	ProjectID id.ID `json:"project_id"`
	LogID     id.ID `json:"log_id"`
	EntryID   id.ID `json:"entry_id"`
	Revision  int64 `json:"revision"`
}

// Check reads the fields. Errors: input.invalid naming the first field that breaks a rule.
func (n *NewLog) Check() error {
	n.DoneToday, n.PlanTomorrow = strings.TrimSpace(n.DoneToday), strings.TrimSpace(n.PlanTomorrow)
	done, plan := utf8.RuneCountInString(n.DoneToday), utf8.RuneCountInString(n.PlanTomorrow)
	switch {
	case done < 1 || done > maxLogText:
		return fault.Broken("body.done_today", "length", "今日完成须为 1 到 2000 个字。", "done_today has 1 to 2000 characters.")
	case plan > maxLogText:
		return fault.Broken("body.plan_tomorrow", "too_long", "明日计划最多 2000 个字。", "plan_tomorrow has at most 2000 characters.")
	case len(n.FileIDs) > maxLogPhotos:
		return fault.Broken("body.file_ids", "too_many", "照片最多 9 张。", "There are at most 9 photos.")
	}
	for i, f := range n.FileIDs {
		if f.IsZero() || slices.Contains(n.FileIDs[:i], f) {
			return fault.Broken("body.file_ids", "repeated", "照片重复或编号为空。", "A photo is named twice, or not at all.")
		}
	}
	return nil
}

// PostLogTx writes the log of the business day, or edits the one that is there: its former version is
// kept, its entry keeps its place in the timeline (C1). The caller attaches the files in the same
// transaction. Errors: not_found; project.cancelled; input.invalid as Check says, or at body.stage.
func (s *Service) PostLogTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewLog) (LogResult, error) {
	none := LogResult{}
	if err := in.Check(); err != nil {
		return none, err
	}
	p, err := project.LockTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	if p.State == project.Cancelled {
		return none, errCancelled
	}
	stage, err := logStage(ctx, tx, p, in.Stage)
	if err != nil {
		return none, err
	}
	l, again, err := project.LogOfDay(ctx, tx, p.ID, project.BusinessDay(tx.Now, s.d.Zone))
	if err != nil {
		return none, err
	}
	former := l
	l.ProjectID, l.StageKey, l.DoneToday, l.PlanTomorrow = p.ID, stage.Key, in.DoneToday, in.PlanTomorrow
	l.AuthorID, l.AuthorName, l.AuthorRole = who.ID, who.Name, who.Role
	e := project.Entry{
		ProjectID: p.ID, ID: l.EntryID, Kind: project.EntryDailyLog, Body: logBody(in), StageKey: stage.Key,
		TitleZH: "施工日志 · " + stage.NameZH, TitleEN: "Daily log · " + stage.NameEN,
	}
	if again {
		err = s.editLogTx(ctx, tx, former, &l, e)
	} else {
		err = s.firstLogTx(ctx, tx, who, &l, &e)
	}
	if err != nil {
		return none, err
	}
	if err := project.SetPhotosTx(ctx, tx, p.ID, l.EntryID, in.FileIDs); err != nil {
		return none, err
	}
	return LogResult{ProjectID: p.ID, LogID: l.ID, EntryID: l.EntryID, Revision: l.Version}, s.tellLogTx(ctx, tx, who, p, l)
}

// tellLogTx moves the project's version and owes everybody the news.
func (s *Service) tellLogTx(ctx context.Context, tx *db.Tx, who actor.Actor, p project.Project, l project.DailyLog) error {
	if err := project.TouchTx(ctx, tx, &p); err != nil {
		return err
	}
	err := outbox.AddTx(ctx, tx, project.TopicDailyLogPosted, project.DailyLogPosted{
		ProjectID: p.ID, LogID: l.ID, EntryID: l.EntryID, Day: l.Day, Revision: l.Version, At: tx.Now,
	})
	if err != nil {
		return err
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "project.daily_log_posted", Kind: "project", Subject: p.ID,
		Detail: map[string]any{"log_id": l.ID, "revision": l.Version},
	})
	if err != nil {
		return err
	}
	return s.d.hintTx(ctx, tx, p, project.Entry{ID: l.EntryID, Kind: project.EntryDailyLog, Visible: true})
}

func (s *Service) firstLogTx(ctx context.Context, tx *db.Tx, who actor.Actor, l *project.DailyLog, e *project.Entry) error {
	l.ID, l.EntryID, l.Day = id.New(), id.New(), project.BusinessDay(tx.Now, s.d.Zone)
	e.ID, e.RefID = l.EntryID, l.ID
	if err := project.AddLogTx(ctx, tx, l); err != nil {
		return err
	}
	return project.AddEntryTx(ctx, tx, who, e)
}

func (s *Service) editLogTx(ctx context.Context, tx *db.Tx, former project.DailyLog, l *project.DailyLog, e project.Entry) error {
	photos, err := project.PhotosOfIDs(ctx, tx, l.ProjectID, []id.ID{l.EntryID})
	if err != nil {
		return err
	}
	err = project.EditLogTx(ctx, tx, project.Revision{
		ProjectID: former.ProjectID, LogID: former.ID, Version: former.Version, StageKey: former.StageKey,
		DoneToday: former.DoneToday, PlanTomorrow: former.PlanTomorrow, Photos: project.JoinFiles(project.FilesOf(photos)),
		AuthorID: former.AuthorID, AuthorName: former.AuthorName, AuthorRole: former.AuthorRole, WrittenAt: former.UpdatedAt,
	}, l)
	if err != nil {
		return err
	}
	e.Version, e.AuthorID, e.AuthorName, e.AuthorRole = l.Version, l.AuthorID, l.AuthorName, l.AuthorRole
	return project.EditEntryTx(ctx, tx, e)
}

// logStage finds the stage that a log tells of.
func logStage(ctx context.Context, tx *db.Tx, p project.Project, key string) (project.Stage, error) {
	if key == "" {
		key = p.CurrentStage
	}
	stages, err := project.Stages(ctx, tx, p.ID)
	if err != nil {
		return project.Stage{}, err
	}
	for _, st := range stages {
		if st.Key == key {
			return st, nil
		}
	}
	return project.Stage{}, fault.Broken("body.stage", "unknown", "项目没有这个阶段。", "The project has no such stage.")
}

// logBody is what customers read in the timeline.
func logBody(in NewLog) string {
	if in.PlanTomorrow == "" {
		return in.DoneToday
	}
	return in.DoneToday + "\n明日计划:" + in.PlanTomorrow
}
