package delivery

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	"guike/model/project/delivery"
	"guike/service/project"
)

// Follower ends the tasks of deliveries of which nothing is owed any more, in the transaction in which
// production is completed or the project cancelled, and moves promises when a project goes on after a
// pause.
type Follower struct{ J *project.Journal }

// StageMovedTx ends the task that asked to look at the stage of production.
func (f Follower) StageMovedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, stage core.Stage, kind core.EntryKind) error {
	if stage.Key != productionStage || kind != core.EntryStageCompleted {
		return nil
	}
	return f.J.Alarms.ClearTx(ctx, tx, who, madeCause(p.ID), "阶段已完成")
}

// ProjectCancelledTx ends every task that deliveries opened.
func (f Follower) ProjectCancelledTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project) error {
	batches, err := delivery.Batches(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	causes := []string{madeCause(p.ID)}
	for _, b := range batches {
		switch {
		case b.State.Open():
			causes = append(causes, lateCause(b, b.PromisedOn))
		case b.State == delivery.Received:
			causes = append(causes, shortageCause(b.ID))
		}
	}
	for _, c := range causes {
		if err := f.J.Alarms.ClearTx(ctx, tx, who, c, "项目已取消"); err != nil {
			return err
		}
	}
	return nil
}

// ProjectResumedTx moves the promises of batches that are still awaited by the working days that the
// pause took of them, as the plan moves: all of it, or what was left of it when a promise was made while
// the project was paused. The home reads of each; the message is that the project goes on.
func (f Follower) ProjectResumedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, over project.Resumption) error {
	batches, err := delivery.Batches(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	made, err := promisedAt(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	s := New(f.J)
	for _, b := range batches {
		if !b.State.Open() {
			continue
		}
		since := over.PausedAt
		for _, at := range []time.Time{b.CreatedAt, made[b.ID]} {
			if at.After(since) {
				since = at
			}
		}
		lost := over.Days.Lost(since, f.J.Today())
		if lost < 1 {
			continue
		}
		err := s.promiseTx(ctx, tx, who, p, promise{
			batch: b, to: over.Days.Days.Plus(b.PromisedOn, lost), reason: fmt.Sprintf("项目暂停,顺延 %d 个工作日。", lost), quiet: true,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// promisedAt tells of every batch that was promised anew when that was last.
func promisedAt(ctx context.Context, r db.Reader, projectID id.ID) (map[id.ID]time.Time, error) {
	rows, err := delivery.Reschedules(ctx, r, projectID)
	at := make(map[id.ID]time.Time, len(rows))
	for _, row := range rows {
		at[row.BatchID] = row.At // oldest first
	}
	return at, err
}

// madeCause is what the task about production is opened for: once a project.
func madeCause(p id.ID) string { return TaskMade + ":" + p.String() }

// shortageCause is what the task about missing pieces is opened for: once a batch.
func shortageCause(batch id.ID) string { return TaskShortage + ":" + batch.String() }

// lateCause is what the task about a broken promise is opened for.
func lateCause(b delivery.Batch, promised clock.Day) string {
	return fmt.Sprintf("%s:%s:%s", TaskLate, b.ID, promised)
}
