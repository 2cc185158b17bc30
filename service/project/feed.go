package project

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/diary"
)

// HeardTx tells that a feed of a project is no longer silent (C11): the marks of its silence are cleared,
// and with the last of them the task that stands for them ends. Whatever writes into a feed calls it in its
// transaction, with the project locked. A log of today does not hide that yesterday's is missing before the
// store manager has heard of it.
func (j *Journal) HeardTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID, feed diary.Feed) error {
	first, second := feed.Missing()
	marks, err := diary.OpenMarks(ctx, tx, projectID, first, second)
	if err != nil || len(marks) == 0 {
		return err
	}
	stand := false
	for _, m := range marks {
		if feed == diary.ByProjectManager && m.Period < project.BusinessDay(tx.Now, j.Zone) && tx.Now.Before(diary.ToldAt(m.Round, j.Zone)) {
			stand = true
			continue
		}
		if err := diary.ClearMarkTx(ctx, tx, m); err != nil {
			return err
		}
	}
	if stand {
		return nil
	}
	return j.Alarms.SettleTx(ctx, tx, who, projectID, []string{first, second}, "已补上")
}

// HushTx ends the alarms about the silence of all feeds of a project of which nothing is owed any more:
// it is cancelled, completed or paused, and nobody could mend them.
func (j *Journal) HushTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID, why string) error {
	var kinds []string
	for _, feed := range []diary.Feed{diary.ByProjectManager, diary.BySupervisor, diary.ByService} {
		first, second := feed.Missing()
		kinds = append(kinds, first, second)
	}
	marks, err := diary.OpenMarks(ctx, tx, projectID, kinds...)
	if err != nil || len(marks) == 0 {
		return err
	}
	for _, m := range marks {
		if err := diary.ClearMarkTx(ctx, tx, m); err != nil {
			return err
		}
	}
	return j.Alarms.SettleTx(ctx, tx, who, projectID, kinds, why)
}

// RoleName is what people call a role, in both languages.
func RoleName(role actor.Role) (zh, en string) { return roleName(role) }
