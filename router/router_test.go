package router_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/obs"
	"guike/model/identity"
	"guike/router"
	"guike/service/membership/coupon"
)

func surface(t *testing.T) *router.Surface {
	t.Helper()
	s, err := router.New(router.Deps{
		Log: slog.New(slog.DiscardHandler), Metrics: obs.NewMetrics(obs.Build{}), Timeout: time.Second, UploadMaxBytes: 10 << 20, Version: "1",
	})
	require.NoError(t, err)
	return s
}

// golden compares text with a file, or writes the file when GUIKE_TEST_UPDATE is set.
func golden(t *testing.T, path, text string) {
	t.Helper()
	if os.Getenv("GUIKE_TEST_UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text, "the surface changed; if you meant it, run make generate")
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	golden(t, "testdata/routes.golden", strings.Join(surface(t).Operations, "\n")+"\n")
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	names := map[actor.Scope]string{actor.None: "-", actor.Own: "own", actor.Store: "store", actor.Region: "region", actor.All: "all"}
	var b strings.Builder
	for _, p := range router.Permissions() {
		b.WriteString(string(p))
		for _, r := range actor.Roles() {
			b.WriteString(" " + string(r) + "=" + names[router.ScopeOf(p, r)])
		}
		b.WriteString("\n")
	}
	golden(t, "testdata/permissions.golden", b.String())
}

func TestStoreManagerHoldsWhatSalesAndProjectManagersHold(t *testing.T) {
	t.Parallel()
	for _, p := range router.Permissions() {
		for _, r := range []actor.Role{actor.Sales, actor.ProjectManager} {
			if router.ScopeOf(p, r) != actor.None {
				require.GreaterOrEqual(t, router.ScopeOf(p, actor.StoreManager), actor.Store, "%s of %s", p, r)
			}
		}
	}
}

func TestPartnersConcernWhoManagesCampaignsOrSettles(t *testing.T) {
	t.Parallel()
	for _, r := range actor.Roles() {
		require.Equal(t, router.ScopeOf("coupon.manage", r) != actor.None || router.ScopeOf("coupon.settle", r) != actor.None, coupon.Settles(r), r)
	}
}

func TestEveryPermissionIsUsedAndEveryUsedOneExists(t *testing.T) {
	t.Parallel()
	used, scopes := map[string]bool{}, map[string]bool{}
	for _, line := range surface(t).Operations {
		switch f := strings.Fields(strings.TrimSuffix(line, " third-parties")); {
		case len(f) == 4 && f[2] == "open":
			scopes[f[3]] = true
		case len(f) == 4:
			used[f[3]] = true
		}
	}
	for _, scope := range identity.Scopes() {
		require.True(t, scopes[scope], "nothing needs the scope %s", scope)
		delete(scopes, scope)
	}
	require.Empty(t, scopes, "scopes that no key can have")
	for _, p := range router.Permissions() {
		require.True(t, used[string(p)], "nothing needs %s", p)
		delete(used, string(p))
	}
	require.Empty(t, used, "permissions that nobody holds")
}

func TestDescriptionIsWhole(t *testing.T) {
	t.Parallel()
	s := surface(t)
	text, err := s.OpenAPIJSON()
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	seen := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			seen++
			at := method + " " + path
			require.NotEmpty(t, op.Summary, at)
			require.NotEmpty(t, op.Tags, at)
			require.NotNil(t, op.Security, at)
			require.NotEmpty(t, op.Extensions["x-error-codes"], at)
			checkParameters(t, at, op)
			if op.RequestBody != nil {
				for kind, media := range op.RequestBody.Value.Content {
					if kind == "application/json" {
						checkExamples(t, at+" in", media.Schema, 0)
					}
				}
			}
			checkImplied(t, path, at, op)
			for status, answer := range op.Responses.Map() {
				for _, media := range answer.Value.Content {
					checkExamples(t, at+" "+status, media.Schema, 0)
				}
			}
		}
	}
	require.Equal(t, len(s.Operations), seen)
}

// checkImplied compares what is described with what clients were seen to get: pictures are no JSON,
// who sends a tag may get 304, who sends a key may have it refused.
func checkImplied(t *testing.T, path, at string, op *openapi3.Operation) {
	t.Helper()
	if strings.HasSuffix(path, ".png") {
		require.Contains(t, op.Responses.Value("200").Value.Content, "image/png", at)
		require.Len(t, op.Responses.Value("200").Value.Content, 1, at)
	}
	if strings.HasSuffix(path, ".csv") {
		require.Contains(t, op.Responses.Value("200").Value.Content, "text/csv", at)
		require.Len(t, op.Responses.Value("200").Value.Content, 1, at)
	}
	if op.Parameters.GetByInAndName("header", "If-None-Match") != nil {
		require.NotNil(t, op.Responses.Value("304"), at)
		require.Empty(t, op.Responses.Value("304").Value.Content, at)
	}
	if op.Parameters.GetByInAndName("header", "Idempotency-Key") != nil {
		codes := op.Extensions["x-error-codes"]
		require.Contains(t, codes, "idempotency.malformed", at)
		require.Contains(t, codes, "idempotency.mismatch", at)
	}
	once := map[any]bool{}
	for _, code := range op.Extensions["x-error-codes"].([]any) {
		require.False(t, once[code], "%s lists %s twice", at, code)
		once[code] = true
	}
}

func checkParameters(t *testing.T, at string, op *openapi3.Operation) {
	t.Helper()
	for _, p := range op.Parameters {
		require.NotEmpty(t, p.Value.Description, "%s: parameter %s", at, p.Value.Name)
		require.True(t, p.Value.Example != nil || len(p.Value.Schema.Value.Examples) > 0, "%s: parameter %s has no example", at, p.Value.Name)
	}
}

// checkExamples wants a description and an example of every plain property, however deep.
func checkExamples(t *testing.T, at string, ref *openapi3.SchemaRef, depth int) {
	t.Helper()
	if ref == nil || ref.Value == nil || depth > 6 {
		return
	}
	checkExamples(t, at, ref.Value.Items, depth+1)
	for name, p := range ref.Value.Properties {
		where := at + "." + name
		require.NotEmpty(t, p.Value.Description, where)
		plain := !p.Value.Type.Includes("object") && (!p.Value.Type.Includes("array") || len(p.Value.Items.Value.Properties) == 0)
		if plain && p.Ref == "" {
			require.NotEmpty(t, p.Value.Examples, "%s has no example", where)
		}
		checkExamples(t, where, p, depth+1)
	}
}
