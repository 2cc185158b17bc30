package handover

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/outbox"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// Gate keeps a stage that asks for the customer's signature from completing without one under the
// current version of the sheet of its round (C18), and the last such stage while a promise is open
// (B7).
type Gate struct{}

// lacking collects what a stage lacks.
type lacking []project.Condition

func (l *lacking) add(code, zh, en string) {
	*l = append(*l, project.Condition{Code: code, ZH: zh, EN: en})
}

// Unmet names what the stage lacks: sign_off_missing, promise_open.
func (Gate) Unmet(ctx context.Context, r db.Reader, p core.Project, stage core.Stage) ([]project.Condition, error) {
	if !stage.Asks(core.NeedSignOff) {
		return nil, nil
	}
	var l lacking
	a, ok, err := model.AcceptanceOfRound(ctx, r, p.ID, stage.Key, stage.Reopened)
	if err != nil {
		return nil, err
	}
	stages, err := core.Stages(ctx, r, p.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case !ok || a.State != model.AcceptanceSigned:
		l.add("sign_off_missing", "客户尚未在当前验收单上签字。", "The customer has not signed the current acceptance sheet.")
	case redone(stages, stage, a.UpdatedAt):
		l.add("sign_off_missing", "客户签字之后,前面的阶段又有返工;请开具新的验收单。", "Earlier work was taken up again after the customer signed; open another sheet.")
	}
	if !isHandOver(stages, stage) {
		return l, nil
	}
	n, err := model.UnsettledPromises(ctx, r, p.ID)
	if n > 0 {
		l.add("promise_open", fmt.Sprintf("还有 %d 项承诺没有结论。", n), fmt.Sprintf("%d promises are not settled.", n))
	}
	return l, err
}

// redone tells whether an earlier stage was completed after the signature: it had been reopened, and
// nobody signs for work that is still to be done.
func redone(stages []core.Stage, stage core.Stage, signed time.Time) bool {
	return slices.ContainsFunc(stages, func(s core.Stage) bool {
		return s.Seq < stage.Seq && s.CompletedAt != nil && s.CompletedAt.After(signed)
	})
}

// isHandOver tells whether no later stage asks for a signature.
func isHandOver(stages []core.Stage, stage core.Stage) bool {
	return !slices.ContainsFunc(stages, func(s core.Stage) bool { return s.Seq > stage.Seq && s.Asks(core.NeedSignOff) })
}

// Follower starts the care of a home in the transaction that completes its project.
type Follower struct{}

// StageMovedTx owes project.handed_over when the move completed the project: the last stage that
// carries weight.
func (Follower) StageMovedTx(ctx context.Context, tx *db.Tx, _ actor.Actor, p *core.Project, stage core.Stage, kind core.EntryKind) error {
	if kind != core.EntryStageCompleted || p.State != core.Completed || stage.Weight == 0 {
		return nil
	}
	return outbox.AddTx(ctx, tx, model.TopicHandedOver, model.HandedOver{
		ProjectID: p.ID, CustomerID: p.CustomerID, StoreID: p.StoreID, At: tx.Now,
	})
}
