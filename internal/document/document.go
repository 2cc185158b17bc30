// Package document takes in PDF documents of staff: it tells them by their bytes and refuses those that
// say that they act by themselves. A document is kept as it came; whatever shows it must hand it over
// as an attachment, never in a page of ours.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"guike/internal/fault"
)

// PDF is the one content type of documents.
const PDF = "application/pdf"

const (
	signature = "%PDF-"
	// SignatureBytes is how much of an upload Is must see.
	SignatureBytes = len(signature)
	// tail is how close to the end readers look for the end mark; some printers append a line.
	tail = 1024
)

// active are the names by which a document says that it runs, starts or carries something. Compressed
// parts are not looked into: the scan turns the obvious away and promises no more.
var active = [...]string{"/JavaScript", "/Launch", "/EmbeddedFile"}

// Is tells by its first bytes that an upload claims to be a document.
func Is(head []byte) bool { return bytes.HasPrefix(head, []byte(signature)) }

// Read reads a document of at most maxBytes. Faults: file.too_large (TooLarge), also when r stops with
// *http.MaxBytesError; file.type_unsupported (UnsupportedMedia) for what is no PDF, file.corrupt
// (Invalid) for one whose end is missing, file.active_content (Invalid) for one that names what it runs,
// starts or carries.
func Read(r io.Reader, maxBytes int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(maxBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a document: %w", err)
	}
	if int64(len(data)) > maxBytes {
		return nil, tooLarge(maxBytes)
	}
	return data, Check(data)
}

// Check is Read for bytes at hand.
func Check(data []byte) error {
	if !Is(data) {
		return fault.New(fault.UnsupportedMedia, "file.type_unsupported",
			"仅支持 PDF 格式的文档。", "Only PDF documents are accepted.")
	}
	if !bytes.Contains(data[max(0, len(data)-tail):], []byte("%%EOF")) {
		return fault.New(fault.Invalid, "file.corrupt",
			"文档已损坏或不完整,请重新上传。", "The document is damaged or incomplete.")
	}
	for _, name := range active {
		if bytes.Contains(data, []byte(name)) {
			return fault.New(fault.Invalid, "file.active_content",
				"文档包含脚本、启动命令或嵌入文件,请另存为普通 PDF 后再上传。",
				"The document holds scripts, launch actions or embedded files; save it as a plain PDF.")
		}
	}
	return nil
}

func tooLarge(maxBytes int64) error {
	mb := max(maxBytes>>20, 1)
	return fault.New(fault.TooLarge, "file.too_large",
		fmt.Sprintf("文档太大,请上传不超过 %d MB 的文档。", mb), fmt.Sprintf("The document is too large; at most %d MB.", mb))
}
