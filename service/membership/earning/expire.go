package earning

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/lease"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/earning"
	"guike/model/outbox"
)

const (
	// batch bounds how many accounts a transaction of a job locks, and what it holds in memory.
	batch = 50
	// firstNotice and lastNotice are how many days before something expires its owner is told (G5).
	firstNotice, lastNotice = 30, 7
	// noticeHour is the hour of the day, in the company's zone, from which people are told.
	noticeHour = 9
	// noticesKept is how long a notice is remembered after what it told of has expired.
	noticesKept = 90 * 24 * time.Hour
	// expiryRound is the daily work of telling people, marked when a day's is done.
	expiryRound = "expiry-notices"
)

// until works transactions until one says that there is no more.
func (s *Service) until(ctx context.Context, work func(tx *db.Tx) (more bool, err error)) error {
	for more := true; more; {
		err := s.d.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			more, err = work(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ExpireDue expires what is due, customers' and others', and tells customers of points and fund that they
// lost (G5). It is a job; any number of instances may run it.
func (s *Service) ExpireDue(ctx context.Context) error {
	return s.until(ctx, func(tx *db.Tx) (bool, error) {
		done, more, err := s.d.Ledger.ExpireDueTx(ctx, tx, batch)
		if err != nil {
			return false, err
		}
		for _, l := range done {
			if l.Owner.Kind != ledger.Customer || !told(l.Book) {
				continue
			}
			err := outbox.AddTx(ctx, tx, membership.TopicValueExpired, membership.ValueMoved{
				CustomerID: l.Owner.ID, CauseID: id.New(), Book: string(l.Book), Amount: l.Amount, At: tx.Now.UnixMilli(),
			})
			if err != nil {
				return false, err
			}
		}
		return more, nil
	})
}

// VestDue makes available what was promised for a day that has come (feature 3). It is a job.
func (s *Service) VestDue(ctx context.Context) error {
	return s.until(ctx, func(tx *db.Tx) (bool, error) {
		due, more, err := ledger.DueSubject(ctx, tx, tx.Now)
		if err != nil || !more {
			return false, err
		}
		if err := s.LockOwnersTx(ctx, tx, due); err != nil {
			return false, err
		}
		done, err := s.d.Ledger.VestDueTx(ctx, tx, actor.Machine(), due)
		if err != nil {
			return false, err
		}
		return true, s.VestedTx(ctx, tx, actor.Machine(), done)
	})
}

// ReleaseDue releases holds whose time is over (I08). It is a job.
func (s *Service) ReleaseDue(ctx context.Context) error {
	return s.until(ctx, func(tx *db.Tx) (bool, error) { return s.d.Ledger.ReleaseDueTx(ctx, tx, batch) })
}

// TellExpiring tells customers 30 and 7 days before of the points and fund that will expire (G5): each
// once for an account, an instant and a notice, whoever else does it at the same time. After a standstill
// whoever has 7 days or fewer is told once. It is a job that goes through what expires within 30 days once
// a day from 09:00 on, and anew after it was killed.
func (s *Service) TellExpiring(ctx context.Context) error {
	now := s.d.DB.Now()
	today := s.day(now)
	if now.In(s.d.Zone).Hour() < noticeHour {
		return nil
	}
	done, err := lease.Done(ctx, s.d.DB, expiryRound, string(today))
	if err != nil || done {
		return err
	}
	at := model.Expiring{DueAt: now.UnixMilli() + 1} // what is due now expires, whatever is said
	w := model.Window{Until: now.AddDate(0, 0, firstNotice), Last: now.AddDate(0, 0, lastNotice), Early: firstNotice, Late: lastNotice}
	for {
		due, err := model.Due(ctx, s.d.DB, at, w, batch)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			break
		}
		if err := s.d.DB.Tx(ctx, func(tx *db.Tx) error { return noticeTx(ctx, tx, due, w) }); err != nil {
			return err
		}
		at = due[len(due)-1]
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := lease.FirstTx(ctx, tx, expiryRound, string(today))
		return err
	})
}

func noticeTx(ctx context.Context, tx *db.Tx, due []model.Expiring, w model.Window) error {
	for _, d := range due {
		n := model.Notice{AccountID: d.AccountID, ExpiresAt: d.DueAt, DaysBefore: w.Early, Amount: d.Amount}
		if d.DueAt <= w.Last.UnixMilli() {
			n.DaysBefore = w.Late
		}
		first, err := model.AddNoticeTx(ctx, tx, n)
		if err != nil {
			return err
		}
		if !first {
			continue
		}
		err = outbox.AddTx(ctx, tx, membership.TopicValueExpiring, membership.ValueMoved{
			CustomerID: d.CustomerID, CauseID: d.AccountID, Book: string(d.Book), Amount: d.Amount, At: d.DueAt,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// PruneNoticesTx forgets notices of what expired long ago, at most n, and tells how many.
func (s *Service) PruneNoticesTx(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	return model.PruneNotices(ctx, tx, tx.Now.Add(-noticesKept), n)
}
