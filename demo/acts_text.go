package demo

// factoryWord is what the factory reports of an order.
type factoryWord struct {
	daysAgo      int
	status, step string
	percent      int
	note         string
}

var factoryWords = []factoryWord{
	{6, "accepted", "审单", 0, "订单已接收,图纸审核通过。"},
	{5, "scheduled", "排产", 5, "已排产,预计两天后开料。"},
	{2, "in_production", "封边", 45, "柜体已开料封边,门板排产中。"},
}

// caseOf is how a finished home is told of, by what was made. It names neither the customer nor the home.
var caseOf = map[string]map[string]any{
	"custom_furniture": {
		"title": "98 平米三居:把收纳做进墙里", "style": "现代简约", "house_type": "三室两厅", "area_m2": 98, "budget_fen": 6_800_000,
		"story": "一家三口,书多、玩具多。玄关到客厅做了整面到顶的柜墙,常用的放在伸手的高度;餐边柜里藏进了冰箱和咖啡机。板材全部是 ENF 级,安装当天逐批核对了批次。住了三个月,他们说最常做的事是把东西放回原处。",
	},
	"renovation": {
		"title": "老房新生:给三代人的家", "style": "原木", "house_type": "三室一厅", "area_m2": 112, "budget_fen": 18_600_000,
		"story": "九十年代的老房,水电全部重做,卫生间改成干湿分离,过道和淋浴区留好了扶手的位置。老人的房间朝南,孩子的书桌就在厨房看得见的地方。每天的施工日志他们都看了,验收那天没有一处需要返工。",
	},
}

var broken = map[string]any{
	"part": "主卧衣柜左门板", "detail": "拆包时发现门板表面有一道约 12 厘米的划痕,已拍照,不影响其余部分安装。", "replacement_needed": true,
}

var recalled = map[string]any{
	"reason": "厂家通报该批次个别产品抽检不合格。", "instruction": "我们会逐户预约上门检查,不合格的当场免费更换,并留下检测结果。",
}
