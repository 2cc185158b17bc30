package wechat_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/wechat"
	"guike/internal/wechat/sim"
)

const (
	docAppID  = "wxba5fad812f8e6fb9"
	docSealed = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)

func docClient(t *testing.T, at int64, change ...func(*wechat.Config)) *wechat.Client {
	t.Helper()
	cfg := wechat.Config{
		AppID: docAppID, Secret: "s", PushToken: "AAAAA", PushAESKey: strings.Repeat("A", 43),
		Clock: clock.NewManual(time.Unix(at, 0)),
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := wechat.New(cfg)
	require.NoError(t, err)
	return c
}

func TestGolden_VerifyPush(t *testing.T) {
	t.Parallel()
	q := url.Values{
		"signature": {"f464b24fc39322e44b38aa78f5edd27bd1441696"}, "echostr": {"4375120948345356249"},
		"timestamp": {"1714036504"}, "nonce": {"1514711492"},
	}
	echo, err := docClient(t, 1714036504).VerifyPush(q)
	require.NoError(t, err)
	require.Equal(t, "4375120948345356249", echo)
	_, err = docClient(t, 1714036504+3601).VerifyPush(q)
	require.ErrorIs(t, err, wechat.ErrPushForged, "an hour is over")
	_, err = docClient(t, 1714036504+3601, func(c *wechat.Config) { c.PushMaxAge = -1 }).VerifyPush(q)
	require.NoError(t, err)
	_, err = docClient(t, 1714036504, func(c *wechat.Config) { c.PushToken = "" }).VerifyPush(q)
	require.ErrorIs(t, err, wechat.ErrPushOff)
	q.Set("nonce", "1")
	_, err = docClient(t, 1714036504).VerifyPush(q)
	require.ErrorIs(t, err, wechat.ErrPushForged)
}

func docQuery() url.Values {
	return url.Values{
		"signature": {"f464b24fc39322e44b38aa78f5edd27bd1441696"}, "timestamp": {"1714112445"},
		"nonce": {"415670741"}, "openid": {"o9AgO5Kd5ggOC-bXrbNODIiE3bGY"}, "encrypt_type": {"aes"},
		"msg_signature": {"046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"},
	}
}

func TestGolden_OpenPush(t *testing.T) {
	t.Parallel()
	c := docClient(t, 1714112445)
	for _, body := range []string{
		`{"ToUserName":"gh_97417a04a28d","Encrypt":"` + docSealed + `"}`,
		`<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><Encrypt><![CDATA[` + docSealed + `]]></Encrypt></xml>`,
	} {
		e, err := c.OpenPush(docQuery(), []byte(body))
		require.NoError(t, err)
		require.Equal(t, "debug_demo", e.Type)
		require.Equal(t, "o9AgO5Kd5ggOC-bXrbNODIiE3bGY", e.OpenID)
		require.Equal(t, time.Unix(1714112445, 0).UTC(), e.At)
		require.Nil(t, e.Payload)
		require.Len(t, e.Key, 64)
	}
}

func TestOpenPush_Refuses(t *testing.T) {
	t.Parallel()
	sealed := `{"ToUserName":"gh_97417a04a28d","Encrypt":"` + docSealed + `"}`
	for name, tc := range map[string]struct {
		change func(*wechat.Config)
		query  func(url.Values)
		body   string
		want   error
	}{
		"a wrong signature":            {query: func(q url.Values) { q.Set("msg_signature", "0") }, body: sealed, want: wechat.ErrPushForged},
		"the plain signature in place": {query: func(q url.Values) { q.Set("msg_signature", q.Get("signature")) }, body: sealed, want: wechat.ErrPushForged},
		"another ciphertext":           {body: strings.Replace(sealed, "+qdx", "+qdy", 1), want: wechat.ErrPushForged},
		"another app":                  {change: func(c *wechat.Config) { c.AppID = "wxother" }, body: sealed, want: wechat.ErrPushForged},
		"plain where safe is set":      {body: `{"MsgType":"event","Event":"user_info_modified"}`, want: wechat.ErrPushMode},
		"compatibility mode":           {body: strings.Replace(sealed, "{", `{"MsgType":"event","FromUserName":"o_1",`, 1), want: wechat.ErrPushMode},
		"no encrypt_type":              {query: func(q url.Values) { q.Del("encrypt_type") }, body: sealed, want: wechat.ErrPushMode},
		"no JSON":                      {body: `hello`, want: wechat.ErrPushMalformed},
		"two objects":                  {body: sealed + sealed, want: wechat.ErrPushMalformed},
		"nothing":                      {body: ``, want: wechat.ErrPushMalformed},
		"too much":                     {body: strings.Repeat(" ", 1<<20) + sealed, want: wechat.ErrPushMalformed},
		"deep XML":                     {body: strings.Repeat("<a>", 100000), want: wechat.ErrPushMalformed},
		"safe where plain is set":      {change: func(c *wechat.Config) { c.PushAESKey = "" }, query: signPlain, body: sealed, want: wechat.ErrPushMode},
		"unsigned plain":               {change: func(c *wechat.Config) { c.PushAESKey = "" }, body: `{}`, want: wechat.ErrPushForged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.change == nil {
				tc.change = func(*wechat.Config) {}
			}
			q := docQuery()
			if tc.query != nil {
				tc.query(q)
			}
			_, err := docClient(t, 1714112445, tc.change).OpenPush(q, []byte(tc.body))
			require.ErrorIs(t, err, tc.want)
		})
	}
}

// signPlain signs a query as the platform does for token AAAAA, by its own code.
func signPlain(q url.Values) {
	words := []string{"AAAAA", q.Get("timestamp"), q.Get("nonce")}
	slices.Sort(words)
	sum := sha1.Sum([]byte(strings.Join(words, "")))
	q.Set("signature", hex.EncodeToString(sum[:]))
}

func openPlain(t *testing.T, body string) wechat.Event {
	t.Helper()
	q := url.Values{"timestamp": {"1714112445"}, "nonce": {"1"}}
	signPlain(q)
	e, err := docClient(t, 1714112445, func(c *wechat.Config) { c.PushAESKey = "" }).OpenPush(q, []byte(body))
	require.NoError(t, err)
	return e
}

type eventCase struct {
	body string
	want wechat.Payload
}

func requireEvents(t *testing.T, cases map[string]eventCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, openPlain(t, tc.body).Payload)
		})
	}
}

func TestSubscriptionEvents(t *testing.T) {
	t.Parallel()
	requireEvents(t, map[string]eventCase{
		"popup, one object, JSON": {
			`{"FromUserName":"o_1","CreateTime":"1620973045","MsgType":"event","Event":"subscribe_msg_popup_event",
			"List":{"TemplateId":"t1","SubscribeStatusString":"accept","PopupScene":"0"}}`,
			wechat.SubscribePopup{Choices: []wechat.Choice{{"t1", true, "accept"}}},
		},
		"popup, array, JSON": {
			`{"Event":"subscribe_msg_popup_event","List":[{"TemplateId":"t1","SubscribeStatusString":"accept"},
			{"TemplateId":"t2","SubscribeStatusString":"reject"},{"junk":1}]}`,
			wechat.SubscribePopup{Choices: []wechat.Choice{{"t1", true, "accept"}, {"t2", false, "reject"}}},
		},
		"popup, XML": {
			`<?xml version="1.0"?><xml><Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>
			<List><TemplateId><![CDATA[t1]]></TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>
			<List><TemplateId>t2</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List>
			</SubscribeMsgPopupEvent></xml>`,
			wechat.SubscribePopup{Choices: []wechat.Choice{{"t1", true, "accept"}, {"t2", false, "reject"}}},
		},
		"popup without a list": {`{"Event":"subscribe_msg_popup_event","List":"x"}`, wechat.SubscribePopup{}},
		"change": {
			`{"Event":"subscribe_msg_change_event","List":[{"TemplateId":"t1","SubscribeStatusString":"reject"}]}`,
			wechat.SubscribeChange{Choices: []wechat.Choice{{"t1", false, "reject"}}},
		},
		"sent, number": {
			`{"Event":"subscribe_msg_sent_event","List":{"TemplateId":"t1","MsgID":18014398509481985,"ErrorCode":0,"ErrorStatus":"success"}}`,
			wechat.SubscribeSent{Deliveries: []wechat.Delivery{{"t1", "18014398509481985", 0, "success"}}},
		},
		"sent, text": {
			`{"Event":"subscribe_msg_sent_event","List":[{"TemplateId":"t1","MsgID":"18014398509481985","ErrorCode":"43101","ErrorStatus":"failed"}]}`,
			wechat.SubscribeSent{Deliveries: []wechat.Delivery{{"t1", "18014398509481985", 43101, "failed"}}},
		},
	})
}

func TestOtherEvents(t *testing.T) {
	t.Parallel()
	account := wechat.Account{OpenID: "o_1", UnionID: "u_1", AppID: "wx1", PluginID: "p", OpenPID: "op", Revoked: []int{8}}
	fields := `"OpenID":"o_1","UnionID":"u_1","AppID":"wx1","PluginID":"p","OpenPID":"op","RevokeInfo":"8"`
	requireEvents(t, map[string]eventCase{
		"media check": {
			`{"FromUserName":"o4_","CreateTime":1626959646,"MsgType":"event","Event":"wxa_media_check","appid":"wx8f","trace_id":"60f9",
			"version":2,"detail":[{"strategy":"content_model","errcode":0,"suggest":"pass","label":100,"prob":90}],"errcode":0,"errmsg":"ok",
			"result":{"suggest":"pass","label":100}}`,
			wechat.MediaChecked{TraceID: "60f9", Suggest: wechat.SuggestPass, Label: "100"},
		},
		"media check, label as text": {
			`{"Event":"wxa_media_check","trace_id":"t","errcode":0,"result":{"suggest":"risky","label":"20002"}}`,
			wechat.MediaChecked{TraceID: "t", Suggest: wechat.SuggestRisky, Label: "20002"},
		},
		"media check, new verdict": {
			`{"Event":"wxa_media_check","trace_id":"t","errcode":0,"result":{"suggest":"odd","label":1}}`,
			wechat.MediaChecked{TraceID: "t", Suggest: wechat.SuggestReview, Label: "1"},
		},
		"media check, file unreadable": {
			`{"Event":"wxa_media_check","trace_id":"t","errcode":-1008,"result":{"suggest":"pass","label":100}}`,
			wechat.MediaChecked{TraceID: "t", Suggest: wechat.SuggestReview, Label: "100", Errcode: -1008},
		},
		"media check, first version, risky": {
			`<xml><Event>wxa_media_check</Event><isrisky>1</isrisky><status_code>0</status_code><trace_id>t</trace_id></xml>`,
			wechat.MediaChecked{TraceID: "t", Suggest: wechat.SuggestRisky},
		},
		"media check, first version, unreadable": {
			`{"Event":"wxa_media_check","isrisky":0,"status_code":4294966288,"trace_id":"t"}`,
			wechat.MediaChecked{TraceID: "t", Suggest: wechat.SuggestReview, Errcode: -1008},
		},
		"modified":  {`{"Event":"user_info_modified",` + fields + `}`, wechat.UserInfoModified{account}},
		"revoked":   {`{"Event":"user_authorization_revoke",` + fields + `}`, wechat.AuthorizationRevoked{account}},
		"cancelled": {`{"Event":"user_authorization_cancellation",` + fields + `}`, wechat.AuthorizationCancelled{account}},
		"several kinds revoked": {
			`{"Event":"user_authorization_revoke","OpenID":"o_1","RevokeInfo":["6",8,"14,18"]}`,
			wechat.AuthorizationRevoked{wechat.Account{OpenID: "o_1", Revoked: []int{6, 8, 14, 18}}},
		},
		"punished": {
			`{"Event":"wxa_punish_event","punish_id":"9","event_type":2,"illegal_reason":"存在诱导分享行为","detail":"{\"a\":1}"}`,
			wechat.Punished{ID: "9", EventType: 2, Reason: "存在诱导分享行为", Detail: `{"a":1}`},
		},
		"unknown": {`{"Event":"something_new"}`, nil},
	})
}

func TestEventKey(t *testing.T) {
	t.Parallel()
	first := openPlain(t, `{"FromUserName":"o_1","CreateTime":"1620973045","Event":"x","List":{"TemplateId":"a"}}`)
	again := openPlain(t, `{"CreateTime":"1620973045", "FromUserName":"o_1","Event":"x","List":{"TemplateId":"a"}}`)
	other := openPlain(t, `{"FromUserName":"o_1","CreateTime":"1620973045","Event":"x","List":{"TemplateId":"b"}}`)
	require.Equal(t, first.Key, again.Key)
	require.NotEqual(t, first.Key, other.Key, "the same second, another template")
	require.Equal(t, time.Date(2021, 5, 14, 6, 17, 25, 0, time.UTC), first.At)
}

func TestGolden_VerifyRawData(t *testing.T) {
	t.Parallel()
	raw := `{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}`
	s := wechat.Session{SessionKey: "HyVFkGl5F5OQWJZZaNzBBg=="}
	require.True(t, s.VerifyRawData(raw, "75e81ceda165f4ffa64f4068af58c64b8f54b88c"))
	require.False(t, s.VerifyRawData(raw+" ", "75e81ceda165f4ffa64f4068af58c64b8f54b88c"))
}

// TestPushes_FromTheSimulator opens what the simulator pushes, in every form.
func TestPushes_FromTheSimulator(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", strings.Repeat("k", 42) + "A"} {
		for _, format := range []string{"json", "xml"} {
			t.Run(format+" with key of "+strconv.Itoa(len(key)), func(t *testing.T) {
				t.Parallel()
				clk := clock.NewManual(time.Unix(1790000000, 0))
				c, err := wechat.New(wechat.Config{AppID: appID, Secret: secret, PushToken: "tok", PushAESKey: key, Clock: clk})
				require.NoError(t, err)
				var mu sync.Mutex
				var got []wechat.Event
				refused := 0
				app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					e, err := c.OpenPush(r.URL.Query(), body)
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						refused++
						w.WriteHeader(http.StatusForbidden)
						return
					}
					got = append(got, e)
				}))
				t.Cleanup(app.Close)
				s, err := sim.New(sim.Config{
					Clock: clk, AppID: appID, AppSecret: secret, PushURL: app.URL, PushToken: "tok", PushAESKey: key,
				})
				require.NoError(t, err)
				t.Cleanup(s.Close)
				list := []any{map[string]any{"TemplateId": "a", "SubscribeStatusString": "accept"}, map[string]any{"TemplateId": "b", "SubscribeStatusString": "reject"}}
				require.NoError(t, s.Push(sim.PushRequest{Format: format, Duplicate: 1, Event: map[string]any{
					"Event": "subscribe_msg_popup_event", "FromUserName": openid, "List": list,
				}}))
				require.NoError(t, s.Push(sim.PushRequest{Format: format, Tamper: true, Event: map[string]any{"Event": "user_info_modified"}}))
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				require.NoError(t, s.Drain(ctx))
				require.Len(t, got, 2)
				require.Equal(t, got[0].Key, got[1].Key)
				require.Equal(t, openid, got[0].OpenID)
				require.Equal(t, wechat.SubscribePopup{Choices: []wechat.Choice{{"a", true, "accept"}, {"b", false, "reject"}}}, got[0].Payload)
				require.Equal(t, 3, refused, "a tampered push is tried three times and refused")
			})
		}
	}
}
