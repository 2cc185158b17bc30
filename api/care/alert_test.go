package care_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/identity"
	"guike/testkit/apikit"
)

type alert struct {
	ID        id.ID
	Level     int
	State     string
	TaskID    id.ID  `json:"task_id"`
	OwnerRole string `json:"owner_role"`
	Outcome   string
	History   []struct{ What string }
}

func TestAlertThroughTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		here, there := w.Store(t), w.Store(t)
		sales, manager := w.Staff(t, actor.Sales, here), w.Staff(t, actor.StoreManager, here)
		stranger, centre := w.Staff(t, actor.StoreManager, there), w.Staff(t, actor.ExperienceCentre, identity.Store{})
		customer := w.Customer(t, "o_alert")

		var a, again alert
		body := map[string]any{"reason": "客户反映噪音", "level": 1}
		w.Post(t, sales, "/v1/staff/alerts", body, "Idempotency-Key", "k1").Is(201).Into(&a)
		w.Post(t, sales, "/v1/staff/alerts", body, "Idempotency-Key", "k1").Is(201).Into(&again)
		require.Equal(t, a.ID, again.ID, "a repeated request raises nothing new")
		path := "/v1/staff/alerts/" + a.ID.String()

		t.Run("is seen within the scope, and nowhere else", func(t *testing.T) {
			w.Get(t, manager, path).Is(200)
			w.Get(t, stranger, path).Fails(404, "not_found")
			w.Get(t, customer, path).Fails(401, "token.invalid")
			w.Get(t, apikit.Person{}, path).Fails(401, "token.missing")
			w.Post(t, stranger, path+"/acknowledge", nil).Fails(404, "not_found")
			var list struct{ Items []alert }
			w.Get(t, manager, "/v1/staff/alerts?level=1&store_id="+here.ID.String()).Is(200).Into(&list)
			require.Len(t, list.Items, 1)
			w.Get(t, stranger, "/v1/staff/alerts").Is(200).Into(&list)
			require.Empty(t, list.Items)
		})
		t.Run("reaches the owner's inbox", func(t *testing.T) {
			w.Settle(t)
			var inbox struct {
				Items []struct{ Kind, Title string }
			}
			w.Get(t, manager, "/v1/staff/inbox").Is(200).Into(&inbox)
			require.Len(t, inbox.Items, 1)
			require.Equal(t, "alert", inbox.Items[0].Kind)
		})
		t.Run("refuses bad input", func(t *testing.T) {
			for _, bad := range []map[string]any{
				{"reason": ""}, {"level": 4, "reason": "x"}, {"kind": "nonsense", "reason": "x"}, {"project_id": id.New(), "reason": "x"}, {"reason": "x", "more": 1},
			} {
				w.Post(t, sales, "/v1/staff/alerts", bad).Fails(422, "input.invalid")
			}
			w.Post(t, manager, path+"/raise", map[string]any{"level": 1, "reason": "x"}).Fails(422, "input.invalid")
			w.Post(t, manager, path+"/close", map[string]any{"outcome": "bought"}).Fails(422, "input.invalid")
			w.Get(t, manager, "/v1/staff/alerts?state=lost").Fails(422, "input.invalid")
		})
		t.Run("is acknowledged, raised and closed by those whose business it is", func(t *testing.T) {
			w.Post(t, sales, path+"/acknowledge", nil).Fails(403, "alert.not_yours")
			w.Post(t, manager, path+"/acknowledge", nil).Is(200).Into(&a)
			require.Equal(t, "acknowledged", a.State)
			w.Post(t, manager, path+"/raise", map[string]any{"level": 2, "reason": "需总部协调"}).Is(200).Into(&a)
			require.Equal(t, "experience_centre", a.OwnerRole)
			w.Post(t, centre, path+"/raise", map[string]any{"level": 2, "reason": "我也要升级"}).Fails(409, "alert.level_reached")
			w.Post(t, manager, path+"/close", map[string]any{"outcome": "resolved"}).Fails(403, "alert.not_yours")
			w.Post(t, manager, "/v1/staff/tasks/"+a.TaskID.String()+"/complete", map[string]any{"outcome": "resolved"}).Fails(403, "alert.not_yours")
			var task struct {
				AlertID id.ID `json:"alert_id"`
			}
			w.Get(t, centre, "/v1/staff/tasks/"+a.TaskID.String()).Is(200).Into(&task)
			require.Equal(t, a.ID, task.AlertID)
			w.Post(t, centre, "/v1/staff/tasks/"+a.TaskID.String()+"/complete", map[string]any{"outcome": "resolved", "note": "已协调"}).Is(200)
			w.Get(t, sales, path).Is(200).Into(&a)
			require.Equal(t, "closed", a.State)
			require.Equal(t, "resolved", a.Outcome)
			var told []string
			for _, e := range a.History {
				told = append(told, e.What)
			}
			require.Equal(t, []string{"raised", "acknowledged", "level_raised", "closed"}, told)
			w.Post(t, centre, path+"/close", map[string]any{"outcome": "other"}).Fails(409, "alert.closed")
		})
	})
}
