package identity

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"guike/internal/crypt"
	"guike/internal/fault"
)

// The lengths of a password in characters.
const (
	PasswordMin = 8
	PasswordMax = 128
)

// hashing costs 19 MB and some 25 ms (OWASP's second recommendation).
var hashing = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashedAtOnce bounds the memory that sign-ins can take.
const hashedAtOnce = 2

// nobodysHash is checked when there is no such user, so that the answer takes as long. No password has it.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

//go:embed password_common.txt
var commonList string

// passwords hashes, checks, draws and judges them.
type passwords struct {
	slots  chan struct{}
	common map[string]bool
	cost   argon2id.Params
}

func newPasswords() *passwords {
	p := &passwords{slots: make(chan struct{}, hashedAtOnce), common: map[string]bool{}, cost: hashing}
	for word := range strings.FieldsSeq(commonList) {
		p.common[word] = true
	}
	return p
}

// slot waits for one of the places in which hashing may take place.
func (p *passwords) slot(ctx context.Context) (release func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
}

// hash makes what is stored of a password.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	release, err := p.slot(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	hash, err := argon2id.CreateHash(norm.NFKC.String(password), &p.cost)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// matches tells whether the password is the one that was hashed. An overlong one costs nothing.
func (p *passwords) matches(ctx context.Context, password, hash string) (bool, error) {
	if utf8.RuneCountInString(password) > PasswordMax {
		password = ""
	}
	release, err := p.slot(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	same, err := argon2id.ComparePasswordAndHash(norm.NFKC.String(password), hash)
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	return same, nil
}

// judge refuses passwords that are too short, too long, guessed by everybody, or the user name. at is
// where the password stands in the input.
func (p *passwords) judge(password, username, at string) error {
	password = norm.NFKC.String(password)
	length := utf8.RuneCountInString(strings.TrimSpace(password)) // blanks around it protect nothing
	plain := strings.ToLower(password)
	switch {
	case length < PasswordMin:
		return fault.Broken(at, "too_short", "密码至少 8 个字符。", "A password has 8 characters or more.")
	case utf8.RuneCountInString(password) > PasswordMax:
		return fault.Broken(at, "too_long", "密码最多 128 个字符。", "A password has 128 characters at most.")
	case plain == username || strings.Trim(plain, "0123456789!@#._-") == username:
		return fault.Broken(at, "same_as_username", "密码不能与用户名相同。", "The password must not be the user name.")
	case p.common[plain] || obvious(plain):
		return fault.Broken(at, "too_common", "密码过于常见,请换一个。", "This password is too common; choose another one.")
	}
	return nil
}

// obvious recognises what needs no list: one unit repeated, a run of neighbours, a calendar day.
func obvious(plain string) bool {
	runes := []rune(plain)
	return repeats(runes) || runs(runes) || isBirthday(plain)
}

// repeats tells that a unit of up to four characters is repeated to the end ("aaaaaaaa", "abcabcab").
func repeats(runes []rune) bool {
	for unit := 1; unit <= 4; unit++ {
		same := true
		for i := unit; i < len(runes) && same; i++ {
			same = runes[i] == runes[i-unit]
		}
		if same {
			return true
		}
	}
	return false
}

// runs tells that every character follows the one before it, up or down ("12345678", "hgfedcba").
func runs(runes []rune) bool {
	for _, step := range []rune{1, -1} {
		same := true
		for i := 1; i < len(runes) && same; i++ {
			same = runes[i] == runes[i-1]+step || runes[i-1] == '9' && runes[i] == '0' && step == 1
		}
		if same {
			return true
		}
	}
	return false
}

// isBirthday tells that the text is a day of the last or this century written as digits.
func isBirthday(plain string) bool {
	if len(plain) != 8 || strings.Trim(plain, "0123456789") != "" {
		return false
	}
	century, month, day := plain[:2], plain[4:6], plain[6:]
	return (century == "19" || century == "20") && month >= "01" && month <= "12" && day >= "01" && day <= "31"
}

// drawPassword makes a first password that can be read out: 65 random bits in three groups.
func drawPassword() (string, error) {
	code, err := crypt.Code('P', rand.Reader)
	if err != nil {
		return "", fmt.Errorf("draw a first password: %w", err)
	}
	random := strings.ToLower(code[1:])
	return random[:4] + "-" + random[4:8] + "-" + random[8:], nil
}
