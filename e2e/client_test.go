package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
)

// client speaks to one server as one person.
type client struct {
	t     testing.TB
	base  string
	token string
	http  *http.Client
}

func newClient(t testing.TB, base, token string) *client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, base: base, token: token, http: &http.Client{Transport: transport, Timeout: 20 * time.Second}}
}

// at is the same person at another server.
func (c *client) at(s *server) *client {
	return &client{t: c.t, base: s.api, token: c.token, http: c.http}
}

// answer is what came back. Err is set when nothing whole did.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
	err    error
	took   time.Duration
}

// request is one call. A nil body sends none; bytes are sent as they are.
type request struct {
	method, path string
	body         any
	key          string
	header       map[string]string
}

func (c *client) do(ctx context.Context, r request) answer {
	a := answer{t: c.t}
	began := time.Now()
	a.err = c.exchange(ctx, r, &a)
	a.took = time.Since(began)
	return a
}

func (c *client) exchange(ctx context.Context, r request, a *answer) error {
	var body io.Reader
	switch b := r.body.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(b)
	case io.Reader:
		body = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	q, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, body)
	if err != nil {
		return err
	}
	q.GetBody = nil // else the transport tries again by itself, because of the key, and hides what was cut
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	q.Header.Set("Accept-Language", "en")
	if c.token != "" {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	if r.key != "" {
		q.Header.Set("Idempotency-Key", r.key)
	}
	for name, value := range r.header {
		q.Header.Set(name, value)
	}
	res, err := c.http.Do(q)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	a.status, a.header = res.StatusCode, res.Header
	a.body, err = io.ReadAll(res.Body)
	return err
}

func (c *client) get(path string) answer {
	return c.do(c.t.Context(), request{method: http.MethodGet, path: path})
}

func (c *client) post(path string, body any) answer {
	return c.do(c.t.Context(), request{method: http.MethodPost, path: path, body: body, key: id.New().String()})
}

func (c *client) put(path string, body any) answer {
	return c.do(c.t.Context(), request{method: http.MethodPut, path: path, body: body})
}

// upload sends a picture as the mini-program does.
func (c *client) upload(path, name, kind string, picture []byte) answer {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {kind},
	})
	require.NoError(c.t, err)
	_, err = part.Write(picture)
	require.NoError(c.t, err)
	require.NoError(c.t, w.Close())
	return c.do(c.t.Context(), request{
		method: http.MethodPost, path: path, body: form.Bytes(), key: id.New().String(),
		header: map[string]string{"Content-Type": w.FormDataContentType()},
	})
}

// want fails the test unless the answer has this status.
func (a answer) want(status int) answer {
	a.t.Helper()
	require.NoError(a.t, a.err)
	require.Equal(a.t, status, a.status, "%s", a.body)
	return a
}

// at walks into the JSON of the answer: "items.0.id". It is nil where the way ends.
func (a answer) at(path string) any {
	a.t.Helper()
	var v any
	require.NoError(a.t, json.Unmarshal(a.body, &v), "%s", a.body)
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// text is a text in the answer that must be there.
func (a answer) text(path string) string {
	a.t.Helper()
	s, ok := a.at(path).(string)
	require.True(a.t, ok, "no text at %s of %s", path, a.body)
	return s
}

// items is the list at path.
func (a answer) items(path string) []any {
	a.t.Helper()
	list, ok := a.at(path).([]any)
	require.True(a.t, ok, "no list at %s of %s", path, a.body)
	return list
}

// outcome is what a client knows after one try (reliability.md 2.3).
type outcome string

const (
	ack outcome = "ACK" // 2xx, fully read
	rej outcome = "REJ" // a definite refusal
	unk outcome = "UNK" // anything may have happened: ask again with the same key
)

func (a answer) outcome() outcome {
	switch {
	case a.err != nil, a.status >= 500, a.status == http.StatusRequestTimeout, a.status == http.StatusTooManyRequests, a.status == http.StatusTooEarly:
		return unk
	case a.status >= 200 && a.status < 300:
		return ack
	}
	return rej
}

// cut tells that the server took the request and then went away: the UNK that a fault test is about.
func (a answer) cut() bool {
	var op *net.OpError
	dialled := errors.As(a.err, &op) && op.Op == "dial" || errors.Is(a.err, syscall.ECONNREFUSED)
	return a.err != nil && !dialled
}

// problem is the code and the places of the fields that a refusal names.
func (a answer) problem() (code string, fields []string) {
	a.t.Helper()
	var p struct {
		Code      string
		RequestID string `json:"request_id"`
		Errors    []struct{ Location string }
	}
	require.NoError(a.t, json.Unmarshal(a.body, &p), "%s", a.body)
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
	require.NotEmpty(a.t, p.RequestID)
	for _, e := range p.Errors {
		fields = append(fields, e.Location)
	}
	return p.Code, fields
}
