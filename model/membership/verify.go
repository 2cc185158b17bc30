package membership

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// Verify names the first hundred records that were merged into another and hold value, titles or a card
// nevertheless (I18), reading only: their owner could not reach it. It is the one place that reads the
// customers' table from here.
func Verify(ctx context.Context, r db.Reader) ([]ledger.Finding, error) {
	var findings []ledger.Finding
	for what, from := range map[string]string{
		"value":     "JOIN ledger_accounts x ON x.owner_kind = 'customer' AND x.owner_id = c.id AND (x.available <> 0 OR x.pending <> 0 OR x.held <> 0 OR x.debt <> 0)",
		"a card":    "JOIN members x ON x.customer_id = c.id",
		"a title":   "JOIN member_titles x ON x.customer_id = c.id AND x.ended_at IS NULL",
		"a coupon":  "JOIN coupons x ON x.customer_id = c.id AND x.state = 'open'",
		"a request": "JOIN value_corrections x ON x.customer_id = c.id AND x.state = 'asked'",
	} {
		var lost []id.ID
		err := r.Conn(ctx).Raw("SELECT DISTINCT c.id FROM customers c " + from + " WHERE c.merged_into IS NOT NULL LIMIT 100").Scan(&lost).Error
		if err != nil {
			return nil, fmt.Errorf("look for %s of merged records: %w", what, err)
		}
		for _, c := range lost {
			findings = append(findings, ledger.Finding{Rule: "I18", What: fmt.Sprintf("customer %s was merged into another and still has %s", c, what)})
		}
	}
	return findings, nil
}
