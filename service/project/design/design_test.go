package design_test

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
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project"
	"guike/service/project/design"
	"guike/testkit"
)

// TestDesigns runs what needs no store of its own in one, each in a project of its own.
func TestDesigns(t *testing.T) {
	t.Parallel()
	steps := []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"the stage waits for the customer", stageWaitsForTheCustomer},
		{"a decision sent twice is one", aDecisionSentTwice},
		{"who decides, and who sees", whoDecides},
		{"drafts stay inside", draftsStayInside},
		{"a version shows pictures and documents", aVersionShowsPicturesAndDocuments},
		{"views count people and days", views},
		{"a successor reads the history", historyOfDesigns},
		{"a design is withdrawn", withdrawnDesigns},
	}
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		for _, step := range steps {
			t.Run(step.name, func(t *testing.T) { step.run(t, newWorld(t, k)) })
		}
	})
}

func TestRoundsOfADesign(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		of := w.design("主卧衣柜", "主卧")
		require.Equal(t, model.Draft, w.read(of).State)
		require.Equal(t, "not_found", code(w.decide(w.Owner, of, 1, model.DecidedApprove)), "nothing was shown")

		var files []id.ID
		for round := 1; round <= 3; round++ {
			n, f := w.version(of)
			require.Equal(t, round, n)
			files = append(files, f)
			require.Equal(t, model.Waiting, w.read(of).State)
			require.Zero(t, w.rows("tasks", "kind = ? AND state = 'open'", design.TaskChanges), "what was owed is done with the next version")
			require.NoError(t, w.decide(w.Owner, of, n, model.DecidedChanges))
			require.EqualValues(t, round, w.rows("tasks", "kind = ? AND owner_id = ?", design.TaskChanges, w.designer.ID))
			alerts := int64(0)
			if round == 3 {
				alerts = 1
			}
			require.Equal(t, alerts, w.rows("alerts", "kind = ? AND level = 1 AND state <> 'closed'", design.AlertObjection), "K1, from the third round on")
		}
		d := w.read(of)
		require.Equal(t, model.Changes, d.State)
		require.Equal(t, 3, d.Rounds)
		require.Empty(t, w.approved())

		n, last := w.version(of)
		err := w.decide(w.Owner, of, n-1, model.DecidedApprove)
		require.Equal(t, "design.changed", code(err))
		require.Equal(t, "body.version outdated", field(t, err))
		f, _ := fault.Of(err)
		require.Contains(t, f.Fields[0].Text.EN, "4", "the current state comes with the refusal")
		require.NoError(t, w.decide(w.Owner, of, n, model.DecidedApprove))
		require.Zero(t, w.rows("alerts", "kind = ? AND state <> 'closed'", design.AlertObjection))
		err = w.decide(w.Owner, of, n, model.DecidedChanges)
		require.Equal(t, "design.decided", code(err))
		require.Equal(t, "body.decision approved", field(t, err))
		require.Equal(t, []id.ID{last}, w.approved())
		require.Equal(t, model.Approved, w.read(of).State)

		n, _ = w.version(of)
		d = w.read(of)
		require.Equal(t, model.Waiting, d.State, "a later version needs a decision of its own")
		require.Equal(t, [2]int{5, 4}, [2]int{d.Shown, d.Approved})
		require.Equal(t, []id.ID{last}, w.approved(), "what was approved last is what is built")
		require.Equal(t, "waiting", d.Versions[0].Standing)
		require.Equal(t, "approved", d.Versions[1].Standing)
		require.Equal(t, "changes", d.Versions[2].Standing)
		_, _ = w.version(of)
		require.Equal(t, "superseded", w.read(of).Versions[1].Standing)
		require.Equal(t, "design.changed", code(w.decide(w.Owner, of, n, model.DecidedApprove)))

		require.Len(t, w.Told(w.t, w.p, model.EntryPosted), 6)
		require.Len(t, w.Told(w.t, w.p, model.EntryChanges), 3)
		require.Len(t, w.Told(w.t, w.p, model.EntryApproved), 1)
		require.Equal(t, 6, w.Owed(w.t, w.p, core.TopicEntryPosted), "the home is told of each version, and not of what it decided itself")
		require.Equal(t, 4, w.Owed(w.t, w.p, model.TopicDecided))
		require.Len(t, files, 3)
	})
}

func stageWaitsForTheCustomer(t *testing.T, w *world) {
	move := func(act func(context.Context, actor.Actor, project.StageRef) (project.StageResult, bool, error), key string) error {
		_, _, err := act(t.Context(), w.manager, project.StageRef{ProjectID: w.p.ID, Key: key})
		return err
	}
	require.NoError(t, move(w.Projects.StartStage, "measure"))
	of := w.design("全屋", "")
	require.NoError(t, move(w.Projects.CompleteStage, "measure"), "other stages do not ask")
	require.NoError(t, move(w.Projects.StartStage, "design"))
	n, _ := w.version(of)
	refused := move(w.Projects.CompleteStage, "design")
	require.Equal(t, "stage.conditions_unmet", code(refused))
	require.Equal(t, "path.key design_undecided", field(t, refused))
	require.NoError(t, w.decide(w.Owner, of, n, model.DecidedChanges))
	require.Equal(t, "path.key design_undecided", field(t, move(w.Projects.CompleteStage, "design")), "the changes are owed")
	other := w.design("不要的方案", "")
	_, _ = w.version(other)
	n, _ = w.version(of)
	require.NoError(t, w.decide(w.Owner, of, n, model.DecidedApprove))
	require.Equal(t, "path.key design_undecided", field(t, move(w.Projects.CompleteStage, "design")))
	_, _, err := w.svc.Withdraw(t.Context(), w.designer, design.Withdrawal{DesignID: other, Reason: "客户不要了"})
	require.NoError(t, err)
	require.NoError(t, move(w.Projects.CompleteStage, "design"))
}

func TestOneDecisionPerVersion(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		of := w.design("主卧衣柜", "主卧")
		for round := range testkit.Rounds() {
			n, _ := w.version(of)
			errs := testkit.Together(
				func() error { return w.decide(w.Owner, of, n, model.DecidedApprove) },
				func() error { return w.decide(w.Wife, of, n, model.DecidedChanges) },
			)
			lost := errs[0]
			if lost == nil {
				lost = errs[1]
			} else {
				require.NoError(t, errs[1], "round %d: one of both stands", round)
			}
			require.Equal(t, "design.decided", code(lost), "round %d", round)
		}
		require.Equal(t, testkit.Rounds(), w.Owed(w.t, w.p, model.TopicDecided))
		require.EqualValues(t, testkit.Rounds(), w.rows("design_events", "what IN ?", []model.What{model.WhatApproved, model.WhatChanges}))
	})
}

func aDecisionSentTwice(t *testing.T, w *world) {
	of := w.design("主卧衣柜", "主卧")
	n, _ := w.version(of)
	in := design.NewDecision{DesignID: of, Number: n, Decision: model.DecidedApprove, Once: once.Of("k-1", "design-decide", n)}
	for again := range 3 {
		_, replayed, err := w.svc.Decide(t.Context(), w.Owner, in)
		require.NoError(t, err)
		require.Equal(t, again > 0, replayed)
	}
	require.Len(t, w.Told(w.t, w.p, model.EntryApproved), 1)
}

func whoDecides(t *testing.T, w *world) {
	of := w.design("主卧衣柜", "主卧")
	n, f := w.version(of)
	for who, want := range map[*actor.Actor]string{
		&w.Family: "home.owner_only", &w.Guest: "home.owner_only", &w.Outsider: "not_found", &w.manager: "not_found", {}: "not_found",
	} {
		require.Equal(t, want, code(w.decide(*who, of, n, model.DecidedApprove)))
	}
	for _, who := range []actor.Actor{w.Owner, w.Family, w.Guest} {
		l, err := w.svc.Mine(t.Context(), who, w.p.ID)
		require.NoError(t, err)
		require.Equal(t, f, l.Designs[0].Versions[0].Files[0].ID)
	}
	_, err := w.svc.Mine(t.Context(), w.Outsider, w.p.ID)
	require.Equal(t, "not_found", code(err))
	_, err = w.svc.MyDesign(t.Context(), w.Outsider, of)
	require.Equal(t, "not_found", code(err))

	_, _, err = w.svc.Begin(t.Context(), w.Stranger, design.NewDesign{ProjectID: w.p.ID, Title: "x"})
	require.Equal(t, "not_found", code(err))
	_, _, err = w.svc.AddVersion(t.Context(), w.Stranger, design.NewVersion{DesignID: of, DifferenceNote: "x", FileIDs: []id.ID{w.photo(w.Stranger)}})
	require.Equal(t, "not_found", code(err))
	_, err = w.svc.Design(t.Context(), w.Stranger, of)
	require.Equal(t, "not_found", code(err))
	_, _, err = w.svc.History(t.Context(), w.Stranger, w.p.ID, db.Page{Limit: 5})
	require.Equal(t, "not_found", code(err))
	_, err = w.svc.Design(t.Context(), w.manager, id.New())
	require.Equal(t, "not_found", code(err))
}

func draftsStayInside(t *testing.T, w *world) {
	ctx, of := t.Context(), w.design("主卧衣柜", "主卧")
	add := func() int {
		m, _, err := w.svc.AddVersion(ctx, w.designer, design.NewVersion{DesignID: of, DifferenceNote: "试试", FileIDs: []id.ID{w.photo(w.designer)}, Draft: true})
		require.NoError(t, err)
		return m.Number
	}
	submit := func(n int) error {
		_, _, err := w.svc.Submit(ctx, w.designer, design.VersionRef{DesignID: of, Number: n})
		return err
	}
	one := add()
	l, err := w.svc.Mine(ctx, w.Owner, w.p.ID)
	require.NoError(t, err)
	require.Empty(t, l.Designs)
	_, err = w.svc.MyDesign(ctx, w.Owner, of)
	require.Equal(t, "not_found", code(err))
	require.Equal(t, "not_found", code(w.svc.View(ctx, w.Owner, design.VersionRef{DesignID: of, Number: one})))
	require.Empty(t, w.Told(w.t, w.p, model.EntryPosted))

	require.Equal(t, "not_found", code(submit(7)))
	two := add()
	require.Equal(t, "design.not_newest", code(submit(one)))
	require.NoError(t, submit(two))
	require.Equal(t, "design.not_newest", code(submit(two)))
	three := add()
	d, err := w.svc.MyDesign(ctx, w.Owner, of)
	require.NoError(t, err)
	require.Len(t, d.Versions, 1, "neither the draft before nor the one after")
	require.Equal(t, two, d.Versions[0].Number)
	require.NoError(t, w.decide(w.Owner, of, two, model.DecidedApprove), "a draft does not stand in the way")
	staff, err := w.svc.OfProject(ctx, w.designer, w.p.ID)
	require.NoError(t, err)
	require.Equal(t, three, staff.Designs[0].Versions[0].Number)
	require.Equal(t, "draft", staff.Designs[0].Versions[0].Standing)
}

func TestBadVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	of := w.design("主卧衣柜", "主卧")
	add := func(n design.NewVersion) error {
		n.DesignID = of
		_, _, err := w.svc.AddVersion(t.Context(), w.designer, n)
		return err
	}
	link := func(kind model.LinkKind, url string) design.NewVersion {
		return design.NewVersion{Links: []model.Link{{Kind: kind, URL: url, Title: "漫游"}}}
	}
	many := make([]id.ID, 21)
	for i := range many {
		many[i] = id.New()
	}
	one := w.photo(w.designer)
	for name, test := range map[string]struct {
		in   design.NewVersion
		want string
	}{
		"nothing":               {design.NewVersion{}, "body.file_ids required"},
		"too many files":        {design.NewVersion{FileIDs: many}, "body.file_ids too_many"},
		"a file twice":          {design.NewVersion{FileIDs: []id.ID{one, one}}, "body.file_ids repeated"},
		"a file of nobody":      {design.NewVersion{FileIDs: []id.ID{id.New()}}, "body.file_ids[0] not_found"},
		"a file of others":      {design.NewVersion{FileIDs: []id.ID{w.photo(w.Stranger)}}, "body.file_ids[0] not_found"},
		"too long a note":       {design.NewVersion{FileIDs: []id.ID{one}, DifferenceNote: strings.Repeat("长", 2001)}, "body.difference_note too_long"},
		"control characters":    {design.NewVersion{FileIDs: []id.ID{one}, DifferenceNote: "a\x00b"}, "body.difference_note characters"},
		"unknown kind":          {link("film", "https://vr.example-cloud.com/a"), "body.links[0].kind unknown"},
		"model of another form": {link(model.LinkModel, "https://cdn.example-cloud.com/a.exe?x=.glb"), "body.links[0].url not_allowed"},
		"untitled":              {design.NewVersion{Links: []model.Link{{Kind: "vr", URL: "https://vr.example-cloud.com/a"}}}, "body.links[0].title required"},
	} {
		require.Equal(t, test.want, field(t, add(test.in)), name)
	}
	for _, bad := range []string{
		"", "http://vr.example-cloud.com/a", "javascript:alert(1)", "//vr.example-cloud.com/a", "https:vr.example-cloud.com", "https:///a",
		"https://user:pw@vr.example-cloud.com/", "https://vr.example-cloud.com@evil.com/", "https://localhost/a", "https://intranet/a",
		"https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://127.1/", "https://0x7f.0x1/", "https://1.2.3.4.:443/",
		"https://a.localhost/", "https://db.internal/", "https://nas.local/", "https://vr.example-cloud.com./", "https://-a.com/", "https://a..com/",
		"https://vr.example-cloud.com:0/", "https://vr.example-cloud.com:99999/", "https://vr.example-cloud.com:/", "https://商城.com/", "https://a_b.com/",
		"https://vr.example-cloud.com/a b", "https://vr.example-cloud.com/a\"onload=x", "https://vr.example-cloud.com\\@evil.com/", "https://vr.example-cloud.com/\n",
		"https://vr.example-cloud.com/" + strings.Repeat("a", 500), "https://" + strings.Repeat("a", 64) + ".com/",
	} {
		require.Equal(t, "body.links[0].url malformed", field(t, add(link(model.LinkVR, bad))), bad)
	}
	good := link(model.LinkModel, "https://CDN.example-cloud.com:8443/m/chair.USDZ?v=2#ar")
	good.Links = append(good.Links, model.Link{Kind: model.LinkVR, URL: "https://xn--fiqs8s.xn--p1ai/tour", Title: "漫游"})
	require.NoError(t, add(good))
	require.Equal(t, "body.difference_note required", field(t, add(design.NewVersion{FileIDs: []id.ID{one}})), "from the second version on")
	require.Equal(t, good.Links[0].URL, w.read(of).Versions[0].Links[0].URL, "kept as it came")

	bad := func(d design.NewDecision) error {
		d.DesignID, d.Number = of, 1
		_, _, err := w.svc.Decide(t.Context(), w.Owner, d)
		return err
	}
	require.Equal(t, "body.decision unknown", field(t, bad(design.NewDecision{Decision: "maybe"})))
	require.Equal(t, "body.word required", field(t, bad(design.NewDecision{Decision: model.DecidedChanges, Word: " "})))
	_, _, err := w.svc.Begin(t.Context(), w.designer, design.NewDesign{ProjectID: w.p.ID, Title: " "})
	require.Equal(t, "body.title required", field(t, err))
	_, _, err = w.svc.Note(t.Context(), w.designer, design.NewNote{ProjectID: w.p.ID, What: model.WhatApproved, Body: "x"})
	require.Equal(t, "body.kind unknown", field(t, err))
}

func aVersionShowsPicturesAndDocuments(t *testing.T, w *world) {
	ctx, of := t.Context(), w.design("主卧衣柜", "主卧")
	plan, picture := w.file(w.designer, "application/pdf"), w.photo(w.designer)
	_, _, err := w.svc.AddVersion(ctx, w.designer, design.NewVersion{DesignID: of, FileIDs: []id.ID{plan, picture}})
	require.NoError(t, err)
	l, err := w.svc.Mine(ctx, w.Owner, w.p.ID)
	require.NoError(t, err)
	shown := l.Designs[0].Versions[0].Files
	require.Equal(t, []id.ID{plan, picture}, []id.ID{shown[0].ID, shown[1].ID})
	require.Empty(t, shown[0].ThumbURL, "a document has no thumbnail")
	require.Contains(t, shown[0].URL, "/document.pdf")
	line, err := w.Projects.MyTimeline(ctx, w.Owner, w.p.ID, db.Page{Limit: 1})
	require.NoError(t, err)
	require.Len(t, line.Entries[0].Photos, 1, "the timeline shows the pictures")

	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return tx.Conn(ctx).Table("files").Where("id = ?", picture).UpdateColumn("state", "withdrawn").Error
	})
	again, err := w.svc.Mine(ctx, w.Owner, w.p.ID)
	require.NoError(t, err)
	require.Len(t, again.Designs[0].Versions[0].Files, 1)
	require.NotEqual(t, l.Tag, again.Tag)
}

func views(t *testing.T, w *world) {
	of := w.design("主卧衣柜", "主卧")
	n, _ := w.version(of)
	look := func(who actor.Actor) error {
		return w.svc.View(t.Context(), who, design.VersionRef{DesignID: of, Number: n})
	}
	for range 3 {
		require.NoError(t, look(w.Owner))
	}
	errs := testkit.Together(func() error { return look(w.Guest) }, func() error { return look(w.Guest) }, func() error { return look(w.Guest) })
	require.Equal(t, []error{nil, nil, nil}, errs)
	require.EqualValues(t, 2, w.read(of).Versions[0].Views, "each person once a day")
	w.Clock.Advance(24 * time.Hour)
	require.NoError(t, look(w.Owner))
	require.EqualValues(t, 3, w.read(of).Versions[0].Views)
	require.Equal(t, 3, w.Owed(w.t, w.p, model.TopicViewed))
	require.Equal(t, "not_found", code(look(w.Outsider)))
	require.Equal(t, "not_found", code(w.svc.View(t.Context(), w.Owner, design.VersionRef{DesignID: of, Number: 9})))
}

func historyOfDesigns(t *testing.T, w *world) {
	ctx, of := t.Context(), w.design("主卧衣柜", "主卧")
	_, _, err := w.svc.Note(ctx, w.designer, design.NewNote{ProjectID: w.p.ID, DesignID: of, What: model.WhatNeed, Body: "放得下两个行李箱"})
	require.NoError(t, err)
	_, _, err = w.svc.Note(ctx, w.designer, design.NewNote{ProjectID: w.p.ID, DesignID: id.New(), What: model.WhatNeed, Body: "x"})
	require.Equal(t, "not_found", code(err))
	n, _ := w.version(of)
	require.NoError(t, w.decide(w.Owner, of, n, model.DecidedChanges))
	next := w.Staff(t, actor.Designer, w.Shop, actor.Own)
	w.assign(next.ID, actor.Designer, "衣柜第二版按客户意见改抽屉")

	var kinds []string
	page := db.Page{Limit: 2}
	for {
		lines, after, err := w.svc.History(ctx, next, w.p.ID, page)
		require.NoError(t, err)
		for _, l := range lines {
			kinds = append(kinds, string(l.What)+" "+l.Body)
		}
		if page.After = after; after.IsZero() {
			break
		}
	}
	require.Equal(t, []string{
		"handed_over 衣柜第二版按客户意见改抽屉", "changes_asked 裤架换成抽屉", "version_submitted ", "version_added 改了柜门",
		"need 放得下两个行李箱", "handed_over ",
	}, kinds, "a successor reads all of it, newest first")
	_, err = w.svc.Design(ctx, w.designer, of)
	require.Equal(t, "not_found", code(err), "who handed over is out")
}

func withdrawnDesigns(t *testing.T, w *world) {
	ctx, of := t.Context(), w.design("主卧衣柜", "主卧")
	n, _ := w.version(of)
	require.NoError(t, w.decide(w.Owner, of, n, model.DecidedApprove))
	withdraw := func() error {
		_, _, err := w.svc.Withdraw(ctx, w.designer, design.Withdrawal{DesignID: of, Reason: "改做书房"})
		return err
	}
	require.NoError(t, withdraw())
	require.Equal(t, "design.withdrawn", code(withdraw()))
	require.Equal(t, "design.withdrawn", code(w.decide(w.Owner, of, n, model.DecidedApprove)))
	_, _, err := w.svc.AddVersion(ctx, w.designer, design.NewVersion{DesignID: of, DifferenceNote: "x", FileIDs: []id.ID{w.photo(w.designer)}})
	require.Equal(t, "design.withdrawn", code(err))
	require.Empty(t, w.approved(), "it is not to be built")
	l, err := w.svc.Mine(ctx, w.Owner, w.p.ID)
	require.NoError(t, err)
	require.Empty(t, l.Designs)

	_, _, err = w.Projects.Cancel(ctx, w.manager, project.Cancel{ProjectID: w.p.ID, Reason: "客户取消"})
	require.NoError(t, err)
	_, _, err = w.svc.Begin(ctx, w.manager, design.NewDesign{ProjectID: w.p.ID, Title: "x"})
	require.Equal(t, "project.cancelled", code(err))
}

func TestThereIsAnEndToDesigns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	for i := range model.MaxDesigns {
		w.design(fmt.Sprint("方案", i), "")
	}
	_, _, err := w.svc.Begin(t.Context(), w.designer, design.NewDesign{ProjectID: w.p.ID, Title: "又一个"})
	require.Equal(t, "design.too_many", code(err))
}
