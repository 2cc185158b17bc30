package handover

import (
	"context"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/weblink"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// CameraForm is what a camera shows, where, and when: from Opens (included) until Closes (excluded).
type CameraForm struct {
	Title  string
	URL    string
	Stage  string // the node of the work
	Opens  time.Time
	Closes time.Time
}

// maxWindow is how long a camera is open at most.
const maxWindow = 366 * 24 * time.Hour

func (f *CameraForm) check(now time.Time) error {
	if err := project.CheckLength("body.title", &f.Title, 1, 100); err != nil {
		return err
	}
	f.URL = strings.TrimSpace(f.URL)
	if _, ok := weblink.Parse(f.URL, "https", "wss", "rtmps", "rtsps"); !ok {
		return fault.Broken("body.url", "link", "链接须为 https、wss、rtmps 或 rtsps 的公网地址,最多 500 个字符,且不含账号密码。",
			"The link is an https, wss, rtmps or rtsps address of a public host, of at most 500 characters, without a user name.")
	}
	if f.Stage == "" {
		return fault.Broken("body.stage", "required", "请选择直播的阶段。", "Name the stage that it shows.")
	}
	for at, t := range map[string]time.Time{"body.from": f.Opens, "body.until": f.Closes} {
		if !clock.Keepable(t) {
			return fault.Broken(at, "out_of_range", "时间须在 1900 年到 2200 年之间。", "The year lies between 1900 and 2200.")
		}
	}
	f.Opens, f.Closes = clock.Cut(f.Opens), clock.Cut(f.Closes)
	switch {
	case !f.Closes.After(f.Opens) || f.Closes.Sub(f.Opens) > maxWindow:
		return fault.Broken("body.until", "out_of_range", "结束时间须晚于开始时间,且不超过一年。", "It ends after it begins, within a year.")
	case !f.Closes.After(now):
		return fault.Broken("body.until", "in_the_past", "结束时间不能早于现在。", "The end has passed.")
	}
	return nil
}

// NewCamera is a live picture for a project.
type NewCamera struct {
	ProjectID id.ID
	CameraForm
	Once once.Key
}

// CameraResult is what a change of a camera leaves behind under its key.
type CameraResult struct {
	ProjectID id.ID `json:"project_id"`
	CameraID  id.ID `json:"camera_id"`
	Version   int64 `json:"version"`
}

// SetCamera adds a live picture; members of the home are told when it opens, and get the link within the
// window alone (C7). The link is stored and never fetched. Errors: not_found; input.invalid;
// project.cancelled; camera.too_many.
func (s *Service) SetCamera(ctx context.Context, who actor.Actor, in NewCamera) (r CameraResult, replayed bool, err error) {
	if err := in.check(s.j.DB.Now()); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (CameraResult, error) { return s.setCameraTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) setCameraTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewCamera) (CameraResult, error) {
	none := CameraResult{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	if err := knownStage(ctx, tx, p.ID, in.Stage); err != nil {
		return none, err
	}
	waiting, err := model.CurrentCameras(ctx, tx, p.ID, tx.Now)
	if err != nil {
		return none, err
	}
	if len(waiting) >= model.MaxCameras {
		return none, errTooManyCameras
	}
	c := model.Camera{
		ProjectID: p.ID, ID: id.New(), Title: in.Title, URL: in.URL, StageKey: in.Stage, OpensAt: in.Opens, ClosesAt: in.Closes, CreatedBy: who.ID,
	}
	if err := model.AddCameraTx(ctx, tx, &c); err != nil {
		return none, err
	}
	return CameraResult{p.ID, c.ID, c.Version}, s.tellCameraTx(ctx, tx, who, &p, c)
}

// tellCameraTx tells the home when a camera opens; the link stays out of the timeline.
func (s *Service) tellCameraTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, c model.Camera) error {
	const at = "1月2日 15:04"
	body := c.OpensAt.In(s.j.Zone).Format(at) + " 至 " + c.ClosesAt.In(s.j.Zone).Format(at) + " 可在项目页观看。"
	_, err := s.j.TellTx(ctx, tx, who, p, project.News{
		Entry:  core.Entry{Kind: model.EntryCameraSet, TitleZH: "工地直播:" + c.Title, TitleEN: "Live from the site: " + c.Title, Body: body, RefID: c.ID, StageKey: c.StageKey},
		Action: "camera.set", Detail: map[string]any{"camera_id": c.ID, "version": c.Version},
	})
	return err
}

// CameraEdit replaces what a camera shows, as it was read at a version.
type CameraEdit struct {
	CameraID id.ID
	Version  int64
	CameraForm
}

// ChangeCamera replaces link, window or words of a camera that is not over. Errors: not_found;
// input.invalid; project.cancelled; camera.changed with the current version.
func (s *Service) ChangeCamera(ctx context.Context, who actor.Actor, in CameraEdit) (r CameraResult, err error) {
	if err := in.check(s.j.DB.Now()); err != nil {
		return r, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, c, err := lockCameraTx(ctx, tx, who, in.CameraID)
		if err != nil {
			return err
		}
		if c.Version != in.Version || c.WithdrawnAt != nil {
			return cameraChanged(c)
		}
		if err := knownStage(ctx, tx, p.ID, in.Stage); err != nil {
			return err
		}
		c.Title, c.URL, c.StageKey, c.OpensAt, c.ClosesAt = in.Title, in.URL, in.Stage, in.Opens, in.Closes
		if err := model.SaveCameraTx(ctx, tx, &c); err != nil {
			return err
		}
		r = CameraResult{p.ID, c.ID, c.Version}
		return s.tellCameraTx(ctx, tx, who, &p, c)
	})
	return r, err
}

func lockCameraTx(ctx context.Context, tx *db.Tx, who actor.Actor, camera id.ID) (core.Project, model.Camera, error) {
	c, err := model.CameraByID(ctx, tx, camera)
	if err != nil {
		return core.Project{}, c, err
	}
	p, err := project.LockOpenTx(ctx, tx, who, c.ProjectID)
	if err != nil {
		return p, c, err
	}
	c, err = model.CameraByID(ctx, tx, camera)
	return p, c, err
}

// EndCamera takes a camera away at once; again is no mistake. Errors: not_found; project.cancelled.
func (s *Service) EndCamera(ctx context.Context, who actor.Actor, camera id.ID) error {
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, c, err := lockCameraTx(ctx, tx, who, camera)
		if err != nil || c.WithdrawnAt != nil {
			return err
		}
		c.WithdrawnAt = &tx.Now
		if err := model.SaveCameraTx(ctx, tx, &c); err != nil {
			return err
		}
		_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
			Entry: core.Entry{Kind: model.EntryCameraEnded, TitleZH: "直播已结束:" + c.Title, TitleEN: "Live picture ended: " + c.Title, RefID: c.ID, StageKey: c.StageKey},
			Quiet: true, Action: "camera.ended", Detail: map[string]any{"camera_id": c.ID},
		})
		return err
	})
}

// Camera reads one camera within the reach of a member of staff. Errors: not_found.
func (s *Service) Camera(ctx context.Context, who actor.Actor, camera id.ID) (model.Camera, error) {
	c, err := model.CameraByID(ctx, s.j.DB, camera)
	if err != nil {
		return c, err
	}
	if _, err := core.Find(ctx, s.j.DB, who, c.ProjectID); err != nil {
		return model.Camera{}, err
	}
	return c, nil
}

// Cameras reads a page of a project's cameras within the reach of a member of staff, newest first.
// Errors: not_found.
func (s *Service) Cameras(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) ([]model.Camera, db.Cursor, error) {
	if _, err := core.Find(ctx, s.j.DB, who, projectID); err != nil {
		return nil, db.Cursor{}, err
	}
	return model.Cameras(ctx, s.j.DB, projectID, p)
}

// MyCameras reads the cameras that are live or will be, for members of the home, guests too (C8). Links
// are given within the window alone; none in a cancelled project. Errors: not_found.
func (s *Service) MyCameras(ctx context.Context, who actor.Actor, projectID id.ID) ([]model.Camera, error) {
	now := s.j.DB.Now()
	seen, err := core.FindForCustomer(ctx, s.j.DB, who, projectID, now)
	if err != nil || seen.State == core.Cancelled {
		return nil, err
	}
	rows, err := model.CurrentCameras(ctx, s.j.DB, projectID, now)
	for i := range rows {
		if !rows[i].Live(now) {
			rows[i].URL = ""
		}
	}
	return rows, err
}

// Now is the house's time, for what is live.
func (s *Service) Now() time.Time { return s.j.DB.Now() }
