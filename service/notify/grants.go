package notify

import (
	"context"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/notify"
	"guike/model/once"
)

// Offer is a template that a customer can be asked about, and how many messages they still accept.
type Offer struct {
	notify.Template
	Remaining int64
}

// Offers lists the templates in use for a customer.
func (s *Service) Offers(ctx context.Context, who actor.Actor) ([]Offer, error) {
	return offers(ctx, s.d.DB, who)
}

func offers(ctx context.Context, r db.Reader, who actor.Actor) ([]Offer, error) {
	templates, err := notify.Templates(ctx, r, true)
	if err != nil {
		return nil, err
	}
	grants := map[string]notify.Grant{}
	w, ok, err := identity.IdentityOf(ctx, r, who.ID)
	if err != nil {
		return nil, err
	}
	if ok {
		if grants, err = notify.GrantsOf(ctx, r, w.OpenID); err != nil {
			return nil, err
		}
	}
	found := make([]Offer, 0, len(templates))
	for _, t := range templates {
		found = append(found, Offer{Template: t, Remaining: grants[t.TemplateID].Remaining})
	}
	return found, nil
}

// Report is what the mini-program says that a customer answered, by template id.
type Report struct {
	Results map[string]string // accept, reject, ban, filter
	Once    once.Key
}

// Reported says whether the accepts of a report were counted, or wait for the platform's event.
type Reported struct {
	Counted bool `json:"counted"`
}

// ReportGrants keeps what the mini-program reports. With pushes configured it is a hint, kept and not
// counted, since the platform's own event says the same; without them every accept is one message.
// Templates that are not in use are ignored. Errors: input.invalid.
func (s *Service) ReportGrants(ctx context.Context, who actor.Actor, in Report) (done Reported, replayed bool, err error) {
	if err := in.valid(); err != nil {
		return done, false, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		done, replayed, err = once.Do(ctx, tx, who, in.Once, func() (Reported, error) {
			return Reported{Counted: !s.d.PushConfigured}, s.reportTx(ctx, tx, who, in)
		})
		return err
	})
	return done, replayed, err
}

func (in Report) valid() error {
	for template, result := range in.Results {
		if !validTemplateID(template) {
			return fault.Broken("body.results", "malformed", "模板编号格式不正确。", "A template id is malformed.")
		}
		switch result {
		case "accept", "reject", "ban", "filter":
		default:
			return fault.Broken("body.results."+template, "unknown", "授权结果只能是 accept、reject、ban 或 filter。", "A result is accept, reject, ban or filter.")
		}
	}
	return nil
}

func (s *Service) reportTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Report) error {
	w, ok, err := identity.IdentityOf(ctx, tx, who.ID)
	if err != nil || !ok {
		return err
	}
	if err := notify.LockGrants(ctx, tx, w.OpenID); err != nil {
		return err
	}
	known, err := notify.Templates(ctx, tx, true)
	if err != nil {
		return err
	}
	key, seen := id.New().String(), map[string]bool{}
	for i, t := range known {
		result, given := in.Results[t.TemplateID]
		if !given || seen[t.TemplateID] {
			continue
		}
		seen[t.TemplateID] = true
		_, err := countTx(ctx, tx, answer{
			key: key, seq: i, source: notify.FromReport, openid: w.OpenID, template: t.TemplateID,
			result: result, counts: result == "accept" && !s.d.PushConfigured, at: tx.Now,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
