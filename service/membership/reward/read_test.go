package reward_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	model "guike/model/membership/reward"
	"guike/testkit"
)

// What customers read and what the job looks for is found by indexes, in a number of statements that does
// not grow with the catalogue.
func TestRedemptionsAreReadByIndexes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, f := t.Context(), form(1_000)
		f.FileIDs, f.LimitCount, f.LimitPer = []id.ID{id.New()}, 1_000, model.Month
		w.give(t, w.anna, 100_000, ledger.TwoYears)
		for range 12 {
			gift := w.offer(t, f)
			f.FileIDs = []id.ID{id.New()}
			for range 5 {
				w.redeemed(t, w.anna, gift)
				w.redeemed(t, w.rich(t, 50), gift)
			}
		}
		w.crowd(t, 600)
		made := w.Reads(t, func() {
			few, err := w.Offers(ctx, w.anna, db.Page{Limit: 5})
			require.NoError(t, err)
			require.Len(t, few.Items, 5)
		})
		more := w.Reads(t, func() {
			all, err := w.Offers(ctx, w.anna, db.Page{Limit: 12})
			require.NoError(t, err)
			require.Len(t, all.Items, 12)
		})
		require.Len(t, more, len(made))
		made = append(made, w.Reads(t, func() {
			_, next, err := w.Mine(ctx, w.anna, db.Page{Limit: 20})
			require.NoError(t, err)
			_, _, err = w.Mine(ctx, w.anna, db.Page{Limit: 20, After: next})
			require.NoError(t, err)
			require.NoError(t, w.WatchRedemptions(ctx))
		})...)
		looked := map[string]int{}
		for _, s := range made {
			table := ""
			for _, name := range []string{"redemptions", "rewards", "reward_files"} {
				if strings.Contains(strings.ReplaceAll(s.SQL, "`", ""), "FROM "+name+" ") {
					table = name
				}
			}
			if table == "" {
				continue
			}
			looked[table]++
			plan := w.Explain(t, s)
			if w.DB.Dialect() == db.SQLite {
				require.NotRegexp(t, "SCAN "+table+"(\n|$)", plan, s.SQL)
				continue
			}
			require.NotRegexp(t, fmt.Sprintf("(?i)%s type=ALL", table), plan, s.SQL)
		}
		require.Equal(t, map[string]int{"rewards": 1, "reward_files": 1, "redemptions": 5}, looked)
		testkit.Books(t, w.DB)
	})
}

// crowd keeps drafts beside what is published, so that an index is worth its while to every optimizer.
func (w *world) crowd(t *testing.T, n int) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		var like model.Reward
		if err := tx.Conn(ctx).Limit(1).Find(&like).Error; err != nil {
			return err
		}
		rows := make([]model.Reward, n)
		for i := range rows {
			rows[i] = like
			rows[i].ID, rows[i].State, rows[i].PublishedAt, rows[i].InitialStock, rows[i].Stock = id.New(), model.Draft, nil, nil, nil
		}
		return tx.Conn(ctx).CreateInBatches(&rows, 100).Error
	})
	if w.DB.Dialect() == db.MySQL {
		require.NoError(t, w.DB.Conn(t.Context()).Exec("ANALYZE TABLE rewards, redemptions, reward_files").Error)
	}
}
