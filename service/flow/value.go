package flow

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	earnings "guike/model/membership/earning"
	levels "guike/model/membership/level"
	projects "guike/model/project"
	"guike/service/membership/coupon"
	"guike/service/membership/earning"
	"guike/service/project/budget"
)

// ValueDeps is what the flows of value stand on: the domains that they commit in.
type ValueDeps struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Payments *budget.Service
	Earning  *earning.Service
	Coupons  *coupon.Service
}

// Value is what happens to members' value when something happens elsewhere: payments and refunds, stages,
// complaints, reviews. It follows the stages of projects.
type Value struct {
	db       *db.DB
	ledger   *ledger.Ledger
	payments *budget.Service
	earning  *earning.Service
	coupons  *coupon.Service
}

// NewValue returns the use cases over what they stand on.
func NewValue(d ValueDeps) *Value {
	return &Value{db: d.DB, ledger: d.Ledger, payments: d.Payments, earning: d.Earning, coupons: d.Coupons}
}

// site is a project on which promises can hang, as it stands under its lock.
func site(ctx context.Context, tx *db.Tx, p projects.Project) (*earning.Site, error) {
	stages, err := projects.Stages(ctx, tx, p.ID)
	if err != nil {
		return nil, err
	}
	s := &earning.Site{ProjectID: p.ID, Stages: make(map[string]bool, len(stages)), Completed: p.State == projects.Completed}
	for _, stage := range stages {
		s.Stages[stage.Key] = stage.State == projects.StageCompleted
	}
	return s, nil
}

// StageMovedTx makes available what was promised for the completion of a stage, or of the project
// (feature 3). A stage that is reopened takes nothing back: what was given stays given.
func (v *Value) StageMovedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *projects.Project, stage projects.Stage, kind projects.EntryKind) error {
	if kind != projects.EntryStageCompleted {
		return nil
	}
	subject := earning.Subject(p.ID)
	if err := v.earning.LockOwnersTx(ctx, tx, subject); err != nil {
		return err
	}
	vested, err := v.ledger.HappenedTx(ctx, tx, who, subject, earning.StageEvent(stage.Key))
	if err != nil {
		return err
	}
	if p.State == projects.Completed {
		more, err := v.ledger.HappenedTx(ctx, tx, who, subject, earning.EventCompleted)
		if err != nil {
			return err
		}
		vested = append(vested, more...)
	}
	return v.earning.VestedTx(ctx, tx, who, vested)
}

// ProjectCancelledTx gives up what is still promised on a project (feature 3), and voids the coupons that its
// payments brought and that are unused.
func (v *Value) ProjectCancelledTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *projects.Project) error {
	if err := v.earning.CancelTx(ctx, tx, who, p.ID); err != nil {
		return err
	}
	return v.coupons.CancelledTx(ctx, tx, who, p.ID)
}

// complaintCause names a complaint as what freezes a project's promises.
func complaintCause(complaint id.ID) string { return "complaint:" + complaint.String() }

// ComplaintOpenedTx keeps what is promised on a project from vesting while a complaint about it is open
// (feature 3). The project's row is locked before.
func (v *Value) ComplaintOpenedTx(ctx context.Context, tx *db.Tx, project, complaint id.ID) error {
	return v.ledger.FreezeTx(ctx, tx, earning.Subject(project), complaintCause(complaint))
}

// ComplaintClosedTx ends what ComplaintOpenedTx began: what became ripe meanwhile vests, unless another
// complaint is open.
func (v *Value) ComplaintClosedTx(ctx context.Context, tx *db.Tx, who actor.Actor, project, complaint id.ID) error {
	if err := v.earning.LockOwnersTx(ctx, tx, earning.Subject(project)); err != nil {
		return err
	}
	vested, err := v.ledger.ThawTx(ctx, tx, who, earning.Subject(project), complaintCause(complaint))
	if err != nil {
		return err
	}
	return v.earning.VestedTx(ctx, tx, who, vested)
}

// Deed is something that a customer did and that was found good, once for each id.
type Deed struct {
	CustomerID id.ID
	ID         id.ID // of the review, answer, order or proposal
	ProjectID  id.ID // zero for none; its row is locked before
	Stars      int64 // of a review
	Referrals  int64 // how many friends have ordered, this one counted
}

// ReviewApprovedTx gives what the rules say for a review that was approved (G4).
func (v *Value) ReviewApprovedTx(ctx context.Context, tx *db.Tx, who actor.Actor, d Deed) (earning.Earned, error) {
	return v.deedTx(ctx, tx, who, d, earnings.ReviewApproved)
}

// SurveyAnsweredTx gives what the rules say for a survey that was answered.
func (v *Value) SurveyAnsweredTx(ctx context.Context, tx *db.Tx, who actor.Actor, d Deed) (earning.Earned, error) {
	return v.deedTx(ctx, tx, who, d, earnings.SurveyAnswered)
}

// ProposalAdoptedTx gives what the rules say for a proposal that the company took up.
func (v *Value) ProposalAdoptedTx(ctx context.Context, tx *db.Tx, who actor.Actor, d Deed) (earning.Earned, error) {
	return v.deedTx(ctx, tx, who, d, earnings.ProposalAdopted)
}

// FriendOrderedTx gives what the rules say for a friend's order.
func (v *Value) FriendOrderedTx(ctx context.Context, tx *db.Tx, who actor.Actor, d Deed) (earning.Earned, error) {
	return v.deedTx(ctx, tx, who, d, earnings.FriendOrdered)
}

func (v *Value) deedTx(ctx context.Context, tx *db.Tx, who actor.Actor, d Deed, event earnings.Event) (earning.Earned, error) {
	o := earning.Occasion{
		Occasion:   earnings.Occasion{Event: event, At: tx.Now, Facts: earnings.Facts{Stars: d.Stars, Referrals: d.Referrals}},
		CustomerID: d.CustomerID, Source: string(event) + ":" + d.ID.String(), RefKind: string(event), RefID: d.ID,
	}
	if !d.ProjectID.IsZero() {
		p, err := projects.ByID(ctx, tx, d.ProjectID)
		if err != nil {
			return earning.Earned{}, err
		}
		if o.Site, err = site(ctx, tx, p); err != nil {
			return earning.Earned{}, err
		}
		o.StoreID, o.ProjectKind, o.ContractFen = p.StoreID, string(p.Kind), p.ContractAmountFen
	}
	return v.earning.EarnTx(ctx, tx, who, o)
}

// InheritTx brings the value of one record of a customer into another: an Heir.
func (v *Value) InheritTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	owner := func(c id.ID) ledger.Owner { return ledger.Owner{Kind: ledger.Customer, ID: c} }
	if err := membership.MergeTx(ctx, tx, from, to); err != nil {
		return err
	}
	if err := levels.InheritTx(ctx, tx, from, to); err != nil {
		return err
	}
	if err := v.ledger.MoveAllTx(ctx, tx, actor.Machine(), owner(from), owner(to)); err != nil {
		return err
	}
	if err := v.coupons.InheritTx(ctx, tx, from, to); err != nil {
		return err
	}
	return v.earning.InheritTx(ctx, tx, from, to)
}
