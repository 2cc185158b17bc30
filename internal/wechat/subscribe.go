package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Message is a subscription message. Data maps a template's keys ("thing1") to their values; their
// limits are in wechat.md 1.5, and a breach comes back as a terminal 47003 with Field set.
type Message struct {
	OpenID     string
	TemplateID string
	Page       string // in-app page with query, empty for no jump
	Data       map[string]string
	State      string // developer, trial or formal (default)
	Lang       string // default zh_CN
}

// Sent is an accepted message.
type Sent struct {
	// MsgID is the platform's id, which the sent event repeats; empty when the platform gave none. It
	// exceeds 2^53, so it stays text.
	MsgID string
}

// SendSubscribe sends a message and uses up one accept of the user for the template. The platform
// knows no idempotency key: on ClassUnknown the message may be on its way and must not be sent again;
// wait for its SubscribeSent event. On ClassTransient, ClassSerialise and the limits nothing was sent
// and RetryAt says when to try; ClassTerminal (43101: no accept left) never will be. One process has
// one send in flight per openid, since concurrent ones are refused (43108).
func (c *Client) SendSubscribe(ctx context.Context, m Message) (Sent, error) {
	if !ValidOpenID(m.OpenID) {
		return Sent{}, invalid(CallSend, 40003, "no openid")
	}
	if m.TemplateID == "" || len(m.Data) == 0 {
		return Sent{}, invalid(CallSend, 40037, "no template or no data")
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	leave, err := c.sending.enter(ctx, m.OpenID)
	if err != nil {
		return Sent{}, &APIError{Call: CallSend, Class: ClassTransient, cause: err}
	}
	defer leave()
	var sent Sent
	err = c.callWithToken(ctx, request{
		call: CallSend, method: http.MethodPost, path: "/cgi-bin/message/subscribe/send", once: true,
		body:   m.wire(),
		accept: func(b []byte) (err error) { sent, err = decodeSent(b); return err },
	})
	return sent, err
}

func (m Message) wire() map[string]any {
	data := make(map[string]any, len(m.Data))
	for k, v := range m.Data {
		data[k] = map[string]string{"value": v}
	}
	body := map[string]any{
		"touser": m.OpenID, "template_id": m.TemplateID, "data": data,
		"miniprogram_state": "formal", "lang": "zh_CN",
	}
	for k, v := range map[string]string{"page": m.Page, "miniprogram_state": m.State, "lang": m.Lang} {
		if v != "" {
			body[k] = v
		}
	}
	return body
}

func decodeSent(body []byte) (Sent, error) {
	var reply struct {
		Errcode *flexInt   `json:"errcode"`
		MsgID   flexString `json:"msgid"`
	}
	if err := json.Unmarshal(body, &reply); err != nil || reply.Errcode == nil {
		return Sent{}, errors.New("unreadable send reply")
	}
	return Sent{MsgID: string(reply.MsgID)}, nil
}
