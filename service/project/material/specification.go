package material

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/budget"
	model "guike/model/project/material"
	projects "guike/service/project"
)

// NewSpecification is what is to be built in. Revision is the one that the writer has read, 0 for none.
// ChangeOrderID names the approved change order by which a frozen specification changes.
type NewSpecification struct {
	ProjectID     id.ID
	Revision      int64
	Lines         []model.Line
	ChangeOrderID id.ID
}

const maxLines = 200

func (n *NewSpecification) check() error {
	if len(n.Lines) > maxLines {
		return fault.Broken("body.lines", "too_many", "规格最多 200 行。", "There are at most 200 lines.")
	}
	for i := range n.Lines {
		l, at := &n.Lines[i], fmt.Sprintf("body.lines[%d]", i)
		l.Place, l.Note = strings.TrimSpace(l.Place), strings.TrimSpace(l.Note)
		place := utf8.RuneCountInString(l.Place)
		switch {
		case place < 1 || place > 60:
			return fault.Broken(at+".place", "length", "位置须为 1 到 60 个字。", "The place has 1 to 60 characters.")
		case utf8.RuneCountInString(l.Note) > 200:
			return fault.Broken(at+".note", "too_long", "备注最多 200 字。", "The note has at most 200 characters.")
		case l.Quantity < 0 || l.Quantity > maxQuantity:
			return fault.Broken(at+".quantity", "out_of_range", "数量须在 0 到一百万之间。", "The quantity lies between 0 and a million.")
		}
	}
	return nil
}

// Specify replaces a project's specification (D4): freely until the signing, afterwards for an approved
// change order only; the first one of a project that was signed without any is frozen at once. Errors: not_found; input.invalid; project.cancelled; specification.frozen;
// specification.changed when somebody else was quicker.
func (s *Service) Specify(ctx context.Context, who actor.Actor, in NewSpecification) error {
	if err := in.check(); err != nil {
		return err
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := projects.LockOpenTx(ctx, tx, who, in.ProjectID)
		if err != nil {
			return err
		}
		spec, _, err := model.SpecificationOf(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if err := mayChange(ctx, tx, spec, in); err != nil {
			return err
		}
		if err := knownMaterials(ctx, tx, in.Lines); err != nil {
			return err
		}
		spec.UpdatedBy = who.ID
		if err := model.ReplaceTx(ctx, tx, &spec, in.Lines); err != nil {
			return err
		}
		if err := freezeLateTx(ctx, tx, spec); err != nil {
			return err
		}
		if err := project.TouchTx(ctx, tx, &p); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "specification.changed", Kind: "project", Subject: p.ID,
			Detail: map[string]any{"revision": spec.Revision, "change_order_id": in.ChangeOrderID},
		})
	})
}

// freezeLateTx freezes what is specified after the signing, which found nothing to freeze: it would stay
// open to everybody, and nothing that is installed would ever differ from it.
func freezeLateTx(ctx context.Context, tx *db.Tx, spec model.Specification) error {
	if spec.FrozenAt != nil {
		return nil
	}
	stages, err := project.Stages(ctx, tx, spec.ProjectID)
	if err != nil {
		return err
	}
	for _, st := range stages {
		if st.Key == signStage && st.State == project.StageCompleted {
			return model.FreezeTx(ctx, tx, spec.ProjectID, &tx.Now)
		}
	}
	return nil
}

func mayChange(ctx context.Context, tx *db.Tx, spec model.Specification, in NewSpecification) error {
	if spec.Revision != in.Revision {
		return errChanged.At("body.revision", "current_version", fmt.Sprintf("当前版本为 %d。", spec.Revision), fmt.Sprintf("The current revision is %d.", spec.Revision))
	}
	if spec.FrozenAt == nil {
		return nil
	}
	if in.ChangeOrderID.IsZero() {
		return errFrozen
	}
	o, err := budget.OrderByID(ctx, tx, in.ProjectID, in.ChangeOrderID)
	if fault.Code(err) == "not_found" || err == nil && o.State != budget.Approved {
		return fault.Broken("body.change_order_id", "not_approved", "该变更单不存在或未获客户确认。", "There is no such change order that the customer approved.")
	}
	return err
}

// knownMaterials refuses lines of materials that are not in the catalogue, or no longer sold.
func knownMaterials(ctx context.Context, tx *db.Tx, lines []model.Line) error {
	ids := make([]id.ID, 0, len(lines))
	for _, l := range lines {
		ids = append(ids, l.MaterialID)
	}
	known, err := model.ByIDs(ctx, tx, ids)
	if err != nil {
		return err
	}
	for i, l := range lines {
		if m, ok := known[l.MaterialID]; !ok || !m.Active {
			return fault.Broken(fmt.Sprintf("body.lines[%d].material_id", i), "unknown", "目录中没有这种在用材料。", "The catalogue has no such active material.")
		}
	}
	return nil
}

// Freezer freezes a specification when the stage sign completes, and thaws it when sign is reopened
// (D4).
type Freezer struct{ J *projects.Journal }

// signStage is the key of the stage at whose end the contract is signed.
const signStage = "sign"

// StageMovedTx follows the stage of the signing.
func (f Freezer) StageMovedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project, stage project.Stage, kind project.EntryKind) error {
	if stage.Key != signStage {
		return nil
	}
	switch kind {
	case project.EntryStageReopened:
		return model.FreezeTx(ctx, tx, p.ID, nil)
	case project.EntryStageCompleted:
		spec, lines, err := model.SpecificationOf(ctx, tx, p.ID)
		if err != nil || spec.Revision == 0 {
			return err
		}
		if err := model.FreezeTx(ctx, tx, p.ID, &tx.Now); err != nil {
			return err
		}
		_, err = f.J.TellTx(ctx, tx, who, p, projects.News{
			Entry: project.Entry{
				Kind: model.EntrySpecified, TitleZH: "材料规格已锁定", TitleEN: "Specification frozen", StageKey: stage.Key,
				Body: fmt.Sprintf("共 %d 项材料,安装时逐批核对。", len(lines)),
			},
			Quiet: true, Action: "specification.frozen", Detail: map[string]any{"revision": spec.Revision},
		})
		return err
	}
	return nil
}
