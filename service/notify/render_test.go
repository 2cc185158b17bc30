package notify

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestValue(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("水", 40)
	for _, c := range []struct{ kind, in, want string }{
		{"thing", "今日完成水电", "今日完成水电"},
		{"thing", long, strings.Repeat("水", 19) + "…"},
		{"thing", strings.Repeat("水", 20), strings.Repeat("水", 20)},
		{"thing", " a\r\n\tb\u2028c\u200b\u0000 ", "a b c"},
		{"thing", "\n\u0007", "详情请见小程序"},
		{"thing", strings.Repeat("🏠", 12), strings.Repeat("🏠", 9) + "…"},
		{"name", "欧阳 Peter", "欧阳 Peter"},
		{"name", long, strings.Repeat("水", 9) + "…"},
		{"name", "Maximilian Mustermann Senior", "Maximilian Musterma…"},
		{"phrase", "重新施工中断了吗", "重新施工中"},
		{"phrase", "done", "已更新"},
		{"character_string", "P-2026/1 项目", "P-2026/1"},
		{"character_string", "项目", "-"},
		{"number", "45", "45"},
		{"number", "x", "0"},
		{"date", "2026-11-23", "2026-11-23"},
	} {
		require.Equal(t, c.want, value(c.kind, c.in), "%s %q", c.kind, c.in)
	}
}

// FuzzValue holds every value to the limits of wechat.md 1.5, whatever staff write into a log.
func FuzzValue(f *testing.F) {
	for _, s := range []string{"", "今日完成水电", "\xff\x00", strings.Repeat("🏠", 50), "a\u202eb", strings.Repeat("x", 100)} {
		f.Add(s)
	}
	limits := map[string]int{"thing": 20, "name": 20, "phrase": 5, "character_string": 32}
	f.Fuzz(func(t *testing.T, in string) {
		for kind, limit := range limits {
			got := value(kind, in)
			if got == "" || !utf8.ValidString(got) || len(utf16.Encode([]rune(got))) > limit || strings.ContainsFunc(got, unicode.IsControl) {
				t.Errorf("%s of %q is %q", kind, in, got)
			}
			han := strings.ContainsFunc(got, isHan)
			if (kind == "character_string" && han) || (kind == "name" && han && utf8.RuneCountInString(got) > 10) {
				t.Errorf("%s of %q is %q", kind, in, got)
			}
		}
	})
}
