package flow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	identities "guike/model/identity"
	intakes "guike/model/membership/intake"
	"guike/model/once"
	"guike/service/membership/intake"
	"guike/testkit"
)

// many is a table of n customers with their balances.
func many(t testing.TB, n int, prefix string) map[string][][]any {
	t.Helper()
	customers, balances := [][]any{{"编号", "姓名", "手机", "生日"}}, [][]any{{"编号", "积分"}}
	for i := range n {
		no := fmt.Sprintf("%s-%d", prefix, i)
		customers = append(customers, []any{no, "王小明", fmt.Sprintf("139%08d", i), "1990-01-01"})
		balances = append(balances, []any{no, i + 1})
	}
	return map[string][][]any{"客户": customers, "余额": balances}
}

func TestAnInterruptedImportGoesOn(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, w *counter) {
		sheets := many(t, 250, "K")
		r, _, err := w.runs.Upload(t.Context(), w.boss, intake.Upload{Name: "a.xlsx", Data: workbook(t, sheets)})
		require.NoError(t, err)
		require.NoError(t, w.WorkImports(t.Context()))
		_, _, err = w.runs.Apply(t.Context(), w.boss, once.Key{}, r.ID, false)
		require.NoError(t, err)
		for range 3 { // dies after a batch or two, again and again
			ctx, die := context.WithCancel(t.Context())
			stop := w.dieAfter(ctx, t, r.ID, die)
			err := w.WorkImports(ctx)
			stop()
			die()
			if err == nil {
				break
			}
			require.ErrorIs(t, err, context.Canceled)
			w.Clock.Advance(3 * time.Minute)
		}
		require.NoError(t, w.another().WorkImports(t.Context()))
		done, err := intakes.RunByID(t.Context(), w.DB, r.ID)
		require.NoError(t, err)
		require.Equal(t, intakes.Tally{Total: 500, Done: 500, Created: 500}, done.Tally)
		require.Equal(t, intakes.Applied, done.State)
		require.EqualValues(t, 250, w.count(t, "customers"))
		require.EqualValues(t, 250, w.count(t, "ledger_transfers"))
		require.Zero(t, w.count(t, "import_parts"), "the file is gone")
	})
}

// dieAfter cancels as soon as the run has moved on.
func (w *counter) dieAfter(ctx context.Context, t *testing.T, run id.ID, die func()) (stop func()) {
	t.Helper()
	begin, _ := intakes.RunByID(ctx, w.DB, run)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			r, err := intakes.RunByID(ctx, w.DB, run)
			if err == nil && r.Done > begin.Done && r.Done > 0 {
				die()
			}
		}
	}()
	return func() { die(); <-ended }
}

func TestTwoImportsAtOnceImportOnce(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, w *counter) {
		for round := range testkit.Rounds() {
			customers, balances := [][]any{{"编号", "手机"}}, [][]any{{"编号", "积分", "基金"}}
			for i := range 12 {
				no := fmt.Sprintf("R%d-%d", round, i)
				customers = append(customers, []any{no, fmt.Sprintf("137%04d%04d", round, i)})
				balances = append(balances, []any{no, 7, 1})
			}
			in := intake.Upload{Name: "a.xlsx", Data: workbook(t, map[string][][]any{"客户": customers, "余额": balances})}
			runs := make([]intakes.Run, 8)
			errs := testkit.Race(len(runs), func(i int) (err error) {
				runs[i], _, err = w.another().ImportNow(t.Context(), w.boss, in, false, func(int, int) {})
				return err
			})
			require.NoError(t, errors.Join(errs...))
			var sum intakes.Tally
			for _, r := range runs {
				require.EqualValues(t, 24, r.Done)
				sum.Created, sum.Already, sum.Linked = sum.Created+r.Created, sum.Already+r.Already, sum.Linked+r.Linked
			}
			require.Equal(t, intakes.Tally{Created: 24, Already: 7 * 24}, sum)
		}
		require.EqualValues(t, testkit.Rounds()*12, w.count(t, "customers"))
		require.EqualValues(t, testkit.Rounds()*24, w.count(t, "ledger_transfers"))
	})
}

func TestTheExampleImports(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, w *counter) {
		data, err := os.ReadFile("../../docs/import-example.xlsx")
		require.NoError(t, err)
		r, f := w.now(t, intake.Upload{Name: "import-example.xlsx", Data: data}, false)
		require.Empty(t, said(f.Remarks))
		require.Equal(t, intakes.Tally{Total: 9, Done: 9, Created: 9}, r.Tally)
		text, err := os.ReadFile("../../docs/import-example.csv")
		require.NoError(t, err)
		r, _ = w.now(t, intake.Upload{Name: "import-example.csv", Data: text}, false)
		require.Equal(t, intakes.Tally{Total: 3, Done: 3, Already: 3}, r.Tally)
	})
}

func TestAMergedCustomerKeepsTheirNumber(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, w *counter) {
		w.now(t, w.file(t, company()), false)
		old := w.line(t, intakes.Customers, "C-1").RefID
		kept := id.New()
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			c := identities.Customer{ID: kept, Nickname: "王", Status: identities.CustomerActive, CreatedAt: tx.Now, Version: 1}
			if err := db.Insert(ctx, tx, &c); err != nil {
				return err
			}
			if err := identities.EndMergedTx(ctx, tx, old, kept); err != nil {
				return err
			}
			return intakes.MoveTx(ctx, tx, old, kept)
		})
		require.Equal(t, kept, w.line(t, intakes.Customers, "C-1").RefID)
		r, _ := w.now(t, w.file(t, map[string][][]any{"房屋": {
			{"编号", "客户编号", "小区", "城市", "地址", "面积"}, {"H-9", "C-1", "新家", "杭州市", "路 2 号", "60"},
		}}), false)
		require.EqualValues(t, 1, r.Created)
		homes, err := identities.HomesOf(t.Context(), w.DB, kept, w.DB.Now())
		require.NoError(t, err)
		require.Equal(t, []id.ID{w.line(t, intakes.Homes, "H-9").RefID}, homes)
	})
}

func TestRunsAreCheckedAppliedAndGivenUp(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, w *counter) {
		ctx := t.Context()
		upload := func(in intake.Upload) intakes.Run {
			r, _, err := w.runs.Upload(ctx, w.boss, in)
			require.NoError(t, err)
			return r
		}
		state := func(run id.ID) intakes.Run {
			r, err := intakes.RunByID(ctx, w.DB, run)
			require.NoError(t, err)
			return r
		}
		good := w.file(t, company())
		good.Once = once.Of("k", "upload", 1)
		r := upload(good)
		require.Equal(t, r.ID, upload(good).ID, "sent twice, kept once")
		require.Equal(t, intakes.Checking, r.State)
		_, _, err := w.runs.Apply(ctx, w.boss, once.Key{}, r.ID, false)
		testkit.Fails(t, err, "import.state")
		errs := testkit.Together(func() error { return w.WorkImports(ctx) }, func() error { return w.another().WorkImports(ctx) })
		require.NoError(t, errors.Join(errs...))
		require.Equal(t, intakes.Checked, state(r.ID).State)
		require.EqualValues(t, 10, state(r.ID).Created)
		require.Zero(t, w.count(t, "customers"))
		_, _, err = w.runs.Apply(ctx, w.boss, once.Key{}, r.ID, false)
		require.NoError(t, err)
		_, err = w.runs.Discard(ctx, w.boss, r.ID)
		testkit.Fails(t, err, "import.state")
		errs = testkit.Together(func() error { return w.WorkImports(ctx) }, func() error { return w.another().WorkImports(ctx) })
		require.NoError(t, errors.Join(errs...))
		require.Equal(t, intakes.Tally{Total: 10, Done: 10, Created: 10}, state(r.ID).Tally)
		require.Zero(t, w.count(t, "import_parts"))
		_, _, err = w.runs.Apply(ctx, w.boss, once.Key{}, r.ID, false)
		require.NoError(t, err, "applied is applied")

		bad := company()
		bad["客户"] = append(bad["客户"], []any{"C-9", "", "1"})
		faulty := upload(w.file(t, bad))
		broken := upload(intake.Upload{Name: "客户.csv", Data: []byte("编号\nC-1\n")})
		given := upload(w.file(t, company()))
		require.NoError(t, w.WorkImports(ctx))
		_, _, err = w.runs.Apply(ctx, w.boss, once.Key{}, faulty.ID, false)
		testkit.Fails(t, err, "import.faulty")
		_, _, err = w.runs.Apply(ctx, w.boss, once.Key{}, broken.ID, true)
		testkit.Fails(t, err, "import.unreadable")
		_, err = w.runs.Discard(ctx, w.boss, given.ID)
		require.NoError(t, err)
		require.Equal(t, intakes.Abandoned, state(given.ID).State)
		_, _, err = w.runs.Apply(ctx, w.boss, once.Key{}, faulty.ID, true)
		require.NoError(t, err)
		require.NoError(t, w.WorkImports(ctx))
		require.Equal(t, intakes.Tally{Total: 11, Done: 11, Already: 10, Faulty: 1}, state(faulty.ID).Tally)

		w.Clock.Advance(intake.KeptFor + time.Minute)
		require.NoError(t, w.WorkImports(ctx))
		require.Equal(t, intakes.Abandoned, state(broken.ID).State, "nobody applied it")
		require.Zero(t, w.count(t, "import_parts"), "no file outlives its run")
	})
}

func TestUploadsAreRefused(t *testing.T) {
	t.Parallel()
	w := newCounter(t, testkit.SQLite(t))
	try := func(who actor.Actor, in intake.Upload) error {
		_, _, err := w.runs.Upload(t.Context(), who, in)
		return err
	}
	clerk := w.Staff(t, actor.DataOfficer, w.store, actor.Store)
	one := intake.Upload{Name: "a.csv", Data: []byte("a")}
	testkit.Fails(t, try(clerk, one), "import.company_only")
	testkit.Fails(t, try(w.boss, intake.Upload{Name: "a.csv"}), "input.invalid", "body.file required")
	testkit.Fails(t, try(w.boss, intake.Upload{Name: "a.csv", Data: []byte("a"), Kind: "salaries"}), "input.invalid", "body.kind unknown")
	testkit.Fails(t, try(w.boss, intake.Upload{Name: "a\u202e.csv", Data: []byte("a")}), "input.invalid", "body.file characters")
	testkit.Fails(t, try(w.boss, intake.Upload{Name: "a.csv", Data: make([]byte, 10<<20+1)}), "file.too_large")
	_, _, err := w.runs.List(t.Context(), clerk, db.Page{Limit: 5})
	testkit.Fails(t, err, "import.company_only")
	_, err = w.runs.Read(t.Context(), w.boss, id.New(), "", db.Page{Limit: 5})
	testkit.Fails(t, err, "not_found")
	for range 20 {
		require.NoError(t, try(w.boss, one))
	}
	testkit.Fails(t, try(w.boss, one), "import.too_many")
	runs, _, err := w.runs.List(t.Context(), w.boss, db.Page{Limit: 1})
	require.NoError(t, err)
	sealed, err := intakes.Parts(t.Context(), w.DB, runs[0].ID)
	require.NoError(t, err)
	require.Greater(t, len(sealed[0]), 20, "the file is sealed")
}

// TestTenThousandCustomers says how long they take; it judges no time.
func TestTenThousandCustomers(t *testing.T) {
	t.Parallel()
	if os.Getenv("GUIKE_TEST_LONG") == "" {
		t.Skip("long")
	}
	w := newCounter(t, testkit.SQLite(t))
	all := many(t, 10_000, "L")
	alone := w.file(t, map[string][][]any{"客户": all["客户"]})
	start := time.Now()
	f, err := w.Check(t.Context(), alone)
	require.NoError(t, err)
	require.EqualValues(t, 10_000, f.Tally().Created)
	t.Logf("checked 10,000 customers in %s", time.Since(start))
	for _, in := range []intake.Upload{alone, w.file(t, all)} {
		start = time.Now()
		r, _ := w.now(t, in, false)
		require.EqualValues(t, 10_000, r.Created)
		t.Logf("imported 10,000 of %d lines in %s", r.Total, time.Since(start))
	}
	testkit.Books(t, w.DB)
}
