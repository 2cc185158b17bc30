package router

import "github.com/danielgtaylor/huma/v2"

// intakeOperations are imports: what the company had before it had this system.
func intakeOperations(s *surface, d Deps) {
	i := d.API.Intake
	staff(s, "POST /v1/staff/imports", "import.run", i.Upload, "Upload a file to import; it is checked first, and nothing is imported before it is applied", creates,
		filesOf(d.UploadMaxBytes), fails("403 import.company_only", "409 import.too_many", "413 file.too_large"))
	staff(s, "GET /v1/staff/imports", "import.run", i.List, "Imports, newest first", fails("403 import.company_only"))
	staff(s, "GET /v1/staff/imports/{id}", "import.run", i.Get, "How far an import is, and every faulty line of its file", fails("403 import.company_only"))
	staff(s, "POST /v1/staff/imports/{id}/apply", "import.run", i.Apply, "Import a file that was checked", fails("403 import.company_only", "409 import.faulty", "409 import.unreadable", "409 import.state"))
	staff(s, "POST /v1/staff/imports/{id}/discard", "import.run", i.Discard, "Give a file up before it is applied; it is removed", fails("403 import.company_only", "409 import.state"))
}

// filesOf lets a body be as large as a file may be, and take as long.
func filesOf(maxBytes int64) about {
	return func(op *huma.Operation) {
		op.MaxBodyBytes = maxBytes + formRoom
		op.BodyReadTimeout = uploadTime
	}
}
