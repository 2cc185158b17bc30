package crypt_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/crypt"
)

func key(id string, fill byte) crypt.Key {
	return crypt.Key{ID: id, Secret: bytes.Repeat([]byte{fill}, crypt.KeyBytes)}
}

func box(t testing.TB, ring ...crypt.Key) *crypt.Box {
	t.Helper()
	b, err := crypt.NewBox(ring)
	require.NoError(t, err)
	return b
}

func TestNewBoxRefuses(t *testing.T) {
	t.Parallel()
	for name, ring := range map[string][]crypt.Key{
		"no key":      nil,
		"short key":   {{ID: "a", Secret: make([]byte, 31)}},
		"long key":    {{ID: "a", Secret: make([]byte, 33)}},
		"no id":       {key("", 1)},
		"id too long": {key("abcdefghijklmnopqrstuvwxyz0123456", 1)},
		"id twice":    {key("a", 1), key("a", 2)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := crypt.NewBox(ring)
			require.Error(t, err)
		})
	}
}

func TestBox(t *testing.T) {
	t.Parallel()
	const field, plain = "customers.phone", "13812345677"

	t.Run("opens what it sealed", func(t *testing.T) {
		t.Parallel()
		b := box(t, key("k1", 1))
		sealed, err := b.Seal(field, plain)
		require.NoError(t, err)
		require.NotContains(t, string(sealed), plain)
		got, err := b.Open(field, sealed)
		require.NoError(t, err)
		require.Equal(t, plain, got)
	})

	t.Run("seals differently each time", func(t *testing.T) {
		t.Parallel()
		b := box(t, key("k1", 1))
		one, _ := b.Seal(field, plain)
		two, _ := b.Seal(field, plain)
		require.NotEqual(t, one, two)
	})

	t.Run("empty stays empty", func(t *testing.T) {
		t.Parallel()
		b := box(t, key("k1", 1))
		sealed, err := b.Seal(field, "")
		require.NoError(t, err)
		require.Nil(t, sealed)
		got, err := b.Open(field, nil)
		require.NoError(t, err)
		require.Empty(t, got)
		require.False(t, b.NeedsRotation(nil))
	})

	t.Run("refuses to seal for no field", func(t *testing.T) {
		t.Parallel()
		_, err := box(t, key("k1", 1)).Seal("", plain)
		require.Error(t, err)
	})

	t.Run("rotates", func(t *testing.T) {
		t.Parallel()
		old, rotated := box(t, key("k1", 1)), box(t, key("k2", 2), key("k1", 1))
		sealed, _ := old.Seal(field, plain)
		require.False(t, old.NeedsRotation(sealed))
		require.True(t, rotated.NeedsRotation(sealed))
		got, err := rotated.Open(field, sealed)
		require.NoError(t, err)
		require.Equal(t, plain, got)

		again, _ := rotated.Seal(field, got)
		require.False(t, rotated.NeedsRotation(again))
		_, err = old.Open(field, again)
		require.ErrorIs(t, err, crypt.ErrUnreadable)
	})

	t.Run("refuses another column", func(t *testing.T) {
		t.Parallel()
		b := box(t, key("k1", 1))
		sealed, _ := b.Seal(field, plain)
		_, err := b.Open("staff.phone", sealed)
		require.ErrorIs(t, err, crypt.ErrUnreadable)
	})

	t.Run("refuses another key of the same id", func(t *testing.T) {
		t.Parallel()
		sealed, _ := box(t, key("k1", 1)).Seal(field, plain)
		_, err := box(t, key("k1", 2)).Open(field, sealed)
		require.ErrorIs(t, err, crypt.ErrUnreadable)
	})

	t.Run("refuses every changed byte and every cut", func(t *testing.T) {
		t.Parallel()
		b := box(t, key("k1", 1))
		sealed, _ := b.Seal(field, plain)
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			_, err := b.Open(field, bad)
			require.ErrorIs(t, err, crypt.ErrUnreadable, "byte %d", i)
			if i > 0 {
				_, err = b.Open(field, sealed[:i])
				require.ErrorIs(t, err, crypt.ErrUnreadable, "cut at %d", i)
			}
		}
		require.True(t, b.NeedsRotation([]byte("junk")))
	})
}

func TestBlind(t *testing.T) {
	t.Parallel()
	a, err := crypt.NewBlind(key("", 1).Secret)
	require.NoError(t, err)
	b, err := crypt.NewBlind(key("", 2).Secret)
	require.NoError(t, err)

	one := a.Index("customers.phone", "13812345677")
	require.Len(t, one, 32)
	require.Equal(t, one, a.Index("customers.phone", "13812345677"), "equal values are found")
	require.NotEqual(t, one, a.Index("customers.phone", "13812345678"), "other values are not")
	require.NotEqual(t, one, a.Index("staff.phone", "13812345677"), "columns cannot be joined")
	require.NotEqual(t, one, b.Index("customers.phone", "13812345677"), "the key matters")
	require.NotEqual(t, a.Index("ab", "c"), a.Index("a", "bc"), "field and value do not run together")

	_, err = crypt.NewBlind(make([]byte, 16))
	require.Error(t, err)
}

func FuzzOpen(f *testing.F) {
	b := box(f, key("k1", 1), key("k0", 9))
	const secret = "欧阳小明"
	good, _ := b.Seal("x.y", secret)
	f.Add(good)
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Add([]byte{1, 255, 'k'})
	f.Add([]byte("\x01\x02k1short"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		plain, err := b.Open("x.y", sealed)
		b.NeedsRotation(sealed)
		// Workers of the fuzzer seal the seed each for itself: its text is what they share.
		if err == nil && plain != "" && plain != secret {
			t.Fatalf("opened bytes that were never sealed: %x", sealed)
		}
	})
}
