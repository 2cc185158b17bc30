package intake

import (
	"strings"
	"unicode"

	model "guike/model/membership/intake"
)

// column is a column that an import knows: its key in reports, and the headers under which people keep it.
type column struct {
	key      string
	required bool
	headers  []string // the first is the one in docs/import-example.xlsx
}

// table is how the lines of a kind are kept.
type table struct {
	kind    model.Kind
	sheets  []string // names of sheets and files; the first is the one of the example
	columns []column
}

// tables is what an import understands. Headers and names are compared without case, spaces, marks and what
// stands in brackets.
func tables() []table {
	return []table{
		{model.Customers, []string{"客户", "客户信息", "客户资料", "customers", "customer"}, []column{
			{"external_no", true, []string{"客户编号", "编号", "customer_no", "external_no"}},
			{"name", false, []string{"姓名", "客户姓名", "name"}},
			{"phone", true, []string{"手机号", "手机", "电话", "联系电话", "手机号码", "phone", "mobile"}},
			{"birthday", false, []string{"生日", "出生日期", "birthday"}},
			{"store", false, []string{"门店", "所属门店", "store"}},
			{"consent_note", false, []string{"同意说明", "授权说明", "备注", "consent_note", "note"}},
		}},
		{model.Homes, []string{"房屋", "房屋信息", "房产", "homes", "home"}, []column{
			{"external_no", true, []string{"房屋编号", "编号", "home_no", "external_no"}},
			{"customer_no", true, []string{"客户编号", "业主编号", "customer_no", "customer_external_no"}},
			{"name", true, []string{"房屋名称", "小区", "楼盘", "名称", "name"}},
			{"city", true, []string{"城市", "city"}},
			{"district", false, []string{"区县", "区", "district"}},
			{"address", true, []string{"详细地址", "地址", "address"}},
			{"area_m2", true, []string{"面积", "建筑面积", "area_m2", "area"}},
		}},
		{model.Projects, []string{"项目", "在建项目", "工地", "projects", "project"}, []column{
			{"external_no", true, []string{"项目编号", "合同编号", "编号", "project_no", "external_no"}},
			{"customer_no", true, []string{"客户编号", "业主编号", "customer_no", "customer_external_no"}},
			{"home_no", true, []string{"房屋编号", "home_no", "home_external_no"}},
			{"kind", true, []string{"项目类型", "类型", "kind"}},
			{"title", true, []string{"项目名称", "标题", "title"}},
			{"contract_amount", true, []string{"合同金额", "合同总额", "contract_amount", "contract_amount_yuan"}},
			{"planned_start", true, []string{"计划开工日", "计划开工", "开工日期", "planned_start"}},
			{"stage", false, []string{"当前阶段", "阶段", "stage", "current_stage"}},
			{"store", false, []string{"门店", "所属门店", "store"}},
		}},
		{model.Balances, []string{"期初余额", "期初", "余额", "积分余额", "balances", "opening_balances"}, []column{
			{"external_no", true, []string{"客户编号", "编号", "customer_no", "external_no", "customer_external_no"}},
			{"points", false, []string{"积分", "积分余额", "points"}},
			{"fund", false, []string{"家居基金", "基金", "基金余额", "fund", "fund_yuan"}},
			{"points_expire_on", false, []string{"积分到期日", "到期日", "points_expire_on"}},
			{"note", false, []string{"备注", "note"}},
		}},
	}
}

// skipped are the sheets that explain and hold no lines.
var skipped = []string{"说明", "填写说明", "使用说明", "readme", "instructions"}

// plain brings a header or a name to the form in which it is compared.
func plain(s string) string {
	if i := strings.IndexAny(s, "(（[【"); i > 0 {
		s = s[:i]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), strings.ContainsRune("_-*＊:：", r):
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

func known(names []string, name string) bool {
	for _, n := range names {
		if plain(n) == name {
			return true
		}
	}
	return false
}

// tableOf finds the table of a sheet or file by its name.
func tableOf(name string) (table, bool) {
	name = plain(name)
	for _, t := range tables() {
		if known(t.sheets, name) {
			return t, true
		}
	}
	return table{}, false
}

// tableFor is the table of a kind.
func tableFor(kind model.Kind) table {
	for _, t := range tables() {
		if t.kind == kind {
			return t
		}
	}
	return table{}
}

// tableByHeaders guesses what the lines under some headers are: the only kind whose required columns are
// there, or the one of several that knows most of them.
func tableByHeaders(headers []string) (best table, ok bool) {
	most, twice := 0, false
	for _, t := range tables() {
		n := 0
		for _, c := range t.columns {
			there := false
			for _, h := range headers {
				there = there || known(c.headers, plain(h))
			}
			if there {
				n++
			} else if c.required {
				n = -len(t.columns)
			}
		}
		if t.kind == model.Balances && n < 2 {
			continue // a number alone is no balance
		}
		switch {
		case n > most:
			best, most, twice = t, n, false
		case n == most:
			twice = true
		}
	}
	return best, most > 0 && !twice
}
