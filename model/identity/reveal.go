package identity

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
)

// RevealsPerHour is how often a member of staff may see customers' data in full within any hour.
const RevealsPerHour = 20

// AccessKind is the kind of subject under which every look into a customer's personal data is audited;
// the subject is the customer, who may read these rows (row P7, design.md 1).
const AccessKind = "customer_data"

// SpendRevealTx takes one reveal from the budget of a member of staff. It returns zero when that was
// possible, else how long to wait.
func SpendRevealTx(ctx context.Context, tx *db.Tx, staff id.ID) (time.Duration, error) {
	b, err := lockBudget(ctx, tx, staff)
	if err != nil {
		return 0, fmt.Errorf("reveal budget: %w", err)
	}
	recent := b.within(tx.Now.Add(-time.Hour))
	if len(recent) >= RevealsPerHour {
		return time.UnixMilli(recent[0]).Add(time.Hour).Sub(tx.Now), nil
	}
	words := make([]string, 0, len(recent)+1)
	for _, ms := range append(recent, tx.Now.UnixMilli()) {
		words = append(words, strconv.FormatInt(ms, 10))
	}
	err = tx.Conn(ctx).Model(&RevealBudget{}).Where("staff_id = ?", staff).
		UpdateColumns(map[string]any{"recent": strings.Join(words, ","), "version": gorm.Expr("version + 1")}).Error
	return 0, err
}

// lockBudget opens the row on first use. A rival that opened it at the same moment is waited for.
func lockBudget(ctx context.Context, tx *db.Tx, staff id.ID) (RevealBudget, error) {
	var b RevealBudget
	err := tx.Lock(ctx).Where("staff_id = ?", staff).Take(&b).Error
	if !db.Missing(err) {
		return b, err
	}
	b = RevealBudget{StaffID: staff, Version: 1}
	if err = db.Insert(ctx, tx, &b); !db.Duplicate(err) {
		return b, err
	}
	return b, tx.Lock(ctx).Where("staff_id = ?", staff).Take(&b).Error
}

// within reads the instants after a limit, oldest first.
func (b RevealBudget) within(after time.Time) []int64 {
	var recent []int64
	for word := range strings.SplitSeq(b.Recent, ",") {
		if ms, err := strconv.ParseInt(word, 10, 64); err == nil && ms > after.UnixMilli() {
			recent = append(recent, ms)
		}
	}
	return recent
}

// AccessLog lists who looked into the personal data of a customer, under whichever of the customer's
// ids it was kept, newest first.
func AccessLog(ctx context.Context, r db.Reader, customers []id.ID, p db.Page) ([]audit.Row, db.Cursor, error) {
	var rows []audit.Row
	q := r.Conn(ctx).Where("subject_kind = ? AND subject_id IN ?", AccessKind, customers)
	if err := p.Newest(q, "at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("read access log: %w", err)
	}
	rows, next := db.Cut(p, rows, func(a audit.Row) db.Cursor { return db.Cursor{At: a.At, ID: a.ID} })
	return rows, next, nil
}
