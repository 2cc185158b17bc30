package card

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	"guike/model/ledger"
	"guike/service/membership/card"
)

// Guest is a customer at the till, masked.
type Guest struct {
	ID       id.ID  `json:"id" doc:"Who it is." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e71"`
	Nickname string `json:"nickname" doc:"What the customer calls themselves." example:"小王"`
	Name     string `json:"name" doc:"The name, masked; empty when it is not known." example:"王*四"`
	Phone    string `json:"phone" doc:"The phone, masked; empty when it is not known." example:"156******77"`
	CardNo   string `json:"card_no" doc:"The number of the card." example:"6012345678901238"`
}

// Wish is something that the customer likes, or that is to be minded.
type Wish struct {
	Key     string `json:"key" doc:"The entry of the registry." example:"taste"`
	Title   string `json:"title" doc:"What it is about." example:"饮品与口味"`
	TitleEN string `json:"title_en" doc:"The same in English." example:"Drinks and taste"`
	Value   string `json:"value" doc:"In words." example:"热美式,不加糖"`
}

// Note is what a colleague remembers.
type Note struct {
	Text string    `json:"text" doc:"The note; phone numbers in it are masked." example:"喜欢靠窗的位置"`
	By   string    `json:"by" doc:"Who wrote it." example:"王小明"`
	At   time.Time `json:"at" doc:"When." example:"2026-11-02T02:00:00.000Z"`
}

// Job is a project that is not over.
type Job struct {
	ID      id.ID  `json:"id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	No      string `json:"no" doc:"Its number." example:"G2026-0A1B2C3D4E5F6"`
	Title   string `json:"title" doc:"What it is called." example:"滨江花园 3-1201 全屋定制"`
	Stage   string `json:"stage" doc:"What its stage is called." example:"生产"`
	StageEN string `json:"stage_en" doc:"The same in English." example:"Production"`
	Late    bool   `json:"late" doc:"Whether the stage under way is past its planned end." example:"false"`
}

// Concern is a reason to take particular care.
type Concern struct {
	Kind  string    `json:"kind" doc:"alert for something that goes wrong; complaint, silence. More may come." example:"alert"`
	Level int       `json:"level,omitempty" doc:"Of an alert: 1 to 3, 3 is management's." example:"2"`
	Text  string    `json:"text" doc:"What it is." example:"安装延期 4 天"`
	Since time.Time `json:"since" doc:"Since when." example:"2026-11-20T02:00:00.000Z"`
}

// Visit is what staff see who scanned a member's code.
type Visit struct {
	Customer        Guest     `json:"customer" doc:"Who it is, masked."`
	Level           *Level    `json:"level" doc:"The level; null below the first step."`
	Titles          []Title   `json:"titles" nullable:"false" doc:"The titles that are held."`
	Points          Value     `json:"points" doc:"Points."`
	FundFen         Value     `json:"fund_fen" doc:"Home fund, in cents."`
	Benefits        []Benefit `json:"benefits" nullable:"false" doc:"What the customer can have at a till, in exact words."`
	NeedsCare       bool      `json:"needs_care" doc:"Whether to take particular care." example:"true"`
	Concerns        []Concern `json:"concerns" nullable:"false" doc:"Why, newest first."`
	Preferences     []Wish    `json:"preferences" nullable:"false" doc:"What the customer likes, and what is to be minded, as far as they agreed."`
	CareNotes       []Note    `json:"care_notes" nullable:"false" doc:"What colleagues remember, newest first."`
	Projects        []Job     `json:"projects" nullable:"false" doc:"Projects that are not over and within the caller's reach."`
	OpenRedemptions int       `json:"open_redemptions" doc:"How many rewards wait to be handed out; the customer has their codes." example:"1"`
	OpenCoupons     *int      `json:"open_coupons,omitempty" doc:"How many coupons the customer can use; absent while the company keeps none." example:"2"`
	Adviser         *Adviser  `json:"adviser" doc:"The member's own adviser; null without one."`
}

func viewVisit(v card.Visit) Visit {
	view := Visit{
		Customer: Guest{v.ID, v.Nickname, v.Name, v.Phone, v.Member.CardNo}, Level: viewLevel(v.Standing), Titles: viewTitles(v.Titles),
		Points: viewBalance(ledger.Points, v.Points), FundFen: viewBalance(ledger.Fund, v.Fund), Benefits: viewBenefits(v.Standing, card.AtTill), NeedsCare: len(v.Concerns) > 0,
		OpenRedemptions: v.Redemptions, OpenCoupons: v.Coupons, Adviser: viewAdviser(v.Adviser),
		Concerns: []Concern{}, Preferences: []Wish{}, CareNotes: []Note{}, Projects: []Job{},
	}
	for _, c := range v.Concerns {
		view.Concerns = append(view.Concerns, Concern{c.Kind, c.Level, c.Text, contract.Instant(c.Since)})
	}
	for _, w := range v.Wishes {
		view.Preferences = append(view.Preferences, Wish{w.Key, w.TitleZH, w.TitleEN, w.Value})
	}
	for _, n := range v.Notes {
		view.CareNotes = append(view.CareNotes, Note{n.Text, n.By, contract.Instant(n.At)})
	}
	for _, j := range v.Jobs {
		view.Projects = append(view.Projects, Job{j.ID, j.No, j.Title, j.StageZH, j.StageEN, j.Late})
	}
	return view
}
