package level

import (
	"time"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	model "guike/model/membership/level"
)

// BenefitTerms are what a benefit says.
type BenefitTerms struct {
	Kind        string `json:"kind" enum:"discount,voucher,points,gift,service,early_access,priority,adviser,invitation" doc:"What it is. discount asks for scope and rate_bp, voucher for scope and limit_fen, points for rate_bp, early_access for hours, adviser for role." example:"discount"`
	Name        string `json:"name" minLength:"1" maxLength:"30" doc:"What people call it." example:"正价商品折扣"`
	NameEN      string `json:"name_en" minLength:"1" maxLength:"60" doc:"The same in English." example:"Discount on goods at full price"`
	Text        string `json:"text,omitempty" required:"false" maxLength:"200" doc:"Where and how it is had; words that promise without saying what are refused." example:"结账时出示会员码。"`
	TextEN      string `json:"text_en,omitempty" required:"false" maxLength:"400" doc:"The same in English." example:"Show your card when you pay."`
	Scope       string `json:"scope,omitempty" required:"false" maxLength:"32" doc:"Of a discount or voucher: a stable word for what it is good for." example:"full_price"`
	ScopeName   string `json:"scope_name,omitempty" required:"false" maxLength:"30" doc:"The same for people." example:"正价商品"`
	ScopeNameEN string `json:"scope_name_en,omitempty" required:"false" maxLength:"60" doc:"The same in English." example:"goods at full price"`
	RateBP      int64  `json:"rate_bp,omitempty" required:"false" minimum:"0" maximum:"50000" doc:"Of a discount what is paid, in ten-thousandths: 9000 is 9折. Of points what is given: 15000 is half as many again." example:"9000"`
	LimitFen    int64  `json:"limit_fen,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"At most so many cents off each time; of a voucher how many. 0 is no limit." example:"50000"`
	Times       int    `json:"times,omitempty" required:"false" minimum:"0" maximum:"1000" doc:"How often in a period; 0 is no limit." example:"2"`
	Period      string `json:"period,omitempty" required:"false" enum:",month,year" doc:"In which times count; absent is as long as the level or title is held." example:"year"`
	Hours       int    `json:"hours,omitempty" required:"false" minimum:"0" maximum:"720" doc:"Of early access: how many hours before everybody else." example:"0"`
	Role        string `json:"role,omitempty" required:"false" maxLength:"24" doc:"Of an adviser: in which role they are." example:"designer"`
	LastDay     string `json:"last_day,omitempty" required:"false" maxLength:"10" doc:"The last day on which it is good, in the company's zone; absent is as long as the level or title is held." example:"2027-12-31"`
}

func (b BenefitTerms) benefit() model.Benefit {
	return model.Benefit{
		Kind: model.BenefitKind(b.Kind), NameZH: b.Name, NameEN: b.NameEN, TextZH: b.Text, TextEN: b.TextEN, Scope: b.Scope, ScopeZH: b.ScopeName, ScopeEN: b.ScopeNameEN,
		RateBP: b.RateBP, LimitFen: b.LimitFen, Times: b.Times, Period: model.Period(b.Period), Hours: b.Hours, Role: actor.Role(b.Role), LastDay: clock.Day(b.LastDay),
	}
}

func benefits(terms []BenefitTerms) []model.Benefit {
	all := make([]model.Benefit, 0, len(terms))
	for _, b := range terms {
		all = append(all, b.benefit())
	}
	return all
}

// StepTerms are what a level says.
type StepTerms struct {
	Key         string         `json:"key" minLength:"1" maxLength:"24" doc:"The stable word for it, by which rules and rewards name it." example:"silver"`
	Name        string         `json:"name" minLength:"1" maxLength:"30" doc:"What people call it." example:"银卡会员"`
	NameEN      string         `json:"name_en" minLength:"1" maxLength:"60" doc:"The same in English." example:"Silver"`
	From        int64          `json:"from" minimum:"0" maximum:"1000000000" doc:"The growth value from which on it is reached." example:"2000"`
	OrSpend     int64          `json:"or_spend,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"So much growth from spending alone reaches it, too; 0 is no such way." example:"0"`
	ReachedBy   string         `json:"reached_by,omitempty" required:"false" enum:"growth,any,all" doc:"How it is reached: by growth value; or by any, or all, of from, annual_spend_fen and points_earned_12m, as far as they are not 0. Absent is growth." example:"growth"`
	SpendFen    int64          `json:"annual_spend_fen,omitempty" required:"false" minimum:"0" maximum:"100000000000" doc:"With any or all: money paid within 365 days, less what went back, in cents; 0 is not asked for." example:"0"`
	Points      int64          `json:"points_earned_12m,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"With any or all: points that rules gave within 365 days, usable or not yet, less what went back; 0 is not asked for." example:"0"`
	GraceDays   int            `json:"grace_days,omitempty" required:"false" minimum:"0" maximum:"365" doc:"For how many days it is kept after growth no longer gives it." example:"30"`
	Priority    int            `json:"priority,omitempty" required:"false" minimum:"0" maximum:"100" doc:"Orders queues of service: higher comes first." example:"10"`
	EarlyHours  int            `json:"early_hours,omitempty" required:"false" minimum:"0" maximum:"720" doc:"How many hours before everybody else its members may buy and sign up." example:"24"`
	AdviserRole string         `json:"adviser_role,omitempty" required:"false" maxLength:"24" doc:"In which role its members have an adviser of their own; absent is none." example:"customer_service"`
	Benefits    []BenefitTerms `json:"benefits" minItems:"1" maxItems:"20" nullable:"false" doc:"What it gives; one at least is neither a discount nor a voucher."`
}

// Weights say how much each part of growth counts.
type Weights struct {
	Spend         int64 `json:"spend" minimum:"0" maximum:"1000000" doc:"Of growth from spending, in basis points: 10000 counts once." example:"1000"`
	Participation int64 `json:"participation" minimum:"0" maximum:"1000000" doc:"Of growth from taking part." example:"10000"`
	Contribution  int64 `json:"contribution" minimum:"0" maximum:"1000000" doc:"Of growth from friends, reviews and ideas." example:"10000"`
}

// LadderTerms are what a ladder says.
type LadderTerms struct {
	Weights Weights     `json:"weights" doc:"How the growth value is reckoned from its parts, each of the last 365 days."`
	Steps   []StepTerms `json:"steps" minItems:"1" maxItems:"10" nullable:"false" doc:"The levels, from the lowest on."`
}

func (l LadderTerms) plan() model.Plan {
	p := model.Plan{Weights: model.Weights(l.Weights)}
	for _, s := range l.Steps {
		p.Steps = append(p.Steps, model.Step{
			Key: s.Key, NameZH: s.Name, NameEN: s.NameEN, From: s.From, OrSpend: s.OrSpend, By: way(s.ReachedBy),
			AnnualSpendFen: s.SpendFen, PointsEarned: s.Points, GraceDays: s.GraceDays, Priority: s.Priority,
			EarlyHours: s.EarlyHours, AdviserRole: actor.Role(s.AdviserRole), Benefits: benefits(s.Benefits),
		})
	}
	return p
}

// growth is the way that is kept as no word at all.
const growth = "growth"

func way(word string) model.Way {
	if word == growth {
		return model.ByGrowth
	}
	return model.Way(word)
}

// ChangeLadderInput is the request to keep the next version of the ladder.
type ChangeLadderInput struct {
	Body struct {
		LadderTerms
		Version int64 `json:"version" minimum:"0" doc:"The version that the change was made of." example:"1"`
	}
}

// CheckLadderInput is the request to try a ladder.
type CheckLadderInput struct{ Body LadderTerms }

// TitleTerms are what a title says.
type TitleTerms struct {
	Name      string         `json:"name" minLength:"1" maxLength:"30" doc:"What people call it." example:"推荐会员"`
	NameEN    string         `json:"name_en" minLength:"1" maxLength:"60" doc:"The same in English." example:"Referrer"`
	Text      string         `json:"text,omitempty" required:"false" maxLength:"200" doc:"How it is earned, in words for customers; the reason of grants by rule." example:"一位好友经您推荐签约并付款"`
	TextEN    string         `json:"text_en,omitempty" required:"false" maxLength:"400" doc:"The same in English." example:"A friend of yours signed and paid"`
	Enabled   bool           `json:"enabled" doc:"Whether it is granted at all; what its rule granted ends when it is not." example:"true"`
	Condition string         `json:"condition,omitempty" required:"false" maxLength:"500" doc:"An expression over growth, growth_spend, growth_participation, growth_contribution, level, payments, check_ins, reviews, surveys, referrals, proposals, and the same counts with _year for the last 365 days; absent is granted by hand alone." example:"referrals >= 1"`
	Lasting   bool           `json:"lasting,omitempty" required:"false" doc:"Whether what the rule granted stays when the condition holds no more." example:"false"`
	Position  int            `json:"position,omitempty" required:"false" minimum:"0" maximum:"1000" doc:"In which order people read titles." example:"30"`
	Benefits  []BenefitTerms `json:"benefits,omitempty" required:"false" maxItems:"20" nullable:"false" doc:"What it gives."`
}

func (t TitleTerms) meaning() model.Meaning {
	return model.Meaning{
		NameZH: t.Name, NameEN: t.NameEN, TextZH: t.Text, TextEN: t.TextEN, Enabled: t.Enabled, Condition: t.Condition, Lasting: t.Lasting,
		Position: t.Position, Benefits: benefits(t.Benefits),
	}
}

// NewTitleBody is a title that is to be kept.
type NewTitleBody struct {
	Key string `json:"key" minLength:"1" maxLength:"32" pattern:"^[a-z][a-z0-9_]*$" doc:"The stable word for it." example:"old_friend"`
	TitleTerms
}

// NewTitleInput is the request to keep a new title.
type NewTitleInput struct {
	contract.Key
	Body NewTitleBody
}

// ChangeTitleInput is the request to keep the next version of a title.
type ChangeTitleInput struct {
	Key  string `path:"key" maxLength:"32" doc:"The title's key." example:"referrer"`
	Body struct {
		TitleTerms
		Version int64 `json:"version" minimum:"1" doc:"The version that the change was made of." example:"1"`
	}
}

// GrantBody is a title that is granted by hand.
type GrantBody struct {
	Title  string     `json:"title" minLength:"1" maxLength:"32" doc:"The title's key." example:"co_creator"`
	Reason string     `json:"reason" minLength:"1" maxLength:"200" doc:"Why; the customer reads it." example:"年度共创评选"`
	Until  *time.Time `json:"until,omitempty" required:"false" doc:"The first instant at which it is held no more; absent is without an end." example:"2027-12-31T16:00:00.000Z"`
}

// GrantInput is the request to grant a title by hand.
type GrantInput struct {
	contract.Key
	contract.ByID
	Body GrantBody
}

// EndInput is the request to end a grant that was made by hand.
type EndInput struct {
	contract.ByID
	GrantID id.ID `path:"grant" doc:"The grant." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	Body    struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"Why; the customer reads it." example:"评选结果更正"`
	}
}

// OfCustomer asks for a page of what belongs to a customer.
type OfCustomer struct {
	contract.ByID
	contract.Paging
}
