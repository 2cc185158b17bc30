package budget

import (
	"context"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/model/project/plan"
	"guike/service/project"
)

// Decision is the customer's answer to an offer.
type Decision struct {
	OrderID id.ID
	Version int64 // of the offer that the customer saw
	Approve bool
	Word    string
	Once    once.Key
}

// Decide approves or refuses the offer that stands, before its deadline, by an owner of the home or the
// contract party (D3). Only an approval changes anything: the contract amount, the payment plan and the
// planned days follow in the same transaction. Of two who decide at once one wins. Errors: not_found;
// home.owner_only; project.cancelled; change_order.decided, change_order.changed, change_order.lapsed
// with the state and version that stand; change_order.impossible.
func (s *Service) Decide(ctx context.Context, who actor.Actor, in Decision) (r OrderResult, replayed bool, err error) {
	if err := wording.CheckText("body.word", &in.Word, 0, maxWord); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (OrderResult, error) { return s.decideTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) decideTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Decision) (OrderResult, error) {
	none := OrderResult{}
	p, o, err := lockOrderTx(ctx, tx, in.OrderID, func(projectID id.ID) (projects.Project, error) {
		seen, err := project.LockToDecideTx(ctx, tx, who, projectID)
		return seen.Project, err
	})
	if err != nil {
		return none, err
	}
	if err := mayDecide(tx, o, in.Version); err != nil {
		return none, err
	}
	news := project.News{
		Entry: projects.Entry{
			Kind: model.EntryRefused, TitleZH: "变更已拒绝:" + o.Title, TitleEN: "Change refused: " + o.Title, StageKey: o.StageKey, RefID: o.ID,
		},
		Quiet: true, Action: "change_order.refused", Reason: in.Word,
	}
	state := model.Refused
	if in.Approve {
		state = model.Approved
		news.Quiet, news.Action, news.Entry.Kind = false, "change_order.approved", model.EntryApproved
		news.Entry.TitleZH, news.Entry.TitleEN = "变更已确认:"+o.Title, "Change approved: "+o.Title
		if err := s.effectTx(ctx, tx, who, &p, &o); err != nil {
			return none, err
		}
	}
	settle(tx, who, &o, state, in.Word)
	if err := model.SaveOrderTx(ctx, tx, &o); err != nil {
		return none, err
	}
	if err := s.clearTx(ctx, tx, who, o, "客户已决定", waiting(o)); err != nil {
		return none, err
	}
	news.Detail = map[string]any{
		"order_id": o.ID, "version": o.Offer, "amount_fen": o.AmountFen, "contract_amount_fen": p.ContractAmountFen,
		"days": o.Days, "shifted_days": o.ShiftedDays,
	}
	entry, err := s.j.TellTx(ctx, tx, who, &p, news)
	return OrderResult{p.ID, o.ID, entry, o.Offer, o.State}, err
}

// mayDecide refuses what is settled, another version than the one that stands, and what is past its
// deadline, whether the job has closed it or not.
func mayDecide(tx *db.Tx, o model.Order, version int64) error {
	state := o.StateAt(tx.Now)
	switch {
	case state.Final():
		return standing(errDecided, o, state)
	case o.Offer != version || state == model.Asked:
		return standing(errChanged, o, state)
	case state == model.Lapsed:
		return standing(errLapsed, o, state)
	}
	return nil
}

// effectTx lets contract amount, payment plan and planned days follow an approval.
func (s *Service) effectTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *projects.Project, o *model.Order) error {
	after, ok := add(p.ContractAmountFen, o.AmountFen)
	if !ok || after < 0 {
		return errImpossible.At("change_order.amount_fen", "out_of_range", "变更后的合同金额不能为负或超出范围。", "The contract amount would be negative or out of range.")
	}
	if o.AmountFen != 0 {
		if err := instalTx(ctx, tx, *o); err != nil {
			return err
		}
	}
	if err := projects.SaveContractTx(ctx, tx, p, after); err != nil {
		return err
	}
	o.ContractFen = &after
	return s.shiftTx(ctx, tx, who, p, o)
}

// planChanged is the kind of a line in the history of plans that an approved change order wrote.
const planChanged plan.ChangeKind = "change_order"

// shiftTx moves the plan from the end of the order's stage on by the days of its offer, as the site
// calendar counts them; baselines stay.
func (s *Service) shiftTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *projects.Project, o *model.Order) error {
	if o.Days == 0 {
		return nil
	}
	stages, err := projects.Stages(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	calendar, err := s.j.Calendar(ctx, tx)
	if err != nil {
		return err
	}
	before := p.PlannedEnd
	moved, changed := projects.Shift(stages, o.StageKey, o.Days, calendar.Off)
	for _, st := range changed {
		if !readable(st.PlannedStart) || !readable(st.PlannedEnd) {
			return errImpossible.At("change_order.days", "out_of_range", "计划日期超出范围。", "The plan would leave the calendar.")
		}
	}
	o.ShiftedDays = moved
	if moved == 0 {
		return nil
	}
	if err := projects.SavePlanTx(ctx, tx, p, stages, changed); err != nil {
		return err
	}
	return plan.AddChangeTx(ctx, tx, who, &plan.Change{
		ProjectID: p.ID, Kind: planChanged, OldEnd: before, NewEnd: p.PlannedEnd, Reason: "变更:" + o.Title,
	})
}

// readable tells that a day can be read back.
func readable(d clock.Day) bool {
	_, err := clock.ParseDay(string(d))
	return err == nil
}

// instalTx lets the payment plan follow an approved change, so that its sum stays the contract amount:
// what is added becomes an instalment of its own at the end, due when the stage of the change is
// completed; what is dropped is taken off from the end, and an instalment of which nothing is left goes.
func instalTx(ctx context.Context, tx *db.Tx, o model.Order) error {
	rows, err := model.Instalments(ctx, tx, o.ProjectID)
	if err != nil || len(rows) == 0 {
		return err
	}
	if o.AmountFen > 0 {
		rows = append(rows, model.Instalment{Name: "变更:" + o.Title, AmountFen: o.AmountFen, DueStage: o.StageKey, OrderID: o.ID})
		return model.SetInstalmentsTx(ctx, tx, o.ProjectID, rows)
	}
	for off := -o.AmountFen; off > 0 && len(rows) > 0; {
		last := &rows[len(rows)-1]
		if last.AmountFen > off {
			last.AmountFen -= off
			break
		}
		off -= last.AmountFen
		rows = rows[:len(rows)-1]
	}
	return model.SetInstalmentsTx(ctx, tx, o.ProjectID, rows)
}
