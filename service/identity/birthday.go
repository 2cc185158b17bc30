package identity

import (
	"time"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/model/identity"
)

// birthdayKept is for how many days a customer keeps a birthday that they changed. Presents and points hang on
// the day (G6, L4), so that one which moves as often as somebody pays would be worth money.
const birthdayKept = 365

func faultBirthdayKept(from clock.Day) *fault.Fault {
	zh := "生日每 365 天只能修改一次," + string(from) + " 起可再次修改。"
	en := "A birthday can be changed once in 365 days, and again from " + string(from) + " on."
	return fault.New(fault.Conflict, "birthday.changed_lately", zh, en).At("body.birthday", "changed_lately", zh, en)
}

// birthdayFrom is the first day on which the customer may change the birthday again; empty when they may now.
func (s *Customers) birthdayFrom(c identity.Customer, now time.Time) clock.Day {
	if c.BirthdayChangedAt == nil {
		return ""
	}
	from := clock.DayOf(*c.BirthdayChangedAt, s.zone).Plus(birthdayKept)
	if clock.DayOf(now, s.zone) >= from {
		return ""
	}
	return from
}

// changeBirthday checks a change of a locked customer's birthday by themselves and has its instant kept. What
// is said first is free, what stands already is no change. It can be taken away at any time, since it is theirs;
// that counts as a change, so that the next one is none that is said first.
func (s *Customers) changeBirthday(c identity.Customer, now time.Time, columns map[string]any) error {
	day, said := columns["birthday"].(clock.Day)
	switch {
	case !said:
		return nil
	case day == c.Birthday:
		delete(columns, "birthday")
		return nil
	case c.Birthday.IsZero() && c.BirthdayChangedAt == nil:
		return nil
	}
	if from := s.birthdayFrom(c, now); from != "" {
		if day.IsZero() {
			return nil
		}
		return faultBirthdayKept(from)
	}
	columns["birthday_changed_at"] = now
	return nil
}

// pastDay checks a day that cannot lie ahead; no day is fine.
func pastDay(location string, day, today clock.Day) error {
	if day.IsZero() {
		return nil
	}
	if _, err := clock.ParseDay(string(day)); err != nil {
		return fault.Broken(location, "day", "日期无效,格式为 YYYY-MM-DD。", "This is no calendar day; write YYYY-MM-DD.")
	}
	if day > today {
		return fault.Broken(location, "future", "日期不能晚于今天。", "The day lies in the future.")
	}
	return nil
}
