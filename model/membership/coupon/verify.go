package coupon

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// told is how many findings are named at most.
const told = 100

// verification keeps what it finds.
type verification struct {
	r        db.Reader
	findings []ledger.Finding
}

func (v *verification) brokenf(rule, format string, args ...any) {
	if len(v.findings) < told {
		v.findings = append(v.findings, ledger.Finding{Rule: rule, What: fmt.Sprintf(format, args...)})
	}
}

// Verify compares coupons with their campaigns and with payments, reading only, and names the first hundred
// rows that break a rule: I15 (a campaign has issued what its coupons are), I16 (a used
// coupon of money took it off one payment, an unused one off none), I17 (a payment's parts add up, the fund's is
// one debit, what went back of it is what its refunds say, and partners bear their shares of what coupons took
// off, as long as it stands). Give it a snapshot when others write meanwhile.
func Verify(ctx context.Context, r db.Reader) ([]ledger.Finding, error) {
	v := &verification{r: r}
	for _, look := range []func(context.Context) error{v.budgets, v.coupons, v.payments, v.fund, v.refunds, v.charges, v.uncharged} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	return v.findings, nil
}

// budgets is I15.
func (v *verification) budgets(ctx context.Context) error {
	var rows []struct {
		CampaignKey       string
		Issued, IssuedFen int64
		Pieces, Worth     int64
	}
	err := v.r.Conn(ctx).Table("coupon_campaigns m").
		Select("m.campaign_key, m.issued, m.issued_fen, "+
			"(SELECT COUNT(*) FROM coupons c WHERE c.campaign_key = m.campaign_key AND c.state <> ?) AS pieces, "+
			"(SELECT COALESCE(SUM(c.worth_fen), 0) FROM coupons c WHERE c.campaign_key = m.campaign_key AND c.state <> ?) AS worth", Void, Void).
		Order("m.campaign_key").Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("compare budgets: %w", err)
	}
	for _, m := range rows {
		if m.Issued != m.Pieces || m.IssuedFen != m.Worth {
			v.brokenf("I15", "campaign %s counts %d coupons of %d fen and has %d of %d", m.CampaignKey, m.Issued, m.IssuedFen, m.Pieces, m.Worth)
		}
	}
	return nil
}

// coupons is I16.
func (v *verification) coupons(ctx context.Context) error {
	var rows []struct {
		ID    id.ID
		State State
		Live  int64
	}
	err := v.r.Conn(ctx).Table("coupons c").
		Joins("LEFT JOIN coupon_uses u ON u.coupon_id = c.id AND u.returned = ?", false).
		Select("c.id, c.state, COUNT(u.payment_id) AS live").Where("c.kind IN ?", []Kind{Amount, Percent, Voucher}).
		Group("c.id, c.state, c.payment_id").
		Having("(c.state = ? AND (COUNT(u.payment_id) <> 1 OR MIN(u.payment_id) <> c.payment_id)) OR (c.state <> ? AND COUNT(u.payment_id) > 0)", Used, Used).
		Limit(told).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("compare coupons with uses: %w", err)
	}
	for _, c := range rows {
		v.brokenf("I16", "coupon %s is %s and took money off %d payments", c.ID, c.State, c.Live)
	}
	return nil
}

// payments is the half of I17 that looks at bills.
func (v *verification) payments(ctx context.Context) error {
	var rows []struct {
		ID                              id.ID
		AmountFen, DiscountFen, FundFen int64
		Taken                           int64
	}
	taken := v.r.Conn(ctx).Table("coupon_uses").Select("payment_id, SUM(amount_fen) AS taken").Group("payment_id")
	err := v.r.Conn(ctx).Table("payments m").Joins("LEFT JOIN (?) u ON u.payment_id = m.id", taken).
		Select("m.id, m.amount_fen, m.discount_fen, m.fund_fen, COALESCE(u.taken, 0) AS taken").
		Where("m.discount_fen <> COALESCE(u.taken, 0) OR m.discount_fen < 0 OR m.fund_fen < 0 OR m.discount_fen + m.fund_fen > m.amount_fen OR (m.fund_fen > 0 AND m.fund_transfer_id IS NULL)").
		Limit(told).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("compare payments with uses: %w", err)
	}
	for _, m := range rows {
		v.brokenf("I17", "payment %s of %d has a discount of %d, %d by coupons, and %d of the fund", m.ID, m.AmountFen, m.DiscountFen, m.Taken, m.FundFen)
	}
	return nil
}

// fund is the half of I17 that looks at the home fund: what was spent, less what came back.
func (v *verification) fund(ctx context.Context) error {
	var rows []struct {
		ID      id.ID
		FundFen int64
	}
	debits := v.r.Conn(ctx).Table("payments m").Joins("LEFT JOIN ledger_transfers t ON t.id = m.fund_transfer_id").
		Select("m.id, m.fund_fen").Where("m.fund_transfer_id IS NOT NULL AND (t.id IS NULL OR t.book <> ? OR t.kind <> ? OR t.amount <> m.fund_fen)", ledger.Fund, ledger.KindSpend)
	if err := debits.Limit(told).Scan(&rows).Error; err != nil {
		return fmt.Errorf("compare payments with the fund: %w", err)
	}
	for _, m := range rows {
		v.brokenf("I17", "payment %s took %d of the fund without a debit of it", m.ID, m.FundFen)
	}
	rows = nil
	restored := v.r.Conn(ctx).Table("ledger_transfers").Select("corrects AS k, SUM(amount) AS back").
		Where("kind = ? AND book = ? AND corrects IS NOT NULL", ledger.KindRestore, ledger.Fund).Group("corrects")
	returned := v.r.Conn(ctx).Table("payment_refunds").Select("payment_id AS k, SUM(fund_fen) AS back").Group("payment_id")
	err := v.r.Conn(ctx).Table("payments m").Joins("LEFT JOIN (?) f ON f.k = m.id", returned).Joins("LEFT JOIN (?) t ON t.k = m.fund_transfer_id", restored).
		Select("m.id, m.fund_fen").Where("m.fund_fen > 0 AND COALESCE(f.back, 0) <> COALESCE(t.back, 0)").Limit(told).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("compare refunds with the fund: %w", err)
	}
	for _, m := range rows {
		v.brokenf("I17", "payment %s took %d of the fund, and its refunds gave back another amount than the ledger", m.ID, m.FundFen)
	}
	return nil
}

// refunds is the half of I17 that looks at what went back.
func (v *verification) refunds(ctx context.Context) error {
	var rows []struct {
		ID                     id.ID
		AmountFen, RefundedFen int64
		Back                   int64
	}
	back := v.r.Conn(ctx).Table("payment_refunds").Select("payment_id, SUM(amount_fen + discount_fen) AS back").Group("payment_id")
	err := v.r.Conn(ctx).Table("payments m").Joins("LEFT JOIN (?) f ON f.payment_id = m.id", back).
		Select("m.id, m.amount_fen, m.refunded_fen, COALESCE(f.back, 0) AS back").
		Where("m.refunded_fen <> COALESCE(f.back, 0) OR m.refunded_fen > m.amount_fen").Limit(told).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("compare payments with refunds: %w", err)
	}
	for _, m := range rows {
		v.brokenf("I17", "payment %s of %d says that %d went back, and %d did", m.ID, m.AmountFen, m.RefundedFen, m.Back)
	}
	return nil
}

// charges is the half of I17 that looks at what partners bear: the share of a use, rounded down, and taken
// back with it.
func (v *verification) charges(ctx context.Context) error {
	var rows []Charge
	err := v.r.Conn(ctx).Table("coupon_charges c").Select("c.*").
		Joins("LEFT JOIN coupon_uses u ON u.payment_id = c.payment_id AND u.seq = c.seq").
		Joins("LEFT JOIN coupon_charges o ON o.payment_id = c.payment_id AND o.seq = c.seq AND o.returned <> c.returned").
		Where("u.payment_id IS NULL OR u.campaign_key <> c.campaign_key OR u.returned <> (o.id IS NOT NULL) "+
			"OR (c.returned = ? AND (c.off_fen <> u.amount_fen OR c.partner_bp < 0 OR c.partner_bp > ? OR c.partner_fen * ? > c.off_fen * c.partner_bp OR (c.partner_fen + 1) * ? <= c.off_fen * c.partner_bp)) "+
			"OR (c.returned = ? AND (o.id IS NULL OR o.partner <> c.partner OR o.off_fen + c.off_fen <> 0 OR o.partner_fen + c.partner_fen <> 0))",
			false, WholeBP, WholeBP, WholeBP, true).Limit(told).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("compare what partners bear: %w", err)
	}
	for _, c := range rows {
		v.brokenf("I17", "of %d off payment %s by %s a partner bears %d, which is not its share of what stands", c.OffFen, c.PaymentID, c.Code, c.PartnerFen)
	}
	return nil
}

// uncharged is the half of I17 that looks for uses of coupons with a partner who bears nothing.
func (v *verification) uncharged(ctx context.Context) error {
	var rows []Use
	err := v.r.Conn(ctx).Table("coupon_uses u").Select("u.*").Joins("JOIN coupons c ON c.id = u.coupon_id").
		Joins("LEFT JOIN coupon_charges x ON x.payment_id = u.payment_id AND x.seq = u.seq AND x.returned = ?", false).
		Where("(c.partner <> '' AND x.id IS NULL) OR (x.id IS NOT NULL AND (x.partner <> c.partner OR x.partner_bp <> c.partner_bp))").Limit(told).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("look for what partners bear: %w", err)
	}
	for _, u := range rows {
		v.brokenf("I17", "the partner of %s does not bear what was agreed of %d off payment %s", u.Code, u.AmountFen, u.PaymentID)
	}
	return nil
}
