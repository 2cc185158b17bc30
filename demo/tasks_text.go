package demo

import (
	"guike/internal/actor"
	"guike/service/care"
)

// errand is a task of the story.
type errand struct {
	customer      int
	kind          string
	title, reason string
	role          actor.Role
	dueHours      int // from the base; negative is overdue, or done before
	outcome, note string
}

// errands are the tasks, by the customer whom they are about.
var errands = []errand{
	{0, care.KindManual, "回电确认瓷砖到货时间", "客户询问客厅地砖何时到场,答应今天回电。", actor.ProjectManager, 6, "", ""},
	{1, care.KindManual, "补发衣柜效果图", "客户希望看到胡桃木色与暖白色两版效果图。", actor.Designer, 20, "", ""},
	{2, care.KindManual, "说明项目经理变更", "负责人更换后需致电客户说明并核对进度。", actor.ProjectManager, -30, "", ""},
	{4, care.KindManual, "催工厂排产", "柜体生产超过计划,客户已询问两次。", actor.Sales, -5, "", ""},
	{5, care.KindManual, "确认儿童房色号", "面漆施工前需客户书面确认色号。", actor.Designer, 26, "", ""},
	{7, care.KindManual, "预约安装后回访", "安装完成后三天内回访柜门调试情况。", actor.CustomerService, 72, "", ""},
	{8, care.KindManual, "雨季巡检提醒", "养护期内上门检查水管接头与柜门。", actor.CustomerService, -80, "", ""},
	{10, care.KindManual, "收集业主家电清单", "水电点位图需要电器尺寸。", actor.Designer, -60, "done", "已收到清单,冰箱为嵌入式。"},
	{12, care.KindManual, "处理台面划痕", "客户反馈橱柜台面有一处轻微划痕。", actor.Installer, -12, "", ""},
	{13, care.KindManual, "交付保修卡", "验收后七日内交付保修卡与养护手册。", actor.CustomerService, -200, "done", "已快递,客户签收。"},
	{18, care.KindManual, "安排验收时间", "保洁完成,需与客户约定验收时间。", actor.ProjectManager, 30, "", ""},
	{20, care.KindManual, "整改清单复核", "验收前复核整改清单 2 项。", actor.Supervisor, 10, "", ""},
	{22, care.KindManual, "瓷砖空鼓返工沟通", "泥瓦阶段重新打开,需向客户说明返工范围和天数。", actor.ProjectManager, -3, "", ""},
	{26, care.KindManual, "延期致歉电话", "泥瓦铺贴晚于计划,需店长致电说明。", actor.StoreManager, -26, "done", "已致电,客户理解,承诺周末加派一名瓦工。"},
	{28, care.KindManual, "养护期满回访", "电话回访使用情况并邀请评价。", actor.CustomerService, -300, "unreachable", "两次未接,已留言。"},
	{30, care.KindManual, "退还定金", "项目取消,按合同退还定金并取得签收。", actor.StoreManager, 48, "", ""},
	{36, care.KindFileReview, "", "客户头像未能自动审核,请人工查看。", actor.CustomerService, -90, "done", "图片正常。"},
	{45, care.KindManual, "首次联系登记客户", "展会登记客户,48 小时内电话联系并邀约到店。", actor.Sales, 30, "", ""},
	{47, care.KindManual, "首次联系登记客户", "展会登记客户,48 小时内电话联系并邀约到店。", actor.Sales, -50, "not_needed", "客户已在别处签约。"},
}
