package handover

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/handover"
)

// SeedTx loads the default checklists and craft notes where there are none yet. Running it again changes
// nothing, nor does it touch what the company has changed.
func SeedTx(ctx context.Context, tx *db.Tx) error {
	for _, d := range checklists() {
		_, known, err := model.LastChecklist(ctx, tx, d.kind, d.stage)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		c := model.Checklist{Kind: d.kind, StageKey: d.stage, Version: 1, TitleZH: d.zh, TitleEN: d.en, Active: true}
		if err := model.AddChecklistTx(ctx, tx, &c, lines(d.lines)); err != nil && !db.Duplicate(err) {
			return fmt.Errorf("seed checklist of %s %s: %w", d.kind, d.stage, err)
		}
	}
	for i, d := range craftNotes() {
		n := model.CraftNote{ID: id.New(), Key: d.key, StageKey: d.stage, Seq: i + 1, TitleZH: d.zh, TitleEN: d.en, Text: d.text, Active: true}
		if err := model.AddCraftNoteTx(ctx, tx, &n); err != nil && !db.Duplicate(err) {
			return fmt.Errorf("seed craft note %s: %w", d.key, err)
		}
	}
	return nil
}

type seededChecklist struct {
	kind   core.Kind
	stage  string
	zh, en string
	lines  []ChecklistLine
}

// checklists are the defaults of C18: acceptance of both kinds, and the hidden works of a renovation.
func checklists() []seededChecklist {
	return []seededChecklist{
		{core.CustomFurniture, "acceptance", "全屋定制交付验收", "Custom furniture, hand-over", []ChecklistLine{
			{"dimensions", "柜体尺寸与图纸一致,误差不超过 2 毫米", "Cabinets match the drawings within 2 mm"},
			{"level", "柜体横平竖直,落地稳固无晃动", "Cabinets are level, plumb and steady"},
			{"doors", "门板缝隙均匀,开合顺畅无异响", "Door gaps are even; doors open smoothly and quietly"},
			{"drawers", "抽屉滑轨顺滑,缓冲有效,拉出不下坠", "Drawers glide, close softly and do not sag"},
			{"edges", "封边平整无脱胶、无崩边", "Edge banding is flat, without gaps or chips"},
			{"surface", "面板无划痕、磕碰、色差", "Surfaces without scratches, dents or difference in colour"},
			{"hardware", "铰链、拉手、挂衣杆齐全牢固", "Hinges, handles and rails are complete and firm"},
			{"countertop", "台面拼缝严密,水槽打胶均匀不渗漏", "Countertop joints are tight; the sink is sealed"},
			{"wall_joint", "收口条与墙面贴合,打胶顺直", "Filler strips meet the wall; sealant lines are straight"},
			{"anchoring", "吊柜及高柜已固定上墙,防倾倒件到位", "Wall and tall cabinets are anchored against tipping"},
			{"formaldehyde", "板材环保等级标识与合同一致", "The boards' emission class is that of the contract"},
			{"cleaning", "现场清洁,保护膜与包装已清走", "The site is clean; films and packaging are gone"},
		}},
		{core.Renovation, "acceptance", "装修竣工验收", "Renovation, final", []ChecklistLine{
			{"walls", "墙面平整无开裂、无空鼓,阴阳角顺直", "Walls are flat without cracks or hollows; corners are straight"},
			{"ceiling", "吊顶平整,接缝无裂纹,灯位正确", "Ceilings are flat, joints without cracks, lamps in place"},
			{"floor", "地面铺装平整,缝隙均匀,踩踏无异响", "Floors are flat with even joints and do not creak"},
			{"tiles", "瓷砖空鼓率低于 5%,勾缝饱满", "Less than 5% hollow tiles; joints are filled"},
			{"waterproof", "卫生间闭水 48 小时无渗漏", "Bathrooms hold water for 48 hours without a leak"},
			{"drains", "地漏排水顺畅无返味,坡度正确", "Drains run freely without smell; slopes are right"},
			{"water_pressure", "给水打压 0.8 兆帕 30 分钟无压降,冷热左右正确", "Pipes hold 0.8 MPa for 30 minutes; hot left, cold right"},
			{"sockets", "插座逐一通电测试,零火线正确,漏保动作正常", "Every socket is tested; the residual current device trips"},
			{"doors_windows", "门窗开合顺畅,密封严实,锁具正常", "Doors and windows open smoothly, seal and lock"},
			{"cabinets", "橱柜、衣柜安装牢固,五金齐全", "Cabinets are firm with complete hardware"},
			{"bath", "洁具安装牢固,打胶均匀,冲水正常", "Sanitary ware is firm, sealed, and flushes"},
			{"air", "竣工 7 天后室内空气检测合格", "Indoor air passes the test 7 days after completion"},
			{"cleaning", "开荒保洁完成,垃圾清运完毕", "Cleaned, with all waste taken away"},
		}},
		{core.Renovation, "plumbing_wiring", "水电隐蔽工程验收", "Plumbing and wiring, before covering", []ChecklistLine{
			{"pipe_route", "水管走顶、横平竖直,管卡间距不大于 60 厘米", "Pipes run along the ceiling, straight, clipped every 60 cm at most"},
			{"wire_separation", "强弱电线管间距不小于 30 厘米,交叉处包锡箔", "Power and data conduits are 30 cm apart, shielded where they cross"},
			{"wire_gauge", "照明 2.5 平方、插座 4 平方、空调独立回路", "2.5 mm² for lights, 4 mm² for sockets, own circuits for air conditioning"},
			{"wire_pull", "管内电线可抽动,总截面不超过管径 40%", "Wires can be pulled; they fill at most 40% of the conduit"},
			{"pressure_test", "水管打压 0.8 兆帕 30 分钟,压降不超过 0.05 兆帕", "Pipes at 0.8 MPa for 30 minutes lose at most 0.05 MPa"},
			{"slots", "墙面不开横槽,槽深合规,承重墙未开槽", "No horizontal slots, no slots in bearing walls"},
			{"box_level", "线盒高度一致,开关插座点位与图纸一致", "Boxes are level and placed as drawn"},
			{"photos", "封槽前全屋管线已拍照存档", "All runs were photographed before covering"},
		}},
		{core.Renovation, "tiling", "泥瓦铺贴验收", "Tiling", []ChecklistLine{
			{"waterproof_height", "淋浴区防水高 1.8 米,其余墙面不低于 30 厘米", "Sealed up to 1.8 m at showers, 30 cm elsewhere"},
			{"pond_test", "防水层闭水 48 小时,楼下无渗漏", "Held water for 48 hours; dry downstairs"},
			{"hollow", "敲击检查,单片空鼓率低于 5%", "Tapped: less than 5% of a tile is hollow"},
			{"flatness", "两米靠尺误差不超过 2 毫米", "Within 2 mm under a two-metre rule"},
			{"joints", "砖缝均匀,阳角 45 度对拼无崩边", "Even joints; mitred corners without chips"},
			{"slope", "地面坡向地漏,泼水无积水", "Floors slope to the drain; no puddles"},
		}},
	}
}

type seededNote struct{ stage, key, zh, en, text string }

// craftNotes are the defaults of C8: why it is made as it is, in words for people who live there.
func craftNotes() []seededNote {
	return []seededNote{
		{
			"plumbing_wiring", "conduit_spacing", "强弱电线管为什么要间距 30 厘米", "Why power and data conduits keep 30 cm apart",
			"强电会干扰网络和电视信号。我们让强弱电线管平行间距不小于 30 厘米,必须交叉的地方垂直相交并包上锡箔。您可以在封槽前用卷尺量一量。",
		},
		{
			"plumbing_wiring", "pipes_overhead", "水管为什么走顶不走地", "Why water pipes run overhead",
			"水管走顶,万一渗漏会先在吊顶上看到水印,不用敲地砖就能找到漏点;走地则往往泡到楼下才发现。多用一点管材,换来十几年的安心。",
		},
		{
			"plumbing_wiring", "pressure_test", "打压测试看什么", "What the pressure test shows",
			"水管装好后加压到 0.8 兆帕,保持 30 分钟,压力表下降不超过 0.05 兆帕才算合格。这个压力是日常水压的两倍多,能把接头的隐患提前找出来。",
		},
		{
			"tiling", "waterproof_layers", "防水要刷几遍、刷多高", "How often and how high we seal",
			"防水涂料横竖各刷一遍,干透再刷第三遍;淋浴区刷到 1.8 米,其他墙面不低于 30 厘米。刷完闭水 48 小时,楼下不渗才能铺砖。",
		},
		{
			"tiling", "hollow_tiles", "瓷砖空鼓怎么听", "How to hear a hollow tile",
			"用空鼓锤轻敲砖面,声音发空就是空鼓。单片砖边角空鼓不超过 5% 属正常,墙砖中间空鼓必须返工,否则日后容易脱落。",
		},
		{
			"painting", "paint_layers", "为什么要三遍腻子两遍漆", "Why three coats of filler and two of paint",
			"每一遍腻子干透、打磨之后才能批下一遍,墙面才平、不易开裂。阴雨天干得慢,我们宁可多等一天。",
		},
		{
			"installation", "anchoring", "高柜为什么一定要固定上墙", "Why tall cabinets are anchored",
			"高柜和抽屉柜拉开抽屉时重心会前移。每个高柜至少两处固定在承重墙或加固点上,家里有孩子时尤其不能省。",
		},
		{
			"production", "edge_banding", "封边好不好看哪里", "How to judge edge banding",
			"好的封边胶线细而均匀,手摸无台阶,四条边都封,连看不到的背边也封,这样板材才不易受潮和释放甲醛。",
		},
	}
}
