-- +goose NO TRANSACTION
-- +goose Up
-- Asked for first, since MySQL knows no ADD COLUMN IF NOT EXISTS and this file may run again.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'staff' AND column_name = 'external');
SET @change = IF(@missing, 'ALTER TABLE staff
    ADD COLUMN `external` TINYINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;
