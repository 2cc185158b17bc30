package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"guike/app"
	"guike/internal/fault"
	"guike/internal/sheet"
	intakes "guike/model/membership/intake"
	"guike/service/membership/intake"
)

type importCommand struct {
	File       string `arg:"" help:"An .xlsx workbook, or a .csv file with the lines of one kind; see docs/import.md."`
	Kind       string `help:"Of the lines of a .csv file: customers, homes, projects or balances; told by its name or headers when absent." enum:"customers,homes,projects,balances," default:""`
	Apply      bool   `help:"Import the file. Without it the file is checked and nothing is written."`
	SkipFaulty bool   `help:"With --apply: import the lines that are not faulty, and tell which were left."`
	Lang       string `help:"Language of what was found: zh or en." enum:"zh,en" default:"zh"`
}

// Run checks a file and lists every faulty line; with --apply it imports it. It fails when a line is
// faulty, also when the others were imported.
func (c importCommand) Run(w world) error {
	data, err := readTable(c.File)
	if err != nil {
		return err
	}
	in := intake.Upload{Name: filepath.Base(c.File), Kind: intakes.Kind(c.Kind), Data: data}
	return w.onApp(func(ctx context.Context, a *app.App) error {
		if !c.Apply {
			f, err := a.CheckImport(ctx, in)
			if err != nil {
				return err
			}
			c.list(w.stdout, f.Remarks)
			how := "nothing was written"
			if f.Faulty() == 0 {
				how += "; import it with --apply"
			}
			return c.close(w.stdout, f.Tally(), how)
		}
		bar := progress(w.stderr, "import")
		r, f, err := a.Import(ctx, in, c.SkipFaulty, bar)
		if err != nil {
			return fmt.Errorf("%w; what is done stays done, run it again", err)
		}
		if r.ID.IsZero() {
			c.list(w.stdout, f.Remarks)
			return c.close(w.stdout, f.Tally(), "nothing was written")
		}
		found, err := a.ImportRemarks(ctx, r.ID)
		if err != nil {
			return err
		}
		c.list(w.stdout, found)
		return c.close(w.stdout, r.Tally, "imported")
	})
}

// readTable reads a file that is not too large to be one of ours.
func readTable(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limit := sheet.DefaultLimits().Bytes
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d MB; split it", filepath.Base(path), limit>>20)
	}
	return data, err
}

// list says what was found, a line each: severity, sheet, row, column, field, code, sentence.
func (c importCommand) list(to io.Writer, remarks []intakes.Remark) {
	for _, r := range remarks {
		text := fault.Text{ZH: r.TextZH, EN: r.TextEN}
		fmt.Fprintf(to, "%-5s %-9s row %-5d column %-2s %-16s %s  %s\n", r.Severity, dash(string(r.Kind)), r.Row, dash(r.Column), dash(r.Field), r.Code, text.In(c.Lang))
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// close says the numbers and how it ended.
func (c importCommand) close(to io.Writer, t intakes.Tally, how string) error {
	fmt.Fprintf(to, "%d lines: %d new, %d linked to known customers, %d there already, %d differ from before, %d faulty; %s\n",
		t.Total, t.Created, t.Linked, t.Already, t.Differing, t.Faulty, how)
	if t.Faulty > 0 {
		return errors.New("the file has faulty lines; docs/import.md says what each code means")
	}
	return nil
}
