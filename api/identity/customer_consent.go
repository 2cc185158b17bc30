package identity

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/identity"
)

// ListPolicies is GET /v1/public/policies.
func (a *CustomerAPI) ListPolicies(ctx context.Context, _ *struct{}) (*contract.Answer[PoliciesView], error) {
	policies, err := a.d.Consents.Policies(ctx)
	if err != nil {
		return nil, err
	}
	view := PoliciesView{Items: make([]PolicyView, 0, len(policies))}
	for _, p := range policies {
		view.Items = append(view.Items, policyView(p))
	}
	return contract.Found(view), nil
}

// ReadPolicy is GET /v1/public/policies/{policy}/versions/{version}.
func (a *CustomerAPI) ReadPolicy(ctx context.Context, in *ReadPolicyInput) (*contract.Answer[PolicyTextView], error) {
	p, err := a.d.Consents.Policy(ctx, in.Policy, in.Version)
	if err != nil {
		return nil, err
	}
	return contract.Found(PolicyTextView{PolicyView: policyView(p), Body: p.BodyZH, BodyEN: p.BodyEN}), nil
}

// RecordConsent is POST /v1/me/consents.
func (a *CustomerAPI) RecordConsent(ctx context.Context, in *RecordConsentInput) (*contract.Made[ConsentView], error) {
	d, replayed, err := a.d.Consents.Record(ctx, actor.From(ctx), in.Once("identity-record-consent", in.Body), in.consent())
	if err != nil {
		return nil, err
	}
	return contract.NewMade(ConsentView{
		ID: d.ID, Policy: in.Body.Policy, Version: in.Body.Version, Purpose: in.Body.Purpose,
		Granted: d.Granted, At: contract.Instant(d.At), Scene: in.Body.Scene, ClientVersion: in.Body.ClientVersion,
	}, replayed), nil
}

// WithdrawConsent is DELETE /v1/me/consents/{purpose}.
func (a *CustomerAPI) WithdrawConsent(ctx context.Context, in *WithdrawConsentInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.d.Consents.Withdraw(ctx, actor.From(ctx), model.Purpose(in.Purpose))
}

// ListConsents is GET /v1/me/consents.
func (a *CustomerAPI) ListConsents(ctx context.Context, _ *struct{}) (*contract.Answer[StandsView], error) {
	stands, err := a.d.Consents.Stands(ctx, actor.From(ctx))
	if err != nil {
		return nil, err
	}
	view := StandsView{Items: make([]StandView, 0, len(stands))}
	for _, s := range stands {
		view.Items = append(view.Items, standView(s))
	}
	return contract.Found(view), nil
}

// ListConsentHistory is GET /v1/me/consents/history.
func (a *CustomerAPI) ListConsentHistory(ctx context.Context, in *ListConsentHistoryInput) (*contract.Answer[contract.List[ConsentView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.d.Consents.History(ctx, actor.From(ctx), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, consentView)), nil
}
