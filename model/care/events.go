package care

import (
	"time"

	"guike/internal/id"
)

// Topics of the outbox that this domain emits.
const (
	// TopicTaskOpened says that somebody owes something; the owner is told.
	TopicTaskOpened = "care.task_opened"
	// TopicTaskEscalated says that a task was not done in time; the next in line is told.
	TopicTaskEscalated = "care.task_escalated"
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
