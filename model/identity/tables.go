// Package identity keeps who people are: customers with their homes and consents, staff with their
// stores, and the sessions of both.
package identity

// Tables lists the structs of this package for the schema check.
func Tables() []any { return append(staffTables(), customerTables()...) }
