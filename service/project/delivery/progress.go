package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	"guike/model/project/delivery"
	"guike/service/project"
)

// Progress says by hand how far a batch is, where no carrier or ERP does.
type Progress struct {
	BatchID id.ID
	State   delivery.BatchState // in_production, shipped or arrived
	Once    once.Key
}

// Advance takes a batch a step further: planned to in_production or shipped, in_production to shipped,
// shipped to arrived. Errors: not_found; project.cancelled; delivery.state; input.invalid at body.state.
func (s *Service) Advance(ctx context.Context, who actor.Actor, in Progress) (Result, bool, error) {
	if !slices.Contains([]delivery.BatchState{delivery.InProduction, delivery.Shipped, delivery.Arrived}, in.State) {
		return Result{}, false, fault.Broken("body.state", "not_allowed", "只能设为生产中、已发货或已送达。", "It is in_production, shipped or arrived.")
	}
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) {
		p, b, err := lockBatchTx(ctx, tx, who, in.BatchID)
		if err != nil {
			return Result{}, err
		}
		if !b.State.Open() || in.State.Rank() <= b.State.Rank() || in.State == delivery.Arrived && b.State != delivery.Shipped {
			return Result{}, stateFault(b)
		}
		switch b.HandState = in.State; in.State {
		case delivery.Shipped:
			b.HandShippedAt = &tx.Now
		case delivery.Arrived:
			b.HandArrivedAt = &tx.Now
		}
		told, err := s.settleTx(ctx, tx, who, &p, &b)
		if err != nil || told {
			return Result{p.ID, b.ID}, err
		}
		return Result{p.ID, b.ID}, s.noteTx(ctx, tx, who, &p, "delivery.advanced", map[string]any{"batch_id": b.ID, "state": b.State})
	})
}

// settleTx derives where a batch stands, keeps it, and tells the timeline once that it was shipped and
// once that it arrived. told says that there was something to tell.
func (s *Service) settleTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, b *delivery.Batch) (told bool, err error) {
	if b.State.Ended() {
		return false, nil
	}
	all, err := delivery.Shipments(ctx, tx, p.ID)
	if err != nil {
		return false, err
	}
	b.Derive(slices.DeleteFunc(all, func(sh delivery.Shipment) bool { return sh.BatchID != b.ID }))
	shipped := b.State.Rank() >= delivery.Shipped.Rank() && !b.ToldShipped
	arrived := b.State == delivery.Arrived && !b.ToldArrived
	b.ToldShipped, b.ToldArrived = b.ToldShipped || shipped, b.ToldArrived || arrived
	if err := delivery.SaveBatchTx(ctx, tx, b); err != nil || !shipped && !arrived {
		return false, err
	}
	if arrived {
		if err := s.heardTx(ctx, tx, who, *b, b.PromisedOn, "已送达"); err != nil {
			return false, err
		}
	}
	zh, en, at := "已发货", " is on its way", b.ShippedAt
	if arrived { // one line when both are learnt at once
		zh, en, at = "已送达", " has arrived", b.ArrivedAt
	}
	_, err = s.j.TellTx(ctx, tx, who, p, project.News{
		Entry: core.Entry{
			Kind: delivery.EntryDelivery, RefID: b.ID, TitleZH: title(*b) + zh, TitleEN: titleEN(*b) + en,
			Body: s.when(at) + zh + ",承诺日期 " + string(b.PromisedOn) + "。",
		},
		Action: "delivery." + string(b.State), Detail: map[string]any{"batch_id": b.ID, "state": b.State},
	})
	return true, err
}

// when writes an instant in the company's zone.
func (s *Service) when(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.In(s.j.Zone).Format("2006-01-02 15:04 ")
}

// Shortage is an item of a batch of which something is missing or broken.
type Shortage struct {
	Item    int   // the item's number in the batch, from 1
	Missing int64 // how many; at most what was promised
	Note    string
}

// Receipt confirms on site that a batch was received.
type Receipt struct {
	ProjectID id.ID // named by customers
	BatchID   id.ID
	Note      string
	Photos    []id.ID
	Shortages []Shortage
	Once      once.Key
}

func (r *Receipt) check() error {
	if err := project.CheckLength("body.note", &r.Note, 0, maxReason); err != nil {
		return err
	}
	if err := project.CheckPhotos("body.file_ids", r.Photos, maxPhotos); err != nil {
		return err
	}
	r.Shortages = slices.Clone(r.Shortages) // the caller's stay as they are
	seen := map[int]bool{}
	for i := range r.Shortages {
		short, at := &r.Shortages[i], fmt.Sprintf("body.shortages[%d]", i)
		if err := project.CheckLength(at+".note", &short.Note, 0, 200); err != nil {
			return err
		}
		if seen[short.Item] {
			return fault.Broken(at+".item", "repeated", "同一项只能填写一次。", "An item is named once.")
		}
		seen[short.Item] = true
	}
	return nil
}

// Receive confirms a batch on site, by staff; what is missing opens a task for the project manager.
// Errors: not_found; project.cancelled; delivery.state unless the batch is shipped or has arrived;
// input.invalid; those of attaching photos.
func (s *Service) Receive(ctx context.Context, who actor.Actor, in Receipt) (Result, bool, error) {
	if err := in.check(); err != nil {
		return Result{}, false, err
	}
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) {
		p, b, err := lockBatchTx(ctx, tx, who, in.BatchID)
		if err != nil {
			return Result{}, err
		}
		return s.receiveTx(ctx, tx, who, &p, &b, in)
	})
}

// ReceiveMine is Receive by a member of the home. Errors: as Receive; home.guest_read_only for guests.
func (s *Service) ReceiveMine(ctx context.Context, who actor.Actor, in Receipt) (Result, bool, error) {
	if err := in.check(); err != nil {
		return Result{}, false, err
	}
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) {
		seen, err := core.LockForCustomerTx(ctx, tx, who, in.ProjectID)
		if err != nil {
			return Result{}, err
		}
		b, err := delivery.BatchByID(ctx, tx, in.BatchID)
		switch {
		case err != nil:
			return Result{}, err
		case b.ProjectID != seen.ID:
			return Result{}, fault.Missing()
		case seen.Guest():
			return Result{}, errReadOnly
		case seen.State == core.Cancelled:
			return Result{}, project.ErrCancelled
		}
		return s.receiveTx(ctx, tx, who, &seen.Project, &b, in)
	})
}

func (s *Service) receiveTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, b *delivery.Batch, in Receipt) (Result, error) {
	if b.State != delivery.Shipped && b.State != delivery.Arrived {
		return Result{}, stateFault(*b)
	}
	lacking, err := s.shortTx(ctx, tx, *b, in.Shortages)
	if err != nil {
		return Result{}, err
	}
	if err := s.j.Files.AttachTx(ctx, tx, who, in.Photos, "delivery", b.ID); err != nil {
		return Result{}, err
	}
	if err := delivery.AddPhotosTx(ctx, tx, *b, in.Photos); err != nil {
		return Result{}, err
	}
	b.State, b.AlarmOn, b.ReceivedAt, b.ReceivedKind, b.ReceivedBy, b.ReceivedNote = delivery.Received, "", &tx.Now, who.Kind, who.ID, in.Note
	if err := delivery.SaveBatchTx(ctx, tx, b); err != nil {
		return Result{}, err
	}
	if err := s.heardTx(ctx, tx, who, *b, b.PromisedOn, "已签收"); err != nil {
		return Result{}, err
	}
	n := project.News{
		Entry: core.Entry{
			Kind: delivery.EntryReceived, RefID: b.ID, TitleZH: title(*b) + "已签收", TitleEN: titleEN(*b) + " was received",
			Body: excerpt.Of(strings.TrimSpace(in.Note+"\n"+lacking), 1000),
		},
		Photos: in.Photos, Action: "delivery.received", Detail: map[string]any{"batch_id": b.ID, "shortages": len(in.Shortages)},
	}
	if _, err := s.j.TellTx(ctx, tx, who, p, n); err != nil || lacking == "" {
		return Result{p.ID, b.ID}, err
	}
	return Result{p.ID, b.ID}, s.taskTx(ctx, tx, who, *p, care.Order{
		Kind: TaskShortage, Cause: shortageCause(b.ID), Title: title(*b) + "签收时有缺损",
		Reason: excerpt.Of(fmt.Sprintf("%s %s", p.No, lacking), 500),
	})
}

// shortTx keeps what was missing and returns it in words; empty when nothing was.
func (s *Service) shortTx(ctx context.Context, tx *db.Tx, b delivery.Batch, shortages []Shortage) (string, error) {
	if len(shortages) == 0 {
		return "", nil
	}
	items, err := delivery.ItemsOf(ctx, tx, b)
	if err != nil {
		return "", err
	}
	words := make([]string, 0, len(shortages))
	for i, short := range shortages {
		at := fmt.Sprintf("body.shortages[%d]", i)
		if short.Item < 1 || short.Item > len(items) {
			return "", fault.Broken(at+".item", "unknown", "该批次没有这一项。", "The batch has no such item.")
		}
		item := items[short.Item-1]
		if short.Missing < 1 || short.Missing > item.Quantity {
			return "", fault.Broken(at+".missing", "out_of_range", "缺少数量须在 1 到应到数量之间。", "It lies between 1 and the quantity promised.")
		}
		item.Missing, item.Shortage = short.Missing, short.Note
		if err := delivery.SaveShortageTx(ctx, tx, item); err != nil {
			return "", err
		}
		word := fmt.Sprintf("%s 缺 %d/%d", item.Name, short.Missing, item.Quantity)
		if short.Note != "" {
			word += "(" + short.Note + ")"
		}
		words = append(words, word)
	}
	return "缺损:" + strings.Join(words, ";"), nil
}

// The kinds of task that deliveries open.
const (
	TaskLate     = "delivery_late"     // a promised day passed
	TaskShortage = "delivery_shortage" // something was missing on receipt
	TaskMade     = "erp_made"          // the ERP is done and the stage is not
)

// taskTx opens a task for the project manager, once for its cause.
func (s *Service) taskTx(ctx context.Context, tx *db.Tx, who actor.Actor, p core.Project, o care.Order) error {
	manager, err := core.InChargeOf(ctx, tx, p.ID, actor.ProjectManager)
	if err != nil {
		return err
	}
	o.CustomerID, o.ProjectID, o.StoreID, o.OwnerID, o.OwnerRole = p.CustomerID, p.ID, p.StoreID, manager, actor.ProjectManager
	_, err = s.j.Alarms.OpenTx(ctx, tx, who, o)
	return err
}
