package material

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Install tells that some of a batch was built into a home. Matches is false when the specification
// that stood then has no such material in that place (D4).
type Install struct {
	ProjectID   id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	BatchID     id.ID
	MaterialID  id.ID
	Place       string
	Quantity    int64
	InstalledOn clock.Day
	Matches     bool
	Note        string
	ByID        id.ID
	ByName      string
	WithdrawnAt *time.Time // entered by mistake
	CreatedAt   time.Time
	Version     int64
}

// TableName is the installations' table.
func (Install) TableName() string { return "project_installs" }

// AddInstallTx keeps an installation.
func AddInstallTx(ctx context.Context, tx *db.Tx, in *Install) error {
	in.CreatedAt, in.Version = tx.Now, 1
	if err := db.Insert(ctx, tx, in); err != nil {
		return fmt.Errorf("keep installation: %w", err)
	}
	return nil
}

// InstallByID reads an installation of a project. Errors: not_found.
func InstallByID(ctx context.Context, r db.Reader, projectID, install id.ID) (Install, error) {
	var in Install
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", projectID, install).Take(&in).Error
	return in, db.OrMissing(err, "read installation")
}

// WithdrawInstallTx marks an installation as entered by mistake.
func WithdrawInstallTx(ctx context.Context, tx *db.Tx, in *Install) error {
	in.WithdrawnAt = &tx.Now
	in.Version++
	err := tx.Conn(ctx).Model(&Install{}).Where("project_id = ? AND id = ?", in.ProjectID, in.ID).
		UpdateColumns(map[string]any{"withdrawn_at": tx.Now, "version": in.Version}).Error
	if err != nil {
		return fmt.Errorf("withdraw installation: %w", err)
	}
	return nil
}

// Installs reads what was built into a project's home, oldest first, withdrawn ones left out.
func Installs(ctx context.Context, r db.Reader, projectID id.ID) ([]Install, error) {
	var rows []Install
	err := r.Conn(ctx).Where("project_id = ? AND withdrawn_at IS NULL", projectID).Order("id").Limit(MaxInstalls).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read installations: %w", err)
	}
	return rows, nil
}

// MaxInstalls bounds what one project holds.
const MaxInstalls = 1000

// CountInstalls counts what was built into a project's home.
func CountInstalls(ctx context.Context, r db.Reader, projectID id.ID) (int64, error) {
	var n int64
	err := r.Conn(ctx).Model(&Install{}).Where("project_id = ? AND withdrawn_at IS NULL", projectID).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count installations: %w", err)
	}
	return n, nil
}

// Affected is a home with some of a batch in it.
type Affected struct {
	ProjectID  id.ID
	No         string
	Title      string
	HomeID     id.ID
	CustomerID id.ID
	StoreID    id.ID
	Places     int64 // installations of the batch there
}

// AffectedBy reads the homes that have some of a batch in them, in one query, by project id from after
// on: at most limit rows (D6).
func AffectedBy(ctx context.Context, r db.Reader, batch, after id.ID, limit int) ([]Affected, error) {
	var rows []Affected
	q := r.Conn(ctx).Table("project_installs i").
		Select("p.id AS project_id, p.no, p.title, p.home_id, p.customer_id, p.store_id, COUNT(*) AS places").
		Joins("JOIN projects p ON p.id = i.project_id").
		Where("i.batch_id = ? AND i.withdrawn_at IS NULL", batch)
	if !after.IsZero() { // which the store keeps as NULL, and nothing is greater than that
		q = q.Where("i.project_id > ?", after)
	}
	err := q.Group("p.id, p.no, p.title, p.home_id, p.customer_id, p.store_id").Order("p.id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read homes of batch: %w", err)
	}
	return rows, nil
}

// Recall calls a batch back from every home (D6, feature 10). A job goes through the homes by project
// id; Reached is the last one whose task was opened.
type Recall struct {
	BatchID     id.ID `gorm:"primaryKey"`
	Reason      string
	Instruction string
	CalledAt    time.Time
	CalledBy    id.ID
	Reached     id.ID
	Homes       int64 // tasks opened so far
	FinishedAt  *time.Time
	PollAt      *int64 // Unix milliseconds; nil when every home has its task
}

// TableName is the recalls' table.
func (Recall) TableName() string { return "material_recalls" }

// CallTx begins the recall of a batch whose row the caller has locked.
func CallTx(ctx context.Context, tx *db.Tx, b *Batch, c *Recall) error {
	b.State, b.Version, b.UpdatedAt = BatchRecalled, b.Version+1, tx.Now
	err := tx.Conn(ctx).Model(&Batch{}).Where("id = ?", b.ID).
		UpdateColumns(map[string]any{"state": b.State, "version": b.Version, "updated_at": b.UpdatedAt}).Error
	if err != nil {
		return fmt.Errorf("mark batch as recalled: %w", err)
	}
	due := tx.Now.UnixMilli()
	c.BatchID, c.CalledAt, c.PollAt = b.ID, tx.Now, &due
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("keep recall: %w", err)
	}
	return nil
}

// RecallOf reads the recall of a batch; ok is false when there is none.
func RecallOf(ctx context.Context, r db.Reader, batch id.ID) (c Recall, ok bool, err error) {
	err = r.Conn(ctx).Where("batch_id = ?", batch).Take(&c).Error
	if db.Missing(err) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read recall: %w", err)
	}
	return c, true, nil
}

// DueRecalls lists the batches whose recall has homes left.
func DueRecalls(ctx context.Context, r db.Reader, now time.Time, limit int) ([]id.ID, error) {
	var batches []id.ID
	err := r.Conn(ctx).Model(&Recall{}).Where("poll_at <= ?", now.UnixMilli()).Order("poll_at").Limit(limit).Pluck("batch_id", &batches).Error
	if err != nil {
		return nil, fmt.Errorf("read recalls at work: %w", err)
	}
	return batches, nil
}

// LockRecallTx reads a recall and locks its row. Errors: not_found.
func LockRecallTx(ctx context.Context, tx *db.Tx, batch id.ID) (Recall, error) {
	var c Recall
	err := tx.Lock(ctx).Where("batch_id = ?", batch).Take(&c).Error
	return c, db.OrMissing(err, "lock recall")
}

// AdvanceTx writes down how far a recall has come.
func AdvanceTx(ctx context.Context, tx *db.Tx, c Recall) error {
	err := tx.Conn(ctx).Model(&Recall{}).Where("batch_id = ?", c.BatchID).UpdateColumns(map[string]any{
		"reached": c.Reached, "homes": c.Homes, "finished_at": c.FinishedAt, "poll_at": c.PollAt,
	}).Error
	if err != nil {
		return fmt.Errorf("advance recall: %w", err)
	}
	return nil
}

// InstallTally is what was built into a project's home, withdrawn installations left out: how many there
// are, how many of them differ from the specification, and of how many the batch was called back.
type InstallTally struct {
	Installed, Mismatched, Recalled int
}

// InstallTallyOf counts the installations of a project in one statement.
func InstallTallyOf(ctx context.Context, r db.Reader, projectID id.ID) (InstallTally, error) {
	var t InstallTally
	err := r.Conn(ctx).Table("project_installs i").
		Select("COUNT(*) AS installed, COALESCE(SUM(CASE WHEN i.matches = ? THEN 1 ELSE 0 END), 0) AS mismatched, "+
			"COALESCE(SUM(CASE WHEN b.state = ? THEN 1 ELSE 0 END), 0) AS recalled", false, BatchRecalled).
		Joins("LEFT JOIN material_batches b ON b.id = i.batch_id").
		Where("i.project_id = ? AND i.withdrawn_at IS NULL", projectID).Take(&t).Error
	if err != nil {
		return t, fmt.Errorf("count installations: %w", err)
	}
	return t, nil
}

// InstallsOf reads what was built into the homes of several projects in one statement, by project, oldest
// first, withdrawn installations left out: the first n of each, of MaxInstalls that there may be.
func InstallsOf(ctx context.Context, r db.Reader, projects []id.ID, n int) (map[id.ID][]Install, error) {
	of := make(map[id.ID][]Install, len(projects))
	if len(projects) == 0 {
		return of, nil
	}
	var rows []Install
	err := r.Conn(ctx).Where("project_id IN ? AND withdrawn_at IS NULL", projects).Order("project_id, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read installations of projects: %w", err)
	}
	for _, in := range rows {
		if len(of[in.ProjectID]) < n {
			of[in.ProjectID] = append(of[in.ProjectID], in)
		}
	}
	return of, nil
}
