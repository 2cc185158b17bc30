package project_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
	model "guike/model/project"
	"guike/service/project"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want, code string }{
		"lines, tabs and emoji stay":             {" 水电\r\n\t开槽 👨‍👩‍👧 ", "水电\r\n\t开槽 👨‍👩‍👧", ""},
		"a bell is refused":                      {"水电\a开槽", "", "characters"},
		"an escape is refused":                   {"\x1b[2J水电", "", "characters"},
		"a C1 control is refused":                {"水电\u009b开槽", "", "characters"},
		"an override of direction is refused":    {"加收 \u202e001 元", "", "characters"},
		"an isolate of direction is refused":     {"加收 \u2066001 元", "", "characters"},
		"what nobody sees is empty":              {"\u200b \u2060\ufeff", "", "length"},
		"marks inside of what one sees may stay": {"水电\u200b开槽", "水电\u200b开槽", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := c.text
			err := project.CheckLength("body.text", &text, 1, 100)
			if c.code == "" {
				require.NoError(t, err)
				require.Equal(t, c.want, text)
				return
			}
			requireField(t, err, c.code)
			reason := c.text
			requireField(t, project.CheckReason("body.text", &reason), c.code)
		})
	}
}

func TestTextsOfFormsHoldNoControlCharacters(t *testing.T) {
	t.Parallel()
	const evil = "水电\a开槽"
	requireField(t, (&project.NewProject{Kind: model.Renovation, Title: evil, PlannedStart: "2026-12-01"}).Check(), "characters")
	requireField(t, (&project.NewLog{DoneToday: evil}).Check(), "characters")
	requireField(t, (&project.NewLog{DoneToday: "水电", PlanTomorrow: evil}).Check(), "characters")
	requireField(t, (&project.NewLog{DoneToday: "水电", Weather: evil}).Check(), "characters")
	requireField(t, (&project.NewLog{DoneToday: "\u200b"}).Check(), "length")
}

func requireField(t *testing.T, err error, code string) {
	t.Helper()
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	require.Len(t, f.Fields, 1)
	require.Equal(t, code, f.Fields[0].Code)
}
