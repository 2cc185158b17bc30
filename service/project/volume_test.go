package project_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/notify"
	model "guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/material"
	"guike/model/project/quality"
	"guike/service/project"
	"guike/service/project/overview"
	"guike/testkit"
)

// crowd is how many other projects stand around those that are read.
const crowd = 2000

// TestHotReadsExamineFewRowsAmongMany reads, among thousands of rows of other homes, what people and jobs
// read most. On either store no statement may walk through a table that grows with the company; on MySQL
// the rows that the engine touched are counted beside, so that a plan that looks right but reads too much
// is seen too. Rooms check the plans of their other reads themselves.
func TestHotReadsExamineFewRowsAmongMany(t *testing.T) {
	t.Parallel()
	testkit.EachPlace(t, func(t *testing.T, at testkit.Place) {
		v := newVolume(t, at)
		ctx, w, p, page := t.Context(), v.world, v.p, db.Page{Limit: 20}
		late := clock.DayOf(w.DB.Now(), testkit.Zone)
		screen := overview.New(w.Journal, w.Projects)
		list := func(who actor.Actor, f project.Filter, rows int) func() error {
			return func() error {
				found, _, err := w.List(ctx, who, f, page)
				require.Len(t, found, rows)
				return err
			}
		}
		alerts := func(who actor.Actor, f care.AlertFilter) func() error {
			return func() error { _, _, err := care.ListAlerts(ctx, w.DB, who, f, page); return err }
		}
		tasks := func(who actor.Actor, f care.Filter) func() error {
			return func() error { _, _, err := care.List(ctx, w.DB, who, f, page); return err }
		}
		for name, read := range map[string]struct {
			most int // rows that MySQL may touch
			run  func() error
		}{
			"a customer's project": {60, func() error { _, err := w.Mine(ctx, w.Owner, p.ID); return err }},
			"an overview":          {150, func() error { _, err := screen.Mine(ctx, w.Owner, p.ID); return err }},
			"a timeline": {300, func() error {
				line, err := w.MyTimeline(ctx, w.Owner, p.ID, page)
				require.Len(t, line.Entries, 20)
				return err
			}},
			"a timeline further on": {300, func() error {
				first, err := w.MyTimeline(ctx, w.Owner, p.ID, page)
				require.NoError(t, err)
				_, err = w.MyTimeline(ctx, w.Owner, p.ID, db.Page{Limit: 20, After: first.Next})
				return err
			}},
			"a customer's projects": {60, func() error { _, _, err := w.MyProjects(ctx, w.Owner, page); return err }},
			"a project of staff":    {80, func() error { _, err := w.Detail(ctx, w.manager, p.ID); return err }},

			"the list of an admin":               {600, list(w.admin, project.Filter{}, 20)},
			"the list of a store":                {600, list(w.manager, project.Filter{StoreID: w.Shop.ID}, 20)},
			"the list of a store's manager":      {600, list(w.manager, project.Filter{}, 20)},
			"the list of a small store":          {600, list(v.small, project.Filter{}, 3)},
			"the list of a small region":         {600, list(v.region, project.Filter{}, 3)},
			"the list of whoever works on three": {600, list(v.worker, project.Filter{}, 3)},
			"late ones":                          {900, list(w.admin, project.Filter{Late: true}, 20)},
			"late ones of a store":               {900, list(w.manager, project.Filter{Late: true, StoreID: w.Shop.ID}, 20)},
			"late ones of a small store":         {900, list(v.small, project.Filter{Late: true}, 1)},
			"projects of a person":               {600, list(w.admin, project.Filter{Person: v.worker.ID}, 3)},
			"projects in a rare stage":           {600, list(w.admin, project.Filter{Stage: "care"}, 2)},
			"projects in a rare state":           {600, list(w.admin, project.Filter{State: model.Completed}, 2)},
			"projects of a customer":             {600, list(w.admin, project.Filter{Customer: w.Owner.ID}, 1)},

			"a batch of the night": {210, func() error {
				rows, err := model.LateProjects(ctx, w.DB, late, model.DuePlace{Due: v.due, ID: v.first}, 200)
				require.Len(t, rows, 200)
				return err
			}},
			"running projects at the door": {60, func() error {
				_, err := model.RunningOf(ctx, w.DB, w.manager, []id.ID{w.Owner.ID}, w.DB.Now())
				return err
			}},
			"budget": {60, func() error {
				for _, read := range []func() error{
					func() error { _, _, err := budget.Orders(ctx, w.DB, p.ID, page); return err },
					func() error { _, err := budget.ApprovedOrders(ctx, w.DB, p.ID); return err },
					func() error { _, _, err := budget.Paid(ctx, w.DB, p.ID); return err },
					func() error { _, _, err := budget.Payments(ctx, w.DB, p.ID, page); return err },
					func() error { _, err := budget.Instalments(ctx, w.DB, p.ID); return err },
				} {
					if err := read(); err != nil {
						return err
					}
				}
				return nil
			}},
			"offers that have ended": {60, func() error { _, err := budget.Expired(ctx, w.DB, w.DB.Now(), 20); return err }},
			"deliveries":             {60, func() error { _, err := delivery.Batches(ctx, w.DB, p.ID); return err }},
			"overdue deliveries":     {60, func() error { _, err := delivery.Overdue(ctx, w.DB, late, delivery.Batch{}, 20); return err }},
			"hazards of a project":   {60, func() error { _, _, err := quality.Hazards(ctx, w.DB, p.ID, true, page); return err }},
			"overdue hazards": {60, func() error {
				_, err := quality.OverdueHazards(ctx, w.DB, w.DB.Now(), 0, id.ID{}, 20)
				return err
			}},
			"homes of a recall": {200, func() error {
				homes, err := material.AffectedBy(ctx, w.DB, v.batch, id.ID{}, 20)
				require.Len(t, homes, 20)
				return err
			}},

			"alerts":                        {600, alerts(w.admin, care.AlertFilter{})},
			"alerts of a store":             {600, alerts(w.manager, care.AlertFilter{})},
			"alerts of a small store":       {600, alerts(v.small, care.AlertFilter{})},
			"alerts of a project":           {60, alerts(w.admin, care.AlertFilter{ProjectID: p.ID})},
			"one's own alerts":              {600, alerts(v.worker, care.AlertFilter{})},
			"alerts that nobody has heard":  {60, func() error { _, err := care.SilentAlerts(ctx, w.DB, w.DB.Now(), 20); return err }},
			"tasks":                         {600, tasks(w.admin, care.Filter{})},
			"tasks of a store":              {600, tasks(w.manager, care.Filter{})},
			"tasks of a small store":        {600, tasks(v.small, care.Filter{})},
			"one's own tasks":               {600, tasks(v.worker, care.Filter{Mine: true})},
			"tasks whose next step is due":  {60, func() error { _, err := care.DueSteps(ctx, w.DB, w.DB.Now(), 20); return err }},
			"inbox":                         {60, func() error { _, _, err := notify.Inbox(ctx, w.DB, w.Owner, false, page); return err }},
			"how many messages were unread": {60, func() error { _, err := notify.Unread(ctx, w.DB, w.Owner); return err }},
			"plans behind the calendar": {60, func() error {
				_, err := model.BehindCalendar(ctx, w.DB, model.Active, 1, model.DueRevision{}, 20)
				return err
			}},
		} {
			t.Run(name, func(t *testing.T) {
				rows := v.examined(t, read.run)
				t.Logf("%d rows", rows)
				require.LessOrEqual(t, rows, read.most)
				v.watch(t, read.run)
			})
		}
	})
}

// A list that goes each way by itself shows page by page what one condition over all of them would.
func TestListsFindWhatIsReachedOnAnyWay(t *testing.T) {
	t.Parallel()
	testkit.EachPlace(t, func(t *testing.T, at testkit.Place) {
		v := newVolume(t, at)
		ctx, open := t.Context(), []care.AlertState{care.AlertOpen, care.AlertAcknowledged}
		const store, own = "store_id = ? OR owner_id = ? OR created_by = ?", "owner_id = ? OR created_by = ? OR 0 = ?"
		for _, who := range []actor.Actor{v.manager, v.small, v.region, v.worker, v.admin} {
			args := []any{who.StoreID, who.ID, who.ID}
			reach := map[actor.Scope]string{actor.Store: store, actor.Region: store, actor.Own: own, actor.All: "1 = 1"}[who.Scope]
			switch who.Scope {
			case actor.All:
				args = nil
			case actor.Own:
				args = []any{who.ID, who.ID, 1}
			}
			list := func(page db.Page) (ids []id.ID, next db.Cursor, err error) {
				rows, next, err := model.List(ctx, v.DB, who, model.Filter{}, page)
				for _, r := range rows {
					ids = append(ids, r.ID)
				}
				return ids, next, err
			}
			inCharge := v.DB.Conn(ctx).Model(&model.Person{}).Select("project_id").Where("staff_id = ? AND until_at IS NULL", who.ID)
			want := v.DB.Conn(ctx).Model(&model.Project{}).Order("created_at DESC, id DESC")
			switch who.Scope {
			case actor.Own:
				want = want.Where("id IN (?)", inCharge)
			case actor.Store, actor.Region:
				want = want.Where("store_id = ? OR id IN (?)", who.StoreID, inCharge)
			}
			same(t, want, list)
			same(t, v.DB.Conn(ctx).Model(&care.Alert{}).Where("state IN ?", open).Where(reach, args...).Order("created_at DESC, id DESC"), func(page db.Page) (ids []id.ID, next db.Cursor, err error) {
				rows, next, err := care.ListAlerts(ctx, v.DB, who, care.AlertFilter{}, page)
				for _, r := range rows {
					ids = append(ids, r.ID)
				}
				return ids, next, err
			})
			same(t, v.DB.Conn(ctx).Model(&care.Task{}).Where("state = ?", care.Open).Where(reach, args...).Order("due_at, id"), func(page db.Page) (ids []id.ID, next db.Cursor, err error) {
				rows, next, err := care.List(ctx, v.DB, who, care.Filter{}, page)
				for _, r := range rows {
					ids = append(ids, r.ID)
				}
				return ids, next, err
			})
		}
	})
}

// same walks through the pages of a list and compares it with what a query finds at once.
func same(t *testing.T, want *gorm.DB, list func(db.Page) ([]id.ID, db.Cursor, error)) {
	t.Helper()
	var all []id.ID
	require.NoError(t, want.Pluck("id", &all).Error)
	require.NotEmpty(t, all)
	var found []id.ID
	for page := (db.Page{Limit: 99}); ; {
		ids, next, err := list(page)
		require.NoError(t, err)
		found = append(found, ids...)
		if page.After = next; next.IsZero() {
			break
		}
	}
	require.Equal(t, all, found)
}

// examined counts the rows that MySQL touched during fn; elsewhere nobody counts them.
func (v *volume) examined(t *testing.T, fn func() error) int {
	t.Helper()
	require.NoError(t, fn())
	if v.DB.Dialect() != db.MySQL {
		return 0
	}
	before := v.touched(t)
	idle := v.touched(t) - before // what asking costs
	before = v.touched(t)
	require.NoError(t, fn())
	return v.touched(t) - before - idle
}

func (v *volume) touched(t *testing.T) int {
	t.Helper()
	var rows []struct{ VariableName, Value string }
	require.NoError(t, v.DB.Conn(t.Context()).Raw("SHOW SESSION STATUS LIKE 'Handler_read%'").Scan(&rows).Error)
	require.NotEmpty(t, rows)
	sum := 0
	for _, r := range rows {
		n, err := strconv.Atoi(r.Value)
		require.NoError(t, err)
		sum += n
	}
	return sum
}

// walks is the plan of a statement that reads a whole table: those that are left out stay small.
var walks = regexp.MustCompile(`(?m)^SCAN (\w+)`)

// small are tables that do not grow with the company, and what a statement has gathered itself.
var small = regexp.MustCompile(`^(site_closures|site_calendar|stores|staff|CONSTANT|<.*>|v|found|b\d+)$`)

// first is a walk along an index that ends with the page, since every row counts.
var first = regexp.MustCompile(`^SELECT \* FROM .\w+. ORDER BY`)

// watch runs fn and refuses every statement whose plan is to walk through a table that grows.
func (v *volume) watch(t *testing.T, fn func() error) {
	t.Helper()
	made := v.Reads(t, func() { require.NoError(t, fn()) })
	require.NotEmpty(t, made)
	for _, s := range made {
		if !strings.Contains(s.SQL, "FROM") {
			continue
		}
		for line := range strings.Lines(v.Explain(t, s)) {
			if v.DB.Dialect() == db.SQLite {
				if found := walks.FindStringSubmatch(line); found != nil && !small.MatchString(found[1]) && !first.MatchString(s.SQL) {
					t.Errorf("%s: %s", line, s.SQL)
				}
				continue
			}
			table, rest, _ := strings.Cut(line, " ")
			if strings.Contains(rest, "type=ALL") && !small.MatchString(table) {
				t.Errorf("%s: %s", line, s.SQL)
			}
		}
	}
}
