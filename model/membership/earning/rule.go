// Package earning keeps how members earn: rules as data with versions, what each rule gave for what, check-ins,
// and who was told of what expires. Work decides what rules give; the ledger keeps the balances.
package earning

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/condition"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// Event is what a rule gives for.
type Event string

// The events (G4).
const (
	Payment         Event = "payment"
	CheckedIn       Event = "check_in"
	ReviewApproved  Event = "review_approved"
	SurveyAnswered  Event = "survey_answered"
	FriendOrdered   Event = "friend_ordered"
	ProposalAdopted Event = "proposal_adopted"
)

// Events lists them all, in the order in which people read them.
func Events() []Event {
	return []Event{Payment, CheckedIn, ReviewApproved, SurveyAnswered, FriendOrdered, ProposalAdopted}
}

// Books lists the books in which rules may give.
func Books() []ledger.Book {
	return []ledger.Book{ledger.Points, ledger.Fund, ledger.GrowthSpend, ledger.GrowthParticipation, ledger.GrowthContribution}
}

// AmountKind says how an amount is reckoned.
type AmountKind string

// The kinds of amount. PerYuan and Multiplier are in basis points: 10000 is one unit a yuan, and once what
// the base rules gave; both are rounded down.
const (
	Fixed      AmountKind = "fixed"      // Units
	PerYuan    AmountKind = "per_yuan"   // Units ten-thousandths for each whole yuan paid
	Steps      AmountKind = "steps"      // what the highest step reached gives
	Multiplier AmountKind = "multiplier" // 20000 doubles what the base rules of the same event and book gave
)

// Measure is the fact that steps look at.
type Measure string

// The measures of steps.
const (
	ByAmount    Measure = "amount_fen"
	ByContract  Measure = "contract_fen"
	ByStreak    Measure = "streak"
	ByStars     Measure = "stars"
	ByReferrals Measure = "referrals"
)

// Measures lists them all.
func Measures() []Measure { return []Measure{ByAmount, ByContract, ByStreak, ByStars, ByReferrals} }

// Step gives Units from a value of the measure on, up to the next step.
type Step struct {
	From  int64 `json:"from"`
	Units int64 `json:"units"`
}

// Amount is how much a rule gives, in the unit of its book.
type Amount struct {
	Kind    AmountKind `json:"kind"`
	Units   int64      `json:"units,omitzero"`
	Measure Measure    `json:"measure,omitempty"`
	Steps   []Step     `json:"steps,omitempty"`
}

// VestKind says from when on what is given can be used.
type VestKind string

// The kinds of vesting (feature 3).
const (
	AtOnce  VestKind = "at_once"
	AtStage VestKind = "stage" // when the stage of the project is completed
	InDays  VestKind = "days"
	OnDay   VestKind = "day"
)

// Vest is from when on what a rule gives can be used.
type Vest struct {
	Kind  VestKind  `json:"kind"`
	Stage string    `json:"stage,omitempty"`
	Days  int       `json:"days,omitzero"`
	Day   clock.Day `json:"day,omitempty"`
}

// Caps bound what a rule gives one customer, in the unit of its book; 0 is no bound (G12). Days and months
// are those of the company's zone.
type Caps struct {
	Day   int64 `json:"day,omitzero"`
	Month int64 `json:"month,omitzero"`
	Total int64 `json:"total,omitzero"`
}

// Definition is what a version of a rule says.
type Definition struct {
	NameZH    string      `json:"name_zh"` // the line of the statement
	NameEN    string      `json:"name_en"`
	TextZH    string      `json:"text_zh"` // how to earn, in words for customers
	TextEN    string      `json:"text_en"`
	Enabled   bool        `json:"enabled"`
	Event     Event       `json:"event"`
	Book      ledger.Book `json:"book"`
	Amount    Amount      `json:"amount"`
	Condition string      `json:"condition"` // over Facts; empty always holds
	From      *time.Time  `json:"from,omitempty"`
	Until     *time.Time  `json:"until,omitempty"` // the first instant at which it gives no more
	Levels    []string    `json:"levels,omitempty"`
	Titles    []string    `json:"titles,omitempty"`
	Stores    []id.ID     `json:"stores,omitempty"`
	Position  int         `json:"position"`        // rules are worked in this order, then by key
	Group     string      `json:"group,omitempty"` // of the rules of a group the first that gives excludes the rest
	Caps      Caps        `json:"caps"`
	Budget    int64       `json:"budget,omitzero"` // what the rule gives in all; 0 is no bound
	Vest      Vest        `json:"vest"`
	Life      ledger.Life `json:"life"`
}

// Rule is a version of an earning rule. What was given names the version that gave it.
type Rule struct {
	Key       string
	Version   int64
	CreatedAt time.Time
	CreatedBy id.ID
	Definition
}

// Capped tells whether what the rule gave a customer before matters.
func (r Rule) Capped() bool { return r.Caps != (Caps{}) }

// Condition is a condition over the facts of an occasion.
type Condition = condition.Condition[Facts]

// Compile reads a rule's condition. The error is a *condition.Error.
func Compile(text string) (Condition, error) { return condition.Compile[Facts](text) }

// ruleRow is a version as it is kept. Standing marks the newest version of a key.
type ruleRow struct {
	RuleKey    string `gorm:"primaryKey"`
	Version    int64  `gorm:"primaryKey;autoIncrement:false"`
	Standing   bool
	Event      Event
	Definition string
	CreatedAt  time.Time
	CreatedBy  id.ID
}

// TableName is the rules' table.
func (ruleRow) TableName() string { return "earning_rules" }

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{ruleRow{}, Grant{}, budget{}, CheckIn{}, Notice{}}
}

func (row ruleRow) rule() (Rule, error) {
	r := Rule{Key: row.RuleKey, Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: row.CreatedBy}
	if err := json.Unmarshal([]byte(row.Definition), &r.Definition); err != nil {
		return r, fmt.Errorf("earning rule %s, version %d: %w", row.RuleKey, row.Version, err)
	}
	return r, nil
}

func rulesOf(rows []ruleRow) ([]Rule, error) {
	rules := make([]Rule, 0, len(rows))
	for _, row := range rows {
		r, err := row.rule()
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// Standing reads the newest version of every rule, by key; those of one event when it is named.
func Standing(ctx context.Context, r db.Reader, event Event) ([]Rule, error) {
	q := r.Conn(ctx).Where("standing = ?", true)
	if event != "" {
		q = q.Where("event = ?", event)
	}
	var rows []ruleRow
	if err := q.Order("rule_key").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read earning rules: %w", err)
	}
	return rulesOf(rows)
}

// FindRule reads the newest version of a rule. Errors: not_found.
func FindRule(ctx context.Context, r db.Reader, key string) (Rule, error) {
	var row ruleRow
	if err := r.Conn(ctx).Where("rule_key = ? AND standing = ?", key, true).Take(&row).Error; err != nil {
		return Rule{}, db.OrMissing(err, "read earning rule")
	}
	return row.rule()
}

// AddRuleTx keeps a rule as the version that it names, in place of the one before. A version that exists
// is db.Duplicate.
func AddRuleTx(ctx context.Context, tx *db.Tx, r *Rule) error {
	text, err := json.Marshal(r.Definition)
	if err != nil {
		return fmt.Errorf("keep earning rule: %w", err)
	}
	r.CreatedAt = tx.Now
	row := ruleRow{
		RuleKey: r.Key, Version: r.Version, Standing: true, Event: r.Event, Definition: string(text), CreatedAt: tx.Now, CreatedBy: r.CreatedBy,
	}
	if err := db.Insert(ctx, tx, &row); err != nil {
		return err
	}
	err = tx.Conn(ctx).Model(&ruleRow{}).Where("rule_key = ? AND version < ? AND standing = ?", r.Key, r.Version, true).
		UpdateColumn("standing", false).Error
	if err != nil {
		return fmt.Errorf("replace earning rule: %w", err)
	}
	return nil
}
