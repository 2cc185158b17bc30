package handover

import (
	"fmt"

	"guike/internal/fault"
	model "guike/model/project/handover"
)

// The failures of this room that a caller can act on.
var (
	errPromiseFrozen = fault.New(fault.Conflict, "promise.frozen",
		"签约已完成,承诺不能再修改。", "The contract is signed; the promise cannot be edited any more.")
	errHandedOver = fault.New(fault.Conflict, "promise.handed_over",
		"项目已交付,承诺不能再增加或提出异议。", "The project is handed over; promises are neither added nor disputed any more.")
	errTooManyPromises = fault.New(fault.Conflict, "promise.too_many",
		"承诺过多,请合并记录。", "There are too many promises; combine some.")
	errCraftKeyTaken = fault.New(fault.Conflict, "craft_note.key_taken",
		"该编号已被使用。", "There is a craft note under this key.")
	errCraftChanged = fault.New(fault.Conflict, "craft_note.changed",
		"内容已被他人修改,请刷新后重试。", "The craft note changed since it was read.")
	errTooManyCameras = fault.New(fault.Conflict, "camera.too_many",
		"直播过多,请先结束一些。", "There are too many cameras; end some first.")
	errTooManyNotes = fault.New(fault.Conflict, "site_note.too_many",
		"现场备注过多,请先撤回一些。", "There are too many site notes; withdraw some first.")
	errChecklistChanged = fault.New(fault.Conflict, "checklist.changed",
		"验收清单已被他人修改,请刷新后重试。", "The checklist changed since it was read.")
	errStageNotActive = fault.New(fault.Conflict, "acceptance.stage_not_active",
		"该阶段不在进行中,不能验收。", "The stage is not under way; there is nothing to accept.")
)

// promiseChanged refuses an edit of a text that is no longer there, and names the current version.
func promiseChanged(p model.Promise) error {
	return fault.New(fault.Conflict, "promise.changed", "承诺已被修改,请刷新后重试。", "The promise changed since it was read.").
		At("body.version", "current_version", fmt.Sprintf("当前版本为 %d。", p.Version), fmt.Sprintf("The current version is %d.", p.Version))
}

// promiseSettled refuses a second settlement, and names the state that stands.
func promiseSettled(p model.Promise) error {
	return fault.New(fault.Conflict, "promise.settled", "该承诺已有结论。", "It has been said whether the promise was kept.").
		At("path.id", "current_state", fmt.Sprintf("当前状态为 %s。", p.State), fmt.Sprintf("The current state is %s.", p.State))
}

// promiseNotSettled refuses a dispute of what nobody has said yet, and names the state that stands.
func promiseNotSettled(p model.Promise) error {
	return fault.New(fault.Conflict, "promise.not_settled", "该承诺尚无结论,或已提出异议。", "The promise is not settled, or is disputed already.").
		At("path.id", "current_state", fmt.Sprintf("当前状态为 %s。", p.State), fmt.Sprintf("The current state is %s.", p.State))
}

// acceptanceChanged refuses a decision about a sheet that is no longer current, and names the version
// that is.
func acceptanceChanged(a model.Acceptance) error {
	return fault.New(fault.Conflict, "acceptance.changed", "验收单已更新,请阅读最新版本。", "The sheet changed since it was read; read the current version.").
		At("body.version", "current_version", fmt.Sprintf("当前版本为 %d。", a.Version), fmt.Sprintf("The current version is %d.", a.Version))
}

// acceptanceSuperseded refuses a decision about the sheet of a stage that was reopened since.
func acceptanceSuperseded() error {
	return fault.New(fault.Conflict, "acceptance.changed", "该阶段已重新打开,需要新的验收单。", "The stage was reopened; it needs another sheet.").
		At("path.id", "stage_reopened", "该阶段已重新打开。", "The stage was reopened since.")
}

// acceptanceDecided refuses a second decision, and names the one that stands.
func acceptanceDecided(a model.Acceptance) error {
	return fault.New(fault.Conflict, "acceptance.decided", "该验收单已有决定。", "This version has been decided about.").
		At("path.id", "current_state", fmt.Sprintf("当前状态为 %s。", a.State), fmt.Sprintf("The current state is %s.", a.State))
}

// cameraChanged refuses a change of what is no longer there, and names the current version.
func cameraChanged(c model.Camera) error {
	return fault.New(fault.Conflict, "camera.changed", "直播已被修改或结束,请刷新后重试。", "The camera changed or ended since it was read.").
		At("body.version", "current_version", fmt.Sprintf("当前版本为 %d。", c.Version), fmt.Sprintf("The current version is %d.", c.Version))
}
