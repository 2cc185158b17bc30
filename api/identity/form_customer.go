package identity

import (
	"guike/api/contract"
	"guike/internal/clock"
	"guike/internal/id"
	model "guike/model/identity"
	"guike/service/identity"
)

// SignInWithWechatInput is the input of POST /v1/auth/wechat.
type SignInWithWechatInput struct {
	Body struct {
		Code  string `json:"code" minLength:"1" maxLength:"512" doc:"The code of wx.login; it works once, for five minutes." example:"0a3Xyz1w3cFhZf2aBcDe"`
		Scene string `json:"scene,omitempty" maxLength:"128" doc:"The scene of the QR code that opened the mini-program; unknown ones are ignored." example:"S7K2M9Q4T8W3XZ"`
	}
}

// ChangeProfileInput is the input of PUT /v1/me/profile.
type ChangeProfileInput struct {
	Body struct {
		Nickname     *string `json:"nickname,omitempty" minLength:"1" maxLength:"32" doc:"What others are shown." example:"李先生"`
		Name         *string `json:"name,omitempty" maxLength:"32" doc:"The real name, kept encrypted; empty takes it away." example:"李明"`
		AvatarFileID *id.ID  `json:"avatar_file_id,omitempty" pattern:"^([0-9a-fA-F-]{36})?$" doc:"A picture uploaded by POST /v1/me/files; empty takes it away." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
		Birthday     *string `json:"birthday,omitempty" pattern:"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" doc:"A calendar day; empty takes it away. Once said it can be changed once in 365 days, else the answer is 409 birthday.changed_lately." example:"1990-05-20"`
		Version      *int64  `json:"version,omitempty" minimum:"1" doc:"The version that was read; when the profile has changed since, the answer is 409." example:"3"`
	}
}

func (in *ChangeProfileInput) change() identity.ProfileChange {
	c := identity.ProfileChange{
		Nickname: in.Body.Nickname, Name: in.Body.Name, AvatarFileID: in.Body.AvatarFileID, Version: in.Body.Version,
	}
	if in.Body.Birthday != nil {
		day := clock.Day(*in.Body.Birthday)
		c.Birthday = &day
	}
	return c
}

// BindPhoneInput is the input of POST /v1/me/phone.
type BindPhoneInput struct {
	contract.Key
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"512" doc:"The code of the phone button (getPhoneNumber); it works once, for five minutes." example:"e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144"`
	}
}

// ListAccessesInput is the input of GET /v1/me/privacy/access-log.
type ListAccessesInput struct{ contract.Paging }

// ListHomesInput is the input of GET /v1/me/homes.
type ListHomesInput struct{ contract.Paging }

// CreateHomeInput is the input of POST /v1/me/homes.
type CreateHomeInput struct {
	contract.Key
	Body struct {
		Name     string  `json:"name" minLength:"1" maxLength:"32" doc:"How the family calls the home." example:"滨江花园"`
		City     string  `json:"city" minLength:"1" maxLength:"32" doc:"The city." example:"上海市"`
		District string  `json:"district,omitempty" maxLength:"32" doc:"The district." example:"浦东新区"`
		Address  string  `json:"address" minLength:"1" maxLength:"200" doc:"Street, number, flat; kept encrypted." example:"世纪大道 100 号 8 栋 1201 室"`
		AreaM2   float64 `json:"area_m2" exclusiveMinimum:"0" maximum:"100000" doc:"Square metres, with two decimals at most." example:"118.5"`
	}
}

func (in *CreateHomeInput) home() identity.HomeInput {
	b := in.Body
	return identity.HomeInput{Name: b.Name, City: b.City, District: b.District, Address: b.Address, AreaM2: b.AreaM2}
}

// ReadHomeInput is the input of GET /v1/me/homes/{id}.
type ReadHomeInput struct{ contract.ByID }

// InviteToHomeInput is the input of POST /v1/me/homes/{id}/invitations.
type InviteToHomeInput struct {
	contract.ByID
	contract.Key
	Body struct {
		Role string `json:"role" enum:"owner,family,guest" doc:"Another owner may do all that the first may; family sees everything; a guest sees the progress for a time, and no street address." example:"family"`
		Days int    `json:"days,omitempty" minimum:"1" maximum:"90" doc:"Guests only: for how many days, 30 when nothing is said." example:"30"`
	}
}

func (in *InviteToHomeInput) invitation() identity.InvitationInput {
	return identity.InvitationInput{Role: model.HomeRole(in.Body.Role), Days: in.Body.Days}
}

// AcceptHomeInvitationInput is the input of POST /v1/me/home-invitations/{code}/accept.
type AcceptHomeInvitationInput struct {
	Code string `path:"code" maxLength:"64" doc:"The invitation's code." example:"H7K2M9Q4T8W3XZ"`
	contract.NoFields
}

// RemoveHomeMemberInput is the input of DELETE /v1/me/homes/{id}/members/{customer_id}.
type RemoveHomeMemberInput struct {
	contract.ByID
	CustomerID id.ID `path:"customer_id" doc:"The member to remove; one's own id to leave." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
}

// ReadPolicyInput is the input of GET /v1/public/policies/{policy}/versions/{version}.
type ReadPolicyInput struct {
	Policy  string `path:"policy" maxLength:"32" doc:"The policy's key." example:"privacy"`
	Version int64  `path:"version" minimum:"1" doc:"Its version." example:"1"`
}

// RecordConsentInput is the input of POST /v1/me/consents.
type RecordConsentInput struct {
	contract.Key
	Body struct {
		Policy        string `json:"policy" minLength:"1" maxLength:"32" doc:"The policy's key." example:"privacy"`
		Version       int64  `json:"version" minimum:"1" doc:"The version that was shown; only the current one can be granted." example:"1"`
		Purpose       string `json:"purpose" minLength:"1" maxLength:"32" doc:"One of the policy's purposes." example:"phone"`
		Granted       bool   `json:"granted" doc:"true agrees, false refuses or withdraws." example:"true"`
		Scene         string `json:"scene,omitempty" maxLength:"64" doc:"Where in the mini-program it was decided." example:"bind_phone"`
		ClientVersion string `json:"client_version,omitempty" maxLength:"32" doc:"The mini-program's version." example:"1.4.0"`
	}
}

func (in *RecordConsentInput) consent() identity.ConsentInput {
	b := in.Body
	return identity.ConsentInput{
		Policy: b.Policy, Version: b.Version, Purpose: model.Purpose(b.Purpose), Granted: b.Granted,
		Scene: b.Scene, ClientVersion: b.ClientVersion,
	}
}

// WithdrawConsentInput is the input of DELETE /v1/me/consents/{purpose}.
type WithdrawConsentInput struct {
	Purpose string `path:"purpose" maxLength:"32" doc:"The purpose that is no longer agreed to." example:"marketing"`
}

// ListConsentHistoryInput is the input of GET /v1/me/consents/history.
type ListConsentHistoryInput struct{ contract.Paging }

// ListCustomersInput is the input of GET /v1/staff/customers.
type ListCustomersInput struct {
	contract.Paging
	PhoneLast4 string `query:"phone_last4" maxLength:"4" pattern:"^([0-9]{4})?$" doc:"The last four digits of the phone number." example:"8877"`
	Card       string `query:"card" maxLength:"32" doc:"The number of a member card. Until membership is there, no card is anybody's: the list is empty." example:"GK20260001"`
	Q          string `query:"q" maxLength:"64" doc:"A whole phone number, the beginning of a nickname, or a whole real name." example:"李"`
}

// EnterCustomerInput is the input of POST /v1/staff/customers.
type EnterCustomerInput struct {
	contract.Key
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"32" doc:"The real name, kept encrypted." example:"李明"`
		Phone string `json:"phone" minLength:"1" maxLength:"64" doc:"A mobile number of mainland China, kept encrypted." example:"13800138000"`
		Note  string `json:"note,omitempty" maxLength:"200" doc:"What colleagues should know." example:"周末到店,想做全屋定制"`
	}
}

func (in *EnterCustomerInput) customer() identity.EnterInput {
	return identity.EnterInput{Name: in.Body.Name, Phone: in.Body.Phone, Note: in.Body.Note}
}

// ReadCustomerInput is the input of GET /v1/staff/customers/{id}.
type ReadCustomerInput struct{ contract.ByID }

// RevealCustomerInput is the input of POST /v1/staff/customers/{id}/reveal.
type RevealCustomerInput struct {
	contract.ByID
	Body struct {
		Reason string   `json:"reason" minLength:"4" maxLength:"200" doc:"Why; the customer can read it." example:"确认明天上门测量的时间"`
		Fields []string `json:"fields" nullable:"false" minItems:"1" maxItems:"4" enum:"name,phone,birthday,address" doc:"What is to be shown in full." example:"[\"phone\"]"`
	}
}

// ListCareNotesInput is the input of GET /v1/staff/customers/{id}/care-notes.
type ListCareNotesInput struct {
	contract.ByID
	contract.Paging
}

// AddCareNoteInput is the input of POST /v1/staff/customers/{id}/care-notes.
type AddCareNoteInput struct {
	contract.ByID
	contract.Key
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"500" doc:"What colleagues should remember; kept encrypted." example:"咖啡要热的,不加糖;喜欢靠窗的位置"`
	}
}

// WithdrawCareNoteInput is the input of POST /v1/staff/customers/{id}/care-notes/{note}/withdraw.
type WithdrawCareNoteInput struct {
	contract.ByID
	NoteID id.ID `path:"note" doc:"The note." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	contract.NoFields
}

// PreferenceForm is one entry of the registry with what is to be kept.
type PreferenceForm struct {
	Key   string `json:"key" minLength:"1" maxLength:"32" doc:"An entry of the registry; others are refused." example:"style"`
	Value string `json:"value" maxLength:"200" doc:"In words; empty takes it away." example:"原木、简约"`
}

// PreferencesBody names the preferences that change; the others stay.
type PreferencesBody struct {
	Preferences []PreferenceForm `json:"preferences" nullable:"false" minItems:"1" maxItems:"20" doc:"What changes."`
}

func (b PreferencesBody) said() []identity.Said {
	said := make([]identity.Said, 0, len(b.Preferences))
	for _, p := range b.Preferences {
		said = append(said, identity.Said{Key: p.Key, Value: p.Value})
	}
	return said
}

// ReadPreferencesInput is the input of GET /v1/staff/customers/{id}/preferences.
type ReadPreferencesInput struct{ contract.ByID }

// SetPreferencesInput is the input of PUT /v1/staff/customers/{id}/preferences.
type SetPreferencesInput struct {
	contract.ByID
	Body PreferencesBody
}

// SetMyPreferencesInput is the input of PUT /v1/me/preferences.
type SetMyPreferencesInput struct{ Body PreferencesBody }
