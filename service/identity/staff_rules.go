package identity

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"guike/internal/actor"
	"guike/internal/fault"
)

// storeRoles are the roles that a store manager hires and looks after.
var storeRoles = []actor.Role{
	actor.Sales, actor.Designer, actor.ProjectManager, actor.Installer, actor.Supervisor, actor.CustomerService,
}

// mayManage tells whether the actor's role is above another one: an admin is above everybody, a
// regional head above the stores and their managers, a store manager above the store's people.
func mayManage(who actor.Actor, role actor.Role) bool {
	switch {
	case who.Kind == actor.System || who.Role == actor.Admin:
		return true
	case who.Role == actor.RegionalHead:
		return role == actor.StoreManager || slices.Contains(storeRoles, role)
	case who.Role == actor.StoreManager:
		return slices.Contains(storeRoles, role)
	}
	return false
}

// place says where people of a role belong.
type place int

const (
	nowhere   place = iota // the whole company
	inStore                // one store, always
	maybeHere              // a store or the head office
	inRegion               // one region, always
)

func placeOf(role actor.Role) place {
	switch role {
	case actor.RegionalHead:
		return inRegion
	case actor.CustomerService, actor.ExperienceCentre:
		return maybeHere
	case actor.Management, actor.DataOfficer, actor.Admin:
		return nowhere
	default:
		return inStore
	}
}

// placed refuses a person whose store and region do not fit the role.
func (in StaffForm) placed() error {
	p := placeOf(in.Role)
	switch {
	case !in.Role.Valid():
		return fault.Broken("body.role", "unknown", "没有这个岗位。", "There is no such role.")
	case p == inStore && in.StoreID.IsZero():
		return fault.Broken("body.store_id", "required", "该岗位必须属于一家门店。", "People of this role belong to a store.")
	case (p == nowhere || p == inRegion) && !in.StoreID.IsZero():
		return fault.Broken("body.store_id", "not_allowed", "该岗位不属于任何门店。", "People of this role belong to no store.")
	case p == inRegion && in.RegionID.IsZero():
		return fault.Broken("body.region_id", "required", "区域负责人必须属于一个区域。", "A regional head belongs to a region.")
	case p != inRegion && !in.RegionID.IsZero():
		return fault.Broken("body.region_id", "not_allowed", "只有区域负责人需要指定区域。", "Only a regional head is given a region.")
	}
	return nil
}

var goodUsername = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{2,63}$`)

// normalUsername is the form in which user names are kept and compared.
func normalUsername(s string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))
}
