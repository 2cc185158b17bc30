package demo

import (
	"context"
	"fmt"

	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/notify"
	"guike/model/project"
)

// perStatement is how many rows one INSERT holds; no table has more columns than fit SQLite's 32,766
// values then.
const perStatement = 200

func insert[T any](ctx context.Context, tx *db.Tx, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).CreateInBatches(rows, perStatement).Error; err != nil {
		return fmt.Errorf("load %T: %w", rows, err)
	}
	return nil
}

// rows is what a batch of customers brings along, by table.
type rows struct {
	customers   []identity.Customer
	identities  []identity.WechatIdentity
	consents    []identity.Consent
	homes       []identity.Home
	members     []identity.HomeMember
	projects    []project.Project
	stages      []project.Stage
	people      []project.Person
	entries     []project.Entry
	photos      []project.Photo
	logs        []project.DailyLog
	revisions   []project.Revision
	messages    []notify.Message
	grants      []notify.Grant
	grantEvents []notify.GrantEvent
	tasks       []care.Task
	taskEvents  []care.Event

	rooms shelf // of the rooms of the project domain, and the alarms that they raise
}

func (r *rows) insertTx(ctx context.Context, tx *db.Tx) error {
	for _, step := range []func() error{
		func() error { return insert(ctx, tx, r.customers) },
		func() error { return insert(ctx, tx, r.identities) },
		func() error { return insert(ctx, tx, r.consents) },
		func() error { return insert(ctx, tx, r.homes) },
		func() error { return insert(ctx, tx, r.members) },
		func() error { return insert(ctx, tx, r.projects) },
		func() error { return insert(ctx, tx, r.stages) },
		func() error { return insert(ctx, tx, r.people) },
		func() error { return insert(ctx, tx, r.entries) },
		func() error { return insert(ctx, tx, r.photos) },
		func() error { return insert(ctx, tx, r.logs) },
		func() error { return insert(ctx, tx, r.revisions) },
		func() error { return insert(ctx, tx, r.messages) },
		func() error { return insert(ctx, tx, r.grants) },
		func() error { return insert(ctx, tx, r.grantEvents) },
		func() error { return insert(ctx, tx, r.tasks) },
		func() error { return insert(ctx, tx, r.taskEvents) },
		func() error { return r.rooms.insertTx(ctx, tx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
