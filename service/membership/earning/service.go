// Package earning holds the use cases of how members earn: rules, what they give for payments and other
// events, check-ins, statements, and what expires. Its README says the rules in sentences.
package earning

import (
	"context"
	"sync"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/earning"
)

// Deps is what the use cases stand on.
type Deps struct {
	DB     *db.DB
	Ledger *ledger.Ledger
	Zone   *time.Location
	// Moved is told, in the transaction, of whom value moved; nil tells nobody. The level follows from it.
	Moved func(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID) error
}

// Service holds the use cases.
type Service struct {
	d        Deps
	compiled sync.Map // of conditions that were kept: text → model.Condition
}

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d: d} }

func (s *Service) day(at time.Time) clock.Day { return clock.DayOf(at, s.d.Zone) }

// compile reads the conditions of rules that were kept, each once in the life of the process.
func (s *Service) compile(rules []model.Rule) ([]model.Compiled, error) {
	all := make([]model.Compiled, 0, len(rules))
	for _, r := range rules {
		c, ok := s.compiled.Load(r.Condition)
		if !ok {
			fresh, err := model.Compile(r.Condition)
			if err != nil {
				return nil, err
			}
			c, _ = s.compiled.LoadOrStore(r.Condition, fresh)
		}
		all = append(all, model.Compiled{Rule: r, Holds: c.(model.Condition)})
	}
	return all, nil
}

// Subject is what promises of a project hang on in the ledger.
func Subject(project id.ID) string { return "project:" + project.String() }

// StageEvent is what promises of a project wait for that vest with a stage; EventCompleted stands for a
// stage that the project does not have.
func StageEvent(stage string) string { return "stage." + stage }

// EventCompleted is the completion of a project as a whole.
const EventCompleted = "completed"

// movedTx tells whoever wants to know that value of customers moved.
func (s *Service) movedTx(ctx context.Context, tx *db.Tx, who actor.Actor, customers ...id.ID) error {
	if s.d.Moved == nil {
		return nil
	}
	for _, c := range customers {
		if err := s.d.Moved(ctx, tx, who, c); err != nil {
			return err
		}
	}
	return nil
}

// told tells whether a book is one that customers are written to about; growth moves in silence.
func told(b ledger.Book) bool { return b == ledger.Points || b == ledger.Fund }

// titles names the titles that a member holds, each once.
func titles(ctx context.Context, r db.Reader, customer id.ID, now time.Time) ([]string, error) {
	held, err := membership.TitlesOf(ctx, r, customer, now)
	if err != nil {
		return nil, err
	}
	names, known := make([]string, 0, len(held)), map[string]bool{}
	for _, t := range held {
		if !known[t.Title] {
			known[t.Title] = true
			names = append(names, t.Title)
		}
	}
	return names, nil
}
