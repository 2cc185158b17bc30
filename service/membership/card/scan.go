package card

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	model "guike/model/membership/card"
	"guike/model/membership/level"
	"guike/model/membership/reward"
	"guike/model/once"
)

const (
	// replayed is how long a scan whose answer was lost can be repeated with its key: the key does not open a
	// customer's data for longer than the visit.
	replayable = 10 * time.Minute
	// manyOrders is up to how many redemptions are looked at for those that are open.
	manyOrders = 100
)

// Visit is what staff see who scanned a member's code (A11, F11).
type Visit struct {
	Guest
	level.Standing
	Points      ledger.Balance
	Fund        ledger.Balance
	Redemptions int  // open ones, among the latest hundred
	Coupons     *int // that can be used now; nil while the company keeps none
	Concerns    []Concern
	Adviser     *Adviser
}

// Scan opens what a customer shows at the till: once, within its minute, whatever store the customer belongs
// to, since they showed it themselves. It is audited as a look at the customer's data, which the customer
// reads. Errors: not_found for what is no code of ours; card_code.used; card_code.expired, for one that a newer
// one ended too.
func (s *Service) Scan(ctx context.Context, who actor.Actor, typed string, key once.Key) (v Visit, replayed bool, err error) {
	var done made
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		done, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) { return s.scanTx(ctx, tx, who, typed) })
		if err != nil || !replayed {
			return err
		}
		c, err := model.CodeOf(ctx, tx, done.CustomerID, done.CodeID)
		if fault.Code(err) == "not_found" || err == nil && (c.UsedAt == nil || tx.Now.Sub(*c.UsedAt) > replayable) {
			return errUsed
		}
		return err
	})
	if err != nil {
		return Visit{}, false, err
	}
	v, err = s.visit(ctx, who, done.CustomerID)
	return v, replayed, err
}

func (s *Service) scanTx(ctx context.Context, tx *db.Tx, who actor.Actor, typed string) (made, error) {
	text, err := crypt.ParseCode(typed)
	if err != nil || text[0] != model.CodeKind {
		return made{}, fault.Missing()
	}
	c, err := model.LockCodeTx(ctx, tx, s.hash(text))
	switch {
	case err != nil:
		return made{}, err
	case c.Used():
		return made{}, errUsed
	case !c.LiveAt(tx.Now):
		return made{}, errExpired
	}
	if err := model.UseCodeTx(ctx, tx, &c, who.ID, who.StoreID); err != nil {
		return made{}, err
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "customer.card_scanned", Kind: identity.AccessKind, Subject: c.CustomerID, Reason: "到店出示会员码",
		Detail: map[string][]string{"fields": {"name", "level", "points", "preferences", "care_notes"}},
	})
	return made{c.CustomerID, c.ID}, err
}

// visit reads what is to be known of a customer at the till.
func (s *Service) visit(ctx context.Context, who actor.Actor, customer id.ID) (v Visit, err error) {
	if v.Guest, err = s.d.Guests.Guest(ctx, who, customer); err != nil {
		return Visit{}, err
	}
	now := s.d.DB.Now()
	c, err := s.read(ctx, v.ID, now) // a record that was merged lives on in another
	if err != nil {
		return Visit{}, err
	}
	v.Standing, v.Points, v.Fund, v.Adviser = c.Standing, c.Points, c.Fund, c.Adviser
	if v.Redemptions, err = s.openOrders(ctx, v.ID, now); err != nil {
		return Visit{}, err
	}
	if s.d.Coupons != nil {
		n, err := s.d.Coupons(ctx, s.d.DB, v.ID)
		if err != nil {
			return Visit{}, err
		}
		v.Coupons = &n
	}
	v.Concerns, err = s.d.Concerns.ConcernsOf(ctx, s.d.DB, v.ID)
	return v, err
}

func (s *Service) openOrders(ctx context.Context, customer id.ID, now time.Time) (n int, err error) {
	orders, _, err := reward.RedemptionsOf(ctx, s.d.DB, customer, db.Page{Limit: manyOrders})
	for _, r := range orders {
		if r.StateAt(now) == reward.Open {
			n++
		}
	}
	return n, err
}
