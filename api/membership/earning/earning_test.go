package earning_test

import (
	"bytes"
	"encoding/csv"
	"maps"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/testkit"
	"guike/testkit/apikit"
)

// site is a home with somebody of the experience centre, who changes rules.
type site struct {
	*apikit.Home
	centre apikit.Person
}

func newSite(t *testing.T, w *apikit.World) *site {
	t.Helper()
	h, _ := w.Home(t, "renovation", actor.StoreManager)
	return &site{h, w.Staff(t, actor.ExperienceCentre, h.Shop)}
}

func each(t *testing.T, fn func(t *testing.T, s *site)) {
	t.Helper()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		fn(t, newSite(t, w))
		testkit.Books(t, w.App.DB)
	})
}

func (s *site) pay(t *testing.T, key string, fen int64) {
	t.Helper()
	s.Post(t, s.Boss, s.StaffPath("/payments"), map[string]any{"amount_fen": fen, "kind": "stage", "paid_at": s.Clock.Now().Format(time.RFC3339Nano)}, "Idempotency-Key", key).Is(201)
}

type summary struct {
	Available, Pending, Held, Debt int64
	NextExpiry                     *struct{ Amount int64 } `json:"next_expiry"`
	Waiting                        []struct {
		Amount    int64
		Reason    string
		For       string
		Stage     string
		StageName string `json:"stage_name"`
		Project   string `json:"project_title"`
		Frozen    bool
	}
}

type statement struct {
	Items []struct {
		ID      id.ID
		Amount  int64
		Balance int64
		Reason  string
		Ref     struct{ Kind string }
	}
	NextCursor string `json:"next_cursor"`
}

func TestCheckInOverTheAPI(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const path = "/v1/me/check-ins"
		s.Post(t, s.Owner, path, nil).Fails(400, "idempotency.required")
		s.Post(t, s.Boss, path, nil, "Idempotency-Key", "1").Is(401)
		var made, again struct {
			Points, Streak int64
			Day            string
		}
		s.Post(t, s.Owner, path, nil, "Idempotency-Key", "1").Is(201).Into(&made)
		require.EqualValues(t, 1, made.Points)
		require.EqualValues(t, 1, made.Streak)
		replay := s.Post(t, s.Owner, path, map[string]any{}, "Idempotency-Key", "1").Is(201).Into(&again)
		require.Equal(t, "true", replay.Header.Get("Idempotency-Replayed"))
		require.Equal(t, made, again)
		s.Post(t, s.Owner, path, nil, "Idempotency-Key", "2").Fails(409, "check_in.done")
		var month struct {
			Done   bool
			Streak int64
			Days   []struct{ Day string }
		}
		s.Get(t, s.Owner, path).Is(200).Into(&month)
		require.True(t, month.Done)
		require.Len(t, month.Days, 1)
		s.Get(t, s.Owner, path+"?month=2026-13").Fails(422, "input.invalid")

		var lines statement
		s.Get(t, s.Owner, "/v1/me/points").Is(200).Into(&lines)
		require.Len(t, lines.Items, 1)
		require.Equal(t, "签到积分", lines.Items[0].Reason)
		require.Equal(t, "check_in", lines.Items[0].Ref.Kind)
		require.EqualValues(t, 1, lines.Items[0].Balance)
	})
}

func TestStatementsAndWhatWaits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.pay(t, "1", 100_00)
		var p summary
		s.Get(t, s.Owner, "/v1/me/points/summary").Is(200).Into(&p)
		require.EqualValues(t, 100, p.Pending)
		require.Zero(t, p.Available)
		require.Len(t, p.Waiting, 1)
		require.Equal(t, "stage", p.Waiting[0].For)
		require.Equal(t, "验收", p.Waiting[0].StageName)
		require.Equal(t, "滨江花园 3 栋", p.Waiting[0].Project)
		var lines statement
		s.Get(t, s.Owner, "/v1/me/points").Is(200).Into(&lines)
		require.Empty(t, lines.Items, "what waits is not in the statement")
		s.Get(t, s.Family, "/v1/me/points/summary").Is(200).Into(&p)
		require.Zero(t, p.Pending, "of others nothing is seen")
		s.Get(t, s.Owner, "/v1/me/fund").Is(200)
		s.Get(t, s.Owner, "/v1/me/fund/summary").Is(200)
		s.Get(t, s.Owner, "/v1/me/points?limit=101").Fails(422, "input.invalid")

		for n := range 3 {
			s.Post(t, s.Owner, "/v1/me/check-ins", nil, "Idempotency-Key", string(rune('a'+n))).Is(201)
			s.Clock.Advance(24 * time.Hour)
			s.Owner, s.Boss = s.Customer(t, s.Owner.Openid), s.SignIn(t, s.Boss.Openid, apikit.Password)
		}
		s.Get(t, s.Owner, "/v1/me/points?limit=2").Is(200).Into(&lines)
		require.Len(t, lines.Items, 2)
		require.EqualValues(t, 3, lines.Items[0].Balance)
		next := lines.NextCursor
		s.Get(t, s.Owner, "/v1/me/points?limit=2&cursor="+next).Is(200).Into(&lines)
		require.Len(t, lines.Items, 1)
		require.Empty(t, lines.NextCursor)

		var v struct {
			Books []struct {
				Book    string
				Pending int64
			}
		}
		path := "/v1/staff/customers/" + s.Owner.ID.String()
		s.Get(t, s.Boss, path+"/value").Is(200).Into(&v)
		require.Len(t, v.Books, 5)
		require.EqualValues(t, 100, v.Books[0].Pending)
		s.Get(t, s.Boss, path+"/statement?book=growth_spend").Is(200).Into(&lines)
		require.Len(t, lines.Items, 1)
		s.Get(t, s.Boss, path+"/statement?book=goodwill").Fails(422, "input.invalid")
		stranger := s.SignIn(t, s.Stranger.Openid, apikit.Password)
		s.Get(t, stranger, path+"/value").Fails(404, "not_found")
		s.Get(t, stranger, path+"/statement").Fails(404, "not_found")
		s.Get(t, s.Owner, path+"/value").Is(401)
	})
}

// draft is a rule as staff write it, with changes.
func draft(changes ...map[string]any) map[string]any {
	r := map[string]any{
		"name": "春季双倍", "name_en": "Spring", "enabled": true, "event": "payment", "book": "points",
		"amount": map[string]any{"kind": "multiplier", "units": 20000}, "vest": map[string]any{"kind": "at_once"}, "life": "24m",
	}
	for _, c := range changes {
		maps.Copy(r, c)
	}
	return r
}

func with(key string, v any) map[string]any { return map[string]any{key: v} }

func TestRulesThroughTheAPI(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const path = "/v1/staff/earning-rules"
		type rule struct {
			Key     string
			Version int64
			Name    string
		}
		var all struct{ Items []rule }
		s.Get(t, s.centre, path).Is(200).Into(&all)
		require.NotEmpty(t, all.Items)
		s.Get(t, s.Boss, path).Fails(403, "permission.denied")
		body := draft(with("key", "spring"), with("condition", "weekday in ['sat', 'sun']"))
		var made rule
		s.Post(t, s.centre, path, body, "Idempotency-Key", "1").Is(201).Into(&made)
		s.Post(t, s.centre, path, body, "Idempotency-Key", "1").Is(201).Into(&made)
		require.EqualValues(t, 1, made.Version)
		s.Post(t, s.centre, path, body, "Idempotency-Key", "2").Fails(409, "earning_rule.exists")
		change := draft(with("name", "夏季双倍"), with("version", 1))
		s.Do(t, s.centre, http.MethodPut, path+"/spring", change).Is(200).Into(&made)
		require.EqualValues(t, 2, made.Version)
		s.Do(t, s.centre, http.MethodPut, path+"/spring", change).Fails(409, "earning_rule.changed")
		change["version"] = 2
		s.Do(t, s.centre, http.MethodPut, path+"/spring", change).Is(200).Into(&made)
		require.EqualValues(t, 2, made.Version, "what is said already changes nothing")
		s.Do(t, s.centre, http.MethodPut, path+"/none", change).Fails(404, "not_found")

		var offers struct{ Items []struct{ Key, Text string } }
		s.Get(t, apikit.Person{}, "/v1/public/earning-rules").Is(200).Into(&offers)
		require.NotEmpty(t, offers.Items)
		for _, o := range offers.Items {
			require.NotEmpty(t, o.Text)
			require.NotEqual(t, "spring", o.Key, "it has no words for customers")
		}
	})
}

func TestRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		amount := func(v map[string]any) map[string]any { return with("amount", v) }
		for name, c := range map[string]struct {
			change map[string]any
			place  string
		}{
			"does not compile":           {with("condition", "amount_fen >"), "condition"},
			"divides":                    {with("condition", "amount_fen / 0 > 1"), "condition"},
			"calls":                      {with("condition", "len(titles) > 1"), "condition"},
			"is no boolean":              {with("condition", "amount_fen"), "condition"},
			"costs too much":             {with("condition", "amount_fen in 1..1000000000"), "condition"},
			"an unknown fact":            {with("condition", "phone == '1'"), "condition"},
			"no units":                   {amount(map[string]any{"kind": "fixed"}), "amount.units"},
			"a multiplier of one":        {amount(map[string]any{"kind": "multiplier", "units": 10000}), "amount.units"},
			"more than ten times":        {amount(map[string]any{"kind": "multiplier", "units": 100001}), "amount.units"},
			"no measure":                 {amount(map[string]any{"kind": "steps", "steps": []any{map[string]any{"from": 1, "units": 1}}}), "amount.measure"},
			"no steps":                   {amount(map[string]any{"kind": "steps", "measure": "streak"}), "amount.steps"},
			"steps that fall":            {amount(map[string]any{"kind": "steps", "measure": "streak", "steps": []any{map[string]any{"from": 7, "units": 1}, map[string]any{"from": 7, "units": 2}}}), "amount.steps[1].from"},
			"per yuan without a payment": {map[string]any{"event": "check_in", "amount": map[string]any{"kind": "per_yuan", "units": 1}}, "amount.kind"},
			"a stage without a name":     {with("vest", map[string]any{"kind": "stage"}), "vest.stage"},
			"no days":                    {with("vest", map[string]any{"kind": "days"}), "vest.days"},
			"no such day":                {with("vest", map[string]any{"kind": "day", "day": "2026-02-30"}), "vest.day"},
			"no such life":               {with("life", "24w"), "life"},
			"ends before it begins":      {map[string]any{"from": "2026-12-02T00:00:00Z", "until": "2026-12-01T00:00:00Z"}, "until"},
			"an odd level":               {with("levels", []string{"Gold!"}), "levels"},
			"an unknown level":           {with("levels", []string{"gold", "diamond"}), "levels[1]"},
			"an unknown title":           {with("titles", []string{"nobody"}), "titles[0]"},
			"an unknown store":           {with("stores", []id.ID{id.New()}), "stores[0]"},
			"an unknown stage":           {with("vest", map[string]any{"kind": "stage", "stage": "no_such_stage"}), "vest.stage"},
			"an odd group":               {with("group", "A B"), "group"},
		} {
			var p struct {
				Code   string
				Errors []struct{ Location, Code, Message string }
			}
			s.Post(t, s.centre, "/v1/staff/earning-rules", draft(with("key", "bad"), c.change)).Is(422).Into(&p)
			require.Equal(t, "input.invalid", p.Code, name)
			require.Equal(t, "body."+c.place, p.Errors[0].Location, name)
			s.Post(t, s.centre, "/v1/staff/rules/simulate", map[string]any{"event": "payment", "rule": draft(c.change)}).Is(422).Into(&p)
			require.Equal(t, "body.rule."+c.place, p.Errors[0].Location, name)
		}
		for _, change := range []map[string]any{with("event", "sharing"), with("book", "goodwill"), with("budget", -1), with("name", ""), with("key", "A")} {
			s.Post(t, s.centre, "/v1/staff/earning-rules", draft(with("key", "bad"), change)).Fails(422, "input.invalid")
		}
		answer := s.Post(t, s.centre, "/v1/staff/earning-rules", draft(with("key", "bad"), with("condition", "amount_fen / 0 > 1")))
		require.Contains(t, string(answer.Body), "第 12 个字符", "the position is told")
	})
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		type result struct {
			Total map[string]int64
			Rules []struct {
				Key    string
				Amount int64
				Why    string
			}
		}
		try := func(body map[string]any) (r result) {
			t.Helper()
			s.Post(t, s.centre, "/v1/staff/rules/simulate", body).Is(200).Into(&r)
			return r
		}
		why := func(r result, key string) string {
			for _, v := range r.Rules {
				if v.Key == key {
					return v.Why
				}
			}
			return "none"
		}
		facts := map[string]any{"amount_fen": 100_00}
		r := try(map[string]any{"event": "payment", "facts": facts})
		require.Equal(t, map[string]int64{"points": 100, "growth_spend": 100}, r.Total)
		require.Equal(t, "condition", why(r, "birthday_double"))
		facts["birthday_week"] = true
		require.EqualValues(t, 200, try(map[string]any{"event": "payment", "facts": facts}).Total["points"])
		r = try(map[string]any{"event": "payment", "facts": facts, "rule": draft(with("amount", map[string]any{"kind": "multiplier", "units": 30000}))})
		require.EqualValues(t, 400, r.Total["points"])
		require.Equal(t, "given", why(r, "draft"))
		r = try(map[string]any{"event": "payment", "facts": facts, "rule": draft(with("key", "birthday_double"), with("levels", []string{"gold"}))})
		require.Equal(t, "audience", why(r, "birthday_double"), "a draft takes the place of the rule of its key")
		require.EqualValues(t, 100, r.Total["points"])
		require.EqualValues(t, 6, try(map[string]any{"event": "check_in", "facts": map[string]any{"streak": 7}}).Total["points"])
		r = try(map[string]any{"event": "payment", "customer_id": s.Owner.ID, "facts": map[string]any{"amount_fen": 100_00, "level": "gold", "birthday_week": true}})
		require.EqualValues(t, 100, r.Total["points"], "the customer's own birthday counts")
		s.Post(t, s.centre, "/v1/staff/rules/simulate", map[string]any{"event": "payment", "customer_id": id.New()}).Fails(404, "not_found")
		s.Post(t, s.Boss, "/v1/staff/rules/simulate", map[string]any{"event": "payment"}).Fails(403, "permission.denied")
		var lines statement
		s.Get(t, s.Owner, "/v1/me/points").Is(200).Into(&lines)
		require.Empty(t, lines.Items, "nothing is given")
	})
}

// The table that is exported, the pages of the API and the entries in the store add up to the same (I14).
func TestExportsAddUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for range 9 {
			s.Post(t, s.Owner, "/v1/me/check-ins", nil, "Idempotency-Key", id.New().String()).Is(201)
			s.Clock.Advance(24 * time.Hour)
			s.Owner = s.Customer(t, s.Owner.Openid)
		}
		manager := s.Staff(t, actor.StoreManager, s.Shop)
		s.Post(t, manager, apikit.Path("/v1/staff/customers/%s/corrections", s.Owner.ID),
			map[string]any{"book": "points", "amount": 7, "reason": "=1+1"}, "Idempotency-Key", "formula").Is(201)
		today := s.Clock.Now().In(testkit.Zone)
		read := func(who apikit.Person, path string, from, to time.Time) [][]string {
			t.Helper()
			a := s.Get(t, who, path+"?book=points&from="+from.Format(time.DateOnly)+"&to="+to.Format(time.DateOnly)).Is(200)
			require.Equal(t, "text/csv; charset=utf-8", a.Header.Get("Content-Type"))
			rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(a.Body, []byte("\ufeff")))).ReadAll()
			require.NoError(t, err)
			return rows
		}
		number := func(text string) int64 {
			n, err := strconv.ParseInt(text, 10, 64)
			require.NoError(t, err)
			return n
		}
		path := apikit.Path("/v1/staff/customers/%s/statement.csv", s.Owner.ID)
		for name, from := range map[string]time.Time{"all": today.AddDate(0, 0, -30), "the last four days": today.AddDate(0, 0, -4)} {
			mine := read(s.Owner, "/v1/me/statement.csv", from, today)
			require.Equal(t, mine, read(manager, path, from, today), "staff read what the customer reads")
			opening, lines, end := number(mine[1][4]), mine[2:len(mine)-3], mine[len(mine)-1]
			sum := int64(0)
			for _, l := range lines {
				sum += number(l[3])
				require.Equal(t, opening+sum, number(l[4]), name)
			}
			require.Equal(t, sum, number(end[3]), name)
			require.Equal(t, opening+sum, number(end[4]), name)

			var api statement
			s.Get(t, s.Owner, "/v1/me/points?limit=100").Is(200).Into(&api)
			paged := int64(0)
			for _, l := range api.Items[:len(lines)] {
				paged += l.Amount
			}
			require.Equal(t, sum, paged, name)
			var stored int64
			err := s.App.DB.Conn(t.Context()).Raw(
				"SELECT SUM(e.amount) FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE a.owner_id = ? AND a.book = 'points' AND e.side = 'available'",
				s.Owner.ID).Scan(&stored).Error
			require.NoError(t, err)
			require.Equal(t, stored, number(end[4]), name)
			require.EqualValues(t, 9+5+7, stored, "nine days, a week's extra and what was corrected")
			require.Equal(t, "'=1+1", lines[len(lines)-1][2], "a spreadsheet takes it for text")
		}
		looks, _, err := audit.Of(t.Context(), s.App.DB, "customer", s.Owner.ID, db.Page{Limit: 100})
		require.NoError(t, err)
		exports := 0
		for _, l := range looks {
			if l.Action == "value.statement_exported" && l.ActorID == manager.ID {
				exports++
			}
		}
		require.Equal(t, 2, exports, "each time that staff took it")
		s.Get(t, manager, path+"?from=2026-02-31").Fails(422, "input.invalid")
		s.Get(t, manager, path+"?from=2026-12-01&to=2026-11-01").Fails(422, "input.invalid")
		s.Get(t, manager, path+"?from=2000-12-01&to=2026-11-01").Fails(422, "input.invalid")
		s.Get(t, manager, apikit.Path("/v1/staff/customers/%s/statement.csv", id.New())).Fails(404, "not_found")
		s.Get(t, s.Stranger, path).Fails(401, "token.expired")
		s.Get(t, s.Staff(t, actor.StoreManager, s.Store(t)), path).Fails(404, "not_found")
	})
}
