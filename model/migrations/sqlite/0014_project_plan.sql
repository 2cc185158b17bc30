-- +goose Up
CREATE TABLE IF NOT EXISTS site_closures (
    id              BLOB   NOT NULL PRIMARY KEY,
    from_day        TEXT         NOT NULL,
    to_day          TEXT         NOT NULL,
    weekday         INTEGER          NULL,
    name            TEXT  NOT NULL,
    added_in        INTEGER       NOT NULL,
    removed_in      INTEGER       NOT NULL,
    created_by      BLOB   NULL,
    created_by_name TEXT  NOT NULL,
    created_at      DATETIME  NOT NULL,
    removed_by      BLOB   NULL,
    removed_at      DATETIME  NULL
);
CREATE INDEX IF NOT EXISTS site_closure_end ON site_closures (removed_in, to_day, id);

CREATE TABLE IF NOT EXISTS site_calendar (
    id       INTEGER    NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS plan_policies (
    version           INTEGER        NOT NULL PRIMARY KEY,
    late_after_days   INTEGER           NOT NULL,
    phase_notice_days INTEGER           NOT NULL,
    compensation      TEXT NOT NULL,
    created_at        DATETIME   NOT NULL,
    created_by        BLOB    NULL
);

CREATE TABLE IF NOT EXISTS project_plan_changes (
    project_id BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    kind       TEXT NOT NULL,
    stage_key  TEXT NOT NULL,
    old_end    TEXT          NULL,
    new_end    TEXT          NULL,
    reason     TEXT  NOT NULL,
    by_id      BLOB    NULL,
    by_name    TEXT   NOT NULL,
    by_role    TEXT NOT NULL,
    at         DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE IF NOT EXISTS project_pauses (
    project_id BLOB   NOT NULL,
    id         BLOB   NOT NULL,
    from_at    DATETIME  NOT NULL,
    until_at   DATETIME  NULL,
    reason     TEXT NOT NULL,
    days       INTEGER          NOT NULL,
    paused_by  BLOB   NULL,
    resumed_by BLOB   NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE IF NOT EXISTS delay_notices (
    project_id        BLOB    NOT NULL,
    id                BLOB    NOT NULL,
    stage_key         TEXT NOT NULL,
    n                 INTEGER           NOT NULL,
    due               TEXT          NOT NULL,
    days_late         INTEGER           NOT NULL,
    state             TEXT NOT NULL,
    proposed_reason   TEXT  NOT NULL,
    proposed_end      TEXT          NOT NULL,
    proposed_fen      INTEGER        NOT NULL,
    proposed_text     TEXT  NOT NULL,
    policy_version    INTEGER        NOT NULL,
    reason            TEXT  NOT NULL,
    new_end           TEXT          NULL,
    compensation_fen  INTEGER        NOT NULL,
    compensation_text TEXT  NOT NULL,
    decided_by        BLOB    NULL,
    decided_by_name   TEXT   NOT NULL,
    decided_at        DATETIME   NULL,
    raised_at         DATETIME   NOT NULL,
    version           INTEGER        NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS delay_notice_id ON delay_notices (id);
CREATE UNIQUE INDEX IF NOT EXISTS delay_notice_of ON delay_notices (project_id, stage_key, n);
CREATE INDEX IF NOT EXISTS delay_notice_open ON delay_notices (state, project_id);

CREATE TABLE IF NOT EXISTS delay_nights (
    day         TEXT        NOT NULL PRIMARY KEY,
    cursor_due  TEXT        NULL,
    cursor_id   BLOB  NULL,
    seen        INTEGER      NOT NULL,
    late        INTEGER      NOT NULL,
    raised      INTEGER      NOT NULL,
    started_at  DATETIME NOT NULL,
    finished_at DATETIME NULL
);

CREATE TABLE IF NOT EXISTS project_phases (
    project_id     BLOB    NOT NULL,
    id             BLOB    NOT NULL,
    name           TEXT   NOT NULL,
    amount_fen     INTEGER        NOT NULL,
    state          TEXT NOT NULL,
    deferred_until TEXT          NULL,
    reminded       INTEGER       NOT NULL,
    reason         TEXT  NOT NULL,
    released_at    DATETIME   NULL,
    version        INTEGER        NOT NULL,
    created_by     BLOB    NULL,
    created_at     DATETIME   NOT NULL,
    updated_at     DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX IF NOT EXISTS project_phase_due ON project_phases (state, reminded, deferred_until, id);

ALTER TABLE projects ADD COLUMN calendar_rev INTEGER NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS project_calendar ON projects (state, calendar_rev, id);
ALTER TABLE project_stages ADD COLUMN completed_on TEXT NULL;
ALTER TABLE project_stages ADD COLUMN answered_by BLOB NULL;
CREATE INDEX IF NOT EXISTS project_stage_completed ON project_stages (completed_on, stage_key);
