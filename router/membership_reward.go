package router

// rewardOperations are the catalogue of rewards and what is redeemed from it.
func rewardOperations(s *surface, a APIs) {
	r := a.Reward
	customer(s, "GET /v1/rewards", r.Rewards, "The catalogue of rewards: what I can have now, and why not the rest; published last comes first")
	customer(s, "GET /v1/rewards/{id}", r.Reward, "One reward of the catalogue")
	customer(s, "POST /v1/me/redemptions", r.Redeem, "Redeem points for a reward", creates,
		says("The price is frozen in the order. What is left of the stock, of my limit, or when it opens stands in errors of a refusal."),
		fails("403 reward.level_required", "404 not_found", "409 points.insufficient", "409 reward.ended", "409 reward.limit_reached", "409 reward.not_open",
			"409 reward.price_changed", "409 reward.sold_out", "409 reward.unpublished", "403 coupon_campaign.audience", "409 coupon_campaign.ended",
			"409 coupon_campaign.limit_reached", "409 coupon_campaign.not_open", "409 coupon_campaign.sold_out", "409 coupon_campaign.stopped"))
	customer(s, "GET /v1/me/redemptions", r.MyRedemptions, "My redemptions, newest first")
	customer(s, "GET /v1/me/redemptions/{id}", r.MyRedemption, "One redemption of mine, with its code")
	customer(s, "GET /v1/me/redemptions/{id}/qr.png", r.MyRedemptionPNG, "The code of a redemption of mine as a QR picture")
	customer(s, "POST /v1/me/redemptions/{id}/cancel", r.CancelMyRedemption, "Cancel a redemption that is not used; the points go back to where they came from",
		fails("409 redemption.cancel_closed", "409 redemption.cancelled", "409 redemption.lapsed", "409 redemption.used"))

	pictures := fails("404 file.not_found", "409 file.attached_elsewhere", "409 file.risky", "409 file.withdrawn", "422 file.not_a_picture")
	staff(s, "GET /v1/staff/rewards", "reward.read", r.List, "The catalogue of rewards, drafts and withdrawn ones too, newest first")
	staff(s, "GET /v1/staff/rewards/{id}", "reward.read", r.Get, "One reward with the last changes of its stock")
	staff(s, "POST /v1/staff/rewards", "reward.manage", r.Add, "Write a reward down, as a draft", creates, pictures)
	staff(s, "PUT /v1/staff/rewards/{id}", "reward.manage", r.Change, "Change a reward; orders that were made keep their price and terms", pictures, fails("409 reward.changed"))
	staff(s, "POST /v1/staff/rewards/{id}/publish", "reward.manage", r.Publish, "Put a reward into the catalogue", fails("409 reward.ended"))
	staff(s, "POST /v1/staff/rewards/{id}/withdraw", "reward.manage", r.Withdraw, "Take a reward out of the catalogue; orders that were made stand")
	staff(s, "POST /v1/staff/rewards/{id}/restock", "reward.manage", r.Restock, "Change the stock of a reward, with a reason", creates, fails("409 reward.stock_short", "409 reward.unlimited"))

	standing := fails("409 redemption.cancelled", "409 redemption.lapsed", "409 redemption.used")
	staff(s, "GET /v1/staff/redemptions/{code}", "reward.use", r.Look, "What a code is for, before it is used")
	staff(s, "POST /v1/staff/redemptions/{code}/use", "reward.use", r.Use, "Hand out what a code is for; it works once", standing)
	staff(s, "POST /v1/staff/redemptions/{code}/cancel", "reward.cancel", r.Cancel, "Cancel a redemption that is not used, with a reason; the points go back", standing)
}
