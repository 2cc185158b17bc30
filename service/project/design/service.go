// Package design holds the use cases of designs and their versions, of the case library, and of the
// history that a home brings along. Its README says the rules in sentences.
package design

import (
	"context"
	"strings"
	"unicode"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project"
)

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }

// Gate keeps the stage of design open while a design waits for a decision, or for the changes that the
// customer asked for.
type Gate struct{}

// StageKey is the key of the stage that the gate watches.
const StageKey = "design"

// Unmet names the condition design_undecided.
func (Gate) Unmet(ctx context.Context, r db.Reader, p core.Project, stage core.Stage) ([]project.Condition, error) {
	if stage.Key != StageKey {
		return nil, nil
	}
	owed, err := model.Owed(ctx, r, p.ID)
	if err != nil || len(owed) == 0 {
		return nil, err
	}
	var lacking conditions
	titles := strings.Join(owed, "、")
	lacking.add("design_undecided", "设计方案尚待客户确认或修改:"+titles+"。", "Designs wait for the customer's decision or for changes: "+titles+".")
	return lacking, nil
}

// conditions collects what a stage lacks.
type conditions []project.Condition

func (c *conditions) add(code, zh, en string) {
	*c = append(*c, project.Condition{Code: code, ZH: zh, EN: en})
}

// The refusals of this room.
var (
	errTooMany = fault.New(fault.Conflict, "design.too_many",
		"设计方案或版本数量已达上限。", "There are as many designs or versions as there may be.")
	errWithdrawn = fault.New(fault.Conflict, "design.withdrawn",
		"该设计方案已撤回。", "The design has been withdrawn.")
	errNotNewest = fault.New(fault.Conflict, "design.not_newest",
		"只能提交最新的草稿版本。", "Only the newest version can be submitted, and only once.")
	errChanged = fault.New(fault.Conflict, "design.changed",
		"设计方案已更新,请查看最新版本后再决定。", "The design has changed; look at the newest version first.")
	errDecided = fault.New(fault.Conflict, "design.decided",
		"该版本已有决定。", "This version has been decided about.")
	errConsent = fault.New(fault.Forbidden, "consent.required",
		"客户尚未同意公开案例。", "The customer has not consented to the publication of the case.")
	errCaseWithdrawn = fault.New(fault.Conflict, "case.withdrawn",
		"案例已撤下。", "The case has been withdrawn.")
)

// text trims a text of the form and refuses what is too long or holds control characters other than line
// breaks, and, when least is 1, what is empty.
func text(at string, s *string, least, most int) error {
	err := wording.CheckText(at, s, least, most)
	if err == nil && strings.ContainsFunc(*s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		err = fault.Broken(at, "characters", "不能包含控制字符。", "Control characters are not allowed.")
	}
	return err
}

// line is text on one line.
func line(at string, s *string, least, most int) error {
	if strings.Contains(strings.TrimSpace(*s), "\n") {
		return fault.Broken(at, "characters", "不能包含换行。", "Line breaks are not allowed.")
	}
	return text(at, s, least, most)
}

// first is the first mistake.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// lockTx locks the project of a design on behalf of a member of staff and reads the design as it stands
// under the lock. Errors: not_found; project.cancelled; design.withdrawn.
func lockTx(ctx context.Context, tx *db.Tx, who actor.Actor, design id.ID) (core.Project, model.Design, error) {
	d, err := model.Find(ctx, tx, design)
	if err != nil {
		return core.Project{}, d, err
	}
	p, err := project.LockOpenTx(ctx, tx, who, d.ProjectID)
	if err != nil {
		return p, d, err
	}
	if d, err = model.Find(ctx, tx, design); err == nil && d.State == model.Withdrawn {
		err = errWithdrawn
	}
	return p, d, err
}
