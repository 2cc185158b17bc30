package delivery_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project/delivery"
	"guike/service/project/delivery"
	"guike/testkit"
)

// TestDeliveriesAreReadByIndex looks at the plans of what phones poll and of what the job asks, and
// counts the statements of both.
func TestDeliveriesAreReadByIndex(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		w.crowd(t)
		batch := w.batch(t, w.p, "衣柜", "2026-12-20")
		_, _, err := w.Reschedule(ctx, w.pm, delivery.Reschedule{BatchID: batch, PromisedOn: "2026-12-22", Reason: "x"})
		require.NoError(t, err)
		for i := range 10 {
			m := sent{EventID: fmt.Sprint(i), At: ago(1), No: fmt.Sprint("SF100", i), Events: []delivery.NewEvent{event("a", 3, model.PickedUp), event("b", 2, model.InTransit)}}
			_, _, err := w.send(ctx, w.Service, w.erp, w.p.No, m)
			require.NoError(t, err)
		}
		_, _, err = w.status(ctx, w.Service, w.erp, w.p.No, message{EventID: "s", At: ago(1), Status: "packed"})
		require.NoError(t, err)
		_, _, err = w.Receive(ctx, w.pm, delivery.Receipt{BatchID: batch, Photos: []id.ID{id.New()}})
		require.NoError(t, err)

		made := k.Reads(t, func() { w.look(t) })
		require.Len(t, made, 10, "project, production, batches, calendar, items, reschedules, photos, shipments, events, links")
		made = append(made, k.Reads(t, func() {
			_, err = model.Overdue(ctx, k.DB, "2026-12-01", model.Batch{AlarmOn: "2026-11-24", ID: batch}, 100)
			require.NoError(t, err)
		})...)
		checked := 0
		for _, s := range made {
			if !strings.Contains(s.SQL, "deliver") && !strings.Contains(s.SQL, "shipment") && !strings.Contains(s.SQL, "project_production") {
				continue
			}
			checked++
			plan := k.Explain(t, s)
			ordered := strings.Contains(s.SQL, "shipment_events") || strings.Contains(s.SQL, "alarm_on")
			if k.DB.Dialect() == db.SQLite {
				require.NotContains(t, plan, "SCAN", s.SQL)
				require.False(t, ordered && strings.Contains(plan, "TEMP B-TREE"), s.SQL)
				continue
			}
			require.Regexp(t, "(?i)type=(ref|range|const|eq_ref)", plan, s.SQL)
			require.False(t, ordered && strings.Contains(plan, "filesort"), s.SQL)
		}
		require.Equal(t, 8, checked)
	})
}

// crowd fills the tables with deliveries of other homes.
func (w *world) crowd(t *testing.T) {
	t.Helper()
	var batches []model.Batch
	var items []model.Item
	var changes []model.Reschedule
	var photos []model.Photo
	var shipments []model.Shipment
	var events []model.Event
	for n := range 40 {
		p := id.New()
		for i := range 8 {
			due := day(testkit.Start.Add(time.Duration(n*24) * time.Hour).Format(time.DateOnly))
			b := model.Batch{ProjectID: p, ID: id.New(), Seq: i + 1, Name: "柜", Priority: 5, State: model.Planned, HandState: model.Planned, PromisedOn: due, FirstPromisedOn: due, AlarmOn: due, CreatedAt: ago(0), UpdatedAt: ago(0)}
			sh := model.Shipment{ProjectID: p, ID: id.New(), BatchID: b.ID, Carrier: "顺丰", TrackingNo: fmt.Sprint(i), State: model.Registered, CreatedAt: ago(0), UpdatedAt: ago(0)}
			batches, shipments = append(batches, b), append(shipments, sh)
			items = append(items, model.Item{ProjectID: p, BatchID: b.ID, Seq: 1, Name: "柜", Quantity: 1})
			changes = append(changes, model.Reschedule{ProjectID: p, BatchID: b.ID, ID: id.New(), FromOn: due, ToOn: due, At: ago(0)})
			photos = append(photos, model.Photo{ProjectID: p, BatchID: b.ID, FileID: id.New()})
			events = append(events, model.Event{ProjectID: p, ShipmentID: sh.ID, ExternalID: "a", At: ago(n), Status: model.PickedUp, ToldAt: ago(0)})
		}
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for _, rows := range []any{batches, items, changes, photos, shipments, events} {
			require.NoError(t, tx.Conn(ctx).Create(rows).Error)
		}
		return nil
	})
}
