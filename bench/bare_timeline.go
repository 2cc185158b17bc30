package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"strconv"
	"time"

	"guike/internal/id"
	"guike/service/files"
)

type entryJSON struct {
	ID        id.ID       `json:"id"`
	Kind      string      `json:"kind"`
	At        time.Time   `json:"at"`
	Title     string      `json:"title"`
	TitleEN   string      `json:"title_en"`
	Body      string      `json:"body"`
	Stage     string      `json:"stage,omitempty"`
	RefID     id.ID       `json:"ref_id,omitzero"`
	Photos    []photoJSON `json:"photos"`
	Author    authorJSON  `json:"author"`
	UpdatedAt time.Time   `json:"updated_at"`
	Version   int64       `json:"version"`
}

type photoJSON struct {
	URL      string `json:"url"`
	ThumbURL string `json:"thumb_url"`
}

type authorJSON struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

type listJSON[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor"`
}

// timeline answers as GET /v1/me/projects/{id}/timeline does: four statements.
func (b *bare) timeline(w http.ResponseWriter, r *http.Request, customer id.ID) error {
	ctx, now := r.Context(), time.Now().UTC()
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	p, err := b.find(ctx, customer, r.PathValue("id"), now)
	if err != nil {
		return err
	}
	rows, err := b.db.QueryContext(ctx, `SELECT id, kind, at, title_zh, title_en, body, stage_key, ref_id, author_name, author_role,
		updated_at, version FROM timeline_entries WHERE project_id = ? AND withdrawn_at IS NULL AND visible = ? ORDER BY id DESC LIMIT ?`,
		p.ID, true, limit+1)
	entries, err := collect(rows, err, func(e *entryJSON) []any {
		return []any{
			&e.ID, &e.Kind, &e.At, &e.Title, &e.TitleEN, &e.Body, &e.Stage, &e.RefID, &e.Author.Name, &e.Author.Role,
			&e.UpdatedAt, &e.Version,
		}
	})
	if err != nil {
		return err
	}
	list := listJSON[entryJSON]{Items: entries}
	if len(entries) > limit {
		list.Items = entries[:limit]
		list.NextCursor = cursor(list.Items[limit-1].At, list.Items[limit-1].ID)
	}
	if err := b.photos(ctx, p.ID, list.Items, now); err != nil {
		return err
	}
	return answer(w, list)
}

func limitOf(r *http.Request) (int, error) {
	if text := r.URL.Query().Get("limit"); text != "" {
		return strconv.Atoi(text)
	}
	return 20, nil
}

func cursor(at time.Time, last id.ID) string {
	var b [24]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli()))
	copy(b[8:], last[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// photos adds the links to the pictures of the entries, in two statements.
func (b *bare) photos(ctx context.Context, project id.ID, entries []entryJSON, now time.Time) error {
	if len(entries) == 0 {
		return nil
	}
	args := make([]any, 0, len(entries)+1)
	args = append(args, project)
	place := make(map[id.ID]*entryJSON, len(entries))
	for i := range entries {
		entries[i].Photos = []photoJSON{}
		place[entries[i].ID] = &entries[i]
		args = append(args, entries[i].ID)
	}
	type photo struct{ entry, file id.ID }
	rows, err := b.db.QueryContext(ctx, "SELECT entry_id, file_id FROM timeline_photos WHERE project_id = ? AND entry_id IN "+
		marks(len(entries))+" ORDER BY entry_id, seq", args...)
	photos, err := collect(rows, err, func(p *photo) []any { return []any{&p.entry, &p.file} })
	if err != nil || len(photos) == 0 {
		return err
	}
	args = args[:0]
	for _, p := range photos {
		args = append(args, p.file)
	}
	types, err := b.shown(ctx, args)
	if err != nil {
		return err
	}
	sign := signer{hmac.New(sha256.New, b.w.LinkKey), expiry(now)}
	for _, p := range photos {
		if kind, ok := types[p.file]; ok {
			folder, extension := "pictures/"+month(p.file)+p.file.String()+"/", ".jpg"
			if kind == "image/png" {
				extension = ".png"
			}
			e := place[p.entry]
			e.Photos = append(e.Photos, photoJSON{sign.link(folder + "image" + extension), sign.link(folder + "thumb.jpg")})
		}
	}
	return nil
}

// shown finds the content types of the files that customers may see.
func (b *bare) shown(ctx context.Context, ids []any) (map[id.ID]string, error) {
	type file struct {
		id                 id.ID
		kind, state, check string
	}
	rows, err := b.db.QueryContext(ctx, "SELECT id, content_type, state, check_state FROM files WHERE id IN "+marks(len(ids)), ids...)
	found, err := collect(rows, err, func(f *file) []any { return []any{&f.id, &f.kind, &f.state, &f.check} })
	types := make(map[id.ID]string, len(found))
	for _, f := range found {
		if f.state != "withdrawn" && (f.check == "none" || f.check == "pass") {
			types[f.id] = f.kind
		}
	}
	return types, err
}

// signer makes links that last until the same instant.
type signer struct {
	mac     hash.Hash
	expires string
}

// expiry is the next of 00:00, 06:00, 12:00 and 18:00 UTC after the least life of a link.
func expiry(now time.Time) string {
	at := now.Add(files.LinkTTL)
	mark := at.Truncate(6 * time.Hour)
	if mark.Before(at) {
		mark = mark.Add(6 * time.Hour)
	}
	return strconv.FormatInt(mark.Unix(), 10)
}

func (s signer) link(key string) string {
	s.mac.Reset()
	s.mac.Write([]byte("guike file link\n" + key + "\n" + s.expires))
	return publicURL + "/files/" + key + "?e=" + s.expires + "&s=" + base64.RawURLEncoding.EncodeToString(s.mac.Sum(nil))
}

// month is the folder that a UUIDv7's instant falls into.
func month(file id.ID) string {
	ms := int64(binary.BigEndian.Uint64(file[:8]) >> 16)
	return time.UnixMilli(ms).UTC().Format("2006/01/")
}
