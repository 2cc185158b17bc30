package quality

import (
	"context"
	"fmt"
	"slices"

	"guike/internal/actor"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project"
	"guike/model/project/quality"
	"guike/service/project"
)

// NewCheck is one of the three checks of a stage under way (C10).
type NewCheck struct {
	ProjectID id.ID
	Stage     string
	Kind      quality.CheckKind
	Passed    bool
	Note      string // required when it did not pass
	Items     []quality.CheckItem
	Photos    []id.ID
	Once      once.Key
}

// CheckResult is what a check leaves behind under its key.
type CheckResult struct {
	ProjectID id.ID `json:"project_id"`
	CheckID   id.ID `json:"check_id"`
}

// Check is a check as people read it, with what was looked at. Counts says that it is the latest of its
// kind since the stage was last reopened.
type Check struct {
	quality.Check
	Items  []quality.CheckItem
	Photos []project.Picture
	Counts bool
}

func (n *NewCheck) check() error {
	if !slices.Contains(quality.CheckKinds(), n.Kind) {
		return fault.Broken("body.kind", "unknown", "检查类型须为自检、互检或专检。", "The kind is self, mutual or special.")
	}
	least := 1
	if n.Passed {
		least = 0
	}
	if err := project.CheckLength("body.note", &n.Note, least, maxNote); err != nil {
		return err
	}
	if len(n.Items) > maxItems {
		return fault.Broken("body.items", "too_many", "检查项最多 30 项。", "There are at most 30 items.")
	}
	for i := range n.Items {
		at := fmt.Sprintf("body.items[%d]", i)
		if err := project.CheckLength(at+".name", &n.Items[i].Name, 1, maxTitle); err != nil {
			return err
		}
		if err := project.CheckLength(at+".note", &n.Items[i].Note, 0, 200); err != nil {
			return err
		}
		if n.Passed && !n.Items[i].Passed {
			return fault.Broken("body.passed", "not_allowed", "有不合格的检查项,不能通过。", "With an item that did not pass, the check does not pass.")
		}
	}
	return photographs("body.photos", n.Photos, 0)
}

// PostCheck keeps one of the three checks of a stage under way, once by key. A later check of the same
// kind takes the place of one that failed, and one that fails takes the place of one that passed.
// Errors: not_found; check.stage_not_active; check.special_role; check.same_person when the actor made
// another check that counts; check.passed_already; project.cancelled; input.invalid; what the files
// refuse.
func (s *Service) PostCheck(ctx context.Context, who actor.Actor, in NewCheck) (r CheckResult, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (CheckResult, error) { return s.postCheckTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) postCheckTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewCheck) (CheckResult, error) {
	none := CheckResult{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	stage, err := project.NamedStage(ctx, tx, p, in.Stage)
	if fault.Code(err) == "input.invalid" {
		err = fault.Missing() // the stage stands in the path
	}
	if err != nil {
		return none, err
	}
	if err := mayCheck(ctx, tx, who, stage, in); err != nil {
		return none, err
	}
	c := quality.Check{
		ProjectID: p.ID, ID: id.New(), StageKey: stage.Key, Round: stage.Reopened, Kind: in.Kind, Passed: in.Passed, Note: in.Note,
		Items: quality.JoinItems(in.Items), CheckerID: who.ID, CheckerName: who.Name, CheckerRole: who.Role,
	}
	if err := quality.AddCheckTx(ctx, tx, &c); err != nil {
		return none, err
	}
	if err := s.attachTx(ctx, tx, who, pictures{p.ID, c.ID, fileCheck, "body.photos", in.Photos}); err != nil {
		return none, err
	}
	e := model.Entry{Kind: quality.EntryCheck, Body: in.Note, StageKey: stage.Key, RefID: c.ID}
	e.TitleZH, e.TitleEN = checkTitle(stage, c)
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: e, Photos: in.Photos, Quiet: true, Action: "check.posted",
		Detail: map[string]any{"check_id": c.ID, "stage": stage.Key, "kind": c.Kind, "passed": c.Passed, "round": c.Round},
	})
	return CheckResult{p.ID, c.ID}, err
}

// mayCheck refuses whoever may not make the check, with the lock on the project held.
func mayCheck(ctx context.Context, r db.Reader, who actor.Actor, stage model.Stage, in NewCheck) error {
	if stage.State != model.StageActive {
		return now(errCheckStage, string(stage.State))
	}
	if in.Kind == quality.Special && !special(who.Role) {
		return errCheckRole
	}
	standing, err := quality.Standing(ctx, r, stage.ProjectID, stage.Key, stage.Reopened)
	if err != nil {
		return err
	}
	for kind, c := range standing {
		if kind != in.Kind && c.CheckerID == who.ID {
			return now(errCheckSamePerson, string(kind))
		}
	}
	if in.Passed && standing[in.Kind].Passed {
		return now(errCheckPassed, "passed")
	}
	return nil
}

// special tells whether somebody of the role may make the special check.
func special(r actor.Role) bool {
	switch r {
	case actor.Supervisor, actor.StoreManager, actor.ExperienceCentre, actor.Admin:
		return true
	}
	return false
}

func checkTitle(stage model.Stage, c quality.Check) (zh, en string) {
	names := map[quality.CheckKind][2]string{
		quality.Self: {"自检", "Self check"}, quality.Mutual: {"互检", "Mutual check"}, quality.Special: {"专检", "Special check"},
	}
	zh, en = names[c.Kind][0]+"合格", names[c.Kind][1]+" passed"
	if !c.Passed {
		zh, en = names[c.Kind][0]+"不合格", names[c.Kind][1]+" failed"
	}
	return zh + " · " + stage.NameZH, en + " · " + stage.NameEN
}

// Checks reads a page of the checks of a project, or of one stage of it, newest first, for a member of
// the home or of staff. Errors: not_found.
func (s *Service) Checks(ctx context.Context, who actor.Actor, projectID id.ID, stage string, p db.Page) (Page[Check], error) {
	seen, err := s.reader(ctx, who, projectID)
	if err != nil {
		return Page[Check]{}, err
	}
	rows, next, err := quality.Checks(ctx, s.j.DB, projectID, stage, p)
	if err != nil {
		return Page[Check]{}, err
	}
	items, mark, err := s.checks(ctx, projectID, rows)
	return Page[Check]{items, next, etag.Of(seen.Version, next, mark)}, err
}

// Checked reads the check that a post has made, on behalf of who made it.
func (s *Service) Checked(ctx context.Context, r CheckResult) (Check, error) {
	row, err := quality.CheckByID(ctx, s.j.DB, r.ProjectID, r.CheckID)
	if err != nil {
		return Check{}, err
	}
	items, _, err := s.checks(ctx, r.ProjectID, []quality.Check{row})
	if err != nil {
		return Check{}, err
	}
	return items[0], nil
}

func (s *Service) checks(ctx context.Context, projectID id.ID, rows []quality.Check) ([]Check, string, error) {
	refs := make([]id.ID, 0, len(rows))
	for _, c := range rows {
		refs = append(refs, c.ID)
	}
	shown, err := s.album(ctx, projectID, refs)
	if err != nil {
		return nil, "", err
	}
	counts, err := s.counting(ctx, projectID, rows)
	if err != nil {
		return nil, "", err
	}
	items := make([]Check, 0, len(rows))
	for _, c := range rows {
		looked, err := c.ItemList()
		if err != nil {
			return nil, "", err
		}
		items = append(items, Check{c, looked, shown.of[c.ID], counts[c.ID]})
	}
	return items, shown.mark, nil
}

// counting finds which checks of the stages of some rows count.
func (s *Service) counting(ctx context.Context, projectID id.ID, rows []quality.Check) (map[id.ID]bool, error) {
	counts := map[id.ID]bool{}
	if len(rows) == 0 {
		return counts, nil
	}
	stages, err := model.Stages(ctx, s.j.DB, projectID)
	if err != nil {
		return nil, err
	}
	for _, stage := range stages {
		if !slices.ContainsFunc(rows, func(c quality.Check) bool { return c.StageKey == stage.Key }) {
			continue
		}
		standing, err := quality.Standing(ctx, s.j.DB, projectID, stage.Key, stage.Reopened)
		if err != nil {
			return nil, err
		}
		for _, c := range standing {
			counts[c.ID] = true
		}
	}
	return counts, nil
}
