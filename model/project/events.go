package project

import (
	"time"

	"guike/internal/clock"
	"guike/internal/id"
)

// The topics of the outbox events that projects owe. Payloads hold ids and numbers only.
const (
	TopicCreated        = "project.created"          // Created
	TopicCancelled      = "project.cancelled"        // Cancellation
	TopicStageStarted   = "project.stage_started"    // StageChanged
	TopicStageCompleted = "project.stage_completed"  // StageChanged
	TopicStageReopened  = "project.stage_reopened"   // StageChanged
	TopicDailyLogPosted = "project.daily_log_posted" // DailyLogPosted
	TopicPersonChanged  = "project.person_changed"   // PersonChanged
	TopicEntryPosted    = "project.entry_posted"     // EntryPosted
)

// EntryPosted tells that a room of this domain wrote a line into the timeline that the members of the
// home are told of.
type EntryPosted struct {
	ProjectID id.ID     `json:"project_id"`
	EntryID   id.ID     `json:"entry_id"`
	Kind      EntryKind `json:"kind"`
	At        time.Time `json:"at"`
}

// Created tells that a project began.
type Created struct {
	ProjectID id.ID     `json:"project_id"`
	EntryID   id.ID     `json:"entry_id"`
	At        time.Time `json:"at"`
}

// Cancellation tells that a project was cancelled.
type Cancellation struct {
	ProjectID id.ID     `json:"project_id"`
	EntryID   id.ID     `json:"entry_id"`
	At        time.Time `json:"at"`
}

// StageChanged tells that a stage was started, completed or reopened, by the topic.
type StageChanged struct {
	ProjectID id.ID     `json:"project_id"`
	StageKey  string    `json:"stage_key"`
	EntryID   id.ID     `json:"entry_id"`
	At        time.Time `json:"at"`
}

// DailyLogPosted tells that a day's log was written (revision 1) or edited (2 and up).
type DailyLogPosted struct {
	ProjectID id.ID     `json:"project_id"`
	LogID     id.ID     `json:"log_id"`
	EntryID   id.ID     `json:"entry_id"`
	Day       clock.Day `json:"day"`
	Revision  int64     `json:"revision"`
	At        time.Time `json:"at"`
}

// PersonChanged tells that a person came into charge; FormerID is the staff member who was before,
// none if nobody was.
type PersonChanged struct {
	ProjectID id.ID     `json:"project_id"`
	PersonID  id.ID     `json:"person_id"`
	StaffID   id.ID     `json:"staff_id"`
	FormerID  id.ID     `json:"former_id,omitzero"`
	Role      string    `json:"role"`
	EntryID   id.ID     `json:"entry_id"`
	At        time.Time `json:"at"`
}
