package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/files"
	"guike/model/identity"
	"guike/model/notify"
	model "guike/model/project"
	accounts "guike/service/identity"
	"guike/service/project"
)

const (
	logDays      = 20 // daily logs of each project
	photosPerLog = 3
)

// silent is a live channel that nobody listens to.
type silent struct{}

// Publish drops the message.
func (silent) Publish(context.Context, string, []byte) {}

// seeder fills a store with projects half-way: nine stages, four people in charge, a daily log with
// photos on each of the last twenty days.
type seeder struct {
	db       *db.DB
	clock    *clock.Manual
	box      *crypt.Box
	projects *project.Service
	store    id.ID
	staff    []identity.Staff // the first one leads the projects
	made     []made
}

// made is a customer with the project.
type made struct{ customer, project id.ID }

func seed(ctx context.Context, w *world, d *db.DB, c *clock.Manual, customers int) error {
	box, err := crypt.NewBox([]crypt.Key{{ID: keyID, Secret: w.FieldKey}})
	if err != nil {
		return err
	}
	sessions, err := accounts.NewSessions(d, nil, []accounts.SigningKey{{ID: keyID, Secret: w.JWTKey}}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	now := c.Now()
	c.Set(now.AddDate(0, 0, -logDays-2))
	s := &seeder{db: d, clock: c, box: box}
	s.projects = project.New(project.Deps{Journal: &project.Journal{DB: d, Zone: shanghai(), Live: silent{}}, Box: box, Entropy: rand.Reader})
	if err := d.Tx(ctx, func(tx *db.Tx) error { return s.company(ctx, tx) }); err != nil {
		return fmt.Errorf("seed the company: %w", err)
	}
	if err := d.Tx(ctx, func(tx *db.Tx) error { return s.begin(ctx, tx, customers) }); err != nil {
		return fmt.Errorf("seed projects: %w", err)
	}
	for day := range logDays {
		c.Advance(24 * time.Hour)
		if err := d.Tx(ctx, func(tx *db.Tx) error { return s.logs(ctx, tx, day) }); err != nil {
			return fmt.Errorf("seed daily logs: %w", err)
		}
	}
	c.Set(now)
	return d.Tx(ctx, func(tx *db.Tx) error {
		for _, m := range s.made {
			tokens, err := sessions.Open(ctx, tx, actor.Customer, m.customer, accounts.Meta{})
			if err != nil {
				return err
			}
			w.Readers = append(w.Readers, reader{tokens.Access, m.project.String()})
		}
		return tx.Conn(ctx).Exec("DELETE FROM outbox").Error // its delivery is not what is measured
	})
}

func (s *seeder) company(ctx context.Context, tx *db.Tx) error {
	region := identity.Region{ID: id.New(), Name: "华东", CreatedAt: tx.Now, Version: 1}
	store := identity.Store{ID: id.New(), Name: "徐汇旗舰店", City: "上海市", RegionID: region.ID, Phone: "021-66668888", Open: true, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1}
	s.store = store.ID
	if err := identity.InsertRegion(ctx, tx, &region); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, &store); err != nil {
		return err
	}
	for i, who := range []struct {
		name string
		role actor.Role
	}{{"李建国", actor.ProjectManager}, {"陈静", actor.Designer}, {"王磊", actor.Sales}, {"张伟", actor.Installer}} {
		phone, err := s.box.Seal(identity.StaffPhoneField, fmt.Sprintf("1360000120%d", i))
		if err != nil {
			return err
		}
		p := identity.Staff{
			ID: id.New(), Name: who.name, Username: string(who.role), Role: who.role, StoreID: s.store,
			PhoneEnc: phone, PasswordChangedAt: tx.Now, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1,
		}
		if err := identity.InsertStaff(ctx, tx, &p); err != nil {
			return err
		}
		s.staff = append(s.staff, p)
	}
	return project.SeedTemplates(ctx, tx)
}

func (s *seeder) leader() actor.Actor {
	p := s.staff[0]
	return actor.Actor{Kind: actor.Staff, ID: p.ID, Name: p.Name, Role: p.Role, StoreID: s.store, Scope: actor.All}
}

func (s *seeder) begin(ctx context.Context, tx *db.Tx, customers int) error {
	for n := range customers {
		c := identity.Customer{ID: id.New(), Nickname: fmt.Sprintf("小雨 %d", n), StoreID: s.store, Status: identity.CustomerActive, CreatedAt: tx.Now, Version: 1}
		h := identity.Home{ID: id.New(), Name: "滨江花园 3-1201", City: "上海市", District: "浦东新区", AreaM2: 126.5, CreatedAt: tx.Now, Version: 1}
		if err := db.Insert(ctx, tx, &c); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, &h); err != nil {
			return err
		}
		err := identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: c.ID, HomeID: h.ID, Role: identity.HomeOwner, Since: tx.Now})
		if err != nil {
			return err
		}
		p, err := s.projects.CreateTx(ctx, tx, s.leader(), project.NewProject{
			Kind: model.CustomFurniture, Title: "滨江花园 3-1201 全屋定制", CustomerID: c.ID, HomeID: h.ID, StoreID: s.store,
			ContractAmountFen: 12_800_000, PlannedStart: clock.DayOf(tx.Now, shanghai()),
		})
		if err != nil {
			return err
		}
		if err := s.advance(ctx, tx, p); err != nil {
			return err
		}
		s.made = append(s.made, made{c.ID, p.ID})
	}
	return nil
}

// advance names the other people and brings the first stages behind the project.
func (s *seeder) advance(ctx context.Context, tx *db.Tx, p model.Project) error {
	for _, staff := range s.staff[1:] {
		err := model.AddPersonTx(ctx, tx, &model.Person{ProjectID: p.ID, ID: id.New(), StaffID: staff.ID, Role: staff.Role, FromAt: tx.Now, AssignedBy: s.staff[0].ID})
		if err != nil {
			return err
		}
	}
	stages, err := model.Stages(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for i := range stages[:4] {
		stages[i].State, stages[i].StartedAt, stages[i].CompletedAt = model.StageCompleted, &tx.Now, &tx.Now
		if i == 3 {
			stages[i].State, stages[i].CompletedAt = model.StageActive, nil
		}
		if err := model.SaveStageTx(ctx, tx, &stages[i]); err != nil {
			return err
		}
	}
	p.Derive(stages, tx.Now)
	return model.SaveStateTx(ctx, tx, &p)
}

// logs writes one day of every project: an entry, its photos, a message in the customer's inbox.
func (s *seeder) logs(ctx context.Context, tx *db.Tx, day int) error {
	var (
		entries  []model.Entry
		photos   []model.Photo
		pictures []files.File
		messages []notify.Message
	)
	lead := s.staff[0]
	for _, m := range s.made {
		e := model.Entry{
			ProjectID: m.project, ID: id.New(), At: tx.Now, Kind: model.EntryDailyLog, TitleZH: "施工日志 · 生产", TitleEN: "Daily log · Production",
			Body:     fmt.Sprintf("第 %d 天:柜体开料、封边完成,抽检尺寸误差在一毫米以内,五金件已到货并清点。\n明日计划:排孔、试装,并拍照留档。", day+1),
			StageKey: "production", RefID: id.New(), AuthorID: lead.ID, AuthorName: lead.Name, AuthorRole: lead.Role, Visible: true, Version: 1, UpdatedAt: tx.Now,
		}
		entries = append(entries, e)
		for seq := range photosPerLog {
			f := picture(tx, e.RefID, lead)
			pictures = append(pictures, f)
			photos = append(photos, model.Photo{ProjectID: m.project, EntryID: e.ID, Seq: seq, FileID: f.ID})
		}
		messages = append(messages, notify.Message{
			OwnerID: m.customer, ID: id.New(), OwnerKind: actor.Customer, EventID: id.New(), Kind: "daily_log", Title: "今日施工日志",
			Body: "“滨江花园”:柜体开料、封边完成。", RefKind: "timeline_entry", RefID: e.ID, ProjectID: m.project, At: tx.Now, Version: 1,
		})
	}
	for _, rows := range []any{entries, photos, pictures, messages} {
		if err := tx.Conn(ctx).CreateInBatches(rows, 100).Error; err != nil {
			return err
		}
	}
	return nil
}

func picture(tx *db.Tx, log id.ID, by identity.Staff) files.File {
	return files.File{
		ID: id.New(), Kind: files.Picture, OwnerKind: actor.Staff, OwnerID: by.ID, StoreID: by.StoreID, ContentType: "image/jpeg",
		Bytes: 412_000, ThumbBytes: 24_000, Width: 1600, Height: 1200, SHA256: make([]byte, 32), State: files.Attached, AttachedKind: "daily_log",
		AttachedRef: log, CheckState: files.CheckNone, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1,
	}
}
