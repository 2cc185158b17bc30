package earning

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/earning"
	"guike/model/outbox"
)

// tellGiven owes the customer a message of what they can use from now on.
func (s *Service) tellGiven(ctx context.Context, tx *db.Tx, customer id.ID, given map[ledger.Book]int64) error {
	for _, b := range []ledger.Book{ledger.Points, ledger.Fund} {
		if given[b] == 0 {
			continue
		}
		err := outbox.AddTx(ctx, tx, membership.TopicValueGiven, membership.ValueMoved{
			CustomerID: customer, CauseID: id.New(), Book: string(b), Amount: given[b], At: tx.Now.UnixMilli(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// LockOwnersTx locks the members to whom something was promised on a subject of the ledger, lowest first. It comes
// before the ledger makes available or cancels what hangs on the subject: whoever earns locks the member before
// the accounts.
func (s *Service) LockOwnersTx(ctx context.Context, tx *db.Tx, subject string) error {
	of, err := model.OpenTo(ctx, tx, subject)
	if err != nil {
		return err
	}
	for _, c := range of {
		if _, err := membership.JoinTx(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}

// VestedTx tells those whose promises vested, and whoever follows their value. LockOwnersTx comes before they vest.
func (s *Service) VestedTx(ctx context.Context, tx *db.Tx, who actor.Actor, done []ledger.Vested) error {
	by, order := map[id.ID]map[ledger.Book]int64{}, []id.ID(nil)
	for _, v := range done {
		if v.Owner.Kind != ledger.Customer {
			continue
		}
		if by[v.Owner.ID] == nil {
			by[v.Owner.ID], order = map[ledger.Book]int64{}, append(order, v.Owner.ID)
		}
		by[v.Owner.ID][v.Book] += v.Amount
	}
	for _, c := range order {
		if err := s.tellGiven(ctx, tx, c, by[c]); err != nil {
			return err
		}
	}
	return s.movedTx(ctx, tx, who, order...)
}

// CancelTx gives up what is still promised on a project whose contract was cancelled (feature 3).
func (s *Service) CancelTx(ctx context.Context, tx *db.Tx, who actor.Actor, project id.ID) error {
	if err := s.LockOwnersTx(ctx, tx, Subject(project)); err != nil {
		return err
	}
	if err := s.d.Ledger.CancelTx(ctx, tx, who, Subject(project), "合同已取消"); err != nil {
		return err
	}
	of, err := model.CancelledTx(ctx, tx, Subject(project))
	if err != nil {
		return err
	}
	return s.movedTx(ctx, tx, who, of...)
}

// Return is a part of what an occasion was about that went back: of every Of, Part in all up to now. CustomerID
// is whose occasion it was.
type Return struct {
	CustomerID id.ID
	Source     string // of the occasion that gave
	Back       string // of what went back: "refund:<id>"
	Part       int64
	Of         int64
	Ref        id.ID // of kind project
}

// TakeBackTx takes back what an occasion gave, in proportion to what of it went back in all: rounded down
// over the sum, so that refunds in parts take what one refund takes (G1). What the customer has used
// already becomes a debt. It locks as EarnTx does.
func (s *Service) TakeBackTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Return) error {
	grants, err := model.GrantsFor(ctx, tx, in.Source)
	if err != nil {
		return err
	}
	customer := in.CustomerID
	if len(grants) > 0 {
		customer = grants[0].CustomerID // a source belongs to one customer
	}
	if _, err := membership.JoinTx(ctx, tx, customer); err != nil {
		return err
	}
	if err := s.takeGrantsTx(ctx, tx, who, in, grants); err != nil {
		return err
	}
	if in.Part >= in.Of {
		err = membership.DropDeedTx(ctx, tx, customer, in.Source)
	} else {
		err = membership.LowerDeedTx(ctx, tx, customer, in.Source, in.Of-in.Part)
	}
	if err != nil {
		return err
	}
	return s.movedTx(ctx, tx, who, customer)
}

// takeGrantsTx takes back of each grant what belongs to the part that went back.
func (s *Service) takeGrantsTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Return, grants []model.Grant) error {
	if len(grants) == 0 {
		return nil
	}
	var keys []ledger.Key
	for _, g := range grants {
		keys = append(keys, ledger.Of(g.Book, g.CustomerID))
	}
	set, err := s.d.Ledger.LockTx(ctx, tx, keys...)
	if err != nil {
		return err
	}
	for _, g := range grants {
		taken := model.Part(g.Amount, in.Part, in.Of)
		if taken <= g.Taken {
			continue
		}
		_, err := set.TakeBack(ctx, ledger.TakeBack{
			From: ledger.Of(g.Book, g.CustomerID), Of: g.TransferID, Amount: taken - g.Taken,
			Cause: ledger.Cause{Source: in.Back, Rule: g.RuleKey, RefKind: "project", RefID: in.Ref, Reason: "退款,按比例收回", By: who},
		})
		if err != nil {
			return fmt.Errorf("take back by rule %s: %w", g.RuleKey, err)
		}
		if err := model.SetTakenTx(ctx, tx, g, taken); err != nil {
			return err
		}
	}
	return nil
}

// InheritTx brings what rules gave one record of a customer to another; their balances are the ledger's. A
// record that was entered by staff never signed in, so it has no check-ins.
func (s *Service) InheritTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	return model.ReassignTx(ctx, tx, from, to)
}
