package referral

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Stage is how far a friend has come (H2). Invited is an invitation's alone: nobody has come yet.
type Stage string

// The stages, in their order.
const (
	Invited   Stage = "invited"
	SignedIn  Stage = "signed_in"
	Enquired  Stage = "enquired"
	Visited   Stage = "visited"
	Designed  Stage = "designed"
	Signed    Stage = "signed"
	Paid      Stage = "paid"
	Completed Stage = "completed"
)

// Stages lists them in their order.
func Stages() []Stage {
	return []Stage{Invited, SignedIn, Enquired, Visited, Designed, Signed, Paid, Completed}
}

// Beyond tells that s comes after o.
func (s Stage) Beyond(o Stage) bool {
	return slices.Index(Stages(), s) > slices.Index(Stages(), o)
}

// Milestone is a stage that a friend reached: once each, whatever happens how often and in which order. One
// that is undone, since its project was cancelled, does not stand; another project may reach it again, which
// writes over it. ReferrerID is that of the referral, so that boards count without a join.
type Milestone struct {
	FriendID   id.ID `gorm:"primaryKey"`
	Stage      Stage `gorm:"primaryKey"`
	ReferrerID id.ID
	At         time.Time
	RefKind    string // what reached it: enquiry, project, payment; empty for a sign-in
	RefID      id.ID
	ProjectID  id.ID // whose cancelling undoes it; zero for none
	UndoneAt   *time.Time
}

// TableName is the milestones' table.
func (Milestone) TableName() string { return "referral_milestones" }

// MilestonesOf reads every stage that friends reached, standing or not, in their order.
func MilestonesOf(ctx context.Context, r db.Reader, friends ...id.ID) ([]Milestone, error) {
	var rows []Milestone
	if err := r.Conn(ctx).Where("friend_id IN ?", friends).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read milestones: %w", err)
	}
	slices.SortFunc(rows, func(a, b Milestone) int {
		return slices.Index(Stages(), a.Stage) - slices.Index(Stages(), b.Stage)
	})
	return rows, nil
}

// ReachTx writes that the friend of a locked referral reached a stage; first is false for one that stands
// already. The referral's own stage is the furthest that stands.
func ReachTx(ctx context.Context, tx *db.Tx, ref *Referral, m Milestone) (first bool, err error) {
	m.FriendID, m.ReferrerID, m.UndoneAt = ref.FriendID, ref.ReferrerID, nil
	all, err := MilestonesOf(ctx, tx, ref.FriendID)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(all, func(x Milestone) bool { return x.Stage == m.Stage })
	switch {
	case i < 0:
		err = db.Insert(ctx, tx, &m)
	case all[i].UndoneAt == nil:
		return false, nil
	default:
		err = tx.Conn(ctx).Model(&Milestone{}).Where("friend_id = ? AND stage = ?", m.FriendID, m.Stage).UpdateColumns(map[string]any{
			"at": m.At, "ref_kind": m.RefKind, "ref_id": m.RefID, "project_id": m.ProjectID, "undone_at": nil,
		}).Error
	}
	if err != nil {
		return false, fmt.Errorf("keep milestone: %w", err)
	}
	if !m.Stage.Beyond(ref.Stage) {
		return true, nil
	}
	ref.Stage, ref.StageAt = m.Stage, m.At
	return true, ChangeTx(ctx, tx, ref, map[string]any{"stage": m.Stage, "stage_at": m.At})
}

// UndoTx takes back what a project reached for the friend of a locked referral, and returns the stages that do
// not stand any more. The referral falls back to the furthest that does.
func UndoTx(ctx context.Context, tx *db.Tx, ref *Referral, project id.ID) (undone []Stage, err error) {
	all, err := MilestonesOf(ctx, tx, ref.FriendID)
	if err != nil {
		return nil, err
	}
	var last Milestone
	for _, m := range all {
		switch {
		case m.UndoneAt != nil:
		case m.ProjectID == project && !project.IsZero():
			undone = append(undone, m.Stage)
		default:
			last = m
		}
	}
	if len(undone) == 0 {
		return nil, nil
	}
	err = tx.Conn(ctx).Model(&Milestone{}).Where("friend_id = ? AND stage IN ?", ref.FriendID, undone).UpdateColumn("undone_at", tx.Now).Error
	if err != nil {
		return nil, fmt.Errorf("undo milestones: %w", err)
	}
	if last.Stage == ref.Stage {
		return undone, nil
	}
	ref.Stage, ref.StageAt = last.Stage, last.At
	return undone, ChangeTx(ctx, tx, ref, map[string]any{"stage": last.Stage, "stage_at": last.At})
}
