package handover

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"guike/internal/actor"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// The kinds of task that acceptance opens.
const (
	KindAcceptanceDefect  = "acceptance_defect"
	KindAcceptanceRefused = "acceptance_refused"
)

// The kinds of row that files are attached to here.
const (
	acceptanceFile = "acceptance"
	paperFile      = "acceptance_paper"
	siteNoteFile   = "site_note"
	craftNoteFile  = "craft_note"
)

const (
	maxItems      = 60
	maxRepairs    = 1000 // open at once of an acceptance
	maxItemText   = 200
	maxItemNote   = 500
	maxItemPhotos = 6
	maxPhotos     = 60 // of a sheet
	maxNote       = 1000
	maxCare       = 2000
	linePhotos    = 9 // of a line in the timeline
)

// NewItem is what was found at a line of a checklist, or at one of its own, which then has a Text.
type NewItem struct {
	Key     string
	Text    string
	Result  model.Result
	Note    string
	FileIDs []id.ID
}

// NewSheet is what a stage is accepted by.
type NewSheet struct {
	ProjectID id.ID
	Stage     string
	Items     []NewItem
	Note      string
	CareGiven bool
	CareText  string
	Once      once.Key
}

// AcceptanceResult is what a change of an acceptance leaves behind under its key.
type AcceptanceResult struct {
	ProjectID    id.ID `json:"project_id"`
	AcceptanceID id.ID `json:"acceptance_id"`
	Version      int64 `json:"version"`
}

func (n *NewSheet) check() error {
	if len(n.Items) < 1 || len(n.Items) > maxItems {
		return fault.Broken("body.items", "length", "验收项须为 1 到 60 项。", "There are 1 to 60 items.")
	}
	if err := project.CheckLength("body.note", &n.Note, 0, maxNote); err != nil {
		return err
	}
	if err := project.CheckLength("body.care_text", &n.CareText, 0, maxCare); err != nil {
		return err
	}
	if n.CareGiven && n.CareText == "" {
		return fault.Broken("body.care_text", "required", "请写明讲解了哪些保养事项。", "Say what was explained about care.")
	}
	n.Items = slices.Clone(n.Items) // they are trimmed; the caller's stay
	keys := make(map[string]bool, len(n.Items))
	for i := range n.Items {
		if err := n.Items[i].check(fmt.Sprintf("body.items[%d].", i), keys); err != nil {
			return err
		}
	}
	return project.CheckPhotos("body.items", n.files(), maxPhotos)
}

func (it *NewItem) check(at string, known map[string]bool) error {
	if !isKey(it.Key) {
		return fault.Broken(at+"key", "malformed", "编号须为 1 到 40 个小写字母、数字或下划线。", "A key has 1 to 40 lower-case letters, digits or underscores.")
	}
	if known[it.Key] {
		return fault.Broken(at+"key", "repeated", "同一验收项出现了两次。", "An item is named twice.")
	}
	known[it.Key] = true
	if err := project.CheckLength(at+"text", &it.Text, 0, maxItemText); err != nil {
		return err
	}
	if err := project.CheckLength(at+"note", &it.Note, 0, maxItemNote); err != nil {
		return err
	}
	switch {
	case !it.Result.Valid():
		return fault.Broken(at+"result", "not_allowed", "结果只能是 ok、defect 或 n_a。", "The result is ok, defect or n_a.")
	case it.Result == model.ResultDefect && it.Note == "":
		return fault.Broken(at+"note", "required", "有问题的项目须写明情况。", "A defect needs a note.")
	}
	return project.CheckPhotos(at+"file_ids", it.FileIDs, maxItemPhotos)
}

// isKey tells whether a text may name a line of a checklist, or a note.
func isKey(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func (n *NewSheet) files() []id.ID {
	var files []id.ID
	for _, it := range n.Items {
		files = append(files, it.FileIDs...)
	}
	return files
}

// OpenAcceptance puts a sheet before the customer, for a stage that is under way: every line of the
// stage's checklist, and lines of its own (C18). Another sheet of the same round is a new version, and
// what was decided about the former does not count. A stage that asks for a signature asks for the care
// instruction too. Each defect opens a task, unless one is open. Errors: not_found; input.invalid;
// project.cancelled; acceptance.stage_not_active; what the files refuse.
func (s *Service) OpenAcceptance(ctx context.Context, who actor.Actor, in NewSheet) (r AcceptanceResult, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (AcceptanceResult, error) { return s.openTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) openTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewSheet) (AcceptanceResult, error) {
	none := AcceptanceResult{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	_, stage, ok, err := stageOf(ctx, tx, p.ID, in.Stage)
	switch {
	case err != nil:
		return none, err
	case !ok:
		return none, fault.Missing()
	case stage.State != core.StageActive:
		return none, errStageNotActive
	case stage.Asks(core.NeedSignOff) && !in.CareGiven:
		return none, fault.Broken("body.care_given", "required", "交付验收前须向客户讲解保养事项。", "The customer is instructed about care before signing.")
	}
	w, err := sheetFor(ctx, tx, p, stage, in)
	if err != nil {
		return none, err
	}
	if files := in.files(); len(files) > 0 {
		if err := s.j.Files.AttachTx(ctx, tx, who, files, acceptanceFile, w.ID); err != nil {
			return none, err
		}
	}
	if err := model.OpenSheetTx(ctx, tx, who, &w); err != nil {
		return none, err
	}
	if err := s.orderRepairsTx(ctx, tx, who, p, w); err != nil {
		return none, err
	}
	// Another version is the answer to a refusal of the one before.
	if err := s.j.Alarms.ClearTx(ctx, tx, who, refusedCause(w.ID, w.Version-1), "已提交新的验收单"); err != nil {
		return none, err
	}
	n := openedNews(w, stage)
	n.Photos = in.files()[:min(len(in.files()), linePhotos)]
	_, err = s.j.TellTx(ctx, tx, who, &p, n)
	return AcceptanceResult{ProjectID: p.ID, AcceptanceID: w.ID, Version: w.Version}, err
}

func openedNews(w model.Whole, stage core.Stage) project.News {
	zh, en := "请验收:", "Please accept: "
	if w.Version > 1 {
		zh, en = "验收单已更新,请重新确认:", "The acceptance sheet changed: "
	}
	body := fmt.Sprintf("共 %d 项", len(w.Items))
	if n := len(w.Defects()); n > 0 {
		body += fmt.Sprintf(",其中 %d 项有待整改", n)
	}
	return project.News{
		Entry:  core.Entry{Kind: model.EntryAcceptanceOpened, TitleZH: zh + stage.NameZH, TitleEN: en + stage.NameEN, Body: body, RefID: w.ID, StageKey: stage.Key},
		Action: "acceptance.opened", Detail: map[string]any{"acceptance_id": w.ID, "version": w.Version},
	}
}

// sheetFor builds the next version of the acceptance of the stage's round. The first version fixes the
// checklist for the round.
func sheetFor(ctx context.Context, tx *db.Tx, p core.Project, stage core.Stage, in NewSheet) (model.Whole, error) {
	a, again, err := model.AcceptanceOfRound(ctx, tx, p.ID, stage.Key, stage.Reopened)
	if err != nil {
		return model.Whole{}, err
	}
	if !again {
		a = model.Acceptance{ProjectID: p.ID, ID: id.New(), StageKey: stage.Key, Round: stage.Reopened}
		list, ok, err := model.LastChecklist(ctx, tx, p.Kind, stage.Key)
		if err != nil {
			return model.Whole{}, err
		}
		if ok && list.Active {
			a.ChecklistVersion = list.Version
		}
	}
	w := model.Whole{Acceptance: a, Sheet: model.Sheet{Note: in.Note, CareGiven: in.CareGiven, CareText: in.CareText}}
	_, lines, _, err := model.ChecklistVersion(ctx, tx, p.Kind, stage.Key, a.ChecklistVersion)
	if err != nil {
		return w, err
	}
	w.Items, w.Photos, err = fill(lines, in.Items)
	return w, err
}

// fill writes what was found into the lines of a checklist, in its order, then the lines beside it.
func fill(lines []model.ChecklistItem, found []NewItem) (items []model.Item, photos []model.ItemPhoto, err error) {
	at := make(map[string]int, len(found))
	for i, it := range found {
		at[it.Key] = i
	}
	add := func(it NewItem, text, textEN string) {
		seq := len(items) + 1
		items = append(items, model.Item{Seq: seq, Key: it.Key, Text: text, TextEN: textEN, Result: it.Result, Note: it.Note})
		for i, f := range it.FileIDs {
			photos = append(photos, model.ItemPhoto{ItemSeq: seq, Seq: i, FileID: f})
		}
	}
	listed := make(map[string]bool, len(lines))
	for _, l := range lines {
		i, ok := at[l.Key]
		if !ok {
			return nil, nil, fault.Broken("body.items", "missing_item", "缺少验收项:"+l.TextZH, "An item of the checklist is missing: "+l.Key)
		}
		listed[l.Key] = true
		add(found[i], l.TextZH, l.TextEN)
	}
	for i, it := range found {
		if listed[it.Key] {
			continue
		}
		if it.Text == "" {
			return nil, nil, fault.Broken(fmt.Sprintf("body.items[%d].text", i), "required", "清单以外的验收项须写明内容。", "An item beside the checklist needs a text.")
		}
		add(it, it.Text, "")
	}
	return items, photos, nil
}

// orderRepairsTx opens a task for each defect that has no open one, and ends those of lines at which
// nothing is wrong any more. A defect that returns after its task has ended so has a task of its own, and
// one that is shown again while it is being repaired has not.
func (s *Service) orderRepairsTx(ctx context.Context, tx *db.Tx, who actor.Actor, p core.Project, w model.Whole) error {
	open, err := openRepairs(ctx, tx, w.ID)
	if err != nil {
		return err
	}
	owner, err := core.InChargeOf(ctx, tx, p.ID, actor.ProjectManager)
	if err != nil {
		return err
	}
	for _, d := range w.Items {
		cause, under := open[d.Key]
		switch {
		case under && d.Result != model.ResultDefect:
			if err := s.j.Alarms.ClearTx(ctx, tx, who, cause, "新的验收单上该项已无问题"); err != nil {
				return err
			}
			continue
		case under || d.Result != model.ResultDefect:
			continue
		}
		_, err := s.j.Alarms.OpenTx(ctx, tx, who, care.Order{
			Kind: KindAcceptanceDefect, Cause: repairsOf(w.ID) + d.Key + ":" + strconv.FormatInt(w.Version, 10),
			Title: excerpt.Of("验收整改:"+d.Text, 60), Reason: excerpt.Of(d.Note, 300),
			CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID, OwnerID: owner,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// repairsOf begins the causes of the repairs that an acceptance asked for; the key of the line and the
// version that showed the defect follow.
func repairsOf(acceptance id.ID) string { return "repair:" + acceptance.String() + ":" }

// openRepairs finds the causes of the repairs of an acceptance that are open, by the keys of their lines.
func openRepairs(ctx context.Context, r db.Reader, acceptance id.ID) (map[string]string, error) {
	causes, err := care.OpenCauses(ctx, r, repairsOf(acceptance), maxRepairs)
	if err != nil {
		return nil, err
	}
	open := make(map[string]string, len(causes))
	for _, c := range causes {
		key, _, _ := strings.Cut(strings.TrimPrefix(c, repairsOf(acceptance)), ":")
		open[key] = c
	}
	return open, nil
}
