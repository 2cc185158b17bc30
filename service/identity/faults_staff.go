package identity

import "guike/internal/fault"

// The failures of sign-in and of sessions.
var (
	errCredentials = fault.New(fault.Unauthenticated, "auth.failed",
		"用户名或密码不正确。", "The user name or the password is wrong.")
	errLocked = fault.New(fault.TooMany, "auth.locked",
		"尝试次数过多,请稍后再试。", "Too many attempts; try again later.")
	errTokenExpired = fault.New(fault.Unauthenticated, "token.expired",
		"登录状态需要刷新。", "The access token has expired; refresh it.")
	errTokenInvalid = fault.New(fault.Unauthenticated, "token.invalid",
		"登录信息无效,请重新登录。", "This is no token of ours; sign in again.")
	errSessionRevoked = fault.New(fault.Unauthenticated, "session.revoked",
		"登录已失效,请重新登录。", "The session has ended; sign in again.")
	errSessionReused = fault.New(fault.Unauthenticated, "session.reused",
		"登录凭证被重复使用,为了安全已退出登录,请重新登录。", "A replaced refresh token was used again, so the session was ended; sign in again.")
)

// The failures of staff and store management.
var (
	errUsernameTaken = fault.New(fault.Conflict, "staff.username_taken",
		"该用户名已被使用。", "The user name is taken.")
	errOwnAccount = fault.New(fault.Conflict, "staff.own_account",
		"不能对自己的账号执行此操作。", "This cannot be done to one's own account.")
	errExternal = fault.New(fault.Conflict, "staff.external",
		"第三方监理的账号在监理名录中维护。", "Accounts of third-party supervisors are looked after in their directory.")
	errDisabledByHand = fault.New(fault.Conflict, "staff.disabled_by_hand",
		"该监理的账号已被人工停用;请先由管理员启用账号,或谢绝业主的选择。", "The supervisor's sign-in was disabled by hand; have it enabled first, or decline the choice.")
	errLastAdmin = fault.New(fault.Conflict, "staff.last_admin",
		"至少要保留一名可登录的管理员。", "The last admin stays.")
	errRoleForbidden = fault.New(fault.Forbidden, "staff.role_forbidden",
		"您无权管理该岗位的人员。", "People of this role are not yours to manage.")
	errStoreName = fault.New(fault.Conflict, "store.name_taken",
		"已有同名门店。", "There is a store of this name.")
	errRegionName = fault.New(fault.Conflict, "region.name_taken",
		"已有同名区域。", "There is a region of this name.")
)
