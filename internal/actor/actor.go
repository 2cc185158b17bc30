// Package actor says who acts. The actor comes from the session, never from the request, and is the
// first argument of every query made on its behalf.
package actor

import (
	"context"
	"slices"
	"strings"

	"guike/internal/id"
)

// Kind tells customers and staff apart.
type Kind string

// The kinds of actor; System is the house itself (jobs, the outbox), Key another system of the company
// (an ERP) that holds an API key.
const (
	Customer Kind = "customer"
	Staff    Kind = "staff"
	System   Kind = "system"
	Key      Kind = "key"
)

// Role is what a member of staff is employed as (design.md 5).
type Role string

// The roles of design.md 5, rows O1 and O2.
const (
	Sales            Role = "sales"
	Designer         Role = "designer"
	ProjectManager   Role = "project_manager"
	Installer        Role = "installer"
	Supervisor       Role = "supervisor"
	CustomerService  Role = "customer_service"
	ExperienceCentre Role = "experience_centre"
	StoreManager     Role = "store_manager"
	RegionalHead     Role = "regional_head"
	Management       Role = "management"
	DataOfficer      Role = "data_officer"
	Admin            Role = "admin"
)

// Roles lists every role in the order in which people read them.
func Roles() []Role {
	return []Role{
		Sales, Designer, ProjectManager, Installer, Supervisor, CustomerService,
		ExperienceCentre, StoreManager, RegionalHead, Management, DataOfficer, Admin,
	}
}

// Valid tells whether the role is one of the house's.
func (r Role) Valid() bool {
	return slices.Contains(Roles(), r)
}

// Scope is how far a permission reaches. The zero Scope reaches nothing.
type Scope int

// The scopes, each wider than the one before.
const (
	None   Scope = iota
	Own          // work that names the actor
	Store        // work of the actor's store
	Region       // work of the stores of the actor's region
	All          // the whole company
)

// Actor is who acts, as the session says. Scope is what the permission of the operation under way
// grants to the actor's role; it is set by the router and read by the queries.
type Actor struct {
	Kind          Kind
	ID            id.ID
	SessionID     id.ID
	Name          string // staff and keys; what other people are shown
	Role          Role   // staff only
	StoreID       id.ID  // staff and keys; zero for those of no store
	RegionID      id.ID  // staff only; the region of the store, or of a regional head
	Scope         Scope  // staff and keys
	External      bool   // staff only; of another company: little, and of the own projects alone (C12)
	FirstPassword bool   // staff only; the single-use first password has not been changed yet
	Grants        string // keys only; the scopes that the key was given, separated by commas
}

// Holds tells whether a key was given the scope.
func (a Actor) Holds(scope string) bool {
	return a.Kind == Key && slices.Contains(strings.Split(a.Grants, ","), scope)
}

// Machine is the house itself as an actor, for jobs and commands.
func Machine() Actor { return Actor{Kind: System, Scope: All} }

type key struct{}

// With returns a context that carries the actor.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, key{}, a) }

// From returns the actor of the request. Outside a protected operation it is the zero Actor, which
// owns nothing and sees nothing.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(key{}).(Actor)
	return a
}
