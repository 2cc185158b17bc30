package app

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	carebook "guike/model/care"
	"guike/model/db"
	coupons "guike/model/membership/coupon"
	"guike/service/identity"
	"guike/service/membership/card"
)

// guests shows customers at the till to staff whom they have shown a code.
type guests struct{ customers *identity.Customers }

// Guest reads a customer as they are shown at the door.
func (g guests) Guest(ctx context.Context, who actor.Actor, customer id.ID) (card.Guest, error) {
	v, err := g.customers.Greet(ctx, who, customer)
	if err != nil {
		return card.Guest{}, err
	}
	seen := card.Guest{ID: v.ID, Nickname: v.Nickname, Name: v.Name, Phone: v.Phone}
	for _, p := range v.Preferences {
		seen.Wishes = append(seen.Wishes, card.Wish{Key: p.Key, TitleZH: p.TitleZH, TitleEN: p.TitleEN, Value: p.Value})
	}
	for _, n := range v.CareNotes {
		seen.Notes = append(seen.Notes, card.Note{Text: n.Text, By: n.AuthorName, At: n.CreatedAt})
	}
	for _, p := range v.Projects {
		seen.Jobs = append(seen.Jobs, card.Job{ID: p.ID, No: p.No, Title: p.Title, StageZH: p.StageZH, StageEN: p.StageEN, Late: p.Late})
	}
	return seen, nil
}

// manyCoupons is up to how many coupons are counted.
const manyCoupons = 100

// openCoupons counts the coupons that a customer can use now.
func (a *App) openCoupons(ctx context.Context, r db.Reader, customer id.ID) (int, error) {
	open, _, err := coupons.List(ctx, r, coupons.Filter{CustomerID: customer, State: coupons.Open, Now: a.DB.Now()}, db.Page{Limit: manyCoupons})
	return len(open), err
}

// manyConcerns is how many reasons to take particular care are told of.
const manyConcerns = 10

// concerns are the open alerts about a customer; complaints and silence join them with the rooms that keep them.
type concerns struct{}

// ConcernsOf lists the open alerts, newest first.
func (concerns) ConcernsOf(ctx context.Context, r db.Reader, customer id.ID) ([]card.Concern, error) {
	open, err := carebook.OpenAlertsOf(ctx, r, customer, manyConcerns)
	all := make([]card.Concern, 0, len(open))
	for _, a := range open {
		all = append(all, card.Concern{Kind: "alert", Level: a.Level, Text: a.Title, Since: a.CreatedAt})
	}
	return all, err
}
