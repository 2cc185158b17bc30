package flow

import (
	"context"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/once"
	"guike/service/project"
)

// DailyLogFile is the kind of row that a daily log's photos are attached to; its id is the log's.
const DailyLogFile = "daily_log"

// PostDailyLog writes today's log of a project with its photos, once by key (C1). The second post of a
// business day edits the first. Errors: as project.Service.PostLogTx, and what the files refuse.
func (f *Flow) PostDailyLog(ctx context.Context, who actor.Actor, in project.NewLog) (r project.LogResult, replayed bool, err error) {
	if err := in.Check(); err != nil {
		return r, false, err
	}
	err = f.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (project.LogResult, error) {
			r, err := f.d.Projects.PostLogTx(ctx, tx, who, in)
			if err != nil || len(in.FileIDs) == 0 {
				return r, err
			}
			return r, f.d.Files.AttachTx(ctx, tx, who, in.FileIDs, DailyLogFile, r.LogID)
		})
		return err
	})
	return r, replayed, err
}
