package intake

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"guike/internal/clock"
	"guike/internal/id"
	model "guike/model/membership/intake"
	projects "guike/model/project"
)

// Line is a line of a file: what it says, and where it stands.
type Line struct {
	Kind       model.Kind
	Row        int
	ExternalNo string
	CustomerNo string // whom a home or a project belongs to; of a balance, its own number
	HomeNo     string

	Name, Phone, Note, Store string
	Birthday                 clock.Day
	StoreID                  id.ID // none without a store

	City, District, Address string
	AreaM2                  float64

	ProjectKind projects.Kind
	Title       string
	ContractFen int64
	Start       clock.Day
	Stage       string // the key of the one under way; empty before the first

	Points, FundFen int64
	Expires         clock.Day // the last day on which the points can be used; none for the usual life

	Faulty  bool
	Linked  bool        // the phone is a known customer's
	Known   *model.Line // what the number became before
	Content []byte      // a keyed hash of what the line says

	header map[string]int // column numbers by field
}

// text is everything that the line says, in one canonical form: what is compared when it comes again.
func (l *Line) text() string {
	fields := []string{
		string(l.Kind), l.ExternalNo, l.CustomerNo, l.HomeNo, l.Name, l.Phone, l.Note, l.Store, string(l.Birthday), l.City, l.District, l.Address,
		strconv.FormatFloat(l.AreaM2, 'f', 2, 64), string(l.ProjectKind), l.Title, strconv.FormatInt(l.ContractFen, 10), string(l.Start), l.Stage,
		strconv.FormatInt(l.Points, 10), strconv.FormatInt(l.FundFen, 10), string(l.Expires),
	}
	if l.Kind == model.Balances {
		fields[6] = "" // a note on a balance moves nothing
	}
	return strings.Join(fields, "\x1f")
}

// renamed are the fields of the house's forms that an import calls otherwise.
var renamed = map[string]string{"contract_amount_fen": "contract_amount", "note": "consent_note"}

// File is what was found in a file: its lines in the order in which they are imported, and what is to be
// said of them.
type File struct {
	Lines   []*Line
	Remarks []model.Remark
	wholes  int64
}

// Faulty counts the lines with a fault; what is wrong with a sheet or the file as a whole counts as one
// each.
func (f *File) Faulty() int64 {
	n := f.wholes
	for _, l := range f.Lines {
		if l.Faulty {
			n++
		}
	}
	return n
}

// Unreadable tells that something is wrong with a sheet or the file as a whole, so that nobody knows which
// lines are missing: such a file is not imported in part.
func (f *File) Unreadable() bool { return f.wholes > 0 }

// whole says what is wrong with a sheet or the file.
func (f *File) whole(r model.Remark) {
	f.wholes++
	f.Remarks = append(f.Remarks, r)
}

// Tally counts the lines by what would become of them.
func (f *File) Tally() model.Tally {
	t := model.Tally{Total: int64(len(f.Lines)), Faulty: f.Faulty()}
	for _, l := range f.Lines {
		switch {
		case l.Faulty:
		case l.Known != nil && !bytes.Equal(l.Known.Content, l.Content):
			t.Differing++
		case l.Known != nil:
			t.Already++
		case l.Linked:
			t.Linked++
		default:
			t.Created++
		}
	}
	return t
}

// Fault says what is wrong with a line.
func (f *File) Fault(l *Line, code, field string) {
	l.Faulty = true
	f.Remarks = append(f.Remarks, remark(model.Fault, code, l.Kind, l.Row, at(l.header, field)))
}

// Note says something about a line that keeps it from nothing.
func (f *File) Note(l *Line, code, field string) {
	f.Remarks = append(f.Remarks, remark(model.Note, code, l.Kind, l.Row, at(l.header, field)))
}

// Sort brings the remarks into the order of the file.
func (f *File) Sort() {
	order := map[model.Kind]int{"": -1}
	for i, k := range model.Kinds() {
		order[k] = i
	}
	slices.SortStableFunc(f.Remarks, func(a, b model.Remark) int {
		if a.Kind != b.Kind {
			return order[a.Kind] - order[b.Kind]
		}
		return int(a.Row - b.Row)
	})
}
