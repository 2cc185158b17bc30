package router

// staffOperations are what staff may do, each with the permission that it needs; how far the
// permission reaches for a role stands in access.go.
func staffOperations(s *surface, d Deps) {
	a := d.API
	staff(s, "GET /v1/staff/me", None, a.Staff.StaffMe, "My account", thirdParties)
	staff(s, "PUT /v1/staff/me/password", None, a.Staff.ChangeMyPassword, "Change my password; all other sessions end", thirdParties, fails("429 auth.locked"))

	staff(s, "GET /v1/staff/staff", "staff.read", a.Staff.ListStaff, "Colleagues")
	staff(s, "POST /v1/staff/staff", "staff.manage", a.Staff.CreateStaff, "Employ somebody; the first password is shown once", creates, fails("403 staff.role_forbidden", "409 staff.username_taken"))
	staff(s, "GET /v1/staff/staff/{id}", "staff.read", a.Staff.GetStaff, "One colleague")
	staff(s, "PUT /v1/staff/staff/{id}", "staff.manage", a.Staff.UpdateStaff, "Change name, role, store or phone", fails("403 staff.role_forbidden", "409 staff.own_account", "409 staff.last_admin", "409 staff.external"))
	staff(s, "POST /v1/staff/staff/{id}/disable", "staff.manage", a.Staff.DisableStaff, "Disable somebody; their sessions end at once", fails("403 staff.role_forbidden", "409 staff.own_account", "409 staff.last_admin"))
	staff(s, "POST /v1/staff/staff/{id}/enable", "staff.manage", a.Staff.EnableStaff, "Enable somebody again", fails("403 staff.role_forbidden", "409 staff.own_account", "409 staff.last_admin"))
	staff(s, "POST /v1/staff/staff/{id}/reset-password", "staff.manage", a.Staff.ResetStaffPassword, "Give a new first password", fails("403 staff.role_forbidden", "409 staff.own_account", "409 staff.last_admin"))
	staff(s, "POST /v1/staff/stores", "store.manage", a.Stores.CreateStore, "Open a store", creates, fails("409 store.name_taken"))
	staff(s, "PUT /v1/staff/stores/{id}", "store.manage", a.Stores.UpdateStore, "Change a store", fails("409 store.name_taken"))
	staff(s, "GET /v1/staff/regions", "store.read", a.Stores.ListRegions, "Regions")
	staff(s, "POST /v1/staff/regions", "store.manage", a.Stores.CreateRegion, "Add a region", creates, fails("409 region.name_taken"))
	staff(s, "POST /v1/staff/api-keys", "apikey.manage", a.Keys.CreateAPIKey, "Issue an API key to another system; the secret is shown once", creates)
	staff(s, "GET /v1/staff/api-keys", "apikey.manage", a.Keys.ListAPIKeys, "API keys, revoked ones too, newest first")
	staff(s, "POST /v1/staff/api-keys/{id}/revoke", "apikey.manage", a.Keys.RevokeAPIKey, "Revoke an API key; it opens nothing from now on")

	staff(s, "GET /v1/staff/customers", "customer.read", a.Customers.ListCustomers, "Find customers at the door, by phone, card or name, with what to know in the first minute")
	staff(s, "POST /v1/staff/customers", "customer.create", a.Customers.EnterCustomer, "Enter a customer who has not signed in yet", creates, fails("409 customer.exists"))
	staff(s, "GET /v1/staff/customers/{id}", "customer.read", a.Customers.ReadCustomer, "One customer, masked")
	staff(s, "POST /v1/staff/customers/{id}/reveal", "customer.reveal", a.Customers.RevealCustomer, "See a customer's data in full, with a reason that the customer can read", fails("429 reveal.limit"))
	staff(s, "GET /v1/staff/customers/{id}/care-notes", "customer.read", a.Customers.ListCareNotes, "What colleagues remember of a customer, newest first")
	staff(s, "POST /v1/staff/customers/{id}/care-notes", "customer.care", a.Customers.AddCareNote, "Remember something of a customer", creates, fails("409 care_note.too_many"))
	staff(s, "POST /v1/staff/customers/{id}/care-notes/{note}/withdraw", "customer.care", a.Customers.WithdrawCareNote, "Withdraw a care note: its text is gone")
	staff(s, "GET /v1/staff/customers/{id}/preferences", "customer.read", a.Customers.ReadPreferences, "What a customer likes, and what is to be minded")
	staff(s, "PUT /v1/staff/customers/{id}/preferences", "customer.care", a.Customers.SetPreferences, "Keep what a customer likes; entries that are not named stay", fails("403 consent.required"))

	staff(s, "POST /v1/staff/projects", "project.create", a.Projects.Create, "Create a project", creates)
	staff(s, "GET /v1/staff/projects", "project.read", a.Projects.List, "Projects, newest first", thirdParties)
	staff(s, "GET /v1/staff/projects/{id}", "project.read", a.Projects.Get, "One project", thirdParties)
	staff(s, "GET /v1/staff/projects/{id}/timeline", "project.read", a.Projects.Timeline, "What happened in the project, newest first", thirdParties)
	staff(s, "POST /v1/staff/projects/{id}/stages/{key}/start", "project.stage", a.Projects.StartStage, "Start a stage", fails("409 stage.conditions_unmet"))
	staff(s, "POST /v1/staff/projects/{id}/stages/{key}/complete", "project.stage", a.Projects.CompleteStage, "Complete a stage", fails("409 stage.conditions_unmet"))
	staff(s, "POST /v1/staff/projects/{id}/stages/{key}/reopen", "project.stage", a.Projects.ReopenStage, "Reopen a completed stage", fails("409 stage.conditions_unmet"))
	staff(s, "POST /v1/staff/projects/{id}/daily-logs", "project.log", a.Projects.PostDailyLog, "Post today's log; a second one of the day edits the first", creates, fails("404 file.not_found", "409 file.attached_elsewhere", "409 file.withdrawn", "409 project.cancelled"))
	staff(s, "GET /v1/staff/projects/{id}/daily-logs/{log_id}/history", "project.read", a.Projects.LogHistory, "What a log said before it was edited", thirdParties)
	staff(s, "GET /v1/staff/projects/{id}/people", "project.read", a.Projects.People, "People in charge, now and before", thirdParties)
	staff(s, "POST /v1/staff/projects/{id}/people", "project.people", a.Projects.Assign, "Put somebody in charge, with a hand-over note", creates, fails("409 project.cancelled", "409 project.person_unchanged"))
	staff(s, "POST /v1/staff/projects/{id}/cancel", "project.cancel", a.Projects.Cancel, "Cancel a project", fails("409 project.cancelled", "409 project.completed"))
	staff(s, "GET /v1/staff/projects/{id}/service-code.png", "project.read", a.Projects.StaffServiceCodePNG, "The project's service code as a QR picture, to print")

	staff(s, "POST /v1/staff/files", "file.upload", a.Files.UploadAsStaff, "Upload a picture or a PDF", thirdParties, creates, uploads(d.UploadMaxBytes), fails("422 file.active_content"))
	staff(s, "POST /v1/staff/files/{id}/withdraw", "file.withdraw", a.Files.Withdraw, "Withdraw a picture: it disappears everywhere")

	staff(s, "GET /v1/staff/tasks", "task.work", a.Care.Tasks, "What is due, first things first", thirdParties)
	staff(s, "POST /v1/staff/tasks", "task.create", a.Care.OpenTask, "Open a task by hand", creates)
	staff(s, "GET /v1/staff/tasks/{id}", "task.work", a.Care.Task, "One task with its history", thirdParties)
	staff(s, "POST /v1/staff/tasks/{id}/complete", "task.work", a.Care.CompleteTask, "End a task with an outcome, and the alert that it carries", thirdParties, fails("403 alert.not_yours", "409 task.ended"))
	staff(s, "POST /v1/staff/tasks/{id}/assign", "task.work", a.Care.AssignTask, "Give a task to a colleague", fails("403 alert.not_yours", "409 task.ended"))

	staff(s, "GET /v1/staff/alerts", "alert.work", a.Care.Alerts, "What goes wrong, newest first; closed alerts only when asked for")
	staff(s, "POST /v1/staff/alerts", "alert.raise", a.Care.RaiseAlert, "Raise an alert by hand", creates)
	staff(s, "GET /v1/staff/alerts/{id}", "alert.work", a.Care.Alert, "One alert with its history")
	staff(s, "POST /v1/staff/alerts/{id}/acknowledge", "alert.work", a.Care.AcknowledgeAlert, "Say that I have an alert in hand", fails("403 alert.not_yours", "409 alert.closed"))
	staff(s, "POST /v1/staff/alerts/{id}/raise", "alert.work", a.Care.RaiseAlertLevel, "Make an alert the business of a higher level, with a reason", fails("409 alert.closed", "409 alert.level_reached"))
	staff(s, "POST /v1/staff/alerts/{id}/close", "alert.work", a.Care.CloseAlert, "End an alert and its task with an outcome", fails("403 alert.not_yours", "409 alert.closed"))

	staff(s, "GET /v1/staff/inbox", None, a.Notify.StaffInbox, "My messages, newest first", thirdParties)
	staff(s, "POST /v1/staff/inbox/{id}/read", None, a.Notify.StaffRead, "Mark a message as read", thirdParties)
	staff(s, "POST /v1/staff/inbox/read-all", None, a.Notify.StaffReadAll, "Mark all my messages as read", thirdParties)

	staff(s, "GET /v1/staff/outbox/dead", "outbox.operate", a.Notify.DeadLetters, "Side effects that were given up")
	staff(s, "POST /v1/staff/outbox/dead/{id}/requeue", "outbox.operate", a.Notify.Requeue, "Try a dead side effect again")
	staff(s, "GET /v1/staff/subscription-templates", "notify.templates", a.Notify.StaffTemplates, "Subscription templates and what fills them")
	staff(s, "PUT /v1/staff/subscription-templates/{key}", "notify.templates", a.Notify.ChangeTemplate, "Change a subscription template", fails("409 template.changed", "409 template.event_taken"))
}
