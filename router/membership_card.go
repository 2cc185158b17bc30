package router

// cardOperations are the member card, the code for the till, the scan, and the adviser.
func cardOperations(s *surface, a APIs) {
	c := a.Card
	customer(s, "GET /v1/me/card", c.MyCard, "My card: level, titles, benefits, points and fund, what is missing to the next level, my adviser",
		says("The first look makes a member. Poll it with the ETag."))
	customer(s, "POST /v1/me/card/code", c.MakeCode, "A code to show at the till, in words and pictures; it works once, within a minute, and ends the one before", creates,
		says("Ask for another every 50 seconds while it is shown. The pictures are data URIs, since an image in a mini-program sends no token."),
		fails("429 card_code.too_many"))

	staff(s, "POST /v1/staff/cards/scan", "card.scan", c.Scan, "Open the code that a customer shows: who it is, masked, level, benefits at the till, what to mind",
		says("It is audited as a look at the customer's data, which the customer reads. A lost answer can be asked for again with the same key for ten minutes. A card number that is typed is looked up by GET /v1/staff/customers?card=."),
		fails("404 not_found", "409 card_code.expired", "409 card_code.used"))
	staff(s, "GET /v1/staff/customers/{id}/adviser", "customer.read", c.Adviser, "Who advises a customer")
	staff(s, "PUT /v1/staff/customers/{id}/adviser", "adviser.name", c.SetAdviser, "Give a customer an adviser of their own, in place of the one before")
}
