package demo

// cue is what is told of the first project of one customer, beside what every project goes through.
type cue struct {
	changes  []alteration
	hazard   mishap
	deferred deferral
	camera   string // title of a camera that is live now
	defect   bool   // a line of the acceptance sheet is to be mended
	broken   bool   // a promise was not kept
	mismatch bool   // something was built in that was not agreed
}

// mishap says what became of the latest hazard.
type mishap int

const (
	mended   mishap = iota
	standing        // its day is still to come
	overdue
)

// deferral is a part of the work that is made later.
type deferral struct {
	name string
	fen  int64
	days int // from today
}

// ending says how far a change order has come.
type ending int

const (
	changeAsked ending = iota
	changeQuoted
	changeApproved
	changeRefused
)

// alteration is a change order.
type alteration struct {
	stage       string // in which it is asked for
	title, text string
	lines       []price
	days        int
	end         ending
	word        string
}

type price struct {
	text string
	fen  int64
}

// acts is on how many days something happens to it.
func (a alteration) acts() int {
	switch a.end {
	case changeAsked:
		return 1
	case changeQuoted:
		return 2
	}
	return 3
}

var cues = map[int]cue{
	0: {
		hazard: standing, camera: "客餐厅铺贴现场",
		changes: []alteration{
			{"plumbing_wiring", "厨房增加净水器点位", "水槽下加一路给水和一个插座。", []price{{"给水点位 1 处", 38_000}, {"插座与线路 1 处", 26_000}}, 0, changeApproved, "同意,谢谢。"},
			{"tiling", "客厅地砖升级为大规格岩板", "希望换成 750×1500 岩板,请报价。", []price{{"岩板差价 46 平方米", 598_000}, {"大板铺贴人工", 184_000}, {"退回原地砖", -102_000}}, 2, changeQuoted, ""},
		},
	},
	3: {
		deferred: deferral{"阳台封窗与家政柜", 1_860_000, 60},
		changes: []alteration{
			{"tiling", "增加阳台防水与洗衣机台", "阳台想放洗烘套装。", []price{{"阳台防水 7 平方米", 84_000}, {"洗衣机台砌筑贴砖", 156_000}}, 3, changeApproved, "可以,按这个做。"},
		},
	},
	5: {
		hazard: standing,
		changes: []alteration{
			{"carpentry", "客厅改无主灯吊顶", "看到邻居家的无主灯,想了解费用。", []price{{"吊顶造型 22 平方米", 352_000}, {"轨道灯与线路", 468_000}}, 3, changeRefused, "超出预算,按原方案做。"},
		},
	},
	8:  {broken: true},
	12: {mismatch: true, changes: []alteration{{"installation", "主卧增加智能窗帘", "想在主卧和客厅装电动窗帘。", nil, 0, changeAsked, ""}}},
	18: {hazard: overdue},
	20: {defect: true},
}
