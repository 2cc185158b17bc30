package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
)

// PreferenceMax is how many characters a preference has at most.
const PreferenceMax = 200

// PreferenceKind is an entry of the registry of what the house may remember (row P4): for what, and
// whose consent it needs. What is not in the registry is not kept.
type PreferenceKind struct {
	Key     string
	TitleZH string
	TitleEN string
	Purpose string           // design, service or hospitality
	Consent identity.Purpose // that must stand; empty for what the contract's service itself needs
}

// PreferenceKinds is the registry, in the order in which people read it.
func PreferenceKinds() []PreferenceKind {
	return []PreferenceKind{
		{Key: "style", TitleZH: "喜欢的风格", TitleEN: "Style", Purpose: "design"},
		{Key: "colours", TitleZH: "喜欢和不喜欢的颜色", TitleEN: "Colours liked and disliked", Purpose: "design"},
		{Key: "materials", TitleZH: "材料偏好与忌用", TitleEN: "Materials liked and to be avoided", Purpose: "design"},
		{Key: "storage", TitleZH: "收纳与空间需求", TitleEN: "Storage and space", Purpose: "design"},
		{Key: "contact_time", TitleZH: "方便联系的时间", TitleEN: "When to call", Purpose: "service"},
		{Key: "contact_by", TitleZH: "希望的联系方式", TitleEN: "How to be reached", Purpose: "service"},
		{Key: "visit", TitleZH: "上门注意事项", TitleEN: "When coming to the home", Purpose: "service"},
		{Key: "taste", TitleZH: "饮品与口味", TitleEN: "Drinks and taste", Purpose: "hospitality", Consent: identity.PurposePersonalization},
		{Key: "household", TitleZH: "家庭成员", TitleEN: "Household", Purpose: "design", Consent: identity.PurposePersonalization},
		{Key: "habits", TitleZH: "生活习惯", TitleEN: "Habits", Purpose: "design", Consent: identity.PurposePersonalization},
		{Key: "pets", TitleZH: "宠物", TitleEN: "Pets", Purpose: "service", Consent: identity.PurposePersonalization},
		{Key: "allergies", TitleZH: "过敏与健康注意", TitleEN: "Allergies and health", Purpose: "service", Consent: identity.PurposePersonalization},
	}
}

// preferenceKind finds an entry of the registry; ok is false for what is not in it.
func preferenceKind(key string) (PreferenceKind, bool) {
	all := PreferenceKinds()
	i := slices.IndexFunc(all, func(k PreferenceKind) bool { return k.Key == key })
	if i < 0 {
		return PreferenceKind{}, false
	}
	return all[i], true
}

// Preference is an entry of the registry with what a customer said of it.
type Preference struct {
	PreferenceKind
	Value     string // empty when nothing has been said
	ByKind    actor.Kind
	UpdatedAt time.Time
}

// Preferences shows what is kept of a customer within the actor's scope, or of the actor, in the order
// of the registry. What lacks the consent that it needs is not shown. Errors: not_found.
func (s *Customers) Preferences(ctx context.Context, who actor.Actor, customer id.ID) ([]Preference, error) {
	c, err := identity.FindCustomer(ctx, s.db, who, customer)
	if err != nil {
		return nil, err
	}
	return s.PreferencesOf(ctx, s.db, c.ID)
}

// PreferencesOf is Preferences for domains that have seen to the reader's scope themselves.
func (s *Customers) PreferencesOf(ctx context.Context, r db.Reader, customer id.ID) ([]Preference, error) {
	of, err := s.preferencesOf(ctx, r, []id.ID{customer})
	return of[customer], err
}

func (s *Customers) preferencesOf(ctx context.Context, r db.Reader, customers []id.ID) (map[id.ID][]Preference, error) {
	rows, err := identity.PreferencesOf(ctx, r, customers)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	given, err := identity.ConsentsGiven(ctx, r, customers, identity.PurposePersonalization, s.db.Now())
	if err != nil {
		return nil, err
	}
	of := make(map[id.ID][]Preference, len(rows))
	for customer, said := range rows {
		for _, kind := range PreferenceKinds() {
			i := slices.IndexFunc(said, func(p identity.Preference) bool { return p.Key == kind.Key })
			if i < 0 || (kind.Consent != "" && !given[customer]) {
				continue
			}
			value, err := s.codec.open(identity.PreferenceField, said[i].ValueEnc)
			if err != nil {
				return nil, err
			}
			of[customer] = append(of[customer], Preference{PreferenceKind: kind, Value: value, ByKind: said[i].ByKind, UpdatedAt: said[i].UpdatedAt})
		}
	}
	return of, nil
}

// Said is a preference that is to be kept; an empty value takes the one before away.
type Said struct{ Key, Value string }

// SetPreferences keeps what a customer likes, said by the customer or by staff within whose scope the
// customer is; what is not named stays. Errors: not_found; input.invalid for a key that is not in the
// registry or named twice; consent.required for what needs a consent that does not stand.
func (s *Customers) SetPreferences(ctx context.Context, who actor.Actor, customer id.ID, said []Said) error {
	if err := checkSaid(said); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.lockSeen(ctx, tx, who, customer)
		if err != nil {
			return err
		}
		if err := s.mayKeep(ctx, tx, c.ID, said); err != nil {
			return err
		}
		kept, err := identity.PreferencesOf(ctx, tx, []id.ID{c.ID})
		if err != nil {
			return err
		}
		keys := make([]string, 0, len(said))
		for _, one := range said {
			keys = append(keys, one.Key)
			if err := s.keepTx(ctx, tx, who, c.ID, kept[c.ID], one); err != nil {
				return err
			}
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "customer.preferences_changed", Kind: "customer", Subject: c.ID, Detail: map[string]any{"keys": keys},
		})
	})
}

func checkSaid(said []Said) error {
	seen := map[string]bool{}
	for i, one := range said {
		location := fmt.Sprintf("body.preferences[%d]", i)
		if _, ok := preferenceKind(one.Key); !ok {
			return fault.Broken(location+".key", "unknown", "没有登记这个项目,不能记录。", "The registry has no such entry; it is not kept.")
		}
		if seen[one.Key] {
			return fault.Broken(location+".key", "repeated", "同一项目出现了两次。", "The same entry is named twice.")
		}
		seen[one.Key] = true
		if err := plainLine(location+".value", trim(one.Value), PreferenceMax); err != nil {
			return err
		}
	}
	return nil
}

// mayKeep refuses what needs a consent that does not stand; taking away needs none.
func (s *Customers) mayKeep(ctx context.Context, tx *db.Tx, customer id.ID, said []Said) error {
	needs := slices.ContainsFunc(said, func(one Said) bool {
		kind, _ := preferenceKind(one.Key)
		return kind.Consent != "" && trim(one.Value) != ""
	})
	if !needs {
		return nil
	}
	given, err := identity.ConsentGiven(ctx, tx, customer, identity.PurposePersonalization, tx.Now)
	if err == nil && !given {
		err = FaultConsentRequired()
	}
	return err
}

func (s *Customers) keepTx(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID, kept []identity.Preference, one Said) error {
	value := trim(one.Value)
	if value == "" {
		return identity.ForgetPreferencesTx(ctx, tx, customer, []string{one.Key})
	}
	p := identity.Preference{CustomerID: customer, Key: one.Key}
	if i := slices.IndexFunc(kept, func(k identity.Preference) bool { return k.Key == one.Key }); i >= 0 {
		p = kept[i]
	}
	var err error
	if p.ValueEnc, err = s.codec.seal(identity.PreferenceField, value); err != nil {
		return err
	}
	return identity.SetPreferenceTx(ctx, tx, who, p)
}

// lockSeen locks a customer whom the actor may see.
func (s *Customers) lockSeen(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID) (identity.Customer, error) {
	c, err := identity.LockCustomer(ctx, tx, customer)
	if err != nil {
		return c, err
	}
	seen, err := identity.InScope(ctx, tx, who, c.ID)
	if err == nil && !seen {
		err = fault.Missing()
	}
	return c, err
}

// forgetWithoutTx takes away what a consent that was just taken back had allowed.
func forgetWithoutTx(ctx context.Context, tx *db.Tx, customer id.ID, purpose identity.Purpose) error {
	var keys []string
	for _, kind := range PreferenceKinds() {
		if kind.Consent == purpose {
			keys = append(keys, kind.Key)
		}
	}
	return identity.ForgetPreferencesTx(ctx, tx, customer, keys)
}
