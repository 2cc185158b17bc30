package identity

import (
	"time"

	"guike/internal/id"
)

// Topics of the outbox that the customer half emits.
const (
	// TopicCustomersMerged says that a record entered by staff has been claimed; both sides are told.
	TopicCustomersMerged = "identity.customers_merged"
	// TopicGuestJoined says that somebody came to watch a home's progress by a share code (C8).
	TopicGuestJoined = "identity.guest_joined"
	// TopicScanned says that a customer signed in from a scanned code. The scene is the client's claim.
	TopicScanned = "identity.scanned"
)

// CustomersMerged is the payload of TopicCustomersMerged.
type CustomersMerged struct {
	Kept      id.ID `json:"kept"`
	Merged    id.ID `json:"merged"`
	EnteredBy id.ID `json:"entered_by,omitzero"` // the member of staff to be told
}

// GuestJoined is the payload of TopicGuestJoined.
type GuestJoined struct {
	CustomerID   id.ID     `json:"customer_id"` // the guest
	HomeID       id.ID     `json:"home_id"`
	InvitedBy    id.ID     `json:"invited_by"`
	InvitationID id.ID     `json:"invitation_id"`
	At           time.Time `json:"at"`
}

// Scanned is the payload of TopicScanned.
type Scanned struct {
	CustomerID id.ID  `json:"customer_id"`
	Scene      string `json:"scene"` // one of our codes, in its canonical form
}
