package router

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaName names a schema by its package and type: two domains may both have a "View".
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	path := t.PkgPath()
	if t.Name() == "" || !strings.HasPrefix(path, "guike/api/") || strings.HasSuffix(path, "/contract") {
		return name
	}
	domain := path[strings.LastIndex(path, "/")+1:]
	domain = strings.ToUpper(domain[:1]) + domain[1:]
	if strings.HasPrefix(name, domain) {
		return name
	}
	return domain + name
}
