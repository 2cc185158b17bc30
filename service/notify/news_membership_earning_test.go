package notify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/membership"
	"guike/testkit"
)

func TestCustomersAreToldOfTheirValue(t *testing.T) {
	t.Parallel()
	scene(t, "given, expiring, expired: each once", func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		at := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
		for topic, want := range map[string]string{
			membership.TopicValueGiven: "您获得了 12.05 元家居基金,现在可以使用。", membership.TopicValueExpiring: "您有 1205 积分可使用至2026年12月31日,请及时使用。",
			membership.TopicValueExpired: " 1205 积分已到期失效",
		} {
			book := "points"
			if topic == membership.TopicValueGiven {
				book = "fund"
			}
			before := len(w.inbox(t, w.owner))
			e := w.owe(t, topic, membership.ValueMoved{CustomerID: w.owner.ID, Book: book, Amount: 1205, At: at.UnixMilli()})
			for range 2 {
				require.NoError(t, w.Handlers()[topic](t.Context(), e))
			}
			got := w.inbox(t, w.owner)
			require.Len(t, got, before+1, topic)
			var bodies []string
			for _, m := range got {
				bodies = append(bodies, m.Body)
			}
			require.Contains(t, joined(bodies), want)
		}
		e := w.owe(t, membership.TopicValueGiven, membership.ValueMoved{CustomerID: id.New(), Book: "points", Amount: 1})
		require.Error(t, w.Handlers()[e.Topic](t.Context(), e), "nobody to tell is given up")
	})
}

func joined(texts []string) (all string) {
	for _, t := range texts {
		all += t + "\n"
	}
	return all
}
