package sim

import "fmt"

// refused is an error of the platform: a code and the text before the request id.
type refused struct {
	code int
	text string
}

// Error is the platform's text.
func (r refused) Error() string { return fmt.Sprintf("%d %s", r.code, r.text) }

// refuse gives the platform's live wording for a code.
func refuse(code int) error {
	texts := map[int]string{
		-1:    "system error",
		40001: "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
		40002: "invalid grant_type",
		40003: "invalid openid",
		40013: "invalid appid",
		40014: "invalid access_token",
		40029: "invalid code",
		40037: "invalid template_id",
		40066: "invalid url",
		40097: "invalid args",
		40125: "invalid appsecret",
		40129: "invalid scene",
		40163: "code been used",
		40169: "invalid length for scene, or the data is not json string",
		40212: "invalid query",
		41001: "access_token missing",
		41002: "appid missing",
		41004: "appsecret missing",
		41008: "missing code",
		41030: "invalid page",
		42001: "access_token expired",
		43002: "require POST method",
		43101: "user refuse to accept the msg",
		43108: "concurrent request limit for the same user",
		44002: "empty post data",
		44991: "reach max api minute frequency limit",
		45002: "content size out of limit",
		45009: "reach max api daily quota limit",
		45011: "api minute-quota reach limit, mustslower, retry next minute",
		45168: "hit sensitive word",
		47001: "data format error",
		61010: "code is expired",
		85401: "expire time must be between 1 minute and 30 days",
	}
	text, ok := texts[code]
	if !ok {
		text = "error"
	}
	return refused{code, text}
}
