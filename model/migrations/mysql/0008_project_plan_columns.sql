-- +goose NO TRANSACTION
-- +goose Up
-- One ALTER a table, so that a break leaves all of its columns or none; asked for first, since MySQL
-- knows no ADD COLUMN IF NOT EXISTS and this file may run again.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'projects' AND column_name = 'baseline_end');
SET @change = IF(@missing, 'ALTER TABLE projects
    ADD COLUMN baseline_end DATE NULL,
    ADD COLUMN days_late INT NOT NULL DEFAULT 0,
    ADD COLUMN paused_at DATETIME(3) NULL,
    ADD COLUMN pause_reason VARCHAR(500) NOT NULL DEFAULT ''''', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'project_stages' AND column_name = 'needs');
SET @change = IF(@missing, 'ALTER TABLE project_stages
    ADD COLUMN needs VARBINARY(100) NOT NULL DEFAULT '''',
    ADD COLUMN baseline_start DATE NULL,
    ADD COLUMN baseline_end DATE NULL', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'stage_template_items' AND column_name = 'needs');
SET @change = IF(@missing, 'ALTER TABLE stage_template_items
    ADD COLUMN needs VARBINARY(100) NOT NULL DEFAULT ''''', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'daily_logs' AND column_name = 'weather');
SET @change = IF(@missing, 'ALTER TABLE daily_logs
    ADD COLUMN weather VARCHAR(40) NOT NULL DEFAULT '''',
    ADD COLUMN hands INT NULL', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'daily_log_revisions' AND column_name = 'weather');
SET @change = IF(@missing, 'ALTER TABLE daily_log_revisions
    ADD COLUMN weather VARCHAR(40) NOT NULL DEFAULT '''',
    ADD COLUMN hands INT NULL', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;
