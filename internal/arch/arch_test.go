package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/arch"
)

// house lists the packages of the module as the go command sees them. A package that does not
// compile at the moment is still listed, with what it imports.
func house(t *testing.T) []arch.Package {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-tags", "nomsgpack",
		"-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root(t)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)

	var packages []arch.Package
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p arch.Package
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}

// root is the folder of go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "go.mod"))
	return dir
}

func TestHouseKeepsItsImportRules(t *testing.T) {
	t.Parallel()
	packages := house(t)

	var paths []string
	for _, p := range packages {
		paths = append(paths, p.Path)
	}
	require.Contains(t, paths, arch.Module+"/internal/arch", "the list is not the house")
	require.Empty(t, arch.Violations(packages))
}

func TestViolationsAreCaught(t *testing.T) {
	t.Parallel()
	const (
		gin   = "github.com/gin-gonic/gin"
		huma  = "github.com/danielgtaylor/huma/v2"
		gorm  = "gorm.io/gorm"
		redis = "github.com/redis/go-redis/v9"
	)
	tests := []struct {
		name, from, to, rule string
	}{
		{"model looks up to service", "guike/model/project", "guike/service/project", "R1"},
		{"service looks up to api", "guike/service/project", "guike/api/project", "R1"},
		{"api looks up to router", "guike/api/project", "guike/router", "R1"},
		{"router looks up to app", "guike/router", "guike/app", "R1"},
		{"app looks up to demo", "guike/app", "guike/demo", "R1"},
		{"anybody looks up to main", "guike/demo", "guike", "R1"},
		{"internal is no leaf", "guike/internal/obs", "guike/model/db", "R1"},
		{"app reads the configuration", "guike/app", "guike/config", "R1"},
		{"configuration reaches the model", "guike/config", "guike/model/db", "R1"},
		{"product imports testkit", "guike/service/project", "guike/testkit", "R1"},
		{"main imports bench", "guike", "guike/bench", "R1"},
		{"testkit imports bench", "guike/testkit", "guike/bench/load", "R1"},
		{"unknown room", "guike/plugins/sms", "fmt", "R1"},
		{"gin in a service", "guike/service/project", gin, "R2"},
		{"huma in fault itself", "guike/internal/fault", huma, "R2"},
		{"huma in a neighbour of problem", "guike/internal/fault/problems", huma, "R2"},
		{"gorm in a service", "guike/service/project", gorm, "R2"},
		{"MySQL driver in app", "guike/app", "github.com/go-sql-driver/mysql", "R2"},
		{"SQLite driver in demo", "guike/demo", "modernc.org/sqlite", "R2"},
		{"Redis in another model", "guike/model/lease", redis, "R2"},
		{"embedded Redis in app", "guike/app", "github.com/alicebob/miniredis/v2", "R2"},
		{"WeChat SDK in a service", "guike/service/notify", "github.com/silenceper/wechat/v2", "R2"},
		{"simulator in the product", "guike/app", "guike/internal/wechat/sim", "R2"},
		{"model of another domain", "guike/model/project", "guike/model/identity", "R3"},
		{"shared ground on a domain", "guike/model/outbox", "guike/model/notify", "R3"},
		{"service of another domain", "guike/service/project", "guike/service/identity", "R4"},
		{"service on flow", "guike/service/project", "guike/service/flow", "R4"},
		{"package named util", "guike/internal/util", "fmt", "R5"},
		{"package below common", "guike/internal/common/text", "fmt", "R5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := arch.Violations([]arch.Package{{Path: tt.from, Imports: []string{tt.to}}})
			require.Len(t, found, 1)
			require.Contains(t, found[0], tt.rule+": "+tt.from)
		})
	}
}

func TestTestsAreBoundToo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		pkg  arch.Package
		want []string
	}{
		{
			"testkit in a test of the package itself",
			arch.Package{Path: "guike/model/db", TestImports: []string{"guike/testkit"}},
			[]string{"R1: guike/model/db imports guike/testkit, which is not below it"},
		},
		{
			"bench in an external test",
			arch.Package{Path: "guike/model/db", XTestImports: []string{"guike/bench"}},
			[]string{"R1: guike/model/db imports guike/bench, which is not below it"},
		},
		{
			"external test looks up",
			arch.Package{Path: "guike/model/db", XTestImports: []string{"guike/service/project"}},
			[]string{"R1: guike/model/db imports guike/service/project, which is not below it"},
		},
		{
			"the same mistake twice is told once",
			arch.Package{
				Path:        "guike/service/project",
				Imports:     []string{"guike/service/care"},
				TestImports: []string{"guike/service/care"},
			},
			[]string{"R4: guike/service/project imports guike/service/care; two domains meet in service/flow"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, arch.Violations([]arch.Package{tt.pkg}))
		})
	}
}

func TestWhatIsAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		pkg  arch.Package
	}{
		{"main wires", arch.Package{Path: "guike", Imports: []string{"guike/app", "guike/config", "guike/demo", "guike/internal/obs"}}},
		{"demo uses all below main", arch.Package{Path: "guike/demo", Imports: []string{"guike/app", "guike/config", "guike/model/project", "guike/internal/wechat/sim"}}},
		{"floors may be skipped", arch.Package{Path: "guike/router", Imports: []string{"guike/internal/fault", "github.com/gin-gonic/gin"}}},
		{"problem speaks HTTP", arch.Package{Path: "guike/internal/fault/problem", Imports: []string{"guike/internal/fault", "github.com/danielgtaylor/huma/v2"}}},
		{"model on its ground", arch.Package{Path: "guike/model/project", Imports: []string{"guike/model/db", "guike/model/ledger", "gorm.io/gorm", "gorm.io/gorm/clause"}}},
		{"cache opens Redis", arch.Package{Path: "guike/model/cache", Imports: []string{"github.com/redis/go-redis/v9", "github.com/go-redis/redis_rate/v10"}}},
		{"flow joins services", arch.Package{Path: "guike/service/flow", Imports: []string{"guike/service/project", "guike/service/identity"}}},
		{"service reads another domain's model", arch.Package{Path: "guike/service/project", Imports: []string{"guike/model/identity"}}},
		{"external test with fixtures", arch.Package{Path: "guike/service/project", XTestImports: []string{"guike/testkit", "guike/service/identity", "guike/internal/wechat/sim"}}},
		{"testkit and bench are free", arch.Package{Path: "guike/testkit", Imports: []string{"guike/app", "gorm.io/gorm"}}},
		{"names that only contain a refused one", arch.Package{Path: "guike/model/database", Imports: []string{"gorm.io/gorm"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, arch.Violations([]arch.Package{tt.pkg}))
		})
	}
}
