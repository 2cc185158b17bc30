package handover

import (
	"context"
	"fmt"
	"time"

	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
)

// Wish is one thing that a customer likes, or that is to be minded, in the words of the registry.
type Wish struct {
	Key     string
	TitleZH string
	TitleEN string
	Value   string
}

// Wishes reads what a customer likes; what lacks the consent that it needs is left out. The reader's
// scope has been seen to.
type Wishes interface {
	WishesOf(ctx context.Context, r db.Reader, customer id.ID) ([]Wish, error)
}

// CareNote is what colleagues remember of a customer (A10); phone numbers in it are masked.
type CareNote struct {
	Text string
	At   time.Time
}

// customer reads how the customer of an order likes to be served.
func (s *Service) customer(ctx context.Context, o *Order) (err error) {
	if o.Wishes, err = s.likes.WishesOf(ctx, s.j.DB, o.CustomerID); err != nil {
		return err
	}
	rows, err := identity.CareNotesOf(ctx, s.j.DB, []id.ID{o.CustomerID})
	if err != nil {
		return err
	}
	for _, n := range rows[o.CustomerID] {
		text, err := s.box.Open(identity.CareNoteField, n.TextEnc)
		if err != nil {
			return fmt.Errorf("open care note: %w", err)
		}
		o.CareNotes = append(o.CareNotes, CareNote{crypt.MaskPhones(text), n.CreatedAt})
	}
	return nil
}
