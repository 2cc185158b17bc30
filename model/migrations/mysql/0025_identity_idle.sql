-- +goose NO TRANSACTION
-- +goose Up
-- Which accounts of third parties are disabled for want of a project alone. Those that were disabled
-- before count as disabled by hand: letting in somebody who was kept out is the worse mistake.
-- Asked for first, since MySQL knows no ADD COLUMN IF NOT EXISTS and this file may run again.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'staff' AND column_name = 'idle');
SET @change = IF(@missing, 'ALTER TABLE staff
    ADD COLUMN idle TINYINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;
