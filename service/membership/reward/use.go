package reward

import (
	"context"
	"errors"
	"fmt"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/lease"
	"guike/model/ledger"
	model "guike/model/membership/reward"
	"guike/model/once"
)

// byCode reads the redemption that a code opens, as a person typed it. Errors: not_found, for what is no
// code too.
func byCode(ctx context.Context, r db.Reader, typed string) (model.Redemption, error) {
	code, err := crypt.ParseCode(typed)
	if err != nil {
		return model.Redemption{}, fault.Missing()
	}
	return model.RedemptionByCode(ctx, r, code)
}

// Look shows staff what a code is for, before they use it. Errors: not_found.
func (s *Service) Look(ctx context.Context, code string) (Order, error) {
	r, err := byCode(ctx, s.d.DB, code)
	return s.order(r), err
}

// Use hands out what a code is for: once, and in its time (G2). Errors: not_found; redemption.used,
// .cancelled, .lapsed, with the state in the fields.
func (s *Service) Use(ctx context.Context, who actor.Actor, code string, key once.Key) (Order, bool, error) {
	return s.act(ctx, who, key, func(tx *db.Tx) (model.Redemption, error) {
		r, err := openTx(ctx, tx, code)
		if err != nil {
			return r, err
		}
		r.State, r.UsedAt, r.UsedBy, r.UsedName, r.StoreID = model.Used, &tx.Now, who.ID, who.Name, who.StoreID
		r.DueAt, r.NoticeAt = nil, nil
		if err := model.SaveRedemptionTx(ctx, tx, &r); err != nil {
			return r, err
		}
		if err := tellTx(ctx, tx, r, model.Used); err != nil {
			return r, err
		}
		return r, recordEnd(ctx, tx, who, r, "redemption.used")
	})
}

// openTx locks the open redemption of a code.
func openTx(ctx context.Context, tx *db.Tx, code string) (model.Redemption, error) {
	r, err := byCode(ctx, tx, code)
	if err != nil {
		return r, err
	}
	if r, err = model.LockRedemptionTx(ctx, tx, r.ID); err != nil {
		return r, err
	}
	return r, ended(r, tx.Now)
}

// CancelMine gives the customer's points back for what they did not use, while the reward's terms allow it.
// Errors: not_found; redemption.used, .cancelled, .lapsed, .cancel_closed.
func (s *Service) CancelMine(ctx context.Context, who actor.Actor, redemption id.ID, key once.Key) (Order, bool, error) {
	return s.act(ctx, who, key, func(tx *db.Tx) (model.Redemption, error) {
		r, err := model.RedemptionOf(ctx, tx, who.ID, redemption)
		if err != nil {
			return r, err
		}
		if r, err = model.LockRedemptionTx(ctx, tx, r.ID); err != nil {
			return r, err
		}
		if err := ended(r, tx.Now); err != nil {
			return r, err
		}
		if tx.Now.UnixMilli() >= r.CancelUntil {
			return r, errCancelClosed
		}
		return r, s.endTx(ctx, tx, who, &r, model.Cancelled)
	})
}

// Cancel gives a customer's points back for what they did not use, with a reason, whatever the reward's terms
// say of cancelling. Errors: not_found; input.invalid; redemption.used, .cancelled, .lapsed.
func (s *Service) Cancel(ctx context.Context, who actor.Actor, code, reason string, key once.Key) (Order, bool, error) {
	if err := wording.CheckText("body.reason", &reason, 1, maxReason); err != nil {
		return Order{}, false, err
	}
	return s.act(ctx, who, key, func(tx *db.Tx) (model.Redemption, error) {
		r, err := openTx(ctx, tx, code)
		if err != nil {
			return r, err
		}
		r.Reason = reason
		if err := s.endTx(ctx, tx, who, &r, model.Cancelled); err != nil {
			return r, err
		}
		return r, recordEnd(ctx, tx, who, r, "redemption.cancelled")
	})
}

func recordEnd(ctx context.Context, tx *db.Tx, who actor.Actor, r model.Redemption, action string) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: action, Kind: "redemption", Subject: r.ID, Reason: r.Reason, Detail: map[string]any{"reward_id": r.RewardID, "quantity": r.Quantity, "total": r.Total},
	})
}

// endTx ends a locked open redemption that was not used: what it took goes back into the stock, and its
// points into the lots from which they came, unless it lapses and its terms say otherwise (I10, I11).
func (s *Service) endTx(ctx context.Context, tx *db.Tx, who actor.Actor, r *model.Redemption, as model.Standing) error {
	r.State, r.EndedAt, r.EndedKind, r.EndedBy, r.DueAt, r.NoticeAt = as, &tx.Now, string(who.Kind), who.ID, nil, nil
	if r.Stocked {
		if ok, err := model.MoveStockTx(ctx, tx, r.RewardID, r.Quantity); err != nil || !ok {
			return errors.Join(err, fmt.Errorf("stock of reward %s did not take back %d", r.RewardID, r.Quantity))
		}
	}
	if as == model.Cancelled || r.PointsBack {
		if err := s.restoreTx(ctx, tx, who, r); err != nil {
			return err
		}
	}
	if err := model.SaveRedemptionTx(ctx, tx, r); err != nil {
		return err
	}
	return tellTx(ctx, tx, *r, as)
}

func (s *Service) restoreTx(ctx context.Context, tx *db.Tx, who actor.Actor, r *model.Redemption) error {
	rule, what := ruleCancel, "取消兑换"
	if r.State == model.Lapsed {
		rule, what = ruleLapse, "兑换过期退回"
	}
	purse := ledger.Of(ledger.Points, r.CustomerID)
	set, err := s.d.Ledger.LockTx(ctx, tx, purse)
	if err != nil {
		return err
	}
	back, err := set.Restore(ctx, ledger.Restore{To: purse, Of: r.TransferID, Amount: r.Total, Cause: cause(*r, who, rule, what)})
	r.RestoredID = back.Transfer
	return err
}

// WatchRedemptions ends the redemptions whose time to be used is over, and tells the customers of those that
// will lapse in seven days. Any number of instances may run it, at whatever distance: each lapses once and
// is told of once; one that has ended meanwhile is not told of.
func (s *Service) WatchRedemptions(ctx context.Context) error {
	return errors.Join(
		lease.Sweep(ctx, s.d.DB, "redemption", model.Overdue, locked(s.lapseTx)),
		lease.Sweep(ctx, s.d.DB, "redemption", model.Unwarned, locked(s.warnTx)),
	)
}

// locked lets work look at a redemption under its lock.
func locked(work func(context.Context, *db.Tx, *model.Redemption) error) func(context.Context, *db.Tx, id.ID) error {
	return func(ctx context.Context, tx *db.Tx, redemption id.ID) error {
		r, err := model.LockRedemptionTx(ctx, tx, redemption)
		if err != nil {
			return err
		}
		return work(ctx, tx, &r)
	}
}

// lapseTx ends a redemption whose time is over; a rival may have done so.
func (s *Service) lapseTx(ctx context.Context, tx *db.Tx, r *model.Redemption) error {
	if r.DueAt == nil || *r.DueAt > tx.Now.UnixMilli() {
		return nil
	}
	return s.endTx(ctx, tx, actor.Machine(), r, model.Lapsed)
}

// warnTx tells of a redemption that will lapse; a rival may have done so.
func (s *Service) warnTx(ctx context.Context, tx *db.Tx, r *model.Redemption) error {
	if r.NoticeAt == nil || *r.NoticeAt > tx.Now.UnixMilli() {
		return nil
	}
	r.NoticeAt = nil
	if err := model.SaveRedemptionTx(ctx, tx, r); err != nil || r.StateAt(tx.Now) != model.Open {
		return err
	}
	return tellTx(ctx, tx, *r, model.Lapsing)
}
