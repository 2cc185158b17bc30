// Package intake holds the use cases of imports: a file of customers, homes, running projects and opening
// balances is kept, checked line by line, and applied or given up. What an import writes is in
// service/flow. Its README says the rules in sentences.
package intake

import (
	"bytes"
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/sheet"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/membership/intake"
	"guike/model/once"
)

const (
	// partBytes is how much of a file one row keeps.
	partBytes = 512 << 10
	// maxOpen is how many imports wait or are under way at most: their files hold personal data.
	maxOpen = 20
	// KeptFor is how long a file waits for being applied.
	KeptFor = 7 * 24 * time.Hour
	maxName = 120
)

// Service holds the use cases.
type Service struct {
	db  *db.DB
	box *crypt.Box
}

// New returns the use cases over the store and the box that seals the files.
func New(d *db.DB, box *crypt.Box) *Service { return &Service{d, box} }

// The refusals of imports.
var (
	errReach = fault.New(fault.Forbidden, "import.company_only",
		"导入涉及全公司,仅限不属于单个门店的人员操作。", "An import concerns the whole company; people of one store may not run it.")
	errTooMany = fault.New(fault.Conflict, "import.too_many",
		"等待处理的导入太多,请先应用或放弃其中一些。", "Too many imports wait; apply or discard some first.")
	errFaulty = fault.New(fault.Conflict, "import.faulty",
		"文件中有错误的行,请改好后重新上传,或选择跳过。", "The file has faulty lines; mend and upload it again, or skip them.")
	errUnreadable = fault.New(fault.Conflict, "import.unreadable",
		"文件或工作表有错误,无法部分导入,请改好后重新上传。", "A sheet or the file as a whole is faulty; it cannot be applied in part.")
	errState = fault.New(fault.Conflict, "import.state",
		"该导入目前不能这样操作。", "The import does not stand so that this could be done.")
)

// Upload is a file to import.
type Upload struct {
	Name string
	Kind model.Kind // of the lines of a CSV file; empty when its name or headers tell
	Data []byte
	Once once.Key
}

// Upload keeps a file, sealed, and has it checked; nothing of it is imported before Apply. Errors:
// import.company_only, import.too_many; file.too_large; input.invalid at body.file or body.kind.
func (s *Service) Upload(ctx context.Context, who actor.Actor, in Upload) (r model.Run, replayed bool, err error) {
	if err := in.check(who); err != nil {
		return r, false, err
	}
	var made id.ID
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		made, replayed, err = once.Do(ctx, tx, who, in.Once, func() (id.ID, error) { return s.keepTx(ctx, tx, who, in) })
		return err
	})
	if err != nil {
		return r, false, err
	}
	r, err = model.RunByID(ctx, s.db, made)
	return r, replayed, err
}

func (in *Upload) check(who actor.Actor) error {
	if who.Scope < actor.All {
		return errReach
	}
	in.Name = wording.Trim(in.Name)
	for utf8.RuneCountInString(in.Name) > maxName {
		_, n := utf8.DecodeRuneInString(in.Name)
		in.Name = in.Name[n:]
	}
	if err := wording.CheckCharacters("body.file", in.Name); err != nil {
		return err
	}
	switch limit := sheet.DefaultLimits().Bytes; {
	case in.Kind != "" && !in.Kind.Valid():
		return fault.Broken("body.kind", "unknown", "数据种类须为客户、房屋、项目或期初余额之一。", "The kind is customers, homes, projects or balances.")
	case len(in.Data) == 0:
		return fault.Broken("body.file", "required", "文件是空的。", "The file is empty.")
	case int64(len(in.Data)) > limit:
		return fault.New(fault.TooLarge, "file.too_large", fmt.Sprintf("文件太大,最多 %d MB。", limit>>20), fmt.Sprintf("The file is too large; at most %d MB.", limit>>20))
	}
	return nil
}

func (s *Service) keepTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Upload) (id.ID, error) {
	open, err := model.CountOpenTx(ctx, tx)
	if err != nil {
		return id.ID{}, err
	}
	if open >= maxOpen {
		return id.ID{}, errTooMany
	}
	r := NewRun(who, in)
	due := tx.Now.UnixMilli()
	r.State, r.DueAt = model.Checking, &due
	if err := model.AddRunTx(ctx, tx, &r); err != nil {
		return r.ID, err
	}
	for seq, data := 0, in.Data; len(data) > 0; seq++ {
		n := min(len(data), partBytes)
		sealed, err := s.box.Seal(model.PartField, string(data[:n]))
		if err != nil {
			return r.ID, fmt.Errorf("seal a file: %w", err)
		}
		if err := model.AddPartTx(ctx, tx, r.ID, seq, sealed); err != nil {
			return r.ID, err
		}
		data = data[n:]
	}
	return r.ID, audit.RecordTx(ctx, tx, who, audit.Entry{Action: "import.uploaded", Kind: "import", Subject: r.ID, Detail: map[string]int64{"bytes": r.Bytes}})
}

// NewRun is a run of somebody over a file, not kept yet.
func NewRun(who actor.Actor, in Upload) model.Run {
	return model.Run{
		ID: id.New(), Kind: in.Kind, FileName: crypt.MaskPhones(in.Name), Bytes: int64(len(in.Data)),
		AuthorKind: who.Kind, AuthorID: who.ID, AuthorName: who.Name,
	}
}

// Data is the file of a run; none when it has been removed.
func (s *Service) Data(ctx context.Context, run id.ID) ([]byte, error) {
	parts, err := model.Parts(ctx, s.db, run)
	if err != nil {
		return nil, err
	}
	var data bytes.Buffer
	for _, p := range parts {
		plain, err := s.box.Open(model.PartField, p)
		if err != nil {
			return nil, fmt.Errorf("open a file: %w", err)
		}
		data.WriteString(plain)
	}
	return data.Bytes(), nil
}

// Apply has a checked file imported; with skipFaulty the lines that are not faulty. Applying what is being
// applied, or was, changes nothing. Errors: not_found; import.company_only, import.faulty,
// import.unreadable, import.state.
func (s *Service) Apply(ctx context.Context, who actor.Actor, key once.Key, run id.ID, skipFaulty bool) (model.Run, bool, error) {
	return s.change(ctx, who, key, run, func(tx *db.Tx, r *model.Run) (string, error) {
		switch {
		case r.State == model.Applying, r.State == model.Applied:
			return "", nil
		case r.State != model.Checked:
			return "", errState.At("state", string(r.State), "当前状态。", "Where it stands.")
		case r.Unreadable:
			return "", errUnreadable
		case r.Faulty > 0 && !skipFaulty:
			return "", errFaulty
		}
		due := tx.Now.UnixMilli()
		r.State, r.SkipFaulty, r.DueAt, r.Attempts, r.Done = model.Applying, skipFaulty, &due, 0, 0
		return "import.applied", nil
	})
}

// Discard gives a file up before it is applied, and removes it. Errors: not_found; import.company_only,
// import.state.
func (s *Service) Discard(ctx context.Context, who actor.Actor, run id.ID) (model.Run, error) {
	r, _, err := s.change(ctx, who, once.Key{}, run, func(_ *db.Tx, r *model.Run) (string, error) {
		switch r.State {
		case model.Abandoned:
			return "", nil
		case model.Checking, model.Checked:
			r.State = model.Abandoned
			return "import.discarded", nil
		}
		return "", errState.At("state", string(r.State), "当前状态。", "Where it stands.")
	})
	return r, err
}

// change moves a locked run; act tells how the audit log calls it, nothing when nothing changed.
func (s *Service) change(ctx context.Context, who actor.Actor, key once.Key, run id.ID, act func(tx *db.Tx, r *model.Run) (string, error)) (r model.Run, replayed bool, err error) {
	if who.Scope < actor.All {
		return r, false, errReach
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		_, replayed, err = once.Do(ctx, tx, who, key, func() (id.ID, error) {
			r, err := model.LockRunTx(ctx, tx, run)
			if err != nil {
				return run, err
			}
			action, err := act(tx, &r)
			if err != nil || action == "" {
				return run, err
			}
			if err := model.SaveRunTx(ctx, tx, &r); err != nil {
				return run, err
			}
			return run, audit.RecordTx(ctx, tx, who, audit.Entry{Action: action, Kind: "import", Subject: run})
		})
		return err
	})
	if err != nil {
		return r, false, err
	}
	r, err = model.RunByID(ctx, s.db, run)
	return r, replayed, err
}

// Found is a run with a page of what was found in its file.
type Found struct {
	model.Run
	Remarks []model.Remark
	Next    db.Cursor
}

// Read shows a run with a page of remarks: of one severity, or all. Errors: not_found;
// import.company_only.
func (s *Service) Read(ctx context.Context, who actor.Actor, run id.ID, only model.Severity, p db.Page) (f Found, err error) {
	if who.Scope < actor.All {
		return f, errReach
	}
	if f.Run, err = model.RunByID(ctx, s.db, run); err != nil {
		return f, err
	}
	f.Remarks, f.Next, err = model.ListRemarks(ctx, s.db, run, only, p)
	return f, err
}

// List lists the runs, newest first. Errors: import.company_only.
func (s *Service) List(ctx context.Context, who actor.Actor, p db.Page) ([]model.Run, db.Cursor, error) {
	if who.Scope < actor.All {
		return nil, db.Cursor{}, errReach
	}
	return model.ListRuns(ctx, s.db, p)
}
