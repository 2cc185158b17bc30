package notify

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"guike/internal/wechat"
)

const (
	// pushTime ends before the platform's five seconds do, so that it hears of a failure from us.
	pushTime  = 4500 * time.Millisecond
	pushBytes = 1 << 20
)

// PushHandler serves GET and POST /v1/wechat/push (wechat.md 1.11). GET answers the console's check
// with the raw echostr. POST authenticates, decrypts and dispatches; it answers success once the event
// had its effect, also for an event that nobody handles and for one that came before. What is not the
// platform's is refused with 403 and has no effect. A failure of ours is a 503, after which the
// platform delivers again.
func (a *API) PushHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pushTime)
		defer cancel()
		switch r.Method {
		case http.MethodGet:
			a.verifyPush(w, r)
		case http.MethodPost:
			a.takePush(w, r.WithContext(ctx))
		default:
			w.Header().Set("Allow", "GET, POST")
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
}

func (a *API) verifyPush(w http.ResponseWriter, r *http.Request) {
	echo, err := a.d.WeChat.VerifyPush(r.URL.Query())
	if err != nil {
		a.refusePush(w, r, err)
		return
	}
	answerText(w, echo)
}

func (a *API) takePush(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, pushBytes))
	if err != nil {
		a.refusePush(w, r, err)
		return
	}
	e, err := a.d.WeChat.OpenPush(r.URL.Query(), body)
	if err != nil {
		a.refusePush(w, r, err)
		return
	}
	if err := a.dispatch(r.Context(), e); err != nil {
		a.d.Log.ErrorContext(r.Context(), "wechat push failed", "event", kindOf(e), "error", err)
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	answerText(w, "success")
}

func (a *API) dispatch(ctx context.Context, e wechat.Event) error {
	handle, ok := a.d.Events[e.Type]
	if !ok {
		a.d.Log.InfoContext(ctx, "wechat push of a kind that nobody handles", "event", kindOf(e))
		return nil
	}
	return handle(ctx, e)
}

// kindOf is all that the log is told of an event: its type, cut.
func kindOf(e wechat.Event) string { return e.Type[:min(len(e.Type), 64)] }

func (a *API) refusePush(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, wechat.ErrPushMode) || errors.Is(err, wechat.ErrPushOff) {
		a.d.Log.ErrorContext(r.Context(), "wechat push refused: check the push settings of the console", "error", err)
	} else {
		a.d.Log.WarnContext(r.Context(), "wechat push refused", "error", err)
	}
	w.WriteHeader(http.StatusForbidden)
}

func answerText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, text)
}
