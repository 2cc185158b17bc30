package problem

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"guike/internal/fault"
)

// rule is how one of huma's findings is told: a stable code and a sentence in both languages, in which
// %s stands for the rule's parameter.
type rule struct{ code, zh, en string }

// mark opens and separates the parts of a message that is still to be told in somebody's language.
const mark = "\x1f"

// rules names huma's messages; each is replaced by its code and parameters. A code has one sentence.
func rules() map[*string]rule {
	text := rule{"expected_string", "应为文本。", "must be text"}
	return map[*string]rule{
		&validation.MsgUnexpectedProperty:             {"unknown_field", "未知字段。", "no such field"},
		&validation.MsgExpectedRFC3339DateTime:        {"expected_datetime", "应为时间,例如 2026-11-21T08:00:00Z。", "must be an RFC 3339 date-time"},
		&validation.MsgExpectedRFC3339Date:            {"expected_date", "应为日期,例如 2026-11-21。", "must be a date, YYYY-MM-DD"},
		&validation.MsgExpectedRFC3986URI:             {"expected_uri", "应为网址。", "must be a URI"},
		&validation.MsgExpectedRFC4122UUID:            {"expected_id", "应为编号。", "must be an id"},
		&validation.MsgExpectedBoolean:                {"expected_boolean", "应为是或否。", "must be true or false"},
		&validation.MsgExpectedNumber:                 {"expected_number", "应为数字。", "must be a number"},
		&validation.MsgExpectedInteger:                {"expected_integer", "应为整数。", "must be a whole number"},
		&validation.MsgExpectedString:                 text,
		&validation.MsgExpectedArray:                  {"expected_list", "应为列表。", "must be a list"},
		&validation.MsgExpectedObject:                 {"expected_object", "应为对象。", "must be an object"},
		&validation.MsgExpectedArrayItemsUnique:       {"duplicate_items", "列表中有重复项。", "must not hold an item twice"},
		&validation.MsgExpectedOneOf:                  {"not_allowed", "只能是以下之一:%s。", "must be one of: %s"},
		&validation.MsgExpectedMinimumNumber:          {"too_small", "不能小于 %s。", "must not be less than %s"},
		&validation.MsgExpectedExclusiveMinimumNumber: {"not_above", "须大于 %s。", "must be more than %s"},
		&validation.MsgExpectedMaximumNumber:          {"too_big", "不能大于 %s。", "must not be more than %s"},
		&validation.MsgExpectedMinLength:              {"too_short", "至少 %s 个字。", "must have at least %s characters"},
		&validation.MsgExpectedMaxLength:              {"too_long", "最多 %s 个字。", "must have at most %s characters"},
		&validation.MsgExpectedMatchPattern:           {"malformed", "格式不正确。", "has the wrong form"},
		&validation.MsgExpectedBePattern:              {"malformed", "格式不正确。", "has the wrong form"},
		&validation.MsgExpectedMinItems:               {"too_few", "至少 %s 项。", "must have at least %s items"},
		&validation.MsgExpectedMaxItems:               {"too_many", "最多 %s 项。", "must have at most %s items"},
		&validation.MsgExpectedRequiredProperty:       {"required", "必填。", "is required"},
	}
}

// setMessages makes huma report codes instead of sentences.
func setMessages() {
	for message, r := range rules() {
		verbs := strings.Count(*message, "%")
		*message = mark + r.code + strings.Repeat(mark+"%v", verbs) + mark
	}
}

// field tells one of huma's findings in both languages.
func field(d *huma.ErrorDetail) fault.Field {
	parts := strings.Split(d.Message, mark)
	if len(parts) < 3 {
		return plain(d)
	}
	code, params := parts[1], parts[2:len(parts)-1]
	location := d.Location
	if code == misfit {
		code, location, params = "malformed", location+dotted(params[0]), nil
	}
	if code == "required" && len(params) == 1 {
		location, params = strings.TrimPrefix(location+"."+params[0], "."), nil
	}
	for i, p := range params {
		params[i] = digits(p)
	}
	r := byCode(code)
	return fault.Field{Location: location, Code: code, Text: fault.Text{ZH: fill(r.zh, params), EN: fill(r.en, params)}}
}

// digits writes out a bound that huma prints as a power of ten: 1e+08 is nothing that people read.
func digits(param string) string {
	n, err := strconv.ParseFloat(param, 64)
	if err != nil || !strings.Contains(param, "e+") || n > 1<<53 {
		return param
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// misfit marks a Misfit.
const misfit = "misfit"

// Misfit is what a decoder says of a value that has the right type and still cannot be read, such as a
// text that is no id. Pointer is the JSON pointer to it; the answer names that place, not the body.
func Misfit(pointer string) error { return errors.New(mark + misfit + mark + pointer + mark) }

// dotted writes a JSON pointer as locations are written: /file_ids/0 is .file_ids[0].
func dotted(pointer string) string {
	var b strings.Builder
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if _, err := strconv.Atoi(step); err == nil {
			b.WriteString("[" + step + "]")
		} else if step != "" {
			b.WriteString("." + step)
		}
	}
	return b.String()
}

// plain tells a finding for which huma has no replaceable message.
func plain(d *huma.ErrorDetail) fault.Field {
	if strings.Contains(d.Message, "parameter is missing") || strings.Contains(d.Message, "required") {
		return fault.Field{Location: d.Location, Code: "required", Text: fault.Text{ZH: "必填。", EN: "is required"}}
	}
	return fault.Field{Location: d.Location, Code: "invalid", Text: fault.Text{ZH: "内容无效。", EN: cut(d.Message, 200)}}
}

func byCode(code string) rule {
	for _, r := range rules() {
		if r.code == code {
			return r
		}
	}
	return rule{code, "内容无效。", "is invalid"}
}

func fill(sentence string, params []string) string {
	if !strings.Contains(sentence, "%s") {
		return sentence
	}
	return fmt.Sprintf(sentence, strings.Join(params, ", "))
}
