package plan

import "guike/model/project"

// The kinds of timeline entries of this room. EntryDelay is a confirmed delay: reason, new date and
// compensation in one line; its ref_id is the notice.
const (
	EntryPlanChanged project.EntryKind = "plan_changed"
	EntryDelay       project.EntryKind = "delay"
	EntryExpedited   project.EntryKind = "expedited"
	EntryPaused      project.EntryKind = "project_paused"
	EntryResumed     project.EntryKind = "project_resumed"
	EntryPhase       project.EntryKind = "phase_changed"
)
