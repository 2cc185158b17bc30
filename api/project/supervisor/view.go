package supervisor

import (
	"time"

	"guike/api/contract"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/service/flow"
	"guike/service/project/supervisor"
)

// Supervisor is an entry of the directory as customers see it.
type Supervisor struct {
	ID           id.ID    `json:"id" doc:"The entry's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e80"`
	Name         string   `json:"name" doc:"The supervisor's name." example:"陈志远"`
	Company      string   `json:"company" doc:"Their company." example:"正衡工程监理有限公司"`
	Certificate  string   `json:"certificate" doc:"The number of their certificate." example:"监理工程师 31008821"`
	Introduction string   `json:"introduction" doc:"A word for customers." example:"从业 15 年,专注住宅装修监理。"`
	Phone        string   `json:"phone" doc:"The mobile number; masked to customers." example:"138******00"`
	Cities       []string `json:"cities" nullable:"false" doc:"Where they work." example:"[\"上海市\"]"`
	FeeFen       int64    `json:"fee_fen" doc:"The fee in cents." example:"300000"`
	FeePer       string   `json:"fee_per" enum:"project,month" doc:"What the fee is asked for." example:"project"`
}

// StaffSupervisor is the entry as staff see it.
type StaffSupervisor struct {
	Supervisor
	Active    bool      `json:"active" doc:"Whether customers may choose them." example:"true"`
	StoreID   id.ID     `json:"store_id,omitzero" doc:"The store that looks after the entry; absent when the head office does." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	StaffID   id.ID     `json:"staff_id,omitzero" doc:"Their sign-in, once there has been a first project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e81"`
	Version   int64     `json:"version" doc:"Grows with every change; a change names the one that was read." example:"1"`
	CreatedAt time.Time `json:"created_at" doc:"Since when the entry is there." example:"2026-11-01T01:30:00.000Z"`
}

// ChosenSupervisor is who was chosen.
type ChosenSupervisor struct {
	ID          id.ID  `json:"id" doc:"The entry's id in the directory." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e80"`
	Name        string `json:"name" doc:"The supervisor's name." example:"陈志远"`
	Company     string `json:"company" doc:"Their company." example:"正衡工程监理有限公司"`
	Certificate string `json:"certificate" doc:"The number of their certificate." example:"监理工程师 31008821"`
	Phone       string `json:"phone" doc:"The mobile number, masked; in full among the people in charge once confirmed." example:"138******00"`
}

// Choice is the supervisor whom the customer chose for a project.
type Choice struct {
	ID          id.ID            `json:"id" doc:"The choice's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e82"`
	State       string           `json:"state" enum:"requested,confirmed,declined,ended" doc:"Where it stands." example:"requested"`
	Supervisor  ChosenSupervisor `json:"supervisor" doc:"Who was chosen."`
	FeeFen      *int64           `json:"fee_fen,omitempty" doc:"The fee in cents, as it was when chosen; guests do not see it." example:"300000"`
	FeePer      string           `json:"fee_per" enum:"project,month" doc:"What the fee is asked for." example:"project"`
	CompanyFen  *int64           `json:"company_fen,omitempty" doc:"The company's part of the fee in cents; guests do not see it." example:"150000"`
	CustomerFen *int64           `json:"customer_fen,omitempty" doc:"The customer's part in cents; both add up to the fee; guests do not see it." example:"150000"`
	ChosenAt    time.Time        `json:"chosen_at" doc:"When." example:"2026-11-24T01:30:00.000Z"`
	ConfirmedAt *time.Time       `json:"confirmed_at,omitempty" doc:"When staff confirmed it." example:"2026-11-25T01:30:00.000Z"`
	EndedAt     *time.Time       `json:"ended_at,omitempty" doc:"When it was declined or ended." example:"2026-12-20T01:30:00.000Z"`
	Reason      string           `json:"reason" doc:"Why it was declined or ended." example:"项目已完工"`
}

// SignIn is a supervisor's sign-in.
type SignIn struct {
	StaffID       id.ID  `json:"staff_id,omitzero" doc:"Who it is for." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e81"`
	Username      string `json:"username,omitempty" doc:"What they sign in with; absent when they had a sign-in, and in a replay." example:"jl-7k3qx9b2"`
	FirstPassword string `json:"first_password,omitempty" doc:"Works once, and for nothing but choosing another; shown once, absent when they had a sign-in, and in a replay." example:"Qm7-xk2-Tp9-vw4"`
}

// Confirmed is a choice with the sign-in that came of its confirmation.
type Confirmed struct {
	Choice Choice `json:"choice" doc:"The choice as it stands now."`
	SignIn SignIn `json:"sign_in" doc:"The sign-in, limited to the projects of which they are in charge."`
}

func viewSupervisor(s supervisor.Supervisor) Supervisor {
	cities := s.Cities
	if cities == nil {
		cities = []string{}
	}
	return Supervisor{
		ID: s.ID, Name: s.Name, Company: s.Company, Certificate: s.Certificate, Introduction: s.Introduction, Phone: crypt.MaskPhone(s.Phone),
		Cities: cities, FeeFen: s.FeeFen, FeePer: string(s.FeePer),
	}
}

func viewStaffSupervisor(s supervisor.Supervisor) StaffSupervisor {
	v := StaffSupervisor{
		Supervisor: viewSupervisor(s), Active: s.Active, StoreID: s.StoreID, StaffID: s.StaffID, Version: s.Version,
		CreatedAt: contract.Instant(s.CreatedAt),
	}
	v.Phone = s.Phone
	return v
}

// viewChoice shows a choice; to guests without its amounts.
func viewChoice(c supervisor.Choice, amounts bool) Choice {
	v := Choice{
		ID: c.ID, State: string(c.State), FeePer: string(c.FeePer),
		Supervisor: ChosenSupervisor{
			ID: c.Supervisor.ID, Name: c.Supervisor.Name, Company: c.Supervisor.Company, Certificate: c.Supervisor.Certificate,
			Phone: crypt.MaskPhone(c.Supervisor.Phone),
		},
		ChosenAt: contract.Instant(c.ChosenAt), ConfirmedAt: contract.Until(c.ConfirmedAt), EndedAt: contract.Until(c.EndedAt), Reason: c.Reason,
	}
	if amounts {
		v.FeeFen, v.CompanyFen, v.CustomerFen = &c.FeeFen, &c.CompanyFen, &c.CustomerFen
	}
	return v
}

func viewConfirmed(c supervisor.Choice, r flow.Confirmed) Confirmed {
	return Confirmed{Choice: viewChoice(c, true), SignIn: SignIn{StaffID: r.StaffID, Username: r.Username, FirstPassword: r.FirstPassword}}
}
