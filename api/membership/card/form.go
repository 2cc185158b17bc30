package card

import (
	"guike/api/contract"
	"guike/internal/id"
)

// MyCardInput asks for my card.
type MyCardInput struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"1024" doc:"The ETag that the reader has; the answer is 304 when nothing changed." example:"\"5f2b\""`
}

// MakeCodeInput is the request for a code for the till.
type MakeCodeInput struct {
	contract.Key
	contract.NoFields
}

// ScanBody is what was scanned.
type ScanBody struct {
	Code string `json:"code" minLength:"1" maxLength:"64" doc:"The code as it was scanned or typed; spaces, dashes and letter case do not matter." example:"K4T9K2M7QX3B8Z"`
}

// ScanInput is the request to open what a customer shows.
type ScanInput struct {
	contract.Key
	Body ScanBody
}

// AdviserBody names an adviser.
type AdviserBody struct {
	StaffID id.ID `json:"staff_id" doc:"Who is to be the customer's adviser: a colleague within the caller's reach, who works here and meets customers." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
}

// SetAdviserInput is the request to give a customer an adviser.
type SetAdviserInput struct {
	contract.ByID
	Body AdviserBody
}
