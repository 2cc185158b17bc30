package design_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/design"
	goods "guike/model/project/material"
	"guike/service/project"
	"guike/service/project/budget"
	"guike/service/project/design"
	"guike/service/project/material"
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

// change asks for a change, quotes it, and has the owner approve it.
func (w *world) change(title string, fen int64) {
	w.t.Helper()
	ctx, room := w.t.Context(), budget.New(w.Journal)
	asked, _, err := room.Ask(ctx, w.Family, budget.NewOrder{ProjectID: w.p.ID, Title: title, Text: "客厅"})
	require.NoError(w.t, err)
	_, _, err = room.Quote(ctx, w.manager, budget.NewOffer{OrderID: asked.OrderID, Lines: []budget.OfferLine{{Text: title, AmountFen: fen}}, Days: 2, ValidUntil: w.DB.Now().Add(time.Hour)})
	require.NoError(w.t, err)
	_, _, err = room.Decide(ctx, w.Owner, budget.Decision{OrderID: asked.OrderID, Version: 1, Approve: true})
	require.NoError(w.t, err)
}

// build adds a material to the catalogue and builds a batch of it in.
func (w *world) build(name, place string) (batch goods.Batch, install id.ID) {
	w.t.Helper()
	ctx, room := w.t.Context(), material.New(w.Journal, rand.Reader, "http://test/")
	m, _, err := room.Add(ctx, w.manager, once.Key{}, material.Form{Name: name, Brand: "兔宝宝", Category: "板材", Grade: "ENF", Unit: "张", Active: true})
	require.NoError(w.t, err)
	batch, _, err = room.AddBatch(ctx, w.manager, once.Key{}, m.ID, material.NewBatch{BatchNo: name + "-A3"})
	require.NoError(w.t, err)
	in, _, err := room.Install(ctx, w.manager, material.NewInstall{ProjectID: w.p.ID, BatchID: batch.ID, Place: place, Quantity: 12})
	require.NoError(w.t, err)
	return batch, in.ID
}

func TestHistoryTellsMaterialsAndChanges(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, page := t.Context(), db.Page{Limit: 20}
		w.change("增加全屋智能", 860_000)
		w.change("取消吊柜", -60_000)
		_, _, err := budget.New(w.Journal).Ask(ctx, w.Family, budget.NewOrder{ProjectID: w.p.ID, Title: "加窗帘", Text: "未报价"})
		require.NoError(t, err)
		board, _ := w.build("多层板", "主卧衣柜")
		_, mistake := w.build("颗粒板", "书柜")
		room := material.New(w.Journal, rand.Reader, "http://test/")
		require.NoError(t, room.WithdrawInstall(ctx, w.manager, w.p.ID, mistake, "录错"))
		_, _, err = room.Recall(ctx, w.manager, material.NewRecall{BatchID: board.ID, Reason: "甲醛超标", Instruction: "更换"})
		require.NoError(t, err)
		k.Clock.Advance(24 * time.Hour)
		w.p = w.begin()

		for name, c := range map[string]struct {
			who     actor.Actor
			amounts bool
		}{
			"the contract party": {w.Owner, true}, "another owner": {w.Wife, true}, "family": {w.Family, false}, "a guest": {w.Guest, false},
			"staff": {w.manager, false},
		} {
			read := w.svc.MyHome
			if c.who.Kind == actor.Staff {
				read = w.svc.StaffHome
			}
			all, err := read(ctx, c.who, w.HomeID, page)
			require.NoError(t, err, name)
			require.Len(t, all.Items, 2)
			require.Empty(t, all.Items[0].Changes)
			require.Empty(t, all.Items[0].Built)
			former := all.Items[1]
			require.Len(t, former.Changes, 2, "what was approved")
			require.Equal(t, "增加全屋智能", former.Changes[0].Title)
			require.Equal(t, 2, former.Changes[0].Days)
			require.Equal(t, c.amounts, former.Changes[0].AmountFen != nil, name)
			if c.amounts {
				require.EqualValues(t, -60_000, *former.Changes[1].AmountFen)
			}
			require.Len(t, former.Built, 1, "what was entered by mistake is not there")
			built := former.Built[0]
			require.Equal(t, [4]string{"多层板", "兔宝宝", board.Code, "主卧衣柜"}, [4]string{built.Material.Name, built.Material.Brand, built.Batch.Code, built.Place})
			require.True(t, built.Recalled(), "what was called back is still in the home")
		}
	})
}

func TestReadsMakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, page := t.Context(), db.Page{Limit: 20}
		w.consent(w.Owner, true)
		fill := func() {
			w.change("加窗帘", 100)
			w.build("多层板 "+w.p.No, "主卧衣柜")
			w.build("踢脚线 "+w.p.No, "客厅")
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
		require.Equal(t, []int{6, 5, 13, 14, 4}, count())
		for range 3 {
			w.p = w.begin()
			_, _, err := w.Projects.Assign(ctx, w.manager, project.NewPerson{ProjectID: w.p.ID, StaffID: w.designer.ID, Role: actor.Designer})
			require.NoError(t, err)
			fill()
		}
		require.Equal(t, []int{6, 5, 13, 14, 4}, count(), "whatever there is")
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
				if !strings.Contains(s.SQL, "design") && !strings.Contains(s.SQL, "case") && !strings.Contains(s.SQL, "project_installs") && !strings.Contains(s.SQL, "change_orders") {
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
