package delivery

import (
	"guike/internal/fault"
	"guike/model/project/delivery"
)

// The failures of deliveries that a caller can act on.
var (
	errState = fault.New(fault.Conflict, "delivery.state",
		"该批次当前的状态不允许此操作。", "The batch's state does not allow this.")
	errNameTaken = fault.New(fault.Conflict, "delivery.name_taken",
		"该项目已有同名批次。", "The project has a batch of this name.")
	errTooMany = fault.New(fault.Conflict, "delivery.too_many",
		"该项目的批次或运单已达上限。", "The project has as many batches or shipments as one may.")
	errReadOnly = fault.New(fault.Forbidden, "home.guest_read_only",
		"访客只能查看,不能操作。", "Guests of a home may look, not act.")
	errShipmentEvent = fault.New(fault.Conflict, "shipment.event_mismatch",
		"该物流事件编号已用于另一项内容不同的事件。", "This id of a carrier's event was used with another instant or status.")
	errMessage = fault.New(fault.Conflict, "erp.event_mismatch",
		"该事件编号已用于另一项内容不同的事件。", "This event_id was used with another order or another body.")
)

// stateFault is delivery.state with the state in which the batch is as the field's code.
func stateFault(b delivery.Batch) error {
	refusal := *errState
	refusal.Fields = []fault.Field{{Location: "path.id", Code: string(b.State), Text: fault.Text{
		ZH: "当前状态:" + stateZH(b.State) + "。", EN: "It is " + string(b.State) + " now.",
	}}}
	return &refusal
}

func stateZH(s delivery.BatchState) string {
	return map[delivery.BatchState]string{
		delivery.Planned: "待生产", delivery.InProduction: "生产中", delivery.Shipped: "已发货",
		delivery.Arrived: "已送达", delivery.Received: "已签收", delivery.Cancelled: "已取消",
	}[s]
}
