package notify_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wechat/sim"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/notify"
	"guike/model/outbox"
	"guike/service/notify"
	"guike/testkit"
)

// atMostOnce asserts that no event reached a person twice: every message of these tests carries the
// instant or the day of its own event.
func atMostOnce(t *testing.T, w *world) {
	t.Helper()
	seen := map[string]int{}
	for _, e := range w.sim.Effects() {
		_, query, _ := strings.Cut(e.Page, "entry=")
		require.NotEmpty(t, query)
		seen[e.OpenID+query]++
	}
	for what, n := range seen {
		require.Equal(t, 1, n, what)
	}
}

func TestLostAnswer(t *testing.T) {
	t.Parallel()
	scene(t, "is settled by the platform's event and never sent again", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		const n = 25
		for range n {
			w.accept(t, ownerOpenID, notify.EventStage)
		}
		for i := range n {
			if i%5 > 0 { // some answers arrive, or the client's circuit opens
				w.fault(t, sim.Fault{Mode: "close_after"})
			}
			e := w.startStage(t)
			w.deliver(t)
			require.Equal(t, model.Delivered, w.fate(t, e).State)
			w.Clock.Advance(11 * time.Minute)
			require.NoError(t, w.ReconcileUnknown(t.Context()))
			w.deliver(t)
		}
		require.Len(t, w.sim.Effects(), n)
		atMostOnce(t, w)
		require.EqualValues(t, 0, w.remaining(t, ownerOpenID, notify.EventStage))
	})
	scene(t, "stays unknown without pushes, whatever is delivered again", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k, withoutPush)
		w.report(t, notify.EventStage)
		w.fault(t, sim.Fault{Mode: "close_after"})
		w.sim.Accept(ownerOpenID, map[string]string{notify.DemoTemplateID(notify.EventStage): "accept"})
		e := w.startStage(t)
		w.deliver(t)
		for range 3 {
			require.Equal(t, model.Unknown, w.fate(t, e).State)
			send := w.event(t, notify.TopicSend)
			require.NoError(t, w.Handlers()[send.Topic](t.Context(), send))
			w.Clock.Advance(10 * time.Minute)
			require.NoError(t, w.ReconcileUnknown(t.Context()))
			w.deliver(t)
		}
		require.Equal(t, "unreconciled", w.fate(t, e).Reason)
		require.Len(t, w.sim.Effects(), 1)
		require.EqualValues(t, 0, w.remaining(t, ownerOpenID, notify.EventStage))
	})
}

func TestLostRequest(t *testing.T) {
	t.Parallel()
	scene(t, "goes out once more after ten minutes when its template allows it", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventStage)
		w.fault(t, sim.Fault{Mode: "close_before"})
		e := w.startStage(t)
		w.deliver(t)
		require.Equal(t, model.Unknown, w.fate(t, e).State)
		w.Clock.Advance(9 * time.Minute)
		require.NoError(t, w.ReconcileUnknown(t.Context()))
		require.Equal(t, model.Unknown, w.fate(t, e).State, "not before ten minutes have passed")
		w.Clock.Advance(time.Minute)
		require.NoError(t, w.ReconcileUnknown(t.Context()))
		require.NoError(t, w.ReconcileUnknown(t.Context()))
		w.deliver(t)
		require.Equal(t, model.Delivered, w.fate(t, e).State)
		require.Len(t, w.sim.Effects(), 1)
		require.EqualValues(t, 0, w.remaining(t, ownerOpenID, notify.EventStage))
	})
	scene(t, "goes out once more at most", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventStage)
		w.fault(t, sim.Fault{Mode: "close_before", Count: -1})
		e := w.startStage(t)
		for range 4 {
			w.deliver(t)
			w.Clock.Advance(10 * time.Minute)
			require.NoError(t, w.ReconcileUnknown(t.Context()))
		}
		require.Equal(t, 2, w.sim.Calls(sendPath))
		require.Equal(t, "unreconciled", w.fate(t, e).Reason)
	})
	scene(t, "stays unknown when its template forbids it, and keeps the next one waiting only meanwhile", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		w.fault(t, sim.Fault{Mode: "close_before"})
		e := w.postLog(t)
		w.deliver(t)
		next := w.postLog(t)
		w.deliver(t)
		require.Equal(t, model.Planned, w.fate(t, next).State)
		for range 11 {
			w.Clock.Advance(time.Minute)
			require.NoError(t, w.ReconcileUnknown(t.Context()))
			w.deliver(t)
		}
		require.Equal(t, model.Unknown, w.fate(t, e).State)
		require.Equal(t, model.Delivered, w.fate(t, next).State)
		require.Len(t, w.sim.Effects(), 1)
	})
	scene(t, "is not sent again when the platform's event comes between plan and attempt", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k, func(d *notify.Deps) {})
		w.sim.SetPushURL("") // held back
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return model.AcceptTx(ctx, tx, ownerOpenID, notify.DemoTemplateID(notify.EventStage))
		})
		w.sim.Accept(ownerOpenID, map[string]string{notify.DemoTemplateID(notify.EventStage): "accept"})
		w.fault(t, sim.Fault{Mode: "close_after"})
		e := w.startStage(t)
		w.deliver(t)
		w.Clock.Advance(10 * time.Minute)
		require.NoError(t, w.ReconcileUnknown(t.Context()))
		require.Equal(t, model.Planned, w.fate(t, e).State)
		w.push(t, sentEvent(ownerOpenID, notify.EventStage, "99", "0", w.Clock.Now()))
		w.deliver(t)
		require.Equal(t, model.Delivered, w.fate(t, e).State)
		require.EqualValues(t, 0, w.remaining(t, ownerOpenID, notify.EventStage))
		require.Equal(t, 1, w.sim.Calls(sendPath))
	})
}

func TestKilledWhileSending(t *testing.T) {
	t.Parallel()
	for name, wake := range map[string]func(t *testing.T, w *world) error{
		"found by the repeated delivery": func(t *testing.T, w *world) error {
			send := w.event(t, notify.TopicSend)
			return w.Handlers()[send.Topic](t.Context(), send)
		},
		"found by the job": func(t *testing.T, w *world) error { return w.ReconcileUnknown(t.Context()) },
	} {
		scene(t, name, func(t *testing.T, k *testkit.Kit) {
			w := newWorld(t, k)
			w.accept(t, ownerOpenID, notify.EventDailyLog)
			e := w.postLog(t)
			require.NoError(t, w.Handlers()[e.Topic](t.Context(), e)) // planned, not sent
			s := w.fate(t, e)
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error { // the process dies right before its call
				_, err := model.TakeAcceptTx(ctx, tx, s.OpenID, s.TemplateID)
				if err != nil {
					return err
				}
				_, err = model.ChangeSendTx(ctx, tx, s, map[string]any{
					"state": model.Sending, "attempt_id": id.New(), "started_at": tx.Now, "check_at": tx.Now.Add(outbox.LeaseTime).UnixMilli(),
				})
				return err
			})
			var later outbox.Postpone
			if err := wake(t, w); err != nil {
				require.ErrorAs(t, err, &later)
			}
			require.Equal(t, model.Sending, w.fate(t, e).State, "within the lease somebody may be at it")
			w.Clock.Advance(outbox.LeaseTime)
			require.NoError(t, wake(t, w))
			require.Equal(t, model.Unknown, w.fate(t, e).State)
			w.deliver(t)
			require.Zero(t, w.sim.Calls(sendPath))

			w.push(t, sentEvent(ownerOpenID, notify.EventDailyLog, "77", "0", w.Clock.Now()))
			require.Equal(t, model.Delivered, w.fate(t, e).State)
		})
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for _, c := range []struct {
			name      string
			errcode   int
			state     model.SendState
			remaining int64
			event     outbox.State
			reason    string
		}{
			{"no accept at the platform", 43101, model.Skipped, 0, outbox.Done, "refused"},
			{"a value that the platform refuses", 47003, model.Failed, 1, outbox.Dead, "errcode 47003, terminal"},
			{"a template that is not there", 40037, model.Failed, 1, outbox.Dead, "errcode 40037, terminal"},
			{"sensitive words", 45168, model.Failed, 1, outbox.Dead, "errcode 45168, terminal"},
			{"busy", -1, model.Planned, 1, outbox.Due, "errcode -1, transient"},
			{"concurrent", 43108, model.Planned, 1, outbox.Due, "errcode 43108, serialise"},
			{"minute limit", 44991, model.Planned, 1, outbox.Due, "errcode 44991, minute limit"},
			{"day limit", 45009, model.Planned, 1, outbox.Due, "errcode 45009, day limit"},
			{"capability banned", 43107, model.Planned, 1, outbox.Due, "errcode 43107, operator"},
		} {
			t.Run(c.name, func(t *testing.T) {
				before := w.remaining(t, ownerOpenID, notify.EventDailyLog)
				w.accept(t, ownerOpenID, notify.EventDailyLog)
				w.fault(t, sim.Fault{Mode: "errcode", Errcode: c.errcode})
				e := w.postLog(t)
				w.deliver(t)
				s := w.fate(t, e)
				require.Equal(t, c.state, s.State)
				require.Equal(t, c.reason, s.Reason)
				require.Equal(t, before+c.remaining, w.remaining(t, ownerOpenID, notify.EventDailyLog))
				require.Equal(t, c.event, w.event(t, notify.TopicSend).State)
				w.Clock.Advance(24 * time.Hour)
				w.deliver(t)
				if c.state == model.Planned {
					require.Equal(t, model.Delivered, w.fate(t, e).State)
				}
			})
		}
	})
}

func TestPlannedMessage(t *testing.T) {
	t.Parallel()
	held := func(t *testing.T, k *testkit.Kit) (*world, outbox.Event) {
		w := newWorld(t, k)
		w.accept(t, ownerOpenID, notify.EventDailyLog)
		e := w.postLog(t)
		require.NoError(t, w.Handlers()[e.Topic](t.Context(), e))
		return w, e
	}
	scene(t, "is skipped when its template was switched off", func(t *testing.T, k *testkit.Kit) {
		w, e := held(t, k)
		w.putTemplate(t, func(in *notify.TemplateInput) { in.Active = false })
		w.deliver(t)
		require.Equal(t, "template_off", w.fate(t, e).Reason)
	})
	scene(t, "is skipped when it is no news any more", func(t *testing.T, k *testkit.Kit) {
		w, e := held(t, k)
		w.Clock.Advance(49 * time.Hour)
		w.deliver(t)
		require.Equal(t, "stale", w.fate(t, e).Reason)
		require.EqualValues(t, 1, w.remaining(t, ownerOpenID, notify.EventDailyLog))
	})
	scene(t, "is skipped when another took the accept", func(t *testing.T, k *testkit.Kit) {
		w, e := held(t, k)
		other := w.postLog(t)
		require.NoError(t, w.Handlers()[other.Topic](t.Context(), other))
		w.deliver(t)
		states := []model.SendState{w.fate(t, e).State, w.fate(t, other).State}
		require.ElementsMatch(t, []model.SendState{model.Delivered, model.Skipped}, states)
		require.Len(t, w.sim.Effects(), 1)
	})
	scene(t, "is given up when WeChat stays away, and goes out when it is requeued", func(t *testing.T, k *testkit.Kit) {
		w, e := held(t, k)
		w.fault(t, sim.Fault{Mode: "errcode", Errcode: -1, Count: -1})
		for range outbox.MaxAttempts {
			w.deliver(t)
			w.Clock.Advance(time.Hour)
		}
		require.Equal(t, model.Failed, w.fate(t, e).State)
		dead, _, err := w.DeadLetters(t.Context(), db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, dead, 1)

		w.sim.ClearFaults()
		admin := actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.Admin, Scope: actor.All}
		require.NoError(t, w.Requeue(t.Context(), admin, dead[0].ID))
		require.ErrorIs(t, w.Requeue(t.Context(), admin, dead[0].ID), fault.Missing(), "once")
		w.deliver(t)
		require.Equal(t, model.Delivered, w.fate(t, e).State)
		require.Len(t, w.sim.Effects(), 1)
		rows, _, err := audit.Of(t.Context(), w.DB, "outbox_event", dead[0].ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, rows, 1)
	})
}

// TestRivals lets two workers deliver the same message, and another one to the same person, at once.
func TestRivals(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for range testkit.Rounds() {
			before := len(w.sim.Effects())
			w.accept(t, ownerOpenID, notify.EventDailyLog)
			w.accept(t, ownerOpenID, notify.EventStage)
			var sends []outbox.Event
			for _, e := range []outbox.Event{w.postLog(t), w.startStage(t)} {
				require.NoError(t, w.Handlers()[e.Topic](t.Context(), e))
				sends = append(sends, w.event(t, notify.TopicSend))
			}
			start, done := make(chan struct{}), sync.WaitGroup{}
			for _, send := range []outbox.Event{sends[0], sends[0], sends[1], sends[1]} {
				done.Go(func() {
					<-start
					err := w.Handlers()[send.Topic](context.Background(), send)
					var later outbox.Postpone
					if err != nil && !errors.As(err, &later) {
						t.Error(err)
					}
				})
			}
			close(start)
			done.Wait()
			require.NoError(t, w.sim.Drain(t.Context()))
			w.Clock.Advance(time.Minute)
			w.deliver(t)
			require.Len(t, w.sim.Effects(), before+2)
		}
		atMostOnce(t, w)
		for _, call := range w.sim.Journal() {
			require.NotEqual(t, 43108, call.Errcode, "one in flight per person")
		}
	})
}

// testkitOf makes a fresh world on the store of k, so that subtests do not meet.
