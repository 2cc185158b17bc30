package diary

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// PrintLink opens one page to whoever holds its token, until UntilAt: for a web view or a printer, which
// send no session. What it shows is what its owner may see when it is opened.
type PrintLink struct {
	TokenHash string `gorm:"primaryKey"` // SHA-256 in hexadecimal
	What      string // PrintReport, PrintDiary
	ProjectID id.ID
	OwnerKind actor.Kind
	OwnerID   id.ID
	Week      string
	FromDay   clock.Day
	ToDay     clock.Day
	UntilAt   int64 // Unix milliseconds
}

// What a link prints.
const (
	PrintReport = "report"
	PrintDiary  = "diary"
)

// TableName is the links' table.
func (PrintLink) TableName() string { return "print_links" }

// AddPrintLinkTx keeps a link.
func AddPrintLinkTx(ctx context.Context, tx *db.Tx, l *PrintLink) error {
	if err := db.Insert(ctx, tx, l); err != nil {
		return fmt.Errorf("keep print link: %w", err)
	}
	return nil
}

// PrintLinkOf finds what a token opens at now. Errors: not_found, for what has run out too.
func PrintLinkOf(ctx context.Context, r db.Reader, hash, what string, now time.Time) (PrintLink, error) {
	var l PrintLink
	err := r.Conn(ctx).Where("token_hash = ? AND what = ? AND until_at > ?", hash, what, now.UnixMilli()).Take(&l).Error
	return l, db.OrMissing(err, "read print link")
}

// PrunePrintLinksTx forgets links that have run out, n at most, and tells how many.
func PrunePrintLinksTx(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	var hashes []string
	err := tx.Conn(ctx).Model(&PrintLink{}).Where("until_at <= ?", tx.Now.UnixMilli()).Order("until_at").Limit(n).Pluck("token_hash", &hashes).Error
	if err != nil || len(hashes) == 0 {
		return 0, err
	}
	gone := tx.Conn(ctx).Where("token_hash IN ?", hashes).Delete(&PrintLink{})
	return gone.RowsAffected, gone.Error
}
