package card

import "guike/internal/id"

// TopicAdviserNamed says that a member was given a dedicated adviser; the payload is AdviserNamed.
const TopicAdviserNamed = "membership.adviser_named"

// AdviserNamed is the payload of TopicAdviserNamed.
type AdviserNamed struct {
	CustomerID id.ID `json:"customer_id"`
	StaffID    id.ID `json:"staff_id"`
}
