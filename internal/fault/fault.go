// Package fault describes failures that the caller can act on. Whatever is no Fault is the house's
// own business: it is answered with a 500 that says nothing and logged in full.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says which class of failure it is; each has one HTTP status.
type Kind int

// The kinds, with the status that each is answered with.
const (
	Malformed        Kind = iota + 1 // 400: unreadable
	Unauthenticated                  // 401: sign in first
	Forbidden                        // 403: signed in, not allowed
	NotFound                         // 404: not there, or not yours; both look the same
	Conflict                         // 409: the state of things forbids it
	TooLarge                         // 413
	UnsupportedMedia                 // 415
	Invalid                          // 422: readable, breaks a rule
	TooMany                          // 429: wait and try again
	Unavailable                      // 503: something that is needed is away for now
	NoSpace                          // 507: no room to keep it
)

// Text is a sentence for a person in the two languages of the house.
type Text struct{ ZH, EN string }

// In picks the sentence for a language tag; Chinese is the default.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// Field is one mistake in the input: where it is, a stable code and a sentence.
type Field struct {
	Location string // "body.done_today", "query.limit", "path.id"
	Code     string // "required", "too_long"
	Text     Text
}

// Fault is a failure that the caller can act on.
type Fault struct {
	Kind       Kind
	Code       string // stable, dotted, lower case; listed in docs/errors.md
	Text       Text
	Fields     []Field
	RetryAfter time.Duration // with TooMany and Unavailable
	cause      error
}

// New describes a failure. Codes are promised to clients and never change their meaning.
func New(kind Kind, code, zh, en string) *Fault {
	return &Fault{Kind: kind, Code: code, Text: Text{ZH: zh, EN: en}}
}

// Error is for logs; people are shown Text.
func (f *Fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %v", f.Code, f.cause)
	}
	return f.Code
}

// Unwrap returns what caused the failure, if that is known.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes two faults equal when their codes are.
func (f *Fault) Is(target error) bool {
	other, ok := target.(*Fault)
	return ok && other.Code == f.Code
}

// Because returns a copy that remembers its cause, for the log only.
func (f *Fault) Because(cause error) *Fault {
	c := *f
	c.cause = cause
	return &c
}

// At returns a copy that names a field of the input.
func (f *Fault) At(location, code, zh, en string) *Fault {
	c := *f
	c.Fields = append(append([]Field(nil), f.Fields...), Field{location, code, Text{zh, en}})
	return &c
}

// After returns a copy that says how long to wait before trying again.
func (f *Fault) After(d time.Duration) *Fault {
	c := *f
	c.RetryAfter = d
	return &c
}

// Of finds the Fault in an error chain.
func Of(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}

// Or is an error, or the refusal f when there is none.
func Or(err error, f *Fault) error {
	if err != nil {
		return err
	}
	return f
}

// Code is the code of the Fault in an error chain, empty when there is none.
func Code(err error) string {
	if f, ok := Of(err); ok {
		return f.Code
	}
	return ""
}

// Missing is the one answer for what is not there and for what is not yours.
func Missing() *Fault {
	return New(NotFound, "not_found", "找不到您要的内容。", "There is nothing here under that id.")
}

// Broken names one field of the input that breaks a rule.
func Broken(location, code, zh, en string) *Fault {
	return New(Invalid, "input.invalid", "输入有误,请检查标出的字段。", "The input breaks a rule; see errors.").
		At(location, code, zh, en)
}

// StoreAway says that the database does not answer for now; nothing can be said about the fate of a
// write that was under way, so it is to be repeated with the same key.
func StoreAway(cause error) *Fault {
	return New(Unavailable, "store.unavailable", "系统暂时繁忙,请稍后重试。", "The store is away; try again with the same key.").
		After(2 * time.Second).Because(cause)
}
