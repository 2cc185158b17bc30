-- +goose Up
CREATE TABLE IF NOT EXISTS stage_templates (
    kind         TEXT NOT NULL,
    template_key TEXT NOT NULL,
    version      INTEGER           NOT NULL,
    name_zh      TEXT   NOT NULL,
    name_en      TEXT   NOT NULL,
    active       INTEGER       NOT NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (kind, template_key, version)
);

CREATE TABLE IF NOT EXISTS stage_template_items (
    kind         TEXT NOT NULL,
    template_key TEXT NOT NULL,
    version      INTEGER           NOT NULL,
    seq          INTEGER           NOT NULL,
    stage_key    TEXT NOT NULL,
    name_zh      TEXT   NOT NULL,
    name_en      TEXT   NOT NULL,
    planned_days INTEGER           NOT NULL,
    weight       INTEGER           NOT NULL,
    PRIMARY KEY (kind, template_key, version, seq)
);

CREATE TABLE IF NOT EXISTS projects (
    id                  BLOB    NOT NULL PRIMARY KEY,
    no                  TEXT NOT NULL,
    service_code        TEXT NOT NULL,
    kind                TEXT NOT NULL,
    title               TEXT  NOT NULL,
    home_id             BLOB    NOT NULL,
    customer_id         BLOB    NOT NULL,
    store_id            BLOB    NULL,
    state               TEXT NOT NULL,
    contract_amount_fen INTEGER        NOT NULL,
    planned_start       TEXT          NOT NULL,
    planned_end         TEXT          NOT NULL,
    template_key        TEXT NOT NULL,
    template_version    INTEGER           NOT NULL,
    current_stage       TEXT NOT NULL,
    stage_due           TEXT          NULL,
    percent             INTEGER           NOT NULL,
    started_at          DATETIME   NULL,
    completed_at        DATETIME   NULL,
    cancelled_at        DATETIME   NULL,
    cancel_reason       TEXT  NOT NULL,
    version             INTEGER        NOT NULL,
    created_at          DATETIME   NOT NULL,
    created_by          BLOB    NULL,
    updated_at          DATETIME   NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS project_no ON projects (no);
CREATE UNIQUE INDEX IF NOT EXISTS project_service_code ON projects (service_code);
CREATE INDEX IF NOT EXISTS project_home ON projects (home_id, created_at, id);
CREATE INDEX IF NOT EXISTS project_customer ON projects (customer_id, created_at, id);
CREATE INDEX IF NOT EXISTS project_store ON projects (store_id, created_at, id);
CREATE INDEX IF NOT EXISTS project_created ON projects (created_at, id);
CREATE INDEX IF NOT EXISTS project_due ON projects (state, stage_due);

CREATE TABLE IF NOT EXISTS project_stages (
    project_id    BLOB    NOT NULL,
    seq           INTEGER           NOT NULL,
    stage_key     TEXT NOT NULL,
    name_zh       TEXT   NOT NULL,
    name_en       TEXT   NOT NULL,
    weight        INTEGER           NOT NULL,
    state         TEXT NOT NULL,
    planned_days  INTEGER           NOT NULL,
    planned_start TEXT          NOT NULL,
    planned_end   TEXT          NOT NULL,
    started_at    DATETIME   NULL,
    completed_at  DATETIME   NULL,
    reopened      INTEGER           NOT NULL,
    version       INTEGER        NOT NULL,
    PRIMARY KEY (project_id, seq)
);

CREATE TABLE IF NOT EXISTS project_people (
    project_id  BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    staff_id    BLOB    NOT NULL,
    role        TEXT NOT NULL,
    from_at     DATETIME   NOT NULL,
    until_at    DATETIME   NULL,
    note        TEXT  NOT NULL,
    assigned_by BLOB    NULL,
    ended_by    BLOB    NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX IF NOT EXISTS project_person_staff ON project_people (staff_id, until_at, project_id);

CREATE TABLE IF NOT EXISTS timeline_entries (
    project_id   BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    at           DATETIME   NOT NULL,
    kind         TEXT NOT NULL,
    title_zh     TEXT  NOT NULL,
    title_en     TEXT  NOT NULL,
    body         TEXT          NOT NULL,
    stage_key    TEXT NOT NULL,
    ref_id       BLOB    NULL,
    author_id    BLOB    NULL,
    author_name  TEXT   NOT NULL,
    author_role  TEXT NOT NULL,
    visible      INTEGER       NOT NULL,
    withdrawn_at DATETIME   NULL,
    version      INTEGER        NOT NULL,
    updated_at   DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE IF NOT EXISTS timeline_photos (
    project_id BLOB NOT NULL,
    entry_id   BLOB NOT NULL,
    seq        INTEGER        NOT NULL,
    file_id    BLOB NOT NULL,
    PRIMARY KEY (project_id, entry_id, seq)
);
CREATE INDEX IF NOT EXISTS timeline_photo_file ON timeline_photos (file_id);

CREATE TABLE IF NOT EXISTS daily_logs (
    project_id    BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    day           TEXT          NOT NULL,
    stage_key     TEXT NOT NULL,
    done_today    TEXT NOT NULL,
    plan_tomorrow TEXT NOT NULL,
    entry_id      BLOB    NOT NULL,
    author_id     BLOB    NULL,
    author_name   TEXT   NOT NULL,
    author_role   TEXT NOT NULL,
    version       INTEGER        NOT NULL,
    created_at    DATETIME   NOT NULL,
    updated_at    DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS daily_log_day ON daily_logs (project_id, day);
CREATE INDEX IF NOT EXISTS daily_log_on ON daily_logs (day, project_id);

CREATE TABLE IF NOT EXISTS daily_log_revisions (
    project_id    BLOB     NOT NULL,
    log_id        BLOB     NOT NULL,
    version       INTEGER         NOT NULL,
    stage_key     TEXT  NOT NULL,
    done_today    TEXT  NOT NULL,
    plan_tomorrow TEXT  NOT NULL,
    photos        TEXT NOT NULL,
    author_id     BLOB     NULL,
    author_name   TEXT    NOT NULL,
    author_role   TEXT  NOT NULL,
    written_at    DATETIME    NOT NULL,
    replaced_at   DATETIME    NOT NULL,
    PRIMARY KEY (project_id, log_id, version)
);

CREATE TABLE IF NOT EXISTS project_contact_views (
    project_id BLOB  NOT NULL,
    staff_id   BLOB  NOT NULL,
    day        TEXT        NOT NULL,
    at         DATETIME NOT NULL,
    PRIMARY KEY (project_id, staff_id, day)
);
