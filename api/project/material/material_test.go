package material_test

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/testkit"
	"guike/testkit/apikit"
)

// site is a home being made, with a catalogue of two boards and a batch of each.
type site struct {
	*apikit.World
	owner, designer, installer, boss, centre, stranger apikit.Person
	project                                            id.ID
	specified, other                                   board
}

type board struct {
	ID        id.ID
	Code      string
	Batch     id.ID
	BatchCode string
}

type answer struct {
	ID    id.ID
	Code  string
	State string
}

func newSite(t *testing.T, w *apikit.World) site {
	t.Helper()
	s := site{World: w}
	store := w.Store(t)
	s.boss = w.Staff(t, actor.StoreManager, store)
	s.designer = w.Staff(t, actor.Designer, store)
	s.installer = w.Staff(t, actor.Installer, store)
	s.centre = w.Staff(t, actor.ExperienceCentre, store)
	s.owner = w.Customer(t, "oOwner")
	s.stranger = w.Customer(t, "oStranger")
	s.project = s.begin(t, "G1")
	s.specified = s.board(t, "兔宝宝", "B-1")
	s.other = s.board(t, "无名", "B-2")
	return s
}

// begin creates a project of the owner's and puts the designer and the installer in charge.
func (s site) begin(t *testing.T, key string) id.ID {
	t.Helper()
	var made answer
	s.Post(t, s.boss, "/v1/staff/projects", map[string]any{
		"kind": "custom_furniture", "title": "滨江花园 " + key, "customer_id": s.owner.ID, "contract_amount_fen": 100, "planned_start": "2026-11-23",
		"home": map[string]any{"name": "滨江花园", "city": "杭州", "address": "江南大道 1 号", "area_m2": 98.5},
	}, "Idempotency-Key", key).Is(201).Into(&made)
	for _, p := range []apikit.Person{s.designer, s.installer} {
		s.Post(t, s.boss, apikit.Path("/v1/staff/projects/%s/people", made.ID), map[string]any{"staff_id": p.ID, "note": "请接手"}).Is(201)
	}
	return made.ID
}

func (s site) board(t *testing.T, brand, batchNo string) board {
	t.Helper()
	var m, b answer
	s.Post(t, s.centre, "/v1/staff/materials", map[string]any{"name": "多层实木板", "brand": brand, "category": "板材", "grade": "ENF", "supplier": "内部供应商"}).Is(201).Into(&m)
	s.Post(t, s.centre, apikit.Path("/v1/staff/materials/%s/batches", m.ID), map[string]any{"batch_no": batchNo, "produced_on": "2026-11-01", "received_on": "2026-11-02", "quantity": 10}).Is(201).Into(&b)
	return board{m.ID, m.Code, b.ID, b.Code}
}

func (s site) staffPath(rest string) string { return "/v1/staff/projects/" + s.project.String() + rest }

func (s site) specify(t *testing.T, who apikit.Person, revision int, more map[string]any) apikit.Answer {
	t.Helper()
	body := map[string]any{"revision": revision, "lines": []map[string]any{{"place": "主卧衣柜", "material_id": s.specified.ID, "quantity": 16}}}
	maps.Copy(body, more)
	return s.Do(t, who, "PUT", s.staffPath("/specification"), body)
}

// sign completes every stage up to the signing.
func (s site) sign(t *testing.T) {
	t.Helper()
	for _, stage := range []string{"measure", "design", "sign"} {
		s.Post(t, s.boss, s.staffPath("/stages/"+stage+"/start"), nil).Is(200)
		s.Post(t, s.boss, s.staffPath("/stages/"+stage+"/complete"), nil).Is(200)
	}
}

type built struct {
	Revision int
	FrozenAt string `json:"frozen_at"`
	Lines    []struct{ Place string }
	Installs []struct {
		ID       id.ID
		Matches  bool
		Recalled bool
		BatchNo  string `json:"batch_no"`
	}
	Papers []struct{ Documents []struct{ Title, URL string } }
}

func TestLabelsShowWhatIsForCustomers(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		document := func(title, visibility string, batch id.ID) apikit.Answer {
			file := w.Upload(t, s.centre, "/v1/staff/files", apikit.Photo(t, uint64(len(title)+len(visibility))))
			body := map[string]any{"kind": "test_report", "title": title, "visibility": visibility, "file_id": file}
			if !batch.IsZero() {
				body["batch_id"] = batch
			}
			return w.Post(t, s.centre, apikit.Path("/v1/staff/materials/%s/documents", s.specified.ID), body)
		}
		document("甲醛检测", "customer", id.ID{}).Is(201)
		document("批次检测报告", "customer", s.specified.Batch).Is(201)
		document("采购合同", "internal", id.ID{}).Is(201)
		document("别的批次", "customer", s.other.Batch).Fails(422, "input.invalid")

		type label struct {
			Brand     string
			BatchNo   string `json:"batch_no"`
			Documents []struct {
				ID         id.ID
				Title, URL string
			}
		}
		var ofMaterial, ofBatch label
		w.Get(t, apikit.Person{}, "/v1/public/materials/"+s.specified.Code).Is(200).Into(&ofMaterial)
		require.Len(t, ofMaterial.Documents, 1, "a material's label shows neither internal papers nor those of a batch")
		text := w.Get(t, apikit.Person{}, "/v1/public/materials/"+s.specified.BatchCode).Is(200).Into(&ofBatch)
		require.Equal(t, "B-1", ofBatch.BatchNo)
		require.Len(t, ofBatch.Documents, 2)
		require.NotContains(t, string(text.Body), "内部供应商")
		require.NotContains(t, string(text.Body), "采购合同")
		w.Get(t, apikit.Person{}, ofBatch.Documents[0].URL).Is(200)
		w.Get(t, apikit.Person{}, "/v1/public/materials/"+s.specified.BatchCode+"/qr.png").Is(200)

		w.Post(t, s.centre, apikit.Path("/v1/staff/materials/%s/documents/%s/withdraw", s.specified.ID, ofMaterial.Documents[0].ID), nil).Is(204)
		w.Get(t, apikit.Person{}, "/v1/public/materials/"+s.specified.Code).Is(200).Into(&ofMaterial)
		require.Empty(t, ofMaterial.Documents)

		for _, code := range []string{"M0000000000000", "B0000000000000", "nothing", "S" + s.specified.Code[1:]} {
			w.Get(t, apikit.Person{}, "/v1/public/materials/"+code).Fails(404, "not_found")
		}
	})
}

func TestCatalogueRefuses(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		same := map[string]any{"name": "多层实木板", "brand": "兔宝宝", "category": "板材", "grade": "ENF"}
		w.Post(t, s.centre, "/v1/staff/materials", same).Fails(409, "material.exists")
		w.Post(t, s.installer, "/v1/staff/materials", same).Fails(403, "permission.denied")
		batches := apikit.Path("/v1/staff/materials/%s/batches", s.specified.ID)
		w.Post(t, s.centre, batches, map[string]any{"batch_no": "B-1"}).Fails(409, "material.batch_exists")
		w.Post(t, s.centre, batches, map[string]any{"batch_no": "B-9", "produced_on": "2026-11-05", "received_on": "2026-11-04"}).Fails(422, "input.invalid")
		w.Post(t, s.centre, batches, map[string]any{"batch_no": "B-9", "quantity": -1}).Fails(422, "input.invalid")
		w.Post(t, s.centre, apikit.Path("/v1/staff/materials/%s/batches", id.New()), map[string]any{"batch_no": "B-9"}).Fails(404, "not_found")
	})
}

func TestSpecificationIsFrozenBySigning(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.specify(t, s.designer, 0, nil).Is(200)
		s.specify(t, s.designer, 0, nil).Fails(409, "specification.changed")
		s.specify(t, s.designer, 1, map[string]any{"lines": []map[string]any{{"place": "厨房", "material_id": id.New()}}}).Fails(422, "input.invalid")
		s.specify(t, s.designer, 1, map[string]any{"lines": []map[string]any{{"place": "厨房", "material_id": s.other.ID, "quantity": -1}}}).Fails(422, "input.invalid")
		s.sign(t)
		var b built
		w.Get(t, s.owner, "/v1/me/projects/"+s.project.String()+"/materials").Is(200).Into(&b)
		require.NotEmpty(t, b.FrozenAt)
		require.Len(t, b.Lines, 1)
		w.Get(t, s.stranger, "/v1/me/projects/"+s.project.String()+"/materials").Fails(404, "not_found")

		s.specify(t, s.designer, 1, nil).Fails(409, "specification.frozen")
		s.specify(t, s.designer, 1, map[string]any{"change_order_id": id.New()}).Fails(422, "input.invalid")
	})
}

// approved asks for a change, offers it and approves it as the owner does.
func (s site) approved(t *testing.T, title string) id.ID {
	t.Helper()
	var asked answer
	s.Post(t, s.owner, "/v1/me/projects/"+s.project.String()+"/change-orders", map[string]any{"title": title, "text": title}).Is(201).Into(&asked)
	s.Post(t, s.boss, apikit.Path("/v1/staff/change-orders/%s/quote", asked.ID), map[string]any{
		"lines": []map[string]any{{"text": title, "amount_fen": 100}}, "days": 0, "valid_until": s.Clock.Now().Add(48 * time.Hour),
	}).Is(201)
	s.Post(t, s.owner, apikit.Path("/v1/me/change-orders/%s/decision", asked.ID), map[string]any{"version": 1, "decision": "approve"}).Is(200)
	return asked.ID
}

func TestEachOrderUnlocksOneRevision(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.specify(t, s.designer, 0, nil).Is(200)
		s.sign(t)
		first, second := s.approved(t, "衣柜换板"), s.approved(t, "加书柜")
		wanted := []map[string]any{{"place": "主卧衣柜", "material_id": s.other.ID, "quantity": 16}}
		told := func() (of []string, refs []id.ID) {
			var list struct {
				Items []struct {
					Kind, Title, Body string
					RefID             id.ID `json:"ref_id"`
				}
			}
			w.Get(t, s.owner, "/v1/me/projects/"+s.project.String()+"/timeline?limit=100").Is(200).Into(&list)
			for _, e := range list.Items {
				if e.Kind == "specification_changed" {
					of, refs = append(of, e.Title+"\n"+e.Body), append(refs, e.RefID)
				}
			}
			return of, refs
		}
		s.specify(t, s.designer, 1, map[string]any{"change_order_id": second}).Is(200)
		lines, _ := told()
		require.Empty(t, lines, "the same lines again change nothing and spend no order")

		s.specify(t, s.designer, 1, map[string]any{"change_order_id": second, "lines": wanted}).Is(200)
		lines, refs := told()
		require.Equal(t, []id.ID{second}, refs)
		require.Contains(t, lines[0], "变更单 2“加书柜”")
		require.Contains(t, lines[0], "新增:主卧衣柜,无名 多层实木板 ENF × 16")
		require.Contains(t, lines[0], "取消:主卧衣柜,兔宝宝 多层实木板 ENF × 16")

		s.specify(t, s.designer, 2, map[string]any{"change_order_id": second}).Fails(409, "specification.order_used")
		s.specify(t, s.designer, 1, map[string]any{"change_order_id": first}).Fails(409, "specification.changed")
		s.specify(t, s.designer, 2, map[string]any{"change_order_id": first}).Is(200)
		lines, _ = told()
		require.Len(t, lines, 2)
		require.Contains(t, lines[0], "变更单 1")
		var list struct {
			Items []struct {
				ID id.ID
				No int
			}
		}
		w.Get(t, s.owner, "/v1/me/projects/"+s.project.String()+"/change-orders?limit=1").Is(200).Into(&list)
		require.Equal(t, second, list.Items[0].ID)
		require.Equal(t, 2, list.Items[0].No, "the number is the one that the timeline names")
	})
}

func TestOrderIsSpentOnce(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.specify(t, s.designer, 0, nil).Is(200)
		s.sign(t)
		for round := range 5 {
			order := s.approved(t, fmt.Sprint("变更", round))
			start := make(chan struct{})
			var all sync.WaitGroup
			var won atomic.Int32
			for rival := range 3 {
				all.Go(func() {
					<-start
					a := s.specify(t, s.designer, 1+round, map[string]any{"change_order_id": order, "lines": []map[string]any{
						{"place": fmt.Sprint("书房", round, rival), "material_id": s.other.ID},
					}})
					if a.Status == 200 {
						won.Add(1)
					}
				})
			}
			close(start)
			all.Wait()
			require.EqualValues(t, 1, won.Load())
		}
	})
}

func TestLateSpecificationIsToldToTheHome(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.sign(t)
		s.specify(t, s.designer, 0, nil).Is(200)
		text := w.Get(t, s.owner, "/v1/me/projects/"+s.project.String()+"/timeline?limit=100").Is(200)
		require.Contains(t, string(text.Body), "specification_frozen")
	})
}

func TestInstalledIsComparedWithSpecification(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.specify(t, s.designer, 0, nil).Is(200)
		s.sign(t)
		install := func(key string, more map[string]any) apikit.Answer {
			body := map[string]any{"place": "主卧衣柜", "quantity": 2}
			maps.Copy(body, more)
			return w.Post(t, s.installer, s.staffPath("/installs"), body, "Idempotency-Key", key)
		}
		right := install("1", map[string]any{"batch_code": s.specified.BatchCode}).Is(201)
		again := install("1", map[string]any{"batch_code": s.specified.BatchCode}).Is(201)
		require.JSONEq(t, string(right.Body), string(again.Body))
		var in struct {
			ID      id.ID
			Matches bool
		}
		right.Into(&in)
		require.True(t, in.Matches)
		alerts := func(state string) int {
			var list struct{ Items []struct{ Kind string } }
			w.Get(t, s.centre, "/v1/staff/alerts?kind=material_mismatch&state="+state).Is(200).Into(&list)
			return len(list.Items)
		}
		require.Zero(t, alerts("open"))

		install("2", map[string]any{"batch_code": s.other.BatchCode}).Is(201).Into(&in)
		require.False(t, in.Matches)
		require.Equal(t, 1, alerts("open"), "what is not specified raises an alert")

		install("3", map[string]any{"batch_code": s.specified.BatchCode, "material_id": s.other.ID}).Fails(422, "input.invalid")
		install("4", map[string]any{"batch_code": s.specified.Code}).Fails(422, "input.invalid")
		install("5", map[string]any{}).Fails(422, "input.invalid")
		install("6", map[string]any{"batch_id": id.New()}).Fails(422, "input.invalid")
		install("7", map[string]any{"batch_id": s.specified.Batch, "installed_on": "2099-01-01"}).Fails(422, "input.invalid")

		withdraw := s.staffPath("/installs/" + in.ID.String() + "/withdraw")
		w.Post(t, s.installer, withdraw, map[string]any{"reason": "扫错了标签"}).Is(204)
		w.Post(t, s.installer, withdraw, map[string]any{"reason": "扫错了标签"}).Is(204)
		require.Zero(t, alerts("open"), "the alert of a mistake is cleared with it")
		var b built
		w.Get(t, s.owner, "/v1/me/projects/"+s.project.String()+"/materials").Is(200).Into(&b)
		require.Len(t, b.Installs, 1)
		require.True(t, b.Installs[0].Matches)
	})
}

func TestRecallOpensOneTaskForEveryHome(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		homes := []id.ID{s.project, s.begin(t, "G2"), s.begin(t, "G3")}
		for i, p := range homes {
			for place := range 2 {
				w.Post(t, s.installer, apikit.Path("/v1/staff/projects/%s/installs", p),
					map[string]any{"batch_id": s.specified.Batch, "place": fmt.Sprint("房间", place)}, "Idempotency-Key", fmt.Sprintf("%d-%d", i, place)).Is(201)
			}
		}
		var affected struct {
			Items []struct {
				ProjectID id.ID `json:"project_id"`
				Places    int
			}
		}
		w.Get(t, s.centre, apikit.Path("/v1/staff/material-batches/%s/homes", s.specified.Batch)).Is(200).Into(&affected)
		require.Len(t, affected.Items, 3)
		require.Equal(t, 2, affected.Items[0].Places)
		w.Get(t, s.boss, apikit.Path("/v1/staff/material-batches/%s/homes", s.specified.Batch)).Fails(403, "permission.denied")

		recall := apikit.Path("/v1/staff/material-batches/%s/recall", s.specified.Batch)
		why := map[string]any{"reason": "铰链断裂", "instruction": "上门免费更换"}
		w.Post(t, s.centre, recall, map[string]any{"reason": "", "instruction": "x"}).Fails(422, "input.invalid")
		w.Post(t, s.centre, recall, why).Is(201)
		w.Post(t, s.centre, recall, why).Is(201)
		w.Post(t, s.installer, s.staffPath("/installs"), map[string]any{"batch_id": s.specified.Batch, "place": "书房"}).Fails(409, "material.batch_recalled")

		second := w.Second(t)
		w.Clock.Advance(time.Minute)
		var both sync.WaitGroup
		for _, instance := range []*apikit.Instance{w.Instance, second} {
			both.Go(func() {
				if err := instance.App.CatchUp(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		w.Settle(t)
		var state struct {
			Tasks      int
			FinishedAt string `json:"finished_at"`
		}
		w.Get(t, s.centre, recall).Is(200).Into(&state)
		require.Equal(t, 3, state.Tasks)
		require.NotEmpty(t, state.FinishedAt)
		var tasks struct{ Items []struct{ Kind string } }
		w.Get(t, s.centre, "/v1/staff/tasks?limit=100").Is(200).Into(&tasks)
		n := 0
		for _, task := range tasks.Items {
			if task.Kind == "material_recall" {
				n++
			}
		}
		require.Equal(t, 3, n, "one task for every home")
		var inbox struct{ Items []struct{ Kind string } }
		w.Get(t, s.owner, "/v1/me/inbox?limit=100").Is(200).Into(&inbox)
		told := 0
		for _, m := range inbox.Items {
			if m.Kind == "material_recalled" {
				told++
			}
		}
		require.Equal(t, 3, told, "the owner is told once for every home")
		var label struct {
			Recalled bool
			Notice   string
		}
		w.Get(t, apikit.Person{}, "/v1/public/materials/"+s.specified.BatchCode).Is(200).Into(&label)
		require.True(t, label.Recalled)
	})
}

func TestNoInstallationPassesARecallUnseen(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		installed := map[id.ID]bool{}
		for round := range testkit.Rounds() {
			var b answer
			w.Post(t, s.centre, apikit.Path("/v1/staff/materials/%s/batches", s.specified.ID), map[string]any{"batch_no": fmt.Sprint("R", round)}).Is(201).Into(&b)
			start := make(chan struct{})
			var all sync.WaitGroup
			var done atomic.Bool
			all.Go(func() {
				<-start
				a := w.Post(t, s.installer, s.staffPath("/installs"), map[string]any{"batch_id": b.ID, "place": "主卧"})
				done.Store(a.Status == 201)
			})
			all.Go(func() {
				<-start
				w.Post(t, s.centre, apikit.Path("/v1/staff/material-batches/%s/recall", b.ID), map[string]any{"reason": "x", "instruction": "y"})
			})
			close(start)
			all.Wait()
			installed[b.ID] = done.Load()
		}
		w.Clock.Advance(time.Minute)
		require.NoError(t, w.App.CatchUp(t.Context()))
		for batch, in := range installed {
			var state struct{ Tasks int }
			w.Get(t, s.centre, apikit.Path("/v1/staff/material-batches/%s/recall", batch)).Is(200).Into(&state)
			require.Equal(t, in, state.Tasks == 1)
		}
	})
}
