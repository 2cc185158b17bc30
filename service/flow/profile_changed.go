package flow

import (
	"context"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/service/identity"
)

// Releaser unbinds every file of a row but those to keep, so that the sweep removes them.
type Releaser func(ctx context.Context, tx *db.Tx, kind string, ref id.ID, keep []id.ID) error

// avatar is the kind under which a customer's picture is bound to the customer.
const avatar = "avatar"

// ProfileChanged changes the profile of the customer who asks, makes a new avatar theirs and lets go of
// the former one. Errors: input.invalid, profile.changed, and those of the file.
func (f *Flow) ProfileChanged(ctx context.Context, who actor.Actor, in identity.ProfileChange) error {
	if who.Kind != actor.Customer {
		return fault.Missing()
	}
	return f.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := f.d.Customers.ChangeProfileTx(ctx, tx, who, in); err != nil || in.AvatarFileID == nil {
			return err
		}
		var keep []id.ID
		if !in.AvatarFileID.IsZero() {
			keep = []id.ID{*in.AvatarFileID}
			if err := f.d.Files.AttachTx(ctx, tx, who, keep, avatar, who.ID); err != nil {
				return err
			}
		}
		if f.d.Release == nil {
			return nil
		}
		return f.d.Release(ctx, tx, avatar, who.ID, keep)
	})
}
