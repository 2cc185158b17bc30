package project

import (
	"context"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	"guike/model/outbox"
	"guike/model/project"
)

// StageRef names a stage of a project and how a request for its change came.
type StageRef struct {
	ProjectID id.ID
	Key       string
	Reason    string // of reopening
	Once      once.Key
}

// StageResult is what a change of stage leaves behind under its key.
type StageResult struct {
	ProjectID id.ID `json:"project_id"`
	Seq       int   `json:"seq"`
	EntryID   id.ID `json:"entry_id"`
}

// change is one way in which a stage moves.
type change struct {
	kind    project.EntryKind
	topic   string
	action  string
	zh, en  string
	allowed func(u *unmet, p project.Project, stages []project.Stage, at int)
	gated   bool // the gates are asked too
	apply   func(tx *db.Tx, s *project.Stage)
}

// StartStage begins a pending stage once all stages before it are completed; the first one of a fresh
// project starts without conditions. Errors: not_found; stage.conditions_unmet with each unmet
// condition as a field.
func (s *Service) StartStage(ctx context.Context, who actor.Actor, in StageRef) (StageResult, bool, error) {
	return s.changeStage(ctx, who, in, starting)
}

// CompleteStage ends a stage under way. With the last stage that carries weight the project is
// completed. Errors: as StartStage.
func (s *Service) CompleteStage(ctx context.Context, who actor.Actor, in StageRef) (StageResult, bool, error) {
	return s.changeStage(ctx, who, in, completing)
}

// ReopenStage puts a completed stage back under way, for a reason that the home reads; later stages stay
// as they are, and a completed project is active again. Errors: as StartStage; input.invalid at
// body.reason.
func (s *Service) ReopenStage(ctx context.Context, who actor.Actor, in StageRef) (StageResult, bool, error) {
	if err := CheckReason("body.reason", &in.Reason); err != nil {
		return StageResult{}, false, err
	}
	return s.changeStage(ctx, who, in, reopening)
}

var starting = change{
	kind: project.EntryStageStarted, topic: project.TopicStageStarted, action: "project.stage_started",
	zh: "阶段开始:", en: "Stage started: ",
	allowed: func(u *unmet, p project.Project, stages []project.Stage, at int) {
		u.need(p.State != project.Cancelled, "project_cancelled", "项目已取消。", "The project has been cancelled.")
		u.need(!p.Paused(), "project_paused", "项目已暂停,请先恢复。", "The project is paused; resume it first.")
		u.need(stages[at].State == project.StagePending, "stage_not_pending", "该阶段已开始。", "The stage has been started already.")
		u.before(stages, at)
	},
	apply: func(tx *db.Tx, s *project.Stage) { s.State, s.StartedAt = project.StageActive, &tx.Now },
}

var completing = change{
	kind: project.EntryStageCompleted, topic: project.TopicStageCompleted, action: "project.stage_completed",
	zh: "阶段完成:", en: "Stage completed: ", gated: true,
	allowed: func(u *unmet, p project.Project, stages []project.Stage, at int) {
		u.need(p.State != project.Cancelled, "project_cancelled", "项目已取消。", "The project has been cancelled.")
		u.need(!p.Paused(), "project_paused", "项目已暂停,请先恢复。", "The project is paused; resume it first.")
		u.need(stages[at].State == project.StageActive, "stage_not_active", "该阶段不在进行中。", "The stage is not under way.")
		u.before(stages, at)
	},
	apply: func(tx *db.Tx, s *project.Stage) { s.State, s.CompletedAt = project.StageCompleted, &tx.Now },
}

var reopening = change{
	kind: project.EntryStageReopened, topic: project.TopicStageReopened, action: "project.stage_reopened",
	zh: "阶段重新打开:", en: "Stage reopened: ",
	allowed: func(u *unmet, p project.Project, stages []project.Stage, at int) {
		u.need(p.State != project.Cancelled, "project_cancelled", "项目已取消。", "The project has been cancelled.")
		u.need(stages[at].State == project.StageCompleted, "stage_not_completed", "该阶段尚未完成。", "The stage is not completed.")
	},
	apply: func(_ *db.Tx, s *project.Stage) {
		s.State, s.CompletedAt = project.StageActive, nil
		s.Reopened++
	},
}

func (s *Service) changeStage(ctx context.Context, who actor.Actor, in StageRef, c change) (r StageResult, replayed bool, err error) {
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (StageResult, error) {
			return s.changeStageTx(ctx, tx, who, in, c)
		})
		return err
	})
	return r, replayed, err
}

func (s *Service) changeStageTx(ctx context.Context, tx *db.Tx, who actor.Actor, in StageRef, c change) (StageResult, error) {
	none := StageResult{}
	p, err := project.LockTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	stages, err := project.Stages(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	at := project.StageAt(stages, in.Key)
	if at < 0 {
		return none, fault.Missing()
	}
	if err := s.mayMove(ctx, tx, c, p, stages, at); err != nil {
		return none, err
	}
	stage := &stages[at]
	c.apply(tx, stage)
	if err := s.signStage(ctx, tx, stage); err != nil {
		return none, err
	}
	if err := project.SaveStageTx(ctx, tx, stage); err != nil {
		return none, err
	}
	p.Derive(stages, tx.Now)
	if err := project.SaveStateTx(ctx, tx, &p); err != nil {
		return none, err
	}
	e := project.Entry{ProjectID: p.ID, Kind: c.kind, TitleZH: c.zh + stage.NameZH, TitleEN: c.en + stage.NameEN, Body: in.Reason, StageKey: stage.Key}
	if err := s.announceTx(ctx, tx, who, p, &e); err != nil {
		return none, err
	}
	err = outbox.AddTx(ctx, tx, c.topic, project.StageChanged{ProjectID: p.ID, StageKey: stage.Key, EntryID: e.ID, At: tx.Now})
	if err != nil {
		return none, err
	}
	for _, f := range s.d.Followers {
		if err := f.StageMovedTx(ctx, tx, who, &p, *stage, c.kind); err != nil {
			return none, err
		}
	}
	if p.State == project.Completed {
		if err := s.d.HushTx(ctx, tx, who, p.ID, "项目已完工"); err != nil {
			return none, err
		}
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{Action: c.action, Kind: "project", Subject: p.ID, Reason: in.Reason, Detail: map[string]string{"stage": stage.Key}})
	return StageResult{ProjectID: p.ID, Seq: stage.Seq, EntryID: e.ID}, err
}

// signStage keeps with a completed stage on which day that was and who answered for it, so that on-time
// rates need not ask (C19); with one that is open neither.
func (s *Service) signStage(ctx context.Context, tx *db.Tx, stage *project.Stage) error {
	stage.CompletedOn, stage.AnsweredBy = "", id.ID{}
	if stage.State != project.StageCompleted {
		return nil
	}
	people, err := project.People(ctx, tx, stage.ProjectID)
	if err != nil {
		return err
	}
	stage.CompletedOn = s.d.dayOf(tx.Now)
	if person, ok := project.Responsible(people, stage.Key); ok {
		stage.AnsweredBy = person.StaffID
	}
	return nil
}

// mayMove refuses with every condition that is not met.
func (s *Service) mayMove(ctx context.Context, tx *db.Tx, c change, p project.Project, stages []project.Stage, at int) error {
	var u unmet
	c.allowed(&u, p, stages, at)
	if c.gated {
		for _, g := range s.d.Gates {
			lacking, err := g.Unmet(ctx, tx, p, stages[at])
			if err != nil {
				return err
			}
			for _, l := range lacking {
				u.add(l.Code, l.ZH, l.EN)
			}
		}
	}
	return u.fault()
}

// announceTx writes a line into the timeline and tells open apps of it after the commit.
func (s *Service) announceTx(ctx context.Context, tx *db.Tx, who actor.Actor, p project.Project, e *project.Entry) error {
	return s.d.announceTx(ctx, tx, who, p, e)
}
