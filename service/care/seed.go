package care

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/model/care"
	"guike/model/db"
)

// The kinds of task that are seeded. Later domains add theirs.
const (
	KindManual      = "manual"
	KindFileReview  = "file_review"
	KindStaffLeaves = "staff_handover"
	KindCareStart   = "care_start" // the first call after a hand-over (E4)
	KindCorrection  = "value_correction"
)

// SeedTx loads the default policies; those that are there stay as they are.
func (s *Service) SeedTx(ctx context.Context, tx *db.Tx) error {
	for _, p := range seeds() {
		p.Version, p.Active, p.CreatedAt = 1, true, tx.Now
		if p.Steps == "" {
			p.Steps = ladder(at(0, actor.StoreManager), at(24*60, actor.RegionalHead), at(72*60, actor.Management))
		}
		if p.Outcomes == "" {
			p.Outcomes = text([]string{"done", "unreachable", "not_needed", "other"})
		}
		if err := care.AddPolicyTx(ctx, tx, &p); err != nil && !db.Duplicate(err) {
			return fmt.Errorf("seed task policy %s: %w", p.Kind, err)
		}
	}
	for _, p := range alertSeeds() {
		p.Version, p.Active, p.CreatedAt = 1, true, tx.Now
		if err := care.AddAlertPolicyTx(ctx, tx, &p); err != nil && !db.Duplicate(err) {
			return fmt.Errorf("seed alert policy %s: %w", p.Kind, err)
		}
	}
	return nil
}

// seeds are the task policies, one kind a line; an alert of a kind is worked at level 1 as its task is.
// Ladder and outcomes are the ordinary ones when a line names none.
func seeds() []care.Policy {
	return []care.Policy{
		{Kind: KindManual, Title: "待办事项", Script: "按事由处理,完成后写下结果。", DueMinutes: 24 * 60, OwnerRole: actor.CustomerService},
		{Kind: KindFileReview, Title: "人工审核客户图片", Script: "查看图片是否含有违规内容;违规则撤下并告知客户原因。", DueMinutes: 4 * 60, OwnerRole: actor.CustomerService},
		{Kind: KindCorrection, Title: "审批积分或基金更正", Script: "核对更正的原因与客户流水;属实则通过,不属实则驳回并写明原因。", DueMinutes: 24 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("approved", "refused", "withdrawn", "other")},
		{Kind: KindStaffLeaves, Title: "交接停用员工的客户与项目", Script: "为其负责的每个项目指定新的负责人,并致电客户说明。", DueMinutes: 8 * 60, OwnerRole: actor.StoreManager},

		{Kind: care.AnyAlert, Title: "告警", Script: "按事由核实情况,联系客户说明,处理完成后写下结果。", DueMinutes: 24 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("resolved", "not_needed", "other")},
		{Kind: "missing_log", Title: "今日施工日志未提交", Script: "补交今天的施工日志:今日完成、明日计划、1 至 9 张照片。今日确未施工的,在日志中写明原因。", DueMinutes: 13 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("log_posted", "no_work_today", "other"), Steps: "[]"},
		{Kind: "missing_log_manager", Title: "昨日施工日志缺失", Script: "联系项目经理了解昨日现场情况并督促补交日志;必要时致电客户说明。", DueMinutes: 8 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("log_posted", "spoke_to_manager", "no_work", "other")},
		{Kind: "missing_inspection", Title: "本周监理报告未提交", Script: "本周到现场巡检并提交监理报告:各项检查、隐患、照片。无法到场的,请店长安排他人。", DueMinutes: 24 * 60, OwnerRole: actor.Supervisor, Outcomes: outcomes("report_posted", "rescheduled", "other"), Steps: "[]"},
		{Kind: "missing_inspection_manager", Title: "上周监理报告缺失", Script: "联系监理了解原因,安排本周补做巡检或改派他人;必要时致电客户说明。", DueMinutes: 8 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("report_posted", "rescheduled", "other")},
		{Kind: "missing_service_visit_manager", Title: "客服回访逾期未进行", Script: "督促客服今天致电客户并记录;客服无法联系的,由店长亲自致电。", DueMinutes: 8 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("recorded", "unreachable", "rescheduled", "other")},
		{Kind: "missing_service_visit", Title: "客服回访已满两周未进行", Script: "致电客户了解感受与疑问,将结果记入项目;客户不便时另约时间。", DueMinutes: 24 * 60, OwnerRole: actor.CustomerService, Outcomes: outcomes("recorded", "unreachable", "rescheduled", "other"), Steps: "[]"},
		{Kind: "plan_delay", Title: "工期延误", Script: "核实延误原因与新的完成日期;确认待发的延误通知;致电客户说明原因、新日期与补偿方案。", DueMinutes: 24 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("notice_confirmed", "plan_caught_up", "other")},
		{Kind: "delay_notice", Title: "确认延误通知", Script: "核对系统拟好的延误原因、新日期与补偿建议,修改后确认发送给客户。", DueMinutes: 8 * 60, OwnerRole: actor.ExperienceCentre, Outcomes: outcomes("confirmed", "not_needed", "other")},
		{Kind: "material_mismatch", Title: "安装材料与合同不符", Script: "立即暂停该材料的安装;核对合同规格与到货批次;向客户说明并给出更换或变更方案。", DueMinutes: 8 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("replaced", "customer_agreed", "recorded_wrongly", "other")},
		{Kind: "material_recall", Title: "材料召回:联系受影响的客户", Script: "致电客户说明召回的材料与影响;约定检查或更换的时间;记录结果。", DueMinutes: 48 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("replaced", "checked_safe", "appointment_made", "unreachable", "other")},
		{Kind: "hazard_overdue", Title: "隐患整改逾期", Script: "到现场督促整改,拍摄整改后照片,并请监理复查。", DueMinutes: 24 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("fixed", "deadline_moved", "other")},
		{Kind: "hazard", Title: "整改监理发现的隐患", Script: "按监理意见整改;完成后拍摄整改后照片,在隐患中提交并说明做法。", DueMinutes: 48 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("fixed", "not_a_hazard", "other")},
		{Kind: "hazard_recheck", Title: "复查隐患整改", Script: "到现场对照整改前后照片复查;不合格的写明原因并给出新的期限。", DueMinutes: 48 * 60, OwnerRole: actor.Supervisor, Outcomes: outcomes("rechecked", "other")},
		{Kind: "supervisor_choice", Title: "确认客户选定的第三方监理", Script: "联系监理确认档期与费用;确认后交付其登录账号,无法安排的写明原因并请客户另选。", DueMinutes: 24 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("confirmed", "declined", "withdrawn", "other")},
		{Kind: "delivery_late", Title: "配送批次未按期送达", Script: "联系工厂与承运商核实新的送达日期;在系统中改期并写明原因;致电客户说明。", DueMinutes: 8 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("rescheduled", "arrived", "other")},
		{Kind: "delivery_shortage", Title: "签收时有缺损", Script: "核对缺损明细与照片;安排补发或更换并告知客户到货日期。", DueMinutes: 8 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("resent", "replaced", "recorded_wrongly", "other")},
		{Kind: "erp_made", Title: "工厂已完工,请确认生产阶段", Script: "核对 ERP 报告的完工与发货信息;完成“生产”阶段,或与工厂核实后说明原因。", DueMinutes: 24 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("stage_completed", "not_finished", "other")},
		{Kind: "defect", Title: "缺陷与损坏:两小时内响应", Script: "两小时内联系客户;确认问题与照片;给出处理方案与完成时间。", DueMinutes: 2 * 60, OwnerRole: actor.CustomerService, Outcomes: outcomes("plan_agreed", "fixed", "not_a_defect", "unreachable", "other")},
		{Kind: "design_changes", Title: "按客户意见修改设计方案", Script: "查看客户的修改意见,当天联系客户确认要点与新版时间;修改后提交新版本,写明与上一版的不同。", DueMinutes: 48 * 60, OwnerRole: actor.Designer, Outcomes: outcomes("version_submitted", "agreed_as_is", "design_withdrawn", "other")},
		{Kind: "design_objection", Title: "客户对设计提出异议", Script: "当天联系客户,逐条听取意见;与设计师商定修改内容和新版交付时间并告知客户。", DueMinutes: 24 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("revision_agreed", "designer_changed", "withdrawn", "other")},
		{Kind: "change_order_asked", Title: "变更申请待报价", Script: "核算变更的费用与工期并向客户报价;暂不能报价的,先告知客户时间。", DueMinutes: 24 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("quoted", "withdrawn", "other")},
		{Kind: "change_order_waiting", Title: "变更报价将在 24 小时内到期", Script: "联系客户说明费用与工期;客户需要更多时间的,重新报价并延长有效期。", DueMinutes: 24 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("decided", "quoted_again", "withdrawn", "unreachable", "other")},
		{Kind: "change_order_lapsed", Title: "变更报价已过期", Script: "联系客户确认是否仍需变更;需要的重新报价,不需要的撤回。", DueMinutes: 24 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("quoted_again", "withdrawn", "unreachable", "other")},
		{Kind: "phase_due", Title: "延期阶段即将到期", Script: "联系客户确认后续阶段的施工与付款时间,更新计划。", DueMinutes: 72 * 60, OwnerRole: actor.Sales, Outcomes: outcomes("scheduled", "deferred_again", "cancelled", "unreachable", "other")},
		{Kind: "quality_loss", Title: "重大质量问题", Script: "按应急预案处理,直至客户确认问题解决。", DueMinutes: 24 * 60, OwnerRole: actor.Management, Outcomes: outcomes("settled", "rework_agreed", "not_confirmed", "other")},
		{Kind: KindCareStart, Title: "交付后 24 小时回访", Script: "致电客户确认入住情况与满意度,讲解保养要点与报修方式,约定七天内上门回访的时间。", DueMinutes: 24 * 60, OwnerRole: actor.CustomerService, Outcomes: outcomes("started", "unreachable", "rescheduled", "other")},
		{Kind: "acceptance_defect", Title: "验收整改", Script: "安排人员整改该验收项;完成后重新提交验收单请客户确认,并写明整改结果。", DueMinutes: 72 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("fixed", "customer_agreed", "not_a_defect", "other")},
		{Kind: "acceptance_refused", Title: "客户未通过验收", Script: "当天联系客户,逐条了解不满意之处;约定整改与复验时间,整改后提交新的验收单。", DueMinutes: 24 * 60, OwnerRole: actor.ProjectManager, Outcomes: outcomes("sheet_renewed", "appointment_made", "unreachable", "other")},
		{Kind: "promise_disputed", Title: "客户对承诺有异议", Script: "核对签约时的承诺与实际情况;致电客户听取说明,兑现承诺或商定补救办法,再写下结论。", DueMinutes: 24 * 60, OwnerRole: actor.StoreManager, Outcomes: outcomes("kept_after_all", "remedy_agreed", "settled_again", "other")},
	}
}

// crisisPlan is the checklist of level 3 (K3).
const crisisPlan = "应急预案:\n1. 30 分钟内由管理层致电客户,说明已亲自接手。\n2. 现场停工并保护现场,排除人身与财产危险。\n3. 指定唯一负责人与对外联系人。\n4. 收集照片、日志、验收与合同资料,还原经过。\n5. 24 小时内给出书面处理方案:整改、期限、补偿。\n6. 每天向客户通报进展,直至客户确认解决。\n7. 复盘原因,写下防止再次发生的措施。"

// alertSeeds are the alert policies: the three levels that hold for every kind (K1, K2, K3), then the
// kinds that begin at a level or are worked within times of their own.
func alertSeeds() []care.AlertPolicy {
	return []care.AlertPolicy{
		{Kind: care.AnyAlert, Level: 1, OwnerRole: actor.StoreManager, AcknowledgeMinutes: 4 * 60, ResolveMinutes: 24 * 60, Steps: ladder(at(0, actor.ExperienceCentre), at(24*60, actor.RegionalHead), at(72*60, actor.Management))},
		{Kind: care.AnyAlert, Level: 2, OwnerRole: actor.ExperienceCentre, AcknowledgeMinutes: 2 * 60, ResolveMinutes: 24 * 60, Steps: ladder(at(0, actor.RegionalHead), at(24*60, actor.Management))},
		{Kind: care.AnyAlert, Level: 3, OwnerRole: actor.Management, AcknowledgeMinutes: 30, ResolveMinutes: 24 * 60, Script: crisisPlan, Steps: ladder(at(0, actor.ExperienceCentre), at(12*60, actor.RegionalHead))},

		{Kind: "plan_delay", Level: 2, OwnerRole: actor.ExperienceCentre, AcknowledgeMinutes: 4 * 60, ResolveMinutes: 24 * 60, Steps: ladder(at(0, actor.RegionalHead), at(24*60, actor.Management))},
		{Kind: "material_mismatch", Level: 2, OwnerRole: actor.ExperienceCentre, AcknowledgeMinutes: 2 * 60, ResolveMinutes: 8 * 60, Steps: ladder(at(0, actor.RegionalHead), at(24*60, actor.Management))},
		{Kind: "quality_loss", Level: 3, OwnerRole: actor.Management, AcknowledgeMinutes: 30, ResolveMinutes: 24 * 60, Script: crisisPlan, Steps: ladder(at(0, actor.ExperienceCentre), at(12*60, actor.RegionalHead))},
		{Kind: "defect", Level: 1, OwnerRole: actor.CustomerService, AcknowledgeMinutes: 60, ResolveMinutes: 2 * 60, Steps: ladder(at(0, actor.StoreManager), at(2*60, actor.ExperienceCentre), at(24*60, actor.Management))},
		{Kind: "design_objection", Level: 1, OwnerRole: actor.StoreManager, AcknowledgeMinutes: 4 * 60, ResolveMinutes: 24 * 60, Steps: ladder(at(0, actor.ExperienceCentre), at(24*60, actor.RegionalHead), at(72*60, actor.Management))},
	}
}

func outcomes(words ...string) string { return text(words) }

// at is one step of a ladder.
func at(minutes int64, role actor.Role) care.Step {
	return care.Step{AfterMinutes: minutes, Role: role}
}

func ladder(steps ...care.Step) string { return text(steps) }
