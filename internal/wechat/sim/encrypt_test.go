package sim

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGolden_Encrypt is the reply vector of wechat.md 1.11.
func TestGolden_Encrypt(t *testing.T) {
	t.Parallel()
	sealed := base64.StdEncoding.EncodeToString(
		encrypt(make([]byte, 32), "wxba5fad812f8e6fb9", "707722b803182950", []byte(`{"demo_resp":"good luck"}`)))
	require.Equal(t, "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==", sealed)
	require.Equal(t, "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1", sign("AAAAA", "1713424427", "415670741", sealed))
	require.NotContains(t, sealed, "luck")
}
