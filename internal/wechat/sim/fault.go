package sim

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fault makes calls of a path go wrong.
type Fault struct {
	Path string `json:"path"` // exact, or * for every API path
	// Mode is one of: delay (then answer as usual), errcode, http and html502 (no effect),
	// close_before (reset, no effect), close_after (effect, then reset), truncate (effect, half an
	// answer), slow_body (effect, the answer byte by byte).
	Mode    string  `json:"mode"`
	Count   int     `json:"count,omitempty"` // calls, default 1, negative for ever
	P       float64 `json:"p,omitempty"`     // probability per call, default 1
	Errcode int     `json:"errcode,omitempty"`
	Status  int     `json:"status,omitempty"`   // of http, default 503
	DelayMS int     `json:"delay_ms,omitempty"` // of delay, and of slow_body per byte; default 1000 and 100
}

// AddFault queues a fault. A call suffers the first one that is due for its path.
func (s *Server) AddFault(f Fault) error {
	modes := []string{"delay", "errcode", "http", "close_before", "close_after", "truncate", "html502", "slow_body"}
	switch {
	case !slices.Contains(modes, f.Mode):
		return fmt.Errorf("mode must be one of %s", strings.Join(modes, ", "))
	case f.Path != "*" && !strings.HasPrefix(f.Path, "/"):
		return fmt.Errorf("path must be an API path or *")
	case f.P < 0 || f.P > 1:
		return fmt.Errorf("p must be 0 to 1")
	case f.Mode == "errcode" && f.Errcode == 0:
		return fmt.Errorf("mode errcode needs an errcode")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status must be 200 to 599")
	}
	if f.Count == 0 {
		f.Count = 1
	}
	if f.P == 0 {
		f.P = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
	return nil
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) takeFault(path string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if (f.Path != path && f.Path != "*") || s.rng.Float64() >= f.P {
			continue
		}
		taken := *f
		if f.Count > 0 {
			if f.Count--; f.Count == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
		}
		return taken
	}
	return Fault{}
}

func (f Fault) delay() time.Duration {
	switch {
	case f.DelayMS > 0:
		return time.Duration(f.DelayMS) * time.Millisecond
	case f.Mode == "slow_body":
		return 100 * time.Millisecond
	}
	return time.Second
}

// before gives the answer of the faults that keep the effect from happening.
func (f Fault) before() (a answer, done bool) {
	switch f.Mode {
	case "errcode":
		body := fmt.Sprintf(`{"errcode":%d,"errmsg":"injected hints: [ req_id: 5imFault-%d ]"}`, f.Errcode, f.Errcode)
		return answer{http.StatusOK, "application/json; encoding=utf-8", []byte(body), f.Errcode}, true
	case "http":
		status := f.Status
		if status == 0 {
			status = http.StatusServiceUnavailable
		}
		return answer{status: status, kind: "text/plain"}, true
	case "html502":
		body := "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"
		return answer{http.StatusBadGateway, "text/html", []byte(body), 0}, true
	case "close_before":
		return answer{}, true
	}
	return answer{}, false
}

func (f Fault) write(w http.ResponseWriter, r *http.Request, a answer) {
	switch f.Mode {
	case "close_before", "close_after":
		reset(w)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(a.body)))
	w.WriteHeader(a.status)
	switch f.Mode {
	case "truncate":
		_, _ = w.Write(a.body[:len(a.body)/2])
		flush(w)
		reset(w)
	case "slow_body":
		for i := range a.body {
			if r.Context().Err() != nil {
				return
			}
			_, _ = w.Write(a.body[i : i+1])
			flush(w)
			wait(r.Context(), f.delay())
		}
	default:
		_, _ = w.Write(a.body)
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// reset drops the connection the hard way, so that the client sees a reset and not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to abandon an answer
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
