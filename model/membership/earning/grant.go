package earning

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// Grant is what a version of a rule gave a customer for a source, by one transfer of the ledger. Taken is
// how much of it went back: by refunds, or with a cancelled contract. Subject is what a promise hangs on,
// empty for what was given at once.
type Grant struct {
	CustomerID  id.ID  `gorm:"primaryKey"`
	RuleKey     string `gorm:"primaryKey"`
	Source      string `gorm:"primaryKey"`
	RuleVersion int64
	Book        ledger.Book
	Amount      int64
	Taken       int64
	TransferID  id.ID
	Subject     string
	Day         clock.Day // in the company's zone, by which caps count
	CreatedAt   time.Time
}

// TableName is the grants' table.
func (Grant) TableName() string { return "earning_grants" }

// Promised tells whether the grant had to wait when it was made.
func (g Grant) Promised() bool { return g.Subject != "" }

// AddGrantsTx keeps what was given.
func AddGrantsTx(ctx context.Context, tx *db.Tx, rows []Grant) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		rows[i].CreatedAt = tx.Now
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep grants: %w", err)
	}
	return nil
}

// GrantsFor reads what a source gave, by rule; none when it gave nothing.
func GrantsFor(ctx context.Context, r db.Reader, source string) ([]Grant, error) {
	var rows []Grant
	if err := r.Conn(ctx).Where("source = ?", source).Order("customer_id, rule_key").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	return rows, nil
}

// GivenTo reads what a source gave a customer, by rule.
func GivenTo(ctx context.Context, r db.Reader, customer id.ID, source string) ([]Grant, error) {
	var rows []Grant
	if err := r.Conn(ctx).Where("source = ? AND customer_id = ?", source, customer).Order("rule_key").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	return rows, nil
}

// SetTakenTx writes how much of a grant went back in all, and gives that part back to its rule's budget. It
// comes after the accounts' locks, of several grants in the order of their rules.
func SetTakenTx(ctx context.Context, tx *db.Tx, g Grant, taken int64) error {
	err := tx.Conn(ctx).Model(&Grant{}).Where("customer_id = ? AND rule_key = ? AND source = ?", g.CustomerID, g.RuleKey, g.Source).
		UpdateColumn("taken", taken).Error
	if err != nil {
		return fmt.Errorf("change grant: %w", err)
	}
	var b budget
	err = tx.Lock(ctx).Where("rule_key = ?", g.RuleKey).Take(&b).Error
	if db.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock budget: %w", err)
	}
	return SetBudgetTx(ctx, tx, g.RuleKey, max(b.Used-(taken-g.Taken), 0))
}

// OpenTo lists to whom rules promised something on a subject that was not taken back in all, lowest first.
func OpenTo(ctx context.Context, r db.Reader, subject string) (customers []id.ID, err error) {
	err = r.Conn(ctx).Model(&Grant{}).Where("subject = ? AND taken < amount", subject).Distinct().Order("customer_id").Pluck("customer_id", &customers).Error
	if err != nil {
		return nil, fmt.Errorf("read whose grants a subject has: %w", err)
	}
	return customers, nil
}

// CancelledTx writes down with the grants of a subject what the ledger cancelled of their promises, and tells whose
// they were.
func CancelledTx(ctx context.Context, tx *db.Tx, subject string) (of []id.ID, err error) {
	var open []Grant
	if err := tx.Conn(ctx).Where("subject = ? AND taken < amount", subject).Order("rule_key, source").Find(&open).Error; err != nil {
		return nil, fmt.Errorf("read grants of a subject: %w", err)
	}
	for _, g := range open {
		var gone int64
		err := tx.Conn(ctx).Model(&ledger.Transfer{}).Where("corrects = ? AND kind IN ?", g.TransferID, []ledger.Kind{ledger.KindCancel, ledger.KindTakeBack}).
			Select("COALESCE(SUM(amount), 0)").Scan(&gone).Error
		if err != nil {
			return nil, fmt.Errorf("sum what was cancelled: %w", err)
		}
		if gone == g.Taken {
			continue
		}
		if err := SetTakenTx(ctx, tx, g, gone); err != nil {
			return nil, err
		}
		if !slices.Contains(of, g.CustomerID) {
			of = append(of, g.CustomerID)
		}
	}
	return of, nil
}

// Used reads what rules have given a customer, by key, for the caps of a day. It is reckoned from the
// grants, so no counter can disagree with them; whoever gives holds the member's lock.
func Used(ctx context.Context, r db.Reader, customer id.ID, rules []string, day clock.Day) (map[string]Usage, error) {
	used := make(map[string]Usage, len(rules))
	if len(rules) == 0 {
		return used, nil
	}
	var rows []struct {
		RuleKey             string
		Today, Month, InAll int64
	}
	month := day.First()
	err := r.Conn(ctx).Model(&Grant{}).Where("customer_id = ? AND rule_key IN ?", customer, rules).Group("rule_key").
		Select("rule_key, SUM(amount - taken) AS in_all, SUM(CASE WHEN day >= ? THEN amount - taken ELSE 0 END) AS month, SUM(CASE WHEN day = ? THEN amount - taken ELSE 0 END) AS today", month, day).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what rules gave: %w", err)
	}
	for _, row := range rows {
		used[row.RuleKey] = Usage{Day: row.Today, Month: row.Month, Total: row.InAll}
	}
	return used, nil
}

// budget is what a rule with a budget has given in all.
type budget struct {
	RuleKey string `gorm:"primaryKey"`
	Used    int64
}

func (budget) TableName() string { return "earning_budgets" }

// LockBudgetTx locks what a rule has given everybody and reads it. It comes after the accounts' locks, of
// several rules in the order of their keys.
func LockBudgetTx(ctx context.Context, tx *db.Tx, rule string) (int64, error) {
	var b budget
	err := tx.Lock(ctx).Where("rule_key = ?", rule).Take(&b).Error
	if !db.Missing(err) {
		return b.Used, err
	}
	if err := db.Insert(ctx, tx, &budget{RuleKey: rule}); err != nil && !db.Duplicate(err) {
		return 0, fmt.Errorf("open budget: %w", err)
	}
	err = tx.Lock(ctx).Where("rule_key = ?", rule).Take(&b).Error
	return b.Used, err
}

// Budget reads what a rule has given everybody.
func Budget(ctx context.Context, r db.Reader, rule string) (int64, error) {
	var b budget
	err := r.Conn(ctx).Where("rule_key = ?", rule).Take(&b).Error
	if db.Missing(err) {
		return 0, nil
	}
	return b.Used, err
}

// SetBudgetTx writes what a rule has given everybody in all; LockBudgetTx comes before.
func SetBudgetTx(ctx context.Context, tx *db.Tx, rule string, used int64) error {
	if err := tx.Conn(ctx).Model(&budget{}).Where("rule_key = ?", rule).UpdateColumn("used", used).Error; err != nil {
		return fmt.Errorf("keep budget: %w", err)
	}
	return nil
}

// ReassignTx moves the grants of one customer to another, since the two records are one person.
func ReassignTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	if err := tx.Conn(ctx).Model(&Grant{}).Where("customer_id = ?", from).UpdateColumn("customer_id", to).Error; err != nil {
		return fmt.Errorf("move grants: %w", err)
	}
	return nil
}
