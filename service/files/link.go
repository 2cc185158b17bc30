package files

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/files"
)

// Picture is where a file can be seen without a session, for LinkTTL at least. Documents have no
// thumbnail: ThumbURL is empty.
type Picture struct{ URL, ThumbURL string }

// Links makes links to the files that everybody who has a reason to see them may see, in one query:
// those withdrawn, those not there, and customers' pictures that have not passed their check are left
// out. Links made between two 6-hour marks are alike.
func (s *Service) Links(ctx context.Context, r db.Reader, ids []id.ID) (map[id.ID]Picture, error) {
	return s.links(ctx, r, ids, files.File.Public)
}

// LinksFor is Links with the actor's own pictures, checked or not.
func (s *Service) LinksFor(ctx context.Context, r db.Reader, who actor.Actor, ids []id.ID) (map[id.ID]Picture, error) {
	return s.links(ctx, r, ids, func(f files.File) bool { return f.VisibleTo(who) })
}

func (s *Service) links(ctx context.Context, r db.Reader, ids []id.ID, visible func(files.File) bool) (map[id.ID]Picture, error) {
	rows, err := files.ByIDs(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[id.ID]Picture, len(rows))
	for _, f := range rows {
		if !visible(f) {
			continue
		}
		if found[f.ID], err = s.link(ctx, f); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// LinksUntil is the instant at which links made now expire; what is tagged for caches changes with it.
func (s *Service) LinksUntil() time.Time { return blob.ExpiryMark(s.d.DB.Now(), LinkTTL) }

func (s *Service) link(ctx context.Context, f files.File) (Picture, error) {
	body, thumb := f.Keys()
	until := s.LinksUntil()
	var p Picture
	var err error
	if p.URL, err = s.d.Blobs.SignedURL(ctx, body, until); err == nil && thumb != "" {
		p.ThumbURL, err = s.d.Blobs.SignedURL(ctx, thumb, until)
	}
	if err != nil {
		return Picture{}, fmt.Errorf("sign link: %w", err)
	}
	return p, nil
}
