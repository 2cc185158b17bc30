package design_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	model "guike/model/project/design"
	accounts "guike/service/identity"
	"guike/service/project"
	"guike/service/project/design"
	"guike/testkit"
)

func (w *world) consent(who actor.Actor, granted bool) {
	w.t.Helper()
	_, _, err := w.consents.Record(w.t.Context(), who, once.Key{}, accounts.ConsentInput{Policy: "privacy", Version: 1, Purpose: identity.PurposeCasePublication, Granted: granted})
	require.NoError(w.t, err)
}

// story is a case of the project with a photo of its own.
func (w *world) story() design.NewCase {
	return design.NewCase{
		ProjectID: w.p.ID, Title: "原木之家", Story: "一家三口,多收纳、少打理。", Style: "现代简约", HouseType: "三室两厅",
		AreaM2: 98, BudgetFen: 12_800_000, FileIDs: []id.ID{w.photo(w.manager)},
	}
}

func (w *world) publish(in design.NewCase) (id.ID, error) {
	m, _, err := w.svc.Publish(w.t.Context(), w.manager, in)
	return m.CaseID, err
}

// library lists the titles that anybody sees.
func (w *world) library(f model.CaseFilter) []string {
	w.t.Helper()
	rows, _, err := w.svc.Library(w.t.Context(), f, db.Page{Limit: 100})
	require.NoError(w.t, err)
	titles := make([]string, 0, len(rows))
	for _, c := range rows {
		titles = append(titles, c.Title)
	}
	return titles
}

func TestCasesStandOnConsent(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		companyWithdraws(t, newWorld(t, k))
		w := newWorld(t, k)
		ctx := t.Context()
		_, err := w.publish(w.story())
		require.Equal(t, "consent.required", code(err))
		w.consent(w.Family, true)
		_, err = w.publish(w.story())
		require.Equal(t, "consent.required", code(err), "the contract party's own")
		w.consent(w.Owner, true)
		in := w.story()
		of, err := w.publish(in)
		require.NoError(t, err)
		require.Equal(t, []string{"原木之家"}, w.library(model.CaseFilter{}))
		c, err := w.svc.PublicCase(ctx, of)
		require.NoError(t, err)
		require.Equal(t, in.FileIDs[0], c.Photos[0].ID)
		require.Equal(t, "上海市", c.City)
		require.Len(t, w.Told(w.t, w.p, model.EntryCase), 1, "the customer sees that it is public")

		require.NoError(t, w.consents.Withdraw(ctx, w.Owner, identity.PurposeCasePublication))
		require.Empty(t, w.library(model.CaseFilter{}), "hidden at once")
		_, err = w.svc.PublicCase(ctx, of)
		require.Equal(t, "not_found", code(err))
		c, err = w.svc.ProjectCase(ctx, w.manager, w.p.ID)
		require.NoError(t, err)
		require.False(t, c.Visible)
		_, err = w.publish(w.story())
		require.Equal(t, "consent.required", code(err))

		w.consent(w.Owner, true)
		require.Empty(t, w.library(model.CaseFilter{}), "and stays hidden: another consent is for another publication")
		again := w.story()
		again.Title = "原木之家,一年以后"
		same, err := w.publish(again)
		require.NoError(t, err)
		require.Equal(t, of, same, "a project has one case")
		require.Equal(t, []string{"原木之家,一年以后"}, w.library(model.CaseFilter{}))
		w.consent(w.Owner, true)
		require.Len(t, w.library(model.CaseFilter{}), 1, "to say yes twice takes nothing back")

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return accounts.PublishTx(ctx, tx, accounts.NewPolicy{
				Policy: "privacy", Version: 2, TitleZH: "隐私政策", TitleEN: "Privacy", BodyZH: "新", BodyEN: "new",
				Purposes: []identity.Purpose{identity.PurposeCasePublication}, Renewed: []identity.Purpose{identity.PurposeCasePublication}, EffectiveAt: tx.Now,
			})
		})
		require.Empty(t, w.library(model.CaseFilter{}), "a version that asks anew is not answered by the old consent")
	})
}

func companyWithdraws(t *testing.T, w *world) {
	w.consent(w.Owner, true)
	in := w.story()
	of, err := w.publish(in)
	require.NoError(t, err)
	withdraw := func(who actor.Actor) error {
		_, _, err := w.svc.WithdrawCase(t.Context(), who, design.CaseWithdrawal{CaseID: of, Reason: "照片需更换"})
		return err
	}
	require.Equal(t, "not_found", code(withdraw(w.Stranger)))
	require.NoError(t, withdraw(w.manager))
	require.Empty(t, w.library(model.CaseFilter{}))
	require.EqualValues(t, 1, w.rows("files", "id = ? AND state = 'uploaded'", in.FileIDs[0]), "nothing shows its photos any more; the sweep removes them")
	require.Equal(t, "case.withdrawn", code(withdraw(w.manager)))
	_, err = w.svc.ProjectCase(t.Context(), w.Stranger, w.p.ID)
	require.Equal(t, "not_found", code(err))
	_, err = w.publish(in)
	require.NoError(t, err)
	require.Len(t, w.library(model.CaseFilter{}), 1)

	_, _, err = w.Projects.Cancel(t.Context(), w.manager, project.Cancel{ProjectID: w.p.ID, Reason: "客户取消"})
	require.NoError(t, err)
	require.NoError(t, withdraw(w.manager), "also of a cancelled project")
}

func TestBadCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.consent(w.Owner, true)
	for want, change := range map[string]func(*design.NewCase){
		"body.title identifying":       func(c *design.NewCase) { c.Title = "滨江花园 3-1201 的家" },
		"body.story identifying":       func(c *design.NewCase) { c.Story = "电话 138-0013-8000" },
		"body.story required":          func(c *design.NewCase) { c.Story = " " },
		"body.style required":          func(c *design.NewCase) { c.Style = "" },
		"body.area_m2 out_of_range":    func(c *design.NewCase) { c.AreaM2 = 0 },
		"body.budget_fen out_of_range": func(c *design.NewCase) { c.BudgetFen = -1 },
		"body.file_ids required":       func(c *design.NewCase) { c.FileIDs = nil },
		"body.file_ids too_many":       func(c *design.NewCase) { c.FileIDs = append(c.FileIDs, ids(12)...) },
		"body.file_ids[0] unfit":       func(c *design.NewCase) { c.FileIDs = []id.ID{w.file(w.manager, "application/pdf")} },
	} {
		in := w.story()
		change(&in)
		_, err := w.publish(in)
		require.Equal(t, want, field(t, err))
	}
	in := w.story()
	in.Story = "这是浦东新区的一套房"
	_, err := w.publish(in)
	require.Equal(t, "body.story identifying", field(t, err))
	require.Empty(t, w.library(model.CaseFilter{}))
	_, _, err = w.svc.Library(t.Context(), model.CaseFilter{BudgetMinFen: 2, BudgetMaxFen: 1}, db.Page{Limit: 1})
	require.Equal(t, "query.budget_max_fen out_of_range", field(t, err))
}

func ids(n int) []id.ID {
	all := make([]id.ID, n)
	for i := range all {
		all[i] = id.New()
	}
	return all
}

func TestLibraryIsNarrowed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.consent(w.Owner, true)
		for i := range 5 {
			k.Clock.Advance(time.Minute)
			in := w.story()
			in.Title, in.BudgetFen = fmt.Sprint("案例", i), int64(i+1)*1_000_000
			if i%2 == 1 {
				in.Style, in.HouseType = "新中式", "复式"
			}
			w.p = w.begin()
			in.ProjectID = w.p.ID
			_, err := w.publish(in)
			require.NoError(t, err)
		}
		require.Equal(t, []string{"案例4", "案例3", "案例2", "案例1", "案例0"}, w.library(model.CaseFilter{}))
		require.Equal(t, []string{"案例2", "案例1"}, w.library(model.CaseFilter{BudgetMinFen: 2_000_000, BudgetMaxFen: 3_000_000}), "bounds included")
		require.Equal(t, []string{"案例3", "案例1"}, w.library(model.CaseFilter{Style: "新中式"}))
		require.Equal(t, []string{"案例4"}, w.library(model.CaseFilter{HouseType: "三室两厅", BudgetMinFen: 4_000_000}))
		require.Empty(t, w.library(model.CaseFilter{Style: "' OR 1=1 --"}))

		var paged []string
		page := db.Page{Limit: 2}
		for {
			rows, next, err := w.svc.Library(t.Context(), model.CaseFilter{}, page)
			require.NoError(t, err)
			for _, c := range rows {
				paged = append(paged, c.Title)
			}
			if page.After = next; next.IsZero() {
				break
			}
		}
		require.Equal(t, []string{"案例4", "案例3", "案例2", "案例1", "案例0"}, paged)
	})
}

// TestPublishingRacesWithAWithdrawal shows that no order of both leaves a case in sight.
func TestPublishingRacesWithAWithdrawal(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for range testkit.Rounds() {
			w.consent(w.Owner, true)
			in := w.story()
			errs := testkit.Together(
				func() error { _, err := w.publish(in); return err },
				func() error { return w.consents.Withdraw(t.Context(), w.Owner, identity.PurposeCasePublication) },
			)
			require.NoError(t, errs[1])
			if errs[0] != nil {
				require.Equal(t, "consent.required", code(errs[0]))
			}
			require.Empty(t, w.library(model.CaseFilter{}))
		}
	})
}
