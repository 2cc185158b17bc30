package coupon

import (
	"context"
	"errors"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/lease"
	"guike/model/membership"
	model "guike/model/membership/coupon"
)

// batch is how many customers one look finds at most.
const batch = 100

// Watch marks the coupons whose time is over, and tells the customers of those that end in three days. Any
// number of instances may run it, at whatever distance: each lapses once and is told of once.
func (s *Service) Watch(ctx context.Context) error {
	return errors.Join(
		lease.Sweep(ctx, s.d.DB, "coupon", model.Overdue, under(lapse)),
		lease.Sweep(ctx, s.d.DB, "coupon", model.Unwarned, under(warn)),
	)
}

// under locks the customer's membership and lets work look at a coupon as it stands then.
func under(work func(context.Context, *db.Tx, *model.Coupon) error) func(context.Context, *db.Tx, id.ID) error {
	return func(ctx context.Context, tx *db.Tx, coupon id.ID) error {
		c, err := model.ByID(ctx, tx, coupon)
		if err != nil {
			return err
		}
		if _, err := membership.JoinTx(ctx, tx, c.CustomerID); err != nil {
			return err
		}
		if c, err = model.ByID(ctx, tx, coupon); err != nil {
			return err
		}
		return work(ctx, tx, &c)
	}
}

// lapse ends a coupon whose time is over; a rival may have done so.
func lapse(ctx context.Context, tx *db.Tx, c *model.Coupon) error {
	if c.DueAt == nil || *c.DueAt > tx.Now.UnixMilli() {
		return nil
	}
	c.State, c.EndedAt, c.EndedKind, c.DueAt, c.NoticeAt = model.Lapsed, &tx.Now, string(actor.System), nil, nil
	return model.SaveTx(ctx, tx, c)
}

// warn tells of a coupon that will end; a rival may have done so.
func warn(ctx context.Context, tx *db.Tx, c *model.Coupon) error {
	if c.NoticeAt == nil || *c.NoticeAt > tx.Now.UnixMilli() {
		return nil
	}
	c.NoticeAt = nil
	if err := model.SaveTx(ctx, tx, c); err != nil || c.StateAt(tx.Now) != model.Open {
		return err
	}
	return tell(ctx, tx, *c, model.Ending)
}

const (
	// birthdayAhead is how many days before a birthday its coupon comes (L4).
	birthdayAhead = 3
	// birthdayHour is the hour of the day, in the company's zone, from which people are given something.
	birthdayHour = 9
	// birthdayApart is within how many days nobody has two birthdays, however often they change the day.
	birthdayApart = 300
	// birthdayRound is the daily work, marked when a day's is done.
	birthdayRound = "coupon-birthdays"
)

// GiveBirthdays issues the coupons of the campaigns for birthdays to those whose birthday comes within three
// days, once a year (L4). Somebody born on 29 February has it on the 28th in other years. It is a job that
// goes through the customers once a day from 09:00 on, and anew after it was killed; after a standstill
// whoever has a birthday ahead, or today, gets theirs.
func (s *Service) GiveBirthdays(ctx context.Context) error {
	now := s.d.DB.Now()
	today := s.day(now)
	if now.In(s.d.Zone).Hour() < birthdayHour {
		return nil
	}
	done, err := lease.Done(ctx, s.d.DB, birthdayRound, string(today))
	if err != nil || done {
		return err
	}
	campaigns, err := model.Campaigns(ctx, s.d.DB, model.Birthday)
	if err != nil {
		return err
	}
	if len(campaigns) > 0 {
		if err := s.giveBirthdays(ctx, today, campaigns); err != nil {
			return err
		}
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := lease.FirstTx(ctx, tx, birthdayRound, string(today))
		return err
	})
}

func (s *Service) giveBirthdays(ctx context.Context, today clock.Day, campaigns []model.Campaign) error {
	years := birthdays(today)
	monthDays := make([]string, 0, len(years))
	for md := range years {
		monthDays = append(monthDays, md)
	}
	var last id.ID
	for {
		people, err := identity.BornOn(ctx, s.d.DB, monthDays, last, batch)
		if err != nil {
			return err
		}
		if len(people) == 0 {
			return nil
		}
		for _, c := range people {
			cause := "birthday:" + years[string(c.Birthday[5:])]
			if err := s.d.DB.Tx(ctx, func(tx *db.Tx) error { return s.giveBirthdayTx(ctx, tx, c.ID, cause, campaigns) }); err != nil {
				return err
			}
			last = c.ID
		}
	}
}

// birthdays are the birthdays, as MM-DD, that fall on today or one of the days ahead, with the year.
func birthdays(today clock.Day) map[string]string {
	all := map[string]string{}
	for n := range birthdayAhead + 1 {
		day := today.Plus(n)
		all[string(day[5:])] = string(day[:4])
		if day[5:] == "02-28" && day.Plus(1)[5:] != "02-29" {
			all["02-29"] = string(day[:4])
		}
	}
	return all
}

func (s *Service) giveBirthdayTx(ctx context.Context, tx *db.Tx, customer id.ID, cause string, campaigns []model.Campaign) error {
	p, err := s.lockTx(ctx, tx, actor.Machine(), customer)
	if err != nil {
		return quiet(err)
	}
	for _, campaign := range campaigns {
		had, err := model.CountOf(ctx, tx, p.id, campaign.Key, tx.Now.AddDate(0, 0, -birthdayApart))
		if err != nil {
			return err
		}
		if had > 0 {
			continue
		}
		if _, _, err := s.grantTx(ctx, tx, actor.Machine(), grant{campaign: campaign, to: p, cause: cause, source: cause}); quiet(err) != nil {
			return err
		}
	}
	return nil
}
