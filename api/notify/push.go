package notify

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"guike/internal/wechat"
	"guike/service/notify"
)

const (
	// pushTime ends before the platform's five seconds do, so that it hears of a failure from us.
	pushTime  = 4500 * time.Millisecond
	pushBytes = 1 << 20
)

// pushes receives what the platform pushes.
type pushes struct {
	wechat *wechat.Client
	events map[string]notify.PushEvent
	log    *slog.Logger
}

// NewPushHandler serves GET and POST /v1/wechat/push (wechat.md 1.11). Events are the handlers by the
// event's type: Service.PushEvents and what other domains hook in; a handler is called again when the
// platform delivers again.
//
// GET answers the console's check with the raw echostr. POST authenticates, decrypts and dispatches; it
// answers success once the event had its effect, also for an event that nobody handles and for one that
// came before. What is not the platform's is refused with 403 and has no effect. A failure of ours is a
// 503, after which the platform delivers again.
func NewPushHandler(c *wechat.Client, events map[string]notify.PushEvent, log *slog.Logger) http.Handler {
	p := &pushes{c, events, log}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pushTime)
		defer cancel()
		switch r.Method {
		case http.MethodGet:
			p.verifyPush(w, r)
		case http.MethodPost:
			p.takePush(w, r.WithContext(ctx))
		default:
			w.Header().Set("Allow", "GET, POST")
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
}

func (p *pushes) verifyPush(w http.ResponseWriter, r *http.Request) {
	echo, err := p.wechat.VerifyPush(r.URL.Query())
	if err != nil {
		p.refusePush(w, r, err)
		return
	}
	answerText(w, echo)
}

func (p *pushes) takePush(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, pushBytes))
	if err != nil {
		p.refusePush(w, r, err)
		return
	}
	e, err := p.wechat.OpenPush(r.URL.Query(), body)
	if err != nil {
		p.refusePush(w, r, err)
		return
	}
	if err := p.dispatch(r.Context(), e); err != nil {
		p.log.ErrorContext(r.Context(), "wechat push failed", "event", kindOf(e), "error", err)
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	answerText(w, "success")
}

func (p *pushes) dispatch(ctx context.Context, e wechat.Event) error {
	handle, ok := p.events[e.Type]
	if !ok {
		p.log.InfoContext(ctx, "wechat push of a kind that nobody handles", "event", kindOf(e))
		return nil
	}
	return handle(ctx, e)
}

// kindOf is all that the log is told of an event: its type, cut.
func kindOf(e wechat.Event) string { return e.Type[:min(len(e.Type), 64)] }

func (p *pushes) refusePush(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, wechat.ErrPushMode) || errors.Is(err, wechat.ErrPushOff) {
		p.log.ErrorContext(r.Context(), "wechat push refused: check the push settings of the console", "error", err)
	} else {
		p.log.WarnContext(r.Context(), "wechat push refused", "error", err)
	}
	w.WriteHeader(http.StatusForbidden)
}

func answerText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, text) //nolint:gosec // plain text that no browser may take for more
}
