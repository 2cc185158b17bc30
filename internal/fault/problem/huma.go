package problem

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"syscall"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"guike/internal/fault"
	"guike/internal/obs"
)

// installed guards huma's process-wide settings, which are the same for every router.
var installed sync.Once

// Install teaches huma the house's errors. It must run before operations are registered and may run
// more than once.
func Install() {
	installed.Do(func() {
		setMessages()
		huma.ValidateStrictCasing = true
		humagin.MultipartMaxMemory = 1 << 20
		huma.NewErrorWithContext = fromHuma
		huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
			return New(classify(status, msg, errs), "zh", "")
		}
	})
}

func fromHuma(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
	f := classify(status, msg, errs)
	if f.Code == "input.too_large" {
		f = TooLarge(ctx.Header("Content-Type"))
	}
	if f.Code == "internal" {
		for _, err := range errs {
			_ = humagin.Unwrap(ctx).Error(err) // kept for the access log, which writes it down
		}
	}
	retryAfter(f, ctx.SetHeader)
	return New(f, Language(ctx.Header("Accept-Language")), obs.RequestID(ctx.Context()))
}

// classify finds the fault in what huma reports: a fault of ours that a handler returned, or a mistake
// in the input that huma found itself.
func classify(status int, msg string, errs []error) *fault.Fault {
	for _, err := range errs {
		if f, ok := fault.Of(err); ok {
			return f
		}
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			return bodyTooLarge()
		case errors.Is(err, syscall.ENOSPC):
			return full(err)
		}
	}
	switch status {
	case http.StatusBadRequest:
		return unreadable(msg, errs)
	case http.StatusRequestEntityTooLarge:
		return bodyTooLarge()
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		return notAccepted()
	case http.StatusRequestTimeout:
		return fault.New(fault.Malformed, "input.too_slow", "上传超时,请检查网络后重试。", "The body did not arrive in time.")
	case http.StatusUnprocessableEntity:
		return broken(errs)
	}
	return Internal()
}

func notAccepted() *fault.Fault {
	return fault.New(fault.UnsupportedMedia, "input.content_type", "仅支持 JSON 格式;上传文件请用 multipart/form-data。", "Send application/json, or multipart/form-data for files.")
}

func full(cause error) *fault.Fault {
	return fault.New(fault.NoSpace, "storage.full", "服务器存储空间不足,请稍后再试。", "There is no room to keep it; try again later.").Because(cause)
}

// TooLarge is the fault of a body of that content type with more bytes than are accepted: in a form it
// is the file that a client can do something about.
func TooLarge(contentType string) *fault.Fault {
	if !strings.HasPrefix(strings.ToLower(contentType), "multipart/") {
		return bodyTooLarge()
	}
	return fault.New(fault.TooLarge, "file.too_large", "文件太大,请压缩或拆分后再上传。", "The file is larger than is accepted.").
		At("file", "too_big", "文件太大。", "is too large")
}

func bodyTooLarge() *fault.Fault {
	return fault.New(fault.TooLarge, "input.too_large", "内容超过大小限制。", "The body is larger than this operation accepts.")
}

func unreadable(msg string, errs []error) *fault.Fault {
	f := fault.New(fault.Malformed, "input.unreadable", "请求内容无法读取。", "The body is no JSON that we read.")
	if strings.Contains(msg, "body is required") {
		return f.At("body", "required", "缺少请求内容。", "A body is required.")
	}
	for _, err := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			en := d.Message
			return f.At("body", "unreadable", "请检查 JSON 格式:不允许重复字段、无效字符或多余内容。", cut(en, 200))
		}
	}
	return f
}

// broken turns huma's findings into fields. A path parameter that is no id is a thing that is not
// there; a missing or malformed idempotency key is a malformed request.
func broken(errs []error) *fault.Fault {
	f := fault.New(fault.Invalid, "input.invalid", "输入有误,请检查标出的字段。", "The input breaks a rule; see errors.")
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			f = f.At("body", "invalid", "内容无效。", cut(err.Error(), 200))
			continue
		}
		switch {
		case strings.Contains(d.Message, "request body too large"), strings.Contains(d.Message, "multipart: message too large"):
			return bodyTooLarge()
		case strings.Contains(d.Message, syscall.ENOSPC.Error()): // huma keeps the text of what broke a form, not the error
			return full(err)
		case strings.Contains(d.Message, "isn't multipart/form-data"):
			return notAccepted()
		case strings.HasPrefix(d.Location, "path."):
			return fault.Missing()
		case strings.EqualFold(d.Location, "header.Idempotency-Key"):
			return keyFault(d.Message)
		}
		f.Fields = append(f.Fields, field(d))
	}
	return f
}

func keyFault(message string) *fault.Fault {
	if strings.Contains(message, "missing") || strings.HasPrefix(message, "\x1ftoo_short") {
		return fault.New(fault.Malformed, "idempotency.required", "缺少请求编号(Idempotency-Key)。", "This operation needs an Idempotency-Key header.")
	}
	return fault.New(fault.Malformed, "idempotency.malformed", "请求编号(Idempotency-Key)须为 1 到 64 个可见字符。", "An Idempotency-Key has 1 to 64 visible ASCII characters.")
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
