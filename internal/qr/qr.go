// Package qr draws the codes that people scan: QR codes for phones, Code 128 for scanners at a till.
// What is drawn is black on white, sharp at whole pixels, with the quiet zone that scanners need.
package qr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"unicode/utf8"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// Limits on what is drawn. Longer contents would still be a valid code, but no longer one that an
// old phone reads from a printed card.
const (
	MaxContent        = 512  // bytes of UTF-8 in a QR code
	MaxCode128Content = 48   // printable ASCII characters in a Code 128
	MaxSide           = 2048 // pixels of either side of a picture
)

// The quiet zones of ISO/IEC 18004 and ISO/IEC 15417, in modules.
const (
	quietQR      = 4
	quietCode128 = 10
)

var (
	// ErrContent says that the content is empty, too long or not writable in this kind of code.
	ErrContent = errors.New("content does not fit the code")
	// ErrSize says that the picture asked for is too small for the content, or too large at all.
	ErrSize = errors.New("size does not fit the code")
)

// PNG draws content as a QR code of error correction level M in a square of size by size pixels,
// quiet zone included. Content is UTF-8 of 1 to MaxContent bytes (ErrContent); size must leave a
// pixel per module and is at most MaxSide (ErrSize). The same input gives the same bytes.
func PNG(content string, size int) ([]byte, error) {
	if content == "" || len(content) > MaxContent || !utf8.ValidString(content) {
		return nil, fmt.Errorf("drawing a qr code of %d bytes: %w", len(content), ErrContent)
	}
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("drawing a qr code of %d bytes: %w: %w", len(content), ErrContent, err)
	}
	scale := size / (code.Bounds().Dx() + 2*quietQR)
	if scale < 1 || size > MaxSide {
		return nil, fmt.Errorf("drawing a qr code of %d pixels: %w", size, ErrSize)
	}
	return encode(code, image.Pt(size, size), image.Pt(scale, scale))
}

// Code128PNG draws content as a Code 128 in a picture of width by height pixels, quiet zones at both
// ends included. Content is 1 to MaxCode128Content printable ASCII characters (ErrContent); width
// must leave a pixel per module, and neither side may exceed MaxSide (ErrSize).
func Code128PNG(content string, width, height int) ([]byte, error) {
	if !printable(content) || len(content) > MaxCode128Content {
		return nil, fmt.Errorf("drawing a code 128 of %d characters: %w", len(content), ErrContent)
	}
	code, err := code128.Encode(content)
	if err != nil {
		return nil, fmt.Errorf("drawing a code 128 of %d characters: %w: %w", len(content), ErrContent, err)
	}
	scale := width / (code.Bounds().Dx() + 2*quietCode128)
	if scale < 1 || width > MaxSide || height < 1 || height > MaxSide {
		return nil, fmt.Errorf("drawing a code 128 of %dx%d pixels: %w", width, height, ErrSize)
	}
	return encode(code, image.Pt(width, height), image.Pt(scale, height))
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// encode draws the modules in the middle of a white picture, each as module pixels large. Two
// colours in a palette make a PNG of one bit per pixel.
func encode(code barcode.Barcode, size, module image.Point) ([]byte, error) {
	img := image.NewPaletted(image.Rectangle{Max: size}, color.Palette{color.White, color.Black})
	modules := code.Bounds().Size()
	left := (size.X - modules.X*module.X) / 2
	top := (size.Y - modules.Y*module.Y) / 2
	for y := range modules.Y * module.Y {
		row := img.Pix[img.PixOffset(0, top+y):]
		for x := range modules.X * module.X {
			if dark(code.At(x/module.X, y/module.Y)) {
				row[left+x] = 1
			}
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return nil, fmt.Errorf("encoding a code as png: %w", err)
	}
	return buf.Bytes(), nil
}

func dark(c color.Color) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}
