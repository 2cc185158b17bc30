package membership

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// DueTx finds up to n members who are to be looked at by now, the longest due first, and locks them in the order
// of their ids. Who was looked at by a rival meanwhile is left out; found counts them, too.
func DueTx(ctx context.Context, tx *db.Tx, n int) (due []Member, found int, err error) {
	var ids []id.ID
	err = tx.Conn(ctx).Model(&Member{}).Where("look_at <= ?", tx.Now.UnixMilli()).Order("look_at, customer_id").Limit(n).Pluck("customer_id", &ids).Error
	if err != nil {
		return nil, 0, fmt.Errorf("find members who are due: %w", err)
	}
	rows, err := lockAll(ctx, tx, ids)
	for _, m := range rows {
		if m.LookAt != nil && *m.LookAt <= tx.Now.UnixMilli() {
			due = append(due, m)
		}
	}
	return due, len(ids), err
}

// AfterTx finds up to n members after one in the order of their ids, and locks those of them who were not looked
// at by a state of the rules yet. last is the last one that was found.
func AfterTx(ctx context.Context, tx *db.Tx, after id.ID, rules int64, n int) (due []Member, last id.ID, found int, err error) {
	var seen []Member
	q := tx.Conn(ctx).Select("customer_id", "rules_n").Order("customer_id").Limit(n)
	if !after.IsZero() {
		q = q.Where("customer_id > ?", after)
	}
	if err := q.Find(&seen).Error; err != nil {
		return nil, after, 0, fmt.Errorf("walk through members: %w", err)
	}
	var ids []id.ID
	for _, m := range seen {
		last = m.CustomerID
		if m.RulesN < rules {
			ids = append(ids, m.CustomerID)
		}
	}
	due, err = lockAll(ctx, tx, ids)
	return due, last, len(seen), err
}

func lockAll(ctx context.Context, tx *db.Tx, ids []id.ID) (rows []Member, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if err := tx.Lock(ctx).Where("customer_id IN ?", ids).Order("customer_id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("lock members: %w", err)
	}
	return rows, nil
}

// LookedTx writes of members whose level stays as it is until when it is kept, when they are to be looked at next,
// and by which state of the rules they were looked at: one statement for all.
func LookedTx(ctx context.Context, tx *db.Tx, rules int64, members []Member) error {
	if len(members) == 0 {
		return nil
	}
	ids := make([]id.ID, 0, len(members))
	look, grace := choice{}, choice{}
	for _, m := range members {
		ids = append(ids, m.CustomerID)
		look.add(m.CustomerID, m.LookAt)
		grace.add(m.CustomerID, m.GraceUntil)
	}
	err := tx.Conn(ctx).Model(&Member{}).Where("customer_id IN ?", ids).UpdateColumns(map[string]any{
		"look_at": look.expr(), "grace_until": grace.expr(), "rules_n": rules, "version": gorm.Expr("version + 1"),
	}).Error
	if err != nil {
		return fmt.Errorf("keep looks at members: %w", err)
	}
	return nil
}

// choice is a value for each member; none for those who are not named.
type choice struct {
	sql  strings.Builder
	args []any
}

func (c *choice) add(of id.ID, value *int64) {
	if value != nil {
		c.sql.WriteString(" WHEN ? THEN ?")
		c.args = append(c.args, of, *value)
	}
}

func (c *choice) expr() any {
	if len(c.args) == 0 {
		return nil
	}
	return gorm.Expr("CASE customer_id"+c.sql.String()+" END", c.args...)
}

// SetLevelTx writes a member's level with everything that LookedTx writes.
func SetLevelTx(ctx context.Context, tx *db.Tx, m Member) error {
	err := tx.Conn(ctx).Model(&Member{}).Where("customer_id = ?", m.CustomerID).UpdateColumns(map[string]any{
		"level": m.Level, "level_since": m.LevelSince, "grace_until": m.GraceUntil, "look_at": m.LookAt, "rules_n": m.RulesN, "version": gorm.Expr("version + 1"),
	}).Error
	if err != nil {
		return fmt.Errorf("keep level: %w", err)
	}
	return nil
}

// GrantTx keeps grants of titles, each as a row of its own.
func GrantTx(ctx context.Context, tx *db.Tx, rows []Title) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("grant titles: %w", err)
	}
	return nil
}

// EndTx ends a grant of a title, once.
func EndTx(ctx context.Context, tx *db.Tx, t Title, at time.Time, why string) error {
	err := tx.Conn(ctx).Model(&Title{}).Where("customer_id = ? AND id = ? AND ended_at IS NULL", t.CustomerID, t.ID).
		UpdateColumns(map[string]any{"ended_at": at, "ended_why": why}).Error
	if err != nil {
		return fmt.Errorf("end title: %w", err)
	}
	return nil
}

// GrantByID reads one grant of a member's. Errors: not_found.
func GrantByID(ctx context.Context, r db.Reader, customer, grant id.ID) (Title, error) {
	var t Title
	err := r.Conn(ctx).Where("customer_id = ? AND id = ?", customer, grant).Take(&t).Error
	return t, db.OrMissing(err, "read grant of a title")
}

// Grants lists every grant that a member has had, newest first.
func Grants(ctx context.Context, r db.Reader, customer id.ID, p db.Page) ([]Title, db.Cursor, error) {
	var rows []Title
	if err := p.Newest(r.Conn(ctx).Where("customer_id = ?", customer), "granted_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("read grants of titles: %w", err)
	}
	rows, next := db.Cut(p, rows, func(t Title) db.Cursor { return db.Cursor{At: t.GrantedAt, ID: t.ID} })
	return rows, next, nil
}
