package handover

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/model/identity"
)

// Wishes is what the house knows about how a customer likes to be served.
type Wishes struct {
	Note string // what colleagues wrote down about the customer
}

func (s *Service) wishes(ctx context.Context, o *Order) error {
	c, err := identity.FindCustomer(ctx, s.j.DB, actor.Machine(), o.CustomerID)
	if err != nil {
		return fmt.Errorf("customer of order: %w", err)
	}
	o.Customer.Note, err = s.box.Open(identity.CustomerNoteField, c.NoteEnc)
	return err
}
