package diary

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Browse opens a page in a real browser, which writes a file, and returns what it wrote. Without a browser
// the test is skipped: `make test` installs one when root runs it.
func Browse(t *testing.T, url, how, name string, more ...string) []byte {
	t.Helper()
	bin := ""
	for _, candidate := range []string{os.Getenv("GUIKE_TEST_BROWSER"), "chromium", "chromium-browser", "google-chrome"} {
		path, err := exec.LookPath(candidate)
		if err == nil && exec.CommandContext(t.Context(), path, "--version").Run() == nil {
			bin = path
			break
		}
	}
	if bin == "" {
		t.Skip("no browser is at hand: apt-get install chromium fonts-noto-cjk, or name one by GUIKE_TEST_BROWSER")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, name)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	args := append([]string{
		"--headless", "--disable-gpu", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
		"--user-data-dir=" + filepath.Join(dir, "profile"), how + "=" + out,
	}, append(more, url)...)
	cmd := exec.CommandContext(ctx, bin, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Run(), said.String())
	b, err := os.ReadFile(out)
	require.NoError(t, err, said.String())
	return b
}

var sheetOfPDF = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// Sheets counts the pages of a PDF.
func Sheets(pdf []byte) int { return len(sheetOfPDF.FindAll(pdf, -1)) }
