package design_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project"
	"guike/service/project/design"
	"guike/testkit"
)

func TestASecondProjectBeginsWithTheHistory(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, page := t.Context(), db.Page{Limit: 20}
		begin := func(in design.NewDesign) design.Design {
			in.ProjectID = w.p.ID
			m, _, err := w.svc.Begin(ctx, w.manager, in)
			require.NoError(t, err)
			return w.read(m.DesignID)
		}
		old := w.p
		require.Empty(t, begin(design.NewDesign{Title: "全屋"}).Style)
		approve := func(title, room, style string) id.ID {
			d := begin(design.NewDesign{Title: title, Room: room, Style: style})
			n, f := w.version(d.ID)
			require.NoError(t, w.decide(w.Owner, d.ID, n, model.DecidedApprove))
			k.Clock.Advance(time.Minute)
			return f
		}
		bedroom := approve("主卧", "主卧", "新中式")
		living := approve("客厅", "客厅", "现代简约")
		_, _, err := w.svc.Note(ctx, w.designer, design.NewNote{ProjectID: w.p.ID, What: model.WhatNeed, Body: "放得下两个行李箱"})
		require.NoError(t, err)

		k.Clock.Advance(24 * time.Hour)
		w.p = w.begin()
		require.Equal(t, "新中式", begin(design.NewDesign{Title: "主卧翻新", Room: "主卧"}).Style, "the style of the same room")
		require.Equal(t, "现代简约", begin(design.NewDesign{Title: "书房", Room: "书房"}).Style, "else of what was approved last")
		require.Equal(t, "北欧", begin(design.NewDesign{Title: "厨房", Style: "北欧"}).Style)

		fresh := w.Staff(t, actor.Designer, w.Shop, actor.Own)
		_, err = w.svc.StaffHome(ctx, fresh, w.HomeID, page)
		require.Equal(t, "not_found", code(err), "who works for no project of the home sees nothing")
		w.assign(fresh.ID, actor.Designer, "请接手")
		_, err = core.Find(ctx, k.DB, fresh, old.ID)
		require.Equal(t, "not_found", code(err), "the old project is out of reach")
		all, err := w.svc.StaffHome(ctx, fresh, w.HomeID, page)
		require.NoError(t, err)
		require.Len(t, all.Items, 2)
		former := all.Items[1]
		require.Equal(t, old.ID, former.ID)
		require.Len(t, former.Stages, 12)
		require.Len(t, former.Designs, 2, "the approved ones")
		require.Equal(t, bedroom, former.Designs[0].Versions[0].Files[0].ID)
		require.Equal(t, living, former.Designs[1].Versions[0].Files[0].ID)
		require.Equal(t, "放得下两个行李箱", all.Needs[0].Body)
		require.Equal(t, "王*雨", former.Party, "masked")
		_, err = w.svc.StaffHome(ctx, w.Stranger, w.HomeID, page)
		require.Equal(t, "not_found", code(err))

		d, err := w.Projects.Detail(ctx, fresh, w.p.ID)
		require.NoError(t, err)
		require.Len(t, d.Earlier, 1)
		require.Equal(t, old.ID, d.Earlier[0].ID)
		d, err = w.Projects.Detail(ctx, w.manager, old.ID)
		require.NoError(t, err)
		require.Empty(t, d.Earlier)

		for _, member := range []actor.Actor{w.Owner, w.Family, w.Guest} {
			mine, err := w.svc.MyHome(ctx, member, w.HomeID, page)
			require.NoError(t, err)
			require.Len(t, mine.Items, 2)
			require.Empty(t, mine.Needs, "what staff noted is for staff")
			require.Equal(t, member == w.Owner, mine.Items[0].Mine)
			if member != w.Owner {
				require.Equal(t, "王*雨", mine.Items[0].Party)
			}
		}
		_, err = w.svc.MyHome(ctx, w.Outsider, w.HomeID, page)
		require.Equal(t, "not_found", code(err))
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			over := tx.Now.Add(-time.Minute)
			return identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: w.Guest.ID, HomeID: w.HomeID, Role: identity.HomeGuest, Since: over, Until: &over})
		})
		_, err = w.svc.MyHome(ctx, w.Guest, w.HomeID, page)
		require.Equal(t, "not_found", code(err), "a visit ends")
		_, err = w.svc.Mine(ctx, w.Guest, w.p.ID)
		require.Equal(t, "not_found", code(err))
	})
}

func TestReadsMakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, page := t.Context(), db.Page{Limit: 20}
		w.consent(w.Owner, true)
		fill := func() {
			for i := range 4 {
				of := w.design(fmt.Sprint("方案", i), "")
				_, _ = w.version(of)
				n, _ := w.version(of)
				require.NoError(t, w.decide(w.Owner, of, n, model.DecidedApprove))
				_, _ = w.version(of)
			}
			_, err := w.publish(w.story())
			require.NoError(t, err)
		}
		fill()
		count := func() (all []int) {
			for _, read := range []func() error{
				func() error { _, err := w.svc.Mine(ctx, w.Owner, w.p.ID); return err },
				func() error { _, _, err := w.svc.History(ctx, w.manager, w.p.ID, page); return err },
				func() error { _, err := w.svc.MyHome(ctx, w.Owner, w.HomeID, page); return err },
				func() error { _, err := w.svc.StaffHome(ctx, w.manager, w.HomeID, page); return err },
				func() error { _, _, err := w.svc.Library(ctx, model.CaseFilter{}, page); return err },
			} {
				all = append(all, len(k.Reads(t, func() { require.NoError(t, read()) })))
			}
			return all
		}
		require.Equal(t, []int{6, 5, 9, 10, 4}, count())
		for range 3 {
			w.p = w.begin()
			_, _, err := w.Projects.Assign(ctx, w.manager, project.NewPerson{ProjectID: w.p.ID, StaffID: w.designer.ID, Role: actor.Designer})
			require.NoError(t, err)
			fill()
		}
		require.Equal(t, []int{6, 5, 9, 10, 4}, count(), "whatever there is")
	})
}

// crowd fills the store with projects of other customers, each with an approved design and a case.
func (w *world) crowd(n int) {
	w.t.Helper()
	w.Tx(w.t, func(ctx context.Context, tx *db.Tx) error {
		var (
			projects []core.Project
			designs  []model.Design
			versions []model.Version
			files    []model.File
			events   []model.Event
			cases    []model.Case
			consents []identity.Consent
		)
		for i := range n {
			p, d, consent, at := w.p, id.New(), id.New(), tx.Now.Add(time.Duration(i)*time.Second)
			p.ID, p.CustomerID, p.HomeID, p.CreatedAt = id.New(), id.New(), id.New(), at
			p.No, p.ServiceCode = fmt.Sprintf("G%d", i), fmt.Sprintf("S%d", i)
			projects = append(projects, p)
			designs = append(designs, model.Design{ProjectID: p.ID, ID: d, State: model.Approved, Style: "北欧", Newest: 1, Shown: 1, Approved: 1, CreatedAt: at, UpdatedAt: at, Version: 1})
			versions = append(versions, model.Version{DesignID: d, Number: 1, CreatedAt: at})
			files = append(files, model.File{DesignID: d, Number: 1, FileID: id.New()})
			events = append(events, model.Event{ProjectID: p.ID, ID: id.New(), At: at, What: model.WhatNeed})
			cases = append(cases, model.Case{ID: id.New(), ProjectID: p.ID, Style: "北欧", State: model.CasePublished, ConsentedAt: at, ConsentID: consent, PublishedAt: at, Version: 1})
			consents = append(consents, identity.Consent{CustomerID: p.CustomerID, ID: consent, Policy: "privacy", Version: 1, Purpose: identity.PurposeCasePublication, Granted: true, At: at})
		}
		for _, rows := range []any{&projects, &designs, &versions, &files, &events, &cases, &consents} {
			if err := tx.Conn(ctx).CreateInBatches(rows, 100).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if w.DB.Dialect() != db.MySQL {
		return
	}
	for _, table := range hot {
		require.NoError(w.t, w.DB.Conn(w.t.Context()).Exec("ANALYZE TABLE "+table).Error)
	}
}

// hot are the tables that grow with the company.
var hot = []string{"designs", "design_versions", "design_files", "design_links", "design_events", "project_cases", "project_case_photos", "projects", "consents"}

func TestHotReadsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, page := t.Context(), db.Page{Limit: 20}
		w.consent(w.Owner, true)
		of := w.design("主卧", "主卧")
		n, _ := w.version(of)
		require.NoError(t, w.decide(w.Owner, of, n, model.DecidedApprove))
		shown, err := w.publish(w.story())
		require.NoError(t, err)
		w.crowd(2500)
		library := func(f model.CaseFilter) func() error {
			return func() error { _, _, err := w.svc.Library(ctx, f, page); return err }
		}
		for name, read := range map[string]func() error{
			"designs of a project": func() error { _, err := w.svc.Mine(ctx, w.Owner, w.p.ID); return err },
			"approved files":       func() error { _, err := model.ApprovedFiles(ctx, k.DB, w.p.ID); return err },
			"undecided":            func() error { _, err := model.Owed(ctx, k.DB, w.p.ID); return err },
			"style of home":        func() error { _, err := model.StyleOfHome(ctx, k.DB, w.HomeID, ""); return err },
			"history":              func() error { _, _, err := w.svc.History(ctx, w.manager, w.p.ID, page); return err },
			"one case":             func() error { _, err := w.svc.PublicCase(ctx, shown); return err },
			"case of a project":    func() error { _, err := w.svc.ProjectCase(ctx, w.manager, w.p.ID); return err },
			"home":                 func() error { _, err := w.svc.MyHome(ctx, w.Owner, w.HomeID, page); return err },
			"library":              library(model.CaseFilter{}),
			"library by style":     library(model.CaseFilter{Style: "北欧"}),
		} {
			for _, s := range k.Reads(t, func() { require.NoError(t, read(), name) }) {
				if !strings.Contains(s.SQL, "design") && !strings.Contains(s.SQL, "case") {
					continue
				}
				plan := k.Explain(t, s)
				require.NotRegexp(t, `(?m)^SCAN \w+$|type=ALL`, plan, "%s: %s", name, s.SQL)
				if strings.HasPrefix(name, "library") {
					require.NotRegexp(t, `TEMP B-TREE|filesort|temporary`, plan, "%s: %s", name, s.SQL)
				}
			}
		}
	})
}
