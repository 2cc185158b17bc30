package handover_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	"guike/model/project/design"
	model "guike/model/project/handover"
	"guike/service/project"
	"guike/service/project/handover"
	"guike/testkit"
)

func (w *world) camera(p core.Project) handover.NewCamera {
	now := w.Clock.Now()
	return handover.NewCamera{ProjectID: p.ID, CameraForm: handover.CameraForm{
		Title: "水电布管直播", URL: "https://live.guike.cn/site/8f3a.m3u8?token=x", Stage: "plumbing_wiring", Opens: now.Add(time.Hour), Closes: now.Add(3 * time.Hour),
	}}
}

func TestCamerasShowTheirLinkWithinTheWindow(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.Renovation)
		in := w.camera(p)
		made, _, err := w.SetCamera(ctx, w.manager, in)
		require.NoError(t, err)
		look := func(who actor.Actor) (rows []model.Camera) {
			rows, err := w.MyCameras(ctx, who, p.ID)
			require.NoError(t, err)
			return rows
		}
		rows := look(w.Guest)
		require.Len(t, rows, 1)
		require.Empty(t, rows[0].URL, "before the window there is no link")
		require.Equal(t, in.Opens, rows[0].OpensAt.UTC(), "but when it opens")
		k.Clock.Set(in.Opens.Add(-time.Millisecond))
		require.Empty(t, look(w.Owner)[0].URL)
		k.Clock.Set(in.Opens)
		require.Equal(t, in.URL, look(w.Owner)[0].URL)
		require.Equal(t, in.URL, look(w.Guest)[0].URL, "guests watch too")
		k.Clock.Set(in.Closes.Add(-time.Millisecond))
		require.Equal(t, in.URL, look(w.Family)[0].URL)
		k.Clock.Set(in.Closes)
		require.Empty(t, look(w.Owner))
		_, err = w.MyCameras(ctx, w.Outsider, p.ID)
		require.Equal(t, "not_found", fault.Code(err))

		in.Opens, in.Closes = k.Clock.Now(), k.Clock.Now().Add(time.Hour)
		edit := handover.CameraEdit{CameraID: made.CameraID, Version: made.Version, CameraForm: in.CameraForm}
		_, err = w.ChangeCamera(ctx, w.Stranger, edit)
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.ChangeCamera(ctx, w.manager, edit)
		require.NoError(t, err)
		_, err = w.ChangeCamera(ctx, w.manager, edit)
		require.Equal(t, "camera.changed", fault.Code(err))
		require.Equal(t, in.URL, look(w.Owner)[0].URL)
		require.NoError(t, w.EndCamera(ctx, w.manager, made.CameraID))
		require.NoError(t, w.EndCamera(ctx, w.manager, made.CameraID), "again is no mistake")
		require.Empty(t, look(w.Owner))
		all, _, err := w.Cameras(ctx, w.manager, p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, all, 1, "staff still see it")

		entries, _, _, err := core.Timeline(ctx, k.DB, p.ID, core.ForStaff, db.Page{Limit: 100})
		require.NoError(t, err)
		for _, e := range entries {
			require.NotContains(t, e.Body+e.TitleZH+e.TitleEN, "://", "the link stays out of the timeline")
		}

		_, _, err = w.SetCamera(ctx, w.manager, in)
		require.NoError(t, err)
		_, _, err = w.projectCancel(ctx, p)
		require.NoError(t, err)
		require.Empty(t, look(w.Owner), "a cancelled project shows nothing live")
		_, _, err = w.SetCamera(ctx, w.Boss, in)
		require.Equal(t, "project.cancelled", fault.Code(err))
	})
}

func TestCamerasRefuse(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.Renovation)
		for name, c := range map[string]struct {
			at    string
			spoil func(*handover.NewCamera)
		}{
			"no title":         {"body.title", func(n *handover.NewCamera) { n.Title = "" }},
			"unknown stage":    {"body.stage", func(n *handover.NewCamera) { n.Stage = "moon" }},
			"no stage":         {"body.stage", func(n *handover.NewCamera) { n.Stage = "" }},
			"a private link":   {"body.url", func(n *handover.NewCamera) { n.URL = "https://192.168.1.4/cam" }},
			"ends before":      {"body.until", func(n *handover.NewCamera) { n.Closes = n.Opens }},
			"ended already":    {"body.until", func(n *handover.NewCamera) { n.Opens, n.Closes = k.Clock.Now().Add(-2*time.Hour), k.Clock.Now() }},
			"far too long":     {"body.until", func(n *handover.NewCamera) { n.Closes = n.Opens.Add(400 * 24 * time.Hour) }},
			"another age     ": {"body.from", func(n *handover.NewCamera) { n.Opens = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC) }},
		} {
			in := w.camera(p)
			c.spoil(&in)
			_, _, err := w.SetCamera(ctx, w.manager, in)
			require.Equal(t, c.at, testkit.Location(err), name)
		}
		for range model.MaxCameras {
			_, _, err := w.SetCamera(ctx, w.manager, w.camera(p))
			require.NoError(t, err)
		}
		_, _, err := w.SetCamera(ctx, w.manager, w.camera(p))
		require.Equal(t, "camera.too_many", fault.Code(err))
		_, _, err = w.SetCamera(ctx, w.Stranger, w.camera(p))
		require.Equal(t, "not_found", fault.Code(err))
	})
}

func TestTheScanShowsTheOrderAndIsLogged(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.CustomFurniture)
		note, _, err := w.AddSiteNote(ctx, w.manager, handover.NewSiteNote{ProjectID: p.ID, Text: "主卧飘窗下有地暖分水器。", Stage: "installation", FileIDs: []id.ID{id.New()}})
		require.NoError(t, err)
		w.Put(t, p, "acceptance")
		w.open(t, w.sheet(t, p, "acceptance"))
		w.Put(t, p, "installation")

		drawing := id.New()
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			d := design.Design{ProjectID: p.ID, ID: id.New(), Title: "厨房", State: design.Approved, Newest: 2, Shown: 2, Approved: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1}
			require.NoError(t, db.Insert(ctx, tx, &d))
			require.NoError(t, db.Insert(ctx, tx, &design.File{DesignID: d.ID, Number: 2, FileID: id.New()}))
			return db.Insert(ctx, tx, &design.File{DesignID: d.ID, Number: 1, FileID: drawing})
		})

		typed := " " + strings.ToLower(p.ServiceCode) + " "
		r, _, err := w.Scan(ctx, w.manager, handover.ScanOrder{Code: typed, Device: "HUAWEI Mate 60"})
		require.NoError(t, err)
		o, err := w.Order(ctx, w.manager, r.ProjectID)
		require.NoError(t, err)
		require.Equal(t, p.ID, o.ID)
		require.Len(t, o.Drawings, 1, "of the version that the customer approved")
		require.Equal(t, "/f/"+drawing.String(), o.Drawings[0].URL)
		require.Len(t, o.Notes, 1)
		require.Len(t, o.Notes[0].Photos, 1)
		require.Equal(t, "anchoring", o.Craft[0].Key)
		require.Equal(t, "台面避免高温直接接触。", o.Care[0].Text)
		require.Equal(t, "12 点到 14 点请勿使用电钻", o.Wishes[0].Value)
		require.Len(t, o.CareNotes, 1)
		require.Contains(t, o.CareNotes[0].Text, "家有老人午休")
		require.NotContains(t, o.CareNotes[0].Text, "13800138000", "phone numbers are masked")
		require.Len(t, o.People, 2)
		require.Equal(t, "客户对封边很在意", o.People[1].Note)

		for name, c := range map[string]struct {
			who  actor.Actor
			code string
		}{
			"out of reach":       {w.Stranger, p.ServiceCode},
			"not in charge":      {w.installer, p.ServiceCode},
			"a customer":         {w.Owner, p.ServiceCode},
			"no code":            {w.manager, "hello"},
			"a code of nothing":  {w.Boss, "S" + strings.Repeat("0", 13)},
			"another kind of it": {w.Boss, "M" + p.ServiceCode[1:]},
		} {
			_, _, err := w.Scan(ctx, c.who, handover.ScanOrder{Code: c.code})
			require.Equal(t, "not_found", fault.Code(err), name)
		}
		_, _, err = w.Scan(ctx, w.Boss, handover.ScanOrder{Code: p.ServiceCode, Device: strings.Repeat("长", 101)})
		require.Equal(t, "body.device", testkit.Location(err))
		scans, _, err := w.Scans(ctx, w.Boss, p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, scans, 1, "each scan is logged, a refused one is none")
		require.Equal(t, w.manager.ID, scans[0].StaffID)
		require.Equal(t, "HUAWEI Mate 60", scans[0].Device)
		require.Equal(t, k.Clock.Now(), scans[0].At.UTC())

		require.Empty(t, w.Told(t, p, model.EntrySiteNote), "customers do not see site notes")
		require.NoError(t, w.WithdrawSiteNote(ctx, w.manager, note.NoteID))
		require.Equal(t, "not_found", fault.Code(w.WithdrawSiteNote(ctx, w.manager, note.NoteID)))
		notes, err := w.SiteNotes(ctx, w.manager, p.ID)
		require.NoError(t, err)
		require.Empty(t, notes)
		_, _, err = w.AddSiteNote(ctx, w.Stranger, handover.NewSiteNote{ProjectID: p.ID, Text: "x"})
		require.Equal(t, "not_found", fault.Code(err))
		_, _, err = w.AddSiteNote(ctx, w.manager, handover.NewSiteNote{ProjectID: p.ID, Text: "x", Stage: "moon"})
		require.Equal(t, "body.stage", testkit.Location(err))
	})
}

func TestCraftIsExplained(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.Renovation)
		notes, err := w.MyCraftNotes(ctx, w.Guest, p.ID)
		require.NoError(t, err)
		require.Len(t, notes, 7, "the notes of a renovation's stages")
		require.Equal(t, "conduit_spacing", notes[0].Key, "in the order of the stages")
		require.Equal(t, "Why power and data conduits keep 30 cm apart", notes[0].TitleEN)
		_, err = w.MyCraftNotes(ctx, w.Outsider, p.ID)
		require.Equal(t, "not_found", fault.Code(err))

		form := handover.CraftForm{Stage: "carpentry", TitleZH: "石膏板为什么错缝", Text: "错缝能减少开裂。", Active: true, FileIDs: []id.ID{id.New()}}
		made, _, err := w.AddCraftNote(ctx, w.centre, handover.NewCraftNote{Key: "gypsum_joints", CraftForm: form})
		require.NoError(t, err)
		_, _, err = w.AddCraftNote(ctx, w.centre, handover.NewCraftNote{Key: "gypsum_joints", CraftForm: form})
		require.Equal(t, "craft_note.key_taken", fault.Code(err))
		former := form.FileIDs[0]
		form.FileIDs = []id.ID{id.New()}
		_, err = w.ChangeCraftNote(ctx, w.centre, handover.CraftEdit{NoteID: made.NoteID, Version: 1, CraftForm: form})
		require.NoError(t, err)
		require.Zero(t, w.Files.AttachedTo(former), "a picture that is shown no more is freed")
		form.Active = false
		edit := handover.CraftEdit{NoteID: made.NoteID, Version: 1, CraftForm: form}
		_, err = w.ChangeCraftNote(ctx, w.centre, edit)
		require.Equal(t, "craft_note.changed", fault.Code(err))
		notes, err = w.MyCraftNotes(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		require.Len(t, notes, 8)
		edit.Version = 2
		_, err = w.ChangeCraftNote(ctx, w.centre, edit)
		require.NoError(t, err)
		notes, err = w.MyCraftNotes(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		require.Len(t, notes, 7, "what is not active is shown to nobody")
		library, _, err := w.CraftLibrary(ctx, db.Page{Limit: 100})
		require.NoError(t, err)
		require.Len(t, library, 9)
		k.Tx(t, handover.SeedTx)
		library, _, err = w.CraftLibrary(ctx, db.Page{Limit: 100})
		require.NoError(t, err)
		require.Len(t, library, 9, "seeding again changes nothing")
		form.Text = " "
		_, _, err = w.AddCraftNote(ctx, w.centre, handover.NewCraftNote{Key: "x", CraftForm: form})
		require.Equal(t, "body.text", testkit.Location(err))
	})
}

func (w *world) projectCancel(ctx context.Context, p core.Project) (any, bool, error) {
	return w.Projects.Cancel(ctx, w.Boss, project.Cancel{ProjectID: p.ID, Reason: "客户暂停装修计划"})
}

// TestHotReadsGoByKeys asks the stores how they find what a customer polls.
func TestHotReadsGoByKeys(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.Renovation)
		for i := range 3 {
			w.promise(t, p, fmt.Sprintf("承诺 %d", i))
			other := w.begin(t, core.Renovation)
			w.Put(t, other, "tiling")
			w.open(t, w.sheet(t, other, "tiling"))
		}
		w.Put(t, p, "tiling")
		require.NoError(t, w.sign(t, w.Owner, w.open(t, w.sheet(t, p, "tiling"))))
		_, _, err := w.SetCamera(ctx, w.manager, w.camera(p))
		require.NoError(t, err)

		made := k.Reads(t, func() {
			_, err := w.MyPromises(ctx, w.Owner, p.ID)
			require.NoError(t, err)
		})
		require.Len(t, made, 2)
		sheets := k.Reads(t, func() {
			_, err := w.MyAcceptances(ctx, w.Owner, p.ID, db.Page{Limit: 20})
			require.NoError(t, err)
		})
		require.Len(t, sheets, 7, "however many sheets there are")
		made = append(append(made, sheets...), k.Reads(t, func() {
			_, err := w.MyCameras(ctx, w.Owner, p.ID)
			require.NoError(t, err)
			_, err = model.AcceptanceByID(ctx, k.DB, id.New())
			require.Error(t, err)
			_, err = model.PromiseByID(ctx, k.DB, id.New())
			require.Error(t, err)
		})...)
		for _, s := range made {
			if strings.Contains(s.SQL, "home_members") || strings.Contains(s.SQL, "project_stages") {
				continue // the domain's own reads
			}
			plan := k.Explain(t, s)
			if k.DB.Dialect() == db.SQLite {
				require.Contains(t, plan, "SEARCH", s.SQL)
				require.NotContains(t, plan, "SCAN", s.SQL)
				continue
			}
			require.NotRegexp(t, "(?i)type=(ALL|index) ", plan, s.SQL)
		}
	})
}
