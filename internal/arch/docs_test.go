package arch_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
	"guike/internal/fault/problem"
)

// source is one Go file of the house.
type source struct {
	path string // from the root
	fset *token.FileSet
	file *ast.File
}

// sources parses every Go file of the house, tests included.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	walk(t, ".go", func(path string, text []byte) {
		s := source{path: path, fset: token.NewFileSet()}
		var err error
		s.file, err = parser.ParseFile(s.fset, path, text, parser.SkipObjectResolution)
		require.NoError(t, err)
		all = append(all, s)
	})
	require.NotEmpty(t, all)
	return all
}

// walk visits every file of the house with the suffix.
func walk(t *testing.T, suffix string, visit func(path string, text []byte)) {
	t.Helper()
	top := root(t)
	err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
		name := e.Name()
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != top && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "data"):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(name, suffix):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(top, path)
		visit(filepath.ToSlash(relative), text)
		return err
	})
	require.NoError(t, err)
}

// document reads a file of the house.
func document(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), path))
	require.NoError(t, err)
	return string(text)
}

// failures are the codes that the source can answer with: the status of each fault, and the codes that
// tell which rule a field breaks. mistakes are calls that cannot be read.
type failures struct {
	faults   map[string]int
	fields   map[string]bool
	mistakes []string
}

// statuses is what each kind of fault is answered with, by the kind's name in the source.
func statuses() map[string]int {
	kinds := map[string]fault.Kind{
		"Malformed": fault.Malformed, "Unauthenticated": fault.Unauthenticated, "Forbidden": fault.Forbidden,
		"NotFound": fault.NotFound, "Conflict": fault.Conflict, "TooLarge": fault.TooLarge,
		"UnsupportedMedia": fault.UnsupportedMedia, "Invalid": fault.Invalid, "TooMany": fault.TooMany,
		"Unavailable": fault.Unavailable, "NoSpace": fault.NoSpace, "0": 0,
	}
	by := map[string]int{}
	for name, kind := range kinds {
		by[name] = problem.Status(kind)
	}
	return by
}

// collect reads the codes out of some files. A fault is a call of New of package fault; a field's code
// is a word that is handed over right before its Chinese sentence.
func collect(files []source) failures {
	f := failures{faults: map[string]int{}, fields: map[string]bool{}}
	by := statuses()
	for _, s := range files {
		if strings.HasSuffix(s.path, "_test.go") || strings.HasPrefix(s.path, "testkit/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if named(n.Fun, s.file.Name.Name, "fault", "New") {
					f.fault(s, n, by)
					return true
				}
				if named(n.Fun, s.file.Name.Name, "fault", "Broken") && (len(n.Args) != 4 || text(n.Args[1]) == "") {
					f.mistakes = append(f.mistakes, s.at(n)+": the code of a field is a literal")
				}
				if slices.Contains(fieldNamers, callee(n.Fun)) {
					f.field(n.Args)
				}
			case *ast.CompositeLit: // the table of what the validation finds
				if strings.HasPrefix(s.path, "internal/fault/problem/") {
					f.field(n.Elts)
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" && text(n.Value) != "" && strings.HasPrefix(s.path, "internal/fault/problem/") {
					f.fields[text(n.Value)] = true
				}
			}
			return true
		})
	}
	return f
}

func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.fset.Position(n.Pos()).Line)
}

func (f *failures) fault(s source, n *ast.CallExpr, by map[string]int) {
	if len(n.Args) != 4 {
		f.mistakes = append(f.mistakes, s.at(n)+": a fault has kind, code and two sentences")
		return
	}
	code, kind := text(n.Args[1]), ""
	switch k := n.Args[0].(type) {
	case *ast.SelectorExpr:
		kind = k.Sel.Name
	case *ast.Ident:
		kind = k.Name
	case *ast.BasicLit:
		kind = k.Value
	}
	status, known := by[kind]
	switch before, twice := f.faults[code]; {
	case code == "" || !known:
		f.mistakes = append(f.mistakes, s.at(n)+": kind and code of a fault are literals")
	case twice && before != status:
		f.mistakes = append(f.mistakes, s.at(n)+": "+code+" has two statuses")
	default:
		f.faults[code] = status
	}
}

// fieldNamers are the functions that name a field's fault: those of package fault, and the collector
// of unmet conditions in service/project.
var fieldNamers = []string{"Broken", "At", "need", "add"}

// callee is the last part of what is called.
func callee(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.SelectorExpr:
		return fun.Sel.Name
	case *ast.Ident:
		return fun.Name
	}
	return ""
}

var word = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (f *failures) field(args []ast.Expr) {
	for i := 0; i+2 < len(args); i++ {
		if code := text(args[i]); word.MatchString(code) && chinese(args[i+1]) {
			f.fields[code] = true
		}
	}
}

// named says whether a call goes to a function of a package, from outside or from inside it.
func named(fun ast.Expr, in, pkg, name string) bool {
	switch fun := fun.(type) {
	case *ast.SelectorExpr:
		x, ok := fun.X.(*ast.Ident)
		return ok && x.Name == pkg && fun.Sel.Name == name
	case *ast.Ident:
		return in == pkg && fun.Name == name
	}
	return false
}

// text is the value of a string literal, empty for anything else.
func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	value, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return value
}

// sentence is a string literal, the one that a call formats, or the one that something is added to.
func sentence(e ast.Expr) string {
	if sum, ok := e.(*ast.BinaryExpr); ok {
		return sentence(sum.X)
	}
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) > 0 {
		return text(call.Args[0])
	}
	return text(e)
}

func chinese(e ast.Expr) bool {
	return strings.ContainsFunc(sentence(e), func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

var (
	faultRow = regexp.MustCompile("(?m)^\\| (\\d{3}) \\| `([a-z0-9_.]+)` \\|")
	fieldRow = regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|")
)

func TestErrorsAreDocumented(t *testing.T) {
	t.Parallel()
	found := collect(sources(t))
	require.Empty(t, found.mistakes)
	page := document(t, "docs/errors.md")

	written := map[string]int{}
	for _, row := range faultRow.FindAllStringSubmatch(page, -1) {
		status, err := strconv.Atoi(row[1])
		require.NoError(t, err)
		require.NotContains(t, written, row[2], "docs/errors.md lists it twice")
		written[row[2]] = status
	}
	differ(t, found.faults, written)

	fields := map[string]bool{}
	for _, row := range fieldRow.FindAllStringSubmatch(page, -1) {
		fields[row[1]] = true
	}
	differ(t, found.fields, fields)
}

// differ fails with what only the source or only the page holds.
func differ[V comparable](t *testing.T, source, page map[string]V) {
	t.Helper()
	var undocumented, unknown []string
	for code, v := range source {
		if other, ok := page[code]; !ok || other != v {
			undocumented = append(undocumented, fmt.Sprint(code, " ", v))
		}
	}
	for code, v := range page {
		if other, ok := source[code]; !ok || other != v {
			unknown = append(unknown, fmt.Sprint(code, " ", v))
		}
	}
	slices.Sort(undocumented)
	slices.Sort(unknown)
	require.Empty(t, undocumented, "the source can answer with these, docs/errors.md does not say so")
	require.Empty(t, unknown, "docs/errors.md lists these, the source does not answer with them")
}

func TestCodesAreFound(t *testing.T) {
	t.Parallel()
	const planted = `package x
var a = fault.New(fault.Conflict, "x.taken", "已有。", "Taken.").At("body.a", "taken", "已有。", "Taken.")
func f() error {
	tell("project_created", "已建立。", "Created.")
	_ = f.At("body", "unreadable", "无法读取。", cut(en, 200)).At("body.phone", "exists", "编号:"+x, "customer "+x)
	u.need(true, "too_early", fmt.Sprintf("太早 %s。", "x"), fmt.Sprintf("Too early: %s.", "x"))
	_ = fault.New(fault.Invalid, "x.taken", "已有。", "Taken.")
	_ = fault.New(kind, code, "已有。", "Taken.")
	return fault.Broken("body.b", code, "无效。", "Invalid.")
}`
	s := source{path: "x.go", fset: token.NewFileSet()}
	var err error
	s.file, err = parser.ParseFile(s.fset, "x.go", planted, 0)
	require.NoError(t, err)
	found := collect([]source{s})
	require.Equal(t, map[string]int{"x.taken": 409}, found.faults)
	require.Equal(t, map[string]bool{"taken": true, "too_early": true, "unreadable": true, "exists": true}, found.fields)
	require.Equal(t, []string{
		"x.go:7: x.taken has two statuses",
		"x.go:8: kind and code of a fault are literals",
		"x.go:9: the code of a field is a literal",
	}, found.mistakes)
}

// TestOperationsRefuseWithKnownCodes looks at what router says of each operation: fails("409 x.y").
func TestOperationsRefuseWithKnownCodes(t *testing.T) {
	t.Parallel()
	all := sources(t)
	known := collect(all).faults
	for _, s := range all {
		if !strings.HasPrefix(s.path, "router/") || strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !named(call.Fun, "router", "router", "fails") {
				return true
			}
			for _, arg := range call.Args {
				number, code, _ := strings.Cut(text(arg), " ")
				status, _ := strconv.Atoi(number)
				require.Equal(t, known[code], status, "%s: %q is no fault of the house", s.at(arg), text(arg))
			}
			return true
		})
	}
}

var (
	link     = regexp.MustCompile(`\]\(([^()\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	fences   = regexp.MustCompile("(?s)```.*?```")
	external = regexp.MustCompile(`^([a-z]+:|#)`)
)

func TestLinksResolve(t *testing.T) {
	t.Parallel()
	walk(t, ".md", func(path string, page []byte) {
		for _, m := range link.FindAllStringSubmatch(fences.ReplaceAllString(string(page), ""), -1) {
			target := m[1] + m[2]
			if external.MatchString(target) {
				continue
			}
			file, _, _ := strings.Cut(target, "#")
			_, err := os.Stat(filepath.Join(root(t), filepath.Dir(path), file))
			require.NoError(t, err, "%s links to %s", path, target)
		}
	})
}

var (
	variable = regexp.MustCompile(`GUIKE_[A-Z0-9_]+`)
	metric   = regexp.MustCompile("`guike_([a-z0-9_]+)`")
)

// TestSettingsAreNamedRightly finds every GUIKE_ variable of the pages among the options.
func TestSettingsAreNamedRightly(t *testing.T) {
	t.Parallel()
	options := map[string]bool{}
	for _, s := range sources(t) {
		if s.path != "config/options.go" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Name" {
					options[text(kv.Value)] = true
				}
			}
			return true
		})
	}
	require.True(t, options["HTTP_ADDR"], "the options were not found")
	walk(t, ".md", func(path string, page []byte) {
		for _, name := range variable.FindAllString(string(page), -1) {
			plain := strings.TrimSuffix(strings.TrimPrefix(name, "GUIKE_"), "_FILE")
			family := slices.ContainsFunc(slices.Collect(keys(options)), func(o string) bool {
				return strings.HasSuffix(plain, "_") && strings.HasPrefix(o, plain) // GUIKE_S3_*
			})
			require.True(t, options[plain] || family || strings.HasPrefix(plain, "TEST_"), "%s names %s", path, name)
		}
	})
}

func keys(set map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range set {
			if !yield(k) {
				return
			}
		}
	}
}

// TestMetricsExist finds every metric that operations.md names in the source.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	literals := map[string]bool{}
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && !strings.HasSuffix(s.path, "_test.go") {
				literals[strings.TrimPrefix(text(lit), "guike_")] = true
			}
			return true
		})
	}
	rows := metric.FindAllStringSubmatch(document(t, "docs/operations.md"), -1)
	require.NotEmpty(t, rows)
	for _, row := range rows {
		require.True(t, literals[row[1]], "docs/operations.md names guike_%s", row[1])
	}
}

var dependencyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (v[^ ]+) \\|")

// TestDependenciesHaveTheirReasons compares go.mod with the table of reasons.
func TestDependenciesHaveTheirReasons(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	require.NoError(t, err)
	var mod struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
	}
	require.NoError(t, json.Unmarshal(out, &mod))

	reasons := map[string]string{}
	for _, row := range dependencyRow.FindAllStringSubmatch(document(t, "docs/decisions/dependencies.md"), -1) {
		reasons[row[1]] = row[2]
	}
	for _, r := range mod.Require {
		if version, ok := reasons[r.Path]; ok || !r.Indirect {
			require.Equal(t, r.Version, version, "docs/decisions/dependencies.md on %s", r.Path)
		}
		delete(reasons, r.Path)
	}
	require.Empty(t, reasons, "docs/decisions/dependencies.md names modules that go.mod does not")
}

var (
	operation = regexp.MustCompile("`((?:GET|POST|PUT|DELETE) /[^ `]*)`")
	testName  = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	rowID     = regexp.MustCompile(`^[A-Z]\d{1,2}$`)
)

// TestFeaturesAreTested holds the promises of docs/features.md: each row of the mission names endpoints
// that exist and tests that exist.
func TestFeaturesAreTested(t *testing.T) {
	t.Parallel()
	tests, served := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				tests[n.Name.Name] = tests[n.Name.Name] || strings.HasSuffix(s.path, "_test.go")
			case *ast.CallExpr: // the routes that speak no JSON: e.GET("/v1/me/live", …)
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(s.path, "router/") && len(n.Args) > 0 {
					served[sel.Sel.Name+" "+text(n.Args[0])] = true
				}
			}
			return true
		})
	}
	golden, err := os.ReadFile(filepath.Join(root(t), "router/testdata/routes.golden"))
	if err != nil {
		t.Log("router/testdata/routes.golden is not there; endpoints are not looked at")
	}
	for line := range strings.Lines(string(golden)) {
		if parts := strings.Fields(line); len(parts) > 1 {
			served[parts[0]+" "+parts[1]] = true
		}
	}

	rows := 0
	for line := range strings.Lines(document(t, "docs/features.md")) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || !rowID.MatchString(strings.TrimSpace(cells[1])) {
			continue
		}
		rows++
		name := strings.TrimSpace(cells[1])
		require.True(t, testName.MatchString(cells[4]), "%s names no test", name)
		for _, m := range testName.FindAllStringSubmatch(cells[4], -1) {
			require.True(t, tests[m[1]], "%s names a test that is not there: %s", name, m[1])
		}
		for _, m := range operation.FindAllStringSubmatch(cells[3], -1) {
			require.True(t, golden == nil || served[m[1]], "%s names an endpoint that is not there: %s", name, m[1])
		}
	}
	require.NotZero(t, rows)
}
