package design

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project"
)

// NewCase is a finished home as it is told to others (B14).
type NewCase struct {
	ProjectID id.ID
	Title     string
	Story     string
	Style     string
	HouseType string
	AreaM2    int
	BudgetFen int64
	FileIDs   []id.ID // 1 to 12 pictures
	Once      once.Key
}

const (
	maxArea   = 100_000
	maxAmount = 1_000_000_000_000
)

func (n *NewCase) check() error {
	if err := first(
		line("body.title", &n.Title, 1, 100), text("body.story", &n.Story, 1, 4000),
		line("body.style", &n.Style, 1, 40), line("body.house_type", &n.HouseType, 1, 40), project.CheckFiles("body.file_ids", n.FileIDs),
	); err != nil {
		return err
	}
	switch {
	case n.AreaM2 < 1 || n.AreaM2 > maxArea:
		return fault.Broken("body.area_m2", "out_of_range", "面积须为 1 到 100000 平方米。", "The area lies between 1 and 100,000 square metres.")
	case n.BudgetFen < 0 || n.BudgetFen > maxAmount:
		return fault.Broken("body.budget_fen", "out_of_range", "预算超出范围。", "The budget is out of range.")
	case len(n.FileIDs) == 0:
		return fault.Broken("body.file_ids", "required", "请至少选择一张照片。", "A case has a photo at least.")
	case len(n.FileIDs) > model.MaxCasePhotos:
		return fault.Broken("body.file_ids", "too_many", "照片最多 12 张。", "There are at most 12 photos.")
	}
	return nil
}

// PublishedCase names a case and the row's version that an effect has made.
type PublishedCase struct {
	CaseID  id.ID `json:"case_id"`
	Version int64 `json:"version"`
}

// Publish shows a project as a case, or changes what its case says, while the contract party's consent to
// the publication stands. Errors: input.invalid, also for a text that names the home or a phone number;
// not_found; project.cancelled; consent.required; what the files refuse.
func (s *Service) Publish(ctx context.Context, who actor.Actor, in NewCase) (r PublishedCase, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PublishedCase, error) { return s.publishTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) publishTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewCase) (PublishedCase, error) {
	none := PublishedCase{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	given, err := consented(ctx, tx, p.CustomerID)
	if err != nil {
		return none, err
	}
	home, err := identity.HomeByID(ctx, tx, p.HomeID)
	if err != nil {
		return none, err
	}
	if err := anonymous(in, p, home); err != nil {
		return none, err
	}
	c, known, err := model.CaseOf(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	if !known {
		c = model.Case{ID: id.New(), ProjectID: p.ID, Kind: p.Kind}
	}
	c.Title, c.Story, c.Style, c.HouseType, c.AreaM2, c.BudgetFen = in.Title, in.Story, in.Style, in.HouseType, in.AreaM2, in.BudgetFen
	c.City, c.ConsentedAt, c.ConsentID, c.PublishedBy = home.City, given.At, given.ID, who.ID
	if err := model.PublishTx(ctx, tx, &c, in.FileIDs); err != nil {
		return none, err
	}
	if err := s.j.Files.AttachTx(ctx, tx, who, in.FileIDs, model.CaseFile, c.ID); err != nil {
		return none, err
	}
	if err := s.j.Files.ReleaseTx(ctx, tx, model.CaseFile, c.ID, in.FileIDs); err != nil {
		return none, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: core.Entry{Kind: model.EntryCase, TitleZH: "案例已公开:" + c.Title, TitleEN: "Shown as a case: " + c.Title, StageKey: p.CurrentStage, RefID: c.ID},
		Quiet: true, Action: "case.published", Detail: map[string]any{"case_id": c.ID, "consented_at": given.At},
	})
	return PublishedCase{CaseID: c.ID, Version: c.Version}, err
}

// consented reads the consent of the contract party that stands. Errors: consent.required.
func consented(ctx context.Context, tx *db.Tx, customer id.ID) (identity.Consent, error) {
	given, ok, err := identity.LatestConsent(ctx, tx, customer, identity.PurposeCasePublication)
	if err != nil {
		return given, err
	}
	policies, err := identity.ReadPolicies(ctx, tx, tx.Now)
	if err == nil && (!ok || !policies.Suffices(given)) {
		err = errConsent
	}
	return given, err
}

// phone finds a mobile number of mainland China, however it is grouped.
var phone = regexp.MustCompile(`1[3-9]\d[ -]?\d{4}[ -]?\d{4}`)

// anonymous refuses texts that name the home, its district, the project's number, or somebody's phone.
// It finds what can be found by looking; who publishes still answers for the rest.
func anonymous(in NewCase, p core.Project, home identity.Home) error {
	telling := []string{home.Name, home.District, p.No, p.ServiceCode}
	for at, said := range map[string]string{"body.title": in.Title, "body.story": in.Story} {
		named := phone.MatchString(said)
		for _, name := range telling {
			named = named || utf8.RuneCountInString(name) > 2 && strings.Contains(said, name)
		}
		if named {
			return fault.Broken(at, "identifying", "不得出现小区、房屋、订单编号或电话号码。", "The text names the home, the order or a phone number.")
		}
	}
	return nil
}

// CaseWithdrawal takes a case out of the library.
type CaseWithdrawal struct {
	CaseID id.ID
	Reason string
	Once   once.Key
}

// WithdrawCase takes a case out of sight on behalf of the company; its photos are removed. Errors:
// input.invalid; not_found; case.withdrawn.
func (s *Service) WithdrawCase(ctx context.Context, who actor.Actor, in CaseWithdrawal) (r PublishedCase, replayed bool, err error) {
	if err := text("body.reason", &in.Reason, 1, 500); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PublishedCase, error) { return s.withdrawCaseTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) withdrawCaseTx(ctx context.Context, tx *db.Tx, who actor.Actor, in CaseWithdrawal) (PublishedCase, error) {
	none := PublishedCase{}
	c, err := model.CaseByID(ctx, tx, in.CaseID)
	if err != nil {
		return none, err
	}
	p, err := core.LockTx(ctx, tx, who, c.ProjectID) // a cancelled project's case is withdrawn too
	if err != nil {
		return none, err
	}
	if c, err = model.CaseByID(ctx, tx, in.CaseID); err != nil {
		return none, err
	}
	if c.State == model.CaseWithdrawn {
		return none, errCaseWithdrawn
	}
	c.WithdrawnBy, c.Reason = who.ID, in.Reason
	if err := model.WithdrawTx(ctx, tx, c); err != nil {
		return none, err
	}
	if err := s.j.Files.ReleaseTx(ctx, tx, model.CaseFile, c.ID, nil); err != nil {
		return none, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: core.Entry{Kind: model.EntryCaseWithdrawn, TitleZH: "案例已撤下:" + c.Title, TitleEN: "No case any more: " + c.Title, StageKey: p.CurrentStage, RefID: c.ID},
		Quiet: true, Action: "case.withdrawn", Reason: in.Reason, Detail: map[string]id.ID{"case_id": c.ID},
	})
	return PublishedCase{CaseID: c.ID, Version: c.Version + 1}, err
}

// Case is a case with its photos. Visible tells whether the public sees it now.
type Case struct {
	model.Case
	Photos  []Shown
	Visible bool
}

// Library lists the cases that anybody may see, newest first, in four statements. Errors: input.invalid
// for a budget that ends before it starts.
func (s *Service) Library(ctx context.Context, f model.CaseFilter, p db.Page) ([]Case, db.Cursor, error) {
	if f.BudgetMaxFen > 0 && f.BudgetMaxFen < f.BudgetMinFen {
		return nil, db.Cursor{}, fault.Broken("query.budget_max_fen", "out_of_range", "预算上限不能低于下限。", "The highest budget is below the lowest.")
	}
	needed, err := s.needed(ctx)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next, err := model.Cases(ctx, s.j.DB, needed, f, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	cases, err := s.pictured(ctx, rows)
	return cases, next, err
}

// PublicCase reads a case that anybody may see. Errors: not_found.
func (s *Service) PublicCase(ctx context.Context, of id.ID) (Case, error) {
	needed, err := s.needed(ctx)
	if err != nil {
		return Case{}, err
	}
	c, err := model.ShownCase(ctx, s.j.DB, needed, of)
	if err != nil {
		return Case{}, err
	}
	cases, err := s.pictured(ctx, []model.Case{c})
	if err != nil {
		return Case{}, err
	}
	cases[0].Visible = true
	return cases[0], nil
}

// ProjectCase reads the case of a project within the reach of a member of staff, shown or not. Errors:
// not_found, also when there is none.
func (s *Service) ProjectCase(ctx context.Context, who actor.Actor, projectID id.ID) (Case, error) {
	p, err := core.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return Case{}, err
	}
	c, ok, err := model.CaseOf(ctx, s.j.DB, p.ID)
	if err != nil {
		return Case{}, err
	}
	if !ok {
		return Case{}, fault.Missing()
	}
	return s.CaseOf(ctx, PublishedCase{CaseID: c.ID})
}

// CaseOf reads the case that an effect has made or changed, on behalf of who made it.
func (s *Service) CaseOf(ctx context.Context, made PublishedCase) (Case, error) {
	c, err := model.CaseByID(ctx, s.j.DB, made.CaseID)
	if err != nil {
		return Case{}, err
	}
	cases, err := s.pictured(ctx, []model.Case{c})
	if err != nil {
		return Case{}, err
	}
	needed, err := s.needed(ctx)
	if err != nil {
		return Case{}, err
	}
	_, err = model.ShownCase(ctx, s.j.DB, needed, c.ID)
	if cases[0].Visible = err == nil; fault.Code(err) == "not_found" {
		err = nil
	}
	return cases[0], err
}

// needed says what a consent must be to stand today.
func (s *Service) needed(ctx context.Context) (model.Consent, error) {
	policies, err := identity.ReadPolicies(ctx, s.j.DB, s.j.DB.Now())
	if err != nil {
		return model.Consent{}, err
	}
	policy, version, ok := policies.Least(identity.PurposeCasePublication)
	if !ok {
		return model.Consent{}, nil
	}
	return model.Consent{Policy: policy, Version: version, Purpose: string(identity.PurposeCasePublication)}, nil
}

// pictured adds photos to cases, in two statements.
func (s *Service) pictured(ctx context.Context, rows []model.Case) ([]Case, error) {
	ids := make([]id.ID, 0, len(rows))
	for _, c := range rows {
		ids = append(ids, c.ID)
	}
	photos, err := model.PhotosOf(ctx, s.j.DB, ids)
	if err != nil {
		return nil, err
	}
	var files []id.ID
	for _, of := range photos {
		files = append(files, of...)
	}
	links, err := s.links(ctx, files)
	if err != nil {
		return nil, err
	}
	cases := make([]Case, 0, len(rows))
	for _, c := range rows {
		cases = append(cases, Case{Case: c, Photos: shown(photos[c.ID], links)})
	}
	return cases, nil
}
