package quality_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/quality"
	"guike/service/project/quality"
	"guike/testkit"
)

const hour = time.Hour

// reopened counts the stage's reopenings up, so that a new round begins.
func reopened(p core.Project) func(context.Context, *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		stages, err := core.Stages(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		for i := range stages {
			if stages[i].Key == p.CurrentStage {
				stages[i].Reopened++
				return core.SaveStageTx(ctx, tx, &stages[i])
			}
		}
		return nil
	}
}

func form() quality.SupervisorForm {
	return quality.SupervisorForm{
		Name: "陈志远", Company: "正衡监理", Certificate: "31008821", Phone: "138 0013 8000", Cities: []string{"上海市", "苏州市"},
		FeeFen: 300_001, FeePer: model.PerProject, Active: true,
	}
}

func (w *world) listed(t *testing.T, change func(*quality.SupervisorForm)) id.ID {
	t.Helper()
	in := form()
	if change != nil {
		change(&in)
	}
	r, _, err := w.AddSupervisor(t.Context(), w.keeper, in, once.Key{})
	require.NoError(t, err)
	return r.SupervisorID
}

func (w *world) choose(t *testing.T, who actor.Actor, p core.Project, supervisor id.ID) error {
	t.Helper()
	_, _, err := w.Choose(t.Context(), who, quality.NewChoice{ProjectID: p.ID, SupervisorID: supervisor})
	return err
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fee               int64
		bp                int
		company, customer int64
	}{
		{300_000, 5000, 150_000, 150_000},
		{300_001, 5000, 150_001, 150_000}, // the remainder is the company's
		{1, 5000, 1, 0},
		{0, 5000, 0, 0},
		{99, 0, 0, 99},
		{99, 10_000, 99, 0},
		{1_000_000_000_000, 3333, 333_300_000_000, 666_700_000_000},
		{7, 3333, 3, 4},
	} {
		company, customer := quality.Split(c.fee, c.bp)
		require.Equal(t, c.company, company, "%+v", c)
		require.Equal(t, c.customer, customer, "%+v", c)
		require.Equal(t, c.fee, company+customer)
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		here := w.listed(t, nil)
		k.Clock.Advance(time.Second)
		w.listed(t, func(f *quality.SupervisorForm) { f.Cities, f.Name = []string{"杭州市"}, "周工" })
		k.Clock.Advance(time.Second)
		w.listed(t, func(f *quality.SupervisorForm) { f.Active = false })

		page := db.Page{Limit: 10}
		list, _, err := w.Supervisors(ctx, w.owner, model.Directory{City: "上海市"}, page)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, here, list[0].ID)
		require.Equal(t, "13800138000", list[0].Phone)
		require.Equal(t, []string{"上海市", "苏州市"}, list[0].Cities)
		list, _, err = w.Supervisors(ctx, w.owner, model.Directory{}, page)
		require.NoError(t, err)
		require.Len(t, list, 2, "customers are shown those who may be chosen")
		list, next, err := w.Supervisors(ctx, w.keeper, model.Directory{}, db.Page{Limit: 2})
		require.NoError(t, err)
		require.Len(t, list, 2)
		list, _, err = w.Supervisors(ctx, w.keeper, model.Directory{}, db.Page{Limit: 2, After: next})
		require.NoError(t, err)
		require.Len(t, list, 1)

		change := form()
		change.Company, change.Version = "恒正监理", 1
		changed, err := w.ChangeSupervisor(ctx, w.keeper, here, change)
		require.NoError(t, err)
		require.Equal(t, "恒正监理", changed.Company)
		_, err = w.ChangeSupervisor(ctx, w.keeper, here, change)
		require.Equal(t, "supervisor.changed", fault.Code(err))
		_, err = w.ChangeSupervisor(ctx, w.stranger, here, change)
		require.Equal(t, "supervisor.not_yours", fault.Code(err))
		head := actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.RegionalHead, RegionID: w.store.RegionID, Scope: actor.Region}
		change.Version = 2
		_, err = w.ChangeSupervisor(ctx, head, here, change)
		require.NoError(t, err, "the head of the store's region")
		head.RegionID = id.New()
		_, err = w.ChangeSupervisor(ctx, head, here, change)
		require.Equal(t, "supervisor.not_yours", fault.Code(err))
		_, err = w.ChangeSupervisor(ctx, w.keeper, id.New(), change)
		require.Equal(t, "not_found", fault.Code(err))

		for at, breaks := range map[string]func(*quality.SupervisorForm){
			"body.name":        func(f *quality.SupervisorForm) { f.Name = " " },
			"body.company":     func(f *quality.SupervisorForm) { f.Company = "" },
			"body.certificate": func(f *quality.SupervisorForm) { f.Certificate = "" },
			"body.phone":       func(f *quality.SupervisorForm) { f.Phone = "12345" },
			"body.cities":      func(f *quality.SupervisorForm) { f.Cities = nil },
			"body.cities[1]":   func(f *quality.SupervisorForm) { f.Cities = []string{"上海市", "上海市"} },
			"body.fee_fen":     func(f *quality.SupervisorForm) { f.FeeFen = -1 },
			"body.fee_per":     func(f *quality.SupervisorForm) { f.FeePer = "day" },
		} {
			in := form()
			breaks(&in)
			_, _, err := w.AddSupervisor(ctx, w.keeper, in, once.Key{})
			require.Equal(t, at, location(err))
		}
		var kept model.Supervisor
		require.NoError(t, k.DB.Conn(ctx).Where("id = ?", here).Take(&kept).Error)
		require.NotContains(t, string(kept.PhoneEnc), "13800138000")
	})
}

func TestChoose(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "demolition")
		s, other := w.listed(t, nil), w.listed(t, nil)
		idle := w.listed(t, func(f *quality.SupervisorForm) { f.Active = false })

		_, _, err := w.LastChoice(ctx, w.owner, p.ID)
		require.Equal(t, "not_found", fault.Code(err))
		require.Equal(t, "home.owner_only", fault.Code(w.choose(t, w.family, p, s)))
		require.Equal(t, "home.owner_only", fault.Code(w.choose(t, w.guest, p, s)))
		require.Equal(t, "not_found", fault.Code(w.choose(t, w.outsider, p, s)))
		require.Equal(t, "body.supervisor_id", location(w.choose(t, w.owner, p, idle)))
		require.Equal(t, "body.supervisor_id", location(w.choose(t, w.owner, p, id.New())))
		require.NoError(t, w.choose(t, w.owner, p, s))
		require.Equal(t, "supervisor.chosen", fault.Code(w.choose(t, w.owner, p, other)))
		require.Equal(t, []string{"requested"}, conditions(w.choose(t, w.owner, p, other)))
		require.Equal(t, 1, w.tasks(t, p, "supervisor_choice"))

		c, amounts, err := w.LastChoice(ctx, w.owner, p.ID)
		require.NoError(t, err)
		require.True(t, amounts)
		require.Equal(t, []int64{300_001, 150_001, 150_000}, []int64{c.FeeFen, c.CompanyFen, c.CustomerFen})
		_, amounts, err = w.LastChoice(ctx, w.guest, p.ID)
		require.NoError(t, err)
		require.False(t, amounts, "guests see no money")

		_, _, err = w.Decline(ctx, w.stranger, quality.Declining{ProjectID: p.ID, Reason: "档期冲突"})
		require.Equal(t, "not_found", fault.Code(err))
		_, _, err = w.Decline(ctx, w.keeper, quality.Declining{ProjectID: p.ID})
		require.Equal(t, "body.reason", location(err))
		_, _, err = w.Decline(ctx, w.keeper, quality.Declining{ProjectID: p.ID, Reason: "档期冲突"})
		require.NoError(t, err)
		require.Zero(t, w.tasks(t, p, "supervisor_choice"))
		_, _, err = w.Decline(ctx, w.keeper, quality.Declining{ProjectID: p.ID, Reason: "档期冲突"})
		require.Equal(t, "not_found", fault.Code(err))

		require.NoError(t, w.SetCompanyBP(ctx, w.keeper, 7000))
		require.Equal(t, "body.company_bp", location(w.SetCompanyBP(ctx, w.keeper, 10_001)))
		bp, err := w.CompanyBP(ctx)
		require.NoError(t, err)
		require.Equal(t, 7000, bp)
		require.NoError(t, w.choose(t, w.owner, p, other), "another one may be chosen")
		c, _, err = w.LastChoice(ctx, w.keeper, p.ID)
		require.NoError(t, err)
		require.Equal(t, other, c.SupervisorID)
		require.Equal(t, []int64{210_001, 90_000}, []int64{c.CompanyFen, c.CustomerFen})
		rows, err := model.Choices(ctx, k.DB, p.ID)
		require.NoError(t, err)
		require.EqualValues(t, 150_001, rows[1].CompanyFen, "the first choice keeps its split")

		w.cancel(t, p)
		require.Equal(t, "project.cancelled", fault.Code(w.choose(t, w.owner, p, s)))
	})
}

func TestTwoSupervisorsChosenAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "demolition")
		s, other := w.listed(t, nil), w.listed(t, nil)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: w.outsider.ID, HomeID: w.home, Role: identity.HomeOwner, Since: tx.Now})
		})
		for range 30 {
			one(t, race(
				func() error { return w.choose(t, w.owner, p, s) },
				func() error { return w.choose(t, w.outsider, p, other) },
			), "supervisor.chosen")
			_, _, err := w.Decline(ctx, w.keeper, quality.Declining{ProjectID: p.ID, Reason: "再选一次"})
			require.NoError(t, err)
		}
	})
}
