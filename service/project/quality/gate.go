package quality

import (
	"context"
	"fmt"

	"guike/model/db"
	model "guike/model/project"
	"guike/model/project/quality"
	"guike/service/project"
)

// namedMost bounds how many open hazards or defects a refusal names one by one.
const namedMost = 5

// Gate keeps a stage from completing while a check that it asks for is missing or failed (C10), a high
// hazard of it stands (C2), or a defect of it is not fixed (E8).
type Gate struct{}

// Unmet names each of them.
func (Gate) Unmet(ctx context.Context, r db.Reader, p model.Project, stage model.Stage) ([]project.Condition, error) {
	var l lacking
	if stage.Asks(model.NeedChecks) {
		standing, err := quality.Standing(ctx, r, p.ID, stage.Key, stage.Reopened)
		if err != nil {
			return nil, err
		}
		l.checks(standing)
	}
	hazards, err := quality.BlockingHazards(ctx, r, p.ID, stage.Key, namedMost)
	if err != nil {
		return nil, err
	}
	for _, h := range hazards {
		l.add("hazard_open", fmt.Sprintf("严重隐患“%s”尚未复查合格。", h.Title), fmt.Sprintf("The high hazard %q has not passed its recheck.", h.Title))
	}
	defects, err := quality.StandingDefects(ctx, r, p.ID, stage.Key, namedMost)
	if err != nil {
		return nil, err
	}
	for _, d := range defects {
		l.add("defect_open", fmt.Sprintf("缺陷“%s”尚未修复。", d.Part), fmt.Sprintf("The defect of %q is not fixed.", d.Part))
	}
	return l, nil
}

// lacking collects what a stage lacks.
type lacking []project.Condition

func (l *lacking) add(code, zh, en string) {
	*l = append(*l, project.Condition{Code: code, ZH: zh, EN: en})
}

func (l *lacking) checks(standing map[quality.CheckKind]quality.Check) {
	for _, kind := range quality.CheckKinds() {
		c, made := standing[kind]
		if made && c.Passed {
			continue
		}
		switch {
		case kind == quality.Self && !made:
			l.add("check_self_missing", "缺少自检。", "The self check is missing.")
		case kind == quality.Self:
			l.add("check_self_failed", "自检不合格。", "The self check failed.")
		case kind == quality.Mutual && !made:
			l.add("check_mutual_missing", "缺少互检。", "The mutual check is missing.")
		case kind == quality.Mutual:
			l.add("check_mutual_failed", "互检不合格。", "The mutual check failed.")
		case !made:
			l.add("check_special_missing", "缺少专检。", "The special check is missing.")
		default:
			l.add("check_special_failed", "专检不合格。", "The special check failed.")
		}
	}
}
