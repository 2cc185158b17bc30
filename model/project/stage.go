package project

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// StageState is where a stage stands.
type StageState string

// The states of a stage.
const (
	StagePending   StageState = "pending"
	StageActive    StageState = "active"
	StageCompleted StageState = "completed"
)

// Stage is a step of a project, as its template had it when the project was born. Weight is its share
// in the project's percent; 0 marks aftercare, which no progress waits for. PlannedEnd is the last
// planned day, so a stage of one day starts and ends on the same day.
type Stage struct {
	ProjectID     id.ID  `gorm:"primaryKey"`
	Seq           int    `gorm:"primaryKey;autoIncrement:false"`
	Key           string `gorm:"column:stage_key"`
	NameZH        string `gorm:"column:name_zh"`
	NameEN        string `gorm:"column:name_en"`
	Weight        int
	State         StageState
	PlannedDays   int
	PlannedStart  clock.Day
	PlannedEnd    clock.Day
	StartedAt     *time.Time
	CompletedAt   *time.Time
	Reopened      int
	Needs         string    // what must be met before it completes: Need values, separated by commas
	BaselineStart clock.Day // as first promised; none in stages older than baselines
	BaselineEnd   clock.Day
	CompletedOn   clock.Day // the day of the completion in the company's zone
	AnsweredBy    id.ID     // who answered for the stage when it was completed
	Version       int64
}

// StageAt is the place of the stage of a key among the stages of a project; -1 when it has none.
func StageAt(stages []Stage, key string) int {
	return slices.IndexFunc(stages, func(s Stage) bool { return s.Key == key })
}

// Need is a condition that a stage may ask for, as its template says (policies are data).
type Need string

// The needs that a stage may have.
const (
	NeedChecks  Need = "checks"   // the three checks by three people (C10)
	NeedSignOff Need = "sign_off" // the customer's signature under the checklist (C18)
)

// Asks tells whether the stage has the need.
func (s Stage) Asks(n Need) bool { return slices.Contains(strings.Split(s.Needs, ","), string(n)) }

// TableName is the stages' table.
func (Stage) TableName() string { return "project_stages" }

// AddStagesTx keeps the stages of a new project.
func AddStagesTx(ctx context.Context, tx *db.Tx, stages []Stage) error {
	if err := tx.Conn(ctx).Create(&stages).Error; err != nil {
		return fmt.Errorf("keep stages: %w", err)
	}
	return nil
}

// Stages reads a project's stages in their order.
func Stages(ctx context.Context, r db.Reader, project id.ID) ([]Stage, error) {
	var rows []Stage
	if err := r.Conn(ctx).Where("project_id = ?", project).Order("seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read stages: %w", err)
	}
	return rows, nil
}

// SaveStageTx writes a stage's state, instants, count of reopenings, and on which day and by whom it was
// completed; its version grows by one.
func SaveStageTx(ctx context.Context, tx *db.Tx, s *Stage) error {
	s.Version++
	err := tx.Conn(ctx).Model(&Stage{}).Where("project_id = ? AND seq = ?", s.ProjectID, s.Seq).UpdateColumns(map[string]any{
		"state": s.State, "started_at": s.StartedAt, "completed_at": s.CompletedAt,
		"reopened": s.Reopened, "completed_on": s.CompletedOn, "answered_by": s.AnsweredBy, "version": s.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("save stage %s: %w", s.Key, err)
	}
	return nil
}

// Derive sets what follows from the stages at now: state, current stage, its due day, percent, and
// the instants of start and completion. Percent is the weight of the completed stages in a hundred
// parts, rounded down; a cancelled project stays cancelled. A new due day is judged anew: nothing is
// late by it yet.
func (p *Project) Derive(stages []Stage, now time.Time) {
	done, total, begun, due := 0, 0, false, p.StageDue
	p.CurrentStage, p.StageDue = current(stages)
	if p.StageDue != due {
		p.DaysLate = 0
	}
	for _, s := range stages {
		total += s.Weight
		begun = begun || s.State != StagePending
		if s.State == StageCompleted {
			done += s.Weight
		}
	}
	p.Percent = 0
	if total > 0 {
		p.Percent = done * 100 / total
	}
	if p.State == Cancelled {
		p.StageDue = ""
		return
	}
	p.State = Planned
	if begun {
		p.State = Active
		if p.StartedAt == nil {
			p.StartedAt = &now
		}
	}
	if total > 0 && done == total {
		p.State = Completed
		if p.CompletedAt == nil {
			p.CompletedAt = &now
		}
		return
	}
	p.CompletedAt = nil
}

// current finds the lowest stage under way with its due day, else the next pending one, else the last.
// Between two stages the next one's due day counts: work that waits for somebody to begin it is late
// like work that takes too long. Before the first stage, and for stages without weight, there is none.
func current(stages []Stage) (key string, due clock.Day) {
	for _, s := range stages {
		if s.State == StageActive {
			return s.Key, s.PlannedEnd
		}
	}
	begun := false
	for _, s := range stages {
		begun = begun || s.State == StageCompleted
		switch {
		case s.State != StagePending:
		case begun && s.Weight > 0:
			return s.Key, s.PlannedEnd
		default:
			return s.Key, ""
		}
	}
	if len(stages) > 0 {
		key = stages[len(stages)-1].Key
	}
	return key, ""
}
