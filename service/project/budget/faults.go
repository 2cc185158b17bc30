package budget

import (
	"strconv"

	"guike/internal/fault"
	model "guike/model/project/budget"
)

// The failures of change orders and payments that a caller can act on.
var (
	errChanged = fault.New(fault.Conflict, "change_order.changed",
		"报价已变化,请重新查看后再决定。", "The offer has changed; read it again before you decide.")
	errLapsed = fault.New(fault.Conflict, "change_order.lapsed",
		"报价已过期,请联系我们重新报价。", "The offer has lapsed; ask for another one.")
	errDecided = fault.New(fault.Conflict, "change_order.decided",
		"该变更已有结果。", "The change order has been settled.")
	errTooMany = fault.New(fault.Conflict, "change_order.too_many",
		"变更或报价次数已达上限。", "There are too many change orders, or offers of this one.")
	errImpossible = fault.New(fault.Conflict, "change_order.impossible",
		"该变更已无法生效,请联系我们重新报价。", "The change can no longer take effect; ask for another offer.")
	errNumberTaken = fault.New(fault.Conflict, "payment.external_no_taken",
		"该外部单号已用于另一笔内容不同的款项。", "This external number was used for other money.")
	errOverRefunded = fault.New(fault.Conflict, "payment.over_refunded",
		"退款超过该笔收款的剩余金额。", "The refund is more than what is left of the payment.")
)

// standing adds to a refusal how the order stands now: its state and the version of its offer.
func standing(f *fault.Fault, o model.Order, state model.State) *fault.Fault {
	return f.
		At("change_order.state", string(state), "当前状态。", "The state now.").
		At("change_order.version", strconv.FormatInt(o.Offer, 10), "当前报价版本。", "The version of the offer now.")
}
