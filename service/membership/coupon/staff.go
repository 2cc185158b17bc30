package coupon

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	model "guike/model/membership/coupon"
	"guike/model/once"
	"guike/model/settings"
)

const maxReason = 200

// Card is a coupon as people see it: Standing is where it stands now.
type Card struct {
	model.Coupon
	Standing model.State
}

func (s *Service) card(c model.Coupon) Card { return Card{c, c.StateAt(s.d.DB.Now())} }

func (s *Service) cards(rows []model.Coupon) []Card {
	all := make([]Card, 0, len(rows))
	for _, c := range rows {
		all = append(all, s.card(c))
	}
	return all
}

// Mine lists the customer's coupons, newest first; an empty state is all.
func (s *Service) Mine(ctx context.Context, who actor.Actor, in model.State, p db.Page) ([]Card, db.Cursor, error) {
	rows, next, err := model.List(ctx, s.d.DB, model.Filter{CustomerID: who.ID, State: in, Now: s.d.DB.Now()}, p)
	return s.cards(rows), next, err
}

// Of lists the coupons of a customer within reach, newest first. Errors: not_found.
func (s *Service) Of(ctx context.Context, who actor.Actor, customer id.ID, in model.State, p db.Page) ([]Card, db.Cursor, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next, err := model.List(ctx, s.d.DB, model.Filter{CustomerID: c.ID, State: in, Now: s.d.DB.Now()}, p)
	return s.cards(rows), next, err
}

// act does something to a coupon once by key and shows it.
func (s *Service) act(ctx context.Context, who actor.Actor, key once.Key, fn func(tx *db.Tx) (model.Coupon, error)) (card Card, replayed bool, err error) {
	var c model.Coupon
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		var done made
		done, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			c, err := fn(tx)
			return made{c.ID}, err
		})
		if err != nil {
			return err
		}
		c, err = model.ByID(ctx, tx, done.ID)
		return err
	})
	return s.card(c), replayed, err
}

// NewCoupon is a coupon that staff issue by hand.
type NewCoupon struct {
	CustomerID id.ID
	Campaign   string
	Reason     string // in the audit log
	Once       once.Key
}

// Issue gives a coupon of a campaign for staff to a customer within reach, within what the role may issue in a
// month. Errors: not_found; input.invalid; the refusals of a campaign; coupon.over_allowance.
func (s *Service) Issue(ctx context.Context, who actor.Actor, in NewCoupon) (Card, bool, error) {
	if err := wording.CheckText("body.reason", &in.Reason, 1, maxReason); err != nil {
		return Card{}, false, err
	}
	return s.act(ctx, who, in.Once, func(tx *db.Tx) (model.Coupon, error) {
		campaign, err := model.CampaignByKey(ctx, tx, in.Campaign)
		switch {
		case err != nil:
			return model.Coupon{}, err
		case campaign.Event != model.ByStaff:
			return model.Coupon{}, errEvent
		}
		p, err := s.lockTx(ctx, tx, who, in.CustomerID)
		if err != nil {
			return model.Coupon{}, err
		}
		if err := s.allowTx(ctx, tx, who, campaign.Worth(0)); err != nil {
			return model.Coupon{}, err
		}
		c, _, err := s.grantTx(ctx, tx, who, grant{campaign: campaign, to: p, source: "staff:" + who.ID.String()})
		if err != nil {
			return c, err
		}
		return c, record(ctx, tx, who, c, "coupon.issued", in.Reason)
	})
}

// lockTx locks the membership of a customer within reach, whoever they live on as.
func (s *Service) lockTx(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID) (person, error) {
	c, err := identity.LockInScope(ctx, tx, who, customer)
	if err != nil {
		return person{}, err
	}
	if _, err := membership.JoinTx(ctx, tx, c.ID); err != nil {
		return person{}, err
	}
	return s.person(ctx, tx, c.ID, c.StoreID, tx.Now)
}

func record(ctx context.Context, tx *db.Tx, who actor.Actor, c model.Coupon, action, reason string) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: action, Kind: "customer", Subject: c.CustomerID, Reason: reason, Detail: map[string]any{"coupon_id": c.ID, "campaign": c.CampaignKey, "worth_fen": c.WorthFen},
	})
}

// locked finds the coupon of a code, as a person typed it, and locks its customer's membership. Errors:
// coupon.not_found.
func (s *Service) locked(ctx context.Context, tx *db.Tx, who actor.Actor, typed string) (model.Coupon, error) {
	c, err := byCode(ctx, tx, typed)
	if err != nil {
		return c, err
	}
	if _, err := s.lockTx(ctx, tx, who, c.CustomerID); err != nil {
		return c, err
	}
	return model.ByID(ctx, tx, c.ID)
}

func byCode(ctx context.Context, r db.Reader, typed string) (model.Coupon, error) {
	code, err := crypt.ParseCode(typed)
	if err != nil {
		return model.Coupon{}, errUnknown
	}
	c, err := model.ByCode(ctx, r, code)
	if fault.Code(err) == "not_found" {
		err = errUnknown
	}
	return c, err
}

// Look shows staff what a code is for, before they use it. Errors: coupon.not_found.
func (s *Service) Look(ctx context.Context, typed string) (Card, error) {
	c, err := byCode(ctx, s.d.DB, typed)
	return s.card(c), err
}

// Use hands out the gift or service that a code is for: once, and in its time, at any store. Errors:
// coupon.not_found, .used, .void, .lapsed, .at_payment_only.
func (s *Service) Use(ctx context.Context, who actor.Actor, typed string, key once.Key) (Card, bool, error) {
	return s.act(ctx, who, key, func(tx *db.Tx) (model.Coupon, error) {
		c, err := s.locked(ctx, tx, actor.Machine(), typed)
		switch {
		case err != nil:
			return c, err
		case c.Kind.Money():
			return c, errAtPayment
		}
		if err := ended(c, tx.Now); err != nil {
			return c, err
		}
		c.State, c.UsedAt, c.UsedBy, c.UsedName, c.StoreID = model.Used, &tx.Now, who.ID, who.Name, who.StoreID
		c.DueAt, c.NoticeAt = nil, nil
		if err := model.SaveTx(ctx, tx, &c); err != nil {
			return c, err
		}
		if err := tell(ctx, tx, c, model.Used); err != nil {
			return c, err
		}
		return c, record(ctx, tx, who, c, "coupon.used", "")
	})
}

// Void takes an unused coupon away from a customer within reach, with a reason that they read. Errors:
// not_found; input.invalid; coupon.not_found, .used, .void, .lapsed.
func (s *Service) Void(ctx context.Context, who actor.Actor, typed, reason string, key once.Key) (Card, bool, error) {
	if err := wording.CheckText("body.reason", &reason, 1, maxReason); err != nil {
		return Card{}, false, err
	}
	return s.act(ctx, who, key, func(tx *db.Tx) (model.Coupon, error) {
		c, err := s.locked(ctx, tx, who, typed)
		if err != nil {
			return c, err
		}
		if err := ended(c, tx.Now); err != nil {
			return c, err
		}
		if err := s.voidTx(ctx, tx, who, &c, reason); err != nil {
			return c, err
		}
		return c, record(ctx, tx, who, c, "coupon.voided", reason)
	})
}

// settingAllowances keeps what roles may issue by hand in a month, in cents.
const settingAllowances = "coupon.allowances"

// Allowances is what each role may issue by hand in a month, in cents; a role that is not named issues nothing.
type Allowances map[actor.Role]int64

func readAllowances(ctx context.Context, r db.Reader) (Allowances, error) {
	text, ok, err := settings.Get(ctx, r, settingAllowances)
	if err != nil || !ok {
		return Allowances{}, err
	}
	all := Allowances{}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read allowances: %w", err)
	}
	return all, nil
}

// Allowances reads what roles may issue in a month, and what the actor has issued of theirs.
func (s *Service) Allowances(ctx context.Context, who actor.Actor) (all Allowances, used int64, err error) {
	if all, err = readAllowances(ctx, s.d.DB); err != nil {
		return nil, 0, err
	}
	used, err = model.AllowanceUsed(ctx, s.d.DB, who.ID, month(s.day(s.d.DB.Now())))
	return all, used, err
}

// SetAllowances replaces what roles may issue in a month. Errors: input.invalid.
func (s *Service) SetAllowances(ctx context.Context, who actor.Actor, all Allowances) error {
	for role, fen := range all {
		if !role.Valid() || fen < 0 || fen > maxFen {
			return fault.Broken("body.allowances."+string(role), "out_of_range", "角色或额度无效。", "The role is unknown, or the amount out of range.")
		}
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := putAllowances(ctx, tx, all); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "coupon.allowances_set", Kind: "policy", Detail: all})
	})
}

func putAllowances(ctx context.Context, tx *db.Tx, all Allowances) error {
	text, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("write allowances: %w", err)
	}
	return settings.PutTx(ctx, tx, settingAllowances, string(text))
}

// allowTx takes what a coupon is worth from what a member of staff may issue this month.
func (s *Service) allowTx(ctx context.Context, tx *db.Tx, who actor.Actor, fen int64) error {
	all, err := readAllowances(ctx, tx)
	if err != nil {
		return err
	}
	ok, err := model.SpendAllowanceTx(ctx, tx, who.ID, month(s.day(tx.Now)), fen, all[who.Role])
	if err != nil || !ok {
		return fault.Or(err, errAllowance)
	}
	return nil
}

const (
	guessWindow = time.Hour
	maxGuesses  = 10
)

// Claim issues the coupon of a campaign's code to the customer. Ten wrong codes in an hour close the door
// until it is over. Errors: coupon.not_found; coupon.too_many_guesses; the refusals of a campaign.
func (s *Service) Claim(ctx context.Context, who actor.Actor, typed string, key once.Key) (Card, bool, error) {
	tries := "coupon-claim:" + who.ID.String()
	if s.d.Guesses != nil {
		// A count that is away keeps nobody out: the codes are those of campaigns, and each person's limit holds.
		if n, err := s.d.Guesses.Count(ctx, tries, guessWindow); err == nil && n >= maxGuesses {
			return Card{}, false, errGuesses.After(guessWindow)
		}
	}
	card, replayed, err := s.act(ctx, who, key, func(tx *db.Tx) (model.Coupon, error) {
		campaign, err := model.CampaignByCode(ctx, tx, strings.ToUpper(wording.Trim(typed)))
		if fault.Code(err) == "not_found" || (err == nil && campaign.Event != model.Claimed) {
			return model.Coupon{}, errUnknown
		}
		if err != nil {
			return model.Coupon{}, err
		}
		p, err := s.lockTx(ctx, tx, actor.Machine(), who.ID)
		if err != nil {
			return model.Coupon{}, err
		}
		c, _, err := s.grantTx(ctx, tx, who, grant{campaign: campaign, to: p, source: "code:" + campaign.Key})
		return c, err
	})
	if fault.Code(err) == errUnknown.Code && s.d.Guesses != nil {
		_, _ = s.d.Guesses.Hit(ctx, tries, guessWindow)
	}
	return card, replayed, err
}
