// Package quality holds the use cases of inspections and their hazards, the three checks, and defects.
// Its README says the rules in sentences.
package quality

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project"
	"guike/service/project"
)

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }

// The kinds of task and alert that this room opens; their policies are seeded with the others.
const (
	kindHazard  = "hazard"
	kindRecheck = "hazard_recheck"
	kindOverdue = "hazard_overdue"
	kindDefect  = "defect"
)

// The kinds of row that pictures are attached to.
const (
	fileInspection = "inspection"
	fileHazard     = "hazard"
	fileStep       = "quality_step"
	fileCheck      = "stage_check"
	fileDefect     = "defect"
)

const (
	maxPhotos  = 9
	maxHazards = 20
	maxItems   = 30

	maxTitle    = 100
	maxSummary  = 500
	maxNote     = 1000
	maxDetail   = 2000
	maxFindings = 4000
)

// photographs refuses too many pictures, too few, and one named twice.
func photographs(location string, files []id.ID, least int) error {
	if len(files) < least || len(files) > maxPhotos {
		return fault.Broken(location, "length", fmt.Sprintf("照片须为 %d 到 %d 张。", least, maxPhotos), fmt.Sprintf("There are %d to %d photos.", least, maxPhotos))
	}
	return project.CheckFiles(location, files)
}

// coming refuses what is no day, or one that has passed.
func coming(location string, day, today clock.Day) error {
	if _, err := clock.ParseDay(string(day)); err != nil {
		return fault.Broken(location, "malformed", "须为有效的 YYYY-MM-DD 日期。", "A calendar day is written YYYY-MM-DD.")
	}
	if day < today {
		return fault.Broken(location, "in_the_past", "日期不能早于今天。", "The day has passed.")
	}
	return nil
}

// leads tells whether somebody of the role may act in a colleague's place within their reach.
func leads(r actor.Role) bool {
	switch r {
	case actor.StoreManager, actor.RegionalHead, actor.ExperienceCentre, actor.Admin:
		return true
	}
	return false
}

// inCharge finds who is in charge of a project now.
func inCharge(ctx context.Context, r db.Reader, projectID id.ID) ([]model.Person, error) {
	of, err := model.PeopleOf(ctx, r, []id.ID{projectID})
	return of[projectID], err
}
