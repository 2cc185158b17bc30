package crypt_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/crypt"
)

var mobile = regexp.MustCompile(`^1[3-9]\d{9}$`)

func TestNormalPhone(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"13812345677", " 13812345677\n", "138 1234 5677", "138-1234-5677", "138–1234—5677", "(138)1234.5677",
		"+8613812345677", "+86 138 1234 5677", "+86-138-1234-5677", "（+86）13812345677", "8613812345677",
		"86 138 1234 5677", "008613812345677", "0086 138-1234-5677", "１３８１２３４５６７７", "＋８６　１３８１２３４５６７７",
		"\u202a138\u00a01234\u30005677\u202c",
	} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			got, err := crypt.NormalPhone(in)
			require.NoError(t, err)
			require.Equal(t, "13812345677", got)
		})
	}
}

func TestNormalPhoneRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "1381234567", "138123456777", "12812345677", "02812345677", "23812345677", "+113812345677", "+13812345677",
		"1381234567a", "１３８１２３４５６７七", "138123+45677", "++8613812345677", "8513812345677", "008513812345677",
		"+85261234567", "٠١٣٨١٢٣٤٥٦٧٧", "13812345677;13912345677", "13812345677\x00",
		"1 3 8 1 2 3 4 5 6 7 7                                                           ",
	} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			got, err := crypt.NormalPhone(in)
			require.ErrorIs(t, err, crypt.ErrPhone)
			require.Empty(t, got)
		})
	}
}

func FuzzNormalPhone(f *testing.F) {
	for _, s := range []string{"13812345677", "+86 138-1234-5677", "００８６１３８１２３４５６７７", "\xff\xfe", "8613", "+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := crypt.NormalPhone(s)
		if err != nil {
			return
		}
		if !mobile.MatchString(got) {
			t.Fatalf("%q became %q", s, got)
		}
		if again, err := crypt.NormalPhone(got); err != nil || again != got {
			t.Fatalf("%q is not its own normal form: %q, %v", got, again, err)
		}
	})
}

func TestMasks(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"15612345677": "156******77", "1561234567": "156*****67", "12345": "***", "": "",
	} {
		require.Equal(t, want, crypt.MaskPhone(in), in)
	}
	for in, want := range map[string]string{
		"张三": "*三", "王小四": "王*四", "欧阳五五": "欧**五", "李": "*", "": "", " 张三 ": "*三",
		"Alexander Smith": "A******h",
	} {
		require.Equal(t, want, crypt.MaskName(in), in)
	}
	require.Equal(t, "上海市浦东新区****", crypt.MaskAddress("上海市", "浦东新区", "世纪大道100号2301室"))
	require.Equal(t, "上海市", crypt.MaskAddress("上海市", "", ""))
}

func TestMaskPhones(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                        "",
		"call 13812345677 now":    "call 138******77 now",
		"13812345677,13912345678": "138******77,139******78",
		"13812345677 13912345678": "138******77 139******78",
		"tel:+8613812345677":      "tel:+86138******77",
		"0086 138 1234 5677.":     "0086 138******77.",
		"013812345677":            "0138******77",
		"138-1234-5677":           "138******77",
		"电话１３８１２３４５６７７。":                       "电话138******77。",
		"{\"phoneNumber\":\"13812345677\"}":    "{\"phoneNumber\":\"138******77\"}",
		"+86 13812345677":                      "+86 138******77",
		"1732143234567":                        "1732143234567",
		"2026-11-21T10:00:00.123Z":             "2026-11-21T10:00:00.123Z",
		"0193a5b2-7c3d-7abc-8def-0123456789ab": "0193a5b2-7c3d-7abc-8def-0123456789ab",
		"138123456771":                         "138123456771",
		"bad utf8 \xff 13812345677":            "bad utf8 \ufffd 138******77",
		"bad utf8 \xff 00000000000000":         "bad utf8 \xff 00000000000000",
	} {
		require.Equal(t, want, crypt.MaskPhones(in), in)
	}
}
