package supervisor

import (
	"context"
	"fmt"
	"strconv"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/settings"
)

// splitSetting is the name under which the company's part of a supervisor's fee is kept, in basis
// points.
const splitSetting = "model.supervisor_company_bp"

// defaultCompanyBP is the company's part before anybody has changed it: half (C12).
const defaultCompanyBP = 5000

// wholeBP is everything, in basis points.
const wholeBP = 10_000

// SeedTx keeps the default split of a supervisor's fee, unless there is one.
func SeedTx(ctx context.Context, tx *db.Tx) error {
	_, known, err := settings.Get(ctx, tx, splitSetting)
	if err != nil || known {
		return err
	}
	return settings.PutTx(ctx, tx, splitSetting, strconv.Itoa(defaultCompanyBP))
}

// CompanyBP reads the company's part of a supervisor's fee, in basis points.
func (s *Service) CompanyBP(ctx context.Context) (int, error) { return companyBP(ctx, s.j.DB) }

func companyBP(ctx context.Context, r db.Reader) (int, error) {
	text, known, err := settings.Get(ctx, r, splitSetting)
	if err != nil || !known {
		return defaultCompanyBP, err
	}
	bp, err := strconv.Atoi(text)
	if err != nil || bp < 0 || bp > wholeBP {
		return 0, fmt.Errorf("setting %s is %q, no basis points", splitSetting, text)
	}
	return bp, nil
}

// SetCompanyBP changes the company's part for choices to come; those made keep theirs. Errors:
// input.invalid.
func (s *Service) SetCompanyBP(ctx context.Context, who actor.Actor, bp int) error {
	if bp < 0 || bp > wholeBP {
		return fault.Broken("body.company_bp", "out_of_range", "须为 0 到 10000 个基点。", "It lies between 0 and 10000 basis points.")
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, _, err := settings.LockTx(ctx, tx, splitSetting); err != nil {
			return err
		}
		if err := settings.PutTx(ctx, tx, splitSetting, strconv.Itoa(bp)); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "supervisor.split_changed", Kind: "setting", Detail: map[string]int{"company_bp": bp}})
	})
}

// Split shares a fee: the customer's part is rounded down to the cent, the company bears the remainder,
// so both add up to the fee.
func Split(feeFen int64, companyBP int) (companyFen, customerFen int64) {
	customerFen = feeFen * int64(wholeBP-companyBP) / wholeBP
	return feeFen - customerFen, customerFen
}
