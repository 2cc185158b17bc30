package sheet

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// maxRow is the last row of a spreadsheet; maxMerged bounds how many merged ranges are told.
const (
	maxRow    = 1 << 20
	maxMerged = 1000
)

// reading is a sheet under way.
type reading struct {
	book   *Book
	shared []Cell
	sheet  string
	fn     func(Row) error
	merged []Place

	inside  bool // of sheetData
	row     Row
	column  int // of the cell under way, from 1
	kind    string
	formula bool
	value   strings.Builder
	inText  bool
}

func (w *workbook) readSheet(b *Book, part, name string, fn func(Row) error) ([]Place, error) {
	r := &reading{book: b, shared: w.strings, sheet: name, fn: fn}
	err := w.tokens(b, part, r.token)
	if e, ok := errors.AsType[*Error](err); ok && e.Sheet == "" {
		return nil, &Error{Code: e.Code, Sheet: name, Row: r.row.Number}
	}
	return r.merged, err
}

func (r *reading) token(t token) error {
	switch {
	case t.name == "sheetData":
		r.inside = t.start
	case t.name == "mergeCell" && t.start:
		r.merge(t.attr("ref"))
	case !r.inside:
	case t.name == "row" && t.start:
		return r.beginRow(t)
	case t.name == "row":
		return r.book.give(r.sheet, r.row, r.fn)
	case t.name == "c" && t.start:
		return r.beginCell(t)
	case t.name == "c":
		r.endCell()
	case t.name == "f" && t.start:
		r.formula = true
	case t.name == "v", t.name == "t":
		r.inText = t.start
	case t.name == "" && r.inText && r.value.Len() <= r.book.limits.Cell:
		r.value.Write(t.text)
	}
	return nil
}

func (r *reading) beginRow(t token) error {
	number := r.row.Number + 1
	if at := t.attr("r"); at != "" {
		n, err := strconv.Atoi(at)
		if err != nil || n < number || n > maxRow {
			return &Error{Code: Broken}
		}
		number = n
	}
	r.row, r.column = Row{Number: number, Cells: r.row.Cells[:0]}, 0
	return nil
}

func (r *reading) beginCell(t token) error {
	r.column++
	if at := t.attr("r"); at != "" {
		p, ok := place(at)
		if !ok || p.Column < r.column || p.Row != r.row.Number {
			return &Error{Code: Broken}
		}
		r.column = p.Column
	}
	r.kind, r.formula, r.inText = t.attr("t"), false, false
	r.value.Reset()
	return nil
}

// endCell puts the cell into the row. Empty cells, of which sheets are full that were styled as a whole,
// take no place.
func (r *reading) endCell() {
	c := r.cell()
	if c == (Cell{}) {
		return
	}
	at := min(r.column, r.book.limits.Columns+1) // beyond it the row is refused, wherever the cell is
	for len(r.row.Cells) < at {
		r.row.Cells = append(r.row.Cells, Cell{})
	}
	r.row.Cells[at-1] = c
}

func (r *reading) cell() Cell {
	text := r.value.String()
	switch {
	case r.formula:
		return Cell{Kind: Formula}
	case r.kind == "e":
		return Cell{Kind: Failure}
	case r.kind == "s":
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 || n >= len(r.shared) {
			return Cell{Kind: Failure}
		}
		return r.shared[n]
	case r.kind == "" || r.kind == "n":
		return number(text)
	}
	return r.book.cell(text)
}

// number writes a number as its shortest decimal: spreadsheets keep 1.1 as 1.1000000000000001, and a
// phone number that was typed as a number as 1.3800138E10.
func number(text string) Cell {
	text = strings.TrimSpace(text)
	if text == "" {
		return Cell{}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= 1e15 {
		return Cell{Kind: Failure}
	}
	return Cell{Kind: Number, Text: strconv.FormatFloat(f, 'f', -1, 64)}
}

func (r *reading) merge(ref string) {
	first, last, ok := strings.Cut(ref, ":")
	if p, valid := place(first); ok && valid && first != last && len(r.merged) < maxMerged {
		r.merged = append(r.merged, p)
	}
}

// place reads "AB12".
func place(ref string) (p Place, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		p.Column = p.Column*26 + int(ref[i]-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	p.Row = row
	return p, i > 0 && p.Column <= 1<<14 && err == nil && row > 0 && row <= maxRow
}
