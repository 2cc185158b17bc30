package files

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// ResultsKept is how long a verdict waits for the file that it is about.
const ResultsKept = 48 * time.Hour

// result is a verdict of the platform. It is kept before its file is looked for, because the push may
// come before the transaction that stores the trace id commits (wechat.md 1.8).
type result struct {
	TraceID string `gorm:"primaryKey"`
	Suggest Check
	At      int64 // Unix milliseconds
}

func (result) TableName() string { return "media_check_results" }

// KeepResultTx keeps a verdict; the first one of a trace id stands.
func KeepResultTx(ctx context.Context, tx *db.Tx, trace string, suggest Check) error {
	err := db.Insert(ctx, tx, &result{TraceID: trace, Suggest: suggest, At: tx.Now.UnixMilli()})
	if err != nil && !db.Duplicate(err) {
		return fmt.Errorf("keep media check result: %w", err)
	}
	return nil
}

// ResultOf reads the verdict of a trace id; ok is false when none has come.
func ResultOf(ctx context.Context, r db.Reader, trace string) (suggest Check, ok bool, err error) {
	var found result
	err = r.Conn(ctx).Where("trace_id = ?", trace).Take(&found).Error
	if db.Missing(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read media check result: %w", err)
	}
	return found.Suggest, true, nil
}

// LockByTraceTx locks the file whose check has the trace id; ok is false when none has.
func LockByTraceTx(ctx context.Context, tx *db.Tx, trace string) (f File, ok bool, err error) {
	err = tx.Lock(ctx).Where("trace_id = ?", trace).Take(&f).Error
	if db.Missing(err) {
		return f, false, nil
	}
	if err != nil {
		return f, false, fmt.Errorf("lock file by trace: %w", err)
	}
	return f, true, nil
}

// OverdueChecks lists files whose check was to be done by now, n at most.
func OverdueChecks(ctx context.Context, r db.Reader, now time.Time, n int) ([]id.ID, error) {
	var ids []id.ID
	err := r.Conn(ctx).Model(&File{}).Where("check_state = ? AND check_due <= ?", CheckPending, now.UnixMilli()).
		Order("check_due, id").Limit(n).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list overdue checks: %w", err)
	}
	return ids, nil
}

// PruneResults forgets verdicts that waited longer than ResultsKept, n at most.
func PruneResults(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	var old []string
	err := tx.Conn(ctx).Model(&result{}).Where("at < ?", tx.Now.Add(-ResultsKept).UnixMilli()).
		Order("at, trace_id").Limit(n).Pluck("trace_id", &old).Error
	if err != nil || len(old) == 0 {
		return 0, err
	}
	gone := tx.Conn(ctx).Where("trace_id IN ?", old).Delete(&result{})
	return gone.RowsAffected, gone.Error
}
