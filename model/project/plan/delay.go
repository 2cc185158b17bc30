package plan

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// NoticeState is where a delay's notice stands.
type NoticeState string

// The states of a notice. Open ones wait for staff.
const (
	NoticeOpen      NoticeState = "open"
	NoticeConfirmed NoticeState = "confirmed" // the customer was told of reason, new date and compensation
	NoticeDismissed NoticeState = "dismissed" // staff decided that there is nothing to tell
	NoticeCleared   NoticeState = "cleared"   // over before anybody decided: the stage ended, or its plan moved
)

// Notice is a delay of a stage by more days than the policy bears, with what is proposed to tell the
// customer (K2). N counts the delays of the stage, from 1. Amounts are in cents; those proposed bind
// nobody.
type Notice struct {
	ProjectID        id.ID `gorm:"primaryKey"`
	ID               id.ID `gorm:"primaryKey"`
	StageKey         string
	N                int
	Due              clock.Day // the planned end that was missed
	DaysLate         int       // working days, as last looked at while the notice was open
	State            NoticeState
	ProposedReason   string
	ProposedEnd      clock.Day
	ProposedFen      int64
	ProposedText     string
	PolicyVersion    int64
	Reason           string // as it was decided
	NewEnd           clock.Day
	CompensationFen  int64
	CompensationText string
	DecidedBy        id.ID
	DecidedByName    string
	DecidedAt        *time.Time
	RaisedAt         time.Time
	Version          int64
}

// TableName is the notices' table.
func (Notice) TableName() string { return "delay_notices" }

// Cause is what the notice's alert is raised for.
func (n Notice) Cause() string {
	return fmt.Sprintf("delay:%s:%s:%d", n.ProjectID, n.StageKey, n.N)
}

// Night is how far the nightly look over the late projects has come (K2). Rows are kept.
type Night struct {
	Day        clock.Day `gorm:"primaryKey"`
	CursorDue  clock.Day // where the next batch begins: after this due day
	CursorID   id.ID     // and this project
	Seen       int64
	Late       int64 // by more than the policy bears
	Raised     int64
	StartedAt  time.Time
	FinishedAt *time.Time
}

// TableName is the nights' table.
func (Night) TableName() string { return "delay_nights" }

// LockNightTx reads a day's night for the next batch and keeps rivals waiting; the first one begins it.
func LockNightTx(ctx context.Context, tx *db.Tx, day clock.Day) (Night, error) {
	n := Night{Day: day, StartedAt: tx.Now}
	err := tx.Lock(ctx).Where("day = ?", day).Take(&n).Error
	if db.Missing(err) {
		if err = db.Insert(ctx, tx, &n); db.Duplicate(err) {
			err = tx.Lock(ctx).Where("day = ?", day).Take(&n).Error
		}
	}
	if err != nil {
		return n, fmt.Errorf("lock night: %w", err)
	}
	return n, nil
}

// NightOf reads a day's night; ok is false before it began.
func NightOf(ctx context.Context, r db.Reader, day clock.Day) (n Night, ok bool, err error) {
	err = r.Conn(ctx).Where("day = ?", day).Take(&n).Error
	if db.Missing(err) {
		return n, false, nil
	}
	if err != nil {
		return n, false, fmt.Errorf("read night: %w", err)
	}
	return n, true, nil
}

// SaveNightTx writes how far the night has come.
func SaveNightTx(ctx context.Context, tx *db.Tx, n Night) error {
	err := tx.Conn(ctx).Model(&Night{}).Where("day = ?", n.Day).UpdateColumns(map[string]any{
		"cursor_due": n.CursorDue, "cursor_id": n.CursorID, "seen": n.Seen, "late": n.Late, "raised": n.Raised, "finished_at": n.FinishedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save night: %w", err)
	}
	return nil
}

// NoticesOf reads the notices of several projects in one statement, oldest first.
func NoticesOf(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID][]Notice, error) {
	of := make(map[id.ID][]Notice, len(projects))
	if len(projects) == 0 {
		return of, nil
	}
	var rows []Notice
	err := r.Conn(ctx).Where("project_id IN ?", projects).Order("project_id, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read delay notices: %w", err)
	}
	for _, n := range rows {
		of[n.ProjectID] = append(of[n.ProjectID], n)
	}
	return of, nil
}

// maxNotices bounds what one project's list shows.
const maxNotices = 200

// Notices reads the notices of a project, newest first; states narrows them when any is given.
func Notices(ctx context.Context, r db.Reader, project id.ID, states ...NoticeState) ([]Notice, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	if len(states) > 0 {
		q = q.Where("state IN ?", states)
	}
	var rows []Notice
	if err := q.Order("id DESC").Limit(maxNotices).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read delay notices: %w", err)
	}
	return rows, nil
}

// LastTold reads the notice of a project of which the customer was told last; ok is false when there is
// none.
func LastTold(ctx context.Context, r db.Reader, project id.ID) (n Notice, ok bool, err error) {
	var rows []Notice
	err = r.Conn(ctx).Where("project_id = ? AND state = ?", project, NoticeConfirmed).Order("decided_at DESC, id DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return n, false, fmt.Errorf("read last delay told: %w", err)
	}
	if len(rows) == 0 {
		return n, false, nil
	}
	return rows[0], true, nil
}

// Overtaken lists projects with an open notice of a stage that is no longer under way, or is due on the
// day or later: something moved the plan since. In the order of their ids after the given one, at most n.
func Overtaken(ctx context.Context, r db.Reader, today clock.Day, after id.ID, n int) ([]id.ID, error) {
	var ids []id.ID
	q := r.Conn(ctx).Table("delay_notices n").Joins("JOIN projects p ON p.id = n.project_id").
		Where("n.state = ? AND (p.stage_due IS NULL OR p.stage_due >= ? OR p.current_stage <> n.stage_key)", NoticeOpen, today)
	if !after.IsZero() {
		q = q.Where("n.project_id > ?", after)
	}
	if err := q.Distinct("n.project_id").Order("n.project_id").Limit(n).Pluck("n.project_id", &ids).Error; err != nil {
		return nil, fmt.Errorf("find delays that were overtaken: %w", err)
	}
	return ids, nil
}

// NoticeByID reads a notice. Errors: not_found.
func NoticeByID(ctx context.Context, r db.Reader, notice id.ID) (Notice, error) {
	var n Notice
	err := r.Conn(ctx).Where("id = ?", notice).Take(&n).Error
	if db.Missing(err) {
		return n, fault.Missing()
	}
	if err != nil {
		return n, fmt.Errorf("read delay notice: %w", err)
	}
	return n, nil
}

// AddNoticeTx opens a notice. A second one of the same stage and number is db.Duplicate.
func AddNoticeTx(ctx context.Context, tx *db.Tx, n *Notice) error {
	n.ID, n.State, n.RaisedAt, n.Version = id.New(), NoticeOpen, tx.Now, 1
	return db.Insert(ctx, tx, n)
}

// SaveNoticeTx writes what was decided or found anew; the version grows by one.
func SaveNoticeTx(ctx context.Context, tx *db.Tx, n *Notice) error {
	n.Version++
	err := tx.Conn(ctx).Model(&Notice{}).Where("project_id = ? AND id = ?", n.ProjectID, n.ID).UpdateColumns(map[string]any{
		"state": n.State, "due": n.Due, "days_late": n.DaysLate, "reason": n.Reason, "new_end": n.NewEnd,
		"compensation_fen": n.CompensationFen, "compensation_text": n.CompensationText,
		"decided_by": n.DecidedBy, "decided_by_name": n.DecidedByName, "decided_at": n.DecidedAt, "version": n.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("save delay notice: %w", err)
	}
	return nil
}

// SeenTx writes how late several open notices are found tonight, in one statement. The work of nobody:
// versions stay.
func SeenTx(ctx context.Context, tx *db.Tx, projects []id.ID, days int) error {
	if len(projects) == 0 {
		return nil
	}
	err := tx.Conn(ctx).Model(&Notice{}).Where("project_id IN ? AND state = ?", projects, NoticeOpen).UpdateColumn("days_late", days).Error
	if err != nil {
		return fmt.Errorf("renew delay notices: %w", err)
	}
	return nil
}
