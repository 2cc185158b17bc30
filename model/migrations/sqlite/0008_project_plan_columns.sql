-- +goose Up
ALTER TABLE projects ADD COLUMN baseline_end TEXT NULL;
ALTER TABLE projects ADD COLUMN days_late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN paused_at DATETIME NULL;
ALTER TABLE projects ADD COLUMN pause_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE project_stages ADD COLUMN needs TEXT NOT NULL DEFAULT '';
ALTER TABLE project_stages ADD COLUMN baseline_start TEXT NULL;
ALTER TABLE project_stages ADD COLUMN baseline_end TEXT NULL;
ALTER TABLE stage_template_items ADD COLUMN needs TEXT NOT NULL DEFAULT '';
ALTER TABLE daily_logs ADD COLUMN weather TEXT NOT NULL DEFAULT '';
ALTER TABLE daily_logs ADD COLUMN hands INTEGER NULL;
ALTER TABLE daily_log_revisions ADD COLUMN weather TEXT NOT NULL DEFAULT '';
ALTER TABLE daily_log_revisions ADD COLUMN hands INTEGER NULL;
