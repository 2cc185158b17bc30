package material_test

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project/material"
	"guike/service/project"
	"guike/service/project/material"
	"guike/testkit"
)

func TestARecallThatCannotBeWorkedHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx := t.Context()
		s := material.New(&project.Journal{DB: k.DB, Zone: testkit.Zone}, rand.Reader, "")
		centre := actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.ExperienceCentre, Scope: actor.All}
		m, _, err := s.Add(ctx, centre, once.Key{}, material.Form{Name: "多层实木板", Brand: "兔宝宝", Category: "板材", Active: true})
		require.NoError(t, err)
		var called []id.ID
		for _, no := range []string{"A", "B"} {
			b, _, err := s.AddBatch(ctx, centre, once.Key{}, m.ID, material.NewBatch{BatchNo: no})
			require.NoError(t, err)
			_, _, err = s.Recall(ctx, centre, material.NewRecall{BatchID: b.ID, Reason: "甲醛超标", Instruction: "更换"})
			require.NoError(t, err)
			called = append(called, b.ID)
		}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return tx.Conn(ctx).Where("id = ?", called[0]).Delete(&model.Batch{}).Error
		})
		require.ErrorContains(t, s.WorkRecalls(ctx), called[0].String())
		c, err := s.RecallState(ctx, called[1])
		require.NoError(t, err)
		require.NotNil(t, c.FinishedAt)
	})
}
