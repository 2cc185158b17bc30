package design_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	filemodel "guike/model/files"
	"guike/model/identity"
	"guike/model/outbox"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/care"
	"guike/service/files"
	accounts "guike/service/identity"
	"guike/service/project"
	"guike/service/project/design"
	"guike/testkit"
)

// world is a store with people in it, a customer with a home, and a project of that home.
type world struct {
	*testkit.Kit
	t        *testing.T
	svc      *design.Service
	projects *project.Service
	consents *accounts.Consents

	manager  actor.Actor // store manager, the first in charge
	designer actor.Actor // of the store, with the scope of own work
	stranger actor.Actor // store manager of another store
	owner    actor.Actor
	family   actor.Actor
	guest    actor.Actor
	outsider actor.Actor
	store    identity.Store
	home     id.ID
	p        core.Project
}

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

// signer shows the files of the house to the rooms.
type signer struct{ files *files.Service }

func (s signer) Links(ctx context.Context, r db.Reader, ids []id.ID) (map[id.ID]project.Picture, error) {
	found, err := s.files.Links(ctx, r, ids)
	signed := make(map[id.ID]project.Picture, len(found))
	for f, p := range found {
		signed[f] = project.Picture{URL: p.URL, ThumbURL: p.ThumbURL}
	}
	return signed, err
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	folder, err := blob.NewFolder(blob.FolderOptions{Dir: t.TempDir(), PublicURL: "http://files.test", Secret: bytes.Repeat([]byte("k"), blob.MinSecret), Clock: k.Clock})
	require.NoError(t, err)
	t.Cleanup(func() { _ = folder.Close() })
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	tasks := care.New(k.DB)
	uploads := files.New(files.Deps{DB: k.DB, Blobs: folder, Log: slog.New(slog.DiscardHandler)})
	j := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Links: signer{uploads}, Files: uploads, Alarms: tasks}
	w := &world{
		Kit: k, t: t, svc: design.New(j), consents: accounts.NewConsents(k.DB),
		projects: project.New(project.Deps{Journal: j, Box: box, Entropy: rand.Reader, Gates: []project.Gate{design.Gate{}}}),
	}
	w.store = k.Store(t)
	w.manager = k.Staff(t, actor.StoreManager, w.store, actor.Store)
	w.designer = k.Staff(t, actor.Designer, w.store, actor.Own)
	w.stranger = k.Staff(t, actor.StoreManager, k.Store(t), actor.Store)
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		require.NoError(t, project.SeedTemplates(ctx, tx))
		require.NoError(t, accounts.SeedPolicies(ctx, tx))
		require.NoError(t, tasks.SeedTx(ctx, tx))
		h := identity.Home{ID: id.New(), Name: "滨江花园 3-1201", City: "上海市", District: "浦东新区", AreaM2: 98.5, CreatedAt: tx.Now, Version: 1}
		w.home = h.ID
		require.NoError(t, db.Insert(ctx, tx, &h))
		w.owner = w.customer(tx, "王小雨", identity.HomeOwner)
		w.family = w.customer(tx, "大山", identity.HomeFamily)
		w.guest = w.customer(tx, "邻居", identity.HomeGuest)
		w.outsider = w.customer(tx, "路人", identity.NoHomeRole)
		return nil
	})
	w.p = w.begin()
	w.assign(w.designer.ID, actor.Designer, "")
	return w
}

func (w *world) customer(tx *db.Tx, nickname string, role identity.HomeRole) actor.Actor {
	w.t.Helper()
	c := identity.Customer{ID: id.New(), Nickname: nickname, Status: identity.CustomerActive, CreatedAt: tx.Now, Version: 1}
	require.NoError(w.t, db.Insert(w.t.Context(), tx, &c))
	if role != identity.NoHomeRole {
		require.NoError(w.t, identity.SetMemberTx(w.t.Context(), tx, identity.HomeMember{CustomerID: c.ID, HomeID: w.home, Role: role, Since: tx.Now}))
	}
	return actor.Actor{Kind: actor.Customer, ID: c.ID}
}

// begin creates a project of the home for its owner.
func (w *world) begin() core.Project {
	w.t.Helper()
	var p core.Project
	w.Tx(w.t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.projects.CreateTx(ctx, tx, w.manager, project.NewProject{
			Kind: core.Renovation, Title: "滨江花园", CustomerID: w.owner.ID, HomeID: w.home, StoreID: w.store.ID,
			ContractAmountFen: 12_800_000, PlannedStart: "2026-11-23",
		})
		return err
	})
	return p
}

func (w *world) assign(staff id.ID, role actor.Role, note string) {
	w.t.Helper()
	_, _, err := w.projects.Assign(w.t.Context(), w.manager, project.NewPerson{ProjectID: w.p.ID, StaffID: staff, Role: role, Note: note})
	require.NoError(w.t, err)
}

// file is an upload of somebody.
func (w *world) file(who actor.Actor, contentType string) id.ID {
	w.t.Helper()
	f := filemodel.File{
		ID: id.New(), Kind: filemodel.Picture, OwnerKind: who.Kind, OwnerID: who.ID, StoreID: who.StoreID, ContentType: contentType,
		Bytes: 1, SHA256: []byte("x"), State: filemodel.Uploaded, CheckState: filemodel.CheckNone,
	}
	if contentType == "application/pdf" {
		f.Kind = filemodel.Document
	}
	w.Tx(w.t, func(ctx context.Context, tx *db.Tx) error { return filemodel.InsertTx(ctx, tx, &f) })
	return f.ID
}

func (w *world) photo(who actor.Actor) id.ID { return w.file(who, "image/jpeg") }

// design begins one by the designer.
func (w *world) design(title, room string) id.ID {
	w.t.Helper()
	m, _, err := w.svc.Begin(w.t.Context(), w.designer, design.NewDesign{ProjectID: w.p.ID, Title: title, Room: room})
	require.NoError(w.t, err)
	return m.DesignID
}

// version submits the next version with a picture of its own.
func (w *world) version(of id.ID) (int, id.ID) {
	w.t.Helper()
	f := w.photo(w.designer)
	m, _, err := w.svc.AddVersion(w.t.Context(), w.designer, design.NewVersion{DesignID: of, DifferenceNote: "改了柜门", FileIDs: []id.ID{f}})
	require.NoError(w.t, err)
	return m.Number, f
}

func (w *world) decide(who actor.Actor, of id.ID, number int, d model.Decision) error {
	_, _, err := w.svc.Decide(w.t.Context(), who, design.NewDecision{DesignID: of, Number: number, Decision: d, Word: "裤架换成抽屉"})
	return err
}

func (w *world) read(of id.ID) design.Design {
	w.t.Helper()
	d, err := w.svc.Design(w.t.Context(), w.manager, of)
	require.NoError(w.t, err)
	return d
}

func (w *world) approved() []id.ID {
	w.t.Helper()
	found, err := model.ApprovedFiles(w.t.Context(), w.DB, w.p.ID)
	require.NoError(w.t, err)
	return found
}

// entries counts the lines of the timeline of a kind that customers see.
func (w *world) entries(kind core.EntryKind) (n int) {
	w.t.Helper()
	rows, _, _, err := core.Timeline(w.t.Context(), w.DB, w.p.ID, core.ForCustomers, db.Page{Limit: 100})
	require.NoError(w.t, err)
	for _, e := range rows {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// rows counts rows of a table.
func (w *world) rows(table, where string, args ...any) (n int64) {
	w.t.Helper()
	require.NoError(w.t, w.DB.Conn(w.t.Context()).Table(table).Where(where, args...).Count(&n).Error)
	return n
}

// owed counts the events of a topic that name the project.
func (w *world) owed(topic string) (n int) {
	w.t.Helper()
	var rows []outbox.Event
	require.NoError(w.t, w.DB.Conn(w.t.Context()).Where("topic = ?", topic).Find(&rows).Error)
	for _, e := range rows {
		if strings.Contains(e.Payload, w.p.ID.String()) {
			n++
		}
	}
	return n
}

func code(err error) string { return fault.Code(err) }

// field is the place and code of the first field that a refusal names.
func field(t *testing.T, err error) string {
	t.Helper()
	f, ok := fault.Of(err)
	require.True(t, ok, err)
	require.NotEmpty(t, f.Fields, err)
	return f.Fields[0].Location + " " + f.Fields[0].Code
}

// race runs every fn at the same moment and returns their errors.
func race(fns ...func() error) []error {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, len(fns))
	for i, fn := range fns {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = fn()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}
