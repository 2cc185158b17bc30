package earning

import (
	"time"

	"guike/api/contract"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/ledger"
	model "guike/model/membership/earning"
	"guike/service/membership/earning"
)

// CheckInInput is the request to mark my day.
type CheckInInput struct {
	contract.RequiredKey
	contract.NoFields
}

// MonthInput asks for a month.
type MonthInput struct {
	Month string `query:"month" maxLength:"7" doc:"The month, in the company's zone; this one when absent." example:"2026-11"`
}

// StatementInput asks for a customer's statement.
type StatementInput struct {
	contract.ByID
	contract.Paging
	Book string `query:"book" enum:"points,fund,growth_spend,growth_participation,growth_contribution" default:"points" doc:"Which book." example:"points"`
}

// SpanInput asks for the statement of a book over days.
type SpanInput struct {
	Book string `query:"book" enum:"points,fund" default:"points" doc:"Which book; amounts of the fund are in yuan with two decimals." example:"points"`
	From string `query:"from" format:"date" maxLength:"10" doc:"The first day, in the company's zone; 365 days before the last when absent." example:"2026-01-01"`
	To   string `query:"to" format:"date" maxLength:"10" doc:"The last day; today when absent." example:"2026-12-31"`
}

func (in SpanInput) span() earning.Span {
	return earning.Span{From: clock.Day(in.From), To: clock.Day(in.To)}
}

// ExportInput asks for the statement of a customer's book over days.
type ExportInput struct {
	contract.ByID
	SpanInput
}

// RuleStep gives units from a value of the measure on.
type RuleStep struct {
	From  int64 `json:"from" minimum:"1" maximum:"1000000000000" doc:"From this value of the measure on, up to the next step." example:"7"`
	Units int64 `json:"units" minimum:"0" maximum:"1000000" doc:"What it gives." example:"5"`
}

// RuleAmount is how much a rule gives.
type RuleAmount struct {
	Kind    string     `json:"kind" enum:"fixed,per_yuan,steps,multiplier" doc:"fixed gives units; per_yuan gives units in basis points for each whole yuan paid (10000 is one unit a yuan); steps gives what the highest step reached says; multiplier gives, on top of what the other rules of the same event and book gave, so much of it in basis points (20000 doubles). All are rounded down." example:"per_yuan"`
	Units   int64      `json:"units,omitempty" required:"false" minimum:"0" maximum:"1000000" doc:"Units, or basis points; cents in the fund. Not for steps." example:"10000"`
	Measure string     `json:"measure,omitempty" required:"false" enum:"amount_fen,contract_fen,streak,stars,referrals" doc:"What steps look at." example:"streak"`
	Steps   []RuleStep `json:"steps,omitempty" required:"false" nullable:"false" maxItems:"20" doc:"The steps, ascending."`
}

// RuleCaps bound what a rule gives one customer.
type RuleCaps struct {
	Day   int64 `json:"day,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"In a calendar day; 0 is no bound." example:"0"`
	Month int64 `json:"month,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"In a calendar month; 0 is no bound." example:"100"`
	Total int64 `json:"total,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"In all; 0 is no bound." example:"0"`
}

// RuleVest says from when on what is given can be used.
type RuleVest struct {
	Kind  string `json:"kind" enum:"at_once,stage,days,day" doc:"At once; when the stage of the project is completed (payments alone); after days; on a day." example:"stage"`
	Stage string `json:"stage,omitempty" required:"false" maxLength:"32" doc:"The stage's key; a project without it vests with its completion." example:"acceptance"`
	Days  int    `json:"days,omitempty" required:"false" minimum:"0" maximum:"3650" doc:"After so many days." example:"0"`
	Day   string `json:"day,omitempty" required:"false" maxLength:"10" doc:"From the start of this day, in the company's zone." example:"2026-12-01"`
}

// RuleBody is what a rule says.
type RuleBody struct {
	Name      string     `json:"name" minLength:"1" maxLength:"50" doc:"The line of the customer's statement." example:"消费积分"`
	NameEN    string     `json:"name_en" minLength:"1" maxLength:"100" doc:"The same in English." example:"Points for payments"`
	Text      string     `json:"text,omitempty" required:"false" maxLength:"200" doc:"How to earn, in words for customers; a rule without them is not listed." example:"每消费 1 元得 1 积分,验收完成后生效。"`
	TextEN    string     `json:"text_en,omitempty" required:"false" maxLength:"400" doc:"The same in English." example:"1 point for each yuan paid; usable after the acceptance."`
	Enabled   bool       `json:"enabled" doc:"Whether the rule gives anything." example:"true"`
	Event     string     `json:"event" enum:"payment,check_in,review_approved,survey_answered,friend_ordered,proposal_adopted" doc:"What it gives for." example:"payment"`
	Book      string     `json:"book" enum:"points,fund,growth_spend,growth_participation,growth_contribution" doc:"In which book it gives; the fund counts cents." example:"points"`
	Amount    RuleAmount `json:"amount" doc:"How much it gives."`
	Condition string     `json:"condition,omitempty" required:"false" maxLength:"500" doc:"An expression over amount_fen, payment_kind, project_kind, contract_fen, goods, store, level, titles, birthday_week, first_payment, streak, full_week, full_month, stars, referrals, weekday; empty always holds." example:"amount_fen >= 100000 and weekday in ['sat', 'sun']"`
	From      *time.Time `json:"from,omitempty" required:"false" doc:"The first instant at which it gives." example:"2026-12-01T00:00:00.000Z"`
	Until     *time.Time `json:"until,omitempty" required:"false" doc:"The first instant at which it gives no more." example:"2026-12-31T16:00:00.000Z"`
	Levels    []string   `json:"levels,omitempty" required:"false" nullable:"false" maxItems:"50" doc:"For members of these levels alone." example:"[\"gold\"]"`
	Titles    []string   `json:"titles,omitempty" required:"false" nullable:"false" maxItems:"50" doc:"For members with one of these titles alone." example:"[\"referrer\"]"`
	Stores    []id.ID    `json:"stores,omitempty" required:"false" nullable:"false" maxItems:"50" doc:"In these stores alone." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f\"]"`
	Position  int        `json:"position,omitempty" required:"false" minimum:"-1000" maximum:"1000" doc:"Rules are worked in this order, multipliers last." example:"10"`
	Group     string     `json:"group,omitempty" required:"false" maxLength:"32" doc:"Of the rules of a group the first that gives excludes the rest." example:"birthday"`
	Caps      RuleCaps   `json:"caps,omitzero" required:"false" doc:"What it gives one customer at most; the rest is cut."`
	Budget    int64      `json:"budget,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"What it gives in all at most; 0 is no bound." example:"0"`
	Vest      RuleVest   `json:"vest" doc:"From when on it can be used."`
	Life      string     `json:"life" minLength:"2" maxLength:"8" doc:"How long it can be used: never; 24m to the end of the month after 24 months; 365d; y1 to the end of the next calendar year." example:"24m"`
}

func (b RuleBody) definition() model.Definition {
	d := model.Definition{
		NameZH: b.Name, NameEN: b.NameEN, TextZH: b.Text, TextEN: b.TextEN, Enabled: b.Enabled,
		Event: model.Event(b.Event), Book: ledger.Book(b.Book), Condition: b.Condition,
		Amount: model.Amount{Kind: model.AmountKind(b.Amount.Kind), Units: b.Amount.Units, Measure: model.Measure(b.Amount.Measure)},
		From:   instant(b.From), Until: instant(b.Until), Levels: b.Levels, Titles: b.Titles, Stores: b.Stores,
		Position: b.Position, Group: b.Group, Caps: model.Caps(b.Caps), Budget: b.Budget,
		Vest: model.Vest{Kind: model.VestKind(b.Vest.Kind), Stage: b.Vest.Stage, Days: b.Vest.Days, Day: clock.Day(b.Vest.Day)},
		Life: ledger.Life(b.Life),
	}
	for _, s := range b.Amount.Steps {
		d.Amount.Steps = append(d.Amount.Steps, model.Step(s))
	}
	return d
}

// instant is an instant as the house keeps it.
func instant(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	cut := clock.Cut(*t)
	return &cut
}

// NewRuleBody is a rule that is to be kept.
type NewRuleBody struct {
	Key string `json:"key" minLength:"1" maxLength:"32" pattern:"^[a-z][a-z0-9_]*$" doc:"The stable word by which the ledger names the rule." example:"spring_double"`
	RuleBody
}

// NewRuleInput is the request to keep a new rule.
type NewRuleInput struct {
	contract.Key
	Body NewRuleBody
}

// ChangeRuleInput is the request to keep the next version of a rule.
type ChangeRuleInput struct {
	Key  string `path:"key" maxLength:"40" doc:"The rule's key." example:"payment_points"`
	Body struct {
		RuleBody
		Version int64 `json:"version" minimum:"1" doc:"The version that the change was made of." example:"1"`
	}
}

// DraftBody is a rule that is tried.
type DraftBody struct {
	Key string `json:"key,omitempty" required:"false" maxLength:"32" doc:"The key of the rule whose place it takes; a draft beside the others when absent." example:"payment_points"`
	RuleBody
}

// FactsBody is what is known of an event that is tried.
type FactsBody struct {
	AmountFen    int64    `json:"amount_fen,omitempty" required:"false" minimum:"0" maximum:"1000000000000" doc:"What is paid, in cents." example:"1000000"`
	PaymentKind  string   `json:"payment_kind,omitempty" required:"false" maxLength:"16" doc:"What a payment is for." example:"stage"`
	ProjectKind  string   `json:"project_kind,omitempty" required:"false" maxLength:"32" doc:"The kind of project." example:"renovation"`
	ContractFen  int64    `json:"contract_fen,omitempty" required:"false" minimum:"0" maximum:"1000000000000" doc:"The contract, in cents." example:"12800000"`
	Goods        []string `json:"goods,omitempty" required:"false" nullable:"false" maxItems:"12" doc:"For which goods the parts of the bill are, as in the parts of a payment." example:"[\"appliance\"]"`
	StoreID      id.ID    `json:"store_id,omitzero" required:"false" doc:"The store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Level        string   `json:"level,omitempty" required:"false" maxLength:"32" doc:"The level; the customer's when one is named." example:"gold"`
	Titles       []string `json:"titles,omitempty" required:"false" nullable:"false" maxItems:"50" doc:"The titles; the customer's when one is named." example:"[\"referrer\"]"`
	BirthdayWeek bool     `json:"birthday_week,omitempty" required:"false" doc:"Whether it is the week of the birthday; the customer's when one is named." example:"true"`
	FirstPayment bool     `json:"first_payment,omitempty" required:"false" doc:"Whether it is the first payment; the customer's when one is named." example:"false"`
	Streak       int64    `json:"streak,omitempty" required:"false" minimum:"0" maximum:"100000" doc:"The days of checking in without a gap, this one counted." example:"7"`
	Stars        int64    `json:"stars,omitempty" required:"false" minimum:"0" maximum:"5" doc:"The stars of a review." example:"5"`
	Referrals    int64    `json:"referrals,omitempty" required:"false" minimum:"0" maximum:"100000" doc:"How many friends have ordered." example:"1"`
}

func (b FactsBody) facts() model.Facts {
	return model.Facts{
		AmountFen: b.AmountFen, PaymentKind: b.PaymentKind, ProjectKind: b.ProjectKind, ContractFen: b.ContractFen, Goods: b.Goods, Level: b.Level,
		Titles: b.Titles, BirthdayWeek: b.BirthdayWeek, FirstPayment: b.FirstPayment, Streak: b.Streak, Stars: b.Stars, Referrals: b.Referrals,
	}
}

// SimulateBody is an event that is tried.
type SimulateBody struct {
	Event      string     `json:"event" enum:"payment,check_in,review_approved,survey_answered,friend_ordered,proposal_adopted" doc:"What happens." example:"payment"`
	At         *time.Time `json:"at,omitempty" required:"false" doc:"When; now when absent." example:"2026-12-01T02:00:00.000Z"`
	CustomerID id.ID      `json:"customer_id,omitzero" required:"false" doc:"To whom it happens: caps count what the rules gave them." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Facts      FactsBody  `json:"facts,omitzero" required:"false" doc:"What is known of it."`
	Rule       *DraftBody `json:"rule,omitempty" required:"false" doc:"A rule that is not kept yet, tried with the others; the rules as they stand when absent."`
}

// SimulateInput is the request for a dry run.
type SimulateInput struct {
	Body SimulateBody
}
