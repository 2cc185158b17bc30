package migrations_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reserved are the words that MySQL 8.4 and 9 reserve and MariaDB does not (MySQL Reference Manual,
// "Keywords and Reserved Words"): as bare names of columns they work in one engine only.
var reserved = strings.Fields(`cube cume_dist dense_rank empty except external first_value function grouping groups
	intersect json_table lag last_value lateral lead library manual nth_value ntile of over parallel percent_rank
	qualify rank recursive row_number system tablesample window`)

var column = regexp.MustCompile(`(?im)^\s*(?:ADD COLUMN )?([a-z_]+)\s+(?:BINARY|VARBINARY|VARCHAR|DATETIME|DATE|BIGINT|INT|SMALLINT|TINYINT|BLOB|MEDIUMBLOB|TEXT|MEDIUMTEXT)\b`)

func TestNoBareColumnNameIsReservedByMySQL(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("mysql/*.sql")
	require.NoError(t, err)
	seen := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range column.FindAllStringSubmatch(string(text), -1) {
			seen++
			require.NotContains(t, reserved, strings.ToLower(m[1]), file)
		}
	}
	require.Greater(t, seen, 500, "the pattern finds the columns")
	require.Contains(t, reserved, column.FindStringSubmatch("    ADD COLUMN external TINYINT NOT NULL")[1], "it would have found the one that broke MySQL 9.7")
}
