package material

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/project/material"
	"guike/service/project/material"
)

// Material is a line of the catalogue.
type Material struct {
	ID       id.ID  `json:"id" doc:"The material's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79"`
	Code     string `json:"code" doc:"The code on its label." example:"M7QX3B8ZS4T9K2"`
	Name     string `json:"name" doc:"What it is called." example:"多层实木板 18mm"`
	Brand    string `json:"brand" doc:"Who makes it." example:"兔宝宝"`
	Category string `json:"category" doc:"The shelf of the catalogue." example:"板材"`
	Model    string `json:"model" doc:"The maker's model." example:"TB-18"`
	Grade    string `json:"grade" doc:"What a specification is compared by." example:"ENF"`
	Unit     string `json:"unit" doc:"What quantities count." example:"张"`
	Supplier string `json:"supplier" doc:"Who delivers it." example:"杭州某某建材"`
	Active   bool   `json:"active" doc:"May enter new specifications." example:"true"`
	Version  int64  `json:"version" doc:"Grows with every change." example:"1"`
}

// Batch is one production of a material.
type Batch struct {
	ID         id.ID  `json:"id" doc:"The batch's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	MaterialID id.ID  `json:"material_id" doc:"What it is of." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79"`
	Code       string `json:"code" doc:"The code on its label." example:"B7QX3B8ZS4T9K2"`
	BatchNo    string `json:"batch_no" doc:"The maker's number." example:"20261105-A3"`
	ProducedOn string `json:"produced_on,omitempty" format:"date" doc:"When it was made." example:"2026-11-05"`
	ReceivedOn string `json:"received_on,omitempty" format:"date" doc:"When it came in." example:"2026-11-12"`
	Quantity   int64  `json:"quantity" doc:"How much came in; 0 when not counted." example:"120"`
	State      string `json:"state" enum:"good,recalled" doc:"Whether it may be installed." example:"good"`
}

// Document is a paper with a link that works for some hours.
type Document struct {
	ID       id.ID  `json:"id" doc:"The document's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e78"`
	BatchID  id.ID  `json:"batch_id,omitzero" doc:"The batch that it speaks of." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	Kind     string `json:"kind" enum:"test_report,certificate,quality_report,purchase_contract,other" doc:"What it is." example:"test_report"`
	Title    string `json:"title" doc:"What it is called." example:"甲醛释放量检测报告"`
	IssuedOn string `json:"issued_on,omitempty" format:"date" doc:"When it was issued." example:"2026-10-20"`
	URL      string `json:"url" doc:"Where it can be read." example:"https://api.example.com/files/01980f4e"`
	ThumbURL string `json:"thumb_url" doc:"Its thumbnail; empty for a PDF." example:"https://api.example.com/files/01980f4e/thumb"`
}

// StaffDocument is a Document with who may read it.
type StaffDocument struct {
	Document
	Visibility string    `json:"visibility" enum:"customer,internal" doc:"Who may read it." example:"internal"`
	CreatedAt  time.Time `json:"created_at" doc:"When it was added." example:"2026-11-12T02:00:00.000Z"`
}

// StaffSheet is a material with all its papers.
type StaffSheet struct {
	Material
	Documents []StaffDocument `json:"documents" nullable:"false" doc:"Its papers, those of its batches included, oldest first."`
}

// Label is what scanning a label tells.
type Label struct {
	Code       string     `json:"code" doc:"The code in its canonical form." example:"B7QX3B8ZS4T9K2"`
	Name       string     `json:"name" doc:"What it is called." example:"多层实木板 18mm"`
	Brand      string     `json:"brand" doc:"Who makes it." example:"兔宝宝"`
	Category   string     `json:"category" doc:"The shelf of the catalogue." example:"板材"`
	Model      string     `json:"model" doc:"The maker's model." example:"TB-18"`
	Grade      string     `json:"grade" doc:"Its grade." example:"ENF"`
	BatchNo    string     `json:"batch_no,omitempty" doc:"The maker's number, on a batch's label." example:"20261105-A3"`
	ProducedOn string     `json:"produced_on,omitempty" format:"date" doc:"When the batch was made." example:"2026-11-05"`
	Recalled   bool       `json:"recalled" doc:"The batch has been called back." example:"false"`
	Notice     string     `json:"notice,omitempty" doc:"Why it was called back and what is done." example:"铰链弹片批次性断裂。我们会预约上门更换。"`
	Documents  []Document `json:"documents" nullable:"false" doc:"Reports and certificates for customers, oldest first."`
}

// Home is a home with some of a batch in it.
type Home struct {
	ProjectID  id.ID  `json:"project_id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	No         string `json:"no" doc:"Its number." example:"G2026-7K3QX9B"`
	Title      string `json:"title" doc:"What it is called." example:"滨江花园 3-1201 全屋定制"`
	HomeID     id.ID  `json:"home_id" doc:"The home." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e71"`
	CustomerID id.ID  `json:"customer_id" doc:"The contract party." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e73"`
	Places     int64  `json:"places" doc:"In how many places it was built in." example:"3"`
}

// Homes is a page of homes.
type Homes struct {
	Items     []Home `json:"items" nullable:"false" doc:"The homes, by project."`
	NextAfter id.ID  `json:"next_after,omitzero" doc:"Pass it as after for the next page; absent on the last." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
}

// Recall is a batch called back.
type Recall struct {
	BatchID     id.ID      `json:"batch_id" doc:"The batch." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	Reason      string     `json:"reason" doc:"Why." example:"铰链弹片批次性断裂。"`
	Instruction string     `json:"instruction" doc:"What is done in each home." example:"我们会预约上门,免费更换全部同批次铰链。"`
	CalledAt    time.Time  `json:"called_at" doc:"When." example:"2026-12-02T02:00:00.000Z"`
	Tasks       int64      `json:"tasks" doc:"Homes whose task has been opened so far." example:"12"`
	FinishedAt  *time.Time `json:"finished_at,omitempty" doc:"When every home had its task; absent while the job is at it." example:"2026-12-02T02:00:03.000Z"`
}

// Line is a line of a specification.
type Line struct {
	Place    string `json:"place" doc:"Where it goes." example:"主卧衣柜"`
	Quantity int64  `json:"quantity" doc:"How much, in the material's unit." example:"16"`
	Note     string `json:"note" doc:"What else was agreed." example:"柜门同色封边"`
	Material InHome `json:"material" doc:"What it is."`
}

// InHome is a material as members of the home see it.
type InHome struct {
	ID    id.ID  `json:"id" doc:"The material's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79"`
	Code  string `json:"code" doc:"The code on its label." example:"M7QX3B8ZS4T9K2"`
	Name  string `json:"name" doc:"What it is called." example:"多层实木板 18mm"`
	Brand string `json:"brand" doc:"Who makes it." example:"兔宝宝"`
	Model string `json:"model" doc:"The maker's model." example:"TB-18"`
	Grade string `json:"grade" doc:"Its grade." example:"ENF"`
	Unit  string `json:"unit" doc:"What quantities count." example:"张"`
}

// Install is what was built in.
type Install struct {
	ID          id.ID     `json:"id" doc:"The installation's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e7b"`
	Place       string    `json:"place" doc:"Where it was built in." example:"主卧衣柜"`
	Quantity    int64     `json:"quantity" doc:"How much, in the material's unit." example:"16"`
	InstalledOn string    `json:"installed_on" format:"date" doc:"When." example:"2026-12-02"`
	Matches     bool      `json:"matches" doc:"Whether it is what was specified for the place; always true before the signing." example:"true"`
	Material    InHome    `json:"material" doc:"What it is."`
	BatchNo     string    `json:"batch_no" doc:"The maker's number of the batch." example:"20261105-A3"`
	BatchCode   string    `json:"batch_code" doc:"The code on the batch's label." example:"B7QX3B8ZS4T9K2"`
	Recalled    bool      `json:"recalled" doc:"The batch has been called back." example:"false"`
	By          string    `json:"by" doc:"Who wrote it down." example:"张师傅"`
	CreatedAt   time.Time `json:"created_at" doc:"When it was written down." example:"2026-12-02T08:00:00.000Z"`
}

// Papers are the reports of one material.
type Papers struct {
	MaterialID id.ID      `json:"material_id" doc:"The material." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79"`
	Documents  []Document `json:"documents" nullable:"false" doc:"Of the material, and of the batches that were built in."`
}

// Built is what is specified for a home and what was built in so far.
type Built struct {
	Revision int64      `json:"revision" doc:"Grows with every change of the specification; 0 while there is none." example:"1"`
	FrozenAt *time.Time `json:"frozen_at,omitempty" doc:"When the signing froze the specification." example:"2026-11-30T02:00:00.000Z"`
	Lines    []Line     `json:"lines" nullable:"false" doc:"What was agreed."`
	Installs []Install  `json:"installs" nullable:"false" doc:"What was built in, oldest first."`
	Papers   []Papers   `json:"papers" nullable:"false" doc:"Reports and certificates."`
}

func viewMaterial(m model.Material) Material {
	return Material{
		ID: m.ID, Code: m.Code, Name: m.Name, Brand: m.Brand, Category: m.Category, Model: m.Model, Grade: m.Grade,
		Unit: m.Unit, Supplier: m.Supplier, Active: m.Active, Version: m.Version,
	}
}

func viewBatch(b model.Batch) Batch {
	return Batch{
		ID: b.ID, MaterialID: b.MaterialID, Code: b.Code, BatchNo: b.BatchNo, ProducedOn: string(b.ProducedOn),
		ReceivedOn: string(b.ReceivedOn), Quantity: b.Quantity, State: string(b.State),
	}
}

func viewDocument(p material.Paper) Document {
	return Document{
		ID: p.ID, BatchID: p.BatchID, Kind: string(p.Kind), Title: p.Title, IssuedOn: string(p.IssuedOn), URL: p.URL, ThumbURL: p.ThumbURL,
	}
}

func viewDocuments(papers []material.Paper) []Document {
	documents := make([]Document, 0, len(papers))
	for _, p := range papers {
		documents = append(documents, viewDocument(p))
	}
	return documents
}

func viewStaffSheet(s material.Sheet) StaffSheet {
	v := StaffSheet{Material: viewMaterial(s.Material), Documents: make([]StaffDocument, 0, len(s.Papers))}
	for _, p := range s.Papers {
		v.Documents = append(v.Documents, StaffDocument{
			Document: viewDocument(p), Visibility: string(p.Visibility), CreatedAt: contract.Instant(p.CreatedAt),
		})
	}
	return v
}

func viewLabel(s material.Sheet) Label {
	v := Label{
		Code: s.Code, Name: s.Name, Brand: s.Brand, Category: s.Category, Model: s.Model, Grade: s.Grade,
		Recalled: s.Recall != nil, Documents: viewDocuments(s.Papers),
	}
	if !s.Batch.ID.IsZero() {
		v.Code, v.BatchNo, v.ProducedOn = s.Batch.Code, s.Batch.BatchNo, string(s.Batch.ProducedOn)
	}
	if s.Recall != nil {
		v.Notice = s.Recall.Reason + s.Recall.Instruction
	}
	return v
}

func viewHomes(rows []model.Affected, next id.ID) Homes {
	v := Homes{Items: make([]Home, 0, len(rows)), NextAfter: next}
	for _, r := range rows {
		v.Items = append(v.Items, Home{ProjectID: r.ProjectID, No: r.No, Title: r.Title, HomeID: r.HomeID, CustomerID: r.CustomerID, Places: r.Places})
	}
	return v
}

func viewRecall(c model.Recall) Recall {
	return Recall{
		BatchID: c.BatchID, Reason: c.Reason, Instruction: c.Instruction, CalledAt: contract.Instant(c.CalledAt),
		Tasks: c.Homes, FinishedAt: contract.Until(c.FinishedAt),
	}
}

func viewInHome(m model.Material) InHome {
	return InHome{ID: m.ID, Code: m.Code, Name: m.Name, Brand: m.Brand, Model: m.Model, Grade: m.Grade, Unit: m.Unit}
}

func viewInstall(in material.Installed) Install {
	return Install{
		ID: in.ID, Place: in.Place, Quantity: in.Quantity, InstalledOn: string(in.InstalledOn), Matches: in.Matches,
		Material: viewInHome(in.Material), BatchNo: in.Batch.BatchNo, BatchCode: in.Batch.Code,
		Recalled: in.Batch.State == model.BatchRecalled, By: in.ByName, CreatedAt: contract.Instant(in.CreatedAt),
	}
}

func viewBuilt(b material.Built) Built {
	v := Built{
		Revision: b.Revision, FrozenAt: contract.Until(b.FrozenAt),
		Lines: make([]Line, 0, len(b.Lines)), Installs: make([]Install, 0, len(b.Installs)), Papers: make([]Papers, 0, len(b.Papers)),
	}
	seen := map[id.ID]bool{}
	papers := func(m id.ID) {
		if p := b.Papers[m]; len(p) > 0 && !seen[m] {
			seen[m] = true
			v.Papers = append(v.Papers, Papers{MaterialID: m, Documents: viewDocuments(p)})
		}
	}
	for _, l := range b.Lines {
		v.Lines = append(v.Lines, Line{Place: l.Place, Quantity: l.Quantity, Note: l.Note, Material: viewInHome(l.Material)})
		papers(l.MaterialID)
	}
	for _, in := range b.Installs {
		v.Installs = append(v.Installs, viewInstall(in))
		papers(in.MaterialID)
	}
	return v
}
