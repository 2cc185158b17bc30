-- +goose NO TRANSACTION
-- +goose Up
-- Indexes that serve the lists of staff in their order, so that a page costs a page whatever stands
-- beside it. Asked for first, since this file may run again (see 0008).
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'projects' AND index_name = 'project_stage');
SET @change = IF(@missing, 'ALTER TABLE projects
    ADD KEY project_stage (current_stage, created_at, id),
    ADD KEY project_state (state, created_at, id)', 'DO 0');
PREPARE change_keys FROM @change;
EXECUTE change_keys;
DEALLOCATE PREPARE change_keys;

SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'tasks' AND index_name = 'tasks_creator');
SET @change = IF(@missing, 'ALTER TABLE tasks
    ADD KEY tasks_creator (created_by, state, due_at, id),
    ADD KEY tasks_project (project_id, state, due_at, id)', 'DO 0');
PREPARE change_keys FROM @change;
EXECUTE change_keys;
DEALLOCATE PREPARE change_keys;

SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'alerts' AND index_name = 'alerts_creator');
SET @change = IF(@missing, 'ALTER TABLE alerts
    ADD KEY alerts_creator (created_by, state, created_at, id)', 'DO 0');
PREPARE change_keys FROM @change;
EXECUTE change_keys;
DEALLOCATE PREPARE change_keys;
