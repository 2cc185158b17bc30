package care

import (
	"context"
	"fmt"
	"slices"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/files"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	"guike/model/membership/correction"
	"guike/model/outbox"
	"guike/model/project/handover"
)

// Handlers are the outbox topics that are delivered here: what becomes a task.
func (s *Service) Handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{
		files.TopicReviewNeeded:     s.reviewNeeded,
		identity.TopicStaffDisabled: s.staffDisabled,
		handover.TopicHandedOver:    s.handedOver,

		membership.TopicCorrectionAsked:   s.correctionAsked,
		membership.TopicCorrectionDecided: s.correctionDecided,
	}
}

// reviewNeeded asks customer service to look at a picture that the content check could not settle.
func (s *Service) reviewNeeded(ctx context.Context, e outbox.Event) error {
	var p files.ReviewNeeded
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	return s.caused(ctx, Order{
		Kind: KindFileReview, Cause: "file_review:" + p.FileID.String(), CustomerID: p.CustomerID,
		Reason: fmt.Sprintf("图片 %s 需要人工审核(%s)", p.FileID, p.Why),
	})
}

// staffDisabled asks the store manager to hand over what somebody who left was in charge of (A12).
func (s *Service) staffDisabled(ctx context.Context, e outbox.Event) error {
	var p identity.StaffDisabled
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	gone, err := identity.StaffByID(ctx, s.db, p.StaffID)
	if err != nil {
		return err
	}
	return s.caused(ctx, Order{
		Kind: KindStaffLeaves, Cause: "staff_disabled:" + e.ID.String(), StoreID: gone.StoreID, Reason: "员工「" + gone.Name + "」已停用",
	})
}

// handedOver asks customer service for the first call after a hand-over, due within 24 hours (E4); a
// project that is handed over again has had it.
func (s *Service) handedOver(ctx context.Context, e outbox.Event) error {
	var p handover.HandedOver
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	return s.caused(ctx, Order{
		Kind: KindCareStart, Cause: "care_start:" + p.ProjectID.String(), Reason: "项目已验收交付",
		CustomerID: p.CustomerID, ProjectID: p.ProjectID, StoreID: p.StoreID,
	})
}

// correctionAsked asks for a second person to a correction of a member's books: the manager of the store, or
// the management where the manager asked or there is no store (O3).
func (s *Service) correctionAsked(ctx context.Context, e outbox.Event) error {
	var p membership.CorrectionAsked
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	c, err := correction.Find(ctx, s.db, actor.Machine(), p.CorrectionID)
	if err != nil || c.StateAt(s.db.Now()) != correction.Asked {
		return err
	}
	o := Order{
		Kind: KindCorrection, Cause: correctionCause(p), CustomerID: p.CustomerID, StoreID: p.StoreID,
		Reason: fmt.Sprintf("有一笔%s更正待审批", correctedBook(p.Book)),
	}
	if p.StoreID.IsZero() || !slices.Contains([]actor.Role{actor.Sales, actor.Designer, actor.CustomerService}, actor.Role(p.Role)) {
		o.OwnerRole = actor.Management
	}
	return s.caused(ctx, o)
}

// correctionDecided ends the task of correctionAsked, if there is one.
func (s *Service) correctionDecided(ctx context.Context, e outbox.Event) error {
	var p membership.CorrectionAsked
	if err := e.Decode(&p); err != nil {
		return outbox.GiveUp{Why: err}
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		return settleTx(ctx, tx, actor.Machine(), correctionCause(p), "已处理")
	})
}

func correctionCause(p membership.CorrectionAsked) string {
	return "correction:" + p.CorrectionID.String()
}

func correctedBook(book string) string {
	switch ledger.Book(book) {
	case ledger.Points:
		return "积分"
	case ledger.Fund:
		return "家居基金"
	}
	return "成长值"
}

func (s *Service) caused(ctx context.Context, o Order) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.OpenTx(ctx, tx, actor.Machine(), o)
		return err
	})
}
