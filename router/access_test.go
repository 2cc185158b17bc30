package router

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/fault/problem"
	"guike/internal/id"
)

type scopeTold struct{ got actor.Scope }

func (s *scopeTold) Read(ctx context.Context, _ *struct{}) (*contract.Answer[string], error) {
	s.got = actor.From(ctx).Scope
	return contract.Found(""), nil
}

// A store manager hires customer service for the store; what such a person sees must not be wider than
// the store (it was, and took the manager past the own store).
func TestWhoBelongsToAStoreReachesNoFurther(t *testing.T) {
	t.Parallel()
	store := id.New()
	for name, c := range map[string]struct {
		who  actor.Actor
		want actor.Scope
	}{
		"customer service of the head office":   {actor.Actor{Role: actor.CustomerService}, actor.All},
		"customer service of a store":           {actor.Actor{Role: actor.CustomerService, StoreID: store}, actor.Store},
		"experience centre of the head office":  {actor.Actor{Role: actor.ExperienceCentre}, actor.All},
		"experience centre of a store":          {actor.Actor{Role: actor.ExperienceCentre, StoreID: store}, actor.Store},
		"store manager":                         {actor.Actor{Role: actor.StoreManager, StoreID: store}, actor.Store},
		"installer keeps to the own work":       {actor.Actor{Role: actor.Installer, StoreID: store}, actor.Own},
		"regional head keeps the whole region":  {actor.Actor{Role: actor.RegionalHead, RegionID: id.New()}, actor.Region},
		"management keeps the whole company":    {actor.Actor{Role: actor.Management}, actor.All},
		"admin keeps the whole company, always": {actor.Actor{Role: actor.Admin}, actor.All},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.who.Kind, c.who.ID = actor.Staff, id.New()
			told := &scopeTold{}
			e := gin.New()
			e.Use(func(g *gin.Context) { g.Request = g.Request.WithContext(actor.With(g.Request.Context(), c.who)) })
			staff(&surface{api: humagin.New(e, describe("test")), grants: Grants()}, "GET /v1/staff/seen", "customer.read", told.Read, "Seen")
			w := httptest.NewRecorder()
			e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/staff/seen", nil))
			require.Equal(t, http.StatusOK, w.Code)
			require.Equal(t, c.want, told.got)
		})
	}
}

// People of other companies call what is marked for them, of their own projects, and nothing else,
// whatever their role holds.
func TestWhoIsOfAnotherCompany(t *testing.T) {
	t.Parallel()
	problem.Install()
	for _, p := range append(Permissions(), None) {
		for _, open := range []bool{false, true} {
			who := actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.Supervisor, External: true}
			told := &scopeTold{}
			e := gin.New()
			e.Use(func(g *gin.Context) { g.Request = g.Request.WithContext(actor.With(g.Request.Context(), who)) })
			var more []about
			if open {
				more = append(more, thirdParties)
			}
			staff(&surface{api: humagin.New(e, describe("test")), grants: Grants()}, "GET /v1/staff/seen", p, told.Read, "Seen", more...)
			w := httptest.NewRecorder()
			e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/staff/seen", nil))
			if !open || ScopeOf(p, actor.Supervisor) == actor.None {
				require.Equal(t, http.StatusForbidden, w.Code, p)
				continue
			}
			require.Equal(t, http.StatusOK, w.Code, p)
			require.Equal(t, actor.Own, told.got, p)
		}
	}
}
