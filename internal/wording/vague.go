package wording

import "strings"

// vague are words that promise without saying what, in small letters (F12).
func vague() []string {
	return []string{
		"等等", "等商品", "等产品", "等优惠", "等服务", "部分商品", "部分产品", "部分门店", "指定部分", "不等", "若干", "诸多", "大额", "满减", "低至",
		"最高减", "最高享", "最高省", "最高可减", "最高可享", "最高可省", "超值", "优惠多多", "多多优惠", "多重优惠", "更多优惠", "更多权益",
		"惊喜", "神秘", "大礼", "豪礼", "敬请期待", "以实际为准", "以店内为准", "以门店为准", "最终解释权", "详询", "详情咨询",
		"up to", "as low as", "selected items", "some items", "and more", "etc.", "various", "special offer", "surprise", "stay tuned", "terms apply",
	}
}

// Vague finds a word in texts that promises without saying what: what members are given is said exactly (F12).
// It is empty when there is none.
func Vague(texts ...string) string {
	for _, text := range texts {
		low := strings.ToLower(text)
		for _, w := range vague() {
			if strings.Contains(low, w) {
				return w
			}
		}
	}
	return ""
}
