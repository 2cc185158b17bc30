package project

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/diary"
)

// HeardTx tells that a feed of a project is no longer silent (C11): the alarms about its silence that
// stand are closed with their tasks. Whatever writes into a feed calls it in its transaction, with the
// project locked. A log of today does not hide that yesterday's is missing before the store manager has
// heard of it.
func (j *Journal) HeardTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID, feed diary.Feed) error {
	first, second := feed.Missing()
	marks, err := diary.OpenMarks(ctx, tx, projectID, first, second)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if feed == diary.ByProjectManager && m.Period < project.BusinessDay(tx.Now, j.Zone) && tx.Now.Before(diary.ToldAt(m.Round, j.Zone)) {
			continue
		}
		if err := j.unmarkTx(ctx, tx, who, m, "已补上"); err != nil {
			return err
		}
	}
	return nil
}

// HushTx closes the alarms about the silence of all feeds of a project of which nothing is owed any more:
// it is cancelled, completed or paused, and nobody could mend them.
func (j *Journal) HushTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID, why string) error {
	var kinds []string
	for _, feed := range []diary.Feed{diary.ByProjectManager, diary.BySupervisor, diary.ByService} {
		first, second := feed.Missing()
		kinds = append(kinds, first, second)
	}
	marks, err := diary.OpenMarks(ctx, tx, projectID, kinds...)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if err := j.unmarkTx(ctx, tx, who, m, why); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) unmarkTx(ctx context.Context, tx *db.Tx, who actor.Actor, m diary.Mark, why string) error {
	if err := j.Alarms.ClearTx(ctx, tx, who, m.Cause(), why); err != nil {
		return err
	}
	return diary.ClearMarkTx(ctx, tx, m)
}

// RoleName is what people call a role, in both languages.
func RoleName(role actor.Role) (zh, en string) { return roleName(role) }
