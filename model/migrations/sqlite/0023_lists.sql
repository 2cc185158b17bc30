-- +goose Up
-- Indexes that serve the lists of staff in their order, so that a page costs a page whatever stands
-- beside it.
CREATE INDEX IF NOT EXISTS project_stage ON projects (current_stage, created_at, id);
CREATE INDEX IF NOT EXISTS project_state ON projects (state, created_at, id);
CREATE INDEX IF NOT EXISTS tasks_creator ON tasks (created_by, state, due_at, id);
CREATE INDEX IF NOT EXISTS tasks_project ON tasks (project_id, state, due_at, id);
CREATE INDEX IF NOT EXISTS alerts_creator ON alerts (created_by, state, created_at, id);
