package notify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/wechat"
	"guike/internal/wechat/sim"
	"guike/model/db"
	model "guike/model/notify"
	"guike/model/once"
	"guike/service/notify"
	"guike/testkit"
)

func pushed(kind, openid string, at time.Time, row map[string]any) map[string]any {
	return map[string]any{"Event": kind, "FromUserName": openid, "CreateTime": fmt.Sprint(at.Unix()), "List": row}
}

func popupEvent(openid, event, result string, at time.Time) map[string]any {
	return pushed("subscribe_msg_popup_event", openid, at, map[string]any{
		"TemplateId": notify.DemoTemplateID(event), "SubscribeStatusString": result, "PopupScene": "0",
	})
}

func changeEvent(openid, event string, at time.Time) map[string]any {
	return pushed("subscribe_msg_change_event", openid, at, map[string]any{
		"TemplateId": notify.DemoTemplateID(event), "SubscribeStatusString": "reject",
	})
}

func sentEvent(openid, event, msgid, errcode string, at time.Time) map[string]any {
	return pushed("subscribe_msg_sent_event", openid, at, map[string]any{
		"TemplateId": notify.DemoTemplateID(event), "MsgID": msgid, "ErrorCode": errcode, "ErrorStatus": "success",
	})
}

// push delivers an event that the test makes, as often as it says, and waits.
func (w *world) push(t *testing.T, event map[string]any) {
	t.Helper()
	w.pushTimes(t, event, 1)
}

func (w *world) pushTimes(t *testing.T, event map[string]any, times int) {
	t.Helper()
	s, err := sim.New(sim.Config{Clock: w.Clock, AppID: "wxtest", AppSecret: "secret", PushToken: "push-token", PushURL: w.pushURL})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Push(sim.PushRequest{Event: event, Duplicate: times - 1}))
	require.NoError(t, s.Drain(t.Context()))
	for _, d := range s.Pushes() {
		require.True(t, d.OK)
	}
}

// report says that the owner accepted, as the mini-program does.
func (w *world) report(t *testing.T, event string) {
	t.Helper()
	_, _, err := w.ReportGrants(t.Context(), w.owner, notify.Report{Results: map[string]string{notify.DemoTemplateID(event): "accept"}})
	require.NoError(t, err)
}

// putTemplate changes the template of the daily log.
func (w *world) putTemplate(t *testing.T, change func(*notify.TemplateInput)) {
	t.Helper()
	row, err := model.TemplateByKey(t.Context(), w.DB, "daily_log")
	require.NoError(t, err)
	fields, err := row.Mapping()
	require.NoError(t, err)
	in := notify.TemplateInput{
		Key: row.Key, TemplateID: row.TemplateID, Event: row.Event, Title: row.Title, Page: row.Page, Fields: fields,
		Resendable: row.Resendable, Active: row.Active, Version: row.Version,
	}
	change(&in)
	_, err = w.PutTemplate(t.Context(), actor.Machine(), in)
	require.NoError(t, err)
}

func TestPushesCountOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		at := k.Clock.Now()
		w.pushTimes(t, popupEvent(ownerOpenID, notify.EventStage, "accept", at), 5)
		require.EqualValues(t, 1, w.remaining(t, ownerOpenID, notify.EventStage))
		w.push(t, popupEvent(ownerOpenID, notify.EventStage, "reject", at.Add(time.Second)))
		require.EqualValues(t, 1, w.remaining(t, ownerOpenID, notify.EventStage), "not this time is not never")
		w.pushTimes(t, changeEvent(ownerOpenID, notify.EventStage, at.Add(2*time.Second)), 2)
		require.EqualValues(t, 0, w.remaining(t, ownerOpenID, notify.EventStage))
		w.pushTimes(t, popupEvent(ownerOpenID, notify.EventStage, "accept", at), 3)
		require.EqualValues(t, 0, w.remaining(t, ownerOpenID, notify.EventStage), "a late repetition gives nothing back")
		w.push(t, popupEvent(ownerOpenID, notify.EventStage, "accept", at.Add(3*time.Second)))
		require.EqualValues(t, 1, w.remaining(t, ownerOpenID, notify.EventStage))
		require.EqualValues(t, 0, w.remaining(t, familyOpenID, notify.EventStage))
	})
}

// TestPushesInAnyOrder delivers the same events in twenty orders, each twice: whatever comes first, the
// accepts given after the refusal count, and only those.
func TestPushesInAnyOrder(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		handle := w.PushEvents()
		for seed := range uint64(20) {
			openid := fmt.Sprintf("o_%d", seed)
			choice := wechat.Choice{TemplateID: notify.DemoTemplateID(notify.EventStage), Status: "accept", Accepted: true}
			var events []wechat.Event
			for i := range 7 {
				e := wechat.Event{Type: "subscribe_msg_popup_event", OpenID: openid, At: k.Clock.Now().Add(time.Duration(i) * time.Second), Key: fmt.Sprintf("%d-%d", seed, i), Payload: wechat.SubscribePopup{Choices: []wechat.Choice{choice}}}
				if i == 4 {
					e.Type = "subscribe_msg_change_event"
					e.Payload = wechat.SubscribeChange{Choices: []wechat.Choice{{TemplateID: choice.TemplateID, Status: "reject"}}}
				}
				events = append(events, e, e)
			}
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			for _, e := range events {
				require.NoError(t, handle[e.Type](t.Context(), e))
			}
			require.EqualValues(t, 2, w.remaining(t, openid, notify.EventStage), "seed %d", seed)
		}
	})
}

func TestSentEvent(t *testing.T) {
	t.Parallel()
	scene(t, "that says failed is the last word", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventStage)
		w.sim.SetPushURL("")
		e := w.startStage(t)
		w.deliver(t)
		s := w.fate(t, e)
		require.Equal(t, model.Sent, s.State)
		w.pushTimes(t, sentEvent(ownerOpenID, notify.EventStage, s.MsgID, "43101", k.Clock.Now()), 3)
		require.Equal(t, model.Failed, w.fate(t, e).State)
		require.Equal(t, "delivery errcode 43101", w.fate(t, e).Reason)
	})
	scene(t, "of a stranger or of nothing that we know has no effect", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventStage)
		w.fault(t, sim.Fault{Mode: "close_before"})
		e := w.startStage(t)
		w.deliver(t)
		w.push(t, sentEvent(familyOpenID, notify.EventStage, "1", "0", k.Clock.Now()))
		w.push(t, sentEvent(ownerOpenID, notify.EventDailyLog, "2", "0", k.Clock.Now()))
		require.Equal(t, model.Unknown, w.fate(t, e).State)
	})
	scene(t, "before the answer to the call keeps its word", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventStage)
		w.fault(t, sim.Fault{Mode: "slow_body", DelayMS: 2}) // the event overtakes the answer
		e := w.startStage(t)
		w.deliver(t)
		s := w.fate(t, e)
		require.Equal(t, model.Delivered, s.State)
		require.Equal(t, w.sim.Effects()[0].MsgID, s.MsgID)
	})
}

func TestReportedGrants(t *testing.T) {
	t.Parallel()
	accept := map[string]string{notify.DemoTemplateID(notify.EventStage): "accept", notify.DemoTemplateID(notify.EventDailyLog): "ban", "of_somebody_else": "accept"}
	scene(t, "are a hint beside pushes", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		done, _, err := w.ReportGrants(t.Context(), w.owner, notify.Report{Results: accept})
		require.NoError(t, err)
		require.False(t, done.Counted)
		require.EqualValues(t, 0, w.remaining(t, ownerOpenID, notify.EventStage))
		w.accept(t, ownerOpenID, notify.EventStage)
		require.EqualValues(t, 1, w.remaining(t, ownerOpenID, notify.EventStage))
	})
	scene(t, "count without pushes, once per key", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k, withoutPush)
		for i := range 3 {
			done, replayed, err := w.ReportGrants(t.Context(), w.owner, notify.Report{Results: accept, Once: once.Of("k", "notify.grant", accept)})
			require.NoError(t, err)
			require.True(t, done.Counted)
			require.Equal(t, i > 0, replayed)
		}
		offers, err := w.Offers(t.Context(), w.owner)
		require.NoError(t, err)
		require.Len(t, offers, 4)
		for _, o := range offers {
			require.Equal(t, o.Event == notify.EventStage, o.Remaining == 1, o.Event)
		}
	})
	scene(t, "of somebody without WeChat change nothing", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k, withoutPush)
		_, _, err := w.ReportGrants(t.Context(), w.guest, notify.Report{Results: accept})
		require.NoError(t, err)
	})
	scene(t, "are refused when malformed", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for _, bad := range []map[string]string{{"demo-stage": "yes"}, {"<x>": "accept"}, {"": "accept"}} {
			_, _, err := w.ReportGrants(t.Context(), w.owner, notify.Report{Results: bad})
			require.Equal(t, "input.invalid", fault.Code(err))
		}
	})
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		good := notify.TemplateInput{
			Key: "mine", TemplateID: "abc_DEF-1", Event: notify.EventProjectCancelled, Title: "取消", Page: "pages/a?id={project_id}",
			Fields: map[string]string{"thing1": "project_title", "time2": "time", "number3": "percent"}, Active: true,
		}
		t.Run("are seeded once", func(t *testing.T) {
			w.Tx(t, notify.SeedDemoTemplates)
			w.Tx(t, notify.SeedTemplates)
			rows, err := w.Templates(ctx)
			require.NoError(t, err)
			require.Len(t, rows, 4)
		})
		t.Run("are made, changed by version, and refused when stale or doubled", func(t *testing.T) {
			made, err := w.PutTemplate(ctx, w.manager, good)
			require.NoError(t, err)
			require.EqualValues(t, 1, made.Version)
			_, err = w.PutTemplate(ctx, w.manager, good)
			require.Equal(t, "template.changed", fault.Code(err))
			next := good
			next.Version = 1
			made, err = w.PutTemplate(ctx, w.manager, next)
			require.NoError(t, err)
			require.EqualValues(t, 2, made.Version)
			double := good
			double.Key = "other"
			_, err = w.PutTemplate(ctx, w.manager, double)
			require.Equal(t, "template.event_taken", fault.Code(err))
		})
		t.Run("are refused when they break a rule", func(t *testing.T) {
			for name, spoil := range map[string]func(*notify.TemplateInput){
				"key":               func(in *notify.TemplateInput) { in.Key = "Mine!" },
				"event":             func(in *notify.TemplateInput) { in.Event = "" },
				"id":                func(in *notify.TemplateInput) { in.TemplateID = "a b" },
				"active without id": func(in *notify.TemplateInput) { in.TemplateID = "" },
				"page":              func(in *notify.TemplateInput) { in.Page = "https://example.com" },
				"placeholder":       func(in *notify.TemplateInput) { in.Page = "pages/a?id={openid}" },
				"title":             func(in *notify.TemplateInput) { in.Title = " " },
				"no fields":         func(in *notify.TemplateInput) { in.Fields = nil },
				"field":             func(in *notify.TemplateInput) { in.Fields = map[string]string{"thing": "day"} },
				"fact":              func(in *notify.TemplateInput) { in.Fields = map[string]string{"thing1": "phone"} },
				"unfit":             func(in *notify.TemplateInput) { in.Fields = map[string]string{"date1": "done_today"} },
			} {
				in := good
				spoil(&in)
				_, err := w.PutTemplate(ctx, w.manager, in)
				require.Equal(t, "input.invalid", fault.Code(err), name)
			}
		})
	})
}

func TestSeedTemplates(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		k.Tx(t, notify.SeedTemplates)
		active, err := model.Templates(t.Context(), k.DB, true)
		require.NoError(t, err)
		require.Empty(t, active, "a company enters its own ids first")
	})
}

func TestPrune(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		w.postLog(t)
		w.deliver(t)
		require.NoError(t, w.Prune(t.Context()))
		count := func(table any) (n int64) {
			require.NoError(t, w.DB.Conn(t.Context()).Model(table).Count(&n).Error)
			return n
		}
		require.NotZero(t, count(&model.Send{}))
		require.NotZero(t, count(&model.GrantEvent{}))
		k.Clock.Advance(200 * 24 * time.Hour)
		require.NoError(t, w.Prune(t.Context()))
		require.Zero(t, count(&model.Send{}))
		require.Zero(t, count(&model.GrantEvent{}))
	})
}

func TestSchema(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		found, err := db.Differences(context.Background(), k.DB, model.Tables()...)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}
