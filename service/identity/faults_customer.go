package identity

import (
	"time"

	"guike/internal/fault"
)

func faultCodeInvalid() *fault.Fault {
	return fault.New(fault.Unauthenticated, "wechat.code_invalid", "登录凭证无效或已使用,请重新登录。", "The sign-in code is wrong, used or too old; get another one.")
}

func faultWechatBlocked() *fault.Fault {
	return fault.New(fault.Forbidden, "wechat.blocked", "微信限制了该账号的登录。", "WeChat does not let this account sign in.")
}

// FaultWechatAway says that WeChat does not answer, or not as it should, for now.
func FaultWechatAway(cause error) *fault.Fault {
	return fault.New(fault.Unavailable, "wechat.unavailable", "微信服务暂时不可用,请稍后重试。", "WeChat does not answer for now; try again in a moment.").
		After(3 * time.Second).Because(cause)
}

func faultCustomerBlocked() *fault.Fault {
	return fault.New(fault.Forbidden, "customer.blocked", "该账号已停用,请联系客服。", "This account has been closed; please call us.")
}

func faultProfileChanged() *fault.Fault {
	return fault.New(fault.Conflict, "profile.changed", "资料已在别处更新,请刷新后再试。", "The profile has changed meanwhile; read it again.")
}

// FaultConsentRequired says that the customer has not consented to a use of data in the current
// version (P1 of reliability.md 3.3).
func FaultConsentRequired() *fault.Fault {
	return fault.New(fault.Forbidden, "consent.required", "请先阅读并同意最新的授权说明。", "The customer's consent to the current version is needed first.")
}

func faultTooManyNotes() *fault.Fault {
	return fault.New(fault.Conflict, "care_note.too_many", "该客户的备注已达 20 条,请先撤下过时的。", "The customer has 20 care notes; withdraw those that no longer hold.")
}

func faultConsentOutdated() *fault.Fault {
	return fault.New(fault.Conflict, "consent.outdated", "条款已更新,请阅读最新版本后再同意。", "Only the current version of a policy can be consented to.")
}

// FaultPhoneCode says that the code of the phone button is of no use.
func FaultPhoneCode() *fault.Fault {
	return fault.New(fault.Invalid, "phone.code_invalid", "手机号凭证无效或已使用,请重新点击按钮。", "The phone code is wrong, used or too old; press the button again.").
		At("body.code", "invalid", "凭证无效。", "This code is of no use.")
}

func faultPhoneUnsupported() *fault.Fault {
	return fault.New(fault.Invalid, "phone.unsupported", "目前仅支持中国大陆手机号。", "Only mobile numbers of mainland China are supported.")
}

// FaultPhoneTaken says that another customer who signs in by WeChat has the number.
func FaultPhoneTaken() *fault.Fault {
	return fault.New(fault.Conflict, "phone.taken", "该手机号已绑定其他微信账号。", "Another WeChat account has this number.")
}

func faultNoWechat() *fault.Fault {
	return fault.New(fault.Conflict, "customer.not_claimed", "该账号尚未关联微信。", "This record has no WeChat account.")
}

func faultHomeOwnerOnly() *fault.Fault {
	return fault.New(fault.Forbidden, "home.owner_only", "仅房屋业主可以进行此操作。", "Only an owner of the home may do this.")
}

func faultLastOwner() *fault.Fault {
	return fault.New(fault.Conflict, "home.last_owner", "您是唯一的业主,不能退出。", "The last owner of a home cannot leave it.")
}

func faultOwnerStays() *fault.Fault {
	return fault.New(fault.Conflict, "home.owner_stays", "业主只能自行退出。", "An owner is not removed by others.")
}

func faultTooManyHomes() *fault.Fault {
	return fault.New(fault.Conflict, "home.too_many", "房屋数量已达上限。", "There are too many homes already.")
}

func faultTooManyInvitations() *fault.Fault {
	return fault.New(fault.Conflict, "invitation.too_many", "未使用的邀请过多,请稍后再试。", "Too many invitations are open already.")
}

func faultInvitationExpired() *fault.Fault {
	return fault.New(fault.Conflict, "invitation.expired", "邀请已过期,请业主重新邀请。", "The invitation has expired; ask the owner for another one.")
}

func faultInvitationUsed() *fault.Fault {
	return fault.New(fault.Conflict, "invitation.used", "邀请已被使用。", "The invitation has been used.")
}

func faultRevealLimit() *fault.Fault {
	return fault.New(fault.TooMany, "reveal.limit", "一小时内查看次数已达上限。", "Too many reveals within the hour.")
}
