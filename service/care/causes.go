package care

import (
	"context"
	"encoding/json"
	"fmt"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/files"
	"guike/model/identity"
	"guike/model/outbox"
)

// Handlers are the outbox topics that are delivered here: what becomes a task, and who is told of one.
func (s *Service) Handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{
		files.TopicReviewNeeded:     s.reviewNeeded,
		identity.TopicStaffDisabled: s.staffDisabled,
		care.TopicTaskOpened:        s.taskOpened,
		care.TopicTaskEscalated:     s.taskEscalated,
	}
}

// reviewNeeded asks customer service to look at a picture that the content check could not settle.
func (s *Service) reviewNeeded(ctx context.Context, e outbox.Event) error {
	var p files.ReviewNeeded
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	return s.caused(ctx, Order{
		Kind: KindFileReview, Cause: "file_review:" + p.FileID.String(), CustomerID: p.CustomerID,
		Reason: fmt.Sprintf("图片 %s 需要人工审核(%s)", p.FileID, p.Why),
	})
}

// staffDisabled asks the store manager to hand over what somebody who left was in charge of (A12).
func (s *Service) staffDisabled(ctx context.Context, e outbox.Event) error {
	var p identity.StaffDisabled
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	gone, err := identity.StaffByID(ctx, s.db, p.StaffID)
	if err != nil {
		return err
	}
	return s.caused(ctx, Order{
		Kind: KindStaffLeaves, Cause: "staff_disabled:" + e.ID.String(), StoreID: gone.StoreID, Reason: "员工「" + gone.Name + "」已停用",
	})
}

func (s *Service) caused(ctx context.Context, o Order) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.OpenTx(ctx, tx, actor.Machine(), o)
		return err
	})
}

func (s *Service) taskOpened(ctx context.Context, e outbox.Event) error {
	var p care.TaskOpened
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	t, err := care.Find(ctx, s.db, actor.Machine(), p.TaskID)
	if err != nil {
		return outbox.GiveUp{Why: err}
	}
	if !t.OwnerID.IsZero() {
		s.hint(ctx, t.OwnerID, "task_opened", t.ID)
		return nil
	}
	return s.hintRole(ctx, t, t.OwnerRole, "task_opened")
}

func (s *Service) taskEscalated(ctx context.Context, e outbox.Event) error {
	var p care.TaskEscalated
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	t, err := care.Find(ctx, s.db, actor.Machine(), p.TaskID)
	if err != nil {
		return outbox.GiveUp{Why: err}
	}
	ladder, err := t.Ladder()
	if err != nil || p.Level < 1 || int(p.Level) > len(ladder) {
		return outbox.GiveUp{Why: fmt.Errorf("task %s has no step %d: %w", t.ID, p.Level, err)}
	}
	return s.hintRole(ctx, t, ladder[p.Level-1].Role, "task_escalated")
}

// hintRole tells the open apps of everybody in a role who can see the task.
func (s *Service) hintRole(ctx context.Context, t care.Task, role actor.Role, kind string) error {
	active, page := true, db.Page{Limit: db.MaxLimit}
	for {
		people, next, err := identity.ListStaff(ctx, s.db, actor.Machine(), identity.StaffFilter{Role: role, Active: &active}, page)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.StoreID.IsZero() || p.StoreID == t.StoreID {
				s.hint(ctx, p.ID, kind, t.ID)
			}
		}
		if page.After = next; next.IsZero() {
			return nil
		}
	}
}

func (s *Service) hint(ctx context.Context, staff id.ID, kind string, task id.ID) {
	payload, _ := json.Marshal(map[string]string{"kind": kind, "id": task.String()}) // strings always have a JSON form
	s.live.Publish(ctx, string(actor.Staff)+":"+staff.String(), payload)
}
