package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/identity"
	"guike/testkit/apikit"
)

// site is a project whose first stage is under way, and everybody who has to do with it.
type site struct {
	*apikit.Home
	pm, centre, head apikit.Person
}

func newSite(t *testing.T, w *apikit.World) site {
	t.Helper()
	home, _ := w.Home(t, "custom_furniture", actor.StoreManager)
	s := site{Home: home, pm: w.Staff(t, actor.ProjectManager, home.Shop)}
	s.centre, s.head = w.Staff(t, actor.ExperienceCentre, identity.Store{}), w.Staff(t, actor.Management, identity.Store{})
	s.Assign(t, s.pm)
	w.Post(t, s.pm, s.StaffPath("/stages/measure/start"), nil).Is(200)
	return s
}

func (s site) days(t *testing.T, n int) {
	t.Helper()
	s.Clock.Advance(time.Duration(n) * 24 * time.Hour)
	s.Settle(t)
	for _, p := range []*apikit.Person{&s.Owner, &s.Guest, &s.Outsider} {
		*p = s.Customer(t, p.Openid)
	}
}

// again signs a member of staff in: the days go by faster than a session.
func (s site) again(t *testing.T, p apikit.Person) apikit.Person {
	t.Helper()
	return s.SignIn(t, p.Openid, apikit.Password)
}

type stage struct {
	Key, State    string
	PlannedEnd    string `json:"planned_end"`
	PlannedStart  string `json:"planned_start"`
	BaselineEnd   string `json:"baseline_end"`
	ForecastEnd   string `json:"forecast_end"`
	ProjectState  string `json:"project_state"`
	PlannedDays   int    `json:"planned_days"`
	BaselineStart string `json:"baseline_start"`
}

type delay struct {
	ID               id.ID
	Stage, State     string
	DaysLate         int `json:"days_late"`
	Reason           string
	NewEnd           string `json:"new_end"`
	ProposedEnd      string `json:"proposed_end"`
	ProposedFen      int64  `json:"proposed_fen"`
	CompensationFen  *int64 `json:"compensation_fen"`
	CompensationText string `json:"compensation_text"`
}

type sheet struct {
	PlannedEnd  string `json:"planned_end"`
	BaselineEnd string `json:"baseline_end"`
	ForecastEnd string `json:"forecast_end"`
	DaysLate    int    `json:"days_late"`
	Late        bool
	Paused      bool
	PauseReason string `json:"pause_reason"`
	Stages      []stage
	Delays      []delay
	Changes     []struct{ Kind, Stage, Reason, By string }
	Version     int64
}

func (s sheet) stage(key string) stage {
	for _, st := range s.Stages {
		if st.Key == key {
			return st
		}
	}
	return stage{}
}

func TestStoryOfADelay(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.days(t, 5) // 2026-11-28: measuring was due on the 24th
		s.pm, s.Owner, s.Guest = s.again(t, s.pm), w.Customer(t, s.Owner.Openid), w.Customer(t, s.Guest.Openid)
		second := w.Second(t)
		require.NoError(t, second.App.CatchUp(t.Context()))
		var mine sheet
		w.Get(t, s.Owner, s.MyPath("")).Is(200).Into(&mine)
		require.Equal(t, 4, mine.DaysLate)
		require.True(t, mine.Late)
		var found struct{ Items []delay }
		w.Get(t, s.pm, s.StaffPath("/delays")).Is(200).Into(&found)
		require.Len(t, found.Items, 1, "two instances, one notice")
		d := found.Items[0]
		require.Equal(t, "open", d.State)
		require.EqualValues(t, 50_000, d.ProposedFen)
		w.Get(t, s.Owner, s.MyPath("/plan")).Is(200).Into(&mine)
		require.Empty(t, mine.Delays, "the customer is told of what staff confirm")

		told := map[string]any{"reason": "客户楼下道路施工,无法进场。", "new_end": "2026-12-01", "compensation_text": "赠送养护礼包"}
		path := apikit.Path("/v1/staff/delays/%s/confirm", d.ID)
		w.Post(t, s.Stranger, path, told).Is(401) // her session is over
		s.Stranger = s.again(t, s.Stranger)
		w.Post(t, s.Stranger, path, told).Fails(404, "not_found")
		w.Post(t, s.Owner, path, told).Fails(401, "token.invalid")
		first := w.Post(t, s.pm, path, told, "Idempotency-Key", "confirm").Is(200)
		again := w.Post(t, s.pm, path, told, "Idempotency-Key", "confirm").Is(200)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.JSONEq(t, string(first.Body), string(again.Body))
		w.Post(t, s.pm, path, told).Fails(409, "delay.decided")

		w.Get(t, s.Owner, s.MyPath("/plan")).Is(200).Into(&mine)
		require.Len(t, mine.Delays, 1)
		require.Equal(t, "2026-12-01", mine.Delays[0].NewEnd)
		require.EqualValues(t, 50_000, *mine.Delays[0].CompensationFen)
		require.Equal(t, "2026-12-01", mine.stage("measure").PlannedEnd)
		require.Equal(t, "2026-11-24", mine.stage("measure").BaselineEnd)
		require.Equal(t, "2026-12-02", mine.stage("design").PlannedStart)
		require.Equal(t, "delayed", mine.Changes[0].Kind)
		var seen sheet
		w.Get(t, s.Guest, s.MyPath("/plan")).Is(200).Into(&seen)
		require.Nil(t, seen.Delays[0].CompensationFen, "guests see no money")
		require.Empty(t, seen.Delays[0].CompensationText)

		card := func(who apikit.Person) string {
			var line struct {
				Items []struct {
					Kind, Body string
					RefID      id.ID `json:"ref_id"`
				}
			}
			w.Get(t, who, s.MyPath("/timeline")).Is(200).Into(&line)
			require.Equal(t, "delay", line.Items[0].Kind)
			require.Equal(t, d.ID, line.Items[0].RefID)
			return line.Items[0].Body
		}
		for _, part := range []string{"道路施工", "2026-12-01", "养护礼包", "¥500.00"} {
			require.Contains(t, card(s.Owner), part, "one card says it all")
		}
		require.NotContains(t, card(s.Guest), "礼包")

		w.Settle(t)
		var inbox struct {
			Items []struct{ Title, Body string }
		}
		w.Get(t, s.Owner, "/v1/me/inbox").Is(200).Into(&inbox)
		require.Contains(t, inbox.Items[0].Title, "工期延后")

		w.Post(t, s.pm, s.StaffPath("/stages/measure/complete"), nil).Is(200)
		var report struct {
			Total struct {
				Completed, OnTime int64
				RateBP            int64 `json:"rate_bp"`
				OnBaseline        int64 `json:"on_baseline"`
			}
			Items []struct{ Stage, Name string }
		}
		s.Boss = s.again(t, s.Boss)
		w.Get(t, s.Boss, "/v1/staff/reports/on-time?from=2026-11-01&to=2026-11-30&group=person").Is(200).Into(&report)
		require.EqualValues(t, 10_000, report.Total.RateBP, "by the plan as it was confirmed")
		require.Zero(t, report.Total.OnBaseline, "and not by the first promise")
		team := w.Get(t, s.Boss, "/v1/staff/reports/on-time?from=2026-11-01&to=2026-11-30&group=team").Is(200)
		require.Contains(t, string(team.Body), `"role":"project_manager"`)
		w.Get(t, s.Boss, "/v1/staff/reports/on-time?from=2026-01-01&to=2027-11-30").Fails(422, "input.invalid")
	})
}

func TestPlanByStaff(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		var now sheet
		w.Get(t, s.pm, s.StaffPath("/plan")).Is(200).Into(&now)
		change := func(version int64, end string) map[string]any {
			return map[string]any{"reason": "客户推迟", "expected_version": version, "stages": []map[string]any{{"key": "measure", "planned_start": "2026-11-23", "planned_end": end}}}
		}
		put := func(who apikit.Person, body any) apikit.Answer {
			return w.Do(t, who, "PUT", s.StaffPath("/plan"), body)
		}
		put(s.pm, change(now.Version, "2026-11-22")).Fails(422, "input.invalid")
		put(s.pm, change(now.Version+1, "2026-11-25")).Fails(409, "plan.changed")
		put(s.Stranger, change(now.Version, "2026-11-25")).Fails(404, "not_found")
		put(s.Owner, change(now.Version, "2026-11-25")).Fails(401, "token.invalid")
		tagged := w.Get(t, s.Owner, s.MyPath("/plan")).Is(200)
		w.Get(t, s.Owner, s.MyPath("/plan"), "If-None-Match", tagged.Header.Get("ETag")).Is(304)
		put(s.pm, change(now.Version, "2026-11-25")).Is(200).Into(&now)
		require.Equal(t, "2026-11-25", now.stage("measure").PlannedEnd)
		w.Get(t, s.Owner, s.MyPath("/plan"), "If-None-Match", tagged.Header.Get("ETag")).Is(200)
		w.Get(t, s.Outsider, s.MyPath("/plan")).Fails(404, "not_found")

		faster := map[string]any{"stage": "production", "new_end": "2026-12-14", "reason": "婚期提前"}
		w.Post(t, s.Boss, s.StaffPath("/expedite"), faster).Fails(403, "permission.denied")
		w.Post(t, s.centre, s.StaffPath("/expedite"), faster).Is(200).Into(&now)
		require.Equal(t, 12, now.stage("production").PlannedDays)
		w.Get(t, s.Owner, s.MyPath("/plan")).Is(200).Into(&now)
		require.Equal(t, "expedited", now.Changes[0].Kind)
		require.Equal(t, "王小明", now.Changes[0].By, "who approved it is shown")

		w.Post(t, s.pm, s.StaffPath("/pause"), map[string]any{"reason": " "}).Fails(422, "input.invalid")
		w.Post(t, s.pm, s.StaffPath("/pause"), map[string]any{"reason": "客户出国"}).Is(200)
		w.Post(t, s.pm, s.StaffPath("/pause"), map[string]any{"reason": "客户出国"}).Fails(409, "project.paused")
		w.Post(t, s.pm, s.StaffPath("/stages/measure/complete"), nil).Fails(409, "stage.conditions_unmet")
		w.Get(t, s.Owner, s.MyPath("")).Is(200).Into(&now)
		require.True(t, now.Paused)
		require.Equal(t, "客户出国", now.PauseReason)
		w.Post(t, s.pm, s.StaffPath("/resume"), nil).Is(200)
		w.Post(t, s.pm, s.StaffPath("/resume"), map[string]any{}).Fails(409, "project.not_paused")
		w.Post(t, s.pm, s.StaffPath("/stages/measure/complete"), nil).Is(200)
		w.Post(t, s.pm, s.StaffPath("/stages/measure/reopen"), nil).Fails(400, "input.unreadable")
		w.Post(t, s.pm, s.StaffPath("/stages/measure/reopen"), map[string]any{"reason": ""}).Fails(422, "input.invalid")
		w.Post(t, s.pm, s.StaffPath("/stages/measure/reopen"), map[string]any{"reason": "误点完成"}).Is(200)
	})
}

func TestSiteCalendarAndPhases(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		spring := map[string]any{"from": "2026-12-10", "to": "2026-12-12", "name": "春节"}
		w.Post(t, s.Boss, "/v1/staff/site-calendar", spring).Fails(403, "permission.denied")
		w.Post(t, s.head, "/v1/staff/site-calendar", map[string]any{"from": "2026-12-12", "to": "2026-12-10", "name": "x"}).Fails(422, "input.invalid")
		var made struct{ ID id.ID }
		w.Post(t, s.head, "/v1/staff/site-calendar", spring, "Idempotency-Key", "c").Is(201).Into(&made)
		w.Post(t, s.head, "/v1/staff/site-calendar", spring, "Idempotency-Key", "c").Is(201)
		var all struct {
			Items []struct{ Name, From, To string }
		}
		w.Get(t, s.pm, "/v1/staff/site-calendar").Is(200).Into(&all)
		require.Len(t, all.Items, 1)
		s.Clock.Advance(2 * time.Minute)
		s.Settle(t)
		var now sheet
		w.Get(t, s.Owner, s.MyPath("/plan")).Is(200).Into(&now)
		require.Equal(t, "2026-12-25", now.stage("production").PlannedEnd, "pushed by three days")
		require.Equal(t, "2026-12-22", now.stage("production").BaselineEnd)
		require.Equal(t, "calendar", now.Changes[0].Kind)
		w.Do(t, s.Boss, "DELETE", "/v1/staff/site-calendar/"+made.ID.String(), nil).Fails(403, "permission.denied")
		w.Do(t, s.head, "DELETE", "/v1/staff/site-calendar/"+made.ID.String(), nil).Is(204)
		w.Do(t, s.head, "DELETE", "/v1/staff/site-calendar/"+made.ID.String(), nil).Fails(404, "not_found")

		phase := map[string]any{"name": "次卧与书房", "amount_fen": 2_800_000, "deferred_until": "2027-06-01"}
		w.Post(t, s.pm, s.StaffPath("/phases"), map[string]any{"name": "x", "amount_fen": -1}).Fails(422, "input.invalid")
		w.Post(t, s.Stranger, s.StaffPath("/phases"), phase).Fails(404, "not_found")
		w.Post(t, s.pm, s.StaffPath("/phases"), phase, "Idempotency-Key", "p").Is(201).Into(&made)
		w.Post(t, s.pm, s.StaffPath("/phases"), phase, "Idempotency-Key", "p").Is(201)
		one := s.StaffPath("/phases/" + made.ID.String())
		w.Do(t, s.pm, "PUT", one, map[string]any{"name": "次卧", "amount_fen": 2_900_000, "expected_version": 7}).Fails(409, "phase.changed")
		w.Do(t, s.pm, "PUT", one, map[string]any{"name": "次卧", "amount_fen": 2_900_000, "expected_version": 1}).Is(200)
		w.Post(t, s.pm, one+"/defer", map[string]any{"deferred_until": "2027-07-01"}).Is(200)
		w.Post(t, s.pm, one+"/release", nil).Is(200)
		w.Post(t, s.pm, one+"/cancel", map[string]any{"reason": "不做了"}).Fails(409, "phase.ended")
		var phases struct {
			Items []struct {
				Name, State string
				AmountFen   *int64 `json:"amount_fen"`
			}
		}
		w.Get(t, s.Owner, s.MyPath("/phases")).Is(200).Into(&phases)
		require.Len(t, phases.Items, 1)
		require.Equal(t, "released", phases.Items[0].State)
		require.EqualValues(t, 2_900_000, *phases.Items[0].AmountFen)
		phases.Items = nil
		w.Get(t, s.Guest, s.MyPath("/phases")).Is(200).Into(&phases)
		require.Nil(t, phases.Items[0].AmountFen)
		w.Get(t, s.Outsider, s.MyPath("/phases")).Fails(404, "not_found")
		phases.Items = nil
		w.Get(t, s.pm, s.StaffPath("/phases")).Is(200).Into(&phases)
		require.Len(t, phases.Items, 1)
	})
}

// A photo on the wrong home disappears everywhere at once: for a reader who holds ETags too, by its links,
// from the log's history; and the inbox never had it.
func TestAWithdrawnPhotoIsGoneEverywhere(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		wrong := w.Upload(t, s.pm, "/v1/staff/files", apikit.Photo(t, 1))
		right := w.Upload(t, s.pm, "/v1/staff/files", apikit.Photo(t, 2))
		var log struct{ ID id.ID }
		w.Post(t, s.pm, s.StaffPath("/daily-logs"), map[string]any{"done_today": "量尺完成", "file_ids": []id.ID{wrong, right}}).Is(201).Into(&log)
		w.Settle(t)
		type photos []struct {
			URL      string
			ThumbURL string `json:"thumb_url"`
		}
		type line struct {
			Items []struct {
				Kind   string
				Photos photos
			}
		}
		var before line
		held := w.Get(t, s.Owner, s.MyPath("/timeline")).Is(200).Into(&before).Header.Get("ETag")
		require.Len(t, before.Items[0].Photos, 2)
		gone := before.Items[0].Photos[0]
		picture := w.Get(t, apikit.Person{}, gone.URL).Is(200).Header.Get("ETag")
		thumb := w.Get(t, apikit.Person{}, gone.ThumbURL).Is(200).Header.Get("ETag")
		w.Get(t, s.Owner, s.MyPath("/timeline"), "If-None-Match", held).Is(304)

		w.Post(t, s.Stranger, apikit.Path("/v1/staff/files/%s/withdraw", wrong), map[string]any{"reason": "发错了家"}).Fails(404, "not_found")
		w.Post(t, s.pm, apikit.Path("/v1/staff/files/%s/withdraw", wrong), map[string]any{"reason": "发错了家"}).Is(204)
		second := w.Second(t)
		for _, instance := range []*apikit.Instance{w.Instance, second} {
			var after line
			answer := instance.Get(t, s.Owner, s.MyPath("/timeline"), "If-None-Match", held).Is(200).Into(&after)
			require.NotEqual(t, held, answer.Header.Get("ETag"))
			require.Len(t, after.Items[0].Photos, 1)
			require.NotContains(t, string(answer.Body), wrong.String())
			for path, tag := range map[string]string{gone.URL: picture, gone.ThumbURL: thumb} {
				instance.Get(t, apikit.Person{}, path, "If-None-Match", tag).Is(404)
				instance.Get(t, apikit.Person{}, path).Is(404)
			}
		}
		var history struct{ Items []struct{ Photos photos } }
		w.Get(t, s.pm, s.StaffPath("/daily-logs/"+log.ID.String()+"/history")).Is(200).Into(&history)
		require.Len(t, history.Items[0].Photos, 1)
		require.NotContains(t, string(w.Get(t, s.Owner, "/v1/me/inbox").Is(200).Body), wrong.String())
		w.Post(t, s.pm, s.StaffPath("/daily-logs"), map[string]any{"done_today": "又放上去", "file_ids": []id.ID{wrong, right}}).Fails(409, "file.withdrawn")
	})
}
