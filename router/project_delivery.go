package router

// deliveryOperations are delivery batches, carriers' events, what the ERP reports.
func deliveryOperations(_ *surface, _ APIs) {}
