// Package flow holds the use cases that must commit in several domains, one file each. No service
// imports it.
package flow

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/service/identity"
	"guike/service/project"
)

// Attacher binds uploaded files to the row that shows them. AttachTx refuses, with a fault, files that
// are not there, were withdrawn, belong to somebody else or show another row already; attaching a file
// again to the row that it shows is no mistake.
type Attacher interface {
	AttachTx(ctx context.Context, tx *db.Tx, who actor.Actor, ids []id.ID, kind string, ref id.ID) error
}

// Deps is what the flows stand on: the domains' use cases, whose Tx halves they join in one commit.
type Deps struct {
	DB        *db.DB
	Customers *identity.Customers
	Homes     *identity.Homes
	Consents  *identity.Consents
	Phones    PhoneExchange
	Heirs     []Heir // beside projects and tasks: who else moves what it holds of a merged customer
	Projects  *project.Service
	Files     Attacher
	Release   Releaser // nil: files that are shown no more stay bound
}

// Flow holds the use cases that span domains.
type Flow struct{ d Deps }

// New returns the flows over what they stand on.
func New(d Deps) *Flow { return &Flow{d} }
