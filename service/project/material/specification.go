package material

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
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
		l.Place, l.Note = wording.Trim(l.Place), wording.Trim(l.Note)
		place := utf8.RuneCountInString(l.Place)
		switch {
		case place < 1 || place > 60:
			return fault.Broken(at+".place", "length", "位置须为 1 到 60 个字。", "The place has 1 to 60 characters.")
		case utf8.RuneCountInString(l.Note) > 200:
			return fault.Broken(at+".note", "too_long", "备注最多 200 字。", "The note has at most 200 characters.")
		case l.Quantity < 0 || l.Quantity > maxQuantity:
			return fault.Broken(at+".quantity", "out_of_range", "数量须在 0 到一百万之间。", "The quantity lies between 0 and a million.")
		}
		if err := plain(at+".", l.Place, l.Note); err != nil {
			return err
		}
	}
	return nil
}

// plain refuses control characters in a place and a note.
func plain(at, place, note string) error {
	if err := wording.CheckCharacters(at+"place", place); err != nil {
		return err
	}
	return wording.CheckCharacters(at+"note", note)
}

// Specify replaces a project's specification (D4): freely until the signing, afterwards once for each
// approved change order, and the home reads what changed; the first one of a project that was signed
// without any is frozen at once. A frozen one that would stay as it is changes nothing. Errors: not_found;
// input.invalid; project.cancelled; specification.frozen; specification.order_used;
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
		spec, former, err := model.SpecificationOf(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		order, err := mayChange(ctx, tx, spec, in)
		if err != nil {
			return err
		}
		known, err := knownMaterials(ctx, tx, in.Lines, former)
		if err != nil {
			return err
		}
		frozen := spec.FrozenAt != nil
		if frozen && slices.EqualFunc(former, in.Lines, sameLine) {
			return nil
		}
		spec.UpdatedBy = who.ID
		if err := model.ReplaceTx(ctx, tx, &spec, in.Lines); err != nil {
			return err
		}
		if frozen {
			return s.unlockTx(ctx, tx, who, &p, spec, unlocking{order, difference(former, in.Lines, known)})
		}
		return s.draftTx(ctx, tx, who, &p, spec, len(in.Lines))
	})
}

// unlocking is the order by which a frozen specification changes, and what changed in words.
type unlocking struct {
	order budget.Order
	words []string
}

// unlockTx spends a change order for a revision of a frozen specification, and tells the home of it.
func (s *Service) unlockTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project, spec model.Specification, by unlocking) error {
	c := model.Change{ProjectID: p.ID, ChangeOrderID: by.order.ID, Revision: spec.Revision, ByID: who.ID}
	if err := model.AddChangeTx(ctx, tx, &c); err != nil {
		return taken(err, errOrderUsed)
	}
	no, err := budget.OrderNo(ctx, tx, p.ID, by.order.ID)
	if err != nil {
		return err
	}
	lines := append([]string{fmt.Sprintf("依据变更单 %d“%s”:", no, by.order.Title)}, by.words...)
	_, err = s.j.TellTx(ctx, tx, who, p, projects.News{
		Entry: project.Entry{
			Kind: model.EntryChanged, RefID: by.order.ID, StageKey: p.CurrentStage, Body: excerpt.Of(strings.Join(lines, "\n"), maxTold),
			TitleZH: fmt.Sprintf("材料规格已按变更单 %d 修改", no), TitleEN: fmt.Sprintf("Specification changed by change order %d", no),
		},
		Action: "specification.changed", Detail: map[string]any{"revision": spec.Revision, "change_order_id": by.order.ID},
	})
	return err
}

// draftTx records a revision that needs no change order. One that comes after the signing, which found
// nothing to freeze, is frozen at once: it would stay open to everybody, and nothing that is installed
// would ever differ from it.
func (s *Service) draftTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project, spec model.Specification, lines int) error {
	stages, err := project.Stages(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(stages, func(st project.Stage) bool { return st.Key == signStage }); at >= 0 && stages[at].State == project.StageCompleted {
		return freezeTx(ctx, tx, s.j, who, p, freezing{spec.Revision, lines, p.CurrentStage})
	}
	if err := project.TouchTx(ctx, tx, p); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "specification.changed", Kind: "project", Subject: p.ID, Detail: map[string]any{"revision": spec.Revision},
	})
}

// mayChange refuses a writer who was too slow and, for a frozen specification, who has no approved change
// order that was not used before. It returns the order, the zero one before the signing.
func mayChange(ctx context.Context, tx *db.Tx, spec model.Specification, in NewSpecification) (o budget.Order, err error) {
	if spec.Revision != in.Revision {
		return o, errChanged.At("body.revision", "current_version", fmt.Sprintf("当前版本为 %d。", spec.Revision), fmt.Sprintf("The current revision is %d.", spec.Revision))
	}
	if spec.FrozenAt == nil {
		return o, nil
	}
	if in.ChangeOrderID.IsZero() {
		return o, errFrozen
	}
	o, err = budget.OrderByID(ctx, tx, in.ProjectID, in.ChangeOrderID)
	if fault.Code(err) == "not_found" || err == nil && o.State != budget.Approved {
		return o, fault.Broken("body.change_order_id", "not_approved", "该变更单不存在或未获客户确认。", "There is no such change order that the customer approved.")
	}
	if err != nil {
		return o, err
	}
	used, ok, err := model.ChangeBy(ctx, tx, in.ProjectID, o.ID)
	if err == nil && ok {
		err = errOrderUsed.At("body.change_order_id", "used", fmt.Sprintf("已用于第 %d 版规格。", used.Revision), fmt.Sprintf("It unlocked revision %d.", used.Revision))
	}
	return o, err
}

// knownMaterials refuses lines of materials that are not in the catalogue, or no longer sold. It returns
// the materials of these lines and of the former ones.
func knownMaterials(ctx context.Context, tx *db.Tx, lines, former []model.Line) (map[id.ID]model.Material, error) {
	ids := make([]id.ID, 0, len(lines)+len(former))
	for _, l := range slices.Concat(lines, former) {
		ids = append(ids, l.MaterialID)
	}
	known, err := model.ByIDs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for i, l := range lines {
		if m, ok := known[l.MaterialID]; !ok || !m.Active {
			return nil, fault.Broken(fmt.Sprintf("body.lines[%d].material_id", i), "unknown", "目录中没有这种在用材料。", "The catalogue has no such active material.")
		}
	}
	return known, nil
}

// maxTold is how much the timeline tells of a change, in characters.
const maxTold = 2000

// sameLine tells that two lines specify the same.
func sameLine(a, b model.Line) bool {
	return a.Place == b.Place && a.MaterialID == b.MaterialID && a.Quantity == b.Quantity && a.Note == b.Note
}

// difference says which lines are new and which are gone.
func difference(former, lines []model.Line, known map[id.ID]model.Material) []string {
	without := func(of, taken []model.Line) (left []model.Line) {
		taken = slices.Clone(taken)
		for _, l := range of {
			at := slices.IndexFunc(taken, func(o model.Line) bool { return sameLine(l, o) })
			if at < 0 {
				left = append(left, l)
				continue
			}
			taken = slices.Delete(taken, at, at+1)
		}
		return left
	}
	var words []string
	for _, l := range without(lines, former) {
		words = append(words, "新增:"+describe(l, known[l.MaterialID]))
	}
	for _, l := range without(former, lines) {
		words = append(words, "取消:"+describe(l, known[l.MaterialID]))
	}
	if len(words) == 0 {
		words = append(words, "仅调整了顺序。")
	}
	return words
}

// describe says what a line specifies, in one line.
func describe(l model.Line, m model.Material) string {
	text := strings.Join(strings.Fields(l.Place+","+m.Brand+" "+m.Name+" "+m.Model+" "+m.Grade), " ")
	if l.Quantity > 0 {
		text += fmt.Sprintf(" × %d%s", l.Quantity, m.Unit)
	}
	if l.Note != "" {
		text += "(" + l.Note + ")"
	}
	return text
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
		return freezeTx(ctx, tx, f.J, who, p, freezing{spec.Revision, len(lines), stage.Key})
	}
	return nil
}

// freezing is the revision that is frozen, how many lines it has, and in which stage that is.
type freezing struct {
	revision int64
	lines    int
	stage    string
}

// freezeTx freezes a specification and tells the home of it.
func freezeTx(ctx context.Context, tx *db.Tx, j *projects.Journal, who actor.Actor, p *project.Project, f freezing) error {
	if err := model.FreezeTx(ctx, tx, p.ID, &tx.Now); err != nil {
		return err
	}
	_, err := j.TellTx(ctx, tx, who, p, projects.News{
		Entry: project.Entry{
			Kind: model.EntrySpecified, TitleZH: "材料规格已锁定", TitleEN: "Specification frozen", StageKey: f.stage,
			Body: fmt.Sprintf("共 %d 项材料,安装时逐批核对。", f.lines),
		},
		Quiet: true, Action: "specification.frozen", Detail: map[string]any{"revision": f.revision},
	})
	return err
}
