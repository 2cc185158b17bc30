package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/testkit/apikit"
)

// site is a project under way: its owner by WeChat, its manager of staff, the manager of the store.
type site struct {
	*apikit.World
	owner, pm, boss, stranger apikit.Person
	project                   id.ID
	serviceCode               string
}

func newSite(t *testing.T, w *apikit.World) site {
	t.Helper()
	s := site{World: w}
	store := w.Store(t)
	s.boss = w.Staff(t, actor.StoreManager, store)
	s.pm = w.Staff(t, actor.ProjectManager, store)
	s.owner = w.Customer(t, "oOwner")
	s.stranger = w.Customer(t, "oStranger")
	var made struct {
		ID          id.ID
		ServiceCode string `json:"service_code"`
		Stages      []struct{ Key, State string }
	}
	w.Post(t, s.boss, "/v1/staff/projects", map[string]any{
		"kind": "renovation", "title": "滨江花园 3 栋", "customer_id": s.owner.ID, "contract_amount_fen": 12_800_000, "planned_start": "2026-11-23",
		"home": map[string]any{"name": "滨江花园", "city": "杭州", "district": "滨江区", "address": "江南大道 1 号 3-501", "area_m2": 98.5},
	}, "Idempotency-Key", "create").Is(201).Into(&made)
	require.Len(t, made.Stages, 12)
	s.project, s.serviceCode = made.ID, made.ServiceCode
	w.Post(t, s.boss, s.staffPath("/people"), map[string]any{"role": "project_manager", "staff_id": s.pm.ID, "note": "请接手"}).Is(201)
	w.Post(t, s.boss, s.staffPath("/stages/measure/start"), nil).Is(200)
	return s
}

func (s site) staffPath(rest string) string { return "/v1/staff/projects/" + s.project.String() + rest }

func (s site) myPath(rest string) string { return "/v1/me/projects/" + s.project.String() + rest }

type timeline struct {
	Items []struct {
		Kind, Title, Body string
		Photos            []struct {
			URL      string
			ThumbURL string `json:"thumb_url"`
		}
		Author struct{ Name, Role string }
	}
}

func TestStoryOfADailyLog(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		w.Settle(t)
		var offered struct {
			Items []struct {
				TemplateID string `json:"template_id"`
				Event      string
			}
		}
		w.Get(t, s.owner, "/v1/me/subscription-templates").Is(200).Into(&offered)
		for _, o := range offered.Items {
			w.Platform.Accept(s.owner.Openid, map[string]string{o.TemplateID: "accept"})
		}
		w.Settle(t)
		second := w.Second(t)
		messages := listen(t, second, s.owner)

		photo := w.Upload(t, s.pm, "/v1/staff/files", apikit.Photo(t, 1))
		log := map[string]any{"done_today": "今日完成水电开槽", "plan_tomorrow": "明日进场线管", "file_ids": []id.ID{photo}}
		first := w.Post(t, s.pm, s.staffPath("/daily-logs"), log, "Idempotency-Key", "log").Is(201)
		again := w.Post(t, s.pm, s.staffPath("/daily-logs"), log, "Idempotency-Key", "log").Is(201)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.JSONEq(t, string(first.Body), string(again.Body))
		log["done_today"] = "另一篇"
		w.Post(t, s.pm, s.staffPath("/daily-logs"), log, "Idempotency-Key", "log").Fails(409, "idempotency.mismatch")

		require.Contains(t, waitFor(t, messages, "daily_log"), s.project.String(), "a live event crosses from one instance to the other")

		var seen timeline
		w.Get(t, s.owner, s.myPath("/timeline")).Is(200).Into(&seen)
		require.Equal(t, "daily_log", seen.Items[0].Kind)
		require.Equal(t, "王小明", seen.Items[0].Author.Name)
		require.Len(t, seen.Items[0].Photos, 1)
		picture := w.Get(t, apikit.Person{}, seen.Items[0].Photos[0].URL).Is(200)
		require.Equal(t, "image/jpeg", picture.Header.Get("Content-Type"), "the photo needs no session")

		w.Settle(t)
		var inbox struct {
			Items []struct{ Kind, Title string }
		}
		w.Get(t, s.owner, "/v1/me/inbox").Is(200).Into(&inbox)
		require.NotEmpty(t, inbox.Items)
		require.Equal(t, 1, delivered(w, s.owner.Openid, "今日完成水电开槽"), "the subscription message arrives once")
	})
}

// delivered counts the messages to somebody that hold a text.
func delivered(w *apikit.World, openid, text string) int {
	n := 0
	for _, e := range w.Platform.Effects() {
		for _, v := range e.Data {
			if e.OpenID == openid && strings.Contains(v, text) {
				n++
			}
		}
	}
	return n
}

func listen(t *testing.T, on *apikit.Instance, who apikit.Person) <-chan string {
	t.Helper()
	conn, answer, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(on.URL, "http")+"/v1/me/live", &websocket.DialOptions{
		HTTPHeader: map[string][]string{"Authorization": {"Bearer " + who.Token}},
	})
	require.NoError(t, err)
	if answer.Body != nil {
		require.NoError(t, answer.Body.Close())
	}
	out := make(chan string, 100)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(out)
		for {
			_, message, err := conn.Read(ctx)
			if err != nil {
				return
			}
			out <- string(message)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	require.Contains(t, waitFor(t, out, "hello"), "hello")
	return out
}

// waitFor returns the first message that holds a text.
func waitFor(t *testing.T, messages <-chan string, text string) string {
	t.Helper()
	patience := time.After(10 * time.Second)
	for {
		select {
		case m, open := <-messages:
			require.True(t, open, "the socket was closed")
			if strings.Contains(m, text) {
				return m
			}
		case <-patience:
			require.FailNow(t, "no message with "+text)
		}
	}
}

func TestWhoSeesAProject(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		missing := "/v1/me/projects/" + id.New().String()
		for _, rest := range []string{"", "/timeline"} {
			theirs := w.Get(t, s.stranger, s.myPath(rest), "X-Request-ID", "same-request").Fails(404, "not_found")
			nothing := w.Get(t, s.stranger, missing+rest, "X-Request-ID", "same-request").Fails(404, "not_found")
			require.Equal(t, string(nothing.Body), string(theirs.Body), "another's id and a missing id look the same")
		}
		elsewhere := w.Staff(t, actor.StoreManager, w.Store(t))
		w.Get(t, elsewhere, s.staffPath("")).Fails(404, "not_found")
		w.Post(t, elsewhere, s.staffPath("/stages/measure/complete"), nil).Fails(404, "not_found")
		w.Get(t, s.owner, s.staffPath("")).Fails(401, "token.invalid")
		w.Get(t, apikit.Person{}, s.myPath("")).Fails(401, "token.missing")
		w.Post(t, w.Staff(t, actor.Installer, w.Store(t)), "/v1/staff/projects", map[string]any{}).Fails(403, "permission.denied")

		code := "/v1/public/service-codes/" + s.serviceCode
		var open, member struct {
			People []struct{ Role, Name, Phone string }
		}
		w.Get(t, apikit.Person{}, code).Is(200).Into(&open)
		w.Get(t, s.owner, code).Is(200).Into(&member)
		require.Len(t, open.People, len(member.People))
		w.Get(t, apikit.Person{}, "/v1/public/service-codes/SAAAAAAAAAAAAA").Fails(404, "not_found")
		qr := w.Get(t, apikit.Person{}, code+"/qr.png").Is(200)
		require.Equal(t, "image/png", qr.Header.Get("Content-Type"))
	})
}

func TestProjectCanBeKeptAndAskedForAgain(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		for _, path := range []string{s.myPath(""), s.myPath("/timeline")} {
			tag := w.Get(t, s.owner, path).Is(200).Header.Get("ETag")
			require.NotEmpty(t, tag)
			kept := w.Get(t, s.owner, path, "If-None-Match", tag).Is(304)
			require.Empty(t, kept.Body)
			photo := w.Upload(t, s.pm, "/v1/staff/files", apikit.Photo(t, 1))
			w.Post(t, s.pm, s.staffPath("/daily-logs"), map[string]any{"done_today": "今日 " + path, "plan_tomorrow": "", "file_ids": []id.ID{photo}}).Is(201)
			if strings.HasSuffix(path, "timeline") {
				w.Get(t, s.owner, path, "If-None-Match", tag).Is(200)
			}
		}
	})
}
