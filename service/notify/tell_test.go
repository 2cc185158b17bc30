package notify_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/wechat/sim"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/notify"
	"guike/model/outbox"
	"guike/model/project"
	"guike/service/notify"
	"guike/testkit"
)

func TestDailyLogReachesTheHome(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		require.EqualValues(t, 1, w.remaining(t, ownerOpenID, notify.EventDailyLog))

		e := w.postLog(t)
		w.deliver(t)

		for _, member := range []actor.Actor{w.owner, w.family, w.guest} {
			got := w.inbox(t, member)
			require.Len(t, got, 1)
			require.Equal(t, "daily_log", got[0].Kind)
			require.Equal(t, w.project.ID, got[0].ProjectID)
			require.Equal(t, 1, w.tape.Heard("customer:"+member.ID.String()))
		}
		require.Empty(t, w.inbox(t, w.former), "a guest whose time has passed is told nothing")

		effects := w.sim.Effects()
		require.Len(t, effects, 1)
		require.Equal(t, ownerOpenID, effects[0].OpenID)
		require.Equal(t, map[string]string{
			"thing1": "滨江花园 3-1201 全屋定制改造项…", "date2": "2026-01-01", "thing3": "今日完成 水电开槽,并清理了全部现场的…", "thing4": "详情请见小程序",
		}, effects[0].Data)
		require.Equal(t, "pages/project/index?id="+w.project.ID.String()+"&entry="+w.inbox(t, w.owner)[0].RefID.String(), effects[0].Page)

		s := w.fate(t, e)
		require.Equal(t, model.Delivered, s.State)
		require.Equal(t, effects[0].MsgID, s.MsgID)
		require.EqualValues(t, 0, w.remaining(t, ownerOpenID, notify.EventDailyLog))
		require.Equal(t, "no_accept", w.fateOf(t, e, w.family).Reason)
		require.Equal(t, "no_wechat", w.fateOf(t, e, w.guest).Reason)
	})
}

func TestRepeatedDeliveryTellsOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		e := w.postLog(t)
		for range 3 {
			require.NoError(t, w.Handlers()[e.Topic](t.Context(), e))
			w.deliver(t)
			send := w.event(t, notify.TopicSend)
			require.NoError(t, w.Handlers()[send.Topic](t.Context(), send))
		}
		require.Len(t, w.inbox(t, w.owner), 1)
		require.Len(t, w.sim.Effects(), 1)
		require.EqualValues(t, 1, w.remaining(t, ownerOpenID, notify.EventDailyLog))
	})
}

func TestEveryEventOfAProjectIsTold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p, now := w.project.ID, k.Clock.Now()
		stage := project.StageChanged{ProjectID: p, StageKey: "measure", EntryID: id.New(), At: now}
		for _, c := range []struct {
			topic, kind, event string
			payload            any
		}{
			{project.TopicCreated, "project_created", notify.EventProjectCreated, project.Created{ProjectID: p, EntryID: id.New(), At: now}},
			{project.TopicStageStarted, "stage_started", notify.EventStage, stage},
			{project.TopicStageCompleted, "stage_completed", notify.EventStage, stage},
			{project.TopicStageReopened, "stage_reopened", notify.EventStage, stage},
			{project.TopicPersonChanged, "person_changed", notify.EventPersonChanged, project.PersonChanged{ProjectID: p, StaffID: w.manager.ID, Role: "project_manager", EntryID: id.New(), At: now}},
			{project.TopicCancelled, "project_cancelled", "", project.Cancellation{ProjectID: p, EntryID: id.New(), At: now}},
		} {
			before := len(w.sim.Effects())
			if c.event != "" {
				w.accept(t, ownerOpenID, c.event)
			}
			w.owe(t, c.topic, c.payload)
			w.deliver(t)
			got := w.inbox(t, w.owner)
			require.Equal(t, c.kind, got[0].Kind)
			require.NotEmpty(t, got[0].Title)
			if c.event != "" {
				require.Len(t, w.sim.Effects(), before+1, c.topic)
			}
		}
		told := w.inbox(t, w.manager)
		require.Len(t, told, 1, "whoever comes into charge is told too")
		require.Contains(t, told[0].Body, "项目经理")
	})
}

func TestEditedLogCostsNoAccept(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		var in project.DailyLogPosted
		require.NoError(t, w.postLog(t).Decode(&in))
		in.Revision = 2
		w.owe(t, project.TopicDailyLogPosted, in)
		w.deliver(t)
		require.Equal(t, "daily_log_edited", w.inbox(t, w.owner)[0].Kind)
		require.Len(t, w.inbox(t, w.owner), 2)
		require.Len(t, w.sim.Effects(), 1)
	})
}

func TestPoisonousEventsDie(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for name, c := range map[string]struct {
			topic   string
			payload any
		}{
			"no object":       {project.TopicDailyLogPosted, "x"},
			"no such project": {project.TopicCreated, project.Created{ProjectID: id.New()}},
			"no id":           {project.TopicCreated, map[string]string{"project_id": "x"}},
			"no such send":    {notify.TopicSend, notify.SendRequested{SendID: id.New()}},
			"no send id":      {notify.TopicSend, []int{1}},
			"no customers":    {identity.TopicCustomersMerged, 7},
		} {
			w.owe(t, c.topic, c.payload)
			e := w.postLog(t)
			w.deliver(t)
			var poison outbox.Event
			require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ? AND state <> ?", c.topic, outbox.Done).Order("id DESC").Take(&poison).Error, name)
			require.Equal(t, outbox.Dead, poison.State, name)
			require.Equal(t, model.Skipped, w.fate(t, e).State, "its neighbour is delivered")
		}
	})
}

func TestWeChatAwayDelaysNoInbox(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		w.fault(t, sim.Fault{Mode: "errcode", Errcode: -1, Count: -1})
		e := w.postLog(t)
		w.deliver(t)
		require.Len(t, w.inbox(t, w.family), 1)
		s := w.fate(t, e)
		require.Equal(t, model.Planned, s.State)
		require.EqualValues(t, 1, w.remaining(t, ownerOpenID, notify.EventDailyLog), "the accept is given back")

		w.sim.ClearFaults()
		w.Clock.Advance(time.Minute)
		w.deliver(t)
		require.Equal(t, model.Delivered, w.fate(t, e).State)
		require.Len(t, w.sim.Effects(), 1)
	})
}

func TestMergedCustomerKeepsTheInbox(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.postLog(t)
		w.deliver(t)
		kept := actor.Actor{Kind: actor.Customer, ID: id.New()}
		e := w.owe(t, identity.TopicCustomersMerged, identity.CustomersMerged{Kept: w.family.ID, Merged: w.guest.ID, EnteredBy: w.manager.ID})
		w.deliver(t)
		require.NoError(t, w.Handlers()[e.Topic](t.Context(), e))
		require.Empty(t, w.inbox(t, w.guest))
		require.Len(t, w.inbox(t, w.family), 2, "the log once, though both records were told, and the merge")
		require.Len(t, w.inbox(t, w.manager), 1)

		w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return model.MoveInboxTx(ctx, tx, w.family.ID, kept.ID) })
		require.Len(t, w.inbox(t, kept), 2)
	})
}

func TestInbox(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		for range 5 {
			w.postLog(t)
		}
		w.deliver(t)
		first, err := w.Inbox(ctx, w.owner, false, db.Page{Limit: 3})
		require.NoError(t, err)
		require.Len(t, first.Messages, 3)
		require.EqualValues(t, 5, first.Unread)
		second, err := w.Inbox(ctx, w.owner, false, db.Page{Limit: 3, After: first.Next})
		require.NoError(t, err)
		require.Len(t, second.Messages, 2)
		require.True(t, second.Next.IsZero())

		read := second.Messages[0].ID
		require.NoError(t, w.Read(ctx, w.owner, read))
		require.NoError(t, w.Read(ctx, w.owner, read), "reading again is no mistake")
		require.Error(t, w.Read(ctx, w.family, read), "others have nothing under that id")
		require.Error(t, w.Read(ctx, actor.Actor{Kind: actor.Staff, ID: w.owner.ID}, read))
		unread, err := w.Inbox(ctx, w.owner, true, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, unread.Messages, 4)
		require.EqualValues(t, 4, unread.Unread)

		require.NoError(t, w.ReadAll(ctx, w.owner))
		unread, err = w.Inbox(ctx, w.owner, true, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Empty(t, unread.Messages)
		others, err := w.Inbox(ctx, w.family, true, db.Page{Limit: 10})
		require.NoError(t, err)
		require.EqualValues(t, 5, others.Unread)
	})
}
