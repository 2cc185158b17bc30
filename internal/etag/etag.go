// Package etag makes the tags by which readers see that an answer is still the one they have.
package etag

import (
	"fmt"
	"hash/fnv"
)

// Of is the tag of an answer that follows from the parts alone: the same parts in the same order make
// the same tag, in every process; others make another. Parts are told apart by their text as fmt.Print
// writes it. It is no secret and no proof.
func Of(parts ...any) string {
	h := fnv.New128a()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%v\x00", p) // a hash takes everything
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
