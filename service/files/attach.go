package files

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/files"
)

// AttachTx binds the actor's uploads to the row (kind, ref) that shows them. A file that this row
// shows already is fine, whoever uploaded it. Faults, naming the place in body.file_ids (body.avatar_file_id for kind avatar):
// file.not_found for what is not there and for what others uploaded, file.withdrawn,
// file.attached_elsewhere, file.risky, file.not_a_picture.
func (s *Service) AttachTx(ctx context.Context, tx *db.Tx, who actor.Actor, ids []id.ID, kind string, ref id.ID) error {
	locked, err := files.LockManyTx(ctx, tx, ids)
	if err != nil {
		return err
	}
	var fresh []id.ID
	for i, file := range ids {
		f, ok := locked[file]
		at := place(kind, i)
		shown := ok && f.AttachedKind == kind && f.AttachedRef == ref
		switch {
		case !ok, !shown && !f.OwnedBy(who):
			return faultNotFound(at)
		case f.State == files.Withdrawn:
			return faultWithdrawn().At(at, "withdrawn", "已被撤回。", "has been withdrawn")
		case shown:
		case f.State == files.Attached:
			return faultElsewhere(at)
		case f.CheckState == files.CheckRisky:
			return faultRisky(at)
		case f.Kind != files.Picture && picturesOnly[kind]:
			return faultNotPicture(at)
		default:
			fresh = append(fresh, file)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return files.AttachTx(ctx, tx, fresh, kind, ref)
}

// picturesOnly are the kinds of rows that show pictures and no documents.
var picturesOnly = map[string]bool{
	"avatar": true, "change_order": true, "daily_log": true, "service_visit": true, "project_case": true,
	"inspection": true, "hazard": true, "quality_step": true, "stage_check": true, "defect": true,
	"delivery": true, "acceptance": true, "acceptance_paper": true, "site_note": true, "craft_note": true, "reward": true,
}

// ReleaseTx unbinds every file of the row (kind, ref) but those to keep, such as a former avatar; what
// is not bound again is removed by the sweep.
func (s *Service) ReleaseTx(ctx context.Context, tx *db.Tx, kind string, ref id.ID, keep []id.ID) error {
	return files.ReleaseTx(ctx, tx, kind, ref, keep)
}
