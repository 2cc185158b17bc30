package notify_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	"guike/model/membership/level"
	"guike/testkit"
)

func TestCustomersAreToldOfLevelsAndTitles(t *testing.T) {
	t.Parallel()
	scene(t, "each once, with its reason", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		change := level.Change{CustomerID: w.owner.ID, N: 1, ID: id.New(), ToLevel: "silver", Growth: 150, Why: level.Rose, ReasonZH: "成长值达到 150,升为银卡会员", At: k.Clock.Now(), NotedAt: k.Clock.Now()}
		free := level.Change{CustomerID: w.owner.ID, N: 2, ID: id.New(), ToLevel: "bronze", Why: level.Rose, At: k.Clock.Now(), NotedAt: k.Clock.Now()}
		grant := membership.Title{CustomerID: w.owner.ID, ID: id.New(), Title: "referrer", Source: level.SourceHand, Reason: "好友成交", GrantedAt: k.Clock.Now(), EndedWhy: "已到期"}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			rule := level.TitleRule{Key: "referrer", Version: 1, Meaning: level.Meaning{NameZH: "推荐会员", Enabled: true}}
			if err := level.AddTitleTx(ctx, tx, &rule); err != nil {
				return err
			}
			if err := level.AddChangesTx(ctx, tx, []level.Change{change, free}); err != nil {
				return err
			}
			return membership.GrantTx(ctx, tx, []membership.Title{grant})
		})
		for _, c := range []struct {
			topic string
			event any
			want  string
		}{
			{membership.TopicLevelChanged, membership.LevelChanged{CustomerID: w.owner.ID, ChangeID: change.ID, To: "silver"}, "成长值达到 150,升为银卡会员"},
			{membership.TopicTitleGranted, membership.TitleChanged{CustomerID: w.owner.ID, GrantID: grant.ID, Title: "referrer"}, "原因:好友成交"},
			{membership.TopicTitleEnded, membership.TitleChanged{CustomerID: w.owner.ID, GrantID: grant.ID, Title: "referrer"}, "原因:已到期"},
		} {
			before := len(w.inbox(t, w.owner))
			e := w.owe(t, c.topic, c.event)
			for range 2 {
				require.NoError(t, w.Handlers()[c.topic](t.Context(), e))
			}
			got := w.inbox(t, w.owner)
			require.Len(t, got, before+1, c.topic)
			var bodies []string
			for _, m := range got {
				bodies = append(bodies, m.Body)
			}
			require.Contains(t, joined(bodies), c.want)
		}
		before := len(w.inbox(t, w.owner))
		e := w.owe(t, membership.TopicLevelChanged, membership.LevelChanged{CustomerID: w.owner.ID, ChangeID: free.ID, To: "bronze"})
		require.NoError(t, w.Handlers()[e.Topic](t.Context(), e))
		require.Len(t, w.inbox(t, w.owner), before, "what everybody has is no news")
		e = w.owe(t, membership.TopicLevelChanged, membership.LevelChanged{CustomerID: w.owner.ID, ChangeID: id.New()})
		require.Error(t, w.Handlers()[e.Topic](t.Context(), e))
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.EndMergedTx(ctx, tx, w.guest.ID, w.owner.ID)
		})
		e = w.owe(t, membership.TopicLevelChanged, membership.LevelChanged{CustomerID: w.guest.ID, ChangeID: id.New()})
		require.NoError(t, w.Handlers()[e.Topic](t.Context(), e), "whoever has a history of their own does not read the other record's")
		require.Len(t, w.inbox(t, w.owner), before)
	})
}

func TestWhoIsInGraceIsToldUntilWhen(t *testing.T) {
	t.Parallel()
	scene(t, "once, while it lasts", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		until := k.Clock.Now().Add(20 * 24 * time.Hour).UnixMilli()
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			ladder := level.Ladder{Version: 1, Plan: level.Plan{Steps: []level.Step{{Key: "gold", NameZH: "金卡会员", From: 1000, GraceDays: 20}}}}
			if err := level.AddLadderTx(ctx, tx, &ladder); err != nil {
				return err
			}
			m, err := membership.JoinTx(ctx, tx, w.owner.ID)
			if err != nil {
				return err
			}
			m.Level, m.GraceUntil, m.LookAt, m.RulesN = "gold", &until, &until, ladder.N
			return membership.SetLevelTx(ctx, tx, m)
		})
		e := w.owe(t, membership.TopicGraceBegun, membership.GraceBegun{CustomerID: w.owner.ID, Level: "gold", Until: until})
		before := len(w.inbox(t, w.owner))
		for range 2 {
			require.NoError(t, w.Handlers()[e.Topic](t.Context(), e))
		}
		got := w.inbox(t, w.owner)
		require.Len(t, got, before+1)
		require.Contains(t, got[0].Title+got[len(got)-1].Title, "2026年12月13日", "the last day on which the level holds")
		k.Clock.Advance(21 * 24 * time.Hour)
		late := w.owe(t, membership.TopicGraceBegun, membership.GraceBegun{CustomerID: w.owner.ID, Level: "gold", Until: until})
		require.NoError(t, w.Handlers()[late.Topic](t.Context(), late))
		require.Len(t, w.inbox(t, w.owner), before+1, "what is over is no news")
	})
}
