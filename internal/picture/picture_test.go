package picture_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
	"guike/internal/picture"
)

func TestNormaliseKeepsOrChangesType(t *testing.T) {
	t.Parallel()
	lossy, err := os.ReadFile("testdata/lossy.webp")
	require.NoError(t, err)
	cases := map[string]struct {
		data          []byte
		want          string
		width, height int
	}{
		"jpeg stays":                    {asJPEG(t, corners(64, 48)), picture.JPEG, 64, 48},
		"small png stays":               {asPNG(t, corners(64, 48)), picture.PNG, 64, 48},
		"transparent png stays":         {asPNG(t, holey(500, 400)), picture.PNG, 500, 400},
		"large opaque png becomes jpeg": {asPNG(t, grainy(500, 400)), picture.JPEG, 500, 400},
		"16 bit png":                    {asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 9, 7))), picture.PNG, 9, 7},
		"lossy webp becomes jpeg":       {lossy, picture.JPEG, 150, 100},
		"lossless webp becomes jpeg":    {solidWebP(33, 21, 0xff), picture.JPEG, 33, 21},
		"transparent webp becomes png":  {solidWebP(33, 21, 0x40), picture.PNG, 33, 21},
		"wide is reduced":               {asJPEG(t, corners(5200, 130)), picture.JPEG, 2560, 64},
		"tall is reduced":               {asPNG(t, corners(30, 6000)), picture.PNG, 13, 2560},
		"hairline keeps a pixel":        {asPNG(t, corners(20_000, 2)), picture.PNG, 2560, 1},
		"gray":                          {asJPEG(t, image.NewGray(image.Rect(0, 0, 20, 10))), picture.JPEG, 20, 10},
		"one pixel":                     {asPNG(t, corners(1, 1)), picture.PNG, 1, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := picture.Normalise(t.Context(), c.data, picture.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, c.want, got.ContentType)
			require.Equal(t, [2]int{c.width, c.height}, [2]int{got.Width, got.Height})
			requireSound(t, got, picture.DefaultLimits())
		})
	}
}

func TestNormaliseTakesExactlyMaxPixels(t *testing.T) {
	t.Parallel()
	limits := picture.Limits{MaxBytes: 1 << 20, MaxPixels: 60_000, MaxSide: 150, ThumbSide: 30}
	got, err := picture.Normalise(t.Context(), asPNG(t, holey(300, 200)), limits)
	require.NoError(t, err)
	require.Equal(t, [2]int{150, 100}, [2]int{got.Width, got.Height})
	requireSound(t, got, limits)
	_, err = picture.Normalise(t.Context(), asPNG(t, holey(301, 200)), limits)
	require.Equal(t, "file.dimensions", fault.Code(err))
	bomb := pngBomb(t, 200) // the hand-made one is a picture, were it smaller
	_, err = picture.Normalise(t.Context(), bomb, limits)
	require.NoError(t, err)
}

func TestNormaliseIsDeterministic(t *testing.T) {
	t.Parallel()
	data := asJPEG(t, grainy(600, 500))
	one, err := picture.Normalise(t.Context(), data, picture.DefaultLimits())
	require.NoError(t, err)
	two, err := picture.Normalise(t.Context(), data, picture.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, one, two)
}

func TestNormaliseRefuses(t *testing.T) {
	t.Parallel()
	whole := asJPEG(t, grainy(200, 200))
	cases := map[string]struct {
		data []byte
		kind fault.Kind
		code string
	}{
		"nothing":            {nil, fault.UnsupportedMedia, "file.type_unsupported"},
		"html":               {[]byte("<!doctype html><script>alert(1)</script>"), fault.UnsupportedMedia, "file.type_unsupported"},
		"svg":                {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), fault.UnsupportedMedia, "file.type_unsupported"},
		"gif":                {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), fault.UnsupportedMedia, "file.type_unsupported"},
		"animated webp":      {append([]byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02"), make([]byte, 17)...), fault.UnsupportedMedia, "file.type_unsupported"},
		"too many bytes":     {append(bytes.Clone(whole), make([]byte, 10<<20)...), fault.TooLarge, "file.too_large"},
		"only a signature":   {[]byte("\xff\xd8\xff"), fault.Invalid, "file.corrupt"},
		"cut jpeg":           {whole[:len(whole)/2], fault.Invalid, "file.corrupt"},
		"cut png":            {asPNG(t, grainy(90, 90))[:900], fault.Invalid, "file.corrupt"},
		"cut webp":           {solidWebP(9, 9, 255)[:26], fault.Invalid, "file.corrupt"},
		"png bomb":           {pngHeader(20_000, 20_000, 8, 2, 0), fault.Invalid, "file.dimensions"},
		"png of 2^31 pixels": {pngHeader(1<<31-1, 1, 8, 0, 0), fault.Invalid, "file.dimensions"},
		"webp bomb":          {solidWebP(16384, 16384, 255), fault.Invalid, "file.dimensions"},
		"absurd side":        {pngHeader(30_001, 1, 8, 2, 0), fault.Invalid, "file.dimensions"},
		"deep png":           {pngHeader(6000, 6000, 16, 6, 0), fault.Invalid, "file.dimensions"},
		"interlaced png":     {pngHeader(6000, 6000, 8, 6, 1), fault.Invalid, "file.dimensions"},
		"progressive jpeg":   {progressive(6000, 6000, 1), fault.Invalid, "file.dimensions"},
		"scan bomb":          {progressive(3000, 3000, 5000), fault.Invalid, "file.corrupt"},
		"arithmetic jpeg":    {bytes.Replace(progressive(30, 30, 1), []byte("\xff\xc2"), []byte("\xff\xc9"), 1), fault.UnsupportedMedia, "file.type_unsupported"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := picture.Normalise(t.Context(), c.data, picture.DefaultLimits())
			f, ok := fault.Of(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, c.code, f.Code, "%v", err)
			require.Equal(t, c.kind, f.Kind)
			require.NotEmpty(t, f.Text.ZH)
			require.NotEmpty(t, f.Text.EN)
		})
	}
}

// A real bomb, 400 million pixels in some 48 KB, must cost no more than reading its header.
func TestNormaliseRefusesBombBeforeDecoding(t *testing.T) {
	t.Parallel()
	bomb := pngBomb(t, 20_000)
	require.Less(t, len(bomb), 64<<10)
	cfg, err := png.DecodeConfig(bytes.NewReader(bomb))
	require.NoError(t, err)
	require.Equal(t, 20_000, cfg.Width)
	start := time.Now()
	_, err = picture.Normalise(t.Context(), bomb, picture.DefaultLimits())
	require.Equal(t, "file.dimensions", fault.Code(err))
	require.Less(t, time.Since(start), 100*time.Millisecond)
}

func TestNormaliseTurnsUpright(t *testing.T) {
	t.Parallel()
	containers := map[string]func(t *testing.T, img image.Image, orientation uint16) []byte{
		"jpeg, little endian": func(t *testing.T, img image.Image, o uint16) []byte {
			return withJPEGSegment(asJPEG(t, img), 0xe1, append([]byte("Exif\x00\x00"), tiff(binary.LittleEndian, o)...))
		},
		"jpeg, big endian": func(t *testing.T, img image.Image, o uint16) []byte {
			return withJPEGSegment(asJPEG(t, img), 0xe1, append([]byte("Exif\x00\x00"), tiff(binary.BigEndian, o)...))
		},
		"png": func(t *testing.T, img image.Image, o uint16) []byte {
			data := asPNG(t, img)
			return bytes.Join([][]byte{data[:33], pngChunk("eXIf", tiff(binary.BigEndian, o)), data[33:]}, nil)
		},
	}
	for name, wrap := range containers {
		for o := uint16(1); o <= 8; o++ {
			t.Run(name+" "+string(rune('0'+o)), func(t *testing.T) {
				t.Parallel()
				got, err := picture.Normalise(t.Context(), wrap(t, stored(corners(64, 32), o), o), picture.DefaultLimits())
				require.NoError(t, err)
				requireUpright(t, got.Image, 64, 32)
				requireUpright(t, got.Thumb, 64, 32)
			})
		}
	}
}

func TestNormaliseIgnoresSenselessOrientation(t *testing.T) {
	t.Parallel()
	exif := []byte("Exif\x00\x00")
	for name, body := range map[string][]byte{
		"zero":           tiff(binary.BigEndian, 0),
		"nine":           tiff(binary.BigEndian, 9),
		"cut":            tiff(binary.BigEndian, 6)[:15],
		"empty":          {},
		"far directory":  []byte("MM\x00\x2a\xff\xff\xff\xff"),
		"no tiff":        []byte("garbage that is long enough"),
		"endless":        []byte("II\x2a\x00\x08\x00\x00\x00\xff\xff\x00\x00"),
		"directory at 0": []byte("II\x2a\x00\x00\x00\x00\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := withJPEGSegment(asJPEG(t, corners(64, 32)), 0xe1, append(bytes.Clone(exif), body...))
			got, err := picture.Normalise(t.Context(), data, picture.DefaultLimits())
			require.NoError(t, err)
			requireUpright(t, got.Image, 64, 32)
		})
	}
}

func TestNormaliseTurnsWebP(t *testing.T) {
	t.Parallel()
	exif := tiff(binary.LittleEndian, 6)
	data := append(solidWebP(40, 20, 255), "EXIF"...)
	data = append(binary.LittleEndian.AppendUint32(data, uint32(len(exif))), exif...)
	binary.LittleEndian.PutUint32(data[4:], uint32(len(data)-8))
	got, err := picture.Normalise(t.Context(), data, picture.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, [2]int{20, 40}, [2]int{got.Width, got.Height})
}

func TestNormaliseDropsAllButPixels(t *testing.T) {
	t.Parallel()
	const secret = "GPS 31.2304 121.4737 PK\x03\x04<script>"
	small := asPNG(t, corners(64, 32))
	cases := map[string][]byte{
		"exif":         withJPEGSegment(asJPEG(t, corners(64, 32)), 0xe1, append([]byte("Exif\x00\x00"), secret...)),
		"comment":      withJPEGSegment(asJPEG(t, corners(64, 32)), 0xfe, []byte(secret)),
		"after jpeg":   append(asJPEG(t, corners(64, 32)), secret...),
		"after png":    append(bytes.Clone(small), secret...),
		"png text":     bytes.Join([][]byte{small[:33], pngChunk("tEXt", []byte("k\x00"+secret)), small[33:]}, nil),
		"after webp":   append(solidWebP(20, 20, 255), secret...),
		"private jpeg": withJPEGSegment(asJPEG(t, corners(64, 32)), 0xed, []byte(secret)),
	}
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, string(data), secret)
			got, err := picture.Normalise(t.Context(), data, picture.DefaultLimits())
			require.NoError(t, err)
			require.NotContains(t, string(got.Image)+string(got.Thumb), "121.4737")
			require.NotContains(t, string(got.Image)+string(got.Thumb), "Exif")
		})
	}
}

func TestNormaliseLaysThumbnailOnWhite(t *testing.T) {
	t.Parallel()
	got, err := picture.Normalise(t.Context(), asPNG(t, holey(800, 600)), picture.DefaultLimits())
	require.NoError(t, err)
	thumb, err := jpeg.Decode(bytes.NewReader(got.Thumb))
	require.NoError(t, err)
	require.Equal(t, image.Pt(400, 300), thumb.Bounds().Size())
	require.Greater(t, color.GrayModel.Convert(thumb.At(2, 2)).(color.Gray).Y, uint8(245))
}

func TestProcessorReadsWithinLimits(t *testing.T) {
	t.Parallel()
	data := asJPEG(t, corners(64, 48))
	limits := picture.DefaultLimits()
	limits.MaxBytes = int64(len(data))
	p := picture.NewProcessor(limits, 0)

	t.Run("just fits", func(t *testing.T) {
		t.Parallel()
		got, err := p.Normalise(t.Context(), bytes.NewReader(data))
		require.NoError(t, err)
		requireSound(t, got, limits)
	})
	t.Run("one byte over", func(t *testing.T) {
		t.Parallel()
		_, err := p.Normalise(t.Context(), io.MultiReader(bytes.NewReader(data), strings.NewReader("x")))
		require.Equal(t, "file.too_large", fault.Code(err))
	})
	t.Run("cut by the server", func(t *testing.T) {
		t.Parallel()
		body := http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(bytes.NewReader(data)), 10)
		_, err := p.Normalise(t.Context(), body)
		require.Equal(t, "file.too_large", fault.Code(err))
	})
	t.Run("broken connection is no fault", func(t *testing.T) {
		t.Parallel()
		broken := errors.New("connection reset")
		_, err := p.Normalise(t.Context(), io.MultiReader(bytes.NewReader(data[:9]), &failing{broken}))
		require.ErrorIs(t, err, broken)
		require.Empty(t, fault.Code(err))
	})
}

func TestProcessorBoundsParallelWork(t *testing.T) {
	t.Parallel()
	p := picture.NewProcessor(picture.DefaultLimits(), 1)
	slow, feed := io.Pipe()
	first := make(chan error, 1)
	go func() {
		_, err := p.Normalise(context.Background(), slow)
		first <- err
	}()
	data := asJPEG(t, corners(64, 48))
	_, err := feed.Write(data[:10]) // returns once the first one has its turn and reads
	require.NoError(t, err)

	waiting, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = p.Normalise(waiting, bytes.NewReader(data))
	require.ErrorIs(t, err, context.DeadlineExceeded)

	_, err = feed.Write(data[10:])
	require.NoError(t, err)
	require.NoError(t, feed.Close())
	require.NoError(t, <-first)
	_, err = p.Normalise(t.Context(), bytes.NewReader(data))
	require.NoError(t, err)
}

func TestNormaliseEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := picture.Normalise(ctx, asJPEG(t, corners(64, 48)), picture.DefaultLimits())
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, fault.Code(err))
}

// Run it with -fuzzminimizetime=10x: shrinking pictures takes up all the time otherwise.
func FuzzNormalise(f *testing.F) {
	lossy, err := os.ReadFile("testdata/lossy.webp")
	require.NoError(f, err)
	exif := append([]byte("Exif\x00\x00"), tiff(binary.BigEndian, 6)...)
	for _, seed := range [][]byte{
		lossy, solidWebP(33, 21, 0x40), asJPEG(f, corners(40, 30)), asPNG(f, holey(40, 30)), progressive(30, 30, 2),
		withJPEGSegment(asJPEG(f, corners(40, 30)), 0xe1, exif), pngHeader(100, 100, 16, 6, 1), []byte("<html>"),
	} {
		f.Add(seed)
	}
	limits := picture.Limits{MaxBytes: 64 << 10, MaxPixels: 200_000, MaxSide: 300, ThumbSide: 40}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := picture.Normalise(context.Background(), data, limits)
		if err != nil {
			require.NotEmpty(t, fault.Code(err), "%v", err)
			return
		}
		requireSound(t, got, limits)
	})
}

// requireSound checks that a result is what it says and within its limits.
func requireSound(t *testing.T, got picture.Result, limits picture.Limits) {
	t.Helper()
	cfg, format, err := image.DecodeConfig(bytes.NewReader(got.Image))
	require.NoError(t, err)
	require.Equal(t, got.ContentType, "image/"+format)
	require.Equal(t, [2]int{cfg.Width, cfg.Height}, [2]int{got.Width, got.Height})
	require.LessOrEqual(t, max(got.Width, got.Height), limits.MaxSide)
	require.Equal(t, sha256.Sum256(got.Image), got.SHA256)
	thumb, err := jpeg.DecodeConfig(bytes.NewReader(got.Thumb))
	require.NoError(t, err)
	require.Equal(t, min(limits.ThumbSide, max(got.Width, got.Height)), max(thumb.Width, thumb.Height))
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }
