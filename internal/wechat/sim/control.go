package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

const usage = `WeChat simulator, control plane (JSON in, JSON out):
POST /_sim/users       {openid?, nickname?, unionid?, risk_rank?, blocked?}   -> the user
POST /_sim/code        {openid?}                                -> {code, openid}, what wx.login gives
POST /_sim/phone-code  {openid, phone}                          -> {code}, what the phone button gives
POST /_sim/accept      {openid, template_id, result} or {openid, results: {template_id: result}}
POST /_sim/fault       {path, mode: delay|errcode|http|close_before|close_after|truncate|html502|slow_body,
                        count?, p?, errcode?, status?, delay_ms?}; DELETE ends all faults
POST /_sim/push        {event: {Event, FromUserName, ...}, mode?: plain|safe, format?: json|xml, duplicate?, tamper?}
POST /_sim/clock       {advance: "168h"}                        -> {now}, when all that fell due is done
GET  /_sim/journal?path=   every API request                    -> {items}
GET  /_sim/effects?openid= messages delivered                   -> {items}
GET  /_sim/pushes      pushes and their fate                    -> {items}
`

// maxAdvance is as far as time moves in one go.
const maxAdvance = 366 * 24 * time.Hour

// bad is a mistake in a control request, told to the person who made it.
type bad struct{ error }

func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_sim" || r.URL.Path == "/_sim/" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, usage)
		return
	}
	out, err := s.controlled(r)
	status := http.StatusOK
	if err != nil {
		status = http.StatusInternalServerError
		if errors.As(err, &bad{}) {
			status = http.StatusBadRequest
		}
		out = map[string]any{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out)
}

func (s *Server) controlled(r *http.Request) (any, error) {
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, "/_sim/") {
	case "POST users":
		return s.controlUser(r)
	case "POST code":
		return s.controlCode(r)
	case "POST phone-code":
		return s.controlPhone(r)
	case "POST accept":
		return s.controlAccept(r)
	case "POST fault":
		var in Fault
		if err := read(r, &in); err != nil {
			return nil, err
		}
		return okay(s.AddFault(in))
	case "DELETE fault":
		s.ClearFaults()
		return okay(nil)
	case "POST push":
		var in PushRequest
		if err := read(r, &in); err != nil {
			return nil, err
		}
		return okay(s.Push(in))
	case "POST clock":
		return s.controlClock(r)
	case "GET journal":
		return items(s.Journal(), func(e Entry) bool { return matches(r, "path", e.Path) }), nil
	case "GET effects":
		return items(s.Effects(), func(e Effect) bool { return matches(r, "openid", e.OpenID) }), nil
	case "GET pushes":
		return items(s.Pushes(), func(d Delivery) bool { return matches(r, "openid", d.OpenID) }), nil
	}
	return nil, bad{fmt.Errorf("no such control: %s %s; GET /_sim lists them", r.Method, r.URL.Path)}
}

func (s *Server) controlUser(r *http.Request) (any, error) {
	var in User
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.OpenID != "" && !validOpenID(in.OpenID) {
		return nil, bad{errors.New("openid must be 1–64 of [A-Za-z0-9_-]")}
	}
	return s.AddUser(in), nil
}

func (s *Server) controlCode(r *http.Request) (any, error) {
	var in struct {
		OpenID string `json:"openid"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.OpenID == "" { // somebody new, whom the caller wants to know by name
		in.OpenID = s.AddUser(User{}).OpenID
		return map[string]string{"code": s.Code(in.OpenID), "openid": in.OpenID}, nil
	}
	if !validOpenID(in.OpenID) {
		return nil, bad{errors.New("openid must be 1–64 of [A-Za-z0-9_-]")}
	}
	// The code alone, so that the answer is what POST /v1/auth/wechat wants.
	return map[string]string{"code": s.Code(in.OpenID)}, nil
}

func (s *Server) controlPhone(r *http.Request) (any, error) {
	var in struct {
		OpenID string `json:"openid"`
		Phone  string `json:"phone"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if !validOpenID(in.OpenID) || in.Phone == "" {
		return nil, bad{errors.New("openid and phone are required")}
	}
	return map[string]string{"code": s.PhoneCode(in.OpenID, in.Phone)}, nil
}

func (s *Server) controlAccept(r *http.Request) (any, error) {
	var in struct {
		OpenID     string            `json:"openid"`
		TemplateID string            `json:"template_id"`
		Result     string            `json:"result"`
		Results    map[string]string `json:"results"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Results == nil {
		in.Results = map[string]string{in.TemplateID: in.Result}
	}
	if !validOpenID(in.OpenID) || len(in.Results) == 0 {
		return nil, bad{errors.New("openid and a result are required")}
	}
	for template, result := range in.Results {
		if template == "" || !slices.Contains([]string{"accept", "reject", "ban", "filter"}, result) {
			return nil, bad{errors.New("each template needs a result: accept, reject, ban or filter")}
		}
	}
	s.Accept(in.OpenID, in.Results)
	return okay(nil)
}

func (s *Server) controlClock(r *http.Request) (any, error) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d <= 0 || d > maxAdvance {
		return nil, bad{errors.New(`advance must be a duration above zero such as "168h", 8784h (a year) at most`)}
	}
	if s.cfg.Advance == nil {
		return nil, bad{errors.New("this simulator has no clock to move")}
	}
	if err := s.cfg.Advance(context.WithoutCancel(r.Context()), d); err != nil {
		return nil, fmt.Errorf("moving the clock: %w", err)
	}
	return map[string]time.Time{"now": s.cfg.Clock.Now()}, nil
}

func read(r *http.Request, into any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, bodyCap))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return bad{fmt.Errorf("unreadable body: %w", err)}
	}
	return nil
}

func okay(err error) (any, error) {
	if err != nil {
		return nil, bad{err}
	}
	return map[string]bool{"ok": true}, nil
}

func matches(r *http.Request, key, value string) bool {
	want := r.URL.Query().Get(key)
	return want == "" || want == value
}

func items[T any](all []T, keep func(T) bool) map[string]any {
	out := []T{}
	for _, one := range all {
		if keep(one) {
			out = append(out, one)
		}
	}
	return map[string]any{"items": out}
}
