package design_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/testkit/apikit"
)

const pdf = "%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF"

// site is a project with a designer in charge.
type site struct {
	*apikit.Home
	designer apikit.Person
}

func newSite(t *testing.T, w *apikit.World) *site {
	t.Helper()
	home, _ := w.Home(t, "renovation", actor.StoreManager)
	s := &site{Home: home, designer: w.Staff(t, actor.Designer, home.Shop)}
	s.Assign(t, s.designer)
	return s
}

type view struct {
	ID              id.ID
	State, Style    string
	CurrentVersion  int `json:"current_version"`
	ApprovedVersion int `json:"approved_version"`
	Versions        []struct {
		Version int
		State   string
		Files   []struct {
			ID       id.ID
			URL      string
			ThumbURL string `json:"thumb_url"`
		}
		Links []struct{ Kind, URL, Title string }
	}
}

// design begins one and shows its first version: a picture, a document and two links.
func (s *site) design(t *testing.T, title string) view {
	t.Helper()
	var d view
	s.Post(t, s.designer, s.StaffPath("/designs"), map[string]any{"title": title, "room": "主卧", "style": "新中式", "note": "只给同事看"}).Is(201).Into(&d)
	require.Equal(t, "draft", d.State)
	picture := s.Upload(t, s.designer, "/v1/staff/files", apikit.Photo(t, 1))
	document := s.Upload(t, s.designer, "/v1/staff/files", []byte(pdf))
	body := map[string]any{
		"file_ids": []id.ID{picture, document},
		"links": []map[string]any{
			{"kind": "vr", "url": "https://vr.example-cloud.com/tours/3f9a", "title": "主卧漫游"},
			{"kind": "model", "url": "https://cdn.example-cloud.com/bed.usdz", "title": "床"},
		},
	}
	for range 2 { // the network repeats it
		s.Post(t, s.designer, "/v1/staff/designs/"+d.ID.String()+"/versions", body, "Idempotency-Key", "v1-"+d.ID.String()).Is(201).Into(&d)
	}
	require.Equal(t, 1, d.CurrentVersion)
	return d
}

func decision(version int, what string) map[string]any {
	return map[string]any{"version": version, "decision": what, "word": "裤架换成抽屉"}
}

func TestDesignsOverTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		d := s.design(t, "主卧衣柜")
		list := "/v1/me/projects/" + s.Project.String() + "/designs"
		var mine struct{ Items []view }
		answer := w.Get(t, s.Owner, list).Is(200).Into(&mine)
		require.NotContains(t, string(answer.Body), "只给同事看")
		version := mine.Items[0].Versions[0]
		require.Equal(t, "waiting", version.State)
		require.NotEmpty(t, version.Files[0].ThumbURL)
		require.Empty(t, version.Files[1].ThumbURL)
		require.Equal(t, "https://vr.example-cloud.com/tours/3f9a", version.Links[0].URL)
		got := w.Get(t, apikit.Person{}, version.Files[1].URL).Is(200)
		require.Equal(t, "attachment", got.Header.Get("Content-Disposition"))
		require.Equal(t, "application/pdf", got.Header.Get("Content-Type"))
		w.Do(t, s.Owner, "GET", list, nil, "If-None-Match", answer.Header.Get("ETag")).Is(304)
		w.Settle(t)
		inbox := w.Get(t, s.Owner, "/v1/me/inbox").Is(200)
		require.Contains(t, string(inbox.Body), "设计方案待您确认:主卧衣柜 v1")

		path := "/v1/me/designs/" + d.ID.String()
		w.Post(t, s.Guest, path+"/versions/1/view", nil).Is(204)
		w.Post(t, s.Guest, path+"/versions/1/view", map[string]any{}).Is(204)
		require.Contains(t, string(w.Get(t, s.designer, "/v1/staff/designs/"+d.ID.String()).Is(200).Body), `"views":1`)
		for _, read := range []string{list, path, "/v1/me/homes/" + s.HomeID.String() + "/history"} {
			seen := string(w.Get(t, s.Guest, read).Is(200).Body)
			require.NotContains(t, seen, "_fen", "guests see no money")
			require.NotContains(t, seen, "江南大道")
			w.Get(t, s.Outsider, read).Fails(404, "not_found")
		}
		w.Post(t, s.Guest, path+"/decision", decision(1, "approve")).Fails(403, "home.owner_only")
		w.Post(t, s.Outsider, path+"/decision", decision(1, "approve")).Fails(404, "not_found")
		w.Post(t, s.designer, path+"/decision", decision(1, "approve")).Is(401)
		w.Post(t, s.Owner, path+"/decision", decision(2, "approve")).Fails(409, "design.changed")
		for _, bad := range []map[string]any{
			{"version": 1, "decision": "maybe"},
			{"version": 1, "decision": "changes"},
			{"version": 0, "decision": "approve"},
			{"decision": "approve"},
			{"version": 1, "decision": "approve", "word": strings.Repeat("长", 1001)},
			{"version": 1, "decision": "approve", "fen": 1},
		} {
			w.Post(t, s.Owner, path+"/decision", bad).Fails(422, "input.invalid")
		}
		for range 2 {
			w.Post(t, s.Owner, path+"/decision", decision(1, "changes"), "Idempotency-Key", "d1").Is(200).Into(&d)
			require.Equal(t, "changes", d.State)
		}
		refused := w.Post(t, s.Owner, path+"/decision", decision(1, "approve")).Fails(409, "design.decided")
		require.Contains(t, string(refused.Body), "changes_asked")
		require.Contains(t, string(w.Get(t, s.designer, "/v1/staff/tasks").Is(200).Body), "主卧衣柜")

		versions := "/v1/staff/designs/" + d.ID.String() + "/versions"
		link := map[string]any{"kind": "vr", "url": "http://vr.example-cloud.com", "title": "x"}
		w.Post(t, s.designer, versions, map[string]any{"difference_note": "改抽屉", "links": []any{link}}).Fails(422, "input.invalid")
		link["url"] = "https://vr.example-cloud.com/tours/2"
		w.Post(t, s.designer, versions, map[string]any{"links": []any{link}}).Fails(422, "input.invalid")
		w.Post(t, s.Stranger, versions, map[string]any{"difference_note": "x", "links": []any{link}}).Fails(404, "not_found")
		w.Post(t, s.Owner, versions, map[string]any{"difference_note": "x", "links": []any{link}}).Is(401)
		w.Post(t, s.designer, versions, map[string]any{"difference_note": "改抽屉", "links": []any{link}, "draft": true}).Is(201)
		w.Get(t, s.Owner, path).Is(200).Into(&d)
		require.Len(t, d.Versions, 1)
		w.Post(t, s.designer, versions+"/2/submit", nil).Is(200)
		w.Post(t, s.designer, versions+"/2/submit", nil).Fails(409, "design.not_newest")
		w.Post(t, s.Owner, path+"/decision", map[string]any{"version": 2, "decision": "approve"}).Is(200).Into(&d)
		require.Equal(t, [2]any{"approved", 2}, [2]any{d.State, d.ApprovedVersion})

		w.Post(t, s.designer, s.StaffPath("/design-notes"), map[string]any{"kind": "need", "text": "放得下两个行李箱", "design_id": d.ID}).Is(201)
		w.Post(t, s.designer, s.StaffPath("/design-notes"), map[string]any{"kind": "gossip", "text": "x"}).Fails(422, "input.invalid")
		next := w.Staff(t, actor.Designer, w.Store(t))
		w.Post(t, s.Boss, s.StaffPath("/people"), map[string]any{"role": "designer", "staff_id": next.ID}).Fails(422, "input.invalid")
		w.Post(t, s.Boss, s.StaffPath("/people"), map[string]any{"role": "designer", "staff_id": next.ID, "note": "第二版已确认"}).Is(201)
		var history struct {
			Items []struct{ Kind, Text, Author string }
		}
		w.Get(t, next, s.StaffPath("/design-history?limit=50")).Is(200).Into(&history)
		require.Equal(t, "handed_over", history.Items[0].Kind)
		require.Equal(t, "第二版已确认", history.Items[0].Text)
		require.Len(t, history.Items, 9, "two hand-overs, two versions added and submitted, two decisions, a need")
		w.Get(t, s.Stranger, s.StaffPath("/design-history")).Fails(404, "not_found")
		w.Get(t, s.Stranger, s.StaffPath("/designs")).Fails(404, "not_found")

		w.Clock.Advance(31 * 24 * time.Hour)
		again := w.Customer(t, "oGuest")
		w.Get(t, again, list).Fails(404, "not_found")
	})
}

func TestSecondProjectOverTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		d := s.design(t, "主卧衣柜")
		w.Post(t, s.Owner, "/v1/me/designs/"+d.ID.String()+"/decision", map[string]any{"version": 1, "decision": "approve"}).Is(200)
		var order struct{ ID id.ID }
		w.Post(t, s.Boss, s.StaffPath("/change-orders"), map[string]any{"title": "加窗帘", "text": "客厅"}).Is(201).Into(&order)
		w.Post(t, s.Boss, apikit.Path("/v1/staff/change-orders/%s/quote", order.ID), map[string]any{
			"lines": []map[string]any{{"text": "窗帘", "amount_fen": 100_000}}, "days": 1, "valid_until": "2026-11-30T00:00:00.000Z",
		}).Is(201)
		w.Post(t, s.Owner, apikit.Path("/v1/me/change-orders/%s/decision", order.ID), map[string]any{"version": 1, "decision": "approve"}).Is(200)
		w.Clock.Advance(time.Hour)
		s.Owner, s.Guest, s.Boss = w.Customer(t, "oOwner"), w.Customer(t, "oGuest"), w.SignIn(t, s.Boss.Openid, apikit.Password)
		old := s.Project
		var made struct {
			ID       id.ID
			Previous []struct{ ID id.ID } `json:"previous_projects"`
		}
		w.Post(t, s.Boss, "/v1/staff/projects", s.Order("renovation")).Is(201).Into(&made)
		s.Project = made.ID
		w.Get(t, s.Boss, s.StaffPath("")).Is(200).Into(&made)
		require.Equal(t, old, made.Previous[0].ID)
		fresh := w.Staff(t, actor.Designer, w.Store(t))
		w.Get(t, fresh, "/v1/staff/homes/"+s.HomeID.String()+"/history").Fails(404, "not_found")
		s.Assign(t, fresh)
		w.Get(t, fresh, "/v1/staff/designs/"+d.ID.String()).Fails(404, "not_found")
		answer := w.Get(t, fresh, "/v1/staff/homes/"+s.HomeID.String()+"/history").Is(200)
		var history struct {
			Items []struct {
				ProjectID id.ID `json:"project_id"`
				Stages    []struct{ Key string }
				Designs   []view
				Changes   []struct {
					Title     string
					AmountFen *int64 `json:"amount_fen"`
				}
				Materials []map[string]any
			}
			Needs []any
		}
		answer.Into(&history)
		require.Equal(t, old, history.Items[1].ProjectID)
		require.Len(t, history.Items[1].Designs[0].Versions[0].Files, 2)
		require.NotContains(t, string(answer.Body), "_fen")
		require.Equal(t, "加窗帘", history.Items[1].Changes[0].Title)
		require.NotNil(t, history.Items[1].Materials, "an empty list is a list")
		for who, amounts := range map[apikit.Person]bool{s.Owner: true, s.Guest: false} {
			history.Items = nil
			w.Get(t, who, "/v1/me/homes/"+s.HomeID.String()+"/history").Is(200).Into(&history)
			require.Equal(t, amounts, history.Items[1].Changes[0].AmountFen != nil)
		}
		w.Post(t, fresh, s.StaffPath("/designs"), map[string]any{"title": "翻新", "room": "主卧"}).Is(201).Into(&d)
		require.Equal(t, "新中式", d.Style)
		w.Get(t, s.Owner, "/v1/me/homes/"+s.HomeID.String()+"/history?limit=1").Is(200).Into(&history)
		require.Len(t, history.Items, 1)
		w.Get(t, s.Owner, "/v1/me/homes/"+id.New().String()+"/history").Fails(404, "not_found")
	})
}

func TestCasesOverTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		story := func() map[string]any {
			return map[string]any{
				"title": "原木之家", "story": "一家三口,多收纳、少打理。", "style": "现代简约", "house_type": "三室两厅", "area_m2": 98,
				"budget_fen": 12_800_000, "file_ids": []id.ID{s.Upload(t, s.Boss, "/v1/staff/files", apikit.Photo(t, 3))},
			}
		}
		w.Post(t, s.Boss, s.StaffPath("/case"), story()).Fails(403, "consent.required")
		consent := map[string]any{"policy": "privacy", "version": 1, "purpose": "case_publication", "granted": true}
		w.Post(t, s.Owner, "/v1/me/consents", consent).Is(201)
		bad := story()
		bad["file_ids"] = []id.ID{s.Upload(t, s.Boss, "/v1/staff/files", []byte(pdf))}
		w.Post(t, s.Boss, s.StaffPath("/case"), bad).Fails(422, "file.not_a_picture")
		w.Post(t, s.Stranger, s.StaffPath("/case"), story()).Fails(404, "not_found")
		var made struct{ ID id.ID }
		in := story()
		for range 2 {
			w.Post(t, s.Boss, s.StaffPath("/case"), in, "Idempotency-Key", "case").Is(201).Into(&made)
		}
		var library struct{ Items []struct{ ID id.ID } }
		answer := w.Get(t, apikit.Person{}, "/v1/public/cases?budget_max_fen=20000000&style="+"%E7%8E%B0%E4%BB%A3%E7%AE%80%E7%BA%A6").Is(200).Into(&library)
		require.Len(t, library.Items, 1)
		for _, private := range []string{s.Project.String(), s.HomeID.String(), s.Owner.ID.String(), "滨江花园", "滨江区", "江南大道", "oOwner"} {
			require.NotContains(t, string(answer.Body), private)
		}
		w.Get(t, apikit.Person{}, "/v1/public/cases?budget_min_fen=20000000").Is(200).Into(&library)
		require.Empty(t, library.Items)
		w.Get(t, apikit.Person{}, "/v1/public/cases?budget_min_fen=2&budget_max_fen=1").Fails(422, "input.invalid")
		w.Get(t, apikit.Person{}, "/v1/public/cases?budget_min_fen=-1").Fails(422, "input.invalid")
		one := "/v1/public/cases/" + made.ID.String()
		w.Get(t, apikit.Person{}, one).Is(200)
		w.Do(t, s.Owner, "DELETE", "/v1/me/consents/case_publication", nil).Is(204)
		w.Get(t, apikit.Person{}, one).Fails(404, "not_found")
		w.Post(t, s.Owner, "/v1/me/consents", consent).Is(201)
		w.Get(t, apikit.Person{}, one).Fails(404, "not_found")
		require.Contains(t, string(w.Get(t, s.Boss, s.StaffPath("/case")).Is(200).Body), `"visible":false`)
		w.Post(t, s.Boss, s.StaffPath("/case"), story()).Is(201)
		w.Get(t, apikit.Person{}, one).Is(200)
		w.Post(t, s.Boss, "/v1/staff/cases/"+made.ID.String()+"/withdraw", map[string]any{"reason": "照片需更换"}).Is(200)
		w.Post(t, s.Boss, "/v1/staff/cases/"+made.ID.String()+"/withdraw", map[string]any{"reason": "照片需更换"}).Fails(409, "case.withdrawn")
		w.Get(t, apikit.Person{}, one).Fails(404, "not_found")
	})
}
