// Package problem is the HTTP half of package fault: it answers every failure as RFC 9457 problem
// details in the caller's language. What is no fault becomes a 500 that says nothing and is logged.
package problem

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"guike/internal/fault"
	"guike/internal/obs"
)

// Problem is the body of every answer that is not a success.
type Problem struct {
	Type      string `json:"type" doc:"A stable name for the kind of failure." example:"urn:guike:error:not_found"`
	Title     string `json:"title" doc:"What kind of failure it is, for a person." example:"未找到"`
	Status    int    `json:"status" doc:"The HTTP status." example:"404"`
	Detail    string `json:"detail" doc:"What went wrong, for a person, in the language of Accept-Language." example:"找不到您要的内容。"`
	Code      string `json:"code" doc:"Stable and dotted; see docs/errors.md." example:"not_found"`
	RequestID string `json:"request_id" doc:"Quote it when you ask for help." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Errors    []Item `json:"errors,omitempty" doc:"The fields at fault, when the input breaks a rule."`
}

// Item is one field at fault.
type Item struct {
	Location string `json:"location" doc:"Where the field is." example:"body.done_today"`
	Code     string `json:"code" doc:"Which rule it breaks." example:"too_long"`
	Message  string `json:"message" doc:"The rule, for a person." example:"最多 2000 个字。"`
}

// Error is for logs.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problem details, whatever was negotiated.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

type class struct {
	status int
	title  fault.Text
}

// classes is the one table from a fault's kind to what is answered.
func classes(k fault.Kind) class {
	switch k {
	case fault.Malformed:
		return class{http.StatusBadRequest, fault.Text{ZH: "请求无法读取", EN: "Bad request"}}
	case fault.Unauthenticated:
		return class{http.StatusUnauthorized, fault.Text{ZH: "请先登录", EN: "Sign in first"}}
	case fault.Forbidden:
		return class{http.StatusForbidden, fault.Text{ZH: "没有权限", EN: "Not allowed"}}
	case fault.NotFound:
		return class{http.StatusNotFound, fault.Text{ZH: "未找到", EN: "Not found"}}
	case fault.Conflict:
		return class{http.StatusConflict, fault.Text{ZH: "当前状态不允许", EN: "Conflict"}}
	case fault.TooLarge:
		return class{http.StatusRequestEntityTooLarge, fault.Text{ZH: "内容过大", EN: "Too large"}}
	case fault.UnsupportedMedia:
		return class{http.StatusUnsupportedMediaType, fault.Text{ZH: "格式不支持", EN: "Unsupported media type"}}
	case fault.Invalid:
		return class{http.StatusUnprocessableEntity, fault.Text{ZH: "输入有误", EN: "Invalid input"}}
	case fault.TooMany:
		return class{http.StatusTooManyRequests, fault.Text{ZH: "请求过于频繁", EN: "Too many requests"}}
	case fault.Unavailable:
		return class{http.StatusServiceUnavailable, fault.Text{ZH: "暂时无法服务", EN: "Unavailable"}}
	case fault.NoSpace:
		return class{http.StatusInsufficientStorage, fault.Text{ZH: "空间不足", EN: "No space"}}
	}
	return class{http.StatusInternalServerError, fault.Text{ZH: "系统内部错误", EN: "Internal error"}}
}

// Status is the HTTP status that a kind is answered with.
func Status(k fault.Kind) int { return classes(k).status }

// Internal stands for everything that is not the caller's business.
func Internal() *fault.Fault {
	return fault.New(0, "internal", "系统内部错误,我们已收到通知,请稍后重试。", "Something went wrong on our side; we have been told.")
}

// New puts a fault into words.
func New(f *fault.Fault, lang, requestID string) *Problem {
	c := classes(f.Kind)
	p := &Problem{
		Type: "urn:guike:error:" + f.Code, Title: c.title.In(lang), Status: c.status,
		Detail: f.Text.In(lang), Code: f.Code, RequestID: requestID,
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, Item{field.Location, field.Code, field.Text.In(lang)})
	}
	return p
}

// Write answers with err outside the typed operations (middleware, unknown routes, live sockets).
func Write(c *gin.Context, err error) {
	f, ok := fault.Of(err)
	if !ok {
		_ = c.Error(err) // kept for the access log, which writes it down
		f = Internal()
	}
	p := New(f, Language(c.GetHeader("Accept-Language")), obs.RequestID(c.Request.Context()))
	retryAfter(f, c.Header)
	body, err := json.Marshal(p)
	if err != nil {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Abort()
	c.Data(p.Status, p.ContentType(""), body)
}

func retryAfter(f *fault.Fault, set func(name, value string)) {
	if f.RetryAfter > 0 {
		set("Retry-After", strconv.Itoa(int((f.RetryAfter+999_999_999)/1_000_000_000)))
	}
}

// Language is zh or en, by what a client prefers; Chinese when it does not say.
func Language(accept string) string {
	if accept == "" {
		return "zh"
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return "zh"
	}
	for _, t := range tags {
		switch base, _ := t.Base(); base.String() {
		case "en":
			return "en"
		case "zh":
			return "zh"
		}
	}
	return "zh"
}
