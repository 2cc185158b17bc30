package identity

import (
	"context"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project"
	"guike/model/project/plan"
)

// Members is what membership knows of customers at the door; nil while there is no membership.
type Members interface {
	// Levels names the level of each customer who has one.
	Levels(ctx context.Context, r db.Reader, customers []id.ID) (map[id.ID]string, error)
	// CardHolder finds whose card a number is; ok is false for nobody's.
	CardHolder(ctx context.Context, r db.Reader, number string) (holder id.ID, ok bool, err error)
}

// Complaints tells whose complaints are open (J12); nil while nobody keeps complaints.
type Complaints interface {
	Open(ctx context.Context, r db.Reader, customers []id.ID) (map[id.ID]bool, error)
}

// DoorSources are the domains that add to what is known at the door. Each may be nil: what it would
// say is left out then, never guessed.
type DoorSources struct {
	Members    Members
	Complaints Complaints
}

// CustomerQuery says which customers are looked for; empty fields do not count.
type CustomerQuery struct {
	PhoneLast4 string // four digits
	Card       string // the number of a member card
	Text       string // a whole phone number, else the beginning of a nickname or a whole real name
}

// Visitor is a customer at the door (A11): who it is, masked, and what staff should know in the first
// minute.
type Visitor struct {
	Masked
	Level         string // empty while membership does not tell
	Preferences   []Preference
	CareNotes     []CareNote
	Projects      []RunningProject
	OpenComplaint *bool // nil while nobody keeps complaints
}

// RunningProject is a project of a visitor that is not over.
type RunningProject struct {
	ID      id.ID
	No      string
	Title   string
	Stage   string // key
	StageZH string
	StageEN string
	Late    bool // the stage under way is past its planned end by a working day or more
}

// Search lists the customers within the actor's scope, newest first, masked, with what is to be known
// of each at the door. The number of statements does not depend on how many are found. Errors:
// input.invalid.
func (s *Customers) Search(ctx context.Context, who actor.Actor, in CustomerQuery, p db.Page) ([]Visitor, db.Cursor, error) {
	in.Card = strings.ReplaceAll(in.Card, " ", "") // as it is grouped on the card
	filter, err := s.filter(in)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	if in.Card != "" {
		holder, ok, err := s.cardHolder(ctx, in.Card)
		if err != nil || !ok {
			return []Visitor{}, db.Cursor{}, err
		}
		filter.ID = holder
	}
	rows, next, err := identity.SearchCustomers(ctx, s.db, who, filter, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	found := make([]Visitor, 0, len(rows))
	for _, c := range rows {
		m, err := s.mask(c)
		if err != nil {
			return nil, db.Cursor{}, err
		}
		found = append(found, Visitor{Masked: m})
	}
	return found, next, s.greet(ctx, who, found)
}

// Greet shows one customer as Search does, whatever the actor's scope: for domains that have seen to the actor's
// right themselves, since the customer showed a code. Projects are those within the actor's reach. Errors:
// not_found.
func (s *Customers) Greet(ctx context.Context, who actor.Actor, customer id.ID) (Visitor, error) {
	c, err := identity.FindCustomer(ctx, s.db, actor.Machine(), customer)
	if err != nil {
		return Visitor{}, err
	}
	m, err := s.mask(c)
	if err != nil {
		return Visitor{}, err
	}
	found := []Visitor{{Masked: m}}
	err = s.greet(ctx, who, found)
	return found[0], err
}

func (s *Customers) filter(in CustomerQuery) (identity.CustomerFilter, error) {
	var f identity.CustomerFilter
	if in.PhoneLast4 != "" {
		if !fourDigits(in.PhoneLast4) {
			return f, fault.Broken("query.phone_last4", "digits", "请输入手机号后四位。", "This takes the last four digits of a phone number.")
		}
		f.PhoneLast4Idx = s.codec.last4Index(in.PhoneLast4)
	}
	if err := cardForm(in.Card); err != nil {
		return f, err
	}
	text := trim(in.Text)
	if err := plainLine("query.q", text, 64); err != nil {
		return f, err
	}
	if phone, err := crypt.NormalPhone(text); err == nil {
		f.PhoneIdx = s.codec.phoneIndex(phone)
		return f, nil
	}
	f.Nickname, f.NameIdx = text, s.codec.nameIndex(text)
	return f, nil
}

func fourDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(s) == 4
}

// cardForm refuses what is no number of a card: 4 to 32 letters, digits and hyphens.
func cardForm(number string) error {
	malformed := fault.Broken("query.card", "malformed", "请输入会员卡号:4 至 32 位字母、数字或连字符。", "A card number is 4 to 32 letters, digits and hyphens.")
	if number != "" && (len(number) < 4 || len(number) > 32) {
		return malformed
	}
	for _, r := range number {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' {
			return malformed
		}
	}
	return nil
}

func (s *Customers) cardHolder(ctx context.Context, number string) (id.ID, bool, error) {
	if s.door.Members == nil {
		return id.ID{}, false, nil
	}
	return s.door.Members.CardHolder(ctx, s.db, number)
}

// greet adds to the visitors what is to be known of them, each kind of it read for all at once.
func (s *Customers) greet(ctx context.Context, who actor.Actor, found []Visitor) error {
	if len(found) == 0 {
		return nil
	}
	ids := make([]id.ID, 0, len(found))
	for _, v := range found {
		ids = append(ids, v.ID)
	}
	preferences, err := s.preferencesOf(ctx, s.db, ids)
	if err != nil {
		return err
	}
	notes, err := s.careNotesOf(ctx, ids)
	if err != nil {
		return err
	}
	running, err := s.running(ctx, who, ids)
	if err != nil {
		return err
	}
	for i := range found {
		v := &found[i]
		v.Preferences, v.CareNotes, v.Projects = preferences[v.ID], notes[v.ID], running[v.ID]
	}
	return s.foreign(ctx, ids, found)
}

// foreign adds what other domains say.
func (s *Customers) foreign(ctx context.Context, ids []id.ID, found []Visitor) error {
	if m := s.door.Members; m != nil {
		levels, err := m.Levels(ctx, s.db, ids)
		if err != nil {
			return err
		}
		for i := range found {
			found[i].Level = levels[found[i].ID]
		}
	}
	if c := s.door.Complaints; c != nil {
		open, err := c.Open(ctx, s.db, ids)
		if err != nil {
			return err
		}
		for i := range found {
			has := open[found[i].ID]
			found[i].OpenComplaint = &has
		}
	}
	return nil
}

// running reads the projects of the visitors that are not over, and judges which are late.
func (s *Customers) running(ctx context.Context, who actor.Actor, ids []id.ID) (map[id.ID][]RunningProject, error) {
	rows, err := project.RunningOf(ctx, s.db, who, ids, s.db.Now())
	if err != nil {
		return nil, err
	}
	today := clock.DayOf(s.db.Now(), s.zone)
	first := today
	for _, of := range rows {
		for _, p := range of {
			if !p.StageDue.IsZero() && p.StageDue < first {
				first = p.StageDue
			}
		}
	}
	calendar, err := plan.LoadCalendar(ctx, s.db, first, today)
	if err != nil {
		return nil, err
	}
	shown := make(map[id.ID][]RunningProject, len(rows))
	for visitor, of := range rows {
		for _, p := range of {
			shown[visitor] = append(shown[visitor], RunningProject{
				ID: p.ID, No: p.No, Title: p.Title, Stage: p.CurrentStage, StageZH: p.StageZH, StageEN: p.StageEN,
				Late: p.LateDays(today, calendar) > 0,
			})
		}
	}
	return shown, nil
}
