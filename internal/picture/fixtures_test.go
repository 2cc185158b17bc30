package picture_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// corners is red, green, blue and black in its quarters, clockwise from the upper left.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, quarter(x < w/2, y < h/2))
		}
	}
	return img
}

func quarter(left, top bool) color.RGBA {
	switch {
	case left && top:
		return color.RGBA{255, 0, 0, 255}
	case top:
		return color.RGBA{0, 255, 0, 255}
	case left:
		return color.RGBA{0, 0, 0, 255}
	}
	return color.RGBA{0, 0, 255, 255}
}

func requireUpright(t *testing.T, data []byte, w, h int) {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, image.Pt(w, h), img.Bounds().Size())
	for _, p := range []image.Point{{5, 5}, {w - 6, 5}, {5, h - 6}, {w - 6, h - 6}} {
		want, got := quarter(p.X < w/2, p.Y < h/2), color.RGBAModel.Convert(img.At(p.X, p.Y)).(color.RGBA)
		for _, d := range []int{int(want.R) - int(got.R), int(want.G) - int(got.G), int(want.B) - int(got.B)} {
			require.InDelta(t, 0, d, 40, "at %v: want %v, got %v", p, want, got)
		}
	}
}

// stored is how a camera that writes orientation o stores an upright picture: by the words of the
// EXIF standard, "the 0th row is the visual …, the 0th column is the visual …".
func stored(up image.Image, o uint16) image.Image {
	w, h := up.Bounds().Dx(), up.Bounds().Dy()
	size := image.Pt(w, h)
	if o >= 5 {
		size = image.Pt(h, w)
	}
	img := image.NewRGBA(image.Rectangle{Max: size})
	for row := range size.Y {
		for col := range size.X {
			var x, y int
			switch o {
			case 1: // row 0 top, column 0 left
				x, y = col, row
			case 2: // top, right
				x, y = w-1-col, row
			case 3: // bottom, right
				x, y = w-1-col, h-1-row
			case 4: // bottom, left
				x, y = col, h-1-row
			case 5: // left, top
				x, y = row, col
			case 6: // right, top
				x, y = w-1-row, col
			case 7: // right, bottom
				x, y = w-1-row, h-1-col
			case 8: // left, bottom
				x, y = row, h-1-col
			}
			img.Set(col, row, up.At(x, y))
		}
	}
	return img
}

func grainy(w, h int) *image.RGBA {
	img, r := image.NewRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.Uint32()) | uint8(i%4/3*255)
	}
	return img
}

// holey is transparent in its upper left quarter.
func holey(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if x >= w/2 || y >= h/2 {
				img.Set(x, y, color.NRGBA{40, 80, 120, 255})
			}
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, jpeg.Encode(&buf, img, &jpeg.Options{Quality: 95}))
	return buf.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&buf, img))
	return buf.Bytes()
}

func withJPEGSegment(data []byte, marker byte, body []byte) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return bytes.Join([][]byte{data[:2], segment, body, data[2:]}, nil)
}

func tiff(order binary.AppendByteOrder, orientation uint16) []byte {
	mark := "MM"
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		mark = "II"
	}
	b := order.AppendUint16([]byte(mark), 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, tag := range [][2]uint16{{0x010f, 7}, {0x0112, orientation}} {
		b = order.AppendUint16(b, tag[0])
		b = order.AppendUint16(b, 3)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, tag[1])
		b = order.AppendUint16(b, 0)
	}
	return order.AppendUint32(b, 0)
}

func pngChunk(name string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, name...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func pngHeader(w, h uint32, depth, colour, interlace byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	ihdr = append(ihdr, depth, colour, 0, 0, interlace)
	return append([]byte("\x89PNG\r\n\x1a\n"), append(pngChunk("IHDR", ihdr), pngChunk("IDAT", nil)...)...)
}

// pngBomb is a complete PNG of side by side black pixels, one bit each. A hundredth of it is
// compressed and repeated.
func pngBomb(t *testing.T, side int) []byte {
	t.Helper()
	var block, end bytes.Buffer
	z, err := flate.NewWriter(&block, flate.BestCompression)
	require.NoError(t, err)
	part := (1 + side/8) * side / 100
	_, err = z.Write(make([]byte, part))
	require.NoError(t, err)
	require.NoError(t, z.Flush())
	z.Reset(&end)
	require.NoError(t, z.Close())
	idat := append([]byte{0x78, 0xda}, bytes.Repeat(block.Bytes(), 100)...)
	idat = append(idat, end.Bytes()...)
	idat = binary.BigEndian.AppendUint32(idat, uint32(part*100%65521)<<16|1) // Adler-32 of zeros
	data := pngHeader(uint32(side), uint32(side), 1, 0, 0)
	data = append(data[:len(data)-12], pngChunk("IDAT", idat)...)
	return append(data, pngChunk("IEND", nil)...)
}

// progressive is a JPEG's headers with scans that hold nothing.
func progressive(w, h uint16, scans int) []byte {
	sof := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{8}, h), w)
	sof = append(sof, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
	data := withJPEGSegment([]byte("\xff\xd8"), 0xc2, sof)
	for range scans {
		data = append(data, "\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00\x00"...)
	}
	return append(data, 0xff, 0xd9)
}

// solidWebP writes a lossless WebP of one colour: codes of a single symbol take no bits per pixel.
func solidWebP(w, h int, alpha uint64) []byte {
	var bits []byte
	var acc, n uint64
	put := func(v, width uint64) {
		acc |= v << n
		for n += width; n >= 8; n -= 8 {
			bits, acc = append(bits, byte(acc)), acc>>8
		}
	}
	put(0x2f, 8)
	put(uint64(w-1), 14)
	put(uint64(h-1), 14)
	put(1, 1)                                                 // alpha is used
	put(0, 3+3)                                               // version; no transform, no colour cache, no meta codes
	for _, symbol := range []uint64{120, 200, 40, alpha, 0} { // green, red, blue, alpha, distance
		put(1, 1) // simple code
		put(0, 1) // of one symbol
		put(1, 1) // written in 8 bits
		put(symbol, 8)
	}
	put(0, 7)
	body := append([]byte("WEBPVP8L"), binary.LittleEndian.AppendUint32(nil, uint32(len(bits)))...)
	body = append(body, bits...)
	if len(bits)%2 == 1 {
		body = append(body, 0)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}
