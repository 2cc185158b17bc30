package identity

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/identity"
	service "guike/service/identity"
)

// TokenPair is what a client signs its requests with.
type TokenPair struct {
	AccessToken  string `json:"access_token" doc:"Goes into the Authorization header after Bearer." example:"eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.e30.c2ln"`
	ExpiresIn    int64  `json:"expires_in" doc:"Seconds until the access token must be refreshed." example:"1800"`
	RefreshToken string `json:"refresh_token" doc:"Gets the next pair, once." example:"q0b1nVd3l7Wc5k8rZx2yT4uM6sP9aE0fGhJkLmNoQrs"`
}

func viewTokens(t service.Tokens) TokenPair {
	return TokenPair{AccessToken: t.Access, ExpiresIn: t.ExpiresIn, RefreshToken: t.Refresh}
}

// SignedInStaff is a fresh session of a member of staff.
type SignedInStaff struct {
	TokenPair
	Staff                  StaffBrief `json:"staff" doc:"Who signed in."`
	PasswordChangeRequired bool       `json:"password_change_required" doc:"The first password was used: nothing works but PUT /v1/staff/me/password." example:"false"`
}

// StaffBrief is a member of staff in one line.
type StaffBrief struct {
	ID      id.ID  `json:"id" doc:"The person's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Name    string `json:"name" doc:"The name." example:"王芳"`
	Role    string `json:"role" doc:"What the person is employed as." example:"designer"`
	StoreID id.ID  `json:"store_id,omitzero" required:"false" doc:"The store; absent for those of no store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
}

func viewStaffBrief(m service.StaffMember) StaffBrief {
	return StaffBrief{ID: m.ID, Name: m.Name, Role: string(m.Role), StoreID: m.StoreID}
}

// StaffView is a member of staff as colleagues in charge see them.
type StaffView struct {
	StaffBrief
	Username               string     `json:"username" doc:"The name to sign in with." example:"wang.fang"`
	StoreName              string     `json:"store_name,omitempty" required:"false" doc:"The store's name." example:"杭州西湖店"`
	RegionID               id.ID      `json:"region_id,omitzero" required:"false" doc:"The region of a regional head." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	Phone                  string     `json:"phone,omitempty" required:"false" doc:"The work phone." example:"13800138000"`
	PasswordChangeRequired bool       `json:"password_change_required" doc:"The first password has not been changed yet." example:"false"`
	DisabledAt             *time.Time `json:"disabled_at,omitempty" required:"false" doc:"Since when the person may not sign in." example:"2026-11-23T01:30:00Z"`
	CreatedAt              time.Time  `json:"created_at" doc:"When the account was made." example:"2026-11-01T02:00:00Z"`
	Version                int64      `json:"version" doc:"Grows with every change." example:"3"`
}

func viewStaff(m service.StaffMember) StaffView {
	return StaffView{
		StaffBrief: viewStaffBrief(m), Username: m.Username, StoreName: m.Store.Name, RegionID: m.RegionID, Phone: m.Phone,
		PasswordChangeRequired: m.PasswordFirst, DisabledAt: contract.Until(m.DisabledAt),
		CreatedAt: contract.Instant(m.CreatedAt), Version: m.Version,
	}
}

// NewStaffView is an account just made.
type NewStaffView struct {
	StaffView
	FirstPassword string `json:"first_password,omitempty" required:"false" doc:"Works for one sign-in, which must change it. Shown once: a replayed answer lacks it." example:"7kq2-9xwd-m3t8r"`
}

// FirstPassword is a password to be handed over.
type FirstPassword struct {
	FirstPassword string `json:"first_password" doc:"Works for one sign-in, which must change it. Shown once." example:"7kq2-9xwd-m3t8r"`
}

// StoreView is a store as everybody sees it.
type StoreView struct {
	ID       id.ID  `json:"id" doc:"The store's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	Name     string `json:"name" doc:"The store's name." example:"杭州西湖店"`
	City     string `json:"city" doc:"The city." example:"杭州市"`
	RegionID id.ID  `json:"region_id,omitzero" required:"false" doc:"The region that it belongs to." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	Address  string `json:"address" doc:"The rest of the address." example:"文三路 100 号"`
	Phone    string `json:"phone" doc:"The line that customers dial." example:"0571-88880000"`
	Open     bool   `json:"open" doc:"Whether it receives customers." example:"true"`
}

func viewStore(s model.Store) StoreView {
	return StoreView{ID: s.ID, Name: s.Name, City: s.City, RegionID: s.RegionID, Address: s.Address, Phone: s.Phone, Open: s.Open}
}

// RegionView is a region.
type RegionView struct {
	ID   id.ID  `json:"id" doc:"The region's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	Name string `json:"name" doc:"The region's name." example:"华东"`
}

func viewRegion(r model.Region) RegionView { return RegionView{ID: r.ID, Name: r.Name} }
