package router

// handoverOperations are promises, acceptance with the customer's signature, the installer's scan,
// cameras, and craft explained.
func handoverOperations(s *surface, a APIs) {
	h := a.Handover
	pictures := fails("404 file.not_found", "409 file.attached_elsewhere", "409 file.withdrawn", "409 file.risky", "422 file.not_a_picture")

	staff(s, "POST /v1/staff/projects/{id}/promises", "promise.write", h.MakePromise, "Write down what was promised to the customer, who sees it at once", creates, fails("409 project.cancelled", "409 promise.handed_over", "409 promise.too_many"))
	staff(s, "GET /v1/staff/projects/{id}/promises", "project.read", h.Promises, "What was promised, and whether it was kept")
	staff(s, "GET /v1/staff/promises/{id}", "project.read", h.Promise, "One promise with its former texts")
	staff(s, "PUT /v1/staff/promises/{id}", "promise.write", h.EditPromise, "Edit a promise until the contract is signed; the former text is kept", fails("409 project.cancelled", "409 promise.changed", "409 promise.frozen"))
	staff(s, "POST /v1/staff/promises/{id}/settle", "promise.write", h.SettlePromise, "Say whether a promise was kept, and why", fails("409 project.cancelled", "409 promise.settled"))
	staff(s, "GET /v1/staff/reports/promises", "report.read", h.PromiseRates, "How many promises were kept, by store or by whoever made them")

	staff(s, "POST /v1/staff/projects/{id}/stages/{key}/acceptance", "acceptance.write", h.OpenAcceptance, "Put a sheet before the customer; another one of the round is a new version", creates, pictures, fails("409 project.cancelled", "409 acceptance.stage_not_active"))
	staff(s, "GET /v1/staff/projects/{id}/stages/{key}/checklist", "project.read", h.StageChecklist, "What a stage is accepted by", thirdParties)
	staff(s, "GET /v1/staff/projects/{id}/acceptances", "project.read", h.Acceptances, "The sheets of a project, newest first")
	staff(s, "GET /v1/staff/acceptances/{id}", "project.read", h.Acceptance, "One sheet, as it stands or at a version")
	staff(s, "POST /v1/staff/acceptances/{id}/paper", "acceptance.paper", h.RecordPaper, "Record a signature that was given on paper, with its picture and a reason", pictures, fails("409 project.cancelled", "409 acceptance.changed", "409 acceptance.decided"))
	staff(s, "GET /v1/staff/checklists", "acceptance.write", h.Checklists, "The checklists of all stages")
	staff(s, "POST /v1/staff/checklists", "checklist.manage", h.ChangeChecklist, "Replace the checklist of a stage; open sheets keep theirs", creates, fails("409 checklist.changed"))

	staff(s, "POST /v1/staff/projects/{id}/cameras", "camera.manage", h.SetCamera, "Show the site live within a window; the link is stored, never fetched", creates, fails("409 camera.too_many", "409 project.cancelled"))
	staff(s, "GET /v1/staff/projects/{id}/cameras", "camera.manage", h.Cameras, "The cameras of a project, newest first")
	staff(s, "PUT /v1/staff/cameras/{id}", "camera.manage", h.ChangeCamera, "Change link, window or words of a camera", fails("409 camera.changed", "409 project.cancelled"))
	staff(s, "DELETE /v1/staff/cameras/{id}", "camera.manage", h.EndCamera, "Take a camera away at once", fails("409 project.cancelled"))

	staff(s, "POST /v1/staff/orders/{code}/scan", "order.scan", h.ScanOrder, "Scan an order: drawings, notes, care points, preferences, people; the scan is logged", fails("409 project.cancelled"))
	staff(s, "GET /v1/staff/projects/{id}/scans", "order.scan", h.Scans, "Who scanned the order, newest first")
	staff(s, "POST /v1/staff/projects/{id}/site-notes", "project.log", h.AddSiteNote, "Write down what whoever works on site has to know", creates, pictures, fails("409 project.cancelled", "409 site_note.too_many"))
	staff(s, "GET /v1/staff/projects/{id}/site-notes", "order.scan", h.SiteNotes, "What whoever works on site has to know, newest first")
	staff(s, "DELETE /v1/staff/site-notes/{id}", "project.log", h.WithdrawSiteNote, "Take a site note back", fails("409 project.cancelled"))

	staff(s, "GET /v1/staff/craft-notes", "project.read", h.CraftNotes, "The library of craft explained, newest first")
	staff(s, "POST /v1/staff/craft-notes", "checklist.manage", h.AddCraftNote, "Explain a piece of craft to customers, at a stage", creates, pictures, fails("409 craft_note.key_taken"))
	staff(s, "PUT /v1/staff/craft-notes/{id}", "checklist.manage", h.ChangeCraftNote, "Change a craft note, or hide it", pictures, fails("409 craft_note.changed"))

	customer(s, "GET /v1/me/projects/{id}/promises", h.MyPromises, "What was promised to me, and whether it was kept")
	customer(s, "POST /v1/me/promises/{id}/dispute", h.DisputePromise, "Say that a promise was not settled rightly, until the hand-over", fails("403 home.owner_only", "409 project.cancelled", "409 promise.handed_over", "409 promise.not_settled"))
	customer(s, "GET /v1/me/projects/{id}/acceptances", h.MyAcceptances, "The acceptance sheets of my project, newest first")
	customer(s, "GET /v1/me/acceptances/{id}", h.MyAcceptance, "One sheet, as it stands or at the version that I signed")
	customer(s, "POST /v1/me/acceptances/{id}/sign", h.SignAcceptance, "Sign the sheet's current version", fails("403 home.owner_only", "409 acceptance.changed", "409 acceptance.decided", "409 project.cancelled"))
	customer(s, "POST /v1/me/acceptances/{id}/refuse", h.RefuseAcceptance, "Refuse the sheet's current version, and say why", fails("403 home.owner_only", "409 acceptance.changed", "409 acceptance.decided", "409 project.cancelled"))
	customer(s, "GET /v1/me/projects/{id}/cameras", h.MyCameras, "The live pictures of my site; the link within the window alone")
	customer(s, "GET /v1/me/projects/{id}/craft-notes", h.MyCraftNotes, "Why things are made as they are, for the stages of my project")
}
