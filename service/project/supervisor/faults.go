package supervisor

import "guike/internal/fault"

// The failures of this room that a caller can act on. Those of a state carry the state as it is now in
// their fields, at "state".
var (
	errChosen = fault.New(fault.Conflict, "supervisor.chosen",
		"该项目已选定监理。", "A supervisor has been chosen for this project.")
	errChoiceState = fault.New(fault.Conflict, "supervisor.choice_state",
		"该选择当前的状态不允许此操作。", "The choice's state does not allow this.")
	errClosed = fault.New(fault.Conflict, "supervisor.project_closed",
		"项目已完工,不能再选择监理。", "The project is completed; no supervisor is chosen for it.")
	errChanged = fault.New(fault.Conflict, "supervisor.changed",
		"监理资料已被他人修改,请刷新后再保存。", "Somebody else changed the entry; read it again.")
	errNotManaged = fault.New(fault.Forbidden, "supervisor.not_yours",
		"该监理资料由其他门店维护。", "Another store looks after this entry.")
)

// now adds to a refusal the state as it is, for whoever came second.
func now(f *fault.Fault, state string) error {
	return f.At("state", state, "当前状态:"+state, "It is "+state+" now.")
}
