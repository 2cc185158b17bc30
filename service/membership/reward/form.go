package reward

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	model "guike/model/membership/reward"
)

const (
	// MaxQuantity is how many of a reward one redemption takes at most.
	MaxQuantity = 100

	maxPrice, maxWorthFen  = 100_000_000, 1_000_000_000
	maxStock, maxLimit     = 1_000_000_000, 1000
	maxDays                = 1095
	maxTitleZH, maxTitleEN = 60, 120
	maxTextZH, maxTextEN   = 1000, 2000
	maxReason              = 200
	maxKeys, maxPhotos     = 10, 9
)

// Form is what staff write of a reward; see model.Reward. Stock counts when the reward is new only.
type Form struct {
	Kind                model.Kind
	TitleZH, TitleEN    string
	TextZH, TextEN      string
	Price, WorthFen     int64
	Stock               *int64
	LimitCount          int64
	LimitPer            model.Per
	Levels, Titles      []string
	EarlyLevels         []string
	EarlyAt             *time.Time
	OpensAt, ClosesAt   *time.Time
	UseDays, CancelDays int
	PointsBack          bool
	FileIDs             []id.ID
}

var keyForm = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// check trims the texts and refuses the first field that breaks a rule. Errors: input.invalid.
func (f *Form) check() error {
	for _, t := range []struct {
		at          string
		text        *string
		least, most int
	}{
		{"title", &f.TitleZH, 1, maxTitleZH},
		{"title_en", &f.TitleEN, 1, maxTitleEN},
		{"text", &f.TextZH, 0, maxTextZH},
		{"text_en", &f.TextEN, 0, maxTextEN},
	} {
		if err := wording.CheckText("body."+t.at, t.text, t.least, t.most); err != nil {
			return err
		}
	}
	for _, n := range []struct {
		at              string
		n, least, limit int64
	}{
		{"price", f.Price, 1, maxPrice},
		{"worth_fen", f.WorthFen, 0, maxWorthFen},
		{"limit_count", f.LimitCount, 0, maxLimit},
		{"use_days", int64(f.UseDays), 1, maxDays},
		{"cancel_days", int64(f.CancelDays), 0, maxDays},
		{"stock", f.stock(), 0, maxStock},
	} {
		if n.n < n.least || n.n > n.limit {
			return fault.Broken("body."+n.at, "out_of_range", fmt.Sprintf("须在 %d 到 %d 之间。", n.least, n.limit), fmt.Sprintf("It lies between %d and %d.", n.least, n.limit))
		}
	}
	if err := f.checkWords(); err != nil {
		return err
	}
	return f.checkTimes()
}

func (f *Form) stock() int64 {
	if f.Stock == nil {
		return 0
	}
	return *f.Stock
}

func (f *Form) checkWords() error {
	switch {
	case !slices.Contains(model.Kinds(), f.Kind):
		return fault.Broken("body.kind", "unknown", "没有这种礼品类型。", "There is no such kind of reward.")
	case (f.Kind == model.Coupon) != (f.WorthFen > 0):
		return fault.Broken("body.worth_fen", "coupon_only", "优惠券须写明面值,其他类型不写。", "A coupon is worth an amount; other kinds are not.")
	case !slices.Contains([]model.Per{model.NoLimit, model.Ever, model.Month}, f.LimitPer):
		return fault.Broken("body.limit_per", "unknown", "限兑周期须为 ever 或 month。", "The span of the limit is ever or month.")
	case (f.LimitPer == model.NoLimit) != (f.LimitCount == 0):
		return fault.Broken("body.limit_per", "incomplete", "每人限兑须同时写明数量和周期。", "A limit needs both its number and its span.")
	}
	for at, keys := range map[string][]string{"levels": f.Levels, "titles": f.Titles, "early_levels": f.EarlyLevels} {
		if len(keys) > maxKeys {
			return fault.Broken("body."+at, "too_many", fmt.Sprintf("最多 %d 项。", maxKeys), fmt.Sprintf("There are at most %d.", maxKeys))
		}
		for i, k := range keys {
			if !keyForm.MatchString(k) || slices.Contains(keys[:i], k) {
				return fault.Broken(fmt.Sprintf("body.%s[%d]", at, i), "malformed", "须为不重复的等级或称号标识。", "Keys of levels or titles, each once.")
			}
		}
	}
	return checkPhotos(f.FileIDs)
}

func (f *Form) checkTimes() error {
	for at, t := range map[string]*time.Time{"early_at": f.EarlyAt, "opens_at": f.OpensAt, "closes_at": f.ClosesAt} {
		if t == nil {
			continue
		}
		if !clock.Keepable(*t) {
			return fault.Broken("body."+at, "out_of_range", "时间须在 1900 到 2200 年之间。", "The instant lies between the years 1900 and 2200.")
		}
		*t = clock.Cut(*t)
	}
	switch {
	case f.OpensAt != nil && f.ClosesAt != nil && !f.OpensAt.Before(*f.ClosesAt):
		return fault.Broken("body.closes_at", "order", "结束时间须晚于开始时间。", "It ends after it begins.")
	case (f.EarlyAt == nil) != (len(f.EarlyLevels) == 0):
		return fault.Broken("body.early_at", "incomplete", "提前兑换须同时写明时间和等级。", "Early access needs both its instant and its levels.")
	case f.EarlyAt != nil && (f.OpensAt == nil || !f.EarlyAt.Before(*f.OpensAt)):
		return fault.Broken("body.early_at", "order", "提前兑换须早于开始时间。", "Early access comes before the beginning.")
	}
	return nil
}

func checkPhotos(files []id.ID) error {
	if len(files) > maxPhotos {
		return fault.Broken("body.file_ids", "too_many", fmt.Sprintf("照片最多 %d 张。", maxPhotos), fmt.Sprintf("There are at most %d photos.", maxPhotos))
	}
	for i, f := range files {
		if slices.Contains(files[:i], f) {
			return fault.Broken(fmt.Sprintf("body.file_ids[%d]", i), "repeated", "同一文件只能出现一次。", "A file appears once.")
		}
	}
	return nil
}

// fill writes the form into a reward, all but its stock.
func (f *Form) fill(r *model.Reward) {
	r.Kind, r.TitleZH, r.TitleEN, r.TextZH, r.TextEN = f.Kind, f.TitleZH, f.TitleEN, f.TextZH, f.TextEN
	r.Price, r.WorthFen, r.LimitCount, r.LimitPer = f.Price, f.WorthFen, f.LimitCount, f.LimitPer
	r.Levels, r.Titles, r.EarlyLevels = strings.Join(f.Levels, ","), strings.Join(f.Titles, ","), strings.Join(f.EarlyLevels, ",")
	r.EarlyAt, r.OpensAt, r.ClosesAt = f.EarlyAt, f.OpensAt, f.ClosesAt
	r.UseDays, r.CancelDays, r.PointsBack = f.UseDays, f.CancelDays, f.PointsBack
}
