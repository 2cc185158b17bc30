package identity

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// live cuts a query over memberships to those that have not run out.
func live(q *gorm.DB, now time.Time) *gorm.DB {
	return q.Where("(home_members.until IS NULL OR home_members.until > ?)", now)
}

// HomesOf lists the homes of which a customer is a member now.
func HomesOf(ctx context.Context, r db.Reader, customer id.ID, now time.Time) ([]id.ID, error) {
	var homes []id.ID
	q := r.Conn(ctx).Model(&HomeMember{}).Where("home_members.customer_id = ?", customer)
	if err := live(q, now).Pluck("home_id", &homes).Error; err != nil {
		return nil, fmt.Errorf("read homes: %w", err)
	}
	return homes, nil
}

// HomeRoleOf tells what a customer is to a home now, NoHomeRole for a stranger.
func HomeRoleOf(ctx context.Context, r db.Reader, customer, home id.ID, now time.Time) (HomeRole, error) {
	m, ok, err := Membership(ctx, r, customer, home)
	if err != nil || !ok || m.Ended(now) {
		return NoHomeRole, err
	}
	return m.Role, nil
}

// Membership reads a membership, one that has run out included.
func Membership(ctx context.Context, r db.Reader, customer, home id.ID) (m HomeMember, ok bool, err error) {
	err = r.Conn(ctx).Where("customer_id = ? AND home_id = ?", customer, home).Take(&m).Error
	if db.Missing(err) {
		return HomeMember{}, false, nil
	}
	if err != nil {
		return HomeMember{}, false, fmt.Errorf("read membership: %w", err)
	}
	return m, true, nil
}

// Ended tells whether the membership has run out.
func (m HomeMember) Ended(now time.Time) bool { return m.Until != nil && !m.Until.After(now) }

// HomeOf is a home as one of its members sees it.
type HomeOf struct {
	Home
	Role  HomeRole
	Until *time.Time // of the membership
}

const homeOfColumns = "homes.*, home_members.role, home_members.until"

func homesOf(ctx context.Context, r db.Reader, customer id.ID, now time.Time) *gorm.DB {
	q := r.Conn(ctx).Table("homes").Select(homeOfColumns).
		Joins("JOIN home_members ON home_members.home_id = homes.id").
		Where("home_members.customer_id = ?", customer)
	return live(q, now)
}

// ListHomes lists the homes of which a customer is a member now, newest first.
func ListHomes(ctx context.Context, r db.Reader, customer id.ID, now time.Time, p db.Page) ([]HomeOf, db.Cursor, error) {
	var rows []HomeOf
	if err := p.Newest(homesOf(ctx, r, customer, now), "homes.created_at", "homes.id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list homes: %w", err)
	}
	rows, next := db.Cut(p, rows, func(h HomeOf) db.Cursor { return db.Cursor{At: h.CreatedAt, ID: h.ID} })
	return rows, next, nil
}

// FindHome reads a home of which the customer is a member now. Errors: not_found.
func FindHome(ctx context.Context, r db.Reader, customer, home id.ID, now time.Time) (HomeOf, error) {
	var h HomeOf
	err := homesOf(ctx, r, customer, now).Where("homes.id = ?", home).Take(&h).Error
	if db.Missing(err) {
		return HomeOf{}, fault.Missing()
	}
	if err != nil {
		return HomeOf{}, fmt.Errorf("read home: %w", err)
	}
	return h, nil
}

// HomeByID reads a home whoever asks. Errors: not_found.
func HomeByID(ctx context.Context, r db.Reader, home id.ID) (Home, error) {
	var h Home
	err := r.Conn(ctx).Where("id = ?", home).Take(&h).Error
	if db.Missing(err) {
		return Home{}, fault.Missing()
	}
	return h, err
}

// LockHome keeps others from changing a home and its memberships until the transaction ends. Errors:
// not_found.
func LockHome(ctx context.Context, tx *db.Tx, home id.ID) (Home, error) {
	var h Home
	err := tx.Lock(ctx).Where("id = ?", home).Take(&h).Error
	if db.Missing(err) {
		return Home{}, fault.Missing()
	}
	if err != nil {
		return Home{}, fmt.Errorf("lock home: %w", err)
	}
	return h, nil
}

// Member is a membership with what other members are shown of the person.
type Member struct {
	HomeMember
	Nickname     string
	AvatarFileID id.ID
}

// MembersOf lists the members of a home, those who came first first.
func MembersOf(ctx context.Context, r db.Reader, home id.ID, now time.Time) ([]Member, error) {
	var rows []Member
	q := r.Conn(ctx).Table("home_members").Select("home_members.*, customers.nickname, customers.avatar_file_id").
		Joins("JOIN customers ON customers.id = home_members.customer_id").
		Where("home_members.home_id = ?", home)
	err := live(q, now).Order("home_members.since, home_members.customer_id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return rows, nil
}

// Memberships lists every membership of a customer, those that have run out included.
func Memberships(ctx context.Context, r db.Reader, customer id.ID) ([]HomeMember, error) {
	var rows []HomeMember
	if err := r.Conn(ctx).Where("customer_id = ?", customer).Order("home_id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	return rows, nil
}

// SetMemberTx makes a customer a member of a home as m says, or changes what the customer is there.
func SetMemberTx(ctx context.Context, tx *db.Tx, m HomeMember) error {
	m.Version = 1
	changed := tx.Conn(ctx).Model(&HomeMember{}).Where("customer_id = ? AND home_id = ?", m.CustomerID, m.HomeID).
		UpdateColumns(map[string]any{"role": m.Role, "since": m.Since, "until": m.Until, "version": gorm.Expr("version + 1")})
	if changed.Error != nil {
		return fmt.Errorf("change member: %w", changed.Error)
	}
	if changed.RowsAffected > 0 {
		return nil
	}
	if err := db.Insert(ctx, tx, &m); err != nil {
		return fmt.Errorf("add member: %w", err)
	}
	return nil
}

// RemoveMemberTx ends a membership and tells whether there was one.
func RemoveMemberTx(ctx context.Context, tx *db.Tx, customer, home id.ID) (bool, error) {
	gone := tx.Conn(ctx).Where("customer_id = ? AND home_id = ?", customer, home).Delete(&HomeMember{})
	return gone.RowsAffected > 0, gone.Error
}

// Owners counts the owners of a home.
func Owners(ctx context.Context, r db.Reader, home id.ID) (int64, error) {
	var n int64
	err := r.Conn(ctx).Model(&HomeMember{}).Where("home_id = ? AND role = ?", home, HomeOwner).Count(&n).Error
	return n, err
}

// LockInvitation reads an invitation by its code and keeps rivals from accepting it. Errors: not_found.
func LockInvitation(ctx context.Context, tx *db.Tx, code string) (HomeInvitation, error) {
	var v HomeInvitation
	err := tx.Lock(ctx).Where("code = ?", code).Take(&v).Error
	if db.Missing(err) {
		return HomeInvitation{}, fault.Missing()
	}
	if err != nil {
		return HomeInvitation{}, fmt.Errorf("lock invitation: %w", err)
	}
	return v, nil
}

// InvitationByID reads an invitation. Errors: not_found.
func InvitationByID(ctx context.Context, r db.Reader, invitation id.ID) (HomeInvitation, error) {
	var v HomeInvitation
	err := r.Conn(ctx).Where("id = ?", invitation).Take(&v).Error
	if db.Missing(err) {
		return HomeInvitation{}, fault.Missing()
	}
	return v, err
}

// OpenInvitations counts the invitations to a home that can still be accepted.
func OpenInvitations(ctx context.Context, r db.Reader, home id.ID, now time.Time) (int64, error) {
	var n int64
	err := r.Conn(ctx).Model(&HomeInvitation{}).
		Where("home_id = ? AND accepted_at IS NULL AND expires_at > ?", home, now).Count(&n).Error
	return n, err
}

// AcceptInvitationTx marks an invitation as used. The caller has locked it.
func AcceptInvitationTx(ctx context.Context, tx *db.Tx, invitation, by id.ID) error {
	return tx.Conn(ctx).Model(&HomeInvitation{}).Where("id = ?", invitation).
		UpdateColumns(map[string]any{"accepted_by": by, "accepted_at": tx.Now, "version": gorm.Expr("version + 1")}).Error
}
