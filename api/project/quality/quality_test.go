package quality_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/testkit/apikit"
)

// site is a project under way, with its people in charge.
type site struct {
	*apikit.Home
	manager, supervisor apikit.Person
}

func newSite(t *testing.T, w *apikit.World) *site {
	t.Helper()
	home, boss := w.Home(t, "renovation", actor.StoreManager)
	s := &site{Home: home, manager: w.Staff(t, actor.ProjectManager, home.Shop), supervisor: w.Staff(t, actor.Supervisor, home.Shop)}
	s.Assign(t, s.manager)
	s.Assign(t, s.supervisor)
	w.Post(t, boss, s.StaffPath("/stages/measure/start"), nil).Is(200)
	return s
}

type hazard struct {
	ID           id.ID
	State        string
	PhotosBefore []struct{ URL string } `json:"photos_before"`
	PhotosAfter  []struct{ URL string } `json:"photos_after"`
	Owner        struct {
		ID   *id.ID
		Name string
	}
}

type page[T any] struct{ Items []T }

func TestStoryOfAHazard(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		report := map[string]any{
			"kind": "weekly", "summary": "发现一处隐患。", "photos": []id.ID{s.Snap(t, s.supervisor)},
			"hazards": []any{map[string]any{
				"title": "卫生间防水高度不足", "detail": "需增加 5cm", "severity": "high", "owner_staff_id": s.manager.ID, "due_on": "2026-11-25",
				"photos_before": []id.ID{s.Snap(t, s.supervisor)},
			}},
		}
		var i struct {
			ID      id.ID
			Hazards []hazard
		}
		w.Post(t, s.supervisor, s.StaffPath("/inspections"), report, "Idempotency-Key", "k1").Is(201).Into(&i)
		again := w.Post(t, s.supervisor, s.StaffPath("/inspections"), report, "Idempotency-Key", "k1").Is(201)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		w.Post(t, s.supervisor, s.StaffPath("/inspections"), report, "Idempotency-Key", "k2").Fails(409, "file.attached_elsewhere")
		w.Post(t, s.Stranger, s.StaffPath("/inspections"), report).Fails(404, "not_found")
		require.Len(t, i.Hazards, 1)
		h := i.Hazards[0].ID

		w.Post(t, s.Boss, s.StaffPath("/stages/measure/complete"), nil).Fails(409, "stage.conditions_unmet")
		fix := func(who apikit.Person) map[string]any {
			return map[string]any{"note": "已补刷防水", "photos": []id.ID{s.Snap(t, who)}}
		}
		path := "/v1/staff/hazards/" + h.String()
		w.Post(t, s.manager, path+"/fix", map[string]any{"note": "已补刷防水", "photos": []id.ID{}}).Fails(422, "input.invalid")
		w.Post(t, s.supervisor, path+"/fix", fix(s.supervisor)).Fails(403, "hazard.owner_only")
		w.Post(t, s.Stranger, path+"/fix", fix(s.Stranger)).Fails(404, "not_found")
		w.Post(t, s.manager, path+"/fix", fix(s.manager)).Is(200)
		w.Post(t, s.manager, path+"/fix", fix(s.manager)).Fails(409, "hazard.state")
		w.Post(t, s.manager, path+"/recheck", map[string]any{"passed": true}).Fails(409, "hazard.same_person")
		w.Post(t, s.supervisor, path+"/recheck", map[string]any{"passed": false, "note": "仍渗水"}).Fails(422, "input.invalid")
		w.Post(t, s.supervisor, path+"/recheck", map[string]any{"passed": true}).Is(200)
		w.Post(t, s.Boss, s.StaffPath("/stages/measure/complete"), nil).Is(200)
		w.Get(t, s.manager, path).Is(200)
		w.Get(t, s.Stranger, path).Fails(404, "not_found")

		for name, who := range map[string]apikit.Person{"owner": s.Owner, "family": s.Family, "guest": s.Guest} {
			var list page[hazard]
			answer := w.Get(t, who, s.MyPath("/hazards")).Is(200).Into(&list)
			require.Len(t, list.Items, 1, name)
			require.Equal(t, "passed", list.Items[0].State)
			require.Len(t, list.Items[0].PhotosBefore, 1)
			require.Len(t, list.Items[0].PhotosAfter, 1)
			require.Nil(t, list.Items[0].Owner.ID, "ids of people are for staff")
			require.NotEmpty(t, list.Items[0].Owner.Name)
			w.Get(t, who, s.MyPath("/hazards"), "If-None-Match", answer.Header.Get("ETag")).Is(304)
			w.Get(t, who, s.MyPath("/inspections")).Is(200)
			w.Get(t, who, s.MyPath("/inspections/"+i.ID.String())).Is(200)
			w.Get(t, who, s.MyPath("/hazards?standing=true")).Is(200).Into(&list)
			require.Empty(t, list.Items)
		}
		for _, rest := range []string{"/hazards", "/inspections", "/inspections/" + i.ID.String(), "/checks", "/defects"} {
			w.Get(t, s.Outsider, s.MyPath(rest)).Fails(404, "not_found")
			w.Get(t, s.Stranger, s.StaffPath(rest)).Fails(404, "not_found")
		}
		var timeline page[struct {
			Kind  string
			RefID id.ID `json:"ref_id"`
		}]
		w.Get(t, s.Owner, s.MyPath("/timeline")).Is(200).Into(&timeline)
		require.True(t, slices.ContainsFunc(timeline.Items, func(e struct {
			Kind  string
			RefID id.ID `json:"ref_id"`
		},
		) bool {
			return e.Kind == "inspection" && e.RefID == i.ID
		}))
	})
}

func TestStoryOfChecksAndADefect(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		check := func(who apikit.Person, kind string, passed bool) apikit.Answer {
			return w.Post(t, who, s.StaffPath("/stages/measure/checks"), map[string]any{"kind": kind, "passed": passed, "note": "已量尺"})
		}
		check(s.manager, "self", true).Is(201)
		check(s.manager, "mutual", true).Fails(409, "check.same_person")
		check(s.Boss, "self", true).Fails(409, "check.passed_already")
		check(s.supervisor, "special", false).Is(201)
		check(s.Boss, "special", true).Is(201)
		check(s.Stranger, "special", true).Fails(404, "not_found")
		w.Post(t, s.manager, s.StaffPath("/stages/design/checks"), map[string]any{"kind": "self", "passed": true}).Fails(409, "check.stage_not_active")
		w.Post(t, s.manager, s.StaffPath("/stages/roof/checks"), map[string]any{"kind": "self", "passed": true}).Fails(404, "not_found")
		w.Post(t, s.manager, s.StaffPath("/stages/measure/checks"), map[string]any{"kind": "fourth", "passed": true}).Fails(422, "input.invalid")
		var list page[struct {
			Kind           string
			Passed, Counts bool
		}]
		w.Get(t, s.Guest, s.MyPath("/checks?stage=measure")).Is(200).Into(&list)
		require.Len(t, list.Items, 3)
		require.True(t, list.Items[0].Counts)
		require.False(t, list.Items[1].Counts, "it was superseded")

		var d struct {
			ID      id.ID
			Version int64
			State   string
			Steps   []struct{ What string }
		}
		w.Post(t, s.manager, s.StaffPath("/defects"), map[string]any{
			"part": "门板", "detail": "划痕", "photos": []id.ID{s.Snap(t, s.manager)}, "replacement_needed": true,
		}).Is(201).Into(&d)
		w.Post(t, s.Boss, s.StaffPath("/stages/measure/complete"), nil).Fails(409, "stage.conditions_unmet")
		change := func(who apikit.Person, state string, version int64) apikit.Answer {
			return w.Do(t, who, http.MethodPut, "/v1/staff/defects/"+d.ID.String(), map[string]any{"state": state, "version": version, "note": "已处理"})
		}
		change(s.manager, "ordered", 1).Is(200)
		change(s.Boss, "fixed", 1).Fails(409, "defect.changed")
		change(s.Boss, "reported", 2).Fails(422, "input.invalid")
		change(s.Stranger, "fixed", 2).Fails(404, "not_found")
		change(s.Boss, "fixed", 2).Is(200)
		change(s.Boss, "arrived", 3).Fails(409, "defect.state")
		w.Post(t, s.Boss, s.StaffPath("/stages/measure/complete"), nil).Is(200)
		var defects page[struct {
			State string
			Steps []struct{ What string }
		}]
		w.Get(t, s.Family, s.MyPath("/defects")).Is(200).Into(&defects)
		require.Equal(t, "fixed", defects.Items[0].State)
		require.Len(t, defects.Items[0].Steps, 3)
	})
}
