package wording_test

import (
	"testing"

	"guike/internal/wording"
)

func TestVague(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"床、柜等等":                       "等等",
		"满减优惠":                        "满减",
		"最高可减 500 元":                  "最高可减",
		"Up to 50% off":               "up to",
		"正价商品 9 折":                    "",
		"满 100 元减 10 元":               "",
		"10% off goods at full price": "",
		"黄金等级会员":                      "",
	} {
		if got := wording.Vague("", text); got != want {
			t.Errorf("%s: %q, not %q", text, got, want)
		}
	}
}
