package budget

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project"
)

// OrderFile is the kind of row that the pictures of a change order are attached to; its id is the
// order's.
const OrderFile = "change_order"

// NewOrder is a wish to change what was agreed.
type NewOrder struct {
	ProjectID id.ID
	Title     string
	Text      string
	FileIDs   []id.ID
	Once      once.Key
}

// OrderResult is what an act on a change order leaves behind under its key.
type OrderResult struct {
	ProjectID id.ID       `json:"project_id"`
	OrderID   id.ID       `json:"order_id"`
	EntryID   id.ID       `json:"entry_id"`
	Version   int64       `json:"version"` // of the offer
	State     model.State `json:"state"`
}

// Ask keeps a wish to change what was agreed, of staff or of an owner or family of the home (D3); of a
// customer's wish a task is opened for whoever answers for the work. Errors: not_found;
// home.family_only; project.cancelled; input.invalid; change_order.too_many; what the files refuse.
func (s *Service) Ask(ctx context.Context, who actor.Actor, in NewOrder) (r OrderResult, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (OrderResult, error) { return s.askTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (in *NewOrder) check() error {
	if err := wording.CheckText("body.title", &in.Title, 1, maxTitle); err != nil {
		return err
	}
	if err := wording.CheckText("body.text", &in.Text, 1, maxText); err != nil {
		return err
	}
	return project.CheckPhotos("body.file_ids", in.FileIDs, maxPhotos)
}

func (s *Service) askTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewOrder) (OrderResult, error) {
	none := OrderResult{}
	p, err := lockToAskTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	n, err := model.CountOrders(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	if n >= maxOrders {
		return none, errTooMany
	}
	o := model.Order{
		ProjectID: p.ID, ID: id.New(), Title: in.Title, Text: in.Text, State: model.Asked,
		AskedKind: who.Kind, AskedBy: who.ID, AskedName: who.Name, AskedRole: who.Role,
	}
	if err := model.AddOrderTx(ctx, tx, &o, in.FileIDs); err != nil {
		return none, err
	}
	if len(in.FileIDs) > 0 {
		if err := s.j.Files.AttachTx(ctx, tx, who, in.FileIDs, OrderFile, o.ID); err != nil {
			return none, err
		}
	}
	news := project.News{
		Entry: projects.Entry{
			Kind: model.EntryAsked, TitleZH: "变更申请:" + o.Title, TitleEN: "Change asked for: " + o.Title,
			StageKey: p.CurrentStage, RefID: o.ID,
		},
		Photos: in.FileIDs, Quiet: who.Kind == actor.Customer, Action: "change_order.asked", Detail: map[string]any{"order_id": o.ID},
	}
	entry, err := s.j.TellTx(ctx, tx, who, &p, news)
	if err != nil {
		return none, err
	}
	if who.Kind == actor.Customer {
		err = s.taskTx(ctx, tx, who, p, o, care.Order{Kind: TaskAsked, Cause: cause(o.ID, "asked"), Reason: "客户申请变更:" + o.Title})
	}
	return OrderResult{p.ID, o.ID, entry, o.Offer, o.State}, err
}

// lockToAskTx locks the project for staff within reach, or for an owner or family of its home.
func lockToAskTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID) (projects.Project, error) {
	if who.Kind != actor.Customer {
		return project.LockOpenTx(ctx, tx, who, projectID)
	}
	seen, err := projects.LockForCustomerTx(ctx, tx, who, projectID)
	switch {
	case err != nil:
		return seen.Project, err
	case !project.SeesMoney(who, seen):
		return seen.Project, project.ErrFamilyOnly
	case seen.State == projects.Cancelled:
		return seen.Project, project.ErrCancelled
	}
	return seen.Project, nil
}

// taskTx opens a task about an order: for whoever quoted last, else for whoever answers for today's
// work, else for the role that the policy of the kind names.
func (s *Service) taskTx(ctx context.Context, tx *db.Tx, who actor.Actor, p projects.Project, o model.Order, t care.Order) error {
	t.CustomerID, t.ProjectID, t.StoreID = p.CustomerID, p.ID, p.StoreID
	people, err := projects.People(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	candidates := []id.ID{o.QuotedBy}
	if r, ok := projects.Responsible(people, p.CurrentStage); ok {
		candidates = append(candidates, r.StaffID)
	}
	staff, err := identity.StaffByIDs(ctx, tx, candidates)
	if err != nil {
		return err
	}
	for _, c := range candidates {
		if owner, ok := staff[c]; ok && owner.Active() {
			t.OwnerID, t.OwnerRole = owner.ID, owner.Role
			break
		}
	}
	_, err = s.j.Alarms.OpenTx(ctx, tx, who, t)
	return err
}

// clearTx ends the tasks that the order opened, since what they asked for is over.
func (s *Service) clearTx(ctx context.Context, tx *db.Tx, who actor.Actor, o model.Order, note string, why ...string) error {
	for _, w := range why {
		if err := s.j.Alarms.ClearTx(ctx, tx, who, cause(o.ID, w), note); err != nil {
			return err
		}
	}
	return nil
}
