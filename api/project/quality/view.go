package quality

import (
	"time"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/service/project/quality"
)

// Someone is who did something, as they were called then.
type Someone struct {
	ID   id.ID  `json:"id,omitzero" doc:"Who it is; staff are shown it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Name string `json:"name" doc:"The name." example:"李建国"`
	Role string `json:"role" doc:"The role." example:"supervisor"`
}

// Step is one thing that happened to a hazard or a defect.
type Step struct {
	What   string           `json:"what" doc:"The state that it led to." example:"fixed"`
	At     time.Time        `json:"at" doc:"When." example:"2026-12-03T09:00:00.000Z"`
	By     Someone          `json:"by" doc:"Who did it."`
	Note   string           `json:"note" doc:"Their word; may be empty." example:"已补刷防水至 30cm。"`
	Day    string           `json:"day,omitempty" format:"date" doc:"What was promised with it: the day of mending, or when a part is expected." example:"2026-12-08"`
	Photos []contract.Photo `json:"photos" nullable:"false" doc:"Pictures that came with it."`
}

// Hazard is something that an inspection found wrong.
type Hazard struct {
	ID           id.ID            `json:"id" doc:"The hazard's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	ProjectID    id.ID            `json:"project_id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	InspectionID id.ID            `json:"inspection_id" doc:"The report that found it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Stage        string           `json:"stage" doc:"The key of the stage that it belongs to." example:"plumbing_wiring"`
	Title        string           `json:"title" doc:"What is wrong, in one line." example:"卫生间防水高度不足"`
	Detail       string           `json:"detail" doc:"What is to be done." example:"防水高度需增加 5cm。"`
	Severity     string           `json:"severity" enum:"low,medium,high" doc:"How much harm it may do." example:"high"`
	State        string           `json:"state" enum:"open,fixed,passed,reopened" doc:"Open until its owner mends it, then passed on the recheck or reopened." example:"open"`
	Owner        Someone          `json:"owner" doc:"Who mends it."`
	DueOn        string           `json:"due_on" format:"date" doc:"By which day." example:"2026-12-04"`
	Reopened     int              `json:"reopened" doc:"How often a recheck failed." example:"0"`
	PhotosBefore []contract.Photo `json:"photos_before" nullable:"false" doc:"As it was found."`
	PhotosAfter  []contract.Photo `json:"photos_after" nullable:"false" doc:"As it was after it was last mended."`
	Steps        []Step           `json:"steps" nullable:"false" doc:"What happened to it, oldest first."`
	CreatedAt    time.Time        `json:"created_at" doc:"When it was written down." example:"2026-12-01T09:30:00.000Z"`
	UpdatedAt    time.Time        `json:"updated_at" doc:"When it last changed." example:"2026-12-03T09:00:00.000Z"`
}

// Inspection is a supervisor's report of a visit.
type Inspection struct {
	ID       id.ID            `json:"id" doc:"The report's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Kind     string           `json:"kind" enum:"weekly,special" doc:"The weekly report, or a visit for a cause." example:"weekly"`
	Stage    string           `json:"stage" doc:"The key of the stage that was looked at." example:"plumbing_wiring"`
	Day      string           `json:"day" format:"date" doc:"The day of the visit." example:"2026-12-01"`
	Summary  string           `json:"summary" doc:"What customers read first." example:"水电施工规范,发现一处防水隐患。"`
	Findings string           `json:"findings" doc:"What was looked at, in full." example:"强弱电间距合格;卫生间防水高度 25cm。"`
	Photos   []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
	Hazards  []Hazard         `json:"hazards" nullable:"false" doc:"What was found wrong, as it stands now."`
	Author   Someone          `json:"author" doc:"Who wrote it."`
	At       time.Time        `json:"at" doc:"When it was written." example:"2026-12-01T09:30:00.000Z"`
}

// CheckItem is one thing that was looked at.
type CheckItem struct {
	Name   string `json:"name" doc:"What was looked at." example:"封边平整"`
	Passed bool   `json:"passed" doc:"Whether it is in order." example:"true"`
	Note   string `json:"note" doc:"A word on it." example:"局部轻微色差,已记录。"`
}

// Check is one of the three checks of a stage.
type Check struct {
	ID     id.ID            `json:"id" doc:"The check's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e7a"`
	Stage  string           `json:"stage" doc:"The key of the stage." example:"quality_check"`
	Kind   string           `json:"kind" enum:"self,mutual,special" doc:"Which of the three." example:"self"`
	Passed bool             `json:"passed" doc:"Whether everything was in order." example:"true"`
	Counts bool             `json:"counts" doc:"Whether it is the latest of its kind since the stage was last reopened." example:"true"`
	Round  int              `json:"round" doc:"How often the stage had been reopened by then." example:"0"`
	Note   string           `json:"note" doc:"The checker's word." example:"全部符合图纸。"`
	Items  []CheckItem      `json:"items" nullable:"false" doc:"What was looked at, one by one."`
	Photos []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
	By     Someone          `json:"by" doc:"Who made it."`
	At     time.Time        `json:"at" doc:"When." example:"2026-12-01T09:30:00.000Z"`
}

// Defect is something broken that was found on site.
type Defect struct {
	ID                id.ID            `json:"id" doc:"The defect's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e7b"`
	ProjectID         id.ID            `json:"project_id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Stage             string           `json:"stage" doc:"The key of the stage that does not complete before it is fixed." example:"installation"`
	Part              string           `json:"part" doc:"Which part." example:"主卧衣柜左门板"`
	Detail            string           `json:"detail" doc:"What is wrong with it." example:"表面划痕约 12cm。"`
	ReplacementNeeded bool             `json:"replacement_needed" doc:"Whether a part has to be ordered." example:"true"`
	State             string           `json:"state" enum:"reported,ordered,arrived,fixed" doc:"Where it stands." example:"ordered"`
	OrderNo           string           `json:"order_no" doc:"The number of the replacement's order." example:"BJ20261201-07"`
	ExpectedOn        string           `json:"expected_on,omitempty" format:"date" doc:"When the part is expected." example:"2026-12-03"`
	DueAt             time.Time        `json:"due_at" doc:"When its clock runs out: two hours after the report by the seeded policy." example:"2026-12-01T11:30:00.000Z"`
	Overrun           bool             `json:"overrun" doc:"Whether the clock ran out before it was fixed." example:"false"`
	FixedAt           *time.Time       `json:"fixed_at,omitempty" doc:"When it was fixed." example:"2026-12-01T11:00:00.000Z"`
	Photos            []contract.Photo `json:"photos" nullable:"false" doc:"Pictures of the report."`
	Steps             []Step           `json:"steps" nullable:"false" doc:"What happened to it, oldest first."`
	By                Someone          `json:"by" doc:"Who reported it."`
	Version           int64            `json:"version" doc:"Grows with every change; a change names the one that was read." example:"2"`
	At                time.Time        `json:"at" doc:"When it was reported." example:"2026-12-01T09:30:00.000Z"`
}

// viewer shows things to one kind of reader: ids of people are for staff.
type viewer struct{ staff bool }

func viewerOf(who actor.Actor) viewer { return viewer{who.Kind == actor.Staff} }

func (v viewer) someone(who id.ID, name string, role actor.Role) Someone {
	s := Someone{Name: name, Role: string(role)}
	if v.staff {
		s.ID = who
	}
	return s
}

func (v viewer) steps(rows []quality.Step) []Step {
	steps := make([]Step, 0, len(rows))
	for _, s := range rows {
		steps = append(steps, Step{
			What: s.What, At: contract.Instant(s.At), By: v.someone(s.ActorID, s.ActorName, s.ActorRole), Note: s.Note, Day: string(s.Day),
			Photos: contract.NewPhotos(s.Photos),
		})
	}
	return steps
}

func (v viewer) hazard(h quality.Hazard) Hazard {
	return Hazard{
		ID: h.ID, ProjectID: h.ProjectID, InspectionID: h.InspectionID, Stage: h.StageKey, Title: h.Title, Detail: h.Detail,
		Severity: string(h.Severity), State: string(h.State), Owner: v.someone(h.OwnerID, h.OwnerName, h.OwnerRole), DueOn: string(h.DueOn),
		Reopened: h.Round, PhotosBefore: contract.NewPhotos(h.Before), PhotosAfter: contract.NewPhotos(h.After), Steps: v.steps(h.Steps),
		CreatedAt: contract.Instant(h.CreatedAt), UpdatedAt: contract.Instant(h.UpdatedAt),
	}
}

func (v viewer) inspection(i quality.Inspection) Inspection {
	view := Inspection{
		ID: i.ID, Kind: string(i.Kind), Stage: i.StageKey, Day: string(i.Day), Summary: i.Summary, Findings: i.Findings,
		Photos: contract.NewPhotos(i.Photos), Hazards: make([]Hazard, 0, len(i.Hazards)), Author: v.someone(i.AuthorID, i.AuthorName, i.AuthorRole),
		At: contract.Instant(i.CreatedAt),
	}
	for _, h := range i.Hazards {
		view.Hazards = append(view.Hazards, v.hazard(h))
	}
	return view
}

func (v viewer) check(c quality.Check) Check {
	items := []CheckItem{}
	for _, it := range c.Items {
		items = append(items, CheckItem{Name: it.Name, Passed: it.Passed, Note: it.Note})
	}
	return Check{
		ID: c.ID, Stage: c.StageKey, Kind: string(c.Kind), Passed: c.Passed, Counts: c.Counts, Round: c.Round, Note: c.Note, Items: items,
		Photos: contract.NewPhotos(c.Photos), By: v.someone(c.CheckerID, c.CheckerName, c.CheckerRole), At: contract.Instant(c.CreatedAt),
	}
}

func (v viewer) defect(d quality.Defect) Defect {
	return Defect{
		ID: d.ID, ProjectID: d.ProjectID, Stage: d.StageKey, Part: d.Part, Detail: d.Detail, ReplacementNeeded: d.ReplacementNeeded,
		State: string(d.State), OrderNo: d.OrderNo, ExpectedOn: string(d.ExpectedOn), DueAt: contract.Instant(d.DueAt), Overrun: d.Overrun,
		FixedAt: contract.Until(d.FixedAt), Photos: contract.NewPhotos(d.Photos), Steps: v.steps(d.Steps),
		By: v.someone(d.ReporterID, d.ReporterName, d.ReporterRole), Version: d.Version, At: contract.Instant(d.CreatedAt),
	}
}
