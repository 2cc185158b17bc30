package notify

import "guike/internal/fault"

func faultTemplateChanged() *fault.Fault {
	return fault.New(fault.Conflict, "template.changed", "模板已在别处更新,请刷新后再试。", "The template has changed meanwhile; read it again.")
}

func faultEventTaken() *fault.Fault {
	return fault.New(fault.Conflict, "template.event_taken", "该事件已有启用中的模板,请先停用。", "Another template is in use for this event; switch it off first.")
}
