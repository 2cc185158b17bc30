package identity

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/outbox"
)

// newNickname is what customers are called until they say otherwise: WeChat tells no names any more.
const newNickname = "微信用户"

// SignInInput is what a mini-program sends to sign in.
type SignInInput struct {
	Code  string // of wx.login
	Scene string // of the QR code that opened the mini-program, as the client claims
}

// SignedIn is a customer with a fresh session.
type SignedIn struct {
	Tokens
	Created  bool // the customer is new
	Customer Person
}

// SignIn signs a customer in by WeChat and registers one who is new (row A1). Two first sign-ins at
// once make one customer. A scene that is one of our codes is passed on as identity.scanned; it is a
// claim and grants nothing. Errors: wechat.code_invalid, wechat.blocked, wechat.unavailable,
// customer.blocked.
func (s *Customers) SignIn(ctx context.Context, in SignInInput) (SignedIn, error) {
	session, err := s.wechat.Code2Session(ctx, in.Code)
	if err != nil {
		return SignedIn{}, loginFault(ctx, err)
	}
	sealed, err := s.codec.seal(identity.SessionKeyField, session.SessionKey)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	// The first sign-in of an openid may meet a rival that registers it at the same moment; the
	// second try finds what the rival made.
	for range 2 {
		err = s.db.Tx(ctx, func(tx *db.Tx) error {
			out = SignedIn{}
			return s.signInTx(ctx, tx, session, sealed, in, &out)
		})
		if !db.Duplicate(err) {
			break
		}
	}
	return out, err
}

func (s *Customers) signInTx(ctx context.Context, tx *db.Tx, session wechat.Session, sealed []byte, in SignInInput, out *SignedIn) error {
	c, created, err := s.enterByWechatTx(ctx, tx, session, sealed)
	if err != nil {
		return err
	}
	if out.Customer, err = s.reveal(c); err != nil {
		return err
	}
	out.Created = created
	if code, err := crypt.ParseCode(in.Scene); err == nil {
		if err := outbox.AddTx(ctx, tx, identity.TopicScanned, identity.Scanned{CustomerID: c.ID, Scene: code}); err != nil {
			return err
		}
	}
	out.Tokens, err = s.sessions.Open(ctx, tx, actor.Customer, c.ID, MetaFrom(ctx))
	return err
}

// enterByWechatTx finds the customer of an openid, or makes one. The error of a lost race is
// db.Duplicate.
func (s *Customers) enterByWechatTx(ctx context.Context, tx *db.Tx, session wechat.Session, sealed []byte) (identity.Customer, bool, error) {
	known, ok, err := identity.IdentityByOpenID(ctx, tx, session.OpenID)
	if err != nil {
		return identity.Customer{}, false, err
	}
	if !ok {
		c, err := registerTx(ctx, tx, session, sealed)
		return c, true, err
	}
	c, err := identity.LockCustomer(ctx, tx, known.CustomerID)
	if err != nil {
		return identity.Customer{}, false, fmt.Errorf("customer of a wechat identity: %w", err)
	}
	if c.Status != identity.CustomerActive {
		return identity.Customer{}, false, faultCustomerBlocked()
	}
	return c, false, identity.VisitTx(ctx, tx, c.ID, sealed)
}

func registerTx(ctx context.Context, tx *db.Tx, session wechat.Session, sealed []byte) (identity.Customer, error) {
	c := identity.Customer{
		ID: id.New(), Nickname: newNickname, Status: identity.CustomerActive,
		ClaimedAt: &tx.Now, CreatedAt: tx.Now, Version: 1,
	}
	w := identity.WechatIdentity{
		OpenID: session.OpenID, UnionID: session.UnionID, CustomerID: c.ID, SessionKeyEnc: sealed,
		LastVisitAt: tx.Now, CreatedAt: tx.Now, Version: 1,
	}
	if err := db.Insert(ctx, tx, &w); err != nil {
		return c, fmt.Errorf("register openid: %w", err)
	}
	if err := db.Insert(ctx, tx, &c); err != nil {
		return c, fmt.Errorf("register customer: %w", err)
	}
	return c, nil
}

// loginFault says what a failed exchange of a login code means for the customer. A lost answer may
// have used the code up, which the next try with it will tell.
func loginFault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	switch wechat.ClassOf(err) {
	case wechat.ClassClientMustAct, wechat.ClassInvalid, wechat.ClassTerminal:
		return faultCodeInvalid().Because(err)
	case wechat.ClassRisk:
		return faultWechatBlocked().Because(err)
	}
	return FaultWechatAway(err)
}
