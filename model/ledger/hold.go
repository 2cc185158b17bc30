package ledger

import (
	"context"
	"fmt"
	"time"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// Hold is an amount set aside until it is captured, released, or its time is over. Amount is the sum of
// Captured, Released and what is still open. DueAt is ExpiresAt while something is open, both Unix
// milliseconds (I08).
type Hold struct {
	AccountID  id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	TransferID id.ID
	Amount     int64
	Captured   int64
	Released   int64
	ExpiresAt  int64
	DueAt      *int64
	CreatedAt  time.Time
}

// TableName is the holds' table.
func (Hold) TableName() string { return "ledger_holds" }

// Open is what is neither captured nor released.
func (h Hold) Open() int64 { return h.Amount - h.Captured - h.Released }

var errHoldOver = fault.New(fault.Conflict, "ledger.hold_over", "该冻结额度已使用或已释放。", "Nothing of this hold is left.")

// Hold sets an amount of what is available aside until an instant; the hold's id is that of its
// transfer. Errors: as Spend.
func (s *Set) Hold(ctx context.Context, in Spend, until time.Time) (Posted, error) {
	p, err := s.debit(ctx, in, draft{kind: KindHold}, func(a *Account) leg { return leg{a, Held, in.Amount} })
	if err != nil || !p.First {
		return p, err
	}
	ms := until.UnixMilli()
	row := Hold{
		AccountID: in.From.AccountID(), ID: p.Transfer, TransferID: p.Transfer, Amount: in.Amount,
		ExpiresAt: ms, DueAt: &ms, CreatedAt: s.tx.Now,
	}
	if err := db.Insert(ctx, s.tx, &row); err != nil {
		return Posted{}, fmt.Errorf("keep hold: %w", err)
	}
	return p, nil
}

// Capture spends an amount of a hold; the rest stays held. Errors: not_found; ledger.hold_over when less
// is open or its time is over; ledger.cause_differs.
func (s *Set) Capture(ctx context.Context, k Key, hold id.ID, amount int64, cause Cause) (Posted, error) {
	return s.settleHold(ctx, k, hold, amount, cause, KindCapture)
}

// Release gives an amount of a hold back to the lots it came from. Errors: not_found; ledger.hold_over
// when less is open; ledger.cause_differs.
func (s *Set) Release(ctx context.Context, k Key, hold id.ID, amount int64, cause Cause) (Posted, error) {
	return s.settleHold(ctx, k, hold, amount, cause, KindRelease)
}

func (s *Set) settleHold(ctx context.Context, k Key, hold id.ID, amount int64, cause Cause, kind Kind) (Posted, error) {
	a, err := s.account(k)
	if err != nil {
		return Posted{}, err
	}
	if known, ok, err := s.known(ctx, a, cause, amount); ok || err != nil {
		return known, err
	}
	var h Hold
	if err := s.tx.Conn(ctx).Where("account_id = ? AND id = ?", a.ID, hold).Take(&h).Error; err != nil {
		return Posted{}, db.OrMissing(err, "read hold")
	}
	over := kind == KindCapture && h.ExpiresAt <= s.tx.Now.UnixMilli()
	if over || amount > h.Open() {
		return Posted{}, errHoldOver
	}
	d := draft{kind: kind, owner: a, amount: amount, cause: cause, corrects: h.TransferID}
	if kind == KindCapture {
		h.Captured += amount
		d.system, d.legs = Spent, []leg{{a, Held, -amount}}
	} else {
		h.Released += amount
		d.legs = []leg{{a, Held, -amount}, {a, Available, amount}}
	}
	p, err := s.post(ctx, d)
	if err != nil {
		return Posted{}, err
	}
	if kind == KindRelease {
		if err := s.giveBack(ctx, a, p.Transfer, h.TransferID, amount); err != nil {
			return Posted{}, err
		}
		if err := s.settleFor(ctx, a, cause); err != nil {
			return Posted{}, err
		}
	}
	return p, s.keepHold(ctx, h)
}

func (s *Set) keepHold(ctx context.Context, h Hold) error {
	changes := map[string]any{"captured": h.Captured, "released": h.Released}
	if h.Open() == 0 {
		changes["due_at"] = nil
	}
	err := s.tx.Conn(ctx).Model(&Hold{}).Where("account_id = ? AND id = ?", h.AccountID, h.ID).UpdateColumns(changes).Error
	if err != nil {
		return fmt.Errorf("keep hold: %w", err)
	}
	return nil
}
