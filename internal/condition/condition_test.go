package condition_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/condition"
)

type facts struct {
	Amount   int64    `expr:"amount_fen"`
	Kind     string   `expr:"kind"`
	Birthday bool     `expr:"birthday_week"`
	Titles   []string `expr:"titles"`
}

func TestConditionsHold(t *testing.T) {
	t.Parallel()
	f := facts{Amount: 500_00, Kind: "deposit", Birthday: true, Titles: []string{"referrer"}}
	for text, holds := range map[string]bool{
		"":                                     true,
		"amount_fen >= 50000":                  true,
		"amount_fen > 500 * 100":               false,
		"birthday_week and kind == 'deposit'":  true,
		"not birthday_week":                    false,
		"'referrer' in titles":                 true,
		"kind in ['stage', 'final']":           false,
		"kind not in ['stage', 'final']":       true,
		"amount_fen - 1 < 50000 || kind == ''": true,
		"kind == '" + strings.Repeat("订", condition.MaxLength-10) + "'": false, // counted in characters, not bytes
	} {
		c, err := condition.Compile[facts](text)
		require.NoError(t, err, text)
		got, err := c.Holds(f)
		require.NoError(t, err, text)
		require.Equal(t, holds, got, text)
	}
}

func TestConditionsThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, at := range map[string]int{
		"amount_fen / 100 > 1":               11,
		"amount_fen % 2 == 0":                11,
		"amount_fen ** 9 > 1":                11,
		"amount_fen > 1.5":                   13,
		"amount_fen in 1..1000000000":        15,
		"kind matches '(a+)+$'":              5,
		"all(titles, # == 'a')":              0,
		"len(titles) > 1":                    0,
		"titles[0] == 'a'":                   6,
		"{'a': 1}.a == 1":                    0,
		"amount_fen":                         0,
		"amount > 1":                         0,
		"amount_fen >":                       12,
		"kind == 1":                          5,
		"let x = 1; x > 0":                   0,
		"birthday_week ? true : false":       0,
		strings.Repeat("(", 400):             0,
		strings.Repeat("not ", 130) + "true": 500,
		strings.Repeat("1+", 200) + "1 > 0":  0,
		"kind == '" + strings.Repeat("订", condition.MaxLength-9) + "'": 500,
		"\xff":                  0,
		"$env":                  0,
		"not ($env)":            5,
		"birthday_week or $env": 17,
		"1 in [$env]":           6,
	} {
		_, err := condition.Compile[facts](text)
		var refused *condition.Error
		require.ErrorAs(t, err, &refused, text)
		require.NotEmpty(t, refused.Why.EN, text)
		texts := refused.Texts()
		require.Contains(t, texts.ZH, fmt.Sprintf("第 %d 个字符", refused.At+1), text)
		require.Contains(t, texts.EN, fmt.Sprintf("at character %d", refused.At+1), text)
		if refused.Detail != "" {
			require.NotContains(t, texts.ZH, refused.Detail, "the compiler's English stays out of the Chinese sentence")
			require.Contains(t, texts.EN, refused.Detail)
		}
		if at > 0 {
			require.InDelta(t, at, refused.At, 1, "%s: %s", text, refused.Why)
		}
	}
}

func TestConditionsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, zh := range map[string]string{
		"amount > 1":             "在第 1 个字符处有误:没有这个字段,请使用字段说明中列出的名称。",
		"amount_fen / 100 > 1":   "在第 12 个字符处有误:不能使用运算符 /。",
		"amount_fen > 1.5":       "在第 14 个字符处有误:金额和数量须为整数。",
		"kind == 1":              "在第 6 个字符处有误:两边的类型不同,数字、文字、是否不能互相比较或运算。",
		"amount_fen":             "在第 1 个字符处有误:整个条件须得出“是”或“否”。",
		"amount_fen >":           "在第 12 个字符处有误:无法理解这里的写法,请检查括号、引号和运算符。",
		strings.Repeat("a", 501): "在第 501 个字符处有误:条件最多 500 个字符。",
	} {
		_, err := condition.Compile[facts](text)
		require.Equal(t, zh, condition.ErrorOf(err).Texts().ZH, text)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"", "amount_fen >= 50000", "'a' in titles", "1..9", "not (kind == 'x' or birthday_week)", "amount_fen / 0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := condition.Compile[facts](text)
		if err != nil {
			return
		}
		_, err = c.Holds(facts{Amount: 1})
		require.NoError(t, err, "what compiles can be asked")
	})
}
