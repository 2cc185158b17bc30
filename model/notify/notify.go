// Package notify keeps what people are told: the inbox, the templates of WeChat subscription messages,
// what a person agreed to receive, and what became of every message.
package notify

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Message{}, Template{}, Grant{}, GrantEvent{}, Send{}}
}
