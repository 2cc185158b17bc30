package router

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/fault/problem"
	"guike/internal/id"
	"guike/internal/obs"
)

type toyBody struct {
	Text  string   `json:"text" minLength:"1" maxLength:"20" doc:"text" example:"a"`
	Count int64    `json:"count,omitempty" minimum:"0" maximum:"100" doc:"count" example:"1"`
	Kind  string   `json:"kind,omitempty" enum:"a,b" doc:"kind" example:"a"`
	List  []string `json:"list,omitempty" maxItems:"2" doc:"list" example:"[\"a\"]"`
	Owner id.ID    `json:"owner,omitzero" required:"false" doc:"owner" example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Files []id.ID  `json:"files,omitempty" required:"false" doc:"files" example:"[]"`
}

type toyInput struct {
	contract.ByID
	contract.RequiredKey
	Body toyBody
}

type toy struct{ fail error }

func (t *toy) Post(_ context.Context, in *toyInput) (*contract.Answer[toyBody], error) {
	return contract.Found(in.Body), t.fail
}

type actionInput struct {
	contract.NoFields
}

func (t *toy) Act(context.Context, *actionInput) (*contract.Answer[string], error) {
	return contract.Found("done"), nil
}

type pictureInput struct {
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" contentType:"application/octet-stream" doc:"picture"`
	}]
}

func (t *toy) Upload(context.Context, *pictureInput) (*contract.Answer[string], error) {
	return contract.Found("kept"), nil
}

type everybody struct{}

func (everybody) Verify(_ context.Context, bearer string) (actor.Actor, error) {
	switch bearer {
	case "customer":
		return actor.Actor{Kind: actor.Customer, ID: id.New()}, nil
	case "admin":
		return actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.Admin}, nil
	case "installer":
		return actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.Installer}, nil
	case "first":
		return actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.Admin, FirstPassword: true}, nil
	}
	return actor.Actor{}, fault.New(fault.Unauthenticated, "token.invalid", "无效", "invalid")
}

type unlimited struct{}

func (unlimited) Allow(context.Context, string, int, int) (bool, time.Duration) { return true, 0 }

func toyServer(t *testing.T, fail error, log io.Writer) http.Handler {
	t.Helper()
	problem.Install()
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	require.NoError(t, e.SetTrustedProxies(nil))
	logger := slog.New(slog.NewTextHandler(log, nil))
	e.Use(identify, record(logger, obs.NewMetrics(obs.Build{})), recoverPanics, harden, bound(5*time.Second, 1<<20), who(everybody{}, everybody{}), limit(unlimited{}, 1))
	e.NoRoute(func(c *gin.Context) { problem.Write(c, fault.Missing()) })
	s := &surface{api: humagin.New(e, describe("test")), grants: Grants()}
	owner := &toy{fail}
	staff(s, "POST /v1/staff/toys/{id}", "staff.manage", owner.Post, "Toy", fails("409 toy.taken"))
	staff(s, "POST /v1/staff/pictures", None, owner.Upload, "Picture", uploads(1<<20))
	public(s, "POST /v1/public/act", owner.Act, "Act")
	return e
}

func post(t *testing.T, h http.Handler, path, body string, headers ...string) (*httptest.ResponseRecorder, problem.Problem) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer admin")
	r.Header.Set("Idempotency-Key", "k")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var p problem.Problem
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
		require.Equal(t, w.Code, p.Status)
		require.NotEmpty(t, p.RequestID)
	}
	return w, p
}

const toyPath = "/v1/staff/toys/01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"

// A form that is too large is a picture that is too large, whichever guard notices it.
func TestTooLargeAForm(t *testing.T) {
	t.Parallel()
	h := toyServer(t, nil, io.Discard)
	for name, length := range map[string]int64{"announced": 0, "not announced": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n" + strings.Repeat("a", 2<<20) + "\r\n--b--\r\n"
			r := httptest.NewRequest(http.MethodPost, "/v1/staff/pictures", strings.NewReader(body))
			r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			r.Header.Set("Authorization", "Bearer admin")
			if length < 0 {
				r.ContentLength = -1
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, http.StatusRequestEntityTooLarge, w.Code, w.Body.String())
			require.Contains(t, w.Body.String(), `"code":"file.too_large"`)
		})
	}
}

func TestHostileInput(t *testing.T) {
	t.Parallel()
	h := toyServer(t, nil, io.Discard)
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
		at     string
	}{
		"fine":              {`{"text":"a","count":1,"kind":"a","list":["x"]}`, 200, "", ""},
		"escaped backslash": {`{"text":"\\u0000"}`, 200, "", ""},
		"unknown field":     {`{"text":"a","x":1}`, 422, "input.invalid", "body.x"},
		"other case":        {`{"Text":"a"}`, 422, "input.invalid", "body.text"},
		"wrong type":        {`{"text":1}`, 422, "input.invalid", "body.text"},
		"missing":           {`{"count":1}`, 422, "input.invalid", "body.text"},
		"too big":           {`{"text":"a","count":101}`, 422, "input.invalid", "body.count"},
		"fraction":          {`{"text":"a","count":1.5}`, 422, "input.invalid", "body.count"},
		"huge number":       {`{"text":"a","count":1e400}`, 400, "input.unreadable", "body"},
		"too long":          {`{"text":"` + strings.Repeat("長", 21) + `"}`, 422, "input.invalid", "body.text"},
		"empty text":        {`{"text":""}`, 422, "input.invalid", "body.text"},
		"not in enum":       {`{"text":"a","kind":"c"}`, 422, "input.invalid", "body.kind"},
		"too many items":    {`{"text":"a","list":["a","b","c"]}`, 422, "input.invalid", "body.list"},
		"null":              {`{"text":null}`, 422, "input.invalid", "body.text"},
		"no id":             {`{"text":"a","owner":"1"}`, 422, "input.invalid", "body.owner"},
		"no id in a list":   {`{"text":"a","files":["01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f","1"]}`, 422, "input.invalid", "body.files[1]"},
		"no object":         {`[]`, 422, "input.invalid", "body"},
		"empty":             {``, 400, "input.unreadable", "body"},
		"broken":            {`{"text":`, 400, "input.unreadable", "body"},
		"trailing":          {`{"text":"a"} {}`, 400, "input.unreadable", "body"},
		"duplicate key":     {`{"text":"a","text":"b"}`, 400, "input.unreadable", "body"},
		"invalid UTF-8":     {"{\"text\":\"\xff\"}", 400, "input.unreadable", "body"},
		"lone surrogate":    {`{"text":"\ud800"}`, 400, "input.unreadable", "body"},
		"NUL":               {`{"text":"a\u0000"}`, 400, "input.unreadable", "body"},
		"deep":              {strings.Repeat("[", 100_000), 400, "input.unreadable", "body"},
		"20 MB":             {`{"text":"` + strings.Repeat("a", 20<<20) + `"}`, 413, "input.too_large", ""},
		"300 KB":            {`{"text":"` + strings.Repeat("a", 300<<10) + `"}`, 413, "input.too_large", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := post(t, h, toyPath, c.body)
			require.Equal(t, c.status, w.Code, w.Body.String())
			require.Equal(t, c.code, p.Code)
			if c.at != "" {
				require.NotEmpty(t, p.Errors)
				require.Equal(t, c.at, p.Errors[0].Location, w.Body.String())
			}
			require.NotContains(t, w.Body.String(), "\\u001f")
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h := toyServer(t, nil, io.Discard)
	const good = `{"text":"a"}`
	for name, c := range map[string]struct {
		path, body string
		headers    []string
		status     int
		code       string
	}{
		"no key":             {toyPath, good, []string{"Idempotency-Key", ""}, 400, "idempotency.required"},
		"long key":           {toyPath, good, []string{"Idempotency-Key", strings.Repeat("k", 65)}, 400, "idempotency.malformed"},
		"key with a blank":   {toyPath, good, []string{"Idempotency-Key", "a b"}, 400, "idempotency.malformed"},
		"no token":           {toyPath, good, []string{"Authorization", ""}, 401, "token.missing"},
		"bad token":          {toyPath, good, []string{"Authorization", "Bearer x"}, 401, "token.invalid"},
		"customer's token":   {toyPath, good, []string{"Authorization", "Bearer customer"}, 401, "token.invalid"},
		"role without right": {toyPath, good, []string{"Authorization", "Bearer installer"}, 403, "permission.denied"},
		"first password":     {toyPath, good, []string{"Authorization", "Bearer first"}, 403, "password.change_required"},
		"malformed id":       {"/v1/staff/toys/1", good, nil, 404, "not_found"},
		"unknown path":       {"/v1/nothing", good, nil, 404, "not_found"},
		"unknown, protected": {"/v1/staff/nothing", good, []string{"Authorization", ""}, 401, "token.missing"},
		"form":               {toyPath, "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "input.content_type"},
		"action, empty":      {"/v1/public/act", "", nil, 200, ""},
		"action, {}":         {"/v1/public/act", "{}", nil, 200, ""},
		"action, more":       {"/v1/public/act", `{"x":1}`, nil, 422, "input.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := post(t, h, c.path, c.body, c.headers...)
			require.Equal(t, c.status, w.Code, w.Body.String())
			require.Equal(t, c.code, p.Code)
		})
	}
}

func TestWordsFollowTheCaller(t *testing.T) {
	t.Parallel()
	h := toyServer(t, nil, io.Discard)
	_, zh := post(t, h, toyPath, `{}`)
	require.Equal(t, "必填。", zh.Errors[0].Message)
	_, en := post(t, h, toyPath, `{}`, "Accept-Language", "fr, en-GB;q=0.8, zh;q=0.5")
	require.Equal(t, "is required", en.Errors[0].Message)
}

func TestInternalFailureSaysNothingAndLogsAll(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := toyServer(t, io.ErrClosedPipe, &log)
	w, p := post(t, h, toyPath, `{"text":"a"}`)
	require.Equal(t, 500, w.Code)
	require.Equal(t, "internal", p.Code)
	require.NotContains(t, w.Body.String(), io.ErrClosedPipe.Error())
	require.Contains(t, log.String(), io.ErrClosedPipe.Error())
}

func TestFaultOfTheHandlerIsAnswered(t *testing.T) {
	t.Parallel()
	h := toyServer(t, fault.StoreAway(io.EOF), io.Discard)
	w, p := post(t, h, toyPath, `{"text":"a"}`)
	require.Equal(t, 503, w.Code)
	require.Equal(t, "store.unavailable", p.Code)
	require.Equal(t, "2", w.Header().Get("Retry-After"))
}
