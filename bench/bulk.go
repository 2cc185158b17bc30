package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/project"
	"guike/service/care"
	accounts "guike/service/identity"
	"guike/service/project"
	"guike/service/project/plan"
)

const (
	pictured   = 20  // newest entries of each project that have pictures: the page that customers read
	chunk      = 100 // projects that are written in one transaction
	insertRows = 400 // rows of one statement
)

// size says how much a world of many projects holds. Of the projects late parts of a hundred are more
// days late than the policy bears, and half as many are a little late.
type size struct{ projects, entries, late int }

// bulk fills a store with many projects at once, without the use cases: each is a copy of one that they
// made, with a timeline of its own.
type bulk struct {
	size
	s      *seeder
	like   model.Project
	stages []model.Stage
	people []model.Person
	lot    *mathrand.Rand
	today  clock.Day
	now    time.Time
	say    func(rows int)
}

var errRolledBack = errors.New("rolled back")

// fillMany fills the world's store; say hears of the entries as they are written.
func (w *world) fillMany(ctx context.Context, d *db.DB, c *clock.Manual, n size, say func(rows int)) ([]made, error) {
	box, err := crypt.NewBox([]crypt.Key{{ID: keyID, Secret: w.FieldKey}})
	if err != nil {
		return nil, err
	}
	b := &bulk{size: n, say: say, now: c.Now(), today: clock.DayOf(c.Now(), shanghai()), lot: mathrand.New(mathrand.NewPCG(1, 2))}
	c.Set(b.now.AddDate(0, 0, -n.entries-2))
	b.s = &seeder{db: d, clock: c, box: box}
	b.s.projects = project.New(project.Deps{Journal: &project.Journal{DB: d, Zone: shanghai(), Live: silent{}}, Box: box, Entropy: rand.Reader})
	err = d.Tx(ctx, func(tx *db.Tx) error {
		for _, load := range []func(context.Context, *db.Tx) error{b.s.company, plan.SeedPolicy, care.New(d).SeedTx} {
			if err := load(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = b.pattern(ctx)
	}
	for first := 0; first < n.projects && err == nil; first += chunk {
		err = d.Tx(ctx, func(tx *db.Tx) error { return b.projects(ctx, tx, min(chunk, n.projects-first)) })
	}
	if err == nil {
		err = b.timelines(ctx)
	}
	c.Set(b.now)
	return b.s.made, err
}

// pattern lets the use cases make one project, and keeps its rows in memory alone.
func (b *bulk) pattern(ctx context.Context) error {
	err := b.s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		if err = b.s.begin(ctx, tx, 1); err != nil {
			return err
		}
		of := b.s.made[0].project
		if b.like, err = model.ByID(ctx, tx, of); err != nil {
			return err
		}
		if b.stages, err = model.Stages(ctx, tx, of); err != nil {
			return err
		}
		if b.people, err = model.People(ctx, tx, of); err != nil {
			return err
		}
		return errRolledBack
	})
	b.s.made = nil
	if errors.Is(err, errRolledBack) {
		return nil
	}
	return err
}

// due is when the stage under way of the n-th project was planned to end.
func (b *bulk) due(n int) clock.Day {
	switch part := n * 37 % 100; { // spread over the table
	case part < b.late:
		return b.today.Plus(-4 - n%7)
	case part < b.late+b.late/2:
		return b.today.Plus(-1 - n%3)
	}
	return b.today.Plus(1 + n%20)
}

// lateness counts what due has made late, and late by more than three days.
func (b size) lateness() (late, beyond int) {
	for n := range b.projects {
		part := n * 37 % 100
		if part < b.late+b.late/2 {
			late++
		}
		if part < b.late {
			beyond++
		}
	}
	return late, beyond
}

// projects writes some more customers with a home and a project each.
func (b *bulk) projects(ctx context.Context, tx *db.Tx, n int) error {
	var (
		customers []identity.Customer
		homes     []identity.Home
		members   []identity.HomeMember
		projects  []model.Project
		stages    []model.Stage
		people    []model.Person
	)
	for range n {
		at := len(b.s.made)
		born := tx.Now.Add(time.Duration(at) * time.Second)
		c := identity.Customer{ID: b.id(born), Nickname: fmt.Sprintf("小雨 %d", at), StoreID: b.s.store, Status: identity.CustomerActive, CreatedAt: born, Version: 1}
		h := identity.Home{ID: b.id(born), Name: "滨江花园 3-1201", City: "上海市", District: "浦东新区", AreaM2: 126.5, CreatedAt: born, Version: 1}
		p := b.like
		p.ID, p.CustomerID, p.HomeID, p.CreatedAt, p.UpdatedAt = b.id(born), c.ID, h.ID, born, born
		p.No, p.ServiceCode = fmt.Sprintf("G2026-%08d", at), fmt.Sprintf("S%013d", at)
		shift := b.due(at).Since(b.like.StageDue)
		p.StageDue, p.PlannedStart, p.PlannedEnd = b.due(at), p.PlannedStart.Plus(shift), p.PlannedEnd.Plus(shift)
		for _, st := range b.stages {
			st.ProjectID, st.PlannedStart, st.PlannedEnd = p.ID, st.PlannedStart.Plus(shift), st.PlannedEnd.Plus(shift)
			stages = append(stages, st)
		}
		for _, person := range b.people {
			person.ProjectID, person.ID = p.ID, b.id(born)
			people = append(people, person)
		}
		customers, homes, projects = append(customers, c), append(homes, h), append(projects, p)
		members = append(members, identity.HomeMember{CustomerID: c.ID, HomeID: h.ID, Role: identity.HomeOwner, Since: born, Version: 1})
		b.s.made = append(b.s.made, made{c.ID, p.ID})
	}
	for _, rows := range []any{customers, homes, members, projects, stages, people} {
		if err := tx.Conn(ctx).CreateInBatches(rows, insertRows).Error; err != nil {
			return fmt.Errorf("seed projects: %w", err)
		}
	}
	return nil
}

// timelines writes the old entries project by project, and the newest ones with their pictures day by
// day over all projects, so that a page's rows lie as far apart as they do in life.
func (b *bulk) timelines(ctx context.Context) error {
	old := max(0, b.entries-pictured)
	first := b.s.made[0]
	err := b.write(ctx, func(o *inserts) {
		for day := range old {
			o.entry(b, first, day)
		}
	})
	if err != nil {
		return err
	}
	b.say(old)
	for part := range slices.Chunk(b.s.made[1:], chunk/4) {
		if err := b.copies(ctx, first, part); err != nil {
			return err
		}
		b.say(old * len(part))
	}
	for day := old; day < b.entries; day++ {
		for part := range slices.Chunk(b.s.made, 4*chunk) {
			err := b.write(ctx, func(o *inserts) {
				for _, m := range part {
					o.pictures(b, m, o.entry(b, m, day), day)
				}
			})
			if err != nil {
				return err
			}
			b.say(len(part))
		}
	}
	return nil
}

// copies gives some projects the entries that the first one has: ids are unique within a project only.
func (b *bulk) copies(ctx context.Context, first made, to []made) error {
	const columns = "e.id, e.at, e.updated_at, e.body, e.ref_id, e.author_id, e.author_name, e.kind, e.title_zh, e.title_en, e.stage_key, e.author_role, e.visible, e.version"
	ids := make([]id.ID, len(to))
	for i, m := range to {
		ids[i] = m.project
	}
	return b.s.db.Tx(ctx, func(tx *db.Tx) error {
		err := tx.Conn(ctx).Exec("INSERT INTO timeline_entries (project_id, "+strings.ReplaceAll(columns, "e.", "")+") SELECT p.id, "+columns+
			" FROM projects p JOIN timeline_entries e ON e.project_id = ? WHERE p.id IN ? ORDER BY p.id, e.id", first.project, ids).Error
		if err != nil {
			return fmt.Errorf("copy timelines: %w", err)
		}
		return nil
	})
}

// write runs the inserts that fn gathers in one transaction.
func (b *bulk) write(ctx context.Context, fn func(*inserts)) error {
	return b.s.db.Tx(ctx, func(tx *db.Tx) error {
		var o inserts
		o.entries.form = "INSERT INTO timeline_entries (project_id, id, at, updated_at, body, ref_id, author_id, author_name, kind, title_zh, title_en, stage_key, author_role, visible, version) VALUES " +
			"(?,?,?,?,?,?,?,?,'daily_log','施工日志 · 生产','Daily log · Production','production','project_manager',1,1)"
		o.photos.form = "INSERT INTO timeline_photos (project_id, entry_id, seq, file_id) VALUES (?,?,?,?)"
		o.files.form = "INSERT INTO files (id, owner_id, store_id, sha256, attached_ref, created_at, updated_at, kind, owner_kind, content_type, bytes, thumb_bytes, width, height, state, attached_kind, check_state, check_why, check_due, version) VALUES " +
			"(?,?,?,?,?,?,?,'picture','staff','image/jpeg',412000,24000,1600,1200,'attached','daily_log','none','',0,1)"
		fn(&o)
		for _, r := range []*insert{&o.files, &o.entries, &o.photos} {
			if err := r.run(ctx, tx); err != nil {
				return fmt.Errorf("seed timelines: %w", err)
			}
		}
		return nil
	})
}

// inserts are the rows of one transaction.
type inserts struct{ entries, photos, files insert }

func (o *inserts) entry(b *bulk, m made, day int) id.ID {
	at := b.now.AddDate(0, 0, day-b.entries).Add(time.Duration(b.lot.IntN(3600)) * time.Second)
	lead, entry := b.s.staff[0], b.id(at)
	body := fmt.Sprintf("第 %d 天:柜体开料、封边完成,抽检尺寸误差在一毫米以内,五金件已到货并清点。\n明日计划:排孔、试装,并拍照留档。", day+1)
	o.entries.add(m.project, entry, at, at, body, b.id(at), lead.ID, lead.Name)
	return entry
}

func (o *inserts) pictures(b *bulk, m made, entry id.ID, day int) {
	at := b.now.AddDate(0, 0, day-b.entries)
	for seq := range photosPerLog {
		file := b.id(at.Add(time.Duration(b.lot.IntN(3600)) * time.Second))
		o.files.add(file, b.s.staff[0].ID, b.s.store, make([]byte, 32), entry, at, at)
		o.photos.add(m.project, entry, seq, file)
	}
}

// insert is one table's rows, all of the same form: the statement with one row of values at its end.
type insert struct {
	form string
	rows [][]any
}

func (r *insert) add(values ...any) { r.rows = append(r.rows, values) }

func (r *insert) run(ctx context.Context, tx *db.Tx) error {
	_, row, _ := strings.Cut(r.form, " VALUES ")
	for part := range slices.Chunk(r.rows, insertRows) {
		err := tx.Conn(ctx).Exec(r.form+strings.Repeat(","+row, len(part)-1), slices.Concat(part...)...).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// id makes an id as of an instant of the past, so that ids order rows as they would have.
func (b *bulk) id(at time.Time) (made id.ID) {
	binary.BigEndian.PutUint64(made[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(b.lot.IntN(1<<12)))
	binary.BigEndian.PutUint64(made[8:], b.lot.Uint64()>>2|1<<63)
	return made
}

// signIn opens a session for some of the customers, drawn by lot.
func (w *world) signIn(ctx context.Context, d *db.DB, customers []made, n int) error {
	sessions, err := accounts.NewSessions(d, nil, []accounts.SigningKey{{ID: keyID, Secret: w.JWTKey}}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	customers = slices.Clone(customers)
	mathrand.New(mathrand.NewPCG(3, 4)).Shuffle(len(customers), func(i, j int) { customers[i], customers[j] = customers[j], customers[i] })
	for part := range slices.Chunk(customers[:min(n, len(customers))], 5*chunk) {
		var readers []reader
		err := d.Tx(ctx, func(tx *db.Tx) error {
			readers = readers[:0]
			for _, m := range part {
				tokens, err := sessions.Open(ctx, tx, actor.Customer, m.customer, accounts.Meta{})
				if err != nil {
					return err
				}
				readers = append(readers, reader{tokens.Access, m.project.String()})
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("sign customers in: %w", err)
		}
		w.Readers = append(w.Readers, readers...)
	}
	return nil
}
