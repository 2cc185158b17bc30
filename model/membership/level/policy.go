package level

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

const (
	kindLadder = "ladder"
	kindTitle  = "title"
)

// policyRow is a version of the ladder or of a title. Standing marks the newest of a key.
type policyRow struct {
	Kind       string `gorm:"primaryKey"`
	PolicyKey  string `gorm:"primaryKey"`
	Version    int64  `gorm:"primaryKey;autoIncrement:false"`
	N          int64
	Standing   bool
	Definition string
	CreatedAt  time.Time
	CreatedBy  id.ID
}

// TableName is the policies' table.
func (policyRow) TableName() string { return "level_policies" }

// Round is a change of the rules, after which every member is looked at once. AfterID is how far the job came,
// in the order of the members' ids.
type Round struct {
	N         int64 `gorm:"primaryKey;autoIncrement:false"`
	AfterID   id.ID
	DoneAt    *time.Time
	CreatedAt time.Time
}

// TableName is the rounds' table.
func (Round) TableName() string { return "level_rounds" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{policyRow{}, Round{}, Change{}} }

// Newest is the number of the newest state of the rules; 0 before any were loaded.
func Newest(ctx context.Context, r db.Reader) (n int64, err error) {
	if err := r.Conn(ctx).Model(&Round{}).Select("COALESCE(MAX(n), 0)").Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count changes of the rules: %w", err)
	}
	return n, nil
}

// RulesNow reads the ladder and the titles as they stand.
func RulesNow(ctx context.Context, r db.Reader) (Rules, error) {
	var rows []policyRow
	if err := r.Conn(ctx).Where("standing = ?", true).Order("kind, policy_key").Find(&rows).Error; err != nil {
		return Rules{}, fmt.Errorf("read levels: %w", err)
	}
	var rules Rules
	for _, row := range rows {
		rules.N = max(rules.N, row.N)
		if row.Kind == kindLadder {
			rules.Ladder = &Ladder{Version: row.Version, N: row.N, CreatedAt: row.CreatedAt, CreatedBy: row.CreatedBy}
			if err := row.read(&rules.Ladder.Plan); err != nil {
				return Rules{}, err
			}
			continue
		}
		t := TitleRule{Key: row.PolicyKey, Version: row.Version, N: row.N, CreatedAt: row.CreatedAt, CreatedBy: row.CreatedBy}
		if err := row.read(&t.Meaning); err != nil {
			return Rules{}, err
		}
		t.compiled = sync.OnceValues(func() (Condition, error) { return Compile(t.Condition) })
		rules.Titles = append(rules.Titles, t)
	}
	slices.SortStableFunc(rules.Titles, func(a, b TitleRule) int { return cmp.Compare(a.Position, b.Position) })
	return rules, nil
}

func (row policyRow) read(into any) error {
	if err := json.Unmarshal([]byte(row.Definition), into); err != nil {
		return fmt.Errorf("%s %s, version %d: %w", row.Kind, row.PolicyKey, row.Version, err)
	}
	return nil
}

// AddLadderTx keeps a ladder as the version that it names, in place of the one before, and has every member
// looked at. A version that exists is db.Duplicate.
func AddLadderTx(ctx context.Context, tx *db.Tx, l *Ladder) error {
	row := policyRow{Kind: kindLadder, PolicyKey: kindLadder, Version: l.Version, CreatedBy: l.CreatedBy}
	err := add(ctx, tx, &row, l.Plan)
	l.N, l.CreatedAt = row.N, row.CreatedAt
	return err
}

// AddTitleTx keeps a version of a title as AddLadderTx keeps one of the ladder.
func AddTitleTx(ctx context.Context, tx *db.Tx, t *TitleRule) error {
	row := policyRow{Kind: kindTitle, PolicyKey: t.Key, Version: t.Version, CreatedBy: t.CreatedBy}
	err := add(ctx, tx, &row, t.Meaning)
	t.N, t.CreatedAt = row.N, row.CreatedAt
	return err
}

func add(ctx context.Context, tx *db.Tx, row *policyRow, definition any) error {
	text, err := json.Marshal(definition)
	if err != nil {
		return fmt.Errorf("keep %s %s: %w", row.Kind, row.PolicyKey, err)
	}
	last, err := Newest(ctx, tx)
	if err != nil {
		return err
	}
	row.N, row.Standing, row.Definition, row.CreatedAt = last+1, true, string(text), tx.Now
	if err := db.Insert(ctx, tx, &Round{N: row.N, CreatedAt: tx.Now}); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, row); err != nil {
		return err
	}
	err = tx.Conn(ctx).Model(&policyRow{}).Where("kind = ? AND policy_key = ? AND version < ? AND standing = ?", row.Kind, row.PolicyKey, row.Version, true).
		UpdateColumn("standing", false).Error
	if err != nil {
		return fmt.Errorf("replace %s %s: %w", row.Kind, row.PolicyKey, err)
	}
	// a round that is under way has nothing left to find that the new one would not
	err = tx.Conn(ctx).Model(&Round{}).Where("done_at IS NULL AND n < ?", row.N).UpdateColumn("done_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("end former rounds: %w", err)
	}
	return nil
}

// OpenRound reads the change of the rules after which members are still to be looked at; ok is false when there
// is none.
func OpenRound(ctx context.Context, r db.Reader) (round Round, ok bool, err error) {
	err = r.Conn(ctx).Where("done_at IS NULL").Order("n DESC").Limit(1).Take(&round).Error
	if db.Missing(err) {
		return round, false, nil
	}
	if err != nil {
		return round, false, fmt.Errorf("read round: %w", err)
	}
	return round, true, nil
}

// MoveRoundTx writes how far a round has come, or that it is done. It never goes back.
func MoveRoundTx(ctx context.Context, tx *db.Tx, n int64, after id.ID, done bool) error {
	q, change := tx.Conn(ctx).Model(&Round{}).Where("n = ?", n), map[string]any{"done_at": tx.Now}
	if !done {
		q, change = q.Where("after_id IS NULL OR after_id < ?", after), map[string]any{"after_id": after}
	}
	if err := q.UpdateColumns(change).Error; err != nil {
		return fmt.Errorf("keep round: %w", err)
	}
	return nil
}
