package router

import (
	"context"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"guike/internal/actor"
	"guike/internal/fault"
)

// open registers an operation of other systems, which hold an API key with the scope (design.md 5).
func open[I, O any](s *surface, route, scope string, h func(context.Context, *I) (*O, error), summary string, more ...about) {
	register(s, "open", route, Permission(scope), h, summary, more)
}

// holds lets keys through that were given the scope.
func (s *surface) holds(scope string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		who := actor.From(ctx.Context())
		switch {
		case who.Kind != actor.Key:
			_ = huma.WriteErr(s.api, ctx, 0, "", keyInvalid())
		case !who.Holds(scope):
			_ = huma.WriteErr(s.api, ctx, 0, "", keyScope())
		default:
			next(ctx)
		}
	}
}

// openCodes are the refusals of open operations that differ from those of people.
func openCodes(status int) (codes []string, differ bool) {
	switch status {
	case 401:
		return []string{"apikey.invalid"}, true
	case 403:
		return []string{"apikey.scope"}, true
	case 429:
		return []string{"rate.limited", "apikey.locked"}, true
	}
	return nil, false
}

// protected tells whether the audience has to show who it is.
func protected(audience string) bool {
	return slices.Contains([]string{"customer", "staff", "open"}, audience)
}

func keyInvalid() *fault.Fault {
	return fault.New(fault.Unauthenticated, "apikey.invalid", "接口密钥无效、已过期或已停用。", "The API key is missing, wrong, expired or revoked.")
}

func keyScope() *fault.Fault {
	return fault.New(fault.Forbidden, "apikey.scope", "该接口密钥没有此项权限范围。", "The API key was not given this scope.")
}
