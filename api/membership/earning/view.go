package earning

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	"guike/model/ledger"
	model "guike/model/membership/earning"
	"guike/service/membership/earning"
)

// ValueRef is what a line of a statement refers to.
type ValueRef struct {
	Kind string `json:"kind" doc:"What it is: project, redemption, check_in, …" example:"project"`
	ID   id.ID  `json:"id,omitzero" doc:"Which one, if it can be opened." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
}

// StatementLine is a line of a statement.
type StatementLine struct {
	ID      id.ID     `json:"id" doc:"The transfer's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	At      time.Time `json:"at" doc:"When." example:"2026-12-01T02:10:00.000Z"`
	Amount  int64     `json:"amount" doc:"By how much it changed, signed; cents in the fund." example:"30000"`
	Balance int64     `json:"balance" doc:"What was available after it." example:"30120"`
	Reason  string    `json:"reason" doc:"Why, in words." example:"消费积分(已生效)"`
	Ref     ValueRef  `json:"ref" doc:"What it refers to."`
}

func viewLine(l ledger.Line) StatementLine {
	return StatementLine{ID: l.TransferID, At: contract.Instant(l.At), Amount: l.Amount, Balance: l.Balance, Reason: l.Reason, Ref: ValueRef{l.RefKind, l.RefID}}
}

// MyStatement is a page of what changed a book of mine, with what I owe in it now.
type MyStatement struct {
	contract.List[StatementLine]
	Debt       int64  `json:"debt" doc:"What was taken back after it had been used: at most 0, paid by what is earned next. Lines show what is available." example:"0"`
	DebtText   string `json:"debt_text,omitempty" doc:"The same in a sentence; absent without a debt." example:"欠 35 积分(已使用的部分被收回),之后获得的先用于抵扣。"`
	DebtTextEN string `json:"debt_text_en,omitempty" doc:"The same in English." example:"35 points are owed, since they were taken back after they had been used; what comes next pays them first."`
}

// ValueExpiry is an amount that expires.
type ValueExpiry struct {
	Amount int64     `json:"amount" doc:"How much." example:"120"`
	At     time.Time `json:"at" doc:"From this instant on it cannot be used." example:"2028-12-31T16:00:00.000Z"`
}

// WaitingValue is an amount that cannot be used yet.
type WaitingValue struct {
	Amount       int64      `json:"amount" doc:"How much." example:"30000"`
	Reason       string     `json:"reason" doc:"What it is for." example:"消费积分"`
	For          string     `json:"for" enum:"stage,completion,day,event" doc:"What it waits for: a stage of the project, its completion, a day." example:"stage"`
	ProjectID    id.ID      `json:"project_id,omitzero" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ProjectTitle string     `json:"project_title,omitempty" doc:"Its title." example:"滨江花园 3-1201"`
	Stage        string     `json:"stage,omitempty" doc:"The stage's key." example:"acceptance"`
	StageName    string     `json:"stage_name,omitempty" doc:"Its name." example:"验收"`
	StageNameEN  string     `json:"stage_name_en,omitempty" doc:"Its name in English." example:"Acceptance"`
	At           *time.Time `json:"at,omitempty" doc:"The instant that it waits for." example:"2026-12-31T16:00:00.000Z"`
	Frozen       bool       `json:"frozen" doc:"Whether it is kept back, whatever happens meanwhile." example:"false"`
	FrozenWhy    string     `json:"frozen_why,omitempty" doc:"Why it is kept back." example:"投诉处理中,处理完成后生效"`
	FrozenWhyEN  string     `json:"frozen_why_en,omitempty" doc:"The same in English." example:"A complaint is open; it vests when the complaint is settled."`
	Since        time.Time  `json:"since" doc:"When it was promised." example:"2026-12-01T02:10:00.000Z"`
}

// Purse is what somebody has in a book.
type Purse struct {
	Available  int64          `json:"available" doc:"What can be used; cents in the fund." example:"120"`
	Pending    int64          `json:"pending" doc:"What is promised and cannot be used yet." example:"30000"`
	Held       int64          `json:"held" doc:"What is set aside for something under way." example:"0"`
	Debt       int64          `json:"debt" doc:"What was taken back after it had been used: at most 0, paid by what is earned next." example:"0"`
	DebtText   string         `json:"debt_text,omitempty" doc:"The same in a sentence; absent without a debt." example:"欠 35 积分(已使用的部分被收回),之后获得的先用于抵扣。"`
	DebtTextEN string         `json:"debt_text_en,omitempty" doc:"The same in English." example:"35 points are owed, since they were taken back after they had been used; what comes next pays them first."`
	NextExpiry *ValueExpiry   `json:"next_expiry,omitempty" doc:"What expires next."`
	Waiting    []WaitingValue `json:"waiting" nullable:"false" doc:"What is promised, oldest first, a hundred at most."`
}

func viewPurse(book ledger.Book, p earning.Purse) Purse {
	v := Purse{Available: p.Available, Pending: p.Pending, Held: p.Held, Debt: p.Debt, Waiting: make([]WaitingValue, 0, len(p.Waiting))}
	v.DebtText, v.DebtTextEN = p.Owed(book)
	if p.Next.Amount > 0 {
		v.NextExpiry = &ValueExpiry{p.Next.Amount, contract.Instant(p.Next.At)}
	}
	for _, w := range p.Waiting {
		v.Waiting = append(v.Waiting, WaitingValue{
			Amount: w.Amount, Reason: w.Reason, For: w.For, ProjectID: w.ProjectID, ProjectTitle: w.ProjectTitle, Stage: w.Stage,
			StageName: w.StageZH, StageNameEN: w.StageEN, At: contract.Until(w.At), Frozen: w.Frozen, FrozenWhy: w.FrozenZH, FrozenWhyEN: w.FrozenEN,
			Since: contract.Instant(w.Since),
		})
	}
	return v
}

// CheckedIn is a check-in right after it was made.
type CheckedIn struct {
	Day    string `json:"day" format:"date" doc:"The day, in the company's zone." example:"2026-11-23"`
	Points int64  `json:"points" doc:"The points that it gave." example:"6"`
	Streak int64  `json:"streak" doc:"The days in a row, this one counted." example:"7"`
}

// CheckInCalendar is a month of check-ins.
type CheckInCalendar struct {
	Month  string      `json:"month" doc:"The month." example:"2026-11"`
	Today  string      `json:"today" format:"date" doc:"The day in the company's zone." example:"2026-11-23"`
	Done   bool        `json:"done" doc:"Whether today is marked." example:"true"`
	Streak int64       `json:"streak" doc:"The days in a row up to today, or up to yesterday while today can continue them." example:"7"`
	Days   []CheckedIn `json:"days" nullable:"false" doc:"The days of the month that are marked, oldest first."`
}

func viewCalendar(c earning.Calendar) CheckInCalendar {
	v := CheckInCalendar{Month: c.Month, Today: string(c.Today), Done: c.Done, Streak: c.Streak, Days: make([]CheckedIn, 0, len(c.Days))}
	for _, d := range c.Days {
		v.Days = append(v.Days, CheckedIn{string(d.Day), d.Points, d.Streak})
	}
	return v
}

// EarningOffer is a way to earn, in words.
type EarningOffer struct {
	Key    string     `json:"key" doc:"The rule's key." example:"payment_points"`
	Name   string     `json:"name" doc:"Its name." example:"消费积分"`
	NameEN string     `json:"name_en" doc:"The same in English." example:"Points for payments"`
	Text   string     `json:"text" doc:"How to earn." example:"每消费 1 元得 1 积分,验收完成后生效。"`
	TextEN string     `json:"text_en" doc:"The same in English." example:"1 point for each yuan paid; usable after the acceptance."`
	Event  string     `json:"event" doc:"What it gives for." example:"payment"`
	Book   string     `json:"book" doc:"In which book." example:"points"`
	From   *time.Time `json:"from,omitempty" doc:"From when on." example:"2026-12-01T00:00:00.000Z"`
	Until  *time.Time `json:"until,omitempty" doc:"Up to this instant." example:"2026-12-31T16:00:00.000Z"`
}

// EarningOffers are the ways to earn.
type EarningOffers struct {
	Items []EarningOffer `json:"items" nullable:"false" doc:"Every way to earn that is open or announced."`
}

func viewOffers(rules []model.Rule) EarningOffers {
	v := EarningOffers{Items: make([]EarningOffer, 0, len(rules))}
	for _, r := range rules {
		v.Items = append(v.Items, EarningOffer{
			Key: r.Key, Name: r.NameZH, NameEN: r.NameEN, Text: r.TextZH, TextEN: r.TextEN, Event: string(r.Event), Book: string(r.Book),
			From: contract.Until(r.From), Until: contract.Until(r.Until),
		})
	}
	return v
}

// EarningRule is a rule as it stands.
type EarningRule struct {
	Key string `json:"key" doc:"The stable word by which the ledger names the rule." example:"payment_points"`
	RuleBody
	Version   int64     `json:"version" doc:"Grows with every change; what was given keeps the version that gave it." example:"1"`
	ChangedAt time.Time `json:"changed_at" doc:"When this version was kept." example:"2026-12-01T02:00:00.000Z"`
}

// EarningRules are all rules.
type EarningRules struct {
	Items []EarningRule `json:"items" nullable:"false" doc:"Every rule, by event, in the order in which they are worked."`
}

func viewRule(r model.Rule) EarningRule {
	v := EarningRule{Key: r.Key, Version: r.Version, ChangedAt: contract.Instant(r.CreatedAt), RuleBody: RuleBody{
		Name: r.NameZH, NameEN: r.NameEN, Text: r.TextZH, TextEN: r.TextEN, Enabled: r.Enabled, Event: string(r.Event), Book: string(r.Book),
		Amount:    RuleAmount{Kind: string(r.Amount.Kind), Units: r.Amount.Units, Measure: string(r.Amount.Measure)},
		Condition: r.Condition, From: contract.Until(r.From), Until: contract.Until(r.Until),
		Levels: append([]string{}, r.Levels...), Titles: append([]string{}, r.Titles...), Stores: ids(r.Stores),
		Position: r.Position, Group: r.Group, Caps: RuleCaps(r.Caps), Budget: r.Budget,
		Vest: RuleVest{Kind: string(r.Vest.Kind), Stage: r.Vest.Stage, Days: r.Vest.Days, Day: string(r.Vest.Day)}, Life: string(r.Life),
	}}
	for _, s := range r.Amount.Steps {
		v.Amount.Steps = append(v.Amount.Steps, RuleStep(s))
	}
	return v
}

func viewRules(rules []model.Rule) EarningRules {
	v := EarningRules{Items: make([]EarningRule, 0, len(rules))}
	for _, r := range rules {
		v.Items = append(v.Items, viewRule(r))
	}
	return v
}

// RuleVerdict is what one rule came to in a dry run.
type RuleVerdict struct {
	Key     string   `json:"key" doc:"The rule's key; draft for one without." example:"payment_points"`
	Version int64    `json:"version" doc:"Its version; 0 for a draft." example:"1"`
	Name    string   `json:"name" doc:"Its name." example:"消费积分"`
	Book    string   `json:"book" doc:"In which book." example:"points"`
	Amount  int64    `json:"amount" doc:"What it would give." example:"10000"`
	Why     string   `json:"why" enum:"given,cut,off,other_event,not_yet,over,audience,condition,nothing,excluded,cap_day,cap_month,cap_total,budget" doc:"given; cut: in part, since a cap or the budget is reached; or why it would give nothing: it is off, for another event, not yet or no longer open, for others, its condition does not hold, it comes to nothing, another rule of its group gave, a cap or the budget is spent." example:"given"`
	Vest    RuleVest `json:"vest" doc:"From when on it could be used."`
}

// Simulated is what a dry run came to.
type Simulated struct {
	At    time.Time        `json:"at" doc:"The instant of the event." example:"2026-12-01T02:00:00.000Z"`
	Total map[string]int64 `json:"total" nullable:"false" doc:"What would be given, by book." example:"{\"points\":10000}"`
	Rules []RuleVerdict    `json:"rules" nullable:"false" doc:"What each rule came to, in the order in which they are worked."`
}

func viewSimulated(t earning.Tried) Simulated {
	v := Simulated{At: contract.Instant(t.At), Total: map[string]int64{}, Rules: make([]RuleVerdict, 0, len(t.Verdicts))}
	for _, d := range t.Verdicts {
		r := d.Rule
		if d.Amount > 0 {
			v.Total[string(r.Book)] += d.Amount
		}
		v.Rules = append(v.Rules, RuleVerdict{
			Key: r.Key, Version: r.Version, Name: r.NameZH, Book: string(r.Book), Amount: d.Amount, Why: string(d.Why),
			Vest: RuleVest{Kind: string(r.Vest.Kind), Stage: r.Vest.Stage, Days: r.Vest.Days, Day: string(r.Vest.Day)},
		})
	}
	return v
}

// BookValue is a Purse with its book.
type BookValue struct {
	Book string `json:"book" enum:"points,fund,growth_spend,growth_participation,growth_contribution" doc:"Which book; the fund counts cents." example:"points"`
	Purse
}

// CustomerWorth is a customer's value on one page.
type CustomerWorth struct {
	CustomerID id.ID       `json:"customer_id" doc:"The customer." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	CardNo     string      `json:"card_no,omitempty" doc:"The number of their card; none before they are a member." example:"6123456789012345"`
	Level      string      `json:"level" doc:"Their level's key; empty below the first step." example:"silver"`
	Titles     []string    `json:"titles" nullable:"false" doc:"The keys of the titles that they hold." example:"[\"referrer\"]"`
	Books      []BookValue `json:"books" nullable:"false" doc:"What they have in every book."`
}

func viewValue(w earning.Worth) CustomerWorth {
	v := CustomerWorth{CustomerID: w.CustomerID, CardNo: w.Member.CardNo, Level: w.Member.Level, Titles: append([]string{}, w.Titles...)}
	for _, b := range w.Purses {
		v.Books = append(v.Books, BookValue{string(b.Book), viewPurse(b.Book, b.Purse)})
	}
	return v
}
