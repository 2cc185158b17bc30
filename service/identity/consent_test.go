package identity_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/once"
	"guike/service/identity"
)

func (w *customerWorld) decide(t *testing.T, who actor.Actor, purpose model.Purpose, version int64, granted bool) error {
	t.Helper()
	_, _, err := w.consents.Record(t.Context(), who, once.Key{}, identity.ConsentInput{
		Policy: "privacy", Version: version, Purpose: purpose, Granted: granted, Scene: "test", ClientVersion: "1.0",
	})
	return err
}

func (w *customerWorld) given(t *testing.T, who actor.Actor, purpose model.Purpose) bool {
	t.Helper()
	given, err := w.consents.ConsentGiven(t.Context(), w.DB, who.ID, purpose)
	require.NoError(t, err)
	return given
}

func TestConsents(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, who := t.Context(), w.customer(t, "o1")
		require.False(t, w.given(t, who, model.PurposePhone))
		require.NoError(t, w.decide(t, who, model.PurposePhone, 1, true))
		require.True(t, w.given(t, who, model.PurposePhone))
		require.False(t, w.given(t, who, model.PurposeMarketing), "each purpose by itself")
		require.False(t, w.given(t, w.customer(t, "o2"), model.PurposePhone))

		w.Clock.Advance(hours(1))
		require.NoError(t, w.consents.Withdraw(ctx, who, model.PurposePhone))
		require.False(t, w.given(t, who, model.PurposePhone))
		require.NoError(t, w.consents.Withdraw(ctx, who, model.PurposePhone), "there is nothing left to take back")
		require.Equal(t, "not_found", fault.Code(w.consents.Withdraw(ctx, who, "nonsense")))

		rows, _, err := w.consents.History(ctx, who, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, rows, 2, "append-only: the grant and the withdrawal")
		require.False(t, rows[0].Granted)
		require.True(t, rows[1].Granted)
		require.Equal(t, "test", rows[1].Scene)

		for name, in := range map[string]identity.ConsentInput{
			"policy":  {Policy: "nonsense", Version: 1, Purpose: model.PurposePhone, Granted: true},
			"purpose": {Policy: "terms", Version: 1, Purpose: model.PurposePhone, Granted: true},
			"version": {Policy: "terms", Version: 2, Purpose: model.PurposeTerms, Granted: true},
		} {
			_, _, err := w.consents.Record(ctx, who, once.Key{}, in)
			require.Equal(t, "input.invalid", fault.Code(err), name)
		}
	})
}

func TestAConsentIsRecordedOncePerKey(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		who := w.customer(t, "o1")
		in := identity.ConsentInput{Policy: "privacy", Version: 1, Purpose: model.PurposePhone, Granted: true}
		key := once.Of("k", "consent.record", in)
		first, _, err := w.consents.Record(t.Context(), who, key, in)
		require.NoError(t, err)
		again, replayed, err := w.consents.Record(t.Context(), who, key, in)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, first, again)
		require.EqualValues(t, 1, w.count(t, &model.Consent{}))
	})
}

// P2 of reliability.md 3.3: a raised version needs a new consent for the purposes that it renews only.
func TestARaisedVersion(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		who := w.customer(t, "o1")
		require.NoError(t, w.decide(t, who, model.PurposePhone, 1, true))
		require.NoError(t, w.decide(t, who, model.PurposeMarketing, 1, true))
		tomorrow := w.Clock.Now().Add(24 * time.Hour)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.PublishTx(ctx, tx, identity.NewPolicy{
				Policy: "privacy", Version: 2, TitleZH: "隐私政策", TitleEN: "Privacy policy", BodyZH: "新", BodyEN: "new",
				Purposes: []model.Purpose{model.PurposePrivacy, model.PurposePhone, model.PurposeMarketing},
				Renewed:  []model.Purpose{model.PurposePhone}, EffectiveAt: tomorrow,
			})
		})
		require.True(t, w.given(t, who, model.PurposePhone), "it is not in force yet")
		require.Equal(t, "input.invalid", fault.Code(w.decide(t, who, model.PurposePhone, 2, true)))
		_, err := w.consents.Policy(t.Context(), "privacy", 2)
		require.Equal(t, "not_found", fault.Code(err))

		w.Clock.Set(tomorrow)
		require.False(t, w.given(t, who, model.PurposePhone))
		require.True(t, w.given(t, who, model.PurposeMarketing))
		stands, err := w.consents.Stands(t.Context(), who)
		require.NoError(t, err)
		for _, s := range stands {
			require.Equal(t, s.Purpose == model.PurposePhone, s.Renew, s.Purpose)
			require.Equal(t, s.Purpose == model.PurposeMarketing, s.Given, s.Purpose)
		}
		require.Equal(t, "consent.outdated", fault.Code(w.decide(t, who, model.PurposePhone, 1, true)))
		require.NoError(t, w.decide(t, who, model.PurposePhone, 1, false), "what was granted in any version can be taken back")
		require.NoError(t, w.decide(t, who, model.PurposePhone, 2, true))
		require.True(t, w.given(t, who, model.PurposePhone))
	})
}

func TestPoliciesAreSeededOnce(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		w.Tx(t, identity.SeedPolicies)
		policies, err := w.consents.Policies(t.Context())
		require.NoError(t, err)
		require.Len(t, policies, 2)
		covered := map[model.Purpose]bool{}
		for _, p := range policies {
			require.Len(t, p.Hash, 64)
			text, err := w.consents.Policy(t.Context(), p.Policy, p.Version)
			require.NoError(t, err)
			require.NotEmpty(t, text.BodyZH)
			for _, purpose := range p.PurposeList() {
				require.False(t, covered[purpose], "a purpose belongs to one policy")
				covered[purpose] = true
			}
		}
		require.Len(t, covered, 6)
	})
}
