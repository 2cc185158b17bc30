package identity

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	"guike/service/identity"
)

// VisitorView is a customer as staff see one at the door: masked, with what to know in the first minute
// (A11).
type VisitorView struct {
	CustomerView
	Level         string               `json:"level,omitempty" doc:"The member's level; absent until membership is there, and for customers without one." example:"gold"`
	Preferences   []SaidView           `json:"preferences" nullable:"false" doc:"What the customer likes, and what is to be minded."`
	CareNotes     []CareNoteView       `json:"care_notes" nullable:"false" doc:"What colleagues remember, newest first."`
	Projects      []RunningProjectView `json:"projects" nullable:"false" doc:"Projects that are not over and within the caller's reach, newest first."`
	OpenComplaint *bool                `json:"open_complaint,omitempty" doc:"Whether a complaint of the customer is open; absent until complaints are kept." example:"false"`
}

// SaidView is a preference that somebody stated.
type SaidView struct {
	Key       string    `json:"key" doc:"The entry of the registry." example:"style"`
	Title     string    `json:"title" doc:"What it is about." example:"喜欢的风格"`
	Value     string    `json:"value" doc:"In words." example:"原木、简约"`
	SaidBy    string    `json:"said_by" enum:"customer,staff,system" doc:"Who said so." example:"customer"`
	UpdatedAt time.Time `json:"updated_at" doc:"When." example:"2026-11-23T01:30:00.000Z"`
}

// RunningProjectView is a project that is not over.
type RunningProjectView struct {
	ID        id.ID  `json:"id" format:"uuid" doc:"The project's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	No        string `json:"no" doc:"The project's number." example:"GK-20261123-0001"`
	Title     string `json:"title" doc:"What it is called." example:"滨江花园 3-1201 全屋定制"`
	Stage     string `json:"stage" doc:"Key of the current stage." example:"production"`
	StageName string `json:"stage_name" doc:"What the stage is called." example:"生产"`
	Late      bool   `json:"late" doc:"The stage under way is past its planned end." example:"false"`
}

// CareNoteView is what a colleague remembers of a customer.
type CareNoteView struct {
	ID          id.ID      `json:"id" format:"uuid" doc:"The note's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Text        string     `json:"text" doc:"The note; phone numbers in it are masked. Empty once it is withdrawn." example:"咖啡要热的,不加糖;喜欢靠窗的位置"`
	AuthorID    id.ID      `json:"author_id" format:"uuid" doc:"Who wrote it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	AuthorName  string     `json:"author_name" doc:"Their name." example:"王小明"`
	CreatedAt   time.Time  `json:"created_at" doc:"When." example:"2026-11-23T01:30:00.000Z"`
	WithdrawnBy id.ID      `json:"withdrawn_by,omitzero" format:"uuid" doc:"Who withdrew it; absent while it stands." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty" doc:"When it was withdrawn." example:"2026-11-24T01:30:00.000Z"`
}

// PreferencesView is the registry with what a customer said.
type PreferencesView struct {
	Preferences []PreferenceView `json:"preferences" nullable:"false" doc:"Every entry of the registry, in its order."`
}

// PreferenceView is one entry of the registry.
type PreferenceView struct {
	Key       string     `json:"key" doc:"Its key." example:"style"`
	Title     string     `json:"title" doc:"What it is about." example:"喜欢的风格"`
	TitleEN   string     `json:"title_en" doc:"The same in English." example:"Style"`
	Purpose   string     `json:"purpose" enum:"design,service,hospitality" doc:"What it is used for." example:"design"`
	Consent   string     `json:"consent,omitempty" doc:"The purpose whose consent it needs; absent when it needs none. Without the consent nothing is kept or shown." example:"personalization"`
	Value     string     `json:"value" doc:"What was said; empty for nothing." example:"原木、简约"`
	SaidBy    string     `json:"said_by,omitempty" doc:"Who said so: customer or staff." example:"customer"`
	UpdatedAt *time.Time `json:"updated_at,omitempty" doc:"When." example:"2026-11-23T01:30:00.000Z"`
}

func visitorView(v identity.Visitor, links map[id.ID]string) VisitorView {
	view := VisitorView{
		CustomerView: customerView(v.Masked, links), Level: v.Level, OpenComplaint: v.OpenComplaint,
		Preferences: []SaidView{}, CareNotes: []CareNoteView{}, Projects: []RunningProjectView{},
	}
	for _, p := range v.Preferences {
		view.Preferences = append(view.Preferences, SaidView{
			Key: p.Key, Title: p.TitleZH, Value: p.Value, SaidBy: string(p.ByKind), UpdatedAt: contract.Instant(p.UpdatedAt),
		})
	}
	for _, n := range v.CareNotes {
		view.CareNotes = append(view.CareNotes, careNoteView(n))
	}
	for _, p := range v.Projects {
		view.Projects = append(view.Projects, RunningProjectView{ID: p.ID, No: p.No, Title: p.Title, Stage: p.Stage, StageName: p.StageZH, Late: p.Late})
	}
	return view
}

func careNoteView(n identity.CareNote) CareNoteView {
	return CareNoteView{
		ID: n.ID, Text: n.Text, AuthorID: n.AuthorID, AuthorName: n.AuthorName, CreatedAt: contract.Instant(n.CreatedAt),
		WithdrawnBy: n.WithdrawnBy, WithdrawnAt: contract.Until(n.WithdrawnAt),
	}
}

func preferencesView(said []identity.Preference) PreferencesView {
	by := map[string]identity.Preference{}
	for _, p := range said {
		by[p.Key] = p
	}
	var view PreferencesView
	for _, kind := range identity.PreferenceKinds() {
		v := PreferenceView{Key: kind.Key, Title: kind.TitleZH, TitleEN: kind.TitleEN, Purpose: kind.Purpose, Consent: string(kind.Consent)}
		if p, ok := by[kind.Key]; ok {
			at := contract.Instant(p.UpdatedAt)
			v.Value, v.SaidBy, v.UpdatedAt = p.Value, string(p.ByKind), &at
		}
		view.Preferences = append(view.Preferences, v)
	}
	return view
}
