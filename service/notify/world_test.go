package notify_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/internal/wechat/sim"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/notify"
	"guike/model/outbox"
	"guike/model/project"
	"guike/service/notify"
	"guike/testkit"
	"guike/testkit/homekit"
)

const (
	ownerOpenID  = "o_owner"
	familyOpenID = "o_family"
	sendPath     = "/cgi-bin/message/subscribe/send"
)

// world is a home with its people, a project in it, and WeChat beside it.
type world struct {
	*testkit.Kit
	*notify.Service
	sim                          *sim.Server
	wechat                       *wechat.Client
	worker                       *outbox.Worker
	tape                         *homekit.Tape
	pushURL                      string
	owner, family, guest, former actor.Actor // former is a guest whose time has passed
	manager                      actor.Actor
	home                         id.ID
	project                      project.Project
}

type option func(*notify.Deps)

// withoutPush is a company that has not configured pushes in the console.
func withoutPush(d *notify.Deps) { d.PushConfigured = false }

func newWorld(t *testing.T, k *testkit.Kit, options ...option) *world {
	t.Helper()
	w := &world{Kit: k, tape: &homekit.Tape{}}
	w.startWeChat(t)
	d := notify.Deps{DB: k.DB, Zone: testkit.Zone, WeChat: w.wechat, Live: w.tape, Log: slog.New(slog.DiscardHandler), PushConfigured: true}
	for _, o := range options {
		o(&d)
	}
	w.Service = notify.New(d)
	w.worker = outbox.NewWorker(k.DB, w.Handlers(), slog.New(slog.DiscardHandler))
	receiver := httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(receiver.Close)
	w.pushURL = receiver.URL
	if d.PushConfigured {
		w.sim.SetPushURL(receiver.URL)
	}
	w.manager = k.Staff(t, actor.ProjectManager, k.Store(t), actor.Own)
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		w.furnish(t, tx)
		return notify.SeedDemoTemplates(ctx, tx)
	})
	return w
}

func (w *world) startWeChat(t *testing.T) {
	t.Helper()
	s, err := sim.New(sim.Config{Clock: w.Clock, AppID: "wxtest", AppSecret: "secret", PushToken: "push-token"})
	require.NoError(t, err)
	server := httptest.NewServer(s)
	w.sim = s
	// The wait is the machine's: on a busy one, a short one makes a lost call of a slow one.
	w.wechat, err = wechat.New(wechat.Config{APIBase: server.URL, AppID: "wxtest", Secret: "secret", PushToken: "push-token", Clock: w.Clock, Timeout: 30 * time.Second})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close(); server.Close() })
}

// receive is the push address, as short as it can be.
func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e, err := w.wechat.OpenPush(r.URL.Query(), body)
	if handle := w.PushEvents()[e.Type]; err == nil && handle != nil {
		err = handle(r.Context(), e)
	}
	if err != nil {
		rw.WriteHeader(http.StatusInternalServerError)
	}
}

func (w *world) furnish(t *testing.T, tx *db.Tx) {
	t.Helper()
	ctx := t.Context()
	w.home = id.New()
	require.NoError(t, db.Insert(ctx, tx, &identity.Home{ID: w.home, Name: "滨江花园", City: "上海", CreatedByKind: actor.System, CreatedAt: tx.Now, Version: 1}))
	past, future := tx.Now.Add(-time.Hour), tx.Now.Add(1000*time.Hour)
	w.owner = w.customer(t, tx, ownerOpenID, identity.HomeOwner, nil)
	w.family = w.customer(t, tx, familyOpenID, identity.HomeFamily, nil)
	w.guest = w.customer(t, tx, "", identity.HomeGuest, &future)
	w.former = w.customer(t, tx, "o_former", identity.HomeGuest, &past)
	w.project = project.Project{
		ID: id.New(), No: "P1", ServiceCode: "S" + id.New().String()[:12], Kind: project.CustomFurniture, Title: "滨江花园 3-1201 全屋定制改造项目第一期",
		HomeID: w.home, CustomerID: w.owner.ID, State: project.Active, TemplateKey: "standard", TemplateVersion: 1, CurrentStage: "measure",
		PlannedStart: "2026-11-01", PlannedEnd: "2026-12-01",
	}
	require.NoError(t, project.AddTx(ctx, tx, &w.project))
	require.NoError(t, project.AddStagesTx(ctx, tx, []project.Stage{
		{ProjectID: w.project.ID, Seq: 1, Key: "measure", NameZH: "量尺", NameEN: "Measure", Weight: 1, State: project.StageActive, PlannedDays: 1, Version: 1, PlannedStart: "2026-11-01", PlannedEnd: "2026-11-01"},
	}))
}

func (w *world) customer(t *testing.T, tx *db.Tx, openid string, role identity.HomeRole, until *time.Time) actor.Actor {
	t.Helper()
	ctx := t.Context()
	c := identity.Customer{ID: id.New(), Nickname: "小林", Status: identity.CustomerActive, CreatedAt: tx.Now, Version: 1}
	require.NoError(t, db.Insert(ctx, tx, &c))
	if openid != "" {
		require.NoError(t, db.Insert(ctx, tx, &identity.WechatIdentity{OpenID: openid, CustomerID: c.ID, LastVisitAt: tx.Now, CreatedAt: tx.Now, Version: 1}))
	}
	require.NoError(t, identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: c.ID, HomeID: w.home, Role: role, Since: tx.Now, Until: until}))
	return actor.Actor{Kind: actor.Customer, ID: c.ID}
}

// owe owes an event and returns it.
func (w *world) owe(t *testing.T, topic string, payload any) outbox.Event {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return outbox.AddTx(ctx, tx, topic, payload) })
	return w.event(t, topic)
}

// event reads the latest event of a topic.
func (w *world) event(t *testing.T, topic string) outbox.Event {
	t.Helper()
	var e outbox.Event
	require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", topic).Order("id DESC").Take(&e).Error)
	return e
}

// postLog owes the news of a day's log. Every log is a row of its own, so that days do not matter.
func (w *world) postLog(t *testing.T) outbox.Event {
	t.Helper()
	var n int64
	require.NoError(t, w.DB.Conn(t.Context()).Model(&project.DailyLog{}).Count(&n).Error)
	l := project.DailyLog{
		ProjectID: w.project.ID, ID: id.New(), Day: clock.Day("2026-01-01").Plus(int(n)), DoneToday: "今日完成\n水电开槽,\u0007并清理了全部现场的垃圾和余料。",
		EntryID: id.New(), AuthorID: w.manager.ID, AuthorName: w.manager.Name, AuthorRole: w.manager.Role,
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return project.AddLogTx(ctx, tx, &l) })
	return w.owe(t, project.TopicDailyLogPosted, project.DailyLogPosted{
		ProjectID: w.project.ID, LogID: l.ID, EntryID: l.EntryID, Day: l.Day, Revision: 1, At: w.Clock.Now(),
	})
}

// startStage owes the news of a stage, whose template may be sent once more.
func (w *world) startStage(t *testing.T) outbox.Event {
	t.Helper()
	return w.owe(t, project.TopicStageStarted, project.StageChanged{ProjectID: w.project.ID, StageKey: "measure", EntryID: id.New(), At: w.Clock.Now()})
}

// accept taps accept in the mini-program. The platform counts in seconds.
func (w *world) accept(t *testing.T, openid, event string) {
	t.Helper()
	w.Clock.Advance(time.Second)
	w.sim.Accept(openid, map[string]string{notify.DemoTemplateID(event): "accept"})
	require.NoError(t, w.sim.Drain(t.Context()))
}

// deliver empties the outbox and waits for the platform's pushes.
func (w *world) deliver(t *testing.T) {
	t.Helper()
	_, err := w.worker.Drain(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.sim.Drain(t.Context()))
}

// fate reads the message about an event to the owner.
func (w *world) fate(t *testing.T, e outbox.Event) model.Send {
	t.Helper()
	return w.fateOf(t, e, w.owner)
}

func (w *world) fateOf(t *testing.T, e outbox.Event, who actor.Actor) model.Send {
	t.Helper()
	rows, err := model.SendsOf(t.Context(), w.DB, e.ID)
	require.NoError(t, err)
	for _, s := range rows {
		if s.CustomerID == who.ID {
			return s
		}
	}
	require.Fail(t, "no send")
	return model.Send{}
}

func (w *world) remaining(t *testing.T, openid, event string) int64 {
	t.Helper()
	grants, err := model.GrantsOf(t.Context(), w.DB, openid)
	require.NoError(t, err)
	return grants[notify.DemoTemplateID(event)].Remaining
}

func (w *world) fault(t *testing.T, f sim.Fault) {
	t.Helper()
	f.Path = sendPath
	require.NoError(t, w.sim.AddFault(f))
}

func (w *world) inbox(t *testing.T, who actor.Actor) []model.Message {
	t.Helper()
	p, err := w.Inbox(t.Context(), who, false, db.Page{Limit: 100})
	require.NoError(t, err)
	return p.Messages
}

// scene runs a subtest in a world of its own on every store.
func scene(t *testing.T, name string, fn func(t *testing.T, k *testkit.Kit)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		testkit.Each(t, fn)
	})
}
