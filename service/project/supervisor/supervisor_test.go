package supervisor_test

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
	model "guike/model/project/supervisor"
	"guike/service/project/supervisor"
	"guike/testkit"
)

func form() supervisor.Form {
	return supervisor.Form{
		Name: "陈志远", Company: "正衡监理", Certificate: "31008821", Phone: "138 0013 8000", Cities: []string{"上海市", "苏州市"},
		FeeFen: 300_001, FeePer: model.PerProject, Active: true,
	}
}

func (w *world) listed(t *testing.T, change func(*supervisor.Form)) id.ID {
	t.Helper()
	in := form()
	if change != nil {
		change(&in)
	}
	r, _, err := w.Add(t.Context(), w.Boss, in, once.Key{})
	require.NoError(t, err)
	return r.SupervisorID
}

func (w *world) choose(t *testing.T, who actor.Actor, p core.Project, entry id.ID) error {
	t.Helper()
	_, _, err := w.Choose(t.Context(), who, supervisor.NewChoice{ProjectID: p.ID, SupervisorID: entry})
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
		company, customer := supervisor.Split(c.fee, c.bp)
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
		w.listed(t, func(f *supervisor.Form) { f.Cities, f.Name = []string{"杭州市"}, "周工" })
		k.Clock.Advance(time.Second)
		w.listed(t, func(f *supervisor.Form) { f.Active = false })

		page := db.Page{Limit: 10}
		list, _, err := w.List(ctx, w.Owner, model.Directory{City: "上海市"}, page)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, here, list[0].ID)
		require.Equal(t, "13800138000", list[0].Phone)
		require.Equal(t, []string{"上海市", "苏州市"}, list[0].Cities)
		list, _, err = w.List(ctx, w.Owner, model.Directory{}, page)
		require.NoError(t, err)
		require.Len(t, list, 2, "customers are shown those who may be chosen")
		list, next, err := w.List(ctx, w.Boss, model.Directory{}, db.Page{Limit: 2})
		require.NoError(t, err)
		require.Len(t, list, 2)
		list, _, err = w.List(ctx, w.Boss, model.Directory{}, db.Page{Limit: 2, After: next})
		require.NoError(t, err)
		require.Len(t, list, 1)

		change := form()
		change.Company, change.Version = "恒正监理", 1
		changed, err := w.Change(ctx, w.Boss, here, change)
		require.NoError(t, err)
		require.Equal(t, "恒正监理", changed.Company)
		_, err = w.Change(ctx, w.Boss, here, change)
		require.Equal(t, "supervisor.changed", fault.Code(err))
		_, err = w.Change(ctx, w.Stranger, here, change)
		require.Equal(t, "supervisor.not_yours", fault.Code(err))
		head := actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.RegionalHead, RegionID: w.Shop.RegionID, Scope: actor.Region}
		change.Version = 2
		_, err = w.Change(ctx, head, here, change)
		require.NoError(t, err, "the head of the store's region")
		head.RegionID = id.New()
		_, err = w.Change(ctx, head, here, change)
		require.Equal(t, "supervisor.not_yours", fault.Code(err))
		_, err = w.Change(ctx, w.Boss, id.New(), change)
		require.Equal(t, "not_found", fault.Code(err))

		for at, breaks := range map[string]func(*supervisor.Form){
			"body.name":        func(f *supervisor.Form) { f.Name = " " },
			"body.company":     func(f *supervisor.Form) { f.Company = "" },
			"body.certificate": func(f *supervisor.Form) { f.Certificate = "" },
			"body.phone":       func(f *supervisor.Form) { f.Phone = "12345" },
			"body.cities":      func(f *supervisor.Form) { f.Cities = nil },
			"body.cities[1]":   func(f *supervisor.Form) { f.Cities = []string{"上海市", "上海市"} },
			"body.fee_fen":     func(f *supervisor.Form) { f.FeeFen = -1 },
			"body.fee_per":     func(f *supervisor.Form) { f.FeePer = "day" },
		} {
			in := form()
			breaks(&in)
			_, _, err := w.Add(ctx, w.Boss, in, once.Key{})
			require.Equal(t, at, testkit.Location(err))
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
		p := w.begin(t)
		s, other := w.listed(t, nil), w.listed(t, nil)
		idle := w.listed(t, func(f *supervisor.Form) { f.Active = false })

		_, _, err := w.LastChoice(ctx, w.Owner, p.ID)
		require.Equal(t, "not_found", fault.Code(err))
		require.Equal(t, "home.owner_only", fault.Code(w.choose(t, w.Family, p, s)))
		require.Equal(t, "home.owner_only", fault.Code(w.choose(t, w.Guest, p, s)))
		require.Equal(t, "not_found", fault.Code(w.choose(t, w.Outsider, p, s)))
		require.Equal(t, "body.supervisor_id", testkit.Location(w.choose(t, w.Owner, p, idle)))
		require.Equal(t, "body.supervisor_id", testkit.Location(w.choose(t, w.Owner, p, id.New())))
		require.NoError(t, w.choose(t, w.Owner, p, s))
		require.Equal(t, "supervisor.chosen", fault.Code(w.choose(t, w.Owner, p, other)))
		require.Equal(t, []string{"requested"}, testkit.Fields(w.choose(t, w.Owner, p, other)))
		require.Equal(t, 1, w.OpenTasks(t, p, "supervisor_choice"))

		c, amounts, err := w.LastChoice(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		require.True(t, amounts)
		require.Equal(t, []int64{300_001, 150_001, 150_000}, []int64{c.FeeFen, c.CompanyFen, c.CustomerFen})
		_, amounts, err = w.LastChoice(ctx, w.Guest, p.ID)
		require.NoError(t, err)
		require.False(t, amounts, "guests see no money")

		_, _, err = w.Decline(ctx, w.Stranger, supervisor.Declining{ProjectID: p.ID, Reason: "档期冲突"})
		require.Equal(t, "not_found", fault.Code(err))
		_, _, err = w.Decline(ctx, w.Boss, supervisor.Declining{ProjectID: p.ID})
		require.Equal(t, "body.reason", testkit.Location(err))
		_, _, err = w.Decline(ctx, w.Boss, supervisor.Declining{ProjectID: p.ID, Reason: "档期冲突"})
		require.NoError(t, err)
		require.Zero(t, w.OpenTasks(t, p, "supervisor_choice"))
		_, _, err = w.Decline(ctx, w.Boss, supervisor.Declining{ProjectID: p.ID, Reason: "档期冲突"})
		require.Equal(t, "not_found", fault.Code(err))

		require.NoError(t, w.SetCompanyBP(ctx, w.Boss, 7000))
		require.Equal(t, "body.company_bp", testkit.Location(w.SetCompanyBP(ctx, w.Boss, 10_001)))
		bp, err := w.CompanyBP(ctx)
		require.NoError(t, err)
		require.Equal(t, 7000, bp)
		require.NoError(t, w.choose(t, w.Owner, p, other), "another one may be chosen")
		c, _, err = w.LastChoice(ctx, w.Boss, p.ID)
		require.NoError(t, err)
		require.Equal(t, other, c.SupervisorID)
		require.Equal(t, []int64{210_001, 90_000}, []int64{c.CompanyFen, c.CustomerFen})
		rows, err := model.Choices(ctx, k.DB, p.ID)
		require.NoError(t, err)
		require.EqualValues(t, 150_001, rows[1].CompanyFen, "the first choice keeps its split")

		w.CallOff(t, p)
		require.Equal(t, "project.cancelled", fault.Code(w.choose(t, w.Owner, p, s)))
	})
}

func TestTwoSupervisorsChosenAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t)
		s, other := w.listed(t, nil), w.listed(t, nil)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: w.Outsider.ID, HomeID: w.HomeID, Role: identity.HomeOwner, Since: tx.Now})
		})
		for range testkit.Rounds() {
			won := 0
			for _, err := range testkit.Together(
				func() error { return w.choose(t, w.Owner, p, s) },
				func() error { return w.choose(t, w.Outsider, p, other) },
			) {
				if err == nil {
					won++
					continue
				}
				require.Equal(t, "supervisor.chosen", fault.Code(err), "%v", err)
				require.NotEmpty(t, testkit.Fields(err), "the refusal says how things stand")
			}
			require.Equal(t, 1, won)
			_, _, err := w.Decline(ctx, w.Boss, supervisor.Declining{ProjectID: p.ID, Reason: "再选一次"})
			require.NoError(t, err)
		}
	})
}
