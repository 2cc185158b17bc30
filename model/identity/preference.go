package identity

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// PreferenceField names the column of a preference to the box that seals it.
const PreferenceField = "customer_preferences.value"

// Preference is one thing that a customer likes, or that is to be minded, sealed under PreferenceField.
// What keys there are is the registry's business (row P4).
type Preference struct {
	CustomerID id.ID  `gorm:"primaryKey"`
	Key        string `gorm:"primaryKey;column:pref_key"`
	ValueEnc   []byte
	ByKind     actor.Kind // who said so last
	ByID       id.ID
	UpdatedAt  time.Time
	Version    int64
}

// TableName is the preferences' table.
func (Preference) TableName() string { return "customer_preferences" }

// PreferencesOf reads the preferences of several customers in one statement, each customer's by key.
func PreferencesOf(ctx context.Context, r db.Reader, customers []id.ID) (map[id.ID][]Preference, error) {
	of := make(map[id.ID][]Preference, len(customers))
	if len(customers) == 0 {
		return of, nil
	}
	var rows []Preference
	if err := r.Conn(ctx).Where("customer_id IN ?", customers).Order("customer_id, pref_key").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read preferences: %w", err)
	}
	for _, p := range rows {
		of[p.CustomerID] = append(of[p.CustomerID], p)
	}
	return of, nil
}

// SetPreferenceTx keeps a preference in the place of the one before. The caller has locked the
// customer.
func SetPreferenceTx(ctx context.Context, tx *db.Tx, who actor.Actor, p Preference) error {
	p.ByKind, p.ByID, p.UpdatedAt, p.Version = who.Kind, who.ID, tx.Now, p.Version+1
	if p.Version > 1 {
		err := tx.Conn(ctx).Model(&Preference{}).Where("customer_id = ? AND pref_key = ?", p.CustomerID, p.Key).UpdateColumns(map[string]any{
			"value_enc": p.ValueEnc, "by_kind": p.ByKind, "by_id": p.ByID, "updated_at": p.UpdatedAt, "version": p.Version,
		}).Error
		if err != nil {
			return fmt.Errorf("change preference: %w", err)
		}
		return nil
	}
	if err := db.Insert(ctx, tx, &p); err != nil {
		return fmt.Errorf("keep preference: %w", err)
	}
	return nil
}

// ForgetPreferencesTx takes preferences of a customer away for good.
func ForgetPreferencesTx(ctx context.Context, tx *db.Tx, customer id.ID, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	err := tx.Conn(ctx).Where("customer_id = ? AND pref_key IN ?", customer, keys).Delete(&Preference{}).Error
	if err != nil {
		return fmt.Errorf("forget preferences: %w", err)
	}
	return nil
}

// MovePreferencesTx gives the preferences of one customer to another, but for what the other has said
// already.
func MovePreferencesTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	of, err := PreferencesOf(ctx, tx, []id.ID{from, to})
	if err != nil {
		return err
	}
	said := map[string]bool{}
	for _, p := range of[to] {
		said[p.Key] = true
	}
	var gone []string
	for _, p := range of[from] {
		gone = append(gone, p.Key)
		if said[p.Key] {
			continue
		}
		p.CustomerID = to
		if err := db.Insert(ctx, tx, &p); err != nil {
			return fmt.Errorf("move preference: %w", err)
		}
	}
	return ForgetPreferencesTx(ctx, tx, from, gone)
}

// ConsentsGiven tells for which customers a consent to a purpose stands at now, in two statements.
func ConsentsGiven(ctx context.Context, r db.Reader, customers []id.ID, purpose Purpose, now time.Time) (map[id.ID]bool, error) {
	given := make(map[id.ID]bool, len(customers))
	if len(customers) == 0 {
		return given, nil
	}
	ps, err := ReadPolicies(ctx, r, now)
	if err != nil {
		return nil, err
	}
	var rows []Consent
	err = r.Conn(ctx).Where("customer_id IN ? AND purpose = ?", customers, purpose).Order("customer_id, at, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	for _, c := range rows { // the last one of each customer stands
		given[c.CustomerID] = ps.Suffices(c)
	}
	return given, nil
}
