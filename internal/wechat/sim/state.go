package sim

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// User is a WeChat user as the platform knows them.
type User struct {
	OpenID   string `json:"openid"`
	Nickname string `json:"nickname,omitempty"`
	UnionID  string `json:"unionid,omitempty"`
	RiskRank int    `json:"risk_rank,omitempty"`
	Blocked  bool   `json:"blocked,omitempty"` // signs in with 40226

	sessionKey string
	lastVisit  time.Time
	logins     window
}

const (
	codeLife  = 5 * time.Minute
	visitLife = 2 * time.Hour
)

// code is a login or phone code, bound to its user.
type code struct {
	openid, phone string
	at            time.Time
	used          bool
}

type accept struct{ openid, template string }

// take uses a code up: 40029 when it is foreign or stale, 40163 the second time.
func (c *code) take(now time.Time) error {
	switch {
	case c == nil || now.Sub(c.at) >= codeLife:
		return refuse(40029)
	case c.used:
		return refuse(40163)
	}
	c.used = true
	return nil
}

// AddUser creates a user or changes one; an empty openid gets a new one.
func (s *Server) AddUser(u User) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.OpenID == "" {
		u.OpenID = "o" + s.letters(27)
	}
	known := s.user(u.OpenID)
	known.Nickname = cmp.Or(u.Nickname, known.Nickname)
	known.UnionID = cmp.Or(u.UnionID, known.UnionID)
	known.RiskRank, known.Blocked = u.RiskRank, u.Blocked
	return *known
}

// Code is what wx.login gives the user now; an unknown openid is created.
func (s *Server) Code(openid string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issue(s.codes, &code{openid: openid})
}

// PhoneCode is what the phone button gives the user now.
func (s *Server) PhoneCode(openid, phone string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issue(s.phones, &code{openid: openid, phone: phone})
}

func (s *Server) issue(into map[string]*code, c *code) string {
	c.at = s.cfg.Clock.Now()
	s.user(c.openid).lastVisit = c.at
	if len(into) >= 10000 {
		for k, old := range into {
			if c.at.Sub(old.at) >= codeLife {
				delete(into, k)
			}
		}
	}
	value := "0" + s.letters(31)
	into[value] = c
	return value
}

// Accept records the user's answers (template id to accept, reject, ban or filter) in one
// subscription dialogue and pushes its event. Each accept is one message.
func (s *Server) Accept(openid string, results map[string]string) {
	s.mu.Lock()
	s.user(openid).lastVisit = s.cfg.Clock.Now()
	for template, result := range results {
		if result == "accept" {
			s.accepts[accept{openid, template}]++
		}
	}
	s.mu.Unlock()
	s.pushPopup(openid, results)
}

// user finds or creates.
func (s *Server) user(openid string) *User {
	u := s.users[openid]
	if u == nil {
		u = &User{OpenID: openid, lastVisit: s.cfg.Clock.Now()}
		s.users[openid] = u
	}
	return u
}

// reserve notes a send in flight to a user; a second one meanwhile is busy.
func (s *Server) reserve(c *call) (free func(), busy bool) {
	if c.path != "/cgi-bin/message/subscribe/send" {
		return func() {}, false
	}
	var body struct {
		ToUser string `json:"touser"`
	}
	if c.decode(&body) != nil {
		return func() {}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sending[body.ToUser] {
		return func() {}, true
	}
	s.sending[body.ToUser] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.sending, body.ToUser)
	}, false
}

func validOpenID(s string) bool {
	return len(s) >= 1 && len(s) <= 64 && strings.Trim(s, alphabet+"-") == ""
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

func (s *Server) letters(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[s.rng.IntN(62)])
	}
	return b.String()
}

func (s *Server) hex(n int) string {
	return fmt.Sprintf("%016x", s.rng.Uint64())[:n]
}

func (s *Server) traceID() string {
	return fmt.Sprintf("%08x-%s-%s", s.cfg.Clock.Now().Unix(), s.hex(8), s.hex(8))
}

// messageID is above 2^53 and grows, also over a restart.
func (s *Server) messageID() int64 {
	s.serial++
	return s.start.UnixMilli()<<14 + s.serial
}
