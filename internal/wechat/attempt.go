package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	maxAttempts  = 3
	firstBackoff = 200 * time.Millisecond
	lastBackoff  = 5 * time.Second
	jsonCap      = 256 << 10
)

// request is one call. once marks effects that must not be asked for twice: such a request is not
// repeated after it may have been written, neither here nor by net/http.
type request struct {
	call         Call
	method, path string
	query        url.Values
	body         any
	token        string
	once         bool
	limit        int64              // of the answer in bytes, default jsonCap
	accept       func([]byte) error // reads the answer; an error means that it is none
}

func (c *Client) attempts(ctx context.Context, r request) error {
	for n := 1; ; n++ {
		written, err := c.attempt(ctx, r)
		if err == nil || n == maxAttempts || ClassOf(err) != ClassTransient || (r.once && written) {
			return err
		}
		if !pauseWithin(ctx, min(firstBackoff<<(n-1), lastBackoff)) {
			return err
		}
	}
}

// pauseWithin sleeps a random part of most, and tells false when the context would not live to see
// the next attempt.
func pauseWithin(ctx context.Context, most time.Duration) bool {
	d := rand.N(most)
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt sends the request once and tells whether any of it may have reached the platform.
func (c *Client) attempt(ctx context.Context, r request) (written bool, err error) {
	var sent sentMark
	req, err := c.build(httptrace.WithClientTrace(ctx, sent.trace()), r)
	if err != nil {
		return false, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return sent.possible(), lost(r, sent.possible(), err)
	}
	defer res.Body.Close()
	limit := max(r.limit, jsonCap)
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = errors.New("answer too large")
	}
	if err != nil {
		return true, lost(r, true, err)
	}
	return true, judge(r, res.StatusCode, bytes.TrimLeft(body, " \t\r\n\uFEFF"))
}

func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	q := url.Values{}
	maps.Copy(q, r.query)
	if r.token != "" {
		q.Set("access_token", r.token)
	}
	var payload []byte
	if r.body != nil {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r.body); err != nil {
			return nil, invalid(r.call, 0, "input cannot be written as JSON")
		}
		payload = bytes.TrimSpace(buf.Bytes())
	}
	target := c.base + r.path
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(payload))
	if err != nil {
		return nil, invalid(r.call, 0, "input cannot be put into an address")
	}
	if r.once {
		// A body that cannot be rewound keeps net/http from repeating the request by itself, which
		// it otherwise does to a GET whose reused connection dies.
		req.Body, req.GetBody = io.NopCloser(bytes.NewReader(payload)), nil
	}
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// sentMark remembers whether any of the request may have reached the platform: from the moment a
// connection is had until writing is known to have failed.
type sentMark struct{ maybe atomic.Bool }

func (m *sentMark) possible() bool { return m.maybe.Load() }

func (m *sentMark) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { m.maybe.Store(true) },
		WroteRequest: func(i httptrace.WroteRequestInfo) { m.maybe.Store(i.Err == nil) },
	}
}

// lost is a call without a readable answer. *url.Error is taken off, for it prints the address with
// its secrets.
func lost(r request, written bool, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	class := ClassTransient
	if r.once && written {
		class = ClassUnknown
	}
	return &APIError{Call: r.call, Class: class, cause: err}
}

// judge reads the answer by its content, never by its type, and by its status only when the content
// says nothing.
func judge(r request, status int, body []byte) error {
	var head struct {
		Errcode flexInt `json:"errcode"`
		Errmsg  string  `json:"errmsg"`
	}
	isObject := len(body) > 0 && body[0] == '{'
	if isObject && json.Unmarshal(body, &head) == nil && head.Errcode != 0 {
		code := int(head.Errcode)
		return &APIError{
			Call: r.call, Errcode: code, Class: Classify(r.call, code),
			RID:   find(`(?:rid|req_id): ?\[?([0-9A-Za-z_-]{1,64})`, head.Errmsg),
			Field: find(`data\.([a-z_]{1,32}[0-9]{0,4})\.value`, head.Errmsg),
		}
	}
	switch {
	case status == http.StatusTooManyRequests:
		return &APIError{Call: r.call, Class: ClassMinuteLimit, cause: fmt.Errorf("HTTP %d", status)}
	case status >= 300 && status < 500:
		return &APIError{Call: r.call, Class: ClassOperator, cause: fmt.Errorf("HTTP %d", status)}
	case status != http.StatusOK:
		return lost(r, true, fmt.Errorf("HTTP %d", status))
	}
	if err := r.accept(body); err != nil {
		return lost(r, true, err)
	}
	return nil
}

func find(pattern, s string) string {
	if m := regexp.MustCompile(pattern).FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}

// flexInt reads a number that may come as a string, as many of the platform's do.
type flexInt int64

// UnmarshalJSON accepts 7, "7", "" and null.
func (f *flexInt) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "" || s == "null" {
		*f = 0
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return errors.New("not a whole number")
	}
	*f = flexInt(n)
	return nil
}

// flexString reads a text that may come as a number, digit by digit: message ids exceed 2^53.
type flexString string

// UnmarshalJSON accepts "7", 7 and null.
func (f *flexString) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		err := json.Unmarshal(b, &s)
		*f = flexString(s)
		return err
	}
	if string(b) == "null" {
		*f = ""
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return errors.New("neither text nor number")
	}
	*f = flexString(n)
	return nil
}
