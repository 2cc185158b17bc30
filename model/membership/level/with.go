package level

import (
	"context"
	"time"

	"guike/model/db"
	"guike/model/membership"
)

// Read is what a page has read of a member already: growth as it is at that instant, what is due taken off, and
// the grants of titles that are open.
type Read struct {
	Member membership.Member
	Growth Parts
	Open   []membership.Title
}

// StandingWith is StandingOf for a page that has read what is in it: it takes no statement of its own, unless
// the clock or the rules may have changed something that is not written yet, or the ladder asks for what was paid or
// earned.
func (r Rules) StandingWith(ctx context.Context, reader db.Reader, in Read, now time.Time) (Standing, error) {
	if !r.Fresh(in.Member, now) {
		c, out, err := r.reckon(ctx, reader, in.Member, now)
		if err != nil {
			return Standing{}, err
		}
		return r.show(c, out, now), nil
	}
	g := newGathering(reader, r, []membership.Member{in.Member}, now)
	c := g.cases[0]
	c.Course.Now, c.Open = in.Growth, in.Open
	if err := g.yearly(ctx); err != nil {
		return Standing{}, err
	}
	return r.show(c, r.asWritten(c, now), now), nil
}
