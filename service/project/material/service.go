// Package material holds the use cases of the catalogue, batches and their documents, specifications,
// what was installed, and recalls. Its README says the rules in sentences.
package material

import (
	"io"

	"guike/internal/fault"
	"guike/service/project"
)

// Service holds the use cases.
type Service struct {
	j       *project.Journal
	entropy io.Reader // of codes; crypto/rand.Reader but in tests
	codeURL string    // what a printed label leads to, without the code
}

// New returns the use cases over the domain's journal.
func New(j *project.Journal, entropy io.Reader, codeURL string) *Service {
	return &Service{j: j, entropy: entropy, codeURL: codeURL}
}

// The kinds of task and alert that materials open; their policies are seeded with the others.
const (
	kindMismatch = "material_mismatch"
	kindRecall   = "material_recall"
)

// documentFile is the kind of row that a document's file is attached to; its id is the document's.
const documentFile = "material_document"

// The failures of materials that a caller can act on.
var (
	errKnown = fault.New(fault.Conflict, "material.exists",
		"目录中已有同品牌、名称、型号和等级的材料。", "The catalogue has this brand, name, model and grade already.")
	errBatchKnown = fault.New(fault.Conflict, "material.batch_exists",
		"该材料已有这个批次号。", "The material has a batch of this number already.")
	errRecalled = fault.New(fault.Conflict, "material.batch_recalled",
		"该批次已被召回,不能安装。", "The batch has been recalled and may not be installed.")
	errFrozen = fault.New(fault.Conflict, "specification.frozen",
		"签约后规格已锁定,只能凭已确认的变更单修改。", "The specification is frozen by the signing; it changes by an approved change order only.")
	errOrderUsed = fault.New(fault.Conflict, "specification.order_used",
		"该变更单已用于修改过规格,再次修改须有新的变更单。", "This change order has changed the specification already; another change needs another order.")
	errChanged = fault.New(fault.Conflict, "specification.changed",
		"规格已被他人修改,请刷新后再保存。", "Somebody else changed the specification; read it again.")
	errTooMany = fault.New(fault.Conflict, "material.too_many",
		"数量已达上限。", "There are as many as there may be.")
)
