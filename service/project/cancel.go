package project

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	"guike/model/outbox"
	"guike/model/project"
)

// Cancel is the wish to end a project before its time.
type Cancel struct {
	ProjectID id.ID
	Reason    string // staff see it; customers do not
	Once      once.Key
}

// CancelResult is what a cancellation leaves behind under its key.
type CancelResult struct {
	ProjectID id.ID `json:"project_id"`
	EntryID   id.ID `json:"entry_id"`
}

// Cancel ends a project that is planned or under way, for a reason that is kept. Errors: not_found;
// input.invalid at body.reason; project.cancelled; project.completed.
func (s *Service) Cancel(ctx context.Context, who actor.Actor, in Cancel) (r CancelResult, replayed bool, err error) {
	if err := CheckReason("body.reason", &in.Reason); err != nil {
		return r, false, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (CancelResult, error) { return s.cancelTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) cancelTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Cancel) (CancelResult, error) {
	none := CancelResult{}
	p, err := project.LockTx(ctx, tx, who, in.ProjectID)
	switch {
	case err != nil:
		return none, err
	case p.State == project.Cancelled:
		return none, ErrCancelled
	case p.State == project.Completed:
		return none, errFinished
	}
	p.State, p.CancelledAt, p.CancelReason, p.StageDue = project.Cancelled, &tx.Now, in.Reason, ""
	p.DaysLate = 0
	if err := project.SaveStateTx(ctx, tx, &p); err != nil {
		return none, err
	}
	e := project.Entry{ProjectID: p.ID, Kind: project.EntryCancelled, TitleZH: "项目已取消", TitleEN: "Project cancelled", RefID: p.ID}
	if err := s.announceTx(ctx, tx, who, p, &e); err != nil {
		return none, err
	}
	if err := outbox.AddTx(ctx, tx, project.TopicCancelled, project.Cancellation{ProjectID: p.ID, EntryID: e.ID, At: tx.Now}); err != nil {
		return none, err
	}
	for _, f := range s.d.Followers {
		if follower, ok := f.(CancelFollower); ok {
			if err := follower.ProjectCancelledTx(ctx, tx, who, &p); err != nil {
				return none, err
			}
		}
	}
	if err := s.d.HushTx(ctx, tx, who, p.ID, "项目已取消"); err != nil {
		return none, err
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{Action: "project.cancelled", Kind: "project", Subject: p.ID, Reason: in.Reason})
	return CancelResult{ProjectID: p.ID, EntryID: e.ID}, err
}
