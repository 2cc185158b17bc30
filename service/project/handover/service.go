// Package handover holds the use cases of promises, acceptance with the customer's signature, live
// cameras, the installer's scan and the library of craft explained. Its README says the rules in
// sentences.
package handover

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

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

// trimmed cuts the white space around a text and refuses it unless it has least to most characters.
func trimmed(location string, text *string, least, most int) error {
	*text = strings.TrimSpace(*text)
	if n := utf8.RuneCountInString(*text); n < least || n > most {
		return fault.Broken(location, "length", fmt.Sprintf("须为 %d 到 %d 个字。", least, most), fmt.Sprintf("There are %d to %d characters.", least, most))
	}
	return nil
}

// distinct refuses pictures that are named twice, or not at all, and more of them than most.
func distinct(location string, files []id.ID, most int) error {
	if len(files) > most {
		return fault.Broken(location, "too_many", fmt.Sprintf("照片最多 %d 张。", most), fmt.Sprintf("There are at most %d photos.", most))
	}
	for i, f := range files {
		if f.IsZero() || slices.Contains(files[:i], f) {
			return fault.Broken(location, "repeated", "照片重复或编号为空。", "A photo is named twice, or not at all.")
		}
	}
	return nil
}

// stageOf finds a stage of a project by its key; ok is false when there is none.
func stageOf(ctx context.Context, r db.Reader, projectID id.ID, key string) (stages []model.Stage, stage model.Stage, ok bool, err error) {
	stages, err = model.Stages(ctx, r, projectID)
	if err != nil {
		return nil, stage, false, err
	}
	at := slices.IndexFunc(stages, func(s model.Stage) bool { return s.Key == key })
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

// cut shortens a text to n characters.
func cut(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}
