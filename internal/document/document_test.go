package document_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/document"
	"guike/internal/fault"
)

const plain = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"

func TestCheckDocument(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, data, code string }{
		{"a document", plain, ""},
		{"a line after the end", plain + "printed by\r\n", ""},
		{"nothing", "", "file.type_unsupported"},
		{"html", "<html><script>alert(1)</script></html>%%EOF", "file.type_unsupported"},
		{"html in front", "<html>" + plain, "file.type_unsupported"},
		{"half a document", plain[:40], "file.corrupt"},
		{"much after the end", plain + strings.Repeat(" ", 2048), "file.corrupt"},
		{"a script", strings.Replace(plain, "/Catalog", "/Catalog /OpenAction << /S /JavaScript /JS (1) >>", 1), "file.active_content"},
		{"a command", strings.Replace(plain, "/Catalog", "/Catalog /OpenAction << /S /Launch >>", 1), "file.active_content"},
		{"a file inside", strings.Replace(plain, "/Catalog", "/Catalog /Names << /EmbeddedFiles 2 0 R >>", 1), "file.active_content"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.code, fault.Code(document.Check([]byte(test.data))))
		})
	}
}

func TestReadStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	data, err := document.Read(strings.NewReader(plain), int64(len(plain)))
	require.NoError(t, err)
	require.Equal(t, plain, string(data))
	_, err = document.Read(strings.NewReader(plain), int64(len(plain))-1)
	require.Equal(t, "file.too_large", fault.Code(err))
	_, err = document.Read(http.MaxBytesReader(nil, http.NoBody, 0), 10)
	require.Equal(t, "file.type_unsupported", fault.Code(err))
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte("%PDF-"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if document.Check(data) == nil && (!bytes.HasPrefix(data, []byte("%PDF-")) || !bytes.Contains(data, []byte("%%EOF"))) {
			t.Fatal("took in what is no document")
		}
	})
}
