package quality

import (
	"context"
	"fmt"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	model "guike/model/project"
	"guike/model/project/diary"
	"guike/model/project/quality"
	"guike/service/project"
)

// NewInspection is a supervisor's report of a visit today (C2). An empty Stage means the current one.
type NewInspection struct {
	ProjectID id.ID
	Stage     string
	Kind      quality.InspectionKind
	Summary   string // one paragraph, which customers read first
	Findings  string
	Photos    []id.ID
	Hazards   []NewHazard
	Once      once.Key
}

// NewHazard is something that was found wrong, who owes its mending, and by which day.
type NewHazard struct {
	Title, Detail string
	Severity      quality.Severity
	OwnerID       id.ID
	DueOn         clock.Day
	Before        []id.ID // pictures as it was found
}

// InspectionResult is what a report leaves behind under its key.
type InspectionResult struct {
	ProjectID    id.ID `json:"project_id"`
	InspectionID id.ID `json:"inspection_id"`
}

// Inspection is a report as people read it.
type Inspection struct {
	quality.Inspection
	Photos  []project.Picture
	Hazards []Hazard
}

// check reads the fields that need no store.
func (n *NewInspection) check(today clock.Day) error {
	if !n.Kind.Valid() {
		return fault.Broken("body.kind", "unknown", "巡检类型须为周检或专项。", "The kind is weekly or special.")
	}
	if err := project.CheckLength("body.summary", &n.Summary, 1, maxSummary); err != nil {
		return err
	}
	if err := project.CheckLength("body.findings", &n.Findings, 0, maxFindings); err != nil {
		return err
	}
	if err := photographs("body.photos", n.Photos, 0); err != nil {
		return err
	}
	if len(n.Hazards) > maxHazards {
		return fault.Broken("body.hazards", "too_many", "隐患最多 20 项。", "There are at most 20 hazards.")
	}
	for i := range n.Hazards {
		if err := n.Hazards[i].check(fmt.Sprintf("body.hazards[%d]", i), today); err != nil {
			return err
		}
	}
	return nil
}

func (n *NewHazard) check(at string, today clock.Day) error {
	if err := project.CheckLength(at+".title", &n.Title, 1, maxTitle); err != nil {
		return err
	}
	if err := project.CheckLength(at+".detail", &n.Detail, 0, maxDetail); err != nil {
		return err
	}
	if !n.Severity.Valid() {
		return fault.Broken(at+".severity", "unknown", "严重程度须为低、中或高。", "The severity is low, medium or high.")
	}
	if err := coming(at+".due_on", n.DueOn, today); err != nil {
		return err
	}
	return photographs(at+".photos_before", n.Before, 0)
}

// PostInspection keeps a report with its hazards, once by key: a task for each hazard's owner, a line
// in the timeline that members of the home are told of (C2). A second weekly report of a week is one
// more visit. Errors: not_found; project.cancelled; input.invalid; what the files refuse.
func (s *Service) PostInspection(ctx context.Context, who actor.Actor, in NewInspection) (r InspectionResult, replayed bool, err error) {
	if err := in.check(s.j.Today()); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (InspectionResult, error) { return s.postInspectionTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) postInspectionTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewInspection) (InspectionResult, error) {
	none := InspectionResult{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	stage, err := project.NamedStage(ctx, tx, p, in.Stage)
	if err != nil {
		return none, err
	}
	i := quality.Inspection{
		ProjectID: p.ID, ID: id.New(), Kind: in.Kind, StageKey: stage.Key, Day: clock.DayOf(tx.Now, s.j.Zone), Summary: in.Summary,
		Findings: in.Findings, AuthorID: who.ID, AuthorName: who.Name, AuthorRole: who.Role,
	}
	if err := quality.AddInspectionTx(ctx, tx, &i); err != nil {
		return none, err
	}
	if err := s.j.HeardTx(ctx, tx, who, p.ID, diary.BySupervisor); err != nil {
		return none, err
	}
	if err := s.attachTx(ctx, tx, who, pictures{p.ID, i.ID, fileInspection, "body.photos", in.Photos}); err != nil {
		return none, err
	}
	for n, h := range in.Hazards {
		if err := s.openHazardTx(ctx, tx, who, found{p, i, h, fmt.Sprintf("body.hazards[%d]", n)}); err != nil {
			return none, err
		}
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: model.Entry{
			Kind: quality.EntryInspection, TitleZH: "监理巡检 · " + stage.NameZH, TitleEN: "Inspection · " + stage.NameEN,
			Body: inspectionBody(in), StageKey: stage.Key, RefID: i.ID,
		},
		Photos: in.Photos, Action: "inspection.posted",
		Detail: map[string]any{"inspection_id": i.ID, "kind": i.Kind, "hazards": len(in.Hazards)},
	})
	return InspectionResult{ProjectID: p.ID, InspectionID: i.ID}, err
}

func inspectionBody(in NewInspection) string {
	lines := []string{in.Summary}
	for _, h := range in.Hazards {
		lines = append(lines, "隐患:"+h.Title+"("+string(h.DueOn)+" 前整改)")
	}
	return strings.Join(lines, "\n")
}

// found is a hazard that an inspection of a project found, and where it stands in the request.
type found struct {
	p          model.Project
	inspection quality.Inspection
	hazard     NewHazard
	at         string
}

// openHazardTx keeps a hazard with its pictures and opens the task of its owner.
func (s *Service) openHazardTx(ctx context.Context, tx *db.Tx, who actor.Actor, f found) error {
	owner, err := s.ownerTx(ctx, tx, who, f)
	if err != nil {
		return err
	}
	due, err := s.workday(ctx, tx, f.hazard.DueOn)
	if err != nil {
		return err
	}
	h := quality.Hazard{
		ProjectID: f.p.ID, ID: id.New(), InspectionID: f.inspection.ID, StageKey: f.inspection.StageKey, Title: f.hazard.Title,
		Detail: f.hazard.Detail, Severity: f.hazard.Severity, OwnerID: owner.ID, OwnerName: owner.Name, OwnerRole: owner.Role,
		DueOn: due, State: quality.HazardOpen, OverdueAt: s.clockOf(f.p, due),
	}
	if err := quality.AddHazardTx(ctx, tx, &h); err != nil {
		return err
	}
	if err := s.attachTx(ctx, tx, who, pictures{f.p.ID, h.ID, fileHazard, f.at + ".photos_before", f.hazard.Before}); err != nil {
		return err
	}
	if err := quality.AddStepTx(ctx, tx, who, &quality.Step{ProjectID: f.p.ID, RefID: h.ID, What: string(h.State), Day: h.DueOn}); err != nil {
		return err
	}
	return s.orderFixTx(ctx, tx, who, f.p, h)
}

// ownerTx finds who is named to mend a hazard: somebody in charge of the project, or an active
// colleague of its store or within the reach of whoever names them.
func (s *Service) ownerTx(ctx context.Context, tx *db.Tx, who actor.Actor, f found) (identity.Staff, error) {
	unknown := fault.Broken(f.at+".owner_staff_id", "unknown", "没有这位在职同事,或不在您的权限范围内。", "There is no such active member of staff within your reach.")
	owner, err := identity.StaffByID(ctx, tx, f.hazard.OwnerID)
	if db.Missing(err) || err == nil && !owner.Active() {
		return owner, unknown
	}
	if err != nil {
		return owner, fmt.Errorf("owner of hazard: %w", err)
	}
	people, err := inCharge(ctx, tx, f.p.ID)
	if err != nil {
		return owner, err
	}
	for _, person := range people {
		if person.StaffID == owner.ID {
			return owner, nil
		}
	}
	if owner.External {
		return owner, unknown
	}
	if !f.p.StoreID.IsZero() && owner.StoreID == f.p.StoreID {
		return owner, nil
	}
	_, err = identity.FindStaff(ctx, tx, who, owner.ID)
	if fault.Code(err) == "not_found" {
		return owner, unknown
	}
	return owner, err
}

// Inspections reads a page of a project's reports with their hazards, newest first, for a member of the
// home or of staff. Errors: not_found.
func (s *Service) Inspections(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) (Page[Inspection], error) {
	seen, err := s.reader(ctx, who, projectID)
	if err != nil {
		return Page[Inspection]{}, err
	}
	rows, next, err := quality.Inspections(ctx, s.j.DB, projectID, p)
	if err != nil {
		return Page[Inspection]{}, err
	}
	items, mark, err := s.inspections(ctx, projectID, rows)
	return Page[Inspection]{items, next, etag.Of(seen.Version, next, mark)}, err
}

// Inspection reads one report. Errors: not_found.
func (s *Service) Inspection(ctx context.Context, who actor.Actor, projectID, inspection id.ID) (Inspection, error) {
	if _, err := s.reader(ctx, who, projectID); err != nil {
		return Inspection{}, err
	}
	return s.Posted(ctx, InspectionResult{projectID, inspection})
}

// Posted reads the report that a post has made, on behalf of who made it.
func (s *Service) Posted(ctx context.Context, r InspectionResult) (Inspection, error) {
	row, err := quality.InspectionByID(ctx, s.j.DB, r.ProjectID, r.InspectionID)
	if err != nil {
		return Inspection{}, err
	}
	items, _, err := s.inspections(ctx, r.ProjectID, []quality.Inspection{row})
	if err != nil {
		return Inspection{}, err
	}
	return items[0], nil
}

// inspections adds pictures and hazards to reports of one project, in five statements, and tells which
// pictures are shown.
func (s *Service) inspections(ctx context.Context, projectID id.ID, rows []quality.Inspection) ([]Inspection, string, error) {
	refs := make([]id.ID, 0, len(rows))
	for _, i := range rows {
		refs = append(refs, i.ID)
	}
	hazards, err := quality.HazardsOf(ctx, s.j.DB, projectID, refs)
	if err != nil {
		return nil, "", err
	}
	for _, i := range rows {
		for _, h := range hazards[i.ID] {
			refs = append(refs, h.ID)
		}
	}
	steps, shown, err := s.stepsOf(ctx, projectID, refs)
	if err != nil {
		return nil, "", err
	}
	items := make([]Inspection, 0, len(rows))
	for _, i := range rows {
		items = append(items, Inspection{i, shown.of[i.ID], joined(hazards[i.ID], steps, shown)})
	}
	return items, shown.mark, nil
}
