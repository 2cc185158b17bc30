package plan

import (
	"fmt"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/model/project/plan"
)

// The failures of plans that a caller can act on.
var (
	errFinished = fault.New(fault.Conflict, "plan.finished",
		"项目已完工,计划不再变更。", "The project is completed; its plan changes no more.")
	errPaused = fault.New(fault.Conflict, "project.paused",
		"项目已暂停,请先恢复。", "The project is paused; resume it first.")
	errNotPaused = fault.New(fault.Conflict, "project.not_paused",
		"项目未处于暂停状态。", "The project is not paused.")
	errStageDone = fault.New(fault.Conflict, "plan.stage_completed",
		"该阶段已完成,计划不再变更。", "The stage is completed; its plan changes no more.")
	errBegun = fault.New(fault.Conflict, "calendar.begun",
		"停工期已开始或已结束,不能撤销。", "The closure has begun or is over; it stays.")
	errClosures = fault.New(fault.Conflict, "calendar.too_many",
		"停工期过多,请先清理。", "There are too many closures; remove some first.")
	errPhases = fault.New(fault.Conflict, "phase.too_many",
		"该项目的分期已达上限。", "The project has as many phases as it may have.")
)

// errDecided says where a notice stands that was decided before.
func errDecided(n plan.Notice) *fault.Fault {
	return fault.New(fault.Conflict, "delay.decided", "该延误通知已处理。", "The notice of this delay has been dealt with already.").
		At("state", string(n.State), "当前状态:"+string(n.State), "It is "+string(n.State)+" now.")
}

// errPhaseEnded says where a phase stands that changes no more.
func errPhaseEnded(p plan.Phase) *fault.Fault {
	return fault.New(fault.Conflict, "phase.ended", "该分期已释放或取消。", "The phase has been released or cancelled already.").
		At("state", string(p.State), "当前状态:"+string(p.State), "It is "+string(p.State)+" now.")
}

// errPhaseChanged says which version of a phase stands.
func errPhaseChanged(p plan.Phase) *fault.Fault {
	return fault.New(fault.Conflict, "phase.changed", "该分期已在别处更新,请刷新后再试。", "The phase has changed meanwhile; read it again.").
		At("version", fmt.Sprint(p.Version), fmt.Sprintf("当前版本为 %d。", p.Version), fmt.Sprintf("The current version is %d.", p.Version))
}

// errPolicyChanged says which version of the policy stands.
func errPolicyChanged(version int64) *fault.Fault {
	return fault.New(fault.Conflict, "plan_policy.changed", "延误规则已在别处更新,请刷新后再试。", "The policy has changed meanwhile; read it again.").
		At("version", fmt.Sprint(version), fmt.Sprintf("当前版本为 %d。", version), fmt.Sprintf("The current version is %d.", version))
}

// parseDay reads a day of a request.
func parseDay(location, text string) (clock.Day, error) {
	d, err := clock.ParseDay(text)
	if err != nil {
		return "", fault.Broken(location, "malformed", "日期须为有效的 YYYY-MM-DD。", "This is a calendar day, YYYY-MM-DD.")
	}
	return d, nil
}

// workable refuses a day on which sites are closed, that is over, or that is too far ahead.
func workable(location string, d, today clock.Day, days plan.Calendar) error {
	switch {
	case d < today:
		return fault.Broken(location, "past", "日期已过。", "The day is over.")
	case d > today.Plus(maxAhead):
		return fault.Broken(location, "out_of_range", "日期过远。", "The day is too far ahead.")
	case days.Off(d):
		return fault.Broken(location, "closed", "当天为停工日。", "Sites are closed on that day.")
	}
	return nil
}
