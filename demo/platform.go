package demo

import (
	"context"
	"log/slog"
	"time"

	"guike/app"
	"guike/internal/wechat"
	"guike/internal/wechat/sim"
)

// Platform starts the WeChat simulator beside the application: the real protocol, on a port of its
// own, with a control plane that moves the demo's clock.
func Platform(a *app.App, c *Clock, settings wechat.Config, log *slog.Logger) (*sim.Server, error) {
	var platform *sim.Server
	platform, err := sim.New(sim.Config{
		Clock: c, AppID: settings.AppID, AppSecret: settings.Secret, Logger: log,
		PushToken: settings.PushToken, PushAESKey: settings.PushAESKey,
		Advance: func(ctx context.Context, by time.Duration) error { return c.Advance(ctx, a, platform, by) },
	})
	return platform, err
}

// Recall tells the platform what it forgot when it was stopped: who there is, and what they accepted.
// Only then does it push to the application, which knows all this.
func Recall(platform *sim.Server, people Credentials, publicURL string) {
	for _, c := range people.Customers {
		platform.AddUser(sim.User{OpenID: c.Openid, Nickname: c.Nickname})
		for template, n := range c.Grants {
			for range n {
				platform.Accept(c.Openid, map[string]string{template: "accept"})
			}
		}
	}
	platform.SetPushURL(publicURL + "/v1/wechat/push")
}
