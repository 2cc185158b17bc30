package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Effect is a message delivered to a user.
type Effect struct {
	OpenID     string            `json:"openid"`
	TemplateID string            `json:"template_id"`
	Data       map[string]string `json:"data"`
	Page       string            `json:"page,omitempty"`
	MsgID      string            `json:"msgid"`
	At         time.Time         `json:"at"`
}

// Effects are the messages delivered so far, oldest first.
func (s *Server) Effects() []Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.effects)
}

type sendInput struct {
	ToUser     string `json:"touser"`
	TemplateID string `json:"template_id"`
	Page       string `json:"page"`
	State      string `json:"miniprogram_state"`
	Lang       string `json:"lang"`
	Data       map[string]struct {
		Value string `json:"value"`
	} `json:"data"`
}

// send consumes one accept, delivers, and pushes subscribe_msg_sent_event.
func (s *Server) send(c *call) (any, error) {
	var in sendInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !validOpenID(in.ToUser) {
		return nil, refuse(40003)
	}
	if err := s.checkMessage(in); err != nil {
		return nil, err
	}
	s.user(in.ToUser)
	key := accept{in.ToUser, in.TemplateID}
	if s.accepts[key] == 0 {
		return nil, refuse(43101)
	}
	s.accepts[key]--
	id := s.messageID()
	data := map[string]string{}
	for k, v := range in.Data {
		data[k] = v.Value
	}
	s.effects = append(s.effects, Effect{
		OpenID: in.ToUser, TemplateID: in.TemplateID, Data: data, Page: in.Page,
		MsgID: strconv.FormatInt(id, 10), At: c.now,
	})
	s.pushSent(in.ToUser, in.TemplateID, strconv.FormatInt(id, 10))
	return map[string]any{"msgid": id}, nil
}

func (s *Server) checkMessage(in sendInput) error {
	keys, known := s.cfg.Templates[in.TemplateID]
	if in.TemplateID == "" || (s.cfg.Templates != nil && !known) {
		return refuse(40037)
	}
	if strings.HasPrefix(in.Page, "http") {
		return refuse(41030)
	}
	if !slices.Contains([]string{"", "developer", "trial", "formal"}, in.State) ||
		!slices.Contains([]string{"", "zh_CN", "en_US", "zh_HK", "zh_TW"}, in.Lang) || len(in.Data) == 0 {
		return refused{47003, "argument invalid!"}
	}
	for _, key := range keys {
		if _, ok := in.Data[key]; !ok {
			return emptyValue(key)
		}
	}
	names := make([]string, 0, len(in.Data))
	for key := range in.Data {
		names = append(names, key)
	}
	slices.Sort(names)
	for _, key := range names {
		if err := checkValue(key, in.Data[key].Value); err != nil {
			return err
		}
		if strings.Contains(in.Data[key].Value, s.cfg.RiskyMarker) {
			return refuse(45168)
		}
	}
	return nil
}
