package level

import (
	"cmp"
	"slices"
	"time"
)

// Why says what made a level change.
type Why string

// What makes a level change.
const (
	Rose    Why = "growth_rose"
	Fell    Why = "growth_fell"
	Changed Why = "rules_changed" // the ladder does not have the former level any more
)

// Move is what happened, or will happen, to growth at an instant (Unix milliseconds).
type Move struct {
	At int64
	By Parts
}

// Course is a member's growth in time: Now, what changed it since the last look (Past, ascending, up to now),
// and what will expire (Ahead, ascending). Growth rises by events alone.
type Course struct {
	Now   Parts
	Past  []Move
	Ahead []Move
}

// state is where a member stands on the ladder.
type state struct {
	level string
	since *time.Time
	grace *int64 // until when the level is kept, Unix milliseconds
}

// shift is a level that changed at an instant, Unix milliseconds.
type shift struct {
	from, to string
	growth   int64
	why      Why
	at       int64
}

// walk follows a member up and down the ladder from one instant to another, both in Unix milliseconds, and
// returns where they stand then and every change on the way. They rise at once, as far as growth goes; they
// fall when the grace of their step is over, one step at a time, each with a grace of its own. It depends on
// nothing but its arguments, and on a state that was walked to before it comes to the same.
func (p Plan) walk(s state, c Course, from, to int64) (state, []shift) {
	var done []shift
	parts, next := c.at(from)
	at, known := p.Index(s.level)
	for t := from; ; {
		target := p.Target(parts)
		change := func(to int, why Why) {
			done = append(done, shift{s.level, p.key(to), p.Weights.Value(parts), why, t})
			since := time.UnixMilli(t).UTC()
			at, s = to, state{level: p.key(to), since: &since}
		}
		switch {
		case !known:
			known = true
			change(target, Changed)
		case target > at:
			change(target, Rose)
		case target == at:
			s.grace = nil
		default:
			if s.grace == nil {
				until := t + p.grace(at).Milliseconds()
				s.grace = &until
			}
			if *s.grace <= t {
				change(at-1, Fell)
				continue // the lower step may be too high, too
			}
		}
		n, ok := soonest(next, s.grace)
		if !ok || n > to {
			return s, done
		}
		for t = n; len(next) > 0 && next[0].At <= t; next = next[1:] {
			parts = parts.less(next[0].By.negative())
		}
	}
}

// at is the growth at an instant, and what moves it after that, up to now.
func (c Course) at(from int64) (Parts, []Move) {
	parts, i := c.Now, len(c.Past)
	for ; i > 0 && c.Past[i-1].At > from; i-- {
		parts = parts.less(c.Past[i-1].By)
	}
	return parts, c.Past[i:]
}

func (p Parts) negative() Parts { return Parts{}.less(p) }

func soonest(next []Move, grace *int64) (int64, bool) {
	switch {
	case len(next) > 0 && grace != nil:
		return min(next[0].At, *grace), true
	case len(next) > 0:
		return next[0].At, true
	case grace != nil:
		return *grace, true
	}
	return 0, false
}

// turns is when the clock alone will next change where a member stands: when their grace is over, or when what
// expires takes their level from them; none when it never will.
func (p Plan) turns(s state, c Course) *int64 {
	if s.grace != nil {
		return s.grace
	}
	at, _ := p.Index(s.level)
	parts := c.Now
	for _, m := range c.Ahead {
		if parts = parts.less(m.By.negative()); p.Target(parts) < at {
			return &m.At
		}
	}
	return nil
}

// tidy brings moves into order and joins those of one instant.
func tidy(moves []Move) []Move {
	slices.SortFunc(moves, func(a, b Move) int { return cmp.Compare(a.At, b.At) })
	kept := moves[:0]
	for _, m := range moves {
		if n := len(kept); n > 0 && kept[n-1].At == m.At {
			kept[n-1].By = kept[n-1].By.less(m.By.negative())
			continue
		}
		kept = append(kept, m)
	}
	return kept
}
