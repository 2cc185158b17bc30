package earning

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/condition"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/ledger"
	model "guike/model/membership/earning"
	"guike/model/once"
	"guike/service/membership"
)

// The bounds of a rule.
const (
	maxRules    = 200
	maxName     = 50
	maxText     = 200
	maxUnits    = 1_000_000     // of a fixed amount or a step
	maxPerYuan  = 1_000_000     // basis points: 100 units a yuan
	maxTimes    = 100_000       // basis points: ten times
	maxBound    = 1_000_000_000 // of a cap or budget
	maxSteps    = 20
	maxAudience = 50
	maxPosition = 1000
	maxVestDays = 3650
)

// The failures of earning that a caller can act on.
var (
	errRuleExists = fault.New(fault.Conflict, "earning_rule.exists", "已有同名的积分规则。", "There is an earning rule with this key.")
	errManyRules  = fault.New(fault.Conflict, "earning_rule.too_many", "积分规则最多 200 条。", "There are at most 200 earning rules.")
	errDone       = fault.New(fault.Conflict, "check_in.done", "今天已签到。", "You have checked in today.")
)

func errRuleChanged(version int64) error {
	v := strconv.FormatInt(version, 10)
	return fault.New(fault.Conflict, "earning_rule.changed", "该规则已被他人修改,请重新查看。", "The rule was changed by somebody else; read it again.").
		At("body.version", v, "当前版本:"+v, "it stands at version "+v)
}

// word is how keys, groups, levels, titles and stages are written.
var word = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Rules lists the standing version of every rule, in the order in which they are worked.
func (s *Service) Rules(ctx context.Context) ([]model.Rule, error) {
	rules, err := model.Standing(ctx, s.d.DB, "")
	slices.SortStableFunc(rules, func(a, b model.Rule) int {
		if d := slices.Index(model.Events(), a.Event) - slices.Index(model.Events(), b.Event); d != 0 {
			return d
		}
		return a.Position - b.Position
	})
	return rules, err
}

// Offered lists the rules by which anybody can earn now, for customers to read.
func (s *Service) Offered(ctx context.Context) ([]model.Rule, error) {
	rules, err := s.Rules(ctx)
	now := s.d.DB.Now()
	return slices.DeleteFunc(rules, func(r model.Rule) bool {
		return !r.Enabled || r.TextZH == "" || (r.Until != nil && !now.Before(*r.Until))
	}), err
}

// NewRule is a rule that is to be kept. Version is the one that a change was made of, 0 for a new rule.
type NewRule struct {
	Key     string
	Version int64
	model.Definition
	Once once.Key
}

// RuleResult is what keeping a rule leaves behind under its key.
type RuleResult struct {
	Key     string `json:"key"`
	Version int64  `json:"version"`
}

// Add keeps a new rule as its first version, once by key. Errors: input.invalid; earning_rule.exists;
// earning_rule.too_many.
func (s *Service) Add(ctx context.Context, who actor.Actor, in NewRule) (r RuleResult, replayed bool, err error) {
	if !word.MatchString(in.Key) {
		return r, false, fault.Broken("body.key", "malformed", "标识只能用小写字母、数字和下划线,最多 32 个字符。", "A key is made of lower-case letters, digits and underscores, 32 at most.")
	}
	if err := s.sound(ctx, &in.Definition, "body.", membership.References{}); err != nil {
		return r, false, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (RuleResult, error) { return s.addTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) addTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewRule) (RuleResult, error) {
	known, err := model.Standing(ctx, tx, "")
	switch {
	case err != nil:
		return RuleResult{}, err
	case len(known) >= maxRules:
		return RuleResult{}, errManyRules
	}
	rule := model.Rule{Key: in.Key, Version: 1, Definition: in.Definition, CreatedBy: who.ID}
	if err := model.AddRuleTx(ctx, tx, &rule); err != nil {
		if db.Duplicate(err) {
			err = errRuleExists
		}
		return RuleResult{}, err
	}
	return RuleResult{rule.Key, 1}, record(ctx, tx, who, "earning_rule.added", rule)
}

// Change keeps the next version of a rule. What was given keeps the version that gave it. What is said
// already changes nothing. Errors: not_found; input.invalid; earning_rule.changed with the version that
// stands.
func (s *Service) Change(ctx context.Context, who actor.Actor, in NewRule) (r model.Rule, err error) {
	kept, err := s.Rule(ctx, in.Key)
	if err != nil {
		return r, err
	}
	if err := s.sound(ctx, &in.Definition, "body.", named(&kept.Definition, "body.")); err != nil {
		return r, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if r, err = model.FindRule(ctx, tx, in.Key); err != nil {
			return err
		}
		if r.Version != in.Version {
			return errRuleChanged(r.Version)
		}
		if same(r.Definition, in.Definition) {
			return nil
		}
		r = model.Rule{Key: in.Key, Version: in.Version + 1, Definition: in.Definition, CreatedBy: who.ID}
		if err := model.AddRuleTx(ctx, tx, &r); err != nil {
			if db.Duplicate(err) { // a rival wrote it in this moment
				return errRuleChanged(r.Version)
			}
			return err
		}
		return record(ctx, tx, who, "earning_rule.changed", r)
	})
	return r, err
}

// Rule reads the standing version of a rule. Errors: not_found.
func (s *Service) Rule(ctx context.Context, key string) (model.Rule, error) {
	return model.FindRule(ctx, s.d.DB, key)
}

func same(a, b model.Definition) bool {
	one, errA := json.Marshal(a)
	two, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(one) == string(two)
}

func record(ctx context.Context, tx *db.Tx, who actor.Actor, action string, r model.Rule) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: action, Kind: "setting", Detail: map[string]any{"rule": r.Key, "version": r.Version}})
}

// sound looks at what is written, and whether what it names beyond the kept version exists. Errors: input.invalid.
func (s *Service) sound(ctx context.Context, d *model.Definition, at string, kept membership.References) error {
	if err := check(d, at); err != nil {
		return err
	}
	return membership.CheckReferences(ctx, s.d.DB, named(d, at), kept)
}

// named is what a definition names.
func named(d *model.Definition, at string) membership.References {
	return membership.References{
		Levels: map[string][]string{at + "levels": d.Levels}, Titles: map[string][]string{at + "titles": d.Titles},
		Stores: map[string][]id.ID{at + "stores": d.Stores}, Stages: map[string]string{at + "vest.stage": d.Vest.Stage},
	}
}

// check refuses a definition that no payment could go by; at begins the places of its fields. Texts are
// trimmed.
func check(d *model.Definition, at string) error {
	for _, step := range []func(*model.Definition, string) error{checkWords, checkWhat, checkAmount, checkWhen, checkAudience, checkBounds} {
		if err := step(d, at); err != nil {
			return err
		}
	}
	return checkCondition(d.Condition, at+"condition")
}

func checkWords(d *model.Definition, at string) error {
	for _, t := range []struct {
		place string
		text  *string
		least int
		most  int
	}{{"name", &d.NameZH, 1, maxName}, {"name_en", &d.NameEN, 1, 2 * maxName}, {"text", &d.TextZH, 0, maxText}, {"text_en", &d.TextEN, 0, 2 * maxText}} {
		*t.text = strings.TrimSpace(*t.text)
		if n := utf8.RuneCountInString(*t.text); n < t.least || n > t.most {
			return fault.Broken(at+t.place, "length", fmt.Sprintf("须为 %d 到 %d 个字。", t.least, t.most), fmt.Sprintf("It has %d to %d characters.", t.least, t.most))
		}
	}
	return nil
}

func checkWhat(d *model.Definition, at string) error {
	switch {
	case !slices.Contains(model.Events(), d.Event):
		return fault.Broken(at+"event", "unknown", "没有这种事件。", "There is no such event.")
	case !slices.Contains(model.Books(), d.Book):
		return fault.Broken(at+"book", "unknown", "没有这种账户。", "There is no such book.")
	}
	if _, err := ledger.ParseLife(string(d.Life)); err != nil {
		return fault.Broken(at+"life", "malformed", "有效期请写成 never、24m、365d 或 y1。", "A life is written never, 24m, 365d or y1.")
	}
	return nil
}

func checkAmount(d *model.Definition, at string) error {
	a, place := &d.Amount, at+"amount.units"
	switch a.Kind {
	case model.Fixed:
		a.Measure, a.Steps = "", nil
		return within(place, a.Units, 1, maxUnits)
	case model.PerYuan:
		a.Measure, a.Steps = "", nil
		if d.Event != model.Payment {
			return fault.Broken(at+"amount.kind", "unsuitable", "只有消费可以按金额计算。", "Payments alone have an amount.")
		}
		return within(place, a.Units, 1, maxPerYuan)
	case model.Multiplier:
		a.Measure, a.Steps = "", nil
		return within(place, a.Units, 10_001, maxTimes)
	case model.Steps:
		a.Units = 0
		return checkSteps(*a, at+"amount.")
	}
	return fault.Broken(at+"amount.kind", "unknown", "没有这种计算方式。", "There is no such kind of amount.")
}

func checkSteps(a model.Amount, at string) error {
	switch {
	case !slices.Contains(model.Measures(), a.Measure):
		return fault.Broken(at+"measure", "unknown", "没有这种依据。", "There is no such measure.")
	case len(a.Steps) == 0 || len(a.Steps) > maxSteps:
		return fault.Broken(at+"steps", "too_many", "须有 1 到 20 档。", "There are 1 to 20 steps.")
	}
	for i, step := range a.Steps {
		place := fmt.Sprintf("%ssteps[%d].", at, i)
		if i > 0 && step.From <= a.Steps[i-1].From {
			return fault.Broken(place+"from", "not_ascending", "各档须逐档增加。", "The steps follow each other, each once.")
		}
		if err := within(place+"from", step.From, 1, ledger.MaxAmount); err != nil {
			return err
		}
		if err := within(place+"units", step.Units, 0, maxUnits); err != nil {
			return err
		}
	}
	return nil
}

func within(place string, n, least, most int64) error {
	if n < least || n > most {
		return fault.Broken(place, "out_of_range", fmt.Sprintf("须在 %d 到 %d 之间。", least, most), fmt.Sprintf("It lies between %d and %d.", least, most))
	}
	return nil
}

func checkWhen(d *model.Definition, at string) error {
	for place, t := range map[string]*string{"group": &d.Group, "vest.stage": &d.Vest.Stage} {
		if *t != "" && !word.MatchString(*t) {
			return fault.Broken(at+place, "malformed", "只能用小写字母、数字和下划线。", "It is made of lower-case letters, digits and underscores.")
		}
	}
	if d.From != nil && d.Until != nil && !d.From.Before(*d.Until) {
		return fault.Broken(at+"until", "before_start", "结束须晚于开始。", "It ends after it begins.")
	}
	for place, t := range map[string]bool{"from": d.From == nil || clock.Keepable(*d.From), "until": d.Until == nil || clock.Keepable(*d.Until)} {
		if !t {
			return fault.Broken(at+place, "out_of_range", "时间超出范围。", "The instant is out of range.")
		}
	}
	v := d.Vest
	switch v.Kind {
	case model.AtOnce:
		d.Vest = model.Vest{Kind: v.Kind}
		return nil
	case model.AtStage:
		if d.Event != model.Payment || v.Stage == "" {
			return fault.Broken(at+"vest.stage", "unsuitable", "只有消费可以等待阶段,且须写明阶段。", "Payments alone wait for a stage, which is named.")
		}
		d.Vest = model.Vest{Kind: v.Kind, Stage: v.Stage}
		return nil
	case model.InDays:
		d.Vest = model.Vest{Kind: v.Kind, Days: v.Days}
		return within(at+"vest.days", int64(v.Days), 1, maxVestDays)
	case model.OnDay:
		d.Vest = model.Vest{Kind: v.Kind, Day: v.Day}
		if _, err := clock.ParseDay(string(v.Day)); err != nil {
			return fault.Broken(at+"vest.day", "malformed", "日期须为有效的 YYYY-MM-DD。", "This is a calendar day, YYYY-MM-DD.")
		}
		return nil
	}
	return fault.Broken(at+"vest.kind", "unknown", "没有这种生效方式。", "There is no such kind of vesting.")
}

func checkAudience(d *model.Definition, at string) error {
	for place, words := range map[string][]string{"levels": d.Levels, "titles": d.Titles} {
		if len(words) > maxAudience || slices.ContainsFunc(words, func(w string) bool { return !word.MatchString(w) }) {
			return fault.Broken(at+place, "malformed", "最多 50 个,只能用小写字母、数字和下划线。", "At most 50 words of lower-case letters, digits and underscores.")
		}
	}
	if len(d.Stores) > maxAudience {
		return fault.Broken(at+"stores", "too_many", "门店最多 50 家。", "There are at most 50 stores.")
	}
	return nil
}

func checkBounds(d *model.Definition, at string) error {
	if err := within(at+"position", int64(d.Position), -maxPosition, maxPosition); err != nil {
		return err
	}
	for _, b := range []struct {
		place string
		n     int64
	}{{"caps.day", d.Caps.Day}, {"caps.month", d.Caps.Month}, {"caps.total", d.Caps.Total}, {"budget", d.Budget}} {
		if err := within(at+b.place, b.n, 0, maxBound); err != nil {
			return err
		}
	}
	return nil
}

// checkCondition refuses a condition that does not compile, divides or costs too much, with its position.
func checkCondition(text, place string) error {
	_, err := model.Compile(text)
	if err == nil {
		return nil
	}
	wrong := condition.ErrorOf(err).Texts()
	return fault.Broken(place, "condition", "条件"+wrong.ZH, wrong.EN)
}
