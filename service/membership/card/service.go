// Package card holds the use cases of the member card: what a member reads of it, the code for the till, what
// staff see who scan it, and the dedicated adviser. Its README says the rules in sentences.
package card

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
	"guike/model/membership/level"
)

// Wish is something that a customer likes, or that is to be minded.
type Wish struct{ Key, TitleZH, TitleEN, Value string }

// Note is what a colleague remembers of a customer.
type Note struct {
	Text string
	By   string
	At   time.Time
}

// Job is a project of a customer that is not over.
type Job struct {
	ID               id.ID
	No, Title        string
	StageZH, StageEN string
	Late             bool
}

// Guest is a customer at the till as the house masks one for staff, with what to know in the first minute.
type Guest struct {
	ID                    id.ID
	Nickname, Name, Phone string
	Wishes                []Wish
	Notes                 []Note
	Jobs                  []Job
}

// Guests shows customers to staff whom they have shown a code. Errors: not_found.
type Guests interface {
	Guest(ctx context.Context, who actor.Actor, customer id.ID) (Guest, error)
}

// Concern is a reason to take particular care of a customer (J12).
type Concern struct {
	Kind  string // alert, complaint, silence
	Level int    // of an alert, 3 is the highest; 0 for what has none
	Text  string
	Since time.Time
}

// Concerns tells why a customer needs particular care; none is the usual case.
type Concerns interface {
	ConcernsOf(ctx context.Context, r db.Reader, customer id.ID) ([]Concern, error)
}

// Deps is what the use cases stand on.
type Deps struct {
	DB       *db.DB
	Zone     *time.Location // of calendar days
	Box      *crypt.Box     // opens the work phones of advisers
	Blind    *crypt.Blind   // makes and finds codes
	Guests   Guests
	Concerns Concerns
	// Coupons counts the coupons that a customer can use; nil while the company keeps none.
	Coupons func(ctx context.Context, r db.Reader, customer id.ID) (int, error)
	// Look writes down, in the transaction, where somebody stands who has just become a member; nil leaves it to
	// the next look of the job. The member is locked.
	Look func(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID) error
}

// Service holds the use cases.
type Service struct {
	d     Deps
	rules level.Memory
}

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d: d} }

// joinTx locks the actor as a member; whoever becomes one stands somewhere at once.
func (s *Service) joinTx(ctx context.Context, tx *db.Tx, who actor.Actor) error {
	m, err := membership.JoinTx(ctx, tx, who.ID)
	if err != nil || m.RulesN != 0 || s.d.Look == nil {
		return err
	}
	return s.d.Look(ctx, tx, who, who.ID)
}

// The failures of codes and advisers that a caller can act on.
var (
	errTooManyCodes = fault.New(fault.TooMany, "card_code.too_many",
		"会员码刷新过于频繁,请稍候再试。", "Too many codes within a minute; wait a little.")
	errUsed = fault.New(fault.Conflict, "card_code.used",
		"该会员码已被使用,请顾客刷新。", "The code has been used; ask the customer to refresh it.")
	errExpired = fault.New(fault.Conflict, "card_code.expired",
		"该会员码已过期,请顾客刷新。", "The code has expired; ask the customer to refresh it.")
)
