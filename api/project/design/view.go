package design

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project/design"
)

// File is a picture or a PDF of a version.
type File struct {
	ID       id.ID  `json:"id" doc:"The file's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76"`
	URL      string `json:"url" doc:"Where it can be seen, or downloaded, for some hours without a session." example:"https://api.example.com/files/pictures/2026/11/01980f4e/image.jpg?e=1795500000&s=3q2zXw"`
	ThumbURL string `json:"thumb_url" doc:"Its thumbnail; empty for a PDF." example:"https://api.example.com/files/pictures/2026/11/01980f4e/thumb.jpg?e=1795500000&s=9aXqLw"`
}

// Link leads to something that another host shows.
type Link struct {
	Kind  string `json:"kind" enum:"vr,panorama,model" doc:"A room to walk through, a picture all around, or a model to place in the room." example:"vr"`
	URL   string `json:"url" doc:"Where it leads." example:"https://vr.example-cloud.com/tours/3f9a"`
	Title string `json:"title" doc:"What it is called." example:"主卧漫游"`
}

// Version is a state of a design.
type Version struct {
	Version        int        `json:"version" doc:"Its number, from 1." example:"2"`
	State          string     `json:"state" enum:"draft,waiting,approved,changes,superseded" doc:"waiting for the customer's decision; decided about; superseded by a later one before anybody decided. Customers see no drafts." example:"waiting"`
	DifferenceNote string     `json:"difference_note" doc:"What differs from the version before." example:"衣柜加高至顶,增加裤架。"`
	Files          []File     `json:"files" nullable:"false" doc:"Pictures and PDFs in their order; those that were withdrawn are left out."`
	Links          []Link     `json:"links" nullable:"false" doc:"Links in their order."`
	Author         string     `json:"author" doc:"Who made it." example:"陈设计"`
	CreatedAt      time.Time  `json:"created_at" doc:"When it was made." example:"2026-11-23T01:30:00.000Z"`
	SubmittedAt    *time.Time `json:"submitted_at,omitempty" doc:"When it was shown to the customer." example:"2026-11-23T01:30:00.000Z"`
	Decision       string     `json:"decision,omitempty" enum:"approve,changes" doc:"What the customer decided." example:"changes"`
	Word           string     `json:"word,omitempty" doc:"In the customer's words." example:"裤架换成抽屉。"`
	DecidedAt      *time.Time `json:"decided_at,omitempty" doc:"When." example:"2026-11-24T01:30:00.000Z"`
}

// Design is a design as members of the home see it.
type Design struct {
	ID              id.ID     `json:"id" doc:"The design's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	ProjectID       id.ID     `json:"project_id" doc:"The project that it belongs to." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Title           string    `json:"title" doc:"What the design is called." example:"主卧衣柜方案"`
	Room            string    `json:"room" doc:"The room that it is for; empty for the whole home." example:"主卧"`
	Style           string    `json:"style" doc:"Its style." example:"现代简约"`
	State           string    `json:"state" enum:"draft,waiting,changes,approved,withdrawn" doc:"Where the newest submitted version stands." example:"waiting"`
	CurrentVersion  int       `json:"current_version" doc:"The newest submitted version, the one to be decided about; 0 for none." example:"2"`
	ApprovedVersion int       `json:"approved_version" doc:"The version that was approved last, the one that is built; 0 for none." example:"0"`
	Rounds          int       `json:"rounds" doc:"How often changes have been asked for." example:"1"`
	Versions        []Version `json:"versions" nullable:"false" doc:"Newest first: in lists the current and the approved one, for staff also the newest draft; all of them when one design is read."`
	CreatedAt       time.Time `json:"created_at" doc:"When it was begun." example:"2026-11-23T01:30:00.000Z"`
	UpdatedAt       time.Time `json:"updated_at" doc:"When it changed last." example:"2026-11-24T01:30:00.000Z"`
}

// VersionViews counts who looked at a version.
type VersionViews struct {
	Version int   `json:"version" doc:"The number of the version." example:"2"`
	Views   int64 `json:"views" doc:"By how many people and days it was looked at." example:"5"`
}

// StaffDesign is a Design with what colleagues know besides.
type StaffDesign struct {
	Design
	Note          string         `json:"note" doc:"For colleagues." example:"客户偏好浅色木纹。"`
	NewestVersion int            `json:"newest_version" doc:"The newest version, drafts among them; 0 for none." example:"3"`
	Views         []VersionViews `json:"views" nullable:"false" doc:"How often the versions given were looked at: each person once a day."`
}

// Line is one line of the history that a successor reads.
type Line struct {
	ID          id.ID     `json:"id" doc:"The line's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e78"`
	At          time.Time `json:"at" doc:"When." example:"2026-11-24T01:30:00.000Z"`
	Kind        string    `json:"kind" enum:"version_added,version_submitted,approved,changes_asked,withdrawn,need,conversation,handed_over" doc:"What happened, or what was noted." example:"changes_asked"`
	DesignID    id.ID     `json:"design_id,omitzero" doc:"The design that it concerns." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	DesignTitle string    `json:"design_title" doc:"What that is called." example:"主卧衣柜方案"`
	Version     int       `json:"version" doc:"The version that it concerns; 0 for none." example:"2"`
	Text        string    `json:"text" doc:"Difference note, the customer's word, the note, or what was handed over." example:"裤架换成抽屉。"`
	AuthorKind  string    `json:"author_kind" enum:"customer,staff,system" doc:"Whether a customer or staff wrote it." example:"customer"`
	Author      string    `json:"author" doc:"Who, of staff; empty for customers." example:"陈设计"`
	AuthorRole  string    `json:"author_role" doc:"In which role." example:"designer"`
	Role        string    `json:"role" doc:"handed_over: the role that changed hands." example:"designer"`
	Staff       string    `json:"staff" doc:"handed_over: who is in charge from then on." example:"陈设计"`
}

// Chapter is a project of a home as its history tells it.
type Chapter struct {
	ProjectID    id.ID      `json:"project_id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	No           string     `json:"no" doc:"Its number." example:"G2026-7K3QX9B"`
	Kind         string     `json:"kind" enum:"custom_furniture,renovation" doc:"What was made." example:"renovation"`
	Title        string     `json:"title" doc:"What it is called." example:"滨江花园 3-1201 全屋定制"`
	State        string     `json:"state" enum:"planned,active,completed,cancelled" doc:"Where it stands." example:"completed"`
	PlannedStart string     `json:"planned_start" format:"date" doc:"The first planned day." example:"2026-11-23"`
	PlannedEnd   string     `json:"planned_end" format:"date" doc:"The last planned day." example:"2027-01-02"`
	StartedAt    *time.Time `json:"started_at,omitempty" doc:"When work started." example:"2026-11-23T01:30:00.000Z"`
	CompletedAt  *time.Time `json:"completed_at,omitempty" doc:"When it was completed." example:"2027-01-02T01:30:00.000Z"`
	CreatedAt    time.Time  `json:"created_at" doc:"When the project was created." example:"2026-11-20T01:30:00.000Z"`
	Mine         bool       `json:"mine" doc:"Whether the reader is the contract party." example:"true"`
	Party        string     `json:"party" doc:"What the contract party calls themselves; masked unless it is the reader." example:"*雨"`
	Stages       []Step     `json:"stages" nullable:"false" doc:"Every stage in its order."`
	Designs      []Design   `json:"designs" nullable:"false" doc:"The approved designs, each with the version that was approved last."`
	Changes      []Change   `json:"changes" nullable:"false" doc:"The approved changes, oldest first."`
	Materials    []Built    `json:"materials" nullable:"false" doc:"What was built in, oldest first; at most 100 of each project."`
}

// Change is an approved change of a former project.
type Change struct {
	ID         id.ID     `json:"id" doc:"The change order." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e7b"`
	Title      string    `json:"title" doc:"What was changed." example:"增加全屋智能"`
	ApprovedAt time.Time `json:"approved_at" doc:"When it was approved." example:"2026-12-03T09:00:00.000Z"`
	Days       int       `json:"days" doc:"By how many working days the plan grew." example:"3"`
	AmountFen  *int64    `json:"amount_fen,omitempty" doc:"What it added to the contract, in cents; only for owners of the home and the contract party." example:"860000"`
}

// Built is a material that was built into the home.
type Built struct {
	Name        string `json:"name" doc:"What it is called." example:"多层实木板 18mm"`
	Brand       string `json:"brand" doc:"Who makes it." example:"兔宝宝"`
	Model       string `json:"model" doc:"The maker's model." example:"TB-18"`
	Grade       string `json:"grade" doc:"The grade." example:"ENF"`
	BatchNo     string `json:"batch_no" doc:"The maker's number of the batch." example:"20261105-A3"`
	BatchCode   string `json:"batch_code" doc:"The code on the batch's label: scan it for the reports." example:"B7QX3B8ZS4T9K2"`
	Place       string `json:"place" doc:"Where it is." example:"主卧衣柜"`
	Quantity    int64  `json:"quantity" doc:"How much, in the unit; 0 when not counted." example:"12"`
	Unit        string `json:"unit" doc:"What the quantity counts." example:"张"`
	InstalledOn string `json:"installed_on" format:"date" doc:"When it was built in." example:"2026-12-18"`
	Recalled    bool   `json:"recalled" doc:"Whether the batch was called back." example:"false"`
}

// Step is a stage of a former project.
type Step struct {
	Key         string     `json:"key" doc:"The stage's key." example:"installation"`
	Name        string     `json:"name" doc:"What people call it." example:"安装"`
	NameEN      string     `json:"name_en" doc:"The same in English." example:"Installation"`
	State       string     `json:"state" enum:"pending,active,completed" doc:"Where it stands." example:"completed"`
	StartedAt   *time.Time `json:"started_at,omitempty" doc:"When it started." example:"2026-12-01T01:30:00.000Z"`
	CompletedAt *time.Time `json:"completed_at,omitempty" doc:"When it was completed." example:"2026-12-03T09:00:00.000Z"`
}

// StaffHistory is a page of a home's history with what its people wanted.
type StaffHistory struct {
	contract.List[Chapter]
	Needs []Line `json:"needs" nullable:"false" doc:"What the customers of these projects wanted, newest first, at most 20."`
}

// Case is a finished home that anybody may look at. It tells the city and nothing closer.
type Case struct {
	ID          id.ID     `json:"id" doc:"The case's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79"`
	Title       string    `json:"title" doc:"What it is called." example:"98 平米三居的原木之家"`
	Story       string    `json:"story" doc:"Its story." example:"业主一家三口,希望多收纳、少打理。"`
	Kind        string    `json:"kind" enum:"custom_furniture,renovation" doc:"What was made." example:"renovation"`
	Style       string    `json:"style" doc:"The style." example:"现代简约"`
	HouseType   string    `json:"house_type" doc:"The kind of dwelling." example:"三室两厅"`
	City        string    `json:"city" doc:"The city." example:"上海市"`
	AreaM2      int       `json:"area_m2" doc:"The area in whole square metres." example:"98"`
	BudgetFen   int64     `json:"budget_fen" doc:"What it cost, in cents." example:"12800000"`
	Photos      []File    `json:"photos" nullable:"false" doc:"Photos in their order."`
	PublishedAt time.Time `json:"published_at" doc:"Since when it is shown." example:"2027-02-01T01:30:00.000Z"`
}

// StaffCase is a Case as the company sees it.
type StaffCase struct {
	Case
	ProjectID   id.ID      `json:"project_id" doc:"The project that it tells of." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	State       string     `json:"state" enum:"published,withdrawn" doc:"What the company decided." example:"published"`
	Visible     bool       `json:"visible" doc:"Whether the public sees it now: published, and the customer's consent stands." example:"true"`
	Reason      string     `json:"reason,omitempty" doc:"Why it was withdrawn." example:"照片需更换。"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty" doc:"When." example:"2027-03-01T01:30:00.000Z"`
}

func viewFiles(files []design.Shown) []File {
	views := make([]File, 0, len(files))
	for _, f := range files {
		views = append(views, File{ID: f.ID, URL: f.URL, ThumbURL: f.ThumbURL})
	}
	return views
}

func viewVersion(v design.Version) Version {
	links := make([]Link, 0, len(v.Links))
	for _, l := range v.Links {
		links = append(links, Link{Kind: string(l.Kind), URL: l.URL, Title: l.Title})
	}
	return Version{
		Version: v.Number, State: v.Standing, DifferenceNote: v.DifferenceNote, Files: viewFiles(v.Files), Links: links,
		Author: v.AuthorName, CreatedAt: contract.Instant(v.CreatedAt), SubmittedAt: contract.Until(v.SubmittedAt),
		Decision: string(v.Decision), Word: v.Word, DecidedAt: contract.Until(v.DecidedAt),
	}
}

func viewDesign(d design.Design) Design {
	v := Design{
		ID: d.ID, ProjectID: d.ProjectID, Title: d.Title, Room: d.Room, Style: d.Style, State: string(d.State),
		CurrentVersion: d.Shown, ApprovedVersion: d.Approved, Rounds: d.Rounds, Versions: make([]Version, 0, len(d.Versions)),
		CreatedAt: contract.Instant(d.CreatedAt), UpdatedAt: contract.Instant(d.UpdatedAt),
	}
	for _, one := range d.Versions {
		v.Versions = append(v.Versions, viewVersion(one))
	}
	return v
}

func viewStaffDesign(d design.Design) StaffDesign {
	v := StaffDesign{Design: viewDesign(d), Note: d.Note, NewestVersion: d.Newest, Views: make([]VersionViews, 0, len(d.Versions))}
	for _, one := range d.Versions {
		v.Views = append(v.Views, VersionViews{Version: one.Number, Views: one.Views})
	}
	return v
}

func viewLine(l design.Line) Line {
	return Line{
		ID: l.ID, At: contract.Instant(l.At), Kind: string(l.What), DesignID: l.DesignID, DesignTitle: l.DesignTitle, Version: l.Number,
		Text: l.Body, AuthorKind: string(l.AuthorKind), Author: l.AuthorName, AuthorRole: string(l.AuthorRole),
		Role: string(l.Role), Staff: l.StaffName,
	}
}

func viewNeed(e model.Event) Line {
	return viewLine(design.Line{
		ID: e.ID, At: e.At, What: e.What, DesignID: e.DesignID, Number: e.Number, Body: e.Body,
		AuthorKind: e.AuthorKind, AuthorName: e.AuthorName, AuthorRole: e.AuthorRole,
	})
}

func viewChapter(c design.Chapter) Chapter {
	v := Chapter{
		ProjectID: c.ID, No: c.No, Kind: string(c.Kind), Title: c.Title, State: string(c.State),
		PlannedStart: string(c.PlannedStart), PlannedEnd: string(c.PlannedEnd), StartedAt: contract.Until(c.StartedAt),
		CompletedAt: contract.Until(c.CompletedAt), CreatedAt: contract.Instant(c.CreatedAt), Mine: c.Mine, Party: c.Party,
		Stages: make([]Step, 0, len(c.Stages)), Designs: make([]Design, 0, len(c.Designs)),
		Changes: make([]Change, 0, len(c.Changes)), Materials: make([]Built, 0, len(c.Built)),
	}
	for _, st := range c.Stages {
		v.Stages = append(v.Stages, viewStep(st))
	}
	for _, d := range c.Designs {
		v.Designs = append(v.Designs, viewDesign(d))
	}
	for _, o := range c.Changes {
		v.Changes = append(v.Changes, Change{ID: o.ID, Title: o.Title, ApprovedAt: contract.Instant(o.ApprovedAt), Days: o.Days, AmountFen: o.AmountFen})
	}
	for _, b := range c.Built {
		v.Materials = append(v.Materials, viewBuilt(b))
	}
	return v
}

func viewBuilt(b design.Built) Built {
	return Built{
		Name: b.Material.Name, Brand: b.Material.Brand, Model: b.Material.Model, Grade: b.Material.Grade, Unit: b.Material.Unit,
		BatchNo: b.Batch.BatchNo, BatchCode: b.Batch.Code, Place: b.Place, Quantity: b.Quantity, InstalledOn: string(b.InstalledOn), Recalled: b.Recalled(),
	}
}

func viewStep(st core.Stage) Step {
	return Step{
		Key: st.Key, Name: st.NameZH, NameEN: st.NameEN, State: string(st.State),
		StartedAt: contract.Until(st.StartedAt), CompletedAt: contract.Until(st.CompletedAt),
	}
}

func viewCase(c design.Case) Case {
	return Case{
		ID: c.ID, Title: c.Title, Story: c.Story, Kind: string(c.Kind), Style: c.Style, HouseType: c.HouseType, City: c.City,
		AreaM2: c.AreaM2, BudgetFen: c.BudgetFen, Photos: viewFiles(c.Photos), PublishedAt: contract.Instant(c.PublishedAt),
	}
}

func viewStaffCase(c design.Case) StaffCase {
	return StaffCase{
		Case: viewCase(c), ProjectID: c.ProjectID, State: string(c.State), Visible: c.Visible, Reason: c.Reason,
		WithdrawnAt: contract.Until(c.WithdrawnAt),
	}
}
