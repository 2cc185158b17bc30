-- +goose Up
CREATE TABLE IF NOT EXISTS import_runs (
    id          BLOB    NOT NULL,
    kind        TEXT NOT NULL,
    file_name   TEXT  NOT NULL,
    bytes       INTEGER        NOT NULL,
    state       TEXT NOT NULL,
    skip_faulty INTEGER       NOT NULL,
    unreadable  INTEGER       NOT NULL,
    total       INTEGER        NOT NULL,
    done        INTEGER        NOT NULL,
    created     INTEGER        NOT NULL,
    linked      INTEGER        NOT NULL,
    already     INTEGER        NOT NULL,
    differing   INTEGER        NOT NULL,
    faulty      INTEGER        NOT NULL,
    attempts    INTEGER           NOT NULL,
    due_at      INTEGER        NULL,
    lease       BLOB    NULL,
    author_kind TEXT NOT NULL,
    author_id   BLOB    NULL,
    author_name TEXT   NOT NULL,
    version     INTEGER        NOT NULL,
    created_at  DATETIME   NOT NULL,
    updated_at  DATETIME   NOT NULL,
    ended_at    DATETIME   NULL,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS import_run_due ON import_runs (due_at, id);
CREATE INDEX IF NOT EXISTS import_run_created ON import_runs (created_at, id);

CREATE TABLE IF NOT EXISTS import_parts (
    run_id   BLOB NOT NULL,
    seq      INTEGER        NOT NULL,
    data_enc BLOB NOT NULL,
    PRIMARY KEY (run_id, seq)
);

CREATE TABLE IF NOT EXISTS import_lines (
    kind        TEXT NOT NULL,
    external_no TEXT NOT NULL,
    content     TEXT NOT NULL,
    ref_id      BLOB    NOT NULL,
    outcome     TEXT NOT NULL,
    run_id      BLOB    NOT NULL,
    imported_at DATETIME   NOT NULL,
    PRIMARY KEY (kind, external_no)
);
CREATE INDEX IF NOT EXISTS import_line_ref ON import_lines (kind, ref_id);

CREATE TABLE IF NOT EXISTS import_remarks (
    run_id   BLOB    NOT NULL,
    id       BLOB    NOT NULL,
    severity TEXT  NOT NULL,
    kind     TEXT NOT NULL,
    row_no   INTEGER        NOT NULL,
    col      TEXT  NOT NULL,
    field    TEXT NOT NULL,
    code     TEXT NOT NULL,
    text_zh  TEXT  NOT NULL,
    text_en  TEXT  NOT NULL,
    at       DATETIME   NOT NULL,
    PRIMARY KEY (run_id, id)
);
