package intake

import (
	"errors"
	"sync"

	"guike/internal/fault"
	"guike/internal/sheet"
	model "guike/model/membership/intake"
)

// Texts is what an import can find in a file: the stable code of each remark, with its sentence. What the
// house's own rules refuse comes with their sentence instead. docs/import.md lists them all; a test
// compares.
func Texts() map[string]fault.Text { return texts() }

var texts = sync.OnceValue(func() map[string]fault.Text {
	return map[string]fault.Text{
		"import.file_empty":         {ZH: "文件是空的。", EN: "The file is empty."},
		"import.file_too_large":     {ZH: "文件太大,请拆成几个文件再导入。", EN: "The file is too large; split it."},
		"import.file_type":          {ZH: "不是 .xlsx 或 .csv 文件,请另存为其中一种。", EN: "This is neither an .xlsx nor a .csv file; save it as one of them."},
		"import.file_legacy":        {ZH: "旧版 .xls 或有密码的文件无法读取,请另存为不带密码的 .xlsx。", EN: "Old .xls files and files under a password cannot be read; save it as .xlsx without a password."},
		"import.file_broken":        {ZH: "文件已损坏或不完整,请重新另存后再试。", EN: "The file is damaged or incomplete; save it anew."},
		"import.file_encoding":      {ZH: "文字编码无法识别,请另存为 UTF-8 编码的 CSV 或 .xlsx。", EN: "The text's encoding is not known; save it as CSV in UTF-8, or as .xlsx."},
		"import.file_too_many_rows": {ZH: "行数太多(最多 5 万行),请拆成几个文件再导入。", EN: "There are too many rows (at most 50,000); split the file."},
		"import.file_too_wide":      {ZH: "列数或工作表太多。", EN: "There are too many columns or sheets."},
		"import.kind_unknown":       {ZH: "看不出这张表是客户、房屋、项目还是期初余额;请按模板给工作表或文件命名。", EN: "It cannot be told whether these are customers, homes, projects or balances; name the sheet or file as in the example."},
		"import.kind_repeated":      {ZH: "同一种数据出现在两张工作表里,请合并为一张。", EN: "Two sheets hold the same kind of lines; make them one."},
		"import.no_lines":           {ZH: "文件里没有可导入的数据。", EN: "There is nothing in the file that could be imported."},
		"import.header_missing":     {ZH: "缺少必填的列,请按模板补上表头。", EN: "A required column is missing; take the headers from the example."},
		"import.header_repeated":    {ZH: "同一列出现了两次。", EN: "The column is there twice."},
		"import.header_unknown":     {ZH: "不认识这一列,导入时会忽略。", EN: "This column is not known; it is ignored."},
		"import.formula":            {ZH: "单元格里是公式;公式不会被计算,请粘贴为数值。", EN: "The cell holds a formula; formulas are not evaluated, paste its value."},
		"import.cell_error":         {ZH: "单元格里是错误值,或数字太大。", EN: "The cell holds an error value, or too large a number."},
		"import.cell_too_long":      {ZH: "单元格的内容太长。", EN: "The cell holds too much text."},
		"import.merged":             {ZH: "这里有合并单元格,请取消合并并逐行填写。", EN: "Cells are merged here; unmerge them and fill every row."},
		"import.required":           {ZH: "此项必填。", EN: "This is required."},
		"import.characters":         {ZH: "不能包含换行以外的控制字符。", EN: "Control characters are not allowed."},
		"import.external_no":        {ZH: "编号须为 1 到 64 个字节,不含空格和标点(- _ . / # 除外)。", EN: "A number has 1 to 64 bytes of letters, digits and - _ . / #."},
		"import.external_no_phone":  {ZH: "编号不能是手机号;请另编一个,例如 C-0001。", EN: "A phone number cannot be the external number; use another, such as C-0001."},
		"import.phone":              {ZH: "不是有效的中国大陆手机号。", EN: "This is no mobile number of mainland China."},
		"import.date":               {ZH: "不是有效的日期,请写成 2026-12-01。", EN: "This is no date; write 2026-12-01."},
		"import.amount":             {ZH: "金额须为不小于 0、最多两位小数的元,例如 128000.00。", EN: "An amount is in yuan, not below 0, with at most two decimals: 128000.00."},
		"import.number":             {ZH: "须为不小于 0 的数字。", EN: "This is no number, or below 0."},
		"import.out_of_range":       {ZH: "数字超出范围。", EN: "The number is out of range."},
		"import.store_unknown":      {ZH: "没有这个门店;请填写系统里的门店名称。", EN: "There is no such store; write its name as the system has it."},
		"import.kind_of_project":    {ZH: "项目类型须为“全屋定制”或“装修”。", EN: "The kind is custom_furniture or renovation."},
		"import.stage_unknown":      {ZH: "该类项目没有这个阶段。", EN: "Projects of this kind have no such stage."},
		"import.nothing":            {ZH: "积分与家居基金至少填一项,且大于 0。", EN: "There are neither points nor fund above 0."},
		"import.expiry_alone":       {ZH: "填了积分到期日,却没有积分。", EN: "There is a day on which points expire, but no points."},
		"import.past":               {ZH: "日期须在今天或以后。", EN: "The day lies in the past."},
		"import.duplicate":          {ZH: "编号与前面的一行相同。", EN: "An earlier row has the same number."},
		"import.phone_repeated":     {ZH: "手机号与前面的一行相同。", EN: "An earlier row has the same phone number."},
		"import.reference_unknown":  {ZH: "引用的编号不在文件里,以前也没有导入过。", EN: "The number referred to is neither in the file nor was it imported before."},
		"import.reference_faulty":   {ZH: "引用的那一行有错误,改好后这一行才能导入。", EN: "The row referred to is faulty; this one waits for it."},
		"import.home_of_other":      {ZH: "该房屋不属于这位客户。", EN: "The home is not this customer's."},
		"import.changed":            {ZH: "该客户的期初余额以前已导入,且数额不同;余额不会被改写,请用积分更正。", EN: "The opening balance was imported before with another amount; balances are not overwritten, use a correction."},
		"import.opened_before":      {ZH: "该客户已按另一个编号导入过期初余额。", EN: "This customer's opening balance was imported under another number."},
		"import.differs":            {ZH: "以前已导入,内容与现在不同;系统里的资料保持不变。", EN: "Imported before with another content; what the system has stays as it is."},
		"import.linked":             {ZH: "手机号已是系统里的客户,编号将对应到该客户。", EN: "The phone number is a known customer's, to whom the number is linked."},
		"import.refused":            {ZH: "系统拒绝了这一行。", EN: "The system refuses this row."},
	}
})

// remark makes a remark of a code of Texts.
func remark(severity model.Severity, code string, kind model.Kind, row int, at cellAt) model.Remark {
	t := texts()[code]
	return model.Remark{Severity: severity, Kind: kind, Row: int64(row), Column: at.column, Field: at.field, Code: code, TextZH: t.ZH, TextEN: t.EN}
}

// cellAt is a cell of a row; the zero one is the row as a whole.
type cellAt struct{ column, field string }

func at(header map[string]int, field string) cellAt {
	if n, ok := header[field]; ok {
		return cellAt{sheet.Column(n), field}
	}
	return cellAt{field: field}
}

// fileRemark says why a file, or a sheet of it, cannot be read; ok is false when err says something else.
func fileRemark(err error, kind model.Kind) (r model.Remark, ok bool) {
	e, ok := errors.AsType[*sheet.Error](err)
	if !ok {
		return r, false
	}
	return remark(model.Fault, "import."+string(e.Code), kind, e.Row, cellAt{}), true
}
