package demo

import (
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/identity"
	"guike/model/project"
)

// household is what belongs to a customer's homes: it follows from the number alone, so that others
// may look into it.
type household struct {
	number int
	d      dice
	crew   crew
	since  time.Time // when the customer was registered
	homes  []identity.Home
	lives  []*life
	name   string // of the customer
}

// owned makes the homes and projects of a customer. Addresses are not sealed yet.
func (c *company) owned(number int) *household {
	h := &household{number: number, d: newDice(c.seed, "household", number), crew: c.crews[number%len(c.crews)]}
	h.since = c.before(h.d.between(3*24*60, 240*24*60))
	list := commissionsOf(number)
	for slot, w := range list {
		l := c.live(number, slot, w.brief)
		h.lives = append(h.lives, l)
		if slot == 0 || l.p.CreatedAt.Before(h.since) {
			h.since = clock.Cut(l.p.CreatedAt.Add(-time.Duration(h.d.between(20, 20*24*60)) * time.Minute))
		}
	}
	for slot, w := range list {
		l := h.lives[slot]
		if w.home == len(h.homes) {
			h.homes = append(h.homes, c.home(h, l.p.CreatedAt, actor.Staff, l.p.CreatedBy))
		}
		home := &h.homes[w.home]
		if l.p.CreatedAt.Before(home.CreatedAt) {
			home.CreatedAt = l.p.CreatedAt
		}
		l.p.HomeID, l.p.CustomerID, l.p.Title = home.ID, c.customerID(number), home.Name+titleEnds[l.p.Kind]
		l.entries[0].Body = l.p.Title
		l.entitle()
	}
	if traitsOf(number).home {
		h.homes = append(h.homes, c.home(h, clock.Cut(h.since.Add(17*time.Minute)), actor.Customer, c.customerID(number)))
	}
	return h
}

var titleEnds = map[project.Kind]string{furniture: " 全屋定制", renovation: " 整装"}

// home is a dwelling near the store; its street address waits in AddressEnc to be sealed.
func (c *company) home(h *household, at time.Time, kind actor.Kind, by id.ID) identity.Home {
	shop := h.crew.shop
	n := h.d.IntN(len(shop.districts))
	estate, block, flat := pick(h.d, shop.estates), h.d.between(1, 28), h.d.between(1, 32)*100+h.d.between(1, 4)
	return identity.Home{
		ID: c.numbered(fmt.Sprint("home", len(h.homes)), h.number), Name: fmt.Sprintf("%s%d-%d", estate, block, flat), City: shop.city, District: shop.districts[n],
		AddressEnc: fmt.Appendf(nil, "%s %d 号%s %d 栋 %d 室", shop.roads[n], h.d.between(1, 899), estate, block, flat),
		AreaM2:     float64(h.d.between(5200, 18800)) / 100, CreatedByKind: kind, CreatedBy: by, CreatedAt: at, Version: 1,
	}
}

// customerID is a customer's, without the rest of the household.
func (c *company) customerID(number int) id.ID { return c.numbered("customer", number) }

// numbered is an identifier that sorts by a customer's number, so that bulk goes to the end of every
// tree that begins with it. Where time matters, ids sort by time.
func (c *company) numbered(subject string, number int) id.ID {
	return newDice(c.seed, subject, number).id(c.base.AddDate(-1, 0, 0).Add(time.Duration(number) * time.Millisecond))
}

func (c *company) nickname(number int) string {
	if number < story {
		return nicknames[number]
	}
	d := newDice(c.seed, "nickname", number)
	if d.chance(30) {
		return "小" + pick(d, surnames)
	}
	return pick(d, nicknames)
}

func openidOf(number int) string { return fmt.Sprintf("oDemo%07d", number+1) }

// phoneOf is a customer's number, under prefixes that no carrier has handed out.
func phoneOf(number int) string {
	prefixes := [...]string{"160", "161", "163", "164", "168", "169"}
	return fmt.Sprintf("%s%08d", prefixes[number%len(prefixes)], (number*61_803_397+31_415_926)%100_000_000)
}

// households makes the rows of the customers from one number up to another.
func (c *company) households(from, to int) (*rows, error) {
	r := &rows{}
	for number := from; number < to; number++ {
		if err := c.add(r, number); err != nil {
			return nil, fmt.Errorf("customer %d: %w", number, err)
		}
	}
	return r, nil
}

// add adds a customer with everything that is theirs.
func (c *company) add(r *rows, number int) error {
	h, t := c.owned(number), traitsOf(number)
	customer, err := c.customer(h, t)
	if err != nil {
		return err
	}
	var told []letter
	for i := range h.homes {
		home := &h.homes[i]
		if home.AddressEnc, err = c.box.Seal(identity.HomeAddressField, string(home.AddressEnc)); err != nil {
			return fmt.Errorf("seal %s: %w", identity.HomeAddressField, err)
		}
		r.members = append(r.members, identity.HomeMember{
			CustomerID: customer.ID, HomeID: home.ID, Role: identity.HomeOwner, Since: home.CreatedAt, Version: 1,
		})
	}
	r.homes = append(r.homes, h.homes...)
	for _, l := range h.lives {
		if err := l.sealSignatures(h.name); err != nil {
			return err
		}
		r.project(l)
		told = append(told, lettersOf(l, time.Time{})...)
	}
	if m, ok := membershipOf(number); ok {
		told = append(told, c.join(r, h, &customer, m)...)
	}
	r.customers = append(r.customers, customer)
	c.post(r, h, customer, told)
	if t.wechat {
		c.wechat(r, h, customer)
	}
	if err := c.know(r, h, customer); err != nil {
		return err
	}
	return c.owe(r, h, customer)
}

func (r *rows) project(l *life) {
	r.projects = append(r.projects, l.p)
	r.stages = append(r.stages, l.stages...)
	r.people = append(r.people, l.people...)
	r.entries = append(r.entries, l.entries...)
	r.photos = append(r.photos, l.photos...)
	r.logs = append(r.logs, l.logs...)
	r.revisions = append(r.revisions, l.revisions...)
	r.rooms.take(l.shelf)
}

// customer makes the record: sealed name, phone and note, with their indexes.
func (c *company) customer(h *household, t traits) (identity.Customer, error) {
	row := identity.Customer{
		ID: c.customerID(h.number), Nickname: c.nickname(h.number), Status: identity.CustomerActive, CreatedAt: h.since, Version: 1,
	}
	if len(h.lives) > 0 {
		row.StoreID = h.crew.store.ID
		row.Version++
	}
	name := pick(h.d, surnames) + pick(h.d, givenNames)
	h.name = name
	if t.entered {
		row.EnteredBy = h.crew.of[actor.Sales][h.d.IntN(2)].ID
	}
	if t.wechat {
		claimed := h.since
		row.ClaimedAt = &claimed
		if h.d.chance(40) {
			row.Birthday = clock.DayOf(c.base.AddDate(-h.d.between(25, 62), 0, -h.d.IntN(365)), c.zone)
		}
		if t.phone {
			bound := clock.Cut(h.since.Add(time.Duration(h.d.between(60, 900)) * time.Second))
			row.PhoneBoundAt = &bound
			row.Version++
		}
	} else {
		row.Nickname = crypt.MaskName(name)
	}
	if !t.phone {
		name = ""
	}
	note := ""
	if t.entered && h.d.chance(60) {
		note = pick(h.d, notes)
	}
	err := c.seal(&row, name, phoneIf(t.phone, h.number), note)
	return row, err
}

func phoneIf(known bool, number int) string {
	if !known {
		return ""
	}
	return phoneOf(number)
}

func (c *company) seal(row *identity.Customer, name, phone, note string) error {
	for _, s := range []struct {
		into         *[]byte
		field, plain string
	}{
		{&row.NameEnc, identity.CustomerNameField, name},
		{&row.PhoneEnc, identity.CustomerPhoneField, phone},
		{&row.NoteEnc, identity.CustomerNoteField, note},
	} {
		sealed, err := c.box.Seal(s.field, s.plain)
		if err != nil {
			return fmt.Errorf("seal %s: %w", s.field, err)
		}
		*s.into = sealed
	}
	if name != "" {
		row.NameIdx = c.blind.Index(identity.CustomerNameField, name)
	}
	if phone != "" {
		row.PhoneIdx = c.blind.Index(identity.CustomerPhoneField, phone)
		row.PhoneLast4Idx = c.blind.Index(identity.CustomerLast4Field, phone[len(phone)-4:])
	}
	return nil
}

// join makes the customer a member of somebody else's home, and returns what they were told since.
func (c *company) join(r *rows, h *household, customer *identity.Customer, m membership) []letter {
	other := c.owned(m.owner)
	since := clock.Cut(other.homes[0].CreatedAt.Add(time.Duration(h.d.between(30, 20*60)) * time.Minute))
	if latest := c.before(h.d.between(60, 120)); since.After(latest) {
		since = latest
	}
	row := identity.HomeMember{
		CustomerID: customer.ID, HomeID: other.homes[0].ID, Role: identity.HomeFamily, Since: since, Version: 1,
	}
	until := c.base.AddDate(0, 0, 30)
	switch {
	case m.ended:
		until = c.before(2 * 24 * 60)
		row.Role, row.Until = identity.HomeGuest, &until
	case m.guest:
		row.Role, row.Until = identity.HomeGuest, &until
	}
	r.members = append(r.members, row)
	if customer.CreatedAt.After(since) { // whoever joined was registered before
		registered := clock.Cut(since.Add(-12 * time.Minute))
		customer.CreatedAt, customer.ClaimedAt, h.since = registered, &registered, registered
		if customer.PhoneBoundAt != nil {
			bound := clock.Cut(registered.Add(3 * time.Minute))
			customer.PhoneBoundAt = &bound
		}
	}
	var told []letter
	for _, l := range other.lives {
		if l.p.HomeID == row.HomeID {
			told = append(told, lettersOf(l, since)...)
		}
	}
	return told
}
