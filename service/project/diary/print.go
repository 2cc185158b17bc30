package diary

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/project"
	"guike/model/project/diary"
)

// LinkTime is how long a link to a printable page can be opened.
const LinkTime = 15 * time.Minute

// tokenBytes is how much chance is in a link.
const tokenBytes = 32

// PrintLink is where a page can be opened without a session, and until when. The link is told once; the
// store keeps its hash.
type PrintLink struct {
	URL   string
	Until time.Time
}

// PrintReport makes a link to the printable page of a week's report, for a web view or a printer. It shows
// what the one who asked may see at the moment when it is opened. Errors: not_found.
func (s *Service) PrintReport(ctx context.Context, who actor.Actor, projectID id.ID, week string) (PrintLink, error) {
	if _, err := s.reportFor(ctx, who, projectID, week); err != nil {
		return PrintLink{}, err
	}
	return s.link(ctx, "/print/reports/", diary.PrintLink{What: diary.PrintReport, ProjectID: projectID, OwnerKind: who.Kind, OwnerID: who.ID, Week: week})
}

// PrintDiary makes a link to the printable diary of a period. Errors: not_found; input.invalid at
// query.from or query.to.
func (s *Service) PrintDiary(ctx context.Context, who actor.Actor, projectID id.ID, from, to string) (PrintLink, error) {
	span, err := s.period(from, to)
	if err != nil {
		return PrintLink{}, err
	}
	if _, err := s.reach(ctx, who, projectID); err != nil {
		return PrintLink{}, err
	}
	return s.link(ctx, "/print/diaries/", diary.PrintLink{
		What: diary.PrintDiary, ProjectID: projectID, OwnerKind: who.Kind, OwnerID: who.ID, FromDay: span.From, ToDay: span.To,
	})
}

func (s *Service) link(ctx context.Context, path string, l diary.PrintLink) (PrintLink, error) {
	var secret [tokenBytes]byte
	if _, err := io.ReadFull(s.d.Entropy, secret[:]); err != nil {
		return PrintLink{}, fmt.Errorf("token of print link: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	l.TokenHash = hashOf(token)
	var until time.Time
	err := s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		until = tx.Now.Add(LinkTime)
		l.UntilAt = until.UnixMilli()
		return diary.AddPrintLinkTx(ctx, tx, &l)
	})
	return PrintLink{URL: s.d.PublicURL + path + token, Until: until}, err
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// OpenReport reads the report that a link opens. Errors: not_found for what is no link, has run out, or is
// no longer its owner's to see.
func (s *Service) OpenReport(ctx context.Context, token string) (Report, error) {
	l, err := diary.PrintLinkOf(ctx, s.j.DB, hashOf(token), diary.PrintReport, s.j.DB.Now())
	if err != nil {
		return Report{}, err
	}
	who, err := s.owner(ctx, l)
	if err != nil {
		return Report{}, err
	}
	return s.reportFor(ctx, who, l.ProjectID, l.Week)
}

// OpenDiary reads the whole diary that a link opens. Errors: as OpenReport.
func (s *Service) OpenDiary(ctx context.Context, token string) (Diary, error) {
	l, err := diary.PrintLinkOf(ctx, s.j.DB, hashOf(token), diary.PrintDiary, s.j.DB.Now())
	if err != nil {
		return Diary{}, err
	}
	who, err := s.owner(ctx, l)
	if err != nil {
		return Diary{}, err
	}
	return s.WholeDiary(ctx, who, l.ProjectID, string(l.FromDay), string(l.ToDay))
}

// WholeDiary reads the diary of a period at once: 92 days at most, in one page. Errors: as MyDiary.
func (s *Service) WholeDiary(ctx context.Context, who actor.Actor, projectID id.ID, from, to string) (Diary, error) {
	span, err := s.period(from, to)
	if err != nil {
		return Diary{}, err
	}
	p, err := s.reach(ctx, who, projectID)
	if err != nil {
		return Diary{}, err
	}
	return s.diary(ctx, p, span, db.Page{Limit: MaxDays})
}

// owner is who made a link. How far a member of staff reaches was asked when it was made, minutes ago; a
// customer's membership, and whether a third-party supervisor is still in charge, is asked again.
func (s *Service) owner(ctx context.Context, l diary.PrintLink) (actor.Actor, error) {
	who := actor.Actor{Kind: l.OwnerKind, ID: l.OwnerID, Scope: actor.All}
	if who.Kind != actor.Staff {
		return who, nil
	}
	row, err := identity.StaffByID(ctx, s.j.DB, l.OwnerID)
	if db.Missing(err) || err == nil && !row.Active() {
		return who, fault.Missing()
	}
	if row.External {
		who.External, who.Scope = true, actor.Own
	}
	return who, err
}

// reach finds a project on behalf of a customer or a member of staff.
func (s *Service) reach(ctx context.Context, who actor.Actor, projectID id.ID) (model.Project, error) {
	switch who.Kind {
	case actor.Customer:
		seen, err := model.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
		return seen.Project, err
	case actor.Staff:
		return model.Find(ctx, s.j.DB, who, projectID)
	}
	return model.Project{}, fault.Missing()
}

func (s *Service) reportFor(ctx context.Context, who actor.Actor, projectID id.ID, week string) (Report, error) {
	if who.Kind == actor.Customer {
		return s.MyReport(ctx, who, projectID, week)
	}
	return s.Report(ctx, who, projectID, week)
}

// PruneLinksTx forgets links that have run out.
func (s *Service) PruneLinksTx(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	return diary.PrunePrintLinksTx(ctx, tx, n)
}
