package reward

import (
	"context"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/membership/reward"
	"guike/model/once"
	"guike/service/membership"
)

const (
	subjectReward = "reward" // of audit rows
	restocksShown = 20
)

// Sheet is a reward as staff see it, with its pictures and the last changes of its stock.
type Sheet struct {
	model.Reward
	Photos   []Picture
	FileIDs  []id.ID
	Restocks []model.Restock
}

// made is what is kept of an effect for a replay.
type made struct {
	ID id.ID `json:"id"`
}

// check looks at what is written, and whether what it names beyond the kept version exists. Errors: input.invalid.
func (s *Service) check(ctx context.Context, f *Form, kept model.Reward) error {
	if err := f.check(); err != nil {
		return err
	}
	return membership.CheckReferences(ctx, s.d.DB, membership.References{
		Levels: map[string][]string{"body.levels": f.Levels, "body.early_levels": f.EarlyLevels}, Titles: map[string][]string{"body.titles": f.Titles},
	}, membership.References{
		Levels: map[string][]string{"levels": model.Keys(kept.Levels), "early_levels": model.Keys(kept.EarlyLevels)}, Titles: map[string][]string{"titles": model.Keys(kept.Titles)},
	})
}

// Add writes a reward down as a draft (G3). Errors: input.invalid; those of the files.
func (s *Service) Add(ctx context.Context, who actor.Actor, key once.Key, f Form) (sheet Sheet, replayed bool, err error) {
	if err := s.check(ctx, &f, model.Reward{}); err != nil {
		return sheet, false, err
	}
	var done made
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		done, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			if f.ClosesAt != nil && !f.ClosesAt.After(tx.Now) {
				return made{}, fault.Broken("body.closes_at", "over", "已经过去,没有人能兑换。", "It is over; nobody could have the reward.")
			}
			r := model.Reward{ID: id.New(), State: model.Draft, Stock: f.Stock}
			f.fill(&r)
			if err := model.AddTx(ctx, tx, &r); err != nil {
				return made{}, err
			}
			if err := s.showTx(ctx, tx, who, r.ID, f.FileIDs); err != nil {
				return made{}, err
			}
			return made{r.ID}, record(ctx, tx, who, "reward.added", r.ID, map[string]any{"price": r.Price, "stock": r.Stock})
		})
		return err
	})
	if err != nil {
		return sheet, false, err
	}
	sheet, err = s.Sheet(ctx, done.ID)
	return sheet, replayed, err
}

// Change replaces what is said of the version of a reward that was read. Orders that were made keep the
// price and terms under which they were made. Errors: not_found; reward.changed; input.invalid; those of the
// files.
func (s *Service) Change(ctx context.Context, who actor.Actor, reward id.ID, version int64, f Form) (Sheet, error) {
	f.Stock = nil
	kept, err := model.ByID(ctx, s.d.DB, reward)
	if err != nil {
		return Sheet{}, err
	}
	if err := s.check(ctx, &f, kept); err != nil {
		return Sheet{}, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := model.LockTx(ctx, tx, reward)
		if err != nil {
			return err
		}
		if r.Version != version {
			return errChanged
		}
		before := r.Price
		f.fill(&r)
		if err := model.SaveTx(ctx, tx, &r); err != nil {
			return err
		}
		if err := s.showTx(ctx, tx, who, r.ID, f.FileIDs); err != nil {
			return err
		}
		return record(ctx, tx, who, "reward.changed", r.ID, map[string]any{"version": r.Version, "price": r.Price, "price_before": before})
	})
	if err != nil {
		return Sheet{}, err
	}
	return s.Sheet(ctx, reward)
}

// showTx binds the pictures to the reward in place of those that it had.
func (s *Service) showTx(ctx context.Context, tx *db.Tx, who actor.Actor, reward id.ID, files []id.ID) error {
	if err := s.d.Files.AttachTx(ctx, tx, who, files, model.RewardFile, reward); err != nil {
		return err
	}
	if err := s.d.Files.ReleaseTx(ctx, tx, model.RewardFile, reward, files); err != nil {
		return err
	}
	return model.SetFilesTx(ctx, tx, reward, files)
}

// Publish puts a reward into the catalogue; one that is there stays. Errors: not_found;
// reward.ended for one whose time is over.
func (s *Service) Publish(ctx context.Context, who actor.Actor, reward id.ID) (Sheet, error) {
	return s.move(ctx, who, reward, model.Published, "reward.published")
}

// Withdraw takes a reward out of the catalogue. Orders that were made stand. Errors: not_found.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, reward id.ID) (Sheet, error) {
	return s.move(ctx, who, reward, model.Withdrawn, "reward.withdrawn")
}

func (s *Service) move(ctx context.Context, who actor.Actor, reward id.ID, to model.State, action string) (Sheet, error) {
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := model.LockTx(ctx, tx, reward)
		if err != nil || r.State == to {
			return err
		}
		if to == model.Published && r.ClosesAt != nil && !r.ClosesAt.After(tx.Now) {
			return errOver
		}
		if r.State = to; to == model.Published {
			r.PublishedAt = &tx.Now
		}
		if err := model.SaveTx(ctx, tx, &r); err != nil {
			return err
		}
		return record(ctx, tx, who, action, r.ID, map[string]any{"version": r.Version})
	})
	if err != nil {
		return Sheet{}, err
	}
	return s.Sheet(ctx, reward)
}

// NewRestock is a change of a reward's stock: what came in, or, below zero, what was lost.
type NewRestock struct {
	RewardID id.ID
	Amount   int64
	Reason   string
	Once     once.Key
}

// Restock changes the stock of a reward that has one, never below nothing (I11). Errors: not_found;
// input.invalid; reward.unlimited; reward.stock_short.
func (s *Service) Restock(ctx context.Context, who actor.Actor, in NewRestock) (sheet Sheet, replayed bool, err error) {
	if in.Amount == 0 || in.Amount < -maxStock || in.Amount > maxStock {
		return sheet, false, fault.Broken("body.amount", "out_of_range", "数量不能为零且不能超出范围。", "The amount is not zero and within range.")
	}
	if err := wording.CheckText("body.reason", &in.Reason, 1, maxReason); err != nil {
		return sheet, false, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, replayed, err = once.Do(ctx, tx, who, in.Once, func() (made, error) {
			return made{in.RewardID}, restockTx(ctx, tx, who, in)
		})
		return err
	})
	if err != nil {
		return sheet, false, err
	}
	sheet, err = s.Sheet(ctx, in.RewardID)
	return sheet, replayed, err
}

func restockTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewRestock) error {
	r, err := model.LockTx(ctx, tx, in.RewardID)
	switch {
	case err != nil:
		return err
	case !r.Limited():
		return errUnlimited
	case *r.Stock+in.Amount < 0:
		return errShort
	case *r.Stock+in.Amount > maxStock:
		return fault.Broken("body.amount", "out_of_range", "库存超出范围。", "The stock would be out of range.")
	}
	if ok, err := model.MoveStockTx(ctx, tx, r.ID, in.Amount); err != nil || !ok {
		return fault.Or(err, errShort)
	}
	row := model.Restock{RewardID: r.ID, Amount: in.Amount, Stock: *r.Stock + in.Amount, Reason: in.Reason, AuthorID: who.ID, AuthorName: who.Name}
	if err := model.AddRestockTx(ctx, tx, &row); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "reward.restocked", Kind: subjectReward, Subject: r.ID, Reason: in.Reason, Detail: map[string]any{"amount": row.Amount, "stock": row.Stock},
	})
}

func record(ctx context.Context, tx *db.Tx, who actor.Actor, action string, reward id.ID, detail map[string]any) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: action, Kind: subjectReward, Subject: reward, Detail: detail})
}

// Sheet reads one reward in any state. Errors: not_found.
func (s *Service) Sheet(ctx context.Context, reward id.ID) (Sheet, error) {
	r, err := model.ByID(ctx, s.d.DB, reward)
	if err != nil {
		return Sheet{}, err
	}
	sheets, err := s.sheets(ctx, []model.Reward{r})
	if err != nil {
		return Sheet{}, err
	}
	sheets[0].Restocks, err = model.RestocksOf(ctx, s.d.DB, r.ID, restocksShown)
	return sheets[0], err
}

// Sheets lists the catalogue in one state, or all of it, newest first, without the changes of the stock.
func (s *Service) Sheets(ctx context.Context, in model.State, p db.Page) ([]Sheet, db.Cursor, error) {
	rows, next, err := model.List(ctx, s.d.DB, in, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	sheets, err := s.sheets(ctx, rows)
	return sheets, next, err
}

func (s *Service) sheets(ctx context.Context, rows []model.Reward) ([]Sheet, error) {
	files, photos, err := s.photos(ctx, rows)
	if err != nil {
		return nil, err
	}
	sheets := make([]Sheet, 0, len(rows))
	for _, r := range rows {
		sheets = append(sheets, Sheet{Reward: r, FileIDs: files[r.ID], Photos: photos[r.ID]})
	}
	return sheets, nil
}

// photos signs links to the pictures of several rewards.
func (s *Service) photos(ctx context.Context, rows []model.Reward) (files map[id.ID][]id.ID, photos map[id.ID][]Picture, err error) {
	ids := make([]id.ID, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	if files, err = model.FilesOf(ctx, s.d.DB, ids); err != nil {
		return nil, nil, err
	}
	var wanted []id.ID
	for _, r := range rows {
		wanted = append(wanted, files[r.ID]...)
	}
	links, err := s.d.Links.Links(ctx, s.d.DB, wanted)
	if err != nil {
		return nil, nil, err
	}
	photos = make(map[id.ID][]Picture, len(rows))
	for _, r := range rows {
		for _, f := range files[r.ID] {
			if p, ok := links[f]; ok {
				photos[r.ID] = append(photos[r.ID], p)
			}
		}
	}
	return files, photos, nil
}
