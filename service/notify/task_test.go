package notify_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	caremodel "guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/service/care"
	"guike/testkit"
)

func TestStaffAreToldOfTasksAndAlerts(t *testing.T) {
	t.Parallel()
	scene(t, "in their inbox, once, and nobody of another store or region", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		engine := care.New(k.DB)
		k.Tx(t, engine.SeedTx)
		here, there := k.Store(t), k.Store(t)
		manager, stranger := k.Staff(t, actor.StoreManager, here, actor.Store), k.Staff(t, actor.StoreManager, there, actor.Store)
		centre := k.Staff(t, actor.ExperienceCentre, identity.Store{}, actor.All)
		head, otherHead := w.head(t, here.RegionID), w.head(t, there.RegionID)
		var a caremodel.Alert
		k.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
			a, err = engine.RaiseTx(ctx, tx, actor.Machine(), caremodel.Raise{Kind: "design_objection", Cause: "one", Reason: "对新版有异议", StoreID: here.ID})
			return err
		})
		w.deliver(t)
		got := w.inbox(t, manager)
		require.Len(t, got, 1)
		require.Equal(t, "alert", got[0].Kind)
		require.Equal(t, "alert", got[0].RefKind)
		require.Equal(t, a.ID, got[0].RefID)
		require.Contains(t, got[0].Title, "一级告警")
		require.Contains(t, got[0].Body, "对新版有异议")
		require.Contains(t, got[0].Body, "2026年11月24日 09:30")
		require.Equal(t, 1, w.tape.Heard("staff:"+manager.ID.String()))
		for _, who := range []actor.Actor{stranger, centre, head, otherHead} {
			require.Empty(t, w.inbox(t, who))
		}
		require.NoError(t, w.Handlers()[caremodel.TopicTaskOpened](t.Context(), w.event(t, caremodel.TopicTaskOpened)))
		require.Len(t, w.inbox(t, manager), 1, "a repeated delivery finds it done")

		k.Clock.Advance(4 * time.Hour)
		require.NoError(t, engine.EscalateSilent(t.Context()))
		w.deliver(t)
		require.Contains(t, w.inbox(t, centre)[0].Title, "【升级】【一级告警】")
		k.Clock.Advance(44 * time.Hour)
		require.NoError(t, engine.Escalate(t.Context()))
		w.deliver(t)
		require.Len(t, w.inbox(t, head), 1, "the head of the store's region")
		require.Empty(t, w.inbox(t, otherHead))
		require.Len(t, w.inbox(t, manager), 1)
	})
	scene(t, "at the end of the line when their role has nobody", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		engine := care.New(k.DB)
		k.Tx(t, engine.SeedTx)
		top := k.Staff(t, actor.Management, identity.Store{}, actor.All)
		store := k.Store(t).ID
		order := func(cause string, owner id.ID) {
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				_, err := engine.OpenTx(ctx, tx, actor.Machine(), care.Order{Kind: care.KindManual, Cause: cause, Reason: "回访", StoreID: store, OwnerID: owner})
				return err
			})
			w.deliver(t)
		}
		order("nobody's", id.ID{})
		got := w.inbox(t, top)
		require.Len(t, got, 1)
		require.Equal(t, "task", got[0].Kind)
		order("somebody's", w.manager.ID)
		require.Len(t, w.inbox(t, w.manager), 1)
		require.Len(t, w.inbox(t, top), 1)
	})
	scene(t, "once for each time that something is missing, by one task", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		engine := care.New(k.DB)
		k.Tx(t, engine.SeedTx)
		here := k.Store(t)
		pm, manager := k.Staff(t, actor.ProjectManager, here, actor.Own), k.Staff(t, actor.StoreManager, here, actor.Store)
		project := id.New()
		missing := func(kind, day string, owner id.ID) {
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				_, err := engine.StandTx(ctx, tx, actor.Machine(), caremodel.Standing{
					Kinds: []string{"missing_log", "missing_log_manager"}, Up: kind == "missing_log_manager",
					Order: caremodel.Order{Kind: kind, Cause: kind + day, Reason: day + " 没有施工日志。", ProjectID: project, StoreID: here.ID, OwnerID: owner},
				})
				return err
			})
		}
		missing("missing_log", "11-23", pm.ID)
		missing("missing_log_manager", "11-23", id.ID{})
		missing("missing_log", "11-24", pm.ID)
		missing("missing_log_manager", "11-24", id.ID{})
		w.deliver(t) // all of it at once, after a standstill
		for who, kind := range map[actor.Actor]string{pm: "task", manager: "task_escalated"} {
			got := w.inbox(t, who)
			require.Len(t, got, 2, kind)
			require.Equal(t, got[0].RefID, got[1].RefID, "one task")
			for _, m := range got {
				require.Equal(t, kind, m.Kind)
			}
		}
		require.Contains(t, w.inbox(t, manager)[0].Title, "【升级】")
		bodies := w.inbox(t, manager)[0].Body + w.inbox(t, manager)[1].Body
		require.Contains(t, bodies, "11-23")
		require.Contains(t, bodies, "11-24", "each tells of its day")
	})
	scene(t, "only of what is still open", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		engine := care.New(k.DB)
		k.Tx(t, engine.SeedTx)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := engine.RaiseTx(ctx, tx, actor.Machine(), caremodel.Raise{Kind: "defect", Cause: "x", OwnerID: w.manager.ID})
			if err != nil {
				return err
			}
			return engine.ClearTx(ctx, tx, actor.Machine(), "x", "已解决")
		})
		w.deliver(t)
		require.Empty(t, w.inbox(t, w.manager))
		for _, topic := range []string{caremodel.TopicTaskOpened, caremodel.TopicTaskEscalated, caremodel.TopicTaskRenewed} {
			e := w.owe(t, topic, caremodel.TaskEscalated{TaskID: id.New(), Level: 1})
			require.Error(t, w.Handlers()[topic](t.Context(), e), "an event about nothing is given up")
		}
	})
}

// head employs the head of a region.
func (w *world) head(t *testing.T, region id.ID) actor.Actor {
	t.Helper()
	now := w.Clock.Now()
	s := identity.Staff{ID: id.New(), Name: "区域负责人", Role: actor.RegionalHead, RegionID: region, PasswordChangedAt: now, CreatedAt: now, UpdatedAt: now, Version: 1}
	s.Username = s.ID.String()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return identity.InsertStaff(ctx, tx, &s) })
	return actor.Actor{Kind: actor.Staff, ID: s.ID, Role: s.Role, RegionID: region, Scope: actor.Region}
}
