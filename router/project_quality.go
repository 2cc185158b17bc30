package router

// qualityOperations are inspections and their hazards, the three checks, and defects.
func qualityOperations(s *surface, a APIs) {
	files := fails("404 file.not_found", "409 file.attached_elsewhere", "409 file.withdrawn", "409 file.risky", "422 file.not_a_picture")
	cancelled := fails("409 project.cancelled")

	customer(s, "GET /v1/me/projects/{id}/inspections", a.Quality.MyInspections, "Supervisors' reports on my project with what they found, newest first")
	customer(s, "GET /v1/me/projects/{id}/inspections/{inspection_id}", a.Quality.MyInspection, "One report on my project")
	customer(s, "GET /v1/me/projects/{id}/hazards", a.Quality.MyHazards, "What was found wrong in my project and what came of it, with photos before and after")
	customer(s, "GET /v1/me/projects/{id}/checks", a.Quality.MyChecks, "The three checks of my project's stages: who, when, passed or not")
	customer(s, "GET /v1/me/projects/{id}/defects", a.Quality.MyDefects, "What was found broken on site in my project, and when it is fixed")

	staff(s, "POST /v1/staff/projects/{id}/inspections", "inspection.write", a.Quality.PostInspection, "Post a supervisor's report with its hazards", thirdParties, creates, files, cancelled)
	staff(s, "GET /v1/staff/projects/{id}/inspections", "project.read", a.Quality.Inspections, "Supervisors' reports, newest first", thirdParties)
	staff(s, "GET /v1/staff/projects/{id}/inspections/{inspection_id}", "project.read", a.Quality.Inspection, "One report", thirdParties)
	staff(s, "GET /v1/staff/projects/{id}/hazards", "project.read", a.Quality.Hazards, "Hazards of the project, newest first", thirdParties)
	staff(s, "GET /v1/staff/hazards/{id}", "task.work", a.Quality.Hazard, "One hazard: for its owner, wherever they work, and for those within whose reach its project is", thirdParties)
	staff(s, "POST /v1/staff/hazards/{id}/fix", "task.work", a.Quality.FixHazard, "Tell that a hazard of mine is mended", thirdParties, files, cancelled, fails("403 hazard.owner_only", "409 hazard.state"))
	staff(s, "POST /v1/staff/hazards/{id}/recheck", "inspection.write", a.Quality.RecheckHazard, "Look again at what somebody else mended: passed, or reopened with a new day", thirdParties, cancelled, fails("409 hazard.same_person", "409 hazard.state"))
	staff(s, "POST /v1/staff/projects/{id}/stages/{key}/checks", "check.write", a.Quality.PostCheck, "Make one of the three checks of a stage under way", thirdParties, creates, files, cancelled, fails("403 check.special_role", "409 check.same_person", "409 check.passed_already", "409 check.stage_not_active"))
	staff(s, "GET /v1/staff/projects/{id}/checks", "project.read", a.Quality.Checks, "The checks of the project's stages, newest first", thirdParties)
	staff(s, "POST /v1/staff/projects/{id}/defects", "defect.write", a.Quality.ReportDefect, "Report something broken on site; its clock starts", thirdParties, creates, files, cancelled)
	staff(s, "GET /v1/staff/projects/{id}/defects", "project.read", a.Quality.Defects, "Defects of the project, newest first", thirdParties)
	staff(s, "PUT /v1/staff/defects/{id}", "defect.write", a.Quality.ChangeDefect, "Move a defect on: part ordered, arrived, fixed", thirdParties, files, cancelled, fails("409 defect.changed", "409 defect.state"))
}
