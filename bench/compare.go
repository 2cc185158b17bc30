package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"reflect"
)

// compare makes sure that both servers say the same, so that the faster one is not faster by saying
// less.
func compare(ctx context.Context, w *world, sides []*side) error {
	identical, total := 0, 0
	for _, op := range operations()[1:] {
		for _, r := range w.Readers[:min(5, len(w.Readers))] {
			path := r.path(op.paths[0])
			var bodies [2][]byte
			for i, s := range sides {
				var err error
				if bodies[i], err = get(ctx, s.api, path, r.Token); err != nil {
					return fmt.Errorf("the %s server at %s: %w", s.name, path, err)
				}
			}
			if err := same(bodies[0], bodies[1]); err != nil {
				return fmt.Errorf("%s: %w\n%s: %s\n%s: %s", path, err, sides[0].name, bodies[0], sides[1].name, bodies[1])
			}
			total++
			if bytes.Equal(bodies[0], bodies[1]) {
				identical++
			}
		}
	}
	fmt.Fprintf(os.Stderr, "bench: both servers say the same (%d of %d answers byte by byte)\n", identical, total)
	return substance(ctx, w, sides[0])
}

func same(a, b []byte) error {
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &y); err != nil {
		return err
	}
	if !reflect.DeepEqual(x, y) {
		return fmt.Errorf("the servers do not say the same")
	}
	return nil
}

// substance makes sure that the answers hold what the figure is about.
func substance(ctx context.Context, w *world, s *side) error {
	r := w.Readers[0]
	var p projectJSON
	var t listJSON[entryJSON]
	for path, into := range map[string]any{"/v1/me/projects/" + r.Project: &p, "/v1/me/projects/" + r.Project + "/timeline?limit=20": &t} {
		b, err := get(ctx, s.api, path, r.Token)
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			return err
		}
	}
	photos := 0
	for _, e := range t.Items {
		photos += len(e.Photos)
	}
	if len(p.Stages) < 8 || len(t.Items) != logDays || photos != logDays*photosPerLog {
		return fmt.Errorf("%d stages, %d entries and %d photos are not the hot operation", len(p.Stages), len(t.Items), photos)
	}
	return nil
}

func get(ctx context.Context, address, path, token string) ([]byte, error) {
	return exchange(ctx, address, fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: api.guike.example\r\nAuthorization: Bearer %s\r\n\r\n", path, token))
}

// exchange sends one request over a connection of its own.
func exchange(ctx context.Context, address string, request []byte) ([]byte, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	_, err = receive(bufio.NewReader(conn), &body)
	return body.Bytes(), err
}
