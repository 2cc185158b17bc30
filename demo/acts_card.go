package demo

import (
	"guike/internal/id"
)

// installments are what the first customers pay, in cents: enough for a level each, from the highest on.
var installments = []int64{12_000_000, 4_000_000, 1_000_000}

// showCards lets the first customers pay something, check in and look at their cards, and one of them who has
// points redeem a reward (F11, G3, G4).
func (s *stage) showCards() error {
	paid, redeemed := 0, false
	for _, who := range s.people.Customers {
		if who.Project.IsZero() || paid == len(installments) && redeemed {
			continue
		}
		owner, _, err := s.owner(job{ID: who.Project})
		if err != nil {
			return err
		}
		if paid < len(installments) {
			did, err := s.payPart(who.Project, installments[paid])
			if err != nil {
				return err
			}
			if did {
				paid++
			}
			if err := owner.post("/v1/me/check-ins", "demo-check-in", map[string]any{}, nil); err != nil {
				return err
			}
		}
		if err := owner.get("/v1/me/card", nil); err != nil {
			return err
		}
		if redeemed {
			continue
		}
		if redeemed, err = s.redeem(owner); err != nil {
			return err
		}
	}
	return nil
}

// payPart records that part of what is open was paid; did tells that something was, now or before.
func (s *stage) payPart(project id.ID, amount int64) (did bool, err error) {
	path := "/v1/staff/projects/" + project.String()
	var j job
	if err := s.admin.get(path, &j); err != nil {
		return false, err
	}
	boss, err := s.boss(j)
	if err != nil {
		return false, err
	}
	var budget struct {
		OpenFen int64 `json:"open_fen"`
	}
	if err := boss.get(path+"/budget", &budget); err != nil || budget.OpenFen < amount {
		return false, err
	}
	return true, boss.post(path+"/payments", "demo-installment", map[string]any{
		"amount_fen": amount, "kind": "stage", "paid_at": s.a.DB.Now(), "method": "银行转账", "note": "进度款",
	}, nil)
}

// redeem takes the cheapest reward that a customer can have.
func (s *stage) redeem(owner caller) (done bool, err error) {
	var list struct {
		Items []struct {
			ID         id.ID
			Price      int64
			Redeemable bool
		}
	}
	if err := owner.get("/v1/rewards?limit=100", &list); err != nil {
		return false, err
	}
	at := -1
	for i, r := range list.Items {
		if r.Redeemable && (at < 0 || r.Price < list.Items[at].Price) {
			at = i
		}
	}
	if at < 0 {
		return false, nil
	}
	return true, owner.post("/v1/me/redemptions", "demo-redemption", map[string]any{"reward_id": list.Items[at].ID, "quantity": 1, "price": list.Items[at].Price}, nil)
}
