package files

import (
	"strings"
	"time"

	"guike/internal/blob"
	"guike/internal/id"
)

// KeyPrefix starts every key of this domain in the blob store; documents lie beside the pictures.
const KeyPrefix = "pictures/"

// Keys are the keys under which a picture and its thumbnail (always JPEG) are kept:
// pictures/2026/11/<id>/image.jpg and …/thumb.jpg, by the month that the id tells. A document is
// …/document.pdf and has no thumbnail: thumb is empty.
func Keys(file id.ID, contentType string) (body, thumb string) {
	var ms int64
	for _, b := range file[:6] { // UUIDv7 begins with its instant
		ms = ms<<8 | int64(b)
	}
	at := time.UnixMilli(ms).UTC()
	folder := KeyPrefix + at.Format("2006/01/") + file.String() + "/"
	if !strings.HasPrefix(contentType, "image/") {
		return folder + "document" + blob.Extension(contentType), ""
	}
	return folder + "image" + blob.Extension(contentType), folder + "thumb.jpg"
}

// Keys are the keys of what was uploaded and of its thumbnail, which is empty for documents.
func (f File) Keys() (body, thumb string) { return Keys(f.ID, f.ContentType) }

// OfKey tells the file that a key belongs to; ok is false for keys of other making.
func OfKey(key string) (file id.ID, ok bool) {
	rest, ours := strings.CutPrefix(key, KeyPrefix)
	parts := strings.Split(rest, "/")
	if !ours || len(parts) != 4 {
		return id.ID{}, false
	}
	file, err := id.Parse(parts[2])
	return file, err == nil && !file.IsZero()
}
