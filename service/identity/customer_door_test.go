package identity_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/once"
	"guike/model/project"
	"guike/service/identity"
	"guike/testkit"
)

// agree records the consent of a customer to a purpose, or takes it back.
func (w *customerWorld) agree(t *testing.T, who actor.Actor, purpose model.Purpose, granted bool) {
	t.Helper()
	_, _, err := w.consents.Record(t.Context(), who, once.Key{}, identity.ConsentInput{Policy: "privacy", Version: 1, Purpose: purpose, Granted: granted})
	require.NoError(t, err)
}

func said(list []identity.Preference) map[string]string {
	all := map[string]string{}
	for _, p := range list {
		all[p.Key] = p.Value
	}
	return all
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, staff := t.Context(), staffActor(actor.All, id.ID{})
		me := w.customer(t, "o1")
		read := func() map[string]string {
			list, err := w.customers.Preferences(ctx, staff, me.ID)
			require.NoError(t, err)
			return said(list)
		}
		require.Empty(t, read())
		require.NoError(t, w.customers.SetPreferences(ctx, me, me.ID, []identity.Said{{Key: "style", Value: " 原木 "}, {Key: "contact_time", Value: "晚上"}}))
		require.Equal(t, map[string]string{"style": "原木", "contact_time": "晚上"}, read())
		require.NoError(t, w.customers.SetPreferences(ctx, staff, me.ID, []identity.Said{{Key: "style", Value: "简约"}, {Key: "contact_time"}}))
		require.Equal(t, map[string]string{"style": "简约"}, read(), "an empty value takes it away, what is not named stays")
		var row model.Preference
		require.NoError(t, w.DB.Conn(ctx).Where("customer_id = ?", me.ID).Take(&row).Error)
		require.NotContains(t, string(row.ValueEnc), "简约")
		require.EqualValues(t, 2, row.Version)

		t.Run("are kept for entries of the registry only", func(t *testing.T) {
			for name, bad := range map[string][]identity.Said{
				"unknown":  {{Key: "religion", Value: "x"}},
				"twice":    {{Key: "style", Value: "a"}, {Key: "style", Value: "b"}},
				"too long": {{Key: "style", Value: strings.Repeat("字", identity.PreferenceMax+1)}},
				"control":  {{Key: "style", Value: "a\u0000"}},
			} {
				require.Equal(t, "input.invalid", fault.Code(w.customers.SetPreferences(ctx, me, me.ID, bad)), name)
			}
		})
		t.Run("that need a consent are kept and shown with it alone", func(t *testing.T) {
			pets := []identity.Said{{Key: "pets", Value: "一只猫"}}
			require.Equal(t, "consent.required", fault.Code(w.customers.SetPreferences(ctx, me, me.ID, pets)))
			require.Equal(t, "consent.required", fault.Code(w.customers.SetPreferences(ctx, staff, me.ID, pets)))
			w.agree(t, me, model.PurposePersonalization, true)
			require.NoError(t, w.customers.SetPreferences(ctx, staff, me.ID, pets))
			require.Equal(t, "一只猫", read()["pets"])
			w.agree(t, me, model.PurposePersonalization, false)
			require.Equal(t, map[string]string{"style": "简约"}, read())
			w.agree(t, me, model.PurposePersonalization, true)
			require.Equal(t, map[string]string{"style": "简约"}, read(), "taken back is taken away")
			require.NoError(t, w.customers.SetPreferences(ctx, me, me.ID, []identity.Said{{Key: "pets"}}))
		})
		t.Run("said while the consent is taken back are not left behind", func(t *testing.T) {
			for range testkit.Rounds() {
				w.agree(t, me, model.PurposePersonalization, true)
				errs := testkit.Race(2, func(i int) error {
					if i == 0 {
						return w.customers.SetPreferences(ctx, staff, me.ID, []identity.Said{{Key: "pets", Value: "一只猫"}})
					}
					return w.consents.Withdraw(ctx, me, model.PurposePersonalization)
				})
				require.NoError(t, errs[1])
				if errs[0] != nil {
					require.Equal(t, "consent.required", fault.Code(errs[0]))
				}
				var left int64
				require.NoError(t, w.DB.Conn(ctx).Model(&model.Preference{}).Where("customer_id = ? AND pref_key = ?", me.ID, "pets").Count(&left).Error)
				require.Zero(t, left)
			}
		})
		t.Run("of others are out of reach", func(t *testing.T) {
			other := w.customer(t, "o2")
			_, err := w.customers.Preferences(ctx, other, me.ID)
			require.Equal(t, "not_found", fault.Code(err))
			require.Equal(t, "not_found", fault.Code(w.customers.SetPreferences(ctx, other, me.ID, []identity.Said{{Key: "style", Value: "x"}})))
			here := w.Store(t).ID
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				_, err := w.customers.TieToStoreTx(ctx, tx, me.ID, here)
				return err
			})
			elsewhere := staffActor(actor.Store, w.Store(t).ID)
			_, err = w.customers.Preferences(ctx, elsewhere, me.ID)
			require.Equal(t, "not_found", fault.Code(err))
			require.Equal(t, "not_found", fault.Code(w.customers.SetPreferences(ctx, elsewhere, me.ID, []identity.Said{{Key: "style", Value: "x"}})))
		})
		t.Run("set by many at once are all kept", func(t *testing.T) {
			keys := []string{"style", "colours", "materials", "storage", "visit", "contact_by"}
			for _, err := range testkit.Race(len(keys)*2, func(i int) error {
				return w.customers.SetPreferences(ctx, me, me.ID, []identity.Said{{Key: keys[i%len(keys)], Value: keys[i%len(keys)]}})
			}) {
				require.NoError(t, err)
			}
			for _, k := range keys {
				require.Equal(t, k, read()[k])
			}
		})
	})
}

func TestCareNotes(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx := t.Context()
		here := w.Store(t)
		staff := w.Staff(t, actor.Sales, here, actor.Store)
		customer := w.enter(t, staff, "李明", phone1)
		key := once.Of("k", "note", "咖啡")
		n, replayed, err := w.customers.AddCareNote(ctx, staff, key, customer, "咖啡要热的,\n孙子电话 13700000000")
		require.NoError(t, err)
		require.False(t, replayed)
		require.Equal(t, staff.Name, n.AuthorName)
		require.Contains(t, n.Text, "咖啡要热的")
		require.NotContains(t, n.Text, "13700000000")
		again, replayed, err := w.customers.AddCareNote(ctx, staff, key, customer, "咖啡要热的,\n孙子电话 13700000000")
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, n.ID, again.ID)
		var row model.CareNote
		require.NoError(t, w.DB.Conn(ctx).Where("id = ?", n.ID).Take(&row).Error)
		require.NotContains(t, string(row.TextEnc), "咖啡")

		for name, text := range map[string]string{"empty": " ", "long": strings.Repeat("字", identity.CareNoteMax+1), "control": "a\u0007"} {
			_, _, err := w.customers.AddCareNote(ctx, staff, once.Key{}, customer, text)
			require.Equal(t, "input.invalid", fault.Code(err), name)
		}
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := w.customers.TieToStoreTx(ctx, tx, customer, here.ID)
			return err
		})
		elsewhere := w.Staff(t, actor.Sales, w.Store(t), actor.Store)
		_, _, err = w.customers.AddCareNote(ctx, elsewhere, once.Key{}, customer, "x")
		require.Equal(t, "not_found", fault.Code(err))
		_, _, err = w.customers.CareNotes(ctx, elsewhere, customer, db.Page{Limit: 10})
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.customers.WithdrawCareNote(ctx, elsewhere, customer, n.ID)
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.customers.WithdrawCareNote(ctx, staff, customer, id.New())
		require.Equal(t, "not_found", fault.Code(err))

		for range 2 { // a second time changes nothing
			gone, err := w.customers.WithdrawCareNote(ctx, staff, customer, n.ID)
			require.NoError(t, err)
			require.Empty(t, gone.Text)
			require.Equal(t, staff.ID, gone.WithdrawnBy)
		}
		rows, _, err := audit.Of(ctx, w.DB, "customer", customer, db.Page{Limit: 20})
		require.NoError(t, err)
		actions := []string{}
		for _, r := range rows {
			actions = append(actions, r.Action)
			require.NotContains(t, r.Detail, "咖啡")
		}
		require.Equal(t, []string{"care_note.withdrawn", "care_note.added", "customer.entered"}, actions)

		for i := range identity.MaxCareNotes {
			_, _, err := w.customers.AddCareNote(ctx, staff, once.Key{}, customer, fmt.Sprint("备注 ", i))
			require.NoError(t, err)
		}
		_, _, err = w.customers.AddCareNote(ctx, staff, once.Key{}, customer, "再来一条")
		require.Equal(t, "care_note.too_many", fault.Code(err))
		all := 0
		for page := (db.Page{Limit: 8}); ; {
			notes, next, err := w.customers.CareNotes(ctx, staff, customer, page)
			require.NoError(t, err)
			all += len(notes)
			if page.After = next; next.IsZero() {
				break
			}
		}
		require.Equal(t, identity.MaxCareNotes+1, all)
	})
}

func TestMergeBringsPreferencesAndCareNotesAlong(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, staff := t.Context(), w.Staff(t, actor.Sales, w.Store(t), actor.All)
		entered := w.enter(t, staff, "李明", phone1)
		require.NoError(t, w.customers.SetPreferences(ctx, staff, entered, []identity.Said{{Key: "style", Value: "原木"}, {Key: "visit", Value: "先电话"}}))
		_, _, err := w.customers.AddCareNote(ctx, staff, once.Key{}, entered, "靠窗的位置")
		require.NoError(t, err)
		me := w.customer(t, "o1")
		require.NoError(t, w.customers.SetPreferences(ctx, me, me.ID, []identity.Said{{Key: "style", Value: "法式"}}))
		_, err = w.bind(ctx, me, phone1)
		require.NoError(t, err)
		list, err := w.customers.Preferences(ctx, staff, entered) // the former id leads to the living record
		require.NoError(t, err)
		require.Equal(t, map[string]string{"style": "法式", "visit": "先电话"}, said(list))
		notes, _, err := w.customers.CareNotes(ctx, staff, me.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, notes, 1)
		require.EqualValues(t, 2, w.count(t, &model.Preference{}))
	})
}

// runningProject begins a project whose stage under way was due on a day.
func (w *customerWorld) runningProject(t *testing.T, customer, store id.ID, due clock.Day, change ...func(*project.Project)) project.Project {
	t.Helper()
	p := project.Project{
		ID: id.New(), Kind: project.CustomFurniture, Title: "滨江花园全屋定制", HomeID: id.New(), CustomerID: customer, StoreID: store,
		State: project.Active, TemplateKey: "standard", TemplateVersion: 1, CurrentStage: "measure", PlannedStart: "2026-11-01", PlannedEnd: "2026-12-01",
	}
	p.StageDue = due
	p.No, p.ServiceCode = "N"+p.ID.String()[24:], "S"+p.ID.String()[24:]
	for _, fn := range change {
		fn(&p)
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		if err := project.AddTx(ctx, tx, &p); err != nil {
			return err
		}
		return project.AddStagesTx(ctx, tx, []project.Stage{{
			ProjectID: p.ID, Seq: 1, Key: "measure", NameZH: "量尺", NameEN: "Measure", Weight: 1, State: project.StageActive, PlannedDays: 1, Version: 1,
			PlannedStart: "2026-11-01", PlannedEnd: "2026-11-02",
		}})
	})
	return p
}

func TestAtTheDoor(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, here, there := t.Context(), w.Store(t), w.Store(t)
		staff := w.Staff(t, actor.Sales, here, actor.Store)
		visitor := w.enter(t, staff, "李明", phone1)
		late := w.runningProject(t, visitor, here.ID, "2026-11-19")
		w.Clock.Advance(time.Second)
		fine := w.runningProject(t, visitor, here.ID, "2026-11-23")
		w.runningProject(t, visitor, there.ID, "2026-11-23") // out of reach
		w.runningProject(t, visitor, here.ID, "2026-11-23", func(p *project.Project) { p.State = project.Completed })
		require.NoError(t, w.customers.SetPreferences(ctx, staff, visitor, []identity.Said{{Key: "style", Value: "原木"}}))
		_, _, err := w.customers.AddCareNote(ctx, staff, once.Key{}, visitor, "咖啡要热的")
		require.NoError(t, err)
		gone, _, err := w.customers.AddCareNote(ctx, staff, once.Key{}, visitor, "已经不对了")
		require.NoError(t, err)
		_, err = w.customers.WithdrawCareNote(ctx, staff, visitor, gone.ID)
		require.NoError(t, err)

		rows, _, err := w.customers.Search(ctx, staff, identity.CustomerQuery{PhoneLast4: phone1[7:]}, db.Page{Limit: 20})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		v := rows[0]
		require.Equal(t, map[string]string{"style": "原木"}, said(v.Preferences))
		require.Len(t, v.CareNotes, 1)
		require.Equal(t, "咖啡要热的", v.CareNotes[0].Text)
		require.Equal(t, []identity.RunningProject{
			{ID: fine.ID, No: fine.No, Title: fine.Title, Stage: "measure", StageZH: "量尺", StageEN: "Measure"},
			{ID: late.ID, No: late.No, Title: late.Title, Stage: "measure", StageZH: "量尺", StageEN: "Measure", Late: true},
		}, v.Projects)
		require.Empty(t, v.Level)
		require.Nil(t, v.OpenComplaint, "nobody keeps complaints: nothing is claimed")

		t.Run("members of the home are told apart from its guests", func(t *testing.T) {
			family, guest := w.customer(t, "o_family"), w.customer(t, "o_guest")
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				for who, role := range map[id.ID]model.HomeRole{family.ID: model.HomeFamily, guest.ID: model.HomeGuest} {
					if err := model.SetMemberTx(ctx, tx, model.HomeMember{CustomerID: who, HomeID: late.HomeID, Role: role, Since: tx.Now}); err != nil {
						return err
					}
				}
				return nil
			})
			rows, _, err := w.customers.Search(ctx, staff, identity.CustomerQuery{}, db.Page{Limit: 20})
			require.NoError(t, err)
			seen := map[id.ID]int{}
			for _, v := range rows {
				seen[v.ID] = len(v.Projects)
			}
			require.Equal(t, map[id.ID]int{visitor: 2, family.ID: 1, guest.ID: 0}, seen)
		})
		t.Run("a card is nobody's until there is membership", func(t *testing.T) {
			rows, _, err := w.customers.Search(ctx, staff, identity.CustomerQuery{Card: "GK20260001"}, db.Page{Limit: 20})
			require.NoError(t, err)
			require.Empty(t, rows)
			for _, bad := range []string{"x", "GK/2026", strings.Repeat("9", 33)} {
				_, _, err := w.customers.Search(ctx, staff, identity.CustomerQuery{Card: bad}, db.Page{Limit: 20})
				require.Equal(t, "input.invalid", fault.Code(err))
			}
		})
		t.Run("other domains add what they know", func(t *testing.T) {
			c := w.withDoor(t, identity.DoorSources{Members: club{visitor}, Complaints: desk{visitor}})
			rows, _, err := c.Search(ctx, staff, identity.CustomerQuery{Card: "GK20260001"}, db.Page{Limit: 20})
			require.NoError(t, err)
			require.Len(t, rows, 1)
			require.Equal(t, "gold", rows[0].Level)
			require.True(t, *rows[0].OpenComplaint)
			rows, _, err = c.Search(ctx, staff, identity.CustomerQuery{Card: "GK20260002"}, db.Page{Limit: 20})
			require.NoError(t, err)
			require.Empty(t, rows)
		})
	})
}

// club knows one member, whose card is GK20260001.
type club struct{ member id.ID }

func (c club) Levels(context.Context, db.Reader, []id.ID) (map[id.ID]string, error) {
	return map[id.ID]string{c.member: "gold"}, nil
}

func (c club) CardHolder(_ context.Context, _ db.Reader, number string) (id.ID, bool, error) {
	return c.member, number == "GK20260001", nil
}

// desk keeps one open complaint.
type desk struct{ of id.ID }

func (d desk) Open(context.Context, db.Reader, []id.ID) (map[id.ID]bool, error) {
	return map[id.ID]bool{d.of: true}, nil
}

// withDoor is the world's customers with sources at the door.
func (w *customerWorld) withDoor(t *testing.T, door identity.DoorSources) *identity.Customers {
	t.Helper()
	blind, err := crypt.NewBlind(bytes.Repeat([]byte{2}, crypt.KeyBytes))
	require.NoError(t, err)
	return identity.NewCustomers(identity.CustomersDeps{DB: w.DB, Box: w.box, Blind: blind, Wechat: w.login, Sessions: w.sessions, Zone: testkit.Zone, Door: door})
}

// crowd adds customers cheaply: the last four digits repeat every thousand, nicknames are all different.
func (w *customerWorld) crowd(t *testing.T, n int) {
	t.Helper()
	blind, err := crypt.NewBlind(bytes.Repeat([]byte{2}, crypt.KeyBytes))
	require.NoError(t, err)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		rows := make([]model.Customer, 0, n)
		for i := range n {
			rows = append(rows, model.Customer{
				ID: id.New(), Nickname: fmt.Sprintf("客户%05d", i), NameIdx: blind.Index(model.CustomerNameField, fmt.Sprint("姓名", i)),
				PhoneIdx: []byte(fmt.Sprint("phone ", i)), PhoneLast4Idx: blind.Index(model.CustomerLast4Field, fmt.Sprintf("%04d", i%1000)),
				Status: model.CustomerActive, CreatedAt: tx.Now.Add(-time.Duration(i) * time.Minute), Version: 1,
			})
		}
		return tx.Conn(ctx).CreateInBatches(rows, 500).Error
	})
	if w.DB.Dialect() == db.MySQL {
		pool, err := w.DB.Pool()
		require.NoError(t, err)
		_, err = pool.ExecContext(t.Context(), "ANALYZE TABLE customers, customer_preferences, care_notes, projects, home_members")
		require.NoError(t, err)
	}
}

func TestTheDoorIsReadByIndexesInAFewStatements(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, here := t.Context(), w.Store(t)
		staff := w.Staff(t, actor.Sales, here, actor.Store)
		w.crowd(t, 10_000)
		look := func(q identity.CustomerQuery) (rows []identity.Visitor, made []testkit.Statement) {
			made = w.Reads(t, func() {
				var err error
				rows, _, err = w.customers.Search(ctx, staff, q, db.Page{Limit: 20})
				require.NoError(t, err)
			})
			return rows, made
		}
		one, few := look(identity.CustomerQuery{Text: "客户00042"})
		require.Len(t, one, 1)
		some, many := look(identity.CustomerQuery{PhoneLast4: "0042"})
		require.Len(t, some, 10)
		for _, v := range some {
			w.runningProject(t, v.ID, here.ID, "2026-11-19")
			require.NoError(t, w.customers.SetPreferences(ctx, staff, v.ID, []identity.Said{{Key: "style", Value: "原木"}}))
			_, _, err := w.customers.AddCareNote(ctx, staff, once.Key{}, v.ID, "咖啡")
			require.NoError(t, err)
		}
		full, most := look(identity.CustomerQuery{PhoneLast4: "0042"})
		require.Len(t, full[9].Projects, 1)
		require.Len(t, full[9].Preferences, 1)
		require.Len(t, full[9].CareNotes, 1)
		require.Len(t, many, len(few), "ten visitors take no more statements than one")
		require.LessOrEqual(t, len(most), 8)
		for _, s := range append(few, most...) {
			table := tableOf(s.SQL)
			if table == "site_closures" || table == "policies" || table == "staff" {
				continue // small, or read by primary key
			}
			plan := w.Explain(t, s)
			if w.DB.Dialect() == db.SQLite {
				require.NotRegexp(t, `SCAN (customers|projects|home_members|care_notes|customer_preferences|consents|c|j|m)\b`, plan, s.SQL)
				continue
			}
			for line := range strings.Lines(plan) {
				if strings.HasPrefix(line, "customers ") {
					require.NotContains(t, line, "type=ALL", s.SQL)
				}
			}
		}
		first := w.Explain(t, most[0])
		require.Contains(t, first, "customers_last4", "found by the index, in its order")
		require.NotContains(t, first, "filesort")
		require.NotContains(t, first, "TEMP B-TREE")
	})
}

func tableOf(sql string) string {
	_, rest, _ := strings.Cut(sql, "FROM ")
	return strings.Trim(strings.Fields(rest)[0], "`")
}
