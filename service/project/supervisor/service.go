// Package supervisor holds the use cases of third-party supervisors: the directory, the choice by the
// customer, and how the fee is shared (C12). Who becomes of a choice somebody in charge with a sign-in
// is service/flow. Its README says the rules in sentences.
package supervisor

import (
	"guike/internal/crypt"
	"guike/service/project"
)

// Service holds the use cases.
type Service struct {
	j   *project.Journal
	box *crypt.Box
}

// New returns the use cases over the domain's journal; box keeps the phones of supervisors.
func New(j *project.Journal, box *crypt.Box) *Service { return &Service{j: j, box: box} }

// kindChoice is the kind of task that this room opens; its policy is seeded with the others.
const kindChoice = "supervisor_choice"
