package level

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/lease"
	"guike/model/membership"
	model "guike/model/membership/level"
	"guike/model/outbox"
)

const (
	// batch bounds how many members a transaction of the job locks, and what it holds in memory.
	batch = 200
	// leaseName and leaseTime keep other instances from walking the same way.
	leaseName = "levels-look"
	leaseTime = time.Minute
)

// LookTx looks at a customer's level and titles and writes down what has changed, with its event (I13). It joins
// the transaction of whatever moved their growth, or counted a deed, and locks the member first. Two at once
// find one change.
func (s *Service) LookTx(ctx context.Context, tx *db.Tx, _ actor.Actor, customer id.ID) error {
	m, err := membership.JoinTx(ctx, tx, customer)
	if err != nil {
		return err
	}
	return s.settleTx(ctx, tx, []membership.Member{m})
}

// LookDue looks at every member whom the clock, or a change of the rules, may have moved. It is a job: any number
// of instances may run it, it goes on where it was killed, and holds one batch in memory.
func (s *Service) LookDue(ctx context.Context) error {
	holder := id.New()
	for more := true; more; {
		_, mine, err := lease.Acquire(ctx, s.d.DB, leaseName, holder, leaseTime)
		if err != nil || !mine {
			return err
		}
		err = s.d.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			more, err = s.batchTx(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return lease.Release(ctx, s.d.DB, leaseName, holder)
}

// batchTx looks at the members who are due, or, when nobody is, goes on with the round after a change of the rules.
func (s *Service) batchTx(ctx context.Context, tx *db.Tx) (more bool, err error) {
	due, found, err := membership.DueTx(ctx, tx, batch)
	if err != nil {
		return false, err
	}
	if found > 0 {
		return true, s.settleTx(ctx, tx, due)
	}
	round, open, err := model.OpenRound(ctx, tx)
	if err != nil || !open {
		return false, err
	}
	due, last, found, err := membership.AfterTx(ctx, tx, round.AfterID, round.N, batch)
	if err != nil {
		return false, err
	}
	if err := s.settleTx(ctx, tx, due); err != nil {
		return false, err
	}
	return true, model.MoveRoundTx(ctx, tx, round.N, last, found < batch)
}

// settleTx writes down where locked members stand now: a few statements for all of them, and some more for each
// who changes.
func (s *Service) settleTx(ctx context.Context, tx *db.Tx, members []membership.Member) error {
	if len(members) == 0 {
		return nil
	}
	rules, err := s.rules.Now(ctx, tx)
	if err != nil {
		return err
	}
	cases, err := model.Gather(ctx, tx, rules, members, tx.Now)
	if err != nil {
		return err
	}
	var same []membership.Member
	var moved []model.Outcome
	for _, c := range cases {
		out, err := rules.Settle(c, tx.Now)
		if err != nil {
			return err
		}
		if len(out.Changes) == 0 {
			same = append(same, out.Member)
		} else {
			moved = append(moved, out)
		}
		if err := graceTx(ctx, tx, c.Member, out.Member); err != nil {
			return err
		}
		if err := titlesTx(ctx, tx, c, out); err != nil {
			return err
		}
	}
	if err := membership.LookedTx(ctx, tx, rules.N, same); err != nil {
		return err
	}
	return movedTx(ctx, tx, moved)
}

// movedTx writes the levels that changed, their history, and owes the news.
func movedTx(ctx context.Context, tx *db.Tx, moved []model.Outcome) error {
	if len(moved) == 0 {
		return nil
	}
	ids := make([]id.ID, 0, len(moved))
	for _, o := range moved {
		ids = append(ids, o.Member.CustomerID)
	}
	last, err := model.LastChanges(ctx, tx, ids)
	if err != nil {
		return err
	}
	var rows []model.Change
	for _, o := range moved {
		for i, c := range o.Changes {
			c.ID, c.N = id.New(), last[c.CustomerID]+int64(i)+1
			rows = append(rows, c)
			err := outbox.AddTx(ctx, tx, membership.TopicLevelChanged, membership.LevelChanged{
				CustomerID: c.CustomerID, ChangeID: c.ID, From: c.FromLevel, To: c.ToLevel,
			})
			if err != nil {
				return err
			}
		}
		if err := membership.SetLevelTx(ctx, tx, o.Member); err != nil {
			return err
		}
	}
	return model.AddChangesTx(ctx, tx, rows)
}

// graceTx owes the news that a level is kept only until a day, once for each grace: whoever reads it in time can
// still keep the level.
func graceTx(ctx context.Context, tx *db.Tx, before, now membership.Member) error {
	if now.GraceUntil == nil || (before.GraceUntil != nil && *before.GraceUntil == *now.GraceUntil && before.Level == now.Level) {
		return nil
	}
	return outbox.AddTx(ctx, tx, membership.TopicGraceBegun, membership.GraceBegun{CustomerID: now.CustomerID, Level: now.Level, Until: *now.GraceUntil})
}

// titlesTx writes the grants that the rules make and end, and owes the news of titles that a member did not have,
// or has no more.
func titlesTx(ctx context.Context, tx *db.Tx, c *model.Case, out model.Outcome) error {
	grants := map[string]int{}
	for _, g := range c.Open {
		grants[g.Title]++
	}
	for i := range out.Granted {
		out.Granted[i].ID = id.New()
	}
	if err := membership.GrantTx(ctx, tx, out.Granted); err != nil {
		return err
	}
	for _, e := range out.Ended {
		if err := membership.EndTx(ctx, tx, e.Grant, e.At, e.Why); err != nil {
			return err
		}
		if grants[e.Grant.Title]--; grants[e.Grant.Title] == 0 {
			if err := tell(ctx, tx, membership.TopicTitleEnded, e.Grant); err != nil {
				return err
			}
		}
	}
	for _, g := range out.Granted {
		if grants[g.Title]++; grants[g.Title] == 1 {
			if err := tell(ctx, tx, membership.TopicTitleGranted, g); err != nil {
				return err
			}
		}
	}
	return nil
}

func tell(ctx context.Context, tx *db.Tx, topic string, g membership.Title) error {
	return outbox.AddTx(ctx, tx, topic, membership.TitleChanged{CustomerID: g.CustomerID, GrantID: g.ID, Title: g.Title})
}
