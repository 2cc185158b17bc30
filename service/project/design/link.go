package design

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"guike/internal/fault"
	model "guike/model/project/design"
)

const maxURL = 500

// A host is a DNS name of the public net, never an address: its last label is of letters, so that no
// reader takes it for a number.
var (
	label    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	topLabel = regexp.MustCompile(`^([a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])$`)
	// inside are the names that lead into a house's own net.
	inside = []string{"localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "test", "invalid", "example", "onion"}
	// models are the forms that phones can place in a room: glTF for Android, USDZ for iOS (B12).
	models = []string{".glb", ".gltf", ".usdz"}
)

// checkLinks reads the links of a version. They are kept and handed on, never fetched.
func checkLinks(links []model.Link) error {
	if len(links) > model.MaxLinks {
		return fault.Broken("body.links", "too_many", "链接最多 10 个。", "There are at most 10 links.")
	}
	for i := range links {
		l, at := &links[i], fmt.Sprintf("body.links[%d]", i)
		if err := line(at+".title", &l.Title, 1, 100); err != nil {
			return err
		}
		u, ok := parse(l.URL)
		if !ok {
			return fault.Broken(at+".url", "malformed", "链接须为 https 公网域名地址,不超过 500 个字符。", "A link is an https URL with a public host name, of at most 500 characters.")
		}
		switch l.Kind {
		case model.LinkVR, model.LinkPanorama:
		case model.LinkModel:
			if !slices.Contains(models, strings.ToLower(path.Ext(u.Path))) {
				return fault.Broken(at+".url", "not_allowed", "模型须为 .glb、.gltf 或 .usdz 文件。", "A model is a .glb, .gltf or .usdz file.")
			}
		default:
			return fault.Broken(at+".kind", "unknown", "链接类型须为 vr、panorama 或 model。", "The kind is vr, panorama or model.")
		}
	}
	return nil
}

// parse reads an absolute https URL of printable ASCII whose host is a DNS name with a dot, without user
// information.
func parse(raw string) (*url.URL, bool) {
	if len(raw) > maxURL || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`\"<>^{}|`+"`", r) }) {
		return nil, false
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return nil, false
	}
	if port, given := strings.CutPrefix(u.Host[len(u.Hostname()):], ":"); given {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, false
		}
	}
	return u, public(strings.ToLower(u.Hostname()))
}

func public(host string) bool {
	labels := strings.Split(host, ".")
	if len(host) > 253 || len(labels) < 2 {
		return false
	}
	last := labels[len(labels)-1]
	for _, l := range labels {
		if !label.MatchString(l) {
			return false
		}
	}
	return topLabel.MatchString(last) && !slices.Contains(inside, last)
}
