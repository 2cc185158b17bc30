package demo

import "guike/model/project"

// story is how many customers have a place in the table below; those after them are volume.
const story = 60

// mode is how far a project has come beyond the stage that it is in.
type mode int

const (
	underWay  mode = iota // its stage is under way
	planned               // begins in some days
	finished              // completed; aftercare has not begun
	caring                // completed; aftercare is under way
	caredFor              // completed, aftercare included
	cancelled             // given up while its stage was under way
)

// twist is what went otherwise than planned.
type twist int

const (
	noTwist    twist = iota
	late             // past the planned end of its stage, by less than what a notice is prepared for
	noticed          // so late that the nightly look has prepared a notice, which waits for staff
	delayed          // was that late; the notice was confirmed, and the plan has moved
	paused           // stands still at the customer's wish
	handedOver       // another project manager took over
	reworked         // a stage was reopened and completed again
	reopened         // the stage before the one under way is reopened now
)

// brief is what a project is to be.
type brief struct {
	kind   project.Kind
	stage  string // the one under way, or given up in
	mode   mode
	twist  twist
	sparse bool // volume: few logs
}

const (
	furniture  = project.CustomFurniture
	renovation = project.Renovation
)

// briefs are the projects of the story. The first 34 are those of the customers 0 to 33 in order; the
// rest are second projects of the customers 1 to 6.
var briefs = []brief{
	{kind: renovation, stage: "tiling"},
	{kind: furniture, stage: "design"},
	{kind: renovation, stage: "plumbing_wiring", twist: handedOver},
	{kind: renovation, stage: "carpentry"},
	{kind: furniture, stage: "production", twist: late},
	{kind: renovation, stage: "painting"},
	{kind: renovation, stage: "measure"},
	{kind: furniture, stage: "installation"},
	{kind: renovation, mode: caring, twist: handedOver},
	{kind: furniture, stage: "measure"},
	{kind: renovation, stage: "design"},
	{kind: furniture, stage: "delivery", twist: late},
	{kind: renovation, stage: "installation"},
	{kind: furniture, mode: caring},
	{kind: renovation, stage: "demolition"},
	{kind: furniture, stage: "sign"},
	{kind: renovation, stage: "sign"},
	{kind: furniture, stage: "quality_check"},
	{kind: renovation, stage: "cleaning"},
	{kind: furniture, mode: planned},
	{kind: renovation, stage: "acceptance"},
	{kind: furniture, stage: "acceptance"},
	{kind: renovation, stage: "carpentry", twist: reopened},
	{kind: furniture, mode: finished},
	{kind: renovation, mode: planned},
	{kind: furniture, stage: "production", twist: paused},
	{kind: renovation, stage: "tiling", twist: noticed},
	{kind: renovation, mode: finished, twist: reworked},
	{kind: furniture, mode: caredFor},
	{kind: renovation, mode: planned},
	{kind: furniture, stage: "design", mode: cancelled},
	{kind: renovation, mode: caredFor},
	{kind: renovation, stage: "painting", twist: delayed},
	{kind: furniture, mode: planned},

	{kind: furniture, stage: "design"},
	{kind: furniture, stage: "production", twist: handedOver},
	{kind: renovation, mode: caring},
	{kind: furniture, stage: "measure"},
	{kind: renovation, stage: "plumbing_wiring", twist: late},
	{kind: furniture, mode: caring},
}

// owners is how many customers of the story have projects. The first has one, so that whoever signs in
// with the first line of the welcome finds it at once; the next ones have two, of which some have the
// second one in another home.
const (
	owners    = 34
	seconds   = 6
	elsewhere = 3
)

// commission is a project of a customer, and in which of the homes it is.
type commission struct {
	brief brief
	home  int
}

// commissionsOf lists a customer's projects. Of the volume every fourth customer has one.
func commissionsOf(customer int) []commission {
	switch {
	case customer < owners:
		list := []commission{{briefs[customer], 0}}
		if 0 < customer && customer <= seconds {
			second := commission{briefs[owners+customer-1], 0}
			if customer <= elsewhere {
				second.home = 1
			}
			list = append(list, second)
		}
		return list
	case customer < story || customer%4 != 0:
		return nil
	}
	b := briefs[customer/4%owners]
	b.sparse = true
	if b.twist == noticed || b.twist == delayed || b.twist == paused {
		b.twist = noTwist // these leave rows in rooms that volume does without
	}
	return []commission{{b, 0}}
}

// membership says that a customer belongs to the first home of another.
type membership struct {
	owner int
	guest bool
	ended bool // of a guest: the time has run out
}

// joined are the memberships of the story.
var joined = map[int]membership{
	34: {owner: 0}, 35: {owner: 1}, 36: {owner: 0, guest: true}, 37: {owner: 4}, 38: {owner: 7},
	39: {owner: 10, guest: true, ended: true}, 40: {owner: 12}, 41: {owner: 15}, 42: {owner: 20, guest: true}, 43: {owner: 2},
}

// membershipOf finds out whether a customer belongs to somebody else's home. In the volume every third
// customer with a project has a family.
func membershipOf(customer int) (membership, bool) {
	if customer >= story {
		return membership{owner: customer - 1}, customer%12 == 1
	}
	m, ok := joined[customer]
	return m, ok
}

// traits are how a customer came to the company.
type traits struct {
	wechat  bool // uses the mini-program
	entered bool // was entered by staff; with wechat, has claimed the record since
	phone   bool // is known by phone
	home    bool // has a home without a project
}

func traitsOf(customer int) traits {
	switch {
	case customer >= story:
		entered := customer%10 == 9
		return traits{wechat: !entered, entered: entered, phone: entered || customer%7 != 0, home: customer%6 == 2}
	case customer < owners:
		unclaimed := customer%5 == 4 && customer > 4 || customer == owners-1
		return traits{wechat: !unclaimed, entered: unclaimed || customer%5 == 3, phone: true}
	case customer < 44:
		return traits{wechat: true, phone: customer%2 == 0, home: customer == 43}
	case customer < 50:
		return traits{entered: true, phone: true}
	}
	return traits{wechat: true, phone: customer%3 != 0, home: customer < 56}
}
