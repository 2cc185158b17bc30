package project_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
	model "guike/model/project"
	"guike/service/project"
	"guike/testkit"
)

// world is a store of the company with people in it, a customer and her home.
type world struct {
	*testkit.Kit
	*project.Service
	box       *crypt.Box
	tape      *tape
	links     *links
	region    id.ID
	store     id.ID
	manager   actor.Actor // a project manager with the scope of the store
	installer actor.Actor // of the store, with the scope of own work
	stranger  actor.Actor // a store manager of another store
	admin     actor.Actor
	owner     actor.Actor // a customer, owner of home
	outsider  actor.Actor // a customer of another home
	home      id.ID
}

// tape keeps what was published.
type tape struct {
	mu   sync.Mutex
	said []string
}

func (l *tape) Publish(_ context.Context, channel string, payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, channel+" "+string(payload))
}

func (l *tape) heard(part string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.said {
		if strings.Contains(s, part) {
			n++
		}
	}
	return n
}

// links signs everything but what was withdrawn.
type links struct{ withdrawn map[id.ID]bool }

func (l *links) Links(ctx context.Context, r db.Reader, files []id.ID) (map[id.ID]project.Picture, error) {
	var one int // a statement, as the real one makes
	if err := r.Conn(ctx).Raw("SELECT 1").Scan(&one).Error; err != nil {
		return nil, err
	}
	signed := map[id.ID]project.Picture{}
	for _, f := range files {
		if !l.withdrawn[f] {
			signed[f] = project.Picture{URL: "/f/" + f.String(), ThumbURL: "/t/" + f.String()}
		}
	}
	return signed, nil
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	w := &world{Kit: k, box: box, tape: &tape{}, links: &links{withdrawn: map[id.ID]bool{}}}
	w.Service = project.New(project.Deps{
		Journal: &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: w.tape, Links: w.links}, Box: box, Entropy: rand.Reader,
	})
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		w.region = id.New()
		w.store = w.addStore(t, tx, "徐汇店", w.region)
		other := w.addStore(t, tx, "浦东店", id.New())
		w.manager = w.addStaff(t, tx, "李建国", actor.ProjectManager, w.store, actor.Store)
		w.installer = w.addStaff(t, tx, "张师傅", actor.Installer, w.store, actor.Own)
		w.stranger = w.addStaff(t, tx, "王店长", actor.StoreManager, other, actor.Store)
		w.admin = w.addStaff(t, tx, "管理员", actor.Admin, id.ID{}, actor.All)
		w.owner, w.home = w.addCustomer(t, tx, "13800138000")
		w.outsider, _ = w.addCustomer(t, tx, "13900139000")
		return project.SeedTemplates(ctx, tx)
	})
	return w
}

func (w *world) addStore(t *testing.T, tx *db.Tx, name string, region id.ID) id.ID {
	t.Helper()
	s := identity.Store{ID: id.New(), Name: name, City: "上海", RegionID: region, Phone: "021-66668888", Address: "漕溪北路 18 号", Open: true, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1}
	require.NoError(t, identity.InsertStore(t.Context(), tx, &s))
	return s.ID
}

func (w *world) addStaff(t *testing.T, tx *db.Tx, name string, role actor.Role, store id.ID, scope actor.Scope) actor.Actor {
	t.Helper()
	phone, err := w.box.Seal(identity.StaffPhoneField, "13600001234")
	require.NoError(t, err)
	s := identity.Staff{ID: id.New(), Name: name, Role: role, StoreID: store, PhoneEnc: phone, PasswordChangedAt: tx.Now, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1}
	s.Username = s.ID.String()
	require.NoError(t, identity.InsertStaff(t.Context(), tx, &s))
	return actor.Actor{Kind: actor.Staff, ID: s.ID, Name: name, Role: role, StoreID: store, Scope: scope}
}

func (w *world) addCustomer(t *testing.T, tx *db.Tx, phone string) (actor.Actor, id.ID) {
	t.Helper()
	seal := func(field, plain string) []byte {
		sealed, err := w.box.Seal(field, plain)
		require.NoError(t, err)
		return sealed
	}
	c := identity.Customer{
		ID: id.New(), Nickname: "小雨", NameEnc: seal(identity.CustomerNameField, "王小明"), PhoneEnc: seal(identity.CustomerPhoneField, phone),
		PhoneIdx: []byte(phone), Status: identity.CustomerActive, CreatedAt: tx.Now, Version: 1,
	}
	require.NoError(t, db.Insert(t.Context(), tx, &c))
	h := identity.Home{ID: id.New(), Name: "滨江花园", City: "上海市", District: "浦东新区", AddressEnc: seal(identity.HomeAddressField, "世纪大道 100 号"), AreaM2: 120, CreatedAt: tx.Now, Version: 1}
	require.NoError(t, db.Insert(t.Context(), tx, &h))
	require.NoError(t, identity.SetMemberTx(t.Context(), tx, identity.HomeMember{CustomerID: c.ID, HomeID: h.ID, Role: identity.HomeOwner, Since: tx.Now}))
	return actor.Actor{Kind: actor.Customer, ID: c.ID}, h.ID
}

// begin creates a project of the kind by the project manager.
func (w *world) begin(t *testing.T, kind model.Kind) model.Project {
	t.Helper()
	return w.beginBy(t, w.manager, kind)
}

func (w *world) beginBy(t *testing.T, who actor.Actor, kind model.Kind) model.Project {
	t.Helper()
	var p model.Project
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.CreateTx(ctx, tx, who, project.NewProject{
			Kind: kind, Title: "滨江花园 3-1201", CustomerID: w.owner.ID, HomeID: w.home, StoreID: w.store,
			ContractAmountFen: 12_800_000, PlannedStart: "2026-11-23",
		})
		return err
	})
	return p
}

// log posts a log, with a photo unless some are named, and returns what it left behind.
func (w *world) log(ctx context.Context, who actor.Actor, in project.NewLog) (r project.LogResult, replayed bool, err error) {
	if in.FileIDs == nil {
		in.FileIDs = []id.ID{id.New()} // a log shows a photo
	}
	err = w.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (project.LogResult, error) { return w.PostLogTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

// run starts and completes stages in turn.
func (w *world) run(t *testing.T, p model.Project, keys ...string) {
	t.Helper()
	for _, key := range keys {
		_, _, err := w.StartStage(t.Context(), w.manager, project.StageRef{ProjectID: p.ID, Key: key})
		require.NoError(t, err, key)
		_, _, err = w.CompleteStage(t.Context(), w.manager, project.StageRef{ProjectID: p.ID, Key: key})
		require.NoError(t, err, key)
	}
}

func (w *world) reread(t *testing.T, p model.Project) model.Project {
	t.Helper()
	now, err := model.ByID(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	return now
}

// owed counts the events of a topic that name the project.
func (w *world) owed(t *testing.T, topic string, p id.ID) int {
	t.Helper()
	var rows []outbox.Event
	require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", topic).Find(&rows).Error)
	n := 0
	for _, e := range rows {
		if strings.Contains(e.Payload, p.String()) {
			n++
		}
	}
	return n
}

// entries counts the timeline's entries of a kind.
func (w *world) entries(t *testing.T, p id.ID, kind model.EntryKind) int {
	t.Helper()
	rows, _, _, err := model.Timeline(t.Context(), w.DB, p, model.ForStaff, db.Page{Limit: 100})
	require.NoError(t, err)
	n := 0
	for _, e := range rows {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// race runs fn n times at the same moment and returns the errors.
func race(n int, fn func(i int) error) []error {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = fn(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

func succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

func day(s string) clock.Day { return clock.Day(s) }
