package router

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/fault"
)

// surface collects the operations: for gin to serve, for OpenAPI to describe, for the golden list to
// be compared with.
type surface struct {
	api      huma.API
	grants   map[Permission]grant
	lines    []string
	mistakes []error // of lines that cannot be read
}

// about changes how an operation is described or served.
type about func(*huma.Operation)

// creates answers 201.
func creates(op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// implied describes what an operation's input and output say of it by themselves: how a key is
// refused, that a reader may have the answer already, that the answer is a picture.
func implied[I, O any](op *huma.Operation) {
	in := reflect.TypeFor[I]()
	if key, ok := in.FieldByName("IdempotencyKey"); ok {
		fails("400 idempotency.malformed", "409 idempotency.mismatch")(op)
		if key.Tag.Get("required") == "true" {
			fails("400 idempotency.required")(op)
		}
	}
	op.Responses = map[string]*huma.Response{}
	if _, ok := in.FieldByName("IfNoneMatch"); ok {
		op.Responses["304"] = &huma.Response{Description: "What the reader has is current; no body."}
	}
	if _, is := any(new(O)).(*contract.Table); is {
		op.Responses["200"] = &huma.Response{Description: "The table, in UTF-8 with a byte order mark.", Content: map[string]*huma.MediaType{
			"text/csv": {Schema: &huma.Schema{Type: "string"}},
		}}
	}
	if _, picture := any(new(O)).(*contract.Bytes); picture {
		op.Responses["200"] = &huma.Response{Description: "The picture.", Content: map[string]*huma.MediaType{
			"image/png": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}}
	}
}

// fails lists the codes, beyond the ordinary ones, with which an operation refuses, each written
// "status code".
func fails(codes ...string) about {
	return func(op *huma.Operation) {
		for _, c := range codes {
			number, code, _ := strings.Cut(c, " ")
			status, err := strconv.Atoi(number)
			if err != nil || http.StatusText(status) == "" {
				op.Metadata["mistake"] = c
				continue
			}
			op.Metadata["codes"] = append(op.Metadata["codes"].([]string), code)
			if !slices.Contains(op.Errors, status) {
				op.Errors = append(op.Errors, status)
			}
		}
	}
}

// thirdParties lets people of other companies call the operation: third-party supervisors whom a customer
// chose, for the projects that name them (C12). What is not marked is refused to them, whatever their role
// may do; each line that is has been weighed against what their duty needs.
func thirdParties(op *huma.Operation) { op.Metadata[forThirdParties] = true }

// forThirdParties is the mark of such operations.
const forThirdParties = "third-parties"

// says adds a paragraph for those who call the operation.
func says(text string) about {
	return func(op *huma.Operation) { op.Description = text }
}

// uploads lets a body be as large as a picture may be, and take as long.
func uploads(maxBytes int64) about {
	return func(op *huma.Operation) {
		op.MaxBodyBytes = maxBytes + formRoom
		op.BodyReadTimeout = uploadTime
		fails("409 file.withdrawn", "413 file.too_large", "415 file.type_unsupported",
			"422 file.dimensions", "422 file.corrupt", "507 storage.full")(op)
	}
}

// customer registers an operation of signed-in customers.
func customer[I, O any](s *surface, route string, h func(context.Context, *I) (*O, error), summary string, more ...about) {
	register(s, "customer", route, None, h, summary, more)
}

// staff registers an operation of staff who hold the permission.
func staff[I, O any](s *surface, route string, p Permission, h func(context.Context, *I) (*O, error), summary string, more ...about) {
	register(s, "staff", route, p, h, summary, more)
}

// public registers an operation that needs no session.
func public[I, O any](s *surface, route string, h func(context.Context, *I) (*O, error), summary string, more ...about) {
	register(s, "public", route, None, h, summary, more)
}

func register[I, O any](s *surface, audience, route string, p Permission, h func(context.Context, *I) (*O, error), summary string, more []about) {
	method, path, _ := strings.Cut(route, " ")
	domain, name := nameOf(h)
	op := huma.Operation{
		Method: method, Path: path, OperationID: domain + "-" + name, Summary: summary, Tags: []string{domain},
		Errors: ordinary(audience, method, path), Metadata: map[string]any{"codes": []string{}},
		MaxBodyBytes: bodyLimit,
	}
	switch audience {
	case "customer":
		op.Security = []map[string][]string{{"customer": {}}}
		op.Middlewares = huma.Middlewares{s.only(actor.Customer)}
	case "staff":
		op.Security = []map[string][]string{{"staff": {}}}
	case "open":
		op.Security = []map[string][]string{{"apiKey": {}}}
		op.Middlewares = huma.Middlewares{s.holds(string(p))}
	case "public":
		op.Security = []map[string][]string{{}}
	}
	codes := ordinaryCodes(audience, op.Errors)
	implied[I, O](&op)
	for _, m := range more {
		m(&op)
	}
	_, open := op.Metadata[forThirdParties]
	if audience == "staff" {
		op.Middlewares = huma.Middlewares{s.may(p, open)}
	}
	if c, wrong := op.Metadata["mistake"]; wrong {
		s.mistakes = append(s.mistakes, fmt.Errorf("%s: %q is not written as status and code", route, c))
	}
	for _, c := range op.Metadata["codes"].([]string) {
		if !slices.Contains(codes, c) {
			codes = append(codes, c)
		}
	}
	op.Extensions = map[string]any{"x-error-codes": codes}
	switch {
	case audience == "open":
		op.Extensions["x-scope"] = string(p)
	case p != None:
		op.Extensions["x-permission"] = string(p)
	}
	line := strings.TrimSpace(strings.Join([]string{method, path, audience, string(p)}, " "))
	if open {
		op.Extensions["x-third-parties"] = true
		line += " third-parties"
	}
	huma.Register(s.api, op, h)
	s.lines = append(s.lines, line)
}

// nameOf reads domain and operation from the handler's own name, guike/api/<domain>.(*API).<Name>-fm,
// so that the description cannot drift from the code.
func nameOf(h any) (domain, name string) {
	full := runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name()
	full = strings.TrimSuffix(full[strings.LastIndex(full, "/")+1:], "-fm")
	domain, _, _ = strings.Cut(full, ".")
	return domain, kebab(full[strings.LastIndex(full, ".")+1:])
}

var capital = regexp.MustCompile(`([a-z0-9])([A-Z])`)

func kebab(s string) string { return strings.ToLower(capital.ReplaceAllString(s, "$1-$2")) }

// ordinary lists the statuses that any operation of this form may refuse with.
func ordinary(audience, method, path string) []int {
	codes := []int{422, 429, 500, 503}
	if protected(audience) {
		codes = append(codes, 401)
	}
	if audience == "staff" || audience == "open" {
		codes = append(codes, 403)
	}
	if strings.Contains(path, "{") {
		codes = append(codes, 404)
	}
	if method == http.MethodPost || method == http.MethodPut {
		codes = append(codes, 400, 413, 415)
	}
	slices.Sort(codes)
	return codes
}

// ordinaryCodes lists the codes that come with the ordinary statuses.
func ordinaryCodes(audience string, statuses []int) []string {
	by := map[int][]string{
		400: {"input.unreadable"}, 401: {"token.missing", "token.invalid", "token.expired", "session.revoked"},
		403: {"permission.denied"}, 404: {"not_found"}, 413: {"input.too_large"}, 415: {"input.content_type"},
		422: {"input.invalid"}, 429: {"rate.limited"}, 500: {"internal"}, 503: {"store.unavailable"},
	}
	var codes []string
	for _, s := range statuses {
		if own, differ := openCodes(s); differ && audience == "open" {
			codes = append(codes, own...)
			continue
		}
		codes = append(codes, by[s]...)
	}
	return codes
}

// only lets actors of one kind through; others are asked to sign in.
func (s *surface) only(kind actor.Kind) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if actor.From(ctx.Context()).Kind != kind {
			_ = huma.WriteErr(s.api, ctx, 0, "", tokenMissing())
			return
		}
		next(ctx)
	}
}

// may lets staff through whose role holds the permission, and tells the queries how far it reaches;
// people of other companies where the operation is open to them.
func (s *surface) may(p Permission, open bool) func(huma.Context, func(huma.Context)) {
	scopes := map[actor.Role]actor.Scope{}
	for _, r := range actor.Roles() {
		scopes[r] = scopeIn(s.grants, p, r)
	}
	return func(ctx huma.Context, next func(huma.Context)) {
		who := actor.From(ctx.Context())
		if who.Kind != actor.Staff {
			_ = huma.WriteErr(s.api, ctx, 0, "", tokenMissing())
			return
		}
		who.Scope = reach(scopes[who.Role], who)
		if who.External && !open {
			who.Scope = actor.None
		}
		if who.Scope == actor.None {
			_ = huma.WriteErr(s.api, ctx, 0, "", permissionDenied())
			return
		}
		next(huma.WithContext(ctx, actor.With(ctx.Context(), who)))
	}
}

func tokenMissing() *fault.Fault {
	return fault.New(fault.Unauthenticated, "token.missing", "请先登录。", "Sign in first.")
}

func permissionDenied() *fault.Fault {
	return fault.New(fault.Forbidden, "permission.denied", "您的岗位没有此项权限。", "Your role does not have this permission.")
}

func rateLimited(wait time.Duration) *fault.Fault {
	return fault.New(fault.TooMany, "rate.limited", "操作过于频繁,请稍后再试。", "Too many requests; wait a moment.").After(max(wait, time.Second))
}
