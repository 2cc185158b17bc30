package demo

import (
	"slices"
	"strconv"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/model/identity"
	"guike/model/notify"
	"guike/model/project"
	notifyservice "guike/service/notify"
)

// The latest messages of an inbox that are kept: in the story, and in the volume.
const (
	keptInStory  = 40
	keptInVolume = 3
)

// letter is news of a project on its way into an inbox.
type letter struct {
	news
	project project.Project
}

// lettersOf lists what a member of the home was told from an instant on, oldest first.
func lettersOf(l *life, since time.Time) []letter {
	var told []letter
	for _, n := range l.news {
		if n.at.After(since) {
			told = append(told, letter{n, l.p})
		}
	}
	return told
}

// post puts the latest letters into the customer's inbox. The last few of those who use WeChat are
// unread, all of those who do not. Colleagues who came into charge find it in theirs.
func (c *company) post(r *rows, h *household, customer identity.Customer, told []letter) {
	d, sparse := h.d, h.number >= story
	slices.SortStableFunc(told, func(a, b letter) int { return a.at.Compare(b.at) })
	kept := keptInStory
	if sparse {
		kept = keptInVolume
	}
	told = told[max(len(told)-kept, 0):]
	unread := d.IntN(4)
	for i, t := range told {
		at := clock.Cut(t.at.Add(time.Duration(d.between(250, 900)) * time.Millisecond))
		m := notify.Message{
			OwnerID: customer.ID, ID: d.id(at), OwnerKind: actor.Customer, EventID: t.event, Kind: t.kind, Title: t.title,
			Body: brief500("“" + t.project.Title + "”" + t.body), RefKind: "timeline_entry", RefID: t.entry,
			ProjectID: t.project.ID, At: at, Version: 1,
		}
		if customer.ClaimedAt != nil && i < len(told)-unread {
			read := c.readAt(d, at)
			m.ReadAt, m.Version = &read, 2
		}
		r.messages = append(r.messages, m)
	}
}

// readAt is some hours after a message came, but not after the base.
func (c *company) readAt(d dice, at time.Time) time.Time {
	read := clock.Cut(at.Add(time.Duration(d.between(2, 600)) * time.Minute))
	if read.After(c.base) {
		return at
	}
	return read
}

// brief500 keeps a text within the inbox's bounds.
func brief500(text string) string {
	if runes := []rune(text); len(runes) > 500 {
		return string(runes[:499]) + "…"
	}
	return text
}

// remember tells the people who came into charge of a project.
func (c *company) remember(r *rows, d dice, l *life) {
	for _, n := range l.news {
		if n.staff.ID.IsZero() || n.staff.DisabledAt != nil {
			continue
		}
		at := clock.Cut(n.at.Add(time.Duration(d.between(250, 900)) * time.Millisecond))
		role := n.staff.Role
		m := notify.Message{
			OwnerID: n.staff.ID, ID: d.id(at), OwnerKind: actor.Staff, EventID: n.event, Kind: n.kind, Title: n.title,
			Body: "您已成为“" + l.p.Title + "”的" + roleNames[role][0] + "。", RefKind: "timeline_entry", RefID: n.entry,
			ProjectID: l.p.ID, At: at, Version: 1,
		}
		if c.base.Sub(at) > 3*24*time.Hour {
			read := c.readAt(d, at)
			m.ReadAt, m.Version = &read, 2
		}
		r.messages = append(r.messages, m)
	}
}

// accepts is how many messages of each template the customer still accepts.
func (c *company) accepts(number int) map[string]int {
	d := newDice(c.seed, "grants", number)
	list := map[string]int{}
	for _, event := range []string{notifyservice.EventDailyLog, notifyservice.EventStage} {
		if n := d.IntN(4); n > 0 && (number < story || d.chance(30)) {
			list[notifyservice.DemoTemplateID(event)] = n
		}
	}
	return list
}

// wechat makes the customer one who uses the mini-program: openid, consents, accepted messages.
func (c *company) wechat(r *rows, h *household, customer identity.Customer) {
	visited := c.before(h.d.between(20, 3*24*60))
	if visited.Before(customer.CreatedAt) {
		visited = customer.CreatedAt
	}
	openid := openidOf(h.number)
	r.identities = append(r.identities, identity.WechatIdentity{
		OpenID: openid, CustomerID: customer.ID, LastVisitAt: visited, CreatedAt: customer.CreatedAt, Version: 1,
	})
	c.consent(r, h.d, customer)
	accepted := c.accepts(h.number)
	for _, event := range []string{notifyservice.EventDailyLog, notifyservice.EventStage} {
		template := notifyservice.DemoTemplateID(event)
		n := accepted[template]
		if n == 0 {
			continue
		}
		for i := range n {
			r.grantEvents = append(r.grantEvents, notify.GrantEvent{
				EventKey: "demo-" + openid + "-" + event, Seq: i, Source: notify.FromPush, OpenID: openid, TemplateID: template,
				Result: "accept", Counted: true, At: visited, CreatedAt: visited,
			})
		}
		r.grants = append(r.grants, notify.Grant{
			OpenID: openid, TemplateID: template, Remaining: int64(n), UpdatedAt: visited, Version: int64(n) + 1,
		})
	}
}

// consent records what the customer agreed to, and when.
func (c *company) consent(r *rows, d dice, customer identity.Customer) {
	decide := func(at time.Time, purpose identity.Purpose, granted bool, scene string) {
		policy := "privacy"
		if purpose == identity.PurposeTerms {
			policy = "terms"
		}
		r.consents = append(r.consents, identity.Consent{
			CustomerID: customer.ID, ID: d.id(at), Policy: policy, Version: 1, Purpose: purpose, Granted: granted, At: at,
			Scene: scene, ClientVersion: "1.4." + strconv.Itoa(d.IntN(6)),
		})
	}
	at := customer.CreatedAt
	decide(at, identity.PurposeTerms, true, "sign_in")
	decide(at, identity.PurposePrivacy, true, "sign_in")
	if customer.PhoneBoundAt != nil {
		decide(clock.Cut(customer.PhoneBoundAt.Add(-5*time.Second)), identity.PurposePhone, true, "phone")
	}
	later := clock.Cut(at.Add(time.Duration(d.between(60, 600)) * time.Second))
	switch d.IntN(10) {
	case 0, 1, 2, 3:
		decide(later, identity.PurposeMarketing, true, "settings")
	case 4:
		decide(later, identity.PurposeMarketing, true, "settings")
		decide(c.before(90), identity.PurposeMarketing, false, "settings")
	case 5, 6:
		decide(later, identity.PurposeCasePublication, true, "case_invitation")
	}
}
