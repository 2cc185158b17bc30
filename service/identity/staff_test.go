package identity_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/cache"
	"guike/model/db"
	models "guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
	"guike/service/identity"
	"guike/testkit"
)

// office is the staff half of the domain over one world.
type office struct {
	*testkit.Kit
	cache    *cache.Cache
	sessions *identity.Sessions
	staff    *identity.Staff
	stores   *identity.Stores
}

var ring = []identity.SigningKey{{ID: "k1", Secret: []byte(strings.Repeat("k", 32))}}

func newOffice(t testing.TB, k *testkit.Kit) *office {
	t.Helper()
	c, err := cache.Open(t.Context(), cache.Options{
		URL: k.Redis, Clock: k.Clock, Prefix: "test:" + id.New().String() + ":", Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return officeOver(t, k, c)
}

// officeOver is a further instance on the same store and cache.
func officeOver(t testing.TB, k *testkit.Kit, c *cache.Cache) *office {
	t.Helper()
	sessions, err := identity.NewSessions(k.DB, c, ring, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	box, err := crypt.NewBox([]crypt.Key{{ID: "b1", Secret: []byte(strings.Repeat("b", 32))}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind([]byte(strings.Repeat("i", 32)))
	require.NoError(t, err)
	return &office{
		Kit: k, cache: c, sessions: sessions,
		staff: identity.NewStaff(k.DB, sessions, box, blind), stores: identity.NewStores(k.DB),
	}
}

var discard = slog.New(slog.DiscardHandler)

const password = "correct horse battery"

// hire adds a person with a password of their own and returns them as an actor with the scope of
// their role.
func (o *office) hire(t testing.TB, username string, role actor.Role, store id.ID) actor.Actor {
	t.Helper()
	joined, _, err := o.staff.Create(t.Context(), actor.Machine(), once.Key{}, identity.StaffForm{
		Username: username, Name: "人 " + username, Role: role, StoreID: store, Phone: "13800138000", Password: password,
	})
	require.NoError(t, err)
	who := actor.Actor{Kind: actor.Staff, ID: joined.ID, Role: role, StoreID: store, Scope: actor.All}
	if !store.IsZero() {
		who.Scope = actor.Store
	}
	return who
}

func (o *office) store(t testing.TB, name string) id.ID {
	t.Helper()
	row, _, err := o.stores.Create(t.Context(), actor.Machine(), once.Key{}, identity.StoreForm{Name: name, City: "杭州", Open: true})
	require.NoError(t, err)
	return row.ID
}

func (o *office) signIn(t testing.TB, username, password string) identity.Tokens {
	t.Helper()
	pair, _, err := o.staff.SignIn(t.Context(), username, password, identity.Meta{UserAgent: "test", Address: "203.0.113.9"})
	require.NoError(t, err)
	return pair
}

func requireCode(t testing.TB, code string, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.Code(err), "%v", err)
}

func requireField(t testing.TB, location, code string, err error) {
	t.Helper()
	requireCode(t, "input.invalid", err)
	f, _ := fault.Of(err)
	require.Equal(t, location, f.Fields[0].Location)
	require.Equal(t, code, f.Fields[0].Code)
}

func TestSchema(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		found, err := db.Differences(t.Context(), k.DB, models.Tables()...)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

func TestFirstPassword(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		first, err := o.staff.CreateAdmin(ctx, " Root.Admin ", "管理员")
		require.NoError(t, err)

		pair := o.signIn(t, "ROOT.admin", first)
		who, err := o.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err)
		require.True(t, who.FirstPassword, "such a session may only change the password")
		require.Equal(t, actor.Admin, who.Role)

		_, _, err = o.staff.SignIn(ctx, "root.admin", first, identity.Meta{})
		requireCode(t, "auth.failed", err)

		requireField(t, "body.old_password", "wrong", o.staff.ChangePassword(ctx, who, "something else", password))
		requireField(t, "body.new_password", "unchanged", o.staff.ChangePassword(ctx, who, first, first))
		requireField(t, "body.new_password", "too_common", o.staff.ChangePassword(ctx, who, first, "woaini1314"))
		require.NoError(t, o.staff.ChangePassword(ctx, who, first, password))

		who, err = o.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err, "the session that changed the password goes on")
		require.False(t, who.FirstPassword)
		o.signIn(t, "root.admin", password)
	})
}

func TestFirstPasswordOpensOneSessionUnderRivals(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		first, err := o.staff.CreateAdmin(t.Context(), "root", "管理员")
		require.NoError(t, err)
		errs := atOnce(6, func(int) error {
			_, _, err := o.staff.SignIn(t.Context(), "root", first, identity.Meta{})
			return err
		})
		require.Len(t, withCode(errs, ""), 1)
		require.Len(t, withCode(errs, "auth.failed"), 5)
	})
}

// atOnce runs n calls behind a barrier and returns their errors.
func atOnce(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wait.Wait()
	return errs
}

// withCode picks the errors with a code; none for "".
func withCode(errs []error, code string) []error {
	var found []error
	for _, err := range errs {
		if code == "" && err == nil || code != "" && fault.Code(err) == code {
			found = append(found, err)
		}
	}
	return found
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		ann := o.hire(t, "ann", actor.Admin, id.ID{})
		here, there := o.signIn(t, "ann", password), o.signIn(t, "ann", password)
		who, err := o.sessions.Verify(ctx, here.Access)
		require.NoError(t, err)
		_, err = o.sessions.Verify(ctx, there.Access)
		require.NoError(t, err)

		require.NoError(t, o.staff.ChangePassword(ctx, who, password, "another horse battery"))
		_, err = o.sessions.Verify(ctx, there.Access)
		requireCode(t, "session.revoked", err)
		_, err = o.sessions.Refresh(ctx, actor.Staff, there.Refresh)
		requireCode(t, "session.revoked", err)
		_, err = o.sessions.Verify(ctx, here.Access)
		require.NoError(t, err)
		_, err = o.sessions.Refresh(ctx, actor.Staff, here.Refresh)
		require.NoError(t, err)
		require.Contains(t, actions(t, k, ann.ID), "staff.password_changed")
	})
}

func actions(t testing.TB, k *testkit.Kit, subject id.ID) []string {
	t.Helper()
	rows, _, err := audit.Of(t.Context(), k.DB, "staff", subject, db.Page{Limit: 100})
	require.NoError(t, err)
	var found []string
	for _, r := range rows {
		found = append(found, r.Action)
	}
	return found
}

func TestLockOut(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		o.hire(t, "ann", actor.Admin, id.ID{})
		for _, name := range []string{"ann", "nobody"} {
			for i := range 9 {
				_, _, err := o.staff.SignIn(t.Context(), name, "wrong password", identity.Meta{})
				requireCode(t, "auth.failed", err)
				require.Less(t, i, 9)
			}
			_, _, err := o.staff.SignIn(t.Context(), strings.ToUpper(name), "wrong password", identity.Meta{Address: "198.51.100.7"})
			requireCode(t, "auth.locked", err)
			_, _, err = o.staff.SignIn(t.Context(), name, password, identity.Meta{})
			requireCode(t, "auth.locked", err)
			f, _ := fault.Of(err)
			require.Equal(t, models.LockWindow, f.RetryAfter)
		}
		k.Clock.Advance(models.LockWindow - time.Second)
		_, _, err := o.staff.SignIn(t.Context(), "ann", password, identity.Meta{})
		requireCode(t, "auth.locked", err)
		k.Clock.Advance(time.Second)
		o.signIn(t, "ann", password)

		prune := func() (gone int64) {
			k.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
				gone, err = models.PruneSignInFailures(ctx, tx, 100)
				return err
			})
			return gone
		}
		require.Zero(t, prune(), "a window just over is not old yet")
		k.Clock.Advance(time.Second)
		require.EqualValues(t, 2, prune())
	})
}

func TestLockOutSlides(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		codes := make([]string, 0, 12)
		for range 12 { // one each two minutes: never ten in fifteen
			_, _, err := o.staff.SignIn(t.Context(), "nobody", "wrong password", identity.Meta{})
			codes = append(codes, fault.Code(err))
			k.Clock.Advance(2 * time.Minute)
		}
		require.NotContains(t, codes, "auth.locked")
	})
}

func TestLockOutCountsFiftyAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		errs := atOnce(50, func(int) error {
			_, _, err := o.staff.SignIn(t.Context(), "nobody", "wrong password", identity.Meta{})
			return err
		})
		require.Len(t, withCode(errs, "auth.failed"), 9)
		require.Len(t, withCode(errs, "auth.locked"), 41)
	})
}

func TestDisable(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		shop := o.store(t, "一店")
		admin := o.hire(t, "admin", actor.Admin, id.ID{})
		sam := o.hire(t, "sam", actor.Sales, shop)
		pair := o.signIn(t, "sam", password)
		_, err := o.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err)

		person, err := o.staff.Disable(ctx, admin, sam.ID)
		require.NoError(t, err)
		require.False(t, person.Active())
		_, err = o.sessions.Verify(ctx, pair.Access)
		requireCode(t, "session.revoked", err)
		_, err = o.sessions.Refresh(ctx, actor.Staff, pair.Refresh)
		requireCode(t, "session.revoked", err)
		_, _, err = o.staff.SignIn(ctx, "sam", password, identity.Meta{})
		requireCode(t, "auth.failed", err)
		_, err = o.staff.Disable(ctx, admin, sam.ID)
		require.NoError(t, err, "saying it twice is no error")
		depth, err := outbox.Measure(ctx, k.DB, k.Clock.Now())
		require.NoError(t, err)
		require.EqualValues(t, 1, depth.Due, "one event")

		_, err = o.staff.Enable(ctx, admin, sam.ID)
		require.NoError(t, err)
		o.signIn(t, "sam", password)
		require.Equal(t, []string{"staff.signed_in", "staff.enabled", "staff.disabled", "staff.signed_in", "staff.created"}, actions(t, k, sam.ID))
	})
}

func TestLastAdmin(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		ann, bob := o.hire(t, "ann", actor.Admin, id.ID{}), o.hire(t, "bob", actor.Admin, id.ID{})
		_, err := o.staff.Disable(ctx, ann, ann.ID)
		requireCode(t, "staff.own_account", err)
		_, err = o.staff.ResetPassword(ctx, ann, ann.ID)
		requireCode(t, "staff.own_account", err)
		_, err = o.staff.Update(ctx, ann, bob.ID, identity.StaffForm{Name: "B", Role: actor.Management})
		require.NoError(t, err)
		_, err = o.staff.Update(ctx, ann, ann.ID, identity.StaffForm{Name: "A", Role: actor.Management})
		requireCode(t, "staff.last_admin", err)
		_, err = o.staff.Disable(ctx, actor.Machine(), ann.ID)
		requireCode(t, "staff.last_admin", err)
	})
}

func TestLastAdminUnderRivals(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ann, bob := o.hire(t, "ann", actor.Admin, id.ID{}), o.hire(t, "bob", actor.Admin, id.ID{})
		for round := range testkit.Rounds() {
			errs := atOnce(2, func(i int) error {
				who, whom := ann, bob
				if i == 1 {
					who, whom = bob, ann
				}
				var err error
				if round%2 == 0 {
					_, err = o.staff.Disable(t.Context(), who, whom.ID)
				} else {
					_, err = o.staff.Update(t.Context(), who, whom.ID, identity.StaffForm{Name: "X", Role: actor.Management})
				}
				return err
			})
			require.Len(t, withCode(errs, ""), 1, "round %d: %v", round, errs)
			require.Len(t, withCode(errs, "staff.last_admin"), 1)
			for _, who := range []actor.Actor{ann, bob} { // both again, for the next round
				_, err := o.staff.Enable(t.Context(), actor.Machine(), who.ID)
				require.NoError(t, err)
				_, err = o.staff.Update(t.Context(), actor.Machine(), who.ID, identity.StaffForm{Name: "X", Role: actor.Admin})
				require.NoError(t, err)
			}
		}
	})
}

func TestWhoManagesWhom(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		one, two := o.store(t, "一店"), o.store(t, "二店")
		boss := o.hire(t, "boss", actor.StoreManager, one)
		rival := o.hire(t, "rival", actor.StoreManager, one)
		mine, theirs := o.hire(t, "mine", actor.Designer, one), o.hire(t, "theirs", actor.Designer, two)

		joined, _, err := o.staff.Create(ctx, boss, once.Key{}, identity.StaffForm{Username: "new", Name: "新人", Role: actor.Installer})
		require.NoError(t, err)
		found, err := o.staff.Get(ctx, boss, joined.ID)
		require.NoError(t, err)
		require.Equal(t, one, found.StoreID, "a store manager hires for the own store")
		require.Equal(t, "一店", found.Store.Name)
		require.NotEmpty(t, joined.FirstPassword)

		for name, form := range map[string]identity.StaffForm{
			"store manager": {Username: "x1x", Name: "X", Role: actor.StoreManager, StoreID: one},
			"admin":         {Username: "x1x", Name: "X", Role: actor.Admin},
		} {
			_, _, err = o.staff.Create(ctx, boss, once.Key{}, form)
			require.Equal(t, "staff.role_forbidden", fault.Code(err), name)
		}
		_, _, err = o.staff.Create(ctx, boss, once.Key{}, identity.StaffForm{Username: "x1x", Name: "X", Role: actor.Sales, StoreID: two})
		requireField(t, "body.store_id", "unknown", err)
		_, _, err = o.staff.Create(ctx, boss, once.Key{}, identity.StaffForm{Username: "mine", Name: "X", Role: actor.Sales})
		requireCode(t, "staff.username_taken", err)

		_, err = o.staff.Get(ctx, boss, theirs.ID)
		requireCode(t, "not_found", err)
		_, err = o.staff.Get(ctx, boss, id.New())
		requireCode(t, "not_found", err)
		_, err = o.staff.Disable(ctx, boss, theirs.ID)
		requireCode(t, "not_found", err)
		_, err = o.staff.Disable(ctx, boss, rival.ID)
		requireCode(t, "staff.role_forbidden", err)
		_, err = o.staff.Update(ctx, boss, mine.ID, identity.StaffForm{Name: "M", Role: actor.Designer, StoreID: two})
		requireField(t, "body.store_id", "unknown", err)
		_, err = o.staff.Update(ctx, boss, mine.ID, identity.StaffForm{Name: "M", Role: actor.StoreManager})
		requireCode(t, "staff.role_forbidden", err)
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		region, _, err := o.stores.CreateRegion(t.Context(), actor.Machine(), once.Key{}, "华东")
		require.NoError(t, err)
		one, two := o.store(t, "一店"), o.store(t, "二店")
		_, err = o.stores.Update(t.Context(), actor.Machine(), one, identity.StoreForm{Name: "一店", RegionID: region.ID, Open: true})
		require.NoError(t, err)
		boss := o.hire(t, "boss", actor.StoreManager, one)
		o.hire(t, "a_b", actor.Designer, one)
		o.hire(t, "axb", actor.Sales, two)
		admin := o.hire(t, "admin", actor.Admin, id.ID{})
		head := actor.Actor{Kind: actor.Staff, Role: actor.RegionalHead, RegionID: region.ID, Scope: actor.Region}

		names := func(who actor.Actor, f models.StaffFilter) []string {
			var all []string
			for p := (db.Page{Limit: 2}); ; {
				people, next, err := o.staff.List(t.Context(), who, f, p)
				require.NoError(t, err)
				for _, s := range people {
					all = append(all, s.Username)
					require.Equal(t, "13800138000", s.Phone)
				}
				if next.IsZero() {
					return all
				}
				p.After = next
			}
		}
		yes, no := true, false
		require.Equal(t, []string{"admin", "axb", "a_b", "boss"}, names(admin, models.StaffFilter{}))
		require.Equal(t, []string{"a_b", "boss"}, names(boss, models.StaffFilter{}))
		require.Equal(t, []string{"a_b", "boss"}, names(head, models.StaffFilter{}))
		require.Empty(t, names(boss, models.StaffFilter{StoreID: two}))
		require.Equal(t, []string{"axb"}, names(admin, models.StaffFilter{Role: actor.Sales}))
		require.Equal(t, []string{"a_b"}, names(admin, models.StaffFilter{Query: "A_"}), "an underscore is no wildcard")
		require.Equal(t, []string{"boss"}, names(admin, models.StaffFilter{Query: "人 bo", Active: &yes}))
		require.Equal(t, []string{"boss"}, names(admin, models.StaffFilter{Query: "人 BO"}), "letter case does not matter on any store")
		require.Empty(t, names(admin, models.StaffFilter{Active: &no}))
		require.Empty(t, names(actor.Actor{Kind: actor.Staff}, models.StaffFilter{}), "no scope, nobody")
	})
}

func TestResetPassword(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		shop := o.store(t, "一店")
		boss, sam := o.hire(t, "boss", actor.StoreManager, shop), o.hire(t, "sam", actor.Sales, shop)
		pair := o.signIn(t, "sam", password)
		first, err := o.staff.ResetPassword(ctx, boss, sam.ID)
		require.NoError(t, err)
		_, err = o.sessions.Verify(ctx, pair.Access)
		requireCode(t, "session.revoked", err)
		_, _, err = o.staff.SignIn(ctx, "sam", password, identity.Meta{})
		requireCode(t, "auth.failed", err)
		who, err := o.sessions.Verify(ctx, o.signIn(t, "sam", first).Access)
		require.NoError(t, err)
		require.True(t, who.FirstPassword)
		require.Contains(t, actions(t, k, sam.ID), "staff.password_reset")
	})
}

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		form := identity.StaffForm{Username: "new", Name: "新人", Role: actor.Management}
		key := once.Of("key", "staff.create", form)
		who := o.hire(t, "admin", actor.Admin, id.ID{})
		first, replayed, err := o.staff.Create(t.Context(), who, key, form)
		require.NoError(t, err)
		require.False(t, replayed)
		again, replayed, err := o.staff.Create(t.Context(), who, key, form)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, first.ID, again.ID)
		require.Empty(t, again.FirstPassword, "a secret is shown once")
	})
}

func TestRoleChangeCounts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		one, two := o.store(t, "一店"), o.store(t, "二店")
		sam := o.hire(t, "sam", actor.Sales, one)
		pair := o.signIn(t, "sam", password)
		who, err := o.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err)
		require.Equal(t, actor.Sales, who.Role)
		_, err = o.staff.Update(ctx, actor.Machine(), sam.ID, identity.StaffForm{Name: "山姆", Role: actor.Supervisor, StoreID: two})
		require.NoError(t, err)
		who, err = o.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err)
		require.Equal(t, actor.Supervisor, who.Role)
		require.Equal(t, two, who.StoreID)
		require.Equal(t, "山姆", who.Name)
	})
}

func TestStores(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := context.Background()
		one := o.store(t, "一店")
		_, _, err := o.stores.Create(ctx, actor.Machine(), once.Key{}, identity.StoreForm{Name: "一店"})
		requireCode(t, "store.name_taken", err)
		_, _, err = o.stores.Create(ctx, actor.Machine(), once.Key{}, identity.StoreForm{Name: "二店", RegionID: id.New()})
		requireField(t, "body.region_id", "unknown", err)
		_, err = o.stores.Update(ctx, actor.Machine(), id.New(), identity.StoreForm{Name: "三店"})
		requireCode(t, "not_found", err)
		row, err := o.stores.Update(ctx, actor.Machine(), one, identity.StoreForm{Name: "旧店"})
		require.NoError(t, err)
		require.EqualValues(t, 2, row.Version)
		open, _, err := o.stores.List(ctx, false, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Empty(t, open)
		all, _, err := o.stores.List(ctx, true, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, all, 1)
		_, _, err = o.stores.CreateRegion(ctx, actor.Machine(), once.Key{}, "华东")
		require.NoError(t, err)
		_, _, err = o.stores.CreateRegion(ctx, actor.Machine(), once.Key{}, "华东")
		requireCode(t, "region.name_taken", err)
		regions, err := o.stores.Regions(ctx)
		require.NoError(t, err)
		require.Len(t, regions, 1)
	})
}
