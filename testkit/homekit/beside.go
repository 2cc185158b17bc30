package homekit

import (
	"context"
	"slices"
	"strings"
	"sync"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/service/project"
)

// Tape keeps what open apps were told.
type Tape struct {
	mu   sync.Mutex
	said []string
}

// Publish keeps a message with its channel in front.
func (l *Tape) Publish(_ context.Context, channel string, payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, channel+" "+string(payload))
}

// Heard counts the messages that hold the part.
func (l *Tape) Heard(part string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.said {
		if strings.Contains(s, part) {
			n++
		}
	}
	return n
}

// Cupboard stands for the files of the house: it remembers what is attached to which row, and shows all
// files but those withdrawn.
type Cupboard struct {
	mu        sync.Mutex
	attached  map[id.ID]id.ID
	lost      map[id.ID]bool
	withdrawn map[id.ID]bool
	signature string
}

func newCupboard() *Cupboard {
	return &Cupboard{attached: map[id.ID]id.ID{}, lost: map[id.ID]bool{}, withdrawn: map[id.ID]bool{}}
}

// Lose makes a file one that is not there.
func (c *Cupboard) Lose(file id.ID) { c.lost[file] = true }

// Withdraw takes a file out of everybody's sight.
func (c *Cupboard) Withdraw(file id.ID) { c.withdrawn[file] = true }

// Sign makes the links of all files others, as time does.
func (c *Cupboard) Sign(signature string) { c.signature = signature }

// AttachedTo is the row that shows a file; none when none does.
func (c *Cupboard) AttachedTo(file id.ID) id.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.attached[file]
}

// AttachTx keeps the files as those of the row. Errors: file.not_found for a lost one.
func (c *Cupboard) AttachTx(_ context.Context, _ *db.Tx, _ actor.Actor, files []id.ID, _ string, ref id.ID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range files {
		if c.lost[f] {
			return fault.New(fault.NotFound, "file.not_found", "没有这个文件。", "No such file.").At("body.file_ids[0]", "not_found", "没有这个文件。", "no such file")
		}
		c.attached[f] = ref
	}
	return nil
}

// ReleaseTx frees the files of the row but those to keep.
func (c *Cupboard) ReleaseTx(_ context.Context, _ *db.Tx, _ string, ref id.ID, keep []id.ID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for f, r := range c.attached {
		if r == ref && !slices.Contains(keep, f) {
			delete(c.attached, f)
		}
	}
	return nil
}

// Links shows the files in one statement, as the real ones do.
func (c *Cupboard) Links(ctx context.Context, r db.Reader, files []id.ID) (map[id.ID]project.Picture, error) {
	var one int
	if err := r.Conn(ctx).Raw("SELECT 1").Scan(&one).Error; err != nil {
		return nil, err
	}
	signed := map[id.ID]project.Picture{}
	for _, f := range files {
		if !c.withdrawn[f] {
			signed[f] = project.Picture{URL: "/f/" + f.String() + c.signature, ThumbURL: "/t/" + f.String()}
		}
	}
	return signed, nil
}
