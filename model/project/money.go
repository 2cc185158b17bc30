package project

import "strings"

// moneyMark begins a line of an entry's text that tells of money between the company and the owners of
// a home. It is an invisible character, which nobody types.
const moneyMark = "\u2063"

// MoneyLine marks a line of an entry's text as one that guests of a home do not read.
func MoneyLine(line string) string { return moneyMark + line }

// Readable is a text for those who may read of money, without marks.
func Readable(body string) string { return strings.ReplaceAll(body, moneyMark, "") }

// WithoutMoney is a text for guests: marked lines are left out.
func WithoutMoney(body string) string {
	if !strings.Contains(body, moneyMark) {
		return body
	}
	var kept []string
	for line := range strings.SplitSeq(body, "\n") {
		if !strings.HasPrefix(line, moneyMark) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
