package quality

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project"
	"guike/model/project/quality"
	"guike/service/project"
)

// installation is the key of the stage at which defects are found; those found elsewhere belong to the
// current stage.
const installation = "installation"

// NewDefect is something broken that was found on site (E8). An empty Stage means the installation
// while it is under way, else the current one.
type NewDefect struct {
	ProjectID   id.ID
	Stage       string
	Part        string
	Detail      string
	Photos      []id.ID // at least one
	Replacement bool    // a part has to be ordered
	Once        once.Key
}

// DefectChange moves a defect on. Version is the one that the caller has read.
type DefectChange struct {
	DefectID   id.ID
	State      quality.DefectState
	Note       string
	OrderNo    string
	ExpectedOn clock.Day // when the part is expected; none leaves it as it is
	Photos     []id.ID
	Version    int64
}

// DefectResult is what a report leaves behind under its key.
type DefectResult struct {
	ProjectID id.ID `json:"project_id"`
	DefectID  id.ID `json:"defect_id"`
}

// Defect is a defect as people read it. Overrun tells that its clock ran out before it was fixed.
type Defect struct {
	quality.Defect
	Photos  []project.Picture
	Steps   []Step
	Overrun bool
}

func (n *NewDefect) check() error {
	if err := project.CheckLength("body.part", &n.Part, 1, maxTitle); err != nil {
		return err
	}
	if err := project.CheckLength("body.detail", &n.Detail, 1, maxDetail); err != nil {
		return err
	}
	return photographs("body.photos", n.Photos, 1)
}

// ReportDefect keeps a defect, once by key, and starts its clock: the task of the kind "defect", two
// hours by the seeded policy (E8). Errors: not_found; project.cancelled; input.invalid; what the files
// refuse.
func (s *Service) ReportDefect(ctx context.Context, who actor.Actor, in NewDefect) (r DefectResult, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (DefectResult, error) { return s.reportDefectTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) reportDefectTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewDefect) (DefectResult, error) {
	none := DefectResult{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	stage, err := defectStage(ctx, tx, p, in.Stage)
	if err != nil {
		return none, err
	}
	d := quality.Defect{
		ProjectID: p.ID, ID: id.New(), StageKey: stage.Key, Part: in.Part, Detail: in.Detail, ReplacementNeeded: in.Replacement,
		State: quality.DefectReported, ReporterID: who.ID, ReporterName: who.Name, ReporterRole: who.Role,
	}
	task, err := s.j.Alarms.OpenTx(ctx, tx, who, care.Order{
		Kind: kindDefect, Cause: defectCause(d), Title: "现场缺陷:" + short(in.Part), Reason: fmt.Sprintf("项目 %s,%s", p.No, stage.NameZH),
		CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID,
	})
	if err != nil {
		return none, err
	}
	d.DueAt = task.DueAt
	if err := quality.AddDefectTx(ctx, tx, &d); err != nil {
		return none, err
	}
	if err := quality.AddStepTx(ctx, tx, who, &quality.Step{ProjectID: p.ID, RefID: d.ID, What: string(d.State)}); err != nil {
		return none, err
	}
	if err := s.attachTx(ctx, tx, who, pictures{p.ID, d.ID, fileDefect, "body.photos", in.Photos}); err != nil {
		return none, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: model.Entry{
			Kind: quality.EntryDefect, TitleZH: "现场发现缺陷:" + in.Part, TitleEN: "Defect found on site: " + in.Part, Body: in.Detail,
			StageKey: stage.Key, RefID: d.ID,
		},
		Photos: in.Photos, Action: "defect.reported", Detail: map[string]any{"defect_id": d.ID, "replacement_needed": in.Replacement},
	})
	return DefectResult{p.ID, d.ID}, err
}

func defectCause(d quality.Defect) string { return kindDefect + ":" + d.ID.String() }

func defectStage(ctx context.Context, r db.Reader, p model.Project, key string) (model.Stage, error) {
	if key == "" {
		stages, err := model.Stages(ctx, r, p.ID)
		if err != nil {
			return model.Stage{}, err
		}
		for _, st := range stages {
			if st.Key == installation && st.State == model.StageActive {
				key = installation
			}
		}
	}
	return project.NamedStage(ctx, r, p, key)
}

func (c *DefectChange) check(today clock.Day) error {
	if c.State.Rank() == 0 {
		return fault.Broken("body.state", "unknown", "没有这种状态。", "There is no such state.")
	}
	if err := project.CheckLength("body.note", &c.Note, 0, maxNote); err != nil {
		return err
	}
	if err := project.CheckLength("body.order_no", &c.OrderNo, 0, 64); err != nil {
		return err
	}
	if !c.ExpectedOn.IsZero() {
		if err := coming("body.expected_on", c.ExpectedOn, today); err != nil {
			return err
		}
	}
	return photographs("body.photos", c.Photos, 0)
}

// ChangeDefect moves a defect on: its part ordered, the part arrived, fixed, which ends its task. A
// part that is ordered was needed. Errors: not_found; defect.changed with the state as it is when
// somebody else was faster; defect.state when the state would not move forward; project.cancelled;
// input.invalid; what the files refuse.
func (s *Service) ChangeDefect(ctx context.Context, who actor.Actor, in DefectChange) (r DefectResult, err error) {
	if err := in.check(s.j.Today()); err != nil {
		return r, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err = s.changeDefectTx(ctx, tx, who, in)
		return err
	})
	return r, err
}

func (s *Service) changeDefectTx(ctx context.Context, tx *db.Tx, who actor.Actor, in DefectChange) (DefectResult, error) {
	none := DefectResult{}
	d, err := quality.DefectByID(ctx, tx, in.DefectID)
	if err != nil {
		return none, err
	}
	p, err := project.LockOpenTx(ctx, tx, who, d.ProjectID)
	if err != nil {
		return none, err
	}
	if d, err = quality.DefectByID(ctx, tx, in.DefectID); err != nil {
		return none, err
	}
	switch {
	case d.Version != in.Version:
		return none, now(errDefectChanged, string(d.State))
	case in.State.Rank() <= d.State.Rank():
		return none, now(errDefectState, string(d.State))
	}
	d.State = in.State
	if in.OrderNo != "" {
		d.OrderNo = in.OrderNo
	}
	if !in.ExpectedOn.IsZero() {
		d.ExpectedOn = in.ExpectedOn
	}
	if d.State == quality.DefectFixed {
		d.FixedAt = &tx.Now
		err = s.j.Alarms.ClearTx(ctx, tx, who, defectCause(d), in.Note)
	} else {
		d.ReplacementNeeded = true
	}
	if err != nil {
		return none, err
	}
	if err := quality.SaveDefectTx(ctx, tx, &d); err != nil {
		return none, err
	}
	return DefectResult{p.ID, d.ID}, s.tellDefectTx(ctx, tx, who, &p, d, in)
}

// tellDefectTx writes the step down with its pictures and tells of it; the home gets a message when the
// defect is fixed.
func (s *Service) tellDefectTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *model.Project, d quality.Defect, in DefectChange) error {
	step := quality.Step{ProjectID: p.ID, RefID: d.ID, What: string(d.State), Note: in.Note, Day: in.ExpectedOn}
	if err := quality.AddStepTx(ctx, tx, who, &step); err != nil {
		return err
	}
	if err := s.attachTx(ctx, tx, who, pictures{p.ID, step.ID, fileStep, "body.photos", in.Photos}); err != nil {
		return err
	}
	told := map[quality.DefectState][2]string{
		quality.DefectOrdered: {"补件已下单:", "Replacement ordered: "},
		quality.DefectArrived: {"补件已到:", "Replacement arrived: "},
		quality.DefectFixed:   {"缺陷已修复:", "Defect fixed: "},
	}[d.State]
	body := in.Note
	if !in.ExpectedOn.IsZero() {
		body += "\n预计到货:" + string(in.ExpectedOn)
	}
	_, err := s.j.TellTx(ctx, tx, who, p, project.News{
		Entry: model.Entry{
			Kind: quality.EntryDefect, TitleZH: told[0] + d.Part, TitleEN: told[1] + d.Part, Body: body, StageKey: d.StageKey, RefID: d.ID,
		},
		Photos: in.Photos, Quiet: d.State != quality.DefectFixed, Action: "defect." + string(d.State), Detail: map[string]any{"defect_id": d.ID},
	})
	return err
}

// Defects reads a page of a project's defects, newest first, for a member of the home or of staff.
// Errors: not_found.
func (s *Service) Defects(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) (Page[Defect], error) {
	seen, err := s.reader(ctx, who, projectID)
	if err != nil {
		return Page[Defect]{}, err
	}
	rows, next, err := quality.Defects(ctx, s.j.DB, projectID, p)
	if err != nil {
		return Page[Defect]{}, err
	}
	items, mark, err := s.defects(ctx, projectID, rows)
	overruns := 0 // what the clock alone changes
	for _, d := range items {
		if d.Overrun {
			overruns++
		}
	}
	return Page[Defect]{items, next, etag.Of(seen.Version, next, mark, overruns)}, err
}

// Reported reads a defect that has been reported or changed, on behalf of who did it.
func (s *Service) Reported(ctx context.Context, r DefectResult) (Defect, error) {
	row, err := quality.DefectByID(ctx, s.j.DB, r.DefectID)
	if err != nil {
		return Defect{}, err
	}
	items, _, err := s.defects(ctx, r.ProjectID, []quality.Defect{row})
	if err != nil {
		return Defect{}, err
	}
	return items[0], nil
}

func (s *Service) defects(ctx context.Context, projectID id.ID, rows []quality.Defect) ([]Defect, string, error) {
	refs := make([]id.ID, 0, len(rows))
	for _, d := range rows {
		refs = append(refs, d.ID)
	}
	steps, shown, err := s.stepsOf(ctx, projectID, refs)
	if err != nil {
		return nil, "", err
	}
	items, at := make([]Defect, 0, len(rows)), s.j.DB.Now()
	for _, d := range rows {
		items = append(items, Defect{d, shown.of[d.ID], steps[d.ID], d.Late(at)})
	}
	return items, shown.mark, nil
}
