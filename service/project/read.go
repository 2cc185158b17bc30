package project

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project"
	"guike/model/project/plan"
)

// Person is somebody in charge now or before, with the work phone in full; whoever shows it to others
// than members of the home and staff masks it. The phone of one who has left is empty.
type Person struct {
	project.Person
	Name  string
	Phone string

	version int64
}

// Summary is a project as a list shows it, with what its plan says today.
type Summary struct {
	project.Project
	Stages      []project.Stage
	Responsible *Person // who answers for today's work; nil when nobody is named
	Outlook     Outlook
	Member      string // customers only: what they are to the home
}

// Late tells that the stage under way is past its planned end by a working day or more.
func (s Summary) Late() bool { return s.Outlook.DaysLate > 0 }

// Detail is a project in full. People lists everybody in charge, now and before, oldest first.
type Detail struct {
	Summary
	People  []Person
	Contact *Contact          // staff only
	Earlier []project.Project // staff only: of the same home, newest first; the first is the one that this continues (A8)
	Money   bool              // customers only: they see what it costs
	Today   clock.Day
	Tag     string // changes whenever anything in the detail does
}

// Next is the stage that comes after the one under way: the lowest pending one; ok is false when
// nothing is left.
func (s Summary) Next() (next project.Stage, ok bool) {
	if s.State == project.Cancelled {
		return next, false
	}
	for _, st := range s.Stages {
		if st.State == project.StagePending {
			return st, true
		}
	}
	return next, false
}

// Mine reads a project of one of the customer's homes. Errors: not_found.
func (s *Service) Mine(ctx context.Context, who actor.Actor, projectID id.ID) (Detail, error) {
	seen, err := project.FindForCustomer(ctx, s.d.DB, who, projectID, s.d.DB.Now())
	if err != nil {
		return Detail{}, err
	}
	d, err := s.detail(ctx, seen.Project)
	if err != nil {
		return Detail{}, err
	}
	d.Member, d.Money = seen.Member, SeesMoney(who, seen)
	d.Tag = etag.Of(d.Tag, d.Member, d.Money)
	return d, nil
}

// Detail reads a project within the reach of a member of staff, with the customer's contact: in full
// for those in charge while the project is planned or under way, masked otherwise. People of other
// companies read no note that somebody was handed over with, and no earlier project. Errors: not_found.
func (s *Service) Detail(ctx context.Context, who actor.Actor, projectID id.ID) (Detail, error) {
	p, err := project.Find(ctx, s.d.DB, who, projectID)
	if err != nil {
		return Detail{}, err
	}
	d, err := s.detail(ctx, p)
	if err != nil {
		return Detail{}, err
	}
	contact, err := s.contact(ctx, who, d)
	if err != nil {
		return Detail{}, err
	}
	d.Contact = &contact
	if who.External {
		withoutNotes(d.People)
	} else if d.Earlier, err = project.Earlier(ctx, s.d.DB, p, earlierShown); err != nil {
		return Detail{}, err
	}
	d.Tag = etag.Of(d.Tag, contact.Full, contact.version, earlierVersion(d.Earlier))
	return d, nil
}

// Plain reads a project within the reach of a member of staff without the customer's contact, so that
// it leaves no audit row. Errors: not_found.
func (s *Service) Plain(ctx context.Context, who actor.Actor, projectID id.ID) (Detail, error) {
	p, err := project.Find(ctx, s.d.DB, who, projectID)
	if err != nil {
		return Detail{}, err
	}
	return s.detail(ctx, p)
}

// detail reads what every reader of a project gets, in four statements.
func (s *Service) detail(ctx context.Context, p project.Project) (Detail, error) {
	stages, err := project.Stages(ctx, s.d.DB, p.ID)
	if err != nil {
		return Detail{}, err
	}
	rows, err := project.People(ctx, s.d.DB, p.ID)
	if err != nil {
		return Detail{}, err
	}
	people, err := s.named(ctx, rows)
	if err != nil {
		return Detail{}, err
	}
	calendar, err := s.d.Calendar(ctx, s.d.DB)
	if err != nil {
		return Detail{}, err
	}
	today := s.today()
	d := Detail{Summary: Summary{Project: p, Stages: stages, Outlook: s.d.Outlook(p, stages, calendar, today)}, People: people, Today: today}
	d.Responsible = responsible(rows, people, p.CurrentStage)
	d.Tag = etag.Of(p.ID, p.Version, today, calendar.Tag(), peopleVersion(people))
	return d, nil
}

func (s *Service) today() clock.Day { return clock.DayOf(s.d.DB.Now(), s.d.Zone) }

// People lists everybody who is or was in charge of a project within the reach of a member of staff,
// oldest period first, with work phones in full; people of other companies read no note that somebody was
// handed over with. Errors: not_found.
func (s *Service) People(ctx context.Context, who actor.Actor, projectID id.ID) ([]Person, error) {
	p, err := project.Find(ctx, s.d.DB, who, projectID)
	if err != nil {
		return nil, err
	}
	rows, err := project.People(ctx, s.d.DB, p.ID)
	if err != nil {
		return nil, err
	}
	people, err := s.named(ctx, rows)
	if who.External {
		withoutNotes(people)
	}
	return people, err
}

// withoutNotes takes off what people were handed over with: colleagues wrote it to each other.
func withoutNotes(people []Person) {
	for i := range people {
		people[i].Note = ""
	}
}

// Person reads the period in charge that naming a person has made. Errors: not_found.
func (s *Service) Person(ctx context.Context, made PersonResult) (Person, error) {
	rows, err := project.People(ctx, s.d.DB, made.ProjectID)
	if err != nil {
		return Person{}, err
	}
	people, err := s.named(ctx, rows)
	if err != nil {
		return Person{}, err
	}
	for _, p := range people {
		if p.ID == made.PersonID {
			return p, nil
		}
	}
	return Person{}, fault.Missing()
}

// named adds names and phones to people in charge, in one statement.
func (s *Service) named(ctx context.Context, rows []project.Person) ([]Person, error) {
	ids := make([]id.ID, 0, len(rows))
	for _, p := range rows {
		ids = append(ids, p.StaffID)
	}
	staff, err := identity.StaffByIDs(ctx, s.d.DB, ids)
	if err != nil {
		return nil, err
	}
	people := make([]Person, 0, len(rows))
	for _, p := range rows {
		person, err := s.name(p, staff[p.StaffID])
		if err != nil {
			return nil, err
		}
		people = append(people, person)
	}
	return people, nil
}

func (s *Service) name(p project.Person, staff identity.Staff) (Person, error) {
	person := Person{Person: p, Name: staff.Name, version: staff.Version}
	if !staff.Active() {
		return person, nil
	}
	phone, err := s.d.Box.Open(identity.StaffPhoneField, staff.PhoneEnc)
	if err != nil {
		return person, fmt.Errorf("open %s: %w", identity.StaffPhoneField, err)
	}
	person.Phone = phone
	return person, nil
}

// responsible finds the named twin of the one who answers for today's work.
func responsible(rows []project.Person, people []Person, stage string) *Person {
	chosen, ok := project.Responsible(rows, stage)
	if !ok {
		return nil
	}
	for i := range people {
		if people[i].ID == chosen.ID {
			return &people[i]
		}
	}
	return nil
}

// earlierShown is how many earlier projects of the home a project shows; its history has them all.
const earlierShown = 10

func earlierVersion(earlier []project.Project) (sum int64) {
	for _, p := range earlier {
		sum += p.Version
	}
	return sum
}

func peopleVersion(people []Person) (sum int64) {
	for _, p := range people {
		sum += p.version
	}
	return sum
}

// MyProjects lists the projects of the customer's homes, newest first, in five statements.
func (s *Service) MyProjects(ctx context.Context, who actor.Actor, p db.Page) ([]Summary, db.Cursor, error) {
	rows, next, err := project.OfCustomer(ctx, s.d.DB, who, s.d.DB.Now(), p)
	if err != nil {
		return nil, next, err
	}
	list := make([]Summary, 0, len(rows))
	for _, r := range rows {
		list = append(list, Summary{Project: r.Project, Member: r.Member})
	}
	calendar, err := s.d.Calendar(ctx, s.d.DB)
	if err != nil {
		return nil, next, err
	}
	return list, next, s.complete(ctx, list, calendar)
}

// Filter narrows the staff's list.
type Filter struct {
	StoreID, Person, Customer id.ID
	Stage                     string
	State                     project.State
	Late                      bool
}

// List lists the projects within the reach of a member of staff, newest first, in five statements.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter, p db.Page) ([]Summary, db.Cursor, error) {
	narrow := project.Filter{StoreID: f.StoreID, Stage: f.Stage, Person: f.Person, State: f.State, Customer: f.Customer}
	calendar, err := s.d.Calendar(ctx, s.d.DB)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	if f.Late { // late is who was due before the last day that has been worked
		narrow.LateOn = calendar.Minus(s.today(), 0)
	}
	rows, next, err := project.List(ctx, s.d.DB, who, narrow, p)
	if err != nil {
		return nil, next, err
	}
	list := make([]Summary, 0, len(rows))
	for _, r := range rows {
		list = append(list, Summary{Project: r})
	}
	return list, next, s.complete(ctx, list, calendar)
}

// complete adds stages, the responsible person and the outlook to the projects of a page.
func (s *Service) complete(ctx context.Context, list []Summary, calendar plan.Calendar) error {
	ids := make([]id.ID, 0, len(list))
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	stages, err := project.StagesOf(ctx, s.d.DB, ids)
	if err != nil {
		return err
	}
	rows, err := project.PeopleOf(ctx, s.d.DB, ids)
	if err != nil {
		return err
	}
	var chosen []project.Person
	for _, p := range list {
		if one, ok := project.Responsible(rows[p.ID], p.CurrentStage); ok {
			chosen = append(chosen, one)
		}
	}
	people, err := s.named(ctx, chosen)
	if err != nil {
		return err
	}
	today := s.today()
	for i := range list {
		list[i].Stages = stages[list[i].ID]
		list[i].Outlook = s.d.Outlook(list[i].Project, list[i].Stages, calendar, today)
		for j := range people {
			if people[j].ProjectID == list[i].ID {
				list[i].Responsible = &people[j]
			}
		}
	}
	return nil
}

// ActualDays counts the calendar days on which a stage was under way, both ends included, until now
// for one that still is; 0 for one that has not begun.
func (s *Service) ActualDays(st project.Stage) int { return s.days(st.StartedAt, st.CompletedAt) }

// ProjectDays counts the same from the start of a project's first stage to its completion or
// cancellation.
func (s *Service) ProjectDays(p project.Project) int {
	end := p.CompletedAt
	if p.CancelledAt != nil {
		end = p.CancelledAt
	}
	return s.days(p.StartedAt, end)
}

func (s *Service) days(start, end *time.Time) int {
	if start == nil {
		return 0
	}
	now := s.d.DB.Now()
	if end == nil {
		end = &now
	}
	return clock.DayOf(*end, s.d.Zone).Since(clock.DayOf(*start, s.d.Zone)) + 1
}
