package reward

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

const (
	// stride is how many rows are looked at together, so that memory does not grow with the store.
	stride = 500
	// told is how many findings are named at most.
	told = 100
)

// verification walks through rewards and redemptions and keeps what it finds.
type verification struct {
	r        db.Reader
	findings []ledger.Finding
}

func (v *verification) brokenf(rule, format string, args ...any) {
	if len(v.findings) < told {
		v.findings = append(v.findings, ledger.Finding{Rule: rule, What: fmt.Sprintf(format, args...)})
	}
}

// Verify compares redemptions with the ledger and with the stock, reading only, and names the first
// hundred rows that break a rule of docs/ledger.md: I10 (an order and its one debit, what ended and its
// one restore), I11 (stock), I12 (limits per person). Give it a snapshot when others write meanwhile.
func Verify(ctx context.Context, r db.Reader) ([]ledger.Finding, error) {
	v := &verification{r: r}
	for _, look := range []func(context.Context) error{v.orders, v.strays, v.stock, v.limits} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	return v.findings, nil
}

// orders is I10: an order's amount, its debit, and the restore of one that ended unused.
func (v *verification) orders(ctx context.Context) error {
	var last id.ID
	for {
		q := v.r.Conn(ctx).Order("id").Limit(stride)
		if !last.IsZero() {
			q = q.Where("id > ?", last)
		}
		var rows []Redemption
		if err := q.Find(&rows).Error; err != nil {
			return fmt.Errorf("read redemptions: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		if err := v.compare(ctx, rows); err != nil {
			return err
		}
		last = rows[len(rows)-1].ID
	}
}

func (v *verification) compare(ctx context.Context, rows []Redemption) error {
	paid := make([]id.ID, 0, len(rows))
	for _, r := range rows {
		paid = append(paid, r.TransferID)
	}
	var transfers []ledger.Transfer
	if err := v.r.Conn(ctx).Where("id IN ?", paid).Find(&transfers).Error; err != nil {
		return fmt.Errorf("read debits: %w", err)
	}
	debits := make(map[id.ID]ledger.Transfer, len(transfers))
	for _, t := range transfers {
		debits[t.ID] = t
	}
	var back []ledger.Transfer
	if err := v.r.Conn(ctx).Where("corrects IN ?", paid).Find(&back).Error; err != nil {
		return fmt.Errorf("read restores: %w", err)
	}
	restores := make(map[id.ID][]ledger.Transfer, len(back))
	for _, t := range back {
		restores[t.Corrects] = append(restores[t.Corrects], t)
	}
	for _, r := range rows {
		v.order(r, debits[r.TransferID], restores[r.TransferID])
	}
	return nil
}

func (v *verification) order(r Redemption, debit ledger.Transfer, restores []ledger.Transfer) {
	if r.Quantity < 1 || r.Price < 1 || r.Total != r.Price*r.Quantity {
		v.brokenf("I10", "redemption %s of %d at %d points says a total of %d", r.ID, r.Quantity, r.Price, r.Total)
	}
	if debit.Kind != ledger.KindSpend || debit.Book != ledger.Points || debit.Source != r.Source() || debit.Amount != r.Total {
		v.brokenf("I10", "redemption %s of %d points has a debit of %d (%s, %s)", r.ID, r.Total, debit.Amount, debit.Kind, debit.Source)
	}
	due := r.State == Cancelled || (r.State == Lapsed && r.PointsBack)
	switch {
	case !due && (len(restores) > 0 || !r.RestoredID.IsZero()):
		v.brokenf("I10", "redemption %s is %s and %d transfers correct its debit", r.ID, r.State, len(restores))
	case due && (len(restores) != 1 || restores[0].ID != r.RestoredID || restores[0].Kind != ledger.KindRestore || restores[0].Amount != r.Total):
		v.brokenf("I10", "redemption %s is %s and its %d points did not come back exactly once", r.ID, r.State, r.Total)
	}
}

// strays is the other half of I10: no debit for a redemption is without its order.
func (v *verification) strays(ctx context.Context) error {
	var lost []ledger.Transfer
	err := v.r.Conn(ctx).Table("ledger_transfers t").Select("t.id, t.amount").
		Joins("LEFT JOIN redemptions r ON r.transfer_id = t.id AND r.id = t.ref_id").
		Where("t.ref_kind = ? AND t.kind = ? AND r.id IS NULL", RefKind, ledger.KindSpend).Limit(told).Scan(&lost).Error
	if err != nil {
		return fmt.Errorf("look for strays: %w", err)
	}
	for _, t := range lost {
		v.brokenf("I10", "transfer %s of %d points paid for no redemption", t.ID, t.Amount)
	}
	return nil
}

// stock is I11: what was there at first and came later is what remains and what was given out.
func (v *verification) stock(ctx context.Context) error {
	var last id.ID
	for {
		q := v.r.Conn(ctx).Order("id").Limit(stride)
		if !last.IsZero() {
			q = q.Where("id > ?", last)
		}
		var rows []Reward
		if err := q.Find(&rows).Error; err != nil {
			return fmt.Errorf("read rewards: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		if err := v.count(ctx, rows); err != nil {
			return err
		}
		last = rows[len(rows)-1].ID
	}
}

// sums adds up a column, a name of ours, by reward.
func sums(q *gorm.DB, column string) (map[id.ID]int64, error) {
	var rows []struct {
		RewardID id.ID
		Amount   int64
	}
	err := q.Select("reward_id, SUM(" + column + ") AS amount").Group("reward_id").Scan(&rows).Error
	by := make(map[id.ID]int64, len(rows))
	for _, r := range rows {
		by[r.RewardID] = r.Amount
	}
	return by, err
}

func (v *verification) count(ctx context.Context, rows []Reward) error {
	ids := make([]id.ID, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	came, err := sums(v.r.Conn(ctx).Model(&Restock{}).Where("reward_id IN ?", ids), "amount")
	if err != nil {
		return fmt.Errorf("sum restocks: %w", err)
	}
	given := v.r.Conn(ctx).Model(&Redemption{}).Where("reward_id IN ? AND stocked = ? AND state IN ?", ids, true, []Standing{Open, Used})
	issued, err := sums(given, "quantity")
	if err != nil {
		return fmt.Errorf("sum what was issued: %w", err)
	}
	for _, r := range rows {
		switch {
		case (r.Stock == nil) != (r.InitialStock == nil):
			v.brokenf("I11", "reward %s began with a stock and has none, or the other way round", r.ID)
		case r.Stock == nil && (came[r.ID] != 0 || issued[r.ID] != 0):
			v.brokenf("I11", "reward %s has no stock and %d came, %d were issued of it", r.ID, came[r.ID], issued[r.ID])
		case r.Stock != nil && (*r.Stock < 0 || *r.Stock+issued[r.ID] != *r.InitialStock+came[r.ID]):
			v.brokenf("I11", "reward %s has %d left and %d issued of %d and %d that came", r.ID, *r.Stock, issued[r.ID], *r.InitialStock, came[r.ID])
		}
	}
	return nil
}

// limits is I12. An order keeps the limit under which it was made; where it was changed since, the most
// generous one counts.
func (v *verification) limits(ctx context.Context) error {
	var rows []struct {
		RewardID   id.ID
		CustomerID id.ID
		Amount     int64
		Allowed    int64
	}
	err := v.r.Conn(ctx).Model(&Redemption{}).
		Select("reward_id, customer_id, SUM(quantity) AS amount, MAX(limit_count) AS allowed").
		Where("limit_count > 0 AND " + counted).Group("customer_id, reward_id, limit_period").
		Having("SUM(quantity) > MAX(limit_count)").Limit(told).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("compare limits: %w", err)
	}
	for _, r := range rows {
		v.brokenf("I12", "customer %s has %d of reward %s where %d are allowed", r.CustomerID, r.Amount, r.RewardID, r.Allowed)
	}
	return nil
}
