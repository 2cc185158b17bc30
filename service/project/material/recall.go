package material

import (
	"context"
	"errors"
	"fmt"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	"guike/model/project"
	model "guike/model/project/material"
	projects "guike/service/project"
)

const (
	// recallBatch is how many homes one transaction of a recall takes in.
	recallBatch = 50
	// recallsAtOnce is how many recalls are worked in turn.
	recallsAtOnce = 20
	// homesPage bounds the list of affected homes.
	homesPage = 100
)

// Homes lists the homes that have some of a batch in them, by project, from after on (D6). Errors:
// not_found.
func (s *Service) Homes(ctx context.Context, batch, after id.ID) (rows []model.Affected, next id.ID, err error) {
	if _, err := model.BatchByID(ctx, s.j.DB, batch); err != nil {
		return nil, next, err
	}
	rows, err = model.AffectedBy(ctx, s.j.DB, batch, after, homesPage+1)
	if err == nil && len(rows) > homesPage {
		rows = rows[:homesPage]
		next = rows[homesPage-1].ProjectID
	}
	return rows, next, err
}

// NewRecall says why a batch is called back and what is to be done in each home.
type NewRecall struct {
	BatchID     id.ID
	Reason      string
	Instruction string
	Once        once.Key
}

// Recall calls a batch back (D6, feature 10): from this instant none of it may be installed, and a job
// opens one task for every home that has some. Calling it back again is answered with the recall that
// stands. Errors: not_found; input.invalid.
func (s *Service) Recall(ctx context.Context, who actor.Actor, in NewRecall) (c model.Recall, replayed bool, err error) {
	if err := projects.CheckReason("body.reason", &in.Reason); err != nil {
		return c, false, err
	}
	if err := projects.CheckLength("body.instruction", &in.Instruction, 1, 1000); err != nil {
		return c, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		_, replayed, err = once.Do(ctx, tx, who, in.Once, func() (made, error) { return made{in.BatchID}, recallTx(ctx, tx, who, in) })
		if err != nil {
			return err
		}
		c, _, err = model.RecallOf(ctx, tx, in.BatchID)
		return err
	})
	return c, replayed, err
}

func recallTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewRecall) error {
	b, err := model.LockBatchTx(ctx, tx, in.BatchID)
	if err != nil || b.State == model.BatchRecalled {
		return err
	}
	if err := model.CallTx(ctx, tx, &b, &model.Recall{Reason: in.Reason, Instruction: in.Instruction, CalledBy: who.ID}); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "material.recalled", Kind: "material", Subject: b.MaterialID, Reason: in.Reason, Detail: map[string]any{"batch_id": b.ID},
	})
}

// RecallState reads how far the recall of a batch has come. Errors: not_found.
func (s *Service) RecallState(ctx context.Context, batch id.ID) (model.Recall, error) {
	c, ok, err := model.RecallOf(ctx, s.j.DB, batch)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return c, err
}

// WorkRecalls opens the tasks that recalls owe, a few homes a transaction, until every home has one.
// Any number of instances may run it, and a killed one is taken up where it stopped: the recall's row
// is locked for each step and remembers the last home. A recall that cannot be worked holds up no other;
// its error is returned in the end.
func (s *Service) WorkRecalls(ctx context.Context) error {
	var stuck []error
	for {
		batches, err := model.DueRecalls(ctx, s.j.DB, s.j.DB.Now(), recallsAtOnce+len(stuck))
		if err != nil {
			return errors.Join(append(stuck, err)...)
		}
		stuck = nil
		for _, b := range batches {
			err := s.j.DB.Tx(ctx, func(tx *db.Tx) error { return s.stepTx(ctx, tx, b) })
			if fault.Code(err) == "store.unavailable" || ctx.Err() != nil {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("recall of batch %s: %w", b, err))
			}
		}
		if len(stuck) == len(batches) {
			return errors.Join(stuck...)
		}
	}
}

func (s *Service) stepTx(ctx context.Context, tx *db.Tx, batch id.ID) error {
	c, err := model.LockRecallTx(ctx, tx, batch)
	if err != nil || c.PollAt == nil {
		return err // a rival has finished it
	}
	b, err := model.BatchByID(ctx, tx, batch)
	if err != nil {
		return err
	}
	m, err := model.ByID(ctx, tx, b.MaterialID)
	if err != nil {
		return err
	}
	homes, err := model.AffectedBy(ctx, tx, batch, c.Reached, recallBatch)
	if err != nil {
		return err
	}
	for _, h := range homes {
		if err := s.callTx(ctx, tx, c, b, m, h); err != nil {
			return err
		}
		c.Reached = h.ProjectID
		c.Homes++
	}
	if len(homes) < recallBatch {
		c.FinishedAt, c.PollAt = &tx.Now, nil
	}
	return model.AdvanceTx(ctx, tx, c)
}

// callTx opens the task of one home and tells its people.
func (s *Service) callTx(ctx context.Context, tx *db.Tx, c model.Recall, b model.Batch, m model.Material, h model.Affected) error {
	house := actor.Machine()
	p, err := project.LockTx(ctx, tx, house, h.ProjectID)
	if err != nil {
		return err
	}
	_, err = s.j.Alarms.OpenTx(ctx, tx, house, care.Order{
		Kind: kindRecall, Cause: "recall:" + b.ID.String() + ":" + h.ProjectID.String(),
		CustomerID: h.CustomerID, ProjectID: h.ProjectID, StoreID: h.StoreID,
		Reason: fmt.Sprintf("项目 %s 用了召回批次 %s(%s %s):%s。处理办法:%s", h.No, b.BatchNo, m.Brand, m.Name, c.Reason, c.Instruction),
	})
	if err != nil {
		return err
	}
	_, err = s.j.TellTx(ctx, tx, house, &p, projects.News{
		Entry: project.Entry{
			Kind: model.EntryRecalled, TitleZH: "材料召回:" + m.Brand + " " + m.Name, TitleEN: "Recall: " + m.Brand + " " + m.Name,
			Body: "您家使用的一批材料正被召回:" + c.Reason + "。" + c.Instruction, RefID: b.ID,
		},
		Action: "material.home_recalled", Detail: map[string]any{"batch_id": b.ID},
	})
	return err
}
