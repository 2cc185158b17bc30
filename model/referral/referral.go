// Package referral holds what every room of the referral domain stands on: who brought whom, and how far the
// friend has come. Rewards, codes, enquiries and boards are the rooms'.
package referral

import (
	"context"
	"fmt"
	"time"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// Channel is the way on which a friend came.
type Channel string

// The channels.
const (
	ByCode   Channel = "code"   // typed in
	ByScan   Channel = "scan"   // a QR code or poster
	ByLink   Channel = "link"   // a shared page
	ByAsset  Channel = "asset"  // material of the library (H8)
	ByLive   Channel = "live"   // a look at somebody's home (H10)
	AtIntake Channel = "intake" // staff entered it
)

// Channels lists every way on which a friend can come.
func Channels() []Channel { return []Channel{ByCode, ByScan, ByLink, ByAsset, ByLive, AtIntake} }

// Referral says who brought a friend (H2). The friend's id is the key, so that nobody is brought by two; a row
// names the one who did and nobody above, so that a second level cannot be written down (I20, I22). It is made
// once and never names another referrer; one that turns out to be none, since both are one person, is void. The
// referrer is always known to the company for longer than the friend (identity.Seniority), which no ring can be.
type Referral struct {
	FriendID   id.ID `gorm:"primaryKey"`
	ID         id.ID // unique; what others may know of it
	ReferrerID id.ID
	Channel    Channel
	Code       string // that was used; empty at intake by card or phone
	Alias      string // what the referrer calls the friend
	Campaign   string // the key of the campaign, and its version, that the friend came under
	CampaignN  int64
	PolicyN    int64 // the version of the policy of rewards at that time
	BoundBy    id.ID // the member of staff who entered it; zero for the friend's own scan
	StoreID    id.ID // of who entered it, or the friend's first enquiry or project; zero before
	Stage      Stage // the furthest that stands
	StageAt    time.Time
	BoundAt    time.Time
	VoidedAt   *time.Time
	VoidWhy    string
	Version    int64
}

// TableName is the referrals' table.
func (Referral) TableName() string { return "referrals" }

// Void tells that the referral counts for nothing.
func (r *Referral) Void() bool { return r.VoidedAt != nil }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Referral{}, Milestone{}} }

// AddTx keeps a referral at its first stage. Errors: db.Duplicate for a friend who has one.
func AddTx(ctx context.Context, tx *db.Tx, r *Referral) error {
	r.ID, r.BoundAt, r.Version = id.New(), tx.Now, 1
	r.Stage, r.StageAt = SignedIn, tx.Now
	if err := db.Insert(ctx, tx, r); err != nil {
		return fmt.Errorf("keep referral: %w", err)
	}
	m := Milestone{FriendID: r.FriendID, Stage: SignedIn, ReferrerID: r.ReferrerID, At: tx.Now}
	if err := db.Insert(ctx, tx, &m); err != nil {
		return fmt.Errorf("keep milestone: %w", err)
	}
	return nil
}

// Of reads who brought a friend, void or not; ok is false for nobody.
func Of(ctx context.Context, r db.Reader, friend id.ID) (ref Referral, ok bool, err error) {
	err = r.Conn(ctx).Where("friend_id = ?", friend).Take(&ref).Error
	if db.Missing(err) {
		return ref, false, nil
	}
	if err != nil {
		return ref, false, fmt.Errorf("read referral: %w", err)
	}
	return ref, true, nil
}

// LockOf is Of, and keeps others from changing it until the transaction ends. It comes after the locks of the
// friend's record and of the project, before those of members and accounts.
func LockOf(ctx context.Context, tx *db.Tx, friend id.ID) (ref Referral, ok bool, err error) {
	err = tx.Lock(ctx).Where("friend_id = ?", friend).Take(&ref).Error
	if db.Missing(err) {
		return ref, false, nil
	}
	if err != nil {
		return ref, false, fmt.Errorf("lock referral: %w", err)
	}
	return ref, true, nil
}

// ByID reads a referral by its own id. Errors: not_found.
func ByID(ctx context.Context, r db.Reader, referral id.ID) (Referral, error) {
	var ref Referral
	err := r.Conn(ctx).Where("id = ?", referral).Take(&ref).Error
	if db.Missing(err) {
		return ref, fault.Missing()
	}
	if err != nil {
		return ref, fmt.Errorf("read referral: %w", err)
	}
	return ref, nil
}

// ChangeTx writes named columns of a referral that is locked.
func ChangeTx(ctx context.Context, tx *db.Tx, ref *Referral, columns map[string]any) error {
	columns["version"] = ref.Version + 1
	done := tx.Conn(ctx).Model(&Referral{}).Where("friend_id = ? AND version = ?", ref.FriendID, ref.Version).UpdateColumns(columns)
	if done.Error != nil {
		return fmt.Errorf("change referral: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return fmt.Errorf("change referral: another version than %d", ref.Version)
	}
	ref.Version++
	return nil
}
