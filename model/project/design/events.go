package design

import (
	"time"

	"guike/internal/id"
)

// The topics of the outbox events that this room owes.
const (
	TopicViewed  = "project.design_viewed"  // Viewed
	TopicDecided = "project.design_decided" // Decided
)

// Viewed tells that a customer looked at a version, once per person and day (B11).
type Viewed struct {
	ProjectID  id.ID     `json:"project_id"`
	DesignID   id.ID     `json:"design_id"`
	Number     int       `json:"number"`
	CustomerID id.ID     `json:"customer_id"`
	At         time.Time `json:"at"`
}

// Decided tells what a customer decided about a version.
type Decided struct {
	ProjectID id.ID     `json:"project_id"`
	DesignID  id.ID     `json:"design_id"`
	Number    int       `json:"number"`
	Decision  Decision  `json:"decision"`
	Round     int       `json:"round"` // how often changes have been asked for, this time included
	At        time.Time `json:"at"`
}
