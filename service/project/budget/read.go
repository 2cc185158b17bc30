package budget

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	coupons "guike/model/membership/coupon"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project"
)

// Order is a change order as people see it. Standing is its state at the moment of reading: an offer
// past its deadline has lapsed, closed or not.
type Order struct {
	model.Order
	No          int64 // within the project, from 1 in the order of asking
	Standing    model.State
	Lines       []model.Line // of the offer that stands
	Photos      []project.Picture
	Offers      []model.Offer // newest first; in a single order only
	ContractFen int64         // the contract amount now
}

// Orders lists a project's change orders, newest first: for staff within reach, and for the owners and
// family of its home. Errors: not_found; home.family_only.
func (s *Service) Orders(ctx context.Context, who actor.Actor, projectID id.ID, page db.Page) ([]Order, db.Cursor, error) {
	p, err := s.see(ctx, who, projectID)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next, err := model.Orders(ctx, s.j.DB, p.ID, page)
	if err != nil {
		return nil, next, err
	}
	list, err := s.dress(ctx, p, rows)
	return list, next, err
}

// Order reads one change order with its offers. Errors: as Orders.
func (s *Service) Order(ctx context.Context, who actor.Actor, order id.ID) (Order, error) {
	projectID, err := model.ProjectOf(ctx, s.j.DB, order)
	if err != nil {
		return Order{}, err
	}
	p, err := s.see(ctx, who, projectID)
	if err != nil {
		return Order{}, err
	}
	return s.orderOf(ctx, p, order)
}

// Made reads the order that an act has left behind, on behalf of who acted.
func (s *Service) Made(ctx context.Context, r OrderResult) (Order, error) {
	p, err := projects.ByID(ctx, s.j.DB, r.ProjectID)
	if err != nil {
		return Order{}, err
	}
	return s.orderOf(ctx, p, r.OrderID)
}

func (s *Service) orderOf(ctx context.Context, p projects.Project, order id.ID) (Order, error) {
	row, err := model.OrderByID(ctx, s.j.DB, p.ID, order)
	if err != nil {
		return Order{}, err
	}
	list, err := s.dress(ctx, p, []model.Order{row})
	if err != nil {
		return Order{}, err
	}
	list[0].Offers, err = model.Offers(ctx, s.j.DB, p.ID, order)
	return list[0], err
}

// dress adds numbers, lines and pictures to orders that follow each other, newest first, in a few
// statements.
func (s *Service) dress(ctx context.Context, p projects.Project, rows []model.Order) ([]Order, error) {
	lines, err := model.LinesOf(ctx, s.j.DB, p.ID, rows)
	if err != nil {
		return nil, err
	}
	files, err := model.FilesOf(ctx, s.j.DB, p.ID, rows)
	if err != nil {
		return nil, err
	}
	var wanted []id.ID
	for _, f := range files {
		wanted = append(wanted, f...)
	}
	links := map[id.ID]project.Picture{}
	if len(wanted) > 0 {
		if links, err = s.j.Links.Links(ctx, s.j.DB, wanted); err != nil {
			return nil, err
		}
	}
	var no int64
	if len(rows) > 0 {
		if no, err = model.OrderNo(ctx, s.j.DB, p.ID, rows[0].ID); err != nil {
			return nil, err
		}
	}
	now := s.j.DB.Now()
	list := make([]Order, 0, len(rows))
	for i, r := range rows {
		o := Order{Order: r, No: no - int64(i), Standing: r.StateAt(now), Lines: lines[r.ID], ContractFen: p.ContractAmountFen}
		for _, f := range files[r.ID] {
			if picture, ok := links[f]; ok {
				o.Photos = append(o.Photos, picture)
			}
		}
		list = append(list, o)
	}
	return list, nil
}

// Payment is a payment with its refunds, oldest first, and what coupons took off its bill.
type Payment struct {
	model.Payment
	Refunds []model.Refund
	Uses    []coupons.Use
}

// Payments lists a project's payments, the newest record first: for staff within reach, and for the
// owners and family of its home (C21). Errors: not_found; home.family_only.
func (s *Service) Payments(ctx context.Context, who actor.Actor, projectID id.ID, page db.Page) ([]Payment, db.Cursor, error) {
	p, err := s.see(ctx, who, projectID)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next, err := model.Payments(ctx, s.j.DB, p.ID, page)
	if err != nil {
		return nil, next, err
	}
	list, err := s.withRefunds(ctx, p.ID, rows)
	return list, next, err
}

func (s *Service) withRefunds(ctx context.Context, projectID id.ID, rows []model.Payment) ([]Payment, error) {
	refunds, err := model.RefundsOf(ctx, s.j.DB, projectID, rows)
	if err != nil {
		return nil, err
	}
	var settled []id.ID
	for _, r := range rows {
		if r.DiscountFen > 0 {
			settled = append(settled, r.ID)
		}
	}
	uses, err := coupons.UsesOf(ctx, s.j.DB, settled...)
	if err != nil {
		return nil, err
	}
	list := make([]Payment, 0, len(rows))
	for _, r := range rows {
		list = append(list, Payment{r, refunds[r.ID], uses[r.ID]})
	}
	return list, nil
}

// Payment reads the payment that recording has left behind, on behalf of who recorded.
func (s *Service) Payment(ctx context.Context, projectID, payment id.ID) (Payment, error) {
	row, err := model.PaymentByID(ctx, s.j.DB, projectID, payment)
	if err != nil {
		return Payment{}, err
	}
	list, err := s.withRefunds(ctx, projectID, []model.Payment{row})
	if err != nil {
		return Payment{}, err
	}
	return list[0], nil
}

// Refund reads the refund that recording has left behind, with its payment.
func (s *Service) Refund(ctx context.Context, made RefundResult) (model.Refund, Payment, error) {
	f, err := model.RefundByID(ctx, s.j.DB, made.ProjectID, made.RefundID)
	if err != nil {
		return f, Payment{}, err
	}
	p, err := s.Payment(ctx, made.ProjectID, made.PaymentID)
	return f, p, err
}
