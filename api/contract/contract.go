// Package contract holds the few shapes that every operation shares: the idempotency key, pages, and
// how an answer says that it is a replay.
package contract

import (
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
)

// Key is embedded by the input of every POST that creates.
type Key struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"64" pattern:"^[!-~]*$" doc:"Chosen by the client before the first attempt; a repeated request with the same key has one effect." example:"0f5f0b1e-6a8e-4b63-9a52-0d0f1f6f1a11"`
}

// Once makes the key of the effect from the header, the operation's id (as in openapi.yaml) and the
// decoded body.
func (k Key) Once(operation string, body any) once.Key {
	return once.Of(k.IdempotencyKey, operation, body)
}

// RequiredKey is embedded by the input of every POST that moves value.
type RequiredKey struct {
	IdempotencyKey string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"64" pattern:"^[!-~]*$" doc:"Chosen by the client before the first attempt; a repeated request with the same key has one effect." example:"0f5f0b1e-6a8e-4b63-9a52-0d0f1f6f1a11"`
}

// Once makes the key of the effect from the header, the operation's id (as in openapi.yaml) and the
// decoded body.
func (k RequiredKey) Once(operation string, body any) once.Key {
	return once.Of(k.IdempotencyKey, operation, body)
}

// Paging is embedded by the input of every list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many items at most." example:"20"`
	Cursor string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before; empty for the first page." example:""`
}

// Page reads the page that is asked for. Errors: input.invalid with query.cursor.
func (p Paging) Page() (db.Page, error) { return db.NewPage(p.Limit, p.Cursor) }

// ByID is embedded by the input of an operation on one thing.
type ByID struct {
	ID id.ID `path:"id" doc:"The thing's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
}

// Read is embedded by the input of a read of one thing that is polled.
type Read struct {
	ByID
	IfNoneMatch string `header:"If-None-Match" maxLength:"1024" doc:"The ETag that the reader has; the answer is 304 when nothing changed." example:"\"5f2b\""`
}

// ReadPage is Read of a list that belongs to one thing.
type ReadPage struct {
	ByID
	Paging
	IfNoneMatch string `header:"If-None-Match" maxLength:"1024" doc:"The ETag that the reader has; the answer is 304 when nothing changed." example:"\"5f2b\""`
}

// NoFields is the body of an action without fields: empty, or {}.
type NoFields struct {
	Body *struct{} `required:"false"`
}

// List is one page of things.
type List[T any] struct {
	Items      []T    `json:"items" nullable:"false" doc:"The items of this page."`
	NextCursor string `json:"next_cursor" doc:"Pass it as cursor for the next page; empty on the last." example:""`
}

// NewList makes a page of rows, each shown by view.
func NewList[R, T any](rows []R, next db.Cursor, view func(R) T) List[T] {
	items := make([]T, 0, len(rows))
	for _, r := range rows {
		items = append(items, view(r))
	}
	return List[T]{Items: items, NextCursor: next.String()}
}

// Answer is the output of an operation that reads or changes.
type Answer[T any] struct {
	Body T
}

// Found wraps what was found.
func Found[T any](body T) *Answer[T] { return &Answer[T]{Body: body} }

// Tagged is an answer that a client may keep and ask for again with If-None-Match.
type Tagged[T any] struct {
	Status int
	ETag   string `header:"ETag"`
	Body   T
}

// Made is the output of an operation that creates under an idempotency key.
type Made[T any] struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true when this is the answer of an earlier request with the same key."`
	Body     T
}

// NewMade wraps what was made; replayed says that an earlier request made it.
func NewMade[T any](body T, replayed bool) *Made[T] {
	m := &Made[T]{Body: body}
	if replayed {
		m.Replayed = "true"
	}
	return m
}

// Nothing is the output of an operation that only confirms, with 204.
type Nothing struct{}

// Bytes is the output of an operation that answers with a picture or another file.
type Bytes struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// Table is the output of an operation that answers with a table for spreadsheets.
type Table struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Disposition  string `header:"Content-Disposition"`
	Body         []byte
}

// NewTable wraps CSV under a file name of ours.
func NewTable(name string, csv []byte) *Table {
	return &Table{ContentType: "text/csv; charset=utf-8", CacheControl: "no-store", Disposition: `attachment; filename="` + name + `"`, Body: csv}
}

// Instant writes an instant as the house shows it: UTC, milliseconds, RFC 3339.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Until is an instant that may be missing.
func Until(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := Instant(*t)
	return &at
}

// Photo is a picture that can be seen for some hours without a session.
type Photo struct {
	URL      string `json:"url" doc:"Where the picture is." example:"https://api.example.com/files/01980f4e"`
	ThumbURL string `json:"thumb_url" doc:"Where its thumbnail is." example:"https://api.example.com/files/01980f4e/thumb"`
}

// NewPhotos shows pictures, in their order.
func NewPhotos[P ~struct{ URL, ThumbURL string }](pictures []P) []Photo {
	photos := make([]Photo, 0, len(pictures))
	for _, p := range pictures {
		photos = append(photos, Photo(p))
	}
	return photos
}
