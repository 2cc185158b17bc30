package correction_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/identity"
	"guike/testkit"
	"guike/testkit/apikit"
)

// site is a home, its store manager, and somebody of the management.
type site struct {
	*apikit.Home
	top apikit.Person
}

func each(t *testing.T, fn func(t *testing.T, s *site)) {
	t.Helper()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		h, _ := w.Home(t, "renovation", actor.StoreManager)
		fn(t, &site{h, w.Staff(t, actor.Management, identity.Store{})})
		testkit.Books(t, w.App.DB)
	})
}

type answer struct {
	ID     id.ID
	State  string
	Amount int64
	Needs  bool   `json:"needs_second_person"`
	By     string `json:"decided_by"`
}

func (s *site) ask(t *testing.T, i *apikit.Instance, who apikit.Person, amount int64) apikit.Answer {
	t.Helper()
	return i.Post(t, who, apikit.Path("/v1/staff/customers/%s/corrections", s.Owner.ID),
		map[string]any{"book": "points", "amount": amount, "reason": "重复登记的付款"}, "Idempotency-Key", id.New().String())
}

func (s *site) correct(t *testing.T, who apikit.Person, amount int64) (a answer) {
	t.Helper()
	s.ask(t, s.Instance, who, amount).Is(http.StatusCreated).Into(&a)
	return a
}

func (s *site) act(t *testing.T, i *apikit.Instance, who apikit.Person, of id.ID, what string, body any) apikit.Answer {
	t.Helper()
	return i.Post(t, who, apikit.Path("/v1/staff/corrections/%s/%s", of, what), body, "Idempotency-Key", id.New().String())
}

func (s *site) available(t *testing.T) int64 {
	t.Helper()
	var p struct{ Available int64 }
	s.Get(t, s.Owner, "/v1/me/points/summary").Is(http.StatusOK).Into(&p)
	return p.Available
}

func TestSmallCorrectionsArePostedAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		require.Equal(t, "posted", s.correct(t, s.Boss, 300).State)
		require.Equal(t, "posted", s.correct(t, s.Boss, -200).State)
		require.EqualValues(t, 100, s.available(t))
		third := s.correct(t, s.Boss, 1)
		require.Equal(t, "asked", third.State, "additions and deductions of a day count together")
		require.True(t, third.Needs)
		next := s.Staff(t, actor.StoreManager, s.Shop)
		require.Equal(t, "posted", s.correct(t, next, 500).State, "everybody has a sum of their own")

		var lines struct {
			Items []struct {
				Amount, Balance int64
				Reason          string
			}
		}
		s.Get(t, s.Owner, "/v1/me/points").Is(http.StatusOK).Into(&lines)
		require.Len(t, lines.Items, 3)
		require.Equal(t, "重复登记的付款", lines.Items[0].Reason)
		s.Settle(t)
		var inbox struct{ Items []struct{ Title string } }
		s.Get(t, s.Owner, "/v1/me/inbox").Is(http.StatusOK).Into(&inbox)
		told := 0
		for _, m := range inbox.Items {
			if m.Title == "积分已更正" {
				told++
			}
		}
		require.Equal(t, 3, told)
		s.Clock.Advance(24 * time.Hour)
		s.Owner = s.Customer(t, s.Owner.Openid)
		boss := s.fresh(t, actor.Management)
		require.Equal(t, "posted", s.correct(t, boss, 500).State)
		s.Clock.Advance(24 * time.Hour)
		require.Equal(t, "posted", s.correct(t, s.SignIn(t, boss.Openid, apikit.Password), 500).State, "the next day begins anew")
	})
}

func TestLargeCorrectionsNeedASecondPerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		big := s.correct(t, s.Boss, 501)
		require.Equal(t, "asked", big.State)
		require.Zero(t, s.available(t))
		s.Settle(t)
		tasks := func() int {
			var list struct{ Items []struct{ Kind string } }
			s.Get(t, s.top, "/v1/staff/tasks?state=open").Is(http.StatusOK).Into(&list)
			n := 0
			for _, i := range list.Items {
				if i.Kind == "value_correction" {
					n++
				}
			}
			return n
		}
		require.Equal(t, 1, tasks(), "somebody above is asked")

		s.act(t, s.Instance, s.Boss, big.ID, "approve", nil).Fails(http.StatusForbidden, "correction.own")
		s.act(t, s.Instance, s.Boss, big.ID, "refuse", map[string]any{"reason": "x"}).Fails(http.StatusForbidden, "correction.own")
		s.act(t, s.Instance, s.top, big.ID, "withdraw", nil).Fails(http.StatusForbidden, "correction.not_yours")
		s.act(t, s.Instance, s.top, id.New(), "approve", nil).Fails(http.StatusNotFound, "not_found")
		var got answer
		s.act(t, s.Instance, s.top, big.ID, "approve", nil).Is(http.StatusOK).Into(&got)
		require.Equal(t, "posted", got.State)
		require.NotEmpty(t, got.By)
		require.EqualValues(t, 501, s.available(t))
		s.act(t, s.Instance, s.top, big.ID, "approve", nil).Fails(http.StatusConflict, "correction.decided")
		s.Settle(t)
		require.Zero(t, tasks())

		refused, own, late := s.correct(t, s.Boss, 9_000), s.correct(t, s.Boss, 9_000), s.correct(t, s.Boss, 9_000)
		s.act(t, s.Instance, s.top, refused.ID, "refuse", map[string]any{"reason": "与流水不符"}).Is(http.StatusOK)
		s.act(t, s.Instance, s.Boss, own.ID, "withdraw", nil).Is(http.StatusOK)
		s.Clock.Advance(15 * 24 * time.Hour)
		s.act(t, s.Instance, s.fresh(t, actor.Management), late.ID, "approve", nil).Fails(http.StatusConflict, "correction.lapsed")
		var list struct{ Items []answer }
		s.Get(t, s.fresh(t, actor.Management), "/v1/staff/corrections?state=lapsed").Is(http.StatusOK).Into(&list)
		require.Len(t, list.Items, 1)
		s.Get(t, s.fresh(t, actor.Management), apikit.Path("/v1/staff/customers/%s/corrections", s.Owner.ID)).Is(http.StatusOK).Into(&list)
		require.Len(t, list.Items, 4)
	})
}

// fresh signs somebody in, since sessions end with time.
func (s *site) fresh(t *testing.T, role actor.Role) apikit.Person {
	t.Helper()
	return s.Staff(t, role, identity.Store{})
}

func TestCorrectionsAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		path := apikit.Path("/v1/staff/customers/%s/corrections", s.Owner.ID)
		whole := func(changes map[string]any) map[string]any {
			b := map[string]any{"book": "points", "amount": 10, "reason": "补发"}
			maps.Copy(b, changes)
			return b
		}
		for _, c := range map[string]struct {
			body   map[string]any
			status int
			code   string
		}{
			"nothing":                {whole(map[string]any{"amount": 0}), 422, "input.invalid"},
			"far too much":           {whole(map[string]any{"amount": 1_000_000_000}), 422, "input.invalid"},
			"far too little":         {whole(map[string]any{"amount": -1_000_000_000}), 422, "input.invalid"},
			"without end":            {whole(map[string]any{"amount": int64(1e18)}), 422, "input.invalid"},
			"no whole number":        {whole(map[string]any{"amount": 1.5}), 422, "input.invalid"},
			"a book of nobody":       {whole(map[string]any{"book": "goodwill"}), 422, "input.invalid"},
			"without a reason":       {whole(map[string]any{"reason": " "}), 422, "input.invalid"},
			"a reason without end":   {whole(map[string]any{"reason": strings.Repeat("补", 201)}), 422, "input.invalid"},
			"a line of nobody":       {whole(map[string]any{"about_id": id.New().String()}), 422, "input.invalid"},
			"more than there is":     {whole(map[string]any{"amount": -1}), 409, "points.insufficient"},
			"more fund than here is": {whole(map[string]any{"amount": -1, "book": "fund"}), 409, "fund.insufficient"},
			"unknown fields":         {whole(map[string]any{"state": "posted"}), 422, "input.invalid"},
		} {
			s.Post(t, s.Boss, path, c.body, "Idempotency-Key", id.New().String()).Fails(c.status, c.code)
		}
		s.Post(t, s.Boss, path, whole(nil)).Fails(400, "idempotency.required")
		s.Post(t, s.Owner, path, whole(nil), "Idempotency-Key", "x").Is(http.StatusUnauthorized)
		sales := s.Staff(t, actor.Sales, s.Shop)
		s.Post(t, sales, path, whole(nil), "Idempotency-Key", "x").Fails(403, "permission.denied")
		stranger := s.Staff(t, actor.StoreManager, s.Store(t))
		s.Post(t, stranger, path, whole(nil), "Idempotency-Key", "x").Fails(404, "not_found")
		s.Post(t, s.Boss, apikit.Path("/v1/staff/customers/%s/corrections", id.New()), whole(nil), "Idempotency-Key", "x").Fails(404, "not_found")
		s.Do(t, s.Boss, "PUT", "/v1/staff/correction-policy", map[string]any{"points": 1, "fund_fen": 1, "growth": 1}).Fails(403, "permission.denied")
		s.Do(t, s.top, "PUT", "/v1/staff/correction-policy", map[string]any{"points": -1, "fund_fen": 1, "growth": 1}).Fails(422, "input.invalid")
		require.Zero(t, s.available(t))

		s.Do(t, s.top, "PUT", "/v1/staff/correction-policy", map[string]any{"points": 0, "fund_fen": 0, "growth": 0}).Is(http.StatusOK)
		require.Equal(t, "asked", s.correct(t, s.Boss, 1).State)
		asked := s.correct(t, s.Boss, 1)
		s.act(t, s.Instance, stranger, asked.ID, "approve", nil).Fails(404, "not_found")
	})
}

// Ten at once, in two instances, stay within the sum of a day; and one correction is approved once.
func TestCorrectionsTakeTurns(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		second := s.Second(t)
		at := func(i int) *apikit.Instance { return []*apikit.Instance{s.Instance, second}[i%2] }
		for round := range testkit.Rounds() {
			before := s.available(t)
			boss := s.Staff(t, actor.StoreManager, s.Shop)
			asked := make([]answer, 8)
			errs := testkit.Race(len(asked), func(i int) error {
				s.ask(t, at(i), boss, 100).Is(http.StatusCreated).Into(&asked[i])
				return nil
			})
			require.Equal(t, len(asked), testkit.Succeeded(errs))
			var waits []answer
			for _, a := range asked {
				if a.State == "asked" {
					waits = append(waits, a)
				}
			}
			require.Len(t, waits, 3, "round %d", round)
			require.Equal(t, before+500, s.available(t))
			codes := make([]int, 6)
			testkit.Race(len(codes), func(i int) error {
				codes[i] = s.act(t, at(i), s.top, waits[0].ID, "approve", nil).Status
				return nil
			})
			require.Equal(t, 1, count(codes, http.StatusOK), fmt.Sprint(codes))
			require.Equal(t, 5, count(codes, http.StatusConflict), fmt.Sprint(codes))
			require.Equal(t, before+600, s.available(t))
		}
	})
}

func count(codes []int, code int) (n int) {
	for _, c := range codes {
		if c == code {
			n++
		}
	}
	return n
}
