package wechat

import (
	"context"
	"crypto/sha1" //nolint:gosec // the platform's choice
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

// Session is who signed in. SessionKey is a secret of the server: store it encrypted or not at all.
type Session struct {
	OpenID     string // of this app, 1–64 of [A-Za-z0-9_-]
	UnionID    string // empty unless the app is bound to an Open Platform account
	SessionKey string // base64, 16 bytes
}

// String leaves the session key out, so that a logged Session gives nothing away.
func (s Session) String() string { return "wechat.Session{" + s.OpenID + "}" }

// Code2Session exchanges a wx.login code, which works once and for five minutes. ClassClientMustAct
// asks the mini-program for a new code; so does ClassUnknown, because the lost answer may have used
// this one up. ClassRisk (40226) is a user whom the platform blocked.
func (c *Client) Code2Session(ctx context.Context, code string) (Session, error) {
	if !plausibleCode(code) {
		return Session{}, &APIError{
			Call: CallCode2Session, Errcode: 40029, Class: ClassClientMustAct, cause: errors.New("no code"),
		}
	}
	var s Session
	err := c.call(ctx, request{
		call: CallCode2Session, method: http.MethodGet, path: "/sns/jscode2session", once: true,
		query: url.Values{
			"appid": {c.appID}, "secret": {c.secret}, "js_code": {code}, "grant_type": {"authorization_code"},
		},
		accept: func(b []byte) (err error) { s, err = decodeSession(b); return err },
	})
	return s, err
}

func decodeSession(body []byte) (Session, error) {
	var reply struct {
		OpenID     string `json:"openid"`
		UnionID    string `json:"unionid"`
		SessionKey string `json:"session_key"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return Session{}, errors.New("unreadable session reply")
	}
	if !ValidOpenID(reply.OpenID) || (reply.UnionID != "" && !ValidOpenID(reply.UnionID)) ||
		reply.SessionKey == "" || len(reply.SessionKey) > 128 {
		return Session{}, errors.New("session reply without openid or key")
	}
	return Session(reply), nil
}

// ValidOpenID tells whether s can be an openid or unionid: 1–64 of [A-Za-z0-9_-].
func ValidOpenID(s string) bool {
	for _, r := range []byte(s) {
		if !isAlnum(r) && r != '_' && r != '-' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 64
}

// VerifyRawData tells whether signature is the one that the mini-program computed over rawData, byte
// for byte, with this session's key.
func (s Session) VerifyRawData(rawData, signature string) bool {
	sum := sha1.Sum([]byte(rawData + s.SessionKey)) //nolint:gosec // the platform's choice
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(signature)) == 1
}

func plausibleCode(code string) bool {
	for _, r := range []byte(code) {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return len(code) >= 1 && len(code) <= 512
}

func isAlnum(r byte) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
