package router

// supervisorOperations are third-party supervisors: their directory, the customer's choice, its
// confirmation, and how the fee is shared.
func supervisorOperations(s *surface, a APIs) {
	v, cancelled := a.Supervisor, fails("409 project.cancelled")

	customer(s, "GET /v1/me/supervisors", v.Directory, "Third-party supervisors whom I may choose")
	customer(s, "GET /v1/me/projects/{id}/supervisor", v.Mine, "The supervisor chosen for my project, and how the fee is shared")
	customer(s, "POST /v1/me/projects/{id}/supervisor", v.Choose, "Choose a third-party supervisor for my project", creates, cancelled, fails("403 home.owner_only", "409 supervisor.chosen", "409 supervisor.project_closed"))
	customer(s, "POST /v1/me/projects/{id}/supervisor/end", v.EndMine, "End what the supervisor does for my project", cancelled, fails("403 home.owner_only"))

	staff(s, "GET /v1/staff/supervisors", "supervisor.manage", v.StaffDirectory, "The directory of third-party supervisors")
	staff(s, "POST /v1/staff/supervisors", "supervisor.manage", v.Add, "Add a supervisor to the directory", creates)
	staff(s, "GET /v1/staff/supervisors/{id}", "supervisor.manage", v.Entry, "One supervisor of the directory")
	staff(s, "PUT /v1/staff/supervisors/{id}", "supervisor.manage", v.Change, "Change what is said of a supervisor", fails("403 supervisor.not_yours", "409 supervisor.changed"))
	staff(s, "POST /v1/staff/supervisors/{id}/reset-password", "supervisor.manage", v.ResetPassword, "Give a supervisor a new first password, shown once; their sessions end", fails("403 supervisor.not_yours"))
	staff(s, "GET /v1/staff/supervisor-fee-split", "supervisor.manage", v.FeeSplit, "How company and customer share a supervisor's fee")
	staff(s, "PUT /v1/staff/supervisor-fee-split", "supervisor.split", v.ChangeFeeSplit, "Change how the fee is shared in choices to come")
	staff(s, "GET /v1/staff/projects/{id}/supervisor", "project.read", v.OfProject, "The supervisor whom the customer chose", thirdParties)
	staff(s, "POST /v1/staff/projects/{id}/supervisor/confirm", "supervisor.manage", v.Confirm, "Confirm the customer's choice: in charge, with a sign-in limited to such projects; the first password is shown once", cancelled, fails("409 project.person_unchanged", "409 staff.disabled_by_hand", "409 staff.username_taken", "409 supervisor.choice_state"))
	staff(s, "POST /v1/staff/projects/{id}/supervisor/decline", "supervisor.manage", v.Decline, "Decline the customer's choice with a reason", cancelled, fails("409 supervisor.choice_state"))
	staff(s, "POST /v1/staff/projects/{id}/supervisor/end", "supervisor.manage", v.End, "End what the supervisor does for the project", cancelled)
}
