package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	core "guike/model/project"
	"guike/model/project/delivery"
	"guike/service/project"
)

// productionStage is the key of the stage that the ERP tells of.
const productionStage = "production"

// Told is what every message of the ERP begins with (C9).
type Told struct {
	OrderNo     string // the project's number
	EventID     string // the ERP's own, unique within its source
	At          time.Time
	Fingerprint []byte // of the order and the whole body
}

// ToldBy makes the beginning of a message, with what the whole of it says in a form that can be
// compared: the operation, the order, the decoded body.
func ToldBy(operation, orderNo, eventID string, at time.Time, body any) Told {
	key := once.Of(eventID, operation, []any{operation, orderNo, body})
	return Told{OrderNo: orderNo, EventID: eventID, At: at, Fingerprint: key.Fingerprint}
}

func (s *Service) checkTold(t *Told) error {
	if !goodExternal.MatchString(t.EventID) {
		return fault.Broken("body.event_id", "malformed", "事件编号须为 1 到 64 个可见字符。", "An event's id has 1 to 64 visible ASCII characters.")
	}
	return s.checkAt("body.at", &t.At)
}

// Status is how far the ERP says that an order is.
type Status struct {
	Told
	Status  delivery.ERPStatus
	Stage   string // the ERP's own word for the step
	Percent *int   // 0 to 100
	Note    string // customers read it
}

// StatusAnswer is what the ERP gets for a message about an order.
type StatusAnswer struct {
	Applied bool               `json:"applied"` // what is shown comes from this message
	Status  delivery.ERPStatus `json:"status"`  // what is shown
	Percent *int               `json:"percent,omitempty"`
	At      time.Time          `json:"at"`
}

// ReportStatus takes a message of the ERP about how far an order is. Customers see the newest message by
// the ERP's own time; an older one is kept and changes nothing that is shown. The same message again
// gets the same answer. No stage is moved. Errors: not_found for orders that do not exist or are out of
// the key's reach; project.cancelled; erp.event_mismatch; input.invalid.
func (s *Service) ReportStatus(ctx context.Context, who actor.Actor, in Status) (StatusAnswer, bool, error) {
	if err := s.checkStatus(&in); err != nil {
		return StatusAnswer{}, false, err
	}
	m := delivery.Message{Kind: delivery.MessageStatus, Status: in.Status, Stage: in.Stage, Percent: in.Percent, Note: in.Note}
	return told(ctx, s, who, in.Told, m, func(tx *db.Tx, p *core.Project, m delivery.Message) (StatusAnswer, error) {
		return s.statusTx(ctx, tx, who, p, m)
	})
}

func (s *Service) checkStatus(in *Status) error {
	if err := s.checkTold(&in.Told); err != nil {
		return err
	}
	if !in.Status.Valid() {
		return fault.Broken("body.status", "not_allowed", "没有这个生产状态。", "There is no such status.")
	}
	if in.Percent != nil && (*in.Percent < 0 || *in.Percent > 100) {
		return fault.Broken("body.progress_percent", "out_of_range", "进度须在 0 到 100 之间。", "It lies between 0 and 100.")
	}
	if err := project.CheckLength("body.stage", &in.Stage, 0, maxName); err != nil {
		return err
	}
	return project.CheckLength("body.note", &in.Note, 0, maxReason)
}

// told runs fn for a message that was not known, under the lock of its project, and keeps its answer;
// one that was gets the answer kept. A rival with the same message is waited for.
func told[T any](ctx context.Context, s *Service, who actor.Actor, t Told, m delivery.Message, fn func(*db.Tx, *core.Project, delivery.Message) (T, error)) (answer T, replayed bool, err error) {
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		var none T
		answer, replayed = none, false
		p, err := orderTx(ctx, tx, who, t.OrderNo)
		if err != nil {
			return err
		}
		key, err := identity.APIKeyByID(ctx, tx, who.ID)
		if err != nil {
			return fmt.Errorf("read API key: %w", err)
		}
		m.Source, m.EventID, m.ProjectID, m.KeyID, m.At, m.Fingerprint = key.Source, t.EventID, p.ID, key.ID, t.At, t.Fingerprint
		known, err := knownTx(ctx, tx, m)
		if err != nil {
			return err
		}
		if known != "" {
			replayed = true
			return json.Unmarshal([]byte(known), &answer)
		}
		if p.State == core.Cancelled {
			return project.ErrCancelled
		}
		if answer, err = fn(tx, &p, m); err != nil {
			return err
		}
		text, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("keep answer to the ERP: %w", err)
		}
		m.Result = string(text)
		return keepTx(ctx, tx, m)
	})
	return answer, replayed, err
}

// orderTx locks the project of a number that the key reaches.
func orderTx(ctx context.Context, tx *db.Tx, who actor.Actor, no string) (core.Project, error) {
	p, err := core.ByNo(ctx, tx, no)
	if err != nil {
		return p, err
	}
	if p, err = core.LockByIDTx(ctx, tx, p.ID); err != nil {
		return p, err
	}
	if who.Kind != actor.Key || !who.StoreID.IsZero() && who.StoreID != p.StoreID {
		return core.Project{}, fault.Missing()
	}
	return p, nil
}

// knownTx finds the answer that the same message got before; empty when it is new.
func knownTx(ctx context.Context, tx *db.Tx, m delivery.Message) (string, error) {
	known, err := delivery.MessageByID(ctx, tx, m.Source, m.EventID)
	switch {
	case db.Missing(err):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read message of the ERP: %w", err)
	case string(known.Fingerprint) != string(m.Fingerprint):
		return "", errMessage
	}
	return known.Result, nil
}

// keepTx keeps a message with its answer. A rival that has just used its id for another order wins.
func keepTx(ctx context.Context, tx *db.Tx, m delivery.Message) error {
	err := delivery.AddMessageTx(ctx, tx, &m)
	if db.Duplicate(err) {
		return errMessage
	}
	if err != nil {
		return fmt.Errorf("keep message of the ERP: %w", err)
	}
	return nil
}

func (s *Service) statusTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, m delivery.Message) (StatusAnswer, error) {
	none := StatusAnswer{}
	shown, _, err := delivery.ProductionOf(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	applied := shown.Take(m)
	forward := applied && shown.Status.Rank() > shown.ToldRank
	if forward {
		shown.ToldRank = shown.Status.Rank()
	}
	if err := delivery.SaveProductionTx(ctx, tx, &shown); err != nil {
		return none, err
	}
	if err := s.tellProductionTx(ctx, tx, who, p, shown, forward); err != nil {
		return none, err
	}
	answer := StatusAnswer{Applied: applied, Status: shown.Status, Percent: shown.Percent, At: shown.At}
	return answer, s.madeTx(ctx, tx, who, *p, m)
}

// tellProductionTx tells the timeline of a word that goes forward; everything else is noted.
func (s *Service) tellProductionTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, shown delivery.Production, forward bool) error {
	detail := map[string]any{"status": shown.Status, "at": shown.At, "event": shown.EventKey}
	if !forward {
		return s.noteTx(ctx, tx, who, p, "erp.status", detail)
	}
	zh, en := word(shown.Status)
	_, err := s.j.TellTx(ctx, tx, who, p, project.News{
		Entry: core.Entry{
			Kind: delivery.EntryProduction, RefID: p.ID, TitleZH: "生产进度:" + zh, TitleEN: "Production: " + en, Body: production(shown), StageKey: stageKey(*p),
		},
		Action: "erp.status", Detail: detail,
	})
	return err
}

// stageKey is the stage that a line about production belongs to: none where the kind of project has no
// such stage.
func stageKey(p core.Project) string {
	if p.Kind == core.CustomFurniture {
		return productionStage
	}
	return ""
}

// production tells how far the making is, in one line.
func production(p delivery.Production) string {
	var parts []string
	if p.Stage != "" {
		parts = append(parts, "工序:"+p.Stage)
	}
	if p.Percent != nil {
		parts = append(parts, "进度 "+strconv.Itoa(*p.Percent)+"%")
	}
	if p.Note != "" {
		parts = append(parts, p.Note)
	}
	return strings.Join(parts, ";")
}

func word(s delivery.ERPStatus) (zh, en string) {
	words := map[delivery.ERPStatus][2]string{
		delivery.Accepted: {"工厂已接单", "order accepted"}, delivery.Scheduled: {"已排产", "scheduled"},
		delivery.Producing: {"生产中", "under way"}, delivery.Packed: {"已包装", "packed"}, delivery.Ready: {"生产完成,待发货", "ready to ship"},
		delivery.SentOff: {"已发货", "shipped"}, delivery.HandedOver: {"已送达", "delivered"},
	}
	return words[s][0], words[s][1]
}

// madeTx asks the project manager, once, to look when the factory says that it is done while the stage
// is not completed.
func (s *Service) madeTx(ctx context.Context, tx *db.Tx, who actor.Actor, p core.Project, m delivery.Message) error {
	if !m.Status.Made() {
		return nil
	}
	stages, err := core.Stages(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for _, st := range stages {
		if st.Key == productionStage && st.State != core.StageCompleted {
			zh, _ := word(m.Status)
			return s.taskTx(ctx, tx, who, p, care.Order{
				Kind: TaskMade, Cause: madeCause(p.ID), Reason: fmt.Sprintf("%s:ERP 报告“%s”,但“%s”阶段尚未完成。", p.No, zh, st.NameZH),
			})
		}
	}
	return nil
}

// Sent is a shipment as the ERP reports it.
type Sent struct {
	Told
	Batch    string // number or name of the batch; empty: the only one, or to be said later
	Shipment NewShipment
}

// ShipmentAnswer is what the ERP gets for a message about a shipment.
type ShipmentAnswer struct {
	ShipmentID id.ID                  `json:"shipment_id"`
	BatchID    id.ID                  `json:"batch_id,omitzero"`
	State      delivery.CarrierStatus `json:"state"`
	NewEvents  int                    `json:"new_events"`
}

// ReportShipment takes a message of the ERP about a shipment: it is entered, or found by carrier and
// number, put into the batch, and its events count by their own time. The same message again gets the
// same answer. Errors: as ReportStatus; shipment.event_mismatch; delivery.too_many.
func (s *Service) ReportShipment(ctx context.Context, who actor.Actor, in Sent) (ShipmentAnswer, bool, error) {
	if err := s.checkTold(&in.Told); err != nil {
		return ShipmentAnswer{}, false, err
	}
	if err := s.checkShipment(&in.Shipment); err != nil {
		return ShipmentAnswer{}, false, err
	}
	m := delivery.Message{Kind: delivery.MessageShipment}
	return told(ctx, s, who, in.Told, m, func(tx *db.Tx, p *core.Project, m delivery.Message) (ShipmentAnswer, error) {
		batch, err := s.called(ctx, tx, *p, in.Batch)
		if err != nil {
			return ShipmentAnswer{}, err
		}
		sh, fresh, err := s.shipTx(ctx, tx, who, p, in.Shipment, placing{batch, m.At, m.Key()})
		if err != nil {
			return ShipmentAnswer{}, err
		}
		err = audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "erp.shipment", Kind: "project", Subject: p.ID, Detail: map[string]any{"shipment_id": sh.ID, "event": m.Key(), "new_events": fresh},
		})
		return ShipmentAnswer{ShipmentID: sh.ID, BatchID: sh.BatchID, State: sh.State, NewEvents: fresh}, err
	})
}

// called finds a batch that was not cancelled by its number or name; none when nothing was said.
func (s *Service) called(ctx context.Context, tx *db.Tx, p core.Project, batch string) (id.ID, error) {
	batch = strings.TrimSpace(batch)
	if batch == "" {
		return id.ID{}, nil
	}
	all, err := delivery.Batches(ctx, tx, p.ID)
	if err != nil {
		return id.ID{}, err
	}
	for _, by := range []func(delivery.Batch) string{
		func(b delivery.Batch) string { return strconv.Itoa(b.Seq) }, func(b delivery.Batch) string { return b.Name },
	} {
		for _, b := range all {
			if b.State != delivery.Cancelled && by(b) == batch {
				return b.ID, nil
			}
		}
	}
	return id.ID{}, fault.Broken("body.batch", "unknown", "该订单没有这个批次,或已取消。", "The order has no such batch, or it was cancelled.")
}
