package sim

import (
	"slices"
	"strings"
	"time"
)

// Entry is one API request as it came. Secrets are masked.
type Entry struct {
	Seq     int               `json:"seq"`
	At      time.Time         `json:"at"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   map[string]string `json:"query,omitempty"`
	Token   string            `json:"token,omitempty"` // the access token used, as issued here
	Body    string            `json:"body,omitempty"`
	Errcode int               `json:"errcode"`
	Status  int               `json:"status"`  // 0 when the connection was reset before any effect
	Outcome string            `json:"outcome"` // ok, error, or the fault's mode
}

const (
	journalCap = 20000
	shownBody  = 4 << 10
)

// Journal is every API request so far, oldest first; of very many, the latest 20,000.
func (s *Server) Journal() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal)
}

// Calls counts the requests to a path since the start.
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.journal {
		if e.Path == path {
			n++
		}
	}
	return n
}

func (s *Server) record(method string, c *call, a answer, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := Entry{
		Seq: s.dropped + len(s.journal) + 1, At: s.cfg.Clock.Now(), Method: method, Path: c.path,
		Query: map[string]string{}, Token: c.query.Get("access_token"), Body: s.mask(string(c.raw)),
		Errcode: a.errcode, Status: a.status, Outcome: f.Mode,
	}
	for k := range c.query {
		e.Query[k] = s.mask(c.query.Get(k))
	}
	for _, k := range []string{"secret", "access_token"} {
		if c.query.Has(k) {
			e.Query[k] = "***"
		}
	}
	if len(e.Body) > shownBody {
		e.Body = e.Body[:shownBody]
	}
	if e.Outcome == "" && a.errcode == 0 {
		e.Outcome = "ok"
	} else if e.Outcome == "" {
		e.Outcome = "error"
	}
	if len(s.journal) >= journalCap {
		s.journal = slices.Delete(s.journal, 0, journalCap/10)
		s.dropped += journalCap / 10
	}
	s.journal = append(s.journal, e)
	s.log.Debug("wechat simulator", "path", e.Path, "errcode", e.Errcode, "outcome", e.Outcome)
}

func (s *Server) mask(text string) string {
	for _, secret := range append([]string{s.cfg.AppSecret}, s.cfg.Secrets...) {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}
