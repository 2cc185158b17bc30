package design

import (
	"guike/api/contract"
	"guike/internal/id"
)

// DesignBody begins a design.
type DesignBody struct {
	Title string `json:"title" minLength:"1" maxLength:"100" doc:"What the design is called." example:"主卧衣柜方案"`
	Room  string `json:"room,omitempty" required:"false" maxLength:"60" doc:"The room that it is for; absent for the whole home." example:"主卧"`
	Style string `json:"style,omitempty" required:"false" maxLength:"40" doc:"Its style; when absent, that of the design approved last for this home, of the same room when there is one." example:"现代简约"`
	Note  string `json:"note,omitempty" required:"false" maxLength:"1000" doc:"For colleagues; customers do not see it." example:"客户偏好浅色木纹。"`
}

// DesignInput is the request for a new design.
type DesignInput struct {
	contract.Key
	contract.ByID
	Body DesignBody
}

// LinkForm is a link to something that another host shows.
type LinkForm struct {
	Kind  string `json:"kind" enum:"vr,panorama,model" doc:"A room to walk through, a picture all around, or a model to place in the room." example:"vr"`
	URL   string `json:"url" minLength:"1" maxLength:"500" doc:"An https URL whose host is a public DNS name; for a model the path ends in .glb, .gltf or .usdz. It is kept and handed on, never fetched." example:"https://vr.example-cloud.com/tours/3f9a"`
	Title string `json:"title" minLength:"1" maxLength:"100" doc:"What the link is called." example:"主卧漫游"`
}

// VersionBody is another state of a design.
type VersionBody struct {
	DifferenceNote string     `json:"difference_note,omitempty" required:"false" maxLength:"2000" doc:"What differs from the version before; required from the second version on." example:"衣柜加高至顶,增加裤架。"`
	FileIDs        []id.ID    `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"20" doc:"Pictures and PDFs that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
	Links          []LinkForm `json:"links,omitempty" required:"false" nullable:"false" maxItems:"10" doc:"Links, in their order. A version has a file or a link at least."`
	Draft          bool       `json:"draft,omitempty" required:"false" doc:"Keep it from the customer until it is submitted." example:"false"`
}

// VersionInput is the request for a new version.
type VersionInput struct {
	contract.Key
	contract.ByID
	Body VersionBody
}

// VersionRefInput names a version for an action on it.
type VersionRefInput struct {
	contract.Key
	contract.ByID
	Version int       `path:"version" minimum:"1" maximum:"1000" doc:"The number of the version." example:"2"`
	Body    *struct{} `required:"false"`
}

// ViewInput names a version that somebody looked at.
type ViewInput struct {
	contract.ByID
	Version int       `path:"version" minimum:"1" maximum:"1000" doc:"The number of the version." example:"2"`
	Body    *struct{} `required:"false"`
}

// ReasonBody says why something is taken back.
type ReasonBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; staff see it." example:"客户取消了该房间的改造。"`
}

// ReasonInput is the request to take it back.
type ReasonInput struct {
	contract.Key
	contract.ByID
	Body ReasonBody
}

// NoteBody is what a successor has to know.
type NoteBody struct {
	Kind     string `json:"kind" enum:"need,conversation" doc:"What the customer wants, or what was talked about." example:"need"`
	Text     string `json:"text" minLength:"1" maxLength:"2000" doc:"In words; staff see it." example:"希望衣柜能放下两个行李箱。"`
	DesignID id.ID  `json:"design_id,omitzero" required:"false" doc:"The design that it concerns; absent for the project as a whole." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
}

// NoteInput is the request to write it down.
type NoteInput struct {
	contract.Key
	contract.ByID
	Body NoteBody
}

// DecisionBody is what the customer says to a version.
type DecisionBody struct {
	Version  int    `json:"version" minimum:"1" maximum:"1000" doc:"The number of the version that was looked at; it must be the newest submitted one." example:"2"`
	Decision string `json:"decision" enum:"approve,changes" doc:"Agree, or ask for changes." example:"changes"`
	Word     string `json:"word,omitempty" required:"false" maxLength:"1000" doc:"In words; required with changes." example:"裤架换成抽屉,颜色再浅一点。"`
}

// DecisionInput is the request to decide.
type DecisionInput struct {
	contract.Key
	contract.ByID
	Body DecisionBody
}

// PageInput asks for a page of something's list.
type PageInput struct {
	contract.ByID
	contract.Paging
}

// CaseBody is a finished home as it is told to others.
type CaseBody struct {
	Title     string  `json:"title" minLength:"1" maxLength:"100" doc:"What the case is called; neither the customer nor the home is named." example:"98 平米三居的原木之家"`
	Story     string  `json:"story" minLength:"1" maxLength:"4000" doc:"Its story; neither the customer nor the home is named." example:"业主一家三口,希望多收纳、少打理。"`
	Style     string  `json:"style" minLength:"1" maxLength:"40" doc:"The style." example:"现代简约"`
	HouseType string  `json:"house_type" minLength:"1" maxLength:"40" doc:"The kind of dwelling." example:"三室两厅"`
	AreaM2    int     `json:"area_m2" minimum:"1" maximum:"100000" doc:"The area in whole square metres." example:"98"`
	BudgetFen int64   `json:"budget_fen" minimum:"0" maximum:"1000000000000" doc:"What it cost, as it is told, in cents." example:"12800000"`
	FileIDs   []id.ID `json:"file_ids" nullable:"false" minItems:"1" maxItems:"12" doc:"Photos that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
}

// CaseInput is the request to show a project as a case.
type CaseInput struct {
	contract.Key
	contract.ByID
	Body CaseBody
}

// LibraryInput narrows the case library.
type LibraryInput struct {
	contract.Paging
	BudgetMinFen int64  `query:"budget_min_fen" minimum:"0" maximum:"1000000000000" doc:"Cases that cost as much at least, in cents." example:"5000000"`
	BudgetMaxFen int64  `query:"budget_max_fen" minimum:"0" maximum:"1000000000000" doc:"Cases that cost as much at most, in cents; 0 for no bound." example:"15000000"`
	Style        string `query:"style" maxLength:"40" doc:"Cases of this style." example:"现代简约"`
	HouseType    string `query:"house_type" maxLength:"40" doc:"Cases of this kind of dwelling." example:"三室两厅"`
}
