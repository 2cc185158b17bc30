package identity_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/testkit/apikit"
)

func TestDoorThroughTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		here, there := w.Store(t), w.Store(t)
		sales, stranger, installer := w.Staff(t, actor.Sales, here), w.Staff(t, actor.Sales, there), w.Staff(t, actor.Installer, there)
		me := w.Customer(t, "o_door")
		set := func(who apikit.Person, path, key, value string) apikit.Answer {
			t.Helper()
			return w.Do(t, who, http.MethodPut, path, map[string]any{"preferences": []map[string]string{{"key": key, "value": value}}})
		}
		t.Run("a customer says what they like", func(t *testing.T) {
			var got struct {
				Preferences []struct{ Key, Value, Consent string }
			}
			set(me, "/v1/me/preferences", "style", "原木").Is(200).Into(&got)
			require.Equal(t, "style", got.Preferences[0].Key)
			require.Equal(t, "原木", got.Preferences[0].Value)
			set(me, "/v1/me/preferences", "taste", "咖啡").Fails(403, "consent.required")
			set(me, "/v1/me/preferences", "religion", "x").Fails(422, "input.invalid")
			w.Do(t, me, http.MethodPut, "/v1/me/preferences", map[string]any{"preferences": []any{}}).Fails(422, "input.invalid")
			w.Get(t, apikit.Person{}, "/v1/me/preferences").Fails(401, "token.missing")
			w.Get(t, sales, "/v1/me/preferences").Fails(401, "token.invalid")
		})
		var entered struct{ ID id.ID }
		w.Post(t, sales, "/v1/staff/customers", map[string]any{"name": "李明", "phone": "13800138765"}).Is(201).Into(&entered)
		path := "/v1/staff/customers/" + entered.ID.String()
		var project struct{ ID id.ID }
		w.Post(t, sales, "/v1/staff/projects", map[string]any{
			"kind": "custom_furniture", "title": "滨江花园", "planned_start": "2026-11-24", "contract_amount_fen": 100, "customer_id": entered.ID,
			"home": map[string]any{"name": "滨江花园", "city": "上海市", "address": "世纪大道 1 号", "area_m2": 100},
		}, "Idempotency-Key", "p1").Is(201).Into(&project)
		t.Run("staff of the store remember, others do not see", func(t *testing.T) {
			var note struct {
				ID   id.ID
				Text string
			}
			w.Post(t, sales, path+"/care-notes", map[string]any{"text": "靠窗的位置"}, "Idempotency-Key", "n1").Is(201).Into(&note)
			set(sales, path+"/preferences", "style", "简约").Is(200)
			for _, who := range []apikit.Person{stranger, installer} {
				w.Get(t, who, path+"/care-notes").Fails(404, "not_found")
				w.Get(t, who, path+"/preferences").Fails(404, "not_found")
				w.Post(t, who, path+"/care-notes", map[string]any{"text": "x"}).Fails(404, "not_found")
				set(who, path+"/preferences", "style", "x").Fails(404, "not_found")
				w.Post(t, who, path+"/care-notes/"+note.ID.String()+"/withdraw", nil).Fails(404, "not_found")
			}
			w.Get(t, me, path+"/care-notes").Fails(401, "token.invalid")
			w.Post(t, sales, path+"/care-notes", map[string]any{"text": ""}).Fails(422, "input.invalid")
		})
		t.Run("the door tells in one read", func(t *testing.T) {
			var door struct {
				Items []struct {
					ID            id.ID
					Phone         string
					Level         *string
					OpenComplaint *bool `json:"open_complaint"`
					Preferences   []struct{ Key, Value string }
					CareNotes     []struct {
						ID   id.ID
						Text string
					} `json:"care_notes"`
					Projects []struct {
						ID           id.ID
						Title, Stage string
						StageName    string `json:"stage_name"`
						Late         bool
					}
				}
			}
			w.Get(t, sales, "/v1/staff/customers?phone_last4=8765").Is(200).Into(&door)
			require.Len(t, door.Items, 1)
			v := door.Items[0]
			require.Equal(t, "138******65", v.Phone)
			require.Nil(t, v.Level)
			require.Nil(t, v.OpenComplaint)
			require.Equal(t, "简约", v.Preferences[0].Value)
			require.Equal(t, "靠窗的位置", v.CareNotes[0].Text)
			require.Equal(t, project.ID, v.Projects[0].ID)
			require.NotEmpty(t, v.Projects[0].StageName)
			require.False(t, v.Projects[0].Late)
			w.Post(t, sales, path+"/care-notes/"+v.CareNotes[0].ID.String()+"/withdraw", nil).Is(200)
			w.Get(t, sales, "/v1/staff/customers?phone_last4=8765").Is(200).Into(&door)
			require.Empty(t, door.Items[0].CareNotes)
			w.Get(t, stranger, "/v1/staff/customers?phone_last4=8765").Is(200).Into(&door)
			require.Empty(t, door.Items)
			w.Get(t, sales, "/v1/staff/customers?card=GK20260001").Is(200).Into(&door)
			require.Empty(t, door.Items)
			w.Get(t, sales, "/v1/staff/customers?card=a%20b").Fails(422, "input.invalid")
			w.Get(t, sales, "/v1/staff/customers?phone_last4=12").Fails(422, "input.invalid")
		})
	})
}
