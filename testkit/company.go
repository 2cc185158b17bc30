package testkit

import (
	"context"
	"testing"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
)

// Store opens a shop of a region of its own.
func (k *Kit) Store(t testing.TB) identity.Store {
	t.Helper()
	region := identity.Region{ID: id.New(), CreatedAt: k.Clock.Now(), Version: 1}
	region.Name = "区域 " + region.ID.String()
	s := identity.Store{ID: id.New(), City: "杭州", RegionID: region.ID, Phone: "0571-66668888", Address: "湖滨路 18 号", Open: true, CreatedAt: k.Clock.Now(), UpdatedAt: k.Clock.Now(), Version: 1}
	s.Name = "门店 " + s.ID.String()
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		if err := identity.InsertRegion(ctx, tx, &region); err != nil {
			return err
		}
		return db.Insert(ctx, tx, &s)
	})
	return s
}

// Staff employs somebody in a role at a store and returns them as an actor whose permission reaches as
// far as the scope says.
func (k *Kit) Staff(t testing.TB, role actor.Role, at identity.Store, scope actor.Scope) actor.Actor {
	t.Helper()
	now := k.Clock.Now()
	s := identity.Staff{ID: id.New(), Name: "王小明", Role: role, StoreID: at.ID, PasswordChangedAt: now, CreatedAt: now, UpdatedAt: now, Version: 1}
	s.Username = s.ID.String()
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error { return identity.InsertStaff(ctx, tx, &s) })
	return actor.Actor{Kind: actor.Staff, ID: s.ID, Name: s.Name, Role: role, StoreID: at.ID, RegionID: at.RegionID, Scope: scope}
}
