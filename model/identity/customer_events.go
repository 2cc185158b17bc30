package identity

import "guike/internal/id"

// Topics of the outbox that the customer half emits.
const (
	// TopicCustomersMerged says that a record entered by staff has been claimed; both sides are told.
	TopicCustomersMerged = "identity.customers_merged"
	// TopicScanned says that a customer signed in from a scanned code. The scene is the client's claim.
	TopicScanned = "identity.scanned"
)

// CustomersMerged is the payload of TopicCustomersMerged.
type CustomersMerged struct {
	Kept      id.ID `json:"kept"`
	Merged    id.ID `json:"merged"`
	EnteredBy id.ID `json:"entered_by,omitzero"` // the member of staff to be told
}

// Scanned is the payload of TopicScanned.
type Scanned struct {
	CustomerID id.ID  `json:"customer_id"`
	Scene      string `json:"scene"` // one of our codes, in its canonical form
}
