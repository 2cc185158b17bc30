package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// Phone is a number that the user agreed to hand over.
type Phone struct {
	Number      string // with the country code when it is foreign, as the platform writes it
	Pure        string // without country code
	CountryCode string // "86"
}

// String hides the number, so that a logged Phone gives nothing away.
func (Phone) String() string { return "wechat.Phone{…}" }

const watermarkTolerance = 5 * time.Minute

// PhoneNumber exchanges the code of the phone button, which works once and for five minutes. The
// openid always goes along, so that a code pressed by somebody else is refused. The answer must be
// marked for this app and be no more than five minutes from the clock. ClassClientMustAct and
// ClassUnknown ask the mini-program for a new code.
func (c *Client) PhoneNumber(ctx context.Context, code, openid string) (Phone, error) {
	if !ValidOpenID(openid) {
		return Phone{}, invalid(CallPhoneNumber, 40003, "no openid")
	}
	if !plausibleCode(code) {
		return Phone{}, &APIError{
			Call: CallPhoneNumber, Errcode: 40029, Class: ClassClientMustAct, cause: errors.New("no code"),
		}
	}
	var info phoneInfo
	err := c.callWithToken(ctx, request{
		call: CallPhoneNumber, method: http.MethodPost, path: "/wxa/business/getuserphonenumber", once: true,
		body:   map[string]string{"code": code, "openid": openid},
		accept: func(b []byte) (err error) { info, err = decodePhone(b); return err },
	})
	if err != nil {
		return Phone{}, err
	}
	if err := c.checkWatermark(info); err != nil {
		return Phone{}, &APIError{Call: CallPhoneNumber, Class: ClassClientMustAct, cause: err}
	}
	return Phone{Number: info.PhoneNumber, Pure: info.Pure, CountryCode: string(info.CountryCode)}, nil
}

func (c *Client) checkWatermark(info phoneInfo) error {
	if info.Watermark.AppID != c.appID {
		return errors.New("phone watermark of another app")
	}
	off := c.clock.Now().Sub(time.Unix(int64(info.Watermark.Timestamp), 0)).Abs()
	if off >= watermarkTolerance {
		return errors.New("phone watermark too far from the clock")
	}
	return nil
}

type phoneInfo struct {
	PhoneNumber string     `json:"phoneNumber"`
	Pure        string     `json:"purePhoneNumber"`
	CountryCode flexString `json:"countryCode"`
	Watermark   struct {
		Timestamp flexInt `json:"timestamp"`
		AppID     string  `json:"appid"`
	} `json:"watermark"`
}

func decodePhone(body []byte) (phoneInfo, error) {
	var reply struct {
		Info phoneInfo `json:"phone_info"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return phoneInfo{}, errors.New("unreadable phone reply")
	}
	info := reply.Info
	if !isDigits(info.Pure, 4, 20) || !isDigits(string(info.CountryCode), 1, 4) || info.PhoneNumber == "" ||
		len(info.PhoneNumber) > 32 {
		return phoneInfo{}, errors.New("phone reply without a number")
	}
	return info, nil
}

func isDigits(s string, least, most int) bool {
	for _, r := range []byte(s) {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(s) >= least && len(s) <= most
}
