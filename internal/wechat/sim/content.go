package sim

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/boombuler/barcode/qr"
)

type picture struct {
	kind  string
	bytes []byte
}

// unlimitedQR draws a QR code that holds page and scene, so that a scanner can follow it.
func (s *Server) unlimitedQR(c *call) (any, error) {
	in := struct {
		Scene   string `json:"scene"`
		Page    string `json:"page"`
		Env     string `json:"env_version"`
		Width   int    `json:"width"`
		Hyaline bool   `json:"is_hyaline"`
	}{Width: 430}
	if c.decode(&in) != nil {
		return nil, refuse(40169)
	}
	switch {
	case in.Scene == "" || len(in.Scene) > 32 && !strings.ContainsFunc(in.Scene, isHan):
		return nil, refuse(40169)
	case !regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+$`).MatchString(in.Scene):
		return nil, refuse(40129)
	case strings.HasPrefix(in.Page, "/") || strings.Contains(in.Page, "?"):
		return nil, refuse(41030)
	case in.Width < 280 || in.Width > 1280:
		return nil, refuse(40097)
	}
	code, err := qr.Encode(in.Page+"?scene="+in.Scene, qr.M, qr.Auto)
	if err != nil {
		return nil, refuse(-1)
	}
	var buf bytes.Buffer
	if in.Hyaline {
		err = png.Encode(&buf, enlarge(code, in.Width))
		return picture{"image/png", buf.Bytes()}, err
	}
	err = jpeg.Encode(&buf, enlarge(code, in.Width), nil)
	return picture{"image/jpeg", buf.Bytes()}, err
}

// enlarge draws a code of one pixel a module on a white square of the given width, with the margin
// of four modules that scanners need.
func enlarge(code image.Image, width int) *image.Gray {
	const margin = 4
	modules := code.Bounds().Dx()
	size := width / (modules + 2*margin)
	left := (width - modules*size) / 2
	img := image.NewGray(image.Rect(0, 0, width, width))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for y := range modules {
		for x := range modules {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				at := image.Pt(left+x*size, left+y*size)
				draw.Draw(img, image.Rectangle{at, at.Add(image.Pt(size, size))}, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return img
}

// visited refuses a user who has not used the mini-program for two hours.
func (s *Server) visited(c *call, openid string) error {
	if !validOpenID(openid) {
		return refuse(40003)
	}
	if c.now.Sub(s.user(openid).lastVisit) >= visitLife {
		return refuse(61010)
	}
	return nil
}

// verdict judges by the markers; the label is the platform's for abuse and advertisement.
func (s *Server) verdict(text string) (suggest string, label int) {
	switch {
	case strings.Contains(text, s.cfg.RiskyMarker):
		return "risky", 20003
	case strings.Contains(text, s.cfg.ReviewMarker):
		return "review", 10001
	}
	return "pass", 100
}

func (s *Server) checkText(c *call) (any, error) {
	var in struct {
		Content string `json:"content"`
		Version int    `json:"version"`
		Scene   int    `json:"scene"`
		OpenID  string `json:"openid"`
		Title   string `json:"title"`
		Nick    string `json:"nickname"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	switch {
	case in.Content == "":
		return nil, refuse(44002)
	case utf8.RuneCountInString(in.Content) > 2500:
		return nil, refuse(45002)
	case in.Version != 2 || in.Scene < 1 || in.Scene > 4:
		return nil, refuse(40129)
	}
	if err := s.visited(c, in.OpenID); err != nil {
		return nil, err
	}
	suggest, label := s.verdict(in.Content + in.Title + in.Nick)
	return map[string]any{
		"result": map[string]any{"suggest": suggest, "label": label},
		"detail": []any{
			map[string]any{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90},
			map[string]any{"strategy": "keyword", "errcode": 0},
		},
		"trace_id": s.traceID(),
	}, nil
}

// checkMedia accepts, and pushes the verdict, which may arrive before this very answer does.
func (s *Server) checkMedia(c *call) (any, error) {
	var in struct {
		URL     string `json:"media_url"`
		Type    int    `json:"media_type"`
		Version int    `json:"version"`
		Scene   int    `json:"scene"`
		OpenID  string `json:"openid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Type != 1 && in.Type != 2 {
		return nil, refused{40004, "invalid media type"}
	}
	if in.Version != 2 || in.Scene < 1 || in.Scene > 4 || !strings.HasPrefix(in.URL, "http") {
		return nil, refuse(40129)
	}
	if err := s.visited(c, in.OpenID); err != nil {
		return nil, err
	}
	suggest, label := s.verdict(in.URL)
	var shown any = label
	if s.rng.IntN(2) == 0 {
		shown = strconv.Itoa(label)
	}
	trace := s.traceID()
	s.pushMediaCheck(in.OpenID, trace, suggest, shown)
	return map[string]any{"trace_id": trace}, nil
}

func (s *Server) scheme(c *call) (any, error) {
	if err := s.checkLink(c); err != nil {
		return nil, err
	}
	return map[string]any{"openlink": "weixin://dl/business/?t=" + s.letters(11)}, nil
}

func (s *Server) urlLink(c *call) (any, error) {
	if err := s.checkLink(c); err != nil {
		return nil, err
	}
	return map[string]any{"url_link": "https://wxaurl.cn/" + s.letters(11)}, nil
}

func (s *Server) checkLink(c *call) error {
	var in struct {
		Query string `json:"query"`
		Jump  struct {
			Query string `json:"query"`
		} `json:"jump_wxa"`
		Days int `json:"expire_interval"`
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	switch {
	case utf8.RuneCountInString(in.Query) > 1024 || utf8.RuneCountInString(in.Jump.Query) > 1024:
		return refuse(40212)
	case in.Days < 0 || in.Days > 30:
		return refuse(85401)
	}
	return nil
}
