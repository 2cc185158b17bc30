package card

import (
	"encoding/json"
	"strings"
	"time"

	"guike/api/contract"
	"guike/internal/etag"
	"guike/model/ledger"
	"guike/model/membership/level"
	"guike/service/membership/card"
)

// NextLevel is the step above.
type NextLevel struct {
	Key     string `json:"key" doc:"The stable word for it." example:"gold"`
	Name    string `json:"name" doc:"What people call it." example:"金卡"`
	NameEN  string `json:"name_en" doc:"The same in English." example:"Gold"`
	From    int64  `json:"from" doc:"From which growth value on it is given." example:"50000"`
	Missing int64  `json:"missing" doc:"How much of it is missing." example:"12800"`
}

// Lack is what is missing of one measure.
type Lack struct {
	Of      string `json:"of" enum:"growth,annual_spend_fen,points_earned_12m" doc:"The measure." example:"growth"`
	Missing int64  `json:"missing" doc:"How much more of it is asked for." example:"12800"`
}

// Progress is how far a member has come.
type Progress struct {
	Growth        int64      `json:"growth" doc:"The growth value: the weighted sum of the three parts over the last twelve months." example:"37200"`
	Spend         int64      `json:"spend" doc:"Growth from what was bought." example:"36000"`
	Participation int64      `json:"participation" doc:"Growth from taking part." example:"700"`
	Contribution  int64      `json:"contribution" doc:"Growth from friends, reviews and ideas." example:"500"`
	Next          *NextLevel `json:"next" doc:"The next level; null on the highest."`
	Missing       int64      `json:"missing" doc:"How much growth value is missing to the next level; 0 on the highest." example:"12800"`
	Lacks         []Lack     `json:"lacks,omitempty" nullable:"false" doc:"What is missing to a next level that asks for more than growth, by measure; the sentence says whether any or all of it is asked for."`
	ToKeep        int64      `json:"to_keep,omitempty" doc:"How much is missing to keep a level that growth no longer gives, before kept_until." example:"0"`
	Percent       int        `json:"percent" minimum:"0" maximum:"100" doc:"Of the way from this level to the next, rounded down; 100 on the highest alone." example:"74"`
	Text          string     `json:"text" doc:"The same in a sentence." example:"再获得 12800 成长值即可升级为“金卡”。"`
	TextEN        string     `json:"text_en" doc:"The same in English." example:"12800 more growth value to Gold."`
}

// Card is the member card.
type Card struct {
	No        string    `json:"no" doc:"The number: 16 digits, the last a check digit (Luhn)." example:"6012345678901238"`
	NoGrouped string    `json:"no_grouped" doc:"The same in groups of four, for reading." example:"6012 3456 7890 1238"`
	Since     time.Time `json:"since" doc:"Since when its holder is a member." example:"2025-11-23T01:30:00.000Z"`
	Level     *Level    `json:"level" doc:"The level; null below the first step."`
	Titles    []Title   `json:"titles" nullable:"false" doc:"The titles that are held, in the order in which people read them."`
	Points    Value     `json:"points" doc:"Points."`
	FundFen   Value     `json:"fund_fen" doc:"Home fund, in cents."`
	Benefits  []Benefit `json:"benefits" nullable:"false" doc:"What the level gives, then what the titles give."`
	Progress  *Progress `json:"progress" doc:"How far it is to the next level; null while the company has no levels."`
	Adviser   *Adviser  `json:"adviser" doc:"The member's own adviser; null without one."`
}

// viewCard shows a card, with a tag that changes whenever any of it does.
func viewCard(c card.Card) (v Card, tag string, err error) {
	v = Card{
		No: c.Member.CardNo, NoGrouped: grouped(c.Member.CardNo), Since: contract.Instant(c.Member.JoinedAt), Level: viewLevel(c.Standing),
		Titles: viewTitles(c.Titles), Points: viewBalance(ledger.Points, c.Points), FundFen: viewBalance(ledger.Fund, c.Fund),
		Benefits: viewBenefits(c.Standing, func(level.BenefitKind) bool { return true }), Progress: viewProgress(c), Adviser: viewAdviser(c.Adviser),
	}
	text, err := json.Marshal(v)
	return v, etag.Of(string(text)), err
}

func viewProgress(c card.Card) *Progress {
	if c.Progress == nil {
		return nil
	}
	v := &Progress{
		Growth: c.Growth, Spend: c.Parts.Spend, Participation: c.Parts.Participation, Contribution: c.Parts.Contribution, Missing: c.Missing(),
		ToKeep: c.Progress.ToKeep, Percent: c.Progress.Percent, Text: c.Progress.TextZH, TextEN: c.Progress.TextEN,
	}
	if n := c.Next; n != nil {
		for _, l := range c.Lacks {
			if n.By != level.ByGrowth {
				v.Lacks = append(v.Lacks, Lack{l.Of, l.Missing()})
			}
		}
		v.Next = &NextLevel{n.Key, n.NameZH, n.NameEN, n.From, c.Missing()}
	}
	return v
}

// grouped writes a number as it stands on cards: four digits, a space.
func grouped(no string) string {
	var b strings.Builder
	for i, c := range []byte(no) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(c)
	}
	return b.String()
}
