package router

import (
	"guike/api/care"
	"guike/api/files"
	"guike/api/identity"
	"guike/api/membership/card"
	"guike/api/membership/correction"
	"guike/api/membership/coupon"
	"guike/api/membership/earning"
	"guike/api/membership/intake"
	"guike/api/membership/level"
	"guike/api/membership/reward"
	"guike/api/notify"
	"guike/api/project"
	"guike/api/project/budget"
	"guike/api/project/delivery"
	"guike/api/project/design"
	"guike/api/project/diary"
	"guike/api/project/handover"
	"guike/api/project/material"
	"guike/api/project/plan"
	"guike/api/project/quality"
	"guike/api/project/supervisor"
)

// APIs holds the owners of the operations.
type APIs struct {
	Customers *identity.CustomerAPI
	Sessions  *identity.SessionAPI
	Staff     *identity.StaffAPI
	Stores    *identity.StoreAPI
	Keys      *identity.KeyAPI
	Projects  *project.API
	Files     *files.API
	Notify    *notify.API
	Care      *care.API

	// the rooms of the project domain
	Quality    *quality.API
	Supervisor *supervisor.API
	Handover   *handover.API
	Design     *design.API
	Budget     *budget.API
	Plan       *plan.API
	Delivery   *delivery.API
	Material   *material.API
	Diary      *diary.API

	// the rooms of the membership domain
	Earning *earning.API
	Intake  *intake.API

	Level *level.API

	Reward *reward.API

	Coupon *coupon.API

	Card *card.API

	Correction *correction.API
}

// authOperations sign people in and out.
func authOperations(s *surface, a APIs) {
	public(s, "POST /v1/auth/wechat", a.Customers.SignInWithWechat, "Sign in with the code of wx.login; the first time registers", fails("401 wechat.code_invalid", "403 wechat.blocked", "503 wechat.unavailable", "403 customer.blocked"))
	public(s, "POST /v1/auth/refresh", a.Sessions.RefreshCustomer, "Exchange the refresh token for a new pair", fails("401 token.invalid", "401 session.reused", "401 session.revoked"))
	customer(s, "POST /v1/auth/logout", a.Sessions.LogoutCustomer, "End this session")
	public(s, "POST /v1/staff/auth/password", a.Staff.SignInByPassword, "Sign in with user name and password", fails("401 auth.failed", "429 auth.locked"))
	public(s, "POST /v1/staff/auth/refresh", a.Sessions.RefreshStaff, "Exchange the refresh token for a new pair", fails("401 token.invalid", "401 session.reused", "401 session.revoked"))
	staff(s, "POST /v1/staff/auth/logout", None, a.Sessions.LogoutStaff, "End this session", thirdParties)
}

// customerOperations are what a customer may do; whose things they are comes from the session.
func customerOperations(s *surface, d Deps) {
	a := d.API
	customer(s, "GET /v1/me", a.Customers.ReadProfile, "My profile")
	customer(s, "PUT /v1/me/profile", a.Customers.ChangeProfile, "Change my profile", fails("404 file.not_found", "409 birthday.changed_lately", "409 file.attached_elsewhere", "409 file.risky", "409 file.withdrawn", "409 profile.changed"))
	customer(s, "GET /v1/me/preferences", a.Customers.ReadMyPreferences, "What I like, and what is to be minded")
	customer(s, "PUT /v1/me/preferences", a.Customers.SetMyPreferences, "Say what I like; entries that I do not name stay", fails("403 consent.required"))
	customer(s, "POST /v1/me/phone", a.Customers.BindPhone, "Bind my phone by the button's code", fails("403 consent.required", "409 customer.not_claimed", "409 phone.taken", "422 phone.code_invalid", "422 phone.unsupported", "503 wechat.unavailable"))
	customer(s, "GET /v1/me/consents", a.Customers.ListConsents, "What I have agreed to")
	customer(s, "GET /v1/me/consents/history", a.Customers.ListConsentHistory, "Everything that I agreed to or withdrew, newest first")
	customer(s, "POST /v1/me/consents", a.Customers.RecordConsent, "Agree, or refuse, for one purpose", creates, fails("409 consent.outdated"))
	customer(s, "DELETE /v1/me/consents/{purpose}", a.Customers.WithdrawConsent, "Withdraw my consent for one purpose")
	customer(s, "GET /v1/me/privacy/access-log", a.Customers.ListAccesses, "Who looked at my data, and why")

	customer(s, "GET /v1/me/homes", a.Customers.ListHomes, "Homes that I belong to")
	customer(s, "POST /v1/me/homes", a.Customers.CreateHome, "Add a home", creates, fails("409 home.too_many"))
	customer(s, "GET /v1/me/homes/{id}", a.Customers.ReadHome, "One home and its members")
	customer(s, "POST /v1/me/homes/{id}/invitations", a.Customers.InviteToHome, "Invite family or a guest to a home", creates, fails("403 home.owner_only", "409 invitation.too_many"))
	customer(s, "POST /v1/me/home-invitations/{code}/accept", a.Customers.AcceptHomeInvitation, "Accept an invitation to a home", fails("409 invitation.expired", "409 invitation.used"))
	customer(s, "DELETE /v1/me/homes/{id}/members/{customer_id}", a.Customers.RemoveHomeMember, "Remove a member, or leave the home myself", fails("403 home.owner_only", "409 home.last_owner", "409 home.owner_stays"))

	customer(s, "GET /v1/me/projects", a.Projects.MyProjects, "My projects, newest first")
	customer(s, "GET /v1/me/projects/{id}", a.Projects.MyProject, "One project: stages, percent, days, people, what comes next")
	customer(s, "GET /v1/me/projects/{id}/overview", a.Projects.MyOverview, "One screen: what is happening, who answers, what comes next, what changed, what it costs, what waits for me")
	customer(s, "GET /v1/me/projects/{id}/timeline", a.Projects.MyTimeline, "What happened in my project, newest first, with photos")

	customer(s, "POST /v1/me/files", a.Files.UploadAsCustomer, "Upload a picture", creates, uploads(d.UploadMaxBytes), fails("409 file.quota"))

	customer(s, "GET /v1/me/inbox", a.Notify.Inbox, "My messages, newest first")
	customer(s, "POST /v1/me/inbox/{id}/read", a.Notify.Read, "Mark a message as read")
	customer(s, "POST /v1/me/inbox/read-all", a.Notify.ReadAll, "Mark all my messages as read")
	customer(s, "GET /v1/me/subscription-templates", a.Notify.Templates, "Which subscription messages to ask me for")
	customer(s, "POST /v1/me/subscription-grants", a.Notify.Grant, "Report what I answered to wx.requestSubscribeMessage")
}

// publicOperations need no session.
func publicOperations(s *surface, a APIs) {
	public(s, "GET /v1/public/policies", a.Customers.ListPolicies, "The current policies, their versions and purposes")
	public(s, "GET /v1/public/policies/{policy}/versions/{version}", a.Customers.ReadPolicy, "The text of one version of a policy")
	public(s, "GET /v1/public/stores", a.Stores.ListStores, "Stores that are open")
	public(s, "GET /v1/public/service-codes/{code}", a.Projects.ServiceCode, "Who is responsible for this order, now and before", says("A member of the home who is signed in sees phone numbers in full; everybody else sees them masked."))
	public(s, "GET /v1/public/service-codes/{code}/qr.png", a.Projects.ServiceCodePNG, "The service code as a QR picture")
}
