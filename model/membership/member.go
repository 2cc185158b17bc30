// Package membership holds what every room of the membership domain stands on: who is a member, at which
// level, with which titles. Balances are the ledger's.
package membership

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Member is a customer who holds a card. Level is a key of the ladder, empty below its first step.
// GraceUntil and LookAt are Unix milliseconds: until when a level is kept although the rules no longer
// give it, and when the clock alone may change level or titles next.
type Member struct {
	CustomerID id.ID `gorm:"primaryKey"`
	CardNo     string
	Level      string
	LevelSince *time.Time
	GraceUntil *int64
	LookAt     *int64
	AdviserID  id.ID
	Version    int64
	JoinedAt   time.Time
	RulesN     int64 // by which state of the rules the level was looked at last; 0 for never
}

// TableName is the members' table.
func (Member) TableName() string { return "members" }

// Title is a title that a member holds or held (F9). Each grant is a row of its own with its source (the
// rule, or the hand that gave it), so that one grant's end leaves the others alone. UntilAt is Unix
// milliseconds.
type Title struct {
	CustomerID id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	Title      string
	Source     string
	Reason     string
	GrantedBy  id.ID
	GrantedAt  time.Time
	UntilAt    *int64
	EndedAt    *time.Time
	EndedWhy   string
}

// TableName is the titles' table.
func (Title) TableName() string { return "member_titles" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Member{}, Title{}, Deed{}} }

// JoinTx makes a customer a member, with a card of their own, if they are not one yet, and locks their
// row: changes of a member's level and titles take turns. It comes before the locks of the ledger.
func JoinTx(ctx context.Context, tx *db.Tx, customer id.ID) (Member, error) {
	m, err := lock(ctx, tx, customer)
	if !db.Missing(err) {
		return m, err
	}
	now := tx.Now.UnixMilli() // the first step of the ladder may be theirs already
	for range 5 {             // a number drawn twice is as rare as it is harmless
		no, err := newCardNo()
		if err != nil {
			return Member{}, err
		}
		row := Member{CustomerID: customer, CardNo: no, LookAt: &now, Version: 1, JoinedAt: tx.Now}
		if err := db.Insert(ctx, tx, &row); err != nil && !db.Duplicate(err) {
			return Member{}, fmt.Errorf("join: %w", err)
		}
		if m, err := lock(ctx, tx, customer); !db.Missing(err) {
			return m, err
		}
	}
	return Member{}, fmt.Errorf("no card number was free")
}

func lock(ctx context.Context, tx *db.Tx, customer id.ID) (Member, error) {
	var m Member
	err := tx.Lock(ctx).Where("customer_id = ?", customer).Take(&m).Error
	return m, err
}

// MemberOf reads a member; the zero Member when the customer is none yet.
func MemberOf(ctx context.Context, r db.Reader, customer id.ID) (Member, error) {
	var m Member
	err := r.Conn(ctx).Where("customer_id = ?", customer).Take(&m).Error
	if db.Missing(err) {
		return Member{CustomerID: customer}, nil
	}
	return m, err
}

// TitlesOf lists the titles that a member holds now, in the order in which they were granted. A title
// granted twice is listed twice.
func TitlesOf(ctx context.Context, r db.Reader, customer id.ID, now time.Time) ([]Title, error) {
	var held []Title
	err := r.Conn(ctx).Where("customer_id = ? AND ended_at IS NULL AND (until_at IS NULL OR until_at > ?)", customer, now.UnixMilli()).
		Order("id").Find(&held).Error
	return held, err
}

// cardDigits is how many digits a card's number has, the check digit included.
const cardDigits = 16

// newCardNo draws a number of 16 digits: 6 for Guike's cards, 14 at random, and a check digit by Luhn, so
// that a digit typed wrong or two swapped are noticed before anybody is looked up (F11).
func newCardNo() (string, error) {
	digits := make([]byte, 0, cardDigits)
	digits = append(digits, '6')
	for len(digits) < cardDigits-1 {
		d, err := rand.Int(rand.Reader, big.NewInt(10))
		if err != nil {
			return "", fmt.Errorf("draw card number: %w", err)
		}
		digits = append(digits, byte('0'+d.Int64()))
	}
	return string(append(digits, luhn(digits))), nil
}

// ValidCardNo tells whether a number can be one of ours.
func ValidCardNo(no string) bool {
	if len(no) != cardDigits || no[0] != '6' {
		return false
	}
	for _, c := range []byte(no) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return luhn([]byte(no[:cardDigits-1])) == no[cardDigits-1]
}

// luhn is the check digit of digits (ISO/IEC 7812-1, annex B).
func luhn(digits []byte) byte {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}
