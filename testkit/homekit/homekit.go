// Package homekit builds what every test of the project domain begins with: a shop with its manager, a
// home with its members, and the projects of that home over a real store. Rooms add their own people
// and their own use cases.
package homekit

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/outbox"
	model "guike/model/project"
	alarms "guike/service/care"
	"guike/service/project"
	"guike/testkit"
)

// World is a shop, a home, and the use cases of projects.
type World struct {
	*testkit.Kit
	Shop     identity.Store
	Boss     actor.Actor // manages the shop
	Stranger actor.Actor // manages another shop

	HomeID   id.ID
	Owner    actor.Actor // the contract party of every project
	Wife     actor.Actor // another owner
	Family   actor.Actor
	Guest    actor.Actor
	Outsider actor.Actor // a member of no home

	Box      *crypt.Box
	Live     *Tape
	Files    *Cupboard
	Care     *alarms.Service
	Journal  *project.Journal
	Projects *project.Service
}

// New begins a world. Options change what projects stand on before they are made: gates, followers, or
// a part of the journal.
func New(t *testing.T, k *testkit.Kit, options ...func(*project.Deps)) *World {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	w := &World{Kit: k, Box: box, Live: &Tape{}, Files: newCupboard(), Care: alarms.New(k.DB), Shop: k.Store(t)}
	w.Journal = &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: w.Live, Links: w.Files, Files: w.Files, Alarms: w.Care}
	d := project.Deps{Journal: w.Journal, Box: box, Entropy: rand.Reader}
	for _, change := range options {
		change(&d)
	}
	w.Projects = project.New(d)
	w.Boss = k.Staff(t, actor.StoreManager, w.Shop, actor.Store)
	w.Stranger = k.Staff(t, actor.StoreManager, k.Store(t), actor.Store)
	k.Tx(t, project.SeedTemplates)
	k.Tx(t, w.Care.SeedTx)
	w.furnish(t)
	return w
}

func (w *World) furnish(t *testing.T) {
	t.Helper()
	w.HomeID = id.New()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return db.Insert(ctx, tx, &identity.Home{
			ID: w.HomeID, Name: "滨江花园", City: "上海市", District: "浦东新区", AreaM2: 120, CreatedAt: tx.Now, Version: 1,
			AddressEnc: w.seal(t, identity.HomeAddressField, "世纪大道 100 号"),
		})
	})
	w.Owner, w.Wife = w.Join(t, "13800138000", identity.HomeOwner), w.Join(t, "13800138001", identity.HomeOwner)
	w.Family, w.Guest = w.Join(t, "13800138002", identity.HomeFamily), w.Join(t, "13800138003", identity.HomeGuest)
	w.Outsider = w.Join(t, "13800138004", identity.NoHomeRole)
}

func (w *World) seal(t *testing.T, field, plain string) []byte {
	t.Helper()
	sealed, err := w.Box.Seal(field, plain)
	require.NoError(t, err)
	return sealed
}

// Join registers a customer, as a member of the home unless the role is none.
func (w *World) Join(t *testing.T, phone string, role identity.HomeRole) actor.Actor {
	t.Helper()
	one := id.New()
	c := identity.Customer{
		ID: one, Nickname: "王小雨", NameEnc: w.seal(t, identity.CustomerNameField, "王小明"), PhoneEnc: w.seal(t, identity.CustomerPhoneField, phone),
		PhoneIdx: one[:], Status: identity.CustomerActive, CreatedAt: w.DB.Now(), Version: 1,
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		if err := db.Insert(ctx, tx, &c); err != nil || role == identity.NoHomeRole {
			return err
		}
		return identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: c.ID, HomeID: w.HomeID, Role: role, Since: tx.Now})
	})
	return actor.Actor{Kind: actor.Customer, ID: c.ID}
}

// Hire employs somebody at the shop who can be called at work.
func (w *World) Hire(t *testing.T, name string, role actor.Role, scope actor.Scope) actor.Actor {
	t.Helper()
	s := identity.Staff{
		ID: id.New(), Name: name, Role: role, StoreID: w.Shop.ID, PhoneEnc: w.seal(t, identity.StaffPhoneField, "13600001234"),
		PasswordChangedAt: w.DB.Now(), CreatedAt: w.DB.Now(), UpdatedAt: w.DB.Now(), Version: 1,
	}
	s.Username = s.ID.String()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return identity.InsertStaff(ctx, tx, &s) })
	return actor.Actor{Kind: actor.Staff, ID: s.ID, Name: name, Role: role, StoreID: w.Shop.ID, RegionID: w.Shop.RegionID, Scope: scope}
}

// Today is the day in the company's zone.
func (w *World) Today() clock.Day { return w.Journal.Today() }

// Begin creates a project of the home that is planned from today, by somebody who is the first in
// charge of it. Its contract is worth 128,000 yuan.
func (w *World) Begin(t *testing.T, by actor.Actor, kind model.Kind) model.Project {
	t.Helper()
	var p model.Project
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.Projects.CreateTx(ctx, tx, by, project.NewProject{
			Kind: kind, Title: "滨江花园 3-1201", CustomerID: w.Owner.ID, HomeID: w.HomeID, StoreID: w.Shop.ID,
			ContractAmountFen: 12_800_000, PlannedStart: w.Today(),
		})
		return err
	})
	return p
}

// InCharge puts somebody in charge in the role that they are employed in.
func (w *World) InCharge(t *testing.T, p model.Project, who actor.Actor) {
	t.Helper()
	_, _, err := w.Projects.Assign(t.Context(), w.Boss, project.NewPerson{ProjectID: p.ID, StaffID: who.ID, Note: "客户对封边很在意"})
	require.NoError(t, err)
}

// Start begins a stage.
func (w *World) Start(t *testing.T, p model.Project, stage string) {
	t.Helper()
	_, _, err := w.Projects.StartStage(t.Context(), w.Boss, project.StageRef{ProjectID: p.ID, Key: stage})
	require.NoError(t, err, stage)
}

// Complete asks for a stage to be completed.
func (w *World) Complete(t *testing.T, p model.Project, stage string) error {
	t.Helper()
	_, _, err := w.Projects.CompleteStage(t.Context(), w.Boss, project.StageRef{ProjectID: p.ID, Key: stage})
	return err
}

// Reopen takes a completed stage up again.
func (w *World) Reopen(t *testing.T, p model.Project, stage string) {
	t.Helper()
	_, _, err := w.Projects.ReopenStage(t.Context(), w.Boss, project.StageRef{ProjectID: p.ID, Key: stage, Reason: "客户要求返工"})
	require.NoError(t, err)
}

// CallOff ends a project before its time.
func (w *World) CallOff(t *testing.T, p model.Project) {
	t.Helper()
	_, _, err := w.Projects.Cancel(t.Context(), w.Boss, project.Cancel{ProjectID: p.ID, Reason: "客户搬家"})
	require.NoError(t, err)
}

// Put writes the state of stages as if they had been worked: those before the one named are completed,
// it is under way.
func (w *World) Put(t *testing.T, p model.Project, stage string) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		p, err := model.LockTx(ctx, tx, actor.Machine(), p.ID)
		require.NoError(t, err)
		stages, err := model.Stages(ctx, tx, p.ID)
		require.NoError(t, err)
		done := true
		for i := range stages {
			s := &stages[i]
			switch {
			case s.Key == stage:
				s.State, s.StartedAt, done = model.StageActive, &tx.Now, false
			case done:
				s.State, s.StartedAt, s.CompletedAt = model.StageCompleted, &tx.Now, &tx.Now
			}
			require.NoError(t, model.SaveStageTx(ctx, tx, s))
		}
		p.Derive(stages, tx.Now)
		return model.SaveStateTx(ctx, tx, &p)
	})
}

// Reread is the project as it stands now.
func (w *World) Reread(t *testing.T, p model.Project) model.Project {
	t.Helper()
	now, err := model.ByID(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	return now
}

// Stage is a stage of the project as it stands now.
func (w *World) Stage(t *testing.T, p model.Project, key string) model.Stage {
	t.Helper()
	stages, err := model.Stages(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	at := model.StageAt(stages, key)
	require.GreaterOrEqual(t, at, 0, "no stage %s", key)
	return stages[at]
}

// Told lists the lines of a kind that customers see in the timeline, newest first.
func (w *World) Told(t *testing.T, p model.Project, kind model.EntryKind) []model.Entry {
	t.Helper()
	return w.lines(t, p, kind, model.ForCustomers)
}

// Noted lists the lines of a kind that staff see in the timeline, newest first.
func (w *World) Noted(t *testing.T, p model.Project, kind model.EntryKind) []model.Entry {
	t.Helper()
	return w.lines(t, p, kind, model.ForStaff)
}

func (w *World) lines(t *testing.T, p model.Project, kind model.EntryKind, to model.Audience) (of []model.Entry) {
	t.Helper()
	rows, _, _, err := model.Timeline(t.Context(), w.DB, p.ID, to, db.Page{Limit: 100})
	require.NoError(t, err)
	for _, e := range rows {
		if e.Kind == kind {
			of = append(of, e)
		}
	}
	return of
}

// Tasks lists the tasks of a kind about the project, oldest first.
func (w *World) Tasks(t *testing.T, p model.Project, kind string) (rows []care.Task) {
	t.Helper()
	require.NoError(t, w.DB.Conn(t.Context()).Where("project_id = ? AND kind = ?", p.ID, kind).Order("created_at, id").Find(&rows).Error)
	return rows
}

// OpenTasks counts the tasks of a kind about the project that wait to be done.
func (w *World) OpenTasks(t *testing.T, p model.Project, kind string) (n int) {
	t.Helper()
	for _, task := range w.Tasks(t, p, kind) {
		if task.State == care.Open {
			n++
		}
	}
	return n
}

// Alerts lists the alerts about the project in the states, or in any, oldest first.
func (w *World) Alerts(t *testing.T, p model.Project, states ...care.AlertState) (rows []care.Alert) {
	t.Helper()
	q := w.DB.Conn(t.Context()).Where("project_id = ?", p.ID)
	if len(states) > 0 {
		q = q.Where("state IN ?", states)
	}
	require.NoError(t, q.Order("id").Find(&rows).Error)
	return rows
}

// Owed counts the events of a topic that name the project.
func (w *World) Owed(t *testing.T, p model.Project, topic string) (n int) {
	t.Helper()
	var rows []outbox.Event
	require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", topic).Find(&rows).Error)
	for _, e := range rows {
		if strings.Contains(e.Payload, p.ID.String()) {
			n++
		}
	}
	return n
}
