package membership

import "guike/internal/id"

// The topics of the outbox events that the membership owes; the inbox tells the customer. Payloads hold
// ids, keys and numbers only.
const (
	TopicLevelChanged      = "membership.level_changed"      // LevelChanged
	TopicGraceBegun        = "membership.grace_begun"        // GraceBegun
	TopicTitleGranted      = "membership.title_granted"      // TitleChanged
	TopicTitleEnded        = "membership.title_ended"        // TitleChanged
	TopicValueGiven        = "membership.value_given"        // ValueMoved: awarded or vested
	TopicValueExpiring     = "membership.value_expiring"     // ValueMoved: will expire at At
	TopicValueExpired      = "membership.value_expired"      // ValueMoved
	TopicValueCorrected    = "membership.value_corrected"    // ValueMoved: added, or taken when below zero, by staff
	TopicCorrectionAsked   = "membership.correction_asked"   // CorrectionAsked: it waits for a second person
	TopicCorrectionDecided = "membership.correction_decided" // CorrectionAsked: it waits no more
	TopicRedeemed          = "membership.redeemed"           // Redeemed
	TopicCouponReceived    = "membership.coupon_received"    // CouponReceived
)

// LevelChanged tells that a member's level rose or fell; an empty key is below the first step.
type LevelChanged struct {
	CustomerID id.ID  `json:"customer_id"`
	ChangeID   id.ID  `json:"change_id"`
	From       string `json:"from"`
	To         string `json:"to"`
}

// GraceBegun tells that the rules no longer give a member's level, and until when it is kept all the same.
type GraceBegun struct {
	CustomerID id.ID  `json:"customer_id"`
	Level      string `json:"level"`
	Until      int64  `json:"until"` // Unix milliseconds
}

// TitleChanged tells that a title was granted or ended.
type TitleChanged struct {
	CustomerID id.ID  `json:"customer_id"`
	GrantID    id.ID  `json:"grant_id"`
	Title      string `json:"title"`
}

// ValueMoved tells of an amount of a book.
type ValueMoved struct {
	CustomerID id.ID  `json:"customer_id"`
	CauseID    id.ID  `json:"cause_id"`
	Book       string `json:"book"`
	Amount     int64  `json:"amount"`
	At         int64  `json:"at,omitzero"` // Unix milliseconds
}

// CorrectionAsked tells of a correction of a member's books that needs a second person.
type CorrectionAsked struct {
	CorrectionID id.ID  `json:"correction_id"`
	CustomerID   id.ID  `json:"customer_id"`
	StoreID      id.ID  `json:"store_id"`
	Role         string `json:"role"` // of who asked, or decided
	Book         string `json:"book"`
	Amount       int64  `json:"amount"`
}

// Redeemed tells that a redemption was made, used, cancelled or lapsed.
type Redeemed struct {
	CustomerID   id.ID  `json:"customer_id"`
	RedemptionID id.ID  `json:"redemption_id"`
	State        string `json:"state"`
}

// CouponReceived tells that a coupon was issued to a customer, will end, or ended: State is where it stands.
type CouponReceived struct {
	CustomerID id.ID  `json:"customer_id"`
	CouponID   id.ID  `json:"coupon_id"`
	State      string `json:"state,omitempty"`
}
