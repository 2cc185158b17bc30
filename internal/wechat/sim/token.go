package sim

import (
	"math"
	"time"
)

const (
	tokenLife  = 2 * time.Hour
	tokenRenew = 5 * time.Minute
)

// tokens are the app's access tokens. The stable one and those of /cgi-bin/token know nothing of
// each other.
type tokens struct {
	until  map[string]time.Time
	stable string
	plain  string
	forced []time.Time
}

func (t *tokens) check(value string, now time.Time) error {
	if value == "" {
		return refuse(41001)
	}
	if len(value) < 16 {
		return refuse(40014)
	}
	until, ok := t.until[value]
	switch {
	case !ok:
		return refuse(40001)
	case !now.Before(until):
		return refuse(42001)
	}
	return nil
}

func (t *tokens) put(value string, now time.Time) string {
	for old, until := range t.until {
		if now.Sub(until) > 24*time.Hour {
			delete(t.until, old)
		}
	}
	t.until[value] = now.Add(tokenLife)
	return value
}

// force allows 20 refreshes a day, 30 seconds apart.
func (t *tokens) force(now time.Time) error {
	var recent []time.Time
	for _, at := range t.forced {
		if now.Sub(at) < 24*time.Hour {
			recent = append(recent, at)
		}
	}
	t.forced = recent
	if len(recent) >= 20 {
		return refuse(45009)
	}
	if len(recent) > 0 && now.Sub(recent[len(recent)-1]) < 30*time.Second {
		return refuse(45011)
	}
	t.forced = append(t.forced, now)
	delete(t.until, t.stable)
	t.stable = ""
	return nil
}

func (s *Server) stableToken(c *call) (any, error) {
	var in struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.GrantType != "client_credential" {
		return nil, refuse(40002)
	}
	if err := s.credentials(in.AppID, in.Secret); err != nil {
		return nil, err
	}
	if in.Force {
		if err := s.tokens.force(c.now); err != nil {
			return nil, err
		}
	}
	if s.tokens.until[s.tokens.stable].Sub(c.now) <= tokenRenew {
		s.tokens.stable = s.tokens.put("SIM_"+s.letters(132), c.now)
	}
	left := s.tokens.until[s.tokens.stable].Sub(c.now)
	return map[string]any{
		"access_token": s.tokens.stable, "expires_in": int(math.Floor(left.Seconds())),
	}, nil
}

// plainToken invalidates the earlier token, which lives five more minutes.
func (s *Server) plainToken(c *call) (any, error) {
	if c.query.Get("grant_type") != "client_credential" {
		return nil, refuse(40002)
	}
	if err := s.credentials(c.query.Get("appid"), c.query.Get("secret")); err != nil {
		return nil, err
	}
	if soon := c.now.Add(5 * time.Minute); s.tokens.until[s.tokens.plain].After(soon) {
		s.tokens.until[s.tokens.plain] = soon
	}
	s.tokens.plain = s.tokens.put("SIP_"+s.letters(132), c.now)
	return map[string]any{"access_token": s.tokens.plain, "expires_in": int(tokenLife.Seconds())}, nil
}

func (s *Server) credentials(appID, secret string) error {
	switch {
	case appID == "":
		return refuse(41002)
	case appID != s.cfg.AppID:
		return refuse(40013)
	case secret == "":
		return refuse(41004)
	case secret != s.cfg.AppSecret:
		return refuse(40125)
	}
	return nil
}
