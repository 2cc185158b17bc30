package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	"guike/model/project/delivery"
	"guike/model/project/plan"
	"guike/service/project"
)

// DefaultPriority is that of a batch of which nothing is said; 1 comes first, 9 last.
const DefaultPriority = 5

// NewItem is something that a batch is to hold.
type NewItem struct {
	Name     string
	Quantity int64
	Room     string
}

// NewBatch is a part of an order that is to be delivered by itself (C16).
type NewBatch struct {
	ProjectID  id.ID
	Name       string
	Items      []NewItem
	PromisedOn clock.Day
	Priority   int // 0 means DefaultPriority
	PhaseID    id.ID
	Once       once.Key
}

func (n *NewBatch) check() error {
	if err := project.CheckLength("body.name", &n.Name, 1, maxName); err != nil {
		return err
	}
	if len(n.Items) < 1 || len(n.Items) > maxItems {
		return fault.Broken("body.items", "length", "批次内容须为 1 到 100 项。", "A batch has 1 to 100 items.")
	}
	n.Items = slices.Clone(n.Items) // the caller's stay as they are
	for i := range n.Items {
		item, at := &n.Items[i], fmt.Sprintf("body.items[%d]", i)
		if err := project.CheckLength(at+".name", &item.Name, 1, maxItemName); err != nil {
			return err
		}
		if err := project.CheckLength(at+".room", &item.Room, 0, maxName); err != nil {
			return err
		}
		if item.Quantity < 1 || item.Quantity > maxQuantity {
			return fault.Broken(at+".quantity", "out_of_range", "数量须在 1 到 1000000 之间。", "The quantity lies between 1 and 1,000,000.")
		}
	}
	return checkPriority(&n.Priority)
}

func checkPriority(priority *int) error {
	if *priority == 0 {
		*priority = DefaultPriority
	}
	if *priority < 1 || *priority > 9 {
		return fault.Broken("body.priority", "out_of_range", "优先级须在 1 到 9 之间。", "The priority lies between 1 and 9.")
	}
	return nil
}

// promised reads a promised day: a calendar day, not before the order was there.
func (s *Service) promised(p core.Project, day clock.Day) error {
	if _, err := clock.ParseDay(string(day)); err != nil {
		return fault.Broken("body.promised_on", "day", "日期格式应为 YYYY-MM-DD。", "It is no calendar day of the form YYYY-MM-DD.")
	}
	if day < clock.DayOf(p.CreatedAt, s.j.Zone) {
		return fault.Broken("body.promised_on", "before_order", "承诺日期不能早于下单日期。", "Nothing is promised for a day before the order.")
	}
	return nil
}

// Plan promises a batch of a project. Errors: not_found; project.cancelled; delivery.name_taken;
// delivery.too_many; input.invalid naming the first field that breaks a rule.
func (s *Service) Plan(ctx context.Context, who actor.Actor, in NewBatch) (Result, bool, error) {
	if err := in.check(); err != nil {
		return Result{}, false, err
	}
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) { return s.planTx(ctx, tx, who, in) })
}

func (s *Service) planTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewBatch) (Result, error) {
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return Result{}, err
	}
	if err := s.promised(p, in.PromisedOn); err != nil {
		return Result{}, err
	}
	if err := room(ctx, tx, p, in.Name); err != nil {
		return Result{}, err
	}
	if err := phaseOf(ctx, tx, p, in.PhaseID); err != nil {
		return Result{}, err
	}
	b := delivery.Batch{
		ProjectID: p.ID, ID: id.New(), Name: in.Name, PhaseID: in.PhaseID, Priority: in.Priority, State: delivery.Planned, HandState: delivery.Planned,
		PromisedOn: in.PromisedOn, FirstPromisedOn: in.PromisedOn, AlarmOn: in.PromisedOn, CreatedBy: who.ID,
	}
	if err := delivery.AddBatchTx(ctx, tx, &b); err != nil {
		return Result{}, err
	}
	items, lines := make([]delivery.Item, 0, len(in.Items)), make([]string, 0, len(in.Items))
	for i, item := range in.Items {
		items = append(items, delivery.Item{ProjectID: p.ID, BatchID: b.ID, Seq: i + 1, Name: item.Name, Quantity: item.Quantity, Room: item.Room})
		lines = append(lines, fmt.Sprintf("%s × %d", item.Name, item.Quantity))
	}
	if err := delivery.AddItemsTx(ctx, tx, items); err != nil {
		return Result{}, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: core.Entry{
			Kind: delivery.EntryPlanned, RefID: b.ID, Body: excerpt.Of(strings.Join(lines, "、"), 1000),
			TitleZH: title(b) + "预计 " + string(b.PromisedOn) + " 送达", TitleEN: titleEN(b) + " is promised for " + string(b.PromisedOn),
		},
		Quiet: true, Action: "delivery.planned", Detail: map[string]any{"batch_id": b.ID, "promised_on": b.PromisedOn},
	})
	return Result{p.ID, b.ID}, err
}

// room refuses a batch for which there is none, or whose name another one has that is still to come.
func room(ctx context.Context, tx *db.Tx, p core.Project, name string) error {
	all, err := delivery.Batches(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if len(all) >= maxBatches {
		return errTooMany
	}
	for _, b := range all {
		if b.Name == name && b.State != delivery.Cancelled {
			return errNameTaken
		}
	}
	return nil
}

// phaseOf refuses a phase that is not one of the project's, or was cancelled; none is fine.
func phaseOf(ctx context.Context, tx *db.Tx, p core.Project, phase id.ID) error {
	if phase.IsZero() {
		return nil
	}
	found, err := plan.PhaseByID(ctx, tx, p.ID, phase)
	if fault.Code(err) == "not_found" || err == nil && found.State == plan.PhaseCancelled {
		return fault.Broken("body.phase_id", "unknown", "该项目没有这个分期,或已取消。", "The project has no such phase, or it was cancelled.")
	}
	return err
}

// title names a batch at the beginning of a sentence.
func title(b delivery.Batch) string { return fmt.Sprintf("第 %d 批“%s”", b.Seq, b.Name) }

func titleEN(b delivery.Batch) string { return fmt.Sprintf("Delivery %d “%s”", b.Seq, b.Name) }

// Reschedule is a new promised day for a batch, with the reason that the customer reads.
type Reschedule struct {
	BatchID    id.ID
	PromisedOn clock.Day
	Priority   int // 0 leaves it
	Reason     string
	Once       once.Key
}

// Reschedule promises a batch for another day; the former one is kept with the reason. The same day and
// priority again change nothing. Errors: not_found; project.cancelled; delivery.state unless the batch
// is still to come; input.invalid at body.promised_on, body.priority or body.reason.
func (s *Service) Reschedule(ctx context.Context, who actor.Actor, in Reschedule) (Result, bool, error) {
	if err := project.CheckReason("body.reason", &in.Reason); err != nil {
		return Result{}, false, err
	}
	if in.Priority != 0 {
		if err := checkPriority(&in.Priority); err != nil {
			return Result{}, false, err
		}
	}
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) { return s.rescheduleTx(ctx, tx, who, in) })
}

func (s *Service) rescheduleTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Reschedule) (Result, error) {
	p, b, err := lockBatchTx(ctx, tx, who, in.BatchID)
	if err != nil {
		return Result{}, err
	}
	if !b.State.Open() {
		return Result{}, stateFault(b)
	}
	if err := s.promised(p, in.PromisedOn); err != nil {
		return Result{}, err
	}
	if in.Priority == 0 {
		in.Priority = b.Priority
	}
	if in.PromisedOn == b.PromisedOn && in.Priority == b.Priority {
		return Result{p.ID, b.ID}, nil
	}
	moved := in.PromisedOn != b.PromisedOn
	b.Priority = in.Priority
	if moved {
		return Result{p.ID, b.ID}, s.promiseTx(ctx, tx, who, &p, promise{batch: b, to: in.PromisedOn, reason: in.Reason})
	}
	if err := delivery.SaveBatchTx(ctx, tx, &b); err != nil {
		return Result{}, err
	}
	return Result{p.ID, b.ID}, s.noteTx(ctx, tx, who, &p, "delivery.priority_changed", map[string]any{
		"batch_id": b.ID, "from": b.PromisedOn, "to": b.PromisedOn, "priority": b.Priority,
	})
}

// promise is another day for a batch, with the reason that the customer reads.
type promise struct {
	batch  delivery.Batch
	to     clock.Day
	reason string
	quiet  bool // nobody gets a message of it
}

// promiseTx promises a batch for another day, which is judged like the first; the former one is kept, the
// task about it ends, and the home is told.
func (s *Service) promiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, m promise) error {
	b, former := m.batch, m.batch.PromisedOn
	b.PromisedOn, b.AlarmOn = m.to, m.to
	if err := delivery.SaveBatchTx(ctx, tx, &b); err != nil {
		return err
	}
	if err := s.heardTx(ctx, tx, who, b, former, "已改期至 "+string(b.PromisedOn)); err != nil {
		return err
	}
	c := delivery.Reschedule{ProjectID: p.ID, BatchID: b.ID, FromOn: former, ToOn: b.PromisedOn, Reason: m.reason, ByID: who.ID, ByName: who.Name}
	if err := delivery.AddRescheduleTx(ctx, tx, &c); err != nil {
		return err
	}
	_, err := s.j.TellTx(ctx, tx, who, p, project.News{
		Entry: core.Entry{
			Kind: delivery.EntryRescheduled, RefID: b.ID, Body: fmt.Sprintf("原定 %s,改为 %s。原因:%s", former, b.PromisedOn, m.reason),
			TitleZH: title(b) + "改期至 " + string(b.PromisedOn), TitleEN: titleEN(b) + " is now promised for " + string(b.PromisedOn),
		},
		Quiet: m.quiet, Action: "delivery.rescheduled", Reason: m.reason,
		Detail: map[string]any{"batch_id": b.ID, "from": former, "to": b.PromisedOn, "priority": b.Priority},
	})
	return err
}

// lockBatchTx locks the project of a batch on behalf of a member of staff, and reads the batch as it
// stands under that lock.
func lockBatchTx(ctx context.Context, tx *db.Tx, who actor.Actor, batch id.ID) (core.Project, delivery.Batch, error) {
	b, err := delivery.BatchByID(ctx, tx, batch)
	if err != nil {
		return core.Project{}, b, err
	}
	p, err := project.LockOpenTx(ctx, tx, who, b.ProjectID)
	if err != nil {
		return p, b, err
	}
	b, err = delivery.BatchByID(ctx, tx, batch)
	return p, b, err
}

// Drop is the wish to deliver a batch no more.
type Drop struct {
	BatchID id.ID
	Reason  string // the customer reads it
	Once    once.Key
}

// Cancel ends a batch that has not arrived. Errors: not_found; project.cancelled; delivery.state;
// input.invalid at body.reason.
func (s *Service) Cancel(ctx context.Context, who actor.Actor, in Drop) (Result, bool, error) {
	if err := project.CheckReason("body.reason", &in.Reason); err != nil {
		return Result{}, false, err
	}
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) {
		p, b, err := lockBatchTx(ctx, tx, who, in.BatchID)
		if err != nil {
			return Result{}, err
		}
		if !b.State.Open() {
			return Result{}, stateFault(b)
		}
		b.State, b.CancelledAt, b.CancelReason, b.AlarmOn = delivery.Cancelled, &tx.Now, in.Reason, ""
		if err := delivery.SaveBatchTx(ctx, tx, &b); err != nil {
			return Result{}, err
		}
		if err := s.heardTx(ctx, tx, who, b, b.PromisedOn, "批次已取消"); err != nil {
			return Result{}, err
		}
		_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
			Entry: core.Entry{
				Kind: delivery.EntryDropped, RefID: b.ID, Body: in.Reason,
				TitleZH: title(b) + "已取消", TitleEN: titleEN(b) + " will not come",
			},
			Action: "delivery.cancelled", Reason: in.Reason, Detail: map[string]any{"batch_id": b.ID},
		})
		return Result{p.ID, b.ID}, err
	})
}
