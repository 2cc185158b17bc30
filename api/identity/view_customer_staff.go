package identity

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	"guike/service/identity"
)

// CustomerView is a customer as staff see one, masked.
type CustomerView struct {
	ID        id.ID     `json:"id" format:"uuid" doc:"The customer's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Nickname  string    `json:"nickname" doc:"What the customer is called." example:"李先生"`
	AvatarURL string    `json:"avatar_url,omitempty" doc:"A signed link to the picture." example:"https://guike.example/files/a.jpg?e=1&s=2"`
	Name      string    `json:"name" doc:"The real name, masked; empty when it is not known." example:"*明"`
	Phone     string    `json:"phone" doc:"The phone number, masked; empty when none is known." example:"138******00"`
	Claimed   bool      `json:"claimed" doc:"true when the customer signs in by WeChat." example:"true"`
	StoreID   id.ID     `json:"store_id,omitzero" format:"uuid" doc:"The store that serves the customer; absent for none." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	CreatedAt time.Time `json:"created_at" doc:"Since when the customer is known." example:"2026-11-23T01:30:00.000Z"`
	Version   int64     `json:"version" doc:"Grows with every change." example:"3"`
}

func customerView(m identity.Masked, links map[id.ID]string) CustomerView {
	return CustomerView{
		ID: m.ID, Nickname: m.Nickname, AvatarURL: links[m.AvatarFileID], Name: m.Name, Phone: m.Phone, Claimed: m.Claimed,
		StoreID: m.StoreID, CreatedAt: contract.Instant(m.CreatedAt), Version: m.Version,
	}
}

// CustomerDetailView is CustomerView with what one page shows besides.
type CustomerDetailView struct {
	CustomerView
	Note  string             `json:"note" doc:"What colleagues wrote; phone numbers in it are masked." example:"周末到店,想做全屋定制"`
	Homes []CustomerHomeView `json:"homes" nullable:"false" doc:"The homes to which the customer belongs, newest first."`
}

// CustomerHomeView is a home of a customer, masked.
type CustomerHomeView struct {
	ID      id.ID   `json:"id" format:"uuid" doc:"The home's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Name    string  `json:"name" doc:"How the family calls it." example:"滨江花园"`
	Address string  `json:"address" doc:"City and district; the rest is masked." example:"上海市浦东新区****"`
	AreaM2  float64 `json:"area_m2" doc:"Square metres." example:"118.5"`
	Role    string  `json:"role" enum:"owner,family,guest" doc:"What the customer is to the home." example:"owner"`
}

func customerDetailView(c identity.MaskedCustomer, links map[id.ID]string) CustomerDetailView {
	view := CustomerDetailView{CustomerView: customerView(c.Masked, links), Note: c.Note, Homes: make([]CustomerHomeView, 0, len(c.Homes))}
	for _, h := range c.Homes {
		view.Homes = append(view.Homes, CustomerHomeView{ID: h.ID, Name: h.Name, Address: h.Address, AreaM2: h.AreaM2, Role: string(h.Role)})
	}
	return view
}

// RevealedView holds what was asked for in full; the other fields are absent.
type RevealedView struct {
	CustomerID id.ID          `json:"customer_id" format:"uuid" doc:"The customer's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Name       string         `json:"name,omitempty" doc:"The real name." example:"李明"`
	Phone      string         `json:"phone,omitempty" doc:"The phone number." example:"13800138000"`
	Birthday   string         `json:"birthday,omitempty" doc:"The birthday." example:"1990-05-20"`
	Homes      []RevealedHome `json:"homes,omitempty" nullable:"false" doc:"With address: the homes and where they are."`
}

// RevealedHome is a home with its address in full.
type RevealedHome struct {
	ID       id.ID  `json:"id" format:"uuid" doc:"The home's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Name     string `json:"name" doc:"How the family calls it." example:"滨江花园"`
	City     string `json:"city" doc:"The city." example:"上海市"`
	District string `json:"district" doc:"The district." example:"浦东新区"`
	Address  string `json:"address" doc:"The street address." example:"世纪大道 100 号 8 栋 1201 室"`
}

func revealedView(r identity.Revealed) RevealedView {
	view := RevealedView{CustomerID: r.CustomerID, Name: r.Name, Phone: r.Phone, Birthday: string(r.Birthday)}
	for _, h := range r.Homes {
		view.Homes = append(view.Homes, RevealedHome{ID: h.ID, Name: h.Name, City: h.City, District: h.District, Address: h.Address})
	}
	return view
}
