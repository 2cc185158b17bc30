package router

// budgetOperations are change orders, payments, and the budget that follows from them.
func budgetOperations(s *surface, a APIs) {
	b := a.Budget
	customer(s, "GET /v1/me/projects/{id}/change-orders", b.MyChangeOrders, "What was asked to change in my project, newest first", fails("403 home.family_only"))
	customer(s, "POST /v1/me/projects/{id}/change-orders", b.AskForMyHome, "Ask for a change of what was agreed", creates, fails("403 home.family_only", "404 file.not_found", "409 change_order.too_many", "409 file.attached_elsewhere", "409 file.risky", "409 file.withdrawn", "409 project.cancelled", "422 file.not_a_picture"))
	customer(s, "GET /v1/me/change-orders/{id}", b.MyChangeOrder, "One change order with its offers", fails("403 home.family_only"))
	customer(s, "POST /v1/me/change-orders/{id}/decision", b.Decide, "Approve or refuse the offer of a change order",
		says("The version is that of the offer that was read. Of two who decide at once one wins; the other is told the state and version that stand, in errors."),
		fails("403 home.owner_only", "409 change_order.changed", "409 change_order.decided", "409 change_order.impossible", "409 change_order.lapsed", "409 project.cancelled"))
	customer(s, "GET /v1/me/projects/{id}/budget", b.MyBudget, "What my project costs: contract, changes, paid, open, what is due next", fails("403 home.family_only"))
	customer(s, "GET /v1/me/projects/{id}/payments", b.MyPayments, "What was paid for my project, newest first", fails("403 home.family_only"))

	staff(s, "GET /v1/staff/projects/{id}/change-orders", "budget.read", b.ChangeOrders, "What was asked to change in a project, newest first")
	staff(s, "POST /v1/staff/projects/{id}/change-orders", "change.write", b.Ask, "Write down a change that the customer or the site asks for", creates, fails("404 file.not_found", "409 change_order.too_many", "409 file.attached_elsewhere", "409 file.risky", "409 file.withdrawn", "409 project.cancelled", "422 file.not_a_picture"))
	staff(s, "GET /v1/staff/change-orders/{id}", "budget.read", b.ChangeOrder, "One change order with its offers")
	staff(s, "POST /v1/staff/change-orders/{id}/quote", "change.write", b.Quote, "Offer a change for an amount and days, until a deadline; a new offer replaces the one that stands", creates, fails("409 change_order.decided", "409 change_order.too_many", "409 project.cancelled"))
	staff(s, "POST /v1/staff/change-orders/{id}/withdraw", "change.write", b.Withdraw, "Withdraw a change order before it is decided", fails("409 change_order.decided", "409 project.cancelled"))
	staff(s, "GET /v1/staff/projects/{id}/budget", "budget.read", b.Budget, "What a project costs: contract, changes, paid, open, what is due next")
	staff(s, "GET /v1/staff/projects/{id}/payments", "budget.read", b.Payments, "What was paid for a project, newest first")
	coupons := fails("403 coupon_campaign.audience", "404 coupon.not_found", "409 coupon.below_threshold", "409 coupon.lapsed", "409 coupon.needless",
		"409 coupon.not_combinable", "409 coupon.not_member_day", "409 coupon.not_money", "409 coupon.out_of_scope", "409 coupon.used", "409 coupon.void",
		"409 coupon_campaign.ended", "409 coupon_campaign.not_open", "409 coupon_campaign.stopped", "409 fund.insufficient", "409 payment.received_differs", "409 project.cancelled")
	staff(s, "POST /v1/staff/projects/{id}/payments", "payment.record", b.RecordPayment, "Record a bill that was paid: in money, with coupons, and from the home fund", creates, coupons,
		says("The server works out what the coupons take off; what is received in money is the bill less that and the fund. Points are earned for the money alone. errors name the coupon that is refused."),
		fails("409 payment.external_no_taken"))
	staff(s, "POST /v1/staff/projects/{id}/payments/quote", "payment.record", b.QuotePayment, "Work out what a bill would come to, and what could be used on it; nothing is written", coupons)
	staff(s, "POST /v1/staff/payments/{id}/refunds", "payment.record", b.RecordRefund, "Record money that went back", creates, fails("409 payment.external_no_taken", "409 payment.over_refunded"))
	staff(s, "PUT /v1/staff/projects/{id}/payment-plan", "payment.record", b.SetPaymentPlan, "Lay out how a project is paid: instalments that add up to the contract amount", fails("409 project.cancelled"))
	staff(s, "GET /v1/staff/reports/budget", "budget.read", b.Report, "Contracts, changes, paid and open of the projects of a period, by store")
}
