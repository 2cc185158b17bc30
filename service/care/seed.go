package care

import (
	"context"
	"encoding/json"
	"fmt"

	"guike/internal/actor"
	"guike/model/care"
	"guike/model/db"
)

// The kinds of task that are seeded. Later domains add theirs.
const (
	KindManual      = "manual"
	KindFileReview  = "file_review"
	KindStaffLeaves = "staff_handover"
)

// SeedTx loads the default policies; those that are there stay as they are.
func (s *Service) SeedTx(ctx context.Context, tx *db.Tx) error {
	ladder := []care.Step{{AfterMinutes: 0, Role: actor.StoreManager}, {AfterMinutes: 24 * 60, Role: actor.RegionalHead}, {AfterMinutes: 72 * 60, Role: actor.Management}}
	outcomes := []string{"done", "unreachable", "not_needed", "other"}
	for _, p := range []care.Policy{
		{Kind: KindManual, Title: "待办事项", Script: "按事由处理,完成后写下结果。", DueMinutes: 24 * 60, OwnerRole: actor.CustomerService},
		{Kind: KindFileReview, Title: "人工审核客户图片", Script: "查看图片是否含有违规内容;违规则撤下并告知客户原因。", DueMinutes: 4 * 60, OwnerRole: actor.CustomerService},
		{Kind: KindStaffLeaves, Title: "交接停用员工的客户与项目", Script: "为其负责的每个项目指定新的负责人,并致电客户说明。", DueMinutes: 8 * 60, OwnerRole: actor.StoreManager},
	} {
		p.Version, p.Active, p.CreatedAt, p.Steps, p.Outcomes = 1, true, tx.Now, text(ladder), text(outcomes)
		if err := care.AddPolicyTx(ctx, tx, &p); err != nil && !db.Duplicate(err) {
			return fmt.Errorf("seed task policy %s: %w", p.Kind, err)
		}
	}
	return nil
}

func text(v any) string {
	b, _ := json.Marshal(v) // lists of plain values always have a JSON form
	return string(b)
}
