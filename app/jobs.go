package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/db"
	"guike/model/files"
	"guike/model/identity"
	"guike/model/lease"
	"guike/model/ledger"
	"guike/model/membership"
	coupons "guike/model/membership/coupon"
	levels "guike/model/membership/level"
	rewards "guike/model/membership/reward"
	"guike/model/once"
	"guike/model/outbox"
	designs "guike/model/project/design"
	"guike/service/care"
	accounts "guike/service/identity"
	"guike/service/membership/correction"
	"guike/service/membership/coupon"
	"guike/service/membership/earning"
	"guike/service/membership/level"
	"guike/service/membership/reward"
	"guike/service/notify"
	"guike/service/project"
	"guike/service/project/handover"
	"guike/service/project/plan"
	"guike/service/project/supervisor"
)

// pruneBatch is how many rows one statement forgets.
const pruneBatch = 500

// jobs is the one table of recurring work: name, cadence, function.
func (a *App) jobs() []Job {
	v := a.services
	return []Job{
		{"tasks-escalate", time.Minute, v.care.Escalate},
		{"change-orders-watch", time.Minute, v.budget.WatchOffers},
		{"alerts-escalate", time.Minute, v.care.EscalateSilent},
		{"material-recalls", time.Minute, v.material.WorkRecalls},
		{"deliveries-watch", 10 * time.Minute, v.delivery.WatchLate},
		{"plans-shift", time.Minute, v.plan.ShiftPlans},
		{"delays-look", 10 * time.Minute, v.plan.LookForDelays},
		{"phases-remind", time.Hour, v.plan.RemindPhases},
		{"hazards-alarm", time.Minute, v.quality.AlarmOverdue},
		{"sends-reconcile", time.Minute, v.notify.ReconcileUnknown},
		{"sends-prune", 24 * time.Hour, v.notify.Prune},
		{"file-checks-watch", time.Minute, v.files.WatchChecks},
		{"file-orphans-sweep", time.Hour, v.files.SweepOrphans},
		{"file-objects-sweep", 24 * time.Hour, v.files.SweepObjects},
		{"sessions-prune", time.Hour, a.pruneSessions},
		{"keys-prune", time.Hour, a.prune(once.Prune)},
		{"log-alarms", time.Minute, v.diary.LogAlarms},
		{"log-days", 5 * time.Minute, v.diary.JudgeDays},
		{"home-reports", time.Minute, v.diary.BuildReports},
		{"diary-rounds-prune", 24 * time.Hour, a.prune(v.diary.PruneRoundsTx)},
		{"print-links-prune", time.Hour, a.prune(v.diary.PruneLinksTx)},
		{"outbox-prune", time.Hour, a.prune(func(ctx context.Context, tx *db.Tx, n int) (int64, error) {
			return outbox.Prune(ctx, tx, tx.Now.Add(-7*24*time.Hour), n)
		})},
		{"levels-look", 10 * time.Minute, v.level.LookDue},
		{"advisers-name", 10 * time.Minute, v.card.NameAdvisers},
		{"till-codes-prune", time.Hour, a.prune(v.card.PruneCodesTx)},
		{"imports-work", 2 * time.Second, v.intake.imports.WorkImports},
		{"coupons-watch", time.Minute, v.coupon.Watch},
		{"coupon-birthdays", 10 * time.Minute, v.coupon.GiveBirthdays},
		{"redemptions-watch", time.Minute, v.reward.WatchRedemptions},
		{"value-expire", 10 * time.Minute, v.earning.ExpireDue},
		{"value-vest", time.Minute, v.earning.VestDue},
		{"value-release", time.Minute, v.earning.ReleaseDue},
		{"value-tell-expiring", 10 * time.Minute, v.earning.TellExpiring},
		{"expiry-notices-prune", 24 * time.Hour, a.prune(v.earning.PruneNoticesTx)},
		{"ledger-verify", 10 * time.Minute, a.verifyLedger},
		{"sign-in-failures-prune", time.Hour, a.prune(identity.PruneSignInFailures)},
	}
}

// handlers is the one table of side effects: topic, function.
func (a *App) handlers() map[string]outbox.Handler {
	v := a.services
	all := map[string]outbox.Handler{
		files.TopicCheckRequested: v.files.OnCheckRequested,
		files.TopicWithdrawn:      v.files.OnWithdrawn,
		identity.TopicScanned:     a.note, // referrals will count it as a touch
		identity.TopicGuestJoined: a.note, // and this (C8)
		designs.TopicViewed:       a.note,
		designs.TopicDecided:      a.note,
	}
	maps.Copy(all, v.notify.Handlers())
	maps.Copy(all, v.care.Handlers())
	return all
}

// pushEvents is the one table of the platform's events: type, function.
func (a *App) pushEvents() map[string]notify.PushEvent {
	all := a.services.notify.PushEvents()
	all["wxa_media_check"] = func(ctx context.Context, e wechat.Event) error {
		checked, ok := e.Payload.(wechat.MediaChecked)
		if !ok {
			return nil
		}
		return a.services.files.MediaChecked(ctx, checked.TraceID, checked.Suggest)
	}
	return all
}

// note takes an event that nobody acts on yet.
func (a *App) note(ctx context.Context, e outbox.Event) error {
	a.s.Log.DebugContext(ctx, "event noted", slog.String("topic", e.Topic))
	return nil
}

func (a *App) pruneSessions(ctx context.Context) error {
	for {
		n, err := a.services.sessions.Prune(ctx, pruneBatch)
		if err != nil || n == 0 {
			return err
		}
	}
}

// verifyHour is the hour of the night, in the company's zone, from which the ledger is recomputed.
const verifyHour = 3

const (
	verifyJob = "ledger-verify"
	// verifyTime is how long it may take; whoever is killed at it is followed by another instance after that.
	verifyTime = 2 * time.Hour
)

// verifyLedger recomputes the ledger once a night, on one of the instances, and shows the result as a
// gauge; a broken rule is logged as an error.
func (a *App) verifyLedger(ctx context.Context) error {
	now := a.DB.Now().In(a.s.Zone)
	if now.Hour() < verifyHour {
		return nil
	}
	night, holder := now.Format(time.DateOnly), id.New()
	if done, err := lease.Done(ctx, a.DB, verifyJob, night); err != nil || done {
		return err
	}
	if _, mine, err := lease.Acquire(ctx, a.DB, verifyJob, holder, verifyTime); err != nil || !mine {
		return err
	}
	return errors.Join(a.verifyNight(ctx, night), lease.Release(ctx, a.DB, verifyJob, holder))
}

// verifyNight is a night's verification, unless somebody ended it before the lease was ours.
func (a *App) verifyNight(ctx context.Context, night string) error {
	if done, err := lease.Done(ctx, a.DB, verifyJob, night); err != nil || done {
		return err
	}
	report, err := a.verifyBeside(ctx)
	if err != nil {
		return err
	}
	err = a.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := lease.FirstTx(ctx, tx, verifyJob, night)
		return err
	})
	if err != nil {
		return err
	}
	a.s.Metrics.VerifyRan(a.DB.Now(), int(report.Broken))
	for _, f := range report.Findings {
		a.s.Log.ErrorContext(ctx, "the ledger breaks a rule", slog.String("rule", f.Rule), slog.String("finding", f.What))
	}
	return nil
}

// verifyBeside is Verify over connections of its own, which may wait longer for an answer than requests do.
func (a *App) verifyBeside(ctx context.Context) (report ledger.Report, err error) {
	d, err := db.Open(db.Options{DSN: a.s.MySQLDSN, Folder: a.s.Folder, MaxOpen: 1, Clock: a.s.Clock, ReadOnly: true})
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return Verify(ctx, d, nil)
}

// Verify recomputes the ledger and what stands on it from one snapshot, reading only. progress, which may
// be nil, is told how far the ledger has been read.
func Verify(ctx context.Context, d *db.DB, progress func(done, total int64)) (report ledger.Report, err error) {
	err = d.Snapshot(ctx, func(r db.Reader) error {
		if report, err = ledger.Verify(ctx, r, progress); err != nil {
			return err
		}
		orders, err := rewards.Verify(ctx, r)
		if report.Add(orders); err != nil {
			return err
		}
		issued, err := coupons.Verify(ctx, r)
		if report.Add(issued); err != nil {
			return err
		}
		standings, err := levels.Verify(ctx, r, d.Now())
		if report.Add(standings); err != nil {
			return err
		}
		merged, err := membership.Verify(ctx, r)
		report.Add(merged)
		return err
	})
	return report, err
}

// prune forgets in small transactions until nothing old is left.
func (a *App) prune(forget func(ctx context.Context, tx *db.Tx, n int) (int64, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			var n int64
			err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
				n, err = forget(ctx, tx, pruneBatch)
				return err
			})
			if err != nil || n == 0 {
				return err
			}
		}
	}
}

// Seed loads the default policies and templates. Loading them again changes nothing.
func (a *App) Seed(ctx context.Context) error {
	return a.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := notify.SeedTemplates(ctx, tx); err != nil {
			return err
		}
		return SeedTx(ctx, tx, a.services.care)
	})
}

// SeedTx loads the default policies of every domain; templates of subscription messages are the platform's
// and come beside them.
func SeedTx(ctx context.Context, tx *db.Tx, tasks *care.Service) error {
	for _, load := range []func(context.Context, *db.Tx) error{
		accounts.SeedPolicies, project.SeedTemplates, handover.SeedTx, plan.SeedPolicy, tasks.SeedTx, supervisor.SeedTx, earning.SeedTx, level.SeedTx, reward.SeedTx, coupon.SeedTx, correction.SeedTx,
	} {
		if err := load(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// CreateAdmin creates an administrator and returns the password that works once.
func (a *App) CreateAdmin(ctx context.Context, username, name string) (string, error) {
	return a.services.staff.CreateAdmin(ctx, username, name)
}

// Employ adds a member of staff on behalf of the house itself, for fixtures and imports: the form may
// carry a password that can be used again.
func (a *App) Employ(ctx context.Context, f accounts.StaffForm) (accounts.Joined, bool, error) {
	return a.services.staff.Create(ctx, actor.Machine(), once.Key{}, f)
}
