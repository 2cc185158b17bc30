package flow

import (
	"context"
	"errors"
	"fmt"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/audit"
	"guike/model/care"
	"guike/model/db"
	identitymodel "guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
	projectmodel "guike/model/project"
	"guike/service/identity"
)

// PhoneExchange exchanges the code of the phone button; *wechat.Client does.
type PhoneExchange interface {
	PhoneNumber(ctx context.Context, code, openid string) (wechat.Phone, error)
}

// Heir moves what a domain holds of one customer to another, in the transaction that merges the two
// records.
type Heir func(ctx context.Context, tx *db.Tx, from, to id.ID) error

// BoundPhone is what binding a phone did.
type BoundPhone struct {
	CustomerID id.ID `json:"customer_id"`
	MergedID   id.ID `json:"merged_id,omitzero"` // the record entered by staff that was claimed
}

// errNotYet ends a look for a kept result that is not there.
var errNotYet = errors.New("no result is kept yet")

// PhoneBound binds the number behind a phone button's code to the customer who asks. Nothing is asked
// of WeChat before the consent to the purpose "phone" stands in its current version (P1 of
// reliability.md 3.3). A record that staff entered with this number is merged into the signed-in one
// in the same transaction, audited and announced. Errors: consent.required, phone.code_invalid,
// phone.unsupported, phone.taken, wechat.unavailable, wechat.blocked, customer.not_claimed.
func (f *Flow) PhoneBound(ctx context.Context, who actor.Actor, key once.Key, code string) (bound BoundPhone, replayed bool, err error) {
	if bound, replayed, err = f.keptPhone(ctx, who, key); replayed || err != nil {
		return bound, replayed, err
	}
	if err = f.d.Consents.Require(ctx, f.d.DB, who.ID, identitymodel.PurposePhone); err != nil {
		return bound, false, err
	}
	phone, err := f.exchange(ctx, who, code)
	if err != nil {
		return bound, false, err
	}
	for range 5 { // rivals for one number are told apart by trying again with what they left behind
		err = f.d.DB.Tx(ctx, func(tx *db.Tx) error {
			bound, replayed, err = once.Do(ctx, tx, who, key, func() (BoundPhone, error) { return f.bindTx(ctx, tx, who, phone) })
			return err
		})
		if !errors.Is(err, identity.ErrPhoneMoved) {
			return bound, replayed, err
		}
	}
	return bound, false, fmt.Errorf("bind phone: %w", err)
}

// keptPhone looks for the result of an earlier try with the same key: its code is used up, so WeChat
// must not be asked again.
func (f *Flow) keptPhone(ctx context.Context, who actor.Actor, key once.Key) (bound BoundPhone, replayed bool, err error) {
	if key.Value == "" {
		return bound, false, nil
	}
	err = f.d.DB.Tx(ctx, func(tx *db.Tx) error {
		bound, replayed, err = once.Do(ctx, tx, who, key, func() (BoundPhone, error) { return BoundPhone{}, errNotYet })
		return err
	})
	if errors.Is(err, errNotYet) {
		err = nil
	}
	return bound, replayed, err
}

func (f *Flow) exchange(ctx context.Context, who actor.Actor, code string) (string, error) {
	openid, err := f.d.Customers.OpenID(ctx, who)
	if err != nil {
		return "", err
	}
	phone, err := f.d.Phones.PhoneNumber(ctx, code, openid)
	if err != nil {
		return "", phoneFault(ctx, err)
	}
	return identity.MainlandPhone(phone.CountryCode, phone.Pure)
}

// phoneFault says what a failed exchange means for the customer. A code whose answer was lost may be
// used up, so another one is asked for as soon as WeChat answers again.
func phoneFault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	switch wechat.ClassOf(err) {
	case wechat.ClassClientMustAct, wechat.ClassInvalid, wechat.ClassTerminal, wechat.ClassRisk:
		return identity.FaultPhoneCode().Because(err)
	}
	return identity.FaultWechatAway(err)
}

func (f *Flow) bindTx(ctx context.Context, tx *db.Tx, who actor.Actor, phone string) (BoundPhone, error) {
	done, err := f.d.Customers.BindPhoneTx(ctx, tx, who, phone)
	if err != nil {
		return BoundPhone{}, err
	}
	bound := BoundPhone{CustomerID: done.Customer, MergedID: done.Merged}
	if !done.Changed {
		return bound, nil
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "customer.phone_bound", Kind: "customer", Subject: done.Customer, Detail: map[string]bool{"rebound": done.Rebound},
	})
	if err != nil || done.Merged.IsZero() {
		return bound, err
	}
	return bound, f.mergeTx(ctx, tx, who, done)
}

// mergeTx moves what the other domains hold of a claimed record, writes the merge down under both
// records, and owes the news to both sides.
func (f *Flow) mergeTx(ctx context.Context, tx *db.Tx, who actor.Actor, done identity.PhoneBound) error {
	for _, move := range append([]Heir{projectmodel.ReassignCustomerTx, care.ReassignCustomerTx}, f.d.Heirs...) {
		if err := move(ctx, tx, done.Merged, done.Customer); err != nil {
			return fmt.Errorf("merge customers: %w", err)
		}
	}
	news := identitymodel.CustomersMerged{Kept: done.Customer, Merged: done.Merged, EnteredBy: done.EnteredBy}
	for _, subject := range []id.ID{done.Customer, done.Merged} {
		err := audit.RecordTx(ctx, tx, who, audit.Entry{Action: "customer.merged", Kind: "customer", Subject: subject, Detail: news})
		if err != nil {
			return err
		}
	}
	return outbox.AddTx(ctx, tx, identitymodel.TopicCustomersMerged, news)
}
