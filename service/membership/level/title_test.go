package level_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
	model "guike/model/membership/level"
	"guike/model/once"
	"guike/service/membership/level"
	"guike/testkit"
)

func (w *world) granted(t *testing.T, in level.NewGrant) level.Grant {
	t.Helper()
	in.CustomerID, in.Reason = w.anna.ID, "年度共创评选"
	g, _, err := w.Grant(t.Context(), w.Boss, in)
	require.NoError(t, err)
	return g
}

func TestTitlesFollowWhatMembersDo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.deed(t, w.anna, "friend_ordered", 1)
		require.Equal(t, []string{level.Referrer}, w.titles(t, w.anna))
		w.deed(t, w.anna, "friend_ordered", 2)
		require.Equal(t, []string{level.Referrer, level.VIPDesignAdviser}, w.titles(t, w.anna), "an adviser from the third friend on")
		w.deed(t, w.anna, "check_in", 3)
		w.deed(t, w.anna, "review_approved", 5)
		require.Equal(t, []string{level.Experience, level.Referrer, level.CommunityExpert, level.VIPDesignAdviser}, w.titles(t, w.anna))
		require.Equal(t, 4, w.told(t, membership.TopicTitleGranted, w.anna))
		s := w.standing(t, w.anna)
		require.Equal(t, "免费测量", s.Benefits[0].NameZH, "the level's come first")
		require.Greater(t, len(s.Benefits), 6)

		w.Clock.Advance(days(365))
		require.NotContains(t, w.titles(t, w.anna), level.CommunityExpert, "five reviews within a year; a read knows before the job")
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, []string{level.Experience, level.Referrer, level.VIPDesignAdviser}, w.titles(t, w.anna), "what lasts, and what still holds")
		require.Equal(t, 1, w.told(t, membership.TopicTitleEnded, w.anna))
		history, _, err := w.Grants(t.Context(), w.anna.ID, db.Page{Limit: 9})
		require.NoError(t, err)
		require.Len(t, history, 4)
		for _, g := range history {
			require.NotEmpty(t, g.Reason)
			if g.Title.Title == level.CommunityExpert {
				require.False(t, g.Held)
				require.Equal(t, "已不符合授予条件", g.EndedWhy)
			}
		}
	})
}

func TestAGrantByHandIsItsOwn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.deed(t, w.anna, "friend_ordered", 1)
		until := w.DB.Now().Add(days(30))
		a, b := w.granted(t, level.NewGrant{Title: level.Referrer}), w.granted(t, level.NewGrant{Title: level.Referrer, Until: &until})
		require.Equal(t, 1, w.told(t, membership.TopicTitleGranted, w.anna), "who has it is not told of it again")
		require.Len(t, w.titles(t, w.anna), 1, "shown once")

		off, err := w.Title(t.Context(), level.Referrer)
		require.NoError(t, err)
		off.Condition = "referrals >= 2"
		_, err = w.ChangeTitle(t.Context(), w.Boss, level.NewTitle{Key: off.Key, Version: 1, Meaning: off.Meaning})
		require.NoError(t, err)
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, []string{level.Referrer}, w.titles(t, w.anna), "the rule's grant ended, those by hand stand")

		ended, err := w.EndGrant(t.Context(), w.Boss, w.anna.ID, a.ID, "评选结果更正")
		require.NoError(t, err)
		require.False(t, ended.Held)
		require.Equal(t, []string{level.Referrer}, w.titles(t, w.anna))
		require.Equal(t, until.UnixMilli(), w.standing(t, w.anna).Titles[0].Until.UnixMilli())
		w.Clock.Advance(days(30))
		require.Empty(t, w.titles(t, w.anna), "over by its date, before the job")
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, 1, w.told(t, membership.TopicTitleEnded, w.anna))

		_, err = w.EndGrant(t.Context(), w.Boss, w.anna.ID, b.ID, "再次结束")
		testkit.Fails(t, err, "title.ended")
		_, err = w.EndGrant(t.Context(), w.Boss, w.anna.ID, id.New(), "没有")
		testkit.Fails(t, err, "not_found")
		_, err = w.EndGrant(t.Context(), w.Boss, w.anna.ID, a.ID, " ")
		testkit.Fails(t, err, "input.invalid", "body.reason")
		w.deed(t, w.anna, "proposal_adopted", 1)
		grants, _, err := w.Grants(t.Context(), w.anna.ID, db.Page{Limit: 1})
		require.NoError(t, err)
		_, err = w.EndGrant(t.Context(), w.Boss, w.anna.ID, grants[0].ID, "不可以")
		testkit.Fails(t, err, "title.by_rule")
	})
}

func TestGrantsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	past, far := w.DB.Now(), w.DB.Now().AddDate(11, 0, 0)
	for name, c := range map[string]struct {
		in    level.NewGrant
		code  string
		field string
	}{
		"an unknown title":    {level.NewGrant{Title: "king", Reason: "x"}, "input.invalid", "body.title unknown"},
		"no reason":           {level.NewGrant{Title: level.Referrer, Reason: " "}, "input.invalid", "body.reason required"},
		"an end that is past": {level.NewGrant{Title: level.Referrer, Reason: "x", Until: &past}, "input.invalid", "body.until past"},
		"an end that is far":  {level.NewGrant{Title: level.Referrer, Reason: "x", Until: &far}, "input.invalid", "body.until out_of_range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.in.CustomerID = w.anna.ID
			_, _, err := w.Grant(t.Context(), w.Boss, c.in)
			testkit.Fails(t, err, c.code, c.field)
		})
	}
}

func TestGrantsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	_, _, err := w.Grant(t.Context(), w.Boss, level.NewGrant{CustomerID: id.New(), Title: level.Referrer, Reason: "x"})
	testkit.Fails(t, err, "not_found")
	off, err := w.Title(t.Context(), level.Referrer)
	require.NoError(t, err)
	off.Enabled = false
	_, err = w.ChangeTitle(t.Context(), w.Boss, level.NewTitle{Key: off.Key, Version: 1, Meaning: off.Meaning})
	require.NoError(t, err)
	_, _, err = w.Grant(t.Context(), w.Boss, level.NewGrant{CustomerID: w.anna.ID, Title: level.Referrer, Reason: "x"})
	testkit.Fails(t, err, "title.disabled")
	for range 20 {
		w.granted(t, level.NewGrant{Title: level.CoCreator})
	}
	_, _, err = w.Grant(t.Context(), w.Boss, level.NewGrant{CustomerID: w.anna.ID, Title: level.CoCreator, Reason: "x"})
	testkit.Fails(t, err, "title.too_many_grants")
}

func TestOneKeyGrantsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		in := level.NewGrant{Title: level.CoCreator, Once: once.Of("k", "level-grant", "x")}
		a := w.granted(t, in)
		_, replayed, err := w.Grant(t.Context(), w.Boss, level.NewGrant{CustomerID: w.anna.ID, Title: level.CoCreator, Reason: "年度共创评选", Once: in.Once})
		require.NoError(t, err)
		require.True(t, replayed)
		all, _, err := w.Grants(t.Context(), w.anna.ID, db.Page{Limit: 9})
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.Equal(t, a.ID, all[0].ID)
	})
}

func TestTitlesAreDataWithVersions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		m := model.Meaning{NameZH: "老朋友", NameEN: "An old friend", Enabled: true, Condition: "payments >= 1 and level in ['silver', 'gold']"}
		_, _, err := w.AddTitle(t.Context(), w.Boss, level.NewTitle{Key: "old_friend", Meaning: m})
		require.NoError(t, err)
		_, _, err = w.AddTitle(t.Context(), w.Boss, level.NewTitle{Key: "old_friend", Meaning: m})
		testkit.Fails(t, err, "title.exists")
		_, _, err = w.AddTitle(t.Context(), w.Boss, level.NewTitle{Key: "Old", Meaning: m})
		testkit.Fails(t, err, "input.invalid", "body.key malformed")
		for _, bad := range []string{"payments >", "payments / 2 > 1", "payments", "points > 1", "len(level) > 1"} {
			m.Condition = bad
			_, err = w.ChangeTitle(t.Context(), w.Boss, level.NewTitle{Key: "old_friend", Version: 1, Meaning: m})
			testkit.Fails(t, err, "input.invalid", "body.condition condition")
		}
		m.Condition = "payments >= 1"
		_, err = w.ChangeTitle(t.Context(), w.Boss, level.NewTitle{Key: "old_friend", Version: 7, Meaning: m})
		testkit.Fails(t, err, "title.changed", "body.version")
		_, err = w.ChangeTitle(t.Context(), w.Boss, level.NewTitle{Key: "nobody", Version: 1, Meaning: m})
		testkit.Fails(t, err, "not_found")
		w.deed(t, w.anna, "payment", 1)
		require.NotContains(t, w.titles(t, w.anna), "old_friend")
		_, err = w.ChangeTitle(t.Context(), w.Boss, level.NewTitle{Key: "old_friend", Version: 1, Meaning: m})
		require.NoError(t, err)
		require.Contains(t, w.titles(t, w.anna), "old_friend", "a read knows the new rule at once")
		require.NoError(t, w.LookDue(t.Context()))
		require.Equal(t, 1, w.told(t, membership.TopicTitleGranted, w.anna))
	})
}
