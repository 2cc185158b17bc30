package diary_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/api/project/diary"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/model/db"
	"guike/model/identity"
	projects "guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/quality"
	accounts "guike/service/identity"
	"guike/testkit"
	"guike/testkit/apikit"
)

// site is a home whose work a store does, at the API.
type site struct {
	*apikit.World
	store                    identity.Store
	boss, pm, caller, master apikit.Person
	owner                    apikit.Person
	project                  id.ID
	width                    int // of photos, in pixels
}

func newSite(t *testing.T, w *apikit.World, title string) *site {
	t.Helper()
	s := &site{World: w, store: w.Store(t), width: 320}
	if os.Getenv("GUIKE_TEST_PICTURES") != "" {
		s.width = 1280
	}
	s.boss, s.pm = s.employ(t, "赵敏", actor.StoreManager), s.employ(t, "李建国", actor.ProjectManager)
	s.caller, s.master = s.employ(t, "周小燕", actor.CustomerService), s.employ(t, "陈志远", actor.Supervisor)
	s.owner = w.Customer(t, "oOwner")
	var made struct{ ID id.ID }
	w.Post(t, s.boss, "/v1/staff/projects", map[string]any{
		"kind": "renovation", "title": title, "customer_id": s.owner.ID, "contract_amount_fen": 13_160_000, "planned_start": "2026-11-16",
		"home": map[string]any{"name": "滨江花园", "city": "杭州", "district": "滨江区", "address": "江南大道 1 号 3-1201", "area_m2": 126},
	}, "Idempotency-Key", "create").Is(201).Into(&made)
	s.project = made.ID
	for _, who := range []apikit.Person{s.pm, s.master} {
		w.Post(t, s.boss, s.staffPath("/people"), map[string]any{"staff_id": who.ID, "note": "请接手"}).Is(201)
	}
	return s
}

func (s *site) employ(t *testing.T, name string, role actor.Role) apikit.Person {
	t.Helper()
	username := strings.ReplaceAll(string(role), "_", "") + id.New().String()[24:]
	joined, _, err := s.App.Employ(t.Context(), accounts.StaffForm{Username: username, Name: name, Role: role, StoreID: s.store.ID, Password: apikit.Password})
	require.NoError(t, err)
	p := s.SignIn(t, username, apikit.Password)
	p.ID = joined.ID
	return p
}

func (s *site) staffPath(rest string) string {
	return "/v1/staff/projects/" + s.project.String() + rest
}

func (s *site) myPath(rest string) string { return "/v1/me/projects/" + s.project.String() + rest }

// at moves the clock and signs those in who act next: half an hour is the life of a token.
func (s *site) at(t *testing.T, when string) {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", when, testkit.Zone)
	require.NoError(t, err)
	s.Clock.Set(at)
	s.pm = s.SignIn(t, s.pm.Openid, apikit.Password)
}

func (s *site) stage(t *testing.T, keys ...string) {
	t.Helper()
	s.boss = s.SignIn(t, s.boss.Openid, apikit.Password)
	for _, key := range keys {
		action, stage, _ := strings.Cut(key, " ")
		s.Post(t, s.boss, s.staffPath("/stages/"+stage+"/"+action), nil).Is(200)
	}
}

// entry is a day's log of the project manager's.
type entry struct {
	when, done, plan, weather string
	hands                     int
	scenes                    []picture.Stage
}

func (s *site) log(t *testing.T, e entry) {
	t.Helper()
	s.at(t, e.when)
	files := []id.ID{}
	for i, stage := range e.scenes {
		b, err := picture.Scene(uint64(len(e.done)*31+i*7+s.Clock.Now().Day()), s.width, s.width*3/4, stage, "")
		require.NoError(t, err)
		files = append(files, s.Upload(t, s.pm, "/v1/staff/files", b))
	}
	body := map[string]any{"done_today": e.done, "plan_tomorrow": e.plan, "file_ids": files}
	if e.weather != "" {
		body["weather"], body["hands"] = e.weather, e.hands
	}
	s.Post(t, s.pm, s.staffPath("/daily-logs"), body).Is(201)
}

// wired is the week in which the wiring is accepted and the tiling begins.
func wired(t *testing.T, w *apikit.World) *site {
	t.Helper()
	s := newSite(t, w, "滨江花园 3-1201 整屋装修")
	s.Settle(t)
	s.stage(t, "start measure", "complete measure", "start design", "complete design", "start sign", "complete sign", "start demolition")
	s.at(t, "2026-12-04 09:00")
	s.stage(t, "complete demolition", "start plumbing_wiring")
	for _, e := range []entry{
		{"2026-12-07 17:40", "客餐厅强弱电开槽完成,线管横平竖直,强弱电间距 30 厘米,交叉处包锡箔纸。", "卧室开槽,厨房水管定位。", "sunny", 4, []picture.Stage{picture.Wiring, picture.Wiring}},
		{"2026-12-08 18:05", "卧室与书房布管穿线,厨房、阳台 PPR 热熔连接,冷热水管上热下冷。", "卫生间水管与打压。", "cloudy", 5, []picture.Stage{picture.Wiring}},
		{"2026-12-09 17:55", "水管打压 0.8 兆帕,保压 30 分钟无掉压;三方现场见证并签字。", "水电三检与隐蔽工程拍照存档。", "rain", 4, []picture.Stage{picture.Wiring, picture.Bare}},
	} {
		s.log(t, e)
	}
	s.accept(t)
	s.at(t, "2026-12-10 16:00")
	s.stage(t, "complete plumbing_wiring", "start tiling")
	for _, e := range []entry{
		{"2026-12-10 18:20", "水电三检通过,隐蔽工程照片已存档;瓷砖进场 86 箱,外观与批号核对无误。", "卫生间防水第一遍。", "sunny", 3, []picture.Stage{picture.Tiling}},
		{"2026-12-11 17:30", "卫生间、阳台防水第一遍,淋浴区墙面做到 1.8 米。", "防水第二遍,客厅地面找平。", "windy", 3, []picture.Stage{picture.Tiling, picture.Bare}},
		{"2026-12-12 17:10", "防水第二遍完成;客厅地面找平,误差控制在 3 毫米内。", "周一闭水试验 48 小时,同时铺贴厨房墙砖。", "cloudy", 4, []picture.Stage{picture.Tiling}},
	} {
		s.log(t, e)
	}
	s.caller = s.SignIn(t, s.caller.Openid, apikit.Password)
	s.Post(t, s.caller, s.staffPath("/service-visits"), map[string]any{"text": "老人房卫生间能否加扶手?", "answered": "墙面已预埋加固板,安装阶段加装两处扶手,不另收费。"}).Is(201)
	s.at(t, "2026-12-13 20:00")
	s.boss, s.owner = s.SignIn(t, s.boss.Openid, apikit.Password), s.Customer(t, "oOwner")
	s.Settle(t)
	return s
}

// accept writes what the supervisor, the colleagues and the customer left behind.
func (s *site) accept(t *testing.T) {
	t.Helper()
	require.NoError(t, s.App.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.acceptTx(t.Context(), tx) }))
}

func (s *site) acceptTx(ctx context.Context, tx *db.Tx) error {
	seen := quality.Inspection{
		ProjectID: s.project, ID: id.New(), Kind: quality.Weekly, StageKey: "plumbing_wiring", Day: "2026-12-09",
		Summary: "水电走向与图纸一致,打压合格;卫生间防水高度需增加 5 厘米,厨房一处线管固定卡偏少。", AuthorID: s.master.ID, AuthorName: "陈志远", AuthorRole: actor.Supervisor,
	}
	if err := quality.AddInspectionTx(ctx, tx, &seen); err != nil {
		return err
	}
	due := tx.Now.Add(96 * time.Hour).UnixMilli()
	for _, h := range []quality.Hazard{
		{Title: "卫生间防水高度需增加 5 厘米", Severity: quality.High, State: quality.HazardFixed, DueOn: "2026-12-13", StageKey: "tiling"},
		{Title: "厨房线管固定卡间距偏大", Severity: quality.Low, State: quality.HazardOpen, DueOn: "2026-12-15", StageKey: "tiling"},
	} {
		h.ProjectID, h.ID, h.InspectionID, h.OwnerID, h.OwnerName, h.OwnerRole, h.OverdueAt = s.project, id.New(), seen.ID, s.pm.ID, "李建国", actor.ProjectManager, &due
		if err := quality.AddHazardTx(ctx, tx, &h); err != nil {
			return err
		}
	}
	for kind, name := range map[quality.CheckKind]string{quality.Self: "张立", quality.Mutual: "孙强", quality.Special: "陈志远"} {
		c := quality.Check{ProjectID: s.project, ID: id.New(), StageKey: "plumbing_wiring", Kind: kind, Passed: true, Items: "[]", CheckerID: id.New(), CheckerName: name, CheckerRole: actor.Installer}
		if err := quality.AddCheckTx(ctx, tx, &c); err != nil {
			return err
		}
	}
	now := tx.Now
	change := budget.Order{
		ProjectID: s.project, ID: id.New(), Title: "增加净水与软水", AskedKind: actor.Customer, AskedBy: s.owner.ID,
		State: budget.Approved, Offer: 1, AmountFen: 360_000, DecidedAt: &now, DecidedBy: s.owner.ID,
	}
	if err := budget.AddOrderTx(ctx, tx, &change, nil); err != nil {
		return err
	}
	paid := budget.Payment{ProjectID: s.project, ID: id.New(), Kind: "deposit", AmountFen: 7_680_000, PaidAt: now, AuthorID: s.boss.ID, AuthorName: "赵敏", AuthorRole: actor.StoreManager, EntryID: id.New()}
	if err := budget.AddPaymentTx(ctx, tx, &paid); err != nil {
		return err
	}
	batch := delivery.Batch{ProjectID: s.project, ID: id.New(), Seq: 1, Name: "厨房墙砖与美缝剂", Priority: 1, State: delivery.Planned, HandState: delivery.Planned, PromisedOn: "2026-12-15", FirstPromisedOn: "2026-12-15"}
	return delivery.AddBatchTx(ctx, tx, &batch)
}

func TestWeeklyReportAtTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := wired(t, w)
		t.Run("staff judge the logs", func(t *testing.T) { judged(t, s) })
		t.Run("the home reads its week", func(t *testing.T) { readByTheHome(t, s) })
		t.Run("printed on one sheet", func(t *testing.T) { printed(t, s) })
	})
}

func readByTheHome(t *testing.T, s *site) {
	w := s.World
	var list struct {
		Items []struct {
			Week, Title string
			PercentTo   int `json:"percent_to"`
		}
	}
	w.Get(t, s.owner, s.myPath("/weekly-reports")).Is(200).Into(&list)
	require.Equal(t, "2026-W50", list.Items[0].Week)
	require.Equal(t, 38, list.Items[0].PercentTo)
	var r struct {
		Budget *struct {
			OpenFen int64 `json:"open_fen"`
		}
		Photos, Logs, Moved, Checks, Hazards, Deliveries []map[string]any
	}
	w.Get(t, s.owner, s.myPath("/weekly-reports/2026-W50")).Is(200).Into(&r)
	require.EqualValues(t, 5_480_000, r.Budget.OpenFen)
	require.Equal(t, [...]int{9, 6, 2, 3, 2, 1}, [...]int{len(r.Photos), len(r.Logs), len(r.Moved), len(r.Checks), len(r.Hazards), len(r.Deliveries)})

	guest := w.Customer(t, "oGuest")
	w.Get(t, guest, s.myPath("/weekly-reports/2026-W50")).Fails(404, "not_found")
	s.join(t, guest, identity.HomeGuest)
	r.Budget = nil
	w.Get(t, guest, s.myPath("/weekly-reports/2026-W50")).Is(200).Into(&r)
	require.Nil(t, r.Budget)
	require.NotContains(t, string(w.Get(t, guest, s.myPath("/weekly-reports/2026-W50/print")).Is(200).Body), "合同金额")

	w.Get(t, s.pm, s.staffPath("/weekly-reports/2026-W50")).Is(200)
	w.Get(t, s.pm, s.staffPath("/weekly-reports")).Is(200)
	other := w.Staff(t, actor.StoreManager, w.Store(t))
	for _, path := range []string{"/weekly-reports", "/weekly-reports/2026-W50", "/weekly-reports/2026-W50/print", "/diary", "/diary/print", "/service-visits", "/log-completeness"} {
		w.Get(t, other, s.staffPath(path)).Fails(404, "not_found")
	}
	w.Get(t, s.owner, s.myPath("/weekly-reports/2026-W01")).Fails(404, "not_found")
	w.Get(t, s.owner, s.myPath("/weekly-reports/latest")).Fails(404, "not_found")
	w.Get(t, s.owner, s.myPath("/diary?from=2026-01-01&to=2026-12-31")).Fails(422, "input.invalid")
	w.Post(t, s.pm, s.staffPath("/service-visits"), map[string]any{"text": "x"}).Fails(403, "permission.denied")

	var inbox struct{ Items []struct{ Kind string } }
	w.Get(t, s.owner, "/v1/me/inbox").Is(200).Into(&inbox)
	require.Equal(t, "report", inbox.Items[0].Kind)
}

func (s *site) join(t *testing.T, who apikit.Person, role identity.HomeRole) {
	t.Helper()
	require.NoError(t, s.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
		p, err := projects.ByID(t.Context(), tx, s.project)
		if err != nil {
			return err
		}
		return identity.SetMemberTx(t.Context(), tx, identity.HomeMember{CustomerID: who.ID, HomeID: p.HomeID, Role: role, Since: tx.Now})
	}))
}

func judged(t *testing.T, s *site) {
	w := s.World
	var c struct {
		Expected, Logged int
		ScoreBP          int `json:"score_bp"`
	}
	w.Get(t, s.pm, s.staffPath("/log-completeness?from=2026-12-07&to=2026-12-13")).Is(200).Into(&c)
	require.Equal(t, [...]int{7, 6}, [...]int{c.Expected, c.Logged})
	var board struct {
		Items []struct {
			Rank int
			Name string
		}
	}
	w.Get(t, s.boss, "/v1/staff/reports/log-completeness?from=2026-12-07&to=2026-12-12").Is(200).Into(&board)
	require.Equal(t, "李建国", board.Items[0].Name)
	w.Get(t, s.boss, "/v1/staff/reports/log-completeness?group=team").Fails(422, "input.invalid")
	w.Get(t, s.boss, "/v1/staff/reports/log-completeness?group=store").Is(200)
}

func printed(t *testing.T, s *site) {
	w := s.World
	var link struct {
		URL       string
		ExpiresAt time.Time `json:"expires_at"`
	}
	w.Post(t, s.owner, s.myPath("/weekly-reports/2026-W50/print-link"), nil).Is(200).Into(&link)
	require.Equal(t, w.Clock.Now().Add(15*time.Minute), link.ExpiresAt)
	page := w.Get(t, apikit.Person{}, link.URL).Is(200)
	require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
	policy := page.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.NotContains(t, policy, "script-src")
	require.Contains(t, string(page.Body), "第 50 周")
	require.Contains(t, string(page.Body), "¥128,000")

	pdf := diary.Browse(t, link.URL, "--print-to-pdf", "report.pdf", "--no-pdf-header-footer")
	require.Equal(t, 1, diary.Sheets(pdf), "one page of A4")
	png := diary.Browse(t, link.URL, "--screenshot", "report.png", "--window-size=794,1122", "--force-device-scale-factor=2", "--hide-scrollbars")
	require.Greater(t, len(png), 100_000, "with its pictures")
	if to := os.Getenv("GUIKE_TEST_PICTURES"); to != "" {
		require.NoError(t, os.WriteFile(filepath.Join(to, "weekly-report.png"), png, 0o600))
	}

	var book struct{ URL string }
	w.Post(t, s.owner, s.myPath("/diary/print-link"), map[string]any{"from": "2026-12-01", "to": "2026-12-13"}).Is(200).Into(&book)
	require.Contains(t, string(w.Get(t, apikit.Person{}, book.URL).Is(200).Body), "保压 30 分钟")
	require.GreaterOrEqual(t, diary.Sheets(diary.Browse(t, book.URL, "--print-to-pdf", "diary.pdf", "--no-pdf-header-footer")), 1)

	w.Clock.Advance(15 * time.Minute)
	w.Get(t, apikit.Person{}, link.URL).Fails(404, "not_found")
	w.Get(t, apikit.Person{}, book.URL).Fails(404, "not_found")
}
