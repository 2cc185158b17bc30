package obs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// The two formats of [NewLogger].
const (
	FormatJSON = "json" // one object a line, for machines
	FormatText = "text" // key=value, for people
)

// NewLogger returns a logger that writes to w in the format and from the level on.
// It adds the request id of the context to every line, blanks what [Sensitive]
// names and masks every mainland mobile number in messages and values.
func NewLogger(w io.Writer, format string, level slog.Leveler) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: Redact}
	switch format {
	case FormatJSON:
		return slog.New(contextHandler{slog.NewJSONHandler(w, options)}), nil
	case FormatText:
		return slog.New(contextHandler{slog.NewTextHandler(w, options)}), nil
	}
	return nil, fmt.Errorf("log format %q is neither %s nor %s", format, FormatJSON, FormatText)
}

type requestIDKey struct{}

// WithRequestID returns a context whose log lines carry id as request_id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id given to [WithRequestID], or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// contextHandler adds what the context knows to every record.
type contextHandler struct{ slog.Handler }

// Handle adds the request id and passes the record on.
func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := RequestID(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the handler around the inner one.
func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the handler around the inner one.
func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
