package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// Suggest is the platform's verdict on user content.
type Suggest string

// The verdicts. What the platform leaves unclear is SuggestReview.
const (
	SuggestPass   Suggest = "pass"
	SuggestReview Suggest = "review" // a person must look
	SuggestRisky  Suggest = "risky"
)

// Scene says where user content appears.
type Scene int

// The scenes of the content checks.
const (
	SceneProfile Scene = 1
	SceneComment Scene = 2
	SceneForum   Scene = 3
	SceneSocial  Scene = 4
)

// TextCheck is a text to be checked. The author must have used the mini-program within two hours,
// else the answer is ClassRisk with 61010: hand the text to a person.
type TextCheck struct {
	OpenID   string
	Scene    Scene
	Content  string // of any length; it is checked in parts of 2,500 characters
	Title    string
	Nickname string
}

// Verdict is the worst verdict over all parts.
type Verdict struct {
	Suggest  Suggest
	Label    string // 100 normal, 20001 politics, …: wechat.md 1.7
	TraceIDs []string
}

const textPart = 2500

// CheckText has a text checked (msg_sec_check v2). Blank text passes unasked. A risky part ends the
// check; an error in any part is an error of the whole.
func (c *Client) CheckText(ctx context.Context, t TextCheck) (Verdict, error) {
	if !ValidOpenID(t.OpenID) {
		return Verdict{}, invalid(CallCheckText, 40003, "no openid")
	}
	verdict := Verdict{Suggest: SuggestPass, Label: "100"}
	if strings.TrimSpace(t.Content) == "" {
		return verdict, nil
	}
	for _, part := range parts(t.Content) {
		one, err := c.checkPart(ctx, t, part)
		if err != nil {
			return Verdict{}, err
		}
		verdict.TraceIDs = append(verdict.TraceIDs, one.TraceIDs...)
		if severity(one.Suggest) > severity(verdict.Suggest) {
			verdict.Suggest, verdict.Label = one.Suggest, one.Label
		}
		if verdict.Suggest == SuggestRisky {
			break
		}
	}
	return verdict, nil
}

func (c *Client) checkPart(ctx context.Context, t TextCheck, part string) (Verdict, error) {
	body := map[string]any{"version": 2, "openid": t.OpenID, "scene": t.Scene, "content": part}
	if t.Title != "" {
		body["title"] = t.Title
	}
	if t.Nickname != "" {
		body["nickname"] = t.Nickname
	}
	var v Verdict
	err := c.callWithToken(ctx, request{
		call: CallCheckText, method: http.MethodPost, path: "/wxa/msg_sec_check", body: body,
		accept: func(b []byte) (err error) { v, err = decodeVerdict(b); return err },
	})
	return v, err
}

func parts(s string) []string {
	runes := []rune(s)
	var out []string
	for len(runes) > textPart {
		out = append(out, string(runes[:textPart]))
		runes = runes[textPart:]
	}
	return append(out, string(runes))
}

func severity(s Suggest) int {
	switch s {
	case SuggestPass:
		return 0
	case SuggestRisky:
		return 2
	default:
		return 1
	}
}

func decodeVerdict(body []byte) (Verdict, error) {
	var reply struct {
		Result struct {
			Suggest Suggest    `json:"suggest"`
			Label   flexString `json:"label"`
		} `json:"result"`
		TraceID string `json:"trace_id"`
	}
	if err := json.Unmarshal(body, &reply); err != nil || reply.Result.Suggest == "" {
		return Verdict{}, errors.New("check reply without a verdict")
	}
	return Verdict{
		Suggest: known(reply.Result.Suggest), Label: string(reply.Result.Label), TraceIDs: []string{reply.TraceID},
	}, nil
}

// known makes a verdict that this code does not know a person's matter.
func known(s Suggest) Suggest {
	if s == SuggestPass || s == SuggestRisky {
		return s
	}
	return SuggestReview
}

// MediaType is the kind of a file to be checked.
type MediaType int

// The kinds of files that the platform checks.
const (
	MediaAudio MediaType = 1
	MediaImage MediaType = 2
)

// MediaCheck is a file to be checked. URL must be readable from the internet, without a session, for
// at least 40 minutes; at most 10 MB.
type MediaCheck struct {
	OpenID string
	URL    string
	Type   MediaType
	Scene  Scene
}

// CheckMedia asks for a check (media_check_async v2) and returns its trace id. The verdict comes as a
// MediaChecked event within 30 minutes, possibly before the caller has stored the trace id: keep
// unmatched verdicts. After a lost answer the check is asked for again, so that a verdict with an
// unknown trace id is no alarm.
func (c *Client) CheckMedia(ctx context.Context, m MediaCheck) (traceID string, err error) {
	if !ValidOpenID(m.OpenID) {
		return "", invalid(CallCheckMedia, 40003, "no openid")
	}
	if !strings.HasPrefix(m.URL, "http://") && !strings.HasPrefix(m.URL, "https://") {
		return "", invalid(CallCheckMedia, 0, "the file has no address")
	}
	err = c.callWithToken(ctx, request{
		call: CallCheckMedia, method: http.MethodPost, path: "/wxa/media_check_async",
		body: map[string]any{
			"version": 2, "openid": m.OpenID, "scene": m.Scene, "media_url": m.URL, "media_type": m.Type,
		},
		accept: func(b []byte) error {
			var reply struct {
				TraceID string `json:"trace_id"`
			}
			if json.Unmarshal(b, &reply) != nil || reply.TraceID == "" {
				return errors.New("check reply without a trace id")
			}
			traceID = reply.TraceID
			return nil
		},
	})
	return traceID, err
}
