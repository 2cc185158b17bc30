package identity

import (
	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	service "guike/service/identity"
)

// PasswordSignInBody is who signs in.
type PasswordSignInBody struct {
	Username string `json:"username" minLength:"1" maxLength:"64" doc:"The user name; letter case does not matter." example:"wang.fang"`
	Password string `json:"password" minLength:"1" maxLength:"128" doc:"The password." example:"correct horse battery"`
	TOTP     string `json:"totp,omitempty" required:"false" pattern:"^[0-9]{6}$" maxLength:"6" doc:"The six digits of the second factor, for those who have one." example:"492039"`
}

// PasswordSignInInput is a sign-in by user name and password.
type PasswordSignInInput struct {
	Body PasswordSignInBody
}

// RefreshInput asks for another pair of tokens.
type RefreshInput struct {
	Body struct {
		RefreshToken string `json:"refresh_token" minLength:"1" maxLength:"128" doc:"The latest refresh token; it is replaced by this request." example:"q0b1nVd3l7Wc5k8rZx2yT4uM6sP9aE0fGhJkLmNoQrs"`
	}
}

// ChangePasswordInput replaces the own password.
type ChangePasswordInput struct {
	Body struct {
		OldPassword string `json:"old_password" minLength:"1" maxLength:"128" doc:"The password so far, or the first password." example:"7kq2-9xwd-m3t8r"`
		NewPassword string `json:"new_password" maxLength:"256" doc:"8 to 128 characters, not a common one, not the user name." example:"correct horse battery"`
	}
}

// StaffBody is what is said of a member of staff.
type StaffBody struct {
	Name     string `json:"name" minLength:"1" maxLength:"60" doc:"The name that colleagues and customers are shown." example:"王芳"`
	Role     string `json:"role" enum:"sales,designer,project_manager,installer,supervisor,customer_service,experience_centre,store_manager,regional_head,management,data_officer,admin" doc:"What the person is employed as." example:"designer"`
	StoreID  id.ID  `json:"store_id,omitzero" required:"false" doc:"The store, for roles that belong to one; a store manager's own when absent." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	RegionID id.ID  `json:"region_id,omitzero" required:"false" doc:"The region of a regional head." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	Phone    string `json:"phone,omitempty" required:"false" maxLength:"32" doc:"The work phone." example:"13800138000"`
}

func (b StaffBody) form() service.StaffForm {
	return service.StaffForm{Name: b.Name, Role: actor.Role(b.Role), StoreID: b.StoreID, RegionID: b.RegionID, Phone: b.Phone}
}

// NewStaffBody is what is said of a person who joins.
type NewStaffBody struct {
	Username string `json:"username" minLength:"3" maxLength:"64" doc:"The name to sign in with: letters, digits, dots, dashes, underscores; kept in lower case." example:"wang.fang"`
	StaffBody
}

// CreateStaffInput is the request for a new account.
type CreateStaffInput struct {
	contract.Key
	Body NewStaffBody
}

// UpdateStaffInput replaces what is said of a person.
type UpdateStaffInput struct {
	contract.ByID
	Body StaffBody
}

// StaffActionInput is an action on one account, without fields.
type StaffActionInput struct {
	contract.ByID
	contract.NoFields
}

// ListStaffInput narrows the list of staff.
type ListStaffInput struct {
	contract.Paging
	StoreID id.ID  `query:"store_id" doc:"People of this store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	Role    string `query:"role" enum:"sales,designer,project_manager,installer,supervisor,customer_service,experience_centre,store_manager,regional_head,management,data_officer,admin" doc:"People of this role." example:"designer"`
	State   string `query:"state" enum:"active,disabled" doc:"Only those who may sign in, or only those who may not." example:"active"`
	Query   string `query:"q" maxLength:"60" doc:"Part of the name, or the beginning of the user name." example:"王"`
}

// StoreBody is what is said of a store.
type StoreBody struct {
	Name     string `json:"name" minLength:"1" maxLength:"60" doc:"The store's name, unlike any other's." example:"杭州西湖店"`
	City     string `json:"city" minLength:"1" maxLength:"60" doc:"The city." example:"杭州市"`
	RegionID id.ID  `json:"region_id,omitzero" required:"false" doc:"The region that it belongs to." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	Address  string `json:"address" maxLength:"200" doc:"The rest of the address." example:"文三路 100 号"`
	Phone    string `json:"phone" maxLength:"32" pattern:"^[0-9+() -]*$" doc:"The line that customers dial." example:"0571-88880000"`
	Open     *bool  `json:"open,omitempty" required:"false" doc:"Whether it receives customers; true when absent." example:"true"`
}

func (b StoreBody) form() service.StoreForm {
	return service.StoreForm{
		Name: b.Name, City: b.City, RegionID: b.RegionID, Address: b.Address, Phone: b.Phone, Open: b.Open == nil || *b.Open,
	}
}

// CreateStoreInput is the request for a new store.
type CreateStoreInput struct {
	contract.Key
	Body StoreBody
}

// UpdateStoreInput replaces what is said of a store.
type UpdateStoreInput struct {
	contract.ByID
	Body StoreBody
}

// ListStoresInput asks for the stores.
type ListStoresInput struct {
	contract.Paging
	Closed bool `query:"include_closed" doc:"Closed stores as well." example:"false"`
}

// CreateRegionInput is the request for a new region.
type CreateRegionInput struct {
	contract.Key
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"60" doc:"The region's name, unlike any other's." example:"华东"`
	}
}
