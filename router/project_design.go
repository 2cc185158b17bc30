package router

// designOperations are designs and their versions, the history that a home brings along, the case library.
func designOperations(s *surface, a APIs) {
	staff(s, "POST /v1/staff/projects/{id}/designs", "design.write", a.Design.Begin, "Begin a design", creates, fails("409 project.cancelled", "409 design.too_many"))
	staff(s, "GET /v1/staff/projects/{id}/designs", "project.read", a.Design.OfProject, "The designs of a project, with the versions that count")
	staff(s, "GET /v1/staff/designs/{id}", "project.read", a.Design.Get, "One design with all of its versions")
	staff(s, "POST /v1/staff/designs/{id}/versions", "design.write", a.Design.AddVersion, "Add a version, and show it to the customer unless it is a draft", creates,
		fails("409 project.cancelled", "409 design.withdrawn", "409 design.too_many", "404 file.not_found", "409 file.attached_elsewhere", "409 file.withdrawn"))
	staff(s, "POST /v1/staff/designs/{id}/versions/{version}/submit", "design.write", a.Design.Submit, "Show a draft to the customer", fails("409 project.cancelled", "409 design.withdrawn", "409 design.not_newest"))
	staff(s, "POST /v1/staff/designs/{id}/withdraw", "design.write", a.Design.Withdraw, "Take a design back", fails("409 project.cancelled", "409 design.withdrawn"))
	staff(s, "POST /v1/staff/projects/{id}/design-notes", "design.write", a.Design.Note, "Write down what the customer needs, or what was talked about", creates, fails("409 project.cancelled"))
	staff(s, "GET /v1/staff/projects/{id}/design-history", "project.read", a.Design.History, "Versions, decisions, needs, conversations and hand-overs, newest first")
	staff(s, "GET /v1/staff/homes/{id}/history", "project.read", a.Design.HomeHistory, "What was made for a home before, newest first", says("Whoever reaches one project of the home reads all of them here, without amounts: stages, approved designs and changes, what was built in."))

	customer(s, "GET /v1/me/projects/{id}/designs", a.Design.MyDesigns, "The designs of my project: the current version and the approved one")
	customer(s, "GET /v1/me/designs/{id}", a.Design.MyDesign, "One design with all versions that I was shown")
	customer(s, "POST /v1/me/designs/{id}/decision", a.Design.Decide, "Approve the current version, or ask for changes", fails("403 home.owner_only", "409 project.cancelled", "409 design.withdrawn", "409 design.changed", "409 design.decided"))
	customer(s, "POST /v1/me/designs/{id}/versions/{version}/view", a.Design.View, "Count that I looked at a version; once a day")
	customer(s, "GET /v1/me/homes/{id}/history", a.Design.MyHomeHistory, "What was made for my home, newest first", says("Stages, approved designs and changes, and what was built in, of every project. What a change cost is for owners of the home and the contract party."))

	staff(s, "POST /v1/staff/projects/{id}/case", "case.manage", a.Design.Publish, "Show a project as a case, while the customer's consent stands", creates,
		fails("403 consent.required", "404 file.not_found", "409 file.attached_elsewhere", "409 file.withdrawn", "409 project.cancelled", "422 file.not_a_picture"))
	staff(s, "GET /v1/staff/projects/{id}/case", "project.read", a.Design.ProjectCase, "The case of a project, and whether the public sees it")
	staff(s, "POST /v1/staff/cases/{id}/withdraw", "case.manage", a.Design.WithdrawCase, "Take a case out of the library", fails("409 case.withdrawn"))
	public(s, "GET /v1/public/cases", a.Design.Library, "Homes that were made, by budget, style and kind of dwelling")
	public(s, "GET /v1/public/cases/{id}", a.Design.PublicCase, "One case")
}
