package budget

import (
	"context"
	"slices"
	"strconv"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project"
)

const maxInstalments, maxInstalmentName = 36, 100

// NewInstalment is a part of the contract amount: due on a day, or when a stage is completed.
type NewInstalment struct {
	Name      string
	AmountFen int64
	DueStage  string
	DueOn     clock.Day
}

// NewPaymentPlan lays out how a project is paid, in place of what was laid out before.
type NewPaymentPlan struct {
	ProjectID   id.ID
	Instalments []NewInstalment
}

// SetPaymentPlan lays out how a project is paid (C21); the instalments add up to the contract amount as
// it is now. The same plan again changes nothing. Errors: not_found; project.cancelled; input.invalid,
// which names the difference when the sum is wrong.
func (s *Service) SetPaymentPlan(ctx context.Context, who actor.Actor, in NewPaymentPlan) error {
	if err := in.check(); err != nil {
		return err
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error { return s.setPlanTx(ctx, tx, who, in) })
}

func (in *NewPaymentPlan) check() error {
	if n := len(in.Instalments); n < 1 || n > maxInstalments {
		return fault.Broken("body.instalments", "length", "付款计划须有 1 到 36 期。", "A payment plan has 1 to 36 instalments.")
	}
	for i := range in.Instalments {
		it, at := &in.Instalments[i], "body.instalments["+strconv.Itoa(i)+"]"
		if err := wording.CheckText(at+".name", &it.Name, 1, maxInstalmentName); err != nil {
			return err
		}
		if it.AmountFen < 1 || it.AmountFen > maxFen {
			return fault.Broken(at+".amount_fen", "out_of_range", "金额须为正且不超出范围。", "The amount is positive and within range.")
		}
		if (it.DueStage == "") == it.DueOn.IsZero() {
			return fault.Broken(at+".due_on", "one_of", "到期日与到期阶段须填且只填一项。", "Give either due_on or due_stage.")
		}
		if it.DueOn.IsZero() {
			continue
		}
		if _, err := clock.ParseDay(string(it.DueOn)); err != nil {
			return fault.Broken(at+".due_on", "day", "到期日须为有效的 YYYY-MM-DD。", "The due day is a calendar day, YYYY-MM-DD.")
		}
	}
	return nil
}

func (s *Service) setPlanTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewPaymentPlan) error {
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return err
	}
	rows, err := in.rows(ctx, tx, p)
	if err != nil {
		return err
	}
	former, err := model.Instalments(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if slices.EqualFunc(former, rows, sameInstalment) {
		return nil
	}
	if err := model.SetInstalmentsTx(ctx, tx, p.ID, rows); err != nil {
		return err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: projects.Entry{Kind: model.EntryPlan, TitleZH: "付款计划已更新", TitleEN: "Payment plan updated", StageKey: p.CurrentStage, RefID: p.ID},
		Quiet: true, Action: "payment_plan.set", Detail: map[string]any{"instalments": len(rows), "contract_amount_fen": p.ContractAmountFen},
	})
	return err
}

// rows checks the plan against the project as it stands and turns it into rows.
func (in *NewPaymentPlan) rows(ctx context.Context, tx *db.Tx, p projects.Project) ([]model.Instalment, error) {
	stages, err := projects.Stages(ctx, tx, p.ID)
	if err != nil {
		return nil, err
	}
	var sum int64
	rows := make([]model.Instalment, 0, len(in.Instalments))
	for i, it := range in.Instalments {
		known := slices.ContainsFunc(stages, func(s projects.Stage) bool { return s.Key == it.DueStage })
		if it.DueStage != "" && !known {
			return nil, fault.Broken("body.instalments["+strconv.Itoa(i)+"].due_stage", "unknown", "该项目没有这个阶段。", "The project has no such stage.")
		}
		var ok bool
		if sum, ok = add(sum, it.AmountFen); !ok {
			return nil, fault.Broken("body.instalments", "out_of_range", "合计超出范围。", "The sum is out of range.")
		}
		rows = append(rows, model.Instalment{Name: it.Name, AmountFen: it.AmountFen, DueStage: it.DueStage, DueOn: it.DueOn})
	}
	if over := sum - p.ContractAmountFen; over != 0 {
		return nil, fault.Broken("body.instalments", "sum_mismatch",
			"各期合计与合同金额相差 "+wording.Yuan(over)+" 元。", "The instalments differ from the contract amount by "+wording.Yuan(over)+" yuan.")
	}
	return rows, nil
}

func sameInstalment(a, b model.Instalment) bool {
	return a.Name == b.Name && a.AmountFen == b.AmountFen && a.DueStage == b.DueStage && a.DueOn == b.DueOn
}
