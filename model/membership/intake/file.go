package intake

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
)

// PartField is the column of sealed file parts, as the box that seals them knows it.
const PartField = "import_parts.data"

// part is a piece of a run's file, sealed.
type part struct {
	RunID   id.ID `gorm:"primaryKey"`
	Seq     int   `gorm:"primaryKey;autoIncrement:false"`
	DataEnc []byte
}

// TableName is the parts' table.
func (part) TableName() string { return "import_parts" }

// AddPartTx keeps a sealed piece of a run's file; the pieces count from 0.
func AddPartTx(ctx context.Context, tx *db.Tx, run id.ID, seq int, sealed []byte) error {
	if err := db.Insert(ctx, tx, &part{run, seq, sealed}); err != nil {
		return fmt.Errorf("keep part of a file: %w", err)
	}
	return nil
}

// Parts reads the sealed pieces of a run's file in their order; none when the file is gone.
func Parts(ctx context.Context, r db.Reader, run id.ID) ([][]byte, error) {
	var rows []part
	if err := r.Conn(ctx).Where("run_id = ?", run).Order("seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	sealed := make([][]byte, 0, len(rows))
	for _, p := range rows {
		sealed = append(sealed, p.DataEnc)
	}
	return sealed, nil
}

func dropFileTx(ctx context.Context, tx *db.Tx, run id.ID) error {
	if err := tx.Conn(ctx).Where("run_id = ?", run).Delete(&part{}).Error; err != nil {
		return fmt.Errorf("remove a file: %w", err)
	}
	return nil
}
