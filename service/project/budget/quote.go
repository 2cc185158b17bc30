package budget

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project"
)

const (
	// longestOffer is how far ahead an offer may end.
	longestOffer = 365 * 24 * time.Hour
	// reminderBefore is how long before its end whoever quoted is reminded of an offer.
	reminderBefore = 24 * time.Hour
)

// OfferLine is one part of an offer; what is dropped has a negative amount.
type OfferLine struct {
	Text      string
	AmountFen int64
}

// NewOffer is what staff offer for a change.
type NewOffer struct {
	OrderID    id.ID
	Lines      []OfferLine
	AmountFen  *int64 // when given, it must be the sum of the lines
	Days       int    // working days, -365 to 365
	Stage      string // from whose end on the plan moves; the current stage when empty
	ValidUntil time.Time
	Note       string
	Once       once.Key

	sum int64
}

// Quote offers a change for an amount and days, until a deadline. An offer that stands is replaced: its
// version counts on, and who approves the former one is told that it changed. Errors: not_found;
// project.cancelled; input.invalid; change_order.decided; change_order.too_many.
func (s *Service) Quote(ctx context.Context, who actor.Actor, in NewOffer) (r OrderResult, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (OrderResult, error) { return s.quoteTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

// check reads what needs no store, and sums the lines.
func (in *NewOffer) check() error {
	if n := len(in.Lines); n < 1 || n > maxLines {
		return fault.Broken("body.lines", "length", "报价须有 1 到 50 行。", "An offer has 1 to 50 lines.")
	}
	in.sum = 0
	for i := range in.Lines {
		at := "body.lines[" + strconv.Itoa(i) + "]"
		if err := wording.CheckText(at+".text", &in.Lines[i].Text, 1, maxLine); err != nil {
			return err
		}
		fen := in.Lines[i].AmountFen
		if fen < -maxFen || fen > maxFen {
			return fault.Broken(at+".amount_fen", "out_of_range", "金额超出范围。", "The amount is out of range.")
		}
		var ok bool
		if in.sum, ok = add(in.sum, fen); !ok {
			return fault.Broken("body.lines", "out_of_range", "报价合计超出范围。", "The sum of the lines is out of range.")
		}
	}
	if in.AmountFen != nil && *in.AmountFen != in.sum {
		return fault.Broken("body.amount_fen", "sum_mismatch", "合计应为 "+wording.Yuan(in.sum)+" 元。", "The lines add up to "+wording.Yuan(in.sum)+" yuan.")
	}
	if in.Days < -maxDays || in.Days > maxDays {
		return fault.Broken("body.days", "out_of_range", "工期变化须在 -365 到 365 天之间。", "The days lie between -365 and 365.")
	}
	in.ValidUntil = clock.Cut(in.ValidUntil)
	return wording.CheckText("body.note", &in.Note, 0, maxWord)
}

func (s *Service) quoteTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewOffer) (OrderResult, error) {
	none := OrderResult{}
	p, o, err := lockOrderTx(ctx, tx, in.OrderID, func(projectID id.ID) (projects.Project, error) {
		return project.LockOpenTx(ctx, tx, who, projectID)
	})
	switch {
	case err != nil:
		return none, err
	case o.State.Final():
		return none, standing(errDecided, o, o.State)
	case o.Offer >= maxOffers:
		return none, errTooMany
	}
	if err := in.fit(ctx, tx, p); err != nil {
		return none, err
	}
	if err := s.clearTx(ctx, tx, who, o, "已报价", "asked", waiting(o), lapsed(o)); err != nil {
		return none, err
	}
	if err := offerTx(ctx, tx, who, &o, in); err != nil {
		return none, err
	}
	until := in.ValidUntil.In(s.j.Zone).Format("2006-01-02 15:04")
	entry, err := s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: projects.Entry{
			Kind: model.EntryQuoted, TitleZH: "变更报价待确认:" + o.Title, TitleEN: "A change waits for your decision: " + o.Title,
			Body: "请在 " + until + " 前确认。", StageKey: o.StageKey, RefID: o.ID,
		},
		Action: "change_order.quoted",
		Detail: map[string]any{"order_id": o.ID, "version": o.Offer, "amount_fen": o.AmountFen, "days": o.Days, "valid_until": in.ValidUntil},
	})
	return OrderResult{p.ID, o.ID, entry, o.Offer, o.State}, err
}

// fit checks the offer against the project as it stands, and fills in the stage.
func (in *NewOffer) fit(ctx context.Context, tx *db.Tx, p projects.Project) error {
	switch {
	case !in.ValidUntil.After(tx.Now):
		return fault.Broken("body.valid_until", "in_the_past", "有效期须晚于现在。", "The offer would have ended already.")
	case in.ValidUntil.After(tx.Now.Add(longestOffer)):
		return fault.Broken("body.valid_until", "out_of_range", "有效期最长一年。", "An offer stands a year at most.")
	}
	if after, ok := add(p.ContractAmountFen, in.sum); !ok || after < 0 {
		return fault.Broken("body.amount_fen", "out_of_range", "变更后的合同金额不能为负或超出范围。", "The contract amount would be negative or out of range.")
	}
	if in.Stage == "" {
		in.Stage = p.CurrentStage
		return nil
	}
	stages, err := projects.Stages(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	at := projects.StageAt(stages, in.Stage)
	switch {
	case at < 0:
		return fault.Broken("body.stage", "unknown", "该项目没有这个阶段。", "The project has no such stage.")
	case stages[at].State == projects.StageCompleted:
		return fault.Broken("body.stage", "not_allowed", "该阶段已完成,请选择之后的阶段。", "The stage is completed; choose a later one.")
	}
	return nil
}

// offerTx keeps the offer and makes it the one that stands.
func offerTx(ctx context.Context, tx *db.Tx, who actor.Actor, o *model.Order, in NewOffer) error {
	o.State, o.Offer, o.AmountFen, o.Days, o.StageKey = model.Quoted, o.Offer+1, in.sum, in.Days, in.Stage
	o.ValidUntil, o.QuotedBy, o.RemindAt = &in.ValidUntil, who.ID, nil
	expires := in.ValidUntil.UnixMilli()
	o.ExpiresAt = &expires
	if remind := in.ValidUntil.Add(-reminderBefore); remind.After(tx.Now) {
		at := remind.UnixMilli()
		o.RemindAt = &at
	}
	if err := model.SaveOrderTx(ctx, tx, o); err != nil {
		return err
	}
	lines := make([]model.Line, 0, len(in.Lines))
	for _, l := range in.Lines {
		lines = append(lines, model.Line{Text: l.Text, AmountFen: l.AmountFen})
	}
	return model.AddOfferTx(ctx, tx, &model.Offer{
		ProjectID: o.ProjectID, OrderID: o.ID, Offer: o.Offer, AmountFen: o.AmountFen, Days: o.Days, StageKey: o.StageKey,
		ValidUntil: in.ValidUntil, Note: in.Note, AuthorID: who.ID, AuthorName: who.Name, AuthorRole: who.Role, At: tx.Now,
	}, lines)
}

// lockOrderTx finds the order's project, locks it, and reads the order with the lock held.
func lockOrderTx(ctx context.Context, tx *db.Tx, order id.ID, lock func(projectID id.ID) (projects.Project, error)) (projects.Project, model.Order, error) {
	projectID, err := model.ProjectOf(ctx, tx, order)
	if err != nil {
		return projects.Project{}, model.Order{}, err
	}
	p, err := lock(projectID)
	if err != nil {
		return p, model.Order{}, err
	}
	o, err := model.OrderByID(ctx, tx, projectID, order)
	return p, o, err
}

// waiting and lapsed are the parts of a cause that name the offer that stands.
func waiting(o model.Order) string { return fmt.Sprintf("waiting:%d", o.Offer) }

func lapsed(o model.Order) string { return fmt.Sprintf("lapsed:%d", o.Offer) }

// Withdrawal takes a change order back, on behalf of the company.
type Withdrawal struct {
	OrderID id.ID
	Reason  string // members of the home may read it
	Once    once.Key
}

// Withdraw takes a change order back before it is decided. Errors: not_found; project.cancelled;
// input.invalid at body.reason; change_order.decided.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, in Withdrawal) (r OrderResult, replayed bool, err error) {
	if err := wording.CheckText("body.reason", &in.Reason, 0, maxWord); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (OrderResult, error) { return s.withdrawTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) withdrawTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Withdrawal) (OrderResult, error) {
	none := OrderResult{}
	p, o, err := lockOrderTx(ctx, tx, in.OrderID, func(projectID id.ID) (projects.Project, error) {
		return project.LockOpenTx(ctx, tx, who, projectID)
	})
	switch {
	case err != nil:
		return none, err
	case o.State.Final():
		return none, standing(errDecided, o, o.State)
	}
	settle(tx, who, &o, model.Withdrawn, in.Reason)
	if err := model.SaveOrderTx(ctx, tx, &o); err != nil {
		return none, err
	}
	if err := s.clearTx(ctx, tx, who, o, "已撤回", "asked", waiting(o), lapsed(o)); err != nil {
		return none, err
	}
	entry, err := s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: projects.Entry{
			Kind: model.EntryWithdrawn, TitleZH: "变更已撤回:" + o.Title, TitleEN: "Change withdrawn: " + o.Title, StageKey: o.StageKey, RefID: o.ID,
		},
		Action: "change_order.withdrawn", Reason: in.Reason, Detail: map[string]any{"order_id": o.ID, "version": o.Offer},
	})
	return OrderResult{p.ID, o.ID, entry, o.Offer, o.State}, err
}

// settle brings an order to its end: nothing falls due any more.
func settle(tx *db.Tx, who actor.Actor, o *model.Order, state model.State, word string) {
	o.State, o.DecidedAt, o.DecidedBy, o.Word = state, &tx.Now, who.ID, word
	o.ExpiresAt, o.RemindAt = nil, nil
}
