package identity_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/once"
	"guike/service/identity"
	"guike/testkit"
)

func TestEnter(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, sales := t.Context(), staffActor(actor.Store, id.New())
		in := identity.EnterInput{Name: "欧阳小明", Phone: "+86 138-0013-8001", Note: "电话 13700000000,\n周末来"}
		key := once.Of("k", "customer.enter", in)
		c, replayed, err := w.customers.Enter(ctx, sales, key, in)
		require.NoError(t, err)
		require.False(t, replayed)
		require.Equal(t, "欧**明", c.Name)
		require.Equal(t, "138******01", c.Phone)
		require.Equal(t, "欧**明", c.Nickname)
		require.NotContains(t, c.Note, "13700000000")
		require.False(t, c.Claimed)
		require.True(t, c.StoreID.IsZero())
		again, replayed, err := w.customers.Enter(ctx, sales, key, in)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, c.ID, again.ID)

		_, _, err = w.customers.Enter(ctx, sales, once.Key{}, identity.EnterInput{Name: "某人", Phone: phone1})
		f, _ := fault.Of(err)
		require.Equal(t, "customer.exists", f.Code)
		require.Contains(t, f.Fields[0].Text.EN, c.ID.String(), "it is named when it is in scope")
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := w.customers.TieToStoreTx(ctx, tx, c.ID, id.New())
			return err
		})
		_, _, err = w.customers.Enter(ctx, sales, once.Key{}, identity.EnterInput{Name: "某人", Phone: phone1})
		f, _ = fault.Of(err)
		require.Equal(t, "customer.exists", f.Code)
		require.Empty(t, f.Fields, "and not named when it is not")

		for name, bad := range map[string]identity.EnterInput{
			"phone": {Name: "某人", Phone: "12345"}, "long": {Name: strings.Repeat("字", 33), Phone: phone2}, "control": {Name: "a\u0000b", Phone: phone2},
			"note": {Name: "某人", Phone: phone2, Note: strings.Repeat("字", 201)},
		} {
			_, _, err := w.customers.Enter(ctx, sales, once.Key{}, bad)
			require.Equal(t, "input.invalid", fault.Code(err), name)
			require.NotContains(t, err.Error(), phone2)
		}
	})
}

func TestOnePhoneEnteredByTwoAtOnce(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		for round := range testkit.Rounds() {
			phone := "136" + strings.Repeat("0", 6) + string([]byte{'0' + byte(round/10), '0' + byte(round%10)})
			errs := testkit.Race(2, func(int) error {
				_, _, err := w.customers.Enter(t.Context(), staffActor(actor.All, id.ID{}), once.Key{}, identity.EnterInput{Name: "某人", Phone: phone})
				return err
			})
			if errs[0] == nil {
				errs[0], errs[1] = errs[1], errs[0]
			}
			require.Equal(t, "customer.exists", fault.Code(errs[0]))
			require.NoError(t, errs[1])
		}
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, all := t.Context(), staffActor(actor.All, id.ID{})
		first := w.enter(t, all, "李明", phone1)
		w.Clock.Advance(time.Second)
		second := w.enter(t, all, "王小芳", "13700008001")
		w.Clock.Advance(time.Second)
		third := w.customer(t, "o1").ID
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return model.ChangeCustomerTx(ctx, tx, third, map[string]any{"nickname": "Amy_100%"})
		})
		search := func(q identity.CustomerQuery) []id.ID {
			rows, _, err := w.customers.Search(ctx, all, q, db.Page{Limit: 10})
			require.NoError(t, err)
			found := []id.ID{}
			for _, r := range rows {
				require.NotContains(t, r.Phone, "0013800")
				found = append(found, r.ID)
			}
			return found
		}
		require.Equal(t, []id.ID{third, second, first}, search(identity.CustomerQuery{}))
		require.Equal(t, []id.ID{second, first}, search(identity.CustomerQuery{PhoneLast4: "8001"}))
		require.Equal(t, []id.ID{first}, search(identity.CustomerQuery{Text: "138 0013 8001"}))
		require.Equal(t, []id.ID{second}, search(identity.CustomerQuery{Text: "王小芳"}), "a whole real name")
		require.Empty(t, search(identity.CustomerQuery{Text: "王小"}))
		require.Equal(t, []id.ID{third}, search(identity.CustomerQuery{Text: "Amy_"}))
		require.Empty(t, search(identity.CustomerQuery{Text: "amy"}))
		require.Empty(t, search(identity.CustomerQuery{Text: "%"}))
		require.Empty(t, search(identity.CustomerQuery{Text: "13812345678"}))
		for _, bad := range []identity.CustomerQuery{{PhoneLast4: "80a1"}, {PhoneLast4: "1"}, {Text: "a\u0007"}} {
			_, _, err := w.customers.Search(ctx, all, bad, db.Page{Limit: 10})
			require.Equal(t, "input.invalid", fault.Code(err))
		}
	})
}

func TestScopes(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, storeA, storeB, region := t.Context(), id.New(), id.New(), id.New()
		clerk := staffActor(actor.Own, storeA)
		ofA := w.enter(t, clerk, "甲", "13700000001")
		free := w.enter(t, staffActor(actor.All, id.ID{}), "乙", "13700000002")
		ofB := w.enter(t, staffActor(actor.All, id.ID{}), "丙", "13700000003")
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			for store, customer := range map[id.ID]id.ID{storeA: ofA, storeB: ofB} {
				if _, err := w.customers.TieToStoreTx(ctx, tx, customer, store); err != nil {
					return err
				}
			}
			return db.Insert(ctx, tx, &model.Store{ID: storeB, Name: "B", RegionID: region, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1})
		})
		inCharge := staffActor(actor.Own, storeA)
		project := id.New()
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return insertProject(ctx, tx, project, ofB, inCharge.ID) })

		head := staffActor(actor.Region, id.ID{})
		head.RegionID = region
		tests := map[string]struct {
			who  actor.Actor
			sees []id.ID
		}{
			"none":      {staffActor(actor.None, storeA), nil},
			"own":       {clerk, []id.ID{ofA, free}},
			"own other": {staffActor(actor.Own, storeA), []id.ID{free}},
			"in charge": {inCharge, []id.ID{free, ofB}},
			"store A":   {staffActor(actor.Store, storeA), []id.ID{ofA, free}},
			"store B":   {staffActor(actor.Store, storeB), []id.ID{free, ofB}},
			"no store":  {staffActor(actor.Store, id.ID{}), []id.ID{free}},
			"region":    {head, []id.ID{free, ofB}},
			"all":       {staffActor(actor.All, id.ID{}), []id.ID{ofA, free, ofB}},
			"nobody":    {actor.Actor{}, nil},
		}
		for name, tt := range tests {
			rows, _, err := w.customers.Search(ctx, tt.who, identity.CustomerQuery{}, db.Page{Limit: 10})
			require.NoError(t, err)
			listed := []id.ID{}
			for _, r := range rows {
				listed = append(listed, r.ID)
			}
			require.ElementsMatch(t, tt.sees, listed, name)
			for _, c := range []id.ID{ofA, free, ofB} {
				_, err := w.customers.Read(ctx, tt.who, c)
				if contains(tt.sees, c) {
					require.NoError(t, err, name)
				} else {
					require.Equal(t, "not_found", fault.Code(err), name)
				}
			}
		}
	})
}

func contains(ids []id.ID, one id.ID) bool {
	return slices.Contains(ids, one)
}

// insertProject writes the two rows of the project domain that scopes look at.
func insertProject(ctx context.Context, tx *db.Tx, project, customer, staff id.ID) error {
	err := tx.Conn(ctx).Exec(`INSERT INTO projects (id, no, service_code, kind, title, home_id, customer_id, state, contract_amount_fen,
		planned_start, planned_end, template_key, template_version, current_stage, percent, cancel_reason, version, created_at, updated_at)
		VALUES (?, ?, ?, 'renovation', '', ?, ?, 'active', 0, '2026-11-01', '2026-12-01', '', 1, '', 0, '', 1, ?, ?)`,
		project, project.String()[:20], project.String()[22:], id.New(), customer, tx.Now, tx.Now).Error
	if err != nil {
		return err
	}
	return tx.Conn(ctx).Exec("INSERT INTO project_people (project_id, id, staff_id, role, from_at, note) VALUES (?, ?, ?, 'designer', ?, '')",
		project, id.New(), staff, tx.Now).Error
}

func TestReveal(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, store := t.Context(), id.New()
		customer, home := entered(t, w, store)
		sales := staffActor(actor.Store, store)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return db.Insert(ctx, tx, &model.Staff{
				ID: sales.ID, Username: "wang", Name: "王芳", Role: actor.Sales, StoreID: store, PasswordHash: "x",
				PasswordChangedAt: tx.Now, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1,
			})
		})
		who := w.customer(t, "o1")

		shown, err := w.customers.Reveal(ctx, sales, customer, identity.RevealInput{Reason: "确认上门时间", Fields: []string{"phone", "phone"}})
		require.NoError(t, err)
		require.Equal(t, identity.Revealed{CustomerID: customer, Phone: phone1}, shown, "only what was asked for")
		shown, err = w.customers.Reveal(ctx, sales, customer, identity.RevealInput{Reason: "确认上门地址", Fields: []string{"name", "address", "birthday"}})
		require.NoError(t, err)
		require.Equal(t, "李明", shown.Name)
		require.Equal(t, home, shown.Homes[0].ID)
		require.Equal(t, "世纪大道100号8栋1201室", shown.Homes[0].Address)

		_, err = w.customers.Reveal(ctx, staffActor(actor.Store, id.New()), customer, identity.RevealInput{Reason: "随便看看", Fields: []string{"phone"}})
		require.Equal(t, "not_found", fault.Code(err), "out of scope")
		for name, bad := range map[string]identity.RevealInput{
			"short": {Reason: "看 看", Fields: []string{"phone"}}, "blank": {Reason: "      ", Fields: []string{"phone"}},
			"long": {Reason: strings.Repeat("字", 201), Fields: []string{"phone"}},
			"none": {Reason: "确认上门时间"}, "unknown": {Reason: "确认上门时间", Fields: []string{"password"}},
		} {
			_, err := w.customers.Reveal(ctx, sales, customer, bad)
			require.Equal(t, "input.invalid", fault.Code(err), name)
		}

		_, err = w.bind(ctx, who, phone1)
		require.NoError(t, err)
		looks, _, err := w.customers.AccessLog(ctx, who, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, looks, 2, "looks at the record before it was claimed count too")
		require.Equal(t, "customer.revealed", looks[0].Action)
		for _, l := range looks {
			require.Equal(t, "王芳", l.By)
			require.Equal(t, actor.Sales, l.Role)
			require.NotEmpty(t, l.Reason)
		}
		other, _, err := w.customers.AccessLog(ctx, w.customer(t, "o2"), db.Page{Limit: 10})
		require.NoError(t, err)
		require.Empty(t, other)
		rows, _, err := audit.Of(ctx, w.DB, model.AccessKind, customer, db.Page{Limit: 10})
		require.NoError(t, err)
		for _, r := range rows {
			require.NotContains(t, r.Detail+r.Reason, phone1)
		}
	})
}

func TestRevealLimit(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		sales := staffActor(actor.All, id.ID{})
		customer := w.enter(t, sales, "李明", phone1)
		reveal := func() error {
			_, err := w.customers.Reveal(t.Context(), sales, customer, identity.RevealInput{Reason: "确认上门时间", Fields: []string{"phone"}})
			return err
		}
		for range 10 {
			require.NoError(t, reveal())
		}
		w.Clock.Advance(30 * time.Minute)
		errs := testkit.Race(14, func(int) error { return reveal() })
		refused := 0
		for _, err := range errs {
			if err != nil {
				f, _ := fault.Of(err)
				require.Equal(t, "reveal.limit", f.Code)
				require.Equal(t, 30*time.Minute, f.RetryAfter)
				refused++
			}
		}
		require.Equal(t, 4, refused, "20 within the hour, whoever comes at once")
		looks, _, err := audit.Of(t.Context(), w.DB, model.AccessKind, customer, db.Page{Limit: 100})
		require.NoError(t, err)
		require.Len(t, looks, 20, "a refused look is none")
		w.Clock.Advance(30 * time.Minute)
		require.NoError(t, reveal(), "the oldest ten have left the hour")
	})
}

func TestBirthdaySurvivesTheStore(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		who := w.customer(t, "o1")
		require.True(t, w.row(t, who.ID).Birthday.IsZero())
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return model.ChangeCustomerTx(ctx, tx, who.ID, map[string]any{"birthday": clock.Day("1988-02-29")})
		})
		require.Equal(t, clock.Day("1988-02-29"), w.row(t, who.ID).Birthday)
	})
}
