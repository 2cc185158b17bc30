package handover_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project"
	"guike/testkit/apikit"
)

// desk is a project in its last stage, and everybody who may or may not look at it.
type desk struct {
	*apikit.Home
	manager, installer, sales, centre apikit.Person
}

func newDesk(t *testing.T, w *apikit.World) *desk {
	t.Helper()
	home, _ := w.Home(t, "custom_furniture", actor.StoreManager)
	d := &desk{Home: home}
	d.manager, d.centre = w.Staff(t, actor.ProjectManager, d.Shop), w.Staff(t, actor.ExperienceCentre, identity.Store{})
	d.installer, d.sales = w.Staff(t, actor.Installer, d.Shop), w.Staff(t, actor.Sales, d.Shop)
	d.Assign(t, d.manager)
	return d
}

// last puts the project into its last stage with weight, as if all before it had been worked.
func (d *desk) last(t *testing.T) {
	t.Helper()
	require.NoError(t, d.App.DB.Tx(t.Context(), func(tx *db.Tx) error { return toAcceptance(t.Context(), tx, d.Project) }))
}

func toAcceptance(ctx context.Context, tx *db.Tx, of id.ID) error {
	p, err := project.LockTx(ctx, tx, actor.Machine(), of)
	if err != nil {
		return err
	}
	stages, err := project.Stages(ctx, tx, of)
	if err != nil {
		return err
	}
	for i := range stages {
		s := &stages[i]
		if s.State, s.StartedAt = project.StageActive, &tx.Now; s.Key != "acceptance" {
			s.State, s.CompletedAt = project.StageCompleted, &tx.Now
		}
		if s.Key == "care" {
			continue
		}
		if err := project.SaveStageTx(ctx, tx, s); err != nil {
			return err
		}
		if s.Key == "acceptance" {
			break
		}
	}
	if stages, err = project.Stages(ctx, tx, of); err != nil {
		return err
	}
	p.Derive(stages, tx.Now)
	return project.SaveStateTx(ctx, tx, &p)
}

type promise struct {
	ID      id.ID
	State   string
	Version int64
}

type sheet struct {
	ID        id.ID
	State     string
	Version   int64
	Hash      string
	CareGiven bool `json:"care_given"`
	Items     []struct {
		Key, Result string
		Photos      []struct{ URL string }
	}
	Decision *struct {
		Verdict, Method, Name, Hash string
		Paper                       *struct{ URL string }
	}
}

// allOK answers every line of the stage's checklist.
func (d *desk) allOK(t *testing.T) map[string]any {
	t.Helper()
	var list struct{ Items []struct{ Key string } }
	d.Get(t, d.manager, d.StaffPath("/stages/acceptance/checklist")).Is(200).Into(&list)
	require.NotEmpty(t, list.Items)
	var items []map[string]any
	for _, l := range list.Items {
		items = append(items, map[string]any{"key": l.Key, "result": "ok"})
	}
	return map[string]any{"items": items, "care_given": true, "care_text": "台面避免高温直接接触。"}
}

func TestFromThePromiseToTheHandOver(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		d := newDesk(t, w)
		body := map[string]any{"text": "全屋柜体使用 ENF 级环保板材。", "category": "material"}
		d.Post(t, d.Stranger, d.StaffPath("/promises"), body).Fails(404, "not_found")
		d.Post(t, d.installer, d.StaffPath("/promises"), body).Fails(403, "permission.denied")
		d.Post(t, d.Owner, d.StaffPath("/promises"), body).Is(401)
		var p promise
		first := d.Post(t, d.sales, d.StaffPath("/promises"), body, "Idempotency-Key", "p").Is(201).Into(&p)
		again := d.Post(t, d.sales, d.StaffPath("/promises"), body, "Idempotency-Key", "p").Is(201)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.JSONEq(t, string(first.Body), string(again.Body))
		body["version"] = 1
		d.Do(t, d.sales, http.MethodPut, "/v1/staff/promises/"+p.ID.String(), body).Is(200)
		d.Do(t, d.sales, http.MethodPut, "/v1/staff/promises/"+p.ID.String(), body).Fails(409, "promise.changed")

		mine := d.Get(t, d.Guest, d.MyPath("/promises")).Is(200)
		d.Get(t, d.Guest, d.MyPath("/promises"), "If-None-Match", mine.Header.Get("ETag")).Is(304)
		d.Get(t, d.Outsider, d.MyPath("/promises")).Fails(404, "not_found")

		d.last(t)
		settle := map[string]any{"kept": true, "word": "出厂标识均为 ENF 级"}
		d.Post(t, d.manager, "/v1/staff/promises/"+p.ID.String()+"/settle", settle).Is(200).Into(&p)
		require.Equal(t, "kept", p.State)
		dispute := "/v1/me/promises/" + p.ID.String() + "/dispute"
		d.Post(t, d.Family, dispute, map[string]any{"word": "不对"}).Fails(403, "home.owner_only")
		d.Post(t, d.Owner, dispute, map[string]any{"word": "背板不是"}).Is(200).Into(&p)
		require.Equal(t, "disputed", p.State)
		d.Post(t, d.Boss, d.StaffPath("/stages/acceptance/complete"), nil).Fails(409, "stage.conditions_unmet")
		d.Post(t, d.Boss, "/v1/staff/promises/"+p.ID.String()+"/settle", map[string]any{"kept": false, "word": "已更换背板并致歉"}).Is(200)

		sent := d.allOK(t)
		photo := d.Upload(t, d.manager, "/v1/staff/files", apikit.Photo(t, 1))
		sent["items"].([]map[string]any)[0]["file_ids"] = []id.ID{photo}
		d.Post(t, d.sales, d.StaffPath("/stages/acceptance/acceptance"), sent).Fails(403, "permission.denied")
		d.Post(t, d.Stranger, d.StaffPath("/stages/acceptance/acceptance"), sent).Fails(404, "not_found")
		var s sheet
		d.Post(t, d.manager, d.StaffPath("/stages/acceptance/acceptance"), sent, "Idempotency-Key", "s").Is(201).Into(&s)
		d.Post(t, d.manager, d.StaffPath("/stages/acceptance/acceptance"), sent, "Idempotency-Key", "s").Is(201)
		require.EqualValues(t, 1, s.Version)
		require.Len(t, s.Items[0].Photos, 1)
		d.Post(t, d.manager, d.StaffPath("/stages/acceptance/acceptance"), sent).Is(201).Into(&s)
		require.EqualValues(t, 2, s.Version)

		var list struct{ Items []sheet }
		read := d.Get(t, d.Guest, d.MyPath("/acceptances")).Is(200).Into(&list)
		require.Len(t, list.Items, 1)
		d.Get(t, d.Guest, d.MyPath("/acceptances"), "If-None-Match", read.Header.Get("ETag")).Is(304)
		d.Get(t, d.Outsider, d.MyPath("/acceptances")).Fails(404, "not_found")
		sign := "/v1/me/acceptances/" + s.ID.String() + "/sign"
		name := map[string]any{"version": 2, "name": "王小明"}
		d.Post(t, d.Outsider, sign, name).Fails(404, "not_found")
		d.Post(t, d.Guest, sign, name).Fails(403, "home.owner_only")
		d.Post(t, d.manager, sign, name).Is(401)
		d.Post(t, d.Owner, sign, map[string]any{"version": 1, "name": "王小明"}).Fails(409, "acceptance.changed")
		d.Post(t, d.Owner, sign, map[string]any{"version": 0, "name": ""}).Fails(422, "input.invalid")
		d.Post(t, d.Owner, sign, name, "Idempotency-Key", "sign").Is(200).Into(&s)
		require.Equal(t, "signed", s.State)
		require.Equal(t, "王小明", s.Decision.Name)
		require.Equal(t, s.Hash, s.Decision.Hash)
		d.Post(t, d.Owner, sign, name).Is(200)
		d.Post(t, d.Owner, "/v1/me/acceptances/"+s.ID.String()+"/refuse", map[string]any{"version": 2, "word": "又不"}).Fails(409, "acceptance.decided")
		d.Get(t, d.Guest, "/v1/me/acceptances/"+s.ID.String()).Is(200).Into(&s)
		require.Equal(t, "王*明", s.Decision.Name)
		d.Get(t, d.Stranger, "/v1/staff/acceptances/"+s.ID.String()).Fails(404, "not_found")

		d.Post(t, d.Boss, d.StaffPath("/stages/acceptance/complete"), nil).Is(200)
		w.Settle(t)
		var tasks struct {
			Items []struct {
				Kind  string
				DueAt time.Time `json:"due_at"`
			}
		}
		d.Get(t, d.centre, "/v1/staff/tasks?limit=100").Is(200).Into(&tasks)
		var care []time.Time
		for _, task := range tasks.Items {
			if task.Kind == "care_start" {
				care = append(care, task.DueAt)
			}
		}
		require.Len(t, care, 1)
		require.Equal(t, w.Clock.Now().Add(24*time.Hour), care[0])

		var rates struct {
			Items []struct {
				Settled, Broken int64
				KeptBP          int64 `json:"kept_bp"`
			}
		}
		d.Get(t, d.Boss, "/v1/staff/reports/promises?from=2026-11-01&to=2026-11-30&group=person").Is(200).Into(&rates)
		require.Len(t, rates.Items, 1)
		require.EqualValues(t, 1, rates.Items[0].Broken)
		d.Get(t, d.Boss, "/v1/staff/reports/promises?from=2026-11-01").Fails(422, "input.invalid")
	})
}

func TestPaperIsForStoreManagersAndTheExperienceCentre(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		d := newDesk(t, w)
		d.last(t)
		var s sheet
		d.Post(t, d.manager, d.StaffPath("/stages/acceptance/acceptance"), d.allOK(t)).Is(201).Into(&s)
		photo := d.Upload(t, d.Boss, "/v1/staff/files", apikit.Photo(t, 2))
		paper, path := map[string]any{"version": 1, "name": "王小明", "file_id": photo, "reason": "客户不使用智能手机"}, "/v1/staff/acceptances/"+s.ID.String()+"/paper"
		d.Post(t, d.manager, path, paper).Fails(403, "permission.denied")
		d.Post(t, d.Stranger, path, paper).Fails(404, "not_found")
		d.Post(t, d.centre, path, paper).Fails(404, "file.not_found")
		d.Post(t, d.Boss, path, paper).Is(200).Into(&s)
		require.Equal(t, "paper", s.Decision.Method)
		require.NotNil(t, s.Decision.Paper)
		w.Settle(t)
		var inbox struct{ Items []struct{ Kind string } }
		d.Get(t, d.Owner, "/v1/me/inbox").Is(200).Into(&inbox)
		told := false
		for _, m := range inbox.Items {
			told = told || m.Kind == "acceptance_signed"
		}
		require.True(t, told, "the home is told")
	})
}

func TestTheSite(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		d := newDesk(t, w)
		now := w.Clock.Now()
		camera := map[string]any{"title": "安装直播", "url": "https://live.guike.cn/8f3a.m3u8", "stage": "installation", "from": now.Add(time.Hour), "until": now.Add(2 * time.Hour)}
		d.Post(t, d.installer, d.StaffPath("/cameras"), camera).Fails(403, "permission.denied")
		d.Post(t, d.Stranger, d.StaffPath("/cameras"), camera).Fails(404, "not_found")
		var c struct {
			ID      id.ID
			Version int64
			Live    bool
			URL     string
		}
		d.Post(t, d.manager, d.StaffPath("/cameras"), camera, "Idempotency-Key", "c").Is(201).Into(&c)
		d.Post(t, d.manager, d.StaffPath("/cameras"), camera, "Idempotency-Key", "c").Is(201)
		for _, url := range []string{"http://live.guike.cn", "https://localhost/x", "https://10.1.2.3/", "https://a:b@live.guike.cn"} {
			bad := map[string]any{"title": "x", "url": url, "stage": "installation", "from": now, "until": now.Add(time.Hour)}
			d.Post(t, d.manager, d.StaffPath("/cameras"), bad).Fails(422, "input.invalid")
		}
		var list struct {
			Items []struct {
				Live bool
				URL  *string
			}
		}
		d.Get(t, d.Guest, d.MyPath("/cameras")).Is(200).Into(&list)
		require.Len(t, list.Items, 1)
		require.Nil(t, list.Items[0].URL)
		d.Get(t, d.Outsider, d.MyPath("/cameras")).Fails(404, "not_found")
		camera["from"], camera["version"] = now, 1
		d.Do(t, d.manager, http.MethodPut, "/v1/staff/cameras/"+c.ID.String(), camera).Is(200)
		d.Get(t, d.Guest, d.MyPath("/cameras")).Is(200).Into(&list)
		require.True(t, list.Items[0].Live)
		require.Equal(t, "https://live.guike.cn/8f3a.m3u8", *list.Items[0].URL)
		d.Do(t, d.Stranger, http.MethodDelete, "/v1/staff/cameras/"+c.ID.String(), nil).Fails(404, "not_found")
		d.Do(t, d.manager, http.MethodDelete, "/v1/staff/cameras/"+c.ID.String(), nil).Is(204)

		var note struct{ ID id.ID }
		d.Post(t, d.manager, d.StaffPath("/site-notes"), map[string]any{"text": "主卧飘窗下有地暖分水器。"}).Is(201).Into(&note)
		d.Get(t, d.Stranger, d.StaffPath("/site-notes")).Fails(404, "not_found")
		customer := "/v1/staff/customers/" + d.Owner.ID.String()
		d.Do(t, d.Boss, http.MethodPut, customer+"/preferences", map[string]any{"preferences": []map[string]any{{"key": "visit", "value": "午休时请勿打孔"}}}).Is(200)
		scan := "/v1/staff/orders/" + d.ServiceCode + "/scan"
		var o struct {
			ProjectID id.ID `json:"project_id"`
			Notes     []struct{ Text string }
			Craft     []struct{ Key string }
			People    []struct{ Role string }

			Preferences []struct{ Key, Value string }
		}
		d.Post(t, d.manager, scan, map[string]any{"device": "HUAWEI Mate 60"}).Is(200).Into(&o)
		require.Equal(t, d.Project, o.ProjectID)
		require.Len(t, o.Notes, 1)
		require.Len(t, o.People, 2)
		require.Len(t, o.Preferences, 1)
		require.Equal(t, "午休时请勿打孔", o.Preferences[0].Value)
		d.Post(t, d.manager, scan, nil).Is(200)
		d.Post(t, d.installer, scan, nil).Fails(404, "not_found")
		d.Post(t, d.Stranger, scan, nil).Fails(404, "not_found")
		d.Post(t, d.sales, scan, nil).Fails(403, "permission.denied")
		d.Post(t, d.Owner, scan, nil).Is(401)
		var scans struct{ Items []struct{ Device string } }
		d.Get(t, d.Boss, d.StaffPath("/scans")).Is(200).Into(&scans)
		require.Len(t, scans.Items, 2)
		d.Do(t, d.manager, http.MethodDelete, "/v1/staff/site-notes/"+note.ID.String(), nil).Is(204)

		var craft struct {
			Items []struct {
				Stage string
			}
		}
		d.Get(t, d.Guest, d.MyPath("/craft-notes")).Is(200).Into(&craft)
		require.Len(t, craft.Items, 2)
		added := map[string]any{"key": "lamp_height", "stage": "installation", "title": "感应灯装多高", "text": "离台面 40 厘米最亮而不刺眼。"}
		d.Post(t, d.Boss, "/v1/staff/craft-notes", added).Fails(403, "permission.denied")
		var n struct{ ID id.ID }
		d.Post(t, d.centre, "/v1/staff/craft-notes", added).Is(201).Into(&n)
		d.Post(t, d.centre, "/v1/staff/craft-notes", added).Fails(409, "craft_note.key_taken")
		delete(added, "key")
		added["version"], added["active"] = 1, false
		d.Do(t, d.centre, http.MethodPut, "/v1/staff/craft-notes/"+n.ID.String(), added).Is(200)
		d.Do(t, d.centre, http.MethodPut, "/v1/staff/craft-notes/"+n.ID.String(), added).Fails(409, "craft_note.changed")
		d.Get(t, d.manager, "/v1/staff/craft-notes").Is(200)

		list2 := map[string]any{"kind": "custom_furniture", "stage": "installation", "version": 0, "title": "安装自查", "items": []map[string]any{{"key": "level", "text": "横平竖直"}}}
		d.Post(t, d.Boss, "/v1/staff/checklists", list2).Fails(403, "permission.denied")
		d.Post(t, d.centre, "/v1/staff/checklists", list2).Is(201)
		d.Post(t, d.centre, "/v1/staff/checklists", list2).Fails(409, "checklist.changed")
		d.Get(t, d.manager, "/v1/staff/checklists").Is(200)
	})
}
