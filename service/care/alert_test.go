package care_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	model "guike/model/care"
	"guike/model/db"
	"guike/model/once"
	"guike/service/care"
	"guike/testkit"
)

// raise raises an alert as the house itself.
func (b bundle) raise(t *testing.T, r model.Raise) model.Alert {
	t.Helper()
	var a model.Alert
	b.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		a, err = b.care.RaiseTx(ctx, tx, actor.Machine(), r)
		return err
	})
	return a
}

func (b bundle) alert(t *testing.T, alert id.ID) care.AlertDetail {
	t.Helper()
	d, err := b.care.Alert(t.Context(), actor.Machine(), alert)
	require.NoError(t, err)
	return d
}

func (b bundle) task(t *testing.T, task id.ID) care.Detail {
	t.Helper()
	d, err := b.care.Get(t.Context(), actor.Machine(), task)
	require.NoError(t, err)
	return d
}

func told(d care.AlertDetail) []string {
	var all []string
	for _, e := range d.History {
		all = append(all, e.What)
	}
	return all
}

func TestAlert(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b, ctx := setup(t, k), t.Context()
		centre := k.Staff(t, actor.ExperienceCentre, emptyStore, actor.All)
		of := func(cause string) model.Raise {
			return model.Raise{Kind: model.AnyAlert, Cause: cause, Reason: "墙面开裂", StoreID: b.manager.StoreID}
		}
		t.Run("opens one task for its owner, with the clocks of its level", func(t *testing.T) {
			a := b.raise(t, of("one"))
			require.Equal(t, 1, a.Level)
			require.Equal(t, actor.StoreManager, a.OwnerRole)
			require.Equal(t, k.Clock.Now().Add(4*time.Hour), a.AcknowledgeDueAt)
			task := b.task(t, a.TaskID)
			require.Equal(t, k.Clock.Now().Add(24*time.Hour), task.DueAt)
			require.Equal(t, "墙面开裂", task.Reason)
			require.NotContains(t, task.Steps, actor.StoreManager, "no step goes to whom it comes from")
			again := b.raise(t, of("one"))
			require.Equal(t, a.ID, again.ID)
			require.Equal(t, a.TaskID, again.TaskID)
			require.Equal(t, []string{"raised"}, told(b.alert(t, a.ID)))
		})
		t.Run("begins at the level of its kind", func(t *testing.T) {
			for kind, want := range map[string]int{"missing_log": 1, "plan_delay": 2, "material_mismatch": 2, "quality_loss": 3, "design_objection": 1, "defect": 1} {
				a := b.raise(t, model.Raise{Kind: kind, Cause: "level:" + kind, StoreID: b.manager.StoreID})
				require.Equal(t, want, a.Level, kind)
				require.NotEmpty(t, a.Title)
			}
		})
		t.Run("goes to the owner who is named, whose role the ladder leaves out", func(t *testing.T) {
			r := of("named")
			r.OwnerID = b.sales.ID
			a := b.raise(t, r)
			require.Equal(t, actor.Sales, a.OwnerRole)
			_, err := b.care.Alert(ctx, b.sales, a.ID)
			require.NoError(t, err)
			_, err = b.care.Acknowledge(ctx, b.sales, a.ID)
			require.NoError(t, err)
		})
		t.Run("is raised to a higher level by its cause, and never falls", func(t *testing.T) {
			first := b.raise(t, of("climbs"))
			_, err := b.care.Acknowledge(ctx, b.manager, first.ID)
			require.NoError(t, err)
			r := of("climbs")
			r.Level = 3
			a := b.raise(t, r)
			require.Equal(t, first.ID, a.ID)
			require.NotEqual(t, first.TaskID, a.TaskID)
			require.Equal(t, 3, a.Level)
			require.Equal(t, model.AlertOpen, a.State, "whoever is told now acknowledges anew")
			require.Equal(t, actor.Management, a.OwnerRole)
			require.Equal(t, model.Cancelled, b.task(t, first.TaskID).State)
			require.Contains(t, b.task(t, a.TaskID).Script, "应急预案")
			r.Level = 2
			require.Equal(t, 3, b.raise(t, r).Level)
			require.Equal(t, []string{"raised", "acknowledged", "level_raised"}, told(b.alert(t, a.ID)))
			_, err = b.care.Complete(ctx, b.manager, first.TaskID, "resolved", "")
			require.Equal(t, "task.ended", fault.Code(err))
		})
		t.Run("is cleared when its cause is over, and the cause may raise another", func(t *testing.T) {
			a := b.raise(t, of("comes and goes"))
			cleared := func() {
				k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
					return b.care.ClearTx(ctx, tx, actor.Machine(), "comes and goes", "已追上进度")
				})
			}
			cleared()
			cleared() // none is no mistake
			d := b.alert(t, a.ID)
			require.Equal(t, model.AlertClosed, d.State)
			require.Equal(t, "cleared", d.Outcome)
			require.Equal(t, model.Done, b.task(t, a.TaskID).State)
			next := b.raise(t, of("comes and goes"))
			require.NotEqual(t, a.ID, next.ID)
			require.Equal(t, model.Open, b.task(t, next.TaskID).State)
		})
		t.Run("ends with its task, whichever is ended", func(t *testing.T) {
			a := b.raise(t, of("closed"))
			_, err := b.care.CloseAlert(ctx, b.manager, a.ID, "bought", "")
			require.Equal(t, "input.invalid", fault.Code(err))
			for range 2 { // the same end again is no mistake
				got, err := b.care.CloseAlert(ctx, b.manager, a.ID, "resolved", "已修补")
				require.NoError(t, err)
				require.Equal(t, model.AlertClosed, got.State)
			}
			_, err = b.care.CloseAlert(ctx, b.manager, a.ID, "other", "")
			require.Equal(t, "alert.closed", fault.Code(err))
			_, err = b.care.Acknowledge(ctx, b.manager, a.ID)
			require.Equal(t, "alert.closed", fault.Code(err))
			_, err = b.care.RaiseLevel(ctx, b.manager, a.ID, 2, "x")
			require.Equal(t, "alert.closed", fault.Code(err))
			require.Equal(t, "resolved", b.task(t, a.TaskID).Outcome)

			a = b.raise(t, of("task done"))
			_, err = b.care.Complete(ctx, b.manager, a.TaskID, "resolved", "已修补")
			require.NoError(t, err)
			d := b.alert(t, a.ID)
			require.Equal(t, model.AlertClosed, d.State)
			require.Equal(t, "resolved", d.Outcome)
			require.Equal(t, b.manager.ID, d.ClosedBy)
			require.Equal(t, []string{"raised", "closed"}, told(d))
		})
		t.Run("of a higher level is not for those below it", func(t *testing.T) {
			r := of("above")
			r.Level = 2
			a := b.raise(t, r)
			_, err := b.care.Alert(ctx, b.manager, a.ID)
			require.NoError(t, err, "the store sees it")
			_, err = b.care.Acknowledge(ctx, b.manager, a.ID)
			require.Equal(t, "alert.not_yours", fault.Code(err))
			_, err = b.care.CloseAlert(ctx, b.manager, a.ID, "resolved", "")
			require.Equal(t, "alert.not_yours", fault.Code(err))
			_, err = b.care.Complete(ctx, b.manager, a.TaskID, "resolved", "")
			require.Equal(t, "alert.not_yours", fault.Code(err))
			_, err = b.care.Assign(ctx, b.manager, a.TaskID, b.manager.ID, "")
			require.Equal(t, "alert.not_yours", fault.Code(err))
			for _, err := range []error{second(b.care.Alert(ctx, b.other, a.ID)), second(b.care.Acknowledge(ctx, b.other, a.ID))} {
				require.Equal(t, "not_found", fault.Code(err), "another store sees nothing")
			}
			_, err = b.care.Assign(ctx, centre, a.TaskID, b.manager.ID, "请店长处理")
			require.NoError(t, err)
			_, err = b.care.Acknowledge(ctx, b.manager, a.ID)
			require.NoError(t, err, "handed down, it is the store's")
			require.Equal(t, []string{"raised", "assigned", "acknowledged"}, told(b.alert(t, a.ID)))
		})
		t.Run("is raised a level by hand with a reason, once", func(t *testing.T) {
			a := b.raise(t, of("by hand"))
			for range 2 { // a repeated request is answered with the first
				got, err := b.care.RaiseLevel(ctx, b.manager, a.ID, 2, "客户要求总部介入")
				require.NoError(t, err)
				require.Equal(t, 2, got.Level)
			}
			_, err := b.care.RaiseLevel(ctx, centre, a.ID, 2, "x")
			require.Equal(t, "alert.level_reached", fault.Code(err))
			_, err = b.care.RaiseLevel(ctx, b.manager, a.ID, 3, " \n")
			testkit.Fails(t, err, "input.invalid", "body.reason", "required")
			_, _, err = b.care.Raise(ctx, b.sales, care.Alarm{Reason: "  "}, once.Key{})
			testkit.Fails(t, err, "input.invalid", "body.reason", "required")
			require.Equal(t, []string{"raised", "level_raised"}, told(b.alert(t, a.ID)))
		})
		t.Run("can be raised by anybody, about what they see", func(t *testing.T) {
			made, _, err := b.care.Raise(ctx, b.sales, care.Alarm{Reason: "客户投诉噪音", Level: 2}, once.Key{})
			require.NoError(t, err)
			d, err := b.care.Alert(ctx, b.sales, made.ID)
			require.NoError(t, err)
			require.Equal(t, b.sales.ID, d.CreatedBy)
			_, err = b.care.Acknowledge(ctx, b.sales, made.ID)
			require.Equal(t, "alert.not_yours", fault.Code(err), "whoever cries for help does not answer it")
			_, _, err = b.care.Raise(ctx, b.sales, care.Alarm{Kind: "nonsense", Reason: "x"}, once.Key{})
			require.Equal(t, "input.invalid", fault.Code(err))
			_, _, err = b.care.Raise(ctx, b.sales, care.Alarm{ProjectID: id.New(), Reason: "x"}, once.Key{})
			require.Equal(t, "input.invalid", fault.Code(err))
		})
		t.Run("is refused without a cause that fits", func(t *testing.T) {
			for _, cause := range []string{"", fmt.Sprintf("%0100d", 1)} {
				err := k.DB.Tx(ctx, func(tx *db.Tx) error { return second(b.care.RaiseTx(ctx, tx, actor.Machine(), of(cause))) })
				require.Error(t, err)
			}
		})
	})
}

// second keeps the error of two results.
func second[T any](_ T, err error) error { return err }

func TestAlertsClimbByThemselves(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b := setup(t, k)
		escalate := func() {
			var all sync.WaitGroup
			for range 2 { // two instances at the same moment
				for _, job := range []func(context.Context) error{b.care.Escalate, b.care.EscalateSilent} {
					all.Go(func() {
						if err := job(t.Context()); err != nil {
							t.Error(err)
						}
					})
				}
			}
			all.Wait()
		}
		escalations := func(a model.Alert) (roles []actor.Role, why []string) {
			for _, e := range b.alert(t, a.ID).History {
				if e.What == "escalated" {
					roles, why = append(roles, e.ToRole), append(why, e.Note)
				}
			}
			return roles, why
		}
		of := func(cause string) model.Alert {
			return b.raise(t, model.Raise{Kind: "design_objection", Cause: cause, StoreID: b.manager.StoreID})
		}
		silent, seen := of("silent"), of("seen")
		_, err := b.care.Acknowledge(t.Context(), b.manager, seen.ID)
		require.NoError(t, err)

		k.Clock.Advance(4*time.Hour - time.Second)
		escalate()
		roles, _ := escalations(silent)
		require.Empty(t, roles, "not before the clock runs out")
		k.Clock.Advance(time.Second)
		escalate()
		roles, why := escalations(silent)
		require.Equal(t, []actor.Role{actor.ExperienceCentre}, roles)
		require.Equal(t, []string{"unacknowledged"}, why)
		roles, _ = escalations(seen)
		require.Empty(t, roles, "somebody has it in hand")

		k.Clock.Advance(48 * time.Hour) // everything stood still
		escalate()
		for _, a := range []model.Alert{silent, seen} {
			roles, _ = escalations(a)
			require.Len(t, unique(roles), len(roles), "every step reaches somebody else")
			require.NotContains(t, roles, actor.StoreManager)
		}
		roles, why = escalations(seen)
		require.Equal(t, []actor.Role{actor.ExperienceCentre, actor.RegionalHead}, roles)
		require.Equal(t, []string{"overdue", "overdue"}, why)

		k.Clock.Advance(500 * time.Hour)
		escalate()
		escalate()
		roles, _ = escalations(silent)
		require.Equal(t, []actor.Role{actor.ExperienceCentre, actor.RegionalHead, actor.Management}, roles, "the ladder has an end")
		_, err = b.care.CloseAlert(t.Context(), b.manager, silent.ID, "withdrawn", "")
		require.NoError(t, err)
	})
}

func unique(roles []actor.Role) map[actor.Role]bool {
	all := map[actor.Role]bool{}
	for _, r := range roles {
		all[r] = true
	}
	return all
}

// race runs fn n times at once and returns what came back.
func race[T any](n int, fn func(i int) T) []T {
	start, results := make(chan struct{}), make([]T, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			results[i] = fn(i)
		})
	}
	close(start)
	all.Wait()
	return results
}

func TestOneCauseRaisesOneAlertHoweverManyRaiseIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b := setup(t, k)
		raise := func(i int) id.ID {
			var a model.Alert
			err := k.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
				a, err = b.care.RaiseTx(t.Context(), tx, actor.Machine(), model.Raise{
					Kind: "quality_loss", Cause: "the one", Level: 1 + i%3, Reason: "渗水", StoreID: b.manager.StoreID,
				})
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return a.ID
		}
		ids := race(30, raise)
		for _, got := range ids {
			require.Equal(t, ids[0], got)
		}
		a := b.alert(t, ids[0])
		require.Equal(t, 3, a.Level)
		rows, _, err := b.care.Alerts(t.Context(), b.manager, model.AlertFilter{}, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		open, _, err := b.care.List(t.Context(), b.manager, model.Filter{Kind: "quality_loss"}, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, open, 1)
		require.Equal(t, a.TaskID, open[0].ID)
	})
}

func TestTwoPeopleAtOneAlert(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b, ctx := setup(t, k), t.Context()
		head := k.Staff(t, actor.Management, emptyStore, actor.All)
		both := []actor.Actor{b.manager, head}
		for round := range testkit.Rounds() {
			a := b.raise(t, model.Raise{Kind: model.AnyAlert, Cause: fmt.Sprint("round ", round), StoreID: b.manager.StoreID})
			seen := race(2, func(i int) id.ID {
				got, err := b.care.Acknowledge(ctx, both[i], a.ID)
				if err != nil {
					t.Error(err)
				}
				return got.AcknowledgedBy
			})
			require.Equal(t, seen[0], seen[1], "both are told who has it")
			codes := race(2, func(i int) string {
				var err error
				if i == 0 {
					_, err = b.care.CloseAlert(ctx, both[i], a.ID, "resolved", "一")
				} else {
					_, err = b.care.Complete(ctx, both[i], a.TaskID, "other", "二")
				}
				return fault.Code(err)
			})
			require.Contains(t, codes, "", "one of both ends it: %v", codes)
			require.NotEqual(t, codes[0], codes[1])
			d := b.alert(t, a.ID)
			require.Equal(t, []string{"raised", "acknowledged", "closed"}, told(d))
			require.Equal(t, d.Outcome, b.task(t, a.TaskID).Outcome)
		}
	})
}

func TestOneCauseOpensOneTaskHoweverManyOrderIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b := setup(t, k)
		ids := race(12, func(int) id.ID {
			var task model.Task
			err := k.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
				task, err = b.care.OpenTx(t.Context(), tx, actor.Machine(), care.Order{Kind: care.KindManual, Cause: "the one", Reason: "x"})
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return task.ID
		})
		for _, got := range ids {
			require.Equal(t, ids[0], got)
		}
	})
}

func TestAlertsAreListedByWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b, ctx := setup(t, k), t.Context()
		var want []id.ID
		for i := range 5 {
			k.Clock.Advance(time.Minute)
			a := b.raise(t, model.Raise{Kind: model.AnyAlert, Cause: fmt.Sprint(i), Level: 1 + i%2, StoreID: b.manager.StoreID})
			want = append([]id.ID{a.ID}, want...)
		}
		b.raise(t, model.Raise{Kind: model.AnyAlert, Cause: "elsewhere", StoreID: b.other.StoreID})
		_, err := b.care.CloseAlert(ctx, b.manager, want[4], "resolved", "")
		require.NoError(t, err)
		list := func(who actor.Actor, f model.AlertFilter) (got []id.ID) {
			for page := (db.Page{Limit: 2}); ; {
				rows, next, err := b.care.Alerts(ctx, who, f, page)
				require.NoError(t, err)
				for _, a := range rows {
					got = append(got, a.ID)
				}
				if page.After = next; next.IsZero() {
					return got
				}
			}
		}
		require.Equal(t, want[:4], list(b.manager, model.AlertFilter{}))
		require.Equal(t, want[4:], list(b.manager, model.AlertFilter{State: model.AlertClosed}))
		require.Equal(t, []id.ID{want[1], want[3]}, list(b.manager, model.AlertFilter{Level: 2}))
		require.Empty(t, list(b.manager, model.AlertFilter{StoreID: b.other.StoreID}))
		require.Empty(t, list(b.manager, model.AlertFilter{Kind: "plan_delay"}))
		require.Empty(t, list(b.manager, model.AlertFilter{ProjectID: id.New()}))
		require.Empty(t, list(b.sales, model.AlertFilter{}))
		counts, err := b.care.OpenByLevel(ctx)
		require.NoError(t, err)
		require.Equal(t, map[string]float64{"1": 3, "2": 2, "3": 0}, counts)
	})
}
