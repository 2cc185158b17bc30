package quality_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	"guike/model/outbox"
	core "guike/model/project"
	model "guike/model/project/quality"
	"guike/service/project"
	"guike/service/project/quality"
	"guike/testkit"
)

func TestInspection(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "plumbing_wiring")
		photo, before := id.New(), id.New()
		in := quality.NewInspection{
			ProjectID: p.ID, Kind: model.Weekly, Summary: " 水电规范。 ", Findings: "强弱电间距合格。", Photos: []id.ID{photo},
			Hazards: []quality.NewHazard{
				{Title: "防水高度不足", Severity: model.High, OwnerID: w.manager.ID, DueOn: "2026-11-30", Before: []id.ID{before}},
				{Title: "垃圾未清运", Severity: model.Low, OwnerID: w.installer.ID, DueOn: "2026-11-25"},
			},
			Once: once.Of("k", "op", "x"),
		}
		r, replayed, err := w.PostInspection(ctx, w.supervisor, in)
		require.NoError(t, err)
		require.False(t, replayed)
		again, replayed, err := w.PostInspection(ctx, w.supervisor, in)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, r, again)

		t.Run("is read by the home and by staff with its pictures and hazards", func(t *testing.T) {
			for name, who := range map[string]actor.Actor{"owner": w.Owner, "family": w.Family, "guest": w.Guest, "manager": w.manager, "keeper": w.Boss} {
				list, err := w.Inspections(ctx, who, p.ID, db.Page{Limit: 10})
				require.NoError(t, err, name)
				require.Len(t, list.Items, 1, name)
				i := list.Items[0]
				require.Equal(t, "水电规范。", i.Summary)
				require.Equal(t, "plumbing_wiring", i.StageKey)
				require.Equal(t, clock.Day("2026-11-23"), i.Day)
				require.Equal(t, []project.Picture{{URL: "/f/" + photo.String(), ThumbURL: "/t/" + photo.String()}}, i.Photos)
				require.Len(t, i.Hazards, 2)
				require.Equal(t, "防水高度不足", i.Hazards[0].Title)
				require.Len(t, i.Hazards[0].Before, 1)
				require.Equal(t, model.HazardOpen, i.Hazards[0].State)
				one, err := w.Inspection(ctx, who, p.ID, r.InspectionID)
				require.NoError(t, err)
				require.Equal(t, i, one)
			}
		})
		t.Run("is not there for anybody else", func(t *testing.T) {
			for name, who := range map[string]actor.Actor{"outsider": w.Outsider, "another store": w.Stranger, "not in charge": w.installer} {
				_, err := w.Inspections(ctx, who, p.ID, db.Page{Limit: 10})
				require.Equal(t, "not_found", fault.Code(err), name)
				_, err = w.Inspection(ctx, who, p.ID, r.InspectionID)
				require.Equal(t, "not_found", fault.Code(err), name)
				_, err = w.Hazards(ctx, who, p.ID, false, db.Page{Limit: 10})
				require.Equal(t, "not_found", fault.Code(err), name)
				_, err = w.Checks(ctx, who, p.ID, "", db.Page{Limit: 10})
				require.Equal(t, "not_found", fault.Code(err), name)
				_, err = w.Defects(ctx, who, p.ID, db.Page{Limit: 10})
				require.Equal(t, "not_found", fault.Code(err), name)
			}
			_, err := w.Inspection(ctx, w.Owner, p.ID, id.New())
			require.Equal(t, "not_found", fault.Code(err))
		})
		t.Run("tells the home once and gives every owner a task", func(t *testing.T) {
			require.Len(t, w.Told(t, p, model.EntryInspection), 1)
			require.Equal(t, 2, w.OpenTasks(t, p, "hazard"))
			var events []outbox.Event
			require.NoError(t, w.DB.Conn(ctx).Where("topic = ?", core.TopicEntryPosted).Find(&events).Error)
			require.Len(t, events, 1)
		})
		t.Run("meets the duty of its week, however many visits there are", func(t *testing.T) {
			other := w.begin(t, core.Renovation, "tiling")
			_, _, err := w.PostInspection(ctx, w.supervisor, quality.NewInspection{ProjectID: p.ID, Kind: model.Weekly, Summary: "再次到场。"})
			require.NoError(t, err)
			_, _, err = w.PostInspection(ctx, w.supervisor, quality.NewInspection{ProjectID: other.ID, Kind: model.SpecialVisit, Summary: "应业主要求到场。"})
			require.NoError(t, err)
			met, err := model.InspectedBetween(ctx, k.DB, []id.ID{p.ID, other.ID}, "2026-11-23", "2026-11-29")
			require.NoError(t, err)
			require.Equal(t, map[id.ID]bool{p.ID: true}, met, "a special visit is no weekly report")
			met, err = model.InspectedBetween(ctx, k.DB, []id.ID{p.ID, other.ID}, "2026-11-30", "2026-12-06")
			require.NoError(t, err)
			require.Empty(t, met)
			met, err = model.InspectedBetween(ctx, k.DB, nil, "2026-11-30", "2026-12-06")
			require.NoError(t, err)
			require.Empty(t, met)
			visits, err := model.InspectionsBetween(ctx, k.DB, other.ID, "2026-11-23", "2026-11-23")
			require.NoError(t, err)
			require.Len(t, visits, 1)
			standing, err := model.StandingHazards(ctx, k.DB, []id.ID{p.ID, other.ID})
			require.NoError(t, err)
			require.Equal(t, map[id.ID]int{p.ID: 2}, standing)
		})
		t.Run("comes page by page with a tag that moves with every change", func(t *testing.T) {
			first, err := w.Inspections(ctx, w.Owner, p.ID, db.Page{Limit: 1})
			require.NoError(t, err)
			same, err := w.Inspections(ctx, w.Owner, p.ID, db.Page{Limit: 1})
			require.NoError(t, err)
			require.Equal(t, first.Tag, same.Tag)
			rest, err := w.Inspections(ctx, w.Owner, p.ID, db.Page{Limit: 1, After: first.Next})
			require.NoError(t, err)
			require.Equal(t, r.InspectionID, rest.Items[0].ID)
			require.True(t, rest.Next.IsZero())
			require.NoError(t, w.check(t, w.manager, w.Reread(t, p), model.Self, true))
			moved, err := w.Inspections(ctx, w.Owner, p.ID, db.Page{Limit: 1})
			require.NoError(t, err)
			require.NotEqual(t, first.Tag, moved.Tag)
		})
	})
}

func TestInspectionRefuses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "tiling")
		lost := id.New()
		w.Files.Lose(lost)
		twice := id.New()
		hazard := func(change func(*quality.NewHazard)) func(*quality.NewInspection) {
			return func(in *quality.NewInspection) {
				h := quality.NewHazard{Title: "空鼓", Severity: model.Medium, OwnerID: w.manager.ID, DueOn: "2026-11-30"}
				change(&h)
				in.Hazards = []quality.NewHazard{h}
			}
		}
		for name, c := range map[string]struct {
			who    actor.Actor
			change func(*quality.NewInspection)
			code   string
			at     string
		}{
			"unknown kind":          {w.supervisor, func(in *quality.NewInspection) { in.Kind = "daily" }, "input.invalid", "body.kind"},
			"no summary":            {w.supervisor, func(in *quality.NewInspection) { in.Summary = "  " }, "input.invalid", "body.summary"},
			"long findings":         {w.supervisor, func(in *quality.NewInspection) { in.Findings = strings.Repeat("长", 4001) }, "input.invalid", "body.findings"},
			"ten photos":            {w.supervisor, func(in *quality.NewInspection) { in.Photos = make([]id.ID, 10) }, "input.invalid", "body.photos"},
			"a photo twice":         {w.supervisor, func(in *quality.NewInspection) { in.Photos = []id.ID{twice, twice} }, "input.invalid", "body.photos"},
			"unknown stage":         {w.supervisor, func(in *quality.NewInspection) { in.Stage = "roof" }, "input.invalid", "body.stage"},
			"a photo that is lost":  {w.supervisor, func(in *quality.NewInspection) { in.Photos = []id.ID{lost} }, "file.not_found", "body.photos[0]"},
			"21 hazards":            {w.supervisor, func(in *quality.NewInspection) { in.Hazards = make([]quality.NewHazard, 21) }, "input.invalid", "body.hazards"},
			"hazard without title":  {w.supervisor, hazard(func(h *quality.NewHazard) { h.Title = "" }), "input.invalid", "body.hazards[0].title"},
			"hazard of no severity": {w.supervisor, hazard(func(h *quality.NewHazard) { h.Severity = "deadly" }), "input.invalid", "body.hazards[0].severity"},
			"hazard due yesterday":  {w.supervisor, hazard(func(h *quality.NewHazard) { h.DueOn = "2026-11-22" }), "input.invalid", "body.hazards[0].due_on"},
			"hazard due on no day":  {w.supervisor, hazard(func(h *quality.NewHazard) { h.DueOn = "2026-02-30" }), "input.invalid", "body.hazards[0].due_on"},
			"hazard of nobody":      {w.supervisor, hazard(func(h *quality.NewHazard) { h.OwnerID = id.New() }), "input.invalid", "body.hazards[0].owner_staff_id"},
			"hazard of a stranger":  {w.supervisor, hazard(func(h *quality.NewHazard) { h.OwnerID = w.Stranger.ID }), "input.invalid", "body.hazards[0].owner_staff_id"},
			"a photo of a hazard":   {w.supervisor, hazard(func(h *quality.NewHazard) { h.Before = []id.ID{lost} }), "file.not_found", "body.hazards[0].photos_before[0]"},
			"not in charge":         {w.installer, func(*quality.NewInspection) {}, "not_found", ""},
			"another store":         {w.Stranger, func(*quality.NewInspection) {}, "not_found", ""},
		} {
			t.Run(name, func(t *testing.T) {
				in := quality.NewInspection{ProjectID: p.ID, Kind: model.Weekly, Summary: "到场检查。"}
				c.change(&in)
				_, _, err := w.PostInspection(ctx, c.who, in)
				require.Equal(t, c.code, fault.Code(err), "%v", err)
				require.Equal(t, c.at, testkit.Location(err))
			})
		}
		require.Empty(t, w.Told(t, p, model.EntryInspection), "no half effects")
		require.Zero(t, w.OpenTasks(t, p, "hazard"))
		w.CallOff(t, p)
		_, _, err := w.PostInspection(ctx, w.Boss, quality.NewInspection{ProjectID: p.ID, Kind: model.Weekly, Summary: "到场检查。"})
		require.Equal(t, "project.cancelled", fault.Code(err))
	})
}

func TestHazard(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "carpentry")
		h := w.hazard(t, p, model.High, "2026-11-30")

		require.Equal(t, "stage.conditions_unmet", fault.Code(w.Complete(t, p, "carpentry")))
		require.Equal(t, []string{"hazard_open"}, testkit.Fields(w.Complete(t, p, "carpentry")))
		require.Equal(t, "hazard.state", fault.Code(w.recheck(t, w.supervisor, h, true)), "nothing to recheck yet")
		require.Equal(t, "hazard.owner_only", fault.Code(w.fix(t, w.supervisor, h)))
		require.Equal(t, "not_found", fault.Code(w.fix(t, w.Stranger, h)))
		require.Equal(t, "not_found", fault.Code(w.fix(t, w.installer, h)))

		require.NoError(t, w.fix(t, w.manager, h))
		require.Zero(t, w.OpenTasks(t, p, "hazard"), "the owner's task is done")
		require.Equal(t, 1, w.OpenTasks(t, p, "hazard_recheck"))
		require.Equal(t, []string{"hazard_open"}, testkit.Fields(w.Complete(t, p, "carpentry")), "fixed is not passed")
		require.Equal(t, "hazard.same_person", fault.Code(w.recheck(t, w.manager, h, true)))
		require.Equal(t, []string{"fixed"}, testkit.Fields(w.fix(t, w.manager, h)), "the refusal says how things stand")

		require.NoError(t, w.recheck(t, w.supervisor, h, false))
		require.Equal(t, 1, w.OpenTasks(t, p, "hazard"), "the owner owes it again")
		require.Zero(t, w.OpenTasks(t, p, "hazard_recheck"))
		require.NoError(t, w.fix(t, w.Boss, h), "the store manager may say so in the owner's place")
		require.Equal(t, "hazard.same_person", fault.Code(w.recheck(t, w.Boss, h, true)))
		require.NoError(t, w.recheck(t, w.supervisor, h, true))
		require.NoError(t, w.Complete(t, p, "carpentry"))
		require.Zero(t, w.OpenTasks(t, p, "hazard")+w.OpenTasks(t, p, "hazard_recheck"))

		list, err := w.Hazards(ctx, w.Guest, p.ID, false, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, list.Items, 1)
		shown := list.Items[0]
		require.Equal(t, model.HazardPassed, shown.State)
		require.Equal(t, 1, shown.Round)
		require.Equal(t, clock.Day("2026-12-08"), shown.DueOn)
		require.Len(t, shown.After, 1, "the pictures of the last fix")
		var what []string
		for _, st := range shown.Steps {
			what = append(what, st.What)
		}
		require.Equal(t, []string{"open", "fixed", "reopened", "fixed", "passed"}, what)
		list, err = w.Hazards(ctx, w.Guest, p.ID, true, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Empty(t, list.Items)
		require.Len(t, w.Told(t, p, model.EntryHazard), 4)
	})
}

// The owner of a hazard may be a colleague who is in charge of nothing: the hazard is theirs to read and
// to mend, and nothing else of the project is.
func TestOwnerOfAHazardNeedNotBeInCharge(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "carpentry")
		r, _, err := w.PostInspection(ctx, w.supervisor, quality.NewInspection{
			ProjectID: p.ID, Kind: model.SpecialVisit, Summary: "到场。",
			Hazards: []quality.NewHazard{{Title: "线盒松动", Severity: model.Low, OwnerID: w.installer.ID, DueOn: "2026-11-30"}},
		})
		require.NoError(t, err)
		i, err := w.Posted(ctx, r)
		require.NoError(t, err)
		h := i.Hazards[0].ID
		_, err = w.Hazard(ctx, w.installer, h)
		require.NoError(t, err)
		_, err = w.Hazard(ctx, w.Stranger, h)
		require.Equal(t, "not_found", fault.Code(err))
		require.NoError(t, w.fix(t, w.installer, h))
		require.Equal(t, "not_found", fault.Code(w.recheck(t, w.installer, h, true)))
		require.NoError(t, w.Complete(t, p, "carpentry"), "a low hazard keeps no stage from completing")
	})
}

func TestHazardRefuses(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	w, ctx := newWorld(t, k), t.Context()
	p := w.begin(t, core.Renovation, "carpentry")
	h := w.hazard(t, p, model.Low, "2026-11-30")
	photos := []id.ID{id.New()}
	for name, c := range map[string]struct {
		in quality.Fix
		at string
	}{
		"no word":    {quality.Fix{HazardID: h, Photos: photos}, "body.note"},
		"no photo":   {quality.Fix{HazardID: h, Note: "已整改"}, "body.photos"},
		"ten photos": {quality.Fix{HazardID: h, Note: "已整改", Photos: make([]id.ID, 10)}, "body.photos"},
	} {
		_, _, err := w.FixHazard(ctx, w.manager, c.in)
		require.Equal(t, c.at, testkit.Location(err), name)
	}
	_, _, err := w.FixHazard(ctx, w.manager, quality.Fix{HazardID: id.New(), Note: "已整改", Photos: photos})
	require.Equal(t, "not_found", fault.Code(err))
	require.NoError(t, w.fix(t, w.manager, h))
	for name, c := range map[string]struct {
		in quality.Recheck
		at string
	}{
		"failed without a word":   {quality.Recheck{HazardID: h, DueOn: "2026-12-01"}, "body.note"},
		"failed without a day":    {quality.Recheck{HazardID: h, Note: "渗水"}, "body.due_on"},
		"failed, due in the past": {quality.Recheck{HazardID: h, Note: "渗水", DueOn: "2026-11-01"}, "body.due_on"},
	} {
		_, _, err := w.RecheckHazard(ctx, w.supervisor, c.in)
		require.Equal(t, c.at, testkit.Location(err), name)
	}
	w.CallOff(t, p)
	require.Equal(t, "project.cancelled", fault.Code(w.recheck(t, w.supervisor, h, true)))
}

func TestFixAndRecheckAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, core.Renovation, "carpentry")
		for range testkit.Rounds() {
			h := w.hazard(t, p, model.Low, "2026-11-30")
			one(t, testkit.Together(
				func() error { return w.fix(t, w.manager, h) },
				func() error { return w.fix(t, w.Boss, h) },
			), "hazard.state")
			var passed, failed error
			one(t, testkit.Together(
				func() error { passed = w.recheck(t, w.supervisor, h, true); return passed },
				func() error { failed = w.recheck(t, w.stranger2(), h, false); return failed },
			), "hazard.state")
			now, err := model.HazardByID(t.Context(), k.DB, h)
			require.NoError(t, err)
			if passed == nil {
				require.Equal(t, model.HazardPassed, now.State)
			} else {
				require.Equal(t, model.HazardReopened, now.State)
				require.Equal(t, 1, now.Round)
			}
		}
		require.Equal(t, w.OpenTasks(t, p, "hazard"), standing(t, w, p))
	})
}

// stranger2 is the experience centre, which fixed nothing.
func (w *world) stranger2() actor.Actor {
	return actor.Actor{Kind: actor.Staff, ID: w.Shop.ID, Name: "体验中心", Role: actor.ExperienceCentre, Scope: actor.All}
}

func standing(t *testing.T, w *world, p core.Project) int {
	t.Helper()
	of, err := model.StandingHazards(t.Context(), w.DB, []id.ID{p.ID})
	require.NoError(t, err)
	return of[p.ID]
}

func TestOverdueHazards(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "carpentry")
		gone := w.begin(t, core.Renovation, "carpentry")
		late, later, mended := w.hazard(t, p, model.High, "2026-11-23"), w.hazard(t, p, model.Low, "2026-11-24"), w.hazard(t, p, model.Low, "2026-11-23")
		w.hazard(t, gone, model.High, "2026-11-23")
		w.CallOff(t, gone)
		require.NoError(t, w.fix(t, w.manager, mended))
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Empty(t, w.Alerts(t, p), "the day has not ended")

		k.Clock.Set(time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)) // midnight in the company's zone
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Len(t, w.Alerts(t, p), 1)
		require.Equal(t, 1, w.Alerts(t, p)[0].Level)
		require.Equal(t, "hazard_overdue", w.Alerts(t, p)[0].Kind)
		require.Empty(t, w.Alerts(t, gone), "a cancelled project alarms nobody")

		k.Clock.Advance(48 * time.Hour)
		for _, err := range testkit.Together(func() error { return w.AlarmOverdue(ctx) }, func() error { return w.AlarmOverdue(ctx) }) {
			require.NoError(t, err)
		}
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Len(t, w.Alerts(t, p), 2, "each hazard once, by however many instances, after any silence")

		require.NoError(t, w.fix(t, w.manager, late))
		require.Equal(t, "closed", string(w.Alerts(t, p)[0].State), "mended is no alarm any more")
		require.NoError(t, w.recheck(t, w.supervisor, late, false))
		k.Clock.Set(time.Date(2026, 12, 9, 1, 0, 0, 0, time.UTC))
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Len(t, w.Alerts(t, p), 3, "a new round alarms anew")
		require.NoError(t, w.fix(t, w.manager, later))
	})
}

// More hazards than the job reads at once, and one that cannot be alarmed among them.
func TestOverdueHazardsInBatches(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	w, ctx := newWorld(t, k), t.Context()
	p := w.begin(t, core.Renovation, "carpentry")
	overdue := int64(1)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for i := range 250 {
			h := model.Hazard{
				ProjectID: p.ID, ID: id.New(), InspectionID: id.New(), StageKey: "carpentry", Title: "空鼓", Severity: model.Low, OwnerID: w.manager.ID,
				DueOn: "2026-11-20", State: model.HazardOpen, OverdueAt: &overdue,
			}
			if i == 7 {
				h.ProjectID = id.New() // of no project
			}
			require.NoError(t, model.AddHazardTx(ctx, tx, &h))
		}
		return nil
	})
	require.ErrorContains(t, w.AlarmOverdue(ctx), "not_found")
	require.Len(t, w.Alerts(t, p), 249)
	require.ErrorContains(t, w.AlarmOverdue(ctx), "not_found")
	require.Len(t, w.Alerts(t, p), 249)
}
