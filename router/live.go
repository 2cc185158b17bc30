package router

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"guike/internal/fault"
	"guike/internal/fault/problem"
)

// socket serves those who ask for a WebSocket. Everybody else gets a problem like anywhere in the
// API, not the library's line of text.
func socket(h http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !strings.EqualFold(c.GetHeader("Upgrade"), "websocket") {
			problem.Write(c, fault.Broken("header.Upgrade", "required", "请用 WebSocket 连接。", "Connect by WebSocket."))
			return
		}
		h.ServeHTTP(c.Writer, c.Request)
	}
}
