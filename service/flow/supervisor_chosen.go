package flow

import (
	"context"
	"fmt"
	"io"
	"strings"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project"
	choices "guike/model/project/supervisor"
	"guike/service/identity"
	"guike/service/project"
	"guike/service/project/supervisor"
)

// Supervisors turns the supervisor whom a customer chose into somebody in charge with a sign-in that is
// limited to their projects, and takes both away again (C12). It follows the stages: with the end of a
// project the supervisor loses it.
type Supervisors struct {
	j         *project.Journal
	directory *supervisor.Service
	staff     *identity.Staff
	entropy   io.Reader
}

// NewSupervisors returns the use cases; entropy is of user names, crypto/rand.Reader but in tests.
func NewSupervisors(j *project.Journal, directory *supervisor.Service, staff *identity.Staff, entropy io.Reader) *Supervisors {
	return &Supervisors{j: j, directory: directory, staff: staff, entropy: entropy}
}

// Confirmation is staff's yes to a choice. Username is for a supervisor who has no sign-in yet; an empty
// one is drawn.
type Confirmation struct {
	ProjectID id.ID
	Username  string
	Once      once.Key
}

// Confirmed is what a confirmation leaves behind under its key. Username and FirstPassword are shown
// once, and only with a new sign-in: a replay does not have them.
type Confirmed struct {
	ProjectID     id.ID  `json:"project_id"`
	ChoiceID      id.ID  `json:"choice_id"`
	StaffID       id.ID  `json:"staff_id"`
	Username      string `json:"-"`
	FirstPassword string `json:"-"`
}

// Confirm puts the chosen supervisor in charge of the project, once by key: with a new sign-in, or with
// the one that they have from another project, enabled again if it was disabled for want of one. Nothing is
// confirmed for somebody who was disabled by hand. Errors: not_found; project.cancelled;
// supervisor.choice_state; staff.disabled_by_hand; staff.username_taken; project.person_unchanged;
// input.invalid at body.username.
func (s *Supervisors) Confirm(ctx context.Context, who actor.Actor, in Confirmation) (r Confirmed, replayed bool, err error) {
	fresh, err := s.prepare(ctx, who, in)
	if err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (Confirmed, error) { return s.confirmTx(ctx, tx, who, in, fresh) })
		return err
	})
	if err == nil && !replayed && r.StaffID == fresh.account.ID() {
		r.FirstPassword = fresh.account.FirstPassword
	}
	return r, replayed, err
}

// newcomer is an account prepared for a supervisor who has none.
type newcomer struct {
	supervisor id.ID
	account    identity.External
}

// prepare makes the account of a supervisor who has none, since hashing takes too long for a
// transaction. What it reads is read again under lock.
func (s *Supervisors) prepare(ctx context.Context, who actor.Actor, in Confirmation) (newcomer, error) {
	if _, err := model.Find(ctx, s.j.DB, who, in.ProjectID); err != nil {
		return newcomer{}, err
	}
	c, ok, err := choices.StandingChoice(ctx, s.j.DB, in.ProjectID)
	if err != nil || !ok || c.State != choices.ChoiceRequested {
		return newcomer{}, err // refused, or answered as before, under lock
	}
	chosen, err := s.directory.Get(ctx, c.SupervisorID)
	if err != nil || !chosen.StaffID.IsZero() {
		return newcomer{}, err
	}
	if in.Username == "" {
		code, err := crypt.Code('J', s.entropy)
		if err != nil {
			return newcomer{}, err
		}
		in.Username = "jl-" + strings.ToLower(code[1:9])
	}
	account, err := s.staff.PrepareExternal(ctx, identity.ExternalForm{Username: in.Username, Name: chosen.Name, Role: actor.Supervisor, Phone: chosen.Phone})
	return newcomer{chosen.ID, account}, err
}

func (s *Supervisors) confirmTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Confirmation, fresh newcomer) (Confirmed, error) {
	none := Confirmed{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	c, err := supervisor.Requested(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	chosen, err := choices.LockTx(ctx, tx, c.SupervisorID)
	if err != nil {
		return none, err
	}
	r := Confirmed{ProjectID: p.ID, ChoiceID: c.ID, StaffID: chosen.StaffID}
	switch {
	case !chosen.StaffID.IsZero():
		err = s.staff.EnableExternalTx(ctx, tx, who, chosen.StaffID)
	case fresh.supervisor != chosen.ID: // somebody else was chosen while the account was being prepared
		err = supervisor.NotRequested(c)
	default:
		r.StaffID, r.Username = fresh.account.ID(), fresh.account.Username()
		if err = s.staff.AddExternalTx(ctx, tx, who, fresh.account); err == nil {
			err = choices.SetStaffTx(ctx, tx, chosen.ID, r.StaffID)
		}
	}
	if err != nil {
		return none, err
	}
	person, err := s.j.AssignTx(ctx, tx, who, project.NewPerson{
		ProjectID: p.ID, StaffID: r.StaffID, Role: actor.Supervisor, External: true, Note: "客户选定的第三方监理,所属公司:" + chosen.Company,
	})
	if err != nil {
		return none, err
	}
	c.StaffID, c.PersonID = r.StaffID, person.PersonID
	if err := s.directory.ConfirmTx(ctx, tx, who, c); err != nil {
		return none, err
	}
	return r, audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "supervisor.confirmed", Kind: "project", Subject: p.ID,
		Detail: map[string]any{"choice_id": c.ID, "supervisor_id": chosen.ID, "staff_id": r.StaffID},
	})
}

// EndingSupervision is the wish to end what a supervisor does for a project.
type EndingSupervision struct {
	ProjectID id.ID
	Reason    string
	Once      once.Key
}

// End ends the choice that stands, once by key: by an owner of the home, or the contract party, or by
// staff within whose reach the project is. A confirmed supervisor loses the project at once, and the
// sign-in with the last one. Errors: not_found; home.owner_only; project.cancelled; input.invalid at
// body.reason.
func (s *Supervisors) End(ctx context.Context, who actor.Actor, in EndingSupervision) (r supervisor.ChoiceResult, replayed bool, err error) {
	if err := project.CheckReason("body.reason", &in.Reason); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (supervisor.ChoiceResult, error) { return s.endTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Supervisors) endTx(ctx context.Context, tx *db.Tx, who actor.Actor, in EndingSupervision) (supervisor.ChoiceResult, error) {
	var p model.Project
	var err error
	if who.Kind == actor.Customer {
		var seen model.Seen
		seen, err = project.LockToDecideTx(ctx, tx, who, in.ProjectID)
		p = seen.Project
	} else {
		p, err = project.LockOpenTx(ctx, tx, who, in.ProjectID)
	}
	if err != nil {
		return supervisor.ChoiceResult{}, err
	}
	c, err := s.leaveTx(ctx, tx, who, &p, in.Reason)
	if err == nil && c.ID.IsZero() {
		err = fault.Missing()
	}
	return supervisor.ChoiceResult{ProjectID: p.ID, ChoiceID: c.ID}, err
}

// StageMovedTx ends the supervision of a project that is completed.
func (s *Supervisors) StageMovedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *model.Project, _ model.Stage, kind model.EntryKind) error {
	if kind != model.EntryStageCompleted || p.State != model.Completed {
		return nil
	}
	_, err := s.leaveTx(ctx, tx, who, p, "项目已完工")
	return err
}

// ProjectCancelledTx ends the supervision of a project that is cancelled.
func (s *Supervisors) ProjectCancelledTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *model.Project) error {
	_, err := s.leaveTx(ctx, tx, who, p, "项目已取消")
	return err
}

// leaveTx ends the choice of a locked project that stands, its period in charge, and the sign-in of
// somebody who is in charge of nothing more. None is no mistake: the zero Choice comes back.
func (s *Supervisors) leaveTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *model.Project, reason string) (choices.Choice, error) {
	c, ok, err := choices.StandingChoice(ctx, tx, p.ID)
	if err != nil || !ok {
		return choices.Choice{}, err
	}
	if c.State == choices.ChoiceConfirmed {
		if err := s.loseTx(ctx, tx, who, c); err != nil {
			return c, err
		}
	}
	return c, s.directory.EndTx(ctx, tx, who, p, supervisor.Ending{Choice: c, State: choices.ChoiceEnded, Reason: reason})
}

func (s *Supervisors) loseTx(ctx context.Context, tx *db.Tx, who actor.Actor, c choices.Choice) error {
	if err := model.EndPersonTx(ctx, tx, model.Person{ProjectID: c.ProjectID, ID: c.PersonID}, who.ID); err != nil {
		return err
	}
	if _, err := choices.LockTx(ctx, tx, c.SupervisorID); err != nil { // two last projects may end at once
		return err
	}
	busy, err := model.Busy(ctx, tx, c.StaffID)
	if err != nil || busy {
		return err
	}
	return s.staff.DisableExternalTx(ctx, tx, who, c.StaffID)
}

// NewPassword draws a new first password for a supervisor of the directory, who has lost theirs, and
// ends their sessions. Errors: not_found, also for one who has no sign-in; supervisor.not_yours.
func (s *Supervisors) NewPassword(ctx context.Context, who actor.Actor, entry id.ID) (username, firstPassword string, err error) {
	row, err := choices.ByID(ctx, s.j.DB, entry)
	if err != nil {
		return "", "", err
	}
	if err := supervisor.Managed(ctx, s.j.DB, who, row); err != nil {
		return "", "", err
	}
	if row.StaffID.IsZero() {
		return "", "", fault.Missing()
	}
	username, firstPassword, err = s.staff.NewExternalPassword(ctx, who, row.StaffID)
	if err != nil {
		return "", "", fmt.Errorf("new password of supervisor: %w", err)
	}
	return username, firstPassword, nil
}
