package files_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/wechat"
	model "guike/model/files"
	"guike/model/outbox"
	"guike/testkit"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	refusal := func(class wechat.Class, errcode int) error {
		return &wechat.APIError{Call: wechat.CallCheckMedia, Class: class, Errcode: errcode}
	}
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		verdicts := []struct {
			suggest wechat.Suggest
			state   model.Check
			review  int
		}{
			{wechat.SuggestPass, model.CheckPassed, 0},
			{wechat.SuggestRisky, model.CheckRisky, 0},
			{wechat.SuggestReview, model.CheckReview, 1},
		}
		for _, v := range verdicts {
			t.Run("verdict "+string(v.suggest)+", pushed twice", func(t *testing.T) {
				w := newWorld(t, k)
				got := w.upload(w.customer(), photo(t, 1))
				w.drain()
				require.Equal(t, got.URL, w.wx.asked[0].URL)
				require.True(t, wechat.ValidOpenID(w.wx.asked[0].OpenID))
				require.Equal(t, model.CheckPending, w.file(got).CheckState)
				for range 2 {
					require.NoError(t, w.svc.MediaChecked(t.Context(), w.wx.trace, v.suggest))
				}
				w.drain()
				require.Equal(t, v.state, w.file(got).CheckState)
				require.Len(t, w.review, v.review)
				links, err := w.svc.Links(t.Context(), k.DB, []id.ID{got.File.ID})
				require.NoError(t, err)
				require.Equal(t, v.state == model.CheckPassed, len(links) == 1)
			})
		}
		t.Run("push before our own commit", func(t *testing.T) {
			w := newWorld(t, k)
			w.wx.before = func(trace string) { require.NoError(t, w.svc.MediaChecked(t.Context(), trace, wechat.SuggestPass)) }
			got := w.upload(w.customer(), photo(t, 1))
			w.drain()
			require.Equal(t, model.CheckPassed, w.file(got).CheckState)
		})
		t.Run("no verdict for 35 minutes goes to a person, a late one still counts", func(t *testing.T) {
			w := newWorld(t, k)
			got := w.upload(w.customer(), photo(t, 1))
			w.drain()
			k.Clock.Advance(34 * time.Minute)
			require.NoError(t, w.svc.WatchChecks(t.Context()))
			require.Equal(t, model.CheckPending, w.file(got).CheckState)
			k.Clock.Advance(time.Minute)
			for range 2 {
				require.NoError(t, w.svc.WatchChecks(t.Context()))
			}
			w.drain()
			require.Equal(t, model.CheckReview, w.file(got).CheckState)
			require.Equal(t, []model.ReviewNeeded{{FileID: got.File.ID, CustomerID: got.File.OwnerID, Why: model.WhyTimeout}}, w.review)
			require.NoError(t, w.svc.MediaChecked(t.Context(), w.wx.trace, wechat.SuggestPass))
			require.Equal(t, model.CheckPassed, w.file(got).CheckState)
		})
		t.Run("an unmatched verdict is kept a day at least", func(t *testing.T) {
			w := newWorld(t, k)
			require.NoError(t, w.svc.MediaChecked(t.Context(), "early", wechat.SuggestPass))
			k.Clock.Advance(24 * time.Hour)
			require.NoError(t, w.svc.WatchChecks(t.Context()))
			_, ok, err := model.ResultOf(t.Context(), k.DB, "early")
			require.NoError(t, err)
			require.True(t, ok)
			k.Clock.Advance(25 * time.Hour)
			require.NoError(t, w.svc.WatchChecks(t.Context()))
			_, ok, err = model.ResultOf(t.Context(), k.DB, "early")
			require.NoError(t, err)
			require.False(t, ok)
		})
		t.Run("what the platform refuses", func(t *testing.T) {
			for _, r := range []struct {
				err   error
				state model.Check
				retry bool
			}{
				{refusal(wechat.ClassRisk, 61010), model.CheckReview, false},
				{refusal(wechat.ClassRisk, 87020), model.CheckPending, false},
				{refusal(wechat.ClassTerminal, 40003), model.CheckReview, false},
				{refusal(wechat.ClassInvalid, 40003), model.CheckReview, false},
				{refusal(wechat.ClassTransient, -1), model.CheckPending, true},
				{refusal(wechat.ClassUnknown, 0), model.CheckPending, true},
				{errors.New("no network"), model.CheckPending, true},
			} {
				w := newWorld(t, k)
				w.wx.err = r.err
				got := w.upload(w.customer(), photo(t, 1))
				err := w.svc.OnCheckRequested(t.Context(), outbox.Event{Payload: `{"file_id":"` + got.File.ID.String() + `"}`})
				require.Equal(t, r.retry, err != nil, "%v", r.err)
				require.Equal(t, r.state, w.file(got).CheckState, "%v", r.err)
			}
		})
		t.Run("limits postpone", func(t *testing.T) {
			w := newWorld(t, k)
			w.wx.err = refusal(wechat.ClassMinuteLimit, 44991)
			got := w.upload(w.customer(), photo(t, 1))
			err := w.svc.OnCheckRequested(t.Context(), outbox.Event{Payload: `{"file_id":"` + got.File.ID.String() + `"}`})
			var later outbox.Postpone
			require.ErrorAs(t, err, &later)
			require.True(t, later.Until.After(k.Clock.Now()))
		})
		t.Run("staff's pictures are not checked", func(t *testing.T) {
			w := newWorld(t, k)
			w.drain() // what the others left
			w.wx.asked = nil
			w.upload(staffOf(id.New(), actor.Own), photo(t, 1))
			w.drain()
			require.Empty(t, w.wx.asked)
		})
	})
}
