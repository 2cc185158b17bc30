package router

// levelOperations are levels and titles: the ladder, the titles' rules, and who stands where.
func levelOperations(s *surface, a APIs) {
	l := a.Level
	customer(s, "GET /v1/me/levels", l.MyLevels, "The ladder with what each level gives, the titles that can be earned, and where I am",
		says("It is reckoned at this instant: a level that the rules no longer give is not shown."))
	customer(s, "GET /v1/me/levels/history", l.MyChanges, "The changes of my level, newest first, each with its reason")
	customer(s, "GET /v1/me/titles", l.MyTitles, "Every title that I was granted, held or ended, newest first, with the reasons")

	staff(s, "GET /v1/staff/ladder", "level.manage", l.Ladder, "The ladder as it stands", fails("404 not_found"))
	staff(s, "PUT /v1/staff/ladder", "level.manage", l.ChangeLadder, "Change the ladder, as its next version; every member is looked at again",
		says("Everything that is wrong with it stands in errors: a benefit that does not say what it gives, a level of discounts only."), fails("409 ladder.changed"))
	staff(s, "POST /v1/staff/ladder/check", "level.manage", l.CheckLadder, "Try a ladder: what is wrong with it, and how many members it would put on each level; nothing is kept")
	staff(s, "GET /v1/staff/ladder/presets", "level.manage", l.Presets, "The ladders that can be taken over")
	staff(s, "GET /v1/staff/titles", "points.read", l.Titles, "Every title, for grants and changes")
	staff(s, "POST /v1/staff/titles", "level.manage", l.AddTitle, "Add a title", creates, fails("409 title.exists", "409 title.too_many"))
	staff(s, "PUT /v1/staff/titles/{key}", "level.manage", l.ChangeTitle, "Change a title, as its next version; every member is looked at again", fails("409 title.changed"))

	staff(s, "GET /v1/staff/customers/{id}/levels", "points.read", l.CustomerLevels, "Where a customer stands on the ladder, with titles")
	staff(s, "GET /v1/staff/customers/{id}/levels/history", "points.read", l.CustomerChanges, "The changes of a customer's level, newest first")
	staff(s, "GET /v1/staff/customers/{id}/titles", "points.read", l.CustomerTitles, "Every title that a customer was granted, held or ended, newest first")
	staff(s, "POST /v1/staff/customers/{id}/titles", "title.grant", l.Grant, "Grant a customer a title by hand, with a reason; no rule ends it", creates,
		fails("409 title.disabled", "409 title.too_many_grants"))
	staff(s, "POST /v1/staff/customers/{id}/titles/{grant}/end", "title.grant", l.EndGrant, "End a grant that was made by hand, with a reason; other grants of the title stand",
		fails("409 title.by_rule", "409 title.ended"))
}
