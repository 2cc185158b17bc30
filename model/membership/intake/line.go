package intake

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Kind says what a line describes.
type Kind string

// The kinds, in the order in which they are imported: each may refer to those before it.
const (
	Customers Kind = "customers"
	Homes     Kind = "homes"
	Projects  Kind = "projects"
	Balances  Kind = "balances"
)

// Kinds lists them in that order.
func Kinds() []Kind { return []Kind{Customers, Homes, Projects, Balances} }

// Valid tells whether the kind is one of the house's.
func (k Kind) Valid() bool { return k == Customers || k == Homes || k == Projects || k == Balances }

// Outcome is what became of a line.
type Outcome string

// The outcomes.
const (
	Created Outcome = "created"
	Linked  Outcome = "linked" // to a customer who was known by phone
)

// Line says which external number became what, for good: it is what makes an import happen once. Content
// is a keyed hash of what the line said, by which a changed one is told. RefID is the customer, home or
// project; of a balance, its customer.
type Line struct {
	Kind       Kind   `gorm:"primaryKey"`
	ExternalNo string `gorm:"primaryKey"`
	Content    []byte
	RefID      id.ID
	Outcome    Outcome
	RunID      id.ID
	ImportedAt time.Time
}

// TableName is the lines' table.
func (Line) TableName() string { return "import_lines" }

// batch bounds how many rows one statement names.
const batch = 200

// LinesByNo reads which of some external numbers of a kind were imported.
func LinesByNo(ctx context.Context, r db.Reader, kind Kind, nos []string) (map[string]Line, error) {
	found := make(map[string]Line, len(nos))
	for len(nos) > 0 {
		n := min(len(nos), batch)
		var rows []Line
		if err := r.Conn(ctx).Where("kind = ? AND external_no IN ?", kind, nos[:n]).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read imported lines: %w", err)
		}
		for _, l := range rows {
			found[l.ExternalNo] = l
		}
		nos = nos[n:]
	}
	return found, nil
}

// LinesByRef reads which of some things of a kind were imported, by their ids.
func LinesByRef(ctx context.Context, r db.Reader, kind Kind, refs []id.ID) (map[id.ID]Line, error) {
	found := make(map[id.ID]Line, len(refs))
	for len(refs) > 0 {
		n := min(len(refs), batch)
		var rows []Line
		if err := r.Conn(ctx).Where("kind = ? AND ref_id IN ?", kind, refs[:n]).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read imported lines: %w", err)
		}
		for _, l := range rows {
			found[l.RefID] = l
		}
		refs = refs[n:]
	}
	return found, nil
}

// AddLinesTx writes down what external numbers became, in the transaction in which they did. A number that
// a rival wrote down meanwhile is db.Duplicate, and the transaction is to be given up.
func AddLinesTx(ctx context.Context, tx *db.Tx, lines []Line) error {
	if len(lines) == 0 {
		return nil
	}
	return tx.Conn(ctx).CreateInBatches(&lines, batch).Error
}

// MoveTx lets what was imported as one customer be another, into whom the record was merged.
func MoveTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	err := tx.Conn(ctx).Model(&Line{}).Where("kind IN ? AND ref_id = ?", []Kind{Customers, Balances}, from).UpdateColumn("ref_id", to).Error
	if err != nil {
		return fmt.Errorf("move imported lines: %w", err)
	}
	return nil
}
