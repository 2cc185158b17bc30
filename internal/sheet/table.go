package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
)

// Table writes rows as CSV with a byte order mark, so that spreadsheets read it as UTF-8. Texts that people
// wrote go through Safe first.
func Table(rows [][]string) ([]byte, error) {
	out := bytes.NewBufferString("\ufeff")
	if err := csv.NewWriter(out).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write table: %w", err)
	}
	return out.Bytes(), nil
}

// Safe makes a text safe for a spreadsheet, which would take what begins like a formula for one.
func Safe(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r|", rune(text[0])) {
		return "'" + text
	}
	return text
}
