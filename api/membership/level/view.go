package level

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/membership/level"
	"guike/service/membership/level"
)

// Benefit is what a level or a title gives.
type Benefit struct {
	BenefitTerms
	Words   string `json:"words" doc:"What it gives, in exact words made of its terms." example:"正价商品 9 折,每次最多减 500 元"`
	WordsEN string `json:"words_en" doc:"The same in English." example:"10% off goods at full price, at most 500 yuan each time"`
}

func viewBenefits(all []model.Benefit) []Benefit {
	views := make([]Benefit, 0, len(all))
	for _, b := range all {
		v := Benefit{BenefitTerms: BenefitTerms{
			Kind: string(b.Kind), Name: b.NameZH, NameEN: b.NameEN, Text: b.TextZH, TextEN: b.TextEN, Scope: b.Scope, ScopeName: b.ScopeZH, ScopeNameEN: b.ScopeEN,
			RateBP: b.RateBP, LimitFen: b.LimitFen, Times: b.Times, Period: string(b.Period), Hours: b.Hours, Role: string(b.Role), LastDay: string(b.LastDay),
		}}
		v.Words, v.WordsEN = b.Words()
		views = append(views, v)
	}
	return views
}

// Step is a level of the ladder.
type Step struct {
	Key         string    `json:"key" doc:"The stable word for it." example:"silver"`
	Name        string    `json:"name" doc:"What people call it." example:"银卡会员"`
	NameEN      string    `json:"name_en" doc:"The same in English." example:"Silver"`
	From        int64     `json:"from" doc:"The growth value from which on it is reached." example:"2000"`
	OrSpend     int64     `json:"or_spend,omitempty" doc:"So much growth from spending alone reaches it, too." example:"20000"`
	ReachedBy   string    `json:"reached_by" enum:"growth,any,all" doc:"How it is reached: by growth value; or by any, or all, of from, annual_spend_fen and points_earned_12m, as far as they are named." example:"growth"`
	SpendFen    int64     `json:"annual_spend_fen,omitempty" doc:"Money paid within 365 days, in cents." example:"2000000"`
	Points      int64     `json:"points_earned_12m,omitempty" doc:"Points that rules gave within 365 days." example:"5000"`
	GraceDays   int       `json:"grace_days" doc:"For how many days it is kept after growth no longer gives it." example:"30"`
	Priority    int       `json:"priority" doc:"Orders queues of service: higher comes first." example:"10"`
	EarlyHours  int       `json:"early_hours" doc:"How many hours before everybody else its members may buy and sign up." example:"24"`
	AdviserRole string    `json:"adviser_role,omitempty" doc:"In which role its members have an adviser of their own." example:"customer_service"`
	Benefits    []Benefit `json:"benefits" nullable:"false" doc:"What it gives."`
}

func viewStep(s model.Step) Step {
	by := string(s.By)
	if s.By == model.ByGrowth {
		by = growth
	}
	return Step{
		ReachedBy: by, SpendFen: s.AnnualSpendFen, Points: s.PointsEarned,
		Key: s.Key, Name: s.NameZH, NameEN: s.NameEN, From: s.From, OrSpend: s.OrSpend, GraceDays: s.GraceDays, Priority: s.Priority,
		EarlyHours: s.EarlyHours, AdviserRole: string(s.AdviserRole), Benefits: viewBenefits(s.Benefits),
	}
}

func viewSteps(steps []model.Step) []Step {
	views := make([]Step, 0, len(steps))
	for _, s := range steps {
		views = append(views, viewStep(s))
	}
	return views
}

// Ladder is the ladder as staff see it.
type Ladder struct {
	Version   int64     `json:"version" doc:"Counts its changes; name it to change the ladder." example:"1"`
	Weights   Weights   `json:"weights" doc:"How the growth value is reckoned from its parts."`
	Steps     []Step    `json:"steps" nullable:"false" doc:"The levels, from the lowest on."`
	CreatedAt time.Time `json:"created_at" doc:"When this version was made." example:"2026-11-23T01:30:00.000Z"`
}

func viewLadder(l model.Ladder) Ladder {
	return Ladder{l.Version, Weights(l.Weights), viewSteps(l.Steps), contract.Instant(l.CreatedAt)}
}

// Preset is a ladder that can be taken over.
type Preset struct {
	Key     string  `json:"key" doc:"The word for it." example:"loyalty"`
	Name    string  `json:"name" doc:"What people call it." example:"普通、忠实、VIP"`
	NameEN  string  `json:"name_en" doc:"The same in English." example:"Ordinary, loyal, VIP"`
	Weights Weights `json:"weights" doc:"How its growth value is reckoned."`
	Steps   []Step  `json:"steps" nullable:"false" doc:"Its levels."`
}

// Presets are the ladders that can be taken over.
type Presets struct {
	Items []Preset `json:"items" nullable:"false" doc:"The ladders; the first is the one that the house begins with."`
}

func viewPresets(all []level.Preset) Presets {
	v := Presets{Items: make([]Preset, 0, len(all))}
	for _, p := range all {
		v.Items = append(v.Items, Preset{p.Key, p.NameZH, p.NameEN, Weights(p.Weights), viewSteps(p.Steps)})
	}
	return v
}

// Finding is what is wrong with a ladder, and where.
type Finding struct {
	Location string `json:"location" doc:"Where." example:"body.steps[1].benefits"`
	Code     string `json:"code" doc:"What, as a stable word." example:"discounts_only"`
	Text     string `json:"text" doc:"The same for people." example:"每个等级至少须有一项不是折扣或抵用券的权益。"`
	TextEN   string `json:"text_en" doc:"The same in English." example:"Each level has at least one benefit that is neither a discount nor a voucher."`
}

// LevelCount is how many members are at a level before and after a change.
type LevelCount struct {
	Level  string `json:"level" doc:"The level's key; empty below the first." example:"silver"`
	Before int64  `json:"before" doc:"Members who are at it now." example:"310"`
	After  int64  `json:"after" doc:"Members whose growth reaches it on the ladder that is tried, grace aside." example:"280"`
}

// Checked is what trying a ladder came to.
type Checked struct {
	Findings []Finding    `json:"findings" nullable:"false" doc:"What is wrong with it; empty when it can be kept."`
	Counts   []LevelCount `json:"counts" nullable:"false" doc:"Members by level, before and after; empty when something is wrong."`
}

func viewChecked(c level.Checked) Checked {
	v := Checked{Findings: make([]Finding, 0, len(c.Findings)), Counts: make([]LevelCount, 0, len(c.Counts))}
	for _, f := range c.Findings {
		v.Findings = append(v.Findings, Finding{f.At, f.Code, f.ZH, f.EN})
	}
	for _, n := range c.Counts {
		v.Counts = append(v.Counts, LevelCount(n))
	}
	return v
}

// StaffTitle is a title as staff see it.
type StaffTitle struct {
	Key       string    `json:"key" doc:"The stable word for it." example:"referrer"`
	Version   int64     `json:"version" doc:"Counts its changes; name it to change the title." example:"1"`
	Name      string    `json:"name" doc:"What people call it." example:"推荐会员"`
	NameEN    string    `json:"name_en" doc:"The same in English." example:"Referrer"`
	Text      string    `json:"text" doc:"How it is earned." example:"一位好友经您推荐签约并付款"`
	TextEN    string    `json:"text_en" doc:"The same in English." example:"A friend of yours signed and paid"`
	Enabled   bool      `json:"enabled" doc:"Whether it is granted at all." example:"true"`
	Condition string    `json:"condition" doc:"When its rule grants it; empty is by hand alone." example:"referrals >= 1"`
	Lasting   bool      `json:"lasting" doc:"Whether what the rule granted stays when the condition holds no more." example:"false"`
	Position  int       `json:"position" doc:"In which order people read titles." example:"30"`
	Benefits  []Benefit `json:"benefits" nullable:"false" doc:"What it gives."`
	CreatedAt time.Time `json:"created_at" doc:"When this version was made." example:"2026-11-23T01:30:00.000Z"`
}

func viewTitle(t model.TitleRule) StaffTitle {
	return StaffTitle{
		t.Key, t.Version, t.NameZH, t.NameEN, t.TextZH, t.TextEN, t.Enabled, t.Condition, t.Lasting, t.Position, viewBenefits(t.Benefits), contract.Instant(t.CreatedAt),
	}
}

// StaffTitles are all titles.
type StaffTitles struct {
	Items []StaffTitle `json:"items" nullable:"false" doc:"The titles, in the order in which people read them."`
}

// KeptTitle is what keeping a title leaves behind.
type KeptTitle struct {
	Key     string `json:"key" doc:"The title." example:"old_friend"`
	Version int64  `json:"version" doc:"Its version." example:"1"`
}

// Title is a title that can be earned.
type Title struct {
	Key      string     `json:"key" doc:"The stable word for it." example:"referrer"`
	Name     string     `json:"name" doc:"What people call it." example:"推荐会员"`
	NameEN   string     `json:"name_en" doc:"The same in English." example:"Referrer"`
	Text     string     `json:"text" doc:"How it is earned." example:"一位好友经您推荐签约并付款"`
	TextEN   string     `json:"text_en" doc:"The same in English." example:"A friend of yours signed and paid"`
	Held     bool       `json:"held" doc:"Whether it is held now." example:"true"`
	Since    *time.Time `json:"since,omitempty" doc:"Since when." example:"2026-05-02T02:00:00.000Z"`
	Until    *time.Time `json:"until,omitempty" doc:"Up to when; absent without an end." example:"2027-05-02T02:00:00.000Z"`
	Benefits []Benefit  `json:"benefits" nullable:"false" doc:"What it gives."`
}

// Growth is a growth value and what it is made of.
type Growth struct {
	Value         int64 `json:"value" doc:"The growth value: the parts by their weights, rounded down." example:"1480"`
	Spend         int64 `json:"spend" doc:"Growth of the last 365 days from spending." example:"12800"`
	Participation int64 `json:"participation" doc:"From taking part." example:"120"`
	Contribution  int64 `json:"contribution" doc:"From friends, reviews and ideas." example:"80"`
}

// Lack is what is missing of one measure.
type Lack struct {
	Of      string `json:"of" enum:"growth,annual_spend_fen,points_earned_12m" doc:"The measure." example:"growth"`
	Missing int64  `json:"missing" doc:"How much more of it is asked for." example:"520"`
}

func viewLacks(asks []model.Ask) []Lack {
	views := make([]Lack, 0, len(asks))
	for _, a := range asks {
		views = append(views, Lack{a.Of, a.Missing()})
	}
	return views
}

// Levels is the ladder, the titles, and where somebody stands.
type Levels struct {
	Level     string     `json:"level" doc:"The key of the level that is held; empty below the first." example:"bronze"`
	Since     *time.Time `json:"since,omitempty" doc:"Since when." example:"2026-03-02T02:00:00.000Z"`
	KeptUntil *time.Time `json:"kept_until,omitempty" doc:"Until when it is kept although growth no longer gives it." example:"2027-01-01T00:00:00.000Z"`
	Growth    Growth     `json:"growth" doc:"The growth now."`
	Next      string     `json:"next" doc:"The key of the next level; empty on the last." example:"silver"`
	Missing   int64      `json:"missing" doc:"How much growth value is missing to it." example:"520"`
	Lacks     []Lack     `json:"lacks" nullable:"false" doc:"What is missing to the next level, by measure: any of it is enough when that level's reached_by is any, else all of it is asked for."`
	Weights   Weights    `json:"weights" doc:"How the growth value is reckoned from its parts."`
	Steps     []Step     `json:"steps" nullable:"false" doc:"The levels, from the lowest on, with what each gives."`
	Titles    []Title    `json:"titles" nullable:"false" doc:"The titles that can be earned, and whether they are held."`
}

func viewLevels(o level.Overview) Levels {
	v := Levels{
		Since: contract.Until(o.Since), KeptUntil: contract.Until(o.KeptUntil), Missing: o.Missing(), Lacks: viewLacks(o.Lacks),
		Growth:  Growth{o.Growth, o.Parts.Spend, o.Parts.Participation, o.Parts.Contribution},
		Weights: Weights(o.Ladder.Weights), Steps: viewSteps(o.Ladder.Steps), Titles: make([]Title, 0, len(o.Titles)),
	}
	if o.Level != nil {
		v.Level = o.Level.Key
	}
	if o.Next != nil {
		v.Next = o.Next.Key
	}
	held := map[string]model.HeldTitle{}
	for _, h := range o.Standing.Titles {
		held[h.Key] = h
	}
	for _, t := range o.Titles {
		one := Title{Key: t.Key, Name: t.NameZH, NameEN: t.NameEN, Text: t.TextZH, TextEN: t.TextEN, Benefits: viewBenefits(t.Benefits)}
		if h, ok := held[t.Key]; ok {
			one.Held, one.Since, one.Until = true, contract.Until(&h.Since), contract.Until(h.Until)
		}
		v.Titles = append(v.Titles, one)
	}
	return v
}

// Change is a change of level.
type Change struct {
	ID         id.ID     `json:"id" doc:"The change." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	From       string    `json:"from" doc:"The key of the level before; empty below the first." example:"bronze"`
	FromName   string    `json:"from_name" doc:"What people call it." example:"铜卡会员"`
	FromNameEN string    `json:"from_name_en" doc:"The same in English." example:"Bronze"`
	To         string    `json:"to" doc:"The key of the level after." example:"silver"`
	ToName     string    `json:"to_name" doc:"What people call it." example:"银卡会员"`
	ToNameEN   string    `json:"to_name_en" doc:"The same in English." example:"Silver"`
	Why        string    `json:"why" enum:"growth_rose,growth_fell,rules_changed" doc:"What made it change." example:"growth_rose"`
	Reason     string    `json:"reason" doc:"The same in words." example:"成长值达到 2000,升为银卡会员"`
	ReasonEN   string    `json:"reason_en" doc:"The same in English." example:"A growth value of 2000 gives Silver."`
	Growth     int64     `json:"growth" doc:"The growth value by which it was decided." example:"2000"`
	At         time.Time `json:"at" doc:"When it took effect." example:"2026-11-23T01:30:00.000Z"`
}

func viewChange(c level.Named) Change {
	return Change{
		c.ID, c.FromLevel, c.FromZH, c.FromEN, c.ToLevel, c.ToZH, c.ToEN, string(c.Why), c.ReasonZH, c.ReasonEN, c.Growth, contract.Instant(c.At),
	}
}

// Grant is a grant of a title, held or ended.
type Grant struct {
	ID        id.ID      `json:"id" doc:"The grant." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Title     string     `json:"title" doc:"The title's key." example:"referrer"`
	Name      string     `json:"name" doc:"What people call it." example:"推荐会员"`
	NameEN    string     `json:"name_en" doc:"The same in English." example:"Referrer"`
	Source    string     `json:"source" doc:"Who granted it: rule, or hand." example:"rule"`
	Reason    string     `json:"reason" doc:"Why it was granted." example:"一位好友经您推荐签约并付款"`
	GrantedAt time.Time  `json:"granted_at" doc:"When." example:"2026-05-02T02:00:00.000Z"`
	Until     *time.Time `json:"until,omitempty" doc:"The first instant at which it is held no more; absent without an end." example:"2027-05-02T02:00:00.000Z"`
	Held      bool       `json:"held" doc:"Whether it is held now." example:"true"`
	EndedAt   *time.Time `json:"ended_at,omitempty" doc:"When it ended." example:"2026-12-02T02:00:00.000Z"`
	EndedWhy  string     `json:"ended_why" doc:"Why it ended." example:""`
}

func viewGrant(g level.Grant) Grant {
	v := Grant{
		ID: g.ID, Title: g.Title.Title, Name: g.NameZH, NameEN: g.NameEN, Source: g.Source, Reason: g.Reason, GrantedAt: contract.Instant(g.GrantedAt),
		Held: g.Held, EndedAt: contract.Until(g.EndedAt), EndedWhy: g.EndedWhy,
	}
	if g.UntilAt != nil {
		at := time.UnixMilli(*g.UntilAt).UTC()
		v.Until = &at
	}
	return v
}
