package identity

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
)

const (
	// CareNoteMax is how many characters a care note has at most.
	CareNoteMax = 500
	// MaxCareNotes is how many care notes of a customer stand at once.
	MaxCareNotes = 20
)

// CareNote is what colleagues remember of a customer (A10). Phone numbers in it are masked.
type CareNote struct {
	ID          id.ID
	Text        string // empty once withdrawn
	AuthorID    id.ID
	AuthorName  string
	CreatedAt   time.Time
	WithdrawnBy id.ID
	WithdrawnAt *time.Time
}

// CareNotes lists the care notes of a customer within the actor's scope, newest first, withdrawn ones
// too, without their text. Errors: not_found.
func (s *Customers) CareNotes(ctx context.Context, who actor.Actor, customer id.ID, p db.Page) ([]CareNote, db.Cursor, error) {
	c, err := identity.FindCustomer(ctx, s.db, who, customer)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next, err := identity.AllCareNotes(ctx, s.db, c.ID, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	shown, err := s.showNotes(ctx, map[id.ID][]identity.CareNote{c.ID: rows})
	return shown[c.ID], next, err
}

// careNotesOf reads the standing notes of several customers.
func (s *Customers) careNotesOf(ctx context.Context, customers []id.ID) (map[id.ID][]CareNote, error) {
	rows, err := identity.CareNotesOf(ctx, s.db, customers)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return s.showNotes(ctx, rows)
}

func (s *Customers) showNotes(ctx context.Context, rows map[id.ID][]identity.CareNote) (map[id.ID][]CareNote, error) {
	var authors []id.ID
	for _, of := range rows {
		for _, n := range of {
			authors = append(authors, n.AuthorID)
		}
	}
	people, err := identity.StaffByIDs(ctx, s.db, authors)
	if err != nil {
		return nil, err
	}
	shown := make(map[id.ID][]CareNote, len(rows))
	for customer, of := range rows {
		for _, n := range of {
			text, err := s.codec.open(identity.CareNoteField, n.TextEnc)
			if err != nil {
				return nil, err
			}
			shown[customer] = append(shown[customer], CareNote{
				ID: n.ID, Text: crypt.MaskPhones(text), AuthorID: n.AuthorID, AuthorName: people[n.AuthorID].Name,
				CreatedAt: n.CreatedAt, WithdrawnBy: n.WithdrawnBy, WithdrawnAt: n.WithdrawnAt,
			})
		}
	}
	return shown, nil
}

// AddCareNote keeps what a member of staff remembers of a customer within their scope. Errors:
// not_found; input.invalid; care_note.too_many when MaxCareNotes stand.
func (s *Customers) AddCareNote(ctx context.Context, who actor.Actor, key once.Key, customer id.ID, text string) (note CareNote, replayed bool, err error) {
	text = trim(text)
	if text == "" {
		return note, false, required("body.text", text, CareNoteMax)
	}
	if err := plainText("body.text", text, CareNoteMax); err != nil {
		return note, false, err
	}
	var made noted
	err = s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		made, replayed, err = once.Do(ctx, tx, who, key, func() (noted, error) { return s.addNoteTx(ctx, tx, who, customer, text) })
		return err
	})
	if err != nil {
		return note, false, err
	}
	note, err = s.careNote(ctx, made.CustomerID, made.NoteID)
	return note, replayed, err
}

// noted is which note was kept, of whom.
type noted struct{ CustomerID, NoteID id.ID }

func (s *Customers) addNoteTx(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID, text string) (noted, error) {
	c, err := s.lockSeen(ctx, tx, who, customer)
	if err != nil {
		return noted{}, err
	}
	standing, err := identity.CareNotesOf(ctx, tx, []id.ID{c.ID})
	if err != nil {
		return noted{}, err
	}
	if len(standing[c.ID]) >= MaxCareNotes {
		return noted{}, faultTooManyNotes()
	}
	sealed, err := s.codec.seal(identity.CareNoteField, text)
	if err != nil {
		return noted{}, err
	}
	n := identity.CareNote{CustomerID: c.ID, ID: id.New(), TextEnc: sealed, AuthorID: who.ID, CreatedAt: tx.Now, Version: 1}
	if err := db.Insert(ctx, tx, &n); err != nil {
		return noted{}, fmt.Errorf("keep care note: %w", err)
	}
	return noted{c.ID, n.ID}, audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "care_note.added", Kind: "customer", Subject: c.ID, Detail: map[string]id.ID{"note": n.ID},
	})
}

// WithdrawCareNote takes a care note away: its text is gone, and who took it away is kept. A second time
// changes nothing. Errors: not_found.
func (s *Customers) WithdrawCareNote(ctx context.Context, who actor.Actor, customer, note id.ID) (CareNote, error) {
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.lockSeen(ctx, tx, who, customer)
		if err != nil {
			return err
		}
		customer = c.ID
		n, err := identity.LockCareNote(ctx, tx, c.ID, note)
		if err != nil || n.Withdrawn() {
			return err
		}
		if err := identity.WithdrawCareNoteTx(ctx, tx, &n, who.ID); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "care_note.withdrawn", Kind: "customer", Subject: c.ID, Detail: map[string]id.ID{"note": n.ID}})
	})
	if err != nil {
		return CareNote{}, err
	}
	return s.careNote(ctx, customer, note)
}

func (s *Customers) careNote(ctx context.Context, customer, note id.ID) (CareNote, error) {
	n, err := identity.CareNoteByID(ctx, s.db, customer, note)
	if err != nil {
		return CareNote{}, err
	}
	shown, err := s.showNotes(ctx, map[id.ID][]identity.CareNote{customer: {n}})
	if err != nil {
		return CareNote{}, err
	}
	return shown[customer][0], nil
}
