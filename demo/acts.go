package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"guike/app"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/internal/wechat/sim"
	"guike/model/db"
	"guike/model/settings"
)

const (
	keySetting  = "demo.api_key" // the ERP's; as public as the demo's passwords
	actsSetting = "demo.acts"    // there once the company has acted
)

// Enact lets the company do, through its own API, what its past does not tell of: the factory's ERP
// reports, a finished home becomes a case, something broken is being replaced, a batch is called back, a
// home is handed over, customers have cards with levels and redeem a reward. Each act happens once, however often it is begun. The API key of the ERP is told
// to people.
func Enact(ctx context.Context, a *app.App, platform *sim.Server, people *Credentials) error {
	key, keyed, err := settings.Get(ctx, a.DB, keySetting)
	if err != nil {
		return err
	}
	people.APIKey = key
	if _, done, err := settings.Get(ctx, a.DB, actsSetting); done || err != nil {
		return err
	}
	s := &stage{ctx: ctx, a: a, platform: platform, people: people}
	if err := s.open(); err != nil {
		return err
	}
	if !keyed {
		if err := s.issueKey(); err != nil {
			return err
		}
	}
	for _, act := range []struct {
		name string
		play func() error
	}{{"ERP", s.produce}, {"case", s.showCase}, {"defect", s.replace}, {"recall", s.recall}, {"hand-over", s.handOver}, {"cards", s.showCards}} {
		if err := act.play(); err != nil {
			return fmt.Errorf("demo's %s: %w", act.name, err)
		}
	}
	return s.keep(actsSetting, "done")
}

// stage is where the acts are played.
type stage struct {
	ctx      context.Context // of one call of Enact
	a        *app.App
	platform *sim.Server
	people   *Credentials
	admin    caller
}

func (s *stage) open() (err error) {
	s.admin, err = s.staff(s.people.first(actor.Admin))
	return err
}

func (s *stage) keep(name, value string) error {
	return s.a.DB.Tx(s.ctx, func(tx *db.Tx) error { return settings.PutTx(s.ctx, tx, name, value) })
}

// issueKey gives the factory's ERP its key, which is shown once and therefore kept.
func (s *stage) issueKey() error {
	var made struct{ Secret string }
	err := s.admin.post("/v1/staff/api-keys", "", map[string]any{"name": "佛山工厂 ERP", "source": "erp", "scopes": []string{"erp.status", "erp.shipments"}}, &made)
	if err != nil {
		return err
	}
	s.people.APIKey = made.Secret
	return s.keep(keySetting, made.Secret)
}

// job is a project as a list of staff tells of it.
type job struct {
	ID      id.ID
	No      string
	Kind    string
	Paused  bool
	StoreID id.ID `json:"store_id"`
}

// jobs lists the projects in a stage.
func (s *stage) jobs(stage, state string) ([]job, error) {
	var list struct{ Items []job }
	err := s.admin.get("/v1/staff/projects?limit=100&stage="+stage+"&state="+state, &list)
	return list.Items, err
}

// produce lets the ERP tell how far the orders in production are (C9).
func (s *stage) produce() error {
	list, err := s.jobs("production", "active")
	if err != nil {
		return err
	}
	erp := caller{s, s.people.APIKey}
	for n, j := range list {
		if j.Paused {
			continue
		}
		for i, word := range factoryWords[:max(1, len(factoryWords)-n%2)] {
			err := erp.post("/v1/open/erp/orders/"+j.No+"/status", "", map[string]any{
				"event_id": fmt.Sprintf("MES-%s-%d", j.No, i+1), "at": s.a.DB.Now().AddDate(0, 0, -word.daysAgo), "status": word.status, "stage": word.step,
				"progress_percent": word.percent, "note": word.note,
			}, nil)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// showCase publishes a finished home whose customer agreed to it (B14).
func (s *stage) showCase() error {
	list, err := s.jobs("care", "completed")
	if err != nil {
		return err
	}
	for _, j := range list {
		owner, known, err := s.owner(j)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if err := s.agree(owner, "case_publication"); err != nil {
			return err
		}
		boss, err := s.boss(j)
		if err != nil {
			return err
		}
		photos, err := boss.photos(picture.Furnished, 3)
		if err != nil {
			return err
		}
		story := maps.Clone(caseOf[j.Kind])
		story["file_ids"] = photos
		return boss.post("/v1/staff/projects/"+j.ID.String()+"/case", "demo-case", story, nil)
	}
	return nil
}

// agree records a customer's consent to the current version of the policy that covers a purpose.
func (s *stage) agree(customer caller, purpose string) error {
	var policies struct {
		Items []struct {
			Policy   string
			Version  int64
			Purposes []string
		}
	}
	if err := customer.get("/v1/public/policies", &policies); err != nil {
		return err
	}
	for _, p := range policies.Items {
		if slices.Contains(p.Purposes, purpose) {
			return customer.post("/v1/me/consents", "demo-"+purpose, map[string]any{"policy": p.Policy, "version": p.Version, "purpose": purpose, "granted": true}, nil)
		}
	}
	return fmt.Errorf("no policy covers %s", purpose)
}

// replace reports something broken at an installation and orders the part (E8).
func (s *stage) replace() error {
	list, err := s.jobs("installation", "active")
	if err != nil || len(list) == 0 {
		return err
	}
	j := list[0]
	boss, err := s.boss(j)
	if err != nil {
		return err
	}
	photos, err := boss.photos(picture.Carpentry, 1)
	if err != nil {
		return err
	}
	path := "/v1/staff/projects/" + j.ID.String() + "/defects"
	found := maps.Clone(broken)
	found["photos"] = photos
	if err := boss.post(path, "demo-defect", found, nil); err != nil {
		return err
	}
	var defects struct {
		Items []struct {
			ID      id.ID
			State   string
			Version int64
		}
	}
	if err := boss.get(path, &defects); err != nil {
		return err
	}
	for _, d := range defects.Items {
		if d.State != "reported" {
			continue
		}
		return boss.put("/v1/staff/defects/"+d.ID.String(), map[string]any{
			"state": "ordered", "note": "新门板已加急下单,到货后当天更换。", "order_no": "BJ-" + j.No, "expected_on": s.day(4), "version": d.Version,
		})
	}
	return nil
}

// day is a day from today on, as it is written.
func (s *stage) day(ahead int) string { return s.a.DB.Now().AddDate(0, 0, ahead).Format(time.DateOnly) }

// recall calls back a batch that is in a few homes (D6).
func (s *stage) recall() error {
	centre, err := s.staff(s.people.first(actor.ExperienceCentre))
	if err != nil {
		return err
	}
	var materials, batches struct{ Items []struct{ ID id.ID } }
	if err := centre.get("/v1/staff/materials?limit=100", &materials); err != nil {
		return err
	}
	var batch id.ID
	fewest := 0
	for _, m := range materials.Items {
		if err := centre.get("/v1/staff/materials/"+m.ID.String()+"/batches?limit=100", &batches); err != nil {
			return err
		}
		for _, b := range batches.Items {
			var homes struct{ Items []struct{} }
			if err := centre.get("/v1/staff/material-batches/"+b.ID.String()+"/homes", &homes); err != nil {
				return err
			}
			if n := len(homes.Items); n > 1 && (fewest == 0 || n < fewest) {
				batch, fewest = b.ID, n
			}
		}
	}
	if batch.IsZero() {
		return nil
	}
	return centre.post("/v1/staff/material-batches/"+batch.String()+"/recall", "demo-recall", recalled, nil)
}

// handOver lets a customer sign, and hands the home over: the care of it begins (C18, E4).
func (s *stage) handOver() error {
	list, err := s.jobs("acceptance", "active")
	if err != nil {
		return err
	}
	for _, j := range list {
		owner, known, err := s.owner(j)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		ready, err := s.sign(j, owner)
		if err != nil {
			return err
		}
		if ready {
			return s.finish(j)
		}
	}
	return nil
}

// sign signs the sheet that the owner has before them; ready tells that it was signed, now or before. A
// sheet with a defect is left for the visitor of the demo.
func (s *stage) sign(j job, owner caller) (ready bool, err error) {
	var sheets struct {
		Items []struct {
			ID      id.ID
			Stage   string
			State   string
			Version int64
			Items   []struct{ Result string }
		}
	}
	if err := owner.get("/v1/me/projects/"+j.ID.String()+"/acceptances", &sheets); err != nil {
		return false, err
	}
	for _, a := range sheets.Items {
		if a.Stage != "acceptance" || slices.Contains(a.Items, struct{ Result string }{"defect"}) {
			continue
		}
		if a.State == "open" {
			err = owner.post("/v1/me/acceptances/"+a.ID.String()+"/sign", "demo-sign", map[string]any{"version": a.Version, "name": "业主本人"}, nil)
		}
		return true, err
	}
	return false, nil
}

// finish settles what was promised, records the last payment and completes the acceptance.
func (s *stage) finish(j job) error {
	boss, err := s.boss(j)
	if err != nil {
		return err
	}
	path := "/v1/staff/projects/" + j.ID.String()
	var promises struct {
		Items []struct {
			ID    id.ID
			State string
		}
	}
	if err := boss.get(path+"/promises", &promises); err != nil {
		return err
	}
	for _, p := range promises.Items {
		if p.State != "open" {
			continue
		}
		if err := boss.post("/v1/staff/promises/"+p.ID.String()+"/settle", "demo-"+p.ID.String(), map[string]any{"kept": true, "word": "交付时与业主逐项核对,已兑现。"}, nil); err != nil {
			return err
		}
	}
	var budget struct {
		OpenFen int64 `json:"open_fen"`
	}
	if err := boss.get(path+"/budget", &budget); err != nil {
		return err
	}
	if budget.OpenFen > 0 {
		err := boss.post(path+"/payments", "demo-final", map[string]any{"amount_fen": budget.OpenFen, "kind": "final", "paid_at": s.a.DB.Now(), "method": "银行转账", "note": "尾款"}, nil)
		if err != nil {
			return err
		}
	}
	return boss.post(path+"/stages/acceptance/complete", "demo-complete", map[string]any{}, nil)
}
