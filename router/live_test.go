package router

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
)

func TestASocketIsAskedFor(t *testing.T) {
	t.Parallel()
	e := gin.New()
	e.GET("/live", socket(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })))
	ask := func(upgrade string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/live", nil)
		r.Header.Set("Upgrade", upgrade)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		return w
	}
	require.Equal(t, http.StatusTeapot, ask("WebSocket").Code)
	w := ask("")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	require.Contains(t, w.Body.String(), `"header.Upgrade"`)
}
