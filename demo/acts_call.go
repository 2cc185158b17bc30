package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/picture"
)

// caller is somebody who is signed in, or a system with its key.
type caller struct {
	s     *stage
	token string
}

// staff signs a member of staff in.
func (s *stage) staff(who StaffLogin) (caller, error) {
	return s.signIn("/v1/staff/auth/password", map[string]any{"username": who.Username, "password": who.Password})
}

// boss signs the manager of a project's store in.
func (s *stage) boss(j job) (caller, error) {
	for _, who := range s.people.Staff {
		if who.Role == actor.StoreManager && who.StoreID == j.StoreID {
			return s.staff(who)
		}
	}
	return s.admin, nil
}

// owner signs a project's contract party in, if they use WeChat and it is their first project.
func (s *stage) owner(j job) (owner caller, known bool, err error) {
	for _, who := range s.people.Customers {
		if who.Project == j.ID {
			owner, err = s.signIn("/v1/auth/wechat", map[string]any{"code": s.platform.Code(who.Openid)})
			return owner, true, err
		}
	}
	return owner, false, nil
}

func (s *stage) signIn(path string, body any) (caller, error) {
	var made struct {
		AccessToken string `json:"access_token"`
	}
	err := caller{s: s}.post(path, "", body, &made)
	return caller{s, made.AccessToken}, err
}

func (c caller) get(path string, into any) error { return c.do(http.MethodGet, path, nil, into) }

func (c caller) put(path string, body any) error { return c.send(http.MethodPut, path, "", body, nil) }

// post is done before when its key is known with another body: what is chosen by looking may look
// different after a break.
func (c caller) post(path, key string, body, into any) error {
	err := c.send(http.MethodPost, path, key, body, into)
	if r := new(refusal); errors.As(err, &r) && r.Code == "idempotency.mismatch" {
		return nil
	}
	return err
}

func (c caller) send(method, path, key string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.do(method, path, bytes.NewReader(text), into, "Content-Type", "application/json", "Idempotency-Key", key)
}

// photos uploads pictures of a scene.
func (c caller) photos(scene picture.Stage, n int) ([]id.ID, error) {
	files := make([]id.ID, n)
	for i := range files {
		raw, err := picture.Scene(uint64(1000+i), photoWidth, photoHeight, scene, "GUIKE")
		if err != nil {
			return nil, err
		}
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, err := m.CreateFormFile("file", "photo.jpg")
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(raw); err != nil {
			return nil, err
		}
		if err := m.Close(); err != nil {
			return nil, err
		}
		var made struct{ ID id.ID }
		if err := c.do(http.MethodPost, "/v1/staff/files", &form, &made, "Content-Type", m.FormDataContentType()); err != nil {
			return nil, err
		}
		files[i] = made.ID
	}
	return files, nil
}

// refusal is an answer that is no success.
type refusal struct {
	what   string
	status int
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s: %d %s %s", r.what, r.status, r.Code, r.Detail)
}

// do asks the application itself, without a wire between. Headers are pairs; empty ones are left out.
func (c caller) do(method, path string, body io.Reader, into any, headers ...string) error {
	r, err := http.NewRequestWithContext(c.s.ctx, method, path, body)
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	r.RemoteAddr = "127.0.0.1:0"
	a := &answer{header: http.Header{}, status: http.StatusOK}
	c.s.a.Handler().ServeHTTP(a, r)
	if a.status >= http.StatusBadRequest {
		refused := &refusal{what: method + " " + path, status: a.status}
		_ = json.Unmarshal(a.body.Bytes(), refused) // what is no problem has no code
		return refused
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(a.body.Bytes(), into)
}

// answer takes a response in.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is what goes before the body.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader takes the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write takes some of the body.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }
