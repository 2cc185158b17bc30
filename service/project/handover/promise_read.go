package handover

import (
	"context"
	"slices"
	"strconv"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/identity"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// PromiseList is all that was promised for a project, oldest first. Tag changes whenever it does.
type PromiseList struct {
	Promises []model.Promise
	Member   string // customers only: what they are to the home
	Tag      string
}

// MyPromises reads what was promised for a project of one of the customer's homes, in two statements;
// guests see no money, so promises of price are left out for them. Errors: not_found.
func (s *Service) MyPromises(ctx context.Context, who actor.Actor, projectID id.ID) (PromiseList, error) {
	seen, err := core.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err != nil {
		return PromiseList{}, err
	}
	rows, err := model.Promises(ctx, s.j.DB, projectID)
	if !project.SeesMoney(who, seen) {
		rows = slices.DeleteFunc(rows, priced)
	}
	return PromiseList{Promises: rows, Member: seen.Member, Tag: strconv.FormatInt(seen.Version, 36) + "-" + seen.Member}, err
}

// priced tells that a promise is about money.
func priced(m model.Promise) bool { return m.Category == model.CategoryPrice }

// Promises reads what was promised for a project within the reach of a member of staff; people of other
// companies see no money. Errors: not_found.
func (s *Service) Promises(ctx context.Context, who actor.Actor, projectID id.ID) (PromiseList, error) {
	p, err := core.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return PromiseList{}, err
	}
	rows, err := model.Promises(ctx, s.j.DB, projectID)
	if who.External {
		rows = slices.DeleteFunc(rows, priced)
	}
	return PromiseList{Promises: rows, Tag: strconv.FormatInt(p.Version, 36) + "-" + strconv.FormatBool(who.External)}, err
}

// Promise reads one promise within the reach of a member of staff with its former texts, newest first.
// Errors: not_found.
func (s *Service) Promise(ctx context.Context, who actor.Actor, promise id.ID) (model.Promise, []model.PromiseRevision, error) {
	m, err := model.PromiseByID(ctx, s.j.DB, promise)
	if err != nil {
		return m, nil, err
	}
	if _, err := core.Find(ctx, s.j.DB, who, m.ProjectID); err != nil {
		return model.Promise{}, nil, err
	}
	if who.External && priced(m) {
		return model.Promise{}, nil, fault.Missing()
	}
	former, err := model.PromiseHistory(ctx, s.j.DB, m.ProjectID, m.ID)
	return m, former, err
}

// MyPromise reads one promise as a member of the home sees it. Errors: not_found.
func (s *Service) MyPromise(ctx context.Context, who actor.Actor, promise id.ID) (model.Promise, error) {
	m, err := model.PromiseByID(ctx, s.j.DB, promise)
	if err != nil {
		return m, err
	}
	if _, err := core.FindForCustomer(ctx, s.j.DB, who, m.ProjectID, s.j.DB.Now()); err != nil {
		return model.Promise{}, err
	}
	return m, nil
}

// Rate is how many of the promises of a store, or of whoever made them, were kept.
type Rate struct {
	model.Tally
	Name string // of the store or the person; empty for none
}

// maxPeriod is how many days a report covers at most.
const maxPeriod = 1100

// PromiseRates counts the promises that were settled from one day to another, both included, in projects
// within the reach of a member of staff (B7). Errors: input.invalid at query.from, query.to, query.group.
func (s *Service) PromiseRates(ctx context.Context, who actor.Actor, by model.Group, from, to string) ([]Rate, error) {
	first, err := clock.ParseDay(from)
	if err != nil {
		return nil, fault.Broken("query.from", "day", "日期格式须为 YYYY-MM-DD。", "The day has the form YYYY-MM-DD.")
	}
	last, err := clock.ParseDay(to)
	if err != nil {
		return nil, fault.Broken("query.to", "day", "日期格式须为 YYYY-MM-DD。", "The day has the form YYYY-MM-DD.")
	}
	if last < first || last.Since(first) > maxPeriod {
		return nil, fault.Broken("query.to", "out_of_range", "结束日期须不早于开始日期,且相隔不超过三年。", "The last day is not before the first, nor more than three years after it.")
	}
	if by != model.ByStore && by != model.ByPerson {
		return nil, fault.Broken("query.group", "not_allowed", "只能按门店或按人统计。", "Promises are grouped by store or by person.")
	}
	tallies, err := model.PromiseTallies(ctx, s.j.DB, who, by, first.Start(s.j.Zone), last.Plus(1).Start(s.j.Zone))
	if err != nil {
		return nil, err
	}
	names, err := s.groupNames(ctx, by, tallies)
	if err != nil {
		return nil, err
	}
	rates := make([]Rate, 0, len(tallies))
	for _, t := range tallies {
		rates = append(rates, Rate{Tally: t, Name: names[t.ID]})
	}
	return rates, nil
}

func (s *Service) groupNames(ctx context.Context, by model.Group, tallies []model.Tally) (map[id.ID]string, error) {
	ids := make([]id.ID, 0, len(tallies))
	for _, t := range tallies {
		ids = append(ids, t.ID)
	}
	names := make(map[id.ID]string, len(ids))
	if by == model.ByStore {
		stores, err := identity.StoresByIDs(ctx, s.j.DB, ids)
		for store, found := range stores {
			names[store] = found.Name
		}
		return names, err
	}
	people, err := identity.StaffByIDs(ctx, s.j.DB, ids)
	if err != nil {
		return nil, err
	}
	for staff, p := range people {
		names[staff] = p.Name
	}
	return names, nil
}
