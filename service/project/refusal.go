package project

import "guike/internal/fault"

// ErrFamilyOnly refuses to guests of a home what its owners and family see: amounts and change orders.
var ErrFamilyOnly = fault.New(fault.Forbidden, "home.family_only",
	"仅业主与家人可以查看或进行此操作。", "Only the owners and family of the home may see or do this.")
