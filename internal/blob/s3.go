package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3Options say which bucket an S3 store uses and how it is reached.
type S3Options struct {
	Endpoint       string // host and perhaps port, without a scheme
	PublicEndpoint string // as phones see it, for links; Endpoint when empty
	Plain          bool   // http instead of https
	Region         string // required: without it every link would first ask the server
	Bucket         string // must be there; it may stay private
	AccessKey      string
	SecretKey      string
	PathStyle      bool // bucket in the path (MinIO), not in the host name (OSS, COS, AWS)
}

// S3 is a Store in S3-compatible storage.
type S3 struct {
	client *minio.Client
	bucket string
	links  presigner
}

const (
	// retries keeps a request within what a waiting phone stands; the caller may repeat.
	retries = 3
	// buffered is the size up to which a file is kept in memory while it is sent, so that it can be
	// sent again; larger ones go in parts.
	buffered = 16 << 20
	// s3CacheControl lets phones keep a picture for as long as its link stays the same.
	s3CacheControl = "private, max-age=21600"
)

// NewS3 returns a store in a bucket. It talks to nobody yet: a wrong key or bucket shows at the
// first Put or Stat.
func NewS3(opt S3Options) (*S3, error) {
	if opt.Region == "" || opt.Bucket == "" || opt.AccessKey == "" || opt.SecretKey == "" {
		return nil, errors.New("opening s3 store: region, bucket, access key and secret key are needed")
	}
	client, err := newClient(opt, opt.Endpoint)
	if err != nil {
		return nil, err
	}
	public := opt.PublicEndpoint
	if public == "" {
		public = opt.Endpoint
	}
	base, err := linkBase(opt, public)
	if err != nil {
		return nil, err
	}
	return &S3{client, opt.Bucket, presigner{base, opt.Region, opt.AccessKey, opt.SecretKey}}, nil
}

func newClient(opt S3Options, endpoint string) (*minio.Client, error) {
	if strings.Contains(endpoint, "/") {
		return nil, fmt.Errorf("opening s3 store: endpoint %q is more than host and port", endpoint)
	}
	lookup := minio.BucketLookupDNS
	if opt.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.New(endpoint, &minio.Options{
		Creds:  credentials.NewStaticV4(opt.AccessKey, opt.SecretKey, ""),
		Secure: !opt.Plain, Region: opt.Region, BucketLookup: lookup, MaxRetries: retries,
	})
	if err != nil {
		return nil, fmt.Errorf("opening s3 store: %w", err)
	}
	return client, nil
}

// Put sends the file; it is visible once it is whole.
func (s *S3) Put(ctx context.Context, key, contentType string, r io.Reader, size int64) error {
	if err := checkPut(key, contentType, size); err != nil {
		return err
	}
	body := io.Reader(&exactly{r, size})
	if size <= buffered {
		data, err := io.ReadAll(body)
		if err != nil {
			return fmt.Errorf("reading file %s: %w", key, err)
		}
		body = bytes.NewReader(data)
	}
	_, err := s.client.PutObject(ctx, s.bucket, key, body, size, minio.PutObjectOptions{
		ContentType: contentType, ContentDisposition: disposition(key), CacheControl: s3CacheControl, NumThreads: 1,
		// A plain body with its MD5: not every compatible server knows signed chunks.
		SendContentMd5: true, DisableContentSha256: true,
	})
	if err != nil {
		return fmt.Errorf("sending file %s: %w", key, s3Error(err))
	}
	return nil
}

// Open asks for the file; reading goes on over the network until ctx ends.
func (s *S3) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	file, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("opening file %s: %w", key, s3Error(err))
	}
	if _, err := file.Stat(); err != nil { // the first that asks the server
		_ = file.Close()
		return nil, fmt.Errorf("opening file %s: %w", key, s3Error(err))
	}
	return file, nil
}

// Stat describes the file.
func (s *S3) Stat(ctx context.Context, key string) (Object, error) {
	if err := checkKey(key); err != nil {
		return Object{}, err
	}
	info, err := s.client.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
	if err != nil {
		return Object{}, fmt.Errorf("looking at file %s: %w", key, s3Error(err))
	}
	return s3Object(key, info), nil
}

// Delete removes the file.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := s3Error(s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{}))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("deleting file %s: %w", key, err)
	}
	return nil
}

// SignedURL presigns a GET; see presigner for why the same arguments give the same link.
func (s *S3) SignedURL(_ context.Context, key string, expires time.Time) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	return s.links.sign(key, expires), nil
}

// List pages through the bucket until limit.
func (s *S3) List(ctx context.Context, prefix, after string, limit int) ([]Object, error) {
	if limit < 1 {
		return nil, nil
	}
	ctx, cancel := context.WithCancel(ctx) // ends the iterator's own work
	defer cancel()
	var found []Object
	for info := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{
		Prefix: prefix, StartAfter: after, Recursive: true, MaxKeys: min(limit, 1000),
	}) {
		if info.Err != nil {
			return nil, fmt.Errorf("listing files: %w", s3Error(info.Err))
		}
		if checkKey(info.Key) != nil { // somebody else's
			continue
		}
		if found = append(found, s3Object(info.Key, info)); len(found) == limit {
			break
		}
	}
	return found, nil
}

func s3Object(key string, info minio.ObjectInfo) Object {
	return Object{Key: key, Size: info.Size, ContentType: ContentType(key), ModTime: info.LastModified.UTC()}
}

// s3Error tells the two answers apart that a caller can act on.
func s3Error(err error) error {
	if err == nil {
		return nil
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == minio.NoSuchKey:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case answer.StatusCode == http.StatusInsufficientStorage,
		strings.Contains(answer.Code, "StorageFull"), strings.Contains(answer.Code, "QuotaExceeded"):
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}
