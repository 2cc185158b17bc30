-- +goose Up
CREATE TABLE IF NOT EXISTS promises (
    project_id   BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    text         TEXT  NOT NULL,
    category     TEXT NOT NULL,
    due_stage    TEXT NOT NULL,
    late_reason  TEXT  NOT NULL,
    state        TEXT NOT NULL,
    word         TEXT  NOT NULL,
    settled_by   BLOB    NULL,
    settled_name TEXT   NOT NULL,
    settled_at   DATETIME   NULL,
    dispute      TEXT  NOT NULL,
    disputed_by  BLOB    NULL,
    disputed_at  DATETIME   NULL,
    made_by      BLOB    NULL,
    made_name    TEXT   NOT NULL,
    made_role    TEXT NOT NULL,
    version      INTEGER        NOT NULL,
    created_at   DATETIME   NOT NULL,
    updated_at   DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS promise_id ON promises (id);
CREATE INDEX IF NOT EXISTS promise_settled ON promises (settled_at, project_id);

CREATE TABLE IF NOT EXISTS promise_revisions (
    project_id  BLOB    NOT NULL,
    promise_id  BLOB    NOT NULL,
    version     INTEGER        NOT NULL,
    text        TEXT  NOT NULL,
    category    TEXT NOT NULL,
    due_stage   TEXT NOT NULL,
    edited_by   BLOB    NULL,
    edited_name TEXT   NOT NULL,
    replaced_at DATETIME   NOT NULL,
    PRIMARY KEY (project_id, promise_id, version)
);

CREATE TABLE IF NOT EXISTS checklists (
    kind       TEXT NOT NULL,
    stage_key  TEXT NOT NULL,
    version    INTEGER           NOT NULL,
    title_zh   TEXT  NOT NULL,
    title_en   TEXT  NOT NULL,
    active     INTEGER       NOT NULL,
    created_by BLOB    NULL,
    created_at DATETIME   NOT NULL,
    PRIMARY KEY (kind, stage_key, version)
);

CREATE TABLE IF NOT EXISTS checklist_items (
    kind      TEXT NOT NULL,
    stage_key TEXT NOT NULL,
    version   INTEGER           NOT NULL,
    seq       INTEGER           NOT NULL,
    item_key  TEXT NOT NULL,
    text_zh   TEXT  NOT NULL,
    text_en   TEXT  NOT NULL,
    PRIMARY KEY (kind, stage_key, version, seq)
);

CREATE TABLE IF NOT EXISTS acceptances (
    project_id        BLOB    NOT NULL,
    id                BLOB    NOT NULL,
    stage_key         TEXT NOT NULL,
    round             INTEGER           NOT NULL,
    checklist_version INTEGER           NOT NULL,
    version           INTEGER        NOT NULL,
    state             TEXT NOT NULL,
    created_at        DATETIME   NOT NULL,
    updated_at        DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS acceptance_id ON acceptances (id);
CREATE UNIQUE INDEX IF NOT EXISTS acceptance_round ON acceptances (project_id, stage_key, round);

CREATE TABLE IF NOT EXISTS acceptance_versions (
    project_id    BLOB    NOT NULL,
    acceptance_id BLOB    NOT NULL,
    version       INTEGER        NOT NULL,
    note          TEXT NOT NULL,
    care_given    INTEGER       NOT NULL,
    care_text     TEXT NOT NULL,
    content_hash  BLOB NOT NULL,
    author_id     BLOB    NULL,
    author_name   TEXT   NOT NULL,
    author_role   TEXT NOT NULL,
    created_at    DATETIME   NOT NULL,
    PRIMARY KEY (project_id, acceptance_id, version)
);

CREATE TABLE IF NOT EXISTS acceptance_items (
    project_id    BLOB    NOT NULL,
    acceptance_id BLOB    NOT NULL,
    version       INTEGER        NOT NULL,
    seq           INTEGER           NOT NULL,
    item_key      TEXT NOT NULL,
    text          TEXT  NOT NULL,
    text_en       TEXT  NOT NULL,
    result        TEXT  NOT NULL,
    note          TEXT  NOT NULL,
    PRIMARY KEY (project_id, acceptance_id, version, seq)
);

CREATE TABLE IF NOT EXISTS acceptance_photos (
    project_id    BLOB NOT NULL,
    acceptance_id BLOB NOT NULL,
    version       INTEGER     NOT NULL,
    item_seq      INTEGER        NOT NULL,
    seq           INTEGER        NOT NULL,
    file_id       BLOB NOT NULL,
    PRIMARY KEY (project_id, acceptance_id, version, item_seq, seq)
);

CREATE TABLE IF NOT EXISTS acceptance_decisions (
    project_id    BLOB     NOT NULL,
    acceptance_id BLOB     NOT NULL,
    version       INTEGER         NOT NULL,
    verdict       TEXT  NOT NULL,
    method        TEXT  NOT NULL,
    customer_id   BLOB     NULL,
    name_enc      BLOB NULL,
    word          TEXT   NOT NULL,
    content_hash  BLOB NOT NULL,
    file_id       BLOB     NULL,
    reason        TEXT   NOT NULL,
    recorded_by   BLOB     NULL,
    recorded_name TEXT    NOT NULL,
    decided_at    DATETIME    NOT NULL,
    PRIMARY KEY (project_id, acceptance_id, version)
);

CREATE TABLE IF NOT EXISTS project_cameras (
    project_id   BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    title        TEXT  NOT NULL,
    url          TEXT  NOT NULL,
    stage_key    TEXT NOT NULL,
    opens_at     DATETIME   NOT NULL,
    closes_at    DATETIME   NOT NULL,
    withdrawn_at DATETIME   NULL,
    created_by   BLOB    NULL,
    version      INTEGER        NOT NULL,
    created_at   DATETIME   NOT NULL,
    updated_at   DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS project_camera_id ON project_cameras (id);

CREATE TABLE IF NOT EXISTS site_notes (
    project_id   BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    text         TEXT NOT NULL,
    stage_key    TEXT NOT NULL,
    author_id    BLOB    NULL,
    author_name  TEXT   NOT NULL,
    author_role  TEXT NOT NULL,
    withdrawn_at DATETIME   NULL,
    withdrawn_by BLOB    NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS site_note_id ON site_notes (id);

CREATE TABLE IF NOT EXISTS site_note_photos (
    project_id BLOB NOT NULL,
    note_id    BLOB NOT NULL,
    seq        INTEGER        NOT NULL,
    file_id    BLOB NOT NULL,
    PRIMARY KEY (project_id, note_id, seq)
);

CREATE TABLE IF NOT EXISTS project_scans (
    project_id BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    at         DATETIME   NOT NULL,
    staff_id   BLOB    NOT NULL,
    staff_name TEXT   NOT NULL,
    staff_role TEXT NOT NULL,
    device     TEXT  NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE IF NOT EXISTS craft_notes (
    id         BLOB    NOT NULL PRIMARY KEY,
    note_key   TEXT NOT NULL,
    stage_key  TEXT NOT NULL,
    seq        INTEGER           NOT NULL,
    title_zh   TEXT  NOT NULL,
    title_en   TEXT  NOT NULL,
    text       TEXT NOT NULL,
    active     INTEGER       NOT NULL,
    version    INTEGER        NOT NULL,
    created_at DATETIME   NOT NULL,
    updated_at DATETIME   NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS craft_note_key ON craft_notes (note_key);
CREATE INDEX IF NOT EXISTS craft_note_stage ON craft_notes (stage_key, seq, id);

CREATE TABLE IF NOT EXISTS craft_note_photos (
    note_id BLOB NOT NULL,
    seq     INTEGER        NOT NULL,
    file_id BLOB NOT NULL,
    PRIMARY KEY (note_id, seq)
);
