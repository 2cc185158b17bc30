package reward

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// CodeKind is the first letter of a redemption's code: 兑 is duì.
const CodeKind = 'D'

// Standing is where a redemption stands.
type Standing string

// The standings of a redemption. All but the first are for good.
const (
	Open      Standing = "open"
	Used      Standing = "used"
	Cancelled Standing = "cancelled"
	Lapsed    Standing = "lapsed"
)

// Lapsing is told seven days before an unused redemption lapses; no row stands so.
const Lapsing Standing = "lapsing"

// Redemption is an order for a reward, with what the catalogue said when it was made: later changes of the
// reward do not touch it. Total is Price × Quantity points, spent by the transfer TransferID; RestoredID is
// the transfer that gave them back. CancelUntil, UseUntil, DueAt and NoticeAt are Unix milliseconds; the
// last two are nil when there is nothing more to wait for.
type Redemption struct {
	CustomerID  id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	RewardID    id.ID
	Code        string
	Kind        Kind
	TitleZH     string `gorm:"column:title_zh"`
	TitleEN     string `gorm:"column:title_en"`
	WorthFen    int64  // of one, in cents
	Price       int64
	Quantity    int64
	Total       int64
	Stocked     bool // whether it took from a stock
	LimitCount  int64
	LimitPeriod string // see Reward.Period
	PointsBack  bool
	State       Standing
	TransferID  id.ID
	RestoredID  id.ID
	CancelUntil int64
	UseUntil    int64
	DueAt       *int64
	NoticeAt    *int64
	UsedAt      *time.Time
	UsedBy      id.ID
	UsedName    string
	StoreID     id.ID
	EndedAt     *time.Time // cancelled or lapsed
	EndedKind   string     // of the actor who ended it
	EndedBy     id.ID
	Reason      string
	Version     int64
	CreatedAt   time.Time
}

// TableName is the redemptions' table.
func (Redemption) TableName() string { return "redemptions" }

// StateAt is where the redemption stands at an instant: what is unused after its time has lapsed, though
// the job may not have come by yet.
func (r Redemption) StateAt(now time.Time) Standing {
	if r.State == Open && now.UnixMilli() >= r.UseUntil {
		return Lapsed
	}
	return r.State
}

// RefKind is what the ledger's transfers refer to redemptions by.
const RefKind = "redemption"

// Source is what the ledger calls the redemption.
func (r Redemption) Source() string { return "redemption:" + r.ID.String() }

// counted are the redemptions that count towards a limit per person: what was given back does not.
const counted = "(state IN ('open', 'used') OR (state = 'lapsed' AND restored_id IS NULL))"

// AddRedemptionTx keeps a new redemption.
func AddRedemptionTx(ctx context.Context, tx *db.Tx, r *Redemption) error {
	r.State, r.Version, r.CreatedAt = Open, 1, tx.Now
	if err := db.Insert(ctx, tx, r); err != nil {
		return fmt.Errorf("add redemption: %w", err)
	}
	return nil
}

// SaveRedemptionTx keeps how a locked redemption ended, or that its customer was told.
func SaveRedemptionTx(ctx context.Context, tx *db.Tx, r *Redemption) error {
	r.Version++
	err := tx.Conn(ctx).Model(&Redemption{}).Where("customer_id = ? AND id = ?", r.CustomerID, r.ID).UpdateColumns(map[string]any{
		"state": r.State, "restored_id": r.RestoredID, "due_at": r.DueAt, "notice_at": r.NoticeAt,
		"used_at": r.UsedAt, "used_by": r.UsedBy, "used_name": r.UsedName, "store_id": r.StoreID,
		"ended_at": r.EndedAt, "ended_kind": r.EndedKind, "ended_by": r.EndedBy, "reason": r.Reason, "version": r.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("save redemption: %w", err)
	}
	return nil
}

// LockRedemptionTx locks a redemption until the transaction ends. Errors: not_found.
func LockRedemptionTx(ctx context.Context, tx *db.Tx, of id.ID) (Redemption, error) {
	var r Redemption
	err := tx.Lock(ctx).Where("id = ?", of).Take(&r).Error
	return r, db.OrMissing(err, "lock redemption")
}

// RedemptionByID reads a redemption whoever it belongs to. Errors: not_found.
func RedemptionByID(ctx context.Context, r db.Reader, of id.ID) (Redemption, error) {
	var row Redemption
	err := r.Conn(ctx).Where("id = ?", of).Take(&row).Error
	return row, db.OrMissing(err, "read redemption")
}

// RedemptionByCode reads the redemption that a code opens. Errors: not_found.
func RedemptionByCode(ctx context.Context, r db.Reader, code string) (Redemption, error) {
	var row Redemption
	err := r.Conn(ctx).Where("code = ?", code).Take(&row).Error
	return row, db.OrMissing(err, "read redemption by code")
}

// RedemptionOf reads a redemption of a customer. Errors: not_found, for those of others too.
func RedemptionOf(ctx context.Context, r db.Reader, customer, of id.ID) (Redemption, error) {
	var row Redemption
	err := r.Conn(ctx).Where("customer_id = ? AND id = ?", customer, of).Take(&row).Error
	return row, db.OrMissing(err, "read redemption")
}

// RedemptionsOf lists the redemptions of a customer, newest first.
func RedemptionsOf(ctx context.Context, r db.Reader, customer id.ID, p db.Page) ([]Redemption, db.Cursor, error) {
	var rows []Redemption
	q := r.Conn(ctx).Where("customer_id = ?", customer)
	if err := p.Newest(q, "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list redemptions: %w", err)
	}
	rows, next := db.Cut(p, rows, func(r Redemption) db.Cursor { return db.Cursor{At: r.CreatedAt, ID: r.ID} })
	return rows, next, nil
}

// Taken is how many of a reward a person has: in all, and in this month. What was given back does not
// count.
type Taken struct{ Ever, Month int64 }

// In is what counts for the limit of a reward.
func (t Taken) In(p Per) int64 {
	if p == Month {
		return t.Month
	}
	return t.Ever
}

// TakenBy counts what a customer has of several rewards; month is the first instant of this one.
func TakenBy(ctx context.Context, r db.Reader, customer id.ID, rewards []id.ID, month time.Time) (map[id.ID]Taken, error) {
	by := make(map[id.ID]Taken, len(rewards))
	if len(rewards) == 0 {
		return by, nil
	}
	var rows []struct {
		RewardID id.ID
		Ever     int64
		Month    int64
	}
	err := r.Conn(ctx).Model(&Redemption{}).
		Select("reward_id, SUM(quantity) AS ever, SUM(CASE WHEN created_at >= ? THEN quantity ELSE 0 END) AS month", month).
		Where("customer_id = ? AND reward_id IN ? AND "+counted, customer, rewards).Group("reward_id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count redemptions: %w", err)
	}
	for _, row := range rows {
		by[row.RewardID] = Taken{row.Ever, row.Month}
	}
	return by, nil
}

// Overdue finds up to n redemptions whose time to be used is over, first things first.
func Overdue(ctx context.Context, r db.Reader, now time.Time, n int) ([]id.ID, error) {
	return waiting(ctx, r, "due_at", now, n)
}

// Unwarned finds up to n redemptions whose customer is to be told that they will lapse.
func Unwarned(ctx context.Context, r db.Reader, now time.Time, n int) ([]id.ID, error) {
	return waiting(ctx, r, "notice_at", now, n)
}

func waiting(ctx context.Context, r db.Reader, column string, now time.Time, n int) ([]id.ID, error) {
	var ids []id.ID
	err := r.Conn(ctx).Model(&Redemption{}).Where(column+" <= ?", now.UnixMilli()).Order(column+", id").Limit(n).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find redemptions by %s: %w", column, err)
	}
	return ids, nil
}
