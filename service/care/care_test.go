package care_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	model "guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
	"guike/service/care"
	"guike/testkit"
)

// emptyStore is where people of the head office work.
var emptyStore identity.Store

type bundle struct {
	*testkit.Kit
	care    *care.Service
	manager actor.Actor
	sales   actor.Actor
	other   actor.Actor // sales of another store
}

func setup(t *testing.T, k *testkit.Kit) bundle {
	t.Helper()
	b := bundle{Kit: k, care: care.New(k.DB)}
	k.Tx(t, b.care.SeedTx)
	k.Tx(t, b.care.SeedTx) // loading the defaults again changes nothing
	here, there := k.Store(t), k.Store(t)
	b.manager = k.Staff(t, actor.StoreManager, here, actor.Store)
	b.sales = k.Staff(t, actor.Sales, here, actor.Own)
	b.other = k.Staff(t, actor.Sales, there, actor.Own)
	return b
}

func (b bundle) open(t *testing.T, who actor.Actor) id.ID {
	t.Helper()
	made, _, err := b.care.Open(t.Context(), who, care.Order{Title: "回访", Reason: "客户来电"}, once.Key{})
	require.NoError(t, err)
	return made.ID
}

func TestTask(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b, ctx := setup(t, k), t.Context()
		t.Run("is seen by its owner and the store manager, and by nobody of another store", func(t *testing.T) {
			task := b.open(t, b.sales)
			for _, who := range []actor.Actor{b.sales, b.manager} {
				_, err := b.care.Get(ctx, who, task)
				require.NoError(t, err)
			}
			_, err := b.care.Get(ctx, b.other, task)
			require.Equal(t, "not_found", fault.Code(err))
			_, err = b.care.Complete(ctx, b.other, task, "done", "")
			require.Equal(t, "not_found", fault.Code(err))
			_, err = b.care.Get(ctx, actor.Actor{Kind: actor.Staff, ID: b.sales.ID}, task)
			require.Equal(t, "not_found", fault.Code(err), "a scope of nothing sees nothing")
		})
		t.Run("ends once, with one of its outcomes", func(t *testing.T) {
			task := b.open(t, b.sales)
			_, err := b.care.Complete(ctx, b.sales, task, "bought", "")
			require.Equal(t, "input.invalid", fault.Code(err))
			for range 2 { // the same end again is no mistake
				done, err := b.care.Complete(ctx, b.sales, task, "done", "满意")
				require.NoError(t, err)
				require.Equal(t, model.Done, done.State)
			}
			_, err = b.care.Complete(ctx, b.sales, task, "done", "要求换门板")
			require.Equal(t, "task.ended", fault.Code(err), "another note is another end: it must not be lost behind a 200")
			_, err = b.care.Complete(ctx, b.manager, task, "done", "")
			require.Equal(t, "task.ended", fault.Code(err))
			_, err = b.care.Assign(ctx, b.manager, task, b.manager.ID, "")
			require.Equal(t, "task.ended", fault.Code(err))
			d, err := b.care.Get(ctx, b.sales, task)
			require.NoError(t, err)
			require.Equal(t, []string{"created", "done"}, what(d))
		})
		t.Run("can be handed on within the store, not to another's", func(t *testing.T) {
			task := b.open(t, b.manager)
			_, err := b.care.Assign(ctx, b.manager, task, b.other.ID, "")
			require.Equal(t, "input.invalid", fault.Code(err))
			got, err := b.care.Assign(ctx, b.manager, task, b.sales.ID, "请今天联系")
			require.NoError(t, err)
			require.Equal(t, b.sales.ID, got.OwnerID)
		})
		t.Run("is opened once by its cause", func(t *testing.T) {
			order := care.Order{Kind: care.KindFileReview, Cause: "file:1", StoreID: b.manager.StoreID}
			var first, again model.Task
			k.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
				first, err = b.care.OpenTx(ctx, tx, actor.Machine(), order)
				return err
			})
			k.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
				again, err = b.care.OpenTx(ctx, tx, actor.Machine(), order)
				return err
			})
			require.Equal(t, first.ID, again.ID)
			require.Equal(t, k.Clock.Now().Add(4*time.Hour), first.DueAt)
		})
		t.Run("refuses what cannot be", func(t *testing.T) {
			for location, o := range map[string]care.Order{
				"body.kind":        {Kind: "nonsense", Title: "x", Reason: "x"},
				"body.due_at":      {Title: "x", Reason: "x", DueAt: k.Clock.Now().Add(-time.Second)},
				"body.owner_id":    {Title: "x", Reason: "x", OwnerID: id.New()},
				"body.customer_id": {Title: "x", Reason: "x", CustomerID: id.New()},
			} {
				_, _, err := b.care.Open(ctx, b.sales, o, once.Key{})
				f, ok := fault.Of(err)
				require.True(t, ok, location)
				require.Equal(t, location, f.Fields[0].Location)
			}
		})
	})
}

func what(d care.Detail) []string {
	var all []string
	for _, e := range d.History {
		all = append(all, e.What)
	}
	return all
}

func TestTaskClimbsItsLadderOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b := setup(t, k)
		task := b.open(t, b.sales)
		escalate := func() {
			var all sync.WaitGroup
			for range 4 { // four instances at the same moment
				all.Go(func() {
					if err := b.care.Escalate(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		level := func() int64 {
			d, err := b.care.Get(t.Context(), b.sales, task)
			require.NoError(t, err)
			return d.Level
		}
		k.Clock.Advance(24*time.Hour - time.Second)
		escalate()
		require.Zero(t, level(), "not before it is due")
		k.Clock.Advance(time.Second)
		escalate()
		require.EqualValues(t, 1, level())
		k.Clock.Advance(200 * time.Hour) // everything stood still for eight days
		escalate()
		require.EqualValues(t, 3, level())
		d, err := b.care.Get(t.Context(), b.sales, task)
		require.NoError(t, err)
		require.Equal(t, []string{"created", "escalated", "escalated", "escalated"}, what(d))
		require.Equal(t, actor.Management, d.History[3].ToRole)

		stuck, behind := b.open(t, b.sales), b.open(t, b.sales)
		broken := k.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return tx.Conn(t.Context()).Model(&model.Task{}).Where("id = ?", stuck).UpdateColumn("steps", "{").Error
		})
		require.NoError(t, broken)
		k.Clock.Advance(24 * time.Hour)
		require.ErrorContains(t, b.care.Escalate(t.Context()), stuck.String())
		d, err = b.care.Get(t.Context(), b.sales, behind)
		require.NoError(t, err)
		require.EqualValues(t, 1, d.Level, "a task that cannot climb holds up no other")
		_, err = b.care.Complete(t.Context(), b.sales, stuck, "done", "")
		require.NoError(t, err)

		done := b.open(t, b.sales)
		_, err = b.care.Complete(t.Context(), b.sales, done, "done", "")
		require.NoError(t, err)
		k.Clock.Advance(200 * time.Hour)
		escalate()
		d, err = b.care.Get(t.Context(), b.sales, done)
		require.NoError(t, err)
		require.Zero(t, d.Level, "what has ended does not climb")
	})
}

func TestListShowsWhatIsDueFirst(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b := setup(t, k)
		var want []id.ID
		for i := range 5 {
			made, _, err := b.care.Open(t.Context(), b.sales, care.Order{Title: "x", Reason: "x", DueAt: k.Clock.Now().Add(time.Duration(i+1) * time.Hour)}, once.Key{})
			require.NoError(t, err)
			want = append(want, made.ID)
		}
		b.open(t, b.other)
		var got []id.ID
		page := db.Page{Limit: 2}
		for {
			rows, next, err := b.care.List(t.Context(), b.manager, model.Filter{}, page)
			require.NoError(t, err)
			for _, r := range rows {
				got = append(got, r.ID)
			}
			if page.After = next; next.IsZero() {
				break
			}
		}
		require.Equal(t, want, got)
		rows, _, err := b.care.List(t.Context(), b.sales, model.Filter{DueBefore: k.Clock.Now().Add(2 * time.Hour)}, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, rows, 2)
		for _, far := range []time.Time{time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -23*3600))} {
			_, _, err = b.care.List(t.Context(), b.sales, model.Filter{DueBefore: far}, db.Page{Limit: 10})
			require.Equal(t, "input.invalid", fault.Code(err), "MySQL cannot compare it")
			_, _, err = b.care.Open(t.Context(), b.sales, care.Order{Title: "x", Reason: "x", DueAt: far}, once.Key{})
			require.Equal(t, "input.invalid", fault.Code(err))
		}
	})
}

func TestCausesOfOtherDomainsBecomeTasksOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b, ctx := setup(t, k), t.Context()
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return outbox.AddTx(ctx, tx, identity.TopicStaffDisabled, identity.StaffDisabled{StaffID: b.sales.ID})
		})
		handle := b.care.Handlers()[identity.TopicStaffDisabled]
		var event outbox.Event
		require.NoError(t, k.DB.Conn(ctx).Where("topic = ?", identity.TopicStaffDisabled).Take(&event).Error)
		for range 3 { // delivered at least once
			require.NoError(t, handle(ctx, event))
		}
		rows, _, err := b.care.List(ctx, b.manager, model.Filter{Kind: care.KindStaffLeaves}, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, actor.StoreManager, rows[0].OwnerRole)
	})
}
