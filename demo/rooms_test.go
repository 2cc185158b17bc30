package demo_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/project"
	budgetmodel "guike/model/project/budget"
	designmodel "guike/model/project/design"
	handovermodel "guike/model/project/handover"
	materialmodel "guike/model/project/material"
	planmodel "guike/model/project/plan"
	qualitymodel "guike/model/project/quality"
	supervisormodel "guike/model/project/supervisor"
	careservice "guike/service/care"
	"guike/service/project"
	"guike/service/project/budget"
	"guike/service/project/delivery"
	"guike/service/project/design"
	"guike/service/project/diary"
	"guike/service/project/handover"
	"guike/service/project/material"
	"guike/service/project/overview"
	"guike/service/project/plan"
	"guike/service/project/quality"
	"guike/service/project/supervisor"
)

// rooms are the services of the project domain beside its own.
type rooms struct {
	budget    *budget.Service
	delivery  *delivery.Service
	design    *design.Service
	diary     *diary.Service
	handover  *handover.Service
	material  *material.Service
	overview  *overview.Service
	plan      *plan.Service
	quality   *quality.Service
	directory *supervisor.Service
	care      *careservice.Service
}

func newRooms(j *project.Journal, w *world) rooms {
	return rooms{
		budget: budget.New(j), delivery: delivery.New(j), design: design.New(j), diary: diary.New(diary.Deps{Journal: j, Entropy: rand.Reader}),
		handover: handover.New(j, w.deps.Box, wishless{}), material: material.New(j, rand.Reader, "http://demo/"), overview: overview.New(j, w.projects),
		plan: plan.New(j, slog.New(slog.DiscardHandler)), quality: quality.New(j), directory: supervisor.New(j, w.deps.Box), care: careservice.New(j.DB),
	}
}

type wishless struct{}

func (wishless) WishesOf(context.Context, db.Reader, id.ID) ([]handover.Wish, error) { return nil, nil }

// planChanges counts how often the plan of a project moved.
func (w *world) planChanges(t *testing.T, p model.Project) int {
	t.Helper()
	changes, err := planmodel.Changes(t.Context(), w.DB, p.ID, 50)
	require.NoError(t, err)
	return len(changes)
}

// silentChanges counts what moved a project's version without a line in its timeline: specifications,
// contracts and plans that followed an approval, pauses.
func (w *world) silentChanges(t *testing.T, p model.Project) int64 {
	t.Helper()
	n := int64(w.planChanges(t, p))
	spec, _, err := materialmodel.SpecificationOf(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	orders, err := budgetmodel.ApprovedOrders(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	pauses, err := planmodel.Pauses(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	return n + spec.Revision + int64(len(orders)) + int64(len(pauses))
}

// requireRooms reads every list of every project as its customer, and what they add up to.
func (w *world) requireRooms(t *testing.T, list []project.Summary) {
	t.Helper()
	found := map[string]int{}
	for _, p := range list {
		owner := actor.Actor{Kind: actor.Customer, ID: p.CustomerID}
		w.requireMoney(t, owner, p)
		w.requireContract(t, owner, p, found)
		w.requireQuality(t, owner, p, found)
		w.requireProgress(t, owner, p, found)
		o, err := w.rooms.overview.Mine(t.Context(), owner, p.ID)
		require.NoError(t, err)
		require.Equal(t, p.ContractAmountFen, o.Cost.ContractFen)
		require.GreaterOrEqual(t, o.Cost.OpenFen, int64(0))
		require.Equal(t, p.State == model.Active && o.LastLog == nil, p.State == model.Active && w.logs(t, p) == 0)
		for _, waits := range o.Waiting {
			found["waiting "+waits.Kind]++
		}
	}
	for _, kind := range []string{
		"design approved", "design waiting", "promise open", "promise kept", "promise broken", "frozen", "installed", "mismatch", "inspection",
		"hazard passed", "hazard open", "check", "order approved", "order quoted", "order refused", "order asked", "payment", "batch received",
		"batch planned", "shipment", "sheet signed", "sheet open", "delay confirmed", "paused", "deferred", "camera", "report", "visit",
		"waiting design", "waiting change_order", "waiting acceptance",
	} {
		require.Positive(t, found[kind], "%s: %v", kind, found)
	}
}

// requireMoney adds a budget up: the contract is what was signed and every approved change, the payment
// plan is the contract, and what was paid are whole instalments.
func (w *world) requireMoney(t *testing.T, owner actor.Actor, p project.Summary) {
	t.Helper()
	b, err := w.rooms.budget.Budget(t.Context(), owner, p.ID)
	require.NoError(t, err)
	changes, planned, covered := int64(0), int64(0), int64(0)
	for _, o := range b.Changes {
		changes += o.AmountFen
	}
	require.Equal(t, b.AtSigning+changes, p.ContractAmountFen)
	for _, i := range b.Instalments {
		planned += i.AmountFen
		covered += i.PaidFen
		require.NotEqual(t, budget.InstalmentPartly, i.State)
	}
	if len(b.Instalments) > 0 {
		require.Equal(t, p.ContractAmountFen, planned)
	}
	require.Equal(t, b.Paid, covered)
	require.Equal(t, p.ContractAmountFen-b.Paid, b.Open)
	if p.State == model.Completed {
		require.Zero(t, b.Open, "nothing is handed over unpaid")
	}
	payments, _, err := w.rooms.budget.Payments(t.Context(), owner, p.ID, db.Page{Limit: 100})
	require.NoError(t, err)
	sum := int64(0)
	for _, paid := range payments {
		sum += paid.AmountFen
		inOrder(t, paid.PaidAt, paid.CreatedAt, w.Clock.Now())
	}
	require.Equal(t, b.Paid, sum)
}

func (w *world) requireContract(t *testing.T, owner actor.Actor, p project.Summary, found map[string]int) {
	t.Helper()
	ctx, page := t.Context(), db.Page{Limit: 100}
	designs, err := w.rooms.design.Mine(ctx, owner, p.ID)
	require.NoError(t, err)
	for _, d := range designs.Designs {
		found["design "+string(d.State)]++
		require.NotEmpty(t, d.Versions[0].Files)
		if stageDone(p, "design") {
			require.Equal(t, designmodel.Approved, d.State)
		}
	}
	promises, err := w.rooms.handover.MyPromises(ctx, owner, p.ID)
	require.NoError(t, err)
	for _, m := range promises.Promises {
		found["promise "+string(m.State)]++
		require.Equal(t, p.State == model.Completed, m.State.Settled())
	}
	built, err := w.rooms.material.Mine(ctx, owner, p.ID)
	require.NoError(t, err)
	require.Equal(t, stageDone(p, "sign"), built.FrozenAt != nil)
	if built.FrozenAt != nil {
		found["frozen"]++
	}
	for _, in := range built.Installs {
		found["installed"]++
		if !in.Matches {
			found["mismatch"]++
		}
	}
	orders, _, err := w.rooms.budget.Orders(ctx, owner, p.ID, page)
	require.NoError(t, err)
	for _, o := range orders {
		found["order "+string(o.StateAt(w.Clock.Now()))]++
		if o.State == budgetmodel.Quoted {
			require.True(t, o.ValidUntil.After(w.Clock.Now().AddDate(0, 0, 2)), "there is time to decide")
		}
	}
	payments, _, err := w.rooms.budget.Payments(ctx, owner, p.ID, page)
	require.NoError(t, err)
	found["payment"] += len(payments)
}

func (w *world) requireQuality(t *testing.T, owner actor.Actor, p project.Summary, found map[string]int) {
	t.Helper()
	ctx, page := t.Context(), db.Page{Limit: 100}
	inspections, err := w.rooms.quality.Inspections(ctx, owner, p.ID, page)
	require.NoError(t, err)
	found["inspection"] += len(inspections.Items)
	hazards, err := w.rooms.quality.Hazards(ctx, owner, p.ID, false, page)
	require.NoError(t, err)
	for _, h := range hazards.Items {
		found["hazard "+string(h.State)]++
		require.NotEmpty(t, h.Steps)
		require.NotEmpty(t, h.Before)
		require.Equal(t, h.State != qualitymodel.HazardOpen, len(h.After) > 0)
	}
	checks, err := w.rooms.quality.Checks(ctx, owner, p.ID, "", page)
	require.NoError(t, err)
	found["check"] += len(checks.Items)
	gates := []project.Gate{quality.Gate{}, handover.Gate{}, design.Gate{}}
	for _, st := range p.Stages {
		if st.State != model.StageCompleted {
			continue
		}
		for _, g := range gates {
			unmet, err := g.Unmet(ctx, w.DB, p.Project, st)
			require.NoError(t, err)
			require.Empty(t, unmet, "%s: %s was completed", p.No, st.Key)
		}
	}
	sheets, err := w.rooms.handover.MyAcceptances(ctx, owner, p.ID, page)
	require.NoError(t, err)
	for _, a := range sheets.Acceptances {
		found["sheet "+string(a.State)]++
		require.Equal(t, a.Hash(), a.Sheet.ContentHash, "what was signed is what is shown")
		if a.State == handovermodel.AcceptanceSigned {
			require.NotEmpty(t, a.Signer)
		}
	}
}

func (w *world) requireProgress(t *testing.T, owner actor.Actor, p project.Summary, found map[string]int) {
	t.Helper()
	ctx, page := t.Context(), db.Page{Limit: 100}
	deliveries, err := w.rooms.delivery.Mine(ctx, owner, p.ID)
	require.NoError(t, err)
	require.Empty(t, deliveries.Loose)
	for _, b := range deliveries.Batches {
		found["batch "+string(b.State)]++
		found["shipment"] += len(b.Shipments)
		require.Zero(t, b.DaysLate)
		for _, sh := range b.Shipments {
			require.Len(t, sh.Heard, sh.Events)
		}
	}
	sheet, err := w.rooms.plan.MySheet(ctx, owner, p.ID)
	require.NoError(t, err)
	for _, n := range sheet.Delays {
		found["delay "+string(n.State)]++
		require.Positive(t, n.CompensationFen)
	}
	if p.Paused() {
		found["paused"]++
	}
	phases, _, err := w.rooms.plan.MyPhases(ctx, owner, p.ID)
	require.NoError(t, err)
	for _, ph := range phases {
		found[string(ph.State)]++
	}
	cameras, err := w.rooms.handover.MyCameras(ctx, owner, p.ID)
	require.NoError(t, err)
	for _, c := range cameras {
		require.True(t, c.Live(w.Clock.Now()))
		found["camera"]++
	}
	reports, _, err := w.rooms.diary.MyReports(ctx, owner, p.ID, page)
	require.NoError(t, err)
	for _, r := range reports {
		found["report"]++
		require.Equal(t, p.Title, r.Title)
		require.NotNil(t, r.Budget)
		whole, err := w.rooms.diary.MyReport(ctx, owner, p.ID, r.Week)
		require.NoError(t, err)
		require.Len(t, whole.Pictures, len(r.Photos))
	}
	visits, _, err := w.rooms.diary.Visits(ctx, w.staff(t, "admin", actor.All), p.ID, page)
	require.NoError(t, err)
	found["visit"] += len(visits)
}

func stageDone(p project.Summary, key string) bool {
	for _, st := range p.Stages {
		if st.Key == key {
			return st.State == model.StageCompleted
		}
	}
	return false
}

func (w *world) logs(t *testing.T, p project.Summary) (n int64) {
	t.Helper()
	require.NoError(t, w.DB.Conn(t.Context()).Model(&model.DailyLog{}).Where("project_id = ?", p.ID).Count(&n).Error)
	return n
}

// requireCompany reads what the rooms know of the company as a whole.
func (w *world) requireCompany(t *testing.T) {
	t.Helper()
	ctx, page := t.Context(), db.Page{Limit: 100}
	catalogue, _, err := w.rooms.material.List(ctx, materialmodel.Filter{ActiveOnly: true}, page)
	require.NoError(t, err)
	require.Len(t, catalogue, 10)
	for _, m := range catalogue {
		sheet, err := w.rooms.material.Scan(ctx, m.Code)
		require.NoError(t, err)
		require.Equal(t, m.ID, sheet.ID)
		batches, _, err := w.rooms.material.Batches(ctx, m.ID, page)
		require.NoError(t, err)
		require.NotEmpty(t, batches)
		_, err = w.rooms.material.Scan(ctx, batches[0].Code)
		require.NoError(t, err)
	}
	outside, _, err := w.rooms.directory.List(ctx, actor.Actor{Kind: actor.Customer, ID: id.New()}, supervisormodel.Directory{}, page)
	require.NoError(t, err)
	require.NotEmpty(t, outside)
	closures, err := w.rooms.plan.Closures(ctx, "2026-01-01")
	require.NoError(t, err)
	require.Len(t, closures, 1)
	notes, _, err := handovermodel.CraftNotes(ctx, w.DB, page)
	require.NoError(t, err)
	require.NotEmpty(t, notes)

	levels, open := map[int]int{}, all[care.Alert](t, w, "id")
	for _, a := range open {
		require.Equal(t, a.State == care.AlertClosed, a.OpenCause == nil)
		if a.State != care.AlertClosed {
			levels[a.Level]++
		}
	}
	require.Equal(t, map[int]int{1: 1, 2: 2}, levels)
	for _, p := range all[identity.Preference](t, w, "customer_id, pref_key") {
		value, err := w.deps.Box.Open(identity.PreferenceField, p.ValueEnc)
		require.NoError(t, err)
		require.NotEmpty(t, value)
	}
	for _, n := range all[identity.CareNote](t, w, "customer_id, id") {
		_, err := w.deps.Box.Open(identity.CareNoteField, n.TextEnc)
		require.NoError(t, err)
	}
}

// requireQuiet runs the recurring work as it is run when the demo starts: the company has had its
// alarms, and nobody is flooded.
func (w *world) requireQuiet(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, w.rooms.diary.BuildReports(ctx)) // of a week that ended hours ago
	before := w.owed(t)
	for name, job := range map[string]func(context.Context) error{
		"alarms": w.rooms.diary.LogAlarms, "reports": w.rooms.diary.BuildReports, "delays": w.rooms.plan.LookForDelays, "shift": w.rooms.plan.ShiftPlans,
		"phases": w.rooms.plan.RemindPhases, "offers": w.rooms.budget.WatchOffers, "hazards": w.rooms.quality.AlarmOverdue,
		"deliveries": w.rooms.delivery.WatchLate, "tasks": w.rooms.care.Escalate, "alerts": w.rooms.care.EscalateSilent,
	} {
		require.NoError(t, job(ctx), name)
	}
	require.Equal(t, before, w.owed(t))
}

// owed counts what somebody has to do, and what was told.
func (w *world) owed(t *testing.T) map[string]int {
	t.Helper()
	return map[string]int{
		"tasks": len(all[care.Task](t, w, "id")), "events": len(all[care.Event](t, w, "task_id, id")), "alerts": len(all[care.Alert](t, w, "id")),
		"entries": len(all[model.Entry](t, w, "project_id, id")), "changes": len(all[planmodel.Change](t, w, "project_id, id")),
	}
}
