package identity

// staffTables lists the structs of the staff half of the domain for the schema check.
func staffTables() []any {
	return []any{Region{}, Store{}, Staff{}, Session{}, RefreshToken{}, failures{}, APIKey{}}
}
