package picture

import (
	"bytes"
	"encoding/binary"
)

// orientation is the EXIF orientation of a picture, 1 to 8; 1, upright, when there is none or it
// makes no sense.
func orientation(data []byte, kind string) int {
	switch kind {
	case JPEG:
		return tiffOrientation(jpegEXIF(data))
	case PNG:
		return tiffOrientation(chunk(data[8:], "eXIf", pngChunk))
	default:
		return tiffOrientation(bytes.TrimPrefix(chunk(data[12:], "EXIF", riffChunk), exifHeader))
	}
}

var exifHeader = []byte("Exif\x00\x00")

func jpegEXIF(data []byte) []byte {
	for marker, body := range jpegSegments(data) {
		if tiff, ok := bytes.CutPrefix(body, exifHeader); ok && marker == 0xe1 {
			return tiff
		}
		if marker == 0xda {
			break
		}
	}
	return nil
}

// chunkReader splits the first chunk off: its name, its body and how many bytes it takes in all.
type chunkReader func(data []byte) (name string, size, bodyAt, total uint64)

func pngChunk(d []byte) (string, uint64, uint64, uint64) {
	n := uint64(binary.BigEndian.Uint32(d))
	return string(d[4:8]), n, 8, n + 12
}

func riffChunk(d []byte) (string, uint64, uint64, uint64) {
	n := uint64(binary.LittleEndian.Uint32(d[4:]))
	return string(d[:4]), n, 8, 8 + n + n&1
}

func chunk(data []byte, want string, read chunkReader) []byte {
	for len(data) >= 8 {
		name, size, at, total := read(data)
		if at+size > uint64(len(data)) {
			return nil
		}
		if name == want {
			return data[at : at+size]
		}
		data = data[min(total, uint64(len(data))):]
	}
	return nil
}

// tiffOrientation reads tag 0x0112 of the first directory of a TIFF structure.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if order.Uint16(tiff[2:]) != 42 || at+2 > uint64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == 0x0112 {
			return validOrientation(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 1
}

func validOrientation(v uint16) int {
	if v < 1 || v > 8 {
		return 1
	}
	return int(v)
}
