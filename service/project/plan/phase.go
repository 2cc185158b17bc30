package plan

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	"guike/model/project"
	"guike/model/project/plan"
	rooms "guike/service/project"
)

// TaskPhase is the kind of task that reminds of a deferred phase (B15).
const TaskPhase = "phase_due"

// remindBatch is how many phases one look reads at a time.
const remindBatch = 50

// PhaseForm is what a phase is called, its part of the contract in cents, and until when it is deferred.
type PhaseForm struct {
	Name          string
	AmountFen     int64
	DeferredUntil string // empty: not deferred
}

// PhaseResult is what a change of a phase leaves behind under its key.
type PhaseResult struct {
	ProjectID id.ID `json:"project_id"`
	PhaseID   id.ID `json:"phase_id"`
}

func (f *PhaseForm) check(today clock.Day) (until clock.Day, err error) {
	if err := rooms.CheckLength("body.name", &f.Name, 1, maxName); err != nil {
		return "", err
	}
	if f.AmountFen < 0 || f.AmountFen > maxFen {
		return "", fault.Broken("body.amount_fen", "out_of_range", "金额超出范围。", "The amount is out of range.")
	}
	if f.DeferredUntil == "" {
		return "", nil
	}
	return deferral("body.deferred_until", f.DeferredUntil, today)
}

func deferral(location, text string, today clock.Day) (clock.Day, error) {
	until, err := parseDay(location, text)
	switch {
	case err != nil:
		return "", err
	case until <= today:
		return "", fault.Broken(location, "past", "延期日期须在今天之后。", "The day lies after today.")
	case until > today.Plus(maxAhead):
		return "", fault.Broken(location, "out_of_range", "日期过远。", "The day is too far ahead.")
	}
	return until, nil
}

// AddPhase splits a part off a project that may be made later. Errors: not_found; project.cancelled;
// phase.too_many; input.invalid, at body.amount_fen too when all phases together exceed the contract.
func (s *Service) AddPhase(ctx context.Context, who actor.Actor, projectID id.ID, f PhaseForm, key once.Key) (r PhaseResult, replayed bool, err error) {
	until, err := f.check(s.j.Today())
	if err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, key, func() (PhaseResult, error) {
			p, err := rooms.LockOpenTx(ctx, tx, who, projectID)
			if err != nil {
				return PhaseResult{}, err
			}
			ph := plan.Phase{ProjectID: p.ID, Name: f.Name, AmountFen: f.AmountFen, State: plan.PhasePlanned, DeferredUntil: until, CreatedBy: who.ID}
			if !until.IsZero() {
				ph.State = plan.PhaseDeferred
			}
			if err := fits(ctx, tx, p, ph); err != nil {
				return PhaseResult{}, err
			}
			if err := plan.AddPhaseTx(ctx, tx, &ph); err != nil {
				return PhaseResult{}, err
			}
			return PhaseResult{p.ID, ph.ID}, s.tellPhaseTx(ctx, tx, who, &p, ph, "")
		})
		return err
	})
	return r, replayed, err
}

// fits refuses a phase too many, and amounts that together exceed the contract.
func fits(ctx context.Context, tx *db.Tx, p project.Project, ph plan.Phase) error {
	phases, err := plan.Phases(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if ph.ID.IsZero() && len(phases) >= plan.MaxPhases {
		return errPhases
	}
	sum := ph.AmountFen
	for _, other := range phases {
		if other.ID != ph.ID && other.State != plan.PhaseCancelled {
			sum += other.AmountFen
		}
	}
	if p.ContractAmountFen > 0 && sum > p.ContractAmountFen {
		return fault.Broken("body.amount_fen", "over_contract", "各分期金额之和超过合同金额。", "The phases together exceed the contract.")
	}
	return nil
}

// PhaseMove is the wish to change a phase.
type PhaseMove struct {
	ProjectID, PhaseID id.ID
	To                 plan.PhaseState
	Until              string // of a deferral
	Reason             string
	Once               once.Key
}

// MovePhase defers a phase (again), releases it to be made, or cancels it. Released and cancelled ones
// change no more. Errors: not_found; project.cancelled; phase.ended with the state that stands;
// input.invalid.
func (s *Service) MovePhase(ctx context.Context, who actor.Actor, in PhaseMove) (r PhaseResult, replayed bool, err error) {
	in.Reason = strings.TrimSpace(in.Reason)
	if in.To == plan.PhaseCancelled || in.Reason != "" {
		if err := rooms.CheckReason("body.reason", &in.Reason); err != nil {
			return r, false, err
		}
	}
	var until clock.Day
	if in.To == plan.PhaseDeferred {
		if until, err = deferral("body.deferred_until", in.Until, s.j.Today()); err != nil {
			return r, false, err
		}
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PhaseResult, error) {
			return s.movePhaseTx(ctx, tx, who, in, until)
		})
		return err
	})
	return r, replayed, err
}

func (s *Service) movePhaseTx(ctx context.Context, tx *db.Tx, who actor.Actor, in PhaseMove, until clock.Day) (PhaseResult, error) {
	none := PhaseResult{}
	p, err := rooms.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	ph, err := plan.PhaseByID(ctx, tx, p.ID, in.PhaseID)
	if err != nil {
		return none, err
	}
	if ph.State == plan.PhaseReleased || ph.State == plan.PhaseCancelled {
		return none, errPhaseEnded(ph)
	}
	former := ph
	ph.State, ph.Reason = in.To, in.Reason
	switch in.To {
	case plan.PhaseDeferred:
		ph.Reminded = ph.Reminded && ph.DeferredUntil == until
		ph.DeferredUntil = until
	case plan.PhaseReleased:
		ph.ReleasedAt = &tx.Now
	}
	if err := plan.SavePhaseTx(ctx, tx, &ph); err != nil {
		return none, err
	}
	if former.Reminded && (ph.State != plan.PhaseDeferred || !ph.Reminded) {
		if err := s.j.Alarms.ClearTx(ctx, tx, who, phaseCause(former), "分期已更新"); err != nil {
			return none, err
		}
	}
	return PhaseResult{p.ID, ph.ID}, s.tellPhaseTx(ctx, tx, who, &p, ph, in.Reason)
}

// ChangePhase is the wish for another name or amount of a phase, made of its version.
type ChangePhase struct {
	ProjectID, PhaseID id.ID
	Name               string
	AmountFen          int64
	Version            int64
}

// ChangePhase renames a phase or changes its amount. Errors: as MovePhase; phase.changed.
func (s *Service) ChangePhase(ctx context.Context, who actor.Actor, in ChangePhase) (plan.Phase, error) {
	f := PhaseForm{Name: in.Name, AmountFen: in.AmountFen}
	if _, err := f.check(s.j.Today()); err != nil {
		return plan.Phase{}, err
	}
	var ph plan.Phase
	err := s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := rooms.LockOpenTx(ctx, tx, who, in.ProjectID)
		if err != nil {
			return err
		}
		if ph, err = plan.PhaseByID(ctx, tx, p.ID, in.PhaseID); err != nil {
			return err
		}
		switch {
		case ph.State == plan.PhaseReleased || ph.State == plan.PhaseCancelled:
			return errPhaseEnded(ph)
		case ph.Version != in.Version:
			return errPhaseChanged(ph)
		}
		ph.Name, ph.AmountFen = f.Name, f.AmountFen
		if err := fits(ctx, tx, p, ph); err != nil {
			return err
		}
		if err := plan.SavePhaseTx(ctx, tx, &ph); err != nil {
			return err
		}
		return s.tellPhaseTx(ctx, tx, who, &p, ph, "")
	})
	return ph, err
}

func (s *Service) tellPhaseTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project, ph plan.Phase, reason string) error {
	zh := map[plan.PhaseState]string{
		plan.PhasePlanned: "已列入计划", plan.PhaseDeferred: "延后至 " + string(ph.DeferredUntil), plan.PhaseReleased: "开始执行", plan.PhaseCancelled: "已取消",
	}[ph.State]
	en := map[plan.PhaseState]string{
		plan.PhasePlanned: "planned", plan.PhaseDeferred: "deferred until " + string(ph.DeferredUntil), plan.PhaseReleased: "released", plan.PhaseCancelled: "cancelled",
	}[ph.State]
	_, err := s.j.TellTx(ctx, tx, who, p, rooms.News{
		Entry: project.Entry{
			Kind: plan.EntryPhase, TitleZH: fmt.Sprintf("分期“%s”%s", ph.Name, zh), TitleEN: fmt.Sprintf("Phase %q: %s", ph.Name, en),
			Body: reason, RefID: ph.ID,
		},
		Action: "phase.changed", Reason: reason,
		Detail: map[string]any{"phase_id": ph.ID, "state": ph.State, "amount_fen": ph.AmountFen, "deferred_until": ph.DeferredUntil},
	})
	return err
}

// phaseCause is what a reminder of a phase is opened for: once for each day to which it is deferred.
func phaseCause(ph plan.Phase) string { return fmt.Sprintf("phase:%s:%s", ph.ID, ph.DeferredUntil) }

// Phases lists the phases of a project within the reach of a member of staff; people of other companies
// see no money. Errors: not_found.
func (s *Service) Phases(ctx context.Context, who actor.Actor, projectID id.ID) ([]plan.Phase, error) {
	if _, err := project.Find(ctx, s.j.DB, who, projectID); err != nil {
		return nil, err
	}
	phases, err := plan.Phases(ctx, s.j.DB, projectID)
	for i := range phases {
		if who.External {
			phases[i].AmountFen = 0
		}
	}
	return phases, err
}

// MyPhases lists the phases of a project of one of the customer's homes; money tells whether the reader
// sees amounts. Errors: not_found.
func (s *Service) MyPhases(ctx context.Context, who actor.Actor, projectID id.ID) (phases []plan.Phase, money bool, err error) {
	seen, err := project.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err != nil {
		return nil, false, err
	}
	phases, err = plan.Phases(ctx, s.j.DB, projectID)
	return phases, rooms.SeesMoney(who, seen), err
}

// RemindPhases opens a task for every deferred phase whose day comes near, once for each day to which it
// is deferred (B15). Any number of instances may run it, after any silence. A phase of which nobody can
// be reminded holds up no other; its error is returned in the end.
func (s *Service) RemindPhases(ctx context.Context) error {
	policy, err := policy(ctx, s.j.DB)
	if err != nil {
		return err
	}
	until := s.j.Today().Plus(policy.PhaseNoticeDays)
	var stuck []error
	for {
		due, err := plan.DuePhases(ctx, s.j.DB, until, remindBatch+len(stuck))
		if err != nil {
			return errors.Join(append(stuck, err)...)
		}
		stuck = nil
		for _, ph := range due {
			err := s.j.DB.Tx(ctx, func(tx *db.Tx) error { return s.remindTx(ctx, tx, ph) })
			if gone(ctx, err) {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("remind of phase %s: %w", ph.ID, err))
			}
		}
		if len(stuck) == len(due) {
			return errors.Join(stuck...)
		}
	}
}

func (s *Service) remindTx(ctx context.Context, tx *db.Tx, seen plan.Phase) error {
	p, err := project.LockTx(ctx, tx, actor.Machine(), seen.ProjectID)
	if err != nil {
		return err
	}
	ph, err := plan.PhaseByID(ctx, tx, p.ID, seen.ID)
	if err != nil || ph.Reminded || ph.State != plan.PhaseDeferred || ph.DeferredUntil != seen.DeferredUntil {
		return err
	}
	ph.Reminded = true
	if err := plan.SavePhaseTx(ctx, tx, &ph); err != nil || p.State == project.Cancelled {
		return err
	}
	_, err = s.j.Alarms.OpenTx(ctx, tx, actor.Machine(), care.Order{
		Kind: TaskPhase, Cause: phaseCause(ph), CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID,
		Title: "延期分期将到期:" + ph.Name, Reason: fmt.Sprintf("项目 %s 的分期“%s”延后至 %s。", p.No, ph.Name, ph.DeferredUntil),
	})
	return err
}
