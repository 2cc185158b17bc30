package coupon

import (
	"context"
	"regexp"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/membership/coupon"
	"guike/model/once"
)

// NewRequest is the wish to win a customer back after an apology. Incident names what went wrong, as the
// complaint's id or a number of the shop.
type NewRequest struct {
	CustomerID id.ID
	Campaign   string
	Incident   string
	Reason     string
	Once       once.Key
}

var incidentForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:_-]{0,63}$`)

// Ask keeps a request that somebody else decides (G9): one for an incident. Errors: not_found; input.invalid;
// coupon_campaign.other_event; coupon_request.incident_taken.
func (s *Service) Ask(ctx context.Context, who actor.Actor, in NewRequest) (q model.Request, replayed bool, err error) {
	if !incidentForm.MatchString(in.Incident) {
		return q, false, fault.Broken("body.incident", "malformed", "事件编号只能用字母、数字、冒号、下划线和短横线,最多 64 个字符。", "Letters, digits, colons, underscores and dashes, 64 at most.")
	}
	if err := wording.CheckText("body.reason", &in.Reason, 1, maxReason); err != nil {
		return q, false, err
	}
	return s.request(ctx, who, in.Once, func(tx *db.Tx) (id.ID, error) {
		campaign, err := model.CampaignByKey(ctx, tx, in.Campaign)
		switch {
		case err != nil:
			return id.ID{}, err
		case campaign.Event != model.WinBack:
			return id.ID{}, errEvent
		}
		c, err := identity.FindCustomer(ctx, tx, who, in.CustomerID)
		if err != nil {
			return id.ID{}, err
		}
		q := model.Request{
			ID: id.New(), CampaignKey: campaign.Key, CustomerID: c.ID, Incident: in.Incident, Reason: in.Reason, AskedBy: who.ID, AskedName: who.Name,
		}
		if err := model.AddRequestTx(ctx, tx, &q); err != nil {
			if db.Duplicate(err) {
				err = errIncident
			}
			return id.ID{}, err
		}
		return q.ID, recordRequest(ctx, tx, who, q, "coupon_request.asked")
	})
}

func (s *Service) request(ctx context.Context, who actor.Actor, key once.Key, fn func(tx *db.Tx) (id.ID, error)) (q model.Request, replayed bool, err error) {
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		var done made
		done, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			of, err := fn(tx)
			return made{of}, err
		})
		if err != nil {
			return err
		}
		q, err = model.RequestByID(ctx, tx, done.ID)
		return err
	})
	return q, replayed, err
}

func recordRequest(ctx context.Context, tx *db.Tx, who actor.Actor, q model.Request, action string) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: action, Kind: "customer", Subject: q.CustomerID, Reason: q.Reason, Detail: map[string]any{"request_id": q.ID, "incident": q.Incident, "campaign": q.CampaignKey},
	})
}

// Decision is the answer to a request.
type Decision struct {
	RequestID id.ID
	Approve   bool
	Word      string
	Once      once.Key
}

// Decide approves a request, which issues the coupon, or refuses it; never by whoever asked. Errors:
// not_found; coupon_request.decided, .own; the refusals of a campaign.
func (s *Service) Decide(ctx context.Context, who actor.Actor, in Decision) (model.Request, bool, error) {
	if err := wording.CheckText("body.word", &in.Word, 0, maxReason); err != nil {
		return model.Request{}, false, err
	}
	return s.request(ctx, who, in.Once, func(tx *db.Tx) (id.ID, error) {
		q, err := model.LockRequestTx(ctx, tx, in.RequestID)
		switch {
		case err != nil:
			return q.ID, err
		case q.State != model.Asked:
			return q.ID, errDecided.At("coupon_request.state", string(q.State), "当前状态。", "The state now.")
		case q.AskedBy == who.ID:
			return q.ID, errOwn
		}
		p, err := s.lockTx(ctx, tx, who, q.CustomerID)
		if err != nil {
			return q.ID, err
		}
		q.State, q.DecidedBy, q.DecidedName, q.Word = model.Refused, who.ID, who.Name, in.Word
		action := "coupon_request.refused"
		if in.Approve {
			q.State, action = model.Approved, "coupon_request.approved"
			campaign, err := model.CampaignByKey(ctx, tx, q.CampaignKey)
			if err != nil {
				return q.ID, err
			}
			c, _, err := s.grantTx(ctx, tx, who, grant{campaign: campaign, to: p, cause: "request:" + q.ID.String(), source: "request:" + q.ID.String()})
			if err != nil {
				return q.ID, err
			}
			q.CouponID = c.ID
		}
		if err := model.SaveRequestTx(ctx, tx, &q); err != nil {
			return q.ID, err
		}
		return q.ID, recordRequest(ctx, tx, who, q, action)
	})
}

// Requests lists requests, newest first; an empty state is all.
func (s *Service) Requests(ctx context.Context, in model.RequestState, p db.Page) ([]model.Request, db.Cursor, error) {
	return model.Requests(ctx, s.d.DB, in, p)
}
