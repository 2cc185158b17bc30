package intake

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/sheet"
	"guike/internal/wording"
	model "guike/model/membership/intake"
	projects "guike/model/project"
)

// The most that an opening balance brings; beyond it somebody mistyped.
const (
	maxPoints  = 100_000_000
	maxFundFen = 100_000_000 // a million yuan
)

// cells reads the cells of one line.
type cells struct {
	file     *File
	line     *Line
	row      sheet.Row
	date1904 bool
	bad      map[string]bool // fields that were refused: nothing more is said of them
}

// check refuses cells that hold no text that could be read.
func (c *cells) check(col column, cell sheet.Cell) {
	code := ""
	switch {
	case cell.Kind == sheet.Formula:
		code = "import.formula"
	case cell.Kind == sheet.Failure:
		code = "import.cell_error"
	case cell.Kind == sheet.Long:
		code = "import.cell_too_long"
	case col.required && wording.Trim(cell.Text) == "":
		code = "import.required"
	case wording.CheckCharacters("", cell.Text) != nil:
		code = "import.characters"
	}
	if code != "" {
		c.fault(code, col.key)
	}
}

// fault refuses a field, once.
func (c *cells) fault(code, field string) {
	if c.bad[field] {
		return
	}
	if c.bad == nil {
		c.bad = map[string]bool{}
	}
	c.bad[field] = true
	c.file.Fault(c.line, code, field)
}

// text is what a cell says; empty when the column is not there.
func (c *cells) text(field string) string { return wording.Trim(c.cell(field).Text) }

func (c *cells) cell(field string) sheet.Cell {
	if n, ok := c.line.header[field]; ok && n <= len(c.row.Cells) {
		return c.row.Cells[n-1]
	}
	return sheet.Cell{}
}

// fill reads the line by its kind.
func (c *cells) fill() {
	l := c.line
	l.ExternalNo = c.no("external_no")
	switch l.Kind {
	case model.Customers:
		l.Name, l.Phone, l.Note, l.Store = c.text("name"), c.text("phone"), c.text("consent_note"), c.text("store")
		if phone, err := crypt.NormalPhone(l.Phone); err != nil {
			c.fault("import.phone", "phone")
			l.Phone = ""
		} else {
			l.Phone = phone
		}
		l.Birthday = c.day("birthday")
	case model.Homes:
		l.CustomerNo = c.no("customer_no")
		l.Name, l.City, l.District, l.Address = c.text("name"), c.text("city"), c.text("district"), c.text("address")
		l.AreaM2 = c.area("area_m2")
	case model.Projects:
		l.CustomerNo, l.HomeNo = c.no("customer_no"), c.no("home_no")
		l.Title, l.Stage, l.Store = c.text("title"), c.text("stage"), c.text("store")
		l.ProjectKind = c.projectKind("kind")
		l.ContractFen, l.Start = c.fen("contract_amount", math.MaxInt64), c.day("planned_start")
	case model.Balances:
		l.CustomerNo, l.Note = l.ExternalNo, c.text("note")
		l.Points, l.FundFen, l.Expires = c.points("points"), c.fen("fund", maxFundFen), c.day("points_expire_on")
		switch {
		case l.Faulty:
		case l.Points == 0 && l.FundFen == 0:
			c.fault("import.nothing", "")
		case l.Points == 0 && !l.Expires.IsZero():
			c.fault("import.expiry_alone", "points_expire_on")
		}
	}
}

// no reads an external number.
func (c *cells) no(field string) string {
	no := c.text(field)
	bad := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./#", r)
	}
	switch _, err := crypt.NormalPhone(no); {
	case no == "" || len(no) > 64 || strings.ContainsFunc(no, bad):
		c.fault("import.external_no", field)
	case err == nil:
		c.fault("import.external_no_phone", field)
	}
	return no
}

// projectKinds are the words for kinds of projects.
func projectKinds() map[string]projects.Kind {
	return map[string]projects.Kind{
		"全屋定制": projects.CustomFurniture, "定制": projects.CustomFurniture, "customfurniture": projects.CustomFurniture,
		"装修": projects.Renovation, "家装": projects.Renovation, "renovation": projects.Renovation,
	}
}

func (c *cells) projectKind(field string) projects.Kind {
	kind, ok := projectKinds()[plain(c.text(field))]
	if !ok {
		c.fault("import.kind_of_project", field)
	}
	return kind
}

// day reads a day: as people write it, or as the number that spreadsheets keep.
func (c *cells) day(field string) clock.Day {
	cell := c.cell(field)
	text := wording.Trim(cell.Text)
	if text == "" {
		return ""
	}
	if cell.Kind == sheet.Number {
		if day, ok := serialDay(text, c.date1904); ok {
			return day
		}
	}
	for _, layout := range []string{time.DateOnly, "2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102", "2006-1-2 15:04:05", "2006/1/2 15:04:05", "2006/1/2 15:04"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1900 && t.Year() <= 2200 {
			return clock.Day(t.Format(time.DateOnly))
		}
	}
	c.fault("import.date", field)
	return ""
}

// serialDay reads the number of days since 1899-12-30 (or 1904-01-01), as spreadsheets count; the days
// before March 1900, which some of them count wrongly, are nobody's birthday here.
func serialDay(text string, date1904 bool) (clock.Day, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 61 || n > 110_000 {
		return "", false
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return clock.Day(epoch.AddDate(0, 0, int(n)).Format(time.DateOnly)), true
}

// decimal takes the thousands' commas out of a number: digits with at most one point, or nothing.
func decimal(text string) (whole, fraction string, ok bool) {
	whole, fraction, point := strings.Cut(text, ".")
	if strings.Contains(whole, ",") {
		groups := strings.Split(whole, ",")
		for i, g := range groups {
			if i > 0 && len(g) != 3 || i == 0 && (g == "" || len(g) > 3) {
				return "", "", false
			}
		}
		whole = strings.Join(groups, "")
	}
	digits := func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	}
	return whole, fraction, digits(whole) && (!point || digits(fraction))
}

// fen reads an amount of yuan; no float comes near it.
func (c *cells) fen(field string, most int64) int64 {
	text := c.text(field)
	if text == "" {
		return 0
	}
	whole, fraction, ok := decimal(text)
	if !ok || len(fraction) > 2 {
		c.fault("import.amount", field)
		return 0
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || n > most {
		c.fault("import.out_of_range", field)
	}
	return n
}

func (c *cells) points(field string) int64 {
	text := c.text(field)
	if text == "" {
		return 0
	}
	whole, fraction, ok := decimal(text)
	if !ok || strings.Trim(fraction, "0") != "" {
		c.fault("import.number", field)
		return 0
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > maxPoints {
		c.fault("import.out_of_range", field)
	}
	return n
}

func (c *cells) area(field string) float64 {
	whole, fraction, ok := decimal(c.text(field))
	if !ok {
		c.fault("import.number", field)
		return 0
	}
	n, err := strconv.ParseFloat(whole+"."+fraction+"0", 64)
	if err != nil || n <= 0 || n > 100_000 {
		c.fault("import.out_of_range", field)
	}
	return n
}
