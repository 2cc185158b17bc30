package material

import (
	"context"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	"guike/model/project"
	model "guike/model/project/material"
	projects "guike/service/project"
)

// NewInstall tells that some of a batch was built in. The batch is named by its label or its id;
// MaterialID, when given, is what the writer believes it to be.
type NewInstall struct {
	ProjectID   id.ID
	BatchCode   string
	BatchID     id.ID
	MaterialID  id.ID
	Place       string
	Quantity    int64
	InstalledOn clock.Day // empty for today
	Note        string
	Once        once.Key
}

func (n *NewInstall) check(today clock.Day) error {
	n.Place, n.Note = wording.Trim(n.Place), wording.Trim(n.Note)
	place := utf8.RuneCountInString(n.Place)
	if n.InstalledOn.IsZero() {
		n.InstalledOn = today
	}
	switch {
	case n.BatchID.IsZero() == (n.BatchCode == ""):
		return fault.Broken("body.batch_code", "one_of", "请扫描批次标签或给出批次编号之一。", "Give either batch_code or batch_id.")
	case place < 1 || place > 60:
		return fault.Broken("body.place", "length", "位置须为 1 到 60 个字。", "The place has 1 to 60 characters.")
	case utf8.RuneCountInString(n.Note) > 500:
		return fault.Broken("body.note", "too_long", "备注最多 500 字。", "The note has at most 500 characters.")
	case n.Quantity < 0 || n.Quantity > maxQuantity:
		return fault.Broken("body.quantity", "out_of_range", "数量须在 0 到一百万之间。", "The quantity lies between 0 and a million.")
	}
	if err := plain("body.", n.Place, n.Note); err != nil {
		return err
	}
	if err := day("body.installed_on", n.InstalledOn); err != nil {
		return err
	}
	if n.InstalledOn > today {
		return fault.Broken("body.installed_on", "future", "安装日期不能晚于今天。", "Nothing was installed after today.")
	}
	return nil
}

// Installed is an installation with what was installed.
type Installed struct {
	model.Install
	Material model.Material
	Batch    model.Batch
}

// Install writes down what was built in and compares it with the specification: what is not in it, in
// that place, raises an alert (D4). Errors: not_found; input.invalid, at body.batch_id or
// body.batch_code for a batch that is not there or of another material; project.cancelled;
// material.batch_recalled; material.too_many.
func (s *Service) Install(ctx context.Context, who actor.Actor, in NewInstall) (done Installed, replayed bool, err error) {
	if err := in.check(s.j.Today()); err != nil {
		return done, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		var m made
		m, replayed, err = once.Do(ctx, tx, who, in.Once, func() (made, error) { return s.installTx(ctx, tx, who, in) })
		if err != nil {
			return err
		}
		done, err = s.installed(ctx, tx, in.ProjectID, m.ID)
		return err
	})
	return done, replayed, err
}

func (s *Service) installed(ctx context.Context, r db.Reader, projectID, install id.ID) (done Installed, err error) {
	if done.Install, err = model.InstallByID(ctx, r, projectID, install); err != nil {
		return done, err
	}
	if done.Batch, err = model.BatchByID(ctx, r, done.BatchID); err != nil {
		return done, err
	}
	done.Material, err = model.ByID(ctx, r, done.MaterialID)
	return done, err
}

func (s *Service) installTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewInstall) (made, error) {
	p, err := projects.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return made{}, err
	}
	b, err := batchTx(ctx, tx, in)
	if err != nil {
		return made{}, err
	}
	n, err := model.CountInstalls(ctx, tx, p.ID)
	if err != nil {
		return made{}, err
	}
	if n >= model.MaxInstalls {
		return made{}, errTooMany
	}
	m, err := model.ByID(ctx, tx, b.MaterialID)
	if err != nil {
		return made{}, err
	}
	spec, lines, err := model.SpecificationOf(ctx, tx, p.ID)
	if err != nil {
		return made{}, err
	}
	row := model.Install{
		ProjectID: p.ID, ID: id.New(), BatchID: b.ID, MaterialID: m.ID, Place: in.Place, Quantity: in.Quantity, InstalledOn: in.InstalledOn,
		Matches: spec.FrozenAt == nil || specified(lines, m.ID, in.Place), Note: in.Note, ByID: who.ID, ByName: who.Name,
	}
	if err := model.AddInstallTx(ctx, tx, &row); err != nil {
		return made{}, err
	}
	if !row.Matches {
		if err := s.alarmTx(ctx, tx, who, p, row, m); err != nil {
			return made{}, err
		}
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, projects.News{
		Entry: project.Entry{
			Kind: model.EntryInstalled, TitleZH: "已安装:" + m.Brand + " " + m.Name, TitleEN: "Installed: " + m.Brand + " " + m.Name,
			Body: in.Place + " · 批次 " + b.BatchNo, StageKey: p.CurrentStage, RefID: row.ID,
		},
		Quiet: true, Action: "material.installed", Detail: map[string]any{"install_id": row.ID, "batch_id": b.ID, "matches": row.Matches},
	})
	return made{row.ID}, err
}

// batchTx finds the batch and locks it, so that no recall passes by unseen.
func batchTx(ctx context.Context, tx *db.Tx, in NewInstall) (model.Batch, error) {
	at := "body.batch_id"
	if in.BatchCode != "" {
		at = "body.batch_code"
		_, b, err := byCode(ctx, tx, in.BatchCode)
		if err != nil && fault.Code(err) != "not_found" {
			return b, err
		}
		in.BatchID = b.ID
	}
	b, err := model.LockBatchTx(ctx, tx, in.BatchID)
	switch {
	case fault.Code(err) == "not_found":
		return b, fault.Broken(at, "unknown", "没有这个批次,请扫描批次标签。", "There is no such batch; scan the batch's label.")
	case err != nil:
		return b, err
	case !in.MaterialID.IsZero() && in.MaterialID != b.MaterialID:
		return b, otherMaterial(at)
	case b.State == model.BatchRecalled:
		return b, errRecalled
	}
	return b, nil
}

// specified tells whether a specification has the material: in the place, where it speaks of it, else
// anywhere.
func specified(lines []model.Line, material id.ID, place string) bool {
	anywhere, here := false, false
	for _, l := range lines {
		if l.Place == place {
			if here = true; l.MaterialID == material {
				return true
			}
		}
		anywhere = anywhere || l.MaterialID == material
	}
	return anywhere && !here
}

func mismatchCause(install id.ID) string { return "mismatch:" + install.String() }

func (s *Service) alarmTx(ctx context.Context, tx *db.Tx, who actor.Actor, p project.Project, in model.Install, m model.Material) error {
	_, err := s.j.Alarms.RaiseTx(ctx, tx, who, care.Raise{
		Kind: kindMismatch, Cause: mismatchCause(in.ID), CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID,
		Reason: "项目 " + p.No + " 的" + in.Place + "安装了规格以外的材料:" + m.Brand + " " + m.Name + " " + m.Grade,
	})
	return err
}

// WithdrawInstall takes back an installation that was entered by mistake, and the alert that it raised.
// Doing it again changes nothing. Errors: not_found; input.invalid at body.reason.
func (s *Service) WithdrawInstall(ctx context.Context, who actor.Actor, projectID, install id.ID, reason string) error {
	if err := projects.CheckReason("body.reason", &reason); err != nil {
		return err
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := project.LockTx(ctx, tx, who, projectID)
		if err != nil {
			return err
		}
		in, err := model.InstallByID(ctx, tx, p.ID, install)
		if err != nil || in.WithdrawnAt != nil {
			return err
		}
		if err := model.WithdrawInstallTx(ctx, tx, &in); err != nil {
			return err
		}
		if err := s.j.Alarms.ClearTx(ctx, tx, who, mismatchCause(in.ID), reason); err != nil {
			return err
		}
		_, err = s.j.TellTx(ctx, tx, who, &p, projects.News{
			Entry: project.Entry{
				Kind: model.EntryInstalled, TitleZH: "安装记录更正", TitleEN: "Installation record corrected",
				Body: in.Place + ":原记录有误,已撤回。", StageKey: p.CurrentStage, RefID: in.ID,
			},
			Quiet: true, Action: "material.install_withdrawn", Reason: reason, Detail: map[string]any{"install_id": in.ID},
		})
		return err
	})
}
