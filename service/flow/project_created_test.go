package flow_test

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	filemodel "guike/model/files"
	identitymodel "guike/model/identity"
	"guike/model/once"
	model "guike/model/project"
	"guike/service/files"
	"guike/service/flow"
	"guike/service/identity"
	"guike/service/project"
	"guike/testkit"
)

// site is a company in which projects can be created and followed.
type site struct {
	*testkit.Kit
	*flow.Flow
	customers *identity.Customers
	projects  *project.Service
	store     identitymodel.Store
	sales     actor.Actor
}

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

type noLinks struct{}

func (noLinks) Links(context.Context, db.Reader, []id.ID) (map[id.ID]project.Picture, error) {
	return map[id.ID]project.Picture{}, nil
}

func newSite(t *testing.T, k *testkit.Kit) *site {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind(make([]byte, crypt.KeyBytes))
	require.NoError(t, err)
	w := &site{Kit: k, store: k.Store(t)}
	w.sales = k.Staff(t, actor.Sales, w.store, actor.Store)
	w.customers = identity.NewCustomers(identity.CustomersDeps{DB: k.DB, Box: box, Blind: blind, Zone: testkit.Zone})
	w.projects = project.New(project.Deps{Journal: &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Links: noLinks{}}, Box: box, Entropy: rand.Reader})
	w.Flow = flow.New(flow.Deps{
		DB: k.DB, Customers: w.customers, Homes: identity.NewHomes(k.DB, box, blind), Projects: w.projects,
		Files: files.New(files.Deps{DB: k.DB}),
	})
	k.Tx(t, project.SeedTemplates)
	return w
}

func (w *site) wish(phone string) flow.NewProject {
	return flow.NewProject{
		NewProject:    project.NewProject{Kind: model.CustomFurniture, Title: "滨江花园", PlannedStart: clock.Day("2026-12-01"), ContractAmountFen: 100},
		CustomerPhone: phone, CustomerName: "王小明",
		Home: &flow.NewHome{Name: "滨江花园", City: "上海市", Address: "世纪大道 100 号", AreaM2: 120},
	}
}

func (w *site) created(t *testing.T, in flow.NewProject) model.Project {
	t.Helper()
	r, _, err := w.CreateProject(t.Context(), w.sales, in)
	require.NoError(t, err)
	p, err := model.ByID(t.Context(), w.DB, r.ProjectID)
	require.NoError(t, err)
	return p
}

func (w *site) count(t *testing.T, table string) (n int) {
	t.Helper()
	var rows int64
	require.NoError(t, w.DB.Conn(t.Context()).Table(table).Count(&rows).Error)
	return int(rows)
}

func TestCreateProject(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newSite(t, k)
		ctx := t.Context()
		p := w.created(t, w.wish("13800138000"))
		c, err := identitymodel.FindCustomer(ctx, k.DB, actor.Machine(), p.CustomerID)
		require.NoError(t, err)
		require.Equal(t, w.store.ID, c.StoreID, "the first project ties the customer to the store")
		require.Equal(t, w.sales.ID, c.EnteredBy)
		role, err := identitymodel.HomeRoleOf(ctx, k.DB, c.ID, p.HomeID, k.Clock.Now())
		require.NoError(t, err)
		require.Equal(t, identitymodel.HomeOwner, role)

		again := w.wish("138 0013 8000")
		again.Home, again.HomeID = nil, p.HomeID
		second := w.created(t, again)
		require.Equal(t, p.CustomerID, second.CustomerID, "the same phone is the same customer")
		require.Equal(t, 1, w.count(t, "homes"))

		byID := w.wish("")
		byID.CustomerID, byID.CustomerPhone = p.CustomerID, ""
		require.NotEqual(t, p.HomeID, w.created(t, byID).HomeID, "a customer may have several homes")

		stranger := k.Staff(t, actor.Sales, k.Store(t), actor.Store)
		for _, wanted := range []id.ID{p.CustomerID, id.New()} {
			byID.CustomerID = wanted
			_, _, err = w.CreateProject(ctx, stranger, byID)
			require.Equal(t, fault.Missing(), err, "a customer of another store and nobody are the same")
		}
		other := w.created(t, w.wish("13900139000"))
		again.HomeID = other.HomeID
		_, _, err = w.CreateProject(ctx, w.sales, again)
		require.Equal(t, fault.Missing(), err, "the home is somebody else's")
	})
}

func TestCreateProjectRefuses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newSite(t, k)
		for place, spoil := range map[string]func(*flow.NewProject){
			"body.customer_id":    func(n *flow.NewProject) { n.CustomerPhone = "" },
			"body.customer_phone": func(n *flow.NewProject) { n.CustomerPhone = "12" },
			"body.home_id":        func(n *flow.NewProject) { n.Home = nil },
			"body.home.city":      func(n *flow.NewProject) { n.Home.City = "" },
			"body.store_id":       func(n *flow.NewProject) { n.StoreID = id.New() },
			"body.title":          func(n *flow.NewProject) { n.Title = "" },
		} {
			in := w.wish("13800138000")
			spoil(&in)
			_, _, err := w.CreateProject(t.Context(), w.sales, in)
			f, ok := fault.Of(err)
			require.True(t, ok, "%s: %v", place, err)
			require.Equal(t, place, f.Fields[0].Location)
		}
		require.Zero(t, w.count(t, "customers"), "a refusal leaves nothing behind")
		require.Zero(t, w.count(t, "projects"))
	})
}

func TestStoreOfAProject(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newSite(t, k)
		elsewhere := k.Store(t)
		admin := k.Staff(t, actor.Admin, identitymodel.Store{}, actor.All)
		head := k.Staff(t, actor.RegionalHead, identitymodel.Store{RegionID: w.store.RegionID}, actor.Region)
		for _, tt := range []struct {
			name   string
			who    actor.Actor
			wanted id.ID
			ok     bool
		}{
			{"an admin, none", admin, id.ID{}, true},
			{"an admin, any", admin, elsewhere.ID, true},
			{"an admin, nothing", admin, id.New(), false},
			{"a head, of the region", head, w.store.ID, true},
			{"a head, of another region", head, elsewhere.ID, false},
			{"a head, none", head, id.ID{}, false},
			{"sales, their own", w.sales, w.store.ID, true},
			{"sales, another", w.sales, elsewhere.ID, false},
		} {
			in := w.wish("13800138000")
			in.StoreID = tt.wanted
			r, _, err := w.CreateProject(t.Context(), tt.who, in)
			if !tt.ok {
				require.Equal(t, "input.invalid", fault.Code(err), tt.name)
				continue
			}
			require.NoError(t, err, tt.name)
			p, err := model.ByID(t.Context(), k.DB, r.ProjectID)
			require.NoError(t, err)
			require.Equal(t, tt.wanted, p.StoreID, tt.name)
		}
	})
}

// together runs fn n times at the same moment.
func together(t *testing.T, n int, fn func(i int) error) {
	t.Helper()
	for _, err := range testkit.Race(n, fn) {
		require.NoError(t, err)
	}
}

func TestOneProjectSentFiveTimes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newSite(t, k)
		for round := range testkit.Rounds() {
			in := w.wish("13800138000")
			in.Once = once.Of(id.New().String(), "create", 1)
			together(t, 5, func(int) error {
				_, _, err := w.CreateProject(t.Context(), w.sales, in)
				return err
			})
			require.Equal(t, round+1, w.count(t, "projects"))
		}
		require.Equal(t, 1, w.count(t, "customers"))
	})
}

func TestTwoProjectsForOneNewPhoneAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newSite(t, k)
		for round := range testkit.Rounds() {
			phone := "1380013" + string([]byte{'8', byte('0' + round/10), byte('0' + round%10), '0'})
			together(t, 2, func(int) error {
				_, _, err := w.CreateProject(t.Context(), w.sales, w.wish(phone))
				return err
			})
			require.Equal(t, round+1, w.count(t, "customers"), "one phone, one customer")
			require.Equal(t, 2*(round+1), w.count(t, "projects"))
		}
	})
}

func (w *site) upload(t *testing.T, who actor.Actor) id.ID {
	t.Helper()
	f := filemodel.File{
		ID: id.New(), Kind: filemodel.Picture, OwnerKind: who.Kind, OwnerID: who.ID, StoreID: who.StoreID, ContentType: "image/jpeg",
		Bytes: 10, Width: 1, Height: 1, SHA256: make([]byte, 32), State: filemodel.Uploaded, CheckState: filemodel.CheckNone,
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return filemodel.InsertTx(ctx, tx, &f) })
	return f.ID
}

func TestDailyLogWithPhotos(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newSite(t, k)
		ctx, p := t.Context(), w.created(t, w.wish("13800138000"))
		colleague := k.Staff(t, actor.Sales, w.store, actor.Store)
		mine, theirs := w.upload(t, w.sales), w.upload(t, colleague)
		post := func(key string, files ...id.ID) (project.LogResult, bool, error) {
			in := project.NewLog{ProjectID: p.ID, DoneToday: "今日完成水电开槽", FileIDs: files}
			in.Once = once.Of(key, "log", files)
			return w.PostDailyLog(ctx, w.sales, in)
		}
		for name, file := range map[string]id.ID{"a colleague's": theirs, "none": id.New()} {
			_, _, err := post("k0"+name, mine, file)
			require.Error(t, err, name)
			_, ok := fault.Of(err)
			require.True(t, ok, name)
		}
		require.Zero(t, w.count(t, "daily_logs"), "a refused photo leaves no log behind")

		first, replayed, err := post("k1", mine)
		require.NoError(t, err)
		require.False(t, replayed)
		again, replayed, err := post("k1", mine)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, first, again)

		more := w.upload(t, w.sales)
		edited, _, err := post("k2", mine, more)
		require.NoError(t, err, "the same photo may stay in the edited log")
		require.EqualValues(t, 2, edited.Revision)
		require.Equal(t, 2, w.count(t, "timeline_photos"))

		other := w.created(t, w.wish("13800138000"))
		_, _, err = w.PostDailyLog(ctx, w.sales, project.NewLog{ProjectID: other.ID, DoneToday: "x", FileIDs: []id.ID{mine}})
		require.Error(t, err, "a photo shows one log")
	})
}
