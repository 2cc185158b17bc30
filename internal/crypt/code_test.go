package crypt_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"guike/internal/crypt"
)

func TestCode(t *testing.T) {
	t.Parallel()
	t.Run("starts with its kind and reads back", func(t *testing.T) {
		t.Parallel()
		for range 200 {
			code, err := crypt.Code('S', rand.Reader)
			require.NoError(t, err)
			require.Regexp(t, `^S[0-9A-HJKMNP-TV-Z]{13}$`, code)
			got, err := crypt.ParseCode(code)
			require.NoError(t, err)
			require.Equal(t, code, got)
		}
	})
	t.Run("uses the whole alphabet evenly", func(t *testing.T) {
		t.Parallel()
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		count := map[byte]int{}
		r := bytes.NewReader(bytes.Repeat(all, 13))
		for r.Len() >= 13 {
			code, err := crypt.Code('S', r)
			require.NoError(t, err)
			for i := 1; i < len(code); i++ {
				count[code[i]]++
			}
		}
		require.Len(t, count, 32)
		for c, n := range count {
			require.Equal(t, 104, n, "%c", c)
		}
	})
	t.Run("refuses a kind that can be misread", func(t *testing.T) {
		t.Parallel()
		for _, kind := range []byte{'I', 'L', 'O', 'U', 's', '1', 0, 0xff} {
			_, err := crypt.Code(kind, rand.Reader)
			require.Error(t, err, "%q", kind)
		}
	})
	t.Run("passes the failure of entropy on", func(t *testing.T) {
		t.Parallel()
		dry := errors.New("dry")
		_, err := crypt.Code('S', iotest.ErrReader(dry))
		require.ErrorIs(t, err, dry)
	})
}

func TestParseCode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"S0123456789ABC":      "S0123456789ABC",
		"s0123456789abc":      "S0123456789ABC",
		" S012-3456 789ABC\n": "S0123456789ABC", //nolint:gocritic // the white space is the case
		"soi2345L789u0o":      "S0123451789V00",
		"Ｓ０１２３４５６７８９ａｂｃ":           "S0123456789ABC",
		"\u200bS0123456789ABC":     "S0123456789ABC",
		"S０12　3456789ABC":          "S0123456789ABC",
		"S0123456789AB":            "",
		"S0123456789ABCD":          "",
		"10123456789ABC":           "",
		"L0123456789ABC":           "",
		"S0123456789AB!":           "",
		"S0123456789AB中":           "",
		"S0123456789AB:":           "",
		"":                         "",
		strings.Repeat(" ", 1<<20): "",
	} {
		got, err := crypt.ParseCode(in)
		require.Equal(t, want, got, "%.40q", in)
		if want == "" {
			require.ErrorIs(t, err, crypt.ErrCode)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"S0123456789ABC", "soil-uuuu llll oo", "Ｓ０", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, err := crypt.ParseCode(s)
		if err != nil {
			return
		}
		if len(code) != crypt.CodeLength || strings.ContainsAny(code, "ILOUabcdefghijklmnopqrstuvwxyz ") {
			t.Fatalf("%q became %q", s, code)
		}
		if again, err := crypt.ParseCode(code); err != nil || again != code {
			t.Fatalf("%q is not its own normal form: %q, %v", code, again, err)
		}
	})
}

func TestToken(t *testing.T) {
	t.Parallel()
	a, b := crypt.Token(), crypt.Token()
	require.Regexp(t, `^[A-Za-z0-9_-]{43}$`, a)
	require.NotEqual(t, a, b)
	require.Len(t, crypt.Hash(a), 32)
	again := crypt.Hash(a)
	require.Equal(t, again, crypt.Hash(a))
	require.NotEqual(t, crypt.Hash(a), crypt.Hash(b))
}
