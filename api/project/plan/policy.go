package plan

import (
	"context"
	"time"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/project/plan"
	"guike/service/project/plan"
)

// Step is a step of the compensation matrix.
type Step struct {
	FromDays  int    `json:"from_days" minimum:"1" maximum:"365" doc:"From so many working days late on, up to the next step." example:"4"`
	AmountFen int64  `json:"amount_fen" minimum:"0" maximum:"1000000000000" doc:"What is proposed, in cents; no less than in the step before." example:"50000"`
	Text      string `json:"text" minLength:"1" maxLength:"100" doc:"What is proposed, in words that the home reads." example:"赠送家居养护礼包一份(价值 500 元)"`
	TextEN    string `json:"text_en" minLength:"1" maxLength:"200" doc:"The same in English." example:"A home care kit worth 500 yuan"`
}

// PolicyBody is what a policy says.
type PolicyBody struct {
	LateAfterDays   int    `json:"late_after_days" minimum:"0" maximum:"60" doc:"More working days late than this raise an alert and prepare a notice." example:"3"`
	PhaseNoticeDays int    `json:"phase_notice_days" minimum:"1" maximum:"180" doc:"So many days before its day staff are reminded of a deferred phase." example:"14"`
	Compensation    []Step `json:"compensation" nullable:"false" maxItems:"10" doc:"The matrix of what is proposed, by ascending days; nothing is proposed below its first step."`
}

// Policy is the policy that stands.
type Policy struct {
	PolicyBody
	Version   int64      `json:"version" doc:"Grows with every change; a delay keeps what the version of its night proposed." example:"2"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"When it was set." example:"2026-12-01T02:00:00.000Z"`
}

// ChangePolicyInput is the request to change the policy.
type ChangePolicyInput struct {
	Body struct {
		PolicyBody
		Version int64 `json:"version" minimum:"1" doc:"The version that the change was made of." example:"1"`
	}
}

// Policy shows the policy that stands.
func (a *API) Policy(ctx context.Context, _ *struct{}) (*contract.Answer[Policy], error) {
	p, err := a.plan.Policy(ctx)
	if err != nil {
		return nil, err
	}
	return foundPolicy(p)
}

// ChangePolicy sets the policy for delays to come.
func (a *API) ChangePolicy(ctx context.Context, in *ChangePolicyInput) (*contract.Answer[Policy], error) {
	b := in.Body
	steps := make([]model.Step, 0, len(b.Compensation))
	for _, s := range b.Compensation {
		steps = append(steps, model.Step{FromDays: s.FromDays, Fen: s.AmountFen, ZH: s.Text, EN: s.TextEN})
	}
	p, err := a.plan.ChangePolicy(ctx, actor.From(ctx), plan.NewPolicy{
		Version: b.Version, LateAfterDays: b.LateAfterDays, PhaseNoticeDays: b.PhaseNoticeDays, Steps: steps,
	})
	if err != nil {
		return nil, err
	}
	return foundPolicy(p)
}

func foundPolicy(p model.Policy) (*contract.Answer[Policy], error) {
	steps, err := p.Steps()
	if err != nil {
		return nil, err
	}
	v := Policy{
		PolicyBody: PolicyBody{LateAfterDays: p.LateAfterDays, PhaseNoticeDays: p.PhaseNoticeDays, Compensation: make([]Step, 0, len(steps))},
		Version:    p.Version,
	}
	if !p.CreatedAt.IsZero() {
		v.ChangedAt = contract.Until(&p.CreatedAt)
	}
	for _, s := range steps {
		v.Compensation = append(v.Compensation, Step{s.FromDays, s.Fen, s.ZH, s.EN})
	}
	return contract.Found(v), nil
}
