package identity

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/identity"
	"guike/service/identity"
)

// PoliciesView lists the current policies.
type PoliciesView struct {
	Items []PolicyView `json:"items" nullable:"false" doc:"One current version of each policy."`
}

// PolicyView is one version of a policy.
type PolicyView struct {
	Policy      string    `json:"policy" doc:"The policy's key." example:"privacy"`
	Version     int64     `json:"version" doc:"Its version; consent is given to a version." example:"1"`
	Title       string    `json:"title" doc:"Its title in Chinese." example:"隐私政策"`
	TitleEN     string    `json:"title_en" doc:"Its title in English." example:"Privacy policy"`
	Purposes    []string  `json:"purposes" nullable:"false" doc:"What it covers; each is agreed to by itself." example:"[\"privacy\",\"phone\"]"`
	EffectiveAt time.Time `json:"effective_at" doc:"Since when it is in force." example:"2025-01-01T00:00:00.000Z"`
	URL         string    `json:"url" doc:"Where its text is, on this server unless it names another." example:"/v1/public/policies/privacy/versions/1"`
	Hash        string    `json:"hash" doc:"SHA-256 of its texts, hex." example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
}

func policyView(p model.Policy) PolicyView {
	purposes := []string{}
	for _, w := range p.PurposeList() {
		purposes = append(purposes, string(w))
	}
	return PolicyView{
		Policy: p.Policy, Version: p.Version, Title: p.TitleZH, TitleEN: p.TitleEN, Purposes: purposes,
		EffectiveAt: contract.Instant(p.EffectiveAt), URL: p.URL, Hash: p.Hash,
	}
}

// PolicyTextView is one version of a policy with its texts.
type PolicyTextView struct {
	PolicyView
	Body   string `json:"body" doc:"The text in Chinese." example:"我们只为下列目的处理您的个人信息……"`
	BodyEN string `json:"body_en" doc:"The text in English." example:"We use your personal data for the purposes below only …"`
}

// ConsentView is one recorded decision.
type ConsentView struct {
	ID            id.ID     `json:"id" format:"uuid" doc:"The record's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Policy        string    `json:"policy" doc:"The policy's key." example:"privacy"`
	Version       int64     `json:"version" doc:"The version decided upon." example:"1"`
	Purpose       string    `json:"purpose" doc:"The purpose." example:"phone"`
	Granted       bool      `json:"granted" doc:"true agreed, false refused or withdrew." example:"true"`
	At            time.Time `json:"at" doc:"When." example:"2026-11-23T01:30:00.000Z"`
	Scene         string    `json:"scene" doc:"Where it was decided, as the client said." example:"bind_phone"`
	ClientVersion string    `json:"client_version" doc:"The mini-program's version, as it said." example:"1.4.0"`
}

func consentView(c model.Consent) ConsentView {
	return ConsentView{
		ID: c.ID, Policy: c.Policy, Version: c.Version, Purpose: string(c.Purpose), Granted: c.Granted,
		At: contract.Instant(c.At), Scene: c.Scene, ClientVersion: c.ClientVersion,
	}
}

// StandsView lists where the customer stands on every purpose.
type StandsView struct {
	Items []StandView `json:"items" nullable:"false" doc:"One entry for each purpose of the current policies."`
}

// StandView is where a customer stands on a purpose.
type StandView struct {
	Purpose        string     `json:"purpose" doc:"The purpose." example:"phone"`
	Policy         string     `json:"policy" doc:"The policy that covers it." example:"privacy"`
	CurrentVersion int64      `json:"current_version" doc:"The version that can be granted now." example:"1"`
	Granted        bool       `json:"granted" doc:"A consent stands, in a version that is good enough." example:"true"`
	Renew          bool       `json:"renew" doc:"A consent was given, and a later version asks for a new one." example:"false"`
	Version        int64      `json:"version,omitempty" doc:"The version decided upon last; absent when nothing was decided." example:"1"`
	At             *time.Time `json:"at,omitempty" doc:"When that was." example:"2026-11-23T01:30:00.000Z"`
}

func standView(s identity.Stand) StandView {
	view := StandView{
		Purpose: string(s.Purpose), Policy: s.Policy, CurrentVersion: s.CurrentVersion, Granted: s.Given, Renew: s.Renew,
	}
	if s.Decided {
		view.Version, view.At = s.Version, contract.Until(&s.At)
	}
	return view
}
