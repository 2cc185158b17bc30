package project

import (
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/project"
)

// Cancelled refuses a change to a project that has been cancelled.
func Cancelled() *fault.Fault { return errCancelled }

// OwnerOnly refuses what an owner of the home, or the contract party, decides: contracts, money,
// signatures.
func OwnerOnly() *fault.Fault {
	return fault.New(fault.Forbidden, "home.owner_only", "仅房屋业主可以进行此操作。", "Only an owner of the home may do this.")
}

// FamilyOnly refuses to guests of a home what owners and family see: amounts, change orders.
func FamilyOnly() *fault.Fault {
	return fault.New(fault.Forbidden, "home.family_only", "仅业主与家人可以查看或进行此操作。", "Only the owners and family of the home may see or do this.")
}

// Decides tells whether the customer may decide for the home: an owner of it, or the contract party.
func Decides(seen project.Seen, customer id.ID) bool {
	return seen.Owner() || seen.CustomerID == customer
}
