package project

import (
	"gorm.io/gorm"

	"guike/internal/actor"
)

// Scoped narrows a query of a room that joins the table projects to what a member of staff may reach.
func Scoped(q *gorm.DB, who actor.Actor) *gorm.DB { return scoped(q, who) }
