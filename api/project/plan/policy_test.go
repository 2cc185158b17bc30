package plan_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/testkit/apikit"
)

func TestPlanPolicyThroughTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		const path = "/v1/staff/plan-policy"
		var now struct {
			Version         int64
			LateAfterDays   int `json:"late_after_days"`
			PhaseNoticeDays int `json:"phase_notice_days"`
			Compensation    []struct {
				FromDays  int   `json:"from_days"`
				AmountFen int64 `json:"amount_fen"`
				Text      string
			}
		}
		w.Get(t, s.head, path).Is(200).Into(&now)
		require.Equal(t, 3, now.LateAfterDays)
		require.Equal(t, 14, now.PhaseNoticeDays)
		require.Len(t, now.Compensation, 4)
		body := func(more map[string]any) map[string]any {
			b := map[string]any{"version": now.Version, "late_after_days": 5, "phase_notice_days": 21, "compensation": []map[string]any{
				{"from_days": 6, "amount_fen": 80_000, "text": "减免 800 元", "text_en": "800 yuan off"},
			}}
			maps.Copy(b, more)
			return b
		}
		for name, bad := range map[string]map[string]any{
			"a negative threshold": {"late_after_days": -1},
			"no matrix":            {"compensation": nil},
			"no version":           {"version": 0},
			"an unknown field":     {"late_after": 3},
			"no words":             {"compensation": []map[string]any{{"from_days": 6, "amount_fen": 1, "text": "", "text_en": "x"}}},
			"falling amounts": {"compensation": []map[string]any{
				{"from_days": 6, "amount_fen": 2, "text": "a", "text_en": "a"}, {"from_days": 7, "amount_fen": 1, "text": "b", "text_en": "b"},
			}},
		} {
			t.Run(name, func(t *testing.T) { w.Do(t, s.head, "PUT", path, body(bad)).Fails(422, "input.invalid") })
		}
		for _, who := range []apikit.Person{s.pm, s.centre} {
			w.Get(t, who, path).Fails(403, "permission.denied")
			w.Do(t, who, "PUT", path, body(nil)).Fails(403, "permission.denied")
		}
		w.Get(t, s.Owner, path).Is(401)
		stale := body(nil)
		w.Do(t, s.head, "PUT", path, body(nil)).Is(200).Into(&now)
		require.EqualValues(t, 2, now.Version)
		require.Equal(t, 5, now.LateAfterDays)
		require.EqualValues(t, 80_000, now.Compensation[0].AmountFen)
		w.Do(t, s.head, "PUT", path, stale).Fails(409, "plan_policy.changed")
	})
}
