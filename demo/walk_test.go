package demo_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/demo"
	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/notify"
	"guike/model/once"
	model "guike/model/project"
	siteplan "guike/model/project/plan"
	careservice "guike/service/care"
	notifyservice "guike/service/notify"
	"guike/service/project"
	"guike/testkit"
)

func TestLoadedCompany(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		k.Clock.Set(clock.System{}.Now()) // new ids, which the story makes, tell the machine's time
		w := newWorld(t, k)
		c := w.load(t, demo.Options{})
		list := w.everyProject(t)
		requireVariety(t, list)
		for _, p := range list {
			w.requireSound(t, p)
			w.requireReadable(t, p)
		}
		w.requireRooms(t, list)
		w.requireCompany(t)
		for _, table := range []string{"earning_rules", "rewards"} { // or points could be neither earned nor spent
			var n int64
			require.NoError(t, k.DB.Conn(t.Context()).Table(table).Count(&n).Error)
			require.NotZero(t, n, table)
		}
		w.requireCustomers(t, c)
		w.requireTasks(t)
		w.requireQuiet(t)
		w.requireStory(t, c)
	})
}

func TestLoadedVolume(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t)).withoutPhotos(t)
	w.load(t, demo.Options{Customers: 700})
	for _, p := range w.everyProject(t) {
		w.requireSound(t, p)
	}
	require.Len(t, all[model.Project](t, w, "id"), 40+160)
}

func TestLoadedAtAnyTime(t *testing.T) {
	t.Parallel()
	for seed, at := range []string{"2026-02-28T15:59:59Z", "2026-03-01T16:00:00Z", "2027-01-03T19:30:00Z", "2028-02-29T23:10:00Z"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			k := testkit.SQLite(t)
			now, err := time.Parse(time.RFC3339, at)
			require.NoError(t, err)
			k.Clock.Set(now)
			w := newWorld(t, k).withoutPhotos(t)
			w.load(t, demo.Options{Seed: uint64(seed)})
			list := w.everyProject(t)
			requireVariety(t, list)
			for _, p := range list {
				w.requireSound(t, p)
			}
			w.requireTasks(t)
			w.requireQuiet(t)
		})
	}
}

// everyProject pages through the list as an admin.
func (w *world) everyProject(t *testing.T) []project.Summary {
	t.Helper()
	var list []project.Summary
	p := db.Page{Limit: 15}
	for {
		rows, next, err := w.projects.List(t.Context(), w.staff(t, "admin", actor.All), project.Filter{}, p)
		require.NoError(t, err)
		list = append(list, rows...)
		if next.IsZero() {
			return list
		}
		p.After = next
	}
}

func requireVariety(t *testing.T, list []project.Summary) {
	t.Helper()
	require.Len(t, list, 40)
	states, stages, late := map[model.State]int{}, map[string]int{}, 0
	for _, p := range list {
		states[p.State]++
		if p.State == model.Active {
			stages[string(p.Kind)+" "+p.CurrentStage]++
		}
		if p.Late() {
			late++
		}
		require.NotNil(t, p.Responsible, p.No)
	}
	require.Len(t, states, 4, "every state: %v", states)
	require.Equal(t, 1, states[model.Cancelled])
	require.Len(t, stages, 8+11, "every stage of work of both kinds: %v", stages)
	require.GreaterOrEqual(t, late, 3)
	require.LessOrEqual(t, late, 8)
}

// requireSound holds the rows of a project to what the services would have left.
func (w *world) requireSound(t *testing.T, s project.Summary) {
	t.Helper()
	ctx, p, no := t.Context(), s.Project, s.No
	derived := p
	if p.State != model.Cancelled {
		derived.Derive(s.Stages, p.UpdatedAt)
		require.Equal(t, p, derived, no)
	}
	base := w.Clock.Now()
	inOrder(t, p.CreatedAt, p.UpdatedAt, base)

	_, items, err := model.CurrentTemplate(ctx, w.DB, p.Kind, p.TemplateKey)
	require.NoError(t, err)
	calendar, err := siteplan.LoadCalendar(ctx, w.DB, "2020-01-01", "")
	require.NoError(t, err)
	plan, moved := model.Plan(items, p.PlannedStart, calendar), w.planChanges(t, p)
	require.Len(t, s.Stages, len(plan))
	seen := false
	for i, st := range s.Stages {
		require.Equal(t, [5]any{plan[i].Key, plan[i].PlannedStart, plan[i].PlannedEnd, plan[i].Weight, plan[i].Needs}, [5]any{st.Key, st.BaselineStart, st.BaselineEnd, st.Weight, st.Needs}, no)
		if moved == 0 {
			require.Equal(t, [2]any{st.BaselineStart, st.BaselineEnd}, [2]any{st.PlannedStart, st.PlannedEnd}, no)
		}
		require.Equal(t, st.State != model.StagePending, st.StartedAt != nil, no)
		require.Equal(t, st.State == model.StageCompleted, st.CompletedAt != nil, no)
		require.False(t, seen && st.State != model.StagePending, "%s: %s began before the stage before it", no, st.Key)
		seen = seen || st.State == model.StagePending
		if st.CompletedAt != nil {
			inOrder(t, p.CreatedAt, *st.StartedAt, *st.CompletedAt, base)
		}
		if st.Weight > 0 {
			derived.PlannedEnd = st.PlannedEnd
		}
	}
	require.Equal(t, derived.PlannedEnd, p.PlannedEnd, no)
	w.requirePeople(t, p)
	w.requireTimeline(t, p)
}

func (w *world) requirePeople(t *testing.T, p model.Project) {
	t.Helper()
	people, err := model.People(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	open := map[actor.Role]int{}
	var before time.Time
	for _, person := range people {
		inOrder(t, before, person.FromAt)
		before = person.FromAt
		if person.Current() {
			open[person.Role]++
			staff, err := identity.StaffByID(t.Context(), w.DB, person.StaffID)
			require.NoError(t, err)
			require.True(t, staff.Active(), "%s is in charge of %s", staff.Name, p.No)
			require.Equal(t, staff.Role, person.Role)
		}
	}
	for role, n := range open {
		require.Equal(t, 1, n, "%s: %s", p.No, role)
	}
}

// requireTimeline reads all entries, with the logs behind them, and adds the versions up.
func (w *world) requireTimeline(t *testing.T, p model.Project) {
	t.Helper()
	version, last := int64(1), id.ID{}
	var at time.Time
	var logs []model.DailyLog
	require.NoError(t, w.DB.Conn(t.Context()).Where("project_id = ?", p.ID).Order("id").Find(&logs).Error)
	byID := map[id.ID]model.DailyLog{}
	for _, l := range logs {
		byID[l.ID] = l
		require.Equal(t, l.Day, model.BusinessDay(l.CreatedAt, testkit.Zone), p.No)
		require.Less(t, l.Day, model.BusinessDay(w.Clock.Now(), testkit.Zone), "today's log is for the visitor")
		require.NotEmpty(t, l.DoneToday)
	}
	photos := map[id.ID]map[id.ID]bool{}
	var shown []model.Photo
	require.NoError(t, w.DB.Conn(t.Context()).Where("project_id = ?", p.ID).Find(&shown).Error)
	for _, photo := range shown {
		if photos[photo.EntryID] == nil {
			photos[photo.EntryID] = map[id.ID]bool{}
		}
		require.False(t, photos[photo.EntryID][photo.FileID], "a photo is shown twice")
		photos[photo.EntryID][photo.FileID] = true
	}
	for _, e := range w.entries(t, p) {
		require.True(t, last.Less(e.ID))
		inOrder(t, at, e.At, w.Clock.Now())
		last, at = e.ID, e.At
		switch e.Kind {
		case model.EntryCreated:
			require.Equal(t, p.Title, e.Body)
		case model.EntryDailyLog:
			l := byID[e.RefID]
			require.Equal(t, [3]any{e.ID, e.Version, e.StageKey}, [3]any{l.EntryID, l.Version, l.StageKey})
			require.True(t, len(photos[e.ID]) >= 1 && len(photos[e.ID]) <= 9, "%d photos", len(photos[e.ID]))
			require.LessOrEqual(t, len(photos[e.ID]), 9)
			version += l.Version
			delete(byID, e.RefID)
		default:
			version++
		}
	}
	require.Empty(t, byID, "logs without an entry")
	require.Equal(t, version+w.silentChanges(t, p), p.Version, p.No)
}

// entries reads a timeline through the service, oldest first.
func (w *world) entries(t *testing.T, p model.Project) []project.Entry {
	t.Helper()
	var list []project.Entry
	page := db.Page{Limit: 50}
	for {
		part, err := w.projects.Timeline(t.Context(), w.staff(t, "admin", actor.All), p.ID, page)
		require.NoError(t, err)
		list = append(list, part.Entries...)
		if part.Next.IsZero() {
			slices.Reverse(list)
			return list
		}
		page.After = part.Next
	}
}

// requireReadable reads a project as its customer, as who is in charge, and as the store next door.
func (w *world) requireReadable(t *testing.T, s project.Summary) {
	t.Helper()
	ctx := t.Context()
	owner := actor.Actor{Kind: actor.Customer, ID: s.CustomerID}
	mine, err := w.projects.Mine(ctx, owner, s.ID)
	require.NoError(t, err)
	require.Equal(t, "owner", mine.Member)
	timeline, err := w.projects.MyTimeline(ctx, owner, s.ID, db.Page{Limit: 100})
	require.NoError(t, err)
	for _, e := range timeline.Entries {
		require.True(t, e.Kind != model.EntryDailyLog || len(e.Photos) > 0)
		require.NotContains(t, []model.EntryKind{"design_begun", "site_note"}, e.Kind, "what staff alone see")
	}
	_, err = w.projects.MyTimeline(ctx, actor.Actor{Kind: actor.Customer, ID: id.New()}, s.ID, db.Page{Limit: 1})
	require.Error(t, err, "strangers see nothing")

	charged := actor.Actor{Kind: actor.Staff, ID: s.Responsible.StaffID, Role: s.Responsible.Role, Scope: actor.Own}
	detail, err := w.projects.Detail(ctx, charged, s.ID)
	require.NoError(t, err)
	require.Equal(t, s.Open(), detail.Contact.Full)
	require.NotEmpty(t, detail.Contact.Address)
	card, err := w.projects.ServiceCode(ctx, owner, s.ServiceCode)
	require.NoError(t, err)
	require.Equal(t, s.ID, card.Project.ID)
	require.True(t, card.Member)
}

func (w *world) requireCustomers(t *testing.T, c demo.Credentials) {
	t.Helper()
	ctx := t.Context()
	rows := all[identity.Customer](t, w, "id")
	require.Len(t, rows, 60)
	phones, unclaimed := map[string]bool{}, 0
	for _, row := range rows {
		inOrder(t, row.CreatedAt, w.Clock.Now())
		if row.ClaimedAt == nil {
			unclaimed++
			require.False(t, row.EnteredBy.IsZero())
		}
		if row.PhoneIdx == nil {
			continue
		}
		phone, err := w.deps.Box.Open(identity.CustomerPhoneField, row.PhoneEnc)
		require.NoError(t, err)
		require.Equal(t, row.PhoneIdx, w.deps.Blind.Index(identity.CustomerPhoneField, phone))
		phones[phone] = true
	}
	require.Greater(t, len(phones), 45)
	require.GreaterOrEqual(t, unclaimed, 6)
	require.Len(t, c.Customers, 60-unclaimed)

	unread := 0
	for _, login := range c.Customers {
		who := w.customer(t, login.Openid)
		given, err := identity.ConsentGiven(ctx, w.DB, who.ID, identity.PurposePrivacy, w.Clock.Now())
		require.NoError(t, err)
		require.True(t, given, login.Nickname)
		grants, err := notify.GrantsOf(ctx, w.DB, login.Openid)
		require.NoError(t, err)
		for template, n := range login.Grants {
			require.EqualValues(t, n, grants[template].Remaining)
		}
		require.Len(t, grants, len(login.Grants))
		n, err := notify.Unread(ctx, w.DB, who)
		require.NoError(t, err)
		unread += int(n)
	}
	require.Greater(t, unread, 10)
	for _, m := range all[identity.HomeMember](t, w, "home_id, customer_id") {
		home, err := identity.HomeByID(ctx, w.DB, m.HomeID)
		require.NoError(t, err)
		inOrder(t, home.CreatedAt, m.Since, w.Clock.Now())
	}
	for _, m := range all[notify.Message](t, w, "owner_id, id") {
		inOrder(t, m.At, w.Clock.Now())
		require.Equal(t, m.ReadAt != nil, m.Version == 2)
	}
}

func (w *world) requireTasks(t *testing.T) {
	t.Helper()
	events := all[care.Event](t, w, "task_id, id")
	states := map[string]int{}
	for _, task := range all[care.Task](t, w, "id") {
		states[string(task.State)]++
		if task.State == care.Open && task.DueAt.Before(w.Clock.Now()) {
			states["overdue"]++
			require.Positive(t, task.Level, task.Title)
		}
		if task.State == care.Done {
			require.True(t, task.MayEndWith(task.Outcome) || task.Outcome == "cleared", task.Outcome)
		}
	}
	require.Greater(t, states["open"], 8)
	require.Greater(t, states["overdue"], 4)
	require.Greater(t, states["done"], 4)
	require.NoError(t, careservice.New(w.DB).Escalate(t.Context()))
	require.Equal(t, events, all[care.Event](t, w, "task_id, id"), "every step that was due has been taken")
}

// requireStory lets the first project manager post today's log with a photo for the first customer.
func (w *world) requireStory(t *testing.T, c demo.Credentials) {
	t.Helper()
	ctx := t.Context()
	require.Equal(t, actor.ProjectManager, c.Staff[0].Role)
	manager := w.staff(t, c.Staff[0].Username, actor.Own)
	customer := w.customer(t, c.Customers[0].Openid)
	mine, _, err := w.projects.MyProjects(ctx, customer, db.Page{Limit: 10})
	require.NoError(t, err)
	at := slices.IndexFunc(mine, func(p project.Summary) bool { return p.Responsible.StaffID == manager.ID })
	require.GreaterOrEqual(t, at, 0, "they share a project")
	p := mine[at]
	require.Equal(t, model.Active, p.State)
	require.False(t, p.Late())

	before := w.entries(t, p.Project)
	scene, err := picture.Scene(1, 320, 240, picture.Painting, "")
	require.NoError(t, err)
	photo, _, err := w.files.Upload(ctx, manager, once.Key{}, bytes.NewReader(scene))
	require.NoError(t, err)
	made, _, err := w.flow.PostDailyLog(ctx, manager, project.NewLog{ProjectID: p.ID, DoneToday: "今日完成", PlanTomorrow: "收尾", FileIDs: []id.ID{photo.File.ID}})
	require.NoError(t, err)
	require.EqualValues(t, 1, made.Revision, "it is the first one of the day")
	after := w.entries(t, p.Project)
	require.Equal(t, made.EntryID, after[len(after)-1].ID, "what is new comes last")

	former := before[slices.IndexFunc(before, func(e project.Entry) bool {
		return e.Kind == model.EntryDailyLog && e.StageKey == p.CurrentStage
	})]
	require.Equal(t, after[len(after)-1].TitleZH, former.TitleZH, "loaded logs look like posted ones")
	require.Equal(t, after[len(after)-1].TitleEN, former.TitleEN)
	require.Equal(t, "今日完成\n明日计划:收尾", after[len(after)-1].Body)
	require.Contains(t, former.Body, "\n明日计划:")

	_, _, err = w.projects.CompleteStage(ctx, manager, project.StageRef{ProjectID: p.ID, Key: p.CurrentStage})
	require.NoError(t, err)
	after = w.entries(t, p.Project)
	require.Equal(t, "阶段完成:泥瓦铺贴", after[len(after)-1].TitleZH)
	require.True(t, slices.ContainsFunc(before, func(e project.Entry) bool { return e.TitleZH == "阶段完成:水电" }))
	template, ok, err := notify.ActiveTemplate(ctx, w.DB, notifyservice.EventDailyLog)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, notifyservice.DemoTemplateID(notifyservice.EventDailyLog), template.TemplateID)
}

func inOrder(t *testing.T, instants ...time.Time) {
	t.Helper()
	for i := 1; i < len(instants); i++ {
		require.False(t, instants[i].Before(instants[i-1]), "%v", instants)
		require.Equal(t, clock.Cut(instants[i]), instants[i].UTC())
	}
}
