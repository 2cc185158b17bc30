package project

import (
	"context"
	"encoding/json"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/care"
	"guike/model/db"
	"guike/model/outbox"
	"guike/model/project"
)

// Attacher binds uploaded files to the row that shows them, and frees those that it shows no more.
type Attacher interface {
	AttachTx(ctx context.Context, tx *db.Tx, who actor.Actor, files []id.ID, kind string, ref id.ID) error
	ReleaseTx(ctx context.Context, tx *db.Tx, kind string, ref id.ID, keep []id.ID) error
}

// Alarms is the one engine of tasks and alerts; a cause opens one of each, however often it is named.
type Alarms interface {
	// OpenTx opens a task in the transaction of its cause; one that was opened before comes back.
	OpenTx(ctx context.Context, tx *db.Tx, who actor.Actor, o care.Order) (care.Task, error)
	// RaiseTx opens an alert with its task; one of the same cause that is open comes back, raised to
	// the higher of both levels.
	RaiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, r care.Raise) (care.Alert, error)
	// HoldTx stops the clock of the open task of a cause unless it has run out; none is no mistake.
	HoldTx(ctx context.Context, tx *db.Tx, cause string) error
	// DueTx gives the open task of a cause another due time, from which its clock runs; none is no mistake.
	DueTx(ctx context.Context, tx *db.Tx, cause string, due time.Time) error
	// ClearTx closes the open alert of a cause and its task, since what it warned of is over; none is
	// no mistake.
	ClearTx(ctx context.Context, tx *db.Tx, who actor.Actor, cause, note string) error
	// StandTx asks once more for what is missing: one task stands for all of it, and whoever the order
	// names is told again.
	StandTx(ctx context.Context, tx *db.Tx, who actor.Actor, o care.Standing) (care.Task, error)
	// SettleTx ends the open tasks of some kinds about a project; none is no mistake.
	SettleTx(ctx context.Context, tx *db.Tx, who actor.Actor, project id.ID, kinds []string, note string) error
}

// Journal is what the rooms of this domain (designs, checks, change orders, …) stand on: the store, the
// company's days, files, alarms, and the one way to tell what happened to a project.
type Journal struct {
	DB     *db.DB
	Zone   *time.Location
	Live   Live
	Links  Links
	Files  Attacher
	Alarms Alarms
}

// News is what is told of a project: a line of its timeline, and to whom it goes beside.
type News struct {
	Entry   project.Entry // kind, titles, body, stage and what it refers to; author and instants are filled in
	Photos  []id.ID       // attached already, shown with the line in this order
	Private bool          // only staff see the line, and nobody outside is told
	Quiet   bool          // customers see the line, and nobody is sent a message
	Action  string        // of the audit row: "design.approved"
	Reason  string
	Detail  any // of the audit row; ids, numbers and words of the house
}

// Today is the calendar day in the company's zone.
func (j *Journal) Today() clock.Day { return clock.DayOf(j.DB.Now(), j.Zone) }

// TellTx writes down what happened to a project that the transaction has locked: the line with its
// pictures, the project's new version, the audit row, the event from which members of the home get
// their message, and the hint to open apps after the commit. It returns the line's id.
func (j *Journal) TellTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project, n News) (id.ID, error) {
	e := n.Entry
	e.ProjectID = p.ID
	write := project.AddEntryTx
	if n.Private {
		write = project.AddStaffEntryTx
	}
	if err := write(ctx, tx, who, &e); err != nil {
		return e.ID, err
	}
	if err := project.SetPhotosTx(ctx, tx, p.ID, e.ID, n.Photos); err != nil {
		return e.ID, err
	}
	if err := project.TouchTx(ctx, tx, p); err != nil {
		return e.ID, err
	}
	if !n.Private && !n.Quiet {
		err := outbox.AddTx(ctx, tx, project.TopicEntryPosted, project.EntryPosted{ProjectID: p.ID, EntryID: e.ID, Kind: e.Kind, At: tx.Now})
		if err != nil {
			return e.ID, err
		}
	}
	err := audit.RecordTx(ctx, tx, who, audit.Entry{Action: n.Action, Kind: "project", Subject: p.ID, Reason: n.Reason, Detail: n.Detail})
	if err != nil {
		return e.ID, err
	}
	return e.ID, j.hintTx(ctx, tx, *p, e)
}

// announceTx writes a line into the timeline and tells open apps of it after the commit.
func (j *Journal) announceTx(ctx context.Context, tx *db.Tx, who actor.Actor, p project.Project, e *project.Entry) error {
	if err := project.AddEntryTx(ctx, tx, who, e); err != nil {
		return err
	}
	return j.hintTx(ctx, tx, p, *e)
}

// hint is what open apps are told: ids and words of the house only.
type hint struct {
	Kind      string `json:"kind"`
	ProjectID id.ID  `json:"project_id"`
	ID        id.ID  `json:"id"`
}

// hintTx tells the open apps of those who see the line, after the commit: members of the home and the
// people in charge.
func (j *Journal) hintTx(ctx context.Context, tx *db.Tx, p project.Project, e project.Entry) error {
	channels, err := project.Audiences(ctx, tx, p, e.Visible)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(hint{Kind: string(e.Kind), ProjectID: p.ID, ID: e.ID})
	if err != nil {
		return err
	}
	later := context.WithoutCancel(ctx)
	tx.AfterCommit(func() {
		for _, c := range channels {
			j.Live.Publish(later, c, payload)
		}
	})
	return nil
}
