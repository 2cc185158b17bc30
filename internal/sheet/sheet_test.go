package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"guike/internal/sheet"
)

// read reads every sheet of a file as text: "name!row: a|b|c". Cells that are no text say their kind.
func read(data []byte, l sheet.Limits) (rows, merged []string, err error) {
	b, err := sheet.Open(data, l)
	if err != nil {
		return nil, nil, err
	}
	kinds := map[sheet.Kind]string{sheet.Formula: "<formula>", sheet.Failure: "<failure>", sheet.Long: "<long>"}
	for n, name := range b.Sheets() {
		places, err := b.Read(n, func(r sheet.Row) error {
			var cells []string
			for _, c := range r.Cells {
				cells = append(cells, kinds[c.Kind]+c.Text)
			}
			rows = append(rows, fmt.Sprintf("%s!%d: %s", name, r.Number, strings.Join(cells, "|")))
			return nil
		})
		if err != nil {
			return rows, merged, err
		}
		for _, p := range places {
			merged = append(merged, sheet.Column(p.Column)+fmt.Sprint(p.Row))
		}
	}
	return rows, merged, nil
}

func written(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

func TestWorkbooksOfOthersAreRead(t *testing.T) {
	t.Parallel()
	data := written(t, func(f *excelize.File) {
		require.NoError(t, f.SetSheetName("Sheet1", "客户"))
		_, err := f.NewSheet("项目")
		require.NoError(t, err)
		require.NoError(t, f.SetSheetRow("客户", "A1", &[]any{"编号", "姓名", "电话", "金额"}))
		require.NoError(t, f.SetSheetRow("客户", "A3", &[]any{"C-1", "王小明 & 家人", 13800138000, 1.1, nil, true}))
		require.NoError(t, f.SetCellFormula("客户", "C4", "SUM(D1:D3)"))
		require.NoError(t, f.SetCellRichText("客户", "A5", []excelize.RichTextRun{{Text: "第一"}, {Text: "第二"}}))
		require.NoError(t, f.SetCellValue("客户", "B5", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)))
		require.NoError(t, f.SetCellValue("客户", "C5", "  "))
		require.NoError(t, f.SetCellValue("客户", "D5", strings.Repeat("长", 2000)))
		require.NoError(t, f.MergeCell("客户", "A7", "B8"))
		require.NoError(t, f.SetCellValue("项目", "B2", "只有这里"))
	})
	rows, merged, err := read(data, sheet.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, []string{
		"客户!1: 编号|姓名|电话|金额",
		"客户!3: C-1|王小明 & 家人|13800138000|1.1||1",
		"客户!4: ||<formula>",
		"客户!5: 第一第二|46357||<long>",
		"项目!2: |只有这里",
	}, rows)
	require.Equal(t, []string{"A7"}, merged)
}

// parts makes a workbook by hand.
func parts(t testing.TB, more map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="/xl/worksheets/a.xml"/></Relationships>`,
		"xl/worksheets/a.xml":        `<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>`,
	}
	maps.Copy(all, more)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range all {
		if text == "" {
			continue
		}
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func sheetOf(rows string) map[string]string {
	return map[string]string{"xl/worksheets/a.xml": "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"}
}

func TestUnusualWorkbooksAreRead(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, rows, want string }{
		{"without references", `<row><c/><c t="inlineStr"><is><t>a</t></is></c></row>`, "A!1: |a"},
		{"with prefixes", `<x:row r="4"><x:c r="B4" t="str"><x:v>b</x:v></x:c></x:row>`, "A!4: |b"},
		{"a number as a power", `<row><c><v>1.3800138006E10</v></c><c t="n"><v> 7 </v></c></row>`, "A!1: 13800138006|7"},
		{"what a number is not", `<row><c><v>NaN</v></c><c><v>1e300</v></c><c t="e"><v>#REF!</v></c><c t="s"><v>9</v></c></row>`, "A!1: <failure>|<failure>|<failure>|<failure>"},
		{"a shared formula", `<row><c><f t="shared" si="0"/><v>5</v></c></row>`, "A!1: <formula>"},
		{"entities", `<row><c t="str"><v>a&amp;b&#10;c</v></c></row>`, "A!1: a&b\nc"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rows, _, err := read(parts(t, sheetOf(test.rows)), sheet.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, []string{test.want}, rows)
		})
	}
	b, err := sheet.Open(parts(t, nil), sheet.DefaultLimits())
	require.NoError(t, err)
	require.True(t, b.Date1904)
}

func TestHostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	good := parts(t, nil)
	l := sheet.DefaultLimits()
	l.Bytes, l.Unzipped, l.Rows, l.Columns, l.Sheets = 1<<20, 4<<20, 3, 5, 1
	two := map[string]string{"xl/workbook.xml": `<workbook xmlns:r="r"><sheets><sheet name="A" r:id="rId1"/><sheet name="B" r:id="rId1"/></sheets></workbook>`}
	tests := []struct {
		name string
		data []byte
		want sheet.Code
	}{
		{"nothing", nil, sheet.Empty},
		{"white space", []byte(" \n\t\n"), sheet.Empty},
		{"too many bytes", bytes.Repeat([]byte("a,b\n"), 1<<19), sheet.TooLarge},
		{"half an archive", good[:len(good)/2], sheet.Broken},
		{"a flipped byte", flip(good), sheet.Broken},
		{"an archive of something else", parts(t, map[string]string{"xl/workbook.xml": ""}), sheet.WrongType},
		{"an old workbook", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), sheet.Legacy},
		{"a page", []byte("<html><table><tr><td>1</td></tr></table></html>"), sheet.WrongType},
		{"a document", []byte("%PDF-1.7\n"), sheet.WrongType},
		{"a picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), sheet.WrongType},
		{"bytes that are no text", []byte("a,b\n\xff\xff\xff\n"), sheet.Encoding},
		{"a bomb", parts(t, sheetOf(strings.Repeat("<row/>", 1<<20))), sheet.TooLarge},
		{"a bomb of texts", parts(t, map[string]string{"xl/sharedStrings.xml": "<sst>" + strings.Repeat("<si/>", 1<<20) + "</sst>"}), sheet.TooLarge},
		{"depth", parts(t, sheetOf(strings.Repeat("<a>", 100)+strings.Repeat("</a>", 100))), sheet.Broken},
		{"a document type", parts(t, map[string]string{"xl/worksheets/a.xml": `<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>`}), sheet.Broken},
		{"an unknown entity", parts(t, sheetOf(`<row><c><v>&a;</v></c></row>`)), sheet.Broken},
		{"no end", parts(t, map[string]string{"xl/worksheets/a.xml": `<worksheet><sheetData><row>`}), sheet.Broken},
		{"no such part", parts(t, map[string]string{"xl/worksheets/a.xml": ""}), sheet.Broken},
		{"rows backwards", parts(t, sheetOf(`<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>`)), sheet.Broken},
		{"a cell of another row", parts(t, sheetOf(`<row r="2"><c r="A3"><v>1</v></c></row>`)), sheet.Broken},
		{"a row beyond the end", parts(t, sheetOf(`<row r="99999999"><c><v>1</v></c></row>`)), sheet.Broken},
		{"too many rows", parts(t, sheetOf(strings.Repeat(`<row><c><v>1</v></c></row>`, 4))), sheet.TooManyRows},
		{"too wide", parts(t, sheetOf(`<row r="1"><c r="XFD1"><v>1</v></c></row>`)), sheet.TooWide},
		{"too many sheets", parts(t, two), sheet.TooWide},
		{"too many lines", []byte("a\nb\nc\nd\n"), sheet.TooManyRows},
		{"an open quote", []byte("a,b\n\"c,d\n"), sheet.Broken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(test.data, l)
			require.Equal(t, test.want, sheet.CodeOf(err), "%v", err)
		})
	}
}

// flip damages the packed bytes of a part, which its checksum tells.
func flip(data []byte) []byte {
	bad := bytes.Clone(data)
	bad[60] ^= 0xff
	return bad
}

func TestTextsAreDecoded(t *testing.T) {
	t.Parallel()
	const text = "编号,姓名\r\nC-1,\"王,小明\"\r\n\r\nC-2,=1+1\r\n"
	want := []string{"!1: 编号|姓名", "!2: C-1|王,小明", "!4: C-2|<formula>"}
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	require.NoError(t, err)
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	require.NoError(t, err)
	for name, data := range map[string]string{
		"UTF-8": text, "UTF-8 with a mark": "\ufeff" + text, "GBK": gbk, "UTF-16": wide,
		"semicolons": strings.NewReplacer("编号,", "编号;", "C-1,", "C-1;", "C-2,", "C-2;").Replace(text),
		"tabs":       strings.NewReplacer("编号,", "编号\t", "C-1,", "C-1\t", "C-2,", "C-2\t").Replace(text),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, _, err := read([]byte(data), sheet.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, want, rows)
		})
	}
}

func TestTheReaderStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	for _, data := range [][]byte{parts(t, nil), []byte("a\nb\n")} {
		b, err := sheet.Open(data, sheet.DefaultLimits())
		require.NoError(t, err)
		_, err = b.Read(0, func(sheet.Row) error { return stop })
		require.ErrorIs(t, err, stop)
	}
}

func TestColumnNames(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 702: "ZZ", 703: "AAA", 16384: "XFD"} {
		require.Equal(t, want, sheet.Column(n))
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(written(f, func(x *excelize.File) { _ = x.SetSheetRow("Sheet1", "A1", &[]any{"a", 1, true}) }))
	f.Add(parts(f, sheetOf(`<row r="4"><c r="B4" t="str"><f>1</f><v>b</v></c></row>`)))
	f.Add([]byte("a;b\n\"c\";=d\n"))
	f.Add([]byte("\xff\xfea\x00,\x00"))
	f.Add([]byte("\xb1\xe0\xba\xc5,\xd0\xd5\xc3\xfb\n"))
	l := sheet.DefaultLimits()
	l.Unzipped, l.Rows, l.Cell = 1<<20, 1000, 100
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := sheet.Open(data, l)
		if err != nil {
			require.NotEmpty(t, sheet.CodeOf(err))
			return
		}
		rows := 0
		for n := range b.Sheets() {
			last := 0
			_, err := b.Read(n, func(r sheet.Row) error {
				rows++
				require.Greater(t, r.Number, last)
				last = r.Number
				require.NotEmpty(t, r.Cells)
				require.LessOrEqual(t, len(r.Cells), l.Columns)
				for _, c := range r.Cells {
					require.LessOrEqual(t, len(c.Text), l.Cell)
					require.True(t, c.Text == "" || c.Kind == sheet.Text || c.Kind == sheet.Number)
				}
				return nil
			})
			if err != nil {
				require.NotEmpty(t, sheet.CodeOf(err))
				return
			}
		}
		require.LessOrEqual(t, rows, l.Rows)
	})
}
