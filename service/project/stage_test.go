package project_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project"
	"guike/service/project"
	"guike/testkit"
)

func keys(stages []model.Stage) (list []string) {
	for _, s := range stages {
		list = append(list, s.Key)
	}
	return list
}

func codes(err error) (list []string) {
	f, ok := fault.Of(err)
	if !ok {
		return nil
	}
	for _, field := range f.Fields {
		list = append(list, field.Code)
	}
	return list
}

func TestCreate(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, model.CustomFurniture)

		require.Equal(t, model.Planned, p.State)
		require.Equal(t, "measure", p.CurrentStage)
		require.Regexp(t, `^G2026-[0-9A-Z]{7}$`, p.No)
		require.Regexp(t, `^S[0-9A-Z]{13}$`, p.ServiceCode)
		require.Equal(t, day("2026-12-30"), p.PlannedEnd, "the end of acceptance; care comes after")

		stages, err := model.Stages(t.Context(), k.DB, p.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"measure", "design", "sign", "production", "quality_check", "delivery", "installation", "acceptance", "care"}, keys(stages))
		require.Equal(t, day("2026-11-23"), stages[0].PlannedStart)
		require.Equal(t, day("2026-11-24"), stages[0].PlannedEnd)
		require.Equal(t, day("2026-11-25"), stages[1].PlannedStart, "stages follow each other without gaps")

		d, err := w.Plain(t.Context(), w.manager, p.ID)
		require.NoError(t, err)
		require.Len(t, d.People, 1)
		require.Equal(t, w.manager.ID, d.People[0].StaffID, "whoever creates the project is in charge in their role")
		require.Equal(t, w.manager.Role, d.People[0].Role)
		require.Equal(t, 1, w.Owed(t, p, model.TopicCreated))
		require.Len(t, w.Noted(t, p, model.EntryCreated), 1)
		require.Equal(t, 1, w.Live.Heard("customer:"+w.Owner.ID.String()))
		rows, _, err := audit.Of(t.Context(), k.DB, "project", p.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, rows, 1)

		r := w.begin(t, model.Renovation)
		stages, err = model.Stages(t.Context(), k.DB, r.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"measure", "design", "sign", "demolition", "plumbing_wiring", "tiling", "carpentry", "painting", "installation", "cleaning", "acceptance", "care"}, keys(stages))
	})
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		good := project.NewProject{Kind: model.Renovation, Title: "家", CustomerID: w.Owner.ID, HomeID: w.HomeID, PlannedStart: "2026-11-23"}
		for name, spoil := range map[string]func(*project.NewProject){
			"body.kind":                func(n *project.NewProject) { n.Kind = "boat" },
			"body.title":               func(n *project.NewProject) { n.Title = "  " },
			"body.planned_start":       func(n *project.NewProject) { n.PlannedStart = "2026-02-30" },
			"body.contract_amount_fen": func(n *project.NewProject) { n.ContractAmountFen = -1 },
			"body.template":            func(n *project.NewProject) { n.Template = "none" },
		} {
			in := good
			spoil(&in)
			err := k.DB.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := w.CreateTx(t.Context(), tx, w.manager, in)
				return err
			})
			f, ok := fault.Of(err)
			require.True(t, ok, name)
			require.Equal(t, fault.Invalid, f.Kind, name)
			require.Equal(t, name, f.Fields[0].Location)
		}
	})
}

func TestSeedTemplatesIsIdempotent(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		for range 2 {
			k.Tx(t, project.SeedTemplates)
		}
		for _, kind := range []model.Kind{model.CustomFurniture, model.Renovation} {
			_, items, err := model.CurrentTemplate(t.Context(), k.DB, kind, project.StandardTemplate)
			require.NoError(t, err)
			sum := 0
			for _, it := range items {
				sum += it.Weight
			}
			require.Equal(t, 100, sum)
		}
		var n int64
		require.NoError(t, k.DB.Conn(t.Context()).Model(&model.Template{}).Count(&n).Error)
		require.EqualValues(t, 2, n)
	})
}

func TestStages(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.CustomFurniture)
		ref := func(key string) project.StageRef { return project.StageRef{ProjectID: p.ID, Key: key} }

		_, _, err := w.StartStage(ctx, w.manager, ref("sign"))
		require.Equal(t, "stage.conditions_unmet", fault.Code(err))
		require.Equal(t, []string{"previous_stage_open", "previous_stage_open"}, codes(err), "every unmet condition is named")
		_, _, err = w.CompleteStage(ctx, w.manager, ref("measure"))
		require.Equal(t, []string{"stage_not_active"}, codes(err))
		_, _, err = w.ReopenStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "measure", Reason: "误点完成"})
		require.Equal(t, []string{"stage_not_completed"}, codes(err))
		_, _, err = w.StartStage(ctx, w.manager, ref("nothing"))
		require.Equal(t, "not_found", fault.Code(err))
		require.Equal(t, int64(1), w.Reread(t, p).Version, "a refusal changes nothing")

		_, _, err = w.StartStage(ctx, w.manager, ref("measure"))
		require.NoError(t, err, "the first stage starts without conditions")
		now := w.Reread(t, p)
		require.Equal(t, model.Active, now.State)
		require.Equal(t, day("2026-11-24"), now.StageDue)
		require.NotNil(t, now.StartedAt)
		_, _, err = w.StartStage(ctx, w.manager, ref("measure"))
		require.Equal(t, []string{"stage_not_pending"}, codes(err))

		_, _, err = w.CompleteStage(ctx, w.manager, ref("measure"))
		require.NoError(t, err)
		now = w.Reread(t, p)
		require.Equal(t, 5, now.Percent)
		require.Equal(t, "design", now.CurrentStage)
		require.Equal(t, day("2026-12-01"), now.StageDue, "what waits to be begun has its due day too")
		require.Equal(t, 1, w.Owed(t, p, model.TopicStageStarted))
		require.Equal(t, 1, w.Owed(t, p, model.TopicStageCompleted))
		require.Len(t, w.Noted(t, p, model.EntryStageStarted), 1)
		require.Equal(t, 4, w.Live.Heard(`"kind":"stage_completed","project_id":"`+p.ID.String())-w.Live.Heard("staff:"+w.manager.ID.String()+` {"kind":"stage_completed"`), "every member of the home, once")
	})
}

func TestTheLastWorkingStageCompletesTheProject(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.CustomFurniture)
		w.run(t, p, "measure", "design", "sign", "production", "quality_check", "delivery", "installation", "acceptance")
		now := w.Reread(t, p)
		require.Equal(t, model.Completed, now.State)
		require.Equal(t, 100, now.Percent)
		require.NotNil(t, now.CompletedAt)
		require.Equal(t, "care", now.CurrentStage)

		_, _, err := w.ReopenStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "installation", Reason: "柜门返工"})
		require.NoError(t, err)
		now = w.Reread(t, p)
		require.Equal(t, model.Active, now.State)
		require.Equal(t, 80, now.Percent, "the reopened stage counts no more, the later ones still do")
		require.Nil(t, now.CompletedAt)
		require.Equal(t, "installation", now.CurrentStage)
		_, _, err = w.StartStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "care"})
		require.Equal(t, []string{"previous_stage_open"}, codes(err))

		_, _, err = w.CompleteStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "installation"})
		require.NoError(t, err)
		require.Equal(t, model.Completed, w.Reread(t, p).State)
		w.run(t, p, "care")
		require.Equal(t, model.Completed, w.Reread(t, p).State, "aftercare runs in a completed project")
		stages, err := model.Stages(ctx, k.DB, p.ID)
		require.NoError(t, err)
		require.Equal(t, 1, stages[6].Reopened)
		require.Equal(t, 1, w.Owed(t, p, model.TopicStageReopened))
	})
}

func TestStageActionHappensOnceByKey(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, model.Renovation)
		ref := project.StageRef{ProjectID: p.ID, Key: "measure", Once: once.Of("k", "start", 1)}
		errs := testkit.Race(5, func(int) error {
			_, _, err := w.StartStage(t.Context(), w.manager, ref)
			return err
		})
		require.Equal(t, 5, testkit.Succeeded(errs), errs)
		require.Len(t, w.Noted(t, p, model.EntryStageStarted), 1)
	})
}

func TestTwoStartsOfAStageAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for range testkit.Rounds() {
			p := w.begin(t, model.Renovation)
			errs := testkit.Race(2, func(int) error {
				_, _, err := w.StartStage(t.Context(), w.manager, project.StageRef{ProjectID: p.ID, Key: "measure"})
				return err
			})
			require.Equal(t, 1, testkit.Succeeded(errs), errs)
			require.Equal(t, 1, w.Owed(t, p, model.TopicStageStarted))
			require.Len(t, w.Noted(t, p, model.EntryStageStarted), 1)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.Renovation)
		_, _, err := w.Cancel(ctx, w.manager, project.Cancel{ProjectID: p.ID, Reason: " "})
		require.Equal(t, "input.invalid", fault.Code(err))
		_, _, err = w.Cancel(ctx, w.manager, project.Cancel{ProjectID: p.ID, Reason: "客户暂停装修计划"})
		require.NoError(t, err)
		require.Equal(t, model.Cancelled, w.Reread(t, p).State)
		require.Equal(t, 1, w.Owed(t, p, model.TopicCancelled))
		_, _, err = w.Cancel(ctx, w.manager, project.Cancel{ProjectID: p.ID, Reason: "again"})
		require.Equal(t, "project.cancelled", fault.Code(err))
		_, _, err = w.StartStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "measure"})
		require.Equal(t, []string{"project_cancelled"}, codes(err))
		_, _, err = w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "x"})
		require.Equal(t, "project.cancelled", fault.Code(err))
		_, _, err = w.Assign(ctx, w.manager, project.NewPerson{ProjectID: p.ID, StaffID: w.installer.ID})
		require.Equal(t, "project.cancelled", fault.Code(err))
	})
}

func TestAssign(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.Renovation)
		name := func(staff id.ID, note string) error {
			_, _, err := w.Assign(ctx, w.manager, project.NewPerson{ProjectID: p.ID, StaffID: staff, Role: "project_manager", Note: note})
			return err
		}
		require.Equal(t, "project.person_unchanged", fault.Code(name(w.manager.ID, "")))
		require.Equal(t, "input.invalid", fault.Code(name(id.New(), "")))
		_, err := w.Detail(ctx, w.installer, p.ID)
		require.Equal(t, "not_found", fault.Code(err), "own work is what names the actor")

		k.Clock.Advance(time.Hour)
		f, ok := fault.Of(name(w.installer.ID, "  "))
		require.True(t, ok, "whoever replaces somebody is told what there is to know")
		require.Equal(t, "body.note", f.Fields[0].Location)
		require.Equal(t, "required", f.Fields[0].Code)
		require.NoError(t, name(w.installer.ID, "客户对封边很在意"))
		people, err := w.People(ctx, w.installer, p.ID)
		require.NoError(t, err, "the new person in charge sees the project")
		require.Len(t, people, 2)
		require.False(t, people[0].Current())
		require.Equal(t, k.Clock.Now(), people[0].UntilAt.UTC())
		require.True(t, people[1].Current())
		require.Equal(t, "客户对封边很在意", people[1].Note)
		require.Len(t, w.Noted(t, p, model.EntryPersonChanged), 1)
		require.Equal(t, 1, w.Owed(t, p, model.TopicPersonChanged))

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return tx.Conn(ctx).Table("staff").Where("id = ?", w.manager.ID).UpdateColumn("disabled_at", tx.Now).Error
		})
		require.Equal(t, "input.invalid", fault.Code(name(w.manager.ID, "")), "the disabled are not put in charge")
		people, err = w.People(ctx, w.installer, p.ID)
		require.NoError(t, err)
		require.Empty(t, people[0].Phone, "the phone of one who has left is not shown")
	})
}

func TestOnlyThoseWhomCustomersMeetAreInCharge(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, model.Renovation)
		for _, role := range []actor.Role{actor.RegionalHead, actor.Management, actor.DataOfficer, actor.Admin, "gardener"} {
			_, _, err := w.Assign(t.Context(), w.admin, project.NewPerson{ProjectID: p.ID, StaffID: w.installer.ID, Role: role})
			f, ok := fault.Of(err)
			require.True(t, ok, role)
			require.Equal(t, "body.role", f.Fields[0].Location, role)
		}
	})
}

func TestTwoSuccessorsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for range testkit.Rounds() {
			p := w.begin(t, model.Renovation)
			staff := []id.ID{w.installer.ID, w.Stranger.ID}
			errs := testkit.Race(2, func(i int) error {
				_, _, err := w.Assign(t.Context(), w.admin, project.NewPerson{ProjectID: p.ID, StaffID: staff[i], Role: "project_manager", Note: "请接手"})
				return err
			})
			require.Equal(t, 2, testkit.Succeeded(errs), errs)
			people, err := model.People(t.Context(), k.DB, p.ID)
			require.NoError(t, err)
			current := 0
			for _, person := range people {
				if person.Current() {
					current++
				}
			}
			require.Len(t, people, 3)
			require.Equal(t, 1, current, "one person holds a role at a time")
		}
	})
}
