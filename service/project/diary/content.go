package diary

import (
	"encoding/json"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
)

// reportFormat numbers the form of Content; readers of older forms stay readable by it.
const reportFormat = 1

// Content is what a home report says, as it is kept: words, numbers and ids of files, no links (C6).
type Content struct {
	ProjectNo   string         `json:"project_no"`
	Title       string         `json:"title"`
	Kind        string         `json:"kind"`
	State       string         `json:"state"`
	PercentFrom int            `json:"percent_from"` // when the week began
	PercentTo   int            `json:"percent_to"`
	DaysLate    int            `json:"days_late"`
	PlannedEnd  clock.Day      `json:"planned_end"`
	Stage       string         `json:"stage"` // under way when the week ended
	StageEN     string         `json:"stage_en"`
	Stages      []StageMark    `json:"stages"`
	Moved       []StageMove    `json:"moved"`
	LogsOwed    int            `json:"logs_owed"`
	Logs        []LogLine      `json:"logs"`
	Inspections []Inspected    `json:"inspections"`
	Checks      []Checked      `json:"checks"`
	Hazards     []Hazardous    `json:"hazards"` // those that stand
	Visits      []Visited      `json:"visits"`
	NextStages  []PlannedStage `json:"next_stages"`
	NextWords   string         `json:"next_words"` // what the newest log plans
	Deliveries  []Awaited      `json:"deliveries"` // promised for the coming week
	Budget      *Budget        `json:"budget,omitempty"`
	Photos      []id.ID        `json:"photos"` // files
	People      []InCharge     `json:"people"`
}

// StageMark is a stage in the row that shows how far the work is.
type StageMark struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	NameEN string `json:"name_en"`
	State  string `json:"state"`
}

// StageMove is a stage that began or was completed in the week.
type StageMove struct {
	Key    string    `json:"key"`
	Name   string    `json:"name"`
	NameEN string    `json:"name_en"`
	What   string    `json:"what"` // "started" or "completed"
	Day    clock.Day `json:"day"`
}

// LogLine is a day's log in short.
type LogLine struct {
	Day     clock.Day `json:"day"`
	LogID   id.ID     `json:"log_id"`
	Stage   string    `json:"stage"`
	Done    string    `json:"done"`
	Weather string    `json:"weather,omitempty"`
	Hands   *int      `json:"hands,omitempty"`
}

// Inspected is a supervisor's report in short.
type Inspected struct {
	ID      id.ID     `json:"id"`
	Day     clock.Day `json:"day"`
	Stage   string    `json:"stage"`
	Summary string    `json:"summary"`
	By      string    `json:"by"`
}

// Checked is one of the three checks of a stage.
type Checked struct {
	Stage  string    `json:"stage"`
	Kind   string    `json:"kind"` // self, mutual or special
	Passed bool      `json:"passed"`
	By     string    `json:"by"`
	Day    clock.Day `json:"day"`
}

// Hazardous is a hazard that has not passed its recheck.
type Hazardous struct {
	ID       id.ID     `json:"id"`
	Title    string    `json:"title"`
	Severity string    `json:"severity"`
	State    string    `json:"state"`
	DueOn    clock.Day `json:"due_on"`
	Owner    string    `json:"owner"`
}

// Visited is a visit of customer service in short.
type Visited struct {
	ID       id.ID     `json:"id"`
	Day      clock.Day `json:"day"`
	Text     string    `json:"text"`
	Answered string    `json:"answered"`
}

// PlannedStage is a stage that is planned to be under way in the coming week.
type PlannedStage struct {
	Key    string    `json:"key"`
	Name   string    `json:"name"`
	NameEN string    `json:"name_en"`
	From   clock.Day `json:"from"`
	To     clock.Day `json:"to"`
}

// Awaited is a delivery that is promised for a day.
type Awaited struct {
	ID   id.ID     `json:"id"`
	Name string    `json:"name"`
	On   clock.Day `json:"on"`
}

// Budget is what the home costs, in cents. Guests do not see it.
type Budget struct {
	ContractFen int64 `json:"contract_fen"` // as signed
	ChangesFen  int64 `json:"changes_fen"`  // approved changes, negative when they save
	PaidFen     int64 `json:"paid_fen"`     // refunds taken off
	OpenFen     int64 `json:"open_fen"`
}

// TotalFen is what is to be paid in all.
func (b Budget) TotalFen() int64 { return b.ContractFen + b.ChangesFen }

// InCharge is somebody who answers for the work.
type InCharge struct {
	Role string `json:"role"`
	Name string `json:"name"`
}

// encode writes the content down.
func (c Content) encode() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("write home report: %w", err)
	}
	return string(text), nil
}

// decode reads what encode wrote.
func decode(format int, text string) (Content, error) {
	var c Content
	if format != reportFormat {
		return c, fmt.Errorf("home report of unknown format %d", format)
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return c, fmt.Errorf("read home report: %w", err)
	}
	return c, nil
}

// Summary says the week in a sentence.
func (c Content) Summary() string {
	text := fmt.Sprintf("本周进度 %d%% → %d%%", c.PercentFrom, c.PercentTo)
	if c.Stage != "" {
		text += ",当前阶段:" + c.Stage
	}
	text += fmt.Sprintf("。施工日志 %d 篇,照片 %d 张", len(c.Logs), len(c.Photos))
	if n := len(c.Inspections); n > 0 {
		text += fmt.Sprintf(",监理巡检 %d 次", n)
	}
	if n := len(c.Hazards); n > 0 {
		text += fmt.Sprintf(",待整改隐患 %d 项", n)
	}
	return text + "。"
}

// window is what a week's report tells of: from one Sunday at 20:00 until before the next, so that
// nothing falls between two reports.
type window struct {
	monday, sunday clock.Day
	from, until    time.Time
}

func windowOf(sunday clock.Day, zone *time.Location) window {
	return window{
		monday: sunday.Plus(-6), sunday: sunday,
		from: sunday.Plus(-7).Start(zone).Add(dueAfter), until: sunday.Start(zone).Add(dueAfter),
	}
}

func (w window) has(at *time.Time) bool { return at != nil && !at.Before(w.from) && at.Before(w.until) }
