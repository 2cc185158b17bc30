-- +goose NO TRANSACTION
-- +goose Up
-- When a customer changed their birthday last; NULL before the first change. What was said first is no change.
-- Asked for first, since MySQL knows no ADD COLUMN IF NOT EXISTS and this file may run again.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'customers' AND column_name = 'birthday_changed_at');
SET @change = IF(@missing, 'ALTER TABLE customers
    ADD COLUMN birthday_changed_at DATETIME(3) NULL', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;
