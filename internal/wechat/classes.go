package wechat

import (
	"errors"
	"fmt"
	"time"
)

// Call names one upstream API. It is the label of circuits, errors and log lines.
type Call string

// The calls that the client makes.
const (
	CallStableToken  Call = "stable_token"
	CallCode2Session Call = "code2session"
	CallPhoneNumber  Call = "getuserphonenumber"
	CallSend         Call = "subscribe_send"
	CallQR           Call = "getwxacodeunlimit"
	CallCheckText    Call = "msg_sec_check"
	CallCheckMedia   Call = "media_check_async"
)

// Class says what a failed call asks of its caller (wechat.md 1.0, "Retry classes").
type Class uint8

const (
	// ClassNone is the class of no error, and of errors that did not come from this package.
	ClassNone Class = iota
	// ClassTransient may be tried again later: nothing happened, or the call is harmless to repeat.
	ClassTransient
	// ClassToken means that a fresh access token was refused too: an alarm, not a loop.
	ClassToken
	// ClassMinuteLimit pauses the API until RetryAt, a minute or less away; keep the work.
	ClassMinuteLimit
	// ClassDayLimit pauses the API until RetryAt, the next midnight in Shanghai; keep the work.
	ClassDayLimit
	// ClassClientMustAct needs a new code from the mini-program.
	ClassClientMustAct
	// ClassTerminal will never succeed for this input: dead-letter it.
	ClassTerminal
	// ClassSerialise collided with another send to the same user: again at RetryAt, one at a time.
	ClassSerialise
	// ClassOperator needs a person who repairs configuration or permissions.
	ClassOperator
	// ClassRisk was stopped by the platform's risk control: 40226 refuse the user, 61010 hand to a
	// person, 87020 wait for the first result.
	ClassRisk
	// ClassUnknown means that the request was written and the answer was lost: the effect may have
	// happened. Never repeat it; reconcile.
	ClassUnknown
	// ClassInvalid was refused before anything was sent, because the input breaks a documented rule.
	ClassInvalid
)

// String is the class's name in log lines.
func (c Class) String() string {
	names := [...]string{
		"none", "transient", "token", "minute limit", "day limit", "client must act", "terminal",
		"serialise", "operator", "risk", "unknown outcome", "invalid input",
	}
	if int(c) < len(names) {
		return names[c]
	}
	return "none"
}

// classOf is the table of wechat.md 1.0. It is a function because the house keeps no package state.
func classOf(errcode int) Class {
	switch errcode {
	case 0:
		return ClassNone
	case -1:
		return ClassTransient
	case 40001, 40014, 42001, 41001:
		return ClassToken
	case 45011, 44991, 44990:
		return ClassMinuteLimit
	case 45009, 44993, 85406:
		return ClassDayLimit
	case 40029, 40163:
		return ClassClientMustAct
	case 40003, 40037, 43101, 43104, 45168, 47003, 41030, 40129, 40169, 40097, 40165, 40212, 85401, 85402:
		return ClassTerminal
	case 43108:
		return ClassSerialise
	case 40013, 40125, 40164, 40243, 48001, 50004, 50007, 43107, 85407, 85408, 89503, 89506, 89507:
		return ClassOperator
	case 40226, 61010, 87020:
		return ClassRisk
	}
	return ClassTerminal
}

// Classify says what errcode means in answer to a call. It is the table of wechat.md 1.0 with the
// exceptions that depend on the call: the QR limit is one of minutes, a token error in answer to the
// request for a token is a wrong secret, and what a user can provoke
// with a foreign code at login or phone is the user's to mend, not the operator's. An errcode that
// the table does not know is terminal: it is a refusal, and repeating it would not help.
func Classify(call Call, errcode int) Class {
	switch {
	case call == CallQR && errcode == 45009:
		return ClassMinuteLimit
	case call == CallStableToken && classOf(errcode) == ClassToken:
		return ClassOperator
	case call == CallPhoneNumber && (errcode == 40013 || errcode == 40003):
		return ClassClientMustAct
	}
	return classOf(errcode)
}

// APIError is a call that failed. Its text holds no secret, token, code, openid or platform message.
type APIError struct {
	Call    Call
	Errcode int    // the platform's code, 0 when there was no readable answer
	Class   Class  // what to do
	RID     string // the platform's request id, for its support; empty when it sent none
	Field   string // the template field that a 47003 names, such as "thing3"
	// RetryAt is the earliest useful moment of the next attempt, by the injected clock; zero when
	// there is none to name.
	RetryAt time.Time
	cause   error
}

// Error names call, code, class and request id.
func (e *APIError) Error() string {
	s := fmt.Sprintf("wechat: %s: %s", e.Call, e.Class)
	if e.Errcode != 0 {
		s += fmt.Sprintf(", errcode %d", e.Errcode)
	}
	if e.Field != "" {
		s += ", field " + e.Field
	}
	if e.RID != "" {
		s += ", rid " + e.RID
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap gives the cause, so that errors.Is finds a context's end.
func (e *APIError) Unwrap() error { return e.cause }

// ClassOf is the class of an error of this package, ClassNone for nil and for anything else.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Class
	}
	return ClassNone
}

func invalid(call Call, errcode int, why string) error {
	return &APIError{Call: call, Errcode: errcode, Class: ClassInvalid, cause: errors.New(why)}
}
