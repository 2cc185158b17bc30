package router

// couponOperations are campaigns and coupons.
func couponOperations(s *surface, a APIs) {
	c := a.Coupon
	issuing := fails("403 coupon_campaign.audience", "409 coupon_campaign.ended", "409 coupon_campaign.limit_reached", "409 coupon_campaign.not_open", "409 coupon_campaign.sold_out", "409 coupon_campaign.stopped")
	partners := says("Partner, its share and what it bears are told to those alone who manage campaigns or settle with partners; what it bears with a single campaign, not in the list.")
	customer(s, "GET /v1/me/coupons", c.Mine, "My coupons, newest first: code, exact terms, why it came, where it stands")
	customer(s, "POST /v1/me/coupons/claim", c.Claim, "Claim the coupon of a campaign's code", creates, issuing,
		says("Ten wrong codes in an hour close the door until it is over."), fails("404 coupon.not_found", "429 coupon.too_many_guesses"))

	staff(s, "GET /v1/staff/customers/{id}/coupons", "coupon.read", c.Of, "The coupons of a customer, newest first")
	staff(s, "POST /v1/staff/customers/{id}/coupons", "coupon.issue", c.Issue, "Issue a coupon by hand, within what my role may issue in a month", creates, issuing,
		fails("409 coupon.over_allowance", "409 coupon_campaign.other_event"))
	staff(s, "GET /v1/staff/coupons/{code}", "coupon.use", c.Look, "What a code is for, before it is used", fails("404 coupon.not_found"))
	staff(s, "POST /v1/staff/coupons/{code}/use", "coupon.use", c.Use, "Hand out the gift or service that a code is for; it works once. Coupons of money are used when a payment is recorded",
		fails("404 coupon.not_found", "409 coupon.at_payment_only", "409 coupon.lapsed", "409 coupon.used", "409 coupon.void"))
	staff(s, "POST /v1/staff/coupons/{code}/void", "coupon.issue", c.Void, "Take an unused coupon away, with a reason that the customer reads",
		fails("404 coupon.not_found", "409 coupon.lapsed", "409 coupon.used", "409 coupon.void"))

	staff(s, "GET /v1/staff/coupon-campaigns", "coupon.read", c.Campaigns, "Campaigns with what was issued of each, by key", partners)
	staff(s, "GET /v1/staff/coupon-campaigns/{key}", "coupon.read", c.Campaign, "One campaign", partners)
	staff(s, "POST /v1/staff/coupon-campaigns", "coupon.manage", c.AddCampaign, "Write a campaign down, or a member day", creates, fails("409 coupon_campaign.exists", "409 coupon_campaign.too_many"))
	staff(s, "PUT /v1/staff/coupon-campaigns/{key}", "coupon.manage", c.ChangeCampaign, "Change a campaign; coupons that were issued keep their terms", fails("409 coupon_campaign.changed", "409 coupon_campaign.exists"))
	staff(s, "POST /v1/staff/coupon-campaigns/{key}/stop", "coupon.manage", c.StopCampaign, "Stop a campaign at once; coupons that were issued stand")
	staff(s, "POST /v1/staff/coupon-campaigns/{key}/resume", "coupon.manage", c.ResumeCampaign, "Let a campaign go on")

	staff(s, "GET /v1/staff/coupon-settlement", "coupon.settle", c.Settlement, "What a partner bears of what coupons took off bills over days: in all, by campaign, and line by line, newest first", fails("404 coupon_partner.not_found"))
	staff(s, "GET /v1/staff/coupon-settlement.csv", "coupon.settle", c.ExportSettlement, "The same with every line, as a table for spreadsheets that adds up; it is audited",
		fails("404 coupon_partner.not_found", "422 coupon_settlement.too_long"))

	staff(s, "GET /v1/staff/coupon-requests", "coupon.read", c.Requests, "Requests to win customers back, newest first")
	staff(s, "POST /v1/staff/coupon-requests", "coupon.issue", c.Ask, "Ask for a coupon after an apology; somebody else decides", creates, fails("409 coupon_campaign.other_event", "409 coupon_request.incident_taken"))
	staff(s, "POST /v1/staff/coupon-requests/{id}/decision", "coupon.approve", c.Decide, "Approve a request, which issues the coupon, or refuse it; never one's own", issuing,
		fails("403 coupon_request.own", "409 coupon_request.decided"))

	staff(s, "GET /v1/staff/coupon-allowances", "coupon.issue", c.Allowances, "What each role may issue by hand in a month, and what I have issued")
	staff(s, "PUT /v1/staff/coupon-allowances", "coupon.manage", c.SetAllowances, "Set what each role may issue by hand in a month")
}
