package router

import (
	"maps"
	"slices"

	"guike/internal/actor"
)

// Permission names what an operation lets its caller do: domain.verb.
type Permission string

// None marks operations that every signed-in member of staff may use: their own account.
const None Permission = ""

// grant says how far a permission reaches for which roles.
type grant struct {
	own, store, region, all []actor.Role
}

// Grants is who may do what, and how far it reaches: the one table of permissions (design.md 5). A
// store manager holds every permission of sales and project managers within the store.
func Grants() map[Permission]grant {
	onSite := []actor.Role{actor.ProjectManager, actor.Installer, actor.Supervisor}
	atStore := []actor.Role{actor.Sales, actor.Designer}
	central := []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Management, actor.Admin}
	everybody := actor.Roles()
	manager := []actor.Role{actor.StoreManager}
	region := []actor.Role{actor.RegionalHead}
	admin := []actor.Role{actor.Admin}

	return map[Permission]grant{
		"customer.create": {store: with(manager, actor.Sales, actor.Designer), region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},
		"customer.read":   {own: onSite, store: with(manager, atStore...), region: region, all: with(central, actor.DataOfficer)},
		"customer.reveal": {own: onSite, store: with(manager, atStore...), region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.DataOfficer, actor.Admin}},
		"customer.care":   {own: onSite, store: with(manager, atStore...), region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},

		"project.create": {store: with(manager, actor.Sales), region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"project.read":   {own: with(onSite, actor.Designer), store: with(manager, actor.Sales), region: region, all: central},
		"budget.read":    {own: with(onSite, actor.Designer), store: with(manager, actor.Sales), region: region, all: central}, // beside project.read, since third parties see no money
		"project.log":    {own: with(onSite, actor.Designer), store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"project.stage":  {own: []actor.Role{actor.ProjectManager, actor.Designer, actor.Sales}, store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"project.people": {own: []actor.Role{actor.ProjectManager, actor.Sales}, store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"project.cancel": {store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},

		"inspection.write":  {own: with(onSite, actor.CustomerService), store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"check.write":       {own: with(onSite, actor.Designer), store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"defect.write":      {own: onSite, store: manager, region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},
		"supervisor.split":  {all: []actor.Role{actor.ExperienceCentre, actor.Management, actor.Admin}},
		"supervisor.manage": {store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"promise.write":     {own: []actor.Role{actor.ProjectManager, actor.Designer}, store: with(manager, actor.Sales), region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"acceptance.write":  {own: onSite, store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"acceptance.paper":  {store: manager, all: []actor.Role{actor.ExperienceCentre}},
		"checklist.manage":  {all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"order.scan":        {own: onSite, store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"camera.manage":     {own: []actor.Role{actor.ProjectManager}, store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"design.write":      {own: []actor.Role{actor.Designer}, store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"case.manage":       {store: with(manager, actor.Designer), region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"change.write":      {own: []actor.Role{actor.ProjectManager, actor.Designer}, store: with(manager, actor.Sales), region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"payment.record":    {store: with(manager, actor.Sales), region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"plan.write":        {own: []actor.Role{actor.ProjectManager}, store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"plan.expedite":     {all: []actor.Role{actor.ExperienceCentre}},
		"calendar.manage":   {all: []actor.Role{actor.Management, actor.Admin}},
		"plan.policy":       {all: []actor.Role{actor.Management, actor.Admin}},
		"delivery.write":    {own: onSite, store: with(manager, actor.Sales), region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},
		"material.read":     {all: everybody},
		"material.manage":   {all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"material.install":  {own: with(onSite, actor.Designer), store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Admin}},
		"material.recall":   {all: []actor.Role{actor.ExperienceCentre, actor.Management, actor.Admin}},
		"visit.write":       {store: manager, region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},
		"report.read":       {own: with(onSite, actor.Designer), store: with(manager, actor.Sales), region: region, all: central},
		"alert.raise":       {own: with(onSite, actor.Designer, actor.Sales), store: manager, region: region, all: central},
		"alert.work":        {own: with(onSite, actor.Designer, actor.Sales), store: manager, region: region, all: central},
		"apikey.manage":     {all: admin},

		"card.scan":    {all: []actor.Role{actor.Sales, actor.Designer, actor.StoreManager, actor.RegionalHead, actor.CustomerService, actor.ExperienceCentre, actor.Admin}},
		"adviser.name": {store: manager, region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},

		"level.manage": {all: []actor.Role{actor.Management, actor.ExperienceCentre, actor.Admin}},
		"title.grant":  {store: manager, region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},

		"reward.read":   {all: with(central, actor.StoreManager, actor.RegionalHead, actor.Sales)},
		"reward.manage": {all: []actor.Role{actor.Management, actor.ExperienceCentre, actor.Admin}},
		"reward.use":    {all: []actor.Role{actor.Sales, actor.StoreManager, actor.RegionalHead, actor.CustomerService, actor.ExperienceCentre, actor.Admin}},
		"reward.cancel": {all: []actor.Role{actor.StoreManager, actor.RegionalHead, actor.CustomerService, actor.ExperienceCentre, actor.Admin}},

		"import.run":     {all: []actor.Role{actor.Management, actor.DataOfficer, actor.Admin}},
		"coupon.read":    {own: onSite, store: with(manager, atStore...), region: region, all: with(central, actor.DataOfficer)},
		"coupon.issue":   {store: with(manager, actor.Sales), region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},
		"coupon.approve": {store: manager, region: region, all: []actor.Role{actor.ExperienceCentre, actor.Management, actor.Admin}},
		"coupon.manage":  {all: []actor.Role{actor.Management, actor.ExperienceCentre, actor.Admin}},
		"coupon.settle":  {all: []actor.Role{actor.Management, actor.ExperienceCentre, actor.DataOfficer, actor.Admin}},
		"coupon.use":     {all: []actor.Role{actor.Sales, actor.StoreManager, actor.RegionalHead, actor.CustomerService, actor.ExperienceCentre, actor.Admin}},

		"rule.manage":    {all: []actor.Role{actor.Management, actor.ExperienceCentre, actor.Admin}},
		"points.correct": {store: manager, region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Management, actor.Admin}},
		"points.approve": {store: manager, region: region, all: []actor.Role{actor.Management, actor.Admin}},
		"points.policy":  {all: []actor.Role{actor.Management, actor.Admin}},
		"points.read":    {own: onSite, store: with(manager, atStore...), region: region, all: with(central, actor.DataOfficer)},

		"file.upload":   {all: everybody},
		"file.withdraw": {own: []actor.Role{actor.ProjectManager, actor.Designer, actor.Sales, actor.Installer, actor.Supervisor}, store: manager, region: region, all: []actor.Role{actor.CustomerService, actor.ExperienceCentre, actor.Admin}},

		"task.work":   {own: []actor.Role{actor.Sales, actor.Designer, actor.ProjectManager, actor.Installer, actor.Supervisor, actor.DataOfficer}, store: manager, region: region, all: central},
		"task.create": {own: []actor.Role{actor.Sales, actor.Designer, actor.ProjectManager, actor.Installer, actor.Supervisor}, store: manager, region: region, all: central},

		"staff.read":   {store: with(manager, actor.Sales, actor.Designer, actor.ProjectManager, actor.Installer, actor.Supervisor), region: region, all: with(central, actor.DataOfficer)},
		"staff.manage": {store: manager, all: admin},
		"store.read":   {all: everybody},
		"store.manage": {all: admin},

		"notify.templates": {all: admin},
		"outbox.operate":   {all: admin},
	}
}

func with(roles []actor.Role, more ...actor.Role) []actor.Role {
	return append(slices.Clone(roles), more...)
}

// Permissions lists every permission, sorted.
func Permissions() []Permission { return slices.Sorted(maps.Keys(Grants())) }

// ScopeOf is how far a permission reaches for a role; actor.None when the role does not have it.
func ScopeOf(p Permission, r actor.Role) actor.Scope {
	return scopeIn(Grants(), p, r)
}

func scopeIn(table map[Permission]grant, p Permission, r actor.Role) actor.Scope {
	if p == None {
		return actor.Own
	}
	g := table[p]
	switch {
	case slices.Contains(g.all, r):
		return actor.All
	case slices.Contains(g.region, r):
		return actor.Region
	case slices.Contains(g.store, r):
		return actor.Store
	case slices.Contains(g.own, r):
		return actor.Own
	}
	return actor.None
}

// reach is how far a permission goes for one person. Customer service and the experience centre may
// work for the whole company or for one store; of a store, they reach no further than it. Without
// this a store manager, who hires customer service, would hire a pair of eyes for every store. People
// of other companies reach the projects alone that name them, by the operations alone that are marked
// thirdParties.
func reach(scope actor.Scope, who actor.Actor) actor.Scope {
	switch {
	case who.External:
		return min(scope, actor.Own)
	case who.StoreID.IsZero():
		return scope
	}
	return min(scope, actor.Store)
}
