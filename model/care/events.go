package care

import (
	"time"

	"guike/internal/actor"
	"guike/internal/id"
)

// Topics of the outbox that this domain emits.
const (
	// TopicTaskOpened says that somebody owes something; the owner is told.
	TopicTaskOpened = "care.task_opened"
	// TopicTaskEscalated says that a task was not done in time; the next in line is told.
	TopicTaskEscalated = "care.task_escalated"
	// TopicTaskRenewed says that what a task asks for is missing again; whoever it names is told.
	TopicTaskRenewed = "care.task_renewed"
)

// TaskOpened is the payload of TopicTaskOpened.
type TaskOpened struct {
	TaskID id.ID     `json:"task_id"`
	At     time.Time `json:"at"`
}

// TaskEscalated is the payload of TopicTaskEscalated.
type TaskEscalated struct {
	TaskID id.ID     `json:"task_id"`
	Level  int64     `json:"level"`
	At     time.Time `json:"at"`
}

// TaskRenewed is the payload of TopicTaskRenewed: why somebody is told, in the house's words, and whom: a
// person, or everybody of the role who answers for the task's store. Up tells that it is over the owner's
// head.
type TaskRenewed struct {
	TaskID id.ID      `json:"task_id"`
	ToID   id.ID      `json:"to_id,omitzero"`
	ToRole actor.Role `json:"to_role"`
	Reason string     `json:"reason"`
	Up     bool       `json:"up,omitempty"`
	At     time.Time  `json:"at"`
}
