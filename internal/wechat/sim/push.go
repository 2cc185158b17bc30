package sim

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// PushRequest is a push made by hand.
type PushRequest struct {
	// Event holds the fields of the message. ToUserName, FromUserName, CreateTime and MsgType are
	// filled in when they are missing.
	Event     map[string]any `json:"event"`
	Mode      string         `json:"mode,omitempty"`      // plain or safe, default by the configured key
	Format    string         `json:"format,omitempty"`    // json (default) or xml
	Duplicate int            `json:"duplicate,omitempty"` // so many more deliveries of the same message
	Tamper    bool           `json:"tamper,omitempty"`    // break the signature, in safe mode the ciphertext
}

// Push queues a push.
func (s *Server) Push(p PushRequest) error {
	if p.Event["Event"] == nil && p.Event["MsgType"] == nil {
		return errors.New("event must be an object with an Event")
	}
	if !slices.Contains([]string{"", "plain", "safe"}, p.Mode) || !slices.Contains([]string{"", "json", "xml"}, p.Format) {
		return errors.New("mode is plain or safe, format json or xml")
	}
	if p.Mode == "safe" && s.out.key == nil {
		return errors.New("safe mode needs a configured AES key")
	}
	if p.Duplicate < 0 || p.Duplicate > 100 {
		return errors.New("duplicate must be 0 to 100")
	}
	openid, _ := p.Event["FromUserName"].(string)
	m := s.message(openid, p.Event)
	m.mode, m.format, m.tamper = p.Mode, p.Format, p.Tamper
	for range p.Duplicate + 1 {
		s.out.add(m)
	}
	return nil
}

// message is a push to be delivered. rows, the items of a subscription event, take another place in
// JSON than in XML.
type message struct {
	fields       map[string]any
	mode, format string
	tamper       bool
}

func (s *Server) message(openid string, fields map[string]any) message {
	all := map[string]any{
		"ToUserName": "gh_" + hexOf(s.cfg.AppID)[:12], "FromUserName": cmp.Or(openid, "o_platform_itself"),
		"CreateTime": s.cfg.Clock.Now().Unix(), "MsgType": "event",
	}
	maps.Copy(all, fields)
	return message{fields: all}
}

// pushPopup writes one answer as an object and several as an array, and all numbers as texts.
func (s *Server) pushPopup(openid string, results map[string]string) {
	var rows []any
	for _, template := range slices.Sorted(maps.Keys(results)) {
		rows = append(rows, map[string]any{
			"TemplateId": template, "SubscribeStatusString": results[template], "PopupScene": "0",
		})
	}
	s.pushList(openid, "subscribe_msg_popup_event", rows)
}

func (s *Server) pushSent(openid, template, msgID string) {
	s.pushList(openid, "subscribe_msg_sent_event", []any{map[string]any{
		"TemplateId": template, "MsgID": msgID, "ErrorCode": "0", "ErrorStatus": "success",
	}})
}

func (s *Server) pushList(openid, event string, rows []any) {
	var list any = rows
	if len(rows) == 1 {
		list = rows[0]
	}
	s.out.add(s.message(openid, map[string]any{
		"Event": event, "List": list, "CreateTime": strconv.FormatInt(s.cfg.Clock.Now().Unix(), 10),
	}))
}

func (s *Server) pushMediaCheck(openid, trace, suggest string, label any) {
	s.out.add(s.message(openid, map[string]any{
		"Event": "wxa_media_check", "appid": s.cfg.AppID, "trace_id": trace, "version": 2,
		"detail": []any{map[string]any{
			"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90,
		}},
		"errcode": 0, "errmsg": "ok",
		"result": map[string]any{"suggest": suggest, "label": label},
	}))
}

func (m message) event() string {
	name, _ := m.fields["Event"].(string)
	return name
}

func (m message) text() ([]byte, error) {
	if m.format != "xml" {
		return json.Marshal(m.fields)
	}
	fields := maps.Clone(m.fields)
	if wrapper := camel(m.event()); strings.HasPrefix(m.event(), "subscribe_msg_") {
		if list, ok := fields["List"]; ok {
			delete(fields, "List")
			fields[wrapper] = map[string]any{"List": list}
		}
	}
	var b strings.Builder
	writeXML(&b, "xml", fields)
	return []byte(b.String()), nil
}

func camel(snake string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(snake, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

func writeXML(b *strings.Builder, name string, v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			writeXML(b, name, one)
		}
		return
	case map[string]any:
		b.WriteString("<" + name + ">")
		for _, k := range slices.Sorted(maps.Keys(v)) {
			writeXML(b, k, v[k])
		}
	case float64:
		b.WriteString("<" + name + ">" + strconv.FormatFloat(v, 'f', -1, 64))
	default:
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(b, fmt.Append(nil, v))
	}
	b.WriteString("</" + name + ">")
}

// sealed is the request of one delivery attempt: query and body.
func (o *outlet) sealed(m message) (url.Values, []byte, error) {
	text, err := m.text()
	if err != nil {
		return nil, nil, err
	}
	stamp, nonce := strconv.FormatInt(o.clock.Now().Unix(), 10), o.nonce()
	q := url.Values{"timestamp": {stamp}, "nonce": {nonce}, "signature": {sign(o.token, stamp, nonce)}}
	openid, _ := m.fields["FromUserName"].(string)
	q.Set("openid", openid)
	if m.mode == "plain" || (m.mode == "" && o.key == nil) {
		if m.tamper {
			q.Set("signature", sign("not the token", stamp, nonce))
		}
		return q, text, nil
	}
	cipherText := base64.StdEncoding.EncodeToString(encrypt(o.key, o.appID, hexOf(nonce)[:16], text))
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", sign(o.token, stamp, nonce, cipherText))
	if m.tamper {
		cipherText = strings.Map(func(r rune) rune {
			if r == 'A' {
				return 'B'
			}
			return r
		}, cipherText) + "AAAA"
	}
	to, _ := m.fields["ToUserName"].(string)
	envelope := message{fields: map[string]any{"ToUserName": to, "Encrypt": cipherText}, format: m.format}
	body, err := envelope.text()
	return q, body, err
}

func sign(words ...string) string {
	slices.Sort(words)
	sum := sha1.Sum([]byte(strings.Join(words, "")))
	return hex.EncodeToString(sum[:])
}

func hexOf(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// encrypt is the platform's: 16 random bytes, a length, the message and the appid, padded to blocks
// of 32, AES-256-CBC with the key's first half as IV.
func encrypt(key []byte, appID, random string, msg []byte) []byte {
	plain := []byte(random)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(msg)))
	plain = append(append(plain, msg...), appID...)
	pad := 32 - len(plain)%32
	for range pad {
		plain = append(plain, byte(pad))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(plain, plain)
	return plain
}
