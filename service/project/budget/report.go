package budget

import (
	"context"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	model "guike/model/project/budget"
)

// maxPeriod is how many days a report spans at most.
const maxPeriod = 366

// Report sums what the projects that were created from … to (days, both included) come to, by store and
// within the reach of a member of staff; cancelled ones are left out. Errors: input.invalid at query.from
// or query.to.
func (s *Service) Report(ctx context.Context, who actor.Actor, from, to string, store id.ID) ([]model.Totals, error) {
	first, err := clock.ParseDay(from)
	if err != nil {
		return nil, fault.Broken("query.from", "day", "日期须为有效的 YYYY-MM-DD。", "A calendar day is written YYYY-MM-DD.")
	}
	last, err := clock.ParseDay(to)
	if err != nil {
		return nil, fault.Broken("query.to", "day", "日期须为有效的 YYYY-MM-DD。", "A calendar day is written YYYY-MM-DD.")
	}
	switch {
	case last < first:
		return nil, fault.Broken("query.to", "before_start", "结束不能早于开始。", "The last day lies before the first.")
	case last.Since(first) >= maxPeriod:
		return nil, fault.Broken("query.to", "too_long", "统计期间最长 366 天。", "A period lasts 366 days at most.")
	}
	return model.TotalsByStore(ctx, s.j.DB, who, model.Span{
		From: first.Start(s.j.Zone), Until: last.Plus(1).Start(s.j.Zone), StoreID: store,
	})
}
