// Package excerpt shortens texts for lines that are too short for them.
package excerpt

// Of is the text when it has at most n characters, else its first n-1 and an ellipsis, which tells that
// something is missing. n is at least 1.
func Of(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}
