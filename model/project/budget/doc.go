// Package budget keeps change orders, payments, and the budget that follows from them.
package budget
