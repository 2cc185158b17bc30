package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

const (
	// maxParts bounds how many files a workbook is made of.
	maxParts = 2000
	// maxStrings bounds the table of texts that cells share.
	maxStrings = 1_000_000
	// maxDepth bounds how deep elements may lie in each other; no spreadsheet goes beyond a dozen.
	maxDepth = 64
)

// workbook is an XLSX file: a zip archive of XML parts (ECMA-376). It is read as a stream of tokens, part
// by part, since the sizes that an archive states are the word of whoever made it.
type workbook struct {
	parts   map[string]*zip.File
	strings []Cell
}

func (b *Book) openWorkbook(data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return &Error{Code: Broken}
	}
	if len(archive.File) > maxParts {
		return &Error{Code: TooLarge}
	}
	w := &workbook{parts: make(map[string]*zip.File, len(archive.File))}
	for _, f := range archive.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if w.parts[name] != nil {
			return &Error{Code: Broken} // which of the two counts depends on the reader
		}
		w.parts[name] = f
	}
	root := w.rootPart()
	if w.parts[root] == nil {
		return &Error{Code: WrongType} // some other archive
	}
	if err := w.readRoot(b, root); err != nil {
		return err
	}
	return w.readStrings(b, path.Join(path.Dir(root), "sharedstrings.xml"))
}

// rootPart is where the workbook is described; every program puts it there.
func (w *workbook) rootPart() string { return "xl/workbook.xml" }

// readRoot lists the sheets with the parts that hold them.
func (w *workbook) readRoot(b *Book, root string) error {
	type entry struct{ name, rel string }
	var listed []entry
	err := w.tokens(b, root, func(t token) error {
		switch {
		case t.start && t.name == "workbookPr":
			v := t.attr("date1904")
			b.Date1904 = v == "1" || v == "true"
		case t.start && t.name == "sheet":
			listed = append(listed, entry{t.attr("name"), t.attr("id")})
		}
		return nil
	})
	if err != nil {
		return err
	}
	targets := map[string]string{}
	rels := path.Join(path.Dir(root), "_rels", path.Base(root)+".rels")
	err = w.tokens(b, rels, func(t token) error {
		if t.start && t.name == "Relationship" && strings.HasSuffix(t.attr("Type"), "/worksheet") {
			targets[t.attr("Id")] = t.attr("Target")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(listed) > b.limits.Sheets {
		return &Error{Code: TooWide}
	}
	for _, e := range listed {
		target, ok := targets[e.rel]
		if !ok {
			continue // a chart or a macro sheet
		}
		part := strings.TrimPrefix(target, "/")
		if part == target {
			part = path.Join(path.Dir(root), target)
		}
		part = strings.ToLower(part)
		b.sheets = append(b.sheets, source{e.name, func(b *Book, name string, fn func(Row) error) ([]Place, error) {
			return w.readSheet(b, part, name, fn)
		}})
	}
	if len(b.sheets) == 0 {
		return &Error{Code: Empty}
	}
	return nil
}

// readStrings reads the texts that cells share; a workbook of numbers alone has none. Phonetic hints
// (rPh) are no part of a text.
func (w *workbook) readStrings(b *Book, part string) error {
	if w.parts[part] == nil {
		return nil
	}
	var text strings.Builder
	var in, hint bool
	return w.tokens(b, part, func(t token) error {
		switch t.name {
		case "si":
			if t.start {
				text.Reset()
				return nil
			}
			w.strings = append(w.strings, b.cell(text.String()))
			if len(w.strings) > maxStrings {
				return &Error{Code: TooLarge}
			}
		case "rPh":
			hint = t.start
		case "t":
			in = t.start
		case "":
			if in && !hint && text.Len() <= b.limits.Cell {
				text.Write(t.text)
			}
		}
		return nil
	})
}

// token is the start or the end of an element, or text.
type token struct {
	name  string // empty for text
	start bool
	attrs []xml.Attr
	text  []byte
}

func (t token) attr(name string) string {
	for _, a := range t.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// tokens calls fn for everything in a part. What is unpacked counts against the book's budget, whatever
// the archive says of itself.
func (w *workbook) tokens(b *Book, part string, fn func(token) error) error {
	f := w.parts[part]
	if f == nil {
		return &Error{Code: Broken}
	}
	packed, err := f.Open()
	if err != nil {
		return &Error{Code: Broken}
	}
	defer packed.Close()
	r := &metered{packed, &b.budget}
	dec := xml.NewDecoder(r)
	depth, done := 0, false
	for {
		raw, err := dec.RawToken() // keeps no stack: depth is bounded here
		if errors.Is(err, io.EOF) && done {
			return nil
		}
		if err != nil {
			if b.budget < 0 {
				return &Error{Code: TooLarge}
			}
			return &Error{Code: Broken}
		}
		t, ok := token{}, true
		switch raw := raw.(type) {
		case xml.StartElement:
			t = token{name: raw.Name.Local, start: true, attrs: raw.Attr}
			if depth++; depth > maxDepth {
				return &Error{Code: Broken}
			}
		case xml.EndElement:
			t = token{name: raw.Name.Local}
			if depth--; depth == 0 {
				done = true
			}
		case xml.CharData:
			t.text = raw
		case xml.Directive:
			return &Error{Code: Broken} // a document type has no place in a workbook
		default:
			ok = false
		}
		if ok {
			if err := fn(t); err != nil {
				return err
			}
		}
	}
}

// metered stops reading when a budget is used up.
type metered struct {
	r    io.Reader
	left *int64
}

var errSpent = errors.New("more is unpacked than there may be")

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if *m.left -= int64(n); *m.left < 0 {
		return 0, errSpent
	}
	return n, err
}
