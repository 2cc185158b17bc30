package care

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/outbox"
)

// manyOpen is how many tasks of a standing one's kinds a project may have open, from before there was one.
const manyOpen = 100

// StandTx asks for what is missing once more, in the transaction that found it: the task that stands for it
// gets the new words and due time, and whoever the order names is told again. When none stands, one is
// opened. The step of the ladder that is coming is not put off by a new due time. The project's row is
// locked by the caller.
func (s *Service) StandTx(ctx context.Context, tx *db.Tx, who actor.Actor, o care.Standing) (care.Task, error) {
	standing, err := care.OpenOfProject(ctx, tx, o.ProjectID, o.Kinds, 1)
	if err != nil {
		return care.Task{}, err
	}
	if len(standing) == 0 {
		return s.OpenTx(ctx, tx, who, o.Order)
	}
	t, err := care.LockTx(ctx, tx, actor.Machine(), standing[0])
	if err != nil {
		return t, fmt.Errorf("task that stands: %w", err)
	}
	if t.State != care.Open { // it ended in this moment
		return s.OpenTx(ctx, tx, who, o.Order)
	}
	return t, renewTx(ctx, tx, who, &t, o)
}

func renewTx(ctx context.Context, tx *db.Tx, who actor.Actor, t *care.Task, o care.Standing) error {
	p, err := care.PolicyOf(ctx, tx, o.Kind)
	if err != nil {
		return fmt.Errorf("policy of task kind %q: %w", o.Kind, err)
	}
	if o.OwnerRole == "" {
		o.OwnerRole = p.OwnerRole
	}
	if o.Title != "" {
		t.Title = crypt.MaskPhones(o.Title)
	}
	t.Reason, t.DueAt = crypt.MaskPhones(o.Reason), tx.Now.Add(time.Duration(p.DueMinutes)*time.Minute)
	e := care.Event{TaskID: t.ID, What: "renewed", ActorID: staffOf(who), ToID: o.OwnerID, ToRole: o.OwnerRole, Note: t.Reason}
	if o.Up {
		e.What = "escalated"
		err = adoptLadder(t, p, o.OwnerRole)
	} else {
		t.OwnerID, t.OwnerRole = o.OwnerID, o.OwnerRole
	}
	if err != nil {
		return err
	}
	if err := care.SaveTx(ctx, tx, t); err != nil {
		return fmt.Errorf("renew task: %w", err)
	}
	e.Level = t.Level
	if err := care.RecordTx(ctx, tx, e); err != nil {
		return err
	}
	told := care.TaskRenewed{TaskID: t.ID, ToID: o.OwnerID, ToRole: o.OwnerRole, Reason: t.Reason, Up: o.Up, At: tx.Now}
	return outbox.AddTx(ctx, tx, care.TopicTaskRenewed, told)
}

// adoptLadder lets a task without a ladder climb that of the policy by which it is told upwards, from the
// step after the role that is told.
func adoptLadder(t *care.Task, p care.Policy, told actor.Role) error {
	ladder, err := t.Ladder()
	if err != nil || len(ladder) > 0 {
		return err
	}
	t.Steps = p.Steps
	if ladder, err = t.Ladder(); err != nil {
		return err
	}
	t.Level = int64(1 + slices.IndexFunc(ladder, func(s care.Step) bool { return s.Role == told }))
	t.EscalateAt, err = nextStep(*t)
	return err
}

// SettleTx ends the open tasks of some kinds about a project, since what they asked for is there or owed no
// more; none is no mistake.
func (s *Service) SettleTx(ctx context.Context, tx *db.Tx, who actor.Actor, project id.ID, kinds []string, note string) error {
	open, err := care.OpenOfProject(ctx, tx, project, kinds, manyOpen)
	if err != nil {
		return err
	}
	for _, task := range open {
		t, err := care.LockTx(ctx, tx, actor.Machine(), task)
		if err != nil {
			return fmt.Errorf("settle task: %w", err)
		}
		if err := endTaskTx(ctx, tx, who, &t, ending{care.Done, outcomeCleared, note}); err != nil {
			return err
		}
	}
	return nil
}
