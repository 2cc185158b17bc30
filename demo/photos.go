package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/model/db"
	"guike/model/files"
	"guike/model/settings"
)

const (
	scenes   = 6 // the stages of picture.Scene
	perScene = 5

	photoWidth, photoHeight = 640, 480
	// poolKind is what the pool's pictures are attached to: they are shown by many logs at once.
	poolKind = "demo_pool"
)

// loadPhotos paints the pool that all logs share and keeps it, unless that has been done.
func (l *loader) loadPhotos(ctx context.Context) error {
	if _, done, err := settings.Get(ctx, l.d.DB, photosSetting); done || err != nil {
		return err
	}
	painted := make([]files.File, scenes*perScene)
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for n := range painted {
		g.Go(func() (err error) {
			painted[n], err = l.paint(within, n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("paint photos: %w", err)
	}
	err := l.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, done, err := settings.LockTx(ctx, tx, photosSetting); done || err != nil {
			return err
		}
		if err := insert(ctx, tx, painted); err != nil {
			return err
		}
		return settings.PutTx(ctx, tx, photosSetting, "done")
	})
	if db.Duplicate(err) { // a rival kept the same pictures at the same moment
		return nil
	}
	return err
}

// paint makes one picture as an upload would, and puts its objects. Painting it again gives the same
// bytes under the same keys.
func (l *loader) paint(ctx context.Context, n int) (files.File, error) {
	scene := n / perScene
	raw, err := picture.Scene(l.c.seed+uint64(n), photoWidth, photoHeight, picture.Stage(scene), fmt.Sprintf("GUIKE %02d", n+1))
	if err != nil {
		return files.File{}, err
	}
	p, err := picture.Normalise(ctx, raw, picture.DefaultLimits())
	if err != nil {
		return files.File{}, err
	}
	crew := l.c.crews[n%len(l.c.crews)]
	f := files.File{
		ID: l.c.photos[scene][n%perScene], Kind: files.Picture, OwnerKind: actor.Staff,
		OwnerID: crew.of[actor.ProjectManager][0].ID, StoreID: crew.store.ID, ContentType: p.ContentType,
		Bytes: int64(len(p.Image)), ThumbBytes: int64(len(p.Thumb)), Width: p.Width, Height: p.Height, SHA256: p.SHA256[:],
		State: files.Attached, AttachedKind: poolKind, AttachedRef: crew.store.ID, CheckState: files.CheckNone, Version: 2,
	}
	f.CreatedAt = l.c.painted(n)
	f.UpdatedAt = f.CreatedAt
	image, thumb := f.Keys()
	if err := l.d.Blobs.Put(ctx, image, f.ContentType, bytes.NewReader(p.Image), f.Bytes); err != nil {
		return f, err
	}
	return f, l.d.Blobs.Put(ctx, thumb, picture.JPEG, bytes.NewReader(p.Thumb), f.ThumbBytes)
}

// painted is when a picture of the pool was taken in, as its id tells.
func (c *company) painted(n int) time.Time { return c.base.AddDate(0, -14, n) }

// scenesOf are the pictures that fit a stage, the best first.
var scenesOf = map[string][2]picture.Stage{
	"measure":         {picture.Bare, picture.Wiring},
	"design":          {picture.Furnished, picture.Bare},
	"sign":            {picture.Furnished, picture.Carpentry},
	"demolition":      {picture.Bare, picture.Wiring},
	"plumbing_wiring": {picture.Wiring, picture.Bare},
	"tiling":          {picture.Tiling, picture.Wiring},
	"carpentry":       {picture.Carpentry, picture.Tiling},
	"painting":        {picture.Painting, picture.Carpentry},
	"production":      {picture.Carpentry, picture.Painting},
	"quality_check":   {picture.Carpentry, picture.Furnished},
	"delivery":        {picture.Carpentry, picture.Painting},
}

// album chooses n different pictures, at most 9, that fit a stage.
func (c *company) album(d dice, stage string, n int) []id.ID {
	fit, ok := scenesOf[stage]
	if !ok {
		fit = [2]picture.Stage{picture.Furnished, picture.Painting}
	}
	best, rest := slices.Clone(c.photos[fit[0]][:]), slices.Clone(c.photos[fit[1]][:])
	shuffle := func(ids []id.ID) { d.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] }) }
	shuffle(best)
	shuffle(rest)
	return append(best, rest...)[:n]
}
