package router

// correctionOperations are corrections of members' books by hand, with a second person above a sum.
func correctionOperations(s *surface, a APIs) {
	c := a.Correction
	short := fails("409 fund.insufficient", "409 ledger.insufficient", "409 points.insufficient")
	decided := fails("409 correction.decided", "409 correction.lapsed")
	staff(s, "POST /v1/staff/customers/{id}/corrections", "points.correct", c.Correct, "Correct a customer's book, with a reason that the customer reads", creates, short,
		says("Up to the sum of a day that the policy allows it is posted at once; beyond, it is asked for and somebody else approves it."))
	staff(s, "GET /v1/staff/customers/{id}/corrections", "points.read", c.ListOf, "The corrections of a customer's books, newest first")
	staff(s, "GET /v1/staff/corrections", "points.correct", c.List, "Corrections within my reach, newest first: those that wait for a second person, and all others")
	staff(s, "POST /v1/staff/corrections/{id}/approve", "points.approve", c.Approve, "Approve a correction that somebody else asked for", decided, short, fails("403 correction.own"))
	staff(s, "POST /v1/staff/corrections/{id}/refuse", "points.approve", c.Refuse, "Refuse a correction that somebody else asked for, with a reason", decided, fails("403 correction.own"))
	staff(s, "POST /v1/staff/corrections/{id}/withdraw", "points.correct", c.Withdraw, "Withdraw a correction that I asked for", decided, fails("403 correction.not_yours"))
	staff(s, "GET /v1/staff/correction-policy", "points.correct", c.Policy, "Up to what sums staff correct books without a second person")
	staff(s, "PUT /v1/staff/correction-policy", "points.policy", c.SetPolicy, "Change up to what sums staff correct books without a second person")
}
