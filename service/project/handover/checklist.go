package handover

import (
	"context"
	"fmt"
	"slices"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// ChecklistLine is a line of a checklist, in the two languages.
type ChecklistLine struct{ Key, TextZH, TextEN string }

// NewChecklist is what replaces the checklist of a stage. Based is the version that was read; 0 for none.
type NewChecklist struct {
	Kind             core.Kind
	Stage            string
	Based            int
	TitleZH, TitleEN string
	Lines            []ChecklistLine
	Once             once.Key
}

// ChecklistResult is what a new version of a checklist leaves behind under its key.
type ChecklistResult struct {
	Kind    core.Kind `json:"kind"`
	Stage   string    `json:"stage"`
	Version int       `json:"version"`
}

func (n *NewChecklist) check() error {
	if !n.Kind.Valid() {
		return fault.Broken("body.kind", "unknown", "没有这种项目类型。", "There is no such kind of project.")
	}
	if !isKey(n.Stage) || len(n.Stage) > 32 {
		return fault.Broken("body.stage", "malformed", "阶段编号须为 1 到 32 个小写字母、数字或下划线。", "A stage has 1 to 32 lower-case letters, digits or underscores.")
	}
	if err := project.CheckLength("body.title", &n.TitleZH, 1, 100); err != nil {
		return err
	}
	if err := project.CheckLength("body.title_en", &n.TitleEN, 0, 100); err != nil {
		return err
	}
	if len(n.Lines) > maxItems {
		return fault.Broken("body.items", "too_many", "验收项最多 60 项。", "There are at most 60 items.")
	}
	n.Lines = slices.Clone(n.Lines) // they are trimmed; the caller's stay
	known := make(map[string]bool, len(n.Lines))
	for i := range n.Lines {
		l, at := &n.Lines[i], fmt.Sprintf("body.items[%d].", i)
		if !isKey(l.Key) {
			return fault.Broken(at+"key", "malformed", "编号须为 1 到 40 个小写字母、数字或下划线。", "A key has 1 to 40 lower-case letters, digits or underscores.")
		}
		if known[l.Key] {
			return fault.Broken(at+"key", "repeated", "同一验收项出现了两次。", "An item is named twice.")
		}
		known[l.Key] = true
		if err := project.CheckLength(at+"text", &l.TextZH, 1, maxItemText); err != nil {
			return err
		}
		if err := project.CheckLength(at+"text_en", &l.TextEN, 0, maxItemText); err != nil {
			return err
		}
	}
	return nil
}

// ChangeChecklist adds a version to the checklist of a stage; without lines the stage has none from now
// on. Sheets that are open keep theirs (design 7). Errors: input.invalid; checklist.changed when
// somebody else added a version since the one it is based on.
func (s *Service) ChangeChecklist(ctx context.Context, who actor.Actor, in NewChecklist) (r ChecklistResult, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (ChecklistResult, error) { return changeChecklistTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func changeChecklistTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewChecklist) (ChecklistResult, error) {
	last, _, err := model.LastChecklist(ctx, tx, in.Kind, in.Stage)
	if err != nil {
		return ChecklistResult{}, err
	}
	c := model.Checklist{
		Kind: in.Kind, StageKey: in.Stage, Version: in.Based + 1, TitleZH: in.TitleZH, TitleEN: in.TitleEN, Active: len(in.Lines) > 0, CreatedBy: who.ID,
	}
	if last.Version == in.Based {
		err = model.AddChecklistTx(ctx, tx, &c, lines(in.Lines))
	}
	if last.Version != in.Based || db.Duplicate(err) {
		return ChecklistResult{}, errChecklistChanged
	}
	if err != nil {
		return ChecklistResult{}, err
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "checklist.changed", Kind: "checklist", Subject: who.ID, Detail: map[string]any{"kind": c.Kind, "stage": c.StageKey, "version": c.Version},
	})
	return ChecklistResult{Kind: c.Kind, Stage: c.StageKey, Version: c.Version}, err
}

func lines(of []ChecklistLine) []model.ChecklistItem {
	rows := make([]model.ChecklistItem, 0, len(of))
	for _, l := range of {
		rows = append(rows, model.ChecklistItem{Key: l.Key, TextZH: l.TextZH, TextEN: l.TextEN})
	}
	return rows
}

// Checklist is a version of a checklist with its lines.
type Checklist struct {
	model.Checklist
	Items []model.ChecklistItem
}

// Checklists lists the newest version of every checklist, without lines.
func (s *Service) Checklists(ctx context.Context) ([]model.Checklist, error) {
	return model.Checklists(ctx, s.j.DB)
}

// Checklist reads the newest version of the checklist of a stage; 0 lines and version 0 when there is
// none. Errors: input.invalid at query.kind.
func (s *Service) Checklist(ctx context.Context, kind core.Kind, stage string) (Checklist, error) {
	last, ok, err := model.LastChecklist(ctx, s.j.DB, kind, stage)
	if err != nil || !ok {
		return Checklist{Checklist: model.Checklist{Kind: kind, StageKey: stage}}, err
	}
	_, items, _, err := model.ChecklistVersion(ctx, s.j.DB, kind, stage, last.Version)
	return Checklist{last, items}, err
}

// StageChecklist reads what a stage of a project is accepted by now: the checklist of the open round,
// else the newest one. Errors: not_found.
func (s *Service) StageChecklist(ctx context.Context, who actor.Actor, projectID id.ID, stage string) (Checklist, error) {
	p, err := core.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return Checklist{}, err
	}
	_, st, ok, err := stageOf(ctx, s.j.DB, p.ID, stage)
	if err != nil {
		return Checklist{}, err
	}
	if !ok {
		return Checklist{}, fault.Missing()
	}
	a, open, err := model.AcceptanceOfRound(ctx, s.j.DB, p.ID, stage, st.Reopened)
	if err != nil {
		return Checklist{}, err
	}
	if !open {
		c, err := s.Checklist(ctx, p.Kind, stage)
		if !c.Active {
			c.Items = nil
		}
		return c, err
	}
	c, items, ok, err := model.ChecklistVersion(ctx, s.j.DB, p.Kind, stage, a.ChecklistVersion)
	if !ok {
		c = model.Checklist{Kind: p.Kind, StageKey: stage}
	}
	return Checklist{c, items}, err
}
