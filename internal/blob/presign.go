package blob

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// presigner signs links by AWS Signature Version 4. minio-go's own signer dates each link with the
// present second, so that no two are alike and phones load the same picture again and again. Here
// the date is counted back from the expiry by the longest time allowed: always in the past, and the
// same for the same expiry.
type presigner struct {
	base              string // URL up to the key
	region            string
	accessKey, secret string
}

const amzDate = "20060102T150405Z"

// linkBase asks minio-go, offline, how it addresses the bucket.
func linkBase(opt S3Options, endpoint string) (string, error) {
	client, err := newClient(opt, endpoint)
	if err != nil {
		return "", err
	}
	u, err := client.PresignedGetObject(context.Background(), opt.Bucket, "k", time.Hour, nil)
	if err != nil {
		return "", fmt.Errorf("opening s3 store: %w", err)
	}
	return u.Scheme + "://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "k"), nil
}

func (p presigner) sign(key string, expires time.Time) string {
	return p.signFrom(key, expires.Add(-MaxLinkTTL), MaxLinkTTL)
}

// signFrom signs a link that is good from an instant on. Keys need no escaping: see checkKey.
func (p presigner) signFrom(key string, from time.Time, ttl time.Duration) string {
	date := from.UTC().Format(amzDate)
	scope := date[:8] + "/" + p.region + "/s3/aws4_request"
	query := url.Values{
		"X-Amz-Algorithm":     {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential":    {p.accessKey + "/" + scope},
		"X-Amz-Date":          {date},
		"X-Amz-Expires":       {strconv.FormatInt(int64(ttl/time.Second), 10)},
		"X-Amz-SignedHeaders": {"host"},
	}.Encode()
	query = strings.ReplaceAll(query, "+", "%20")
	scheme, rest, _ := strings.Cut(p.base, "://")
	host, path, _ := strings.Cut(rest, "/")
	request := strings.Join([]string{http.MethodGet, "/" + path + key, query, "host:" + host, "", "host", "UNSIGNED-PAYLOAD"}, "\n")
	hash := sha256.Sum256([]byte(request))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", date, scope, hex.EncodeToString(hash[:])}, "\n")
	signing := []byte("AWS4" + p.secret)
	for _, part := range []string{date[:8], p.region, "s3", "aws4_request", text} {
		signing = mac(signing, part)
	}
	return scheme + "://" + host + "/" + path + key + "?" + query + "&X-Amz-Signature=" + hex.EncodeToString(signing)
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
