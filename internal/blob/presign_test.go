package blob

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// minio-go signs with the present second; signed for that second, ours must be the same link.
func TestPresignAgreesWithMinio(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]S3Options{
		"path style":   {Plain: true, PathStyle: true, Endpoint: "s3.example:9000"},
		"host style":   {Endpoint: "oss-cn-shanghai.example"},
		"default port": {PathStyle: true, Endpoint: "s3.example:443"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opt.Region, opt.Bucket, opt.AccessKey, opt.SecretKey = "cn-east-1", "guike", "AKID/EX+AMPLE", "very/secret+key"
			s, err := NewS3(opt)
			require.NoError(t, err)
			for _, key := range []string{"a.jpg", "2026/11/x-y_z.0.png"} {
				want, err := s.client.PresignedGetObject(t.Context(), "guike", key, time.Hour, url.Values{})
				require.NoError(t, err)
				from, err := time.Parse(amzDate, want.Query().Get("X-Amz-Date"))
				require.NoError(t, err)
				require.Equal(t, want.String(), s.links.signFrom(key, from, time.Hour))
			}
		})
	}
}
