package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"guike/model/db"
	"guike/model/identity"
)

// NewPolicy is a version of a policy to be published.
type NewPolicy struct {
	Policy           string
	Version          int64
	TitleZH, TitleEN string
	BodyZH, BodyEN   string
	Purposes         []identity.Purpose // what it covers
	Renewed          []identity.Purpose // for which it needs a new consent
	EffectiveAt      time.Time
}

// PublishTx adds a version of a policy; one that is there already stays as it is. Rows are never
// changed, since customers consented to them.
func PublishTx(ctx context.Context, tx *db.Tx, n NewPolicy) error {
	sum := sha256.Sum256([]byte(n.BodyZH + "\x00" + n.BodyEN))
	p := identity.Policy{
		Policy: n.Policy, Version: n.Version, TitleZH: n.TitleZH, TitleEN: n.TitleEN, BodyZH: n.BodyZH, BodyEN: n.BodyEN,
		Hash: hex.EncodeToString(sum[:]), URL: fmt.Sprintf("/v1/public/policies/%s/versions/%d", n.Policy, n.Version),
		Purposes: list(n.Purposes), Renewed: list(n.Renewed), EffectiveAt: n.EffectiveAt, CreatedAt: tx.Now,
	}
	if err := db.Insert(ctx, tx, &p); err != nil && !db.Duplicate(err) {
		return fmt.Errorf("publish policy %s: %w", n.Policy, err)
	}
	return nil
}

func list(purposes []identity.Purpose) string {
	words := make([]string, 0, len(purposes))
	for _, p := range purposes {
		words = append(words, string(p))
	}
	return strings.Join(words, ",")
}

// SeedPolicies publishes the policies that the house brings along. It may run any number of times.
func SeedPolicies(ctx context.Context, tx *db.Tx) error {
	for _, n := range seeds() {
		if err := PublishTx(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

func seeds() []NewPolicy {
	since := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	terms := []identity.Purpose{identity.PurposeTerms}
	privacy := []identity.Purpose{
		identity.PurposePrivacy, identity.PurposePhone, identity.PurposeMarketing,
		identity.PurposeCasePublication, identity.PurposePersonalization,
	}
	return []NewPolicy{
		{
			Policy: "terms", Version: 1, TitleZH: "用户服务协议", TitleEN: "Terms of service",
			BodyZH: termsZH, BodyEN: termsEN, Purposes: terms, Renewed: terms, EffectiveAt: since,
		},
		{
			Policy: "privacy", Version: 1, TitleZH: "隐私政策", TitleEN: "Privacy policy",
			BodyZH: privacyZH, BodyEN: privacyEN, Purposes: privacy, Renewed: privacy, EffectiveAt: since,
		},
	}
}

const (
	termsZH = `本协议说明您使用本小程序时双方的权利与义务。
1. 您可以查看自己房屋的施工进度、现场照片、责任人和服务记录。
2. 您上传的文字和图片应真实、合法,不得侵犯他人权益。
3. 工程的权利义务以双方签订的书面合同为准。
4. 您可以随时停止使用,并申请注销账号。`
	termsEN = `These terms say what you and we owe each other when you use this mini-program.
1. You can follow your home's progress, its photos, the people in charge and the service records.
2. What you upload is true and lawful, and takes nothing from others.
3. The written contract decides about the works themselves.
4. You may stop at any time and ask us to delete your account.`
	privacyZH = `我们只为下列目的处理您的个人信息,每一项均可单独同意或撤回:
· privacy:为您建立账号(微信 OpenID、昵称、头像),并按合同提供服务。
· phone:手机号,用于联系您、核对门店登记的资料。不提供手机号仍可浏览。
· marketing:活动与优惠通知。
· case_publication:经您同意后公开展示案例照片,不显示姓名和地址。
· personalization:根据您的偏好推荐内容,可随时关闭。
手机号、姓名和地址加密保存;员工查看完整信息必须说明原因,您可以在“隐私—访问记录”中看到。
您有权查阅、复制、更正、删除个人信息,也可以注销账号。`
	privacyEN = `We use your personal data for the purposes below only; you agree to each, or withdraw, by itself.
· privacy: your account (WeChat OpenID, nickname, picture) and the services of your contract.
· phone: your number, to call you and to find what a store has entered for you. You may browse without it.
· marketing: news and offers.
· case_publication: photos of your home as a public case, without name and address.
· personalization: suggestions by your preferences, which you can turn off at any time.
Phone, name and address are stored encrypted. Staff who look at them give a reason, and you can read who did and why.
You may see, copy, correct and delete your data, and close your account.`
)
