package project

import (
	"fmt"

	"guike/internal/fault"
	"guike/model/project"
)

// The failures of projects that a caller can act on.
var (
	errConditions = fault.New(fault.Conflict, "stage.conditions_unmet",
		"该阶段的条件尚未满足,详见各项。", "The stage's conditions are not met; see errors.")
	errFinished = fault.New(fault.Conflict, "project.completed",
		"项目已完工,不能取消。", "The project is completed and cannot be cancelled.")
	errChosen = fault.New(fault.Conflict, "project.supervisor_chosen",
		"该监理由客户选定,请先结束该选择。", "The customer chose this supervisor; end that choice first.")
	errSamePerson = fault.New(fault.Conflict, "project.person_unchanged",
		"该同事已担任此岗位的负责人。", "This person is in charge in this role already.")
)

// unmet collects the conditions that a change of stage does not meet, so that all are told at once.
type unmet []fault.Field

func (u *unmet) add(code, zh, en string) {
	*u = append(*u, fault.Field{Location: "path.key", Code: code, Text: fault.Text{ZH: zh, EN: en}})
}

// need adds the condition unless ok.
func (u *unmet) need(ok bool, code, zh, en string) {
	if !ok {
		u.add(code, zh, en)
	}
}

// before adds every earlier stage that is not completed.
func (u *unmet) before(stages []project.Stage, at int) {
	for _, s := range stages[:at] {
		u.need(s.State == project.StageCompleted, "previous_stage_open",
			fmt.Sprintf("前序阶段“%s”尚未完成。", s.NameZH), fmt.Sprintf("The earlier stage %q is not completed.", s.NameEN))
	}
}

// fault is the refusal that names every condition, or nil when all are met.
func (u *unmet) fault() error {
	if len(*u) == 0 {
		return nil
	}
	refusal := *errConditions
	refusal.Fields = *u
	return &refusal
}
