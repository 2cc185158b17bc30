package notify

import (
	"context"
	"fmt"
	"strings"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/notify"
	"guike/model/outbox"
)

// lastInLine are told, in this order, when a role has nobody who could be told: no alarm is heard by
// no one.
var lastInLine = [...]actor.Role{actor.ExperienceCentre, actor.Management, actor.Admin}

// taskOpened tells whoever owes a task: its owner, or everybody of its role who is responsible for its
// store.
func (s *Service) taskOpened(ctx context.Context, e outbox.Event) error {
	var in care.TaskOpened
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	t, err := care.Find(ctx, s.d.DB, actor.Machine(), in.TaskID)
	if err != nil {
		return hopeless(err)
	}
	return s.tellOfTask(ctx, e.ID, t, notice{kind: "task", owner: t.OwnerID, role: t.OwnerRole})
}

// taskEscalated tells the next in line of a task that was not done in time.
func (s *Service) taskEscalated(ctx context.Context, e outbox.Event) error {
	var in care.TaskEscalated
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	t, err := care.Find(ctx, s.d.DB, actor.Machine(), in.TaskID)
	if err != nil {
		return hopeless(err)
	}
	ladder, err := t.Ladder()
	if err != nil || in.Level < 1 || int(in.Level) > len(ladder) {
		return outbox.GiveUp{Why: fmt.Errorf("task %s has no step %d: %w", t.ID, in.Level, err)}
	}
	return s.tellOfTask(ctx, e.ID, t, notice{kind: "task_escalated", prefix: raised, role: ladder[in.Level-1].Role})
}

// taskRenewed tells whoever it names that what a task asks for is missing again.
func (s *Service) taskRenewed(ctx context.Context, e outbox.Event) error {
	var in care.TaskRenewed
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	t, err := care.Find(ctx, s.d.DB, actor.Machine(), in.TaskID)
	if err != nil {
		return hopeless(err)
	}
	t.Reason = in.Reason // of that time: several may have piled up
	n := notice{kind: "task", owner: in.ToID, role: in.ToRole}
	if in.Up {
		n.kind, n.prefix = "task_escalated", raised
	}
	return s.tellOfTask(ctx, e.ID, t, n)
}

// raised begins a message that goes over somebody's head.
const raised = "【升级】"

// notice is whom a task's message goes to, and how it begins.
type notice struct {
	kind, prefix string
	owner        id.ID
	role         actor.Role
}

// tellOfTask puts one message into the inbox of everybody concerned, once per event. A task that has
// ended meanwhile is no news.
func (s *Service) tellOfTask(ctx context.Context, event id.ID, t care.Task, n notice) error {
	if t.State != care.Open {
		return nil
	}
	m := notify.Message{OwnerKind: actor.Staff, EventID: event, Kind: n.kind, RefKind: "task", RefID: t.ID, ProjectID: t.ProjectID}
	a, err := care.AlertOfTask(ctx, s.d.DB, t.ID)
	if err != nil && !db.Missing(err) {
		return err
	}
	if err == nil {
		n.prefix += fmt.Sprintf("【%s级告警】", [...]string{"", "一", "二", "三"}[a.Level])
		m.Kind, m.RefKind, m.RefID = strings.Replace(n.kind, "task", "alert", 1), "alert", a.ID
	}
	m.Title = cut(n.prefix+t.Title, 100)
	m.Body = cut(cut(t.Reason, 400)+"\n请于 "+t.DueAt.In(s.d.Zone).Format("2006年01月02日 15:04")+" 前处理。", 500)
	people, err := s.concerned(ctx, t, n)
	if err != nil {
		return err
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, m.OwnerID = range people {
			if _, err := s.postTx(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// concerned finds the owner who is still there, else the people of the role, else those at the end of
// the line.
func (s *Service) concerned(ctx context.Context, t care.Task, n notice) ([]id.ID, error) {
	if !n.owner.IsZero() {
		owner, err := identity.StaffByID(ctx, s.d.DB, n.owner)
		if err == nil && owner.Active() {
			return []id.ID{owner.ID}, nil
		}
		if err != nil && !db.Missing(err) {
			return nil, err
		}
	}
	var region id.ID
	if !t.StoreID.IsZero() {
		store, err := identity.StoreByID(ctx, s.d.DB, t.StoreID)
		if err != nil && !db.Missing(err) {
			return nil, err
		}
		region = store.RegionID
	}
	for _, role := range append([]actor.Role{n.role}, lastInLine[:]...) {
		people, err := s.ofRole(ctx, role, t.StoreID, region)
		if err != nil || len(people) > 0 {
			return people, err
		}
	}
	return nil, nil
}

// ofRole lists the people of a role who answer for a store: of the store itself, of its region, or of
// the head office. People of other companies are not told of what does not name them.
func (s *Service) ofRole(ctx context.Context, role actor.Role, store, region id.ID) ([]id.ID, error) {
	var found []id.ID
	active, page := true, db.Page{Limit: db.MaxLimit}
	for {
		people, next, err := identity.ListStaff(ctx, s.d.DB, actor.Machine(), identity.StaffFilter{Role: role, Active: &active}, page)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			here := !store.IsZero() && p.StoreID == store
			central := p.StoreID.IsZero() && (p.RegionID.IsZero() || p.RegionID == region)
			if !p.External && (here || central) {
				found = append(found, p.ID)
			}
		}
		if page.After = next; next.IsZero() {
			return found, nil
		}
	}
}
