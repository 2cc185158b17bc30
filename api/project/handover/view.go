package handover

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/project/handover"
	"guike/service/project/handover"
)

// Author is who wrote something, as he was called then.
type Author struct {
	Name string `json:"name" doc:"The name." example:"李建国"`
	Role string `json:"role" doc:"The role." example:"project_manager"`
}

// Items is a whole list: it has no further page.
type Items[T any] struct {
	Items []T `json:"items" nullable:"false" doc:"All of them."`
}

func all[R, T any](rows []R, view func(R) T) Items[T] {
	items := make([]T, 0, len(rows))
	for _, r := range rows {
		items = append(items, view(r))
	}
	return Items[T]{items}
}

// Promise is what was promised, and whether it was kept.
type Promise struct {
	ID         id.ID      `json:"id" doc:"The promise's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e90"`
	ProjectID  id.ID      `json:"project_id" doc:"For which project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Text       string     `json:"text" doc:"What was promised." example:"全屋柜体使用 ENF 级环保板材。"`
	Category   string     `json:"category" enum:"material,price,schedule,craft,gift,service,other" doc:"What it is about." example:"material"`
	DueStage   string     `json:"due_stage,omitempty" doc:"The key of the stage by which it is due; absent means the hand-over." example:"installation"`
	State      string     `json:"state" enum:"open,kept,broken,disputed" doc:"Where it stands; disputed means that it was settled and the customer does not agree." example:"kept"`
	Word       string     `json:"word,omitempty" doc:"Why it counts as kept or broken." example:"板材出厂标识均为 ENF 级。"`
	SettledAt  *time.Time `json:"settled_at,omitempty" doc:"When that was said." example:"2026-12-20T02:00:00.000Z"`
	SettledBy  string     `json:"settled_by,omitempty" doc:"By whom." example:"李建国"`
	Dispute    string     `json:"dispute,omitempty" doc:"What the customer held against it." example:"次卧衣柜背板不是约定的板材。"`
	DisputedAt *time.Time `json:"disputed_at,omitempty" doc:"When." example:"2026-12-20T03:00:00.000Z"`
	LateReason string     `json:"late_reason,omitempty" doc:"Why it was added after the signing." example:"客户复尺后与设计师补充约定。"`
	MadeBy     Author     `json:"made_by" doc:"Who made it."`
	MadeAt     time.Time  `json:"made_at" doc:"When it was made." example:"2026-11-25T02:00:00.000Z"`
	Version    int64      `json:"version" doc:"Grows with every change." example:"2"`
}

func viewPromise(p model.Promise) Promise {
	return Promise{
		ID: p.ID, ProjectID: p.ProjectID, Text: p.Text, Category: string(p.Category), DueStage: p.DueStage, State: string(p.State), Word: p.Word,
		SettledAt: contract.Until(p.SettledAt), SettledBy: p.SettledName, Dispute: p.Dispute, DisputedAt: contract.Until(p.DisputedAt),
		LateReason: p.LateReason, MadeBy: Author{p.MadeName, string(p.MadeRole)}, MadeAt: contract.Instant(p.CreatedAt), Version: p.Version,
	}
}

// FormerPromise is a promise as it read until it was edited.
type FormerPromise struct {
	Version    int64     `json:"version" doc:"Its version." example:"1"`
	Text       string    `json:"text" doc:"What it said." example:"柜体使用 E0 级板材。"`
	Category   string    `json:"category" doc:"What it was about." example:"material"`
	DueStage   string    `json:"due_stage,omitempty" doc:"By which stage it was due." example:"installation"`
	EditedBy   string    `json:"edited_by" doc:"Who edited it." example:"王店长"`
	ReplacedAt time.Time `json:"replaced_at" doc:"When it was edited." example:"2026-11-25T03:00:00.000Z"`
}

// PromiseDetail is a promise with its former texts.
type PromiseDetail struct {
	Promise
	Former []FormerPromise `json:"former" nullable:"false" doc:"What it said before, newest first."`
}

func viewPromiseDetail(p model.Promise, former []model.PromiseRevision) PromiseDetail {
	return PromiseDetail{viewPromise(p), all(former, func(r model.PromiseRevision) FormerPromise {
		return FormerPromise{
			Version: r.Version, Text: r.Text, Category: string(r.Category), DueStage: r.DueStage, EditedBy: r.EditedName, ReplacedAt: contract.Instant(r.ReplacedAt),
		}
	}).Items}
}

// Rate is how many promises were kept.
type Rate struct {
	ID       id.ID  `json:"id,omitzero" doc:"The store, or the member of staff who made the promises; absent for none." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	Name     string `json:"name" doc:"What it or they are called." example:"徐汇旗舰店"`
	Settled  int64  `json:"settled" doc:"How many promises were settled in the period." example:"20"`
	Kept     int64  `json:"kept" doc:"How many of them were kept." example:"18"`
	Broken   int64  `json:"broken" doc:"How many were not." example:"1"`
	Disputed int64  `json:"disputed" doc:"How many the customers dispute; they do not count as kept." example:"1"`
	KeptBP   int64  `json:"kept_bp" doc:"The share of kept ones in basis points, rounded down; 10000 is all." example:"9000"`
}

func viewRate(r handover.Rate) Rate {
	return Rate{r.ID, r.Name, r.Settled(), r.Kept, r.Broken, r.Disputed, r.KeptBP()}
}

// Item is a line of a sheet.
type Item struct {
	Key    string           `json:"key" doc:"The line's key." example:"doors"`
	Text   string           `json:"text" doc:"What was looked at." example:"门板缝隙均匀,开合顺畅无异响"`
	TextEN string           `json:"text_en,omitempty" doc:"The same in English; lines beside the checklist have none." example:"Door gaps are even; doors open smoothly and quietly"`
	Result string           `json:"result" enum:"ok,defect,n_a" doc:"What was found." example:"ok"`
	Note   string           `json:"note,omitempty" doc:"What is to say of it." example:"左侧门板缝隙 4 毫米,三天内调整。"`
	Photos []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
}

// Decision is what the customer decided about a version.
type Decision struct {
	Verdict    string          `json:"verdict" enum:"signed,refused" doc:"What was decided." example:"signed"`
	Method     string          `json:"method" enum:"app,paper" doc:"In the app by the customer, or on paper, recorded by staff." example:"app"`
	Name       string          `json:"name,omitempty" doc:"The name as written under it; masked for guests and staff." example:"王小明"`
	Word       string          `json:"word,omitempty" doc:"Why it was refused." example:"衣柜门板还没有调好。"`
	DecidedAt  time.Time       `json:"decided_at" doc:"When." example:"2026-12-20T04:00:00.000Z"`
	Hash       string          `json:"hash" doc:"The SHA-256 of the canonical form of what was decided about, in hexadecimal." example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Reason     string          `json:"reason,omitempty" doc:"Why it was signed on paper." example:"客户不使用智能手机。"`
	RecordedBy string          `json:"recorded_by,omitempty" doc:"Who recorded the paper." example:"王店长"`
	Paper      *contract.Photo `json:"paper,omitempty" doc:"The picture of the paper; guests do not get it."`
}

// Acceptance is a sheet for the customer to accept.
type Acceptance struct {
	ID             id.ID     `json:"id" doc:"The acceptance's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e91"`
	ProjectID      id.ID     `json:"project_id" doc:"Of which project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Stage          string    `json:"stage" doc:"The key of the stage that is accepted." example:"acceptance"`
	StageName      string    `json:"stage_name" doc:"What people call it." example:"验收"`
	StageNameEN    string    `json:"stage_name_en" doc:"The same in English." example:"Acceptance"`
	Round          int       `json:"round" doc:"How often the stage had been reopened; another round needs another sheet." example:"0"`
	State          string    `json:"state" enum:"open,signed,refused" doc:"Where the current version stands." example:"open"`
	Version        int64     `json:"version" doc:"The version that is shown here; sign and refuse name it." example:"1"`
	CurrentVersion int64     `json:"current_version" doc:"The version that counts." example:"1"`
	Items          []Item    `json:"items" nullable:"false" doc:"Its lines in their order."`
	Note           string    `json:"note,omitempty" doc:"What else is to know." example:"玻璃门下周二补装。"`
	CareGiven      bool      `json:"care_given" doc:"Whether the customer was shown how to care for it." example:"true"`
	CareText       string    `json:"care_text,omitempty" doc:"What was explained." example:"台面避免高温直接接触;铰链每半年滴一次润滑油。"`
	Hash           string    `json:"hash" doc:"The SHA-256 of the canonical form of this version, in hexadecimal." example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Author         Author    `json:"author" doc:"Who put this version before the customer."`
	OpenedAt       time.Time `json:"opened_at" doc:"When." example:"2026-12-20T03:30:00.000Z"`
	Decision       *Decision `json:"decision,omitempty" doc:"What was decided about this version; absent while nothing is."`
}

func viewAcceptance(a handover.Acceptance) Acceptance {
	v := Acceptance{
		ID: a.ID, ProjectID: a.ProjectID, Stage: a.StageKey, StageName: a.Stage.NameZH, StageNameEN: a.Stage.NameEN, Round: a.Round, State: string(a.State),
		Version: a.Sheet.Version, CurrentVersion: a.Version, Items: make([]Item, 0, len(a.Items)), Note: a.Sheet.Note, CareGiven: a.Sheet.CareGiven,
		CareText: a.Sheet.CareText, Hash: hex(a.Sheet.ContentHash), Author: Author{a.Sheet.AuthorName, string(a.Sheet.AuthorRole)}, OpenedAt: contract.Instant(a.Sheet.CreatedAt),
	}
	for _, it := range a.Items {
		item := Item{Key: it.Key, Text: it.Text, TextEN: it.TextEN, Result: string(it.Result), Note: it.Note, Photos: []contract.Photo{}}
		for _, f := range a.PhotosOf(it.Seq) {
			if picture, ok := a.Links[f]; ok {
				item.Photos = append(item.Photos, contract.Photo(picture))
			}
		}
		v.Items = append(v.Items, item)
	}
	if d := a.Decision; d != nil {
		v.Decision = &Decision{
			Verdict: string(d.Verdict), Method: string(d.Method), Name: a.Signer, Word: d.Word, DecidedAt: contract.Instant(d.DecidedAt), Hash: hex(d.ContentHash),
			Reason: d.Reason, RecordedBy: d.RecordedName,
		}
		if a.Paper != nil {
			paper := contract.Photo(*a.Paper)
			v.Decision.Paper = &paper
		}
	}
	return v
}

// Line is a line of a checklist.
type Line struct {
	Key    string `json:"key" doc:"The line's key." example:"doors"`
	Text   string `json:"text" doc:"What is looked at." example:"门板缝隙均匀,开合顺畅无异响"`
	TextEN string `json:"text_en" doc:"The same in English." example:"Door gaps are even; doors open smoothly and quietly"`
}

// ChecklistSummary is a version of a checklist as lists show it.
type ChecklistSummary struct {
	Kind    string `json:"kind" enum:"custom_furniture,renovation" doc:"Of which kind of project." example:"custom_furniture"`
	Stage   string `json:"stage" doc:"The key of the stage." example:"acceptance"`
	Version int    `json:"version" doc:"Its version; 0 when the stage has none." example:"1"`
	Title   string `json:"title" doc:"What it is called." example:"全屋定制交付验收"`
	TitleEN string `json:"title_en" doc:"The same in English." example:"Custom furniture, hand-over"`
	Active  bool   `json:"active" doc:"Whether new sheets are made by it." example:"true"`
}

// Checklist is a version of a checklist with its lines.
type Checklist struct {
	ChecklistSummary
	Items []Line `json:"items" nullable:"false" doc:"Its lines in their order."`
}

func viewChecklistSummary(c model.Checklist) ChecklistSummary {
	return ChecklistSummary{string(c.Kind), c.StageKey, c.Version, c.TitleZH, c.TitleEN, c.Active}
}

func viewChecklist(c handover.Checklist) Checklist {
	return Checklist{viewChecklistSummary(c.Checklist), all(c.Items, func(it model.ChecklistItem) Line { return Line{it.Key, it.TextZH, it.TextEN} }).Items}
}

// Camera is a live picture of the site as staff see it.
type Camera struct {
	ID          id.ID      `json:"id" doc:"The camera's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e92"`
	ProjectID   id.ID      `json:"project_id" doc:"Of which project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Title       string     `json:"title" doc:"What is to be seen." example:"水电布管直播"`
	URL         string     `json:"url" doc:"The link." example:"https://live.example.com/site/8f3a.m3u8"`
	Stage       string     `json:"stage" doc:"The key of the stage that it shows." example:"plumbing_wiring"`
	From        time.Time  `json:"from" doc:"When customers may look, from here on." example:"2026-12-01T01:00:00.000Z"`
	Until       time.Time  `json:"until" doc:"And until when." example:"2026-12-01T10:00:00.000Z"`
	Live        bool       `json:"live" doc:"Whether the window is open now." example:"true"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty" doc:"When it was taken away." example:"2026-12-01T05:00:00.000Z"`
	Version     int64      `json:"version" doc:"Grows with every change." example:"1"`
}

// MyCamera is a live picture of the site as members of the home see it.
type MyCamera struct {
	ID    id.ID     `json:"id" doc:"The camera's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e92"`
	Title string    `json:"title" doc:"What is to be seen." example:"水电布管直播"`
	Stage string    `json:"stage" doc:"The key of the stage that it shows." example:"plumbing_wiring"`
	From  time.Time `json:"from" doc:"When it opens." example:"2026-12-01T01:00:00.000Z"`
	Until time.Time `json:"until" doc:"When it closes." example:"2026-12-01T10:00:00.000Z"`
	Live  bool      `json:"live" doc:"Whether it is open now." example:"true"`
	URL   string    `json:"url,omitempty" doc:"The link; absent while it is closed." example:"https://live.example.com/site/8f3a.m3u8"`
}

func (a *API) viewCamera(c model.Camera) Camera {
	return Camera{
		c.ID, c.ProjectID, c.Title, c.URL, c.StageKey, contract.Instant(c.OpensAt), contract.Instant(c.ClosesAt), c.Live(a.handover.Now()), contract.Until(c.WithdrawnAt), c.Version,
	}
}

func viewMyCamera(c model.Camera) MyCamera {
	return MyCamera{c.ID, c.Title, c.StageKey, contract.Instant(c.OpensAt), contract.Instant(c.ClosesAt), c.URL != "", c.URL}
}

// SiteNote is what whoever works on site has to know.
type SiteNote struct {
	ID     id.ID            `json:"id" doc:"The note's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e93"`
	Text   string           `json:"text" doc:"What to know." example:"主卧飘窗下有地暖分水器,打孔深度不得超过 3 厘米。"`
	Stage  string           `json:"stage,omitempty" doc:"The key of the stage that it is for; absent means all." example:"installation"`
	Author Author           `json:"author" doc:"Who wrote it."`
	At     time.Time        `json:"at" doc:"When." example:"2026-12-01T01:00:00.000Z"`
	Photos []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
}

func viewSiteNote(n handover.SiteNote) SiteNote {
	return SiteNote{n.ID, n.Text, n.StageKey, Author{n.AuthorName, string(n.AuthorRole)}, contract.Instant(n.CreatedAt), contract.NewPhotos(n.Photos)}
}

// CraftNote explains why something is made as it is.
type CraftNote struct {
	ID      id.ID            `json:"id" doc:"The note's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e94"`
	Key     string           `json:"key" doc:"What the house calls it." example:"conduit_spacing"`
	Stage   string           `json:"stage" doc:"The key of the stage that it explains." example:"plumbing_wiring"`
	Title   string           `json:"title" doc:"What it explains." example:"强弱电线管为什么要间距 30 厘米"`
	TitleEN string           `json:"title_en" doc:"The same in English." example:"Why power and data conduits keep 30 cm apart"`
	Text    string           `json:"text" doc:"The explanation." example:"强电会干扰网络和电视信号……"`
	Photos  []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures."`
}

// StaffCraftNote is a CraftNote with what those who keep the library see besides.
type StaffCraftNote struct {
	CraftNote
	Seq     int   `json:"seq" doc:"Its place among the notes of the stage." example:"1"`
	Active  bool  `json:"active" doc:"Whether customers see it." example:"true"`
	Version int64 `json:"version" doc:"Grows with every change." example:"1"`
}

func viewCraftNote(n handover.CraftNote) CraftNote {
	return CraftNote{n.ID, n.Key, n.StageKey, n.TitleZH, n.TitleEN, n.Text, contract.NewPhotos(n.Photos)}
}

func viewStaffCraftNote(n handover.CraftNote) StaffCraftNote {
	return StaffCraftNote{viewCraftNote(n), n.Seq, n.Active, n.Version}
}

// Colleague is somebody in charge of an order now.
type Colleague struct {
	Role  string `json:"role" doc:"In which role." example:"project_manager"`
	Name  string `json:"name" doc:"Whom to ask for." example:"李建国"`
	Phone string `json:"phone" doc:"The work phone; empty when there is none." example:"13800138000"`
	Note  string `json:"note,omitempty" doc:"What they were handed over with." example:"客户对橱柜封边很在意。"`
}

// Care is what was said about care at the acceptance of a stage.
type Care struct {
	Stage     string `json:"stage" doc:"The key of the stage." example:"installation"`
	StageName string `json:"stage_name" doc:"What people call it." example:"安装"`
	Text      string `json:"text" doc:"What was explained." example:"台面避免高温直接接触。"`
}

// Wish is one thing that a customer likes, or that is to be minded.
type Wish struct {
	Key     string `json:"key" doc:"The entry of the registry." example:"visit"`
	Title   string `json:"title" doc:"What people call it." example:"上门注意事项"`
	TitleEN string `json:"title_en" doc:"The same in English." example:"When coming to the home"`
	Value   string `json:"value" doc:"What was said of it." example:"12 点到 14 点请勿使用电钻"`
}

// CareNote is what colleagues remember of a customer.
type CareNote struct {
	Text string    `json:"text" doc:"What to remember; phone numbers are masked." example:"家有老人午休。"`
	At   time.Time `json:"at" doc:"Since when." example:"2026-11-25T02:00:00.000Z"`
}

// Order is what scanning an order shows to whoever works on it.
type Order struct {
	ScanID      id.ID            `json:"scan_id" doc:"The id of this scan, which is logged." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e95"`
	ProjectID   id.ID            `json:"project_id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	No          string           `json:"no" doc:"The number that people say." example:"G2026-7K3QX9B"`
	Title       string           `json:"title" doc:"What it is called." example:"滨江花园 3-1201 全屋定制"`
	Kind        string           `json:"kind" enum:"custom_furniture,renovation" doc:"What is being made." example:"custom_furniture"`
	Stage       string           `json:"stage" doc:"The key of the current stage." example:"installation"`
	StageName   string           `json:"stage_name" doc:"What people call it." example:"安装"`
	Drawings    []contract.Photo `json:"drawings" nullable:"false" doc:"The files of the designs that the customer approved last."`
	Notes       []SiteNote       `json:"notes" nullable:"false" doc:"What colleagues wrote down for the site, newest first."`
	Craft       []CraftNote      `json:"craft" nullable:"false" doc:"How the current stage and the installation are done well."`
	Care        []Care           `json:"care" nullable:"false" doc:"What was told to the customer about care so far."`
	People      []Colleague      `json:"people" nullable:"false" doc:"Who is in charge now, with what they were handed over with."`
	Preferences []Wish           `json:"preferences" nullable:"false" doc:"What the customer likes and what is to be minded, as far as consents stand."`
	CareNotes   []CareNote       `json:"care_notes" nullable:"false" doc:"What colleagues remember of the customer, newest first."`
}

func viewOrder(o handover.Order, scan id.ID) Order {
	v := Order{
		ScanID: scan, ProjectID: o.ID, No: o.No, Title: o.Title, Kind: string(o.Kind), Stage: o.CurrentStage, Drawings: contract.NewPhotos(o.Drawings),
		Notes: all(o.Notes, viewSiteNote).Items, Craft: all(o.Craft, viewCraftNote).Items,
		Preferences: all(o.Wishes, func(w handover.Wish) Wish { return Wish{w.Key, w.TitleZH, w.TitleEN, w.Value} }).Items,
		CareNotes:   all(o.CareNotes, func(n handover.CareNote) CareNote { return CareNote{n.Text, contract.Instant(n.At)} }).Items,
		Care:        all(o.Care, func(c handover.Care) Care { return Care{c.Stage.Key, c.Stage.NameZH, c.Text} }).Items,
		People:      all(o.People, func(c handover.Colleague) Colleague { return Colleague{string(c.Role), c.Name, c.Phone, c.Note} }).Items,
	}
	for _, st := range o.Stages {
		if st.Key == o.CurrentStage {
			v.StageName = st.NameZH
		}
	}
	return v
}

// Scan is one look at an order by its label.
type Scan struct {
	ID     id.ID     `json:"id" doc:"The scan's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e95"`
	At     time.Time `json:"at" doc:"When." example:"2026-12-18T01:00:00.000Z"`
	By     Author    `json:"by" doc:"Who."`
	Device string    `json:"device,omitempty" doc:"With what, as the app named it." example:"HUAWEI Mate 60 / 鸿蒙 4.0"`
}

func viewScan(s model.Scan) Scan {
	return Scan{s.ID, contract.Instant(s.At), Author{s.StaffName, string(s.StaffRole)}, s.Device}
}
