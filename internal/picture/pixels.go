package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

const (
	imageQuality = 85
	thumbQuality = 80
	// smallPNG is the size up to which an opaque PNG is taken for a drawing or a screenshot, which
	// JPEG would blur; above it, it is taken for a photo.
	smallPNG = 512 << 10
)

// reduce brings the longer side down to at most side. It halves until less than half is missing:
// halving averages exactly the four pixels below, so that no fine pattern turns into moiré, which a
// single large step of the fast filter would make of tiles and brickwork.
func reduce(img image.Image, side int) image.Image {
	for {
		size := img.Bounds().Size()
		long := max(size.X, size.Y)
		if long <= side {
			return img
		}
		next := max(side, (long+1)/2)
		to := image.Rect(0, 0, max((size.X*next+long/2)/long, 1), max((size.Y*next+long/2)/long, 1))
		dst := image.NewRGBA(to)
		draw.ApproxBiLinear.Scale(dst, to, img, img.Bounds(), draw.Src, nil)
		img = dst
	}
}

// upright turns and mirrors by an EXIF orientation.
func upright(img image.Image, orientation int) image.Image {
	if orientation == 1 {
		return img
	}
	src := toRGBA(img)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	size := image.Pt(w, h)
	if orientation >= 5 {
		size = image.Pt(h, w)
	}
	dst := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			sx, sy := source(orientation, x, y, w, h)
			copy(dst.Pix[y*dst.Stride+4*x:][:4], src.Pix[sy*src.Stride+4*sx:][:4])
		}
	}
	return dst
}

// source is where the pixel at x, y of the upright picture lies in a stored one of w by h.
func source(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	default: // 8
		return w - 1 - y, x
	}
}

func toRGBA(img image.Image) *image.RGBA {
	if m, ok := img.(*image.RGBA); ok && m.Rect.Min == (image.Point{}) {
		return m
	}
	dst := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(dst, dst.Rect, img, img.Bounds().Min, draw.Src)
	return dst
}

func opaque(img image.Image) bool {
	m, ok := img.(interface{ Opaque() bool })
	return ok && m.Opaque()
}

// keepsPNG tells whether an opaque picture may come out as PNG.
func keepsPNG(data []byte, kind string) bool { return kind == PNG && len(data) <= smallPNG }

// encodeImage writes PNG when the picture is transparent or small enough to stay PNG, else JPEG.
// A transparent PNG over MaxBytes is laid on white and becomes JPEG too.
func encodeImage(img image.Image, small bool, limits Limits) ([]byte, string, error) {
	limit := int64(0)
	if small {
		limit = smallPNG
	}
	if !opaque(img) {
		limit = limits.MaxBytes
	}
	if limit > 0 {
		var buf bytes.Buffer
		if err := png.Encode(&buf, img); err != nil {
			return nil, "", fmt.Errorf("encoding a picture as png: %w", err)
		}
		if int64(buf.Len()) <= limit {
			return buf.Bytes(), PNG, nil
		}
	}
	data, err := encodeJPEG(img, imageQuality)
	return data, JPEG, err
}

// encodeJPEG lays what is transparent on white.
func encodeJPEG(img image.Image, quality int) ([]byte, error) {
	switch {
	case !opaque(img):
		flat := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
		draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(flat, flat.Rect, img, img.Bounds().Min, draw.Over)
		img = flat
	case !directJPEG(img):
		img = toRGBA(img)
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encoding a picture as jpeg: %w", err)
	}
	return buf.Bytes(), nil
}

// directJPEG tells which pictures the encoder reads without a slow call per pixel.
func directJPEG(img image.Image) bool {
	switch img.(type) {
	case *image.YCbCr, *image.Gray, *image.RGBA:
		return true
	}
	return false
}
