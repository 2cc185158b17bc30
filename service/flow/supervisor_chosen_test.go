package flow_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/cache"
	caremodel "guike/model/care"
	"guike/model/db"
	identitymodel "guike/model/identity"
	"guike/model/once"
	model "guike/model/project"
	choices "guike/model/project/supervisor"
	"guike/service/care"
	"guike/service/files"
	"guike/service/flow"
	"guike/service/identity"
	"guike/service/project"
	"guike/service/project/supervisor"
	"guike/testkit"
)

// watch is a site at which customers choose third-party supervisors.
type watch struct {
	*site
	*flow.Supervisors
	directory *supervisor.Service
	sessions  *identity.Sessions
	staff     *identity.Staff
	keeper    actor.Actor // the store manager
	chosen    id.ID       // an entry of the directory
}

func newWatch(t *testing.T, k *testkit.Kit) *watch {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind(make([]byte, crypt.KeyBytes))
	require.NoError(t, err)
	memory, err := cache.Open(t.Context(), cache.Options{URL: k.Redis, Clock: k.Clock, Prefix: "test:" + id.New().String() + ":", Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = memory.Close() })
	w := &watch{site: newSite(t, k)}
	w.sessions, err = identity.NewSessions(k.DB, memory, []identity.SigningKey{{ID: "k", Secret: []byte(strings.Repeat("k", 32))}}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	w.staff = identity.NewStaff(k.DB, w.sessions, box, blind)
	alarms := care.New(k.DB)
	journal := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Links: noLinks{}, Files: files.New(files.Deps{DB: k.DB}), Alarms: alarms}
	w.directory = supervisor.New(journal, box)
	w.Supervisors = flow.NewSupervisors(journal, w.directory, w.staff, rand.Reader)
	w.projects = project.New(project.Deps{Journal: journal, Box: box, Entropy: rand.Reader, Followers: []project.Follower{w.Supervisors}})
	w.keeper = k.Staff(t, actor.StoreManager, w.store, actor.Store)
	k.Tx(t, alarms.SeedTx)
	w.chosen = w.listed(t, "陈志远")
	return w
}

func (w *watch) listed(t *testing.T, name string) id.ID {
	t.Helper()
	r, _, err := w.directory.Add(t.Context(), w.keeper, supervisor.Form{
		Name: name, Company: "正衡监理", Certificate: "31008821", Phone: "13800138000", Cities: []string{"上海市"},
		FeeFen: 300_000, FeePer: choices.PerProject, Active: true,
	}, once.Key{})
	require.NoError(t, err)
	return r.SupervisorID
}

// asked creates a project whose owner has chosen the supervisor.
func (w *watch) asked(t *testing.T, entry id.ID) (model.Project, actor.Actor) {
	t.Helper()
	p := w.created(t, w.wish("13800138001"))
	owner := actor.Actor{Kind: actor.Customer, ID: p.CustomerID}
	w.choose(t, owner, p, entry)
	return p, owner
}

func (w *watch) choose(t *testing.T, owner actor.Actor, p model.Project, entry id.ID) {
	t.Helper()
	_, _, err := w.directory.Choose(t.Context(), owner, supervisor.NewChoice{ProjectID: p.ID, SupervisorID: entry})
	require.NoError(t, err)
}

func (w *watch) confirmed(t *testing.T, p model.Project) (flow.Confirmed, actor.Actor) {
	t.Helper()
	r, _, err := w.Confirm(t.Context(), w.keeper, flow.Confirmation{ProjectID: p.ID})
	require.NoError(t, err)
	return r, actor.Actor{Kind: actor.Staff, ID: r.StaffID, Name: "陈志远", Role: actor.Supervisor, External: true, Scope: actor.Own}
}

func (w *watch) account(t *testing.T, staff id.ID) identitymodel.Staff {
	t.Helper()
	row, err := identitymodel.StaffByID(t.Context(), w.DB, staff)
	require.NoError(t, err)
	return row
}

func (w *watch) end(t *testing.T, who actor.Actor, p model.Project) error {
	t.Helper()
	_, _, err := w.End(t.Context(), who, flow.EndingSupervision{ProjectID: p.ID, Reason: "不再需要"})
	return err
}

func TestConfirmSupervisor(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWatch(t, k), t.Context()
		p, owner := w.asked(t, w.chosen)
		stranger := k.Staff(t, actor.StoreManager, k.Store(t), actor.Store)
		_, _, err := w.Confirm(ctx, stranger, flow.Confirmation{ProjectID: p.ID})
		require.Equal(t, "not_found", fault.Code(err))
		_, _, err = w.Confirm(ctx, w.keeper, flow.Confirmation{ProjectID: p.ID, Username: "x"})
		require.Equal(t, "input.invalid", fault.Code(err))

		in := flow.Confirmation{ProjectID: p.ID, Username: "Chen.Zhiyuan", Once: once.Of("k", "op", "x")}
		r, replayed, err := w.Confirm(ctx, w.keeper, in)
		require.NoError(t, err)
		require.False(t, replayed)
		require.Equal(t, "chen.zhiyuan", r.Username)
		require.NotEmpty(t, r.FirstPassword)
		again, replayed, err := w.Confirm(ctx, w.keeper, in)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, r.StaffID, again.StaffID)
		require.Empty(t, again.FirstPassword, "shown once")
		_, _, err = w.Confirm(ctx, w.keeper, flow.Confirmation{ProjectID: p.ID})
		require.Equal(t, "supervisor.choice_state", fault.Code(err))

		row := w.account(t, r.StaffID)
		require.True(t, row.External)
		require.Equal(t, actor.Supervisor, row.Role)
		require.True(t, row.StoreID.IsZero())
		pair, _, err := w.staff.SignIn(ctx, "chen.zhiyuan", r.FirstPassword, identity.Meta{})
		require.NoError(t, err)
		who, err := w.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err)
		require.True(t, who.External)

		who.Scope = actor.Own
		other := w.created(t, w.wish("13800138009"))
		_, err = model.Find(ctx, k.DB, who, p.ID)
		require.NoError(t, err)
		_, err = model.Find(ctx, k.DB, who, other.ID)
		require.Equal(t, "not_found", fault.Code(err))
		d, err := w.projects.Detail(ctx, who, p.ID)
		require.NoError(t, err)
		require.False(t, d.Contact.Full, "contact data stay masked for a third party")
		require.NotContains(t, d.Contact.Phone, "13800138001")

		t.Run("keeps the place against colleagues, who do not take it by themselves", func(t *testing.T) {
			colleague := k.Staff(t, actor.Supervisor, w.store, actor.Own)
			_, _, err := w.projects.Assign(ctx, w.keeper, project.NewPerson{ProjectID: p.ID, StaffID: colleague.ID, Note: "接手"})
			require.Equal(t, "project.supervisor_chosen", fault.Code(err))
			_, _, err = w.projects.Assign(ctx, w.keeper, project.NewPerson{ProjectID: other.ID, StaffID: r.StaffID})
			require.Equal(t, "input.invalid", fault.Code(err), "an external is named by a choice alone")
		})
		t.Run("has an account that only the directory looks after", func(t *testing.T) {
			admin := k.Staff(t, actor.Admin, identitymodel.Store{}, actor.All)
			_, err := w.staff.Update(ctx, admin, r.StaffID, identity.StaffForm{Name: "陈志远", Role: actor.Supervisor, StoreID: w.store.ID})
			require.Equal(t, "staff.external", fault.Code(err))
			_, _, err = w.NewPassword(ctx, stranger, w.chosen)
			require.Equal(t, "supervisor.not_yours", fault.Code(err))
			_, _, err = w.NewPassword(ctx, w.keeper, w.listed(t, "无账号"))
			require.Equal(t, "not_found", fault.Code(err))
			username, password, err := w.NewPassword(ctx, w.keeper, w.chosen)
			require.NoError(t, err)
			_, err = w.sessions.Verify(ctx, pair.Access)
			require.Equal(t, "session.revoked", fault.Code(err))
			_, _, err = w.staff.SignIn(ctx, username, password, identity.Meta{})
			require.NoError(t, err)
		})
		t.Run("loses project and sign-in when the customer ends it", func(t *testing.T) {
			guest := actor.Actor{Kind: actor.Customer, ID: id.New()}
			require.Equal(t, "not_found", fault.Code(w.end(t, guest, p)))
			require.NoError(t, w.end(t, owner, p))
			_, err := model.Find(ctx, k.DB, who, p.ID)
			require.Equal(t, "not_found", fault.Code(err))
			require.False(t, w.account(t, r.StaffID).Active())
			require.Equal(t, "not_found", fault.Code(w.end(t, owner, p)))
			c, _, err := w.directory.LastChoice(ctx, owner, p.ID)
			require.NoError(t, err)
			require.Equal(t, choices.ChoiceEnded, c.State)
			require.Equal(t, "不再需要", c.Reason)
		})
		t.Run("is let in again by the next choice", func(t *testing.T) {
			w.choose(t, owner, p, w.chosen)
			next, _ := w.confirmed(t, p)
			require.Equal(t, r.StaffID, next.StaffID)
			require.Empty(t, next.FirstPassword, "the password that they had")
			require.True(t, w.account(t, r.StaffID).Active())
		})
	})
}

func TestSupervisorOfSeveralProjects(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWatch(t, k), t.Context()
		p, _ := w.asked(t, w.chosen)
		q, _ := w.asked(t, w.chosen)
		r, who := w.confirmed(t, p)
		same, _ := w.confirmed(t, q)
		require.Equal(t, r.StaffID, same.StaffID, "one sign-in for all")

		task, err := care.New(k.DB).Complete(ctx, who, id.New(), "done", "")
		require.Equal(t, "not_found", fault.Code(err), "%v", task)
		var mine caremodel.Task
		k.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
			mine, err = care.New(k.DB).OpenTx(ctx, tx, actor.Machine(), caremodel.Order{Kind: care.KindManual, Cause: "recheck", ProjectID: p.ID, OwnerID: who.ID})
			return err
		})
		_, err = caremodel.Find(ctx, k.DB, who, mine.ID)
		require.NoError(t, err)

		_, _, err = w.projects.Cancel(ctx, w.keeper, project.Cancel{ProjectID: p.ID, Reason: "客户搬家"})
		require.NoError(t, err)
		_, err = model.Find(ctx, k.DB, who, p.ID)
		require.Equal(t, "not_found", fault.Code(err), "lost with the cancelled project")
		_, err = caremodel.Find(ctx, k.DB, who, mine.ID)
		require.Equal(t, "not_found", fault.Code(err), "and so are its tasks")
		_, err = model.Find(ctx, k.DB, who, q.ID)
		require.NoError(t, err)
		require.True(t, w.account(t, r.StaffID).Active())

		w.complete(t, q)
		_, err = model.Find(ctx, k.DB, who, q.ID)
		require.Equal(t, "not_found", fault.Code(err), "lost with the completed project")
		require.False(t, w.account(t, r.StaffID).Active(), "none is left")
		owner := actor.Actor{Kind: actor.Customer, ID: q.CustomerID}
		_, _, err = w.directory.Choose(ctx, owner, supervisor.NewChoice{ProjectID: q.ID, SupervisorID: w.chosen})
		require.Equal(t, "supervisor.project_closed", fault.Code(err))
	})
}

// Who was disabled by hand is not let in again by what a customer chooses.
func TestSupervisorDisabledByHandStaysOut(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWatch(t, k), t.Context()
		admin := k.Staff(t, actor.Admin, identitymodel.Store{}, actor.All)
		p, owner := w.asked(t, w.chosen)
		r, _ := w.confirmed(t, p)
		keptOut := func(t *testing.T) {
			t.Helper()
			q, other := w.asked(t, w.chosen)
			_, _, err := w.Confirm(ctx, w.keeper, flow.Confirmation{ProjectID: q.ID})
			require.Equal(t, "staff.disabled_by_hand", fault.Code(err))
			require.False(t, w.account(t, r.StaffID).Active())
			c, ok, err := choices.StandingChoice(ctx, k.DB, q.ID)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, choices.ChoiceRequested, c.State, "nothing was confirmed")
			people, err := model.People(ctx, k.DB, q.ID)
			require.NoError(t, err)
			for _, person := range people {
				require.NotEqual(t, r.StaffID, person.StaffID)
			}
			require.NoError(t, w.end(t, other, q))
		}

		_, err := w.staff.Disable(ctx, admin, r.StaffID)
		require.NoError(t, err)
		keptOut(t)
		require.NoError(t, w.end(t, owner, p))
		keptOut(t)

		_, err = w.staff.Enable(ctx, admin, r.StaffID)
		require.NoError(t, err)
		w.choose(t, owner, p, w.chosen)
		w.confirmed(t, p)
		require.NoError(t, w.end(t, owner, p))
		require.True(t, w.account(t, r.StaffID).Idle, "for want of a project")
		_, err = w.staff.Disable(ctx, admin, r.StaffID)
		require.NoError(t, err)
		keptOut(t)
		_, err = w.staff.Enable(ctx, admin, r.StaffID)
		require.NoError(t, err)
		require.False(t, w.account(t, r.StaffID).Idle)
	})
}

// complete brings a project to its last working stage and completes that by the use case.
func (w *watch) complete(t *testing.T, p model.Project) {
	t.Helper()
	last := ""
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		p, err := model.LockTx(ctx, tx, actor.Machine(), p.ID)
		require.NoError(t, err)
		stages, err := model.Stages(ctx, tx, p.ID)
		require.NoError(t, err)
		for i := range stages {
			s := &stages[i]
			if s.Weight == 0 {
				break
			}
			last, s.State, s.StartedAt = s.Key, model.StageCompleted, &tx.Now
			if s.Key == "acceptance" {
				s.State = model.StageActive
			}
			require.NoError(t, model.SaveStageTx(ctx, tx, s))
		}
		p.Derive(stages, tx.Now)
		return model.SaveStateTx(ctx, tx, &p)
	})
	_, _, err := w.projects.CompleteStage(t.Context(), w.keeper, project.StageRef{ProjectID: p.ID, Key: last})
	require.NoError(t, err)
}

// Two confirmations of one supervisor's first two projects make one account; two last projects that end
// at once leave it disabled.
func TestSupervisorConfirmedAndEndedAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWatch(t, k), t.Context()
		for range 6 { // each round hashes two passwords
			entry := w.listed(t, "周工")
			p, owner := w.asked(t, entry)
			q, _ := w.asked(t, entry)
			for _, err := range testkit.Race(2, func(i int) error {
				_, _, err := w.Confirm(ctx, w.keeper, flow.Confirmation{ProjectID: []id.ID{p.ID, q.ID}[i]})
				return err
			}) {
				require.NoError(t, err)
			}
			row, err := choices.ByID(ctx, k.DB, entry)
			require.NoError(t, err)
			var accounts int64
			require.NoError(t, k.DB.Conn(ctx).Model(&identitymodel.Staff{}).Where("name = ? AND id <> ?", "周工", row.StaffID).
				Where("disabled_at IS NULL").Count(&accounts).Error)
			require.Zero(t, accounts, "one account for both")
			for _, err := range testkit.Race(2, func(i int) error { return w.end(t, owner, []model.Project{p, q}[i]) }) {
				require.NoError(t, err)
			}
			require.False(t, w.account(t, row.StaffID).Active())
		}
	})
}

// One choice is confirmed and ended at the same moment: whatever comes first, nobody is left in charge
// with a sign-in after the end.
func TestSupervisorConfirmedWhileTheCustomerEndsIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWatch(t, k), t.Context()
		p, owner := w.asked(t, w.chosen)
		w.confirmed(t, p)
		require.NoError(t, w.end(t, owner, p))
		row, err := choices.ByID(ctx, k.DB, w.chosen)
		require.NoError(t, err)
		for range testkit.Rounds() {
			w.choose(t, owner, p, w.chosen)
			errs := testkit.Race(2, func(i int) error {
				if i == 0 {
					return w.end(t, owner, p)
				}
				_, _, err := w.Confirm(ctx, w.keeper, flow.Confirmation{ProjectID: p.ID})
				return err
			})
			require.NoError(t, errs[0], "the customer's word counts either way")
			if errs[1] != nil {
				require.Equal(t, "not_found", fault.Code(errs[1]))
			}
			busy, err := model.Busy(ctx, k.DB, row.StaffID)
			require.NoError(t, err)
			require.False(t, busy)
			require.False(t, w.account(t, row.StaffID).Active())
		}
	})
}
