package handover

import (
	"time"

	"guike/internal/id"
	"guike/model/project"
)

// The lines of the timeline that this room writes.
const (
	EntryPromiseMade       project.EntryKind = "promise_made"
	EntryPromiseChanged    project.EntryKind = "promise_changed"
	EntryPromiseSettled    project.EntryKind = "promise_settled"
	EntryPromiseDisputed   project.EntryKind = "promise_disputed"
	EntryAcceptanceOpened  project.EntryKind = "acceptance_opened"
	EntryAcceptanceSigned  project.EntryKind = "acceptance_signed"
	EntryAcceptanceRefused project.EntryKind = "acceptance_refused"
	EntryCameraSet         project.EntryKind = "camera_set"
	EntryCameraEnded       project.EntryKind = "camera_ended"
	EntrySiteNote          project.EntryKind = "site_note"
)

// TopicHandedOver tells that a project's last working stage was completed: the care of the home begins
// (E4). Payload HandedOver.
const TopicHandedOver = "project.handed_over"

// HandedOver tells of a hand-over. A project whose stage was reopened is handed over again, so those
// who act on it do so once for each project.
type HandedOver struct {
	ProjectID  id.ID     `json:"project_id"`
	CustomerID id.ID     `json:"customer_id"`
	StoreID    id.ID     `json:"store_id,omitzero"`
	At         time.Time `json:"at"`
}
