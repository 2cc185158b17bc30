package identity

import (
	"time"

	"guike/internal/actor"
	"guike/internal/id"
)

// HomeRole is what a member is to a home (row A9).
type HomeRole string

// The roles, weakest first. NoHomeRole is that of everybody who is no member.
const (
	NoHomeRole HomeRole = ""
	HomeGuest  HomeRole = "guest"  // sees progress for a time
	HomeFamily HomeRole = "family" // sees everything
	HomeOwner  HomeRole = "owner"  // decides who is a member
)

// rank orders the roles.
func (r HomeRole) rank() int {
	switch r {
	case HomeGuest:
		return 1
	case HomeFamily:
		return 2
	case HomeOwner:
		return 3
	}
	return 0
}

// AtLeast tells whether the role may do what other may.
func (r HomeRole) AtLeast(other HomeRole) bool { return r.rank() >= other.rank() }

// Home is a dwelling; it outlives the projects in it.
type Home struct {
	ID            id.ID `gorm:"primaryKey"`
	Name          string
	City          string
	District      string
	AddressEnc    []byte  // sealed street address without city and district
	AreaM2        float64 `gorm:"column:area_m2"` // square metres with two decimals; never part of a sum of money
	CreatedByKind actor.Kind
	CreatedBy     id.ID
	CreatedAt     time.Time
	Version       int64
}

// TableName is the homes' table.
func (Home) TableName() string { return "homes" }

// HomeMember is a person's membership of a home. A membership whose Until has passed counts as none.
type HomeMember struct {
	CustomerID id.ID `gorm:"primaryKey"`
	HomeID     id.ID `gorm:"primaryKey"`
	Role       HomeRole
	Since      time.Time
	Until      *time.Time // guests only
	Version    int64
}

// TableName is the memberships' table.
func (HomeMember) TableName() string { return "home_members" }

// HomeInvitation is a code by which one person joins a home, once.
type HomeInvitation struct {
	ID         id.ID `gorm:"primaryKey"`
	Code       string
	HomeID     id.ID
	Role       HomeRole
	GuestDays  int // how long a guest stays, counted from the acceptance; 0 for family
	InvitedBy  id.ID
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AcceptedBy id.ID
	AcceptedAt *time.Time
	Version    int64
}

// TableName is the invitations' table.
func (HomeInvitation) TableName() string { return "home_invitations" }
