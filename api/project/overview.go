package project

import (
	"context"
	"time"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	model "guike/model/project"
	"guike/service/project/overview"
)

// Headline is a line of the timeline without its pictures.
type Headline struct {
	ID      id.ID     `json:"id" doc:"The entry's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	Kind    string    `json:"kind" doc:"What it tells of." example:"change_order_approved"`
	At      time.Time `json:"at" doc:"When it was written." example:"2026-12-01T09:30:00.000Z"`
	Title   string    `json:"title" doc:"One line." example:"变更已确认:增加全屋智能"`
	TitleEN string    `json:"title_en" doc:"The same in English." example:"Change approved"`
	Body    string    `json:"body" doc:"The text; may be empty." example:"工期增加 3 个工作日。"`
	RefID   id.ID     `json:"ref_id,omitzero" doc:"The thing that it tells of." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
}

// DelayNote is the last delay that was explained.
type DelayNote struct {
	Stage            string `json:"stage" doc:"The key of the stage." example:"production"`
	DaysLate         int    `json:"days_late" doc:"Working days late when it was explained." example:"4"`
	Reason           string `json:"reason" doc:"Why." example:"板材供应商因暴雨停产两天。"`
	NewEnd           string `json:"new_end" format:"date" doc:"The new last day of the stage." example:"2026-12-20"`
	CompensationText string `json:"compensation" doc:"What the company gives for it; a proposal until compensation is booked." example:"赠送养护套装一份"`
}

// NextDelivery is the batch that comes next.
type NextDelivery struct {
	ID         id.ID  `json:"id" doc:"The batch." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76"`
	Name       string `json:"name" doc:"What comes." example:"衣柜与书柜"`
	State      string `json:"state" doc:"Where it stands." example:"in_production"`
	PromisedOn string `json:"promised_on" format:"date" doc:"When it was promised." example:"2026-12-18"`
}

// Waiting is something for the owner to decide.
type Waiting struct {
	Kind    string     `json:"kind" enum:"design,change_order,acceptance" doc:"What it is." example:"change_order"`
	ID      id.ID      `json:"id" doc:"Its id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	Title   string     `json:"title" doc:"What it is about." example:"增加全屋智能"`
	Version int64      `json:"version" doc:"The version that the decision has to name." example:"2"`
	Until   *time.Time `json:"until,omitempty" doc:"When the offer lapses; absent without a deadline." example:"2026-12-05T10:00:00.000Z"`
}

// Cost is where the money stands.
type Cost struct {
	SignedFen   int64 `json:"signed_fen" doc:"The contract amount at the signing, in cents." example:"12800000"`
	ChangesFen  int64 `json:"changes_fen" doc:"What approved changes added, in cents." example:"350000"`
	ContractFen int64 `json:"contract_fen" doc:"The contract amount now, in cents." example:"13150000"`
	PaidFen     int64 `json:"paid_fen" doc:"What was paid, in cents." example:"6400000"`
	RefundedFen int64 `json:"refunded_fen" doc:"What of it was given back, in cents." example:"0"`
	OpenFen     int64 `json:"open_fen" doc:"What remains to be paid, in cents; negative when too much was paid." example:"6750000"`
}

// Trust shows that the home is made as it was agreed.
type Trust struct {
	ChecksPassed   int64      `json:"checks_passed" doc:"Quality checks passed." example:"6"`
	ChecksFailed   int64      `json:"checks_failed" doc:"Quality checks failed; each was repeated before its stage could end." example:"1"`
	Inspections    int64      `json:"inspections" doc:"Reports of the supervisor." example:"5"`
	LastInspection *time.Time `json:"last_inspection_at,omitempty" doc:"When the last one was written." example:"2026-12-01T09:30:00.000Z"`
	HazardsOpen    int64      `json:"hazards_open" doc:"Hazards that no recheck has passed yet." example:"0"`
	HazardsClosed  int64      `json:"hazards_closed" doc:"Hazards that a recheck has passed." example:"3"`
	PromisesOpen   int        `json:"promises_open" doc:"Promises to be settled at the acceptance." example:"4"`
	PromisesKept   int        `json:"promises_kept" doc:"Promises kept." example:"2"`
	PromisesBroken int        `json:"promises_broken" doc:"Promises broken or disputed." example:"0"`
	SignedStages   int        `json:"signed_stages" doc:"Stages that the owner has signed." example:"1"`
	Installed      int        `json:"materials_installed" doc:"Installations written down." example:"12"`
	Mismatched     int        `json:"materials_mismatched" doc:"Of them, those that differ from the specification." example:"0"`
	Recalled       int        `json:"materials_recalled" doc:"Of them, those whose batch was called back." example:"0"`
}

// Overview answers an owner's questions on one screen.
type Overview struct {
	Project      MyProject     `json:"project" doc:"What is happening, who is responsible, what comes next."`
	LastLog      *Headline     `json:"last_log,omitempty" doc:"The newest daily log."`
	Delay        *DelayNote    `json:"delay,omitempty" doc:"The last delay that was explained."`
	NextDelivery *NextDelivery `json:"next_delivery,omitempty" doc:"What comes to the site next."`
	Changed      []Headline    `json:"changed" nullable:"false" doc:"What changed lately, newest first; at most five."`
	Waiting      []Waiting     `json:"waiting" nullable:"false" doc:"What waits for the owner's word."`
	Cost         *Cost         `json:"cost,omitempty" doc:"What it costs; guests do not see it."`
	Trust        Trust         `json:"trust" doc:"Whether it can be trusted."`
}

// MyOverview answers an owner's questions on one screen.
func (a *API) MyOverview(ctx context.Context, in *contract.Read) (*contract.Tagged[Overview], error) {
	o, err := a.overview.Mine(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(o.Tag, in.IfNoneMatch, func() Overview { return a.viewOverview(o) }), nil
}

func viewHeadline(e model.Entry) Headline {
	return Headline{ID: e.ID, Kind: string(e.Kind), At: contract.Instant(e.At), Title: e.TitleZH, TitleEN: e.TitleEN, Body: e.Body, RefID: e.RefID}
}

func (a *API) viewOverview(o overview.Overview) Overview {
	t := o.Trust
	v := Overview{
		Project: a.viewMine(o.Detail), Changed: make([]Headline, 0, len(o.Changed)), Waiting: make([]Waiting, 0, len(o.Waiting)),
		Trust: Trust{
			ChecksPassed: t.ChecksPassed, ChecksFailed: t.ChecksFailed, Inspections: t.Inspections, LastInspection: contract.Until(t.LastInspection),
			HazardsOpen: t.HazardsOpen, HazardsClosed: t.HazardsClosed, PromisesOpen: t.PromisesOpen, PromisesKept: t.PromisesKept,
			PromisesBroken: t.PromisesBroken, SignedStages: t.SignedStages, Installed: t.Installed, Mismatched: t.Mismatched, Recalled: t.Recalled,
		},
	}
	for _, e := range o.Changed {
		v.Changed = append(v.Changed, viewHeadline(e))
	}
	for _, w := range o.Waiting {
		v.Waiting = append(v.Waiting, Waiting{Kind: w.Kind, ID: w.ID, Title: w.Title, Version: w.Version, Until: contract.Until(w.Until)})
	}
	if o.LastLog != nil {
		h := viewHeadline(*o.LastLog)
		v.LastLog = &h
	}
	if n := o.Delay; n != nil {
		v.Delay = &DelayNote{Stage: n.StageKey, DaysLate: n.DaysLate, Reason: n.Reason, NewEnd: string(n.NewEnd), CompensationText: n.CompensationText}
	}
	if b := o.Delivery; b != nil {
		v.NextDelivery = &NextDelivery{ID: b.ID, Name: b.Name, State: string(b.State), PromisedOn: string(b.PromisedOn)}
	}
	if c := o.Cost; c != nil {
		cost := Cost(*c)
		v.Cost = &cost
	}
	return v
}
