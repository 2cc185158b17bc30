package demo

import (
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/model/project"
	"guike/model/project/handover"
)

// openSheet puts an acceptance sheet before the customer (C18).
func (l *life) openSheet(at time.Time, stage int) *handover.Whole {
	by, s := l.manager(), l.stages[stage]
	w := &handover.Whole{Acceptance: handover.Acceptance{
		ProjectID: l.p.ID, ID: l.r.id(at), StageKey: s.Key, Round: s.Reopened, ChecklistVersion: 1, Version: 1, State: handover.AcceptanceOpen,
		CreatedAt: at, UpdatedAt: at,
	}}
	w.Sheet = handover.Sheet{
		ProjectID: l.p.ID, AcceptanceID: w.ID, Version: 1, Note: "现场与业主逐项查看。", CareGiven: true, CareText: careWords,
		AuthorID: by.ID, AuthorName: by.Name, AuthorRole: by.Role, CreatedAt: at,
	}
	list := l.c.checklists[string(l.p.Kind)+"/"+s.Key]
	for i, it := range list {
		w.Items = append(w.Items, handover.Item{
			ProjectID: l.p.ID, AcceptanceID: w.ID, Version: 1, Seq: i + 1, Key: it.Key, Text: it.TextZH, TextEN: it.TextEN, Result: handover.ResultOK,
		})
	}
	if l.cue.defect && s.Asks(project.NeedSignOff) && len(w.Items) > 1 {
		w.Items[1].Result, w.Items[1].Note = handover.ResultDefect, "次卧飘窗上方有一处细裂纹,约 8 厘米。"
		l.owe(at, debt{
			kind: "acceptance_defect", cause: fmt.Sprintf("repair:%s:%s:1", w.ID, w.Items[1].Key), title: shortened("验收整改:"+w.Items[1].Text, 60),
			reason: w.Items[1].Note, owner: by,
		})
	}
	photos := l.c.album(l.r, s.Key, 2)
	for i, f := range photos {
		w.Photos = append(w.Photos, handover.ItemPhoto{ProjectID: l.p.ID, AcceptanceID: w.ID, Version: 1, ItemSeq: i + 1, FileID: f})
	}
	w.Sheet.ContentHash = w.Hash()
	l.put(&w.Acceptance, &w.Sheet)
	for i := range w.Items {
		l.put(&w.Items[i])
	}
	for i := range w.Photos {
		l.put(&w.Photos[i])
	}
	body := fmt.Sprintf("共 %d 项", len(w.Items))
	if n := len(w.Defects()); n > 0 {
		body += fmt.Sprintf(",其中 %d 项有待整改", n)
	}
	l.say(at, by, line{loud: true, photos: photos, Entry: project.Entry{
		Kind: handover.EntryAcceptanceOpened, TitleZH: "请验收:" + s.NameZH, TitleEN: "Please accept: " + s.NameEN, Body: body, RefID: w.ID, StageKey: s.Key,
	}})
	l.sheet = w
	return w
}

// sign is the evening on which a stage with a checklist ends: the customer signs, and before the
// hand-over the promises are settled (B7, C18). A stage that was made again is signed again.
func (l *life) sign(day clock.Day, stage int) {
	s := l.stages[stage]
	if len(l.c.checklists[string(l.p.Kind)+"/"+s.Key]) == 0 {
		return
	}
	if l.sheet == nil || l.sheet.StageKey != s.Key || l.sheet.Round != s.Reopened {
		l.openSheet(l.at(day, 18, 35), stage)
	}
	at, w := l.at(day, 18, 40+l.r.IntN(5)), l.sheet
	w.State, w.UpdatedAt = handover.AcceptanceSigned, at
	l.signatures = append(l.signatures, &handover.Decision{
		ProjectID: l.p.ID, AcceptanceID: w.ID, Version: 1, Verdict: handover.AcceptanceSigned, Method: handover.MethodApp, CustomerID: l.owner,
		ContentHash: w.Sheet.ContentHash, DecidedAt: at,
	})
	l.say(at, l.party(), line{Entry: project.Entry{
		Kind: handover.EntryAcceptanceSigned, TitleZH: "验收已签字:" + s.NameZH, TitleEN: "Accepted: " + s.NameEN, RefID: w.ID, StageKey: s.Key,
	}})
	if s.Asks(project.NeedSignOff) {
		l.settlePromises(day)
	}
}

func (l *life) settlePromises(day clock.Day) {
	by := l.manager()
	for i, m := range l.promises {
		at := l.at(day, 18, 45+i)
		state, zh, en, word := handover.PromiseKept, "承诺已兑现", "A promise was kept", "已按签约时的承诺做到。"
		if l.cue.broken && i == len(l.promises)-1 {
			state, zh, en, word = handover.PromiseBroken, "承诺未兑现", "A promise was not kept", "赠品缺货,已改送同价位的净水滤芯,并向业主致歉。"
		}
		m.State, m.Word, m.SettledBy, m.SettledName, m.SettledAt, m.UpdatedAt = state, word, by.ID, by.Name, &at, at
		m.Version++
		l.say(at, by, line{loud: true, Entry: project.Entry{
			Kind: handover.EntryPromiseSettled, TitleZH: zh, TitleEN: en, Body: m.Text + "\n" + word, RefID: m.ID, StageKey: m.DueStage,
		}})
	}
}

// sealSignatures writes the signer's name under what was signed, sealed as everything that names people.
func (l *life) sealSignatures(name string) error {
	for _, d := range l.signatures {
		sealed, err := l.c.box.Seal(handover.SignerNameField, name)
		if err != nil {
			return fmt.Errorf("seal %s: %w", handover.SignerNameField, err)
		}
		d.NameEnc = sealed
		l.put(d)
	}
	return nil
}

// watch sets a camera on the site, and leaves a note there for whoever comes to work.
func (l *life) watch(at time.Time, title string) {
	by := l.manager()
	c := &handover.Camera{
		ProjectID: l.p.ID, ID: l.r.id(at), Title: title, URL: "https://live.guike-demo.example/" + l.p.No + "/index.m3u8", StageKey: l.p.CurrentStage,
		OpensAt: at, ClosesAt: clock.Cut(l.c.base.AddDate(0, 0, 5)), CreatedBy: by.ID, Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	l.put(c)
	const form = "1月2日 15:04"
	l.say(at, by, line{loud: true, Entry: project.Entry{
		Kind: handover.EntryCameraSet, TitleZH: "工地直播:" + title, TitleEN: "Live from the site: " + title, RefID: c.ID, StageKey: c.StageKey,
		Body: c.OpensAt.In(l.c.zone).Format(form) + " 至 " + c.ClosesAt.In(l.c.zone).Format(form) + " 可在项目页观看。",
	}})
	n := &handover.SiteNote{
		ProjectID: l.p.ID, ID: l.r.id(at), Text: siteNote, StageKey: l.p.CurrentStage, AuthorID: by.ID, AuthorName: by.Name, AuthorRole: by.Role, CreatedAt: l.soon(),
	}
	l.put(n)
	l.say(n.CreatedAt, by, line{private: true, Entry: project.Entry{
		Kind: handover.EntrySiteNote, TitleZH: "现场备注", TitleEN: "Site note", Body: n.Text, RefID: n.ID, StageKey: n.StageKey,
	}})
}
