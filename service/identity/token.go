package identity

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
)

// AccessLifetime is how long an access token is good (design.md 5).
const AccessLifetime = 30 * time.Minute

// issuer names us in every access token.
const issuer = "guike"

// bearerMax bounds the work on foreign input; ours are around 350 bytes.
const bearerMax = 2048

// SigningKey is one secret of the ring that signs access tokens. The first one signs, all of them are
// accepted, so that a key is rotated by putting a new one in front for an hour.
type SigningKey struct {
	ID     string // the kid in the token's header
	Secret []byte // 32 bytes or more
}

// claims are what an access token says: sub, sid, aud, exp, iss.
type claims struct {
	Subject  string           `json:"sub"`
	Session  string           `json:"sid"`
	Audience string           `json:"aud"`
	Expires  *jwt.NumericDate `json:"exp"`
	Issuer   string           `json:"iss"`
}

func (c claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.Expires, nil }
func (c claims) GetIssuedAt() (*jwt.NumericDate, error)       { return nil, nil }
func (c claims) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil }
func (c claims) GetIssuer() (string, error)                   { return c.Issuer, nil }
func (c claims) GetSubject() (string, error)                  { return c.Subject, nil }
func (c claims) GetAudience() (jwt.ClaimStrings, error)       { return jwt.ClaimStrings{c.Audience}, nil }

// bearer is who a valid access token claims to be.
type bearer struct {
	kind    actor.Kind
	subject id.ID
	session id.ID
}

// signer makes and reads access tokens.
type signer struct {
	first  SigningKey
	ring   map[string][]byte
	parser *jwt.Parser
	clock  clock.Clock
}

func newSigner(ring []SigningKey, c clock.Clock) (*signer, error) {
	if len(ring) == 0 {
		return nil, errors.New("signing keys: none given")
	}
	s := &signer{first: ring[0], ring: map[string][]byte{}, clock: c}
	for _, k := range ring {
		if _, twice := s.ring[k.ID]; twice || k.ID == "" {
			return nil, fmt.Errorf("signing keys: the id %q is empty or used twice", k.ID)
		}
		if len(k.Secret) < 32 {
			return nil, fmt.Errorf("signing keys: %q has %d bytes, wants 32", k.ID, len(k.Secret))
		}
		s.ring[k.ID] = k.Secret
	}
	s.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(c.Now),
		jwt.WithStrictDecoding(),
	)
	return s, nil
}

// sign makes an access token that is good from now on for AccessLifetime.
func (s *signer) sign(b bearer, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		Subject: b.subject.String(), Session: b.session.String(), Audience: string(b.kind),
		Expires: jwt.NewNumericDate(now.Add(AccessLifetime)), Issuer: issuer,
	})
	token.Header["kid"] = s.first.ID
	text, err := token.SignedString(s.first.Secret)
	if err != nil {
		return "", fmt.Errorf("sign an access token: %w", err)
	}
	return text, nil
}

// read checks an access token. Errors: token.expired for one of ours that is only too old,
// token.invalid for everything else.
func (s *signer) read(text string) (bearer, error) {
	if text == "" || len(text) > bearerMax {
		return bearer{}, errTokenInvalid
	}
	var c claims
	_, err := s.parser.ParseWithClaims(text, &c, s.secret)
	expired := errors.Is(err, jwt.ErrTokenExpired)
	if err != nil && !expired || c.Issuer != issuer {
		return bearer{}, errTokenInvalid.Because(err)
	}
	b := bearer{kind: actor.Kind(c.Audience)}
	if b.kind != actor.Customer && b.kind != actor.Staff {
		return bearer{}, errTokenInvalid
	}
	var errSubject, errSession error
	b.subject, errSubject = id.Parse(c.Subject)
	b.session, errSession = id.Parse(c.Session)
	if errSubject != nil || errSession != nil {
		return bearer{}, errTokenInvalid
	}
	if expired {
		return bearer{}, errTokenExpired
	}
	return b, nil
}

func (s *signer) secret(t *jwt.Token) (any, error) {
	kid, _ := t.Header["kid"].(string)
	secret, known := s.ring[kid]
	if !known {
		return nil, errors.New("unknown kid")
	}
	return secret, nil
}
