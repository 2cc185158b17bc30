package quality_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/quality"
	"guike/service/project"
	"guike/service/project/quality"
	"guike/testkit"
)

func TestThreeChecks(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.Reread(t, w.begin(t, core.CustomFurniture, "quality_check"))
		_, _, err := w.Projects.Assign(ctx, w.Boss, project.NewPerson{ProjectID: p.ID, StaffID: w.installer.ID})
		require.NoError(t, err)
		all := []string{"check_self_missing", "check_mutual_missing", "check_special_missing"}
		require.Equal(t, all, testkit.Fields(w.Complete(t, p, "quality_check")))

		require.NoError(t, w.check(t, w.installer, p, model.Self, false))
		require.Equal(t, []string{"check_self_failed", "check_mutual_missing", "check_special_missing"}, testkit.Fields(w.Complete(t, p, "quality_check")))
		require.Equal(t, "check.same_person", fault.Code(w.check(t, w.installer, p, model.Mutual, true)), "who failed one makes no other")
		require.NoError(t, w.check(t, w.installer, p, model.Self, true), "a later one takes the place of one that failed")
		require.Equal(t, "check.passed_already", fault.Code(w.check(t, w.manager, p, model.Self, true)))
		require.NoError(t, w.check(t, w.manager, p, model.Mutual, true))
		require.Equal(t, "check.special_role", fault.Code(w.check(t, w.installer, p, model.Special, true)))
		require.Equal(t, "check.special_role", fault.Code(w.check(t, w.manager, p, model.Special, true)))
		require.NoError(t, w.check(t, w.supervisor, p, model.Special, true))
		require.NoError(t, w.check(t, w.supervisor, p, model.Special, false), "what fails later counts, though it had passed")
		require.Equal(t, []string{"check_special_failed"}, testkit.Fields(w.Complete(t, p, "quality_check")))
		require.NoError(t, w.check(t, w.Boss, p, model.Special, true))
		require.NoError(t, w.Complete(t, p, "quality_check"))
		require.Equal(t, "check.stage_not_active", fault.Code(w.check(t, w.Boss, p, model.Special, true)))

		t.Run("are read by the home: who, when, passed or not", func(t *testing.T) {
			list, err := w.Checks(ctx, w.Guest, p.ID, "", db.Page{Limit: 10})
			require.NoError(t, err)
			require.Len(t, list.Items, 6)
			counting := map[model.CheckKind]id.ID{}
			for _, c := range list.Items {
				if c.Counts {
					counting[c.Kind] = c.CheckerID
				}
			}
			require.Equal(t, map[model.CheckKind]id.ID{model.Self: w.installer.ID, model.Mutual: w.manager.ID, model.Special: w.Boss.ID}, counting)
			of, err := w.Checks(ctx, w.Boss, p.ID, "installation", db.Page{Limit: 10})
			require.NoError(t, err)
			require.Empty(t, of.Items)
		})
		t.Run("do not count any more when the stage is reopened", func(t *testing.T) {
			_, _, err := w.Projects.ReopenStage(ctx, w.Boss, project.StageRef{ProjectID: p.ID, Key: "quality_check", Reason: "发现色差"})
			require.NoError(t, err)
			require.Equal(t, all, testkit.Fields(w.Complete(t, p, "quality_check")))
			require.NoError(t, w.check(t, w.manager, p, model.Self, true), "who made another check of an earlier round may make this one")
			list, err := w.Checks(ctx, w.Owner, p.ID, "quality_check", db.Page{Limit: 1})
			require.NoError(t, err)
			require.True(t, list.Items[0].Counts)
			require.Equal(t, 1, list.Items[0].Round)
			rest, err := w.Checks(ctx, w.Owner, p.ID, "quality_check", db.Page{Limit: 10, After: list.Next})
			require.NoError(t, err)
			require.Len(t, rest.Items, 6)
			for _, c := range rest.Items {
				require.False(t, c.Counts)
			}
		})
	})
}

func TestChecksRefuse(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	w, ctx := newWorld(t, k), t.Context()
	p := w.Reread(t, w.begin(t, core.CustomFurniture, "quality_check"))
	for name, c := range map[string]struct {
		who    actor.Actor
		change func(*quality.NewCheck)
		code   string
		at     string
	}{
		"unknown kind":          {w.manager, func(in *quality.NewCheck) { in.Kind = "fourth" }, "input.invalid", "body.kind"},
		"failed without a word": {w.manager, func(in *quality.NewCheck) { in.Passed = false }, "input.invalid", "body.note"},
		"an item failed":        {w.manager, func(in *quality.NewCheck) { in.Items = []model.CheckItem{{Name: "封边"}} }, "input.invalid", "body.passed"},
		"an item of no name":    {w.manager, func(in *quality.NewCheck) { in.Items = []model.CheckItem{{Passed: true}} }, "input.invalid", "body.items[0].name"},
		"31 items":              {w.manager, func(in *quality.NewCheck) { in.Items = make([]model.CheckItem, 31) }, "input.invalid", "body.items"},
		"ten photos":            {w.manager, func(in *quality.NewCheck) { in.Photos = make([]id.ID, 10) }, "input.invalid", "body.photos"},
		"unknown stage":         {w.manager, func(in *quality.NewCheck) { in.Stage = "roof" }, "not_found", ""},
		"pending stage":         {w.manager, func(in *quality.NewCheck) { in.Stage = "installation" }, "check.stage_not_active", "state"},
		"not in charge":         {w.installer, func(*quality.NewCheck) {}, "not_found", ""},
	} {
		in := quality.NewCheck{ProjectID: p.ID, Stage: "quality_check", Kind: model.Self, Passed: true}
		c.change(&in)
		_, _, err := w.PostCheck(ctx, c.who, in)
		require.Equal(t, c.code, fault.Code(err), name)
		require.Equal(t, c.at, testkit.Location(err), name)
	}
	in := quality.NewCheck{ProjectID: p.ID, Stage: "quality_check", Kind: model.Self, Passed: true, Items: []model.CheckItem{{Name: "封边", Passed: true}}, Photos: []id.ID{id.New()}, Once: once.Of("k", "op", "x")}
	r, _, err := w.PostCheck(ctx, w.manager, in)
	require.NoError(t, err)
	again, replayed, err := w.PostCheck(ctx, w.manager, in)
	require.NoError(t, err)
	require.True(t, replayed)
	require.Equal(t, r, again)
	c, err := w.Checked(ctx, r)
	require.NoError(t, err)
	require.Equal(t, []model.CheckItem{{Name: "封边", Passed: true}}, c.Items)
	require.Len(t, c.Photos, 1)
}

// A check shown without its items looks like one at which nothing was found wrong.
func TestCheckWhoseItemsCannotBeReadIsNotShown(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	w, ctx := newWorld(t, k), t.Context()
	p := w.Reread(t, w.begin(t, core.CustomFurniture, "quality_check"))
	r, _, err := w.PostCheck(ctx, w.manager, quality.NewCheck{
		ProjectID: p.ID, Stage: "quality_check", Kind: model.Self, Note: "封边不合格", Items: []model.CheckItem{{Name: "封边"}},
	})
	require.NoError(t, err)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return tx.Conn(ctx).Model(&model.Check{}).Where("id = ?", r.CheckID).UpdateColumn("items", `[{"name":"封边","pas`).Error
	})
	_, err = w.Checks(ctx, w.manager, p.ID, "", db.Page{Limit: 10})
	require.ErrorContains(t, err, "read items of check "+r.CheckID.String())
	require.Empty(t, fault.Code(err), "nobody but the house can act on it")
	_, err = w.Checked(ctx, r)
	require.ErrorContains(t, err, "read items of check")
}

func TestTwoPeopleMakeTheSameCheckAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.Reread(t, w.begin(t, core.CustomFurniture, "quality_check"))
		for range testkit.Rounds() {
			one(t, testkit.Together(
				func() error { return w.check(t, w.manager, p, model.Self, true) },
				func() error { return w.check(t, w.Boss, p, model.Self, true) },
			), "check.passed_already")
			one(t, testkit.Together( // the same person makes two of three at once: one of them counts
				func() error { return w.check(t, w.supervisor, p, model.Mutual, true) },
				func() error { return w.check(t, w.supervisor, p, model.Special, true) },
			), "check.same_person")
			w.Put(t, p, "quality_check")
			w.Tx(t, reopened(p))
		}
	})
}

func TestDefect(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.CustomFurniture, "installation")
		service := k.Staff(t, actor.CustomerService, identity.Store{}, actor.All)
		photo := id.New()
		in := quality.NewDefect{ProjectID: p.ID, Part: "主卧衣柜左门板", Detail: "划痕 12cm", Photos: []id.ID{photo}, Once: once.Of("k", "op", "x")}
		r, _, err := w.ReportDefect(ctx, w.supervisor, in)
		require.NoError(t, err)
		_, replayed, err := w.ReportDefect(ctx, w.supervisor, in)
		require.NoError(t, err)
		require.True(t, replayed)
		d, err := w.Reported(ctx, r)
		require.NoError(t, err)
		require.Equal(t, "installation", d.StageKey)
		require.Equal(t, k.Clock.Now().Add(2*hour), d.DueAt, "the two-hour clock")
		require.Equal(t, 1, w.OpenTasks(t, p, "defect"))
		require.Equal(t, []string{"defect_open"}, testkit.Fields(w.Complete(t, p, "installation")))

		move := func(who actor.Actor, state model.DefectState, version int64) error {
			_, err := w.ChangeDefect(ctx, who, quality.DefectChange{DefectID: r.DefectID, State: state, Note: "处理中", OrderNo: "B-7", ExpectedOn: "2026-11-23", Version: version})
			return err
		}
		require.NoError(t, move(service, model.DefectOrdered, 1))
		require.Equal(t, "defect.changed", fault.Code(move(service, model.DefectArrived, 1)))
		require.Equal(t, []string{"ordered"}, testkit.Fields(move(service, model.DefectArrived, 1)))
		require.Equal(t, "defect.state", fault.Code(move(service, model.DefectOrdered, 2)))
		require.Equal(t, "not_found", fault.Code(move(w.Stranger, model.DefectArrived, 2)))
		k.Clock.Advance(3 * hour)
		before, err := w.Defects(ctx, w.Owner, p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.True(t, before.Items[0].Overrun)
		require.NoError(t, move(service, model.DefectArrived, 2))
		require.NoError(t, move(w.manager, model.DefectFixed, 3))
		require.Zero(t, w.OpenTasks(t, p, "defect"))
		require.NoError(t, w.Complete(t, p, "installation"))

		list, err := w.Defects(ctx, w.Guest, p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.NotEqual(t, before.Tag, list.Tag)
		require.Len(t, list.Items, 1)
		d = list.Items[0]
		require.Equal(t, model.DefectFixed, d.State)
		require.True(t, d.ReplacementNeeded, "a part that was ordered was needed")
		require.Equal(t, "B-7", d.OrderNo)
		require.True(t, d.Overrun)
		require.Len(t, d.Steps, 4)
		require.Equal(t, []project.Picture{{URL: "/f/" + photo.String(), ThumbURL: "/t/" + photo.String()}}, d.Photos)
		require.Len(t, w.Told(t, p, model.EntryDefect), 4)
	})
}

func TestDefectRefuses(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	w, ctx := newWorld(t, k), t.Context()
	p := w.begin(t, core.CustomFurniture, "delivery")
	good := quality.NewDefect{ProjectID: p.ID, Part: "门板", Detail: "划痕", Photos: []id.ID{id.New()}}
	for name, c := range map[string]struct {
		who    actor.Actor
		change func(*quality.NewDefect)
		code   string
		at     string
	}{
		"no part":       {w.manager, func(in *quality.NewDefect) { in.Part = "" }, "input.invalid", "body.part"},
		"no detail":     {w.manager, func(in *quality.NewDefect) { in.Detail = "" }, "input.invalid", "body.detail"},
		"no photo":      {w.manager, func(in *quality.NewDefect) { in.Photos = nil }, "input.invalid", "body.photos"},
		"unknown stage": {w.manager, func(in *quality.NewDefect) { in.Stage = "roof" }, "input.invalid", "body.stage"},
		"not in charge": {w.installer, func(*quality.NewDefect) {}, "not_found", ""},
	} {
		in := good
		c.change(&in)
		_, _, err := w.ReportDefect(ctx, c.who, in)
		require.Equal(t, c.code, fault.Code(err), name)
		require.Equal(t, c.at, testkit.Location(err), name)
	}
	r, _, err := w.ReportDefect(ctx, w.manager, good)
	require.NoError(t, err)
	d, err := w.Reported(ctx, r)
	require.NoError(t, err)
	require.Equal(t, "delivery", d.StageKey, "the installation is not under way")
	for name, c := range map[string]struct {
		in quality.DefectChange
		at string
	}{
		"unknown state":       {quality.DefectChange{State: "lost", Version: 1}, "body.state"},
		"expected yesterday":  {quality.DefectChange{State: model.DefectOrdered, ExpectedOn: "2026-11-22", Version: 1}, "body.expected_on"},
		"back to the start":   {quality.DefectChange{State: model.DefectReported, Version: 1}, "state"},
		"of another version":  {quality.DefectChange{State: model.DefectFixed, Version: 9}, "state"},
		"number of the order": {quality.DefectChange{State: model.DefectOrdered, OrderNo: string(make([]rune, 65)), Version: 1}, "body.order_no"},
	} {
		c.in.DefectID = r.DefectID
		_, err := w.ChangeDefect(ctx, w.manager, c.in)
		require.Equal(t, c.at, testkit.Location(err), name)
	}
	_, err = w.ChangeDefect(ctx, w.manager, quality.DefectChange{DefectID: id.New(), State: model.DefectFixed, Version: 1})
	require.Equal(t, "not_found", fault.Code(err))
}

func TestDefectMovedByTwoAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.CustomFurniture, "installation")
		for range testkit.Rounds() {
			r, _, err := w.ReportDefect(ctx, w.manager, quality.NewDefect{ProjectID: p.ID, Part: "门板", Detail: "划痕", Photos: []id.ID{id.New()}})
			require.NoError(t, err)
			move := func(who actor.Actor, state model.DefectState) func() error {
				return func() error {
					_, err := w.ChangeDefect(ctx, who, quality.DefectChange{DefectID: r.DefectID, State: state, Version: 1})
					return err
				}
			}
			one(t, testkit.Together(move(w.manager, model.DefectFixed), move(w.Boss, model.DefectOrdered)), "defect.changed")
		}
	})
}
