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
	ErrCancelled = errCancelled
	// ErrOwnerOnly refuses family and guests what binds the home: contract, money, signatures.
	ErrOwnerOnly = fault.New(fault.Forbidden, "home.owner_only",
		"仅房屋业主可以进行此操作。", "Only an owner of the home may do this.")
)

// LockOpenTx locks a project within the reach of a member of staff for a change to what belongs to it.
// Errors: not_found; project.cancelled.
func LockOpenTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID) (project.Project, error) {
	p, err := project.LockTx(ctx, tx, who, projectID)
	if err == nil && p.State == project.Cancelled {
		err = ErrCancelled
	}
	return p, err
}

// LockToDecideTx locks a project for a customer who binds the home: an owner, or the contract party.
// Errors: not_found; home.owner_only; project.cancelled.
func LockToDecideTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID) (project.Seen, error) {
	s, err := project.LockForCustomerTx(ctx, tx, who, projectID)
	switch {
	case err != nil:
		return s, err
	case !s.Owner() && s.CustomerID != who.ID:
		return s, ErrOwnerOnly
	case s.State == project.Cancelled:
		return s, ErrCancelled
	}
	return s, nil
}
