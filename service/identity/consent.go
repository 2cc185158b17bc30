package identity

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
)

// Consents holds the policies and what customers decided about them (row P5).
type Consents struct{ db *db.DB }

// NewConsents returns the use cases over a store.
func NewConsents(d *db.DB) *Consents { return &Consents{d} }

// Policies lists the current version of each policy, without their texts.
func (s *Consents) Policies(ctx context.Context) ([]identity.Policy, error) {
	ps, err := identity.ReadPolicies(ctx, s.db, s.db.Now())
	return ps.Current(), err
}

// Policy reads one version of a policy with its texts. Errors: not_found, also for one that is not in
// force yet.
func (s *Consents) Policy(ctx context.Context, policy string, version int64) (identity.Policy, error) {
	p, err := identity.FindPolicy(ctx, s.db, policy, version)
	if err == nil && p.EffectiveAt.After(s.db.Now()) {
		return identity.Policy{}, fault.Missing()
	}
	return p, err
}

// ConsentInput is a decision of a customer.
type ConsentInput struct {
	Policy        string
	Version       int64
	Purpose       identity.Purpose
	Granted       bool
	Scene         string // where it was made, as the client says
	ClientVersion string
}

// Decided is a decision that was recorded.
type Decided struct {
	ID      id.ID
	Granted bool
	At      time.Time
}

// Record writes a decision down. Only the current version of a policy can be granted; what was granted
// in any version can be taken back. Errors: input.invalid, consent.outdated.
func (s *Consents) Record(ctx context.Context, who actor.Actor, key once.Key, in ConsentInput) (d Decided, replayed bool, err error) {
	if err := firstError(plainLine("body.scene", in.Scene, 64), plainLine("body.client_version", in.ClientVersion, 32)); err != nil {
		return d, false, err
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		d, replayed, err = once.Do(ctx, tx, who, key, func() (Decided, error) {
			if err := checkVersion(ctx, tx, in); err != nil {
				return Decided{}, err
			}
			return decideTx(ctx, tx, who, in)
		})
		return err
	})
	return d, replayed, err
}

func checkVersion(ctx context.Context, tx *db.Tx, in ConsentInput) error {
	ps, err := identity.ReadPolicies(ctx, tx, tx.Now)
	if err != nil {
		return err
	}
	known := false
	for _, p := range ps.Current() {
		if p.Policy != in.Policy {
			continue
		}
		known = true
		switch {
		case !p.Covers(in.Purpose):
			return fault.Broken("body.purpose", "unknown", "该条款不包含此用途。", "The policy has no such purpose.")
		case in.Version > p.Version || in.Version < 1:
			return fault.Broken("body.version", "unknown", "没有这个版本。", "There is no such version.")
		case in.Granted && in.Version != p.Version:
			return faultConsentOutdated()
		}
	}
	if !known {
		return fault.Broken("body.policy", "unknown", "没有这份条款。", "There is no such policy.")
	}
	return nil
}

func decideTx(ctx context.Context, tx *db.Tx, who actor.Actor, in ConsentInput) (Decided, error) {
	c := identity.Consent{
		CustomerID: who.ID, ID: id.New(), Policy: in.Policy, Version: in.Version, Purpose: in.Purpose,
		Granted: in.Granted, At: tx.Now, Scene: in.Scene, ClientVersion: in.ClientVersion,
	}
	if !in.Granted { // whoever keeps something by this consent in this moment is waited for, and forgotten then
		if _, err := identity.LockCustomer(ctx, tx, who.ID); err != nil {
			return Decided{}, err
		}
	}
	if err := db.Insert(ctx, tx, &c); err != nil {
		return Decided{}, fmt.Errorf("record consent: %w", err)
	}
	if !in.Granted {
		if err := forgetWithoutTx(ctx, tx, who.ID, in.Purpose); err != nil {
			return Decided{}, err
		}
	}
	return Decided{ID: c.ID, Granted: c.Granted, At: c.At}, nil
}

// Withdraw takes a consent back; without one there is nothing to do. Errors: not_found for a purpose
// that no policy covers.
func (s *Consents) Withdraw(ctx context.Context, who actor.Actor, purpose identity.Purpose) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		ps, err := identity.ReadPolicies(ctx, tx, tx.Now)
		if err != nil {
			return err
		}
		if _, ok := ps.Of(purpose); !ok {
			return fault.Missing()
		}
		last, ok, err := identity.LatestConsent(ctx, tx, who.ID, purpose)
		if err != nil || !ok || !last.Granted {
			return err
		}
		_, err = decideTx(ctx, tx, who, ConsentInput{Policy: last.Policy, Version: last.Version, Purpose: purpose})
		return err
	})
}

// Stand is where a customer stands on a purpose.
type Stand struct {
	Purpose        identity.Purpose
	Policy         string
	CurrentVersion int64
	Given          bool // a consent stands in the version that is needed
	Renew          bool // a consent was given, and a later version asks for a new one
	Decided        bool // the customer has decided at least once; Version, Granted and At tell what
	Version        int64
	Granted        bool
	At             time.Time
}

// Stands lists where the customer who asks stands on every purpose.
func (s *Consents) Stands(ctx context.Context, who actor.Actor) ([]Stand, error) {
	ps, err := identity.ReadPolicies(ctx, s.db, s.db.Now())
	if err != nil {
		return nil, err
	}
	var stands []Stand
	for _, p := range ps.Current() {
		for _, purpose := range p.PurposeList() {
			last, ok, err := identity.LatestConsent(ctx, s.db, who.ID, purpose)
			if err != nil {
				return nil, err
			}
			given := ok && ps.Suffices(last)
			stands = append(stands, Stand{
				Purpose: purpose, Policy: p.Policy, CurrentVersion: p.Version, Given: given,
				Renew: ok && last.Granted && !given, Decided: ok, Version: last.Version, Granted: last.Granted, At: last.At,
			})
		}
	}
	return stands, nil
}

// History lists the decisions of the customer who asks, newest first.
func (s *Consents) History(ctx context.Context, who actor.Actor, p db.Page) ([]identity.Consent, db.Cursor, error) {
	if who.Kind != actor.Customer {
		return nil, db.Cursor{}, fault.Missing()
	}
	return identity.ConsentHistory(ctx, s.db, who.ID, p)
}

// ConsentGiven tells whether a customer's consent to a purpose stands now, in the version that is
// needed.
func (s *Consents) ConsentGiven(ctx context.Context, r db.Reader, customer id.ID, purpose identity.Purpose) (bool, error) {
	return identity.ConsentGiven(ctx, r, customer, purpose, s.db.Now())
}

// Require refuses, with consent.required, what a customer has not consented to.
func (s *Consents) Require(ctx context.Context, r db.Reader, customer id.ID, purpose identity.Purpose) error {
	given, err := s.ConsentGiven(ctx, r, customer, purpose)
	if err == nil && !given {
		err = FaultConsentRequired()
	}
	return err
}
