package sim

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"guike/internal/clock"
)

// Delivery is what became of one push.
type Delivery struct {
	Event  string    `json:"event"`
	OpenID string    `json:"openid"`
	Tries  int       `json:"tries"`
	Status int       `json:"status"` // of the last try, 0 without an answer
	OK     bool      `json:"ok"`     // answered with 2xx
	At     time.Time `json:"at"`
}

const (
	pushTries   = 3
	pushTimeout = 5 * time.Second
	pushPause   = 100 * time.Millisecond
	deliveryCap = 10000
)

// outlet delivers pushes one after the other, as the platform does: three tries, five seconds each.
type outlet struct {
	appID, token string
	key          []byte
	clock        clock.Clock
	log          *slog.Logger
	http         *http.Client
	ctx          context.Context //nolint:containedctx // the worker's life
	cancel       context.CancelFunc
	stopped      chan struct{}
	wake         chan struct{}

	mu         sync.Mutex
	url        string
	rng        *rand.Rand
	queue      []message
	pending    int
	idle       chan struct{} // closed when nothing is pending
	deliveries []Delivery
}

func newOutlet(cfg Config) (*outlet, error) {
	var key []byte
	if cfg.PushAESKey != "" {
		var err error
		key, err = base64.StdEncoding.DecodeString(cfg.PushAESKey + "=")
		if err != nil || len(key) != 32 {
			return nil, errors.New("wechat simulator: the push AES key must be 43 characters of base64")
		}
	}
	o := &outlet{
		appID: cfg.AppID, token: cfg.PushToken, key: key, clock: cfg.Clock, log: cfg.Logger, url: cfg.PushURL,
		http:    &http.Client{Timeout: pushTimeout, Transport: &http.Transport{}},
		rng:     rand.New(rand.NewPCG(cfg.Seed, 0)),
		stopped: make(chan struct{}), wake: make(chan struct{}, 1), idle: make(chan struct{}),
	}
	close(o.idle)
	o.ctx, o.cancel = context.WithCancel(context.Background())
	go o.work()
	return o, nil
}

func (o *outlet) close() {
	o.cancel()
	<-o.stopped
	o.http.CloseIdleConnections()
}

func (o *outlet) setURL(to string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.url = to
}

func (o *outlet) add(m message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.url == "" || o.ctx.Err() != nil {
		return
	}
	if o.pending == 0 {
		o.idle = make(chan struct{})
	}
	o.pending++
	o.queue = append(o.queue, m)
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *outlet) drain(ctx context.Context) error {
	o.mu.Lock()
	idle := o.idle
	o.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-o.stopped:
		return errors.New("wechat simulator is closed")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (o *outlet) work() {
	defer close(o.stopped)
	for {
		m, to, ok := o.next()
		if !ok {
			select {
			case <-o.wake:
				continue
			case <-o.ctx.Done():
				return
			}
		}
		d := o.deliver(m, to)
		o.done(d)
		if o.ctx.Err() != nil {
			return
		}
	}
}

func (o *outlet) next() (m message, to string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return message{}, "", false
	}
	m, o.queue = o.queue[0], o.queue[1:]
	return m, o.url, true
}

func (o *outlet) done(d Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.deliveries) >= deliveryCap {
		o.deliveries = slices.Delete(o.deliveries, 0, deliveryCap/10)
	}
	o.deliveries = append(o.deliveries, d)
	if o.pending--; o.pending == 0 {
		close(o.idle)
	}
}

func (o *outlet) deliver(m message, to string) Delivery {
	openid, _ := m.fields["FromUserName"].(string)
	d := Delivery{Event: m.event(), OpenID: openid}
	for d.Tries < pushTries && !d.OK && o.ctx.Err() == nil {
		if d.Tries > 0 {
			wait(o.ctx, pushPause)
		}
		d.Tries++
		status, err := o.post(m, to)
		d.Status, d.OK, d.At = status, err == nil, o.clock.Now()
		if err != nil {
			o.log.Warn("wechat simulator: push not taken", "event", d.Event, "try", d.Tries, "status", status)
		}
	}
	return d
}

func (o *outlet) post(m message, to string) (int, error) {
	q, body, err := o.sealed(m)
	if err != nil {
		return 0, err
	}
	sep := "?"
	if strings.Contains(to, "?") {
		sep = "&"
	}
	req, err := http.NewRequestWithContext(o.ctx, http.MethodPost, to+sep+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("push address unusable")
	}
	req.Header.Set("Content-Type", "application/json")
	if m.format == "xml" {
		req.Header.Set("Content-Type", "text/xml")
	}
	res, err := o.http.Do(req)
	if err != nil {
		return 0, errors.New("push not answered")
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, bodyCap))
	if res.StatusCode/100 != 2 {
		return res.StatusCode, fmt.Errorf("push answered with %d", res.StatusCode)
	}
	return res.StatusCode, nil
}

func (o *outlet) nonce() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmt.Sprint(o.rng.Uint32())
}

// Pushes is what became of the pushes so far, oldest first; of very many, the latest 10,000.
func (s *Server) Pushes() []Delivery {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	return slices.Clone(s.out.deliveries)
}
