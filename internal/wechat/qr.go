package wechat

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
)

// QR asks for a mini-program code. Anybody can open the page with any scene: let it be a random
// opaque code that the server resolves.
type QR struct {
	Scene        string // 1–32 of 0-9A-Za-z!#$&'()*+,/:;=?@-._~
	Page         string // without leading slash and query; empty for the home page
	EnvVersion   string // release (default), trial or develop
	Width        int    // 280–1280 pixels, 0 for the platform's 430
	SkipPageTest bool   // allows pages that are not released yet
	Transparent  bool
}

// Image is a picture as the platform sent it. A code is permanent: keep it.
type Image struct {
	ContentType string // image/jpeg or image/png, by the content
	Bytes       []byte
}

const imageCap = 2 << 20

// UnlimitedQR makes a mini-program code. The platform answers errors with JSON and status 200; such
// an answer is an error here, never an Image.
func (c *Client) UnlimitedQR(ctx context.Context, qr QR) (Image, error) {
	if err := qr.check(); err != nil {
		return Image{}, err
	}
	body := map[string]any{"scene": qr.Scene, "check_path": !qr.SkipPageTest}
	if qr.Page != "" {
		body["page"] = qr.Page
	}
	if qr.EnvVersion != "" {
		body["env_version"] = qr.EnvVersion
	}
	if qr.Width != 0 {
		body["width"] = qr.Width
	}
	if qr.Transparent {
		body["is_hyaline"] = true
	}
	var img Image
	err := c.callWithToken(ctx, request{
		call: CallQR, method: http.MethodPost, path: "/wxa/getwxacodeunlimit", body: body, limit: imageCap,
		accept: func(b []byte) (err error) { img, err = decodeImage(b); return err },
	})
	return img, err
}

func (qr QR) check() error {
	switch {
	case qr.Scene == "" || len(qr.Scene) > 32:
		return invalid(CallQR, 40169, "scene must have 1 to 32 characters")
	case strings.ContainsFunc(qr.Scene, func(r rune) bool {
		return r >= 0x80 || !isAlnum(byte(r)) && !strings.ContainsRune("!#$&'()*+,/:;=?@-._~", r)
	}):
		return invalid(CallQR, 40129, "scene holds a character that the platform refuses")
	case strings.HasPrefix(qr.Page, "/") || strings.Contains(qr.Page, "?"):
		return invalid(CallQR, 41030, "page must have no leading slash and no query")
	case qr.Width != 0 && (qr.Width < 280 || qr.Width > 1280):
		return invalid(CallQR, 0, "width must be 280 to 1280")
	}
	return nil
}

func decodeImage(b []byte) (Image, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")) && bytes.HasSuffix(b, []byte("\xff\xd9")):
		return Image{ContentType: "image/jpeg", Bytes: b}, nil
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return Image{ContentType: "image/png", Bytes: b}, nil
	}
	return Image{}, errors.New("neither picture nor error")
}
