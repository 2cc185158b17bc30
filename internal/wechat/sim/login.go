package sim

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// code2session forgets the errcode on success, as the platform does.
func (s *Server) code2session(c *call) (any, error) {
	if err := s.credentials(c.query.Get("appid"), c.query.Get("secret")); err != nil {
		return nil, err
	}
	if c.query.Get("grant_type") != "authorization_code" {
		return nil, refuse(40002)
	}
	if c.query.Get("js_code") == "" {
		return nil, refuse(41008)
	}
	login := s.codes[c.query.Get("js_code")]
	if err := login.take(c.now); err != nil {
		return nil, err
	}
	u := s.user(login.openid)
	if u.Blocked {
		return nil, refused{40226, "code blocked"}
	}
	if minute := c.now.Unix() / 60; u.logins.minute != minute {
		u.logins = window{minute: minute}
	}
	if u.logins.inMin++; u.logins.inMin > 100 {
		return nil, refuse(45011)
	}
	u.lastVisit = c.now
	key := make([]byte, 16)
	for i := range key {
		key[i] = byte(s.rng.UintN(256))
	}
	u.sessionKey = base64.StdEncoding.EncodeToString(key)
	reply := map[string]any{"openid": u.OpenID, "session_key": u.sessionKey}
	if u.UnionID != "" {
		reply["unionid"] = u.UnionID
	}
	return reply, nil
}

// phoneNumber writes the country code as a number now and then, as older replies do.
func (s *Server) phoneNumber(c *call) (any, error) {
	var in struct {
		Code   string `json:"code"`
		OpenID string `json:"openid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	p := s.phones[in.Code]
	if p == nil || (in.OpenID != "" && in.OpenID != p.openid) {
		return nil, refused{40029, "invalid code hint: [" + s.letters(6) + "-Te2URA]"}
	}
	if err := p.take(c.now); err != nil {
		return nil, err
	}
	var country any = "86"
	pure, abroad := p.phone, false
	if rest, ok := strings.CutPrefix(p.phone, "+"); ok && len(rest) > 11 && !strings.HasPrefix(rest, "86") {
		country, pure, abroad = rest[:len(rest)-8], rest[len(rest)-8:], true // as for Hong Kong: +852 and eight digits
	}
	if !abroad && s.rng.IntN(4) == 0 {
		country = 86
	}
	return map[string]any{"phone_info": map[string]any{
		"phoneNumber": strings.TrimPrefix(p.phone, "+"), "purePhoneNumber": pure, "countryCode": country,
		"watermark": map[string]any{"timestamp": c.now.Unix(), "appid": s.cfg.AppID},
	}}, nil
}

// checkEncrypted spells its answer as the platform does: vaild.
func (s *Server) checkEncrypted(c *call) (any, error) {
	var in struct {
		Hash string `json:"encrypted_msg_hash"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(in.Hash) {
		return nil, refuse(40097)
	}
	return map[string]any{"vaild": true, "create_time": c.now.Unix() - 60}, nil
}

// riskRank misspells the union id as the platform does: unoin_id.
func (s *Server) riskRank(c *call) (any, error) {
	var in struct {
		AppID  string `json:"appid"`
		OpenID string `json:"openid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.AppID != s.cfg.AppID {
		return nil, refuse(40013)
	}
	if !validOpenID(in.OpenID) {
		return nil, refuse(40003)
	}
	s.serial++
	return map[string]any{"risk_rank": s.user(in.OpenID).RiskRank, "unoin_id": s.serial}, nil
}
