package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/fault/problem"
	"guike/internal/id"
	"guike/internal/obs"
	"guike/model/cache"
	"guike/service/identity"
)

// bodyLimit bounds JSON bodies; uploads have their own limit.
const bodyLimit = 256 << 10

// uploadTime is how long a picture may take to arrive.
const uploadTime = 30 * time.Second

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// identify gives the request its id: the client's own, if it has the form of one, or a new one.
func identify(c *gin.Context) {
	requestID := c.GetHeader("X-Request-ID")
	if !requestIDForm.MatchString(requestID) {
		requestID = id.New().String()
	}
	c.Header("X-Request-ID", requestID)
	ctx := obs.WithRequestID(c.Request.Context(), requestID)
	// A session remembers where it was opened, and wrong API keys are counted by where they come from.
	if path := c.Request.URL.Path; strings.Contains(path, "/auth/") || audienceOf(path) == actor.Key {
		ctx = identity.WithMeta(ctx, identity.Meta{UserAgent: c.Request.UserAgent(), Address: c.ClientIP()})
	}
	c.Request = c.Request.WithContext(ctx)
	c.Next()
	if form := c.Request.MultipartForm; form != nil { // net/http forgets the files of a request that was replaced
		_ = form.RemoveAll()
	}
}

// record writes one line per request and counts it. It holds no address, no query and no body: those
// may name a person.
func record(log *slog.Logger, metrics *obs.Metrics) gin.HandlerFunc {
	return func(c *gin.Context) {
		stopwatch := obs.Stopwatch()
		end := metrics.Begin()
		c.Next()
		end()
		took := stopwatch()
		route := c.FullPath()
		if route == "" {
			route = "unknown"
		}
		status := c.Writer.Status()
		metrics.Request(route, c.Request.Method, status, took)
		level, who := slog.LevelInfo, actor.From(c.Request.Context())
		attrs := []slog.Attr{
			slog.String("method", c.Request.Method), slog.String("route", route), slog.Int("status", status),
			slog.Int("bytes", c.Writer.Size()), slog.Float64("ms", float64(took.Microseconds())/1000),
		}
		if who.Kind != "" {
			attrs = append(attrs, slog.String("actor", string(who.Kind)+":"+who.ID.String()))
		}
		for _, e := range c.Errors {
			level = slog.LevelError
			attrs = append(attrs, slog.String("error", e.Error()))
		}
		log.LogAttrs(c.Request.Context(), level, "request", attrs...)
	}
}

// recoverPanics turns a panic into a 500 that says nothing, and writes down where it happened.
func recoverPanics(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && (errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, http.ErrAbortHandler)) {
			c.Abort() // the client went away; nobody is left to answer
			return
		}
		_ = c.Error(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		if !c.Writer.Written() {
			problem.Write(c, problem.Internal())
		}
	}()
	c.Next()
}

// harden tells browsers to guess and keep nothing.
func harden(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	if !strings.HasPrefix(c.Request.URL.Path, "/docs") {
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
	}
	c.Next()
}

// formRoom is what a form may hold around its picture: boundaries and the parts' headers.
const formRoom = 64 << 10

// bound limits how much a request may send and how long it may take.
func bound(timeout time.Duration, uploadMax int64) gin.HandlerFunc {
	return func(c *gin.Context) {
		limit, deadline := int64(bodyLimit), timeout
		if strings.HasPrefix(c.ContentType(), "multipart/") {
			limit = uploadMax + formRoom
			deadline += uploadTime
		}
		if c.Request.ContentLength > limit {
			c.Header("Connection", "close")
			problem.Write(c, problem.TooLarge(c.GetHeader("Content-Type")))
			return
		}
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		if live(c.Request.URL.Path) {
			c.Next()
			return
		}
		ctx, cancel := context.WithTimeout(cache.WithBudget(c.Request.Context()), deadline)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}

func live(path string) bool { return path == "/v1/me/live" || path == "/v1/staff/live" }

// Verifier tells whose token it is. Errors: 401 faults.
type Verifier interface {
	Verify(ctx context.Context, bearer string) (actor.Actor, error)
}

// audienceOf tells who a path is for. Authentication comes before the look-up of the route, so that
// strangers learn nothing of what exists under a protected prefix.
func audienceOf(path string) actor.Kind {
	switch {
	case path == "/v1/auth/logout":
		return actor.Customer
	case path == "/v1/staff/auth/logout":
		return actor.Staff
	case strings.HasPrefix(path, "/v1/staff/auth/"):
		return ""
	case path == "/v1/staff" || strings.HasPrefix(path, "/v1/staff/"):
		return actor.Staff
	case path == "/v1/open" || strings.HasPrefix(path, "/v1/open/"):
		return actor.Key
	}
	for _, prefix := range []string{"/v1/me", "/v1/rewards", "/v1/enquiries", "/v1/leaderboards"} {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return actor.Customer
		}
	}
	return ""
}

// machine finds out which system calls an open operation, from its API key alone.
func machine(c *gin.Context, keys Verifier) {
	a, err := keys.Verify(c.Request.Context(), bearerOf(c))
	if err != nil {
		problem.Write(c, err)
		return
	}
	c.Request = c.Request.WithContext(actor.With(c.Request.Context(), a))
	c.Next()
}

// who finds out who acts, from the bearer token alone.
func who(sessions, keys Verifier) gin.HandlerFunc {
	return func(c *gin.Context) {
		path := c.Request.URL.Path
		wanted := audienceOf(path)
		if wanted == actor.Key {
			machine(c, keys)
			return
		}
		bearer := bearerOf(c)
		if wanted == "" {
			if bearer != "" && strings.HasPrefix(path, "/v1/public/") { // members of a home see more of a service code
				if a, err := sessions.Verify(c.Request.Context(), bearer); err == nil {
					c.Request = c.Request.WithContext(actor.With(c.Request.Context(), a))
				}
			}
			c.Next()
			return
		}
		if bearer == "" {
			problem.Write(c, tokenMissing())
			return
		}
		a, err := sessions.Verify(c.Request.Context(), bearer)
		if err != nil {
			problem.Write(c, err)
			return
		}
		if a.Kind != wanted {
			problem.Write(c, fault.New(fault.Unauthenticated, "token.invalid", "登录凭证无效,请重新登录。", "The token is not valid here."))
			return
		}
		if a.FirstPassword && path != "/v1/staff/me" && path != "/v1/staff/me/password" && path != "/v1/staff/auth/logout" {
			problem.Write(c, fault.New(fault.Forbidden, "password.change_required", "请先修改初始密码。", "Change the first password before anything else."))
			return
		}
		c.Request = c.Request.WithContext(actor.With(c.Request.Context(), a))
		c.Next()
	}
}

// bearerOf reads the token of the Authorization header.
func bearerOf(c *gin.Context) string {
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Limiter counts requests. It never fails: without Redis it counts for this process alone.
type Limiter interface {
	Allow(ctx context.Context, key string, perSecond, burst int) (ok bool, wait time.Duration)
}

// limit bounds how often one actor may ask, and one address where nobody has signed in (design.md 5).
func limit(l Limiter, times int) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, path := c.Request.Context(), c.Request.URL.Path
		ok, wait := true, time.Duration(0)
		switch a := actor.From(ctx); {
		case a.Kind != "":
			ok, wait = l.Allow(ctx, "actor:"+a.ID.String(), 50*times, 200*times)
		case strings.HasPrefix(path, "/v1/auth/"), strings.HasPrefix(path, "/v1/staff/auth/"), strings.HasPrefix(path, "/v1/public/"):
			ok, wait = l.Allow(ctx, "address:"+c.ClientIP(), 20*times, 100*times)
		}
		if !ok {
			problem.Write(c, rateLimited(wait))
			return
		}
		c.Next()
	}
}
