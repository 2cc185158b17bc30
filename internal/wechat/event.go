package wechat

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Event is what the platform pushed.
type Event struct {
	Type    string    // "subscribe_msg_popup_event"; empty for messages that are no events
	OpenID  string    // the user concerned, or the platform's own sender
	At      time.Time // by the platform, whole seconds; zero when it sent none
	Key     string    // equal for repeated deliveries of one event, different otherwise; 64 characters
	Payload Payload   // nil for types that this package does not know
}

// Payload is one of SubscribePopup, SubscribeChange, SubscribeSent, MediaChecked, UserInfoModified,
// AuthorizationRevoked, AuthorizationCancelled and Punished.
type Payload interface{ payload() }

// Choice is a user's answer about one template.
type Choice struct {
	TemplateID string
	Accepted   bool   // one more message may be sent
	Status     string // accept, reject, ban, filter: as pushed
}

// SubscribePopup holds the answers given in the subscription dialogue; each accept is one message.
type SubscribePopup struct{ Choices []Choice }

// SubscribeChange holds what the user revoked in a message's menu; only rejects are pushed.
type SubscribeChange struct{ Choices []Choice }

// Delivery is the final result of one send.
type Delivery struct {
	TemplateID string
	MsgID      string // as Sent.MsgID
	Errcode    int    // 0 delivered
	Status     string // "success"
}

// SubscribeSent holds final results of sends. It settles a ClassUnknown.
type SubscribeSent struct{ Deliveries []Delivery }

// MediaChecked is the verdict on a file.
type MediaChecked struct {
	TraceID string
	Suggest Suggest // SuggestReview when the check failed
	Label   string
	Errcode int // not 0: the check failed, -1008 because the file could not be read
}

// Account is whom a privacy event concerns.
type Account struct {
	OpenID, UnionID, AppID, PluginID, OpenPID string
	// Revoked holds the kinds of data: 6 nickname and avatar, 8 phone, 14 chosen pictures, 18 chosen
	// place, 19 and 20 nickname and avatar pickers.
	Revoked []int
}

// UserInfoModified means that the user changed what they had handed over.
type UserInfoModified struct{ Account }

// AuthorizationRevoked means that the user took consent back: the kinds of data named must go.
type AuthorizationRevoked struct{ Account }

// AuthorizationCancelled means that the user closed the account: their data must go.
type AuthorizationCancelled struct{ Account }

// Punished means that the platform sanctions the mini-program: an operator's alarm.
type Punished struct {
	ID        string
	EventType int    // 1 warning, 2 function ban, 3 takedown, 4 account ban, 10 page ban
	Reason    string // such as 存在诱导分享行为
	Detail    string // JSON, as pushed
}

func (SubscribePopup) payload()         {}
func (SubscribeChange) payload()        {}
func (SubscribeSent) payload()          {}
func (MediaChecked) payload()           {}
func (UserInfoModified) payload()       {}
func (AuthorizationRevoked) payload()   {}
func (AuthorizationCancelled) payload() {}
func (Punished) payload()               {}

// event reads the tree that both forms, JSON and XML, have become.
func (n node) event() (Event, error) {
	canonical, err := json.Marshal(n)
	if err != nil {
		return Event{}, ErrPushMalformed
	}
	sum := sha256.Sum256(canonical)
	e := Event{
		Type: n.text("Event"), OpenID: n.text("FromUserName"), Key: hex.EncodeToString(sum[:]),
	}
	if at := n.number("CreateTime"); at > 0 {
		e.At = time.Unix(at, 0).UTC()
	}
	e.Payload = n.payload(e.Type)
	return e, nil
}

func (n node) payload(kind string) Payload {
	switch kind {
	case "subscribe_msg_popup_event":
		return SubscribePopup{n.choices("SubscribeMsgPopupEvent")}
	case "subscribe_msg_change_event":
		return SubscribeChange{n.choices("SubscribeMsgChangeEvent")}
	case "subscribe_msg_sent_event":
		return SubscribeSent{n.deliveries("SubscribeMsgSentEvent")}
	case "wxa_media_check":
		return n.mediaChecked()
	case "user_info_modified":
		return UserInfoModified{n.account()}
	case "user_authorization_revoke":
		return AuthorizationRevoked{n.account()}
	case "user_authorization_cancellation":
		return AuthorizationCancelled{n.account()}
	case "wxa_punish_event":
		return Punished{
			ID: n.text("punish_id"), EventType: int(n.number("event_type")),
			Reason: n.text("illegal_reason"), Detail: n.text("detail"),
		}
	}
	return nil
}

// list finds the items of a subscription event: in List itself or in List below the event's own
// element, one item as an object, several as an array.
func (n node) list(wrapper string) []node {
	if inner := n.nodes(wrapper); len(inner) > 0 {
		n = inner[0]
	}
	return n.nodes("List")
}

func (n node) choices(wrapper string) []Choice {
	var out []Choice
	for _, item := range n.list(wrapper) {
		status := item.text("SubscribeStatusString")
		if id := item.text("TemplateId"); id != "" {
			out = append(out, Choice{TemplateID: id, Accepted: status == "accept", Status: status})
		}
	}
	return out
}

func (n node) deliveries(wrapper string) []Delivery {
	var out []Delivery
	for _, item := range n.list(wrapper) {
		out = append(out, Delivery{
			TemplateID: item.text("TemplateId"), MsgID: item.text("MsgID"),
			Errcode: int(item.number("ErrorCode")), Status: item.text("ErrorStatus"),
		})
	}
	return out
}

// mediaChecked reads version 2 bodies and the older ones, which say isrisky and status_code.
func (n node) mediaChecked() MediaChecked {
	m := MediaChecked{TraceID: n.text("trace_id"), Suggest: SuggestReview, Errcode: int(n.number("errcode"))}
	if n.has("isrisky") && !n.has("result") {
		// status_code is an errcode squeezed through 32 unsigned bits.
		m.Errcode = int(int32(uint32(n.number("status_code"))))
		if m.Errcode == 0 {
			m.Suggest = SuggestPass
		}
		if n.number("isrisky") != 0 {
			m.Suggest = SuggestRisky
		}
		return m
	}
	for _, r := range n.nodes("result") {
		m.Label = r.text("label")
		if m.Errcode == 0 {
			m.Suggest = known(Suggest(r.text("suggest")))
		}
	}
	return m
}

func (n node) account() Account {
	a := Account{
		OpenID: n.text("OpenID"), UnionID: n.text("UnionID"), AppID: n.text("AppID"),
		PluginID: n.text("PluginID"), OpenPID: n.text("OpenPID"),
	}
	for _, word := range strings.FieldsFunc(n.text("RevokeInfo"), func(r rune) bool { return r < '0' || r > '9' }) {
		if kind, err := strconv.Atoi(word); err == nil {
			a.Revoked = append(a.Revoked, kind)
		}
	}
	return a
}
