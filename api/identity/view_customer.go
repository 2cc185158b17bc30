package identity

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/identity"
	"guike/service/identity"
)

// SignedInView is the answer of POST /v1/auth/wechat.
type SignedInView struct {
	AccessToken  string      `json:"access_token" doc:"Bearer token of the following requests." example:"eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.e30.c2ln"`
	ExpiresIn    int64       `json:"expires_in" doc:"Seconds until the access token is of no use." example:"1800"`
	RefreshToken string      `json:"refresh_token" doc:"Gets the next pair at POST /v1/auth/refresh." example:"0mZ5yJq1l2aB3cD4eF5gH6iJ7kL8mN9oP0qR1sT2uV3"`
	Created      bool        `json:"created" doc:"true when the customer is new." example:"false"`
	Customer     ProfileView `json:"customer" doc:"The customer's own profile."`
}

// ProfileView is a customer as the customer sees it.
type ProfileView struct {
	ID           id.ID     `json:"id" format:"uuid" doc:"The customer's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Nickname     string    `json:"nickname" doc:"What others are shown." example:"李先生"`
	AvatarFileID id.ID     `json:"avatar_file_id,omitzero" format:"uuid" doc:"The picture; absent for none." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	AvatarURL    string    `json:"avatar_url,omitempty" doc:"A signed link to the picture, good for some hours." example:"https://guike.example/files/a.jpg?e=1&s=2"`
	Name         string    `json:"name" doc:"The real name; empty when it is not known." example:"李明"`
	Phone        string    `json:"phone" doc:"The phone number; empty when none is bound." example:"13800138000"`
	Birthday     string    `json:"birthday" doc:"A calendar day; empty when it is not known." example:"1990-05-20"`
	BirthdayFrom string    `json:"birthday_from,omitempty" doc:"The first day on which the birthday can be changed again; absent when it can be now." example:"2027-11-22"`
	StoreID      id.ID     `json:"store_id,omitzero" format:"uuid" doc:"The store that serves the customer; absent for none." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	CreatedAt    time.Time `json:"created_at" doc:"Since when the customer is known." example:"2026-11-23T01:30:00.000Z"`
	Version      int64     `json:"version" doc:"Grows with every change." example:"3"`
}

func profileView(p identity.Person, links map[id.ID]string) ProfileView {
	return ProfileView{
		ID: p.ID, Nickname: p.Nickname, AvatarFileID: p.AvatarFileID, AvatarURL: links[p.AvatarFileID],
		Name: p.Name, Phone: p.Phone, Birthday: string(p.Birthday), BirthdayFrom: string(p.BirthdayFrom), StoreID: p.StoreID,
		CreatedAt: contract.Instant(p.CreatedAt), Version: p.Version,
	}
}

// BoundPhoneView is the answer of POST /v1/me/phone.
type BoundPhoneView struct {
	ProfileView
	Merged bool `json:"merged" doc:"true when what a store had entered under this number now belongs to the customer." example:"false"`
}

// AccessView is one look of somebody into the customer's personal data.
type AccessView struct {
	ID        id.ID     `json:"id" format:"uuid" doc:"The entry's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	At        time.Time `json:"at" doc:"When." example:"2026-11-23T01:30:00.000Z"`
	Action    string    `json:"action" doc:"customer.revealed, or project.contact_shown for people in charge of a project." example:"customer.revealed"`
	By        string    `json:"by" doc:"The member of staff; empty for the house itself." example:"王芳"`
	Role      string    `json:"role" doc:"Their role." example:"customer_service"`
	Reason    string    `json:"reason" doc:"Why." example:"确认明天上门测量的时间"`
	Fields    []string  `json:"fields" nullable:"false" doc:"What was shown." example:"[\"phone\"]"`
	ProjectID id.ID     `json:"project_id,omitzero" format:"uuid" doc:"The project it was for, if any." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
}

func accessView(a identity.Access) AccessView {
	return AccessView{
		ID: a.ID, At: contract.Instant(a.At), Action: a.Action, By: a.By, Role: string(a.Role), Reason: a.Reason,
		Fields: orEmpty(a.Fields), ProjectID: a.ProjectID,
	}
}

func orEmpty(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}

// HomeView is a home in a list.
type HomeView struct {
	ID        id.ID      `json:"id" format:"uuid" doc:"The home's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Name      string     `json:"name" doc:"How the family calls it." example:"滨江花园"`
	City      string     `json:"city" doc:"The city." example:"上海市"`
	District  string     `json:"district" doc:"The district; may be empty." example:"浦东新区"`
	Address   string     `json:"address" doc:"The street address; masked, with city and district, for guests." example:"世纪大道 100 号 8 栋 1201 室"`
	AreaM2    float64    `json:"area_m2" doc:"Square metres." example:"118.5"`
	Role      string     `json:"role" enum:"owner,family,guest" doc:"What the customer is to the home." example:"owner"`
	Until     *time.Time `json:"until,omitempty" doc:"Guests: when the visit ends." example:"2026-12-23T01:30:00.000Z"`
	CreatedAt time.Time  `json:"created_at" doc:"Since when it is known." example:"2026-11-23T01:30:00.000Z"`
	Version   int64      `json:"version" doc:"Grows with every change." example:"1"`
}

func homeView(h identity.SeenHome) HomeView {
	return HomeView{
		ID: h.ID, Name: h.Name, City: h.City, District: h.District, Address: h.Address, AreaM2: h.AreaM2,
		Role: string(h.Role), Until: contract.Until(h.Until), CreatedAt: contract.Instant(h.CreatedAt), Version: h.Version,
	}
}

// HomeDetailView is a home with its members.
type HomeDetailView struct {
	HomeView
	Members []MemberView `json:"members" nullable:"false" doc:"Who belongs to the home, those who came first first."`
}

// MemberView is a member of a home as other members see one.
type MemberView struct {
	CustomerID id.ID      `json:"customer_id" format:"uuid" doc:"The member's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Nickname   string     `json:"nickname" doc:"The member's nickname." example:"李太太"`
	AvatarURL  string     `json:"avatar_url,omitempty" doc:"A signed link to the picture." example:"https://guike.example/files/a.jpg?e=1&s=2"`
	Role       string     `json:"role" enum:"owner,family,guest" doc:"What the member is to the home." example:"family"`
	Since      time.Time  `json:"since" doc:"Since when." example:"2026-11-23T01:30:00.000Z"`
	Until      *time.Time `json:"until,omitempty" doc:"Guests: when the visit ends." example:"2026-12-23T01:30:00.000Z"`
}

func homeDetailView(h identity.SeenHome, links map[id.ID]string) HomeDetailView {
	view := HomeDetailView{HomeView: homeView(h), Members: make([]MemberView, 0, len(h.Members))}
	for _, m := range h.Members {
		view.Members = append(view.Members, MemberView{
			CustomerID: m.CustomerID, Nickname: m.Nickname, AvatarURL: links[m.AvatarFileID],
			Role: string(m.Role), Since: contract.Instant(m.Since), Until: contract.Until(m.Until),
		})
	}
	return view
}

// InvitationView is an invitation as its maker sees it.
type InvitationView struct {
	Code      string    `json:"code" doc:"To be sent to the person who is invited; works once." example:"H7K2M9Q4T8W3XZ"`
	Role      string    `json:"role" enum:"family,guest" doc:"What the person becomes." example:"family"`
	Days      int       `json:"days" doc:"Guests: for how many days; 0 for family." example:"0"`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when it can be accepted." example:"2026-11-30T01:30:00.000Z"`
}

func invitationView(v model.HomeInvitation) InvitationView {
	return InvitationView{Code: v.Code, Role: string(v.Role), Days: v.GuestDays, ExpiresAt: contract.Instant(v.ExpiresAt)}
}
