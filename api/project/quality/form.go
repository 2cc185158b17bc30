package quality

import (
	"guike/api/contract"
	"guike/internal/id"
)

// HazardForm is something that was found wrong.
type HazardForm struct {
	Title        string  `json:"title" minLength:"1" maxLength:"100" doc:"What is wrong, in one line." example:"卫生间防水高度不足"`
	Detail       string  `json:"detail,omitempty" required:"false" maxLength:"2000" doc:"What is to be done." example:"防水高度需增加 5cm。"`
	Severity     string  `json:"severity" enum:"low,medium,high" doc:"How much harm it may do; a high one keeps its stage from completing until its recheck has passed." example:"high"`
	OwnerStaffID id.ID   `json:"owner_staff_id" doc:"Who mends it: somebody in charge of the project, or a colleague of its store or within the caller's reach." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	DueOn        string  `json:"due_on" format:"date" maxLength:"10" doc:"By which day it is mended; a day on which no site works becomes the next working day." example:"2026-12-04"`
	PhotosBefore []id.ID `json:"photos_before,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Pictures as it was found, uploaded before." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77\"]"`
}

// InspectionBody is a supervisor's report of a visit today.
type InspectionBody struct {
	Stage    string       `json:"stage,omitempty" required:"false" maxLength:"32" doc:"The key of the stage that was looked at; the current one when absent." example:"plumbing_wiring"`
	Kind     string       `json:"kind" enum:"weekly,special" doc:"The weekly report, or a visit for a cause." example:"weekly"`
	Summary  string       `json:"summary" minLength:"1" maxLength:"500" doc:"What customers read first." example:"水电施工规范,发现一处防水隐患。"`
	Findings string       `json:"findings,omitempty" required:"false" maxLength:"4000" doc:"What was looked at, in full." example:"强弱电间距合格;卫生间防水高度 25cm。"`
	Photos   []id.ID      `json:"photos,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Photos that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
	Hazards  []HazardForm `json:"hazards,omitempty" required:"false" nullable:"false" maxItems:"20" doc:"What was found wrong."`
}

// InspectionInput is the request for a report.
type InspectionInput struct {
	contract.Key
	contract.ByID
	Body InspectionBody
}

// OneInspectionInput names a report.
type OneInspectionInput struct {
	contract.ByID
	InspectionID id.ID `path:"inspection_id" doc:"The report's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
}

// HazardsInput asks for a page of a project's hazards.
type HazardsInput struct {
	contract.ReadPage
	Standing bool `query:"standing" doc:"Only those that have not passed their recheck." example:"true"`
}

// FixBody is the owner's word that a hazard has been mended.
type FixBody struct {
	Note   string  `json:"note" minLength:"1" maxLength:"1000" doc:"What was done." example:"已补刷防水至 30cm,重新做闭水试验。"`
	Photos []id.ID `json:"photos" nullable:"false" minItems:"1" maxItems:"9" doc:"Pictures as it is now, uploaded before." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e78\"]"`
}

// FixInput is the request to tell that a hazard has been mended.
type FixInput struct {
	contract.Key
	contract.ByID
	Body FixBody
}

// RecheckBody is what somebody else found when they looked again.
type RecheckBody struct {
	Passed bool   `json:"passed" doc:"Whether it is mended." example:"false"`
	Note   string `json:"note,omitempty" required:"false" maxLength:"1000" doc:"Required when it did not pass: what is still wrong." example:"墙角处仍有渗水。"`
	DueOn  string `json:"due_on,omitempty" required:"false" format:"date" maxLength:"10" doc:"Required when it did not pass: the new day; one on which no site works becomes the next working day." example:"2026-12-08"`
}

// RecheckInput is the request to write down a recheck.
type RecheckInput struct {
	contract.Key
	contract.ByID
	Body RecheckBody
}

// CheckItemForm is one thing that was looked at.
type CheckItemForm struct {
	Name   string `json:"name" minLength:"1" maxLength:"100" doc:"What was looked at." example:"封边平整"`
	Passed bool   `json:"passed" doc:"Whether it is in order." example:"true"`
	Note   string `json:"note,omitempty" required:"false" maxLength:"200" doc:"A word on it." example:"局部轻微色差,已记录。"`
}

// CheckBody is one of the three checks of a stage.
type CheckBody struct {
	Kind   string          `json:"kind" enum:"self,mutual,special" doc:"Which of the three." example:"self"`
	Passed bool            `json:"passed" doc:"Whether everything is in order." example:"true"`
	Note   string          `json:"note,omitempty" required:"false" maxLength:"1000" doc:"Required when it did not pass." example:"全部符合图纸。"`
	Items  []CheckItemForm `json:"items,omitempty" required:"false" nullable:"false" maxItems:"30" doc:"What was looked at, one by one."`
	Photos []id.ID         `json:"photos,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Photos that were uploaded before." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
}

// CheckInput is the request for a check.
type CheckInput struct {
	contract.Key
	contract.ByID
	Stage string `path:"key" maxLength:"32" doc:"The stage's key." example:"quality_check"`
	Body  CheckBody
}

// ChecksInput asks for a page of a project's checks.
type ChecksInput struct {
	contract.ReadPage
	Stage string `query:"stage" maxLength:"32" doc:"Only those of the stage with this key." example:"quality_check"`
}

// DefectBody is something broken that was found on site.
type DefectBody struct {
	Stage             string  `json:"stage,omitempty" required:"false" maxLength:"32" doc:"The key of the stage that it belongs to; the installation while it is under way, else the current one, when absent." example:"installation"`
	Part              string  `json:"part" minLength:"1" maxLength:"100" doc:"Which part." example:"主卧衣柜左门板"`
	Detail            string  `json:"detail" minLength:"1" maxLength:"2000" doc:"What is wrong with it." example:"表面划痕约 12cm。"`
	Photos            []id.ID `json:"photos" nullable:"false" minItems:"1" maxItems:"9" doc:"Photos of it that were uploaded before." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
	ReplacementNeeded bool    `json:"replacement_needed" doc:"Whether a part has to be ordered." example:"true"`
}

// DefectInput is the request to report a defect.
type DefectInput struct {
	contract.Key
	contract.ByID
	Body DefectBody
}

// DefectChangeInput is the request to move a defect on.
type DefectChangeInput struct {
	contract.ByID
	Body struct {
		State      string  `json:"state" enum:"ordered,arrived,fixed" doc:"Where it stands from now on; states move forward only." example:"ordered"`
		Note       string  `json:"note,omitempty" required:"false" maxLength:"1000" doc:"A word that the customer reads." example:"新门板已加急下单。"`
		OrderNo    string  `json:"order_no,omitempty" required:"false" maxLength:"64" doc:"The number of the replacement's order." example:"BJ20261201-07"`
		ExpectedOn string  `json:"expected_on,omitempty" required:"false" format:"date" maxLength:"10" doc:"When the part is expected." example:"2026-12-03"`
		Photos     []id.ID `json:"photos,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Photos that were uploaded before." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79\"]"`
		Version    int64   `json:"version" minimum:"1" doc:"The version that was read." example:"1"`
	}
}
