package design

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/files"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project"
)

// maxEntryPhotos is how many pictures of a version its line in the timeline shows.
const maxEntryPhotos = 9

// NewVersion is another state of a design. A draft is not shown to the customer before it is submitted.
type NewVersion struct {
	DesignID       id.ID
	DifferenceNote string // what changed; required from the second version on
	FileIDs        []id.ID
	Links          []model.Link
	Draft          bool
	Once           once.Key
}

func (n *NewVersion) check() error {
	switch {
	case len(n.FileIDs) > model.MaxFiles:
		return fault.Broken("body.file_ids", "too_many", "文件最多 20 个。", "There are at most 20 files.")
	case len(n.FileIDs)+len(n.Links) == 0:
		return fault.Broken("body.file_ids", "required", "请至少提供一个文件或链接。", "A version has a file or a link at least.")
	}
	return first(text("body.difference_note", &n.DifferenceNote, 0, 2000), project.CheckFiles("body.file_ids", n.FileIDs), checkLinks(n.Links))
}

// AddVersion adds a version to a design and, unless it is a draft, submits it: from then on it is the
// one to be decided about. Errors: input.invalid; not_found; project.cancelled; design.withdrawn;
// design.too_many; what the files refuse.
func (s *Service) AddVersion(ctx context.Context, who actor.Actor, in NewVersion) (m Made, replayed bool, err error) {
	if err := in.check(); err != nil {
		return m, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		m, replayed, err = once.Do(ctx, tx, who, in.Once, func() (Made, error) { return s.addVersionTx(ctx, tx, who, in) })
		return err
	})
	return m, replayed, err
}

func (s *Service) addVersionTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewVersion) (Made, error) {
	p, d, err := lockTx(ctx, tx, who, in.DesignID)
	if err != nil {
		return Made{}, err
	}
	switch {
	case d.Newest >= model.MaxVersions:
		return Made{}, errTooMany
	case d.Newest > 0 && in.DifferenceNote == "":
		return Made{}, fault.Broken("body.difference_note", "required", "请说明与上一版的不同。", "Say what differs from the version before.")
	}
	d.Newest++
	w := model.Whole{
		Version: model.Version{DesignID: d.ID, Number: d.Newest, DifferenceNote: in.DifferenceNote, AuthorID: who.ID, AuthorName: who.Name},
		Files:   in.FileIDs, Links: in.Links,
	}
	if err := model.AddVersionTx(ctx, tx, &w); err != nil {
		return Made{}, err
	}
	if err := s.j.Files.AttachTx(ctx, tx, who, in.FileIDs, model.FileKind, d.ID); err != nil {
		return Made{}, err
	}
	err = model.NoteTx(ctx, tx, who, &model.Event{ProjectID: p.ID, What: model.WhatVersion, DesignID: d.ID, Number: w.Number, Body: w.DifferenceNote})
	if err != nil {
		return Made{}, err
	}
	if in.Draft {
		err = s.draftTx(ctx, tx, who, &p, d)
	} else {
		err = s.submitTx(ctx, tx, who, &p, d, w)
	}
	return Made{ProjectID: p.ID, DesignID: d.ID, Number: w.Number}, err
}

// draftTx tells colleagues alone.
func (s *Service) draftTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, d model.Design) error {
	if err := model.SaveTx(ctx, tx, &d); err != nil {
		return err
	}
	zh, en := title("设计草稿:", "Design draft: ", d, d.Newest)
	_, err := s.j.TellTx(ctx, tx, who, p, project.News{
		Entry:   core.Entry{Kind: model.EntryDraft, TitleZH: zh, TitleEN: en, StageKey: p.CurrentStage, RefID: d.ID},
		Private: true, Action: "design.drafted", Detail: map[string]any{"design_id": d.ID, "version": d.Newest},
	})
	return err
}

func title(zh, en string, d model.Design, number int) (string, string) {
	tail := fmt.Sprintf("%s v%d", d.Title, number)
	return zh + tail, en + tail
}

// VersionRef names a version for an action on it.
type VersionRef struct {
	DesignID id.ID
	Number   int
	Once     once.Key
}

// Submit shows a draft to the customer. Errors: not_found; project.cancelled; design.withdrawn;
// design.not_newest for one that is not the newest, or not a draft.
func (s *Service) Submit(ctx context.Context, who actor.Actor, in VersionRef) (m Made, replayed bool, err error) {
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		m, replayed, err = once.Do(ctx, tx, who, in.Once, func() (Made, error) {
			p, d, err := lockTx(ctx, tx, who, in.DesignID)
			if err != nil {
				return Made{}, err
			}
			w, err := model.Picked(ctx, tx, []model.Pick{{DesignID: d.ID, Number: in.Number}})
			switch {
			case err != nil:
				return Made{}, err
			case len(w) == 0:
				return Made{}, fault.Missing()
			case w[0].Number != d.Newest || w[0].Submitted():
				return Made{}, errNotNewest
			}
			return Made{ProjectID: p.ID, DesignID: d.ID, Number: in.Number}, s.submitTx(ctx, tx, who, &p, d, w[0])
		})
		return err
	})
	return m, replayed, err
}

// submitTx makes a version the one to be decided about, and tells the home. What was owed for the version
// before it is done, so that nobody is alarmed about it any more.
func (s *Service) submitTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, d model.Design, w model.Whole) error {
	if err := s.j.Alarms.ClearTx(ctx, tx, who, changesCause(d.ID, d.Shown), "design submitted"); err != nil {
		return err
	}
	d.Shown, d.State = w.Number, model.Waiting
	if err := model.SubmitTx(ctx, tx, w.Version); err != nil {
		return err
	}
	if err := model.SaveTx(ctx, tx, &d); err != nil {
		return err
	}
	err := model.NoteTx(ctx, tx, who, &model.Event{ProjectID: p.ID, What: model.WhatSubmitted, DesignID: d.ID, Number: w.Number})
	if err != nil {
		return err
	}
	photos, err := pictures(ctx, tx, w.Files)
	if err != nil {
		return err
	}
	zh, en := title("设计方案待您确认:", "A design for your decision: ", d, w.Number)
	_, err = s.j.TellTx(ctx, tx, who, p, project.News{
		Entry:  core.Entry{Kind: model.EntryPosted, TitleZH: zh, TitleEN: en, Body: w.DifferenceNote, StageKey: p.CurrentStage, RefID: d.ID},
		Photos: photos, Action: "design.submitted", Detail: map[string]any{"design_id": d.ID, "version": w.Number},
	})
	return err
}

// pictures picks of some files the pictures that a line of the timeline shows, in their order.
func pictures(ctx context.Context, r db.Reader, ids []id.ID) ([]id.ID, error) {
	rows, err := files.ByIDs(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	seen := make(map[id.ID]bool, len(rows))
	for _, f := range rows {
		seen[f.ID] = f.IsPicture()
	}
	var chosen []id.ID
	for _, f := range ids {
		if seen[f] && len(chosen) < maxEntryPhotos {
			chosen = append(chosen, f)
		}
	}
	return chosen, nil
}
