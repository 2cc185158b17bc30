package db

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"guike/internal/fault"
	"guike/internal/id"
)

// Cursor is a place in a list that is ordered by an instant and, within it, by id.
type Cursor struct {
	At time.Time
	ID id.ID
}

// IsZero tells that the list starts at its beginning.
func (c Cursor) IsZero() bool { return c.ID.IsZero() }

// String is the opaque text that clients pass back; empty for the beginning.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	var b [24]byte
	binary.BigEndian.PutUint64(b[:8], uint64(c.At.UnixMilli()))
	copy(b[8:], c.ID[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ParseCursor reads what String wrote.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	ms := int64(0)
	if err == nil && len(b) == 24 {
		ms = int64(binary.BigEndian.Uint64(b[:8]))
	}
	const year2200 = 7_258_118_400_000
	if err != nil || len(b) != 24 || ms <= 0 || ms > year2200 {
		return Cursor{}, fault.Broken("query.cursor", "malformed", "翻页标记无效,请从头开始。", "The cursor is not one of ours; start again without it.")
	}
	return Cursor{At: time.UnixMilli(ms).UTC(), ID: id.ID(b[8:])}, nil
}

// Page asks for part of a list: at most Limit rows after a cursor.
type Page struct {
	Limit int
	After Cursor
}

// DefaultLimit is how many rows a list gives when nothing is said; MaxLimit is the most.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// NewPage reads limit and cursor as they came with a request; a limit of 0 means DefaultLimit.
func NewPage(limit int, cursor string) (Page, error) {
	c, err := ParseCursor(cursor)
	if err != nil {
		return Page{}, err
	}
	if limit == 0 {
		limit = DefaultLimit
	}
	if limit < 1 || limit > MaxLimit {
		return Page{}, fault.Broken("query.limit", "out_of_range", "每页数量须在 1 到 100 之间。", "The limit lies between 1 and 100.")
	}
	return Page{Limit: limit, After: c}, nil
}

// Newest orders a query by (at, id), newest first, and cuts it to the page and one row more, by which
// Cut sees that there is a next page. at and id are column names of ours, never a caller's text.
func (p Page) Newest(q *gorm.DB, at, id string) *gorm.DB {
	if !p.After.IsZero() {
		q = q.Where(at+" <= ? AND ("+at+" < ? OR "+id+" < ?)", p.After.At, p.After.At, p.After.ID)
	}
	return q.Order(at + " DESC, " + id + " DESC").Limit(p.Limit + 1)
}

// Oldest is Newest the other way round: what is due first comes first.
func (p Page) Oldest(q *gorm.DB, at, id string) *gorm.DB {
	if !p.After.IsZero() {
		q = q.Where(at+" >= ? AND ("+at+" > ? OR "+id+" > ?)", p.After.At, p.After.At, p.After.ID)
	}
	return q.Order(at + ", " + id).Limit(p.Limit + 1)
}

// Cond is a condition: SQL of ours and what fills its marks. An empty one always holds.
type Cond struct {
	SQL  string
	Args []any
}

// AnyOf is the condition that holds when one of several does; of none it never holds.
func AnyOf(conds []Cond) Cond {
	if len(conds) == 0 {
		return Cond{SQL: "1 = 0"}
	}
	parts, args := make([]string, 0, len(conds)), []any(nil)
	for _, c := range conds {
		parts, args = append(parts, c.SQL), append(args, c.Args...)
	}
	if len(parts) == 1 {
		return Cond{parts[0], args}
	}
	return Cond{"(" + strings.Join(parts, " OR ") + ")", args}
}

// Either narrows a list of a table's rows to those for which of every group one condition holds at least.
// An OR in a list that is ordered and cut is answered by walking through the table until a page is full;
// so every combination becomes a query of its own, which an index serves in order and which is cut to the
// page, and the list is what they find together. base makes the query without order; cut orders and cuts
// it, as Newest and Oldest do. A group without conditions is met by no row.
func Either(table string, base func() *gorm.DB, cut func(*gorm.DB) *gorm.DB, groups ...[]Cond) *gorm.DB {
	branches := [][]Cond{nil}
	for _, group := range groups {
		var split [][]Cond
		for _, b := range branches {
			for _, c := range group {
				split = append(split, append(slices.Clone(b), c))
			}
		}
		branches = split
	}
	query := func(conds []Cond) *gorm.DB {
		q := base()
		for _, c := range conds {
			q = q.Where(c.SQL, c.Args...)
		}
		return cut(q)
	}
	switch len(branches) {
	case 0:
		return cut(base().Where("1 = 0"))
	case 1:
		return query(branches[0])
	}
	var found strings.Builder
	parts := make([]any, 0, len(branches))
	for i, conds := range branches {
		if i > 0 {
			found.WriteString(" UNION ")
		}
		fmt.Fprintf(&found, "SELECT id FROM (?) b%d", i)
		parts = append(parts, query(conds).Select(table+".id"))
	}
	return cut(base().Joins("JOIN ("+found.String()+") found ON found.id = "+table+".id", parts...))
}

// Cut takes the page's rows of those that Newest or Oldest found and tells where the next page starts.
func Cut[T any](p Page, rows []T, place func(T) Cursor) (page []T, next Cursor) {
	if len(rows) <= p.Limit {
		return rows, Cursor{}
	}
	page = rows[:p.Limit]
	return page, place(page[p.Limit-1])
}
