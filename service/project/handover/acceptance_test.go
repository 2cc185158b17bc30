package handover_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	caremodel "guike/model/care"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project/handover"
	"guike/testkit"
)

func TestSheetsAreOpened(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.CustomFurniture)
		in := w.sheet(t, p, "acceptance")
		require.Len(t, in.Items, 12, "the seeded checklist")
		_, _, err := w.OpenAcceptance(ctx, w.manager, in)
		require.Equal(t, "acceptance.stage_not_active", fault.Code(err))
		w.Put(t, p, "acceptance")

		for at, spoil := range map[string]func(*handover.NewSheet){
			"body.items":             func(n *handover.NewSheet) { n.Items = n.Items[1:] },
			"body.items[0].key":      func(n *handover.NewSheet) { n.Items[0].Key = "No Key" },
			"body.items[1].key":      func(n *handover.NewSheet) { n.Items[1].Key = n.Items[0].Key },
			"body.items[0].result":   func(n *handover.NewSheet) { n.Items[0].Result = "good" },
			"body.items[0].note":     func(n *handover.NewSheet) { n.Items[0].Result = model.ResultDefect },
			"body.items[0].file_ids": func(n *handover.NewSheet) { n.Items[0].FileIDs = []id.ID{{}} },
			"body.items[12].text": func(n *handover.NewSheet) {
				n.Items = append(n.Items, handover.NewItem{Key: "lamp", Result: model.ResultOK})
			},
			"body.care_given": func(n *handover.NewSheet) { n.CareGiven = false },
			"body.care_text":  func(n *handover.NewSheet) { n.CareText = " " },
		} {
			in := w.sheet(t, p, "acceptance")
			spoil(&in)
			_, _, err := w.OpenAcceptance(ctx, w.manager, in)
			require.Equal(t, "input.invalid", fault.Code(err), at)
			require.Equal(t, at, testkit.Location(err))
		}
		for name, who := range map[string]actor.Actor{"stranger": w.Stranger, "not in charge": w.installer} {
			_, _, err := w.OpenAcceptance(ctx, who, in)
			require.Equal(t, "not_found", fault.Code(err), name)
		}
		in.Stage = "moon"
		_, _, err = w.OpenAcceptance(ctx, w.manager, in)
		require.Equal(t, "not_found", fault.Code(err))

		in = w.sheet(t, p, "acceptance")
		in.Items = append(in.Items, handover.NewItem{Key: "lamp", Text: "玄关感应灯亮起正常", Result: model.ResultOK})
		in.Items[0].Result, in.Items[0].Note, in.Items[0].FileIDs = model.ResultDefect, "次卧柜深差 4 毫米", []id.ID{id.New(), id.New()}
		r := w.open(t, in)
		require.EqualValues(t, 1, r.Version)
		require.Len(t, w.Tasks(t, p, handover.KindAcceptanceDefect), 1)
		require.Equal(t, r.AcceptanceID, w.Files.AttachedTo(in.Items[0].FileIDs[1]))
		again := w.open(t, in)
		require.Equal(t, r.AcceptanceID, again.AcceptanceID)
		require.EqualValues(t, 2, again.Version, "another sheet of the round is a new version")
		require.Len(t, w.Tasks(t, p, handover.KindAcceptanceDefect), 1, "a defect opens one task, however often it is shown")

		read, err := w.Acceptance(ctx, w.manager, r.AcceptanceID, 0)
		require.NoError(t, err)
		require.EqualValues(t, 2, read.Sheet.Version)
		require.Len(t, read.Items, 13)
		require.Equal(t, "柜体尺寸与图纸一致,误差不超过 2 毫米", read.Items[0].Text, "the checklist's text counts")
		require.Equal(t, "lamp", read.Items[12].Key)
		require.Len(t, read.PhotosOf(1), 2)
		require.Len(t, read.Links, 2)
		require.Len(t, w.Told(t, p, model.EntryAcceptanceOpened), 2)
	})
}

// A defect that is shown again while it is being repaired is one task; one that returns afterwards is
// another.
func TestDefectThatReturnsIsRepairedAnew(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.CustomFurniture)
		w.Put(t, p, "acceptance")
		good, bad := w.sheet(t, p, "acceptance"), w.sheet(t, p, "acceptance")
		bad.Items[0].Result, bad.Items[0].Note = model.ResultDefect, "次卧柜深差 4 毫米"
		repairs := func() []caremodel.Task { return w.Tasks(t, p, handover.KindAcceptanceDefect) }
		w.open(t, bad)
		w.open(t, bad)
		require.Len(t, repairs(), 1, "it is being repaired")

		_, err := w.Care.Complete(ctx, w.manager, repairs()[0].ID, "fixed", "")
		require.NoError(t, err)
		w.open(t, bad)
		require.Len(t, repairs(), 2, "said to be repaired, and seen again")
		require.Equal(t, 1, w.OpenTasks(t, p, handover.KindAcceptanceDefect))

		w.open(t, good)
		require.Len(t, repairs(), 2)
		require.Zero(t, w.OpenTasks(t, p, handover.KindAcceptanceDefect), "what is in order waits for nobody")
		w.open(t, bad)
		require.Len(t, repairs(), 3, "it returned")
		require.Equal(t, 1, w.OpenTasks(t, p, handover.KindAcceptanceDefect))
		require.Equal(t, w.manager.ID, repairs()[2].OwnerID)
	})
}

func TestASheetSignedTwiceByKeyIsOpenedOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, core.CustomFurniture)
		w.Put(t, p, "acceptance")
		in := w.sheet(t, p, "acceptance")
		in.Once = once.Of("k", "handover-open-acceptance", in.Items)
		open := func() error { _, _, err := w.OpenAcceptance(t.Context(), w.manager, in); return err }
		require.Equal(t, 3, testkit.Succeeded(testkit.Together(open, open, open)))
		list, err := w.Acceptances(t.Context(), w.manager, p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, list.Acceptances, 1)
		require.EqualValues(t, 1, list.Acceptances[0].Version)
	})
}

func TestSigning(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.CustomFurniture)
		w.Put(t, p, "acceptance")
		require.Equal(t, []string{"sign_off_missing"}, testkit.Fields(w.Complete(t, p, "acceptance")))
		first := w.open(t, w.sheet(t, p, "acceptance"))
		require.Equal(t, []string{"sign_off_missing"}, testkit.Fields(w.Complete(t, p, "acceptance")), "an open sheet is no signature")

		require.Equal(t, "not_found", fault.Code(w.sign(t, w.Outsider, first)))
		require.Equal(t, "not_found", fault.Code(w.sign(t, w.manager, first)), "staff do not sign for the customer")
		require.Equal(t, "home.owner_only", fault.Code(w.sign(t, w.Family, first)))
		require.Equal(t, "home.owner_only", fault.Code(w.sign(t, w.Guest, first)))
		_, _, err := w.SignAcceptance(ctx, w.Owner, handover.Signature{AcceptanceID: first.AcceptanceID, Version: 1, Name: " "})
		require.Equal(t, "body.name", testkit.Location(err))

		require.NoError(t, w.sign(t, w.Owner, first))
		require.NoError(t, w.sign(t, w.Owner, first), "signing twice is no mistake")
		err = w.sign(t, w.Wife, first)
		require.Equal(t, "acceptance.decided", fault.Code(err))
		require.Equal(t, []string{"current_state"}, testkit.Fields(err))
		require.Len(t, w.Told(t, p, model.EntryAcceptanceSigned), 1)

		changed := w.sheet(t, p, "acceptance")
		changed.Note = "玻璃门下周补装。"
		second := w.open(t, changed)
		require.Equal(t, []string{"sign_off_missing"}, testkit.Fields(w.Complete(t, p, "acceptance")), "the old signature does not count")
		err = w.sign(t, w.Owner, first)
		require.Equal(t, "acceptance.changed", fault.Code(err))
		require.Equal(t, []string{"current_version"}, testkit.Fields(err))
		require.NoError(t, w.sign(t, w.Wife, second))
		require.NoError(t, w.Complete(t, p, "acceptance"))

		old, err := w.MyAcceptance(ctx, w.Owner, first.AcceptanceID, 1)
		require.NoError(t, err)
		require.Equal(t, w.Owner.ID, old.Decision.CustomerID, "what was signed before can be read")
		w.Reopen(t, p, "acceptance")
		require.Equal(t, []string{"sign_off_missing"}, testkit.Fields(w.Complete(t, p, "acceptance")), "a reopened stage needs another signature")
		require.Equal(t, []string{"stage_reopened"}, testkit.Fields(w.sign(t, w.Owner, second)))
		third := w.open(t, w.sheet(t, p, "acceptance"))
		require.NotEqual(t, second.AcceptanceID, third.AcceptanceID)
		require.NoError(t, w.sign(t, w.Owner, third))
		require.NoError(t, w.Complete(t, p, "acceptance"))
	})
}

func TestNobodySignsForWorkThatIsStillToBeDone(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, core.CustomFurniture)
		w.Put(t, p, "acceptance")
		signed := w.open(t, w.sheet(t, p, "acceptance"))
		w.Reopen(t, p, "installation")
		k.Clock.Advance(time.Minute)
		require.NoError(t, w.sign(t, w.Owner, signed))
		k.Clock.Advance(time.Hour)
		require.NoError(t, w.Complete(t, p, "installation"))
		require.Equal(t, []string{"sign_off_missing"}, testkit.Fields(w.Complete(t, p, "acceptance")), "the signature is older than the work")

		k.Clock.Advance(time.Minute)
		require.NoError(t, w.sign(t, w.Owner, w.open(t, w.sheet(t, p, "acceptance"))))
		require.NoError(t, w.Complete(t, p, "acceptance"))
	})
}

func TestWhatIsSignedIsKept(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.CustomFurniture)
		w.Put(t, p, "acceptance")
		in := w.sheet(t, p, "acceptance")
		in.Items[2].FileIDs = []id.ID{id.New()}
		r := w.open(t, in)
		require.NoError(t, w.sign(t, w.Owner, r))

		a, err := w.MyAcceptance(ctx, w.Owner, r.AcceptanceID, 0)
		require.NoError(t, err)
		require.Equal(t, a.Hash(), a.Decision.ContentHash, "the hash can be computed again from the rows")
		require.Len(t, a.Decision.ContentHash, sha256.Size)
		require.Equal(t, k.Clock.Now(), a.Decision.DecidedAt.UTC())
		require.Equal(t, model.MethodApp, a.Decision.Method)
		require.NotContains(t, string(a.Decision.NameEnc), "王小明", "names are sealed")
		tampered := a.Whole
		tampered.Sheet.CareText += "。"
		require.NotEqual(t, tampered.Hash(), a.Decision.ContentHash)

		for name, see := range map[string]struct {
			who    actor.Actor
			signer string
		}{"owner": {w.Owner, "王小明"}, "family": {w.Family, "王小明"}, "guest": {w.Guest, "王*明"}} {
			list, err := w.MyAcceptances(ctx, see.who, p.ID, db.Page{Limit: 10})
			require.NoError(t, err)
			require.Equal(t, see.signer, list.Acceptances[0].Signer, name)
		}
		list, err := w.Acceptances(ctx, w.manager, p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Equal(t, "王*明", list.Acceptances[0].Signer, "staff see the name masked")
		require.Equal(t, list.Acceptances[0].Hash(), list.Acceptances[0].Sheet.ContentHash, "lists read the same rows")
		_, err = w.MyAcceptances(ctx, w.Outsider, p.ID, db.Page{Limit: 10})
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.MyAcceptance(ctx, w.Outsider, r.AcceptanceID, 0)
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.Acceptance(ctx, w.Stranger, r.AcceptanceID, 0)
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.Acceptance(ctx, w.manager, r.AcceptanceID, 7)
		require.Equal(t, "not_found", fault.Code(err))
	})
}

func TestRefusing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.Renovation)
		w.Put(t, p, "acceptance")
		r := w.open(t, w.sheet(t, p, "acceptance"))
		refuse := handover.Refusal{AcceptanceID: r.AcceptanceID, Version: 1, Word: "门板没有调好"}
		for range 2 {
			_, _, err := w.RefuseAcceptance(ctx, w.Owner, refuse)
			require.NoError(t, err)
		}
		require.Len(t, w.Tasks(t, p, handover.KindAcceptanceRefused), 1)
		require.Len(t, w.Told(t, p, model.EntryAcceptanceRefused), 1)
		require.Equal(t, "acceptance.decided", fault.Code(w.sign(t, w.Owner, r)), "a version is decided once")
		require.Equal(t, []string{"sign_off_missing"}, testkit.Fields(w.Complete(t, p, "acceptance")))
		again := w.open(t, w.sheet(t, p, "acceptance"))
		var owed int64
		require.NoError(t, w.DB.Conn(ctx).Table("tasks").Where("kind = ? AND state = 'open'", handover.KindAcceptanceRefused).Count(&owed).Error)
		require.Zero(t, owed, "another version is the answer: nobody is alarmed any more")
		require.NoError(t, w.sign(t, w.Owner, again))
		require.NoError(t, w.Complete(t, p, "acceptance"))
	})
}

func TestDecisionsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, core.Renovation)
		w.Put(t, p, "tiling")
		in := w.sheet(t, p, "tiling")
		for range testkit.Rounds() {
			r := w.open(t, in)
			errs := testkit.Together(
				func() error { return w.sign(t, w.Owner, r) },
				func() error { return w.sign(t, w.Wife, r) },
				func() error {
					_, _, err := w.RefuseAcceptance(t.Context(), w.Wife, handover.Refusal{AcceptanceID: r.AcceptanceID, Version: r.Version, Word: "不"})
					return err
				},
				func() error {
					_, _, err := w.RecordPaper(t.Context(), w.Boss, handover.Paper{AcceptanceID: r.AcceptanceID, Version: r.Version, Name: "王小明", FileID: id.New(), Reason: "纸质签字"})
					return err
				},
			)
			require.Equal(t, 1, testkit.Succeeded(errs), errs)
			for _, err := range errs {
				if err != nil {
					require.Equal(t, "acceptance.decided", fault.Code(err))
				}
			}
		}
	})
}

func TestASignatureAndANewSheetAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, core.Renovation)
		w.Put(t, p, "tiling")
		in := w.sheet(t, p, "tiling")
		for range testkit.Rounds() {
			r := w.open(t, in)
			var next handover.AcceptanceResult
			errs := testkit.Together(
				func() error { return w.sign(t, w.Owner, r) },
				func() (err error) {
					next, _, err = w.OpenAcceptance(t.Context(), w.manager, in)
					return err
				},
			)
			require.NoError(t, errs[1])
			if errs[0] != nil {
				require.Equal(t, "acceptance.changed", fault.Code(errs[0]))
			}
			a, err := w.Acceptance(t.Context(), w.manager, next.AcceptanceID, 0)
			require.NoError(t, err)
			require.Equal(t, next.Version, a.Version)
			require.Equal(t, model.AcceptanceOpen, a.State, "the new version is not signed, whoever came first")
		}
	})
}

func TestPaper(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.CustomFurniture)
		w.Put(t, p, "acceptance")
		r := w.open(t, w.sheet(t, p, "acceptance"))
		paper := handover.Paper{AcceptanceID: r.AcceptanceID, Version: 1, Name: "王小明", FileID: id.New(), Reason: "客户不使用智能手机"}
		for name, who := range map[string]actor.Actor{"project manager": w.manager, "another store": w.Stranger} {
			_, _, err := w.RecordPaper(ctx, who, paper)
			require.Equal(t, "not_found", fault.Code(err), name)
		}
		for at, spoil := range map[string]func(*handover.Paper){
			"body.name":    func(n *handover.Paper) { n.Name = "" },
			"body.reason":  func(n *handover.Paper) { n.Reason = " " },
			"body.file_id": func(n *handover.Paper) { n.FileID = id.ID{} },
			"body.version": func(n *handover.Paper) { n.Version = 2 },
		} {
			in := paper
			spoil(&in)
			_, _, err := w.RecordPaper(ctx, w.Boss, in)
			require.Equal(t, at, testkit.Location(err))
		}
		_, _, err := w.RecordPaper(ctx, w.centre, paper)
		require.NoError(t, err)
		a, err := w.MyAcceptance(ctx, w.Owner, r.AcceptanceID, 0)
		require.NoError(t, err)
		require.Equal(t, model.MethodPaper, a.Decision.Method)
		require.Equal(t, w.centre.ID, a.Decision.RecordedBy)
		require.NotNil(t, a.Paper)
		guest, err := w.MyAcceptance(ctx, w.Guest, r.AcceptanceID, 0)
		require.NoError(t, err)
		require.Nil(t, guest.Paper, "guests do not see the signature")
		third := w.Boss
		third.External = true
		seen, err := w.Acceptance(ctx, third, r.AcceptanceID, 0)
		require.NoError(t, err)
		require.Nil(t, seen.Paper, "nor do people of other companies")
		before, err := w.MyAcceptances(ctx, w.Owner, p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		w.Files.Sign("?later")
		after, err := w.MyAcceptances(ctx, w.Owner, p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.NotEqual(t, before.Tag, after.Tag, "a link that runs out is given anew")
		require.NoError(t, w.Complete(t, p, "acceptance"))
	})
}

func TestAHandOverStartsTheCareOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, core.CustomFurniture)
		w.Put(t, p, "acceptance")
		require.NoError(t, w.sign(t, w.Owner, w.open(t, w.sheet(t, p, "acceptance"))))
		require.NoError(t, w.Complete(t, p, "acceptance"))
		w.drain(t)
		require.Len(t, w.Tasks(t, p, "care_start"), 1)

		w.Reopen(t, p, "installation")
		require.NoError(t, w.Complete(t, p, "installation"), "the reopened stage completes the project again")
		w.drain(t)
		require.Len(t, w.Tasks(t, p, "care_start"), 1, "the first call is made once")
	})
}

func TestChecklistsHaveVersions(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.Renovation)
		w.Put(t, p, "tiling")
		w.open(t, w.sheet(t, p, "tiling"))
		next := handover.NewChecklist{Kind: core.Renovation, Stage: "tiling", Based: 1, TitleZH: "泥瓦铺贴验收", Lines: []handover.ChecklistLine{{Key: "hollow", TextZH: "空鼓率低于 3%"}}}
		_, _, err := w.ChangeChecklist(ctx, w.centre, next)
		require.NoError(t, err)
		_, _, err = w.ChangeChecklist(ctx, w.centre, next)
		require.Equal(t, "checklist.changed", fault.Code(err))
		require.Len(t, w.sheet(t, p, "tiling").Items, 6, "an open round keeps its version")
		other := w.begin(t, core.Renovation)
		require.Len(t, w.sheet(t, other, "tiling").Items, 1)

		next.Based, next.Lines = 2, nil
		_, _, err = w.ChangeChecklist(ctx, w.centre, next)
		require.NoError(t, err)
		require.Empty(t, w.sheet(t, other, "tiling").Items, "without lines there is no checklist any more")
		rows, err := w.Checklists(ctx)
		require.NoError(t, err)
		require.Len(t, rows, 4)
		next.Kind = "boat"
		_, _, err = w.ChangeChecklist(ctx, w.centre, next)
		require.Equal(t, "body.kind", testkit.Location(err))

		errs := testkit.Together(
			func() error {
				_, _, err := w.ChangeChecklist(ctx, w.centre, handover.NewChecklist{Kind: core.Renovation, Stage: "painting", TitleZH: "油漆", Lines: []handover.ChecklistLine{{Key: "a", TextZH: "甲"}}})
				return err
			},
			func() error {
				_, _, err := w.ChangeChecklist(ctx, w.centre, handover.NewChecklist{Kind: core.Renovation, Stage: "painting", TitleZH: "油漆", Lines: []handover.ChecklistLine{{Key: "b", TextZH: "乙"}}})
				return err
			},
		)
		require.Equal(t, 1, testkit.Succeeded(errs), errs)
	})
}
