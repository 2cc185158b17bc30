package project_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
	"guike/testkit"
)

func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		found, err := db.Differences(t.Context(), k.DB, project.Tables()...)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

func TestReassignCustomer(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		from, to := id.New(), id.New()
		p := project.Project{ID: id.New(), No: "G2026-1", ServiceCode: "S1", HomeID: id.New(), CustomerID: from, PlannedStart: "2026-11-23", PlannedEnd: "2026-11-24"}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error { return project.AddTx(ctx, tx, &p) })
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error { return project.ReassignCustomerTx(ctx, tx, from, to) })
		now, err := project.ByID(t.Context(), k.DB, p.ID)
		require.NoError(t, err)
		require.Equal(t, to, now.CustomerID)
		require.EqualValues(t, 2, now.Version, "whoever has read the project learns of it")
	})
}

func TestDerive(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	const pending, active, completed = project.StagePending, project.StageActive, project.StageCompleted
	for _, tt := range []struct {
		name    string
		states  [4]project.StageState // of stages that weigh 33, 33, 33 and nothing
		state   project.State
		percent int
		current string
	}{
		{"fresh", [4]project.StageState{pending, pending, pending, pending}, project.Planned, 0, "a"},
		{"begun", [4]project.StageState{active, pending, pending, pending}, project.Active, 0, "a"},
		{"between", [4]project.StageState{completed, pending, pending, pending}, project.Active, 33, "b"},
		{"reopened", [4]project.StageState{active, completed, active, pending}, project.Active, 33, "a"},
		{"two thirds, rounded down", [4]project.StageState{completed, completed, active, pending}, project.Active, 66, "c"},
		{"working stages done", [4]project.StageState{completed, completed, completed, pending}, project.Completed, 100, "d"},
		{"aftercare", [4]project.StageState{completed, completed, completed, active}, project.Completed, 100, "d"},
		{"everything", [4]project.StageState{completed, completed, completed, completed}, project.Completed, 100, "d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stages []project.Stage
			for i, s := range tt.states {
				stages = append(stages, project.Stage{Key: string(rune('a' + i)), State: s, Weight: []int{33, 33, 33, 0}[i], PlannedEnd: "2026-12-01"})
			}
			var p project.Project
			p.Derive(stages, now)
			require.Equal(t, tt.state, p.State)
			require.Equal(t, tt.percent, p.Percent)
			require.Equal(t, tt.current, p.CurrentStage)
			require.Equal(t, tt.state == project.Completed, p.CompletedAt != nil)
			require.Equal(t, tt.state != project.Planned, p.StartedAt != nil)
		})
	}
}

func TestResponsible(t *testing.T) {
	t.Parallel()
	gone := testkit.Start
	people := []project.Person{
		{StaffID: id.ID{1}, Role: actor.Sales},
		{StaffID: id.ID{2}, Role: actor.ProjectManager, UntilAt: &gone},
		{StaffID: id.ID{3}, Role: actor.ProjectManager},
		{StaffID: id.ID{4}, Role: actor.Designer},
	}
	for stage, want := range map[string]byte{"tiling": 3, "design": 4, "sign": 1, "installation": 3, "care": 3} {
		p, ok := project.Responsible(people, stage)
		require.True(t, ok)
		require.Equal(t, want, p.StaffID[0], stage)
	}
	_, ok := project.Responsible(people[1:2], "tiling")
	require.False(t, ok, "nobody is in charge now")
}
