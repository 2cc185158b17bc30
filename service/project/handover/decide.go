package handover

import (
	"context"
	"fmt"
	"slices"

	"guike/internal/actor"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

const maxSigner = 40

// Signature is what a customer signs a version of an acceptance with.
type Signature struct {
	AcceptanceID id.ID
	Version      int64
	Name         string // as the signer writes it
	Once         once.Key
}

// SignAcceptance keeps the signature of an owner of the home, or the contract party, under the current
// version (C18): name, instant, version and the hash of what was signed. The same person signing the
// same version again is no mistake. Errors: not_found; home.owner_only; input.invalid at body.name;
// project.cancelled; acceptance.changed with the current version; acceptance.decided with the state.
func (s *Service) SignAcceptance(ctx context.Context, who actor.Actor, in Signature) (r AcceptanceResult, replayed bool, err error) {
	if err := project.CheckLength("body.name", &in.Name, 1, maxSigner); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (AcceptanceResult, error) {
			d := model.Decision{Verdict: model.AcceptanceSigned, Method: model.MethodApp, CustomerID: who.ID}
			if d.NameEnc, err = s.box.Seal(model.SignerNameField, in.Name); err != nil {
				return AcceptanceResult{}, err
			}
			return s.decideTx(ctx, tx, who, in.AcceptanceID, in.Version, d)
		})
		return err
	})
	return r, replayed, err
}

// Refusal is why a customer does not accept a version.
type Refusal struct {
	AcceptanceID id.ID
	Version      int64
	Word         string
	Once         once.Key
}

// RefuseAcceptance keeps that an owner of the home, or the contract party, does not accept the current
// version, and opens a task for the project manager. Staff answer with another version. Errors: as
// SignAcceptance, with input.invalid at body.word.
func (s *Service) RefuseAcceptance(ctx context.Context, who actor.Actor, in Refusal) (r AcceptanceResult, replayed bool, err error) {
	if err := project.CheckLength("body.word", &in.Word, 1, maxReason); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (AcceptanceResult, error) {
			d := model.Decision{Verdict: model.AcceptanceRefused, Method: model.MethodApp, CustomerID: who.ID, Word: in.Word}
			return s.decideTx(ctx, tx, who, in.AcceptanceID, in.Version, d)
		})
		return err
	})
	return r, replayed, err
}

// decideTx keeps the decision of a customer about a version.
func (s *Service) decideTx(ctx context.Context, tx *db.Tx, who actor.Actor, acceptance id.ID, version int64, d model.Decision) (AcceptanceResult, error) {
	none := AcceptanceResult{}
	a, err := model.AcceptanceByID(ctx, tx, acceptance)
	if err != nil {
		return none, err
	}
	seen, err := project.LockToDecideTx(ctx, tx, who, a.ProjectID)
	if err != nil {
		return none, err
	}
	a, stage, err := current(ctx, tx, acceptance, version)
	if err != nil {
		return none, err
	}
	r := AcceptanceResult{ProjectID: a.ProjectID, AcceptanceID: a.ID, Version: a.Version}
	if a.State != model.AcceptanceOpen {
		kept, _, err := model.DecisionOf(ctx, tx, a.ProjectID, a.ID, a.Version)
		if err == nil && (kept.CustomerID != who.ID || kept.Verdict != d.Verdict) {
			err = acceptanceDecided(a)
		}
		return r, err
	}
	if err := keepTx(ctx, tx, &a, &d); err != nil {
		return none, err
	}
	n := decidedNews(a, stage, d)
	n.Quiet = true
	if _, err := s.j.TellTx(ctx, tx, who, &seen.Project, n); err != nil {
		return none, err
	}
	if d.Verdict == model.AcceptanceRefused {
		return r, s.refusedTx(ctx, tx, who, seen.Project, a, d)
	}
	return r, nil
}

// current reads an acceptance under the lock of its project and refuses a decision about anything but
// its current version in the current round of its stage.
func current(ctx context.Context, tx *db.Tx, acceptance id.ID, version int64) (model.Acceptance, core.Stage, error) {
	a, err := model.AcceptanceByID(ctx, tx, acceptance)
	if err != nil {
		return a, core.Stage{}, err
	}
	_, stage, ok, err := stageOf(ctx, tx, a.ProjectID, a.StageKey)
	switch {
	case err != nil:
		return a, stage, err
	case !ok || stage.Reopened != a.Round:
		return a, stage, acceptanceSuperseded()
	case a.Version != version:
		return a, stage, acceptanceChanged(a)
	}
	return a, stage, nil
}

// keepTx writes the decision with the hash of the version that it is about.
func keepTx(ctx context.Context, tx *db.Tx, a *model.Acceptance, d *model.Decision) error {
	sheet, err := model.SheetOf(ctx, tx, a.ProjectID, a.ID, a.Version)
	if err != nil {
		return err
	}
	d.ContentHash = sheet.ContentHash
	return model.DecideTx(ctx, tx, a, d)
}

func decidedNews(a model.Acceptance, stage core.Stage, d model.Decision) project.News {
	n := project.News{
		Entry:  core.Entry{Kind: model.EntryAcceptanceSigned, TitleZH: "验收已签字:" + stage.NameZH, TitleEN: "Accepted: " + stage.NameEN, RefID: a.ID, StageKey: a.StageKey},
		Action: "acceptance.signed", Detail: map[string]any{"acceptance_id": a.ID, "version": a.Version, "method": d.Method, "hash": fmt.Sprintf("%x", d.ContentHash)},
	}
	if d.Verdict == model.AcceptanceRefused {
		n.Action, n.Entry.Kind, n.Entry.Body = "acceptance.refused", model.EntryAcceptanceRefused, d.Word
		n.Entry.TitleZH, n.Entry.TitleEN = "验收未通过:"+stage.NameZH, "Not accepted: "+stage.NameEN
	}
	return n
}

// refusedCause names the task of a version that the customer refused.
func refusedCause(acceptance id.ID, version int64) string {
	return fmt.Sprintf("%s:%s:%d", KindAcceptanceRefused, acceptance, version)
}

func (s *Service) refusedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p core.Project, a model.Acceptance, d model.Decision) error {
	owner, err := core.InChargeOf(ctx, tx, p.ID, actor.ProjectManager)
	if err != nil {
		return err
	}
	_, err = s.j.Alarms.OpenTx(ctx, tx, who, care.Order{
		Kind: KindAcceptanceRefused, Cause: refusedCause(a.ID, a.Version), Reason: excerpt.Of(d.Word, 300),
		CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID, OwnerID: owner,
	})
	return err
}

// Paper is a signature that was given on paper: staff record it with a picture of the paper and why.
type Paper struct {
	AcceptanceID id.ID
	Version      int64
	Name         string // as it stands on the paper
	FileID       id.ID
	Reason       string
	Once         once.Key
}

// RecordPaper keeps a signature on paper under the current version; members of the home are told.
// Errors: not_found; input.invalid at body.name, body.reason or body.file_id; project.cancelled;
// acceptance.changed; acceptance.decided; what the files refuse.
func (s *Service) RecordPaper(ctx context.Context, who actor.Actor, in Paper) (r AcceptanceResult, replayed bool, err error) {
	if err := project.CheckLength("body.name", &in.Name, 1, maxSigner); err != nil {
		return r, false, err
	}
	if err := project.CheckLength("body.reason", &in.Reason, 1, maxReason); err != nil {
		return r, false, err
	}
	if in.FileID.IsZero() {
		return r, false, fault.Broken("body.file_id", "required", "请上传纸质签字照片。", "A picture of the paper is needed.")
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (AcceptanceResult, error) { return s.paperTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) paperTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Paper) (AcceptanceResult, error) {
	none := AcceptanceResult{}
	if !slices.Contains([]actor.Role{actor.StoreManager, actor.ExperienceCentre}, who.Role) {
		return none, fault.Missing() // the router lets nobody else come here; a slip of its table must not sign
	}
	a, err := model.AcceptanceByID(ctx, tx, in.AcceptanceID)
	if err != nil {
		return none, err
	}
	p, err := project.LockOpenTx(ctx, tx, who, a.ProjectID)
	if err != nil {
		return none, err
	}
	a, stage, err := current(ctx, tx, in.AcceptanceID, in.Version)
	if err != nil {
		return none, err
	}
	if a.State != model.AcceptanceOpen {
		return none, acceptanceDecided(a)
	}
	if err := s.j.Files.AttachTx(ctx, tx, who, []id.ID{in.FileID}, paperFile, a.ID); err != nil {
		return none, err
	}
	d := model.Decision{
		Verdict: model.AcceptanceSigned, Method: model.MethodPaper, FileID: in.FileID, Reason: in.Reason, RecordedBy: who.ID, RecordedName: who.Name,
	}
	if d.NameEnc, err = s.box.Seal(model.SignerNameField, in.Name); err != nil {
		return none, err
	}
	if err := keepTx(ctx, tx, &a, &d); err != nil {
		return none, err
	}
	n := decidedNews(a, stage, d)
	n.Entry.TitleZH, n.Entry.TitleEN = "验收已纸质签字:"+stage.NameZH, "Accepted on paper: "+stage.NameEN
	n.Entry.Body, n.Reason = "由"+who.Name+"登记,如有疑问请联系我们。", in.Reason
	_, err = s.j.TellTx(ctx, tx, who, &p, n)
	return AcceptanceResult{ProjectID: a.ProjectID, AcceptanceID: a.ID, Version: a.Version}, err
}
