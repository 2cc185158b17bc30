package intake_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	model "guike/model/membership/intake"
	"guike/service/membership/intake"
)

func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/import.md")
	require.NoError(t, err)
	written := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(import\\.[a-z_]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		written[row[1]] = true
	}
	for code, text := range intake.Texts() {
		require.True(t, written[code], "docs/import.md does not explain %s", code)
		require.NotEmpty(t, text.ZH)
		require.NotEmpty(t, text.EN)
		delete(written, code)
	}
	require.Empty(t, written, "docs/import.md explains codes that no import finds")
}

func TestCellsAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, header, row, want string }{
		{"dashes", "编号,手机,生日", "a,13800138000,1990-5-6", "1990-05-06"},
		{"slashes", "编号,手机,生日", "a,13800138000,1990/05/06", "1990-05-06"},
		{"characters", "编号,手机,生日", "a,13800138000,1990年5月6日", "1990-05-06"},
		{"with an hour", "编号,手机,生日", "a,13800138000,1990/5/6 0:00", "1990-05-06"},
		{"no such day", "编号,手机,生日", "a,13800138000,1990-02-30", "import.date"},
		{"an amount", "编号,基金", "a,\"1,234.5\"", "123450"},
		{"cents", "编号,基金", "a,0.01", "1"},
		{"three decimals", "编号,基金", "a,0.015", "import.amount"},
		{"commas out of place", "编号,基金", "a,\"12,34\"", "import.amount"},
		{"a minus", "编号,基金", "a,-5", "import.amount"},
		{"a power", "编号,基金", "a,1e5", "import.amount"},
		{"too much", "编号,基金", "a,1000000.01", "import.out_of_range"},
		{"beyond all bounds", "编号,基金", "a,99999999999999999999", "import.out_of_range"},
		{"half a point", "编号,积分", "a,0.5", "import.number"},
		{"points with a fraction of nothing", "编号,积分", "a,5.00", "0"},
		{"a number with a space", "编号,积分", "a b,5", "import.external_no"},
		{"a long number", "编号,积分", strings.Repeat("长", 22) + ",5", "import.external_no"},
		{"a number in Chinese", "编号,积分", "客-001,5", "0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := intake.Parse([]byte(test.header+"\n"+test.row+"\n"), "x.csv", "")
			require.Len(t, f.Lines, 1)
			var got string
			switch l := f.Lines[0]; {
			case l.Faulty:
				got = f.Remarks[0].Code
			case l.Kind == model.Customers:
				got = string(l.Birthday)
			default:
				got = strconv.FormatInt(l.FundFen, 10)
			}
			require.Equal(t, test.want, got)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("客户编号,手机,生日\nC-1,138 0013 8000,1990-01-01\n"), "客户.csv")
	f.Add([]byte("编号,积分,基金\nC-1,\"1,000\",88.80\n"), "")
	f.Add([]byte("项目编号;客户编号;房屋编号;类型;标题;合同金额;开工日期\nP;C;H;装修;标题;1.00;45000\n"), "x 1.csv")
	example, err := os.ReadFile("../../../docs/import-example.xlsx")
	if err == nil {
		f.Add(example, "a.xlsx")
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		file := intake.Parse(data, name, "")
		for _, r := range file.Remarks {
			require.NotEmpty(t, r.TextZH, r.Code)
			require.LessOrEqual(t, len(r.Code), 64)
			require.LessOrEqual(t, len(r.Column), 8)
		}
		for _, l := range file.Lines {
			require.True(t, l.Kind.Valid())
			if !l.Faulty {
				require.NotEmpty(t, l.ExternalNo)
				require.LessOrEqual(t, len(l.ExternalNo), 64)
				require.GreaterOrEqual(t, l.Points, int64(0))
				require.GreaterOrEqual(t, l.FundFen, int64(0))
			}
		}
	})
}
