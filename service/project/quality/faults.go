package quality

import "guike/internal/fault"

// The failures of this room that a caller can act on. Those of a state carry the state as it is now in
// their fields, at "state".
var (
	errHazardOwner = fault.New(fault.Forbidden, "hazard.owner_only",
		"只有整改责任人或其上级可以提交整改。", "Only who owns the hazard, or somebody above them, says that it is fixed.")
	errHazardState = fault.New(fault.Conflict, "hazard.state",
		"隐患当前的状态不允许此操作。", "The hazard's state does not allow this.")
	errHazardSamePerson = fault.New(fault.Conflict, "hazard.same_person",
		"整改人不能复查自己的整改。", "Who fixed it does not recheck it.")

	errCheckSamePerson = fault.New(fault.Conflict, "check.same_person",
		"三检须由三位不同的人完成,您已做过本阶段的另一项检查。", "The three checks are made by three people; you made another one of this stage.")
	errCheckPassed = fault.New(fault.Conflict, "check.passed_already",
		"该项检查已通过。", "This check has passed already.")
	errCheckStage = fault.New(fault.Conflict, "check.stage_not_active",
		"该阶段不在进行中,不能检查。", "The stage is not under way.")
	errCheckRole = fault.New(fault.Forbidden, "check.special_role",
		"专检须由监理、店长、客户体验中心或管理员完成。", "The special check is made by a supervisor, a store manager, the experience centre or an admin.")

	errDefectState = fault.New(fault.Conflict, "defect.state",
		"缺陷的状态只能向前推进。", "A defect's state moves forward only.")
	errDefectChanged = fault.New(fault.Conflict, "defect.changed",
		"缺陷已被他人更新,请刷新后再试。", "Somebody else changed the defect; read it again.")
)

// now adds to a refusal the state as it is, for whoever came second.
func now(f *fault.Fault, state string) error {
	return f.At("state", state, "当前状态:"+state, "It is "+state+" now.")
}
