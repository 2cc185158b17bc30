package demo

import (
	"fmt"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/model/project"
	"guike/model/project/delivery"
	"guike/model/project/handover"
	"guike/model/project/material"
)

// deliver plans the batches of an order when its making begins, and lets them come in the stage for
// which they are meant (C15, C16).
func (l *life) deliver(day clock.Day, stage, n int, s span) {
	key := l.items[stage].Key
	if n == 0 && (key == "production" || key == "demolition") {
		for i, b := range consignments[l.p.Kind] {
			l.promise(l.at(day, 10, 10+10*i+l.r.IntN(9)), i, b)
		}
	}
	for i, b := range l.batches {
		c := consignments[l.p.Kind][i]
		if c.stage != key || b.State == delivery.Received {
			continue
		}
		switch {
		case n == 0:
			l.ship(l.at(day, 10, 20+l.r.IntN(20)), b, c.slow && (!s.done || s.days != 1))
			if b.State == delivery.Arrived {
				l.receive(l.at(day, 11, l.r.IntN(40)), b)
			}
		case n == 1 && b.State == delivery.Shipped:
			l.arrive(l.at(day, 10, l.r.IntN(40)), b)
			l.receive(l.at(day, 11, l.r.IntN(40)), b)
		}
	}
}

func (l *life) promise(at time.Time, number int, c consignment) {
	by := l.manager()
	on := l.awaited(c.stage, 2+number)
	b := &delivery.Batch{
		ProjectID: l.p.ID, ID: l.r.id(at), Seq: number + 1, Name: c.name, Priority: number + 1, State: delivery.Planned, HandState: delivery.Planned,
		PromisedOn: on, FirstPromisedOn: on, AlarmOn: on, CreatedAt: at, CreatedBy: by.ID, UpdatedAt: at, Version: 1,
	}
	l.batches = append(l.batches, b)
	l.put(b)
	words := make([]string, 0, len(c.items))
	for i, it := range c.items {
		l.put(&delivery.Item{ProjectID: l.p.ID, BatchID: b.ID, Seq: i + 1, Name: it.name, Quantity: it.quantity, Room: it.room})
		words = append(words, fmt.Sprintf("%s × %d", it.name, it.quantity))
	}
	l.say(at, by, line{Entry: project.Entry{
		Kind: delivery.EntryPlanned, RefID: b.ID, Body: strings.Join(words, "、"),
		TitleZH: batchTitle(b) + "预计 " + string(on) + " 送达", TitleEN: batchTitleEN(b) + " is promised for " + string(on),
	}})
}

func batchTitle(b *delivery.Batch) string { return fmt.Sprintf("第 %d 批“%s”", b.Seq, b.Name) }

func batchTitleEN(b *delivery.Batch) string {
	return fmt.Sprintf("Delivery %d “%s”", b.Seq, b.Name)
}

// ship registers the consignment of a batch. Slow ones are still on the road, the others are there.
func (l *life) ship(at time.Time, b *delivery.Batch, slow bool) {
	by := l.manager()
	sh := &delivery.Shipment{
		ProjectID: l.p.ID, ID: l.r.id(at), BatchID: b.ID, Carrier: pick(l.r, carriers), TrackingNo: fmt.Sprintf("DPK%010d", l.r.IntN(1e10)),
		State: delivery.Registered, PlacedAt: &at, PlacedBy: "staff:" + by.ID.String(), CreatedAt: at, CreatedBy: by.ID, UpdatedAt: at, Version: 1,
	}
	l.put(sh)
	l.carry(sh, clock.Cut(at.Add(-31*time.Hour)), at, delivery.PickedUp)
	l.carry(sh, clock.Cut(at.Add(-14*time.Hour)), at, delivery.InTransit)
	if !slow {
		l.carry(sh, clock.Cut(at.Add(-3*time.Hour)), at, delivery.OutForDelivery)
		l.carry(sh, clock.Cut(at.Add(-10*time.Minute)), at, delivery.Delivered)
	}
	l.settleBatch(at, b)
}

// arrive lets a batch that is on the road come.
func (l *life) arrive(at time.Time, b *delivery.Batch) {
	for _, sh := range kept[delivery.Shipment](&l.shelf) {
		if sh.BatchID == b.ID {
			l.carry(sh, clock.Cut(at.Add(-2*time.Hour)), at, delivery.OutForDelivery)
			l.carry(sh, clock.Cut(at.Add(-8*time.Minute)), at, delivery.Delivered)
			sh.UpdatedAt = at
			sh.Version++
		}
	}
	l.settleBatch(at, b)
}

func (l *life) carry(sh *delivery.Shipment, at, told time.Time, status delivery.CarrierStatus) {
	e := delivery.Event{
		ProjectID: l.p.ID, ShipmentID: sh.ID, ExternalID: fmt.Sprintf("%s-%d", sh.TrackingNo, sh.Events+1), At: at, Status: status,
		Place: l.crew.store.City, Body: carrierWords[status], ToldAt: told, ToldKind: actor.Staff, ToldBy: sh.CreatedBy,
	}
	sh.Take(e)
	l.put(&e)
}

// settleBatch derives where a batch stands and says so, once when it is on its way and once when it is
// there.
func (l *life) settleBatch(at time.Time, b *delivery.Batch) {
	var of []delivery.Shipment
	for _, sh := range kept[delivery.Shipment](&l.shelf) {
		if sh.BatchID == b.ID {
			of = append(of, *sh)
		}
	}
	b.Derive(of)
	b.UpdatedAt = at
	b.Version++
	zh, en, when := "已发货", " is on its way", b.ShippedAt
	b.ToldShipped = true
	if b.State == delivery.Arrived {
		b.ToldArrived = true
		zh, en, when = "已送达", " has arrived", b.ArrivedAt
	}
	l.say(at, l.manager(), line{loud: true, Entry: project.Entry{
		Kind: delivery.EntryDelivery, RefID: b.ID, TitleZH: batchTitle(b) + zh, TitleEN: batchTitleEN(b) + en,
		Body: when.In(l.c.zone).Format("2006-01-02 15:04 ") + zh + ",承诺日期 " + string(b.PromisedOn) + "。",
	}})
}

func (l *life) receive(at time.Time, b *delivery.Batch) {
	by := l.manager()
	b.State, b.AlarmOn, b.ReceivedAt, b.ReceivedKind, b.ReceivedBy, b.ReceivedNote, b.UpdatedAt = delivery.Received, "", &at, actor.Staff, by.ID, "与业主逐件点验,外观无破损。", at
	b.Version++
	photos := l.c.album(l.r, "delivery", 2)
	for i, f := range photos {
		l.put(&delivery.Photo{ProjectID: l.p.ID, BatchID: b.ID, Seq: i, FileID: f})
	}
	l.say(at, by, line{loud: true, photos: photos, Entry: project.Entry{
		Kind: delivery.EntryReceived, RefID: b.ID, TitleZH: batchTitle(b) + "已签收", TitleEN: batchTitleEN(b) + " was received", Body: b.ReceivedNote,
	}})
}

// install records what of the specification is built in during a stage, on its second day (D1, D4), and
// lets the installer scan the order's code on the first.
func (l *life) install(day clock.Day, stage, n int, s span) {
	key := l.items[stage].Key
	if key == "installation" && n == 0 {
		l.scan(day)
	}
	if n != min(1, s.days-1) {
		return
	}
	for i, agreed := range specified[l.p.Kind] {
		if agreed.stage == key {
			l.builtIn(l.at(day, 13, 50+l.r.IntN(8)+i), agreed.material, agreed.place, agreed.quantity, true)
		}
	}
}

func (l *life) builtIn(at time.Time, number int, place string, quantity int64, matches bool) *material.Install {
	by, m := l.manager(), l.c.catalogue[number]
	b := l.c.batches[number][l.r.IntN(len(l.c.batches[number]))]
	in := &material.Install{
		ProjectID: l.p.ID, ID: l.r.id(at), BatchID: b.ID, MaterialID: m.ID, Place: place, Quantity: quantity, InstalledOn: clock.DayOf(at, l.c.zone),
		Matches: matches, ByID: by.ID, ByName: by.Name, CreatedAt: at, Version: 1,
	}
	l.put(in)
	l.say(at, by, line{Entry: project.Entry{
		Kind: material.EntryInstalled, TitleZH: "已安装:" + m.Brand + " " + m.Name, TitleEN: "Installed: " + m.Brand + " " + m.Name,
		Body: place + " · 批次 " + b.BatchNo, StageKey: l.p.CurrentStage, RefID: in.ID,
	}})
	return in
}

// installWrongly records, just before the demo begins, something that was not agreed; the alarm that
// this gives is for the visitor to take.
func (l *life) installWrongly() {
	at := l.c.before(25)
	if !at.After(l.last) {
		at = l.soon()
	}
	l.last = at
	in := l.builtIn(at, wrongMaterial, "书房", 12, false)
	m := l.c.catalogue[wrongMaterial]
	l.alarm(at, alarm{
		kind: "material_mismatch", cause: "mismatch:" + in.ID.String(), level: 2, title: l.c.policies["material_mismatch"].Title,
		reason: "项目 " + l.p.No + " 的" + in.Place + "安装了规格以外的材料:" + m.Brand + " " + m.Name + " " + m.Grade,
	})
}

// scan is the installer's look at the order on site: drawings, notes, care points (C13).
func (l *life) scan(day clock.Day) {
	at, by := l.at(day, 9, 40+l.r.IntN(15)), l.colleague(actor.Installer)
	l.put(&handover.Scan{ProjectID: l.p.ID, ID: l.r.id(at), At: at, StaffID: by.ID, StaffName: by.Name, StaffRole: by.Role, Device: "guike-staff/1.4 android"})
}
