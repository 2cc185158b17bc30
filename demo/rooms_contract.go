package demo

import (
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/handover"
	"guike/model/project/material"
	siteplan "guike/model/project/plan"
)

// agree is the day of the signing: promises, the specification, the payment plan.
func (l *life) agree(day clock.Day) {
	sales := l.colleague(actor.Sales)
	for i, p := range promisesOf[l.p.Kind] {
		at := l.at(day, 10, 10*i+l.r.IntN(9))
		m := &handover.Promise{
			ProjectID: l.p.ID, ID: l.r.id(at), Text: p.text, Category: p.category, State: handover.PromiseOpen,
			MadeBy: sales.ID, MadeName: sales.Name, MadeRole: sales.Role, Version: 1, CreatedAt: at, UpdatedAt: at,
		}
		l.promises = append(l.promises, m)
		l.put(m)
		l.say(at, sales, line{Entry: project.Entry{
			Kind: handover.EntryPromiseMade, TitleZH: "新增承诺", TitleEN: "A promise was made", Body: m.Text, RefID: m.ID,
		}})
	}
	at := l.at(day, 14, l.r.IntN(30))
	l.put(&material.Specification{ProjectID: l.p.ID, Revision: 1, UpdatedAt: at, UpdatedBy: sales.ID})
	for i, s := range specified[l.p.Kind] {
		l.put(&material.Line{ProjectID: l.p.ID, Revision: 1, Seq: i + 1, Place: s.place, MaterialID: l.c.catalogue[s.material].ID, Quantity: s.quantity})
	}
	l.touch(at)
	l.layPayments(l.at(day, 14, 40+l.r.IntN(15)))
	if d := l.cue.deferred; d.name != "" {
		l.postpone(l.at(day, 15, l.r.IntN(30)), d)
	}
}

// layPayments splits the contract amount into instalments; the last one takes what cannot be divided.
func (l *life) layPayments(at time.Time) {
	left := l.p.ContractAmountFen
	shares := instalmentsOf[l.p.Kind]
	for i, s := range shares {
		fen := l.p.ContractAmountFen * int64(s.percent) / 100 / 100_00 * 100_00
		if i == len(shares)-1 {
			fen = left
		}
		left -= fen
		l.instalments = append(l.instalments, budget.Instalment{Name: s.name, AmountFen: fen, DueStage: s.stage})
	}
	l.say(at, l.colleague(actor.Sales), line{Entry: project.Entry{
		Kind: budget.EntryPlan, TitleZH: "付款计划已更新", TitleEN: "Payment plan updated", StageKey: l.p.CurrentStage, RefID: l.p.ID,
	}})
}

// postpone splits a part off that is made later (K2).
func (l *life) postpone(at time.Time, d deferral) {
	sales := l.colleague(actor.Sales)
	ph := &siteplan.Phase{
		ProjectID: l.p.ID, ID: l.r.id(at), Name: d.name, AmountFen: d.fen, State: siteplan.PhaseDeferred, DeferredUntil: l.c.today().Plus(d.days),
		Version: 1, CreatedBy: sales.ID, CreatedAt: at, UpdatedAt: at,
	}
	l.put(ph)
	l.say(at, sales, line{loud: true, Entry: project.Entry{
		Kind: siteplan.EntryPhase, TitleZH: fmt.Sprintf("分期“%s”延后至 %s", ph.Name, ph.DeferredUntil), RefID: ph.ID,
		TitleEN: fmt.Sprintf("Phase %q: deferred until %s", ph.Name, ph.DeferredUntil),
	}})
}

// freeze follows the completion of the stage sign: nothing is built in but what was agreed (D4).
func (l *life) freeze(stage int) {
	if l.items[stage].Key != "sign" {
		return
	}
	at := l.soon()
	spec := kept[material.Specification](&l.shelf)[0]
	spec.FrozenAt = &at
	l.say(at, l.author(stage), line{Entry: project.Entry{
		Kind: material.EntrySpecified, TitleZH: "材料规格已锁定", TitleEN: "Specification frozen", StageKey: "sign",
		Body: fmt.Sprintf("共 %d 项材料,安装时逐批核对。", len(specified[l.p.Kind])),
	}})
}

// soon is some seconds after the latest event.
func (l *life) soon() time.Time {
	l.last = clock.Cut(l.last.Add(time.Duration(l.r.between(2, 90)) * time.Second))
	return l.last
}

// pay records the instalments that fall due with a stage.
func (l *life) pay(day clock.Day, stage int) {
	for i, it := range l.instalments {
		if it.DueStage != l.items[stage].Key || l.paid[it.Name] {
			continue
		}
		kind := budget.Stage
		switch {
		case !it.OrderID.IsZero():
			kind = budget.Change
		case i == 0:
			kind = budget.Deposit
		case l.items[stage].Key == "acceptance":
			kind = budget.Final
		}
		l.paid[it.Name] = true
		l.paidFen += it.AmountFen
		l.record(l.at(day, 19, 20+l.r.IntN(30)), kind, it)
	}
}

func (l *life) record(at time.Time, kind budget.Kind, it budget.Instalment) {
	sales := l.colleague(actor.Sales)
	no := fmt.Sprintf("PAY%s%d", l.p.No, len(l.paid))
	m := &budget.Payment{
		ProjectID: l.p.ID, ID: l.r.id(at), AmountFen: it.AmountFen, Kind: kind, PaidAt: clock.Cut(at.Add(-time.Duration(l.r.between(3, 40)) * time.Minute)),
		ExternalNo: &no, Method: pick(l.r, payMethods), Note: it.Name, AuthorID: sales.ID, AuthorName: sales.Name, AuthorRole: sales.Role,
		Version: 1, CreatedAt: at,
	}
	name := paymentNames[kind]
	m.EntryID = l.say(at, sales, line{loud: true, Entry: project.Entry{
		Kind: budget.EntryPayment, TitleZH: "已登记收款:" + name[0], TitleEN: "Payment recorded: " + name[1], StageKey: l.p.CurrentStage, RefID: m.ID,
	}})
	l.put(m)
}

// change lets the change orders of the story run their course, an act a day (D3).
func (l *life) change(day clock.Day, stage, n int, s span) {
	for _, c := range l.cue.changes {
		if c.stage != l.items[stage].Key {
			continue
		}
		first := 0 // the day on which it is asked for
		if stage == len(l.spans)-1 && !s.done {
			first = max(0, s.days-c.acts())
		}
		switch n - first {
		case 0:
			l.ask(l.at(day, 13, l.r.IntN(50)), c)
		case 1:
			if c.end != changeAsked {
				l.quote(l.at(day, 14, l.r.IntN(50)), c)
			}
		case 2:
			if c.end == changeApproved || c.end == changeRefused {
				l.answer(l.at(day, 15, l.r.IntN(50)), c)
			}
		}
	}
}

func (l *life) ask(at time.Time, c alteration) {
	o := &budget.Order{
		ProjectID: l.p.ID, ID: l.r.id(at), Title: c.title, Text: c.text, AskedKind: actor.Customer, AskedBy: l.owner, State: budget.Asked,
		Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	l.orders[c.title] = o
	l.put(o)
	l.say(at, l.party(), line{Entry: project.Entry{
		Kind: budget.EntryAsked, TitleZH: "变更申请:" + o.Title, TitleEN: "Change asked for: " + o.Title, StageKey: l.p.CurrentStage, RefID: o.ID,
	}})
	if c.end == changeAsked {
		manager := l.manager()
		l.owe(at, debt{kind: "change_order_asked", cause: "change_order:" + o.ID.String() + ":asked", reason: "客户申请变更:" + o.Title, owner: manager})
	}
}

func (l *life) quote(at time.Time, c alteration) {
	o, by := l.orders[c.title], l.manager()
	until := clock.Cut(at.Add(7 * 24 * time.Hour))
	o.State, o.Offer, o.Days, o.StageKey, o.ValidUntil, o.QuotedBy, o.UpdatedAt = budget.Quoted, 1, c.days, l.p.CurrentStage, &until, by.ID, at
	o.Version++
	for i, part := range c.lines {
		o.AmountFen += part.fen
		l.put(&budget.Line{ProjectID: l.p.ID, OrderID: o.ID, Offer: 1, Seq: i, Text: part.text, AmountFen: part.fen})
	}
	expires, remind := until.UnixMilli(), until.Add(-24*time.Hour).UnixMilli()
	o.ExpiresAt, o.RemindAt = &expires, &remind
	l.put(&budget.Offer{
		ProjectID: l.p.ID, OrderID: o.ID, Offer: 1, AmountFen: o.AmountFen, Days: o.Days, StageKey: o.StageKey, ValidUntil: until,
		AuthorID: by.ID, AuthorName: by.Name, AuthorRole: by.Role, At: at,
	})
	l.say(at, by, line{loud: true, Entry: project.Entry{
		Kind: budget.EntryQuoted, TitleZH: "变更报价待确认:" + o.Title, TitleEN: "A change waits for your decision: " + o.Title,
		Body: "请在 " + until.In(l.c.zone).Format("2006-01-02 15:04") + " 前确认。", StageKey: o.StageKey, RefID: o.ID,
	}})
}

// answer is the customer's decision about an offer; an approval moves contract, payments and plan.
func (l *life) answer(at time.Time, c alteration) {
	o := l.orders[c.title]
	news := line{Entry: project.Entry{
		Kind: budget.EntryRefused, TitleZH: "变更已拒绝:" + o.Title, TitleEN: "Change refused: " + o.Title, StageKey: o.StageKey, RefID: o.ID,
	}}
	o.State = budget.Refused
	if c.end == changeApproved {
		o.State, news.loud, news.Kind = budget.Approved, true, budget.EntryApproved
		news.TitleZH, news.TitleEN = "变更已确认:"+o.Title, "Change approved: "+o.Title
		l.effect(at, o)
	}
	o.DecidedAt, o.DecidedBy, o.Word, o.ExpiresAt, o.RemindAt, o.UpdatedAt = &at, l.owner, c.word, nil, nil, at
	o.Version++
	l.say(at, l.party(), news)
}

func (l *life) effect(at time.Time, o *budget.Order) {
	l.p.ContractAmountFen += o.AmountFen
	l.changesFen += o.AmountFen
	after := l.p.ContractAmountFen
	o.ContractFen = &after
	l.touch(at)
	added := budget.Instalment{Name: "变更:" + o.Title, AmountFen: o.AmountFen, DueStage: o.StageKey, OrderID: o.ID}
	later := slices.IndexFunc(l.instalments, func(it budget.Instalment) bool { return l.stageAt(it.DueStage) > l.stageAt(added.DueStage) })
	l.instalments = slices.Insert(l.instalments, later, added) // staff have laid the plan out anew, by what falls due first
	if o.Days == 0 {
		return
	}
	before := l.p.PlannedEnd
	o.ShiftedDays = l.shift(at, o.StageKey, o.Days)
	l.put(&siteplan.Change{
		ProjectID: l.p.ID, ID: l.r.id(at), Kind: "change_order", OldEnd: before, NewEnd: l.p.PlannedEnd, Reason: "变更:" + o.Title, ByID: l.owner, At: at,
	})
}

// shift moves the plan from the end of a stage on.
func (l *life) shift(at time.Time, stage string, days int) int {
	moved, changed := project.Shift(l.stages, stage, days, l.c.calendar.Off)
	keys := map[string]bool{}
	for _, s := range changed {
		keys[s.Key] = true
	}
	for i := range l.stages {
		if keys[l.stages[i].Key] {
			l.stages[i].Version++
		}
	}
	l.p.PlannedEnd = project.PlannedEnd(l.stages, l.p.PlannedEnd)
	l.derive(at)
	return moved
}
