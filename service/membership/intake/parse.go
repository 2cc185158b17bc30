package intake

import (
	"errors"
	"slices"

	"guike/internal/sheet"
	model "guike/model/membership/intake"
)

// Parse reads the lines of a workbook, whose sheets are named by what they hold, or of a CSV file, whose
// kind is given, or told by its name or its headers. Whatever is wrong is in the remarks.
func Parse(data []byte, name string, kind model.Kind) *File {
	f := &File{}
	book, err := sheet.Open(data, sheet.DefaultLimits())
	if err != nil {
		f.refuse(err, "")
		return f
	}
	seen := map[model.Kind]bool{}
	for n, title := range book.Sheets() {
		if book.Format == "csv" {
			title = fileStem(name)
		}
		if slices.Contains(skipped, plain(title)) {
			continue
		}
		r := &reader{file: f, book: book, seen: seen}
		if t, ok := tableOf(title); ok {
			r.table = t
		}
		if kind.Valid() && book.Format == "csv" {
			r.table = tableFor(kind)
		}
		merged, err := book.Read(n, r.row)
		switch {
		case errors.Is(err, errStop):
		case err != nil:
			f.refuse(err, r.table.kind)
			return f
		}
		r.unmerge(merged)
	}
	if len(f.Lines) == 0 && f.wholes == 0 {
		f.whole(remark(model.Fault, "import.no_lines", "", 0, cellAt{}))
	}
	slices.SortStableFunc(f.Lines, func(a, b *Line) int { return place(a.Kind) - place(b.Kind) })
	return f
}

func place(k model.Kind) int { return slices.Index(model.Kinds(), k) }

// refuse says why the file cannot be read.
func (f *File) refuse(err error, kind model.Kind) {
	r, ok := fileRemark(err, kind)
	if !ok {
		r = remark(model.Fault, "import.file_broken", kind, 0, cellAt{})
	}
	f.whole(r)
}

// fileStem is the name of a file without folders, its ending and what people put behind the kind:
// "客户.csv", "customers 2026.csv".
func fileStem(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' || name[i] == '\\' {
			name = name[i+1:]
			break
		}
	}
	for i, r := range name {
		if i > 0 && (r == '.' || r == ' ' || r >= '0' && r <= '9') {
			return name[:i]
		}
	}
	return name
}

// errStop ends the reading of a sheet of which nothing can be understood.
var errStop = errors.New("nothing of the sheet can be understood")

// reader reads the lines of one sheet.
type reader struct {
	file   *File
	book   *sheet.Book
	table  table
	seen   map[model.Kind]bool
	header map[string]int
	lines  map[int]*Line
}

func (r *reader) row(row sheet.Row) error {
	if r.header == nil {
		return r.readHeader(row)
	}
	l := &Line{Kind: r.table.kind, Row: row.Number, header: r.header}
	r.lines[row.Number] = l
	r.file.Lines = append(r.file.Lines, l)
	c := cells{file: r.file, line: l, row: row, date1904: r.book.Date1904}
	for _, col := range r.table.columns {
		at, ok := r.header[col.key]
		if ok && at <= len(row.Cells) {
			c.check(col, row.Cells[at-1])
		} else if col.required {
			c.fault("import.required", col.key)
		}
	}
	c.fill()
	return nil
}

// readHeader finds out which column is which by the first row that holds something.
func (r *reader) readHeader(row sheet.Row) error {
	if r.table.kind == "" {
		var headers []string
		for _, c := range row.Cells {
			headers = append(headers, c.Text)
		}
		t, ok := tableByHeaders(headers)
		if !ok {
			r.file.whole(remark(model.Fault, "import.kind_unknown", "", row.Number, cellAt{}))
			return errStop
		}
		r.table = t
	}
	kind := r.table.kind
	if r.seen[kind] {
		r.file.whole(remark(model.Fault, "import.kind_repeated", kind, row.Number, cellAt{}))
		return errStop
	}
	r.seen[kind] = true
	r.header, r.lines = map[string]int{}, map[int]*Line{}
	for i, c := range row.Cells {
		r.readTitle(row.Number, i+1, c)
	}
	missing := false
	for _, col := range r.table.columns {
		if _, ok := r.header[col.key]; col.required && !ok {
			missing = true
			r.file.whole(remark(model.Fault, "import.header_missing", kind, row.Number, cellAt{field: col.key}))
		}
	}
	if missing {
		return errStop
	}
	return nil
}

// readTitle reads the header of one column.
func (r *reader) readTitle(row, n int, c sheet.Cell) {
	if c == (sheet.Cell{}) {
		return
	}
	for _, col := range r.table.columns {
		if !known(col.headers, plain(c.Text)) {
			continue
		}
		if _, twice := r.header[col.key]; twice {
			r.file.whole(remark(model.Fault, "import.header_repeated", r.table.kind, row, cellAt{sheet.Column(n), col.key}))
		}
		r.header[col.key] = n
		return
	}
	r.file.Remarks = append(r.file.Remarks, remark(model.Note, "import.header_unknown", r.table.kind, row, cellAt{column: sheet.Column(n)}))
}

// unmerge refuses the lines in which merged cells begin.
func (r *reader) unmerge(merged []sheet.Place) {
	for _, p := range merged {
		if l := r.lines[p.Row]; l != nil {
			l.Faulty = true
		}
		if r.lines != nil {
			r.file.Remarks = append(r.file.Remarks, remark(model.Fault, "import.merged", r.table.kind, p.Row, cellAt{column: sheet.Column(p.Column)}))
		}
	}
}
