package coupon_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/membership/coupon"
	"guike/model/once"
	"guike/service/membership/coupon"
	"guike/testkit"
)

func TestCustomersClaimByCode(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		d := form()
		d.LimitCount, d.LimitPer = 1, model.Ever
		c := w.open(t, d)
		got, err := w.claim(t, w.anna, " "+d.Code+" ")
		require.NoError(t, err)
		require.Equal(t, model.Open, got.Standing)
		require.Contains(t, got.TermsZH, "全场立减 10 元")
		require.Equal(t, 1, w.told(t, w.anna, model.Open))
		_, err = w.claim(t, w.anna, d.Code)
		testkit.Fails(t, err, "coupon_campaign.limit_reached")
		_, _, err = w.Void(t.Context(), w.boss, got.Code, "重复", once.Key{})
		require.NoError(t, err)
		_, err = w.claim(t, w.anna, d.Code)
		require.NoError(t, err, "what was voided does not count")

		_, err = w.Switch(t.Context(), w.boss, c.Key, false)
		require.NoError(t, err)
		_, err = w.claim(t, w.customer(t, ""), d.Code)
		testkit.Fails(t, err, "coupon_campaign.stopped")
		for name, change := range map[string]func(*model.Definition){
			"coupon_campaign.not_open": func(d *model.Definition) { d.From = new(w.DB.Now().Add(time.Hour)) },
			"coupon_campaign.ended":    func(d *model.Definition) { d.Until = new(w.DB.Now()) },
			"coupon_campaign.audience": func(d *model.Definition) { d.Levels = []string{"gold"} },
			"coupon_campaign.sold_out": func(d *model.Definition) { d.BudgetFen = 1999 },
		} {
			d := form()
			change(&d)
			w.open(t, d)
			_, _ = w.claim(t, w.customer(t, ""), d.Code) // takes what there is, if there is anything
			_, err := w.claim(t, w.anna, d.Code)
			testkit.Fails(t, err, name)
		}
	})
}

func TestWrongCodesCloseTheDoor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		d := form()
		w.open(t, d)
		for _, wrong := range []string{"NOPE", "MEMBER8", "", "D0000000000000", "1", "2", "3", "4", "5", "6"} { // a member day's is none to claim
			_, err := w.claim(t, w.anna, wrong)
			testkit.Fails(t, err, "coupon.not_found")
		}
		_, err := w.claim(t, w.anna, d.Code)
		testkit.Fails(t, err, "coupon.too_many_guesses")
		w.tries.away = errors.New("away")
		_, err = w.claim(t, w.anna, d.Code)
		require.NoError(t, err, "a count that is away keeps nobody out")
	})
}

func TestStaffIssueWithinTheirLimit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for range 4 { // 50 yuan each, of 200 a month
			_, err := w.issue(t, w.sales, w.customer(t, ""), coupon.SeedGoodwill)
			require.NoError(t, err)
		}
		_, err := w.issue(t, w.sales, w.anna, coupon.SeedGoodwill)
		testkit.Fails(t, err, "coupon.over_allowance")
		given, err := w.issue(t, w.boss, w.anna, coupon.SeedGoodwill)
		require.NoError(t, err, "a manager's limit is higher")
		_, err = w.issue(t, w.boss, w.anna, coupon.SeedGoodwill)
		testkit.Fails(t, err, "coupon_campaign.limit_reached")
		_, used, err := w.Allowances(t.Context(), w.boss)
		require.NoError(t, err)
		require.EqualValues(t, 5000, used)
		voided, _, err := w.Void(t.Context(), w.boss, given.Code, "重复发放", once.Key{})
		require.NoError(t, err)
		require.Equal(t, model.Void, voided.Standing)
		_, used, err = w.Allowances(t.Context(), w.boss)
		require.NoError(t, err)
		require.Zero(t, used, "what is voided counts no more")
		_, _, err = w.Void(t.Context(), w.boss, given.Code, "重复发放", once.Key{})
		testkit.Fails(t, err, "coupon.void")

		_, err = w.issue(t, w.sales, w.anna, coupon.SeedFirstPayment)
		testkit.Fails(t, err, "coupon_campaign.other_event")
		_, err = w.issue(t, w.sales, w.anna, "unknown")
		testkit.Fails(t, err, "not_found")
		_, err = w.issue(t, w.Staff(t, actor.Sales, w.Store(t), actor.Store), w.anna, coupon.SeedGoodwill)
		testkit.Fails(t, err, "not_found")
		require.NoError(t, w.SetAllowances(t.Context(), w.boss, coupon.Allowances{}))
		_, err = w.issue(t, w.boss, w.anna, coupon.SeedGoodwill)
		testkit.Fails(t, err, "coupon.over_allowance")
		require.Error(t, w.SetAllowances(t.Context(), w.boss, coupon.Allowances{"nobody": 1}))
	})
}

func TestAnApologyNeedsASecondPerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ask := func(incident string) (model.Request, error) {
			q, _, err := w.Ask(t.Context(), w.sales, coupon.NewRequest{CustomerID: w.anna.ID, Campaign: coupon.SeedWinBack, Incident: incident, Reason: "已致歉"})
			return q, err
		}
		decide := func(who actor.Actor, q model.Request, approve bool) (model.Request, error) {
			q, _, err := w.Decide(t.Context(), who, coupon.Decision{RequestID: q.ID, Approve: approve})
			return q, err
		}
		q, err := ask("TS-1")
		require.NoError(t, err)
		_, err = ask("TS-1")
		testkit.Fails(t, err, "coupon_request.incident_taken")
		_, err = decide(w.sales, q, true)
		testkit.Fails(t, err, "coupon_request.own")
		require.Empty(t, w.has(t, w.anna, model.Open))
		errs := testkit.Race(8, func(i int) error { _, err := decide(w.boss, q, i%2 == 0); return err })
		require.Equal(t, 1, testkit.Succeeded(errs))
		only(t, errs, "coupon_request.decided")
		require.LessOrEqual(t, len(w.has(t, w.anna, model.Open)), 1)

		q, err = ask("TS-2")
		require.NoError(t, err)
		before := len(w.has(t, w.anna, model.Open))
		q, err = decide(w.boss, q, false)
		require.NoError(t, err)
		require.Equal(t, model.Refused, q.State)
		require.Len(t, w.has(t, w.anna, model.Open), before)
		_, err = ask("TS 3")
		testkit.Fails(t, err, "input.invalid", "body.incident")
	})
}

func TestGiftsAreHandedOutOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		d := form()
		d.Kind, d.AmountFen, d.Scope = model.Gift, 0, ""
		w.open(t, d)
		elsewhere := w.Staff(t, actor.Sales, w.Store(t), actor.Store)
		for range testkit.Rounds() {
			gift, err := w.claim(t, w.anna, d.Code)
			require.NoError(t, err)
			errs := testkit.Race(8, func(i int) error {
				_, _, err := []*coupon.Service{w.Service, w.beside}[i%2].Use(t.Context(), elsewhere, gift.Code, once.Key{})
				return err
			})
			require.Equal(t, 1, testkit.Succeeded(errs))
			only(t, errs, "coupon.used")
		}
		money := form()
		w.open(t, money)
		c, err := w.claim(t, w.anna, money.Code)
		require.NoError(t, err)
		_, _, err = w.Use(t.Context(), w.boss, c.Code, once.Key{})
		testkit.Fails(t, err, "coupon.at_payment_only")
		_, _, err = w.Use(t.Context(), w.boss, "Y0000000000000", once.Key{})
		testkit.Fails(t, err, "coupon.not_found")
	})
}

func TestTheLastPieceGoesToOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		people := make([]actor.Actor, 10)
		for i := range people {
			people[i] = w.customer(t, "")
		}
		for range testkit.Rounds() {
			d := form()
			d.BudgetPieces, d.BudgetFen = 3, 2000 // the money is enough for two
			w.open(t, d)
			errs := testkit.Race(len(people), func(i int) error {
				_, _, err := []*coupon.Service{w.Service, w.beside}[i%2].Claim(t.Context(), people[i], d.Code, once.Key{})
				return err
			})
			require.Equal(t, 2, testkit.Succeeded(errs))
			only(t, errs, "coupon_campaign.sold_out")
		}
	})
}

func TestOneEachHoldsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for range testkit.Rounds() {
			d := form()
			d.LimitCount, d.LimitPer = 1, model.Month
			w.open(t, d)
			errs := testkit.Race(8, func(i int) error {
				_, _, err := []*coupon.Service{w.Service, w.beside}[i%2].Claim(t.Context(), w.anna, d.Code, once.Key{})
				return err
			})
			require.Equal(t, 1, testkit.Succeeded(errs))
			only(t, errs, "coupon_campaign.limit_reached")
		}
	})
}

func TestCouponsLapseAndAreToldOf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		d := form() // ten days
		w.open(t, d)
		_, err := w.claim(t, w.anna, d.Code)
		require.NoError(t, err)
		watch := func() {
			for _, err := range testkit.Together(func() error { return w.Watch(t.Context()) }, func() error { return w.beside.Watch(t.Context()) }) {
				require.NoError(t, err)
			}
		}
		w.Clock.Advance(6 * 24 * time.Hour)
		watch()
		require.Zero(t, w.told(t, w.anna, model.Ending))
		w.Clock.Advance(48 * time.Hour)
		watch()
		require.Equal(t, 1, w.told(t, w.anna, model.Ending))
		w.Clock.Advance(4 * 24 * time.Hour)
		require.Len(t, w.has(t, w.anna, model.Lapsed), 1, "whether or not the job came by")
		require.Empty(t, w.has(t, w.anna, model.Open))
		watch()
		require.Len(t, w.has(t, w.anna, model.Lapsed), 1)
		require.Equal(t, 1, w.told(t, w.anna, model.Ending))
	})
}

// at moves the clock to an hour of a day in the company's zone.
func (w *world) at(t *testing.T, day clock.Day, hour int) {
	t.Helper()
	w.Clock.Set(day.Start(testkit.Zone).Add(time.Duration(hour) * time.Hour))
}

func (w *world) birthdays(t *testing.T) {
	t.Helper()
	for _, err := range testkit.Together(func() error { return w.GiveBirthdays(t.Context()) }, func() error { return w.beside.GiveBirthdays(t.Context()) }) {
		require.NoError(t, err)
	}
}

func TestBirthdaysComeOnceAYear(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		may, leap, none := w.customer(t, "1990-05-10"), w.customer(t, "1992-02-29"), w.customer(t, "1990-05-30")
		gifts := func(who actor.Actor) int { return len(w.has(t, who, "")) }
		w.at(t, "2027-02-24", 10)
		w.birthdays(t)
		require.Zero(t, gifts(leap))
		w.at(t, "2027-02-25", 8)
		w.birthdays(t)
		require.Zero(t, gifts(leap), "not before nine")
		w.at(t, "2027-02-25", 9)
		w.birthdays(t)
		require.Equal(t, 1, gifts(leap), "on the 28th in other years")
		w.at(t, "2027-02-26", 9)
		w.birthdays(t)
		require.Equal(t, 1, gifts(leap))

		w.at(t, "2027-05-06", 9)
		w.birthdays(t)
		require.Zero(t, gifts(may))
		w.at(t, "2027-05-09", 12) // the jobs stood still
		w.birthdays(t)
		require.Equal(t, 1, gifts(may))
		require.Zero(t, gifts(none))
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return tx.Conn(ctx).Table("customers").Where("id = ?", may.ID).UpdateColumn("birthday", "1990-12-20").Error
		})
		w.at(t, "2027-12-17", 12)
		w.birthdays(t)
		require.Equal(t, 1, gifts(may), "nobody has two birthdays in a year")
		w.at(t, "2028-02-26", 12)
		w.birthdays(t)
		require.Equal(t, 2, gifts(leap), "on the 29th when there is one")
	})
}

func TestCampaignsThatAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for place, change := range map[string]func(*model.Definition){
			"body.name":       func(d *model.Definition) { d.NameZH = "全场超值好礼" },
			"body.note_en":    func(d *model.Definition) { d.NoteEN = "and more" },
			"body.kind":       func(d *model.Definition) { d.Kind = "cash" },
			"body.amount_fen": func(d *model.Definition) { d.AmountFen = 0 },
			"body.off_bp":     func(d *model.Definition) { d.OffBP = 1 },
			"body.scope":      func(d *model.Definition) { d.Scope = "" },
			"body.event":      func(d *model.Definition) { d.Event = "x" },
			"body.code":       func(d *model.Definition) { d.Code = "ab" },
			"body.per":        func(d *model.Definition) { d.Per = model.PerCustomer },
			"body.days":       func(d *model.Definition) { d.Days = 0 },
			"body.until":      func(d *model.Definition) { d.From, d.Until = new(w.DB.Now()), new(w.DB.Now()) },
			"body.levels[1]":  func(d *model.Definition) { d.Levels = []string{"gold", "gold"} },
			"body.condition":  func(d *model.Definition) { d.Condition = "true" },
			"body.weekdays":   func(d *model.Definition) { d.Weekdays = []string{"mon"} },
			"body.limit_per":  func(d *model.Definition) { d.LimitCount = 1 },
			"body.budget_fen": func(d *model.Definition) { d.Kind, d.AmountFen, d.OffBP, d.BudgetFen = model.Percent, 0, 1, 1 },
			"body.steps":      func(d *model.Definition) { d.Steps = []model.Step{{}} },
			"body.worth_fen": func(d *model.Definition) {
				d.Event, d.Code, d.Kind, d.AmountFen, d.Scope = model.ByStaff, "", model.Gift, 0, ""
			},
			"body.last_day": func(d *model.Definition) { d.LastDay = "2027-02-30" },
			"body.group":    func(d *model.Definition) { d.Group = "A b" },
			"body.steps[0].from_fen": func(d *model.Definition) {
				d.Kind, d.AmountFen, d.Steps = model.Voucher, 0, []model.Step{{FromFen: -1, AmountFen: 1}}
			},
		} {
			d := form()
			change(&d)
			_, _, err := w.AddCampaign(t.Context(), w.boss, coupon.NewCampaign{Key: key(), Definition: d})
			testkit.Fails(t, err, "input.invalid", place)
		}
		for text, at := range map[string]string{"amount_fen / 2 > 1": "condition", "nonsense": "condition"} {
			d := form()
			d.Event, d.Code, d.Per, d.Condition = model.Payment, "", model.PerCustomer, text
			_, _, err := w.AddCampaign(t.Context(), w.boss, coupon.NewCampaign{Key: key(), Definition: d})
			testkit.Fails(t, err, "input.invalid", "body."+at)
		}
		c := w.open(t, form())
		same := c.Definition
		_, _, err := w.AddCampaign(t.Context(), w.boss, coupon.NewCampaign{Key: key(), Definition: same})
		testkit.Fails(t, err, "coupon_campaign.exists")
		same.AmountFen = 2000
		changed, _, err := w.ChangeCampaign(t.Context(), w.boss, coupon.NewCampaign{Key: c.Key, Version: 1, Enabled: true, Definition: same})
		require.NoError(t, err)
		require.EqualValues(t, 2, changed.Version)
		same.AmountFen = 3000
		_, _, err = w.ChangeCampaign(t.Context(), w.boss, coupon.NewCampaign{Key: c.Key, Version: 1, Enabled: true, Definition: same})
		testkit.Fails(t, err, "coupon_campaign.changed", "body.version", "2")
		_, err = w.Campaign(t.Context(), w.boss, id.New().String()[:8])
		testkit.Fails(t, err, "not_found")
	})
}
