package identity

// Why a session ended before its time.
const (
	WhyLogout   = "logout"
	WhyReused   = "reused"   // a replaced refresh token came again after the grace
	WhyPassword = "password" // changed by its owner elsewhere
	WhyReset    = "reset"    // the password was reset by somebody in charge
	WhyDisabled = "disabled"
	WhyDeleted  = "deleted" // the customer asked for deletion
	WhyMerged   = "merged"  // the customer's record went into another one
)
