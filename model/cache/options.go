package cache

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// errAddress shows the form and never the address itself, which may hold a password.
var errAddress = errors.New("the redis address is unreadable; it should look like " +
	"redis://user:password@host:6379/0, or redis://a:6379,b:6379,c:6379 for a cluster")

// parse reads an address as Options.URL describes it.
func parse(address string) (*redis.UniversalOptions, error) {
	hosts := strings.Split(address, ",")
	o := clientOptions()
	for i, host := range hosts {
		host = withScheme(strings.TrimSpace(host), hosts[0])
		one, err := parseOne(host)
		if err != nil {
			return nil, err
		}
		o.Addrs = append(o.Addrs, one.Addr)
		if i == 0 {
			o.Username, o.Password, o.TLSConfig = one.Username, one.Password, one.TLSConfig
		}
		o.DB = max(o.DB, one.DB)
	}
	if len(o.Addrs) == 1 {
		return o, nil
	}
	if o.DB != 0 {
		return nil, errors.New("a redis cluster has no databases: leave the number out of its address")
	}
	if o.TLSConfig != nil {
		o.TLSConfig.ServerName = "" // every node answers to its own name
	}
	return o, nil
}

func withScheme(host, first string) string {
	if strings.Contains(host, "://") {
		return host
	}
	if strings.HasPrefix(strings.TrimSpace(first), "rediss://") {
		return "rediss://" + host
	}
	return "redis://" + host
}

func parseOne(address string) (*redis.Options, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "redis" && u.Scheme != "rediss") {
		return nil, errAddress
	}
	for option := range u.Query() {
		if option != "skip_verify" {
			return nil, fmt.Errorf("the redis address has an option %q that is not known here", option)
		}
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, errAddress
	}
	return o, nil
}

// clientOptions keep every wait below the budget; the context of each call has the last word.
func clientOptions() *redis.UniversalOptions {
	redis.SetLogger(silent{})
	return &redis.UniversalOptions{
		Protocol:              2,
		ContextTimeoutEnabled: true,
		DialTimeout:           budget,
		DialerRetries:         1,
		ReadTimeout:           budget,
		WriteTimeout:          budget,
		PoolTimeout:           budget / 2,
		PoolSize:              64,
		MaxRetries:            1,
		MinRetryBackoff:       time.Millisecond,
		MaxRetryBackoff:       10 * time.Millisecond,
		DisableIdentity:       true,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled,
		},
	}
}

// silent keeps go-redis from writing to the terminal: whatever matters comes back as an error.
type silent struct{}

// Printf drops the line.
func (silent) Printf(context.Context, string, ...any) {}
