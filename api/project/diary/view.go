package diary

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/project/diary"
	"guike/service/project/diary"
)

// Author is who wrote something, as he was called then.
type Author struct {
	Name string `json:"name" doc:"The name." example:"李建国"`
	Role string `json:"role" doc:"The role." example:"project_manager"`
}

// Visit is a service visit.
type Visit struct {
	ID       id.ID            `json:"id" doc:"The visit's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	EntryID  id.ID            `json:"entry_id" doc:"Its entry in the timeline." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	At       time.Time        `json:"at" doc:"When it was recorded." example:"2026-12-01T09:30:00.000Z"`
	Text     string           `json:"text" doc:"What the customer asked or doubted." example:"客户问卫生间防水高度是否够。"`
	Answered string           `json:"answered" doc:"What was answered; empty while the answer is owed." example:"淋浴区防水做到 1.8 米。"`
	Photos   []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
	Author   Author           `json:"author" doc:"Who recorded it."`
}

// Score is how complete daily logs were.
type Score struct {
	Expected int  `json:"expected" doc:"On how many days a log was owed." example:"22"`
	Logged   int  `json:"logged" doc:"On how many of them one was posted." example:"21"`
	Photos   int  `json:"photos" doc:"How many photos these logs show." example:"96"`
	Planned  int  `json:"planned" doc:"How many of them say what comes next." example:"20"`
	OnTime   int  `json:"on_time" doc:"How many of them were posted before 20:00." example:"19"`
	ScoreBP  *int `json:"score_bp,omitempty" doc:"The mean of the days' scores in basis points: 6000 for a log, 1500 for its plan, 1500 for three photos or more (500 each below), 1000 for being on time. Absent when no log was owed." example:"9350"`
	Streak   int  `json:"streak" doc:"How many owed days in a row, until the last one, were logged." example:"12"`
	Longest  int  `json:"longest_streak" doc:"The longest such row in the period." example:"14"`
}

// DayScore is a day on which a log was owed.
type DayScore struct {
	Day     string `json:"day" format:"date" doc:"The business day." example:"2026-11-30"`
	StaffID id.ID  `json:"staff_id,omitzero" doc:"The project manager in charge on it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Logged  bool   `json:"logged" doc:"Whether a log was posted." example:"true"`
	Photos  int    `json:"photos" doc:"How many photos it shows." example:"4"`
	Planned bool   `json:"planned" doc:"Whether it says what comes next." example:"true"`
	OnTime  bool   `json:"on_time" doc:"Whether it was posted before 20:00." example:"true"`
	ScoreBP int    `json:"score_bp" doc:"The day's score in basis points." example:"10000"`
}

// PersonScore is a person's part in a project's score.
type PersonScore struct {
	StaffID id.ID  `json:"staff_id,omitzero" doc:"The project manager in charge on these days; absent for days on which there was none." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Name    string `json:"name" doc:"What they are called." example:"李建国"`
	Score
}

// Completeness is how complete a project's logs were in a period.
type Completeness struct {
	From string `json:"from" format:"date" doc:"The first day." example:"2026-11-01"`
	To   string `json:"to" format:"date" doc:"The last day." example:"2026-11-30"`
	Score
	People []PersonScore `json:"people" nullable:"false" doc:"The same by the person in charge, most days first."`
	Days   []DayScore    `json:"days" nullable:"false" doc:"Every day on which a log was owed, oldest first; today from 20:00, or once its log is there."`
}

// BoardRow is a place on the staff board.
type BoardRow struct {
	Rank int    `json:"rank" doc:"1 is the best; equal scores share a rank." example:"1"`
	ID   id.ID  `json:"id" doc:"The member of staff, or the store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Name string `json:"name" doc:"What they are called." example:"李建国"`
	Score
}

// Board is the staff board of a period.
type Board struct {
	From  string     `json:"from" format:"date" doc:"The first day." example:"2026-11-01"`
	To    string     `json:"to" format:"date" doc:"The last day." example:"2026-11-30"`
	Group string     `json:"group" enum:"person,store" doc:"What is ranked." example:"person"`
	Items []BoardRow `json:"items" nullable:"false" doc:"Best first. Business days count once they are over."`
}

// DiaryDay is a day's log in the diary.
type DiaryDay struct {
	ID           id.ID            `json:"id" doc:"The log's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Day          string           `json:"day" format:"date" doc:"The business day." example:"2026-12-01"`
	Stage        string           `json:"stage" doc:"The key of the stage that it tells of." example:"plumbing_wiring"`
	StageName    string           `json:"stage_name" doc:"What people call it." example:"水电"`
	StageNameEN  string           `json:"stage_name_en" doc:"The same in English." example:"Plumbing and wiring"`
	DoneToday    string           `json:"done_today" doc:"What was done." example:"今日完成水电开槽。"`
	PlanTomorrow string           `json:"plan_tomorrow" doc:"What comes next." example:"明日进场线管。"`
	Weather      string           `json:"weather,omitempty" doc:"The weather." example:"sunny"`
	Hands        *int             `json:"hands,omitempty" doc:"How many people worked on site." example:"4"`
	Photos       []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
	Author       Author           `json:"author" doc:"Who wrote it."`
}

// PrintLink is where a page can be opened without a session.
type PrintLink struct {
	URL       string    `json:"url" doc:"The page, for a web view or a printer. Whoever has the link can open it." example:"https://api.example.com/print/reports/9mC1c0lJ9q3bFq6y2m4f8d1p5s7u0w2x4z6A8B0C2D4"`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when." example:"2026-11-29T12:15:00.000Z"`
}

func viewVisit(v diary.Visit) Visit {
	return Visit{
		ID: v.ID, EntryID: v.EntryID, At: contract.Instant(v.At), Text: v.Text, Answered: v.Answered,
		Photos: contract.NewPhotos(v.Pictures), Author: Author{Name: v.AuthorName, Role: string(v.AuthorRole)},
	}
}

func viewScore(s diary.Score) Score {
	return Score{
		Expected: s.Expected, Logged: s.Logged, Photos: s.Photos, Planned: s.Planned, OnTime: s.OnTime,
		ScoreBP: s.ScoreBP, Streak: s.Streak, Longest: s.Longest,
	}
}

func viewCompleteness(c diary.Completeness) Completeness {
	v := Completeness{
		From: string(c.From), To: string(c.To), Score: viewScore(c.Score),
		People: make([]PersonScore, 0, len(c.People)), Days: make([]DayScore, 0, len(c.Days)),
	}
	for _, p := range c.People {
		v.People = append(v.People, PersonScore{StaffID: p.StaffID, Name: p.Name, Score: viewScore(p.Score)})
	}
	for _, d := range c.Days {
		v.Days = append(v.Days, viewDay(d))
	}
	return v
}

func viewDay(d model.LogDay) DayScore {
	return DayScore{Day: string(d.Day), StaffID: d.StaffID, Logged: d.Logged, Photos: d.Photos, Planned: d.Planned, OnTime: d.OnTime, ScoreBP: d.Score}
}

func viewBoard(b diary.Board) Board {
	v := Board{From: string(b.From), To: string(b.To), Group: string(b.Group), Items: make([]BoardRow, 0, len(b.Rows))}
	for _, r := range b.Rows {
		v.Items = append(v.Items, BoardRow{Rank: r.Rank, ID: r.ID, Name: r.Name, Score: viewScore(r.Score)})
	}
	return v
}

func viewDiaryDay(d diary.DiaryDay) DiaryDay {
	return DiaryDay{
		ID: d.ID, Day: string(d.Day), Stage: d.StageKey, StageName: d.StageName, StageNameEN: d.StageNameEN,
		DoneToday: d.DoneToday, PlanTomorrow: d.PlanTomorrow, Weather: d.Weather, Hands: d.Hands,
		Photos: contract.NewPhotos(d.Pictures), Author: Author{Name: d.AuthorName, Role: string(d.AuthorRole)},
	}
}

func viewLink(l diary.PrintLink) PrintLink {
	return PrintLink{URL: l.URL, ExpiresAt: contract.Instant(l.Until)}
}
