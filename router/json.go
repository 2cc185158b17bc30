package router

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	strict "github.com/go-json-experiment/json"

	"guike/internal/fault/problem"
)

var errNUL = errors.New("a text holds the NUL character")

// jsonFormat reads strictly and writes plainly. Reading refuses duplicate keys, invalid UTF-8, lone
// surrogates, great depth, trailing content and NUL; keys count letter by letter.
func jsonFormat() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			e := json.NewEncoder(w)
			e.SetEscapeHTML(false)
			return e.Encode(v)
		},
		Unmarshal: func(data []byte, v any) error {
			if bytes.Contains(data, []byte(`\u0000`)) {
				if err := refuseNUL(data); err != nil {
					return err
				}
			}
			return placed(strict.Unmarshal(data, v))
		},
	}
}

// placed tells where in the body a value stands that cannot be read though the schema let it pass.
func placed(err error) error {
	var e *strict.SemanticError
	if errors.As(err, &e) && e.JSONPointer != "" {
		return problem.Misfit(string(e.JSONPointer))
	}
	return err
}

// refuseNUL looks closer at a body in which NUL may be written: the same letters after an escaped
// backslash are harmless.
func refuseNUL(data []byte) error {
	var body any
	if err := strict.Unmarshal(data, &body); err != nil {
		return err
	}
	if hasNUL(body) {
		return errNUL
	}
	return nil
}

func hasNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		if slices.ContainsFunc(v, hasNUL) {
			return true
		}
	case map[string]any:
		for k, e := range v {
			if strings.ContainsRune(k, 0) || hasNUL(e) {
				return true
			}
		}
	}
	return false
}
