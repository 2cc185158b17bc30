package intake

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/membership/intake"
	projects "guike/model/project"
)

// contentField names the keyed hash of a line's content.
const contentField = "import_lines.content"

// Judge asks the house's own rules whether they would take a line. Errors: a fault that names the field.
type Judge func(l *Line) error

// Checker finds out what an import of a file would do, without doing any of it.
type Checker struct {
	Blind *crypt.Blind
	Today clock.Day
	Judge Judge
}

// check is one look at a file.
type check struct {
	Checker
	r      db.Reader
	f      *File
	mine   map[model.Kind]map[string]*Line      // the lines of the file by number, the first of each
	before map[model.Kind]map[string]model.Line // what was imported before
	stores map[string]id.ID
	stages map[projects.Kind][]projects.TemplateItem
}

// Check looks every line up: repeated numbers and phones, what it refers to, what was imported before and
// what the house's rules say. The remarks are in the order of the file afterwards.
func (c Checker) Check(ctx context.Context, r db.Reader, f *File) error {
	k := &check{
		Checker: c, r: r, f: f, mine: map[model.Kind]map[string]*Line{}, before: map[model.Kind]map[string]model.Line{},
		stages: map[projects.Kind][]projects.TemplateItem{},
	}
	for _, step := range []func(context.Context) error{k.number, k.remember, k.loadStores, k.loadStages, k.fit, k.phones, k.openings} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, l := range f.Lines { // each kind refers to those before it
		k.refer(l)
	}
	f.Sort()
	return nil
}

// number refuses numbers that come twice, and hashes what each line says.
func (k *check) number(context.Context) error {
	for _, kind := range model.Kinds() {
		k.mine[kind] = map[string]*Line{}
	}
	for _, l := range k.f.Lines {
		if l.ExternalNo == "" {
			continue
		}
		if k.mine[l.Kind][l.ExternalNo] != nil {
			k.f.Fault(l, "import.duplicate", "external_no")
			continue
		}
		k.mine[l.Kind][l.ExternalNo] = l
		l.Content = k.Blind.Index(contentField, l.text())
	}
	return nil
}

// remember reads what was imported before, of the lines and of what they refer to.
func (k *check) remember(ctx context.Context) error {
	wanted := map[model.Kind][]string{}
	for _, l := range k.f.Lines {
		wanted[l.Kind] = append(wanted[l.Kind], l.ExternalNo)
		if l.CustomerNo != "" && k.mine[model.Customers][l.CustomerNo] == nil {
			wanted[model.Customers] = append(wanted[model.Customers], l.CustomerNo)
		}
		if l.HomeNo != "" && k.mine[model.Homes][l.HomeNo] == nil {
			wanted[model.Homes] = append(wanted[model.Homes], l.HomeNo)
		}
	}
	for kind, nos := range wanted {
		slices.Sort(nos)
		found, err := model.LinesByNo(ctx, k.r, kind, slices.Compact(nos))
		if err != nil {
			return err
		}
		k.before[kind] = found
	}
	for _, l := range k.f.Lines {
		if old, ok := k.before[l.Kind][l.ExternalNo]; ok && !l.Faulty {
			l.Known = &old
			k.compare(l)
		}
	}
	return nil
}

// compare says whether a line that was imported before says the same as then.
func (k *check) compare(l *Line) {
	switch {
	case bytes.Equal(l.Known.Content, l.Content):
	case l.Kind == model.Balances:
		k.f.Fault(l, "import.changed", "external_no")
	default:
		k.f.Note(l, "import.differs", "external_no")
	}
}

// fresh lists the lines of a kind that would enter something.
func (k *check) fresh(kind model.Kind) []*Line {
	var lines []*Line
	for _, l := range k.f.Lines {
		if l.Kind == kind && !l.Faulty && l.Known == nil {
			lines = append(lines, l)
		}
	}
	return lines
}

// loadStores reads the stores, of which there are few, by name and id.
func (k *check) loadStores(ctx context.Context) error {
	k.stores = map[string]id.ID{}
	for p := (db.Page{Limit: db.MaxLimit}); ; {
		rows, next, err := identity.ListStores(ctx, k.r, false, p)
		if err != nil {
			return err
		}
		for _, s := range rows {
			k.stores[plain(s.Name)], k.stores[plain(s.ID.String())] = s.ID, s.ID
		}
		if next.IsZero() {
			return nil
		}
		p.After = next
	}
}

func (k *check) loadStages(ctx context.Context) error {
	for _, kind := range []projects.Kind{projects.CustomFurniture, projects.Renovation} {
		_, items, err := projects.CurrentTemplate(ctx, k.r, kind, "standard")
		if err != nil && fault.Code(err) == "" {
			return err
		}
		k.stages[kind] = items
	}
	return nil
}

// fit resolves names of the house and asks its rules.
func (k *check) fit(context.Context) error {
	for _, l := range k.f.Lines {
		if l.Faulty || l.Known != nil {
			continue
		}
		if l.Store != "" {
			if l.StoreID = k.stores[plain(l.Store)]; l.StoreID.IsZero() {
				k.f.Fault(l, "import.store_unknown", "store")
			}
		}
		if l.Kind == model.Projects && l.Stage != "" {
			k.stage(l)
		}
		if l.Kind == model.Balances && !l.Expires.IsZero() && l.Expires < k.Today {
			k.f.Fault(l, "import.past", "points_expire_on")
		}
		if l.Faulty || k.Judge == nil {
			continue
		}
		if err := k.Judge(l); err != nil {
			if !k.f.Refused(l, err) {
				return err
			}
		}
	}
	return nil
}

// stage finds the key of a stage by its key or its name.
func (k *check) stage(l *Line) {
	for _, it := range k.stages[l.ProjectKind] {
		for _, name := range []string{it.Key, it.NameZH, it.NameEN} {
			if plain(name) == plain(l.Stage) {
				l.Stage = it.Key
				return
			}
		}
	}
	k.f.Fault(l, "import.stage_unknown", "stage")
}

// Refused turns a refusal by the house's rules into a remark; false when err is no refusal.
func (f *File) Refused(l *Line, err error) bool {
	why, ok := fault.Of(err)
	if !ok || why.Kind == fault.Unavailable {
		return false
	}
	l.Faulty = true
	if len(why.Fields) == 0 {
		r := remark(model.Fault, "import.refused", l.Kind, l.Row, cellAt{})
		r.TextZH, r.TextEN = why.Text.ZH, why.Text.EN
		f.Remarks = append(f.Remarks, r)
		return true
	}
	for _, field := range why.Fields {
		name := strings.TrimPrefix(field.Location, "body.")
		if known, ok := renamed[name]; ok {
			name = known
		}
		r := remark(model.Fault, "import.refused", l.Kind, l.Row, at(l.header, name))
		r.TextZH, r.TextEN = field.Text.ZH, field.Text.EN
		f.Remarks = append(f.Remarks, r)
	}
	return true
}

// phones refuses numbers that come twice and says which of them are known.
func (k *check) phones(ctx context.Context) error {
	lines, seen := k.fresh(model.Customers), map[string]*Line{}
	var wanted [][]byte
	for _, l := range k.f.Lines {
		if l.Kind != model.Customers || l.Phone == "" {
			continue
		}
		if seen[l.Phone] != nil {
			k.f.Fault(l, "import.phone_repeated", "phone")
			continue
		}
		seen[l.Phone] = l
	}
	for _, l := range lines {
		wanted = append(wanted, k.Blind.Index(identity.CustomerPhoneField, l.Phone))
	}
	known, err := identity.CustomersByPhones(ctx, k.r, wanted)
	if err != nil {
		return err
	}
	for i, l := range lines {
		if _, ok := known[string(wanted[i])]; ok && !l.Faulty {
			l.Linked = true
			k.f.Note(l, "import.linked", "phone")
		}
	}
	return nil
}

// openings refuses a second opening balance of one customer under another number.
func (k *check) openings(ctx context.Context) error {
	lines := k.fresh(model.Balances)
	var refs []id.ID
	for _, l := range lines {
		if c, ok := k.before[model.Customers][l.CustomerNo]; ok {
			refs = append(refs, c.RefID)
		}
	}
	opened, err := model.LinesByRef(ctx, k.r, model.Balances, refs)
	if err != nil {
		return err
	}
	for _, l := range lines {
		c, ok := k.before[model.Customers][l.CustomerNo]
		if _, twice := opened[c.RefID]; ok && twice {
			k.f.Fault(l, "import.opened_before", "external_no")
		}
	}
	return nil
}

// refer refuses lines that refer to nothing, to a line that is not imported, or to another's home.
func (k *check) refer(l *Line) {
	if l.Faulty || l.Known != nil {
		return
	}
	owner := "customer_no"
	if l.Kind == model.Balances {
		owner = "external_no"
	}
	if l.CustomerNo != "" {
		k.referTo(l, model.Customers, l.CustomerNo, owner)
	}
	if l.HomeNo == "" || l.Faulty {
		return
	}
	k.referTo(l, model.Homes, l.HomeNo, "home_no")
	if home := k.mine[model.Homes][l.HomeNo]; home != nil && !l.Faulty && home.CustomerNo != l.CustomerNo {
		k.f.Fault(l, "import.home_of_other", "home_no")
	}
}

func (k *check) referTo(l *Line, kind model.Kind, no, field string) {
	if _, ok := k.before[kind][no]; ok {
		return
	}
	switch other := k.mine[kind][no]; {
	case other == nil:
		k.f.Fault(l, "import.reference_unknown", field)
	case other.Faulty:
		k.f.Fault(l, "import.reference_faulty", field)
	}
}
