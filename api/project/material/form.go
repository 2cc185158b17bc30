package material

import (
	"guike/api/contract"
	"guike/internal/id"
)

// MaterialBody is what the catalogue says of a material.
type MaterialBody struct {
	Name     string `json:"name" minLength:"1" maxLength:"100" doc:"What it is called." example:"多层实木板 18mm"`
	Brand    string `json:"brand" minLength:"1" maxLength:"60" doc:"Who makes it." example:"兔宝宝"`
	Category string `json:"category" minLength:"1" maxLength:"40" doc:"The shelf of the catalogue." example:"板材"`
	Model    string `json:"model,omitempty" required:"false" maxLength:"60" doc:"The maker's model." example:"TB-18"`
	Grade    string `json:"grade,omitempty" required:"false" maxLength:"40" doc:"What a specification is compared by." example:"ENF"`
	Unit     string `json:"unit,omitempty" required:"false" maxLength:"20" doc:"What quantities count." example:"张"`
	Supplier string `json:"supplier,omitempty" required:"false" maxLength:"100" doc:"Who delivers it; staff only." example:"杭州某某建材"`
	Active   *bool  `json:"active,omitempty" required:"false" doc:"May enter new specifications; true when absent." example:"true"`
}

// AddInput is the request for a new material.
type AddInput struct {
	contract.Key
	Body MaterialBody
}

// ChangeInput is the request to change one.
type ChangeInput struct {
	contract.ByID
	Body MaterialBody
}

// ListInput narrows the catalogue.
type ListInput struct {
	contract.Paging
	Category string `query:"category" maxLength:"40" doc:"Materials of this shelf." example:"板材"`
	Active   bool   `query:"active" doc:"Only those that may enter new specifications." example:"true"`
}

// BatchBody is what is known of a batch when it comes in.
type BatchBody struct {
	BatchNo    string `json:"batch_no" minLength:"1" maxLength:"60" doc:"The maker's number." example:"20261105-A3"`
	ProducedOn string `json:"produced_on,omitempty" required:"false" format:"date" maxLength:"10" doc:"When it was made." example:"2026-11-05"`
	ReceivedOn string `json:"received_on,omitempty" required:"false" format:"date" maxLength:"10" doc:"When it came in." example:"2026-11-12"`
	Quantity   int64  `json:"quantity,omitempty" required:"false" minimum:"0" maximum:"1000000" doc:"How much, in the material's unit; 0 when not counted." example:"120"`
}

// BatchInput is the request to take in a batch.
type BatchInput struct {
	contract.Key
	contract.ByID
	Body BatchBody
}

// BatchesInput asks for a page of batches.
type BatchesInput struct {
	contract.ByID
	contract.Paging
}

// DocumentBody is a paper of a material.
type DocumentBody struct {
	Kind       string `json:"kind" enum:"test_report,certificate,quality_report,purchase_contract,other" doc:"What it is." example:"test_report"`
	Title      string `json:"title" minLength:"1" maxLength:"100" doc:"What it is called." example:"甲醛释放量检测报告"`
	FileID     id.ID  `json:"file_id" doc:"A picture or PDF that was uploaded before." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76"`
	Visibility string `json:"visibility" enum:"customer,internal" doc:"Who may read it." example:"customer"`
	BatchID    id.ID  `json:"batch_id,omitzero" required:"false" doc:"The batch that it speaks of; the material as such when absent." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	IssuedOn   string `json:"issued_on,omitempty" required:"false" format:"date" maxLength:"10" doc:"When it was issued." example:"2026-10-20"`
}

// DocumentInput is the request to keep a paper.
type DocumentInput struct {
	contract.Key
	contract.ByID
	Body DocumentBody
}

// WithdrawDocumentInput names a paper to take away.
type WithdrawDocumentInput struct {
	contract.ByID
	DocumentID id.ID     `path:"document_id" doc:"The document's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e78"`
	Body       *struct{} `required:"false"`
}

// CodeInput names a label.
type CodeInput struct {
	Code string `path:"code" maxLength:"64" doc:"The code on the label, of a material or of a batch." example:"B7QX3B8ZS4T9K2"`
}

// HomesInput asks for the homes of a batch.
type HomesInput struct {
	contract.ByID
	After id.ID `query:"after" doc:"Where the former page ended: its next_after." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
}

// RecallBody says why a batch is called back.
type RecallBody struct {
	Reason      string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; the homes' members read it." example:"铰链弹片批次性断裂。"`
	Instruction string `json:"instruction" minLength:"1" maxLength:"1000" doc:"What is done in each home; the members read it." example:"我们会预约上门,免费更换全部同批次铰链。"`
}

// RecallInput is the request to call a batch back.
type RecallInput struct {
	contract.Key
	contract.ByID
	Body RecallBody
}

// LineBody is a line of a specification.
type LineBody struct {
	Place      string `json:"place" minLength:"1" maxLength:"60" doc:"Where it goes." example:"主卧衣柜"`
	MaterialID id.ID  `json:"material_id" doc:"An active material of the catalogue." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79"`
	Quantity   int64  `json:"quantity,omitempty" required:"false" minimum:"0" maximum:"1000000" doc:"How much, in the material's unit." example:"16"`
	Note       string `json:"note,omitempty" required:"false" maxLength:"200" doc:"What else was agreed." example:"柜门同色封边"`
}

// SpecifyInput is the request to replace a specification.
type SpecifyInput struct {
	contract.ByID
	Body struct {
		Revision      int64      `json:"revision" minimum:"0" doc:"The revision that the writer has read; 0 for none." example:"0"`
		Lines         []LineBody `json:"lines" nullable:"false" maxItems:"200" doc:"Every line; they replace the former ones."`
		ChangeOrderID id.ID      `json:"change_order_id,omitzero" required:"false" doc:"After the signing: the approved change order by which it changes; each unlocks one revision." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e7a"`
	}
}

// InstallBody tells what was built in.
type InstallBody struct {
	BatchCode   string `json:"batch_code,omitempty" required:"false" maxLength:"64" doc:"The scanned label; or batch_id." example:"B7QX3B8ZS4T9K2"`
	BatchID     id.ID  `json:"batch_id,omitzero" required:"false" doc:"The batch." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	MaterialID  id.ID  `json:"material_id,omitzero" required:"false" doc:"What the writer believes it to be; a batch of another material is refused." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79"`
	Place       string `json:"place" minLength:"1" maxLength:"60" doc:"Where it was built in." example:"主卧衣柜"`
	Quantity    int64  `json:"quantity,omitempty" required:"false" minimum:"0" maximum:"1000000" doc:"How much, in the material's unit." example:"16"`
	InstalledOn string `json:"installed_on,omitempty" required:"false" format:"date" maxLength:"10" doc:"When; today when absent." example:"2026-12-02"`
	Note        string `json:"note,omitempty" required:"false" maxLength:"500" doc:"What else is to be known; staff see it." example:"第三块侧板有轻微色差,客户同意。"`
}

// InstallInput is the request to write down an installation.
type InstallInput struct {
	contract.Key
	contract.ByID
	Body InstallBody
}

// WithdrawInstallInput takes an installation back.
type WithdrawInstallInput struct {
	contract.ByID
	InstallID id.ID `path:"install_id" doc:"The installation's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e7b"`
	Body      struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; kept in the audit log." example:"扫错了标签。"`
	}
}
