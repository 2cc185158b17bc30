// Guike keeps the customers of home-furnishing companies for life: the backend of their mini-program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // a container has no zones of its own

	"github.com/alecthomas/kong"

	"guike/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commands is the command line; every setting of package config is a flag of every command.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve the API: production."`
	Demo    demoCommand    `cmd:"" help:"Run everything in one process with a demo company: nothing else is needed."`
	Migrate migrateCommand `cmd:"" help:"Bring the store's schema up to date, or show where it is."`
	Seed    seedCommand    `cmd:"" help:"Load the default policies and templates; loading them again changes nothing."`
	Import  importCommand  `cmd:"" help:"Check a file of customers, homes, running projects and opening balances; with --apply import it, each line once."`
	Verify  verifyCommand  `cmd:"" help:"Recompute the ledger beside a running server and name every row that breaks a rule; exit code 1 when one does."`
	Staff   staffCommand   `cmd:"" help:"Create the first administrator."`
	OpenAPI openapiCommand `cmd:"" name:"openapi" help:"Print the API's description (OpenAPI 3.1, YAML)."`
	Health  healthCommand  `cmd:"" help:"Ask a running server whether it is ready; the container's health check."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// world is what a command is given: its settings are read by the command, which knows its mode.
type world struct {
	ctx            context.Context
	environ        []string
	flags          map[string]string
	stdout, stderr io.Writer
}

func (w world) config(modes ...config.Mode) (config.Config, error) {
	return config.Load(w.environ, w.flags, modes...)
}

// errUsage marks a command line that cannot be understood.
var errUsage = errors.New("usage")

// run does what the arguments say and returns the exit code: 0 done, 1 failed, 2 not understood. It
// ends when ctx does.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, environ, stdout, stderr)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, err)
		return 2
	}
	fmt.Fprintln(stderr, "guike:", err)
	return 1
}

func dispatch(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	flags, rest, err := config.SplitFlags(args)
	if err != nil {
		return err
	}
	var c commands
	ended := false
	parser, err := kong.New(&c, kong.Name("guike"), kong.Description("Backend of a mini-program with which home-furnishing companies keep their customers for life."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { ended = true }), kong.UsageOnError(),
		kong.Help(func(o kong.HelpOptions, k *kong.Context) error {
			if err := kong.DefaultHelpPrinter(o, k); err != nil {
				return err
			}
			_, err := fmt.Fprint(stdout, config.FlagHelp())
			return err
		}))
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(rest)
	if ended {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w; see guike --help", errUsage, err)
	}
	return parsed.Run(world{ctx: ctx, environ: environ, flags: flags, stdout: stdout, stderr: stderr})
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(w world) error {
	_, err := fmt.Fprintln(w.stdout, "guike", release())
	return err
}

// version is stamped by the build (-X main.version=…).
var version string

// release is the version that the build was stamped with, or "dev".
func release() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
