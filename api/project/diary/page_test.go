package diary

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
	"guike/internal/id"
	projects "guike/model/project"
	model "guike/model/project/diary"
	"guike/service/project"
	"guike/service/project/diary"
)

const hostile = `</style></title><script>alert(1)</script><img src=x onerror=alert(2)>" onload="x' {{.}} javascript:alert(3)` + "\u202e\u2028"

// whole is a report in which everything that people write is hostile, and every list is full.
func whole(text string) diary.Report {
	hands := 4
	c := diary.Content{
		ProjectNo: text, Title: text, Kind: text, PercentFrom: 20, PercentTo: 35, PlannedEnd: "2027-01-02", DaysLate: 3, Stage: text, NextWords: text,
		Budget: &diary.Budget{ContractFen: 12_800_050, ChangesFen: -100, PaidFen: 7_680_000, OpenFen: 5_119_950},
	}
	for range 12 {
		c.Stages = append(c.Stages, diary.StageMark{Key: text, Name: text, State: "active"})
		c.Moved = append(c.Moved, diary.StageMove{Name: text, What: "started", Day: "2026-11-20"})
		c.Logs = append(c.Logs, diary.LogLine{Day: "2026-11-20", Stage: text, Done: strings.Repeat(text, 4), Weather: text, Hands: &hands})
		c.Inspections = append(c.Inspections, diary.Inspected{Day: "2026-11-20", Stage: text, Summary: text, By: text})
		c.Checks = append(c.Checks, diary.Checked{Stage: text, Kind: "self", By: text})
		c.Hazards = append(c.Hazards, diary.Hazardous{Title: text, Severity: "high", State: "open", DueOn: "2026-11-25", Owner: text})
		c.Visits = append(c.Visits, diary.Visited{Day: "2026-11-20", Text: text, Answered: text})
		c.NextStages = append(c.NextStages, diary.PlannedStage{Name: text, From: "2026-11-23", To: "2026-11-25"})
		c.Deliveries = append(c.Deliveries, diary.Awaited{Name: text, On: "2026-11-25"})
		c.People = append(c.People, diary.InCharge{Role: text, Name: text})
	}
	r := diary.Report{Report: model.Report{ID: id.New(), Week: "2026-W47", FromDay: "2026-11-16", ToDay: "2026-11-22"}, Content: c}
	for range 9 {
		r.Pictures = append(r.Pictures, project.Picture{URL: "https://oss.example/a.jpg?s=1&e=2", ThumbURL: "https://oss.example/t.jpg"})
	}
	return r
}

var element = regexp.MustCompile(`<[a-z!/][^>]*>`)

func TestPagesEscapeWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	report, err := reportPage(whole(hostile), nil)
	require.NoError(t, err)
	logs := diary.Diary{Period: diary.Period{From: "2026-11-01", To: "2026-11-30"}, Project: projects.Project{Title: hostile, No: hostile, Kind: "renovation"}}
	logs.Days = []diary.DiaryDay{{
		DailyLog: projects.DailyLog{Day: "2026-11-20", DoneToday: hostile, PlanTomorrow: hostile, Weather: hostile, AuthorName: hostile}, StageName: hostile,
		Pictures: []project.Picture{{URL: "javascript:alert(1)", ThumbURL: "javascript:alert(2)"}},
	}}
	pages, err := diaryPage(logs, nil)
	require.NoError(t, err)
	for name, page := range map[string]*Page{"report": report, "diary": pages} {
		body := string(page.Body)
		require.Equal(t, 1, strings.Count(body, "</style>"), name)
		for _, tag := range element.FindAllString(body, -1) {
			require.NotContains(t, tag, "script", name)
			require.NotContains(t, tag, "onerror", name)
			require.NotContains(t, tag, "onload", name)
			require.NotContains(t, tag, "javascript:", name)
		}
		require.Contains(t, body, "&lt;script&gt;alert(1)", name+": shown as it was written")
	}
	require.Contains(t, report.Policy, "img-src 'self' https://oss.example;")
	require.Contains(t, pages.Policy, "img-src 'self';", "no other scheme is let in")
	require.Regexp(t, `style-src 'sha256-[A-Za-z0-9+/=]{44}'$`, report.Policy)
}

func TestPageOfAFullWeekFitsOneSheet(t *testing.T) {
	t.Parallel()
	page, err := reportPage(whole("特别长的一段文字,没有空格也没有换行"), nil)
	require.NoError(t, err)
	require.Equal(t, 7, strings.Count(string(page.Body), `<span class="on">`))
	require.Contains(t, string(page.Body), "另有 8 项")
	require.Contains(t, string(page.Body), "¥128,000.50")
	require.Contains(t, string(page.Body), "−¥1")
	file := filepath.Join(t.TempDir(), "full.html")
	require.NoError(t, os.WriteFile(file, page.Body, 0o600))
	require.Equal(t, 1, Sheets(Browse(t, "file://"+file, "--print-to-pdf", "full.pdf", "--no-pdf-header-footer")))
	if to := os.Getenv("GUIKE_TEST_PICTURES"); to != "" {
		png := Browse(t, "file://"+file, "--screenshot", "full.png", "--window-size=794,1122", "--hide-scrollbars")
		require.NoError(t, os.WriteFile(filepath.Join(to, "weekly-report-full.png"), png, 0o600))
	}
}

func TestPageOfAnEmptyWeek(t *testing.T) {
	t.Parallel()
	r := diary.Report{Report: model.Report{Week: "2026-W05", FromDay: "2026-01-26", ToDay: "2026-02-01"}}
	page, err := reportPage(r, nil)
	require.NoError(t, err)
	require.Contains(t, string(page.Body), "第 5 周")
	require.Contains(t, string(page.Body), "本周没有施工日志")
	require.NotContains(t, string(page.Body), "费用")
	_, err = reportPage(r, fault.Missing())
	require.Equal(t, "not_found", fault.Code(err))
}

func TestYuan(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64]string{0: "¥0", 5: "¥0.05", 100: "¥1", 99_900: "¥999", 100_000: "¥1,000", 123_456_789: "¥1,234,567.89", -360_000: "−¥3,600"} {
		require.Equal(t, want, yuan(fen))
	}
	require.EqualValues(t, 0, share(1, 0))
	require.EqualValues(t, 100, share(300, 100))
	require.EqualValues(t, 58, share(7_680_000, 13_160_000))
}
