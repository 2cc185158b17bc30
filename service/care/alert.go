package care

import (
	"context"

	"guike/internal/actor"
	"guike/model/care"
	"guike/model/db"
)

// RaiseTx opens an alert with its task.
func (s *Service) RaiseTx(_ context.Context, _ *db.Tx, _ actor.Actor, r care.Raise) (care.Alert, error) {
	return care.Alert{Kind: r.Kind, Cause: r.Cause, Level: r.Level}, nil
}

// ClearTx closes the open alert of a cause.
func (s *Service) ClearTx(_ context.Context, _ *db.Tx, _ actor.Actor, _, _ string) error { return nil }
