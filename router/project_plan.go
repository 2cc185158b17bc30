package router

// planOperations are the site calendar, plans, pauses, delays and their notices, phases, expediting,
// on-time rates.
func planOperations(s *surface, a APIs) {
	p := a.Plan
	staff(s, "GET /v1/staff/site-calendar", None, p.SiteCalendar, "Days on which no site works", thirdParties)
	staff(s, "POST /v1/staff/site-calendar", "calendar.manage", p.CloseSites, "Close sites for some days, or on a day of every week; open plans follow", creates, fails("409 calendar.too_many"))
	staff(s, "DELETE /v1/staff/site-calendar/{id}", "calendar.manage", p.OpenSites, "Take a closure back that has not begun; open plans come back", fails("409 calendar.begun"))
	staff(s, "GET /v1/staff/plan-policy", "plan.policy", p.Policy, "When a delay is told of, and what is proposed for it")
	staff(s, "PUT /v1/staff/plan-policy", "plan.policy", p.ChangePolicy, "Change that for delays to come; those that were found keep what was proposed", fails("409 plan_policy.changed"))

	staff(s, "GET /v1/staff/projects/{id}/plan", "project.read", p.Plan, "The plan: promised, planned, likely, and what changed", thirdParties)
	staff(s, "PUT /v1/staff/projects/{id}/plan", "plan.write", p.ChangePlan, "Change planned days of stages that are not completed, with a reason", fails("409 plan.changed", "409 plan.finished", "409 plan.stage_completed", "409 project.cancelled", "409 project.paused"))
	staff(s, "POST /v1/staff/projects/{id}/expedite", "plan.expedite", p.Expedite, "Have a stage done earlier; who approved it is shown", fails("409 plan.finished", "409 plan.stage_completed", "409 project.cancelled", "409 project.paused"))
	staff(s, "POST /v1/staff/projects/{id}/pause", "plan.write", p.Pause, "Let the work stand still, with a reason", fails("409 plan.finished", "409 project.cancelled", "409 project.paused"))
	staff(s, "POST /v1/staff/projects/{id}/resume", "plan.write", p.Resume, "Go on; what is open moves by the working days of the pause", fails("409 plan.finished", "409 project.cancelled", "409 project.not_paused"))

	staff(s, "GET /v1/staff/projects/{id}/delays", "project.read", p.Delays, "Delays with their notices, newest first")
	staff(s, "POST /v1/staff/delays/{id}/confirm", "plan.write", p.ConfirmDelay, "Tell the customer of a delay: reason, new date, compensation", fails("409 delay.decided", "409 plan.finished", "409 project.cancelled", "409 project.paused"))
	staff(s, "POST /v1/staff/delays/{id}/dismiss", "plan.write", p.DismissDelay, "Decide that there is nothing to tell of a delay", fails("409 delay.decided", "409 plan.finished", "409 project.cancelled"))

	staff(s, "GET /v1/staff/projects/{id}/phases", "project.read", p.Phases, "Phases of a project, oldest first")
	staff(s, "POST /v1/staff/projects/{id}/phases", "plan.write", p.AddPhase, "Split a part off a project that may be made later", creates, fails("409 phase.too_many", "409 project.cancelled"))
	staff(s, "PUT /v1/staff/projects/{id}/phases/{phase_id}", "plan.write", p.ChangePhase, "Change a phase's name or amount", fails("409 phase.changed", "409 phase.ended", "409 project.cancelled"))
	staff(s, "POST /v1/staff/projects/{id}/phases/{phase_id}/defer", "plan.write", p.DeferPhase, "Put a phase off, or off again", fails("409 phase.ended", "409 project.cancelled"))
	staff(s, "POST /v1/staff/projects/{id}/phases/{phase_id}/release", "plan.write", p.ReleasePhase, "Let a phase be made", fails("409 phase.ended", "409 project.cancelled"))
	staff(s, "POST /v1/staff/projects/{id}/phases/{phase_id}/cancel", "plan.write", p.CancelPhase, "Give a phase up", fails("409 phase.ended", "409 project.cancelled"))

	staff(s, "GET /v1/staff/reports/on-time", "report.read", p.OnTime, "On-time rates of completed stages by stage, person, team or store")

	customer(s, "GET /v1/me/projects/{id}/plan", p.MyPlan, "My project's plan: promised, planned, likely, delays, what changed")
	customer(s, "GET /v1/me/projects/{id}/phases", p.MyPhases, "Parts of my project that are made later")
}
