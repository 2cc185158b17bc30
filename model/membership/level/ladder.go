// Package level keeps levels and titles: the ladder and the titles' rules as data with versions, what they give
// for a member's growth and deeds (reckoned by pure functions), and the history of every change.
package level

import (
	"time"

	"guike/internal/actor"
	"guike/internal/condition"
	"guike/internal/id"
)

// Parts are the three growths of a member (F4), as the ledger has them, and, where a ladder asks for them, what
// they paid and earned within the last year (F2).
type Parts struct {
	Spend         int64
	Participation int64
	Contribution  int64
	PaidFen       int64 // money received of them, less what went back
	Earned        int64 // points that rules gave them, usable or not yet, less what went back
}

func (p Parts) less(q Parts) Parts {
	return Parts{p.Spend - q.Spend, p.Participation - q.Participation, p.Contribution - q.Contribution, p.PaidFen - q.PaidFen, p.Earned - q.Earned}
}

// Weights say how much each part counts, in basis points.
type Weights struct {
	Spend         int64 `json:"spend"`
	Participation int64 `json:"participation"`
	Contribution  int64 `json:"contribution"`
}

// The bounds within which Value cannot overflow.
const (
	MaxWeight = 1_000_000
	maxPart   = 1_000_000_000_000
)

// Value is the growth value: the weighted sum, rounded down.
func (w Weights) Value(p Parts) int64 {
	part := func(n, weight int64) int64 { return min(max(n, 0), maxPart) * weight }
	return (part(p.Spend, w.Spend) + part(p.Participation, w.Participation) + part(p.Contribution, w.Contribution)) / 10_000
}

// Way is how a step is reached (F2).
type Way string

// The ways: by growth value, by any of what the step names, by all of it.
const (
	ByGrowth Way = ""
	ByAny    Way = "any"
	ByAll    Way = "all"
)

// Step is a level of the ladder. By growth it is reached at a growth value of From, or, where OrSpend is set, by
// so much growth from spending alone; otherwise by any or all of From, AnnualSpendFen and PointsEarned, as far as
// they are not zero: what was paid, and the points that were earned, within 365 days (F2). GraceDays is how long
// it is kept after the rules no longer give it. Priority orders service queues: higher is served first (F15).
// EarlyHours and AdviserRole are what F13 promises.
type Step struct {
	Key     string `json:"key"`
	NameZH  string `json:"name_zh"`
	NameEN  string `json:"name_en"`
	From    int64  `json:"from"`
	OrSpend int64  `json:"or_spend,omitzero"`
	By      Way    `json:"by,omitempty"`

	AnnualSpendFen int64 `json:"annual_spend_fen,omitzero"`
	PointsEarned   int64 `json:"points_earned_12m,omitzero"`

	GraceDays   int        `json:"grace_days"`
	Priority    int        `json:"priority"`
	EarlyHours  int        `json:"early_hours,omitzero"`
	AdviserRole actor.Role `json:"adviser_role,omitempty"`
	Benefits    []Benefit  `json:"benefits"`
}

// Plan is what a version of the ladder says: the weights, and the steps from the lowest on.
type Plan struct {
	Weights Weights `json:"weights"`
	Steps   []Step  `json:"steps"`
}

// Ladder is a version of the ladder.
type Ladder struct {
	Version   int64
	N         int64 // the state of all rules that began with it
	CreatedAt time.Time
	CreatedBy id.ID
	Plan
}

// Index finds a level by its key: −1 below the first step; ok is false for a key that the ladder does not have.
func (p Plan) Index(key string) (at int, ok bool) {
	if key == "" {
		return -1, true
	}
	for i, s := range p.Steps {
		if s.Key == key {
			return i, true
		}
	}
	return -1, false
}

// Target is the step that growth gives: the highest that is reached; −1 for none.
func (p Plan) Target(g Parts) int {
	at := -1
	for i, s := range p.Steps {
		if p.reached(s, g) {
			at = i
		}
	}
	return at
}

func (p Plan) key(at int) string {
	if at < 0 {
		return ""
	}
	return p.Steps[at].Key
}

// grace is how long a step is kept after it is given no more; below the first there is nothing to keep.
func (p Plan) grace(at int) time.Duration {
	if at < 0 {
		return 0
	}
	return time.Duration(p.Steps[at].GraceDays) * 24 * time.Hour
}

// Facts are what the conditions of titles look at. Year counts are of the last 365 days.
type Facts struct {
	Growth             int64  `expr:"growth"`
	GrowthSpend        int64  `expr:"growth_spend"`
	GrowthTakingPart   int64  `expr:"growth_participation"`
	GrowthContribution int64  `expr:"growth_contribution"`
	Level              string `expr:"level"`
	Payments           int64  `expr:"payments"`
	CheckIns           int64  `expr:"check_ins"`
	Reviews            int64  `expr:"reviews"`
	Surveys            int64  `expr:"surveys"`
	Referrals          int64  `expr:"referrals"`
	Proposals          int64  `expr:"proposals"`
	PaymentsYear       int64  `expr:"payments_year"`
	CheckInsYear       int64  `expr:"check_ins_year"`
	ReviewsYear        int64  `expr:"reviews_year"`
	SurveysYear        int64  `expr:"surveys_year"`
	ReferralsYear      int64  `expr:"referrals_year"`
	ProposalsYear      int64  `expr:"proposals_year"`
}

// Condition is a condition over the facts of a member.
type Condition = condition.Condition[Facts]

// Compile reads a title's condition. The error is a *condition.Error.
func Compile(text string) (Condition, error) { return condition.Compile[Facts](text) }

// Meaning is what a version of a title says. A title without a Condition is granted by hand alone. Lasting
// titles stay when their condition no longer holds.
type Meaning struct {
	NameZH    string    `json:"name_zh"`
	NameEN    string    `json:"name_en"`
	TextZH    string    `json:"text_zh"` // how it is earned, in words for customers
	TextEN    string    `json:"text_en"`
	Enabled   bool      `json:"enabled"`
	Condition string    `json:"condition"`
	Lasting   bool      `json:"lasting"`
	Position  int       `json:"position"` // in which order people read them
	Benefits  []Benefit `json:"benefits"`
}

// TitleRule is a version of a title.
type TitleRule struct {
	Key       string
	Version   int64
	N         int64
	CreatedAt time.Time
	CreatedBy id.ID
	Meaning
	compiled func() (Condition, error) // the condition, read once
}

// Rules are the ladder and the titles as they stand. N counts their changes; Ladder is nil before one was
// loaded.
type Rules struct {
	N      int64
	Ladder *Ladder
	Titles []TitleRule // by position, then key
}

// Title finds a title by its key.
func (r Rules) Title(key string) (TitleRule, bool) {
	for _, t := range r.Titles {
		if t.Key == key {
			return t, true
		}
	}
	return TitleRule{}, false
}
