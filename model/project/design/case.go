package design

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// CaseFile is the kind of row that a case's photos are attached to; its id is the case's.
const CaseFile = "project_case"

// MaxCasePhotos is how many photos a case has at most.
const MaxCasePhotos = 12

// CaseState is where a case stands with the company.
type CaseState string

// The states of a case. A published one is shown while the customer's consent stands.
const (
	CasePublished CaseState = "published"
	CaseWithdrawn CaseState = "withdrawn"
)

// Case is a finished home that others may look at (B14). It names neither the customer nor the home
// beyond its city. A project has one at most.
type Case struct {
	ID          id.ID `gorm:"primaryKey"`
	ProjectID   id.ID
	Title       string
	Story       string
	Style       string
	HouseType   string
	City        string
	Kind        project.Kind
	AreaM2      int   `gorm:"column:area_m2"` // whole square metres
	BudgetFen   int64 // what it cost, as told, in cents
	State       CaseState
	ConsentedAt time.Time // of the consent under which it was published
	ConsentID   id.ID     // which that is
	PublishedAt time.Time
	PublishedBy id.ID
	WithdrawnAt *time.Time
	WithdrawnBy id.ID
	Reason      string // of the withdrawal
	Version     int64
}

// TableName is the cases' table.
func (Case) TableName() string { return "project_cases" }

// casePhoto is a picture of a case, in the order of Seq, from 0.
type casePhoto struct {
	CaseID id.ID `gorm:"primaryKey"`
	Seq    int   `gorm:"primaryKey;autoIncrement:false"`
	FileID id.ID
}

func (casePhoto) TableName() string { return "project_case_photos" }

// CaseOf reads the case of a project; ok is false when there is none.
func CaseOf(ctx context.Context, r db.Reader, projectID id.ID) (c Case, ok bool, err error) {
	err = r.Conn(ctx).Where("project_id = ?", projectID).Take(&c).Error
	if db.Missing(err) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read case: %w", err)
	}
	return c, true, nil
}

// CaseByID reads a case whether it is shown or not. Errors: not_found.
func CaseByID(ctx context.Context, r db.Reader, of id.ID) (Case, error) {
	var c Case
	err := r.Conn(ctx).Where("id = ?", of).Take(&c).Error
	return c, db.OrMissing(err, "read case")
}

// PublishTx keeps a case, or what it says now, with its photos, in place of those that it had.
func PublishTx(ctx context.Context, tx *db.Tx, c *Case, photos []id.ID) error {
	c.State, c.PublishedAt, c.WithdrawnAt, c.WithdrawnBy, c.Reason = CasePublished, tx.Now, nil, id.ID{}, ""
	c.Version++
	var err error
	if c.Version == 1 {
		err = db.Insert(ctx, tx, c)
	} else {
		err = tx.Conn(ctx).Model(&Case{}).Where("id = ?", c.ID).UpdateColumns(map[string]any{
			"title": c.Title, "story": c.Story, "style": c.Style, "house_type": c.HouseType, "city": c.City, "area_m2": c.AreaM2,
			"budget_fen": c.BudgetFen, "state": c.State, "consented_at": c.ConsentedAt, "consent_id": c.ConsentID, "published_at": c.PublishedAt,
			"published_by": c.PublishedBy, "withdrawn_at": nil, "withdrawn_by": nil, "reason": "", "version": c.Version,
		}).Error
	}
	if err != nil {
		return fmt.Errorf("publish case: %w", err)
	}
	if err := tx.Conn(ctx).Where("case_id = ?", c.ID).Delete(&casePhoto{}).Error; err != nil {
		return fmt.Errorf("clear photos of case: %w", err)
	}
	rows := make([]casePhoto, 0, len(photos))
	for i, f := range photos {
		rows = append(rows, casePhoto{CaseID: c.ID, Seq: i, FileID: f})
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep photos of case: %w", err)
	}
	return nil
}

// WithdrawTx takes a case out of sight. Its photos are kept no longer.
func WithdrawTx(ctx context.Context, tx *db.Tx, c Case) error {
	err := tx.Conn(ctx).Model(&Case{}).Where("id = ?", c.ID).UpdateColumns(map[string]any{
		"state": CaseWithdrawn, "withdrawn_at": tx.Now, "withdrawn_by": c.WithdrawnBy, "reason": c.Reason, "version": gorm.Expr("version + 1"),
	}).Error
	if err == nil {
		err = tx.Conn(ctx).Where("case_id = ?", c.ID).Delete(&casePhoto{}).Error
	}
	if err != nil {
		return fmt.Errorf("withdraw case: %w", err)
	}
	return nil
}

// PhotosOf reads the photos of several cases in their order, in one statement.
func PhotosOf(ctx context.Context, r db.Reader, cases []id.ID) (map[id.ID][]id.ID, error) {
	of := make(map[id.ID][]id.ID, len(cases))
	if len(cases) == 0 {
		return of, nil
	}
	var rows []casePhoto
	if err := r.Conn(ctx).Where("case_id IN ?", cases).Order("case_id, seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read photos of cases: %w", err)
	}
	for _, p := range rows {
		of[p.CaseID] = append(of[p.CaseID], p.FileID)
	}
	return of, nil
}

// Consent is what a consent to publication must be to stand: of this policy, in this version at least.
// The zero Consent lets nothing be shown.
type Consent struct {
	Policy  string
	Version int64
	Purpose string
}

// shown is the one place of this room that reads a table of identity: whether the consent of the contract
// party stands is decided in the same statement, so that a withdrawal hides the case at once. A case
// stays hidden after a withdrawal, also when the customer consents anew, until it is published again.
// The consents are counted for each case in turn, since a store that was asked whether they exist may
// begin with all of them, and then sort.
func shown(q *gorm.DB, c Consent) *gorm.DB {
	const given = "(SELECT COUNT(*) FROM projects p JOIN consents k ON k.customer_id = p.customer_id" +
		" WHERE p.id = project_cases.project_id AND k.purpose = ? AND k.at >= project_cases.consented_at" +
		" AND (k.at > project_cases.consented_at OR k.id >= project_cases.consent_id) AND k.granted = ?"
	return q.Where("project_cases.state = ?", CasePublished).
		Where(given+" AND k.policy = ? AND k.version >= ?) > 0", c.Purpose, true, c.Policy, c.Version).
		Where(given+") = 0", c.Purpose, false)
}

// CaseFilter narrows the library; zero fields narrow nothing.
type CaseFilter struct {
	BudgetMinFen, BudgetMaxFen int64 // inclusive
	Style, HouseType           string
}

// Cases reads the cases that anybody may see, newest first.
func Cases(ctx context.Context, r db.Reader, consent Consent, f CaseFilter, p db.Page) ([]Case, db.Cursor, error) {
	q := shown(r.Conn(ctx).Select("project_cases.*"), consent)
	if f.BudgetMinFen > 0 {
		q = q.Where("project_cases.budget_fen >= ?", f.BudgetMinFen)
	}
	if f.BudgetMaxFen > 0 {
		q = q.Where("project_cases.budget_fen <= ?", f.BudgetMaxFen)
	}
	if f.Style != "" {
		q = q.Where("project_cases.style = ?", f.Style)
	}
	if f.HouseType != "" {
		q = q.Where("project_cases.house_type = ?", f.HouseType)
	}
	var rows []Case
	if err := p.Newest(q, "project_cases.published_at", "project_cases.id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list cases: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Case) db.Cursor { return db.Cursor{At: c.PublishedAt, ID: c.ID} })
	return rows, next, nil
}

// ShownCase reads a case that anybody may see. Errors: not_found.
func ShownCase(ctx context.Context, r db.Reader, consent Consent, of id.ID) (Case, error) {
	var c Case
	err := shown(r.Conn(ctx).Select("project_cases.*"), consent).Where("project_cases.id = ?", of).Take(&c).Error
	if db.Missing(err) {
		return c, fault.Missing()
	}
	if err != nil {
		return c, fmt.Errorf("read case: %w", err)
	}
	return c, nil
}
