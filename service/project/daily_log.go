package project

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	"guike/model/outbox"
	"guike/model/project"
	"guike/model/project/diary"
	"guike/model/settings"
)

const (
	maxLogText   = 2000
	maxLogPhotos = 9
	maxWeather   = 40
	maxHands     = 500
)

// MinPhotosSetting names the policy of how many photos a daily log shows at least: a number from 0 to 9,
// 1 when nothing is kept under the name (C1).
const MinPhotosSetting = "project.daily_log_min_photos"

// NewLog is what was done today and what comes next. An empty Stage means the current one. Weather is a
// word (sunny, cloudy, rain, snow, windy, hot, other) or a few of one's own; Hands are the people on
// site. No FileIDs at all (nil) leave the photos of an edited log as they are; an empty list takes them
// away.
type NewLog struct {
	ProjectID    id.ID
	DoneToday    string
	PlanTomorrow string
	Stage        string
	Weather      string
	Hands        *int
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
	n.DoneToday, n.PlanTomorrow, n.Weather = wording.Trim(n.DoneToday), wording.Trim(n.PlanTomorrow), wording.Trim(n.Weather)
	done, plan := utf8.RuneCountInString(n.DoneToday), utf8.RuneCountInString(n.PlanTomorrow)
	switch {
	case done < 1 || done > maxLogText:
		return fault.Broken("body.done_today", "length", "今日完成须为 1 到 2000 个字。", "done_today has 1 to 2000 characters.")
	case plan > maxLogText:
		return fault.Broken("body.plan_tomorrow", "too_long", "明日计划最多 2000 个字。", "plan_tomorrow has at most 2000 characters.")
	case utf8.RuneCountInString(n.Weather) > maxWeather:
		return fault.Broken("body.weather", "too_long", "天气最多 40 个字。", "weather has at most 40 characters.")
	case n.Hands != nil && (*n.Hands < 0 || *n.Hands > maxHands):
		return fault.Broken("body.hands", "out_of_range", "现场人数须在 0 到 500 之间。", "hands lies between 0 and 500.")
	}
	for _, t := range []struct{ at, text string }{{"done_today", n.DoneToday}, {"plan_tomorrow", n.PlanTomorrow}, {"weather", n.Weather}} {
		if err := wording.CheckCharacters("body."+t.at, t.text); err != nil {
			return err
		}
	}
	return CheckPhotos("body.file_ids", n.FileIDs, maxLogPhotos)
}

// PostLogTx writes the log of the business day, or edits the one that is there: its former version is
// kept, its entry keeps its place in the timeline (C1). The caller attaches the files in the same
// transaction. Errors: not_found; project.cancelled; input.invalid as Check says, or at body.stage.
func (s *Service) PostLogTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewLog) (LogResult, error) {
	none := LogResult{}
	if err := in.Check(); err != nil {
		return none, err
	}
	p, err := LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	stage, err := NamedStage(ctx, tx, p, in.Stage)
	if err != nil {
		return none, err
	}
	l, again, err := project.LogOfDay(ctx, tx, p.ID, project.BusinessDay(tx.Now, s.d.Zone))
	if err != nil {
		return none, err
	}
	var shown []id.ID
	if again {
		if shown, err = entryFiles(ctx, tx, p.ID, l.EntryID); err != nil {
			return none, err
		}
	}
	if err := s.enoughPhotos(ctx, tx, in.FileIDs, shown); err != nil {
		return none, err
	}
	former := l
	l.ProjectID, l.StageKey, l.DoneToday, l.PlanTomorrow = p.ID, stage.Key, in.DoneToday, in.PlanTomorrow
	l.Weather, l.Hands = in.Weather, in.Hands
	l.AuthorID, l.AuthorName, l.AuthorRole = who.ID, who.Name, who.Role
	e := project.Entry{
		ProjectID: p.ID, ID: l.EntryID, Kind: project.EntryDailyLog, Body: logBody(in), StageKey: stage.Key,
		TitleZH: "施工日志 · " + stage.NameZH, TitleEN: "Daily log · " + stage.NameEN,
	}
	if again {
		err = s.editLogTx(ctx, tx, revision(former, shown), &l, e)
	} else {
		err = s.firstLogTx(ctx, tx, who, &l, &e)
	}
	if err != nil {
		return none, err
	}
	if in.FileIDs != nil {
		if err := project.SetPhotosTx(ctx, tx, p.ID, l.EntryID, in.FileIDs); err != nil {
			return none, err
		}
	}
	if err := s.d.HeardTx(ctx, tx, who, p.ID, diary.ByProjectManager); err != nil {
		return none, err
	}
	return LogResult{ProjectID: p.ID, LogID: l.ID, EntryID: l.EntryID, Revision: l.Version}, s.tellLogTx(ctx, tx, who, p, l)
}

// enoughPhotos refuses a log that would show fewer photos than the policy asks for. Nothing named (nil)
// means what is shown already.
func (s *Service) enoughPhotos(ctx context.Context, r db.Reader, named, shown []id.ID) error {
	if named == nil {
		named = shown
	}
	least, err := minPhotos(ctx, r)
	if err != nil || len(named) >= least {
		return err
	}
	return fault.Broken("body.file_ids", "too_few",
		fmt.Sprintf("每条日志至少 %d 张照片,最多 9 张。", least), fmt.Sprintf("A log shows at least %d photo(s), at most 9.", least))
}

// minPhotos reads the policy; what is no number within 0 and 9 counts as none kept.
func minPhotos(ctx context.Context, r db.Reader) (int, error) {
	text, _, err := settings.Get(ctx, r, MinPhotosSetting)
	if err != nil {
		return 0, err
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= maxLogPhotos {
		return n, nil
	}
	return 1, nil
}

// entryFiles lists the pictures that an entry shows.
func entryFiles(ctx context.Context, r db.Reader, projectID, entry id.ID) ([]id.ID, error) {
	photos, err := project.PhotosOfIDs(ctx, r, projectID, []id.ID{entry})
	return project.FilesOf(photos), err
}

// revision is a log as it stands, with the pictures that it shows.
func revision(l project.DailyLog, shown []id.ID) project.Revision {
	return project.Revision{
		ProjectID: l.ProjectID, LogID: l.ID, Version: l.Version, StageKey: l.StageKey, DoneToday: l.DoneToday,
		PlanTomorrow: l.PlanTomorrow, Weather: l.Weather, Hands: l.Hands, Photos: project.JoinFiles(shown),
		AuthorID: l.AuthorID, AuthorName: l.AuthorName, AuthorRole: l.AuthorRole, WrittenAt: l.UpdatedAt,
	}
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

func (s *Service) editLogTx(ctx context.Context, tx *db.Tx, former project.Revision, l *project.DailyLog, e project.Entry) error {
	if err := project.EditLogTx(ctx, tx, former, l); err != nil {
		return err
	}
	e.Version, e.AuthorID, e.AuthorName, e.AuthorRole = l.Version, l.AuthorID, l.AuthorName, l.AuthorRole
	return project.EditEntryTx(ctx, tx, e)
}

// logBody is what customers read in the timeline.
func logBody(in NewLog) string {
	body := in.DoneToday
	if in.PlanTomorrow != "" {
		body += "\n明日计划:" + in.PlanTomorrow
	}
	if on := OnSite(in.Weather, in.Hands); on != "" {
		body += "\n" + on
	}
	return body
}

// OnSite says in a line what the weather was and how many people worked; empty when neither was told.
func OnSite(weather string, hands *int) string {
	words := map[string]string{"sunny": "晴", "cloudy": "多云", "rain": "雨", "snow": "雪", "windy": "大风", "hot": "高温", "other": "其他"}
	var parts []string
	if weather != "" {
		if zh, ok := words[weather]; ok {
			weather = zh
		}
		parts = append(parts, "天气:"+weather)
	}
	if hands != nil {
		parts = append(parts, fmt.Sprintf("现场 %d 人", *hands))
	}
	return strings.Join(parts, " · ")
}
