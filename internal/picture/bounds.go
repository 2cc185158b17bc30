package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"iter"

	"golang.org/x/image/webp"
)

const (
	// maxInputSide refuses hairlines that have few pixels but an absurd side.
	maxInputSide = 30_000
	// bytesPerPixel times MaxPixels is the memory that one decode may take: the largest picture in
	// its plain form passes, forms that need more per pixel (16 bit, interlaced, progressive)
	// pass up to a smaller size.
	bytesPerPixel = 5
	// maxScans is ten times what encoders of progressive JPEGs write. Each scan of a few bytes makes
	// the decoder walk over the whole picture.
	maxScans = 100
)

type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func codecOf(kind string) codec {
	switch kind {
	case JPEG:
		return codec{jpeg.DecodeConfig, jpeg.Decode}
	case PNG:
		return codec{png.DecodeConfig, png.Decode}
	case WebP:
		return codec{webp.DecodeConfig, webp.Decode}
	}
	return codec{}
}

// sniff tells the type by the content; empty when it is none of ours.
func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case len(data) >= 16 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return WebP
	}
	return ""
}

// checkBounds reads the headers only and refuses what would cost too much to decode.
func checkBounds(data []byte, kind string, limits Limits) error {
	if kind == WebP && animated(data) {
		return typeUnsupported(errors.New("animated webp"))
	}
	cfg, err := codecOf(kind).config(bytes.NewReader(data))
	if err != nil {
		return decodeFault(err)
	}
	if cfg.Width < 1 || cfg.Height < 1 {
		return corrupt(fmt.Errorf("%dx%d pixels", cfg.Width, cfg.Height))
	}
	pixels := int64(cfg.Width) * int64(cfg.Height)
	if cfg.Width > maxInputSide || cfg.Height > maxInputSide || pixels > int64(limits.MaxPixels) {
		return badDimensions(fmt.Errorf("%dx%d pixels", cfg.Width, cfg.Height))
	}
	cost, err := decodeCost(data, kind, cfg)
	if err != nil {
		return err
	}
	if budget := bytesPerPixel * float64(limits.MaxPixels); cost*float64(pixels) > budget {
		return badDimensions(fmt.Errorf("%dx%d pixels of %.1f bytes", cfg.Width, cfg.Height, cost))
	}
	return nil
}

// decodeFault says whose fault a decoder's error is.
func decodeFault(err error) error {
	var jpegFeature jpeg.UnsupportedError
	var pngFeature png.UnsupportedError
	if errors.As(err, &jpegFeature) || errors.As(err, &pngFeature) {
		return typeUnsupported(err)
	}
	return corrupt(err)
}

// decodeCost estimates the bytes that the decoder holds per pixel.
func decodeCost(data []byte, kind string, cfg image.Config) (float64, error) {
	switch kind {
	case JPEG:
		return jpegCost(data)
	case PNG:
		cost := pngCost(cfg.ColorModel)
		if len(data) > 28 && data[28] != 0 { // IHDR's interlace method: a second picture per pass
			cost *= 2
		}
		return cost, nil
	default: // lossy with alpha: 1.5 + 4 + 1; lossless: 4, and 4 more for an indexed one
		return 8, nil
	}
}

func pngCost(model color.Model) float64 {
	switch model {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.Gray16Model:
		return 2
	case color.GrayModel:
		return 1
	}
	if _, ok := model.(color.Palette); ok {
		return 1
	}
	return 4
}

// jpegCost counts samples per pixel; a progressive picture also keeps an int32 for each sample. It
// refuses a picture with too many scans.
func jpegCost(data []byte) (float64, error) {
	cost, scans := 3.0, 0
	for marker, body := range jpegSegments(data) {
		switch {
		case marker == 0xda:
			scans++
		case marker >= 0xc0 && marker <= 0xc2:
			cost = samplesPerPixel(body)
			if marker == 0xc2 {
				cost *= 5
			}
		}
		if scans > maxScans {
			return 0, corrupt(fmt.Errorf("more than %d scans", maxScans))
		}
	}
	return cost, nil
}

// samplesPerPixel reads the sampling factors of a frame header: 1.5 for the usual 4:2:0.
func samplesPerPixel(sof []byte) float64 {
	sum, hmax, vmax := 0, 1, 1
	for i := 6; i+2 < len(sof) && i < 6+4*3; i += 3 {
		h, v := int(sof[i+1]>>4), int(sof[i+1]&15)
		sum, hmax, vmax = sum+h*v, max(hmax, h), max(vmax, v)
	}
	return max(float64(sum)/float64(hmax*vmax), 1)
}

// jpegSegments yields the marker and body of each segment up to the end of the image, in the way in
// which the decoder walks over them; what is compressed between them is skipped.
func jpegSegments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for pos := 2; pos+1 < len(data); {
			marker := data[pos+1]
			switch {
			case data[pos] != 0xff: // compressed
				next := bytes.IndexByte(data[pos:], 0xff)
				if next < 0 {
					return
				}
				pos += next
				continue
			case marker == 0 || marker == 0xff || marker == 1 || marker >= 0xd0 && marker <= 0xd8:
				pos++ // compressed, a filler, or a marker without a body
				continue
			case marker == 0xd9:
				return
			}
			body, ok := segmentBody(data[pos+2:])
			if !ok || !yield(marker, body) {
				return
			}
			pos += 4 + len(body)
		}
	}
}

func segmentBody(rest []byte) ([]byte, bool) {
	if len(rest) < 2 {
		return nil, false
	}
	n := int(binary.BigEndian.Uint16(rest))
	if n < 2 || n > len(rest) {
		return nil, false
	}
	return rest[2:n], true
}

// animated tells whether an extended WebP header announces frames.
func animated(data []byte) bool {
	return len(data) > 20 && string(data[12:16]) == "VP8X" && data[20]&0x02 != 0
}
