package files

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/db"
	"guike/model/files"
	"guike/model/identity"
	"guike/model/outbox"
)

// OnCheckRequested handles files.check_requested: it asks the platform to look at a customer's
// picture. What the platform refuses to look at goes to a person; limits postpone the question, other
// failures repeat it.
func (s *Service) OnCheckRequested(ctx context.Context, e outbox.Event) error {
	var of files.Event
	if err := e.Decode(&of); err != nil {
		return outbox.GiveUp{Why: fmt.Errorf("payload: %w", err)}
	}
	f, err := files.ByID(ctx, s.d.DB, of.FileID)
	if db.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	if f.CheckState != files.CheckPending || f.State == files.Withdrawn {
		return nil
	}
	if f.TraceID != nil { // asked before a crash
		return s.settle(ctx, *f.TraceID)
	}
	trace, err := s.ask(ctx, f)
	if err != nil {
		return s.unasked(ctx, f.ID, err)
	}
	if err := s.keepTrace(ctx, f.ID, trace); err != nil {
		return err
	}
	return s.settle(ctx, trace)
}

func (s *Service) ask(ctx context.Context, f files.File) (trace string, err error) {
	wx, _, err := identity.IdentityOf(ctx, s.d.DB, f.OwnerID)
	if err != nil {
		return "", err
	}
	link, err := s.link(ctx, f)
	if err != nil {
		return "", err
	}
	return s.d.Checker.CheckMedia(ctx, wechat.MediaCheck{
		OpenID: wx.OpenID, URL: link.URL, Type: wechat.MediaImage, Scene: wechat.SceneSocial,
	})
}

// unasked decides what becomes of a question that failed (wechat.md 1.0).
func (s *Service) unasked(ctx context.Context, file id.ID, failure error) error {
	var api *wechat.APIError
	if !errors.As(failure, &api) {
		return fmt.Errorf("ask for media check: %w", failure)
	}
	switch api.Class {
	case wechat.ClassMinuteLimit, wechat.ClassDayLimit, wechat.ClassSerialise:
		until := api.RetryAt
		if until.IsZero() {
			until = s.d.DB.Now().Add(time.Minute)
		}
		return outbox.Postpone{Until: until, Why: failure}
	case wechat.ClassRisk:
		if api.Errcode == 87020 { // the same picture is being looked at; the deadline watches over it
			return nil
		}
	case wechat.ClassTerminal, wechat.ClassInvalid, wechat.ClassClientMustAct:
	default:
		return fmt.Errorf("ask for media check: %w", failure)
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		f, err := files.LockTx(ctx, tx, file)
		if db.Missing(err) || err == nil && f.CheckState != files.CheckPending {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock file: %w", err)
		}
		return s.reviewTx(ctx, tx, f, files.WhyRefused)
	})
}

func (s *Service) keepTrace(ctx context.Context, file id.ID, trace string) error {
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		f, err := files.LockTx(ctx, tx, file)
		if db.Missing(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock file: %w", err)
		}
		return files.ChangeTx(ctx, tx, f.ID, map[string]any{"trace_id": trace, "check_due": tx.Now.Add(CheckTime).UnixMilli()})
	})
}

// MediaChecked takes the platform's verdict on a trace id. The push may come before our own commit of
// the trace id, or twice, or late: the verdict is kept first and joined with its file in a second
// transaction, as OnCheckRequested does from the other side; whoever commits last sees both.
func (s *Service) MediaChecked(ctx context.Context, traceID string, suggest wechat.Suggest) error {
	if traceID == "" || len(traceID) > 128 {
		return nil
	}
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		return files.KeepResultTx(ctx, tx, traceID, verdictOf(suggest))
	})
	if err != nil {
		return err
	}
	return s.settle(ctx, traceID)
}

func verdictOf(suggest wechat.Suggest) files.Check {
	switch suggest {
	case wechat.SuggestPass:
		return files.CheckPassed
	case wechat.SuggestRisky:
		return files.CheckRisky
	}
	return files.CheckReview
}

// settle joins a verdict with its file, when both are there.
func (s *Service) settle(ctx context.Context, trace string) error {
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		verdict, ok, err := files.ResultOf(ctx, tx, trace)
		if err != nil || !ok {
			return err
		}
		f, ok, err := files.LockByTraceTx(ctx, tx, trace)
		if err != nil || !ok || !awaits(f) {
			return err
		}
		if verdict == files.CheckReview {
			return s.reviewTx(ctx, tx, f, files.WhyVerdict)
		}
		return files.ChangeTx(ctx, tx, f.ID, map[string]any{"check_state": verdict, "check_why": files.WhyNone})
	})
}

// awaits tells that a verdict of the platform still counts.
func awaits(f files.File) bool {
	return f.CheckState == files.CheckPending || f.CheckState == files.CheckReview && f.CheckWhy != files.WhyVerdict
}

// reviewTx hands a locked file to a person, once.
func (s *Service) reviewTx(ctx context.Context, tx *db.Tx, f files.File, why files.Why) error {
	err := files.ChangeTx(ctx, tx, f.ID, map[string]any{"check_state": files.CheckReview, "check_why": why})
	if err != nil || f.CheckState == files.CheckReview || f.State == files.Withdrawn {
		return err
	}
	return outbox.AddTx(ctx, tx, files.TopicReviewNeeded, files.ReviewNeeded{FileID: f.ID, CustomerID: f.OwnerID, Why: why})
}

// WatchChecks hands pictures on whose check nothing was heard for CheckTime to a person, and forgets
// verdicts that found no file. Any number of instances may run it at once.
func (s *Service) WatchChecks(ctx context.Context) error {
	for {
		ids, err := files.OverdueChecks(ctx, s.d.DB, s.d.DB.Now(), sweepBatch)
		if err != nil {
			return err
		}
		for _, file := range ids {
			if err := s.overdue(ctx, file); err != nil {
				return err
			}
		}
		if len(ids) < sweepBatch {
			break
		}
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := files.PruneResults(ctx, tx, 1000)
		return err
	})
}

func (s *Service) overdue(ctx context.Context, file id.ID) error {
	f, err := files.ByID(ctx, s.d.DB, file)
	if db.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	if f.TraceID != nil { // a verdict whose join was cut off by a crash
		if err := s.settle(ctx, *f.TraceID); err != nil {
			return err
		}
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		f, err := files.LockTx(ctx, tx, file)
		if db.Missing(err) || err == nil && (f.CheckState != files.CheckPending || f.CheckDue > tx.Now.UnixMilli()) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock file: %w", err)
		}
		return s.reviewTx(ctx, tx, f, files.WhyTimeout)
	})
}
