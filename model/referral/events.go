package referral

import "guike/internal/id"

// The topics of the outbox events that the referral domain owes. Payloads hold ids, keys and numbers only.
const (
	TopicFriendJoined  = "referral.friend_joined"  // FriendMoved: the referrer is told, and the friend greeted
	TopicFriendMoved   = "referral.friend_moved"   // FriendMoved: a stage was reached
	TopicFriendUndone  = "referral.friend_undone"  // FriendMoved: an order was cancelled
	TopicRewardGiven   = "referral.reward_given"   // Rewarded: given, or released from review
	TopicRewardHeld    = "referral.reward_held"    // Rewarded: somebody is to look at it
	TopicRewardRefused = "referral.reward_refused" // Rewarded
	TopicRewardTaken   = "referral.reward_taken"   // Rewarded: taken back
)

// FriendMoved tells how far a friend is.
type FriendMoved struct {
	ReferralID id.ID `json:"referral_id"`
	Stage      Stage `json:"stage"`
}

// Rewarded tells of a reward. Amount is in the smallest unit of its book: fen of the fund, points.
type Rewarded struct {
	CustomerID id.ID  `json:"customer_id"`
	RewardID   id.ID  `json:"reward_id"`
	Book       string `json:"book"`
	Amount     int64  `json:"amount"`
}
