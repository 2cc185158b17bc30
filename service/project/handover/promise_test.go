package handover_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project/handover"
	"guike/testkit"
)

func TestPromisesAreMadeAndEdited(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.CustomFurniture)
		made := w.promise(t, p, "全屋柜体使用 ENF 级环保板材。")

		for who, a := range map[string]struct {
			sees bool
			list func() (handover.PromiseList, error)
		}{
			"owner":    {true, func() (handover.PromiseList, error) { return w.MyPromises(ctx, w.Owner, p.ID) }},
			"guest":    {true, func() (handover.PromiseList, error) { return w.MyPromises(ctx, w.Guest, p.ID) }},
			"outsider": {false, func() (handover.PromiseList, error) { return w.MyPromises(ctx, w.Outsider, p.ID) }},
			"manager":  {true, func() (handover.PromiseList, error) { return w.Promises(ctx, w.manager, p.ID) }},
			"stranger": {false, func() (handover.PromiseList, error) { return w.Promises(ctx, w.Stranger, p.ID) }},
		} {
			list, err := a.list()
			if !a.sees {
				require.Equal(t, "not_found", fault.Code(err), who)
				continue
			}
			require.NoError(t, err, who)
			require.Len(t, list.Promises, 1, who)
			require.Equal(t, model.PromiseOpen, list.Promises[0].State, who)
		}
		before, err := w.MyPromises(ctx, w.Owner, p.ID)
		require.NoError(t, err)

		price := newPromise(p, "全包 12.8 万元,不增项。", "")
		price.Category = model.CategoryPrice
		_, _, err = w.MakePromise(ctx, w.Boss, price)
		require.NoError(t, err)
		for who, a := range map[string]actor.Actor{"guest": w.Guest, "family": w.Family} {
			list, err := w.MyPromises(ctx, a, p.ID)
			require.NoError(t, err)
			require.Len(t, list.Promises, map[string]int{"guest": 1, "family": 2}[who], "guests see no money")
		}

		external := w.manager
		external.External = true
		list, err := w.Promises(ctx, external, p.ID)
		require.NoError(t, err)
		require.Len(t, list.Promises, 1, "nor do people of other companies")

		edit := handover.PromiseEdit{PromiseID: made.PromiseID, Version: made.Version, PromiseText: handover.PromiseText{Text: "柜体与背板均使用 ENF 级板材。", Category: model.CategoryMaterial, DueStage: "installation"}}
		_, err = w.EditPromise(ctx, w.Boss, edit)
		require.NoError(t, err)
		_, err = w.EditPromise(ctx, w.Boss, edit)
		require.Equal(t, "promise.changed", fault.Code(err), "the version that was read must be current")
		require.Equal(t, []string{"current_version"}, testkit.Fields(err))
		_, err = w.EditPromise(ctx, w.Stranger, edit)
		require.Equal(t, "not_found", fault.Code(err))
		now, former, err := w.Promise(ctx, w.Boss, made.PromiseID)
		require.NoError(t, err)
		require.Equal(t, "柜体与背板均使用 ENF 级板材。", now.Text)
		require.Len(t, former, 1)
		require.Equal(t, "全屋柜体使用 ENF 级环保板材。", former[0].Text)
		after, err := w.MyPromises(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		require.NotEqual(t, before.Tag, after.Tag, "the tag changes with the list")

		w.Put(t, p, "production") // signed
		edit.Version = now.Version
		_, err = w.EditPromise(ctx, w.Boss, edit)
		require.Equal(t, "promise.frozen", fault.Code(err))
		_, _, err = w.MakePromise(ctx, w.Boss, newPromise(p, "赠送一组感应灯。", " "))
		require.Equal(t, "body.reason", testkit.Location(err), "after the signing a promise needs a reason")
		_, _, err = w.MakePromise(ctx, w.Boss, newPromise(p, "赠送一组感应灯。", "补偿量尺改期"))
		require.NoError(t, err)
		require.Len(t, w.Told(t, p, model.EntryPromiseMade), 3)
	})
}

func TestPromisesRefuse(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.CustomFurniture)
		for at, spoil := range map[string]func(*handover.NewPromise){
			"body.text":      func(n *handover.NewPromise) { n.Text = "  " },
			"body.category":  func(n *handover.NewPromise) { n.Category = "magic" },
			"body.due_stage": func(n *handover.NewPromise) { n.DueStage = "moon" },
		} {
			in := newPromise(p, "赠送感应灯。", "")
			spoil(&in)
			_, _, err := w.MakePromise(ctx, w.Boss, in)
			require.Equal(t, at, testkit.Location(err))
		}
		_, _, err := w.MakePromise(ctx, w.Stranger, newPromise(p, "x", ""))
		require.Equal(t, "not_found", fault.Code(err))
		_, _, err = w.SettlePromise(ctx, w.Boss, handover.Settlement{PromiseID: id.New(), Word: "x"})
		require.Equal(t, "not_found", fault.Code(err))

		in := newPromise(p, "赠送感应灯。", "")
		in.Once = once.Of("k", "handover-make-promise", in.Text)
		errs := testkit.Together(func() error { _, _, err := w.MakePromise(ctx, w.Boss, in); return err }, func() error { _, _, err := w.MakePromise(ctx, w.Boss, in); return err })
		require.Equal(t, 2, testkit.Succeeded(errs), errs)
		list, err := w.Promises(ctx, w.Boss, p.ID)
		require.NoError(t, err)
		require.Len(t, list.Promises, 1, "one key makes one promise")

		for i := len(list.Promises); i < model.MaxPromises; i++ {
			w.promise(t, p, fmt.Sprintf("第 %d 项", i))
		}
		_, _, err = w.MakePromise(ctx, w.Boss, newPromise(p, "再一项", ""))
		require.Equal(t, "promise.too_many", fault.Code(err))
	})
}

func TestPromisesAreSettledAndDisputed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.CustomFurniture)
		a, b := w.promise(t, p, "ENF 级板材"), w.promise(t, p, "赠送感应灯")
		w.Put(t, p, "acceptance")
		err := w.Complete(t, p, "acceptance")
		require.Equal(t, "stage.conditions_unmet", fault.Code(err))
		require.Equal(t, []string{"sign_off_missing", "promise_open"}, testkit.Fields(err))
		f, _ := fault.Of(err)
		require.Contains(t, f.Fields[1].Text.ZH, "2")

		dispute := handover.Dispute{PromiseID: a.PromiseID, Word: "背板不是 ENF 级"}
		_, _, err = w.DisputePromise(ctx, w.Owner, dispute)
		require.Equal(t, "promise.not_settled", fault.Code(err))

		settle := handover.Settlement{PromiseID: a.PromiseID, Kept: true, Word: "出厂标识均为 ENF 级"}
		_, _, err = w.SettlePromise(ctx, w.manager, settle)
		require.NoError(t, err)
		_, _, err = w.SettlePromise(ctx, w.manager, settle)
		require.NoError(t, err, "the same settlement again is no mistake")
		_, _, err = w.SettlePromise(ctx, w.Boss, handover.Settlement{PromiseID: a.PromiseID, Word: "否"})
		require.Equal(t, "promise.settled", fault.Code(err))
		require.Equal(t, []string{"current_state"}, testkit.Fields(err))
		require.Len(t, w.Told(t, p, model.EntryPromiseSettled), 1)

		_, _, err = w.DisputePromise(ctx, w.Family, dispute)
		require.Equal(t, "home.owner_only", fault.Code(err))
		_, _, err = w.DisputePromise(ctx, w.Outsider, dispute)
		require.Equal(t, "not_found", fault.Code(err))
		_, _, err = w.DisputePromise(ctx, w.Owner, dispute)
		require.NoError(t, err)
		_, _, err = w.DisputePromise(ctx, w.Owner, dispute)
		require.NoError(t, err, "the same dispute again is no mistake")
		require.Len(t, w.Tasks(t, p, handover.KindPromiseDisputed), 1)
		require.Equal(t, []string{"sign_off_missing", "promise_open"}, testkit.Fields(w.Complete(t, p, "acceptance")), "a disputed promise is open")

		_, _, err = w.SettlePromise(ctx, w.Boss, handover.Settlement{PromiseID: a.PromiseID, Kept: false, Word: "背板已更换并致歉"})
		require.NoError(t, err)
		_, _, err = w.SettlePromise(ctx, w.manager, handover.Settlement{PromiseID: b.PromiseID, Kept: true, Word: "已安装"})
		require.NoError(t, err)
		require.NoError(t, w.sign(t, w.Owner, w.open(t, w.sheet(t, p, "acceptance"))))
		require.NoError(t, w.Complete(t, p, "acceptance"))

		_, _, err = w.DisputePromise(ctx, w.Owner, dispute)
		require.Equal(t, "promise.handed_over", fault.Code(err))
		_, _, err = w.MakePromise(ctx, w.Boss, newPromise(p, "再送一盏灯", "客户要求"))
		require.Equal(t, "promise.handed_over", fault.Code(err))
	})
}

func TestPromiseRates(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, core.Renovation)
		for i, kept := range []bool{true, true, false} {
			r := w.promise(t, p, fmt.Sprintf("承诺 %d", i))
			_, _, err := w.SettlePromise(ctx, w.Boss, handover.Settlement{PromiseID: r.PromiseID, Kept: kept, Word: "见照片"})
			require.NoError(t, err)
		}
		w.promise(t, p, "尚无结论")
		k.Clock.Advance(48 * time.Hour)
		late := w.promise(t, p, "过后才有结论")
		_, _, err := w.SettlePromise(ctx, w.Boss, handover.Settlement{PromiseID: late.PromiseID, Kept: false, Word: "没有货"})
		require.NoError(t, err)

		rates, err := w.PromiseRates(ctx, w.Boss, model.ByStore, "2026-11-23", "2026-11-23")
		require.NoError(t, err)
		require.Len(t, rates, 1)
		require.Equal(t, w.Shop.ID, rates[0].ID)
		require.Equal(t, w.Shop.Name, rates[0].Name)
		require.EqualValues(t, 3, rates[0].Settled())
		require.EqualValues(t, 6666, rates[0].KeptBP(), "two of three, in basis points, rounded down")
		rates, err = w.PromiseRates(ctx, w.centre, model.ByPerson, "2026-11-23", "2026-11-25")
		require.NoError(t, err)
		require.Len(t, rates, 1)
		require.Equal(t, w.Boss.ID, rates[0].ID)
		require.EqualValues(t, 5000, rates[0].KeptBP())
		rates, err = w.PromiseRates(ctx, w.Stranger, model.ByStore, "2026-11-23", "2026-11-25")
		require.NoError(t, err)
		require.Empty(t, rates, "another store's promises are out of reach")

		for at, ask := range map[string][3]string{
			"query.from":  {"2026-02-30", "2026-11-25", "store"},
			"query.to":    {"2026-11-23", "2026-11-22", "store"},
			"query.group": {"2026-11-23", "2026-11-23", "region"},
		} {
			_, err := w.PromiseRates(ctx, w.Boss, model.Group(ask[2]), ask[0], ask[1])
			require.Equal(t, at, testkit.Location(err))
		}
	})
}

func TestTwoSettlementsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t, core.Renovation)
		for i := range testkit.Rounds() {
			r := w.promise(t, p, fmt.Sprintf("承诺 %d", i))
			errs := testkit.Together(
				func() error {
					_, _, err := w.SettlePromise(t.Context(), w.manager, handover.Settlement{PromiseID: r.PromiseID, Kept: true, Word: "是"})
					return err
				},
				func() error {
					_, _, err := w.SettlePromise(t.Context(), w.Boss, handover.Settlement{PromiseID: r.PromiseID, Kept: false, Word: "否"})
					return err
				},
			)
			require.Equal(t, 1, testkit.Succeeded(errs), errs)
			for _, err := range errs {
				if err != nil {
					require.Equal(t, "promise.settled", fault.Code(err))
				}
			}
		}
		require.Len(t, w.Told(t, p, model.EntryPromiseSettled), testkit.Rounds())
	})
}
