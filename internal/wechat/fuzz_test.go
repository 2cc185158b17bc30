package wechat

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzUnseal(f *testing.F) {
	key := bytes.Repeat([]byte{0}, 32)
	f.Add(key, "wxba5fad812f8e6fb9", strings.Repeat("A", 64))
	f.Add(key, "", base64.StdEncoding.EncodeToString(make([]byte, 32)))
	f.Add(bytes.Repeat([]byte{7}, 32), "wx", "")
	f.Fuzz(func(t *testing.T, key []byte, appID, sealed string) {
		if len(key) != 32 {
			return
		}
		msg, err := unseal(key, appID, sealed)
		if err == nil && len(msg) > len(sealed) {
			t.Fatalf("%d bytes out of %d", len(msg), len(sealed))
		}
	})
}

func FuzzEvent(f *testing.F) {
	for _, seed := range []string{
		`{"Event":"subscribe_msg_popup_event","CreateTime":"1","List":[{"TemplateId":"a"},[],7]}`,
		`{"Event":"wxa_media_check","isrisky":"1","status_code":4294966288}`,
		`<xml><Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List><MsgID>7</MsgID></List></SubscribeMsgSentEvent></xml>`,
		`<xml><a/><a/><a><b/></a></xml>`,
		`{"Event":"user_authorization_revoke","RevokeInfo":[[["8"]],"6,8"]}`,
		`{"Event":"wxa_punish_event","event_type":1e400}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := parseNode(body)
		if err != nil {
			return
		}
		e, err := n.event()
		if err == nil && len(e.Key) != 64 {
			t.Fatalf("key %q", e.Key)
		}
		again, _ := parseNode(body)
		if other, err2 := again.event(); err == nil && (err2 != nil || other.Key != e.Key) {
			t.Fatal("the same push has two keys")
		}
	})
}

func FuzzSessionReply(f *testing.F) {
	f.Add([]byte(`{"openid":"o_1","session_key":"a\/b==","unionid":"u"}`))
	f.Add([]byte(`{"errcode":"40029"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := decodeSession(body)
		if err == nil && (!ValidOpenID(s.OpenID) || s.SessionKey == "") {
			t.Fatalf("accepted %q", body)
		}
		if e := judge(request{accept: func([]byte) error { return nil }}, 200, body); e != nil && !utf8.ValidString(e.Error()) {
			t.Fatalf("unprintable error %q", e)
		}
	})
}

func FuzzPhoneReply(f *testing.F) {
	f.Add([]byte(`{"phone_info":{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":86,"watermark":{"timestamp":"1","appid":"wx"}}}`))
	f.Add([]byte(`{"phone_info":{"countryCode":"86","purePhoneNumber":""}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := decodePhone(body)
		if err == nil && (!isDigits(p.Pure, 4, 20) || !isDigits(string(p.CountryCode), 1, 4)) {
			t.Fatalf("accepted %q", body)
		}
	})
}

func FuzzFlexString(f *testing.F) {
	f.Add([]byte(`18014398509481985`))
	f.Add([]byte(`"7"`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var s flexString
		if json.Unmarshal(body, &s) == nil && !utf8.ValidString(string(s)) {
			t.Fatalf("%q", s)
		}
	})
}
