package arch_test

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// floors are the lowest versions without a known weakness, from golang/vulndb of 2026-08-21. A floor
// holds within its major version, since that is part of the path. "" means: do not use at all.
var floors = []struct{ path, version, because string }{
	{"github.com/gin-gonic/gin", "v1.9.1", "CVE-2023-29401, CVE-2020-28483, CVE-2020-36567"},
	{"github.com/gin-contrib/cors", "v1.6.0", "CVE-2019-25211"},
	{"github.com/golang-jwt/jwt/v4", "v4.5.2", "CVE-2024-51744, CVE-2025-30204"},
	{"github.com/golang-jwt/jwt/v5", "v5.2.2", "CVE-2025-30204"},
	{"github.com/dgrijalva/jwt-go", "", "CVE-2020-26160, abandoned"},
	{"github.com/redis/go-redis/v9", "v9.7.3", "CVE-2025-29923"},
	{"github.com/swaggo/http-swagger", "v1.2.6", "CVE-2022-24863, CVE-2024-25712"},
	{"golang.org/x/image", "v0.45.0", "CVE-2026-33809 to CVE-2026-46604"},
	{"github.com/xuri/excelize/v2", "v2.11.0", "CVE-2026-54063"},
	{"github.com/gorilla/websocket", "v1.4.1", "CVE-2020-27813"},
	{
		"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin",
		"v0.44.0", "CVE-2023-45142",
	},
}

func TestModulesMeetTheirFloors(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	require.NoError(t, err)
	var mod struct {
		Require []struct{ Path, Version string }
	}
	require.NoError(t, json.Unmarshal(out, &mod))
	require.NotEmpty(t, mod.Require)

	for _, r := range mod.Require {
		require.Empty(t, belowFloor(r.Path, r.Version))
	}
}

func TestFloorsAreEnforced(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, version string
		below         bool
	}{
		{"github.com/gin-gonic/gin", "v1.9.0", true},
		{"github.com/gin-gonic/gin", "v1.9.1-0.20230601000000-abcdefabcdef", true},
		{"github.com/gin-gonic/gin", "v1.9.1", false},
		{"github.com/gin-gonic/gin", "v1.12.0", false},
		{"golang.org/x/image", "v0.5.0", true},
		{"golang.org/x/image", "v0.47.0", false},
		{"github.com/redis/go-redis/v9", "v9.7.2", true},
		{"github.com/dgrijalva/jwt-go", "v3.2.0+incompatible", true},
		{"example.com/unlisted", "v0.0.1", false},
	}
	for _, tt := range tests {
		t.Run(tt.path+"@"+tt.version, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.below, belowFloor(tt.path, tt.version) != "")
		})
	}
}

// belowFloor says what is wrong with a module's version; "" when nothing is.
func belowFloor(path, version string) string {
	for _, f := range floors {
		switch {
		case f.path != path:
		case f.version == "":
			return path + " is not to be used: " + f.because
		case older(version, f.version):
			return path + " " + version + " is below " + f.version + ": " + f.because
		}
	}
	return ""
}

// older compares two versions by their three numbers; at equal numbers a pre-release is older.
func older(a, b string) bool {
	x, pre := numbers(a)
	y, _ := numbers(b)
	for i := range x {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return pre
}

func numbers(version string) (n [3]int, pre bool) {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "+")
	version, _, pre = strings.Cut(version, "-")
	for i, part := range strings.SplitN(version, ".", 3) {
		n[i], _ = strconv.Atoi(part)
	}
	return n, pre
}
