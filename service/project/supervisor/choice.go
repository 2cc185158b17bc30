package supervisor

import (
	"context"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/supervisor"
	"guike/service/project"
)

// NewChoice is a customer's choice of a supervisor for a project (C12).
type NewChoice struct {
	ProjectID    id.ID
	SupervisorID id.ID
	Once         once.Key
}

// ChoiceResult is what a choice, or a change to it, leaves behind under its key.
type ChoiceResult struct {
	ProjectID id.ID `json:"project_id"`
	ChoiceID  id.ID `json:"choice_id"`
}

// Choice is a choice with the supervisor as the directory shows them now.
type Choice struct {
	model.Choice
	Supervisor Supervisor
}

// Choose keeps the choice of an owner of the home, or of the contract party, once by key; staff of the
// store are asked to confirm it. The fee and its split are kept as they are now. Errors: not_found;
// home.owner_only; project.cancelled; supervisor.project_closed; supervisor.chosen with the state of the
// choice that stands; input.invalid at body.supervisor_id.
func (s *Service) Choose(ctx context.Context, who actor.Actor, in NewChoice) (r ChoiceResult, replayed bool, err error) {
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (ChoiceResult, error) { return s.chooseTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) chooseTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewChoice) (ChoiceResult, error) {
	none := ChoiceResult{}
	seen, err := project.LockToDecideTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	p := seen.Project
	if !p.Open() {
		return none, now(errClosed, string(p.State))
	}
	standing, ok, err := model.StandingChoice(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	if ok {
		return none, now(errChosen, string(standing.State))
	}
	chosen, err := model.ByID(ctx, tx, in.SupervisorID)
	if fault.Code(err) == "not_found" || err == nil && !chosen.Active {
		return none, fault.Broken("body.supervisor_id", "unknown", "没有这位可选的监理。", "There is no such supervisor to choose.")
	}
	if err != nil {
		return none, err
	}
	bp, err := companyBP(ctx, tx)
	if err != nil {
		return none, err
	}
	c := model.Choice{ProjectID: p.ID, ID: id.New(), SupervisorID: chosen.ID, FeeFen: chosen.FeeFen, FeePer: chosen.FeePer, CompanyBP: bp, ChosenBy: who.ID}
	c.CompanyFen, c.CustomerFen = Split(c.FeeFen, bp)
	if err := model.AddChoiceTx(ctx, tx, &c); err != nil {
		if db.Duplicate(err) {
			return none, now(errChosen, string(model.ChoiceRequested))
		}
		return none, err
	}
	_, err = s.j.Alarms.OpenTx(ctx, tx, who, care.Order{
		Kind: kindChoice, Cause: choiceCause(c), Title: "确认第三方监理:" + chosen.Name, Reason: "项目 " + p.No + " 的业主选定了 " + chosen.Company + " 的监理",
		CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID,
	})
	if err != nil {
		return none, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: core.Entry{
			Kind: model.Entry, TitleZH: "已选择第三方监理,待确认", TitleEN: "Third-party supervisor chosen, to be confirmed",
			Body: chosen.Name + "," + chosen.Company, RefID: c.ID,
		},
		Quiet: true, Action: "supervisor.chosen",
		Detail: map[string]any{"choice_id": c.ID, "supervisor_id": chosen.ID, "fee_fen": c.FeeFen, "company_fen": c.CompanyFen, "customer_fen": c.CustomerFen},
	})
	return ChoiceResult{p.ID, c.ID}, err
}

func choiceCause(c model.Choice) string { return kindChoice + ":" + c.ID.String() }

// Requested reads the choice of a project that waits for staff, with the lock on the project held.
// Errors: not_found when nothing was chosen; supervisor.choice_state with the state as it is.
func Requested(ctx context.Context, r db.Reader, projectID id.ID) (model.Choice, error) {
	c, ok, err := model.StandingChoice(ctx, r, projectID)
	switch {
	case err != nil:
		return c, err
	case !ok:
		return c, fault.Missing()
	case c.State != model.ChoiceRequested:
		return c, now(errChoiceState, string(c.State))
	}
	return c, nil
}

// NotRequested is the refusal for a choice that changed while it was being confirmed.
func NotRequested(c model.Choice) error { return now(errChoiceState, string(c.State)) }

// ConfirmTx makes a requested choice stand for good, with its sign-in and its period in charge, and ends
// the task of it. The caller holds the lock on the project and tells of the person in charge.
func (s *Service) ConfirmTx(ctx context.Context, tx *db.Tx, who actor.Actor, c model.Choice) error {
	c.State, c.ConfirmedBy, c.ConfirmedAt = model.ChoiceConfirmed, who.ID, &tx.Now
	if err := model.SaveChoiceTx(ctx, tx, &c); err != nil {
		return err
	}
	return s.j.Alarms.ClearTx(ctx, tx, who, choiceCause(c), "已确认")
}

// Declining is staff's no to a choice.
type Declining struct {
	ProjectID id.ID
	Reason    string // the customer reads it
	Once      once.Key
}

// Decline refuses a requested choice with a reason, once by key; the customer may choose another.
// Errors: not_found; supervisor.choice_state; project.cancelled; input.invalid at body.reason.
func (s *Service) Decline(ctx context.Context, who actor.Actor, in Declining) (r ChoiceResult, replayed bool, err error) {
	if err := project.CheckReason("body.reason", &in.Reason); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (ChoiceResult, error) {
			p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
			if err != nil {
				return ChoiceResult{}, err
			}
			c, err := Requested(ctx, tx, p.ID)
			if err != nil {
				return ChoiceResult{}, err
			}
			return ChoiceResult{p.ID, c.ID}, s.EndTx(ctx, tx, who, &p, Ending{c, model.ChoiceDeclined, in.Reason})
		})
		return err
	})
	return r, replayed, err
}

// Ending is how a choice comes to its end.
type Ending struct {
	Choice model.Choice
	State  model.ChoiceState // declined or ended
	Reason string
}

// EndTx ends a choice of a project that the caller has locked, its task if it waited for staff, and
// tells of it. What the sign-in may reach is the caller's to end.
func (s *Service) EndTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, e Ending) error {
	c := e.Choice
	waited := c.State == model.ChoiceRequested
	c.State, c.EndedAt, c.EndedBy, c.Reason = e.State, &tx.Now, who.ID, e.Reason
	if err := model.SaveChoiceTx(ctx, tx, &c); err != nil {
		return err
	}
	if waited {
		if err := s.j.Alarms.ClearTx(ctx, tx, who, choiceCause(c), e.Reason); err != nil {
			return err
		}
	}
	zh, en := "第三方监理服务已结束", "Third-party supervision has ended"
	if c.State == model.ChoiceDeclined {
		zh, en = "所选第三方监理无法安排", "The chosen supervisor is not available"
	}
	_, err := s.j.TellTx(ctx, tx, who, p, project.News{
		Entry:  core.Entry{Kind: model.Entry, TitleZH: zh, TitleEN: en, Body: e.Reason, RefID: c.ID},
		Action: "supervisor." + string(c.State), Reason: e.Reason, Detail: map[string]any{"choice_id": c.ID, "supervisor_id": c.SupervisorID},
	})
	return err
}

// LastChoice reads the choice of a project that stands, else the one that was last, for a member of the
// home or of staff, and whether they may see the amounts: guests and the supervisors themselves may not.
// Errors: not_found, also when nobody was ever chosen.
func (s *Service) LastChoice(ctx context.Context, who actor.Actor, projectID id.ID) (c Choice, amounts bool, err error) {
	if amounts, err = s.seesAmounts(ctx, who, projectID); err != nil {
		return c, false, err
	}
	rows, err := model.Choices(ctx, s.j.DB, projectID)
	if err != nil {
		return c, false, err
	}
	if len(rows) == 0 {
		return c, false, fault.Missing()
	}
	last := rows[0]
	for _, row := range rows {
		if row.Stands() {
			last = row
		}
	}
	c, err = s.choice(ctx, last)
	return c, amounts, err
}

func (s *Service) seesAmounts(ctx context.Context, who actor.Actor, projectID id.ID) (bool, error) {
	if who.Kind != actor.Customer {
		_, err := core.Find(ctx, s.j.DB, who, projectID)
		return !who.External, err
	}
	seen, err := core.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	return project.SeesMoney(who, seen), err
}

// Chosen reads a choice that has been made or changed, on behalf of who did it.
func (s *Service) Chosen(ctx context.Context, r ChoiceResult) (Choice, error) {
	c, err := model.ChoiceByID(ctx, s.j.DB, r.ProjectID, r.ChoiceID)
	if err != nil {
		return Choice{}, err
	}
	return s.choice(ctx, c)
}

func (s *Service) choice(ctx context.Context, c model.Choice) (Choice, error) {
	supervisor, err := s.Get(ctx, c.SupervisorID)
	return Choice{c, supervisor}, err
}
