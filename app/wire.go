package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	careapi "guike/api/care"
	filesapi "guike/api/files"
	identityapi "guike/api/identity"
	"guike/api/live"
	cardapi "guike/api/membership/card"
	correctionapi "guike/api/membership/correction"
	couponapi "guike/api/membership/coupon"
	earningapi "guike/api/membership/earning"
	intakeapi "guike/api/membership/intake"
	levelapi "guike/api/membership/level"
	rewardapi "guike/api/membership/reward"
	notifyapi "guike/api/notify"
	projectapi "guike/api/project"
	budgetapi "guike/api/project/budget"
	deliveryapi "guike/api/project/delivery"
	designapi "guike/api/project/design"
	diaryapi "guike/api/project/diary"
	handoverapi "guike/api/project/handover"
	materialapi "guike/api/project/material"
	planapi "guike/api/project/plan"
	qualityapi "guike/api/project/quality"
	supervisorapi "guike/api/project/supervisor"
	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/internal/wechat"
	"guike/model/cache"
	"guike/model/db"
	"guike/model/ledger"
	corrections "guike/model/membership/correction"
	intakes "guike/model/membership/intake"
	levels "guike/model/membership/level"
	"guike/model/outbox"
	"guike/router"
	"guike/service/care"
	"guike/service/files"
	"guike/service/flow"
	"guike/service/identity"
	"guike/service/membership/card"
	"guike/service/membership/correction"
	"guike/service/membership/coupon"
	"guike/service/membership/earning"
	"guike/service/membership/level"
	"guike/service/membership/reward"
	"guike/service/notify"
	"guike/service/project"
	"guike/service/project/budget"
	"guike/service/project/delivery"
	"guike/service/project/design"
	"guike/service/project/diary"
	"guike/service/project/handover"
	"guike/service/project/material"
	"guike/service/project/overview"
	"guike/service/project/plan"
	"guike/service/project/quality"
	"guike/service/project/supervisor"
)

// services are the use cases, built once.
type services struct {
	ledger    *ledger.Ledger
	sessions  *identity.Sessions
	staff     *identity.Staff
	stores    *identity.Stores
	keys      *identity.Keys
	customers *identity.Customers
	homes     *identity.Homes
	consents  *identity.Consents
	projects  *project.Service
	files     *files.Service
	notify    *notify.Service
	care      *care.Service
	flow      *flow.Flow

	// the rooms of the project domain
	overview    *overview.Service
	quality     *quality.Service
	directory   *supervisor.Service
	supervisors *flow.Supervisors
	handover    *handover.Service
	design      *design.Service
	budget      *budget.Service
	plan        *plan.Service
	delivery    *delivery.Service
	material    *material.Service
	diary       *diary.Service

	level *level.Service

	// the rooms of the membership domain
	card       *card.Service
	earning    *earning.Service
	value      *flow.Value
	coupon     *coupon.Service
	intake     intakeRoom
	reward     *reward.Service
	correction *correction.Service
}

// wire builds every service once, by hand.
func (a *App) wire() error {
	box, err := crypt.NewBox(a.s.FieldKeys)
	if err != nil {
		return fmt.Errorf("field keys: %w", err)
	}
	blind, err := crypt.NewBlind(a.s.IndexKey)
	if err != nil {
		return fmt.Errorf("index key: %w", err)
	}
	blobs, links, err := a.openBlobs()
	if err != nil {
		return err
	}
	we, err := a.openWeChat()
	if err != nil {
		return err
	}
	a.Box, a.Blind, a.Blobs = box, blind, blobs
	if err := a.build(we); err != nil {
		return err
	}
	a.hub = live.NewHub(a.services.sessions, a.s.Log)
	a.worker = outbox.NewWorker(a.DB, a.handlers(), a.s.Log)
	a.runner = newRunner(a.s.Clock, a.s.Log, a.s.Metrics, a.jobs())
	v := a.services
	a.surface, err = router.New(router.Deps{
		API:      a.apis(),
		Sessions: v.sessions, Keys: v.keys, Limits: limits{a.Cache}, LimitsTimes: a.s.LimitsScale,
		Log: a.s.Log, Metrics: a.s.Metrics, TrustedProxies: a.s.TrustedProxies,
		Timeout: a.s.RequestTimeout, UploadMaxBytes: a.s.UploadMaxBytes, Version: a.s.Version,
		CustomerLive: a.hub, StaffLive: a.hub, WeChatPush: notifyapi.NewPushHandler(we, a.pushEvents(), a.s.Log), Files: links,
	})
	return err
}

func (a *App) openWeChat() (*wechat.Client, error) {
	c := a.s.WeChat
	c.Clock, c.Logger, c.Tokens = a.s.Clock, a.s.Log, a.Cache.Tokens(c.AppID)
	return wechat.New(c)
}

func (a *App) build(we *wechat.Client) error {
	sessions, err := identity.NewSessions(a.DB, a.Cache, a.s.JWTKeys, a.s.Log)
	if err != nil {
		return err
	}
	v := &a.services
	tell := publisher{a.Cache, a.s.Log}
	v.sessions = sessions
	v.staff = identity.NewStaff(a.DB, sessions, a.Box, a.Blind)
	v.staff.HashAt(a.s.PasswordCost)
	v.stores = identity.NewStores(a.DB)
	v.keys = identity.NewKeys(a.DB, a.Blind, a.s.Log)
	v.customers = identity.NewCustomers(identity.CustomersDeps{DB: a.DB, Box: a.Box, Blind: a.Blind, Wechat: we, Sessions: sessions, Zone: a.s.Zone, Door: identity.DoorSources{Members: card.Roster{Clock: a.s.Clock}}})
	v.homes = identity.NewHomes(a.DB, a.Box, a.Blind)
	v.consents = identity.NewConsents(a.DB)
	v.care = care.New(a.DB)
	limits := picture.DefaultLimits()
	limits.MaxBytes = a.s.UploadMaxBytes
	v.files = files.New(files.Deps{
		DB: a.DB, Blobs: a.Blobs, Pictures: picture.NewProcessor(limits, 2), DocumentBytes: limits.MaxBytes, Checker: we, CustomerQuota: a.s.CustomerQuotaBytes, Log: a.s.Log,
	})
	journal := &project.Journal{DB: a.DB, Zone: a.s.Zone, Live: tell, Links: pictures{v.files}, Files: v.files, Alarms: v.care}
	v.quality = quality.New(journal)
	v.directory = supervisor.New(journal, a.Box)
	v.supervisors = flow.NewSupervisors(journal, v.directory, v.staff, rand.Reader)
	v.budget = budget.New(journal)
	v.ledger = ledger.New(a.s.Zone)
	v.level = level.New(level.Deps{DB: a.DB, Zone: a.s.Zone})
	v.earning = earning.New(earning.Deps{DB: a.DB, Ledger: v.ledger, Zone: a.s.Zone, Moved: v.level.LookTx})
	v.coupon = coupon.New(coupon.Deps{DB: a.DB, Zone: a.s.Zone, Entropy: rand.Reader, Guesses: a.Cache, Level: levelOf})
	v.value = flow.NewValue(flow.ValueDeps{DB: a.DB, Ledger: v.ledger, Payments: v.budget, Earning: v.earning, Coupons: v.coupon})
	v.projects = project.New(project.Deps{
		Journal: journal, Box: a.Box, Entropy: rand.Reader, CodeURL: a.s.PublicURL + "/v1/public/service-codes/",
		Gates: []project.Gate{
			design.Gate{},
			// one line a room
			handover.Gate{},
			quality.Gate{},
		},
		Followers: []project.Follower{
			material.Freezer{J: journal},
			plan.Closer{J: journal},
			delivery.Follower{J: journal},
			handover.Follower{},
			v.supervisors,
			v.value,
		},
	})
	a.furnish(journal)
	a.enrol()
	v.intake = a.openIntake()
	v.notify = notify.New(notify.Deps{
		DB: a.DB, Zone: a.s.Zone, WeChat: we, Live: tell, Log: a.s.Log,
		PushConfigured: a.s.WeChat.PushToken != "", MiniProgramState: a.s.MiniProgramState,
	})
	v.flow = flow.New(flow.Deps{
		DB: a.DB, Customers: v.customers, Homes: v.homes, Consents: v.consents, Phones: we, Projects: v.projects, Files: v.files, Release: v.files.ReleaseTx,
		Heirs: []flow.Heir{v.value.InheritTx, intakes.MoveTx, corrections.MergeTx},
	})
	return nil
}

// furnish builds the rooms of the project domain.
func (a *App) furnish(j *project.Journal) {
	v := &a.services
	v.handover = handover.New(j, a.Box, wishes{v.customers})
	v.design = design.New(j)
	v.plan = plan.New(j, a.s.Log, delivery.Follower{J: j}, v.quality)
	v.delivery = delivery.New(j)
	v.material = material.New(j, rand.Reader, a.s.PublicURL+"/v1/public/materials/")
	v.overview = overview.New(j, v.projects)
	v.diary = diary.New(diary.Deps{Journal: j, Entropy: rand.Reader, PublicURL: a.s.PublicURL})
}

// enrol builds the rooms of the membership domain.
func (a *App) enrol() {
	v := &a.services
	v.card = card.New(card.Deps{DB: a.DB, Zone: a.s.Zone, Box: a.Box, Blind: a.Blind, Guests: guests{v.customers}, Concerns: concerns{}, Coupons: a.openCoupons, Look: v.level.LookTx})
	v.correction = correction.New(correction.Deps{DB: a.DB, Zone: a.s.Zone, Ledger: v.ledger, Moved: v.level.LookTx})
	v.reward = reward.New(reward.Deps{
		DB: a.DB, Zone: a.s.Zone, Ledger: v.ledger, Links: prizes{v.files}, Files: v.files, Entropy: rand.Reader,
		Coupons: v.coupon.RedeemedTx,
	})
}

func (a *App) apis() router.APIs {
	v := a.services
	return router.APIs{
		Customers: identityapi.NewCustomerAPI(identityapi.CustomerDeps{Customers: v.customers, Homes: v.homes, Consents: v.consents, Flows: v.flow, Avatars: pictures{v.files}.thumbs(a.DB)}),
		Sessions:  identityapi.NewSessionAPI(v.sessions),
		Staff:     identityapi.NewStaffAPI(v.staff),
		Stores:    identityapi.NewStoreAPI(v.stores),
		Keys:      identityapi.NewKeyAPI(v.keys),
		Projects:  projectapi.New(v.projects, v.flow, v.overview),
		Files:     filesapi.New(v.files),
		Notify:    notifyapi.New(v.notify),
		Care:      careapi.New(v.care),

		Quality:    qualityapi.New(v.quality),
		Supervisor: supervisorapi.New(v.directory, v.supervisors),
		Handover:   handoverapi.New(v.handover),
		Design:     designapi.New(v.design),
		Budget:     budgetapi.New(v.budget, v.value),
		Plan:       planapi.New(v.plan),
		Delivery:   deliveryapi.New(v.delivery),
		Material:   materialapi.New(v.material),
		Diary:      diaryapi.New(v.diary),

		Earning: earningapi.New(v.earning),
		Intake:  intakeapi.New(v.intake.runs),

		Level: levelapi.New(v.level),

		Reward: rewardapi.New(v.reward),

		Coupon: couponapi.New(v.coupon),

		Card: cardapi.New(v.card),

		Correction: correctionapi.New(v.correction),
	}
}

// levelOf is the level that the rules give a member at an instant; empty below the first step.
func levelOf(ctx context.Context, r db.Reader, customer id.ID, now time.Time) (string, error) {
	s, err := levels.StandingOf(ctx, r, customer, now)
	if err != nil || s.Level == nil {
		return "", err
	}
	return s.Level.Key, nil
}

// publisher lets services publish without caring whether other instances hear it: the inbox carries
// the promise.
type publisher struct {
	cache *cache.Cache
	log   *slog.Logger
}

// Publish hands the message to every instance.
func (p publisher) Publish(ctx context.Context, channel string, payload []byte) {
	if err := p.cache.Publish(ctx, channel, payload); err != nil {
		p.log.DebugContext(ctx, "live message did not reach other instances", "error", err)
	}
}

// limits counts requests over Redis.
type limits struct{ cache *cache.Cache }

// Allow tells whether one more request is within the rate.
func (l limits) Allow(ctx context.Context, key string, perSecond, burst int) (bool, time.Duration) {
	return l.cache.Allow(ctx, key, cache.Rate{PerSecond: perSecond, Burst: burst})
}

// wishes shows what customers like to those who work on their homes.
type wishes struct{ customers *identity.Customers }

// WishesOf reads what a customer likes, as far as the consents that it needs stand.
func (w wishes) WishesOf(ctx context.Context, r db.Reader, customer id.ID) ([]handover.Wish, error) {
	said, err := w.customers.PreferencesOf(ctx, r, customer)
	list := make([]handover.Wish, 0, len(said))
	for _, p := range said {
		list = append(list, handover.Wish{Key: p.Key, TitleZH: p.TitleZH, TitleEN: p.TitleEN, Value: p.Value})
	}
	return list, err
}

// pictures shows files to the domains that refer to them.
type pictures struct{ files *files.Service }

// Links signs links to many files at once.
func (p pictures) Links(ctx context.Context, r db.Reader, wanted []id.ID) (map[id.ID]project.Picture, error) {
	found, err := p.files.Links(ctx, r, wanted)
	if err != nil {
		return nil, err
	}
	shown := make(map[id.ID]project.Picture, len(found))
	for file, f := range found {
		shown[file] = project.Picture{URL: f.URL, ThumbURL: f.ThumbURL}
	}
	return shown, nil
}

// prizes shows the pictures of rewards.
type prizes struct{ files *files.Service }

// Links signs links to many files at once.
func (p prizes) Links(ctx context.Context, r db.Reader, wanted []id.ID) (map[id.ID]reward.Picture, error) {
	found, err := p.files.Links(ctx, r, wanted)
	if err != nil {
		return nil, err
	}
	shown := make(map[id.ID]reward.Picture, len(found))
	for file, f := range found {
		shown[file] = reward.Picture{URL: f.URL, ThumbURL: f.ThumbURL}
	}
	return shown, nil
}

// thumbs signs links to the small form of many pictures at once; people see their own before they have
// been checked.
func (p pictures) thumbs(r db.Reader) identityapi.AvatarLinks {
	return func(ctx context.Context, wanted []id.ID) (map[id.ID]string, error) {
		found, err := p.files.LinksFor(ctx, r, actor.From(ctx), wanted)
		if err != nil {
			return nil, err
		}
		shown := make(map[id.ID]string, len(found))
		for file, f := range found {
			shown[file] = f.ThumbURL
		}
		return shown, nil
	}
}
