// Package reward keeps what points can be redeemed for, and the orders for it: the redemptions. Balances
// are the ledger's; Verify compares the two.
package reward

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
)

// RewardFile is the kind of row that a reward's pictures are attached to; its id is the reward's.
const RewardFile = "reward"

// Kind is what a reward is.
type Kind string

// The kinds of reward (G2, G3).
const (
	Gift    Kind = "gift"
	Coupon  Kind = "coupon" // worth WorthFen at the till
	Product Kind = "product"
	Service Kind = "service"
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{Gift, Coupon, Product, Service} }

// State is where a reward stands in the catalogue.
type State string

// The states of a reward. Customers see the published ones.
const (
	Draft     State = "draft"
	Published State = "published"
	Withdrawn State = "withdrawn"
)

// Per is the span in which a limit per person counts.
type Per string

// The spans. Without a limit there is none.
const (
	NoLimit Per = ""
	Ever    Per = "ever"
	Month   Per = "month" // of the company's calendar
)

// Reward is an item of the catalogue. Price is in points, WorthFen in cents. Stock is what is left; nil
// is without end. Levels, Titles and EarlyLevels are keys separated by commas; see Keys.
type Reward struct {
	ID           id.ID   `gorm:"primaryKey"`
	SeedKey      *string // of a default of the house; unique
	Kind         Kind
	TitleZH      string `gorm:"column:title_zh"`
	TitleEN      string `gorm:"column:title_en"`
	TextZH       string `gorm:"column:text_zh"`
	TextEN       string `gorm:"column:text_en"`
	Price        int64
	WorthFen     int64
	InitialStock *int64
	Stock        *int64
	LimitCount   int64 // how many a person may have; 0 is no limit
	LimitPer     Per
	Levels       string // who may have it: members of one of these levels …
	Titles       string // … or with one of these titles; both empty is everybody
	EarlyLevels  string // who may have it from EarlyAt on already
	EarlyAt      *time.Time
	OpensAt      *time.Time
	ClosesAt     *time.Time
	UseDays      int  // for how many days after the day on which it was redeemed it can be used
	CancelDays   int  // for how many days a customer may cancel what is unused; 0 is not at all
	PointsBack   bool // whether the points of what was never used come back
	State        State
	Version      int64 // of what staff write; stock moves without it
	CreatedAt    time.Time
	UpdatedAt    time.Time
	PublishedAt  *time.Time
}

// TableName is the rewards' table.
func (Reward) TableName() string { return "rewards" }

// Keys reads a list of keys as it is kept.
func Keys(list string) []string {
	if list == "" {
		return []string{}
	}
	return strings.Split(list, ",")
}

// Limited tells whether there is a stock that can run out.
func (r Reward) Limited() bool { return r.Stock != nil }

// For tells whether a member may have the reward by level and titles.
func (r Reward) For(m membership.Member, titles []membership.Title) bool {
	if r.Levels == "" && r.Titles == "" {
		return true
	}
	wanted := Keys(r.Titles)
	return m.Level != "" && slices.Contains(Keys(r.Levels), m.Level) ||
		slices.ContainsFunc(titles, func(t membership.Title) bool { return slices.Contains(wanted, t.Title) })
}

// OpensFor is the instant from which a member may have the reward; nil is from ever on (F13).
func (r Reward) OpensFor(m membership.Member) *time.Time {
	if r.EarlyAt != nil && m.Level != "" && slices.Contains(Keys(r.EarlyLevels), m.Level) {
		return r.EarlyAt
	}
	return r.OpensAt
}

// Over tells whether the reward can be had no more.
func (r Reward) Over(now time.Time) bool { return r.ClosesAt != nil && !now.Before(*r.ClosesAt) }

// Period names the span in which the limit per person counts what is redeemed on a day: "ever", or a
// month like "2026-11". Without a limit it is empty.
func (r Reward) Period(today clock.Day) string {
	switch r.LimitPer {
	case Ever:
		return string(Ever)
	case Month:
		return string(today)[:7]
	}
	return ""
}

// rewardFile is a picture of a reward, in the order of Seq, from 0.
type rewardFile struct {
	RewardID id.ID `gorm:"primaryKey"`
	Seq      int   `gorm:"primaryKey;autoIncrement:false"`
	FileID   id.ID
}

func (rewardFile) TableName() string { return "reward_files" }

// Restock is a change of a reward's stock by staff; Stock is what was left after it. It is written once.
type Restock struct {
	RewardID   id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	Amount     int64 // negative for what was lost
	Stock      int64
	Reason     string
	AuthorID   id.ID
	AuthorName string
	At         time.Time
}

// TableName is the restocks' table.
func (Restock) TableName() string { return "reward_restocks" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Reward{}, rewardFile{}, Restock{}, Redemption{}} }

// AddTx keeps a new reward. A default that was loaded before is Duplicate.
func AddTx(ctx context.Context, tx *db.Tx, r *Reward) error {
	r.InitialStock, r.Version, r.CreatedAt, r.UpdatedAt = r.Stock, 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, r); err != nil {
		return fmt.Errorf("add reward: %w", err)
	}
	return nil
}

// LockTx locks a reward until the transaction ends. Errors: not_found.
func LockTx(ctx context.Context, tx *db.Tx, of id.ID) (Reward, error) {
	var r Reward
	err := tx.Lock(ctx).Where("id = ?", of).Take(&r).Error
	return r, db.OrMissing(err, "lock reward")
}

// ByID reads a reward in any state. Errors: not_found.
func ByID(ctx context.Context, r db.Reader, of id.ID) (Reward, error) {
	var row Reward
	err := r.Conn(ctx).Where("id = ?", of).Take(&row).Error
	return row, db.OrMissing(err, "read reward")
}

// BySeed reads a default of the house; ok is false when it was never loaded.
func BySeed(ctx context.Context, r db.Reader, key string) (row Reward, ok bool, err error) {
	err = r.Conn(ctx).Where("seed_key = ?", key).Take(&row).Error
	if db.Missing(err) {
		return row, false, nil
	}
	return row, err == nil, err
}

// SaveTx keeps what staff write of a locked reward, all but its stock, as its next version.
func SaveTx(ctx context.Context, tx *db.Tx, r *Reward) error {
	r.Version++
	r.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Reward{}).Where("id = ?", r.ID).UpdateColumns(map[string]any{
		"kind": r.Kind, "title_zh": r.TitleZH, "title_en": r.TitleEN, "text_zh": r.TextZH, "text_en": r.TextEN,
		"price": r.Price, "worth_fen": r.WorthFen, "limit_count": r.LimitCount, "limit_per": r.LimitPer,
		"levels": r.Levels, "titles": r.Titles, "early_levels": r.EarlyLevels, "early_at": r.EarlyAt,
		"opens_at": r.OpensAt, "closes_at": r.ClosesAt, "use_days": r.UseDays, "cancel_days": r.CancelDays,
		"points_back": r.PointsBack, "state": r.State, "version": r.Version, "updated_at": r.UpdatedAt, "published_at": r.PublishedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save reward: %w", err)
	}
	return nil
}

// MoveStockTx adds to the stock of a reward that has one, or takes from it, and tells whether there was
// enough: it is never less than nothing (I11).
func MoveStockTx(ctx context.Context, tx *db.Tx, of id.ID, by int64) (bool, error) {
	moved := tx.Conn(ctx).Model(&Reward{}).Where("id = ? AND stock >= ?", of, -by).UpdateColumn("stock", gorm.Expr("stock + ?", by))
	if moved.Error != nil {
		return false, fmt.Errorf("move stock: %w", moved.Error)
	}
	return moved.RowsAffected == 1, nil
}

// AddRestockTx writes down a change of stock.
func AddRestockTx(ctx context.Context, tx *db.Tx, s *Restock) error {
	s.ID, s.At = id.New(), tx.Now
	if err := db.Insert(ctx, tx, s); err != nil {
		return fmt.Errorf("add restock: %w", err)
	}
	return nil
}

// RestocksOf lists the changes of a reward's stock, newest first, at most n.
func RestocksOf(ctx context.Context, r db.Reader, of id.ID, n int) ([]Restock, error) {
	var rows []Restock
	err := r.Conn(ctx).Where("reward_id = ?", of).Order("id DESC").Limit(n).Find(&rows).Error
	return rows, err
}

// SetFilesTx keeps the pictures of a reward in place of those that it had.
func SetFilesTx(ctx context.Context, tx *db.Tx, of id.ID, files []id.ID) error {
	if err := tx.Conn(ctx).Where("reward_id = ?", of).Delete(&rewardFile{}).Error; err != nil {
		return fmt.Errorf("clear pictures of reward: %w", err)
	}
	if len(files) == 0 {
		return nil
	}
	rows := make([]rewardFile, 0, len(files))
	for i, f := range files {
		rows = append(rows, rewardFile{RewardID: of, Seq: i, FileID: f})
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep pictures of reward: %w", err)
	}
	return nil
}

// FilesOf reads the pictures of several rewards in their order, in one statement.
func FilesOf(ctx context.Context, r db.Reader, rewards []id.ID) (map[id.ID][]id.ID, error) {
	of := make(map[id.ID][]id.ID, len(rewards))
	if len(rewards) == 0 {
		return of, nil
	}
	var rows []rewardFile
	if err := r.Conn(ctx).Where("reward_id IN ?", rewards).Order("reward_id, seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read pictures of rewards: %w", err)
	}
	for _, f := range rows {
		of[f.RewardID] = append(of[f.RewardID], f.FileID)
	}
	return of, nil
}

// List reads the catalogue in one state, or all of it, newest first.
func List(ctx context.Context, r db.Reader, in State, p db.Page) ([]Reward, db.Cursor, error) {
	q := r.Conn(ctx)
	if in != "" {
		q = q.Where("state = ?", in)
	}
	var rows []Reward
	if err := p.Newest(q, "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list rewards: %w", err)
	}
	rows, next := db.Cut(p, rows, func(r Reward) db.Cursor { return db.Cursor{At: r.CreatedAt, ID: r.ID} })
	return rows, next, nil
}

// Shown reads what the catalogue shows to customers at an instant, published last coming first.
func Shown(ctx context.Context, r db.Reader, now time.Time, p db.Page) ([]Reward, db.Cursor, error) {
	q := r.Conn(ctx).Where("state = ? AND (closes_at IS NULL OR closes_at > ?)", Published, now)
	var rows []Reward
	if err := p.Newest(q, "published_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("show rewards: %w", err)
	}
	rows, next := db.Cut(p, rows, func(r Reward) db.Cursor { return db.Cursor{At: *r.PublishedAt, ID: r.ID} })
	return rows, next, nil
}
