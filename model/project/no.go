package project

import (
	"context"

	"guike/internal/id"
	"guike/model/db"
)

// ByNo reads the project that people call by its number (G2026-7K3QX9B), for the house itself and for
// other systems; whoever asks checks how far they reach. Errors: not_found.
func ByNo(ctx context.Context, r db.Reader, no string) (Project, error) {
	var p Project
	err := r.Conn(ctx).Where("no = ?", no).Take(&p).Error
	return p, missing(err, "read project by number")
}

// LockByIDTx locks a project's row for the house itself and for other systems, as LockTx does for
// staff. Errors: not_found.
func LockByIDTx(ctx context.Context, tx *db.Tx, project id.ID) (Project, error) {
	var p Project
	err := tx.Lock(ctx).Where("id = ?", project).Take(&p).Error
	return p, missing(err, "lock project")
}
