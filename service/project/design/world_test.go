package design_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	filemodel "guike/model/files"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/files"
	accounts "guike/service/identity"
	"guike/service/project"
	"guike/service/project/design"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a project of the home, with a designer in charge.
type world struct {
	*homekit.World
	t        *testing.T
	svc      *design.Service
	consents *accounts.Consents

	manager  actor.Actor // the manager of the store, the first in charge
	designer actor.Actor // of the store, with the scope of own work
	p        core.Project
}

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
	uploads := files.New(files.Deps{DB: k.DB, Blobs: folder, Log: slog.New(slog.DiscardHandler)})
	home := homekit.New(t, k, func(d *project.Deps) {
		d.Links, d.Files, d.Gates = signer{uploads}, uploads, []project.Gate{design.Gate{}}
	})
	w := &world{World: home, t: t, svc: design.New(home.Journal), consents: accounts.NewConsents(k.DB), manager: home.Boss}
	w.designer = k.Staff(t, actor.Designer, w.Shop, actor.Own)
	k.Tx(t, accounts.SeedPolicies)
	w.p = w.begin()
	w.assign(w.designer.ID, actor.Designer, "")
	return w
}

// begin creates a project of the home for its owner.
func (w *world) begin() core.Project {
	w.t.Helper()
	return w.Begin(w.t, w.manager, core.Renovation)
}

func (w *world) assign(staff id.ID, role actor.Role, note string) {
	w.t.Helper()
	_, _, err := w.Projects.Assign(w.t.Context(), w.manager, project.NewPerson{ProjectID: w.p.ID, StaffID: staff, Role: role, Note: note})
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

// rows counts rows of a table.
func (w *world) rows(table, where string, args ...any) (n int64) {
	w.t.Helper()
	require.NoError(w.t, w.DB.Conn(w.t.Context()).Table(table).Where(where, args...).Count(&n).Error)
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
