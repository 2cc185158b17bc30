package demo

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/model/identity"
)

// known is what the house knows of a customer beyond the contract: what they like, and what whoever
// serves them should bear in mind.
type known struct {
	likes map[string]string // by the key of the registry
	notes []string
}

// knowledge is by customer. What needs the consent to personalisation comes with it.
var knowledge = map[int]known{
	0: {
		likes: map[string]string{"style": "现代简约,少线条", "colours": "喜欢暖白与浅木,不要深灰", "contact_time": "工作日 19 点以后", "taste": "热乌龙茶,不加糖", "pets": "一只金毛,进门请先打招呼"},
		notes: []string{"老人腿脚不便,到店请安排一层洽谈区。", "重视环保,板材检测报告要主动出示。"},
	},
	1:  {likes: map[string]string{"style": "奶油风", "storage": "需要 3 米以上挂衣区", "contact_by": "优先微信文字"}, notes: []string{"对效果图颜色敏感,出图前先核对屏幕色差。"}},
	4:  {likes: map[string]string{"contact_time": "周末上午", "materials": "不要密度板"}, notes: []string{"因生产延期来电两次,沟通时先说明新的交期。"}},
	7:  {likes: map[string]string{"visit": "上门请提前一小时电话,家有婴儿"}},
	13: {likes: map[string]string{"contact_by": "电话", "visit": "小区需登记身份证"}, notes: []string{"老客户,已介绍两位同事到店。"}},
	20: {likes: map[string]string{"style": "新中式", "materials": "偏好实木贴面"}, notes: []string{"验收很细致,预留半天时间逐项查看。"}},
}

// consented are the keys of the registry that need the customer's consent to be kept.
var consented = map[string]bool{"taste": true, "household": true, "habits": true, "pets": true, "allergies": true}

// know writes down what the house knows of a customer.
func (c *company) know(r *rows, h *household, customer identity.Customer) error {
	k, ok := knowledge[h.number]
	if !ok || h.number >= story {
		return nil
	}
	d := newDice(c.seed, "knowledge", h.number)
	by := h.crew.of[actor.CustomerService][0]
	at := clock.Cut(customer.CreatedAt.Add(time.Duration(d.between(2, 48)) * time.Hour))
	if latest := c.before(90); at.After(latest) {
		at = latest
	}
	personal := false
	for _, key := range sortedKeys(k.likes) {
		sealed, err := c.box.Seal(identity.PreferenceField, k.likes[key])
		if err != nil {
			return fmt.Errorf("seal %s: %w", identity.PreferenceField, err)
		}
		personal = personal || consented[key]
		r.rooms.put(&identity.Preference{
			CustomerID: customer.ID, Key: key, ValueEnc: sealed, ByKind: actor.Staff, ByID: by.ID, UpdatedAt: at, Version: 1,
		})
	}
	if personal {
		before := clock.Cut(at.Add(-time.Minute))
		r.rooms.put(&identity.Consent{
			CustomerID: customer.ID, ID: d.id(before), Policy: "privacy", Version: 1, Purpose: identity.PurposePersonalization, Granted: true, At: before, Scene: "settings",
		})
	}
	for i, text := range k.notes {
		sealed, err := c.box.Seal(identity.CareNoteField, text)
		if err != nil {
			return fmt.Errorf("seal %s: %w", identity.CareNoteField, err)
		}
		noted := clock.Cut(at.Add(time.Duration(i+1) * time.Minute))
		r.rooms.put(&identity.CareNote{CustomerID: customer.ID, ID: d.id(noted), TextEnc: sealed, AuthorID: by.ID, CreatedAt: noted, Version: 1})
	}
	return nil
}

func sortedKeys(of map[string]string) []string { return slices.Sorted(maps.Keys(of)) }
