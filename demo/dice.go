package demo

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"guike/internal/id"
)

// dice draws what is left to chance. The same seed, subject and number give the same draws.
type dice struct{ *rand.Rand }

func newDice(seed uint64, subject string, number int) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(subject)) // a hash takes everything
	return dice{rand.New(rand.NewPCG(seed^h.Sum64(), uint64(number)))}
}

// between draws a number from low to high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// chance is true so many times of a hundred.
func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func pick[T any](d dice, of []T) T { return of[d.IntN(len(of))] }

// id draws an identifier that sorts by the instant, as id.New does for now.
func (d dice) id(at time.Time) id.ID {
	var i id.ID
	binary.BigEndian.PutUint64(i[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(d.IntN(1<<12)))
	binary.BigEndian.PutUint64(i[8:], d.Uint64()&(1<<62-1)|1<<63)
	return i
}

// Read makes the dice a source of entropy for codes.
func (d dice) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(d.Uint32())
	}
	return len(p), nil
}
