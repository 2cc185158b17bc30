package cache

import (
	"context"
	"sync/atomic"
	"time"
)

type purseKey struct{}

// purse is what a request may still wait for Redis.
type purse struct{ nanos atomic.Int64 }

// WithBudget gives all calls under ctx one common budget of 200 ms for waiting on Redis; without it
// every call has its own. The middleware calls it once per request.
func WithBudget(ctx context.Context) context.Context {
	p := new(purse)
	p.nanos.Store(int64(budget))
	return context.WithValue(ctx, purseKey{}, p)
}

func purseOf(ctx context.Context) *purse {
	p, _ := ctx.Value(purseKey{}).(*purse)
	return p
}

func (p *purse) left() time.Duration {
	if p == nil {
		return budget
	}
	return time.Duration(p.nanos.Load())
}

// spend takes the time that f needs out of the purse.
func (p *purse) spend(ctx context.Context, f func() error) error {
	if p == nil {
		return f()
	}
	watch, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	end, _ := watch.Deadline()
	before := time.Until(end)
	err := f()
	p.nanos.Add(-int64(before - time.Until(end)))
	return err
}
