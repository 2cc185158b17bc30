package identity

import (
	"time"

	"guike/internal/clock"
	"guike/internal/id"
)

// The columns of sealed personal data, as the box that seals them and the blind index know them.
const (
	CustomerNameField  = "customers.name"
	CustomerPhoneField = "customers.phone"
	CustomerLast4Field = "customers.phone_last4"
	CustomerNoteField  = "customers.note"
	HomeAddressField   = "homes.address"
	SessionKeyField    = "wechat_identities.session_key"
)

// CustomerStatus says whether a customer's record lives.
type CustomerStatus string

// The states of a customer's record.
const (
	CustomerActive  CustomerStatus = "active"
	CustomerBlocked CustomerStatus = "blocked" // may not sign in
	CustomerMerged  CustomerStatus = "merged"  // lives on in MergedInto
)

// Customer is a person whom the company serves: signed in with WeChat, or entered by staff and not yet
// claimed. Fields that end in Enc are sealed, those that end in Idx are blind indexes (row P3).
type Customer struct {
	ID            id.ID `gorm:"primaryKey"`
	Nickname      string
	AvatarFileID  id.ID
	NameEnc       []byte
	NameIdx       []byte
	PhoneEnc      []byte
	PhoneIdx      []byte // unique among all customers
	PhoneLast4Idx []byte
	PhoneBoundAt  *time.Time // when WeChat vouched for the number; nil for one that staff typed
	Birthday      clock.Day
	// BirthdayChangedAt is when the customer changed or took away the birthday last; nil before they did.
	BirthdayChangedAt *time.Time
	NoteEnc           []byte
	StoreID           id.ID // tied by the first project; none is in everyone's scope
	EnteredBy         id.ID // the member of staff who entered the record
	ClaimedAt         *time.Time
	MergedInto        id.ID
	Status            CustomerStatus
	CreatedAt         time.Time
	Version           int64
}

// TableName is the customers' table.
func (Customer) TableName() string { return "customers" }

// WechatIdentity ties an openid of the mini-program to a customer.
type WechatIdentity struct {
	OpenID        string `gorm:"column:openid;primaryKey"`
	UnionID       string `gorm:"column:unionid"` // empty unless the app is bound to an Open Platform account
	CustomerID    id.ID
	SessionKeyEnc []byte    // sealed; never leaves the server
	LastVisitAt   time.Time // the last sign-in or refresh; scan claims are good for two hours of it
	CreatedAt     time.Time
	Version       int64
}

// TableName is the identities' table.
func (WechatIdentity) TableName() string { return "wechat_identities" }

// RevealBudget keeps the instants of a staff member's latest reveals, comma-separated Unix
// milliseconds, and is the row that serialises them (row P7).
type RevealBudget struct {
	StaffID id.ID `gorm:"primaryKey"`
	Recent  string
	Version int64
}

// TableName is the budgets' table.
func (RevealBudget) TableName() string { return "reveal_budgets" }

// customerTables lists the structs of the customer half for the schema check.
func customerTables() []any {
	return []any{
		Customer{},
		WechatIdentity{},
		RevealBudget{},
		Home{},
		HomeMember{},
		HomeInvitation{},
		Policy{},
		Consent{},
		Preference{},
		CareNote{},
	}
}
