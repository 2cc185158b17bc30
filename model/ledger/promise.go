package ledger

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// Promise is an amount that an owner will have when something has happened: an event of its subject
// ("project:<id>", "stage.acceptance"), or a day that has come. Remaining is what is neither vested,
// cancelled nor taken back. Ripe says that the event has happened while the subject was frozen. VestAt
// and DueAt are Unix milliseconds; DueAt is set while the clock alone can still make it ripe.
type Promise struct {
	AccountID  id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	TransferID id.ID
	Amount     int64
	Remaining  int64
	Subject    string
	Event      string
	Life       Life
	Ripe       bool
	VestAt     *int64
	DueAt      *int64
	CreatedAt  time.Time
}

// TableName is the promises' table.
func (Promise) TableName() string { return "ledger_promises" }

// subject is a row to lock: freezing, ripening and cancelling of one subject take turns.
type subject struct {
	Subject  string `gorm:"primaryKey"`
	OpenedAt time.Time
}

func (subject) TableName() string { return "ledger_subjects" }

// Freeze keeps what hangs on a subject from vesting, for one cause: an open complaint.
type Freeze struct {
	Subject  string `gorm:"primaryKey"`
	Cause    string `gorm:"primaryKey"`
	FrozenAt time.Time
	EndedAt  *time.Time
}

// TableName is the freezes' table.
func (Freeze) TableName() string { return "ledger_freezes" }

// When says what an amount waits for: an event of a subject, an instant, or whichever comes first.
type When struct {
	Subject string
	Event   string
	At      time.Time // zero: the event alone
}

// Promise gives an amount that cannot be used until what it waits for has happened; its life begins
// then. Whoever promises looks first whether the event has happened already, under the subject's lock.
// Errors: ledger.cause_differs.
func (s *Set) Promise(ctx context.Context, in Award, when When) (Posted, error) {
	a, err := s.account(in.To)
	if err != nil {
		return Posted{}, err
	}
	if known, ok, err := s.known(ctx, a, in.Cause, in.Amount); ok || err != nil {
		return known, err
	}
	if when.Subject == "" || (when.Event == "" && when.At.IsZero()) {
		return Posted{}, fmt.Errorf("a promise of %q/%q waits for nothing", in.Cause.Source, in.Cause.Rule)
	}
	if _, err := ParseLife(string(in.Life)); err != nil {
		return Posted{}, err
	}
	p, err := s.post(ctx, draft{
		kind: KindPromise, owner: a, amount: in.Amount, cause: in.Cause, system: in.from(),
		legs: []leg{{a, Pending, in.Amount}},
	})
	if err != nil {
		return Posted{}, err
	}
	row := Promise{
		AccountID: a.ID, ID: p.Transfer, TransferID: p.Transfer, Amount: in.Amount, Remaining: in.Amount,
		Subject: when.Subject, Event: when.Event, Life: in.Life, CreatedAt: s.tx.Now,
	}
	if !when.At.IsZero() {
		ms := when.At.UnixMilli()
		row.VestAt, row.DueAt = &ms, &ms
	}
	if err := db.Insert(ctx, s.tx, &row); err != nil {
		return Posted{}, fmt.Errorf("keep promise: %w", err)
	}
	return p, nil
}

// lockSubject makes this transaction the only one that changes what becomes of a subject's promises.
func lockSubject(ctx context.Context, tx *db.Tx, name string) error {
	var row subject
	err := tx.Lock(ctx).Where("subject = ?", name).Take(&row).Error
	if !db.Missing(err) {
		return err
	}
	if err := db.Insert(ctx, tx, &subject{name, tx.Now}); err != nil && !db.Duplicate(err) {
		return fmt.Errorf("open subject: %w", err)
	}
	return tx.Lock(ctx).Where("subject = ?", name).Take(&row).Error
}

func frozen(ctx context.Context, tx *db.Tx, name string) (bool, error) {
	var n int64
	err := tx.Conn(ctx).Model(&Freeze{}).Where("subject = ? AND ended_at IS NULL", name).Count(&n).Error
	return n > 0, err
}

// HappenedTx tells that a subject's event has happened: what waited for it vests, or, while the subject is
// frozen, becomes ripe and vests when the last freeze ends. It locks the subject, then the accounts, so
// it comes before any other LockTx of the transaction. It returns what vested.
func (l *Ledger) HappenedTx(ctx context.Context, tx *db.Tx, who actor.Actor, name, event string) ([]Vested, error) {
	if err := lockSubject(ctx, tx, name); err != nil {
		return nil, fmt.Errorf("lock subject: %w", err)
	}
	err := tx.Conn(ctx).Model(&Promise{}).Where("subject = ? AND event = ? AND remaining > 0", name, event).
		UpdateColumns(map[string]any{"ripe": true, "due_at": nil}).Error
	if err != nil {
		return nil, fmt.Errorf("ripen promises: %w", err)
	}
	return l.vestRipe(ctx, tx, who, name)
}

// FreezeTx keeps a subject's promises from vesting until the cause has ended (feature 3). Freezing twice
// for one cause is freezing once; a cause that has ended and comes back freezes again.
func (l *Ledger) FreezeTx(ctx context.Context, tx *db.Tx, name, cause string) error {
	if err := lockSubject(ctx, tx, name); err != nil {
		return fmt.Errorf("lock subject: %w", err)
	}
	done := tx.Conn(ctx).Model(&Freeze{}).Where("subject = ? AND cause = ?", name, cause).UpdateColumn("ended_at", nil)
	if done.Error != nil || done.RowsAffected > 0 {
		return done.Error
	}
	if err := db.Insert(ctx, tx, &Freeze{Subject: name, Cause: cause, FrozenAt: tx.Now}); err != nil {
		return fmt.Errorf("freeze: %w", err)
	}
	return nil
}

// ThawTx ends a freeze; what became ripe meanwhile vests when no other cause freezes the subject. It
// returns what vested. As HappenedTx it comes before any LockTx.
func (l *Ledger) ThawTx(ctx context.Context, tx *db.Tx, who actor.Actor, name, cause string) ([]Vested, error) {
	if err := lockSubject(ctx, tx, name); err != nil {
		return nil, fmt.Errorf("lock subject: %w", err)
	}
	err := tx.Conn(ctx).Model(&Freeze{}).Where("subject = ? AND cause = ? AND ended_at IS NULL", name, cause).
		UpdateColumn("ended_at", tx.Now).Error
	if err != nil {
		return nil, fmt.Errorf("thaw: %w", err)
	}
	return l.vestRipe(ctx, tx, who, name)
}

// CancelTx gives up everything that is still promised on a subject: its contract was cancelled. As
// HappenedTx it comes before any LockTx.
func (l *Ledger) CancelTx(ctx context.Context, tx *db.Tx, who actor.Actor, name, reason string) error {
	if err := lockSubject(ctx, tx, name); err != nil {
		return fmt.Errorf("lock subject: %w", err)
	}
	open, set, err := l.openOf(ctx, tx, "subject = ? AND remaining > 0", name)
	if err != nil {
		return err
	}
	for _, p := range open {
		a, err := set.byID(p.AccountID)
		if err != nil {
			return err
		}
		_, err = set.post(ctx, draft{
			kind: KindCancel, owner: a, amount: p.Remaining, corrects: p.TransferID, system: Issued,
			cause: p.cause("cancel", reason, who), legs: []leg{{a, Pending, -p.Remaining}},
		})
		if err != nil {
			return err
		}
		if err := set.setPromise(ctx, p, 0); err != nil {
			return err
		}
	}
	return nil
}

// Vested is an amount that became available.
type Vested struct {
	Owner  Owner
	Book   Book
	Amount int64
}

func (l *Ledger) vestRipe(ctx context.Context, tx *db.Tx, who actor.Actor, name string) ([]Vested, error) {
	if is, err := frozen(ctx, tx, name); is || err != nil {
		return nil, err
	}
	open, set, err := l.openOf(ctx, tx, "subject = ? AND ripe = ? AND remaining > 0", name, true)
	if err != nil {
		return nil, err
	}
	done := make([]Vested, 0, len(open))
	for _, p := range open {
		a, err := set.byID(p.AccountID)
		if err != nil {
			return nil, err
		}
		if err := set.vest(ctx, a, p, who); err != nil {
			return nil, err
		}
		done = append(done, Vested{a.Key().Owner, a.Book, p.Remaining})
	}
	return done, nil
}

// openOf locks the accounts of the promises that a condition finds, then reads the promises again: what
// was vested or taken back by a rival meanwhile is not among them.
func (l *Ledger) openOf(ctx context.Context, tx *db.Tx, cond string, args ...any) ([]Promise, *Set, error) {
	var ids []id.ID
	err := tx.Conn(ctx).Model(&Promise{}).Where(cond, args...).Distinct().Pluck("account_id", &ids).Error
	if err != nil {
		return nil, nil, fmt.Errorf("find promises: %w", err)
	}
	set := &Set{tx: tx, zone: l.zone, accounts: map[id.ID]*Account{}}
	if len(ids) == 0 {
		return nil, set, nil
	}
	if err := set.lock(ctx, ids); err != nil {
		return nil, nil, err
	}
	var open []Promise
	err = tx.Conn(ctx).Where(cond, args...).Where("account_id IN ?", ids).Order("account_id, id").Find(&open).Error
	if err != nil {
		return nil, nil, fmt.Errorf("read promises: %w", err)
	}
	return open, set, nil
}

// vest makes what remains of a promise available, a debt first; the lot lives from now on.
func (s *Set) vest(ctx context.Context, a *Account, p Promise, who actor.Actor) error {
	ends, err := p.Life.Ends(s.tx.Now, s.zone)
	if err != nil {
		return err
	}
	owed := min(-a.Debt, p.Remaining)
	_, err = s.post(ctx, draft{
		kind: KindVest, owner: a, amount: p.Remaining, corrects: p.TransferID, cause: p.cause("vest", "", who),
		legs: []leg{{a, Pending, -p.Remaining}, {a, Debt, owed}, {a, Available, p.Remaining - owed}},
	})
	if err != nil {
		return err
	}
	if err := s.addLot(ctx, a, p.TransferID, p.Remaining-owed, ends); err != nil {
		return err
	}
	return s.setPromise(ctx, p, 0)
}

func (p Promise) cause(rule, reason string, who actor.Actor) Cause {
	return Cause{Source: "promise:" + p.ID.String(), Rule: rule, RefKind: "promise", RefID: p.TransferID, Reason: reason, By: who}
}

func (s *Set) setPromise(ctx context.Context, p Promise, remaining int64) error {
	changes := map[string]any{"remaining": remaining}
	if remaining == 0 {
		changes["due_at"] = nil
	}
	done := s.tx.Conn(ctx).Model(&Promise{}).
		Where("account_id = ? AND id = ? AND remaining = ?", p.AccountID, p.ID, p.Remaining).UpdateColumns(changes)
	if done.Error != nil {
		return fmt.Errorf("change promise: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return fmt.Errorf("promise %s changed without its account's lock", p.ID)
	}
	return nil
}

// lowerPromises takes up to an amount from what a transfer promised and has not vested; it returns how
// much that was.
func (s *Set) lowerPromises(ctx context.Context, a *Account, of id.ID, amount int64) (int64, error) {
	var open []Promise
	err := s.tx.Conn(ctx).Where("transfer_id = ? AND account_id = ? AND remaining > 0", of, a.ID).Find(&open).Error
	if err != nil {
		return 0, fmt.Errorf("read promises of a transfer: %w", err)
	}
	lowered := int64(0)
	for _, p := range open {
		less := min(amount-lowered, p.Remaining)
		if less == 0 {
			break
		}
		if err := s.setPromise(ctx, p, p.Remaining-less); err != nil {
			return 0, err
		}
		lowered += less
	}
	return lowered, nil
}

// DueSubject finds the subject whose promise has been due longest; ok is false when nothing is due.
func DueSubject(ctx context.Context, r db.Reader, now time.Time) (name string, ok bool, err error) {
	var due Promise
	err = r.Conn(ctx).Select("subject").Where("due_at <= ?", now.UnixMilli()).Order("due_at, account_id").Take(&due).Error
	if db.Missing(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("find due promise: %w", err)
	}
	return due.Subject, true, nil
}

// VestDueTx makes what is due of a subject ripe and vests it unless the subject is frozen. It returns what vested.
// One subject a transaction keeps the order in which locks are taken; as HappenedTx it comes before any LockTx.
func (l *Ledger) VestDueTx(ctx context.Context, tx *db.Tx, who actor.Actor, name string) ([]Vested, error) {
	if err := lockSubject(ctx, tx, name); err != nil {
		return nil, fmt.Errorf("lock subject: %w", err)
	}
	err := tx.Conn(ctx).Model(&Promise{}).Where("subject = ? AND due_at <= ?", name, tx.Now.UnixMilli()).
		UpdateColumns(map[string]any{"ripe": true, "due_at": nil}).Error
	if err != nil {
		return nil, fmt.Errorf("ripen promises: %w", err)
	}
	return l.vestRipe(ctx, tx, who, name)
}
