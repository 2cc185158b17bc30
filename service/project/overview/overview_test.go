package overview_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project"
	changes "guike/model/project/budget"
	designs "guike/model/project/design"
	papers "guike/model/project/handover"
	goods "guike/model/project/material"
	checks "guike/model/project/quality"
	"guike/service/project/budget"
	"guike/service/project/delivery"
	"guike/service/project/design"
	"guike/service/project/handover"
	"guike/service/project/material"
	"guike/service/project/overview"
	"guike/service/project/plan"
	"guike/service/project/quality"
	"guike/testkit"
)

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }

// A fresh project has nothing to show but its plan and its price.
func TestOverviewOfAFreshProject(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		o := w.screen(t, w.Owner)
		require.Equal(t, w.p.ID, o.ID)
		require.Len(t, o.Stages, 9)
		require.Nil(t, o.LastLog)
		require.Nil(t, o.Delay)
		require.Nil(t, o.Delivery)
		require.Empty(t, o.Waiting)
		require.Empty(t, o.Changed)
		require.Equal(t, overview.Cost{SignedFen: 12_800_000, ContractFen: 12_800_000, OpenFen: 12_800_000}, *o.Cost)
		require.Equal(t, overview.Trust{}, o.Trust)
	})
}

func TestOverviewTellsWhatHappensAndWhatChanged(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.Start(t, w.p, "measure")
		w.log(t, "复尺完成")
		w.Clock.Advance(hours(24))
		w.log(t, "二次复尺")
		w.InCharge(t, w.p, w.installer)
		for n := range 60 { // more than are looked through for changes
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				return model.AddEntryTx(ctx, tx, w.Boss, &model.Entry{ProjectID: w.p.ID, Kind: model.EntryKind(fmt.Sprint("moved_", n)), TitleZH: fmt.Sprint("变动", n)})
			})
		}
		o := w.screen(t, w.Owner)
		require.NotNil(t, o.LastLog, "whatever was told since")
		require.Contains(t, o.LastLog.Body+o.LastLog.TitleZH, "二次复尺")
		require.Len(t, o.Changed, 5)
		for i, e := range o.Changed {
			require.Equal(t, fmt.Sprint("变动", 59-i), e.TitleZH, "newest first")
		}
		w.log(t, "今日收尾")
		require.Contains(t, w.screen(t, w.Owner).LastLog.Body, "今日收尾", "as it was edited last")
		for _, e := range w.screen(t, w.Owner).Changed {
			require.NotEqual(t, model.EntryDailyLog, e.Kind, "routine is no change")
		}
	})
}

func TestOverviewGathersWhatWaitsForTheOwner(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		waiting := func() map[string]overview.Waiting {
			of := map[string]overview.Waiting{}
			for _, x := range w.screen(t, w.Family).Waiting {
				of[x.Kind] = x
			}
			return of
		}
		order := w.order(t, "增加全屋智能", 860_000)
		until := w.DB.Now().Add(hours(48))
		begun, _, err := w.design.Begin(ctx, w.Boss, design.NewDesign{ProjectID: w.p.ID, Title: "全屋方案"})
		require.NoError(t, err)
		version := design.NewVersion{DesignID: begun.DesignID, FileIDs: []id.ID{id.New()}}
		_, _, err = w.design.AddVersion(ctx, w.Boss, version)
		require.NoError(t, err)
		version.DifferenceNote = "餐边柜加高"
		_, _, err = w.design.AddVersion(ctx, w.Boss, version)
		require.NoError(t, err)
		w.Put(t, w.p, "acceptance")
		sheet := w.sheet(t)

		now := waiting()
		require.Len(t, now, 3)
		change := now[overview.WaitingChange]
		require.Equal(t, order, change.ID)
		require.Equal(t, "增加全屋智能", change.Title)
		require.EqualValues(t, 1, change.Version)
		require.True(t, until.Equal(*change.Until))
		require.Equal(t, overview.Waiting{Kind: overview.WaitingDesign, ID: begun.DesignID, Title: "全屋方案", Version: 2}, now[overview.WaitingDesign])
		require.Equal(t, overview.Waiting{Kind: overview.WaitingAcceptance, ID: sheet.AcceptanceID, Title: "验收", Version: 1}, now[overview.WaitingAcceptance])

		_, _, err = w.design.Decide(ctx, w.Owner, design.NewDecision{DesignID: begun.DesignID, Number: 2, Decision: designs.DecidedApprove})
		require.NoError(t, err)
		require.NotContains(t, waiting(), overview.WaitingDesign)
		_, _, err = w.handover.SignAcceptance(ctx, w.Owner, handover.Signature{AcceptanceID: sheet.AcceptanceID, Version: 1, Name: "王小明"})
		require.NoError(t, err)
		require.NotContains(t, waiting(), overview.WaitingAcceptance)
		require.Equal(t, 1, w.screen(t, w.Owner).Trust.SignedStages)

		require.NoError(t, w.Complete(t, w.p, "acceptance"))
		w.Reopen(t, w.p, "acceptance")
		require.Zero(t, w.screen(t, w.Owner).Trust.SignedStages, "what was signed counts for the round that was signed")
		w.sheet(t)
		require.Contains(t, waiting(), overview.WaitingAcceptance)

		before := w.screen(t, w.Owner).Tag
		w.Clock.Advance(hours(48) - time.Millisecond)
		require.Contains(t, waiting(), overview.WaitingChange)
		w.Clock.Advance(time.Millisecond)
		require.NotContains(t, waiting(), overview.WaitingChange, "lapsed by the clock, not by the job")
		require.NotEqual(t, before, w.screen(t, w.Owner).Tag)

		w.order(t, "加窗帘", 100)
		require.Contains(t, waiting(), overview.WaitingChange)
		w.CallOff(t, w.p)
		require.Empty(t, waiting(), "nothing of a cancelled project waits")
	})
}

// sheet puts the acceptance before the owner, every line of it in order.
func (w *world) sheet(t *testing.T) handover.AcceptanceResult {
	t.Helper()
	list, err := w.handover.StageChecklist(t.Context(), w.Boss, w.p.ID, "acceptance")
	require.NoError(t, err)
	in := handover.NewSheet{ProjectID: w.p.ID, Stage: "acceptance", CareGiven: true, CareText: "台面避免高温。"}
	for _, l := range list.Items {
		in.Items = append(in.Items, handover.NewItem{Key: l.Key, Result: papers.ResultOK})
	}
	r, _, err := w.handover.OpenAcceptance(t.Context(), w.Boss, in)
	require.NoError(t, err)
	return r
}

func TestOverviewAddsUpTheMoney(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		w.approve(t, w.order(t, "增加全屋智能", 860_000))
		w.approve(t, w.order(t, "取消吊柜", -60_000))
		w.order(t, "加窗帘", 500_000) // not decided
		paid, _, err := w.budget.RecordPayment(ctx, w.Boss, budget.NewPayment{ProjectID: w.p.ID, AmountFen: 5_000_000, Kind: changes.Deposit, PaidAt: w.DB.Now()})
		require.NoError(t, err)
		_, _, err = w.budget.RecordRefund(ctx, w.Boss, budget.NewRefund{PaymentID: paid.PaymentID, AmountFen: 1_000_000, Reason: "多收"})
		require.NoError(t, err)
		require.Equal(t, overview.Cost{
			SignedFen: 12_800_000, ChangesFen: 800_000, ContractFen: 13_600_000, PaidFen: 5_000_000, RefundedFen: 1_000_000, OpenFen: 9_600_000,
		}, *w.screen(t, w.Family).Cost)
	})
}

func TestOverviewCountsWhatCanBeTrusted(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		agreed, other := w.goods(t, "多层板"), w.goods(t, "颗粒板")
		require.NoError(t, w.material.Specify(ctx, w.Boss, material.NewSpecification{ProjectID: w.p.ID, Lines: []goods.Line{{Place: "主卧衣柜", MaterialID: agreed.MaterialID, Quantity: 2}}}))
		w.work(t, "measure", "design", "sign", "production")
		w.Start(t, w.p, "quality_check")

		check := quality.NewCheck{ProjectID: w.p.ID, Stage: "quality_check", Kind: checks.Self, Note: "封边起翘"}
		for _, passed := range []bool{false, true} {
			check.Passed = passed
			_, _, err := w.quality.PostCheck(ctx, w.installer, check)
			require.NoError(t, err)
		}
		day := w.Today().Plus(3)
		visit := quality.NewInspection{ProjectID: w.p.ID, Kind: checks.Weekly, Summary: "封边合格", Hazards: []quality.NewHazard{
			{Title: "五金松动", Severity: checks.Low, OwnerID: w.installer.ID, DueOn: day}, {Title: "板边毛刺", Severity: checks.Low, OwnerID: w.installer.ID, DueOn: day},
		}}
		_, _, err := w.quality.PostInspection(ctx, w.Boss, visit)
		require.NoError(t, err)
		hazards, _, err := checks.Hazards(ctx, w.DB, w.p.ID, true, db.Page{Limit: 5})
		require.NoError(t, err)
		_, _, err = w.quality.FixHazard(ctx, w.installer, quality.Fix{HazardID: hazards[0].ID, Note: "已紧固", Photos: []id.ID{id.New()}})
		require.NoError(t, err)
		_, _, err = w.quality.RecheckHazard(ctx, w.Boss, quality.Recheck{HazardID: hazards[0].ID, Passed: true})
		require.NoError(t, err)
		w.Clock.Advance(hours(24))
		visit.Hazards = nil
		_, _, err = w.quality.PostInspection(ctx, w.Boss, visit)
		require.NoError(t, err)

		kept, broken := w.promise(t, "全屋 ENF 级板材"), w.promise(t, "元旦前交付")
		w.promise(t, "赠送窗帘")
		for promise, ok := range map[id.ID]bool{kept: true, broken: false} {
			_, _, err = w.handover.SettlePromise(ctx, w.Boss, handover.Settlement{PromiseID: promise, Kept: ok, Word: "以验收单为准"})
			require.NoError(t, err)
		}

		w.install(t, agreed)
		mistake := w.install(t, agreed)
		require.NoError(t, w.material.WithdrawInstall(ctx, w.Boss, w.p.ID, mistake, "录错"))
		w.install(t, other)
		_, _, err = w.material.Recall(ctx, w.Boss, material.NewRecall{BatchID: agreed.ID, Reason: "甲醛超标", Instruction: "上门更换"})
		require.NoError(t, err)

		trust := w.screen(t, w.Guest).Trust
		require.NotNil(t, trust.LastInspection)
		require.True(t, w.DB.Now().Equal(*trust.LastInspection), "the newest of them")
		trust.LastInspection = nil
		require.Equal(t, overview.Trust{
			Tally:        checks.Tally{ChecksPassed: 1, ChecksFailed: 1, Inspections: 2, HazardsOpen: 1, HazardsClosed: 1},
			InstallTally: goods.InstallTally{Installed: 2, Mismatched: 1, Recalled: 1},
			PromisesOpen: 1, PromisesKept: 1, PromisesBroken: 1,
		}, trust)

		_, _, err = w.handover.DisputePromise(ctx, w.Owner, handover.Dispute{PromiseID: kept, Word: "板材标签不符"})
		require.NoError(t, err)
		trust = w.screen(t, w.Owner).Trust
		require.Equal(t, [3]int{1, 0, 2}, [3]int{trust.PromisesOpen, trust.PromisesKept, trust.PromisesBroken}, "a disputed one is not kept")
	})
}

func TestOverviewNamesTheNextDelivery(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		planned := func(name string, day, priority int) id.ID {
			made, _, err := w.delivery.Plan(ctx, w.Boss, delivery.NewBatch{
				ProjectID: w.p.ID, Name: name, PromisedOn: w.Today().Plus(day), Priority: priority, Items: []delivery.NewItem{{Name: "衣柜", Quantity: 1}},
			})
			require.NoError(t, err)
			return made.ID
		}
		planned("书柜", 30, 1)
		first := planned("衣柜", 10, 9)
		require.Equal(t, "衣柜", w.screen(t, w.Guest).Delivery.Name, "what comes first, not what is wanted first")
		_, _, err := w.delivery.Cancel(ctx, w.Boss, delivery.Drop{BatchID: first, Reason: "改为自提"})
		require.NoError(t, err)
		require.Equal(t, "书柜", w.screen(t, w.Guest).Delivery.Name)
	})
}

func TestOverviewTellsOfTheLastDelay(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		w.work(t, "measure")
		w.Start(t, w.p, "design")
		delayed := func(reason string) {
			end := w.Stage(t, w.p, "design").PlannedEnd
			for w.Today() <= end.Plus(9) {
				w.Clock.Advance(hours(24))
			}
			require.NoError(t, w.plan.LookForDelays(ctx))
			open, err := w.plan.Delays(ctx, w.Boss, w.p.ID)
			require.NoError(t, err)
			text := "赠送养护礼包"
			to := w.Today().Plus(5)
			for to.Start(testkit.Zone).Weekday() == time.Sunday {
				to = to.Plus(1)
			}
			_, _, err = w.plan.Confirm(ctx, w.Boss, plan.Decision{NoticeID: open[0].ID, Reason: reason, NewEnd: string(to), CompensationText: &text})
			require.NoError(t, err)
		}
		delayed("板材供应商停产")
		require.Equal(t, "板材供应商停产", w.screen(t, w.Owner).Delay.Reason)
		delayed("楼下道路施工")
		o := w.screen(t, w.Family)
		require.Equal(t, "楼下道路施工", o.Delay.Reason, "the last of them")
		require.Equal(t, "赠送养护礼包", o.Delay.CompensationText)
		require.Equal(t, "delay", string(o.Changed[0].Kind))
		require.Contains(t, o.Changed[0].Body, "礼包")
	})
}

func TestWhoSeesTheOverview(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		w.order(t, "增加全屋智能", 860_000)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return model.AddEntryTx(ctx, tx, w.Boss, &model.Entry{ProjectID: w.p.ID, Kind: "delay", TitleZH: "工期延后", Body: "原因:停产\n" + model.MoneyLine("补偿:¥500.00")})
		})
		tags := map[string]bool{}
		for name, c := range map[string]struct {
			who   actor.Actor
			money bool
		}{"an owner": {w.Owner, true}, "another owner": {w.Wife, true}, "family": {w.Family, true}, "a guest": {w.Guest, false}} {
			o := w.screen(t, c.who)
			require.Equal(t, c.money, o.Cost != nil, name)
			require.Equal(t, c.money, strings.Contains(o.Changed[0].Body, "500.00"), name)
			require.Contains(t, o.Changed[0].Body, "停产", name)
			require.Len(t, o.Waiting, 1, name)
			tags[o.Tag] = true
		}
		require.Len(t, tags, 3, "owners share a tag; each other role has its own")
		for name, who := range map[string]actor.Actor{"an outsider": w.Outsider, "staff": w.Boss, "nobody": {}} {
			_, err := w.Mine(ctx, who, w.p.ID)
			require.Equal(t, "not_found", fault.Code(err), name)
		}
		_, err := w.Mine(ctx, w.Owner, id.New())
		testkit.Fails(t, err, "not_found")
	})
}

func TestTagOfAnOverviewFollowsWhatItShows(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		first := w.screen(t, w.Owner).Tag
		require.Equal(t, first, w.screen(t, w.Owner).Tag)
		seen := map[string]string{first: "nothing"}
		for _, step := range []struct {
			name string
			do   func()
		}{
			{"a stage starts", func() { w.Start(t, w.p, "measure") }},
			{"a log", func() { w.log(t, "复尺") }},
			{"an offer", func() { w.approve(t, w.order(t, "加窗帘", 100)) }},
			{"a promise", func() { w.promise(t, "赠送窗帘") }},
			{"the next day", func() { w.Clock.Advance(hours(24)) }},
		} {
			step.do()
			tag := w.screen(t, w.Owner).Tag
			require.NotContains(t, seen, tag, "%s looks like %s", step.name, seen[tag])
			seen[tag] = step.name
		}
	})
}

// fullWalk is the plan of a statement that reads a whole table.
var fullWalk = regexp.MustCompile(`(?m)^detail=SCAN [a-z]|^type=ALL`)

// However much a project holds, its overview reads a bounded number of rows by keys: it counts in the
// store.
func TestOverviewReadsNoMoreThanItShows(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		const many = 300
		w := newWorld(t, k)
		approved := w.order(t, "增加全屋智能", 860_000)
		w.approve(t, approved)
		standing := w.order(t, "加窗帘", 100) // older than all that follow
		w.crowd(t, many)
		rows, o := 0, overview.Overview{}
		var made []testkit.Statement
		count := func(g *gorm.DB) { rows += int(g.RowsAffected) }
		on := w.DB.Conn(t.Context()).Callback().Query()
		require.NoError(t, on.After("gorm:query").Register("rows", count))
		made = w.Reads(t, func() { o = w.screen(t, w.Owner) })
		require.NoError(t, on.Remove("rows"))

		require.LessOrEqual(t, len(made), 24)
		require.LessOrEqual(t, rows, 120, "fifty lines, the stages, and a row or two of everything else")
		require.EqualValues(t, 860_000, o.Cost.ChangesFen)
		require.Equal(t, standing, o.Waiting[len(o.Waiting)-1].ID, "an old offer waits, however many wishes came after it")
		require.EqualValues(t, many, o.Trust.Inspections)
		require.EqualValues(t, many, o.Trust.ChecksPassed)
		require.EqualValues(t, many, o.Trust.HazardsOpen)
		require.Equal(t, many, o.Trust.Installed)
		for _, s := range made {
			if strings.Contains(s.SQL, "FROM") && !regexp.MustCompile("site_|stores|staff").MatchString(s.SQL) {
				require.NotRegexp(t, fullWalk, w.Explain(t, s), s.SQL)
			}
		}
	})
}

// crowd gives the project, and another of which nothing may be read, many rows of everything.
func (w *world) crowd(t *testing.T, many int) {
	t.Helper()
	other := w.Begin(t, w.Boss, model.Renovation)
	now, batch := w.DB.Now(), w.goods(t, "多层板")
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for _, p := range []id.ID{other.ID, w.p.ID} {
			var orders []changes.Order
			var inspections []checks.Inspection
			var hazards []checks.Hazard
			var looks []checks.Check
			var installs []goods.Install
			for range many {
				orders = append(orders, changes.Order{ProjectID: p, ID: id.New(), Title: "x", State: changes.Asked, Version: 1, CreatedAt: now, UpdatedAt: now})
				inspections = append(inspections, checks.Inspection{ProjectID: p, ID: id.New(), Kind: checks.Weekly, Day: w.Today(), CreatedAt: now})
				hazards = append(hazards, checks.Hazard{ProjectID: p, ID: id.New(), InspectionID: id.New(), OwnerID: id.New(), DueOn: w.Today(), State: checks.HazardOpen, Version: 1, CreatedAt: now, UpdatedAt: now})
				looks = append(looks, checks.Check{ProjectID: p, ID: id.New(), Kind: checks.Self, Passed: true, Items: "[]", CheckerID: id.New(), CreatedAt: now})
				installs = append(installs, goods.Install{ProjectID: p, ID: id.New(), BatchID: batch.ID, MaterialID: batch.MaterialID, InstalledOn: w.Today(), Matches: true, ByID: id.New(), CreatedAt: now, Version: 1})
			}
			for _, rows := range []any{&orders, &inspections, &hazards, &looks, &installs} {
				if err := tx.Conn(ctx).CreateInBatches(rows, 100).Error; err != nil {
					return err
				}
			}
		}
		return nil
	})
	if w.DB.Dialect() == db.MySQL {
		var told []map[string]any
		require.NoError(t, w.DB.Conn(t.Context()).Raw("ANALYZE TABLE change_orders, inspections, hazards, stage_checks, project_installs, timeline_entries, project_stages").Scan(&told).Error)
	}
}
