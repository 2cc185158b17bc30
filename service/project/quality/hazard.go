package quality

import (
	"context"
	"fmt"
	"strconv"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/etag"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	model "guike/model/project"
	"guike/model/project/quality"
	"guike/service/project"
)

// Hazard is a hazard as people read it: the pictures as it was found and after it was last fixed, and
// what happened since.
type Hazard struct {
	quality.Hazard
	Before, After []project.Picture
	Steps         []Step
}

// Fix is the owner's word that a hazard has been mended.
type Fix struct {
	HazardID id.ID
	Note     string
	Photos   []id.ID // as it is now; at least one
	Once     once.Key
}

// Recheck is what somebody else found when they looked again. DueOn is the new day when it did not
// pass.
type Recheck struct {
	HazardID id.ID
	Passed   bool
	Note     string
	DueOn    clock.Day
	Once     once.Key
}

// HazardResult is what a change to a hazard leaves behind under its key.
type HazardResult struct {
	ProjectID id.ID `json:"project_id"`
	HazardID  id.ID `json:"hazard_id"`
}

// FixHazard tells that a hazard has been mended (C2): by its owner, whose task ends with it, or by
// somebody above them within their reach. A task asks somebody else to look again. Errors: not_found;
// hazard.owner_only; hazard.state with the state as it is; project.cancelled; input.invalid; what the
// files refuse.
func (s *Service) FixHazard(ctx context.Context, who actor.Actor, in Fix) (r HazardResult, replayed bool, err error) {
	if err := project.CheckLength("body.note", &in.Note, 1, maxNote); err != nil {
		return r, false, err
	}
	if err := photographs("body.photos", in.Photos, 1); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (HazardResult, error) { return s.fixTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) fixTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Fix) (HazardResult, error) {
	none := HazardResult{}
	p, h, err := s.lockHazardTx(ctx, tx, who, in.HazardID)
	switch {
	case err != nil:
		return none, err
	case who.ID != h.OwnerID && !leads(who.Role):
		return none, errHazardOwner
	case !h.Owed():
		return none, now(errHazardState, string(h.State))
	}
	if err := s.calmTx(ctx, tx, who, h, in.Note); err != nil {
		return none, err
	}
	h.State, h.FixedBy, h.OverdueAt = quality.HazardFixed, who.ID, nil
	if err := s.stepTx(ctx, tx, who, &p, moved{h: &h, note: in.Note, photos: in.Photos, zh: "隐患已整改,待复查:", en: "Hazard fixed, to be rechecked: "}); err != nil {
		return none, err
	}
	return HazardResult{p.ID, h.ID}, s.orderRecheckTx(ctx, tx, who, p, h)
}

// RecheckHazard writes down what somebody other than who fixed a hazard found: it passed, or it is
// reopened with a word and a new day. Errors: not_found; hazard.state; hazard.same_person;
// project.cancelled; input.invalid.
func (s *Service) RecheckHazard(ctx context.Context, who actor.Actor, in Recheck) (r HazardResult, replayed bool, err error) {
	least := 1
	if in.Passed {
		least = 0
	}
	if err := project.CheckLength("body.note", &in.Note, least, maxNote); err != nil {
		return r, false, err
	}
	if !in.Passed {
		if err := coming("body.due_on", in.DueOn, s.j.Today()); err != nil {
			return r, false, err
		}
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (HazardResult, error) { return s.recheckTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) recheckTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Recheck) (HazardResult, error) {
	none := HazardResult{}
	p, h, err := s.lockHazardTx(ctx, tx, who, in.HazardID)
	if err != nil {
		return none, err
	}
	if _, err := model.Find(ctx, tx, who, p.ID); err != nil { // an owner out of reach fixes, and does not recheck
		return none, err
	}
	switch {
	case h.State != quality.HazardFixed:
		return none, now(errHazardState, string(h.State))
	case who.ID == h.FixedBy:
		return none, errHazardSamePerson
	}
	if err := s.j.Alarms.ClearTx(ctx, tx, who, recheckCause(h), in.Note); err != nil {
		return none, err
	}
	m := moved{h: &h, note: in.Note, zh: "隐患复查合格:", en: "Hazard rechecked and passed: "}
	if h.State = quality.HazardPassed; !in.Passed {
		if h.DueOn, err = s.workday(ctx, tx, in.DueOn); err != nil {
			return none, err
		}
		h.State, h.OverdueAt = quality.HazardReopened, s.clockOf(p, h.DueOn)
		h.Round++
		m.zh, m.en, m.day = "隐患复查不合格,继续整改:", "Hazard rechecked and not passed: ", h.DueOn
	}
	if err := s.stepTx(ctx, tx, who, &p, m); err != nil || in.Passed {
		return HazardResult{p.ID, h.ID}, err
	}
	return HazardResult{p.ID, h.ID}, s.orderFixTx(ctx, tx, who, p, h)
}

// lockHazardTx locks the project of a hazard and reads the hazard as it stands then, for its owner,
// wherever they work, and for those within whose reach the project is.
func (s *Service) lockHazardTx(ctx context.Context, tx *db.Tx, who actor.Actor, hazard id.ID) (model.Project, quality.Hazard, error) {
	h, err := quality.HazardByID(ctx, tx, hazard)
	if err != nil {
		return model.Project{}, h, err
	}
	p, err := model.LockTx(ctx, tx, actor.Machine(), h.ProjectID)
	if err != nil {
		return p, h, err
	}
	if h, err = quality.HazardByID(ctx, tx, hazard); err != nil {
		return p, h, err
	}
	if who.ID != h.OwnerID || who.External {
		if _, err := model.Find(ctx, tx, who, p.ID); err != nil {
			return p, h, err
		}
	}
	if p.State == model.Cancelled {
		return p, h, project.ErrCancelled
	}
	return p, h, nil
}

// moved is a change of a hazard's state, how it is told, and what came with it.
type moved struct {
	h      *quality.Hazard
	note   string
	day    clock.Day
	photos []id.ID
	zh, en string
}

// stepTx saves a hazard, writes the step down with its pictures, and tells of it.
func (s *Service) stepTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *model.Project, m moved) error {
	if err := quality.SaveHazardTx(ctx, tx, m.h); err != nil {
		return err
	}
	step := quality.Step{ProjectID: p.ID, RefID: m.h.ID, What: string(m.h.State), Note: m.note, Day: m.day}
	if err := quality.AddStepTx(ctx, tx, who, &step); err != nil {
		return err
	}
	if err := s.attachTx(ctx, tx, who, pictures{p.ID, step.ID, fileStep, "body.photos", m.photos}); err != nil {
		return err
	}
	_, err := s.j.TellTx(ctx, tx, who, p, project.News{
		Entry: model.Entry{
			Kind: quality.EntryHazard, TitleZH: m.zh + m.h.Title, TitleEN: m.en + m.h.Title, Body: m.note, StageKey: m.h.StageKey, RefID: m.h.ID,
		},
		Photos: m.photos, Quiet: true, Action: "hazard." + string(m.h.State), Detail: map[string]any{"hazard_id": m.h.ID, "round": m.h.Round},
	})
	return err
}

// The causes of what is owed for a hazard; each round is a new one.
func fixCause(h quality.Hazard) string     { return cause(kindHazard, h) }
func recheckCause(h quality.Hazard) string { return cause(kindRecheck, h) }
func overdueCause(h quality.Hazard) string { return cause(kindOverdue, h) }

func cause(kind string, h quality.Hazard) string {
	return kind + ":" + h.ID.String() + ":" + strconv.Itoa(h.Round)
}

// overdueAt is the instant from which what is due on a day is overdue, in Unix milliseconds: the end of
// the day in the company's zone.
func (s *Service) overdueAt(due clock.Day) *int64 {
	at := due.Plus(1).Start(s.j.Zone).UnixMilli()
	return &at
}

// orderFixTx opens the task of a hazard's owner.
func (s *Service) orderFixTx(ctx context.Context, tx *db.Tx, who actor.Actor, p model.Project, h quality.Hazard) error {
	_, err := s.j.Alarms.OpenTx(ctx, tx, who, care.Order{
		Kind: kindHazard, Cause: fixCause(h), Title: "整改隐患:" + short(h.Title), Reason: fmt.Sprintf("项目 %s,严重程度 %s,%s 前整改", p.No, h.Severity, h.DueOn),
		CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID, OwnerID: h.OwnerID, OwnerRole: h.OwnerRole,
		DueAt: s.dueBy(h.DueOn),
	})
	if err != nil {
		return err
	}
	return s.heldTx(ctx, tx, p, fixCause(h))
}

// orderRecheckTx asks the supervisor in charge to look again, else the author of the report, else the
// store's manager; never who fixed it.
func (s *Service) orderRecheckTx(ctx context.Context, tx *db.Tx, who actor.Actor, p model.Project, h quality.Hazard) error {
	o := care.Order{
		Kind: kindRecheck, Cause: recheckCause(h), Title: "复查隐患:" + short(h.Title), Reason: "项目 " + p.No + ",已提交整改",
		CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID, OwnerRole: actor.StoreManager,
	}
	people, err := inCharge(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for _, person := range people {
		if person.Role == actor.Supervisor && person.StaffID != h.FixedBy {
			o.OwnerID, o.OwnerRole = person.StaffID, actor.Supervisor
		}
	}
	if o.OwnerID.IsZero() {
		if o.OwnerID, o.OwnerRole, err = authorTx(ctx, tx, h); err != nil {
			return err
		}
	}
	if _, err = s.j.Alarms.OpenTx(ctx, tx, who, o); err != nil {
		return err
	}
	return s.heldTx(ctx, tx, p, recheckCause(h))
}

// authorTx finds the author of the report that found a hazard, unless they fixed it, left, or are of
// another company and so not in charge any more: then the store's manager.
func authorTx(ctx context.Context, tx *db.Tx, h quality.Hazard) (id.ID, actor.Role, error) {
	i, err := quality.InspectionByID(ctx, tx, h.ProjectID, h.InspectionID)
	if err != nil {
		return id.ID{}, "", err
	}
	author, err := identity.StaffByID(ctx, tx, i.AuthorID)
	gone := db.Missing(err)
	switch {
	case err != nil && !gone:
		return id.ID{}, "", fmt.Errorf("author of inspection: %w", err)
	case gone || !author.Active() || author.External || author.ID == h.FixedBy:
		return id.ID{}, actor.StoreManager, nil
	}
	return author.ID, author.Role, nil
}

// calmTx ends the task of a hazard's owner, and the alarm if it was given.
func (s *Service) calmTx(ctx context.Context, tx *db.Tx, who actor.Actor, h quality.Hazard, note string) error {
	if err := s.j.Alarms.ClearTx(ctx, tx, who, fixCause(h), note); err != nil {
		return err
	}
	return s.j.Alarms.ClearTx(ctx, tx, who, overdueCause(h), note)
}

// short cuts a title so that it fits into that of a task.
func short(title string) string {
	runes := []rune(title)
	return string(runes[:min(len(runes), 80)])
}

// Hazards reads a page of a project's hazards, newest first, for a member of the home or of staff; only
// those that have not passed when standing is set. Errors: not_found.
func (s *Service) Hazards(ctx context.Context, who actor.Actor, projectID id.ID, standing bool, p db.Page) (Page[Hazard], error) {
	seen, err := s.reader(ctx, who, projectID)
	if err != nil {
		return Page[Hazard]{}, err
	}
	rows, next, err := quality.Hazards(ctx, s.j.DB, projectID, standing, p)
	if err != nil {
		return Page[Hazard]{}, err
	}
	items, mark, err := s.hazards(ctx, projectID, rows)
	return Page[Hazard]{items, next, etag.Of(seen.Version, next, mark)}, err
}

// Hazard reads one hazard for its owner or for those within whose reach its project is. Errors:
// not_found.
func (s *Service) Hazard(ctx context.Context, who actor.Actor, hazard id.ID) (Hazard, error) {
	h, err := quality.HazardByID(ctx, s.j.DB, hazard)
	if err != nil {
		return Hazard{}, err
	}
	if who.ID != h.OwnerID || who.External {
		if _, err := model.Find(ctx, s.j.DB, who, h.ProjectID); err != nil {
			return Hazard{}, err
		}
	}
	return s.Changed(ctx, HazardResult{h.ProjectID, h.ID})
}

// Changed reads a hazard that has been changed, on behalf of who did it.
func (s *Service) Changed(ctx context.Context, r HazardResult) (Hazard, error) {
	h, err := quality.HazardByID(ctx, s.j.DB, r.HazardID)
	if err != nil {
		return Hazard{}, err
	}
	items, _, err := s.hazards(ctx, r.ProjectID, []quality.Hazard{h})
	if err != nil {
		return Hazard{}, err
	}
	return items[0], nil
}

func (s *Service) hazards(ctx context.Context, projectID id.ID, rows []quality.Hazard) ([]Hazard, string, error) {
	refs := make([]id.ID, 0, len(rows))
	for _, h := range rows {
		refs = append(refs, h.ID)
	}
	steps, shown, err := s.stepsOf(ctx, projectID, refs)
	if err != nil {
		return nil, "", err
	}
	return joined(rows, steps, shown), shown.mark, nil
}

// joined puts hazards together with their steps and pictures.
func joined(rows []quality.Hazard, steps map[id.ID][]Step, shown album) []Hazard {
	items := make([]Hazard, 0, len(rows))
	for _, row := range rows {
		h := Hazard{Hazard: row, Before: shown.of[row.ID], Steps: steps[row.ID]}
		for _, st := range h.Steps {
			if st.What == string(quality.HazardFixed) {
				h.After = st.Photos
			}
		}
		items = append(items, h)
	}
	return items
}
