// Package handover holds the use cases of promises, acceptance with the customer's signature, live
// cameras, the installer's scan and the library of craft explained. Its README says the rules in
// sentences.
package handover

import (
	"context"

	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project"
	"guike/service/project"
)

// Service holds the use cases.
type Service struct {
	j     *project.Journal
	box   *crypt.Box // seals signatures, opens work phones
	likes Wishes
}

// New returns the use cases over the domain's journal.
func New(j *project.Journal, box *crypt.Box, likes Wishes) *Service { return &Service{j, box, likes} }

// maxReason is how many characters a word why has.
const maxReason = 500

// stageOf finds a stage of a project by its key; ok is false when there is none.
func stageOf(ctx context.Context, r db.Reader, projectID id.ID, key string) (stages []model.Stage, stage model.Stage, ok bool, err error) {
	stages, err = model.Stages(ctx, r, projectID)
	if err != nil {
		return nil, stage, false, err
	}
	at := model.StageAt(stages, key)
	if at < 0 {
		return stages, stage, false, nil
	}
	return stages, stages[at], true, nil
}

// knownStage refuses a stage that the project does not have; an empty key is none.
func knownStage(ctx context.Context, r db.Reader, projectID id.ID, key string) error {
	if key == "" {
		return nil
	}
	_, _, ok, err := stageOf(ctx, r, projectID, key)
	if err != nil || ok {
		return err
	}
	return fault.Broken("body.stage", "unknown", "项目没有这个阶段。", "The project has no such stage.")
}
