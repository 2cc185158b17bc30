package demo

import (
	"guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/handover"
	"guike/model/project/quality"
)

// Designs.
var (
	designTitles = map[project.Kind]string{furniture: "全屋柜体设计方案", renovation: "全屋装修设计方案"}
	designStyles = []string{"现代简约", "奶油风", "新中式", "原木日式", "轻奢"}

	customerNeeds = []string{
		"常住三口,孩子六岁;需要独立学习区和大量书柜,客厅少放家具。",
		"夫妻二人加一只猫,希望开放式厨房、中岛和整墙收纳。",
		"三代同住,老人房要靠近卫生间,全屋无高差,夜灯感应。",
		"经常居家办公,要安静的书房和隐藏式设备柜,喜欢浅木色。",
	}
	designWishes = []string{
		"主卧衣柜想再深 5 厘米,玄关换鞋凳改成可掀盖。", "厨房吊柜请做到顶,冰箱位置和洗衣机想换一下。", "客厅颜色偏暗,想看浅一号的饰面。",
	}
	designAnswers = []string{
		"按您的意见调整柜深与换鞋凳,其余尺寸不变。", "吊柜到顶,冰箱与洗衣机互换,水电点位同步更新。", "饰面改为浅色,灯光重新渲染。",
	}
)

// promise is something that sales say at the signing.
type promise struct {
	text     string
	category handover.Category
}

var promisesOf = map[project.Kind][]promise{
	furniture: {
		{"柜体全部使用 ENF 级板材,随货附检测报告。", handover.CategoryMaterial},
		{"合同签订后 45 天内完成安装。", handover.CategorySchedule},
		{"赠送厨房抽屉分隔件一套。", handover.CategoryGift},
	},
	renovation: {
		{"水电使用合同约定品牌,封槽前请业主验收。", handover.CategoryMaterial},
		{"卫生间闭水试验不少于 48 小时,全程拍照。", handover.CategoryCraft},
		{"每周至少一次监理巡检并出具报告。", handover.CategoryService},
		{"完工赠送净水器一台。", handover.CategoryGift},
	},
}

// share is an instalment of the contract amount.
type share struct {
	name, stage string
	percent     int
}

var instalmentsOf = map[project.Kind][]share{
	furniture:  {{"签约定金", "sign", 50}, {"出厂前进度款", "quality_check", 40}, {"验收尾款", "acceptance", 10}},
	renovation: {{"签约定金", "sign", 30}, {"水电完工进度款", "plumbing_wiring", 35}, {"木工完工进度款", "carpentry", 30}, {"竣工尾款", "acceptance", 5}},
}

var paymentNames = map[budget.Kind][2]string{
	budget.Deposit: {"定金", "deposit"}, budget.Stage: {"进度款", "stage payment"}, budget.Final: {"尾款", "final payment"}, budget.Change: {"变更款", "for a change"},
}

var payMethods = []string{"银行转账", "POS 刷卡", "微信支付", "支付宝"}

// agreement is a line of a specification: where a material of the catalogue goes, and in which stage.
type agreement struct {
	material     int
	place, stage string
	quantity     int64
}

var specified = map[project.Kind][]agreement{
	furniture: {
		{0, "全屋柜体", "installation", 62}, {1, "柜门与抽屉", "installation", 46}, {2, "厨房台面", "installation", 6},
	},
	renovation: {
		{5, "全屋给水", "plumbing_wiring", 120},
		{6, "全屋强电", "plumbing_wiring", 860},
		{4, "卫生间与阳台", "tiling", 38},
		{3, "客餐厅与厨卫", "tiling", 92},
		{7, "全屋墙面", "painting", 260},
		{8, "卧室", "installation", 48},
		{0, "橱柜与衣柜", "installation", 30},
	},
}

// wrongMaterial is what was built in where nothing of it was agreed.
const wrongMaterial = 9

// stuff is a line of the catalogue.
type stuff struct {
	name, brand, category, model, grade, unit, supplier string
}

var stuffs = []stuff{
	{"多层实木柜体板", "森禾", "板材", "SH-1809", "ENF", "张", "佛山森禾木业有限公司"},
	{"阻尼铰链", "百固", "五金", "BG-110", "SUS304", "只", "肇庆百固五金有限公司"},
	{"石英石台面", "晶岳", "台面", "JY-雪山白", "A", "米", "云浮晶岳石材有限公司"},
	{"通体大理石瓷砖", "陶岭", "瓷砖", "TL-612018", "优等品", "平方米", "佛山陶岭陶瓷有限公司"},
	{"柔韧型防水涂料", "固盾", "防水", "K11", "环保型", "平方米", "中山固盾建材有限公司"},
	{"PPR 给水管", "通源", "管材", "S3.2 φ25", "饮用水级", "米", "台州通源塑业有限公司"},
	{"阻燃铜芯线", "安顺达", "电线", "BV 4mm²", "ZR-C", "米", "东莞安顺达电缆有限公司"},
	{"净味墙面漆", "雅诺", "涂料", "YN-560", "净味十环", "平方米", "惠州雅诺涂料有限公司"},
	{"三层实木地板", "林语", "地板", "LY-栎木 1503", "E0", "平方米", "湖州林语地板有限公司"},
	{"强化复合地板", "林语", "地板", "LY-强化 806", "E1", "平方米", "湖州林语地板有限公司"},
}

// consignment is a batch of a delivery, and the stage for which it comes.
type consignment struct {
	name, stage string
	slow        bool // takes a day longer on the road
	items       []parcel
}

type parcel struct {
	name     string
	quantity int64
	room     string
}

var consignments = map[project.Kind][]consignment{
	furniture: {
		{"柜体与背板", "delivery", true, []parcel{{"衣柜柜体", 6, "主卧"}, {"衣柜柜体", 4, "次卧"}, {"橱柜柜体", 9, "厨房"}}},
		{"门板五金与台面", "installation", false, []parcel{{"柜门", 28, "全屋"}, {"五金包", 3, "全屋"}, {"石英石台面", 2, "厨房"}}},
	},
	renovation: {
		{"瓷砖与防水材料", "tiling", false, []parcel{{"地砖", 96, "客餐厅"}, {"墙砖", 130, "厨房与卫生间"}, {"防水涂料", 12, "卫生间"}}},
		{"橱柜木门与地板", "installation", true, []parcel{{"橱柜", 1, "厨房"}, {"室内门", 5, "全屋"}, {"木地板", 48, "卧室"}}},
	},
}

var carriers = []string{"德邦快递", "安能物流", "顺丰快运"}

var carrierWords = map[delivery.CarrierStatus]string{
	delivery.PickedUp: "已揽收,从工厂发出", delivery.InTransit: "到达转运中心,正发往目的地", delivery.OutForDelivery: "派送中,请保持电话畅通", delivery.Delivered: "已送达现场并卸货",
}

// inspected are the words of a supervisor about a stage.
type inspected struct{ summary, findings, hazard string }

var inspectionWords = map[string]inspected{
	"demolition":      {"拆改按图进行,承重结构无扰动,现场保护到位。", "逐间核对拆除范围;新砌墙体拉结筋间距合格;垃圾日清。", "临时配电箱未上锁"},
	"plumbing_wiring": {"水电管线走向与图纸一致,抽查 12 处均合格。", "强弱电间距、管卡间距、线径抽查合格;给水管已试压。", "厨房一处线管转弯半径过小"},
	"tiling":          {"铺贴平整度良好,闭水试验记录完整。", "2 米靠尺抽查 20 处,最大误差 1.8 毫米;空鼓率 2%。", "阳台一块地砖空鼓"},
	"carpentry":       {"吊顶龙骨与封板符合规范,转角整板裁切。", "吊杆间距、螺钉间距、板缝预留抽查合格。", "走廊吊顶两颗自攻螺钉未点防锈漆"},
	"painting":        {"腻子与底漆工序合格,阴阳角顺直。", "灯光侧照检查,局部打磨痕迹已标记修补。", "儿童房窗边有一处漏刷"},
	"installation":    {"主材安装牢固,五金调试顺畅,成品保护到位。", "柜门缝隙、地板伸缩缝、洁具打胶抽查合格。", "次卧门吸安装松动"},
	"":                {"现场整洁,本周工作按计划完成。", "逐项查看,资料与现场相符。", "地面保护膜破损一处,有滑倒风险"},
}

var checkNotes = map[quality.CheckKind]string{
	quality.Self: "逐项自检,数据已记录。", quality.Mutual: "换人复核,与自检一致。", quality.Special: "专项复查合格,同意进入下一工序。",
}

var checkItems = map[string][]quality.CheckItem{
	"plumbing_wiring": {{Name: "给水打压", Passed: true, Note: "0.8 兆帕,30 分钟无压降"}, {Name: "线路通断", Passed: true}, {Name: "走向图与照片存档", Passed: true}},
	"tiling":          {{Name: "闭水 48 小时", Passed: true}, {Name: "空鼓率", Passed: true, Note: "2%"}, {Name: "平整度", Passed: true}},
	"quality_check":   {{Name: "板件数量", Passed: true, Note: "126 件"}, {Name: "尺寸误差", Passed: true, Note: "0.5 毫米内"}, {Name: "封边与外观", Passed: true}},
}

// visitWords are what customers asked, and what was answered.
var visitWords = [][2]string{
	{"业主问瓷砖批次色差怎么控制。", "已说明同批次采购并预留 5% 余量,到货当面比色。"},
	{"业主担心邻居投诉噪音。", "已确认施工时段并提前张贴告示,午休时间停工。"},
	{"业主想知道下周谁到现场。", "已告知下周工序与负责人,项目页可随时查看。"},
	{"业主对目前进度满意,提醒留意雨天通风。", "已转告项目经理,现场已做好通风防潮。"},
	{"业主询问柜门颜色能否与样板一致。", "已确认按封样生产,到货时带样板比对。"},
}

const (
	careWords   = "已讲解:五金与台面日常清洁、柜门合页调整、雨季通风除湿、水电总阀位置与报修方式。"
	siteNote    = "业主家有小孩,进场请换鞋套;大件从货梯上,先联系物业登记。"
	delayReason = "连续阴雨,腻子干燥时间不足,为保证墙面质量顺延施工。"
)
