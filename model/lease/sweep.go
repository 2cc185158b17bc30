package lease

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// sweepBatch is how many rows one look finds at most.
const sweepBatch = 100

// Sweep works every row whose time has come, each in a transaction of its own, until find finds none but those
// that cannot be worked: these hold up no other, and their errors are returned in the end. work looks under
// its lock whether a rival was quicker, so that any number of instances may sweep; what it did is found no
// more. what names a row in errors. While the store is away it stops.
func Sweep(ctx context.Context, d *db.DB, what string, find func(context.Context, db.Reader, time.Time, int) ([]id.ID, error), work func(context.Context, *db.Tx, id.ID) error) error {
	var stuck []error
	for {
		ids, err := find(ctx, d, d.Now(), sweepBatch+len(stuck))
		if err != nil {
			return errors.Join(append(stuck, err)...)
		}
		stuck = nil
		for _, one := range ids {
			err := d.Tx(ctx, func(tx *db.Tx) error { return work(ctx, tx, one) })
			if fault.Code(err) == "store.unavailable" {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("%s %s: %w", what, one, err))
			}
		}
		if len(stuck) == len(ids) {
			return errors.Join(stuck...)
		}
	}
}
