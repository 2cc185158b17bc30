package project_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	model "guike/model/project"
	"guike/service/project"
)

func TestWhoBindsAHomeAndSeesMoney(t *testing.T) {
	t.Parallel()
	me := actor.Actor{Kind: actor.Customer, ID: id.New()}
	for name, c := range map[string]struct {
		member      string
		party       id.ID
		binds, sees bool
	}{
		"an owner does both":                   {"owner", id.New(), true, true},
		"family sees":                          {"family", id.New(), false, true},
		"a guest does neither":                 {"guest", id.New(), false, false},
		"family that signed the contract both": {"family", me.ID, true, true},
		"a guest who signed the contract both": {"guest", me.ID, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := model.Seen{Project: model.Project{CustomerID: c.party}, Member: c.member}
			require.Equal(t, c.binds, project.Binds(me, seen))
			require.Equal(t, c.sees, project.SeesMoney(me, seen))
		})
	}
}
