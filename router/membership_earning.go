package router

// earningOperations are how members earn: rules, statements, check-ins.
func earningOperations(s *surface, a APIs) {
	e := a.Earning
	customer(s, "GET /v1/me/points", e.MyPoints, "What changed my points, newest first")
	customer(s, "GET /v1/me/points/summary", e.MyPointsSummary, "My points: what I can use, what waits and for what, what expires next")
	customer(s, "GET /v1/me/fund", e.MyFund, "What changed my home fund, newest first")
	customer(s, "GET /v1/me/fund/summary", e.MyFundSummary, "My home fund: what I can use, what waits and for what, what expires next")
	customer(s, "GET /v1/me/statement.csv", e.ExportMyStatement, "What changed my points or fund over days, as a table for spreadsheets that adds up", fails("422 statement.too_long"))
	customer(s, "GET /v1/me/check-ins", e.MyCheckIns, "A month of my check-ins")
	customer(s, "POST /v1/me/check-ins", e.CheckIn, "Check in today", creates, fails("409 check_in.done"))
	public(s, "GET /v1/public/earning-rules", e.HowToEarn, "How to earn points, in words")

	staff(s, "GET /v1/staff/earning-rules", "rule.manage", e.Rules, "The rules by which members earn")
	staff(s, "POST /v1/staff/earning-rules", "rule.manage", e.AddRule, "Add a rule by which members earn", creates, fails("409 earning_rule.exists", "409 earning_rule.too_many"))
	staff(s, "PUT /v1/staff/earning-rules/{key}", "rule.manage", e.ChangeRule, "Change a rule, as its next version", fails("409 earning_rule.changed"))
	staff(s, "POST /v1/staff/rules/simulate", "rule.manage", e.Simulate, "Try what the rules, or a draft among them, would give; nothing is given",
		fails("404 not_found"))
	staff(s, "GET /v1/staff/customers/{id}/value", "points.read", e.CustomerValue, "A customer's value on one page: every book, what waits, level, titles")
	staff(s, "GET /v1/staff/customers/{id}/statement", "points.read", e.CustomerStatement, "What changed a book of a customer's, newest first")
	staff(s, "GET /v1/staff/customers/{id}/statement.csv", "points.read", e.ExportStatement, "What changed a customer's points or fund over days, as a table that adds up; it is audited",
		fails("422 statement.too_long"))
}
