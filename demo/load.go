package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/errgroup"

	"guike/app"
	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/crypt"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/settings"
	careservice "guike/service/care"
	notifyservice "guike/service/notify"
)

// Deps is what the loader stands on. The store's schema is up to date.
type Deps struct {
	DB    *db.DB
	Box   *crypt.Box
	Blind *crypt.Blind
	Blobs blob.Store
	Zone  *time.Location // of calendar and business days
	// Hash is how passwords are hashed; nil is what the house asks of a hash, which takes a while.
	Hash *argon2id.Params
}

// Options say how large the company is to be.
type Options struct {
	// Customers is how many the company has when Load returns, unless it has more already; 0 means 60.
	Customers int
	// Progress, if not nil, is told after every commit how many customers there are, in one goroutine.
	Progress func(done, total int)
	// Seed gives other people, homes and works; a company that was begun keeps its own.
	Seed uint64
}

// DefaultCustomers is how many customers the company has when nothing is said. They have 40 projects.
const DefaultCustomers = story

const (
	planSetting      = "demo.plan"      // what everything follows from
	customersSetting = "demo.customers" // how many customers have been loaded
	photosSetting    = "demo.photos"    // there once the pool of photos is kept

	// batch is how many customers are loaded in one transaction.
	batch = 500
)

// plan is what a company follows from, kept from the first moment of the first load.
type plan struct {
	Seed uint64    `json:"seed"`
	Base time.Time `json:"base"`
}

// ErrOccupied says that the store holds a company that the demo did not make.
var ErrOccupied = errors.New("the store holds a company already; the demo wants an empty one")

// errMoved says that a rival loaded the customers that this loader has made ready.
var errMoved = errors.New("another instance loads too")

type loader struct {
	d Deps
	c *company
}

// Load makes the demo company in the store, with every instant before the clock's, or goes on where an
// earlier call was cut off: what a batch holds and how far it leads are committed together. When
// nothing is missing, nothing is written. Either way the same company has the same credentials. Errors:
// ErrOccupied; the context's.
func Load(ctx context.Context, d Deps, o Options) (Credentials, error) {
	if o.Customers <= 0 {
		o.Customers = DefaultCustomers
	}
	c, err := begin(ctx, d, plan{Seed: o.Seed, Base: d.DB.Now()})
	if err != nil {
		return Credentials{}, fmt.Errorf("begin the demo company: %w", err)
	}
	l := &loader{d, c}
	g, within := errgroup.WithContext(ctx)
	g.Go(func() error { return l.loadPhotos(within) })
	g.Go(func() error { return l.loadCustomers(within, o) })
	if err := g.Wait(); err != nil {
		return Credentials{}, fmt.Errorf("load the demo company: %w", err)
	}
	debug.FreeOSMemory() // hashes and pictures took a hundred megabytes that are not needed again
	total, err := l.loaded(ctx, d.DB)
	if err != nil {
		return Credentials{}, err
	}
	return c.credentials(total), nil
}

// begin founds the company, or finds the one that was begun.
func begin(ctx context.Context, d Deps, fresh plan) (*company, error) {
	for {
		p, known, err := readPlan(ctx, d.DB)
		if err != nil {
			return nil, err
		}
		if !known {
			err := found(ctx, d, fresh)
			if err != nil && !db.Duplicate(err) {
				return nil, err
			}
			continue // reads what this call or a rival has founded
		}
		c, err := newCompany(d, p)
		if err != nil {
			return nil, err
		}
		return c, c.learn(ctx, d.DB)
	}
}

func readPlan(ctx context.Context, r db.Reader) (p plan, ok bool, err error) {
	text, ok, err := settings.Get(ctx, r, planSetting)
	if err != nil || !ok {
		return p, false, err
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, false, fmt.Errorf("plan of the demo company: %w", err)
	}
	return p, true, nil
}

// found keeps the plan, the seeds, stores and staff in one transaction.
func found(ctx context.Context, d Deps, p plan) error {
	c, err := newCompany(d, p)
	if err != nil {
		return err
	}
	if err := c.givePasswords(ctx, d.Hash); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return d.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, known, err := settings.LockTx(ctx, tx, planSetting); known || err != nil {
			return err // a rival was first
		}
		if err := settings.AddTx(ctx, tx, planSetting, string(text)); err != nil {
			return err // a rival may have founded since
		}
		if err := empty(ctx, tx); err != nil {
			return err
		}
		if err := settings.PutTx(ctx, tx, customersSetting, "0"); err != nil {
			return err
		}
		if err := seedTx(ctx, d.DB, tx); err != nil {
			return err
		}
		if err := c.foundTx(ctx, tx); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, actor.Machine(), audit.Entry{Action: "demo.founded", Kind: "company"})
	})
}

// empty refuses a store in which somebody works already.
func empty(ctx context.Context, r db.Reader) error {
	for _, table := range []any{&identity.Store{}, &identity.Staff{}, &identity.Customer{}} {
		var n int64
		if err := r.Conn(ctx).Model(table).Limit(1).Count(&n).Error; err != nil {
			return fmt.Errorf("look for another company: %w", err)
		}
		if n > 0 {
			return ErrOccupied
		}
	}
	return nil
}

// seedTx loads the policies and templates on which the rows stand.
func seedTx(ctx context.Context, d *db.DB, tx *db.Tx) error {
	if err := notifyservice.SeedDemoTemplates(ctx, tx); err != nil {
		return err
	}
	return app.SeedTx(ctx, tx, careservice.New(d))
}

// loadCustomers loads batch after batch; while one is written, the next is made ready.
func (l *loader) loadCustomers(ctx context.Context, o Options) error {
	for {
		done, err := l.loaded(ctx, l.d.DB)
		if err != nil || done >= o.Customers {
			return err
		}
		if err = l.loadFrom(ctx, done, o); !errors.Is(err, errMoved) {
			return err
		}
	}
}

func (l *loader) loaded(ctx context.Context, r db.Reader) (int, error) {
	text, _, err := settings.Get(ctx, r, customersSetting)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}

// ready is a batch that waits to be written.
type ready struct {
	from, to int
	rows     *rows
	err      error
}

func (l *loader) loadFrom(ctx context.Context, from int, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for b := range l.prepare(ctx, from, o.Customers) {
		if b.err != nil {
			return b.err
		}
		if err := l.d.DB.Tx(ctx, func(tx *db.Tx) error { return l.loadTx(ctx, tx, b) }); err != nil {
			return err
		}
		if o.Progress != nil {
			o.Progress(b.to, o.Customers)
		}
	}
	return ctx.Err()
}

// prepare makes batches ready, one ahead of who takes them, until ctx ends.
func (l *loader) prepare(ctx context.Context, from, total int) <-chan ready {
	out := make(chan ready)
	go func() {
		defer close(out)
		for from < total {
			b := ready{from: from, to: min(from+batch, total)}
			b.rows, b.err = l.c.households(b.from, b.to)
			select {
			case out <- b:
			case <-ctx.Done():
				return
			}
			from = b.to
		}
	}()
	return out
}

// loadTx writes a batch and how far it leads.
func (l *loader) loadTx(ctx context.Context, tx *db.Tx, b ready) error {
	text, _, err := settings.LockTx(ctx, tx, customersSetting)
	if err != nil {
		return err
	}
	if text != strconv.Itoa(b.from) {
		return errMoved
	}
	if err := b.rows.insertTx(ctx, tx); err != nil {
		return err
	}
	return settings.PutTx(ctx, tx, customersSetting, strconv.Itoa(b.to))
}
