package intake_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"guike/internal/sheet"
	model "guike/model/membership/intake"
	"guike/service/membership/intake"
)

const exampleBook, exampleText = "../../../docs/import-example.xlsx", "../../../docs/import-example.csv"

// example is what docs/import-example.xlsx holds, sheet by sheet.
func example() (names []string, sheets [][][]string) {
	names = []string{"说明", "客户", "房屋", "项目", "期初余额"}
	return names, [][][]string{
		{
			{"怎么填这张表"},
			{"一行一条;表头不要改,不用的列可以空着或删掉;带 * 的列必填。"},
			{"编号由您自己定,例如 C-0001;同一编号只会导入一次。不要用手机号作编号。"},
			{"金额以元为单位,最多两位小数。日期写成 2026-12-01。不要用公式,不要合并单元格。"},
			{"门店填系统里的门店名称;没有固定门店就空着。"},
			{"当前阶段:全屋定制可填 量尺、设计、签约、生产、质检、配送、安装、验收、售后养护;装修可填 量房、设计、签约、拆改、水电、泥瓦铺贴、木工、油漆、安装、保洁、验收、售后养护;空着表示尚未开工。"},
			{"期初余额的客户编号就是客户表里的编号;积分到期日空着时按系统的规则(24 个月)到期。"},
		},
		{
			{"客户编号*", "姓名", "手机号*", "生日", "门店", "同意说明"},
			{"C-0001", "王小明", "13800138001", "1988-05-20", "", "2024-03-02 到店签署纸质同意书"},
			{"C-0002", "李小雨", "13800138002", "", "", "电话同意,2025-01-15"},
			{"C-0003", "张先生", "13800138003", "", "", ""},
		},
		{
			{"房屋编号*", "客户编号*", "房屋名称*", "城市*", "区县", "详细地址*", "面积(㎡)*"},
			{"H-0001", "C-0001", "滨江花园", "杭州市", "上城区", "湖滨路 18 号 3 幢 1201 室", "128.5"},
			{"H-0002", "C-0002", "翠苑", "杭州市", "西湖区", "文三路 1 号 2 幢 301 室", "89"},
		},
		{
			{"项目编号*", "客户编号*", "房屋编号*", "项目类型*", "项目名称*", "合同金额(元)*", "计划开工日*", "当前阶段", "门店"},
			{"P-0001", "C-0001", "H-0001", "全屋定制", "滨江花园 3-1201 全屋定制", "128000.00", "2026-10-08", "生产", ""},
			{"P-0002", "C-0002", "H-0002", "装修", "翠苑 2-301 翻新", "99000.50", "2026-12-01", "", ""},
		},
		{
			{"客户编号*", "积分", "家居基金(元)", "积分到期日", "备注"},
			{"C-0001", "1200", "88.80", "", "旧系统 2026-11-20 余额"},
			{"C-0003", "300", "", "2099-12-31", ""},
		},
	}
}

func exampleWorkbook(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	require.NoError(t, err)
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // as text: what is typed stays what it is
	require.NoError(t, err)
	names, sheets := example()
	for n, name := range names {
		_, err := f.NewSheet(name)
		require.NoError(t, err)
		require.NoError(t, f.SetColStyle(name, "A:J", text))
		require.NoError(t, f.SetColWidth(name, "A", "J", 20))
		for r, row := range sheets[n] {
			at, err := excelize.CoordinatesToCellName(1, r+1)
			require.NoError(t, err)
			require.NoError(t, f.SetSheetRow(name, at, &row))
		}
		require.NoError(t, f.SetRowStyle(name, 1, 1, head))
	}
	require.NoError(t, f.DeleteSheet("Sheet1"))
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

// TestExampleFitsTheCode compares what the example files hold with what is written here, or writes them
// when GUIKE_TEST_UPDATE is set. How their bytes are packed may differ by the program that saved them.
func TestExampleFitsTheCode(t *testing.T) {
	t.Parallel()
	_, sheets := example()
	var text strings.Builder
	text.WriteString("\ufeff") // by which spreadsheets know the encoding
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	require.NoError(t, w.WriteAll(sheets[1]))
	for path, want := range map[string][]byte{exampleBook: exampleWorkbook(t), exampleText: []byte(text.String())} {
		if os.Getenv("GUIKE_TEST_UPDATE") != "" {
			if now, err := os.ReadFile(path); err != nil || rowsOf(t, now) != rowsOf(t, want) {
				require.NoError(t, os.WriteFile(path, want, 0o644))
			}
		}
		have, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, rowsOf(t, want), rowsOf(t, have), path)
		f := intake.Parse(have, path, model.Customers)
		require.Empty(t, f.Remarks, path)
		require.NotEmpty(t, f.Lines)
	}
}

// rowsOf is everything that a file holds, as text.
func rowsOf(t *testing.T, data []byte) string {
	t.Helper()
	book, err := sheet.Open(data, sheet.DefaultLimits())
	require.NoError(t, err)
	var all strings.Builder
	for n, name := range book.Sheets() {
		_, err := book.Read(n, func(r sheet.Row) error {
			for _, c := range r.Cells {
				all.WriteString(name + "|" + c.Text + "\n")
			}
			return nil
		})
		require.NoError(t, err)
	}
	return all.String()
}
