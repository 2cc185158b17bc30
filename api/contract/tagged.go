package contract

import (
	"net/http"
	"strings"
)

// NewTagged answers with the body, or with 304 when the reader has it already.
func NewTagged[T any](tag, ifNoneMatch string, body func() T) *Tagged[T] {
	answer := &Tagged[T]{Status: http.StatusOK, ETag: `"` + tag + `"`}
	if matches(ifNoneMatch, answer.ETag) {
		answer.Status = http.StatusNotModified
		return answer
	}
	answer.Body = body()
	return answer
}

// matches compares weakly, as RFC 9110 13.1.2 asks for reads.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == tag || part == "*" {
			return true
		}
	}
	return false
}
