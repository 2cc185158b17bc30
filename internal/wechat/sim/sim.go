// Package sim is a WeChat platform for the demo and for tests: the real protocol with its quirks
// (wechat.md 1.16), a control plane under /_sim/, faults on demand, and a journal of every request.
// The journal and the effects are the oracle for "at most once".
//
// It keeps everything in memory and knows no past: an openid that it never saw is simply created, so
// it survives a restart beside a store full of customers. Identifiers depend on the seed and on the
// clock at the start, so a test with a standing clock repeats exactly and a restarted demo does not
// hand out the openids and message ids of its former life.
package sim

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"guike/internal/clock"
)

// Config is what a Server needs. Clock, AppID and AppSecret are required.
type Config struct {
	Clock      clock.Clock
	AppID      string
	AppSecret  string
	Secrets    []string // further texts that the journal masks
	PushURL    string   // empty: nothing is pushed
	PushToken  string
	PushAESKey string // 43 characters: safe mode; empty: plain mode
	Seed       uint64
	Logger     *slog.Logger
	// Templates limits the subscription templates to these ids, each with the keys that its data must
	// have. Nil lets every id and every key pass.
	Templates map[string][]string
	// RiskyMarker and ReviewMarker are the texts that the content checks find risky or leave to a
	// person, in a text or in a file's address. Default "sim-risky" and "sim-review".
	RiskyMarker, ReviewMarker string
	// Advance moves the clock of the system around, for POST /_sim/clock, and returns when all that
	// fell due is done.
	Advance func(ctx context.Context, by time.Duration) error
}

// Server is the platform. It serves both the API and the control plane.
type Server struct {
	cfg   Config
	log   *slog.Logger
	out   *outlet
	table map[string]endpoint
	start time.Time

	mu      sync.Mutex
	rng     *rand.Rand
	serial  int64
	users   map[string]*User
	codes   map[string]*code
	phones  map[string]*code
	tokens  tokens
	accepts map[accept]int
	counts  map[string]*window
	sending map[string]bool
	faults  []*Fault
	journal []Entry
	dropped int
	effects []Effect
}

// New starts a platform and its push worker; Close stops the worker.
func New(cfg Config) (*Server, error) {
	if cfg.Clock == nil || cfg.AppID == "" || cfg.AppSecret == "" {
		return nil, errors.New("wechat simulator: Clock, AppID and AppSecret are required")
	}
	if cfg.RiskyMarker == "" {
		cfg.RiskyMarker = "sim-risky"
	}
	if cfg.ReviewMarker == "" {
		cfg.ReviewMarker = "sim-review"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	out, err := newOutlet(cfg)
	if err != nil {
		return nil, err
	}
	start := cfg.Clock.Now()
	s := &Server{
		cfg: cfg, log: cfg.Logger, out: out, table: endpoints(), start: start,
		rng:   rand.New(rand.NewPCG(cfg.Seed, uint64(start.UnixMilli()))),
		users: map[string]*User{}, codes: map[string]*code{}, phones: map[string]*code{},
		tokens: tokens{until: map[string]time.Time{}}, accepts: map[accept]int{},
		counts: map[string]*window{}, sending: map[string]bool{},
	}
	return s, nil
}

// Close stops the push worker and drops what it has not delivered.
func (s *Server) Close() { s.out.close() }

// Drain returns when every push so far is delivered or given up, or when the context ends.
func (s *Server) Drain(ctx context.Context) error { return s.out.drain(ctx) }

// SetPushURL changes where pushes go; empty switches them off.
func (s *Server) SetPushURL(to string) { s.out.setURL(to) }

// ServeHTTP answers API calls, and the control plane under /_sim/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_sim" || strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.control(w, r)
		return
	}
	s.api(w, r)
}

const bodyCap = 1 << 20

// call is one API request. The endpoints run under the server's lock.
type call struct {
	path  string
	query url.Values
	raw   []byte
	now   time.Time
}

// decode reads the JSON body.
func (c *call) decode(into any) error {
	if len(c.raw) == 0 {
		return refuse(44002)
	}
	if json.Unmarshal(c.raw, into) != nil {
		return refuse(47001)
	}
	return nil
}

// endpoint is one row of the API.
type endpoint struct {
	post       bool // GET is refused with 43002
	token      bool // needs access_token
	bare       bool // success without errcode
	text       bool // answers as text/plain, as the platform does here
	perMinute  int  // 0 unlimited
	minuteCode int
	perDay     int
	run        func(s *Server, c *call) (any, error)
}

func endpoints() map[string]endpoint {
	return map[string]endpoint{
		"/sns/jscode2session":              {bare: true, text: true, run: (*Server).code2session},
		"/cgi-bin/stable_token":            {post: true, bare: true, perMinute: 10000, minuteCode: 45011, perDay: 500000, run: (*Server).stableToken},
		"/cgi-bin/token":                   {bare: true, run: (*Server).plainToken},
		"/wxa/business/getuserphonenumber": {post: true, token: true, run: (*Server).phoneNumber},
		"/wxa/business/checkencryptedmsg":  {post: true, token: true, run: (*Server).checkEncrypted},
		"/cgi-bin/message/subscribe/send":  {post: true, token: true, perDay: 10_000_000, run: (*Server).send},
		"/wxa/getwxacodeunlimit":           {post: true, token: true, perMinute: 5000, minuteCode: 45009, run: (*Server).unlimitedQR},
		"/wxa/msg_sec_check":               {post: true, token: true, perMinute: 4000, minuteCode: 44991, perDay: 2_000_000, run: (*Server).checkText},
		"/wxa/media_check_async":           {post: true, token: true, perMinute: 2000, minuteCode: 44991, perDay: 200_000, run: (*Server).checkMedia},
		"/wxa/getuserriskrank":             {post: true, token: true, run: (*Server).riskRank},
		"/wxa/generatescheme":              {post: true, token: true, perDay: 500_000, run: (*Server).scheme},
		"/wxa/generate_urllink":            {post: true, token: true, perDay: 500_000, run: (*Server).urlLink},
	}
}

// api runs a call with the fault that is due for it, and records it before it answers.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, bodyCap))
	if err != nil {
		return
	}
	c := &call{path: r.URL.Path, query: r.URL.Query(), raw: raw}
	fault := s.takeFault(c.path)
	free, busy := s.reserve(c)
	defer free()
	if fault.Mode == "delay" {
		wait(r.Context(), fault.delay())
	}
	a, done := fault.before()
	if !done {
		a = s.answer(r.Method, c, busy)
	}
	s.record(r.Method, c, a, fault)
	fault.write(w, r, a)
}

// answer is what an API call comes to.
type answer struct {
	status  int
	kind    string
	body    []byte
	errcode int
}

func (s *Server) answer(method string, c *call, busy bool) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.cfg.Clock.Now()
	e, ok := s.table[c.path]
	if !ok {
		return s.refusal(refuse(40066))
	}
	result, err := s.run(e, method, c, busy)
	if err != nil {
		return s.refusal(err)
	}
	if img, ok := result.(picture); ok {
		return answer{status: http.StatusOK, kind: img.kind, body: img.bytes}
	}
	fields, _ := result.(map[string]any)
	if !e.bare {
		fields["errcode"], fields["errmsg"] = 0, "ok"
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return s.refusal(refuse(-1))
	}
	kind := "application/json; encoding=utf-8"
	if e.text {
		kind = "text/plain"
		body = []byte(strings.ReplaceAll(string(body), "/", `\/`))
	}
	return answer{status: http.StatusOK, kind: kind, body: body}
}

func (s *Server) run(e endpoint, method string, c *call, busy bool) (any, error) {
	if e.post && method != http.MethodPost {
		return nil, refuse(43002)
	}
	if e.token {
		if err := s.tokens.check(c.query.Get("access_token"), c.now); err != nil {
			return nil, err
		}
	}
	if err := s.spend(e, c); err != nil {
		return nil, err
	}
	if busy {
		return nil, refuse(43108)
	}
	return e.run(s, c)
}

func (s *Server) refusal(err error) answer {
	var r refused
	if !errors.As(err, &r) {
		r = refused{code: -1, text: "system error"}
	}
	s.serial++
	rid := strconv.FormatInt(s.cfg.Clock.Now().Unix(), 16) + "-" + s.hex(8) + "-" + s.hex(8)
	body, _ := json.Marshal(map[string]any{"errcode": r.code, "errmsg": r.text + " rid: " + rid})
	return answer{status: http.StatusOK, kind: "application/json; encoding=utf-8", body: body, errcode: r.code}
}

// window counts the calls of a minute and of a day.
type window struct {
	minute, day   int64
	inMin, inDays int
}

func (s *Server) spend(e endpoint, c *call) error {
	n := s.counts[c.path]
	if n == nil {
		n = &window{}
		s.counts[c.path] = n
	}
	minute, day := c.now.Unix()/60, (c.now.Unix()+8*3600)/86400
	if n.minute != minute {
		n.minute, n.inMin = minute, 0
	}
	if n.day != day {
		n.day, n.inDays = day, 0
	}
	n.inMin++
	n.inDays++
	switch {
	case e.perMinute > 0 && n.inMin > e.perMinute:
		return refuse(e.minuteCode)
	case e.perDay > 0 && n.inDays > e.perDay:
		return refuse(45009)
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
