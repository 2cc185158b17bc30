package diary

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/service/project"
	"guike/service/project/diary"
)

// Page is a page for a browser and a printer: it runs no script, and loads nothing but its pictures.
type Page struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Policy       string `header:"Content-Security-Policy"`
	Robots       string `header:"X-Robots-Tag"`
	Body         []byte
}

//go:embed page/*
var pages embed.FS

// sheet is the one stylesheet; the policy of the pages allows it by its hash and nothing beside it.
func sheet() ([]byte, error) { return pages.ReadFile("page/print.css") }

// render fills a template. Pictures may come from where the pictures named here come from.
func render(name string, data any, pictures []project.Picture) (*Page, error) {
	css, err := sheet()
	if err != nil {
		return nil, fmt.Errorf("style of page: %w", err)
	}
	t, err := template.New(name).Funcs(words(css)).ParseFS(pages, "page/"+name)
	if err != nil {
		return nil, fmt.Errorf("read page %s: %w", name, err)
	}
	var body bytes.Buffer
	if err := t.Execute(&body, data); err != nil {
		return nil, fmt.Errorf("write page %s: %w", name, err)
	}
	sum := sha256.Sum256(css)
	return &Page{
		ContentType: "text/html; charset=utf-8", CacheControl: "private, no-store", Robots: "noindex, nofollow",
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src " + origins(pictures) +
			"; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		Body: body.Bytes(),
	}, nil
}

// origins lists where some pictures come from, in the form of a content security policy.
func origins(pictures []project.Picture) string {
	from := []string{"'self'"}
	for _, p := range pictures {
		u, err := url.Parse(p.ThumbURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		if at := u.Scheme + "://" + u.Host; !slices.Contains(from, at) {
			from = append(from, at)
		}
	}
	return strings.Join(from, " ")
}

func words(css []byte) template.FuncMap {
	return template.FuncMap{
		"css":     func() template.CSS { return template.CSS(css) }, //nolint:gosec // a style sheet of ours, embedded in the program
		"yuan":    yuan,
		"day":     func(d clock.Day) string { return dayText(d, "1月2日") },
		"dom":     func(d clock.Day) string { return dayText(d, "2") },
		"date":    func(d clock.Day) string { return dayText(d, "2006年1月2日") },
		"weekday": func(d clock.Day) string { return "周" + string([]rune("日一二三四五六")[d.Weekday()]) },
		"role": func(role string) string {
			zh, _ := project.RoleName(actor.Role(role))
			return zh
		},
		"onSite": project.OnSite,
		"word":   wordOr,
		"sub":    func(a, b int) int { return a - b },
		"share":  share,
	}
}

func dayText(d clock.Day, layout string) string {
	if d.IsZero() {
		return ""
	}
	return d.Start(time.UTC).Format(layout)
}

// wordOr says a word of the house in Chinese.
func wordOr(w string) string {
	zh, ok := map[string]string{ //nolint:gosec // no credentials: "passed" is a word
		"self": "自检", "mutual": "互检", "special": "专检",
		"low": "一般", "medium": "较重", "high": "严重",
		"open": "整改中", "fixed": "待复查", "reopened": "复查未过", "passed": "已通过",
		"started": "开始", "completed": "完成",
		"custom_furniture": "全屋定制", "renovation": "装修",
	}[w]
	if ok {
		return zh
	}
	return w
}

// yuan writes cents as an amount of yuan: ¥128,000 or ¥128,000.50.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "−", -fen
	}
	text := strconv.FormatInt(fen/100, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if cents := fen % 100; cents != 0 {
		text += fmt.Sprintf(".%02d", cents)
	}
	return sign + "¥" + text
}

// share is a part of a whole in percent, within 0 and 100.
func share(part, whole int64) int64 {
	if whole <= 0 {
		return 0
	}
	return min(100, max(0, part*100/whole))
}

// What one sheet of paper has room for.
const (
	pageMoves       = 3
	pageLogs        = 7
	pageInspections = 2
	pageChecks      = 6
	pageHazards     = 4
	pageVisits      = 2
	pageNext        = 3
	pagePeople      = 6
)

// reportData is what the page of a report shows: of long lists the beginning.
type reportData struct {
	diary.Report
	Year, WeekNumber string
	Mosaic           string // class of the pictures' layout
	Moved            []diary.StageMove
	Logs             []diary.LogLine
	Inspections      []diary.Inspected
	Checks           []diary.Checked
	Hazards          []diary.Hazardous
	MoreHazards      int
	Visits           []diary.Visited
	NextStages       []diary.PlannedStage
	Deliveries       []diary.Awaited
	People           []diary.InCharge
}

func reportPage(r diary.Report, err error) (*Page, error) {
	if err != nil {
		return nil, err
	}
	year, week, _ := strings.Cut(r.Week, "-W")
	return render("report.html", reportData{
		Report: r, Year: year, WeekNumber: strings.TrimPrefix(week, "0"), Mosaic: fmt.Sprintf("n%d", len(r.Pictures)),
		Moved: top(pageMoves, r.Moved), Logs: top(pageLogs, r.Logs), Inspections: top(pageInspections, r.Inspections), Checks: top(pageChecks, r.Checks),
		Hazards: top(pageHazards, r.Hazards), MoreHazards: max(0, len(r.Hazards)-pageHazards),
		Visits: top(pageVisits, r.Visits), NextStages: top(pageNext, r.NextStages), Deliveries: top(pageNext, r.Deliveries),
		People: top(pagePeople, r.People),
	}, r.Pictures)
}

// top takes n items of a list at most.
func top[T any](n int, list []T) []T { return list[:min(n, len(list))] }

func diaryPage(d diary.Diary, err error) (*Page, error) {
	if err != nil {
		return nil, err
	}
	var pictures []project.Picture
	for _, day := range d.Days {
		pictures = append(pictures, day.Pictures...)
	}
	return render("diary.html", d, pictures)
}
