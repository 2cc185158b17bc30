package project_test

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
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/project"
	"guike/service/project"
	"guike/testkit"
)

func TestWhoSeesAProject(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.Renovation)
		regional := actor.Actor{Kind: actor.Staff, ID: id.New(), RegionID: w.Shop.RegionID, Scope: actor.Region}
		nobody := actor.Actor{}
		noScope := w.manager
		noScope.Scope = actor.None
		for _, tt := range []struct {
			name string
			who  actor.Actor
			sees bool
		}{
			{"the project manager of the store", w.manager, true},
			{"an admin", w.admin, true},
			{"the head of the region", regional, true},
			{"an installer who is not named", w.installer, false},
			{"staff of another store", w.Stranger, false},
			{"staff without the permission", noScope, false},
			{"nobody", nobody, false},
			{"the customer on the staff's side", w.Owner, false},
		} {
			_, err := w.Plain(ctx, tt.who, p.ID)
			_, _, writeErr := w.StartStage(ctx, tt.who, project.StageRef{ProjectID: p.ID, Key: "measure"})
			rows, _, listErr := w.List(ctx, tt.who, project.Filter{}, db.Page{Limit: 20})
			require.NoError(t, listErr)
			if tt.sees {
				require.NoError(t, err, tt.name)
				require.Len(t, rows, 1, tt.name)
				continue
			}
			_, none := w.Plain(ctx, tt.who, id.New())
			require.Equal(t, none, err, "%s: another's project and no project are the same", tt.name)
			require.Equal(t, fault.Missing(), writeErr, tt.name)
			require.Empty(t, rows, tt.name)
		}
		_, err := w.Mine(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		_, err = w.Mine(ctx, w.Outsider, p.ID)
		require.Equal(t, fault.Missing(), err)
		_, err = w.MyTimeline(ctx, w.Outsider, p.ID, db.Page{Limit: 20})
		require.Equal(t, fault.Missing(), err)
		_, err = w.Mine(ctx, w.manager, p.ID)
		require.Equal(t, fault.Missing(), err, "staff have no homes")
	})
}

func TestMembersOfAHomeSeeItsProjects(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.Renovation)
		until := k.Clock.Now().Add(24 * time.Hour)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: w.Outsider.ID, HomeID: w.HomeID, Role: identity.HomeGuest, Since: tx.Now, Until: &until})
		})
		d, err := w.Mine(ctx, w.Outsider, p.ID)
		require.NoError(t, err)
		require.Equal(t, "guest", d.Member)
		rows, _, err := w.MyProjects(ctx, w.Outsider, db.Page{Limit: 20})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Len(t, rows[0].Stages, 12)
		require.Equal(t, w.manager.Name, rows[0].Responsible.Name)

		k.Clock.Advance(25 * time.Hour)
		_, err = w.Mine(ctx, w.Outsider, p.ID)
		require.Equal(t, fault.Missing(), err, "a guest's time runs out")
		rows, _, err = w.MyProjects(ctx, w.Outsider, db.Page{Limit: 20})
		require.NoError(t, err)
		require.Empty(t, rows)
	})
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, running := t.Context(), w.begin(t, model.CustomFurniture)
		w.Begin(t, w.admin, model.Renovation)
		_, _, err := w.StartStage(ctx, w.manager, project.StageRef{ProjectID: running.ID, Key: "measure"})
		require.NoError(t, err)
		count := func(f project.Filter) int {
			rows, _, err := w.List(ctx, w.admin, f, db.Page{Limit: 20})
			require.NoError(t, err)
			return len(rows)
		}
		require.Equal(t, 2, count(project.Filter{}))
		require.Equal(t, 2, count(project.Filter{StoreID: w.Shop.ID}))
		require.Equal(t, 0, count(project.Filter{StoreID: id.New()}))
		require.Equal(t, 1, count(project.Filter{State: model.Active}))
		require.Equal(t, 1, count(project.Filter{Person: w.manager.ID}))
		require.Equal(t, 2, count(project.Filter{Stage: "measure"}))
		require.Equal(t, 2, count(project.Filter{Customer: w.Owner.ID}))
		require.Equal(t, 0, count(project.Filter{Late: true}))
		k.Clock.Advance(48 * time.Hour) // measuring was to end on the 24th
		require.Equal(t, 1, count(project.Filter{Late: true}))
		d, err := w.Plain(ctx, w.admin, running.ID)
		require.NoError(t, err)
		require.True(t, d.Late())
		require.Equal(t, 3, w.ActualDays(d.Stages[0]))

		first, next, err := w.List(ctx, w.admin, project.Filter{}, db.Page{Limit: 1})
		require.NoError(t, err)
		second, end, err := w.List(ctx, w.admin, project.Filter{}, db.Page{Limit: 1, After: next})
		require.NoError(t, err)
		require.NotEqual(t, first[0].ID, second[0].ID)
		require.True(t, end.IsZero())
	})
}

func TestContact(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.Renovation)
		looks := func() int {
			rows, _, err := audit.Of(ctx, k.DB, identity.AccessKind, w.Owner.ID, db.Page{Limit: 100})
			require.NoError(t, err)
			return len(rows)
		}
		for range 3 {
			d, err := w.Detail(ctx, w.manager, p.ID)
			require.NoError(t, err)
			require.True(t, d.Contact.Full)
			require.Equal(t, "13800138000", d.Contact.Phone)
			require.Equal(t, "世纪大道 100 号", d.Contact.Address)
		}
		require.Equal(t, 1, looks(), "one audit row a day")
		k.Clock.Advance(24 * time.Hour)
		_, err := w.Detail(ctx, w.manager, p.ID)
		require.NoError(t, err)
		require.Equal(t, 2, looks())

		d, err := w.Detail(ctx, w.admin, p.ID)
		require.NoError(t, err)
		require.False(t, d.Contact.Full)
		require.Equal(t, "138******00", d.Contact.Phone)
		require.Equal(t, "王*明", d.Contact.Name)
		require.Equal(t, "****", d.Contact.Address)
		require.Equal(t, 2, looks())

		_, _, err = w.Cancel(ctx, w.manager, project.Cancel{ProjectID: p.ID, Reason: "x"})
		require.NoError(t, err)
		d, err = w.Detail(ctx, w.manager, p.ID)
		require.NoError(t, err)
		require.False(t, d.Contact.Full, "only for the time of the work")
	})
}

func TestServiceCode(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.Renovation)
		_, _, err := w.Assign(ctx, w.admin, project.NewPerson{ProjectID: p.ID, StaffID: w.installer.ID, Role: actor.ProjectManager, Note: "请接手"})
		require.NoError(t, err)

		card, err := w.ServiceCode(ctx, actor.Actor{}, strings.ToLower(p.ServiceCode))
		require.NoError(t, err)
		require.Len(t, card.People, 2, "now and before")
		require.Equal(t, "李建国", card.People[0].Name)
		require.Equal(t, "136******34", card.People[0].Phone)
		require.Equal(t, "0571-66668888", card.Store.Phone)
		require.Equal(t, "measure", card.Stage.Key)
		require.False(t, card.Member)

		card, err = w.ServiceCode(ctx, w.Owner, p.ServiceCode)
		require.NoError(t, err)
		require.Equal(t, "13600001234", card.People[1].Phone, "members of the home see it in full")
		card, err = w.ServiceCode(ctx, w.Outsider, p.ServiceCode)
		require.NoError(t, err)
		require.Equal(t, "136******34", card.People[1].Phone)

		for _, bad := range []string{"S0000000000000", "nonsense", "C" + p.ServiceCode[1:], ""} {
			_, err = w.ServiceCode(ctx, w.Owner, bad)
			require.Equal(t, fault.Missing(), err, bad)
			_, err = w.ServiceCodePNG(ctx, bad)
			require.Equal(t, fault.Missing(), err, bad)
		}
		picture, err := w.ServiceCodePNG(ctx, p.ServiceCode)
		require.NoError(t, err)
		require.Equal(t, p.ServiceCode, testkit.ScanQR(t, picture))
		again, err := w.ProjectCodePNG(ctx, w.manager, p.ID)
		require.NoError(t, err)
		require.Equal(t, picture, again)
		_, err = w.ProjectCodePNG(ctx, w.Stranger, p.ID)
		require.Equal(t, fault.Missing(), err)
	})
}

func TestTags(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p, file := t.Context(), w.begin(t, model.Renovation), id.New()
		both := func() (string, string) {
			d, err := w.Mine(ctx, w.Owner, p.ID)
			require.NoError(t, err)
			line, err := w.MyTimeline(ctx, w.Owner, p.ID, db.Page{Limit: 20})
			require.NoError(t, err)
			return d.Tag, line.Tag
		}
		detail, line := both()
		sameDetail, sameLine := both()
		require.Equal(t, detail, sameDetail)
		require.Equal(t, line, sameLine)
		post := func(text string) {
			_, _, err := w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: text, FileIDs: []id.ID{file}})
			require.NoError(t, err)
		}
		for name, change := range map[string]func(){
			"a log":             func() { post("one") },
			"an edit":           func() { post("two") },
			"a withdrawn photo": func() { post("three"); line, _ = "", ""; _, line = both(); w.Files.Withdraw(file) },
		} {
			change()
			_, now := both()
			require.NotEqual(t, line, now, name)
			line = now
		}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.ChangeStaff(ctx, tx, w.manager.ID, map[string]any{"name": "李建设"})
		})
		now, _ := both()
		require.NotEqual(t, detail, now, "a person in charge is called otherwise")
	})
}

// counted runs fn and returns how many statements it made.
func counted(t *testing.T, k *testkit.Kit, fn func() error) int {
	t.Helper()
	return len(k.Reads(t, func() { require.NoError(t, fn()) }))
}

func TestReadsMakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.CustomFurniture)
		_, _, err := w.Assign(ctx, w.manager, project.NewPerson{ProjectID: p.ID, StaffID: w.installer.ID})
		require.NoError(t, err)
		page := db.Page{Limit: 20}
		for day := range 20 {
			_, _, err := w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: fmt.Sprint(day), FileIDs: []id.ID{id.New(), id.New(), id.New()}})
			require.NoError(t, err)
			k.Clock.Advance(24 * time.Hour)
		}
		w.begin(t, model.Renovation)
		require.Equal(t, 5, counted(t, k, func() error { _, err := w.Mine(ctx, w.Owner, p.ID); return err }), "project, stages, people, staff, site calendar")
		require.Equal(t, 4, counted(t, k, func() error {
			line, err := w.MyTimeline(ctx, w.Owner, p.ID, page)
			require.Len(t, line.Entries, 20)
			require.Len(t, line.Entries[19].Photos, 3)
			return err
		}), "project, entries, photos, links")
		require.Equal(t, 5, counted(t, k, func() error { _, _, err := w.MyProjects(ctx, w.Owner, page); return err }))
		require.Equal(t, 5, counted(t, k, func() error { _, _, err := w.List(ctx, w.manager, project.Filter{}, page); return err }))
		_, err = w.Detail(ctx, w.manager, p.ID)
		require.NoError(t, err)
		require.Equal(t, 9, counted(t, k, func() error { _, err := w.Detail(ctx, w.manager, p.ID); return err }), "customer, home, look, earlier projects")
	})
}

func TestTimelineIsReadByItsPrimaryKey(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.CustomFurniture)
		for range 40 {
			_, _, err := w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "x", FileIDs: []id.ID{id.New(), id.New(), id.New()}})
			require.NoError(t, err)
			k.Clock.Advance(24 * time.Hour)
		}
		made := k.Reads(t, func() {
			line, err := w.MyTimeline(ctx, w.Owner, p.ID, db.Page{Limit: 20})
			require.NoError(t, err)
			_, err = w.MyTimeline(ctx, w.Owner, p.ID, db.Page{Limit: 20, After: line.Next})
			require.NoError(t, err)
		})
		checked := 0
		for _, s := range made {
			if !strings.Contains(s.SQL, "timeline_") {
				continue
			}
			checked++
			plan := k.Explain(t, s)
			if k.DB.Dialect() == db.SQLite {
				require.Contains(t, plan, "USING INDEX sqlite_autoindex_timeline_", s.SQL)
				require.NotContains(t, plan, "TEMP B-TREE", s.SQL)
				continue
			}
			require.Contains(t, plan, "PRIMARY", s.SQL)
			require.Regexp(t, "(?i)type=(ref|range)", plan, s.SQL)
			require.NotContains(t, plan, "filesort", s.SQL)
			require.NotContains(t, plan, "temporary", s.SQL)
		}
		require.Equal(t, 4, checked, "entries and photos of two pages")
	})
}
