package card

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/internal/qr"
	"guike/model/db"
	model "guike/model/membership/card"
	"guike/model/once"
)

const (
	// CodeLives is how long a code for the till can be scanned.
	CodeLives = time.Minute
	// CodesAMinute is how many codes a customer can have made within any minute.
	CodesAMinute = 10

	// The pictures of a code, in pixels.
	codeSide                  = 480
	barcodeWidth, barcodeHigh = 640, 160

	// The fields under which codes are derived and found.
	codeField = "till_codes.code"
	hashField = "till_codes.code_hash"
)

// Code is a code for the till.
type Code struct {
	Text      string
	ExpiresAt time.Time
	Left      time.Duration // how long it can still be scanned; never below zero
}

// QR draws the code for phones and scanners with a camera, as a PNG.
func (c Code) QR() ([]byte, error) {
	picture, err := qr.PNG(c.Text, codeSide)
	if err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	return picture, nil
}

// Barcode draws the code for the scanners of tills (Code 128), as a PNG.
func (c Code) Barcode() ([]byte, error) {
	picture, err := qr.Code128PNG(c.Text, barcodeWidth, barcodeHigh)
	if err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	return picture, nil
}

// made is what making or scanning a code leaves behind under its key; never the code.
type made struct {
	CustomerID id.ID `json:"customer_id"`
	CodeID     id.ID `json:"code_id"`
}

// NewCode makes a code that the customer shows at the till (F11): it can be scanned once, within a minute, and
// ends the one before. Whoever is no member yet becomes one. Errors: card_code.too_many.
func (s *Service) NewCode(ctx context.Context, who actor.Actor, key once.Key) (c Code, replayed bool, err error) {
	var row model.TillCode
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		var done made
		done, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) { return s.newCodeTx(ctx, tx, who) })
		if err != nil {
			return err
		}
		row, err = model.CodeOf(ctx, tx, done.CustomerID, done.CodeID)
		return err
	})
	if err != nil {
		return Code{}, false, err
	}
	c, err = s.show(row)
	return c, replayed, err
}

func (s *Service) newCodeTx(ctx context.Context, tx *db.Tx, who actor.Actor) (made, error) {
	if err := s.joinTx(ctx, tx, who); err != nil {
		return made{}, err
	}
	recent, err := model.Recent(ctx, tx, who.ID, CodesAMinute)
	if err != nil {
		return made{}, err
	}
	if len(recent) == CodesAMinute {
		if wait := recent[CodesAMinute-1].CreatedAt.Add(time.Minute).Sub(tx.Now); wait > 0 {
			return made{}, errTooManyCodes.After(wait)
		}
	}
	row := model.TillCode{CustomerID: who.ID, ID: id.New(), ExpiresAt: tx.Now.Add(CodeLives).UnixMilli()}
	text, err := s.text(row.ID)
	if err != nil {
		return made{}, err
	}
	row.Hash = s.hash(text)
	return made{who.ID, row.ID}, model.AddCodeTx(ctx, tx, &row)
}

// text derives the code of a row from its id and a secret that the store does not have: what the store holds
// opens nothing, and a repeated request is answered with the same code.
func (s *Service) text(row id.ID) (string, error) {
	return crypt.Code(model.CodeKind, bytes.NewReader(s.d.Blind.Index(codeField, row.String())))
}

func (s *Service) hash(text string) []byte { return s.d.Blind.Index(hashField, text) }

func (s *Service) show(row model.TillCode) (Code, error) {
	text, err := s.text(row.ID)
	if err != nil {
		return Code{}, err
	}
	c := Code{Text: text, ExpiresAt: time.UnixMilli(row.ExpiresAt).UTC()}
	if now := s.d.DB.Now(); row.LiveAt(now) {
		c.Left = c.ExpiresAt.Sub(now)
	}
	return c, nil
}

// PruneCodesTx forgets at most n codes that expired a day ago or earlier, and tells how many.
func (*Service) PruneCodesTx(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	return model.PruneCodesTx(ctx, tx, n)
}
