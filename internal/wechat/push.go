package wechat

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // the platform's choice
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What can be wrong with a push. The receiver answers all of them alike, and does nothing.
var (
	// ErrPushOff means that no push token is configured.
	ErrPushOff = errors.New("wechat push: not configured")
	// ErrPushForged means that the signature, its age or the ciphertext is not the platform's.
	ErrPushForged = errors.New("wechat push: not from the platform")
	// ErrPushMode means that the console is set to another mode than this server: plain without an
	// AES key, safe with one. Compatibility mode, which sends both forms, is refused always.
	ErrPushMode = errors.New("wechat push: delivered in another mode than configured")
	// ErrPushMalformed means an authentic push that cannot be read.
	ErrPushMalformed = errors.New("wechat push: unreadable")
)

const pushCap = 1 << 20

// VerifyPush answers the console's GET: the text to send back, raw, as text/plain.
func (c *Client) VerifyPush(q url.Values) (echo string, err error) {
	if err := c.checkSignature(q, q.Get("signature")); err != nil {
		return "", err
	}
	return q.Get("echostr"), nil
}

// OpenPush authenticates a POST by its query, decrypts it in safe mode and reads its event. Events
// of an unknown type have no Payload. The platform delivers up to three times: the receiver keeps
// Event.Key and does nothing the second time.
func (c *Client) OpenPush(q url.Values, body []byte) (Event, error) {
	if len(body) > pushCap {
		return Event{}, ErrPushMalformed
	}
	if c.pushKey == nil {
		return c.openPlain(q, body)
	}
	return c.openSafe(q, body)
}

func (c *Client) openPlain(q url.Values, body []byte) (Event, error) {
	if err := c.checkSignature(q, q.Get("signature")); err != nil {
		return Event{}, err
	}
	n, err := parseNode(body)
	if err != nil {
		return Event{}, ErrPushMalformed
	}
	if q.Get("encrypt_type") == "aes" || n.has("Encrypt") {
		return Event{}, ErrPushMode
	}
	return n.event()
}

func (c *Client) openSafe(q url.Values, body []byte) (Event, error) {
	n, err := parseNode(body)
	if err != nil {
		return Event{}, ErrPushMalformed
	}
	sealed := n.text("Encrypt")
	if q.Get("encrypt_type") != "aes" || sealed == "" || n.has("MsgType") || n.has("FromUserName") {
		return Event{}, ErrPushMode
	}
	if err := c.checkSignature(q, q.Get("msg_signature"), sealed); err != nil {
		return Event{}, err
	}
	msg, err := unseal(c.pushKey, c.appID, sealed)
	if err != nil {
		return Event{}, err
	}
	if n, err = parseNode(msg); err != nil {
		return Event{}, ErrPushMalformed
	}
	return n.event()
}

// checkSignature compares got with sha1 over the sorted token, timestamp, nonce and what else is
// signed, and the timestamp with the clock.
func (c *Client) checkSignature(q url.Values, got string, more ...string) error {
	if c.pushToken == "" {
		return ErrPushOff
	}
	words := append([]string{c.pushToken, q.Get("timestamp"), q.Get("nonce")}, more...)
	slices.Sort(words)
	sum := sha1.Sum([]byte(strings.Join(words, ""))) //nolint:gosec // the platform's choice
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(got)) != 1 {
		return ErrPushForged
	}
	at, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	if err != nil {
		return ErrPushForged
	}
	if c.pushMaxAge > 0 && c.clock.Now().Sub(time.Unix(at, 0)).Abs() > c.pushMaxAge {
		return ErrPushForged
	}
	return nil
}

// unseal is AES-256-CBC with the key's first half as IV and PKCS#7 over blocks of 32; inside, 16
// random bytes, a length, the message, the appid.
func unseal(key []byte, appID, sealed string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(data) < 32 || len(data)%aes.BlockSize != 0 {
		return nil, ErrPushForged
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrPushForged
	}
	cipher.NewCBCDecrypter(block, key[:aes.BlockSize]).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > 32 || pad > len(data) {
		return nil, ErrPushForged
	}
	if !bytes.Equal(data[len(data)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, ErrPushForged
	}
	data = data[:len(data)-pad]
	if len(data) < 20 {
		return nil, ErrPushForged
	}
	size, rest := uint64(binary.BigEndian.Uint32(data[16:20])), data[20:]
	if size > uint64(len(rest)) || string(rest[size:]) != appID {
		return nil, ErrPushForged
	}
	return rest[:size], nil
}
