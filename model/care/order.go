package care

import (
	"time"

	"guike/internal/actor"
	"guike/internal/id"
)

// Order asks for a task. Fields that are empty come from the policy of the kind.
type Order struct {
	Kind       string
	Cause      string // what opened it, unique: "callback:<rating>"; a second order of the same cause changes nothing
	Title      string
	Reason     string
	CustomerID id.ID
	ProjectID  id.ID
	StoreID    id.ID
	OwnerID    id.ID
	OwnerRole  actor.Role
	DueAt      time.Time
}

// Standing asks for something that is missing period after period: the open task of one of the kinds about
// the order's project stands for all of it. The order says what is missing now, and whose business that is.
type Standing struct {
	Order
	Kinds []string
	Up    bool // it is told over the head of whoever owes it, and the task stays theirs
}
