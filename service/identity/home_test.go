package identity_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
	"guike/service/identity"
	"guike/testkit"
)

func someHome() identity.HomeInput {
	return identity.HomeInput{Name: "滨江花园", City: "上海市", District: "浦东新区", Address: "世纪大道100号8栋1201室", AreaM2: 118.456}
}

func (w *customerWorld) home(t *testing.T, who actor.Actor) identity.SeenHome {
	t.Helper()
	h, _, err := w.homes.Create(t.Context(), who, once.Key{}, someHome())
	require.NoError(t, err)
	return h
}

func (w *customerWorld) invite(t *testing.T, who actor.Actor, home id.ID, in identity.InvitationInput) string {
	t.Helper()
	v, _, err := w.homes.Invite(t.Context(), who, once.Key{}, home, in)
	require.NoError(t, err)
	return v.Code
}

func TestTwoInvitationsAcceptedAtOnce(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		owner, friend := w.customer(t, "o1"), w.customer(t, "o2")
		for range testkit.Rounds() {
			h := w.home(t, owner)
			codes := []string{
				w.invite(t, owner, h.ID, identity.InvitationInput{Role: model.HomeFamily}),
				w.invite(t, owner, h.ID, identity.InvitationInput{Role: model.HomeGuest}),
			}
			for _, err := range testkit.Race(len(codes), func(i int) error {
				_, err := w.homes.Accept(t.Context(), friend, codes[i])
				return err
			}) {
				require.NoError(t, err)
			}
			seen, err := w.homes.Read(t.Context(), friend, h.ID)
			require.NoError(t, err)
			require.Equal(t, model.HomeFamily, seen.Role)
		}
	})
}

func TestHomes(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, who, stranger := t.Context(), w.customer(t, "o1"), w.customer(t, "o2")
		key := once.Of("k", "home.create", someHome())
		h, replayed, err := w.homes.Create(ctx, who, key, someHome())
		require.NoError(t, err)
		require.False(t, replayed)
		require.Equal(t, model.HomeOwner, h.Role)
		require.Equal(t, "世纪大道100号8栋1201室", h.Address)
		require.NotContains(t, string(h.AddressEnc), "世纪大道")
		require.InDelta(t, 118.46, h.AreaM2, 0)
		require.Len(t, h.Members, 1)

		again, replayed, err := w.homes.Create(ctx, who, key, someHome())
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, h.ID, again.ID)

		w.Clock.Advance(hours(1))
		second := w.home(t, who)
		page, next, err := w.homes.List(ctx, who, db.Page{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, second.ID, page[0].ID, "newest first")
		page, next, err = w.homes.List(ctx, who, db.Page{Limit: 1, After: next})
		require.NoError(t, err)
		require.Equal(t, h.ID, page[0].ID)
		require.True(t, next.IsZero())

		_, err = w.homes.Read(ctx, stranger, h.ID)
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.homes.Read(ctx, staffActor(actor.All, id.ID{}), h.ID)
		require.Equal(t, "not_found", fault.Code(err))
		for name, bad := range map[string]func(*identity.HomeInput){
			"no name": func(in *identity.HomeInput) { in.Name = " " }, "no city": func(in *identity.HomeInput) { in.City = "" },
			"no address": func(in *identity.HomeInput) { in.Address = "" }, "long": func(in *identity.HomeInput) { in.Address = strings.Repeat("字", 201) },
			"no area": func(in *identity.HomeInput) { in.AreaM2 = 0.001 }, "vast": func(in *identity.HomeInput) { in.AreaM2 = 1e9 },
		} {
			in := someHome()
			bad(&in)
			_, _, err := w.homes.Create(ctx, who, once.Key{}, in)
			require.Equal(t, "input.invalid", fault.Code(err), name)
		}
	})
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx := t.Context()
		owner, wife, guest := w.customer(t, "owner"), w.customer(t, "wife"), w.customer(t, "guest")
		home := w.home(t, owner)

		key := once.Of("k", "home.invite", 1)
		v, _, err := w.homes.Invite(ctx, owner, key, home.ID, identity.InvitationInput{Role: model.HomeFamily})
		require.NoError(t, err)
		require.Len(t, v.Code, 14)
		require.Equal(t, byte('H'), v.Code[0])
		kept, replayed, err := w.homes.Invite(ctx, owner, key, home.ID, identity.InvitationInput{Role: model.HomeFamily})
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, v.Code, kept.Code)

		seen, err := w.homes.Accept(ctx, wife, strings.ToLower(v.Code[:7])+" "+v.Code[7:])
		require.NoError(t, err)
		require.Equal(t, model.HomeFamily, seen.Role)
		require.Equal(t, "世纪大道100号8栋1201室", seen.Address)
		require.Len(t, seen.Members, 2)
		_, err = w.homes.Accept(ctx, wife, v.Code)
		require.NoError(t, err, "accepting again is no mistake")
		_, err = w.homes.Accept(ctx, guest, v.Code)
		require.Equal(t, "invitation.used", fault.Code(err))

		_, _, err = w.homes.Invite(ctx, wife, once.Key{}, home.ID, identity.InvitationInput{Role: model.HomeGuest})
		require.Equal(t, "home.owner_only", fault.Code(err))
		_, _, err = w.homes.Invite(ctx, guest, once.Key{}, home.ID, identity.InvitationInput{Role: model.HomeGuest})
		require.Equal(t, "not_found", fault.Code(err))

		code := w.invite(t, owner, home.ID, identity.InvitationInput{Role: model.HomeGuest, Days: 10})
		seen, err = w.homes.Accept(ctx, guest, code)
		require.NoError(t, err)
		require.Equal(t, "上海市浦东新区****", seen.Address, "a guest sees no street")
		var joined []outbox.Event
		require.NoError(t, w.DB.Conn(ctx).Where("topic = ?", model.TopicGuestJoined).Find(&joined).Error)
		require.Len(t, joined, 1, "a visit is a touch for whoever counts them; family is none")
		var touch model.GuestJoined
		require.NoError(t, joined[0].Decode(&touch))
		require.Equal(t, [3]id.ID{guest.ID, home.ID, owner.ID}, [3]id.ID{touch.CustomerID, touch.HomeID, touch.InvitedBy})
		require.Equal(t, w.Clock.Now().Add(hours(240)), *seen.Until)
		mine, err := model.HomesOf(ctx, w.DB, guest.ID, w.Clock.Now())
		require.NoError(t, err)
		require.Equal(t, []id.ID{home.ID}, mine)

		w.Clock.Advance(hours(240))
		_, err = w.homes.Read(ctx, guest, home.ID)
		require.Equal(t, "not_found", fault.Code(err), "a visit ends")
		mine, err = model.HomesOf(ctx, w.DB, guest.ID, w.Clock.Now())
		require.NoError(t, err)
		require.Empty(t, mine)
		role, err := w.homes.HomeRole(ctx, w.DB, guest, home.ID)
		require.NoError(t, err)
		require.Equal(t, model.NoHomeRole, role)

		code = w.invite(t, owner, home.ID, identity.InvitationInput{Role: model.HomeGuest})
		seen, err = w.homes.Accept(ctx, guest, code)
		require.NoError(t, err)
		require.Equal(t, w.Clock.Now().Add(hours(720)), *seen.Until, "and begins anew")

		code = w.invite(t, owner, home.ID, identity.InvitationInput{Role: model.HomeGuest})
		seen, err = w.homes.Accept(ctx, owner, code)
		require.NoError(t, err)
		require.Equal(t, model.HomeOwner, seen.Role, "an owner stays one")

		w.Clock.Advance(identity.InvitationLifetime)
		_, err = w.homes.Accept(ctx, wife, code)
		require.Equal(t, "invitation.expired", fault.Code(err))
		for _, unknown := range []string{"", "H123", "H0000000000000", "S0000000000000"} {
			_, err = w.homes.Accept(ctx, wife, unknown)
			require.Equal(t, "not_found", fault.Code(err), unknown)
		}
		for _, bad := range []identity.InvitationInput{
			{Role: model.HomeOwner, Days: 3}, {Role: "king"}, {Role: model.HomeGuest, Days: 91}, {Role: model.HomeGuest, Days: -1}, {Role: model.HomeFamily, Days: 3},
		} {
			_, _, err = w.homes.Invite(ctx, owner, once.Key{}, home.ID, bad)
			require.Equal(t, "input.invalid", fault.Code(err), bad)
		}
	})
}

func TestAnotherOwnerMayLetTheFirstGo(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		first, second := w.customer(t, "first"), w.customer(t, "second")
		home := w.home(t, first)
		require.Equal(t, "home.last_owner", fault.Code(w.homes.RemoveMember(t.Context(), first, home.ID, first.ID)))
		_, err := w.homes.Accept(t.Context(), second, w.invite(t, first, home.ID, identity.InvitationInput{Role: model.HomeOwner}))
		require.NoError(t, err)
		require.NoError(t, w.homes.RemoveMember(t.Context(), first, home.ID, first.ID))
		require.Equal(t, "home.last_owner", fault.Code(w.homes.RemoveMember(t.Context(), second, home.ID, second.ID)))
	})
}

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		owner := w.customer(t, "owner")
		rivals := []actor.Actor{w.customer(t, "a"), w.customer(t, "b")}
		for range testkit.Rounds() {
			home := w.home(t, w.customer(t, id.New().String()))
			w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				return model.SetMemberTx(ctx, tx, model.HomeMember{CustomerID: owner.ID, HomeID: home.ID, Role: model.HomeOwner, Since: tx.Now})
			})
			code := w.invite(t, owner, home.ID, identity.InvitationInput{Role: model.HomeFamily})
			errs := testkit.Race(2, func(i int) error {
				_, err := w.homes.Accept(t.Context(), rivals[i], code)
				return err
			})
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else {
					require.Equal(t, "invitation.used", fault.Code(err))
				}
			}
			require.Equal(t, 1, won)
		}
	})
}

func TestRemoveMember(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx := t.Context()
		owner, wife, son, stranger := w.customer(t, "owner"), w.customer(t, "wife"), w.customer(t, "son"), w.customer(t, "x")
		home := w.home(t, owner).ID
		for _, who := range []actor.Actor{wife, son} {
			_, err := w.homes.Accept(ctx, who, w.invite(t, owner, home, identity.InvitationInput{Role: model.HomeFamily}))
			require.NoError(t, err)
		}
		require.Equal(t, "not_found", fault.Code(w.homes.RemoveMember(ctx, stranger, home, wife.ID)))
		require.Equal(t, "home.owner_only", fault.Code(w.homes.RemoveMember(ctx, son, home, wife.ID)))
		require.Equal(t, "home.owner_only", fault.Code(w.homes.RemoveMember(ctx, son, home, stranger.ID)))
		require.Equal(t, "home.last_owner", fault.Code(w.homes.RemoveMember(ctx, owner, home, owner.ID)))
		require.Equal(t, "not_found", fault.Code(w.homes.RemoveMember(ctx, owner, home, stranger.ID)))
		require.NoError(t, w.homes.RemoveMember(ctx, son, home, son.ID), "anybody may leave")
		require.NoError(t, w.homes.RemoveMember(ctx, owner, home, wife.ID))
		_, err := w.homes.Read(ctx, wife, home)
		require.Equal(t, "not_found", fault.Code(err))

		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return model.SetMemberTx(ctx, tx, model.HomeMember{CustomerID: son.ID, HomeID: home, Role: model.HomeOwner, Since: tx.Now})
		})
		require.Equal(t, "home.owner_stays", fault.Code(w.homes.RemoveMember(ctx, owner, home, son.ID)))
		errs := testkit.Race(2, func(i int) error {
			who := []actor.Actor{owner, son}[i]
			return w.homes.RemoveMember(ctx, who, home, who.ID)
		})
		left := 0
		for _, err := range errs {
			if err == nil {
				left++
			}
		}
		require.Equal(t, 1, left, "of two owners who leave at once one stays")
	})
}
