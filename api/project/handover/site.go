package handover

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/service/project/handover"
)

func formOf(b CameraBody) handover.CameraForm {
	return handover.CameraForm{Title: b.Title, URL: b.URL, Stage: b.Stage, Opens: b.From, Closes: b.Until}
}

// SetCamera adds a live picture of the site.
func (a *API) SetCamera(ctx context.Context, in *CameraInput) (*contract.Made[Camera], error) {
	who := actor.From(ctx)
	r, replayed, err := a.handover.SetCamera(ctx, who, handover.NewCamera{
		ProjectID: in.ID, CameraForm: formOf(in.Body), Once: in.Once("handover-set-camera", named{ID: in.ID.String(), Body: in.Body}),
	})
	if err != nil {
		return nil, err
	}
	c, err := a.handover.Camera(ctx, who, r.CameraID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(a.viewCamera(c), replayed), nil
}

// ChangeCamera replaces link, window or words of a camera.
func (a *API) ChangeCamera(ctx context.Context, in *CameraEditInput) (*contract.Answer[Camera], error) {
	who := actor.From(ctx)
	r, err := a.handover.ChangeCamera(ctx, who, handover.CameraEdit{CameraID: in.ID, Version: in.Body.Version, CameraForm: formOf(in.Body.CameraBody)})
	if err != nil {
		return nil, err
	}
	c, err := a.handover.Camera(ctx, who, r.CameraID)
	if err != nil {
		return nil, err
	}
	return contract.Found(a.viewCamera(c)), nil
}

// EndCamera takes a camera away.
func (a *API) EndCamera(ctx context.Context, in *contract.ByID) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.handover.EndCamera(ctx, actor.From(ctx), in.ID)
}

// Cameras lists the cameras of a project.
func (a *API) Cameras(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Camera]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.handover.Cameras(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, a.viewCamera)), nil
}

// MyCameras lists the live pictures of my site.
func (a *API) MyCameras(ctx context.Context, in *contract.ByID) (*contract.Answer[Items[MyCamera]], error) {
	rows, err := a.handover.MyCameras(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(all(rows, viewMyCamera)), nil
}

// ScanOrder shows an order to whoever works on it, and logs the look.
func (a *API) ScanOrder(ctx context.Context, in *ScanInput) (*contract.Made[Order], error) {
	who, device := actor.From(ctx), ""
	if in.Body != nil {
		device = in.Body.Device
	}
	r, replayed, err := a.handover.Scan(ctx, who, handover.ScanOrder{
		Code: in.Code, Device: device, Once: in.Once("handover-scan-order", []string{in.Code, device}),
	})
	if err != nil {
		return nil, err
	}
	o, err := a.handover.Order(ctx, who, r.ProjectID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewOrder(o, r.ScanID), replayed), nil
}

// Scans lists who scanned a project.
func (a *API) Scans(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Scan]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.handover.Scans(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewScan)), nil
}

// AddSiteNote writes down what whoever works on site has to know.
func (a *API) AddSiteNote(ctx context.Context, in *SiteNoteInput) (*contract.Made[SiteNote], error) {
	who, b := actor.From(ctx), in.Body
	r, replayed, err := a.handover.AddSiteNote(ctx, who, handover.NewSiteNote{
		ProjectID: in.ID, Text: b.Text, Stage: b.Stage, FileIDs: b.FileIDs, Once: in.Once("handover-add-site-note", named{ID: in.ID.String(), Body: b}),
	})
	if err != nil {
		return nil, err
	}
	notes, err := a.handover.SiteNotes(ctx, who, r.ProjectID)
	if err != nil {
		return nil, err
	}
	v := SiteNote{ID: r.NoteID, Photos: []contract.Photo{}} // of a replay whose note has been withdrawn since, no more is left
	for _, n := range notes {
		if n.ID == r.NoteID {
			v = viewSiteNote(n)
		}
	}
	return contract.NewMade(v, replayed), nil
}

// SiteNotes lists what whoever works on site has to know.
func (a *API) SiteNotes(ctx context.Context, in *contract.ByID) (*contract.Answer[Items[SiteNote]], error) {
	notes, err := a.handover.SiteNotes(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(all(notes, viewSiteNote)), nil
}

// WithdrawSiteNote takes a note back.
func (a *API) WithdrawSiteNote(ctx context.Context, in *contract.ByID) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.handover.WithdrawSiteNote(ctx, actor.From(ctx), in.ID)
}

func craftOf(t CraftText, active bool) handover.CraftForm {
	return handover.CraftForm{Stage: t.Stage, Seq: t.Seq, TitleZH: t.Title, TitleEN: t.TitleEN, Text: t.Text, Active: active, FileIDs: t.FileIDs}
}

// AddCraftNote adds to the library of craft explained.
func (a *API) AddCraftNote(ctx context.Context, in *CraftInput) (*contract.Made[StaffCraftNote], error) {
	r, replayed, err := a.handover.AddCraftNote(ctx, actor.From(ctx), handover.NewCraftNote{
		Key: in.Body.Key, CraftForm: craftOf(in.Body.CraftText, true), Once: in.Once("handover-add-craft-note", in.Body),
	})
	if err != nil {
		return nil, err
	}
	n, err := a.craftNote(ctx, r.NoteID)
	return contract.NewMade(n, replayed), err
}

func (a *API) craftNote(ctx context.Context, note id.ID) (StaffCraftNote, error) {
	n, err := a.handover.CraftNote(ctx, note)
	return viewStaffCraftNote(n), err
}

// ChangeCraftNote replaces a note of the library.
func (a *API) ChangeCraftNote(ctx context.Context, in *CraftEditInput) (*contract.Answer[StaffCraftNote], error) {
	r, err := a.handover.ChangeCraftNote(ctx, actor.From(ctx), handover.CraftEdit{
		NoteID: in.ID, Version: in.Body.Version, CraftForm: craftOf(in.Body.CraftText, in.Body.Active),
	})
	if err != nil {
		return nil, err
	}
	n, err := a.craftNote(ctx, r.NoteID)
	return contract.Found(n), err
}

// CraftNotes lists the library of craft explained.
func (a *API) CraftNotes(ctx context.Context, in *contract.Paging) (*contract.Answer[contract.List[StaffCraftNote]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.handover.CraftLibrary(ctx, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewStaffCraftNote)), nil
}

// MyCraftNotes lists what is explained about the stages of my project.
func (a *API) MyCraftNotes(ctx context.Context, in *contract.ByID) (*contract.Answer[Items[CraftNote]], error) {
	notes, err := a.handover.MyCraftNotes(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(all(notes, viewCraftNote)), nil
}
