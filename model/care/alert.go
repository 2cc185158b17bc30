package care

import (
	"time"

	"guike/internal/actor"
	"guike/internal/id"
)

// Raise asks for an alert (K1–K3). What is empty comes from the policy of the kind.
type Raise struct {
	Kind       string // of its policy: "plan_delay", "material_mismatch"
	Cause      string // what is wrong, unique among open alerts: "delay:<project>:<stage>"
	Level      int    // 1 department head, 2 experience centre, 3 management; 0 is the policy's
	Title      string
	Reason     string // for the person who acts; no personal data
	CustomerID id.ID
	ProjectID  id.ID
	StoreID    id.ID
	OwnerID    id.ID // who acts first, when somebody is known
	OwnerRole  actor.Role
}

// AlertState is where an alert stands.
type AlertState string

// The states of an alert.
const (
	AlertOpen         AlertState = "open"
	AlertAcknowledged AlertState = "acknowledged"
	AlertClosed       AlertState = "closed"
)

// Alert is something that goes wrong and that somebody of a level owes an answer to.
type Alert struct {
	ID        id.ID
	Kind      string
	Cause     string
	Level     int
	State     AlertState
	TaskID    id.ID
	CreatedAt time.Time
}
