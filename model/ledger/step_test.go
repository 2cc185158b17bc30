package ledger_test

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// step is one thing that is done to the ledger, of a customer's points. Done again it does nothing more.
type step struct {
	Kind    stepKind
	Anna    id.ID
	N       int // names its cause
	Now     time.Time
	Amount  int64
	Life    ledger.Life
	Of      id.ID
	Subject string
}

type stepKind string

const (
	stepAward    stepKind = "award"
	stepPromise  stepKind = "promise"
	stepSpend    stepKind = "spend"
	stepHold     stepKind = "hold"
	stepRestore  stepKind = "restore"
	stepCapture  stepKind = "capture"
	stepRelease  stepKind = "release"
	stepTakeBack stepKind = "takeback"
	stepHappened stepKind = "happened"
	stepFreeze   stepKind = "freeze"
	stepThaw     stepKind = "thaw"
	stepCancel   stepKind = "cancel"
	stepExpire   stepKind = "expire"
	stepLook     stepKind = "look"
)

// outcome is what a step came to: a refusal's code, or none.
type outcome struct {
	Transfer id.ID
	Known    bool // it had been posted before
	Code     string
	Balance  ledger.Balance
}

// step does a step. The error is one that nobody refused by.
func (w *world) step(ctx context.Context, s step) (done outcome, err error) {
	w.Clock.Set(s.Now)
	k := ledger.Of(ledger.Points, s.Anna)
	if s.Kind == stepLook {
		done.Balance, err = ledger.BalanceOf(ctx, w.DB, k, s.Now)
		return done, err
	}
	err = w.DB.Tx(ctx, func(tx *db.Tx) error {
		switch s.Kind {
		case stepHappened:
			_, err := w.l.HappenedTx(ctx, tx, actor.Machine(), s.Subject, "done")
			return err
		case stepFreeze:
			return w.l.FreezeTx(ctx, tx, s.Subject, "complaint")
		case stepThaw:
			_, err := w.l.ThawTx(ctx, tx, actor.Machine(), s.Subject, "complaint")
			return err
		case stepCancel:
			return w.l.CancelTx(ctx, tx, actor.Machine(), s.Subject, "")
		case stepExpire:
			_, _, err := w.l.ExpireDueTx(ctx, tx, 10)
			return err
		}
		set, err := w.l.LockTx(ctx, tx, k)
		if err != nil {
			return err
		}
		p, err := s.post(ctx, set, k)
		done.Transfer, done.Known = p.Transfer, err == nil && !p.First
		return err
	})
	if done.Code = fault.Code(err); done.Code != "" {
		err = nil
	}
	return done, err
}

func (s step) post(ctx context.Context, set *ledger.Set, k ledger.Key) (ledger.Posted, error) {
	why := cause(fmt.Sprint("step:", s.N), "test")
	switch s.Kind {
	case stepAward:
		return set.Award(ctx, ledger.Award{To: k, Amount: s.Amount, Life: s.Life, Cause: why})
	case stepPromise:
		return set.Promise(ctx, ledger.Award{To: k, Amount: s.Amount, Life: "40d", Cause: why}, ledger.When{Subject: s.Subject, Event: "done"})
	case stepSpend:
		return set.Spend(ctx, ledger.Spend{From: k, Amount: s.Amount, Cause: why})
	case stepHold:
		return set.Hold(ctx, ledger.Spend{From: k, Amount: s.Amount, Cause: why}, s.Now.AddDate(100, 0, 0))
	case stepRestore:
		return set.Restore(ctx, ledger.Restore{To: k, Of: s.Of, Amount: s.Amount, Cause: why})
	case stepCapture:
		return set.Capture(ctx, k, s.Of, s.Amount, why)
	case stepRelease:
		return set.Release(ctx, k, s.Of, s.Amount, why)
	case stepTakeBack:
		return set.TakeBack(ctx, ledger.TakeBack{From: k, Of: s.Of, Amount: s.Amount, Cause: why})
	}
	return ledger.Posted{}, fmt.Errorf("no step is a %s", s.Kind)
}
