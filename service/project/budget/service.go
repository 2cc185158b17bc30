// Package budget holds the use cases of change orders, payments, and the budget that follows from
// them. Its README says the rules in sentences.
package budget

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	projects "guike/model/project"
	"guike/service/project"
)

// The kinds of task that change orders open.
const (
	TaskAsked   = "change_order_asked"   // a customer waits for an offer
	TaskWaiting = "change_order_waiting" // an offer ends within 24 hours
	TaskLapsed  = "change_order_lapsed"  // an offer ended without an answer
)

const (
	// maxFen bounds every amount, either way: beyond it somebody mistyped.
	maxFen = 1_000_000_000_000
	// maxPaidFen bounds what is paid for one project, so that no sum runs over.
	maxPaidFen = 10 * maxFen

	maxTitle, maxText, maxWord = 100, 2000, 500
	maxPhotos                  = 9
	maxLines, maxLine          = 50, 200
	maxDays                    = 365
	maxOrders, maxOffers       = 200, 50 // of a project, of an order
)

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }

// see reads a project on behalf of staff within reach, or of the owners and family of its home.
// Errors: not_found; home.family_only.
func (s *Service) see(ctx context.Context, who actor.Actor, projectID id.ID) (projects.Project, error) {
	if who.Kind != actor.Customer {
		return projects.Find(ctx, s.j.DB, who, projectID)
	}
	seen, err := projects.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err == nil && !project.SeesMoney(who, seen) {
		err = project.ErrFamilyOnly
	}
	return seen.Project, err
}

// add sums two amounts; ok is false when the sum leaves the bounds of money.
func add(a, b int64) (sum int64, ok bool) {
	sum = a + b
	over := (b > 0 && sum < a) || (b < 0 && sum > a)
	return sum, !over && sum >= -maxFen && sum <= maxFen
}

// cause names what opens a task about a change order: the same one opens it once.
func cause(order id.ID, why string) string { return "change_order:" + order.String() + ":" + why }
