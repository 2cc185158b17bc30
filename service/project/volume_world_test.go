package project_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/notify"
	model "guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/material"
	"guike/model/project/quality"
	"guike/testkit"
)

// volume is a world among many, on one connection to MySQL, whose counters are its own.
type volume struct {
	*world
	p      model.Project
	small  actor.Actor // manages a store with three projects, of which one is late
	region actor.Actor // heads that store's region
	worker actor.Actor // is in charge of three projects of the big store
	batch  id.ID       // of a material that is in forty homes
	due    clock.Day   // of the first late project
	first  id.ID
}

func newVolume(t *testing.T, at testkit.Place) *volume {
	t.Helper()
	k := &testkit.Kit{Clock: clock.NewManual(testkit.Start)}
	var err error
	k.DB, err = db.Open(db.Options{Folder: at.Folder, DSN: at.DSN, MaxOpen: 1, Clock: k.Clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, k.DB.Close()) })
	v := &volume{world: newWorld(t, k), batch: id.New()}
	v.p = v.begin(t, model.CustomFurniture)
	v.Start(t, v.p, "measure")
	v.p = v.Reread(t, v.p)
	store := k.Store(t)
	v.small = k.Staff(t, actor.StoreManager, store, actor.Store)
	v.region = k.Staff(t, actor.RegionalHead, store, actor.Region)
	v.worker = k.Staff(t, actor.Installer, v.Shop, actor.Own)
	v.fill(t, store.ID)
	if k.DB.Dialect() == db.MySQL { // statistics as they are in the long run
		var told []map[string]any
		require.NoError(t, k.DB.Conn(t.Context()).Raw("ANALYZE TABLE stores, projects, project_stages, project_people, home_members, timeline_entries, timeline_photos, "+
			"alerts, tasks, hazards, change_orders, payments, delivery_batches, project_installs, inbox_messages").Scan(&told).Error)
	}
	return v
}

// fill writes the crowd: every fifth project is late, three belong to the small store, and each has a
// timeline, an alert, a task, a hazard, an order, a payment, a delivery and messages.
func (v *volume) fill(t *testing.T, small id.ID) {
	t.Helper()
	ctx := t.Context()
	stages, err := model.Stages(ctx, v.DB, v.p.ID)
	require.NoError(t, err)
	today := clock.DayOf(v.DB.Now(), testkit.Zone)
	v.due = today.Plus(-9)
	rows := map[string][]any{}
	managers := make([]id.ID, 100)
	for i := range managers {
		managers[i] = id.New()
	}
	managers[0] = v.manager.ID
	add := func(row any) { rows[fmt.Sprintf("%T", row)] = append(rows[fmt.Sprintf("%T", row)], row) }
	v.around(v.p, -1, add)
	for n := range crowd {
		p := v.p
		p.ID, p.HomeID, p.CustomerID = id.New(), id.New(), id.New()
		p.No, p.ServiceCode = "N"+p.ID.String()[24:], "S"+p.ID.String()[23:]
		p.CreatedAt = v.DB.Now().Add(time.Duration(n-2*crowd) * time.Minute)
		p.StageDue, p.CalendarRev = today.Plus(1+n%20), 1
		if n%5 == 0 {
			p.StageDue = today.Plus(-1 - n%9)
		}
		if v.first.IsZero() && p.StageDue == v.due {
			v.first = p.ID
		}
		switch {
		case n < 3: // the oldest of all
			p.StoreID = small
			add(model.Person{ProjectID: p.ID, ID: id.New(), StaffID: v.worker.ID, Role: actor.Installer, FromAt: p.CreatedAt})
		case n < 5:
			p.State, p.CurrentStage, p.StageDue = model.Completed, "care", ""
		}
		add(p)
		add(identity.HomeMember{CustomerID: p.CustomerID, HomeID: p.HomeID, Role: identity.HomeOwner, Since: p.CreatedAt, Version: 1})
		add(model.Person{ProjectID: p.ID, ID: id.New(), StaffID: managers[n%len(managers)], Role: actor.ProjectManager, FromAt: p.CreatedAt})
		for _, st := range stages[:2] {
			st.ProjectID = p.ID
			add(st)
		}
		v.around(p, n, add)
	}
	v.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for _, kind := range slices.Sorted(maps.Keys(rows)) {
			insert(ctx, t, tx, rows[kind])
		}
		return nil
	})
}

// insert writes rows of one type by statements of many rows.
func insert(ctx context.Context, t *testing.T, tx *db.Tx, rows []any) {
	t.Helper()
	var err error
	switch rows[0].(type) {
	case model.Project:
		err = bulk[model.Project](ctx, tx, rows)
	case model.Stage:
		err = bulk[model.Stage](ctx, tx, rows)
	case model.Person:
		err = bulk[model.Person](ctx, tx, rows)
	case model.Entry:
		err = bulk[model.Entry](ctx, tx, rows)
	case model.Photo:
		err = bulk[model.Photo](ctx, tx, rows)
	case identity.HomeMember:
		err = bulk[identity.HomeMember](ctx, tx, rows)
	case care.Alert:
		err = bulk[care.Alert](ctx, tx, rows)
	case care.Task:
		err = bulk[care.Task](ctx, tx, rows)
	case quality.Hazard:
		err = bulk[quality.Hazard](ctx, tx, rows)
	case budget.Order:
		err = bulk[budget.Order](ctx, tx, rows)
	case budget.Payment:
		err = bulk[budget.Payment](ctx, tx, rows)
	case delivery.Batch:
		err = bulk[delivery.Batch](ctx, tx, rows)
	case material.Install:
		err = bulk[material.Install](ctx, tx, rows)
	case notify.Message:
		err = bulk[notify.Message](ctx, tx, rows)
	default:
		t.Fatalf("no way to write %T", rows[0])
	}
	require.NoError(t, err, "%T", rows[0])
}

func bulk[T any](ctx context.Context, tx *db.Tx, rows []any) error {
	typed := make([]T, len(rows))
	for i, r := range rows {
		typed[i], _ = r.(T) // the caller looked
	}
	return tx.Conn(ctx).CreateInBatches(&typed, 300).Error
}

// around adds what one project has; the one that is read has a long timeline.
func (v *volume) around(p model.Project, n int, add func(any)) {
	now, ms, entries := v.DB.Now(), v.DB.Now().Add(time.Duration(n-crowd/2)*time.Minute).UnixMilli(), 2
	if n < 0 {
		entries = 60
	}
	for range entries {
		e := model.Entry{ProjectID: p.ID, ID: id.New(), At: now, Kind: model.EntryDailyLog, TitleZH: "日志", Body: "开料", Visible: true, Version: 1, UpdatedAt: now}
		add(e)
		for seq := range 3 {
			add(model.Photo{ProjectID: p.ID, EntryID: e.ID, Seq: seq, FileID: id.New()})
		}
	}
	owner := v.manager.ID
	if n < 3 {
		owner = v.worker.ID
	}
	made := now.Add(time.Duration(n-2*crowd) * time.Minute)
	cause := "test:" + p.ID.String()
	state, taskState := care.AlertOpen, care.Open
	if n%2 == 0 {
		state, taskState = care.AlertClosed, care.Done
	}
	add(care.Alert{
		ID: id.New(), Kind: "plan_delay", Cause: cause, Level: 2, State: state, CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID,
		OwnerID: owner, OwnerRole: actor.StoreManager, TaskID: id.New(), AcknowledgeDueAt: now, DueAt: now, ClockAt: &ms, CreatedAt: made, Version: 1,
	})
	add(care.Task{
		ID: id.New(), Kind: "plan_delay", Cause: cause, Outcomes: "[]", Steps: "[]", CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID,
		OwnerID: owner, OwnerRole: actor.StoreManager, State: taskState, DueAt: made, EscalateAt: &ms, CreatedAt: made, Version: 1,
	})
	add(quality.Hazard{
		ProjectID: p.ID, ID: id.New(), InspectionID: id.New(), StageKey: "measure", Severity: quality.High, OwnerID: owner, DueOn: p.PlannedEnd,
		State: quality.HazardOpen, OverdueAt: &ms, Version: 1, CreatedAt: now, UpdatedAt: now,
	})
	add(budget.Order{ProjectID: p.ID, ID: id.New(), State: budget.Quoted, Offer: 1, ExpiresAt: &ms, RemindAt: &ms, Version: 1, CreatedAt: now, UpdatedAt: now})
	no := "P" + p.ID.String()
	add(budget.Payment{ProjectID: p.ID, ID: id.New(), AmountFen: 100, PaidAt: now, ExternalNo: &no, EntryID: id.New(), Version: 1, CreatedAt: now})
	day := clock.DayOf(time.UnixMilli(ms), testkit.Zone)
	add(delivery.Batch{ProjectID: p.ID, ID: id.New(), Seq: 1, Priority: 5, State: delivery.Planned, HandState: delivery.Planned, PromisedOn: day, FirstPromisedOn: day, AlarmOn: day, CreatedAt: now, UpdatedAt: now})
	batch := id.New()
	if n%50 == 0 {
		batch = v.batch
	}
	add(material.Install{ProjectID: p.ID, ID: id.New(), BatchID: batch, MaterialID: id.New(), InstalledOn: day, CreatedAt: now, Version: 1})
	for range 2 {
		add(notify.Message{OwnerID: p.CustomerID, ID: id.New(), OwnerKind: actor.Customer, EventID: id.New(), Kind: "daily_log", At: now, Version: 1})
	}
}
