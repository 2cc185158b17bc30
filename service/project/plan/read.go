package plan

import (
	"context"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project"
	"guike/model/project/plan"
	rooms "guike/service/project"
)

// maxChanges is how many changes of its plan a project shows.
const maxChanges = 50

// Sheet is a project's plan: what was promised, what is planned, what is likely, and what changed.
// Delays are the notices that the reader may see.
type Sheet struct {
	project.Project
	Stages  []project.Stage
	Outlook rooms.Outlook
	Delays  []plan.Notice
	Changes []plan.Change
	Money   bool   // the reader sees amounts
	Tag     string // changes whenever anything on the sheet does
}

// Sheet reads the plan of a project within the reach of a member of staff, in six statements; people of
// other companies see no money, and of delays those that were confirmed. Errors: not_found.
func (s *Service) Sheet(ctx context.Context, who actor.Actor, projectID id.ID) (Sheet, error) {
	p, err := project.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return Sheet{}, err
	}
	if who.External {
		return s.sheet(ctx, p, false, plan.NoticeConfirmed)
	}
	return s.sheet(ctx, p, true, plan.NoticeOpen, plan.NoticeConfirmed, plan.NoticeDismissed, plan.NoticeCleared)
}

// MySheet reads the plan of a project of one of the customer's homes: of delays those that were
// confirmed; guests see no money. Errors: not_found.
func (s *Service) MySheet(ctx context.Context, who actor.Actor, projectID id.ID) (Sheet, error) {
	seen, err := project.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err != nil {
		return Sheet{}, err
	}
	return s.sheet(ctx, seen.Project, rooms.SeesMoney(who, seen), plan.NoticeConfirmed)
}

func (s *Service) sheet(ctx context.Context, p project.Project, money bool, shown ...plan.NoticeState) (Sheet, error) {
	stages, err := project.Stages(ctx, s.j.DB, p.ID)
	if err != nil {
		return Sheet{}, err
	}
	days, err := s.j.Calendar(ctx, s.j.DB)
	if err != nil {
		return Sheet{}, err
	}
	delays, err := plan.Notices(ctx, s.j.DB, p.ID, shown...)
	if err != nil {
		return Sheet{}, err
	}
	if !money {
		withoutMoney(delays)
	}
	changes, err := plan.Changes(ctx, s.j.DB, p.ID, maxChanges)
	if err != nil {
		return Sheet{}, err
	}
	today := s.j.Today()
	parts := []any{p.ID, p.Version, today, days.Tag(), money, len(shown)}
	for _, n := range delays {
		parts = append(parts, n.ID, n.Version, n.DaysLate)
	}
	return Sheet{
		Project: p, Stages: stages, Outlook: s.j.Outlook(p, stages, days, today), Delays: delays, Changes: changes, Money: money,
		Tag: etag.Of(parts...),
	}, nil
}

// withoutMoney takes what is proposed and given for delays off the notices.
func withoutMoney(notices []plan.Notice) {
	for i := range notices {
		n := &notices[i]
		n.ProposedFen, n.ProposedText, n.CompensationFen, n.CompensationText = 0, "", 0, ""
	}
}

// Delays lists the notices of a project within the reach of a member of staff, newest first; people of
// other companies see no money. Errors: not_found.
func (s *Service) Delays(ctx context.Context, who actor.Actor, projectID id.ID) ([]plan.Notice, error) {
	if _, err := project.Find(ctx, s.j.DB, who, projectID); err != nil {
		return nil, err
	}
	notices, err := plan.Notices(ctx, s.j.DB, projectID)
	if who.External {
		withoutMoney(notices)
	}
	return notices, err
}

// Delay reads one notice as it stands.
func (s *Service) Delay(ctx context.Context, notice id.ID) (plan.Notice, error) {
	return plan.NoticeByID(ctx, s.j.DB, notice)
}

// Phase reads one phase as it stands.
func (s *Service) Phase(ctx context.Context, made PhaseResult) (plan.Phase, error) {
	return plan.PhaseByID(ctx, s.j.DB, made.ProjectID, made.PhaseID)
}

// maxPeriod is how many days a report covers.
const maxPeriod = 366

// OnTimeRow is a group of completed stages with its name for people.
type OnTimeRow struct {
	project.OnTimeRow
	Name string
}

// OnTime counts the stages that were completed from … to within the reach of a member of staff, and how
// many of them on or before their planned end and their baseline, by stage, person, team or store (C19).
// Errors: input.invalid at query.from, query.to or query.group.
func (s *Service) OnTime(ctx context.Context, who actor.Actor, from, to string, by project.OnTimeGroup) ([]OnTimeRow, error) {
	first, err := parseDay("query.from", from)
	if err != nil {
		return nil, err
	}
	last, err := parseDay("query.to", to)
	if err != nil {
		return nil, err
	}
	if err := period(first, last); err != nil {
		return nil, err
	}
	rows, err := project.OnTime(ctx, s.j.DB, who, first, last, by)
	if err != nil {
		return nil, err
	}
	return s.nameRows(ctx, rows, by)
}

func period(first, last clock.Day) error {
	if last < first {
		return fault.Broken("query.to", "before_start", "结束不能早于开始。", "The last day lies before the first.")
	}
	if last.Since(first) >= maxPeriod {
		return fault.Broken("query.to", "too_long", "统计期间最长 366 天。", "A period lasts 366 days at most.")
	}
	return nil
}

// nameRows adds what people call a group, in one statement.
func (s *Service) nameRows(ctx context.Context, rows []project.OnTimeRow, by project.OnTimeGroup) ([]OnTimeRow, error) {
	names, err := s.names(ctx, s.j.DB, rows, by)
	if err != nil {
		return nil, err
	}
	named := make([]OnTimeRow, 0, len(rows))
	for _, r := range rows {
		named = append(named, OnTimeRow{r, names[key(r)]})
	}
	return named, nil
}

func key(r project.OnTimeRow) string {
	return r.StageKey + r.AnsweredBy.String() + string(r.Role) + r.StoreID.String()
}

func (s *Service) names(ctx context.Context, r db.Reader, rows []project.OnTimeRow, by project.OnTimeGroup) (map[string]string, error) {
	names := make(map[string]string, len(rows))
	switch by {
	case project.OnTimeByPerson:
		ids := make([]id.ID, 0, len(rows))
		for _, row := range rows {
			ids = append(ids, row.AnsweredBy)
		}
		staff, err := identity.StaffByIDs(ctx, r, ids)
		if err != nil {
			return nil, err
		}
		for who, st := range staff {
			names[who.String()] = st.Name
		}
	case project.OnTimeByStore, project.OnTimeByTeam:
		ids := make([]id.ID, 0, len(rows))
		for _, row := range rows {
			ids = append(ids, row.StoreID)
		}
		stores, err := identity.StoresByIDs(ctx, r, ids)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			names[key(row)] = stores[row.StoreID].Name
			if by == project.OnTimeByTeam {
				names[key(row)] = teamName(stores[row.StoreID].Name, row.Role)
			}
		}
	}
	return names, nil
}

// teamName is what people call the colleagues of a role at a store; empty for what nobody answered for.
func teamName(store string, role actor.Role) string {
	if role == "" {
		return ""
	}
	zh, _ := rooms.RoleName(role)
	return strings.TrimPrefix(store+" · "+zh, " · ")
}
