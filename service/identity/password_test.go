package identity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	require.Greater(t, len(p.common), 1000)
	tests := []struct{ name, password, code string }{
		{"good", "correct horse battery", ""},
		{"good in Chinese", "春眠不觉晓处处闻啼鸟", ""},
		{"eight characters", "x7!kQ2mz", ""},
		{"seven characters", "x7!kQ2m", "too_short"},
		{"eight Chinese bytes are not eight characters", "密码密码", "too_short"},
		{"128 characters", strings.Repeat("x7!kQ2mz", 16), ""},
		{"129 characters", strings.Repeat("x7!kQ2mz", 16) + "q", "too_long"},
		{"common", "woaini1314", "too_common"},
		{"common, shouted", "PassWord123", "too_common"},
		{"common, full width", "ｐａｓｓｗｏｒｄ", "too_common"},
		{"one letter", "aaaaaaaaaaa", "too_common"},
		{"a unit again and again", "xyzxyzxyzx", "too_common"},
		{"neighbours", "23456789012", "too_common"},
		{"neighbours downwards", "zyxwvutsr", "too_common"},
		{"birthday", "19871224", "too_common"},
		{"no birthday", "19874924", ""},
		{"user name", "Zhang.San-88", "same_as_username"},
		{"user name with digits", "zhang.san-881990", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := p.judge(tt.password, "zhang.san-88", "body.new_password")
			if tt.code == "" {
				require.NoError(t, err)
				return
			}
			f, ok := fault.Of(err)
			require.True(t, ok)
			require.Equal(t, tt.code, f.Fields[0].Code)
		})
	}
}

func TestDrawnPasswordsAreGood(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	seen := map[string]bool{}
	for range 100 {
		drawn, err := drawPassword()
		require.NoError(t, err)
		require.Len(t, drawn, 15)
		require.NoError(t, p.judge(drawn, "somebody", "x"))
		require.False(t, seen[drawn])
		seen[drawn] = true
	}
}

func TestNobodysHash(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	same, err := p.matches(t.Context(), "", nobodysHash)
	require.NoError(t, err)
	require.False(t, same)
	hash, err := p.hash(t.Context(), "ｐäss wörd")
	require.NoError(t, err)
	require.Equal(t, hash[:strings.LastIndex(nobodysHash[:32], "$")], nobodysHash[:strings.LastIndex(nobodysHash[:32], "$")], "same cost")
	same, err = p.matches(t.Context(), "päss wörd", hash)
	require.NoError(t, err)
	require.True(t, same, "however the keyboard writes it")
	same, err = p.matches(t.Context(), "pass word", hash)
	require.NoError(t, err)
	require.False(t, same)
}

func TestMeta(t *testing.T) {
	t.Parallel()
	tests := []struct{ address, kept string }{
		{"203.0.113.77", "203.0.113.0/24"},
		{"203.0.113.77:4711", "203.0.113.0/24"},
		{"::ffff:203.0.113.77", "203.0.113.0/24"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"},
		{"fe80::1%eth0", "fe80::/48"},
		{"rubbish", ""},
		{"", ""},
	}
	for _, tt := range tests {
		require.Equal(t, tt.kept, Meta{Address: tt.address}.trimmed().Address, tt.address)
	}
	long := Meta{UserAgent: strings.Repeat("微", 300) + "\x00\xff"}.trimmed()
	require.Equal(t, strings.Repeat("微", 200), long.UserAgent)
}
