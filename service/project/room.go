package project

import (
	"context"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// The refusals that the rooms of this domain share.
var (
	// ErrCancelled refuses a change to a cancelled project.
	ErrCancelled = fault.New(fault.Conflict, "project.cancelled",
		"项目已取消。", "The project has been cancelled.")
	// ErrOwnerOnly refuses family and guests what binds the home: contract, money, signatures.
	ErrOwnerOnly = fault.New(fault.Forbidden, "home.owner_only",
		"仅房屋业主可以进行此操作。", "Only an owner of the home may do this.")
	// ErrFamilyOnly refuses to guests what owners and family of a home see: amounts and change orders.
	ErrFamilyOnly = fault.New(fault.Forbidden, "home.family_only",
		"仅业主与家人可以查看或进行此操作。", "Only the owners and family of the home may see or do this.")
)

// Binds tells whether a customer decides on contract, money and signatures of a project of their home: an
// owner does, and the contract party, whatever they are to the home.
func Binds(who actor.Actor, s project.Seen) bool {
	return s.Owner() || who.Kind == actor.Customer && s.CustomerID == who.ID
}

// SeesMoney tells whether a customer may see what a project of their home costs, and ask for changes:
// everybody who binds it does, and family; guests do not. Every room asks here.
func SeesMoney(who actor.Actor, s project.Seen) bool { return !s.Guest() || Binds(who, s) }

// LockOpenTx locks a project within the reach of a member of staff for a change to what belongs to it.
// Errors: not_found; project.cancelled.
func LockOpenTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID) (project.Project, error) {
	p, err := project.LockTx(ctx, tx, who, projectID)
	if err == nil && p.State == project.Cancelled {
		err = ErrCancelled
	}
	return p, err
}

// NamedStage finds the stage of a project that a form names; the current one when it names none. Errors:
// input.invalid at body.stage.
func NamedStage(ctx context.Context, r db.Reader, p project.Project, key string) (project.Stage, error) {
	if key == "" {
		key = p.CurrentStage
	}
	stages, err := project.Stages(ctx, r, p.ID)
	if err != nil {
		return project.Stage{}, err
	}
	at := project.StageAt(stages, key)
	if at < 0 {
		return project.Stage{}, fault.Broken("body.stage", "unknown", "项目没有这个阶段。", "The project has no such stage.")
	}
	return stages[at], nil
}

// LockToDecideTx locks a project for a customer who binds the home: an owner, or the contract party.
// Errors: not_found; home.owner_only; project.cancelled.
func LockToDecideTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID) (project.Seen, error) {
	s, err := project.LockForCustomerTx(ctx, tx, who, projectID)
	switch {
	case err != nil:
		return s, err
	case !Binds(who, s):
		return s, ErrOwnerOnly
	case s.State == project.Cancelled:
		return s, ErrCancelled
	}
	return s, nil
}
