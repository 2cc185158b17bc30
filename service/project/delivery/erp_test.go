package delivery_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/delivery"
	"guike/service/project/delivery"
	"guike/testkit"
)

// message is what the ERP posts about an order.
type message struct {
	EventID string
	At      time.Time
	Status  string
	Stage   string
	Percent *int
	Note    string
}

// ago is an instant so many hours before the clock of the tests.
func ago(hours int) time.Time { return testkit.Start.Add(-time.Duration(hours) * time.Hour) }

func TestProductionFollowsTheNewestMessage(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		tag := w.look(t).Tag
		require.Nil(t, w.look(t).Production)
		report := func(m message) delivery.StatusAnswer {
			t.Helper()
			a, replayed, err := w.status(ctx, w.Service, w.erp, w.p.No, m)
			require.NoError(t, err)
			require.False(t, replayed)
			return a
		}
		require.True(t, report(message{EventID: "1", At: ago(9), Status: "accepted"}).Applied)
		a := report(message{EventID: "2", At: ago(5), Status: "in_production", Stage: "封边", Percent: new(45), Note: "门板排产中"})
		require.True(t, a.Applied)
		late := report(message{EventID: "3", At: ago(7), Status: "packed", Percent: new(10)})
		require.False(t, late.Applied, "older than what is known")
		require.Equal(t, model.Producing, late.Status)
		require.Equal(t, 45, *late.Percent)
		report(message{EventID: "4", At: ago(4), Status: "scheduled"}) // taken back: shown, not told

		d := w.look(t)
		require.Equal(t, model.Scheduled, d.Production.Status)
		require.Equal(t, 45, *d.Production.Percent, "the newest percent that was told")
		require.NotEqual(t, tag, d.Tag)
		require.Equal(t, []string{"生产进度:工厂已接单", "生产进度:生产中"}, w.entries(t, w.p, model.EntryProduction), "forward only")
		require.Equal(t, 4, w.acts(t, w.erp, "erp.status"), "the audit names the key")
		rows, _, err := w.Messages(ctx, w.Boss, w.p.ID, db.Page{Limit: 20})
		require.NoError(t, err)
		require.Len(t, rows, 4, "history is kept")
		require.Equal(t, []string{"4", "2", "3", "1"}, []string{rows[0].EventID, rows[1].EventID, rows[2].EventID, rows[3].EventID})

		stages, err := core.Stages(ctx, k.DB, w.p.ID)
		require.NoError(t, err)
		require.Equal(t, core.StageActive, stages[0].State, "no stage moves by itself")
		require.Empty(t, w.tasks(t, delivery.TaskMade))
		report(message{EventID: "5", At: ago(2), Status: "ready"})
		report(message{EventID: "6", At: ago(1), Status: "shipped"})
		tasks := w.tasks(t, delivery.TaskMade)
		require.Len(t, tasks, 1, "once a project")
		require.Equal(t, w.pm.ID, tasks[0].OwnerID)
	})
}

func TestBadMessages(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		good := message{EventID: "e1", At: ago(1), Status: "accepted"}
		for name, c := range map[string]struct {
			change func(*message)
			want   string
		}{
			"six minutes ahead": {func(m *message) { m.At = testkit.Start.Add(6 * time.Minute) }, `"Code":"future"`},
			"before all stores": {func(m *message) { m.At = time.Date(1200, 1, 1, 0, 0, 0, 0, time.UTC) }, "out_of_range"},
			"no such status":    {func(m *message) { m.Status = "burnt" }, "body.status"},
			"more than whole":   {func(m *message) { m.Percent = new(101) }, "body.progress_percent"},
			"no id":             {func(m *message) { m.EventID = "" }, "body.event_id"},
			"an id in Chinese":  {func(m *message) { m.EventID = "事件" }, "body.event_id"},
		} {
			m := good
			c.change(&m)
			_, _, err := w.status(ctx, w.Service, w.erp, w.p.No, m)
			require.Contains(t, codesOf(err), c.want, name)
		}
		_, _, err := w.status(ctx, w.Service, w.erp, "G2026-0000000", good)
		require.Equal(t, fault.Missing(), err)
		_, _, err = w.status(ctx, w.Service, w.elsewhere, w.p.No, good)
		require.Equal(t, fault.Missing(), err, "a key of another store sees no such order")
		_, _, err = w.status(ctx, w.Service, w.Boss, w.p.No, good)
		require.Equal(t, fault.Missing(), err, "people report nothing here")

		soon := good
		soon.At = testkit.Start.Add(4 * time.Minute)
		first, _, err := w.status(ctx, w.Service, w.erp, w.p.No, soon)
		require.NoError(t, err, "clocks differ a little")
		again, replayed, err := w.status(ctx, w.Service, w.erp, w.p.No, soon)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, first, again)
		_, _, err = w.status(ctx, w.Service, w.erp, w.p.No, good)
		require.Equal(t, "erp.event_mismatch", fault.Code(err), "the same id with another body")
		other := w.project(t, w.p.HomeID)
		_, _, err = w.status(ctx, w.Service, w.erp, other.No, soon)
		require.Equal(t, "erp.event_mismatch", fault.Code(err), "the same id for another order")
	})
}

func TestNewKeyOfASystemKnowsItsMessages(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		m := message{EventID: "e1", At: ago(1), Status: "accepted"}
		_, _, err := w.status(ctx, w.Service, w.erp, w.p.No, m)
		require.NoError(t, err)
		var renewed, another actor.Actor
		k.Tx(t, func(_ context.Context, tx *db.Tx) error {
			renewed, another = w.key(t, tx, id.ID{}, "erp"), w.key(t, tx, w.Shop.ID, "mes")
			return nil
		})
		_, replayed, err := w.status(ctx, w.Service, renewed, w.p.No, m)
		require.NoError(t, err)
		require.True(t, replayed)
		_, replayed, err = w.status(ctx, w.Service, another, w.p.No, m)
		require.NoError(t, err)
		require.False(t, replayed, "another system numbers its messages by itself")
	})
}

func TestCancelledProjectTakesNoMessages(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		before := message{EventID: "e1", At: ago(1), Status: "accepted"}
		_, _, err := w.status(ctx, w.Service, w.erp, w.p.No, before)
		require.NoError(t, err)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			p, err := core.LockByIDTx(ctx, tx, w.p.ID)
			require.NoError(t, err)
			p.State = core.Cancelled
			return core.SaveStateTx(ctx, tx, &p)
		})
		_, replayed, err := w.status(ctx, w.Service, w.erp, w.p.No, before)
		require.NoError(t, err, "what was answered once is answered alike")
		require.True(t, replayed)
		_, _, err = w.status(ctx, w.Service, w.erp, w.p.No, message{EventID: "e2", At: ago(0), Status: "ready"})
		require.Equal(t, "project.cancelled", fault.Code(err))
		require.Empty(t, w.tasks(t, delivery.TaskMade))
	})
}

func TestOneMessageSentThirtyTimesAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, services := t.Context(), []*delivery.Service{w.Service, w.second()}
		m := message{EventID: "same", At: ago(1), Status: "ready", Percent: new(100)}
		answers, replays := make([]delivery.StatusAnswer, 30), make([]bool, 30)
		for _, err := range testkit.Race(30, func(i int) (err error) {
			answers[i], replays[i], err = w.status(ctx, services[i%2], w.erp, w.p.No, m)
			return err
		}) {
			require.NoError(t, err)
		}
		first := 0
		for i, a := range answers {
			require.Equal(t, answers[0], a)
			if !replays[i] {
				first++
			}
		}
		require.Equal(t, 1, first)
		require.Len(t, w.entries(t, w.p, model.EntryProduction), 1)
		require.Len(t, w.tasks(t, delivery.TaskMade), 1)
		require.Equal(t, 1, w.acts(t, w.erp, "erp.status"))
	})
}

// sent is a message of the ERP about a shipment.
type sent struct {
	EventID string
	At      time.Time
	Batch   string
	No      string
	Events  []delivery.NewEvent
}

func (w *world) send(ctx context.Context, s *delivery.Service, who actor.Actor, no string, m sent) (delivery.ShipmentAnswer, bool, error) {
	return s.ReportShipment(ctx, who, delivery.Sent{
		Told:  delivery.ToldBy("shipment", no, m.EventID, m.At, m),
		Batch: m.Batch, Shipment: delivery.NewShipment{Carrier: "顺丰", TrackingNo: m.No, Events: m.Events},
	})
}

func event(name string, hours int, status model.CarrierStatus) delivery.NewEvent {
	return delivery.NewEvent{ExternalID: name, At: ago(hours), Status: status, Place: "佛山"}
}

// TestMessagesInAnyOrder is the property of rows C9 and C15: whatever order messages arrive in, however
// often and through whichever instance, the home sees in the end what it sees when they arrive in order.
func TestMessagesInAnyOrder(t *testing.T) {
	t.Parallel()
	statuses := []message{
		{EventID: "s1", At: ago(20), Status: "accepted"},
		{EventID: "s2", At: ago(15), Status: "in_production", Percent: new(30)},
		{EventID: "s3", At: ago(15), Status: "scheduled", Percent: new(20)}, // the same instant
		{EventID: "s4", At: ago(9), Status: "packed"},
		{EventID: "s5", At: ago(8), Status: "in_production", Stage: "返工", Percent: new(80)},
	}
	shipments := []sent{
		{EventID: "p1", At: ago(7), No: "SF1001", Events: []delivery.NewEvent{event("a1", 7, model.PickedUp)}},
		{EventID: "p2", At: ago(6), No: "SF1001", Batch: "1", Events: []delivery.NewEvent{event("a1", 7, model.PickedUp), event("a2", 6, model.InTransit)}},
		{EventID: "p3", At: ago(5), No: "SF1002", Batch: "衣柜", Events: []delivery.NewEvent{event("b1", 5, model.InTransit), event("b2", 3, model.Delivered)}},
		{EventID: "p4", At: ago(4), No: "SF1001", Events: []delivery.NewEvent{event("a3", 4, model.Exception), event("a4", 2, model.Delivered)}},
		{EventID: "p5", At: ago(3), No: "SF1003", Batch: "1", Events: []delivery.NewEvent{event("c1", 3, model.PickedUp)}},
		{EventID: "p6", At: ago(2), No: "SF1003", Batch: "2"}, // it was put on the other lorry
		{EventID: "p7", At: ago(2), No: "SF1004", Batch: "2", Events: []delivery.NewEvent{event("d2", 1, model.OutForDelivery), event("d1", 1, model.InTransit)}},
	}
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, services := t.Context(), []*delivery.Service{w.Service, w.second()}
		dice := rand.New(rand.NewPCG(7, 11))
		var want string
		for round := range 8 {
			p := w.project(t, w.p.HomeID)
			w.batch(t, p, "衣柜", "2026-12-20")
			w.batch(t, p, "配件", "2026-12-30")
			all := make([]func(s *delivery.Service) error, 0, len(statuses)+len(shipments))
			for _, m := range statuses {
				m.EventID += fmt.Sprint("-", round)
				all = append(all, func(s *delivery.Service) error { _, _, err := w.status(ctx, s, w.erp, p.No, m); return err })
			}
			for _, m := range shipments {
				m.EventID += fmt.Sprint("-", round)
				all = append(all, func(s *delivery.Service) error { _, _, err := w.send(ctx, s, w.erp, p.No, m); return err })
			}
			switch round {
			case 0: // in order
				for _, tell := range all {
					require.NoError(t, tell(w.Service))
				}
			case 1: // all at once, each twice, through two instances
				for _, err := range testkit.Race(2*len(all), func(i int) error { return all[i%len(all)](services[i%2]) }) {
					require.NoError(t, err)
				}
			default:
				for i, at := range dice.Perm(len(all)) {
					require.NoError(t, all[at](services[i%2]))
				}
			}
			seen := w.final(t, p)
			if round == 0 {
				want = seen
				require.Contains(t, want, "production in_production 返工 80")
				require.Contains(t, want, "batch 1 arrived")
				require.Contains(t, want, "batch 2 shipped")
			}
			require.Equal(t, want, seen, "round %d", round)
			require.LessOrEqual(t, len(w.entries(t, p, model.EntryDelivery)), 3, "each batch is told to be shipped once and to arrive once")
		}
	})
}

// final writes what the home sees, without ids.
func (w *world) final(t *testing.T, p core.Project) string {
	t.Helper()
	d, err := w.Mine(t.Context(), w.Owner, p.ID)
	require.NoError(t, err)
	text := fmt.Sprintf("production %s %s %d at %s\n", d.Production.Status, d.Production.Stage, *d.Production.Percent, d.Production.At)
	for _, b := range d.Batches {
		text += fmt.Sprintf("batch %d %s %v %v\n", b.Seq, b.State, b.ShippedAt, b.ArrivedAt)
		seen := map[string]string{}
		for _, s := range b.Shipments {
			line := fmt.Sprintf("%s %s %v %v", s.TrackingNo, s.State, s.StateAt, s.LeftAt)
			for _, e := range s.Heard {
				line += " " + e.ExternalID
			}
			seen[s.TrackingNo] = line
		}
		text += fmt.Sprintln(seen)
	}
	return text + fmt.Sprint("loose ", len(d.Loose))
}

func TestShipments(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		first, second := w.batch(t, w.p, "衣柜", "2026-12-20"), w.batch(t, w.p, "配件", "2026-12-30")
		made, _, err := w.Ship(ctx, w.pm, delivery.NewShipment{ProjectID: w.p.ID, Carrier: "顺丰", TrackingNo: "SF1001"})
		require.NoError(t, err)
		require.Len(t, w.look(t).Loose, 1, "two batches, and nobody said which")
		again, _, err := w.Ship(ctx, w.pm, delivery.NewShipment{ProjectID: w.p.ID, Carrier: "顺丰", TrackingNo: "SF1001", BatchID: first})
		require.NoError(t, err)
		require.Equal(t, made, again, "the same carrier and number is the same shipment")
		require.Empty(t, w.look(t).Loose)

		hear := func(e delivery.NewEvent) error {
			_, _, err := w.Hear(ctx, w.pm, delivery.Heard{ShipmentID: made.ID, Event: e})
			return err
		}
		tag := w.look(t).Tag
		require.NoError(t, hear(event("e2", 2, model.Delivered)))
		require.NotEqual(t, tag, w.look(t).Tag)
		require.Equal(t, model.Arrived, w.find(t, first).State)
		require.NoError(t, hear(event("e1", 5, model.PickedUp)), "a late older event")
		require.NoError(t, hear(event("e1", 5, model.PickedUp)), "the same one again")
		require.Equal(t, model.Arrived, w.find(t, first).State, "never moves the state back")
		b := w.find(t, first)
		require.Equal(t, ago(5), *b.ShippedAt)
		require.Len(t, b.Shipments[0].Heard, 2)
		require.Equal(t, "e2", b.Shipments[0].Heard[0].ExternalID, "newest first")
		require.Equal(t, []string{"第 1 批“衣柜”已送达"}, w.entries(t, w.p, model.EntryDelivery), "one line when both are learnt at once")
		require.Equal(t, "shipment.event_mismatch", fault.Code(hear(event("e1", 4, model.PickedUp))))
		require.Contains(t, codesOf(hear(delivery.NewEvent{At: testkit.Start.Add(time.Hour), Status: model.InTransit})), "future")

		_, _, err = w.Place(ctx, w.pm, delivery.Placement{ShipmentID: made.ID, BatchID: second})
		require.NoError(t, err)
		require.Equal(t, model.Planned, w.find(t, first).State, "the first batch has no shipment any more")
		require.Equal(t, model.Arrived, w.find(t, second).State)
		_, _, err = w.Place(ctx, w.pm, delivery.Placement{ShipmentID: made.ID, BatchID: id.New()})
		require.Contains(t, codesOf(err), "body.batch_id")
		_, _, err = w.Place(ctx, w.Stranger, delivery.Placement{ShipmentID: made.ID, BatchID: first})
		require.Equal(t, fault.Missing(), err)
		_, _, err = w.Hear(ctx, w.Stranger, delivery.Heard{ShipmentID: made.ID, Event: event("e9", 1, model.InTransit)})
		require.Equal(t, fault.Missing(), err)
	})
}

func TestShipmentsOfTheERP(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		batch := w.batch(t, w.p, "衣柜", "2026-12-20")
		m := sent{EventID: "p1", At: ago(3), No: "SF1001", Events: []delivery.NewEvent{event("a1", 3, model.PickedUp)}}
		a, replayed, err := w.send(ctx, w.Service, w.erp, w.p.No, m)
		require.NoError(t, err)
		require.False(t, replayed)
		require.Equal(t, batch, a.BatchID, "the only batch")
		require.Equal(t, 1, a.NewEvents)
		again, replayed, err := w.send(ctx, w.Service, w.erp, w.p.No, m)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, a, again)
		m.EventID, m.Batch = "p2", "9"
		_, _, err = w.send(ctx, w.Service, w.erp, w.p.No, m)
		require.Contains(t, codesOf(err), "body.batch")
		m.Batch, m.No = "", "?"
		_, _, err = w.send(ctx, w.Service, w.erp, w.p.No, m)
		require.Contains(t, codesOf(err), "body.tracking_no")
		_, _, err = w.send(ctx, w.Service, w.elsewhere, w.p.No, sent{EventID: "p3", At: ago(3), No: "SF1001"})
		require.Equal(t, fault.Missing(), err)
		require.Equal(t, 1, w.acts(t, w.erp, "erp.shipment"))
		require.Equal(t, []string{"第 1 批“衣柜”已发货"}, w.entries(t, w.p, model.EntryDelivery))

		_, _, err = w.Receive(ctx, w.pm, delivery.Receipt{BatchID: batch})
		require.NoError(t, err)
		_, _, err = w.send(ctx, w.Service, w.erp, w.p.No, sent{EventID: "p4", At: ago(1), No: "SF1001", Events: []delivery.NewEvent{event("a2", 1, model.Exception)}})
		require.NoError(t, err, "the carrier is slower than the customer")
		b := w.find(t, batch)
		require.Equal(t, model.Received, b.State)
		require.Equal(t, model.Exception, b.Shipments[0].State)
	})
}
