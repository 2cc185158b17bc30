package handover

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
)

// ListInput asks for a page of what belongs to a project.
type ListInput struct {
	contract.ByID
	contract.Paging
}

// PromiseText is what a promise says.
type PromiseText struct {
	Text     string `json:"text" minLength:"1" maxLength:"500" doc:"What was promised, in the words in which the customer was told." example:"全屋柜体使用 ENF 级环保板材。"`
	Category string `json:"category" enum:"material,price,schedule,craft,gift,service,other" doc:"What it is about." example:"material"`
	DueStage string `json:"due_stage,omitempty" required:"false" maxLength:"32" doc:"The key of the stage by which it is due; the hand-over when absent." example:"installation"`
}

// PromiseBody is a new promise.
type PromiseBody struct {
	PromiseText
	Reason string `json:"reason,omitempty" required:"false" maxLength:"500" doc:"Why it is added after the signing; required then." example:"客户复尺后与设计师补充约定。"`
}

// PromiseInput is the request for a new promise.
type PromiseInput struct {
	contract.Key
	contract.ByID
	Body PromiseBody
}

// PromiseEditBody is a promise's text in place of the one that was read.
type PromiseEditBody struct {
	PromiseText
	Version int64 `json:"version" minimum:"1" maximum:"1000000" doc:"The version that was read." example:"1"`
}

// PromiseEditInput is the request to edit a promise.
type PromiseEditInput struct {
	contract.ByID
	Body PromiseEditBody
}

// SettleBody says whether a promise was kept.
type SettleBody struct {
	Kept bool   `json:"kept" doc:"Whether it was kept." example:"true"`
	Word string `json:"word" minLength:"1" maxLength:"500" doc:"Why it counts so; the customer reads it." example:"板材出厂标识均为 ENF 级,随货检测报告已交客户。"`
}

// SettleInput is the request to settle a promise.
type SettleInput struct {
	contract.Key
	contract.ByID
	Body SettleBody
}

// WordBody is why.
type WordBody struct {
	Word string `json:"word" minLength:"1" maxLength:"500" doc:"Why, in the customer's words." example:"次卧衣柜背板不是约定的板材。"`
}

// DisputeInput is the request to dispute how a promise was settled.
type DisputeInput struct {
	contract.Key
	contract.ByID
	Body WordBody
}

// RatesInput asks how many promises were kept.
type RatesInput struct {
	From  string `query:"from" required:"true" format:"date" maxLength:"10" doc:"The first day, in the company's zone." example:"2026-11-01"`
	To    string `query:"to" required:"true" format:"date" maxLength:"10" doc:"The last day." example:"2026-11-30"`
	Group string `query:"group" enum:"store,person" default:"store" doc:"By store, or by whoever made the promise." example:"person"`
}

// StageInput names a stage of a project.
type StageInput struct {
	contract.ByID
	Stage string `path:"key" maxLength:"32" doc:"The stage's key." example:"acceptance"`
}

// ItemBody is what was found at a line of the sheet.
type ItemBody struct {
	Key     string  `json:"key" minLength:"1" maxLength:"40" pattern:"^[a-z0-9_]+$" doc:"The line of the stage's checklist, or a new key for a line beside it." example:"doors"`
	Text    string  `json:"text,omitempty" required:"false" maxLength:"200" doc:"What is looked at; for lines beside the checklist, whose own text counts otherwise." example:"玄关柜感应灯带亮起正常"`
	Result  string  `json:"result" enum:"ok,defect,n_a" doc:"What was found; a defect is shown and opens a task, it does not keep the customer from signing." example:"ok"`
	Note    string  `json:"note,omitempty" required:"false" maxLength:"500" doc:"What is to say of it; required for a defect." example:"左侧门板缝隙 4 毫米,三天内调整。"`
	FileIDs []id.ID `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"6" doc:"Photos that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
}

// SheetBody is a sheet for the customer to accept.
type SheetBody struct {
	Items     []ItemBody `json:"items" nullable:"false" minItems:"1" maxItems:"60" doc:"Every line of the stage's checklist, and lines beside it."`
	Note      string     `json:"note,omitempty" required:"false" maxLength:"1000" doc:"What else the customer should know." example:"玻璃门下周二补装。"`
	CareGiven bool       `json:"care_given,omitempty" required:"false" doc:"That the customer was shown how to care for it; required where a signature is." example:"true"`
	CareText  string     `json:"care_text,omitempty" required:"false" maxLength:"2000" doc:"What was explained." example:"台面避免高温直接接触;铰链每半年滴一次润滑油。"`
}

// SheetInput is the request to put a sheet before the customer.
type SheetInput struct {
	contract.Key
	contract.ByID
	Stage string `path:"key" maxLength:"32" doc:"The stage's key." example:"acceptance"`
	Body  SheetBody
}

// VersionInput asks for a version of an acceptance.
type VersionInput struct {
	contract.ByID
	Version int64 `query:"version" minimum:"0" maximum:"1000000" doc:"The version; the current one when absent." example:"1"`
}

// SignBody is the signature under a version.
type SignBody struct {
	Version int64  `json:"version" minimum:"1" maximum:"1000000" doc:"The version that was read." example:"1"`
	Name    string `json:"name" minLength:"1" maxLength:"40" doc:"The signer's name, as written." example:"王小明"`
}

// SignInput is the request to sign.
type SignInput struct {
	contract.Key
	contract.ByID
	Body SignBody
}

// RefuseBody is why a version is not accepted.
type RefuseBody struct {
	Version int64  `json:"version" minimum:"1" maximum:"1000000" doc:"The version that was read." example:"1"`
	Word    string `json:"word" minLength:"1" maxLength:"500" doc:"Why." example:"衣柜门板还没有调好。"`
}

// RefuseInput is the request to refuse.
type RefuseInput struct {
	contract.Key
	contract.ByID
	Body RefuseBody
}

// PaperBody is a signature on paper.
type PaperBody struct {
	Version int64  `json:"version" minimum:"1" maximum:"1000000" doc:"The version that was printed." example:"1"`
	Name    string `json:"name" minLength:"1" maxLength:"40" doc:"The name on the paper." example:"王小明"`
	FileID  id.ID  `json:"file_id" doc:"A photo of the signed paper, uploaded before." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76"`
	Reason  string `json:"reason" minLength:"1" maxLength:"500" doc:"Why it was signed on paper." example:"客户不使用智能手机。"`
}

// PaperInput is the request to record a signature on paper.
type PaperInput struct {
	contract.Key
	contract.ByID
	Body PaperBody
}

// LineBody is a line of a checklist.
type LineBody struct {
	Key    string `json:"key" minLength:"1" maxLength:"40" pattern:"^[a-z0-9_]+$" doc:"The line's key, the same over all versions." example:"doors"`
	Text   string `json:"text" minLength:"1" maxLength:"200" doc:"What is looked at." example:"门板缝隙均匀,开合顺畅无异响"`
	TextEN string `json:"text_en,omitempty" required:"false" maxLength:"200" doc:"The same in English." example:"Door gaps are even; doors open smoothly and quietly"`
}

// ChecklistBody replaces the checklist of a stage.
type ChecklistBody struct {
	Kind    string     `json:"kind" enum:"custom_furniture,renovation" doc:"Of which kind of project." example:"custom_furniture"`
	Stage   string     `json:"stage" minLength:"1" maxLength:"32" pattern:"^[a-z0-9_]+$" doc:"The key of the stage." example:"acceptance"`
	Version int        `json:"version" minimum:"0" maximum:"1000000" doc:"The version that was read; 0 when there was none." example:"1"`
	Title   string     `json:"title" minLength:"1" maxLength:"100" doc:"What it is called." example:"全屋定制交付验收"`
	TitleEN string     `json:"title_en,omitempty" required:"false" maxLength:"100" doc:"The same in English." example:"Custom furniture, hand-over"`
	Items   []LineBody `json:"items" nullable:"false" maxItems:"60" doc:"Its lines in their order; none ends the checklist."`
}

// ChecklistInput is the request to replace a checklist.
type ChecklistInput struct {
	contract.Key
	Body ChecklistBody
}

// CameraBody is what a camera shows, and when.
type CameraBody struct {
	Title string    `json:"title" minLength:"1" maxLength:"100" doc:"What is to be seen." example:"水电布管直播"`
	URL   string    `json:"url" minLength:"1" maxLength:"500" doc:"The link, https, wss, rtmps or rtsps on a public host; it is stored and never fetched." example:"https://live.example.com/site/8f3a.m3u8"`
	Stage string    `json:"stage" minLength:"1" maxLength:"32" doc:"The key of the stage that it shows." example:"plumbing_wiring"`
	From  time.Time `json:"from" doc:"When customers may look, from here on." example:"2026-12-01T01:00:00.000Z"`
	Until time.Time `json:"until" doc:"And until when." example:"2026-12-01T10:00:00.000Z"`
}

// CameraInput is the request for a new camera.
type CameraInput struct {
	contract.Key
	contract.ByID
	Body CameraBody
}

// CameraEditBody is a camera in place of the one that was read.
type CameraEditBody struct {
	CameraBody
	Version int64 `json:"version" minimum:"1" maximum:"1000000" doc:"The version that was read." example:"1"`
}

// CameraEditInput is the request to change a camera.
type CameraEditInput struct {
	contract.ByID
	Body CameraEditBody
}

// ScanInput is the request to look at an order by its label.
type ScanInput struct {
	contract.Key
	Code string    `path:"code" maxLength:"64" doc:"The code as scanned or typed." example:"S4T9K2M7QX3B8Z"`
	Body *ScanBody `required:"false"`
}

// ScanBody is how the order is looked at.
type ScanBody struct {
	Device string `json:"device,omitempty" required:"false" maxLength:"100" doc:"What it is scanned with, as the app names it." example:"HUAWEI Mate 60 / 鸿蒙 4.0"`
}

// SiteNoteBody is what whoever works on site has to know.
type SiteNoteBody struct {
	Text    string  `json:"text" minLength:"1" maxLength:"1000" doc:"What to know; customers do not see it." example:"主卧飘窗下有地暖分水器,打孔深度不得超过 3 厘米。"`
	Stage   string  `json:"stage,omitempty" required:"false" maxLength:"32" doc:"The key of the stage that it is for; all when absent." example:"installation"`
	FileIDs []id.ID `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Photos that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
}

// SiteNoteInput is the request for a note.
type SiteNoteInput struct {
	contract.Key
	contract.ByID
	Body SiteNoteBody
}

// CraftText is what a craft note says.
type CraftText struct {
	Stage   string  `json:"stage" minLength:"1" maxLength:"32" pattern:"^[a-z0-9_]+$" doc:"The key of the stage that it explains." example:"plumbing_wiring"`
	Seq     int     `json:"seq,omitempty" required:"false" minimum:"0" maximum:"10000" doc:"Its place among the notes of the stage." example:"1"`
	Title   string  `json:"title" minLength:"1" maxLength:"100" doc:"What it explains." example:"强弱电线管为什么要间距 30 厘米"`
	TitleEN string  `json:"title_en,omitempty" required:"false" maxLength:"100" doc:"The same in English." example:"Why power and data conduits keep 30 cm apart"`
	Text    string  `json:"text" minLength:"1" maxLength:"2000" doc:"The explanation." example:"强电会干扰网络和电视信号……"`
	FileIDs []id.ID `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Photos that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
}

// CraftBody is a new craft note.
type CraftBody struct {
	Key string `json:"key" minLength:"1" maxLength:"40" pattern:"^[a-z0-9_]+$" doc:"What the house calls it." example:"conduit_spacing"`
	CraftText
}

// CraftInput is the request for a new craft note.
type CraftInput struct {
	contract.Key
	Body CraftBody
}

// CraftEditBody is a craft note in place of the one that was read.
type CraftEditBody struct {
	CraftText
	Active  bool  `json:"active" doc:"Whether customers see it." example:"true"`
	Version int64 `json:"version" minimum:"1" maximum:"1000000" doc:"The version that was read." example:"1"`
}

// CraftEditInput is the request to change a craft note.
type CraftEditInput struct {
	contract.ByID
	Body CraftEditBody
}
