// Package router is the whole surface on a few pages: one operation a line, who may call it, and the
// middleware that every request passes.
package router

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/swaggest/swgui/v5emb"

	"guike/internal/fault"
	"guike/internal/fault/problem"
	"guike/internal/obs"
)

// Deps is what the surface is made of. API holds the operations' owners; everything else is how
// requests are served.
type Deps struct {
	API            APIs
	Sessions       Verifier
	Keys           Verifier // of other systems
	Limits         Limiter
	LimitsTimes    int // how many times the ordinary rate limits; 0 means once
	Log            *slog.Logger
	Metrics        *obs.Metrics
	TrustedProxies []netip.Prefix
	Timeout        time.Duration // of a request
	UploadMaxBytes int64
	Version        string

	CustomerLive http.Handler // WebSocket of customers
	StaffLive    http.Handler // WebSocket of staff
	WeChatPush   http.Handler // events that WeChat pushes
	Files        http.Handler // signed links of the folder store; nil with S3
}

// Surface is what New made: the handler, and what it serves as data.
type Surface struct {
	http.Handler
	Operations []string // method, path, audience, permission; sorted

	openAPIJSON, openAPIYAML func() ([]byte, error)
}

// OpenAPIJSON is the description of the API. It is written down when it is first asked for, since that
// takes longer than everything else at a start.
func (s *Surface) OpenAPIJSON() ([]byte, error) { return s.openAPIJSON() }

// OpenAPIYAML is the same description in YAML.
func (s *Surface) OpenAPIYAML() ([]byte, error) { return s.openAPIYAML() }

// New builds the surface. It fails when a line of it cannot be read or described.
func New(d Deps) (*Surface, error) {
	problem.Install()
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false // a wrong path is a plain 404 (wechat.md 1.15)
	e.HandleMethodNotAllowed = false
	if err := e.SetTrustedProxies(texts(d.TrustedProxies)); err != nil {
		return nil, err
	}
	e.Use(identify, record(d.Log, d.Metrics), recoverPanics, harden, bound(d.Timeout, d.UploadMaxBytes), who(d.Sessions, d.Keys), limit(d.Limits, max(1, d.LimitsTimes)))
	e.NoRoute(func(c *gin.Context) { problem.Write(c, fault.Missing()) })

	s := &surface{api: humagin.New(e, describe(d.Version)), grants: Grants()}
	authOperations(s, d.API)
	customerOperations(s, d)
	staffOperations(s, d)
	publicOperations(s, d.API)
	qualityOperations(s, d.API)
	supervisorOperations(s, d.API)
	handoverOperations(s, d.API)
	designOperations(s, d.API)
	budgetOperations(s, d.API)
	planOperations(s, d.API)
	deliveryOperations(s, d.API)
	materialOperations(s, d.API)
	diaryOperations(s, d.API)
	earningOperations(s, d.API)
	intakeOperations(s, d)
	levelOperations(s, d.API)
	rewardOperations(s, d.API)
	couponOperations(s, d.API)
	cardOperations(s, d.API)
	correctionOperations(s, d.API)
	plainRoutes(e, d)
	return s.publish(e)
}

// plainRoutes are those that speak no JSON: sockets, WeChat's push, files.
func plainRoutes(e *gin.Engine, d Deps) {
	if d.CustomerLive != nil {
		e.GET("/v1/me/live", socket(d.CustomerLive))
		e.GET("/v1/staff/live", socket(d.StaffLive))
	}
	if d.WeChatPush != nil {
		e.GET("/v1/wechat/push", gin.WrapH(d.WeChatPush))
		e.POST("/v1/wechat/push", gin.WrapH(d.WeChatPush))
	}
	if d.Files != nil {
		e.GET("/files/*key", gin.WrapH(d.Files))
		e.HEAD("/files/*key", gin.WrapH(d.Files))
	}
}

// publish serves the description, which is written down once: huma's own handler builds it anew under a
// data race.
func (s *surface) publish(e *gin.Engine) (*Surface, error) {
	if err := errors.Join(s.mistakes...); err != nil {
		return nil, err
	}
	s.shareProblems()
	asJSON := sync.OnceValues(s.api.OpenAPI().MarshalJSON)
	e.GET("/openapi.json", func(c *gin.Context) {
		text, err := asJSON()
		if err != nil {
			problem.Write(c, err)
			return
		}
		c.Data(http.StatusOK, "application/json", text)
	})
	docs := gin.WrapH(v5emb.New("Guike API", "/openapi.json", "/docs/"))
	e.GET("/docs", docs)
	e.GET("/docs/*asset", docs)
	slices.Sort(s.lines)
	return &Surface{Handler: e, Operations: s.lines, openAPIJSON: asJSON, openAPIYAML: sync.OnceValues(s.api.OpenAPI().YAML)}, nil
}

// shareProblems describes each status of failure once and lets every operation refer to it.
func (s *surface) shareProblems() {
	doc := s.api.OpenAPI()
	doc.Components.Responses = map[string]*huma.Response{}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op == nil {
				continue
			}
			for status, answer := range op.Responses {
				if status < "400" {
					continue
				}
				name := "Problem" + status
				doc.Components.Responses[name] = answer
				op.Responses[status] = &huma.Response{Ref: "#/components/responses/" + name}
			}
		}
	}
}

func texts(prefixes []netip.Prefix) []string {
	var all []string
	for _, p := range prefixes {
		all = append(all, p.String())
	}
	return all
}

func describe(version string) huma.Config {
	c := huma.DefaultConfig("Guike", version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Formats = map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()}
	c.DefaultFormat = "application/json"
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"customer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "access_token of POST /v1/auth/wechat"},
		"staff":    {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "access_token of POST /v1/staff/auth/password"},
		"apiKey":   {Type: "http", Scheme: "bearer", BearerFormat: "gk_…", Description: "secret of POST /v1/staff/api-keys; see docs/integration-erp.md"},
	}
	c.Info.Description = "Backend of a mini-program with which home-furnishing companies keep their customers for life. Errors are problem details (RFC 9457) with a stable code; see docs/errors.md."
	c.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	c.Info.Contact = &huma.Contact{Name: "The Guike authors", URL: "https://guike.example"}
	c.Servers = []*huma.Server{{URL: "/", Description: "This server"}}
	c.Tags = tags()
	return c
}

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "identity", Description: "Signing in, profiles, homes and their members, consents, staff and stores."},
		{Name: "project", Description: "Orders in the making: stages, daily logs, timeline, people in charge, service codes."},
		{Name: "quality", Description: "Inspections and their hazards, the three checks, and defects."},
		{Name: "supervisor", Description: "Third-party supervisors: their directory, the customer's choice, and how the fee is shared."},
		{Name: "handover", Description: "Promises, acceptance with the customer's signature, the installer's scan, cameras."},
		{Name: "design", Description: "Designs and their versions, the case library."},
		{Name: "budget", Description: "Change orders, payments, and the budget that follows from them."},
		{Name: "plan", Description: "The site calendar, pauses, delays and their notices, phases, expediting, on-time rates."},
		{Name: "delivery", Description: "Delivery batches, carriers' events, what the ERP reports."},
		{Name: "material", Description: "The catalogue, batches and their documents, specifications, what was installed, recalls."},
		{Name: "diary", Description: "The discipline of daily logs, the feeds and their alarms, home reports."},
		{Name: "reward", Description: "The catalogue of rewards, and what is redeemed from it."},
		{Name: "card", Description: "The member card, the code for the till, what staff see who scan it, the dedicated adviser."},
		{Name: "correction", Description: "Corrections of members' books by hand, with a second person above a sum."},
		{Name: "intake", Description: "Imports of customers, homes, running projects and opening balances."},
		{Name: "level", Description: "The ladder and the titles: their rules and benefits, who stands where, and why that changed."},
		{Name: "coupon", Description: "Coupons: campaigns, member days, what customers have, requests to win somebody back."},
		{Name: "earning", Description: "How members earn points, fund and growth: rules, statements, check-ins."},
		{Name: "files", Description: "Pictures: upload, links, withdrawal."},
		{Name: "notify", Description: "Inbox, subscription templates and grants, dead letters."},
		{Name: "care", Description: "Tasks: what is due, why, and what came of it."},
	}
}
