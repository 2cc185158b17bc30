package router

// budgetOperations are change orders, payments, and the budget that follows from them.
func budgetOperations(_ *surface, _ APIs) {}
