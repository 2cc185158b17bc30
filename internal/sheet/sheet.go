// Package sheet reads tables that people keep in a spreadsheet: XLSX workbooks and CSV files, as rows of
// text with their positions. It takes nothing on trust: sizes are bounded before and while it unpacks,
// cells are never evaluated, and what a cell cannot say as text is named by its kind.
package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Limits bound what a file may hold.
type Limits struct {
	Bytes    int64 // of the file
	Unzipped int64 // of everything in a workbook that is read
	Sheets   int
	Rows     int // that hold something, over all sheets
	Columns  int
	Cell     int // bytes of a cell's text
}

// DefaultLimits are wide enough for any list that a shop keeps by hand.
func DefaultLimits() Limits {
	return Limits{Bytes: 10 << 20, Unzipped: 64 << 20, Sheets: 20, Rows: 50_000, Columns: 100, Cell: 4000}
}

// Code says why a file cannot be read.
type Code string

// Why files are refused.
const (
	Empty       Code = "file_empty"
	TooLarge    Code = "file_too_large" // packed or unpacked
	WrongType   Code = "file_type"      // neither a workbook nor a text table
	Legacy      Code = "file_legacy"    // .xls, or a workbook under a password
	Broken      Code = "file_broken"    // damaged, or made by hand against the rules
	Encoding    Code = "file_encoding"  // neither UTF-8, UTF-16 nor GB18030
	TooManyRows Code = "file_too_many_rows"
	TooWide     Code = "file_too_wide" // more columns or sheets than there may be
)

// Error is why a file cannot be read, and from where on. It repeats nothing of what the file holds.
type Error struct {
	Code  Code
	Sheet string // empty when it is the file as a whole
	Row   int    // 0 when it is the sheet as a whole
}

// Error is for logs.
func (e *Error) Error() string { return fmt.Sprintf("table: %s at row %d", e.Code, e.Row) }

// CodeOf is why a file could not be read, empty when err says something else.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// Kind is what a cell holds.
type Kind int

// The kinds of cells.
const (
	Text    Kind = iota // as it was typed; empty for an empty cell
	Number              // Text is its shortest decimal form
	Formula             // Text is empty: formulas are not evaluated, nor is their last result believed
	Failure             // an error value such as #REF!
	Long                // more text than Limits.Cell; Text is empty
)

// Cell is one cell of a row.
type Cell struct {
	Kind Kind
	Text string
}

// Row is a row that holds something. Number is what the spreadsheet shows beside it; in a CSV file it is
// the line on which the row begins.
type Row struct {
	Number int
	Cells  []Cell // from column A on; valid until the next row is read
}

// Place is a cell, counted from 1.
type Place struct{ Row, Column int }

// Book is a file that was opened. It is not safe for concurrent use.
type Book struct {
	Format   string // "xlsx" or "csv"
	Date1904 bool   // numbers that are dates count from 1904
	sheets   []source
	limits   Limits
	rows     int
	budget   int64
}

type source struct {
	name string
	read func(b *Book, name string, fn func(Row) error) (merged []Place, err error)
}

// Open looks what a file is by its bytes and prepares to read it. Errors: *Error.
func Open(data []byte, l Limits) (*Book, error) {
	b := &Book{limits: l, budget: l.Unzipped}
	switch {
	case len(data) == 0:
		return nil, &Error{Code: Empty}
	case int64(len(data)) > l.Bytes:
		return nil, &Error{Code: TooLarge}
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		b.Format = "xlsx"
		return b, b.openWorkbook(data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, &Error{Code: Legacy}
	}
	b.Format = "csv"
	return b, b.openText(data)
}

// Sheets names the sheets in their order; that of a CSV file has no name.
func (b *Book) Sheets() []string {
	names := make([]string, 0, len(b.sheets))
	for _, s := range b.sheets {
		names = append(names, s.name)
	}
	return names
}

// Read calls fn for every row of the n-th sheet that holds something, in order, and returns the first cells
// of the merged ranges. It stops with the error of fn. Errors: *Error.
func (b *Book) Read(n int, fn func(Row) error) (merged []Place, err error) {
	s := b.sheets[n]
	return s.read(b, s.name, fn)
}

// give hands a row over unless nothing is in it, and counts it.
func (b *Book) give(sheet string, r Row, fn func(Row) error) error {
	last := len(r.Cells)
	for last > 0 && r.Cells[last-1] == (Cell{}) {
		last--
	}
	if last == 0 {
		return nil
	}
	if last > b.limits.Columns {
		return &Error{Code: TooWide, Sheet: sheet, Row: r.Number}
	}
	if b.rows++; b.rows > b.limits.Rows {
		return &Error{Code: TooManyRows, Sheet: sheet, Row: r.Number}
	}
	r.Cells = r.Cells[:last]
	return fn(r)
}

// cell makes a cell of text that was typed; white space alone is nothing.
func (b *Book) cell(text string) Cell {
	switch {
	case len(text) > b.limits.Cell:
		return Cell{Kind: Long}
	case strings.TrimSpace(text) == "":
		return Cell{}
	}
	return Cell{Text: text}
}

// Column is the name of a column that is counted from 1: A, Z, AA.
func Column(n int) string {
	name := ""
	for ; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
