package flow

import (
	"context"
	"errors"
	"strings"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/once"
	"guike/service/identity"
	"guike/service/project"
)

// NewHome describes a home that is not known yet.
type NewHome struct {
	Name, City, District, Address string
	AreaM2                        float64
}

// NewProject is a project with its customer, by id or by phone, and its home, by id or new.
type NewProject struct {
	project.NewProject
	CustomerPhone string
	CustomerName  string // for a customer who is entered by this
	Home          *NewHome
	Once          once.Key
}

// ProjectCreated is what a new project leaves behind under its key.
type ProjectCreated struct {
	ProjectID id.ID `json:"project_id"`
}

// CreateProject begins a project, once by key: finds the customer or enters one by phone, opens the
// home unless it is known, ties a customer of no store to the project's, and makes the project with
// its stages, its code and its first person in charge. Errors: not_found for a customer out of reach
// and for a home of which they are neither owner nor family; input.invalid.
func (f *Flow) CreateProject(ctx context.Context, who actor.Actor, in NewProject) (r ProjectCreated, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = f.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (ProjectCreated, error) { return f.createProjectTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (in *NewProject) check() error {
	switch byID, byPhone := !in.CustomerID.IsZero(), in.CustomerPhone != ""; {
	case byID == byPhone:
		return fault.Broken("body.customer_id", "one_of", "请给出客户编号或客户手机号之一。", "Give either customer_id or customer_phone.")
	case (in.Home != nil) != in.HomeID.IsZero():
		return fault.Broken("body.home_id", "one_of", "请给出房屋编号或新房屋之一。", "Give either home_id or home.")
	}
	return in.Check()
}

func (f *Flow) createProjectTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewProject) (ProjectCreated, error) {
	none := ProjectCreated{}
	store, err := storeOf(ctx, tx, who, in.StoreID)
	if err != nil {
		return none, err
	}
	customer, err := f.customerTx(ctx, tx, who, store, in)
	if err != nil {
		return none, err
	}
	home, err := f.homeTx(ctx, tx, who, customer.ID, in)
	if err != nil {
		return none, err
	}
	in.CustomerID, in.HomeID, in.StoreID = customer.ID, home, store
	p, err := f.d.Projects.CreateTx(ctx, tx, who, in.NewProject)
	return ProjectCreated{ProjectID: p.ID}, err
}

// customerTx finds or enters the contract party, locks the row, and ties one of no store to the
// project's.
func (f *Flow) customerTx(ctx context.Context, tx *db.Tx, who actor.Actor, store id.ID, in NewProject) (model.Customer, error) {
	customer := in.CustomerID
	if customer.IsZero() {
		c, _, err := f.d.Customers.EnsureByPhoneTx(ctx, tx, who, identity.EnterInput{Name: in.CustomerName, Phone: in.CustomerPhone})
		if err != nil {
			return c, moved(err, map[string]string{"body.phone": "body.customer_phone", "body.name": "body.customer_name"})
		}
		customer = c.ID
	} else {
		c, err := model.FindCustomer(ctx, tx, who, customer)
		if err != nil {
			return c, err
		}
		customer = c.ID // a merged record lives on under another id
	}
	return f.d.Customers.TieToStoreTx(ctx, tx, customer, store)
}

func (f *Flow) homeTx(ctx context.Context, tx *db.Tx, who actor.Actor, owner id.ID, in NewProject) (id.ID, error) {
	if in.Home == nil {
		role, err := model.HomeRoleOf(ctx, tx, owner, in.HomeID, tx.Now)
		if err == nil && !role.AtLeast(model.HomeFamily) {
			err = fault.Missing()
		}
		return in.HomeID, err
	}
	h, err := f.d.Homes.CreateTx(ctx, tx, who, owner, identity.HomeInput{
		Name: in.Home.Name, City: in.Home.City, District: in.Home.District, Address: in.Home.Address, AreaM2: in.Home.AreaM2,
	})
	return h.ID, moved(err, map[string]string{"body.": "body.home."})
}

// storeOf decides which store a project belongs to: the actor's own; one of the region for regional
// heads; any for those who reach the whole company, or none.
func storeOf(ctx context.Context, r db.Reader, who actor.Actor, wanted id.ID) (id.ID, error) {
	if wanted.IsZero() || wanted == who.StoreID {
		if who.StoreID.IsZero() && who.Scope < actor.All {
			return wanted, fault.Broken("body.store_id", "required", "请选择门店。", "Name the store.")
		}
		return who.StoreID, nil
	}
	refused := fault.Broken("body.store_id", "unknown", "没有这个门店,或不在您的权限范围内。", "There is no such store within your reach.")
	if who.Scope < actor.Region {
		return wanted, refused
	}
	store, err := model.StoreByID(ctx, r, wanted)
	if db.Missing(err) || err == nil && who.Scope == actor.Region && (store.RegionID.IsZero() || store.RegionID != who.RegionID) {
		return wanted, refused
	}
	return wanted, err
}

// moved renames the fields that a fault points at to where they stand in this request.
func moved(err error, names map[string]string) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err
	}
	c := *f
	c.Fields = append([]fault.Field(nil), f.Fields...)
	for i, field := range c.Fields {
		for from, to := range names {
			if rest, ok := strings.CutPrefix(field.Location, from); ok {
				c.Fields[i].Location = to + rest
			}
		}
	}
	return &c
}
