package project

import (
	"context"
	"fmt"

	"guike/model/db"
	"guike/model/project"
)

// StandardTemplate is the key of the template that a project gets when none is named.
const StandardTemplate = "standard"

type step struct {
	key, zh, en  string
	days, weight int
	needs        project.Need
}

// defaults are the stage templates of issue 2, point 10. Weights add up to 100; care has none, since
// no progress waits for it.
var defaults = []struct {
	kind   project.Kind
	zh, en string
	steps  []step
}{
	{project.CustomFurniture, "全屋定制标准流程", "Custom furniture, standard", []step{
		{"measure", "量尺", "Measuring", 2, 5, ""},
		{"design", "设计", "Design", 7, 15, ""},
		{"sign", "签约", "Signing", 1, 5, ""},
		{"production", "生产", "Production", 20, 35, ""},
		{"quality_check", "质检", "Quality check", 2, 5, project.NeedChecks},
		{"delivery", "配送", "Delivery", 2, 10, ""},
		{"installation", "安装", "Installation", 3, 20, ""},
		{"acceptance", "验收", "Acceptance", 1, 5, project.NeedSignOff},
		{"care", "售后养护", "Care", 30, 0, ""},
	}},
	{project.Renovation, "装修标准流程", "Renovation, standard", []step{
		{"measure", "量房", "Measuring", 2, 3, ""},
		{"design", "设计", "Design", 10, 10, ""},
		{"sign", "签约", "Signing", 1, 2, ""},
		{"demolition", "拆改", "Demolition", 5, 8, ""},
		{"plumbing_wiring", "水电", "Plumbing and wiring", 10, 15, project.NeedChecks},
		{"tiling", "泥瓦铺贴", "Tiling", 12, 15, project.NeedChecks},
		{"carpentry", "木工", "Carpentry", 15, 15, ""},
		{"painting", "油漆", "Painting", 12, 12, ""},
		{"installation", "安装", "Installation", 7, 12, ""},
		{"cleaning", "保洁", "Cleaning", 2, 3, ""},
		{"acceptance", "验收", "Acceptance", 1, 5, project.NeedSignOff},
		{"care", "售后养护", "Care", 30, 0, ""},
	}},
}

// SeedTemplates loads the default stage templates where there are none yet. Running it again changes
// nothing, nor does it touch templates that the company has changed.
func SeedTemplates(ctx context.Context, tx *db.Tx) error {
	for _, d := range defaults {
		known, err := project.HasTemplate(ctx, tx, d.kind, StandardTemplate)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		t := project.Template{Kind: d.kind, Key: StandardTemplate, Version: 1, NameZH: d.zh, NameEN: d.en, Active: true}
		items := make([]project.TemplateItem, 0, len(d.steps))
		for i, s := range d.steps {
			items = append(items, project.TemplateItem{
				Kind: d.kind, TemplateKey: StandardTemplate, Version: 1, Seq: i + 1,
				Key: s.key, NameZH: s.zh, NameEN: s.en, PlannedDays: s.days, Weight: s.weight, Needs: string(s.needs),
			})
		}
		if err := project.AddTemplateTx(ctx, tx, &t, items); err != nil {
			return fmt.Errorf("seed stage template of %s: %w", d.kind, err)
		}
	}
	return nil
}
