package identity

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"time"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// Seniority says since when the company knows a person: the instant of the oldest of their records, and that
// record's id, which tells records of one instant apart. A merge can only make it older.
type Seniority struct {
	At time.Time
	ID id.ID
}

// Before tells that s was known before o; two people never tie.
func (s Seniority) Before(o Seniority) bool {
	return cmp.Or(s.At.Compare(o.At), bytes.Compare(s.ID[:], o.ID[:])) < 0
}

// SeniorityOf reads since when a person is known, by any of their records. Errors: not_found.
func SeniorityOf(ctx context.Context, r db.Reader, customer id.ID) (Seniority, error) {
	var oldest Customer
	err := r.Conn(ctx).Where("id = ? OR merged_into = ?", customer, customer).Select("id", "created_at").Order("created_at, id").Take(&oldest).Error
	if db.Missing(err) {
		return Seniority{}, fault.Missing()
	}
	if err != nil {
		return Seniority{}, fmt.Errorf("read since when a customer is known: %w", err)
	}
	return Seniority{oldest.CreatedAt, oldest.ID}, nil
}
