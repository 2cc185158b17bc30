package db

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServerThatBreaksAPromiseIsRefused(t *testing.T) {
	t.Parallel()
	good := server{Version: "8.4.6", Flush: "1", Collation: "utf8mb4_general_ci", TimeZone: "+00:00"}
	for name, c := range map[string]struct {
		change func(*server)
		says   string
	}{
		"a good one":        {func(*server) {}, ""},
		"flushes a second":  {func(s *server) { s.Flush = "2" }, ""},
		"MariaDB":           {func(s *server) { s.Version = "10.11.19-MariaDB-0+deb12u1" }, ""},
		"TiDB":              {func(s *server) { s.Version = "5.7.25-TiDB-v8.5.1" }, ""},
		"loses commits":     {func(s *server) { s.Flush = "0" }, "innodb_flush_log_at_trx_commit=0"},
		"cannot write 𠮷":    {func(s *server) { s.Collation = "utf8mb3_general_ci" }, "utf8mb3_general_ci"},
		"another time zone": {func(s *server) { s.TimeZone = "SYSTEM" }, "time zone is SYSTEM"},
		"old MySQL":         {func(s *server) { s.Version = "5.7.44" }, "too old"},
		"old MariaDB":       {func(s *server) { s.Version = "10.3.39-MariaDB" }, "too old"},
		"no version":        {func(s *server) { s.Version = "eight" }, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good
			c.change(&s)
			if err := s.fit(); c.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.says)
			}
		})
	}
	all := server{Version: "5.7.44", Flush: "0", Collation: "latin1_swedish_ci", TimeZone: "SYSTEM"}.fit()
	for _, says := range []string{"innodb_flush", "latin1", "SYSTEM", "too old"} {
		require.ErrorContains(t, all, says, "every mistake is told at once")
	}
}
