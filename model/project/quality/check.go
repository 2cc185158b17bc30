package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// CheckKind is which of the three checks it is.
type CheckKind string

// The three checks (C10): who did the work, a colleague, somebody whose office it is.
const (
	Self    CheckKind = "self"
	Mutual  CheckKind = "mutual"
	Special CheckKind = "special"
)

// CheckKinds lists the three checks in the order in which they are made.
func CheckKinds() []CheckKind { return []CheckKind{Self, Mutual, Special} }

// Check is a record of one of the three checks of a stage. Round is how often the stage had been
// reopened: checks of an earlier round count no more. Rows are inserted and read, never changed; the
// latest of a kind and round is the one that counts.
type Check struct {
	ProjectID   id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	StageKey    string
	Round       int
	Kind        CheckKind
	Passed      bool
	Note        string
	Items       string // JSON list of CheckItem
	CheckerID   id.ID
	CheckerName string
	CheckerRole actor.Role
	CreatedAt   time.Time
}

// TableName is the checks' table.
func (Check) TableName() string { return "stage_checks" }

// CheckItem is one thing that was looked at.
type CheckItem struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Note   string `json:"note,omitempty"`
}

// ItemList reads what was looked at. What cannot be read is an error: a check shown without its items
// would look like one at which nothing was found wrong.
func (c Check) ItemList() ([]CheckItem, error) {
	var items []CheckItem
	if err := json.Unmarshal([]byte(c.Items), &items); err != nil {
		return nil, fmt.Errorf("read items of check %s: %w", c.ID, err)
	}
	return items, nil
}

// JoinItems writes a list of items in the form of Check.Items.
func JoinItems(items []CheckItem) string {
	if len(items) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(items) // texts and truths always have a JSON form
	return string(text)
}

// AddCheckTx keeps a check.
func AddCheckTx(ctx context.Context, tx *db.Tx, c *Check) error {
	c.CreatedAt = tx.Now
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("keep check: %w", err)
	}
	return nil
}

// CheckByID reads a check of a project. Errors: not_found.
func CheckByID(ctx context.Context, r db.Reader, project, check id.ID) (Check, error) {
	var c Check
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, check).Take(&c).Error
	return c, db.OrMissing(err, "read check")
}

// maxChecks bounds what is read of a stage's round; people agree long before.
const maxChecks = 200

// Standing reads the checks of a stage's round that count: the latest of each kind that there is.
func Standing(ctx context.Context, r db.Reader, project id.ID, stage string, round int) (map[CheckKind]Check, error) {
	var rows []Check
	err := r.Conn(ctx).Where("project_id = ? AND stage_key = ? AND round = ?", project, stage, round).
		Order("id DESC").Limit(maxChecks).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read checks of stage: %w", err)
	}
	latest := map[CheckKind]Check{}
	for _, c := range rows {
		if _, later := latest[c.Kind]; !later {
			latest[c.Kind] = c
		}
	}
	return latest, nil
}

// Checks reads a page of a project's checks of every round, newest first; those of one stage when it is
// named.
func Checks(ctx context.Context, r db.Reader, project id.ID, stage string, p db.Page) ([]Check, db.Cursor, error) {
	var more []any
	if stage != "" {
		more = []any{"stage_key = ?", stage}
	}
	rows, err := newest[Check](ctx, r, project, p, more...)
	if err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list checks: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Check) db.Cursor { return db.Cursor{At: c.CreatedAt, ID: c.ID} })
	return rows, next, nil
}
