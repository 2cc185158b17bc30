package material

import (
	"context"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/qr"
	"guike/internal/wording"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project/material"
)

// NewDocument is a paper of a material, or of one of its batches when BatchID is given.
type NewDocument struct {
	MaterialID id.ID
	BatchID    id.ID
	Kind       model.DocumentKind
	Title      string
	FileID     id.ID
	Visibility model.Visibility
	IssuedOn   clock.Day
	Once       once.Key
}

func (d *NewDocument) check() error {
	d.Title = wording.Trim(d.Title)
	n := utf8.RuneCountInString(d.Title)
	switch {
	case !d.Kind.Valid():
		return fault.Broken("body.kind", "unknown", "没有这种文件类型。", "There is no such kind of document.")
	case !d.Visibility.Valid():
		return fault.Broken("body.visibility", "unknown", "可见范围须为 customer 或 internal。", "The visibility is customer or internal.")
	case n < 1 || n > 100:
		return fault.Broken("body.title", "length", "标题须为 1 到 100 个字。", "The title has 1 to 100 characters.")
	case d.FileID.IsZero():
		return fault.Broken("body.file_id", "required", "请先上传文件。", "Upload the file first.")
	}
	if err := wording.CheckCharacters("body.title", d.Title); err != nil {
		return err
	}
	return day("body.issued_on", d.IssuedOn)
}

// AddDocument keeps a paper beside a material (D1, D2). Errors: not_found; input.invalid, at
// body.batch_id for a batch of another material; what the files refuse; material.too_many.
func (s *Service) AddDocument(ctx context.Context, who actor.Actor, in NewDocument) (sheet Sheet, replayed bool, err error) {
	if err := in.check(); err != nil {
		return sheet, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		_, replayed, err = once.Do(ctx, tx, who, in.Once, func() (made, error) { return s.addDocumentTx(ctx, tx, who, in) })
		return err
	})
	if err != nil {
		return sheet, replayed, err
	}
	sheet, err = s.Get(ctx, in.MaterialID)
	return sheet, replayed, err
}

func (s *Service) addDocumentTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewDocument) (made, error) {
	if _, err := model.LockTx(ctx, tx, in.MaterialID); err != nil {
		return made{}, err
	}
	if !in.BatchID.IsZero() {
		b, err := model.BatchByID(ctx, tx, in.BatchID)
		if fault.Code(err) == "not_found" || err == nil && b.MaterialID != in.MaterialID {
			return made{}, otherMaterial("body.batch_id")
		}
		if err != nil {
			return made{}, err
		}
	}
	n, err := model.CountDocuments(ctx, tx, in.MaterialID)
	if err != nil {
		return made{}, err
	}
	if n >= model.MaxDocuments {
		return made{}, errTooMany
	}
	d := model.Document{
		MaterialID: in.MaterialID, ID: id.New(), BatchID: in.BatchID, Kind: in.Kind, Title: in.Title, FileID: in.FileID,
		Visibility: in.Visibility, IssuedOn: in.IssuedOn, AddedBy: who.ID,
	}
	if err := s.j.Files.AttachTx(ctx, tx, who, []id.ID{in.FileID}, documentFile, d.ID); err != nil {
		return made{}, err
	}
	if err := model.AddDocumentTx(ctx, tx, &d); err != nil {
		return made{}, err
	}
	return made{d.ID}, record(ctx, tx, who, "material.document_added", in.MaterialID)
}

func otherMaterial(at string) error {
	return fault.Broken(at, "other_material", "该批次不属于这种材料。", "The batch is of another material.")
}

// WithdrawDocument takes a paper away from every reader. Doing it again changes nothing. Errors:
// not_found.
func (s *Service) WithdrawDocument(ctx context.Context, who actor.Actor, material, document id.ID) error {
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := model.LockTx(ctx, tx, material); err != nil {
			return err
		}
		d, err := model.WithdrawDocumentTx(ctx, tx, material, document)
		if err != nil {
			return err
		}
		if err := s.j.Files.ReleaseTx(ctx, tx, documentFile, d.ID, nil); err != nil {
			return err
		}
		return record(ctx, tx, who, "material.document_withdrawn", material)
	})
}

// Paper is a document with the link under which it can be read for some hours.
type Paper struct {
	model.Document
	URL, ThumbURL string
}

// Sheet is a material, or one batch of it, with its papers.
type Sheet struct {
	model.Material
	Batch  model.Batch // zero for the material as such
	Recall *model.Recall
	Papers []Paper
}

// sheet gathers what is shown of a material or of one of its batches.
func (s *Service) sheet(ctx context.Context, m model.Material, b model.Batch, public bool) (Sheet, error) {
	sheet := Sheet{Material: m, Batch: b}
	documents, err := model.Documents(ctx, s.j.DB, m.ID, b.ID)
	if err != nil {
		return sheet, err
	}
	shown := documents[:0]
	for _, d := range documents {
		// The label of a material as such does not speak of its batches.
		if !public || d.Visibility == model.ForCustomers && (d.BatchID.IsZero() || d.BatchID == b.ID) {
			shown = append(shown, d)
		}
	}
	if sheet.Papers, err = s.papers(ctx, shown); err != nil || b.State != model.BatchRecalled {
		return sheet, err
	}
	recall, ok, err := model.RecallOf(ctx, s.j.DB, b.ID)
	if ok {
		sheet.Recall = &recall
	}
	return sheet, err
}

func (s *Service) papers(ctx context.Context, documents []model.Document) ([]Paper, error) {
	files := make([]id.ID, 0, len(documents))
	for _, d := range documents {
		files = append(files, d.FileID)
	}
	links, err := s.j.Links.Links(ctx, s.j.DB, files)
	if err != nil {
		return nil, err
	}
	papers := make([]Paper, 0, len(documents))
	for _, d := range documents {
		if l, ok := links[d.FileID]; ok {
			papers = append(papers, Paper{Document: d, URL: l.URL, ThumbURL: l.ThumbURL})
		}
	}
	return papers, nil
}

// Scan reads what a material's or a batch's label tells whoever scans it: what it is, and the papers for
// customers (D1, D2). Errors: not_found for codes of nothing and for what is no code, alike.
func (s *Service) Scan(ctx context.Context, text string) (Sheet, error) {
	m, b, err := byCode(ctx, s.j.DB, text)
	if err != nil {
		return Sheet{}, err
	}
	return s.sheet(ctx, m, b, true)
}

func byCode(ctx context.Context, r db.Reader, text string) (m model.Material, b model.Batch, err error) {
	code, err := crypt.ParseCode(text)
	switch {
	case err == nil && code[0] == model.CodeKind:
		m, err = model.ByCode(ctx, r, code)
		return m, b, err
	case err == nil && code[0] == model.BatchCodeKind:
		if b, err = model.BatchByCode(ctx, r, code); err != nil {
			return m, b, err
		}
		m, err = model.ByID(ctx, r, b.MaterialID)
		return m, b, err
	}
	return m, b, fault.Missing()
}

// labelPixels is the side of a label's picture: large enough for print.
const labelPixels = 480

// Label draws the label of a material or a batch that somebody holds the code of. Errors: as Scan.
func (s *Service) Label(ctx context.Context, text string) ([]byte, error) {
	m, b, err := byCode(ctx, s.j.DB, text)
	if err != nil {
		return nil, err
	}
	code := m.Code
	if !b.ID.IsZero() {
		code = b.Code
	}
	if s.codeURL != "" {
		code = strings.TrimRight(s.codeURL, "/") + "/" + code
	}
	return qr.PNG(code, labelPixels)
}
