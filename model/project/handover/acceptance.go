package handover

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// SignerNameField is the column of sealed signatures, as the box that seals them knows it.
const SignerNameField = "acceptance_decisions.name"

// AcceptanceState is where an acceptance stands.
type AcceptanceState string

// The states of an acceptance: of its current version alone.
const (
	AcceptanceOpen    AcceptanceState = "open"
	AcceptanceSigned  AcceptanceState = "signed"
	AcceptanceRefused AcceptanceState = "refused"
)

// Acceptance is the paper under which a stage is accepted (C18): one for each round of a stage, which
// are counted by its reopenings. A changed sheet is another version, and what was decided about the
// former one does not count.
type Acceptance struct {
	ProjectID        id.ID `gorm:"primaryKey"`
	ID               id.ID `gorm:"primaryKey"`
	StageKey         string
	Round            int
	ChecklistVersion int // 0 when the stage has no checklist
	Version          int64
	State            AcceptanceState
	CreatedAt        time.Time
	UpdatedAt        time.Time
}

// TableName is the acceptances' table.
func (Acceptance) TableName() string { return "acceptances" }

// Sheet is a version of an acceptance. Rows are inserted and read, never changed. ContentHash is the
// SHA-256 of the canonical form of all that the customer decides about.
type Sheet struct {
	ProjectID    id.ID `gorm:"primaryKey"`
	AcceptanceID id.ID `gorm:"primaryKey"`
	Version      int64 `gorm:"primaryKey;autoIncrement:false"`
	Note         string
	CareGiven    bool
	CareText     string
	ContentHash  []byte
	AuthorID     id.ID
	AuthorName   string
	AuthorRole   actor.Role
	CreatedAt    time.Time
}

// TableName is the table of the acceptances' versions.
func (Sheet) TableName() string { return "acceptance_versions" }

// Result is what was found at a line of a sheet.
type Result string

// The results of a line.
const (
	ResultOK            Result = "ok"
	ResultDefect        Result = "defect"
	ResultNotApplicable Result = "n_a"
)

// Valid tells whether the result is one of the house's.
func (r Result) Valid() bool {
	return r == ResultOK || r == ResultDefect || r == ResultNotApplicable
}

// Item is a line of a sheet.
type Item struct {
	ProjectID    id.ID  `gorm:"primaryKey"`
	AcceptanceID id.ID  `gorm:"primaryKey"`
	Version      int64  `gorm:"primaryKey;autoIncrement:false"`
	Seq          int    `gorm:"primaryKey;autoIncrement:false"`
	Key          string `gorm:"column:item_key"`
	Text         string
	TextEN       string `gorm:"column:text_en"`
	Result       Result
	Note         string
}

// TableName is the table of the sheets' lines.
func (Item) TableName() string { return "acceptance_items" }

// ItemPhoto is a picture of a line, in the order of Seq, from 0.
type ItemPhoto struct {
	ProjectID    id.ID `gorm:"primaryKey"`
	AcceptanceID id.ID `gorm:"primaryKey"`
	Version      int64 `gorm:"primaryKey;autoIncrement:false"`
	ItemSeq      int   `gorm:"primaryKey;autoIncrement:false"`
	Seq          int   `gorm:"primaryKey;autoIncrement:false"`
	FileID       id.ID
}

// TableName is the table of the lines' pictures.
func (ItemPhoto) TableName() string { return "acceptance_photos" }

// Method says how a decision was made.
type Method string

// The methods: in the app by the customer, or on paper, recorded by staff.
const (
	MethodApp   Method = "app"
	MethodPaper Method = "paper"
)

// Decision is what the customer decided about a version: one for each, which the primary key keeps.
// Rows are inserted and read, never changed. NameEnc is the name as written under it, sealed.
type Decision struct {
	ProjectID    id.ID           `gorm:"primaryKey"`
	AcceptanceID id.ID           `gorm:"primaryKey"`
	Version      int64           `gorm:"primaryKey;autoIncrement:false"`
	Verdict      AcceptanceState // signed or refused
	Method       Method
	CustomerID   id.ID // who decided in the app
	NameEnc      []byte
	Word         string // why it was refused
	ContentHash  []byte
	FileID       id.ID  // the picture of the paper
	Reason       string // why it was signed on paper
	RecordedBy   id.ID  // who recorded the paper
	RecordedName string
	DecidedAt    time.Time
}

// TableName is the decisions' table.
func (Decision) TableName() string { return "acceptance_decisions" }

// Whole is an acceptance with its current version, or with the one asked for.
type Whole struct {
	Acceptance
	Sheet    Sheet
	Items    []Item
	Photos   []ItemPhoto
	Decision *Decision // about the version of the sheet
}

// canonical is the form of what is signed: field names and their order are fixed, so that the hash of
// a sheet can be computed again from its rows.
type canonical struct {
	Project    string          `json:"project"`
	Acceptance string          `json:"acceptance"`
	Stage      string          `json:"stage"`
	Round      int             `json:"round"`
	Version    int64           `json:"version"`
	Items      []canonicalItem `json:"items"`
	Note       string          `json:"note"`
	CareGiven  bool            `json:"care_given"`
	CareText   string          `json:"care_text"`
}

type canonicalItem struct {
	Key    string   `json:"key"`
	Text   string   `json:"text"`
	Result Result   `json:"result"`
	Note   string   `json:"note"`
	Photos []string `json:"photos"`
}

// Hash is the SHA-256 of the canonical form of what the sheet says: its JSON in the order of the fields
// above, without white space.
func (w Whole) Hash() []byte {
	c := canonical{
		Project: w.ProjectID.String(), Acceptance: w.ID.String(), Stage: w.StageKey, Round: w.Round, Version: w.Sheet.Version,
		Items: make([]canonicalItem, 0, len(w.Items)), Note: w.Sheet.Note, CareGiven: w.Sheet.CareGiven, CareText: w.Sheet.CareText,
	}
	for _, it := range w.Items {
		line := canonicalItem{Key: it.Key, Text: it.Text, Result: it.Result, Note: it.Note, Photos: []string{}}
		for _, f := range w.PhotosOf(it.Seq) {
			line.Photos = append(line.Photos, f.String())
		}
		c.Items = append(c.Items, line)
	}
	text, _ := json.Marshal(c) // texts, numbers and lists always have a JSON form
	sum := sha256.Sum256(text)
	return sum[:]
}

// PhotosOf lists the pictures of a line, in their order.
func (w Whole) PhotosOf(seq int) []id.ID {
	var files []id.ID
	for _, p := range w.Photos {
		if p.ItemSeq == seq {
			files = append(files, p.FileID)
		}
	}
	return files
}

// Defects lists the lines at which something was found.
func (w Whole) Defects() []Item {
	var found []Item
	for _, it := range w.Items {
		if it.Result == ResultDefect {
			found = append(found, it)
		}
	}
	return found
}

// OpenSheetTx keeps a new version of an acceptance, which becomes its current one, undecided; the first
// version keeps the acceptance too.
func OpenSheetTx(ctx context.Context, tx *db.Tx, who actor.Actor, w *Whole) error {
	w.Version++
	w.State, w.UpdatedAt = AcceptanceOpen, tx.Now
	if err := keepAcceptanceTx(ctx, tx, &w.Acceptance); err != nil {
		return err
	}
	w.Sheet.ProjectID, w.Sheet.AcceptanceID, w.Sheet.Version, w.Sheet.CreatedAt = w.ProjectID, w.ID, w.Version, tx.Now
	w.Sheet.AuthorID, w.Sheet.AuthorName, w.Sheet.AuthorRole = who.ID, who.Name, who.Role
	for i := range w.Items {
		w.Items[i].ProjectID, w.Items[i].AcceptanceID, w.Items[i].Version = w.ProjectID, w.ID, w.Version
	}
	for i := range w.Photos {
		w.Photos[i].ProjectID, w.Photos[i].AcceptanceID, w.Photos[i].Version = w.ProjectID, w.ID, w.Version
	}
	w.Sheet.ContentHash = w.Hash()
	if err := db.Insert(ctx, tx, &w.Sheet); err != nil {
		return fmt.Errorf("keep version of acceptance: %w", err)
	}
	if err := tx.Conn(ctx).Create(&w.Items).Error; err != nil {
		return fmt.Errorf("keep lines of acceptance: %w", err)
	}
	if len(w.Photos) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).Create(&w.Photos).Error; err != nil {
		return fmt.Errorf("keep pictures of acceptance: %w", err)
	}
	return nil
}

func keepAcceptanceTx(ctx context.Context, tx *db.Tx, a *Acceptance) error {
	if a.Version == 1 {
		a.CreatedAt = tx.Now
		if err := db.Insert(ctx, tx, a); err != nil {
			return fmt.Errorf("keep acceptance: %w", err)
		}
		return nil
	}
	return saveAcceptanceTx(ctx, tx, a)
}

func saveAcceptanceTx(ctx context.Context, tx *db.Tx, a *Acceptance) error {
	err := tx.Conn(ctx).Model(&Acceptance{}).Where("project_id = ? AND id = ?", a.ProjectID, a.ID).
		UpdateColumns(map[string]any{"version": a.Version, "state": a.State, "updated_at": tx.Now}).Error
	if err != nil {
		return fmt.Errorf("save acceptance: %w", err)
	}
	return nil
}

// DecideTx keeps a decision about the current version of an acceptance. A second one is db.Duplicate.
func DecideTx(ctx context.Context, tx *db.Tx, a *Acceptance, d *Decision) error {
	d.ProjectID, d.AcceptanceID, d.Version, d.DecidedAt = a.ProjectID, a.ID, a.Version, tx.Now
	if err := db.Insert(ctx, tx, d); err != nil {
		return fmt.Errorf("keep decision: %w", err)
	}
	a.State = d.Verdict
	return saveAcceptanceTx(ctx, tx, a)
}

// AcceptanceByID reads an acceptance for the house itself; access to its project is checked by the
// caller. Errors: not_found.
func AcceptanceByID(ctx context.Context, r db.Reader, acceptance id.ID) (Acceptance, error) {
	var a Acceptance
	err := r.Conn(ctx).Where("id = ?", acceptance).Take(&a).Error
	return a, db.OrMissing(err, "read acceptance")
}

// AcceptanceOfRound reads the acceptance of a round of a stage; ok is false when there is none yet.
func AcceptanceOfRound(ctx context.Context, r db.Reader, project id.ID, stage string, round int) (a Acceptance, ok bool, err error) {
	err = r.Conn(ctx).Where("project_id = ? AND stage_key = ? AND round = ?", project, stage, round).Take(&a).Error
	if db.Missing(err) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("read acceptance: %w", err)
	}
	return a, true, nil
}

// DecisionOf reads what was decided about a version; ok is false when nothing was.
func DecisionOf(ctx context.Context, r db.Reader, project, acceptance id.ID, version int64) (d Decision, ok bool, err error) {
	err = r.Conn(ctx).Where("project_id = ? AND acceptance_id = ? AND version = ?", project, acceptance, version).Take(&d).Error
	if db.Missing(err) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("read decision: %w", err)
	}
	return d, true, nil
}

// SheetOf reads the content hash and texts of a version. Errors: not_found.
func SheetOf(ctx context.Context, r db.Reader, project, acceptance id.ID, version int64) (Sheet, error) {
	var s Sheet
	err := r.Conn(ctx).Where("project_id = ? AND acceptance_id = ? AND version = ?", project, acceptance, version).Take(&s).Error
	return s, db.OrMissing(err, "read version of acceptance")
}

// WholeOf reads an acceptance at one of its versions. Errors: not_found.
func WholeOf(ctx context.Context, r db.Reader, a Acceptance, version int64) (Whole, error) {
	w := Whole{Acceptance: a}
	var err error
	if w.Sheet, err = SheetOf(ctx, r, a.ProjectID, a.ID, version); err != nil {
		return w, err
	}
	of := "project_id = ? AND acceptance_id = ? AND version = ?"
	if err := r.Conn(ctx).Where(of, a.ProjectID, a.ID, version).Order("seq").Find(&w.Items).Error; err != nil {
		return w, fmt.Errorf("read lines of acceptance: %w", err)
	}
	if err := r.Conn(ctx).Where(of, a.ProjectID, a.ID, version).Order("item_seq, seq").Find(&w.Photos).Error; err != nil {
		return w, fmt.Errorf("read pictures of acceptance: %w", err)
	}
	d, ok, err := DecisionOf(ctx, r, a.ProjectID, a.ID, version)
	if ok {
		w.Decision = &d
	}
	return w, err
}

// ofVersions narrows rows of versions to those of acceptances as they were read: one pair of key columns
// for each, which the primary keys serve.
func ofVersions(ctx context.Context, r db.Reader, of []Acceptance) *gorm.DB {
	versions := r.Conn(ctx)
	for _, a := range of {
		versions = versions.Or("acceptance_id = ? AND version = ?", a.ID, a.Version)
	}
	return r.Conn(ctx).Where("project_id = ?", of[0].ProjectID).Where(versions)
}

// Wholes reads acceptances of one project with their current versions, in four statements.
func Wholes(ctx context.Context, r db.Reader, of []Acceptance) ([]Whole, error) {
	if len(of) == 0 {
		return nil, nil
	}
	var sheets []Sheet
	var items []Item
	var photos []ItemPhoto
	var decisions []Decision
	for _, read := range []struct {
		order string
		into  any
	}{{"version", &sheets}, {"seq", &items}, {"item_seq, seq", &photos}, {"version", &decisions}} {
		if err := ofVersions(ctx, r, of).Order("acceptance_id, " + read.order).Find(read.into).Error; err != nil {
			return nil, fmt.Errorf("read versions of acceptances: %w", err)
		}
	}
	all, place := make([]Whole, len(of)), make(map[id.ID]*Whole, len(of))
	for i, a := range of {
		all[i].Acceptance = a
		place[a.ID] = &all[i]
	}
	for _, s := range sheets {
		place[s.AcceptanceID].Sheet = s
	}
	for _, it := range items {
		place[it.AcceptanceID].Items = append(place[it.AcceptanceID].Items, it)
	}
	for _, p := range photos {
		place[p.AcceptanceID].Photos = append(place[p.AcceptanceID].Photos, p)
	}
	for _, d := range decisions {
		place[d.AcceptanceID].Decision = &d
	}
	return all, nil
}

// Acceptances reads a page of a project's acceptances, newest first.
func Acceptances(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Acceptance, db.Cursor, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []Acceptance
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list acceptances: %w", err)
	}
	rows, next := db.Cut(p, rows, func(a Acceptance) db.Cursor { return db.Cursor{At: a.CreatedAt, ID: a.ID} })
	return rows, next, nil
}

// StandingAcceptances reads the acceptances of a project that count: those of the current round of their
// stage, one a stage at most, in the order of the stages.
func StandingAcceptances(ctx context.Context, r db.Reader, project id.ID) ([]Acceptance, error) {
	var rows []Acceptance
	err := r.Conn(ctx).Table("acceptances").Select("acceptances.*").
		Joins("JOIN project_stages s ON s.project_id = acceptances.project_id AND s.stage_key = acceptances.stage_key AND s.reopened = acceptances.round").
		Where("acceptances.project_id = ?", project).Order("s.seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read standing acceptances: %w", err)
	}
	return rows, nil
}
