// Package level holds the use cases of levels and titles: the ladder and the titles' rules, who stands where, and
// the looks by which changes are written down. Its README says the rules in sentences.
package level

import (
	"strconv"
	"time"

	"guike/internal/fault"
	"guike/model/db"
	model "guike/model/membership/level"
)

// Deps is what the use cases stand on.
type Deps struct {
	DB   *db.DB
	Zone *time.Location // of calendar days
}

// Service holds the use cases.
type Service struct {
	d     Deps
	rules model.Memory
}

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d: d} }

// The failures of levels and titles that a caller can act on.
var (
	errTitleExists = fault.New(fault.Conflict, "title.exists", "已有同名的称号。", "There is a title with this key.")
	errManyTitles  = fault.New(fault.Conflict, "title.too_many", "称号最多 50 种。", "There are at most 50 titles.")
	errTitleOff    = fault.New(fault.Conflict, "title.disabled", "该称号已停用,不能授予。", "The title is out of use and cannot be granted.")
	errByRule      = fault.New(fault.Conflict, "title.by_rule", "该称号由规则授予,不能人工结束。", "The title was granted by its rule; it cannot be ended by hand.")
	errEnded       = fault.New(fault.Conflict, "title.ended", "该称号已结束。", "The grant has ended already.")
	errManyGrants  = fault.New(fault.Conflict, "title.too_many_grants", "该客户的人工授予已达 20 个。", "The customer holds 20 grants by hand already.")
)

func errLadderChanged(version int64) error {
	return stale(fault.New(fault.Conflict, "ladder.changed", "等级规则已被他人修改,请重新查看。", "The ladder was changed by somebody else; read it again."), version)
}

func errTitleChanged(version int64) error {
	return stale(fault.New(fault.Conflict, "title.changed", "该称号已被他人修改,请重新查看。", "The title was changed by somebody else; read it again."), version)
}

func stale(f *fault.Fault, version int64) error {
	v := strconv.FormatInt(version, 10)
	return f.At("body.version", v, "当前版本:"+v, "it stands at version "+v)
}
