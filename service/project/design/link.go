package design

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"guike/internal/fault"
	"guike/internal/weblink"
	model "guike/model/project/design"
)

// models are the forms that phones can place in a room: glTF for Android, USDZ for iOS (B12).
var models = []string{".glb", ".gltf", ".usdz"}

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
		u, ok := weblink.ParseNamed(l.URL, "https")
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
