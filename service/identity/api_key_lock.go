package identity

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"guike/internal/fault"
	"guike/model/db"
	"guike/model/identity"
)

var errKeyLocked = fault.New(fault.TooMany, "apikey.locked",
	"该地址提交的无效接口密钥过多,请稍后再试。", "Too many wrong API keys came from this address; try again later.")

// addressField names the column to the blind index under which wrong keys are counted.
const addressField = "sign_in_failures.address"

// refused is the answer to a wrong key: apikey.invalid, from the tenth of its address on apikey.locked. They
// are counted as failed sign-ins are, under a hash of the address.
func (s *Keys) refused(ctx context.Context) error {
	address := source(MetaFrom(ctx).Address)
	if address == "" {
		return errKeyInvalid
	}
	hash := s.blind.Index(addressField, address)
	until, err := identity.SignInLocked(ctx, s.db, hash, s.db.Now())
	if err != nil {
		return err
	}
	for n := 0; until.IsZero() && n < firstFailures; n++ {
		err = s.db.Tx(ctx, func(tx *db.Tx) (err error) {
			until, err = identity.AddSignInFailure(ctx, tx, hash)
			return err
		})
		if !db.Duplicate(err) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("count a wrong API key: %w", err)
	}
	if now := s.db.Now(); !until.IsZero() {
		return errKeyLocked.After(max(until.Sub(now), time.Second))
	}
	return errKeyInvalid
}

// source is whom an address belongs to: itself, of IPv6 the network, which is one subscriber's. Empty for
// what is none.
func source(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}
