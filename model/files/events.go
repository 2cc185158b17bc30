package files

import "guike/internal/id"

// The topics of the outbox events that files owe.
const (
	TopicCheckRequested = "files.check_requested" // Event; a customer's picture is to be checked
	TopicReviewNeeded   = "files.review_needed"   // ReviewNeeded; a person must look at a customer's picture
	TopicWithdrawn      = "files.withdrawn"       // Event; the objects are to be removed
)

// Event names the file that it is about.
type Event struct {
	FileID id.ID `json:"file_id"`
}

// ReviewNeeded names the file and what brought it to a person.
type ReviewNeeded struct {
	FileID     id.ID `json:"file_id"`
	CustomerID id.ID `json:"customer_id"`
	Why        Why   `json:"why"`
}
