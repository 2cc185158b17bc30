package identity

import "guike/internal/id"

// TopicStaffDisabled says that a member of staff may not sign in any more; what they were in charge of
// needs somebody else.
const TopicStaffDisabled = "identity.staff_disabled"

// StaffDisabled is the payload of TopicStaffDisabled.
type StaffDisabled struct {
	StaffID id.ID `json:"staff_id"`
}
