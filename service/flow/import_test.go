package flow_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/model/db"
	identities "guike/model/identity"
	"guike/model/ledger"
	intakes "guike/model/membership/intake"
	projects "guike/model/project"
	"guike/service/flow"
	"guike/service/identity"
	"guike/service/membership/intake"
	"guike/service/project"
	"guike/testkit"
	"guike/testkit/homekit"
)

// counter is a company that starts with customers.
type counter struct {
	*testkit.Kit
	*flow.Imports
	runs      *intake.Service
	customers *identity.Customers
	boss      actor.Actor
	store     identities.Store
	blind     *crypt.Blind
	box       *crypt.Box
}

func newCounter(t *testing.T, k *testkit.Kit) *counter {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind(make([]byte, crypt.KeyBytes))
	require.NoError(t, err)
	w := &counter{Kit: k, store: k.Store(t), runs: intake.New(k.DB, box), blind: blind, box: box}
	k.Tx(t, project.SeedTemplates)
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return identities.ChangeStore(ctx, tx, w.store.ID, map[string]any{"name": "湖滨店"})
	})
	w.boss = k.Staff(t, actor.Admin, identities.Store{}, actor.All)
	w.customers = identity.NewCustomers(identity.CustomersDeps{DB: k.DB, Box: box, Blind: blind, Zone: testkit.Zone})
	w.Imports = w.another()
	return w
}

// another is a second instance on the same store.
func (w *counter) another() *flow.Imports {
	journal := &project.Journal{DB: w.DB, Zone: testkit.Zone, Live: &homekit.Tape{}}
	return flow.NewImports(flow.ImportDeps{
		DB: w.DB, Runs: w.runs, Customers: w.customers, Homes: identity.NewHomes(w.DB, w.box, w.blind),
		Projects: project.New(project.Deps{Journal: journal, Box: w.box, Entropy: rand.Reader}),
		Ledger:   ledger.New(testkit.Zone), Blind: w.blind, Zone: testkit.Zone, Log: slog.New(slog.DiscardHandler),
	})
}

func eachCounter(t *testing.T, fn func(t *testing.T, w *counter)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		fn(t, newCounter(t, k))
		testkit.Books(t, k.DB)
	})
}

// workbook writes sheets of rows; a cell that begins with = is a formula.
func workbook(t testing.TB, sheets map[string][][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for name, rows := range sheets {
		_, err := f.NewSheet(name)
		require.NoError(t, err)
		for n, row := range rows {
			require.NoError(t, f.SetSheetRow(name, fmt.Sprintf("A%d", n+1), &row))
			for c, cell := range row {
				if text, ok := cell.(string); ok && strings.HasPrefix(text, "=") {
					at, _ := excelize.CoordinatesToCellName(c+1, n+1)
					require.NoError(t, f.SetCellFormula(name, at, text[1:]))
				}
			}
		}
	}
	require.NoError(t, f.DeleteSheet("Sheet1"))
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

func company() map[string][][]any {
	return map[string][][]any{
		"客户": {
			{"客户编号*", "姓名", "手机号", "生日", "门店", "同意说明"},
			{"C-1", "王小明", "138 0013 8001", "1988-02-29", "湖滨店", "到店签署的纸质同意书"},
			{"C-2", "李小雨", 13800138002, 32000, "", ""},
			{1003, "", "13800138003", "", "", ""},
		},
		"房屋": {
			{"房屋编号", "客户编号", "小区", "城市", "区县", "地址", "面积(㎡)"},
			{"H-1", "C-1", "滨江花园", "杭州市", "上城区", "湖滨路 18 号 3-1201", 128.5},
			{"H-2", "C-2", "翠苑", "杭州市", "", "文三路 1 号", "89"},
		},
		"项目": {
			{"项目编号", "客户编号", "房屋编号", "类型", "项目名称", "合同金额(元)", "开工日期", "当前阶段"},
			{"P-1", "C-1", "H-1", "全屋定制", "滨江花园 3-1201", "128,000.50", "2026-10-08", "生产"},
			{"P-2", "C-2", "H-2", "装修", "翠苑", 99000.1, "2026/12/1", ""},
		},
		"期初余额": {
			{"客户编号", "积分", "家居基金(元)", "积分到期日", "备注"},
			{"C-1", 1200, "88.80", "2027-06-30", "旧系统"},
			{"C-2", "", 50, "", ""},
			{"1003", "1,000", "", "", ""},
		},
	}
}

func (w *counter) file(t testing.TB, sheets map[string][][]any) intake.Upload {
	t.Helper()
	return intake.Upload{Name: "老客户.xlsx", Data: workbook(t, sheets)}
}

func (w *counter) now(t *testing.T, in intake.Upload, skip bool) (intakes.Run, *intake.File) {
	t.Helper()
	r, f, err := w.ImportNow(t.Context(), w.boss, in, skip, func(int, int) {})
	require.NoError(t, err)
	return r, f
}

func (w *counter) line(t *testing.T, kind intakes.Kind, no string) intakes.Line {
	t.Helper()
	found, err := intakes.LinesByNo(t.Context(), w.DB, kind, []string{no})
	require.NoError(t, err)
	require.Contains(t, found, no)
	return found[no]
}

func (w *counter) balance(t *testing.T, no string, book ledger.Book) ledger.Balance {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Of(book, w.line(t, intakes.Customers, no).RefID), w.DB.Now())
	require.NoError(t, err)
	return b
}

func (w *counter) count(t *testing.T, table string) (n int64) {
	t.Helper()
	require.NoError(t, w.DB.Conn(t.Context()).Table(table).Count(&n).Error)
	return n
}

// said lists the remarks: "customers 3 C import.phone".
func said(remarks []intakes.Remark) (all []string) {
	for _, r := range remarks {
		all = append(all, strings.Join(strings.Fields(fmt.Sprintf("%s %s %d %s %s", r.Severity, r.Kind, r.Row, r.Column, r.Code)), " "))
	}
	return all
}

func TestImport(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, w *counter) {
		ctx := t.Context()
		f, err := w.Check(ctx, w.file(t, company()))
		require.NoError(t, err)
		require.Empty(t, said(f.Remarks))
		require.Equal(t, intakes.Tally{Total: 10, Created: 10}, f.Tally())
		for _, table := range []string{"customers", "homes", "projects", "ledger_transfers", "import_runs", "import_lines"} {
			require.Zero(t, w.count(t, table), "a dry run writes nothing into %s", table)
		}

		r, _ := w.now(t, w.file(t, company()), false)
		require.Equal(t, intakes.Tally{Total: 10, Done: 10, Created: 10}, r.Tally)
		require.Equal(t, intakes.Applied, r.State)

		c, err := identities.FindCustomer(ctx, w.DB, actor.Machine(), w.line(t, intakes.Customers, "C-1").RefID)
		require.NoError(t, err)
		require.Equal(t, clock.Day("1988-02-29"), c.Birthday)
		require.Equal(t, w.store.ID, c.StoreID)
		require.Equal(t, w.boss.ID, c.EnteredBy)
		require.Equal(t, "王*明", c.Nickname)
		require.NotContains(t, string(c.PhoneEnc), "13800138001")
		second, err := identities.FindCustomer(ctx, w.DB, actor.Machine(), w.line(t, intakes.Customers, "C-2").RefID)
		require.NoError(t, err)
		require.Equal(t, clock.Day("1987-08-11"), second.Birthday, "a spreadsheet's number of a day")

		p, err := projects.ByID(ctx, w.DB, w.line(t, intakes.Projects, "P-1").RefID)
		require.NoError(t, err)
		require.EqualValues(t, 12_800_050, p.ContractAmountFen)
		require.Equal(t, "production", p.CurrentStage)
		require.Equal(t, projects.Active, p.State)
		require.Equal(t, 25, p.Percent)
		require.GreaterOrEqual(t, string(p.StageDue), "2026-11-23", "nothing is overdue on the first day")
		require.Equal(t, w.store.ID, p.StoreID)
		stages, err := projects.Stages(ctx, w.DB, p.ID)
		require.NoError(t, err)
		require.Empty(t, stages[0].CompletedOn, "no on-time rate counts it")
		require.Equal(t, stages[3].PlannedEnd, stages[3].BaselineEnd)
		planned, err := projects.ByID(ctx, w.DB, w.line(t, intakes.Projects, "P-2").RefID)
		require.NoError(t, err)
		require.Equal(t, projects.Planned, planned.State)
		require.EqualValues(t, 9_900_010, planned.ContractAmountFen)
		require.Zero(t, w.count(t, "outbox"), "nobody is told of what they know")

		points := w.balance(t, "C-1", ledger.Points)
		require.EqualValues(t, 1200, points.Available)
		require.Equal(t, testkit.Start.AddDate(0, 0, 220), points.Next.At, "good to the end of 2027-06-30 at least")
		require.EqualValues(t, 8880, w.balance(t, "C-1", ledger.Fund).Available)
		require.EqualValues(t, 5000, w.balance(t, "C-2", ledger.Fund).Available)
		require.EqualValues(t, 1000, w.balance(t, "1003", ledger.Points).Available)
		lines, _, err := ledger.Statement(ctx, w.DB, ledger.Of(ledger.Points, c.ID), ledger.Available, db.Page{Limit: 5})
		require.NoError(t, err)
		require.Equal(t, []string{"import:C-1", "opening", "期初积分转入"}, []string{lines[0].Source, lines[0].Rule, lines[0].Reason})
	})
}

func TestImportAgainChangesNothing(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, w *counter) {
		w.now(t, w.file(t, company()), false)
		r, _ := w.now(t, w.file(t, company()), false)
		require.Equal(t, intakes.Tally{Total: 10, Done: 10, Already: 10}, r.Tally)

		other := company()
		other["客户"][1][1] = "王大明"
		other["期初余额"][1][1] = 1300
		r, f := w.now(t, w.file(t, other), false)
		require.True(t, r.ID.IsZero(), "nothing half done")
		require.Equal(t, []string{"note customers 2 A import.differs", "fault balances 2 A import.changed"}, said(f.Remarks))
		r, _ = w.now(t, w.file(t, other), true)
		require.Equal(t, intakes.Tally{Total: 10, Done: 10, Already: 8, Differing: 1, Faulty: 1}, r.Tally)
		require.EqualValues(t, 1200, w.balance(t, "C-1", ledger.Points).Available)

		note := company()
		note["期初余额"][1][4] = "别的备注"
		r, _ = w.now(t, w.file(t, note), false)
		require.EqualValues(t, 10, r.Already, "a note on a balance moves nothing")

		linked := map[string][][]any{
			"customers": {{"Customer No", "Phone"}, {"X-1", "+86 138-0013-8001"}},
			"balances":  {{"customer_no", "points"}, {"X-1", "5"}},
		}
		r, f = w.now(t, w.file(t, linked), true)
		require.Equal(t, []string{"note customers 2 B import.linked"}, said(f.Remarks))
		require.Equal(t, intakes.Tally{Total: 2, Done: 2, Linked: 1, Faulty: 1}, r.Tally, "one person, one opening balance")
		found, _, err := intakes.ListRemarks(t.Context(), w.DB, r.ID, intakes.Fault, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Equal(t, []string{"fault balances 2 A import.opened_before"}, said(found))
		require.Equal(t, w.line(t, intakes.Customers, "C-1").RefID, w.line(t, intakes.Customers, "X-1").RefID)
		require.EqualValues(t, 1200, w.balance(t, "X-1", ledger.Points).Available)
	})
}

func TestFaultyLinesAreNamedAndLeft(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, w *counter) {
		bad := company()
		bad["客户"] = append(bad["客户"],
			[]any{"C-1", "", "13800138009"}, []any{"C-5", "", "12345"}, []any{"C-6", "", "13800138002"}, []any{"", "", "13800138007"},
			[]any{"13800138008", "", "13800138008"}, []any{"C-9", "=A1", "13800138010"}, []any{"C-10", "名\u202e", "13800138011"},
			[]any{"C-11", strings.Repeat("长", 65), "13800138012"}, []any{"C-12", "", "13800138013", "2027-01-01"}, []any{"C-13", "", "13800138014", "昨天", "没有的店"},
			[]any{"C-14", "", "13800138015", "", "没有的店"})
		bad["房屋"] = append(bad["房屋"], []any{"H-3", "C-5", "小区", "杭州市", "", "路 1 号", "0"}, []any{"H-4", "C-99", "小区", "杭州市", "", "路 1 号", "90"},
			[]any{"H-5", "C-5", "小区", "杭州市", "", "路 1 号", "90"})
		bad["项目"] = append(bad["项目"], []any{"P-3", "C-2", "H-1", "装修", "别人的家", "1", "2026-12-01"}, []any{"P-4", "C-1", "H-1", "盖楼", "", "-1", "x"},
			[]any{"P-5", "C-1", "H-1", "装修", "标题", "1.005", "2026-12-01", ""}, []any{"P-6", "C-1", "H-1", "装修", "标题", "1", "2026-12-01", "生产"})
		bad["期初余额"] = append(bad["期初余额"], []any{"C-77", 1}, []any{"C-5", "0", "0"}, []any{"C-6", "1.5", ""}, []any{"C-7", 1, "", "2026-01-01"})
		want := []string{
			"fault customers 5 A import.duplicate", "fault customers 6 C import.phone", "fault customers 7 C import.phone_repeated", "fault customers 8 A import.required",
			"fault customers 9 A import.external_no_phone", "fault customers 10 B import.formula", "fault customers 11 B import.characters",
			"fault customers 12 B import.refused", "fault customers 13 D import.refused", "fault customers 14 D import.date", "fault customers 15 E import.store_unknown",
			"fault homes 4 G import.out_of_range", "fault homes 5 B import.reference_unknown", "fault homes 6 B import.reference_faulty",
			"fault projects 4 C import.home_of_other", "fault projects 5 D import.kind_of_project", "fault projects 5 F import.amount", "fault projects 5 G import.date",
			"fault projects 5 E import.required",
			"fault projects 6 F import.amount", "fault projects 7 H import.stage_unknown",
			"fault balances 5 A import.reference_unknown", "fault balances 6 import.nothing", "fault balances 7 B import.number", "fault balances 8 D import.past",
		}
		f, err := w.Check(t.Context(), w.file(t, bad))
		require.NoError(t, err)
		require.ElementsMatch(t, want, said(f.Remarks))
		for _, r := range f.Remarks {
			require.NotEmpty(t, r.TextZH)
			require.NotEmpty(t, r.TextEN)
			require.NotContains(t, r.TextZH+r.TextEN, "1380013")
		}
		r, _ := w.now(t, w.file(t, bad), false)
		require.True(t, r.ID.IsZero())
		require.Zero(t, w.count(t, "customers"), "a run with faults writes nothing")

		r, _ = w.now(t, w.file(t, bad), true)
		require.Equal(t, intakes.Tally{Total: 32, Done: 32, Created: 10, Faulty: 22}, r.Tally)
		left, _, err := intakes.ListRemarks(t.Context(), w.DB, r.ID, "", db.Page{Limit: 100})
		require.NoError(t, err)
		require.Equal(t, said(f.Remarks), said(left), "it tells which were left")
		again, err := w.Check(t.Context(), w.file(t, company()))
		require.NoError(t, err)
		require.EqualValues(t, 10, again.Tally().Already)
	})
}

func TestFilesThatCannotBeUnderstood(t *testing.T) {
	t.Parallel()
	w := newCounter(t, testkit.SQLite(t))
	tests := []struct {
		name string
		in   intake.Upload
		want []string
	}{
		{"no table", intake.Upload{Name: "a.xlsx", Data: []byte("PK\x03\x04")}, []string{"fault 0 import.file_broken"}},
		{"a sheet of another kind", w.file(t, map[string][][]any{"工资": {{"工号", "工资"}, {1, 2}}}), []string{"fault 1 import.kind_unknown"}},
		{"headers missing", w.file(t, map[string][][]any{"客户": {{"客户编号", "姓名"}, {1, 2}}}), []string{"fault customers 1 import.header_missing"}},
		{"a header twice", w.file(t, map[string][][]any{"客户": {{"客户编号", "手机", "电话"}, {"a", "", "13800138000"}}}), []string{"fault customers 1 C import.header_repeated"}},
		{"a column nobody knows", w.file(t, map[string][][]any{"客户": {{"客户编号", "手机", "身高"}, {"a", "13800138000", 1.8}}}), []string{"note customers 1 C import.header_unknown"}},
		{"a kind twice", w.file(t, map[string][][]any{"客户": {{"编号", "手机"}, {"a", "13800138000"}}, "customers": {{"编号", "手机"}, {"b", "13800138001"}}}), []string{"fault customers 1 import.kind_repeated"}},
		{"headers alone", intake.Upload{Name: "客户.csv", Data: []byte("客户编号,手机\n")}, []string{"fault 0 import.no_lines"}},
		{"explanations alone", w.file(t, map[string][][]any{"说明": {{"怎么填"}}}), []string{"fault 0 import.no_lines"}},
		{"told by its headers", intake.Upload{Name: "export.csv", Data: []byte("编号;手机\na;13800138000\n")}, nil},
		{"told by its name", intake.Upload{Name: "/x/客户 2026.csv", Data: []byte("编号,手机\na,13800138000\n")}, nil},
		{"told by the caller", intake.Upload{Name: "x.csv", Kind: intakes.Balances, Data: []byte("编号,积分\na,1\n")}, []string{"fault balances 2 A import.reference_unknown"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, err := w.Check(t.Context(), test.in)
			require.NoError(t, err)
			require.Equal(t, test.want, said(f.Remarks))
		})
	}
	merged := excelize.NewFile()
	require.NoError(t, merged.SetSheetName("Sheet1", "客户"))
	require.NoError(t, merged.SetSheetRow("客户", "A1", &[]any{"编号", "手机"}))
	require.NoError(t, merged.SetSheetRow("客户", "A2", &[]any{"a", "13800138000"}))
	require.NoError(t, merged.MergeCell("客户", "A2", "A3"))
	var b bytes.Buffer
	require.NoError(t, merged.Write(&b))
	f, err := w.Check(t.Context(), intake.Upload{Name: "a.xlsx", Data: b.Bytes()})
	require.NoError(t, err)
	require.Equal(t, []string{"fault customers 2 A import.merged"}, said(f.Remarks))
}
