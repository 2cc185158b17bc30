// Package picture makes a safe picture out of bytes that anybody may have sent. Nothing of the input
// survives but its pixels: they are decoded within bounds that were checked before, turned upright,
// reduced, and encoded anew, so that positions, device names, colour profiles, appended archives and
// whatever else hid between the pixels is gone. (Without its profile a wide-gamut photo is read as
// sRGB and looks slightly paler.)
//
// The package also paints the demo company's photos: see Scene.
package picture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io"
	"net/http"

	"guike/internal/fault"
)

// The content types that come out; webp goes in only, since nothing here can write it.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	WebP = "image/webp"
)

// Limits bound what is taken in and what comes out.
type Limits struct {
	MaxBytes  int64 // bytes of the input; also of a transparent PNG that comes out
	MaxPixels int   // width times height of the input, checked before decoding
	MaxSide   int   // pixels of the longer side that comes out; larger pictures are reduced
	ThumbSide int   // pixels of the longer side of the thumbnail; smaller pictures are not enlarged
}

// DefaultLimits suit phone cameras: 10 MB is what wx.chooseMedia sends at most in practice, 40 MP
// covers every camera in its normal mode and decodes to 160 MB, 2560 fills the largest screen, and
// 400 is a third of a phone's width at three pixels a point.
func DefaultLimits() Limits {
	return Limits{MaxBytes: 10 << 20, MaxPixels: 40_000_000, MaxSide: 2560, ThumbSide: 400}
}

// Result is a safe picture.
type Result struct {
	Image       []byte
	Thumb       []byte   // always JPEG; what was transparent lies on white
	ContentType string   // of Image: JPEG or PNG
	Width       int      // of Image, in pixels, after turning and reducing
	Height      int      // of Image
	SHA256      [32]byte // of Image
}

// Processor makes pictures safe, a bounded number at a time: decoding the largest picture that the
// default limits let in takes up to 200 MB. It is safe for concurrent use.
type Processor struct {
	limits Limits
	turns  chan struct{}
}

// NewProcessor returns a Processor that works on at most parallel pictures at a time, at least one.
func NewProcessor(limits Limits, parallel int) *Processor {
	return &Processor{limits: limits, turns: make(chan struct{}, max(parallel, 1))}
}

// Normalise waits for its turn, reads r and makes a safe picture of it. It reads while it has the
// turn, so r should be at hand (a parsed multipart file), not a slow connection. It fails as the
// function Normalise does, with file.too_large when r holds more than MaxBytes or stops with
// *http.MaxBytesError, and with the context's error when that ends first.
func (p *Processor) Normalise(ctx context.Context, r io.Reader) (Result, error) {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return Result{}, fmt.Errorf("waiting to process a picture: %w", ctx.Err())
	}
	data, err := io.ReadAll(io.LimitReader(r, p.limits.MaxBytes+1))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return Result{}, tooLarge(p.limits)
	}
	if err != nil {
		return Result{}, fmt.Errorf("reading a picture: %w", err)
	}
	return Normalise(ctx, data, p.limits)
}

// Normalise makes a safe picture of data: a JPEG stays JPEG; a PNG stays PNG when it is small or
// transparent, else becomes JPEG; a WebP becomes JPEG, or PNG when transparent. The type is told by
// the content. The same input gives the same bytes.
//
// Faults: file.too_large (TooLarge), file.type_unsupported (UnsupportedMedia: no JPEG, PNG or still
// WebP), file.dimensions and file.corrupt (Invalid). When ctx ends while decoding, its error.
func Normalise(ctx context.Context, data []byte, limits Limits) (Result, error) {
	if int64(len(data)) > limits.MaxBytes {
		return Result{}, tooLarge(limits)
	}
	kind := sniff(data)
	if kind == "" {
		return Result{}, typeUnsupported(errors.New("no known signature"))
	}
	if err := checkBounds(data, kind, limits); err != nil {
		return Result{}, err
	}
	return render(ctx, data, kind, limits)
}

// render does all that touches pixels. A panic in a decoder is the picture's fault, not ours.
func render(ctx context.Context, data []byte, kind string, limits Limits) (result Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = Result{}, corrupt(fmt.Errorf("decoder panicked: %v", p))
		}
	}()
	img, err := decode(ctx, data, kind)
	if err != nil {
		return Result{}, err
	}
	img = upright(reduce(img, limits.MaxSide), orientation(data, kind))
	result.Image, result.ContentType, err = encodeImage(img, keepsPNG(data, kind), limits)
	if err != nil {
		return Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("processing a picture: %w", err)
	}
	result.Thumb, err = encodeJPEG(reduce(img, limits.ThumbSide), thumbQuality)
	if err != nil {
		return Result{}, err
	}
	result.Width, result.Height = img.Bounds().Dx(), img.Bounds().Dy()
	result.SHA256 = sha256.Sum256(result.Image)
	return result, nil
}

// decode reads the pixels. The end of ctx stops it in the middle.
func decode(ctx context.Context, data []byte, kind string) (image.Image, error) {
	img, err := codecOf(kind).decode(&reader{ctx: ctx, r: bytes.NewReader(data)})
	if ended := ctx.Err(); ended != nil {
		return nil, fmt.Errorf("decoding a picture: %w", ended)
	}
	if err != nil {
		return nil, decodeFault(err)
	}
	if img.Bounds().Empty() {
		return nil, corrupt(errors.New("no pixels"))
	}
	return img, nil
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func tooLarge(limits Limits) error {
	mb := max(limits.MaxBytes>>20, 1)
	return fault.New(fault.TooLarge, "file.too_large",
		fmt.Sprintf("图片太大,请上传不超过 %d MB 的图片。", mb),
		fmt.Sprintf("The picture is too large; at most %d MB.", mb))
}

func typeUnsupported(cause error) error {
	return fault.New(fault.UnsupportedMedia, "file.type_unsupported",
		"仅支持 JPEG、PNG 或 WebP 格式的静态图片。", "Only JPEG, PNG and still WebP pictures are accepted.").Because(cause)
}

func badDimensions(cause error) error {
	return fault.New(fault.Invalid, "file.dimensions",
		"图片的像素尺寸过大,请缩小后再上传。", "The picture has too many pixels; make it smaller.").Because(cause)
}

func corrupt(cause error) error {
	return fault.New(fault.Invalid, "file.corrupt",
		"图片已损坏或不完整,请重新上传。", "The picture is damaged or incomplete.").Because(cause)
}
