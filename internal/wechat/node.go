package wechat

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// node is a push as a tree: JSON and XML look alike in it, numbers and texts too.
type node map[string]any

const maxDepth = 16

func parseNode(body []byte) (node, error) {
	body = bytes.TrimLeft(body, " \t\r\n\uFEFF")
	if len(body) == 0 {
		return nil, errors.New("empty")
	}
	if body[0] == '<' {
		return parseXML(body)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var n node
	if err := dec.Decode(&n); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) || n == nil {
		return nil, errors.New("not one object")
	}
	return n, nil
}

func parseXML(body []byte) (node, error) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	for {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if _, ok := tok.(xml.StartElement); !ok {
			continue
		}
		v, err := element(dec, 0)
		if err != nil {
			return nil, err
		}
		if n, ok := v.(node); ok {
			return n, nil
		}
		return nil, errors.New("root element without children")
	}
}

// element reads up to the end of the element just begun: its text, or its children when it has any.
func element(dec *xml.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("too deep")
	}
	var text strings.Builder
	var children node
	for {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			v, err := element(dec, depth+1)
			if err != nil {
				return nil, err
			}
			if children == nil {
				children = node{}
			}
			children.add(t.Name.Local, v)
		case xml.EndElement:
			if children != nil {
				return children, nil
			}
			return strings.TrimSpace(text.String()), nil
		}
	}
}

func (n node) add(name string, v any) {
	switch old := n[name].(type) {
	case nil:
		n[name] = v
	case []any:
		n[name] = append(old, v)
	default:
		n[name] = []any{old, v}
	}
}

func (n node) has(name string) bool { _, ok := n[name]; return ok }

// text is a field as text: a number digit by digit, a list joined by commas, anything else empty.
func (n node) text(name string) string { return textOf(n[name]) }

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		var words []string
		for _, one := range v {
			if _, nested := one.([]any); !nested {
				words = append(words, textOf(one))
			}
		}
		return strings.Join(words, ",")
	}
	return ""
}

// number is a field as a whole number, 0 when it is none.
func (n node) number(name string) int64 {
	v, err := strconv.ParseInt(n.text(name), 10, 64)
	if err != nil {
		return 0
	}
	return v
}

// nodes is a field as a list of objects, whether it came as one or as several.
func (n node) nodes(name string) []node {
	list, ok := n[name].([]any)
	if !ok {
		list = []any{n[name]}
	}
	var out []node
	for _, v := range list {
		switch v := v.(type) {
		case node:
			out = append(out, v)
		case map[string]any:
			out = append(out, v)
		}
	}
	return out
}
