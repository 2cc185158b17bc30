package correction

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/correction"
	"guike/model/once"
	"guike/model/outbox"
)

// Wish is a correction that staff ask for. AboutID names a line of the customer's statement, or nothing.
type Wish struct {
	CustomerID id.ID
	Book       ledger.Book
	Amount     int64 // signed, in the book's unit
	Reason     string
	AboutID    id.ID
	Once       once.Key
}

// Standing is a correction as it stands now.
type Standing struct {
	model.Correction
	Now model.State
}

func (s *Service) standing(c model.Correction) Standing {
	return Standing{c, c.StateAt(s.d.DB.Now())}
}

// ref is what an act leaves under its key.
type ref struct {
	ID id.ID `json:"id"`
}

// Correct adds to or takes from what a member can use, once by key. Up to the policy's sum of the day it is
// posted at once; beyond, it waits for a second person. A deduction never takes more than is there.
// Errors: not_found; input.invalid; points.insufficient, fund.insufficient, ledger.insufficient.
func (s *Service) Correct(ctx context.Context, who actor.Actor, in Wish) (Standing, bool, error) {
	if err := in.check(); err != nil {
		return Standing{}, false, err
	}
	return s.act(ctx, who, in.Once, func(tx *db.Tx) (id.ID, error) { return s.correctTx(ctx, tx, who, in) })
}

func (in *Wish) check() error {
	if in.Amount == 0 || in.Amount > maxAmount || in.Amount < -maxAmount {
		return fault.Broken("body.amount", "out_of_range", "不能为 0,绝对值不超过 1 亿。", "It is not 0, and at most 100,000,000 either way.")
	}
	return wording.CheckText("body.reason", &in.Reason, 1, maxReason)
}

// act does something once by key and shows the correction afterwards.
func (s *Service) act(ctx context.Context, who actor.Actor, key once.Key, do func(tx *db.Tx) (id.ID, error)) (Standing, bool, error) {
	var r ref
	var replayed bool
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		r, replayed, err = once.Do(ctx, tx, who, key, func() (ref, error) {
			of, err := do(tx)
			return ref{of}, err
		})
		return err
	})
	if err != nil {
		return Standing{}, false, err
	}
	c, err := model.Find(ctx, s.d.DB, who, r.ID)
	return s.standing(c), replayed, err
}

func (s *Service) correctTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Wish) (id.ID, error) {
	p, err := lockPolicyTx(ctx, tx)
	if err != nil {
		return id.ID{}, err
	}
	customer, err := identity.LockInScope(ctx, tx, who, in.CustomerID)
	if err != nil {
		return id.ID{}, err
	}
	if err := aboutTx(ctx, tx, customer.ID, in); err != nil {
		return id.ID{}, err
	}
	c := model.Correction{
		CustomerID: customer.ID, ID: id.New(), StoreID: customer.StoreID, Book: in.Book, Amount: in.Amount, Reason: in.Reason, AboutID: in.AboutID,
		State: model.Asked, Day: s.today(tx.Now), AskedBy: who.ID, AskedName: who.Name, AskedAt: tx.Now, LapsesAt: tx.Now.Add(answerTime).UnixMilli(),
	}
	if c.StoreID.IsZero() {
		c.StoreID = who.StoreID
	}
	alone, err := model.AloneOn(ctx, tx, who.ID, c.Day, c.Book)
	if err != nil {
		return id.ID{}, err
	}
	if alone+max(c.Amount, -c.Amount) <= p.of(c.Book) {
		c.State = model.Posted
		if err := s.postTx(ctx, tx, who, &c); err != nil {
			return id.ID{}, err
		}
	} else if err := outbox.AddTx(ctx, tx, membership.TopicCorrectionAsked, asked(who, c)); err != nil {
		return id.ID{}, err
	}
	if err := model.AddTx(ctx, tx, &c); err != nil {
		return id.ID{}, err
	}
	return c.ID, record(ctx, tx, who, c, "value.correction_"+string(c.State))
}

// asked is what others are told of a correction that waits, or waited, for a second person.
func asked(who actor.Actor, c model.Correction) membership.CorrectionAsked {
	return membership.CorrectionAsked{
		CorrectionID: c.ID, CustomerID: c.CustomerID, StoreID: c.StoreID, Role: string(who.Role), Book: string(c.Book), Amount: c.Amount,
	}
}

// aboutTx looks whether the transfer that a correction names is one of the account that it corrects.
func aboutTx(ctx context.Context, tx *db.Tx, customer id.ID, in Wish) error {
	if in.AboutID.IsZero() {
		return nil
	}
	known, err := ledger.Touched(ctx, tx, ledger.Of(in.Book, customer), in.AboutID)
	if err != nil || known {
		return err
	}
	return fault.Broken("body.about_id", "unknown", "不是该客户该账本的流水。", "It is no line of this book of the customer's.")
}

// postTx posts a correction: it locks the member, then the account.
func (s *Service) postTx(ctx context.Context, tx *db.Tx, who actor.Actor, c *model.Correction) error {
	if _, err := membership.JoinTx(ctx, tx, c.CustomerID); err != nil {
		return err
	}
	k := ledger.Of(c.Book, c.CustomerID)
	set, err := s.d.Ledger.LockTx(ctx, tx, k)
	if err != nil {
		return err
	}
	cause := ledger.Cause{Source: "correction:" + c.ID.String(), Rule: "correction", RefKind: "correction", RefID: c.ID, Reason: c.Reason, By: who}
	var posted ledger.Posted
	if c.Amount > 0 {
		posted, err = set.Award(ctx, ledger.Award{To: k, Amount: c.Amount, Life: life(c.Book), From: ledger.Adjusted, Cause: cause})
	} else {
		posted, err = set.Spend(ctx, ledger.Spend{From: k, Amount: -c.Amount, To: ledger.Adjusted, Cause: cause})
	}
	if err != nil {
		return err
	}
	c.TransferID = posted.Transfer
	if c.Book == ledger.Points || c.Book == ledger.Fund { // growth moves in silence
		err := outbox.AddTx(ctx, tx, membership.TopicValueCorrected, membership.ValueMoved{
			CustomerID: c.CustomerID, CauseID: c.ID, Book: string(c.Book), Amount: c.Amount, At: tx.Now.UnixMilli(),
		})
		if err != nil {
			return err
		}
	}
	if s.d.Moved == nil {
		return nil
	}
	return s.d.Moved(ctx, tx, who, c.CustomerID)
}

func record(ctx context.Context, tx *db.Tx, who actor.Actor, c model.Correction, action string) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: action, Kind: "customer", Subject: c.CustomerID, Reason: c.Reason,
		Detail: map[string]any{"correction_id": c.ID, "book": c.Book, "amount": c.Amount, "why": c.DecidedWhy},
	})
}

// Approve posts a correction that somebody else asked for. Errors: not_found; correction.own, .decided,
// .lapsed; points.insufficient, fund.insufficient, ledger.insufficient.
func (s *Service) Approve(ctx context.Context, who actor.Actor, of id.ID, key once.Key) (Standing, bool, error) {
	return s.decide(ctx, who, of, key, func(tx *db.Tx, c *model.Correction) error {
		if c.AskedBy == who.ID {
			return errOwn
		}
		if _, err := identity.LockCustomer(ctx, tx, c.CustomerID); err != nil { // a merge would have brought c along
			return err
		}
		c.State = model.Posted
		return s.postTx(ctx, tx, who, c)
	})
}

// Refuse ends a correction that somebody else asked for, with a reason. Errors: not_found; input.invalid;
// correction.own, .decided, .lapsed.
func (s *Service) Refuse(ctx context.Context, who actor.Actor, of id.ID, why string, key once.Key) (Standing, bool, error) {
	if err := wording.CheckText("body.reason", &why, 1, maxReason); err != nil {
		return Standing{}, false, err
	}
	return s.decide(ctx, who, of, key, func(_ *db.Tx, c *model.Correction) error {
		if c.AskedBy == who.ID {
			return errOwn
		}
		c.State, c.DecidedWhy = model.Refused, why
		return nil
	})
}

// Withdraw ends a correction that the actor asked for. Errors: not_found; correction.not_yours, .decided,
// .lapsed.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, of id.ID, key once.Key) (Standing, bool, error) {
	return s.decide(ctx, who, of, key, func(_ *db.Tx, c *model.Correction) error {
		if c.AskedBy != who.ID {
			return errNotYours
		}
		c.State = model.Withdrawn
		return nil
	})
}

// decide locks a correction that waits and keeps what becomes of it.
func (s *Service) decide(ctx context.Context, who actor.Actor, of id.ID, key once.Key, how func(tx *db.Tx, c *model.Correction) error) (Standing, bool, error) {
	if _, err := model.Find(ctx, s.d.DB, who, of); err != nil {
		return Standing{}, false, err
	}
	return s.act(ctx, who, key, func(tx *db.Tx) (id.ID, error) {
		c, err := model.LockTx(ctx, tx, of)
		if err != nil {
			return of, err
		}
		switch c.StateAt(tx.Now) {
		case model.Asked:
		case model.Lapsed:
			return of, errLapsed
		default:
			return of, errDecided.At("correction.state", string(c.State), "当前状态。", "The state now.")
		}
		c.DecidedBy, c.DecidedName, c.DecidedAt = who.ID, who.Name, &tx.Now
		if err := how(tx, &c); err != nil {
			return of, err
		}
		if err := model.DecideTx(ctx, tx, &c); err != nil {
			return of, err
		}
		if err := outbox.AddTx(ctx, tx, membership.TopicCorrectionDecided, asked(who, c)); err != nil {
			return of, err
		}
		return of, record(ctx, tx, who, c, "value.correction_"+string(c.State))
	})
}

// List lists corrections within the actor's reach, newest first.
func (s *Service) List(ctx context.Context, who actor.Actor, state model.State, p db.Page) ([]Standing, db.Cursor, error) {
	return s.list(ctx, who, model.Filter{State: state}, p)
}

// ListOf lists the corrections of a customer within the actor's reach, newest first. Errors: not_found.
func (s *Service) ListOf(ctx context.Context, who actor.Actor, customer id.ID, p db.Page) ([]Standing, db.Cursor, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	return s.list(ctx, actor.Machine(), model.Filter{CustomerID: c.ID}, p) // who reaches the customer reaches these
}

func (s *Service) list(ctx context.Context, who actor.Actor, f model.Filter, p db.Page) ([]Standing, db.Cursor, error) {
	rows, next, err := model.List(ctx, s.d.DB, who, f, s.d.DB.Now(), p)
	if err != nil {
		return nil, db.Cursor{}, fmt.Errorf("corrections: %w", err)
	}
	all := make([]Standing, 0, len(rows))
	for _, c := range rows {
		all = append(all, s.standing(c))
	}
	return all, next, nil
}
