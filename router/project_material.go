package router

// materialOperations are the catalogue, batches and their documents, specifications, what was
// installed, and recalls.
func materialOperations(s *surface, a APIs) {
	m := a.Material
	staff(s, "GET /v1/staff/materials", "material.read", m.Materials, "The catalogue of materials, newest first")
	staff(s, "POST /v1/staff/materials", "material.manage", m.AddMaterial, "Add a material to the catalogue", creates, fails("409 material.exists"))
	staff(s, "GET /v1/staff/materials/{id}", "material.read", m.Material, "One material with all its documents")
	staff(s, "PUT /v1/staff/materials/{id}", "material.manage", m.ChangeMaterial, "Change what the catalogue says of a material", fails("409 material.exists"))
	staff(s, "GET /v1/staff/materials/{id}/batches", "material.read", m.Batches, "The batches of a material, newest first")
	staff(s, "POST /v1/staff/materials/{id}/batches", "material.manage", m.AddBatch, "Take in a batch, under a label of its own", creates, fails("409 material.batch_exists"))
	staff(s, "POST /v1/staff/materials/{id}/documents", "material.manage", m.AddDocument, "Keep a report, certificate or contract of a material or batch", creates, fails("404 file.not_found", "409 file.attached_elsewhere", "409 file.withdrawn", "409 material.too_many"))
	staff(s, "POST /v1/staff/materials/{id}/documents/{document_id}/withdraw", "material.manage", m.WithdrawDocument, "Take a document away from every reader")
	staff(s, "GET /v1/staff/material-batches/{id}/homes", "material.recall", m.Homes, "The homes that have some of a batch in them")
	staff(s, "POST /v1/staff/material-batches/{id}/recall", "material.recall", m.Recall, "Call a batch back: none of it may be installed, and every home gets a task", creates)
	staff(s, "GET /v1/staff/material-batches/{id}/recall", "material.recall", m.RecallState, "How far a recall has come")
	staff(s, "GET /v1/staff/projects/{id}/materials", "project.read", m.OfProject, "What is specified for a home and what was built in", thirdParties)
	staff(s, "PUT /v1/staff/projects/{id}/specification", "design.write", m.Specify, "Replace the specification; after the signing by an approved change order only", fails("409 project.cancelled", "409 specification.changed", "409 specification.frozen", "409 specification.order_used"))
	staff(s, "POST /v1/staff/projects/{id}/installs", "material.install", m.Install, "Write down what was built in; what is not specified raises an alert", creates, fails("409 project.cancelled", "409 material.batch_recalled", "409 material.too_many"))
	staff(s, "POST /v1/staff/projects/{id}/installs/{install_id}/withdraw", "material.install", m.WithdrawInstall, "Take back an installation that was entered by mistake")

	customer(s, "GET /v1/me/projects/{id}/materials", m.MyMaterials, "What is specified for my home, what was built in, and its reports")

	public(s, "GET /v1/public/materials/{code}", m.Scan, "What a material's or a batch's label stands for: brand, batch, reports")
	public(s, "GET /v1/public/materials/{code}/qr.png", m.LabelPNG, "The label as a QR picture")
}
