package router

// deliveryOperations are delivery batches, carriers' events, what the ERP reports.
func deliveryOperations(s *surface, a APIs) {
	d := a.Delivery
	photos := fails("404 file.not_found", "409 file.attached_elsewhere", "409 file.withdrawn", "409 file.risky")
	again := says("Send the same message again, with the same event_id and body, until it is answered; it has one effect. Messages may come in any order. See docs/integration-erp.md.")

	customer(s, "GET /v1/me/projects/{id}/deliveries", d.Mine, "What is delivered to my home, and how far its making is")
	customer(s, "POST /v1/me/projects/{id}/delivery-batches/{batch_id}/receive", d.ReceiveMine, "Confirm on site that a batch was received", photos, fails("403 home.guest_read_only", "409 delivery.state", "409 project.cancelled"))

	staff(s, "GET /v1/staff/projects/{id}/deliveries", "project.read", d.Of, "Delivery batches, shipments and production of a project")
	staff(s, "GET /v1/staff/projects/{id}/erp-messages", "project.read", d.Messages, "What other systems told of a project, newest first by their own time")
	staff(s, "POST /v1/staff/projects/{id}/delivery-batches", "delivery.write", d.Plan, "Promise a delivery batch", creates, fails("409 delivery.name_taken", "409 delivery.too_many", "409 project.cancelled"))
	staff(s, "PUT /v1/staff/delivery-batches/{id}", "delivery.write", d.Reschedule, "Promise a batch for another day, with the reason; the former promise is kept", fails("409 delivery.state", "409 project.cancelled"))
	staff(s, "POST /v1/staff/delivery-batches/{id}/advance", "delivery.write", d.Advance, "Say how far a batch is, where no carrier does", fails("409 delivery.state", "409 project.cancelled"))
	staff(s, "POST /v1/staff/delivery-batches/{id}/cancel", "delivery.write", d.Cancel, "Cancel a batch that has not arrived", fails("409 delivery.state", "409 project.cancelled"))
	staff(s, "POST /v1/staff/delivery-batches/{id}/receive", "delivery.write", d.Receive, "Confirm on site that a batch was received; what is missing opens a task", photos, fails("409 delivery.state", "409 project.cancelled"))
	staff(s, "POST /v1/staff/projects/{id}/shipments", "delivery.write", d.Ship, "Enter a shipment; the same carrier and number again is the same one", creates, fails("409 delivery.too_many", "409 project.cancelled", "409 shipment.event_mismatch"))
	staff(s, "POST /v1/staff/shipments/{id}/events", "delivery.write", d.Hear, "Enter what a carrier said; the newest event decides the state", creates, fails("409 project.cancelled", "409 shipment.event_mismatch"))
	staff(s, "POST /v1/staff/shipments/{id}/place", "delivery.write", d.Place, "Say which batch a shipment carries", fails("409 project.cancelled"))

	open(s, "POST /v1/open/erp/orders/{no}/status", "erp.status", d.ReportStatus, "Tell how far an order is", again, fails("409 erp.event_mismatch", "409 project.cancelled"))
	open(s, "POST /v1/open/erp/orders/{no}/shipments", "erp.shipments", d.ReportShipment, "Tell that goods were sent, and what their carrier said", again, fails("409 delivery.too_many", "409 erp.event_mismatch", "409 project.cancelled", "409 shipment.event_mismatch"))
}
