package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// openText prepares a CSV file: UTF-8, UTF-16 with its mark, or GB18030 (and with it GBK), as the
// spreadsheets of the country write it; separated by commas, semicolons or tabs.
func (b *Book) openText(data []byte) error {
	text, err := decode(data)
	if err != nil {
		return err
	}
	if looksForeign(text) {
		return &Error{Code: WrongType}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return &Error{Code: Empty}
	}
	b.sheets = []source{{"", func(b *Book, name string, fn func(Row) error) ([]Place, error) {
		return nil, b.readText(text, name, fn)
	}}}
	return nil
}

func decode(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			return nil, &Error{Code: Encoding}
		}
		return text, nil
	}
	switch {
	case bytes.IndexByte(data, 0) >= 0:
		return nil, &Error{Code: WrongType}
	case utf8.Valid(data):
		return data, nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, &Error{Code: Encoding}
	}
	return text, nil
}

// looksForeign recognises pages and documents that some programs hand out under the name of a table.
func looksForeign(text []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(text[:min(len(text), 256)]))
	for _, mark := range []string{"<", "%pdf", "{", "[", "\x7felf", "gif8"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	return bytes.IndexByte(text, 0) >= 0
}

func (b *Book) readText(text []byte, sheet string, fn func(Row) error) error {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator(text), -1, true
	var cells []Cell
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			line := 0
			if e, ok := errors.AsType[*csv.ParseError](err); ok {
				line = e.StartLine
			}
			return &Error{Code: Broken, Sheet: sheet, Row: line}
		}
		line, _ := r.FieldPos(0)
		cells = cells[:0]
		for _, field := range record {
			c := b.cell(field)
			if strings.HasPrefix(strings.TrimSpace(c.Text), "=") {
				c = Cell{Kind: Formula}
			}
			cells = append(cells, c)
		}
		if err := b.give(sheet, Row{Number: line, Cells: cells}, fn); err != nil {
			return err
		}
	}
}

// separator is the one that the first line uses most.
func separator(text []byte) rune {
	head, _, _ := bytes.Cut(bytes.TrimLeft(text, "\r\n"), []byte("\n"))
	best, most := ',', bytes.Count(head, []byte(","))
	for _, c := range ";\t" {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}
