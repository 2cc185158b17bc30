package qr_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"

	"guike/internal/qr"
)

func scan(t *testing.T, reader gozxing.Reader, data []byte) (string, image.Image) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	require.NoError(t, err)
	result, err := reader.Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	require.NoError(t, err)
	return result.GetText(), img
}

func TestPNGScansBack(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		content string
		size    int
	}{
		"code":         {"S7K2M9PQX4TWAB", 200},
		"digits":       {"690123456789", 128},
		"link":         {"https://guike.example/q/S7K2M9PQX4TWAB?from=card", 301},
		"chinese":      {"归客·服务码 S7K2M9", 400},
		"longest":      {strings.Repeat("aB3-", qr.MaxContent/4), 1024},
		"as printed":   {"C7K2M9PQX4TWAB", qr.MaxSide},
		"tight square": {"S7K2M9PQX4TWAB", 33},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := qr.PNG(c.content, c.size)
			require.NoError(t, err)
			got, img := scan(t, zxing.NewQRCodeReader(), data)
			require.Equal(t, c.content, got)
			require.Equal(t, image.Pt(c.size, c.size), img.Bounds().Size())
			again, err := qr.PNG(c.content, c.size)
			require.NoError(t, err)
			require.Equal(t, data, again)
		})
	}
}

func TestPNGKeepsQuietZone(t *testing.T) {
	t.Parallel()
	const size, modules = 290, 21 + 8 // version 1, ten pixels a module
	data, err := qr.PNG("12345", size)
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	quiet := size / modules * 4
	inner := image.Rect(quiet, quiet, size-quiet, size-quiet)
	for y := range size {
		for x := range size {
			if !image.Pt(x, y).In(inner) {
				require.Equal(t, color.Gray{Y: 255}, color.GrayModel.Convert(img.At(x, y)), "at %d,%d", x, y)
			}
		}
	}
	require.Equal(t, color.Gray{}, color.GrayModel.Convert(img.At(quiet, quiet)))
}

func TestPNGRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		content string
		size    int
		want    error
	}{
		"nothing":       {"", 200, qr.ErrContent},
		"too long":      {strings.Repeat("a", qr.MaxContent+1), 1024, qr.ErrContent},
		"invalid UTF-8": {"a\xff", 200, qr.ErrContent},
		"too small":     {"S7K2M9PQX4TWAB", 20, qr.ErrSize},
		"negative":      {"S7K2M9PQX4TWAB", -1, qr.ErrSize},
		"too large":     {"S7K2M9PQX4TWAB", qr.MaxSide + 1, qr.ErrSize},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := qr.PNG(c.content, c.size)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestCode128ScansBack(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"code":    "C7K2M9PQX4TWAB",
		"digits":  "690123456789",
		"odd":     "12345",
		"mixed":   "Guike-2026/07 #42",
		"longest": strings.Repeat("Ab1-", qr.MaxCode128Content/4),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := qr.Code128PNG(content, 1600, 120)
			require.NoError(t, err)
			got, img := scan(t, oned.NewCode128Reader(), data)
			require.Equal(t, content, got)
			require.Equal(t, image.Pt(1600, 120), img.Bounds().Size())
		})
	}
}

func TestCode128Refuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		content       string
		width, height int
		want          error
	}{
		"nothing":   {"", 600, 80, qr.ErrContent},
		"too long":  {strings.Repeat("a", qr.MaxCode128Content+1), 2000, 80, qr.ErrContent},
		"chinese":   {"归客", 600, 80, qr.ErrContent},
		"control":   {"a\nb", 600, 80, qr.ErrContent},
		"fnc1":      {"a\u00f1b", 600, 80, qr.ErrContent},
		"narrow":    {"C7K2M9PQX4TWAB", 100, 80, qr.ErrSize},
		"flat":      {"C7K2M9PQX4TWAB", 600, 0, qr.ErrSize},
		"too large": {"C7K2M9PQX4TWAB", 600, qr.MaxSide + 1, qr.ErrSize},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := qr.Code128PNG(c.content, c.width, c.height)
			require.ErrorIs(t, err, c.want)
		})
	}
}
